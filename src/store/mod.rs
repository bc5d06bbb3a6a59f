//! The database, and the only module that uses diesel: connections, schema, one file per table
//! family, read models in `views/`.
//!
//! Every write goes through [`Store::write`]: one transaction, `BEGIN IMMEDIATE` on SQLite,
//! `SERIALIZABLE` with retries on PostgreSQL, so that "read, decide, write" is safe on both. Reads
//! go through [`Store::read`]: one consistent snapshot. All functions are synchronous and may
//! block; asynchronous callers use the blocking pool. Any of them can fail with a [`StoreError`] of
//! the database; their documentation names only the errors that mean something else.

pub mod accounts;
pub mod approvals;
pub mod audit;
pub mod calendars;
pub mod clock_jump;
pub mod connection;
pub mod documents;
pub mod drafts;
pub mod error;
pub mod events;
pub mod feeds;
pub mod idempotency;
pub mod imports;
pub mod items;
pub mod kinds;
pub mod meta;
pub mod migrate;
mod multi;
pub mod obligations;
pub mod outbox;
pub mod people;
pub mod plans;
pub mod policies;
pub mod purge;
pub mod readable;
mod rehearse;
pub mod reminders;
mod respell;
pub mod roles;
pub mod rules;
pub mod saved_views;
pub(crate) mod savepoint;
pub mod schedule;
pub mod schema;
pub mod scores;
pub mod sessions;
pub mod set_aside;
pub mod summaries;
pub mod tokens;
mod transaction;
pub mod types;
pub mod units;
pub mod views;
mod watch;
pub mod whole;

use std::sync::Arc;
use std::time::Duration;

use connection::{Manager, Mode, Target};
pub use error::{StoreError, TransactionError};
pub use multi::Conn;
use rehearse::Held;
pub use watch::DataVersion;
use watch::Watch;

type Pool = diesel::r2d2::Pool<Manager>;

/// Where the database is and how it is reached.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// `sqlite://PATH`, a bare path, or `postgres://…`.
    pub url: String,
    /// Readers (SQLite) or connections in all (PostgreSQL).
    pub pool_size: u32,
    /// How long a statement waits for a lock.
    pub busy_timeout: Duration,
    /// How long a caller waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long a PostgreSQL transaction may stand still, or one of its statements take, before the
    /// server ends it: a frozen process does not keep its locks. Shorter than the leases.
    pub stall_timeout: Duration,
}

impl StoreOptions {
    /// Options with defaults for everything but the address.
    pub fn new(url: impl Into<String>) -> Self {
        let (busy_timeout, acquire_timeout) = (Duration::from_secs(5), Duration::from_secs(5));
        Self {
            url: url.into(),
            pool_size: 4,
            busy_timeout,
            acquire_timeout,
            stall_timeout: Duration::from_secs(60),
        }
    }
}

/// The database. Cheap to clone; all clones share the connections.
#[derive(Clone)]
pub struct Store {
    writer: Pool,
    reader: Pool,
    target: Target,
    busy_timeout: Duration,
    /// Tells whether anybody changed the database (SQLite).
    watch: Option<Watch>,
    /// Set inside a rehearsal, where everything happens on this connection.
    held: Option<Arc<Held>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database; a missing SQLite file is created, a missing PostgreSQL database is an
    /// error.
    ///
    /// # Errors
    /// If the address is not understood, the database does not answer, its SQLite is too old (R14)
    /// or the file lies on a network file system (R14).
    pub fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let target = Target::parse(&options.url)?;
        target.check()?;
        if let Target::Sqlite(file) = &target {
            // a pool would try until its time-out
            let opened = Manager::new(target.clone(), Mode::Write, options).open();
            if let Err(StoreError::Damaged(cause)) = opened {
                return Err(StoreError::Damaged(format!("{}: {cause}", file.display())));
            }
        }
        let pool = |size: u32, mode: Mode| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .connection_timeout(options.acquire_timeout)
                .error_handler(Box::new(connection::LogErrors))
                .build(Manager::new(target.clone(), mode, options))
                .map_err(|e| StoreError::Unavailable(e.to_string()))
        };
        let (writer, reader) = match target {
            Target::Sqlite(_) => (
                pool(1, Mode::Write)?,
                pool(options.pool_size.max(1), Mode::ReadOnly)?,
            ),
            Target::Postgres(_) => {
                let shared = pool(options.pool_size.max(2), Mode::Write)?;
                (shared.clone(), shared)
            }
        };
        let watch = matches!(target, Target::Sqlite(_))
            .then(|| Watch::new(Manager::new(target.clone(), Mode::ReadOnly, options)));
        Ok(Self {
            watch,
            writer,
            reader,
            target,
            busy_timeout: options.busy_timeout,
            held: None,
        })
    }

    /// Whether what happens on this handle is rolled back at the end.
    pub fn is_rehearsal(&self) -> bool {
        self.held.is_some()
    }

    /// Whether this is the embedded SQLite (one writer, one machine).
    pub fn is_sqlite(&self) -> bool {
        matches!(self.target, Target::Sqlite(_))
    }

    /// Moves everything from the write-ahead log into the file, so that the file alone is a whole
    /// copy (SQLite). Called when a process stops; one that still reads or writes keeps the log.
    pub fn merge_log(&self) {
        if !self.is_sqlite() || self.held.is_some() {
            return;
        }
        let merged = self
            .writer
            .get()
            .map_err(|error| StoreError::Busy(error.to_string()))
            .and_then(|mut conn| connection::merge_log(&mut conn));
        match merged {
            Ok(true) => {}
            Ok(false) => tracing::info!("the write-ahead log is still in use and stays"),
            Err(cause) => tracing::warn!(%cause, "the write-ahead log stays"),
        }
    }

    /// How long the write-ahead log is, in bytes (SQLite).
    pub fn log_bytes(&self) -> Option<u64> {
        let Target::Sqlite(file) = &self.target else {
            return None;
        };
        let log = connection::beside(file, "-wal");
        // without a log there is nothing to merge
        Some(std::fs::metadata(log).map_or(0, |log| log.len()))
    }

    /// Brings the schema up to this binary's version; safe to call from several processes at once.
    ///
    /// # Errors
    /// If the database is newer than this binary, or a migration fails (it is rolled back whole).
    pub fn migrate(&self) -> Result<Vec<String>, StoreError> {
        let mut conn = self
            .writer
            .get()
            .map_err(|e| StoreError::Busy(e.to_string()))?;
        migrate::up(&mut conn)
    }

    /// Drops the whole schema with all data.
    ///
    /// # Errors
    /// If a migration can't be reverted (it is rolled back whole).
    pub fn migrate_down(&self) -> Result<Vec<String>, StoreError> {
        let mut conn = self
            .writer
            .get()
            .map_err(|e| StoreError::Busy(e.to_string()))?;
        migrate::down(&mut conn)
    }

    /// Whether the database answers and its schema is this binary's.
    ///
    /// # Errors
    /// If it does not answer, or if its schema is older or newer.
    pub fn check_ready(&self) -> Result<(), StoreError> {
        let mut conn = self
            .reader
            .get()
            .map_err(|e| StoreError::Busy(e.to_string()))?;
        migrate::check_current(&mut conn)
    }
}

/// Runs the same diesel expression on the connection inside the enum, for what the enum itself
/// cannot do (ON CONFLICT, batch inserts). Keep its uses few.
#[macro_export]
macro_rules! on_inner {
    ($conn:expr, $inner:ident => $body:expr) => {
        match $conn {
            $crate::store::Conn::Pg($inner) => $body,
            $crate::store::Conn::Sqlite($inner) => $body,
        }
    };
}
