//! Whether anybody changed the database: on SQLite that is known without reading a table.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::r2d2::ManageConnection as _;
use diesel::sql_types::BigInt;

use super::connection::Manager;
use super::{Conn, Store, StoreError};

/// A connection that never writes, opened at its first use: SQLite counts on it the commits of all
/// others.
#[derive(Clone)]
pub(super) struct Watch {
    manager: Arc<Manager>,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    conn: Option<Conn>,
    /// How many connections there were: each counts from a number of its own.
    opened: u32,
}

/// A mark of what is committed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DataVersion {
    connection: u32,
    commits: i64,
}

#[derive(diesel::QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl Watch {
    pub(super) fn new(manager: Manager) -> Self {
        Self {
            manager: Arc::new(manager),
            held: Arc::default(),
        }
    }

    fn version(&self) -> Result<DataVersion, StoreError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut conn = match held.conn.take() {
            Some(conn) => conn,
            None => {
                let mut conn = self.manager.connect()?;
                // who asks does not wait: the caller reads the tables instead
                conn.batch_execute("PRAGMA busy_timeout = 0;")?;
                held.opened = held.opened.wrapping_add(1);
                conn
            }
        };
        let found = diesel::sql_query("PRAGMA data_version").get_result::<Version>(&mut conn)?;
        held.conn = Some(conn);
        Ok(DataVersion {
            connection: held.opened,
            commits: found.data_version,
        })
    }
}

impl Store {
    /// A mark of what is committed: two equal marks say that nobody, in whatever process, committed
    /// anything in between. Read it before what it stands for. It does not wait for locks.
    ///
    /// `None` on PostgreSQL, inside a rehearsal, and where the database does not answer.
    pub fn version(&self) -> Option<DataVersion> {
        if self.held.is_some() {
            return None;
        }
        self.watch.as_ref()?.version().ok()
    }
}
