//! The only room that knows diesel: connections, schema, one file per table family, read models in
//! `views/`.
//!
//! Every write goes through [`Store::write`]: one transaction, `BEGIN IMMEDIATE` on SQLite,
//! `SERIALIZABLE` with retries on PostgreSQL, so that "read, decide, write" is safe on both. Reads
//! go through [`Store::read`]: one consistent snapshot. All functions are synchronous and may
//! block; asynchronous callers use the blocking pool.

pub mod accounts;
pub mod audit;
pub mod connection;
pub mod error;
pub mod idempotency;
pub mod items;
pub mod meta;
pub mod migrate;
mod multi;
pub mod obligations;
pub mod outbox;
pub mod people;
pub mod purge;
mod rehearse;
pub mod reminders;
pub mod roles;
pub mod rules;
pub mod schedule;
pub mod schema;
pub mod score_rounds;
pub mod scores;
pub mod sessions;
pub mod summaries;
pub mod tokens;
pub mod types;
pub mod units;
pub mod views;

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, TransactionManager};

use connection::{Manager, Mode, Target};
pub use error::{StoreError, TransactionError};
pub use multi::Conn;
use rehearse::{Held, Keep};

type Pool = diesel::r2d2::Pool<Manager>;

/// How many times a write is tried again when PostgreSQL reports that it ran into another one.
const WRITE_ATTEMPTS: u32 = 20;

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
        }
    }
}

/// The database. Cheap to clone; all clones share the connections.
#[derive(Clone)]
pub struct Store {
    writer: Pool,
    reader: Pool,
    target: Target,
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
        let pool = |size: u32, mode: Mode| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .connection_timeout(options.acquire_timeout)
                .error_handler(Box::new(connection::LogErrors))
                .build(Manager::new(target.clone(), mode, options.busy_timeout))
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
        Ok(Self {
            writer,
            reader,
            target,
            held: None,
        })
    }

    /// Whether this is the embedded SQLite (one writer, one machine).
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        matches!(self.target, Target::Sqlite(_))
    }

    /// Runs `work` in one write transaction. `work` may run several times on PostgreSQL: it must
    /// not have effects outside the database.
    ///
    /// # Errors
    /// Those of `work` (the transaction is rolled back), and the database's own.
    pub fn write<T, E: TransactionError>(
        &self,
        mut work: impl FnMut(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut attempt = 1;
        loop {
            match self.transaction(Isolation::Serializable, &mut work) {
                Err(error) if attempt < WRITE_ATTEMPTS && error.is_collision() => {
                    tracing::debug!(attempt, "write collided with another, trying again");
                    std::thread::sleep(Duration::from_millis(u64::from(attempt) * 5));
                    attempt += 1;
                }
                done => return done,
            }
        }
    }

    /// Runs `work` in one write transaction at READ COMMITTED on PostgreSQL: for single conditional
    /// statements such as claims and acknowledgements, which must not fail because a neighbour's
    /// rows changed.
    ///
    /// # Errors
    /// Those of `work` (the transaction is rolled back), and the database's own.
    pub fn write_committed<T, E: TransactionError>(
        &self,
        mut work: impl FnMut(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(Isolation::ReadCommitted, &mut work)
    }

    fn transaction<T, E: TransactionError>(
        &self,
        isolation: Isolation,
        work: &mut impl FnMut(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        if let Some(held) = &self.held {
            return held.run(Keep::OnSuccess, work);
        }
        let mut conn = self
            .writer
            .get()
            .map_err(|e| StoreError::Busy(e.to_string()))?;
        begin(&mut conn, isolation).map_err(StoreError::from)?;
        match work(&mut conn) {
            Ok(value) => {
                commit(&mut conn).map_err(StoreError::from)?;
                Ok(value)
            }
            Err(error) => {
                if let Err(cause) = rollback(&mut conn) {
                    tracing::warn!(%cause, "rollback failed; the connection is dropped");
                }
                Err(error)
            }
        }
    }

    /// Runs `work` on one consistent snapshot; it can't write on SQLite and must not on PostgreSQL.
    ///
    /// # Errors
    /// Those of `work`, and the database's own.
    pub fn read<T, E: TransactionError>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        if let Some(held) = &self.held {
            return held.run(Keep::Never, work);
        }
        let mut conn = self
            .reader
            .get()
            .map_err(|e| StoreError::Busy(e.to_string()))?;
        begin(&mut conn, Isolation::Snapshot).map_err(StoreError::from)?;
        let result = work(&mut conn);
        if let Err(cause) = rollback(&mut conn) {
            tracing::warn!(%cause, "rollback failed; the connection is dropped");
        }
        result
    }

    /// Runs any use cases for real, in one transaction that is rolled back at the end: inside
    /// `work`, every write of the given store (and of its clones) is seen by what follows there,
    /// and by nobody else; afterwards nothing of it is left. The store is of no use after `work`.
    ///
    /// On SQLite other writers wait meanwhile; on PostgreSQL those that touch the same rows do.
    /// Inside, PostgreSQL runs at READ COMMITTED: a collision could not be tried again.
    ///
    /// # Errors
    /// If the database can't be reached. What `work` itself answers is its own affair.
    pub fn rehearse<T>(&self, work: impl FnOnce(&Self) -> T) -> Result<T, StoreError> {
        if self.held.is_some() {
            return Err(StoreError::Busy(
                "a rehearsal inside a rehearsal".to_owned(),
            ));
        }
        let mut conn = self
            .writer
            .get()
            .map_err(|e| StoreError::Busy(e.to_string()))?;
        begin(&mut conn, Isolation::ReadCommitted)?;
        let held = Arc::new(Held::new(conn));
        // Ends the rehearsal also if `work` panics, even if a clone of its store is kept somewhere.
        let curtain = RollbackGuard(held.clone());
        let value = work(&Self {
            held: Some(held),
            ..self.clone()
        });
        drop(curtain);
        Ok(value)
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

    /// Takes the whole schema down again, data and all.
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

/// Rolls a rehearsal back when dropped. If that fails the pool throws the connection away, which
/// rolls back as well.
struct RollbackGuard(Arc<Held>);

impl Drop for RollbackGuard {
    fn drop(&mut self) {
        if let Some(mut conn) = self.0.end()
            && let Err(cause) = rollback(&mut conn)
        {
            tracing::warn!(%cause, "rollback failed; the connection is dropped");
        }
    }
}

#[derive(Clone, Copy)]
enum Isolation {
    Serializable,
    ReadCommitted,
    Snapshot,
}

fn begin(conn: &mut Conn, isolation: Isolation) -> diesel::QueryResult<()> {
    match conn {
        Conn::Pg(c) => {
            let sql = match isolation {
                Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
                Isolation::ReadCommitted => "BEGIN ISOLATION LEVEL READ COMMITTED",
                Isolation::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            };
            AnsiTransactionManager::begin_transaction_sql(c, sql)
        }
        Conn::Sqlite(c) => {
            let sql = match isolation {
                Isolation::Snapshot => "BEGIN DEFERRED",
                Isolation::Serializable | Isolation::ReadCommitted => "BEGIN IMMEDIATE",
            };
            AnsiTransactionManager::begin_transaction_sql(c, sql)
        }
    }
}

fn commit(conn: &mut Conn) -> diesel::QueryResult<()> {
    <Conn as diesel::Connection>::TransactionManager::commit_transaction(conn)
}

fn rollback(conn: &mut Conn) -> diesel::QueryResult<()> {
    <Conn as diesel::Connection>::TransactionManager::rollback_transaction(conn)
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
