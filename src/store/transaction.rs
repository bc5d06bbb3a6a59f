//! Transactions: how they begin and end on both databases, and when they are tried again.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager};

use super::connection::Target;
use super::rehearse::Held;
use super::{Conn, Store, StoreError, TransactionError};

/// How many times a write is tried when PostgreSQL reports a conflict with another one.
const WRITE_ATTEMPTS: u32 = 20;

/// From this attempt on a write runs alone: beside many short writes a long one would collide for
/// ever (docs/decisions/0011-repeated-writes-run-alone.md).
const ALONE_FROM: u32 = 4;

impl Store {
    /// Runs `work` in one write transaction. `work` may run several times on PostgreSQL: it must
    /// not have effects outside the database.
    ///
    /// # Errors
    /// Those of `work`; then the transaction is rolled back.
    pub fn write<T, E: TransactionError>(
        &self,
        work: impl FnMut(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(Kind::Serializable, work)
    }

    /// Runs `work` in one write transaction at READ COMMITTED on PostgreSQL: for single conditional
    /// statements such as claims and acknowledgements, which must not fail because
    /// unrelated rows changed.
    ///
    /// # Errors
    /// Those of `work`; then the transaction is rolled back.
    pub fn write_committed<T, E: TransactionError>(
        &self,
        work: impl FnMut(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(Kind::ReadCommitted, work)
    }

    /// Runs `work` in a write transaction if that is possible at once: for what is good to know but
    /// must never keep a reader waiting, such as when a token was last used. Nothing happens if the
    /// database is locked, full or busy.
    pub fn write_if_free(&self, work: impl FnOnce(&mut Conn) -> Result<(), StoreError>) {
        if self.held.is_some() {
            return;
        }
        let Some(mut conn) = self.writer.try_get() else {
            return;
        };
        let done = begin_at_once(&mut conn, self.busy_timeout).and_then(|()| {
            let done = work(&mut conn).and_then(|()| Ok(commit(&mut conn)?));
            if done.is_err() {
                rollback(&mut conn)?;
            }
            done
        });
        if let Err(cause) = done {
            tracing::debug!(%cause, "not recorded");
        }
    }

    /// Runs `work` on one consistent snapshot; it can't write on SQLite and must not on PostgreSQL.
    pub fn read<T, E: TransactionError>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut work = Some(work);
        self.transaction(Kind::Snapshot, |conn| match work.take() {
            Some(work) => work(conn),
            None => Err(StoreError::Busy("a read runs once".to_owned()).into()),
        })
    }

    /// Keeps the result of `work` outside, so that the machinery of a transaction is compiled once
    /// and not for every type of result.
    fn transaction<T, E: TransactionError>(
        &self,
        kind: Kind,
        mut work: impl FnMut(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut result = None;
        let ended = self.run(kind, &mut |conn| {
            let done = work(conn);
            let outcome = match &done {
                Ok(_) => Outcome::Done,
                Err(error) if error.is_collision() => Outcome::Collided,
                Err(_) => Outcome::Failed,
            };
            result = Some(done);
            outcome
        });
        match (ended, result) {
            (Ok(()), Some(Err(error))) => Err(self.naming_file(error)),
            (Ok(()), Some(result)) => result,
            (Err(error), _) => Err(self.naming_file(error.into())),
            (Ok(()), None) => Err(StoreError::Busy("the work did not run".to_owned()).into()),
        }
    }

    /// An error about a full or read-only disk says which file it is about.
    fn naming_file<E: TransactionError>(&self, error: E) -> E {
        match (error.store_error(), &self.target) {
            (Some(StoreError::Unwritable(cause)), Target::Sqlite(file)) => {
                StoreError::Unwritable(format!("{}: {cause}", file.display())).into()
            }
            _ => error,
        }
    }

    /// Runs `work` in a transaction, again if it collided with another. `Ok` says that the last
    /// outcome of `work` counts; an error is that of beginning or committing.
    fn run(
        &self,
        kind: Kind,
        work: &mut dyn FnMut(&mut Conn) -> Outcome,
    ) -> Result<(), StoreError> {
        if let Some(held) = &self.held {
            return held.run(kind.is_kept(), work);
        }
        let attempts = if kind == Kind::Serializable {
            WRITE_ATTEMPTS
        } else {
            1
        };
        for attempt in 1.. {
            let collided = match self.attempt(kind, attempt, work) {
                Ok(Outcome::Collided) => true,
                Err(StoreError::Collision(_)) if attempt < attempts => true,
                Ok(Outcome::Done | Outcome::Failed) => return Ok(()),
                Err(error) => return Err(error),
            };
            if !collided || attempt >= attempts {
                break;
            }
            tracing::debug!(attempt, "write collided with another, trying again");
            std::thread::sleep(Duration::from_millis(u64::from(attempt) * 5));
        }
        Ok(())
    }

    fn attempt(
        &self,
        kind: Kind,
        number: u32,
        work: &mut dyn FnMut(&mut Conn) -> Outcome,
    ) -> Result<Outcome, StoreError> {
        let pool = match kind {
            Kind::Snapshot => &self.reader,
            Kind::Serializable | Kind::ReadCommitted => &self.writer,
        };
        let mut conn = pool.get().map_err(|e| StoreError::Busy(e.to_string()))?;
        begin(&mut conn, kind)?;
        if let Err(cause) = take_turn(&mut conn, kind, number) {
            let _already_failed = rollback(&mut conn);
            return Err(cause.into());
        }
        let outcome = work(&mut conn);
        if outcome == Outcome::Done && kind.is_kept() {
            commit(&mut conn)?;
        } else if let Err(cause) = rollback(&mut conn) {
            tracing::warn!(%cause, "rollback failed; the connection is dropped");
        }
        Ok(outcome)
    }

    /// Runs use cases in one transaction that is rolled back at the end: inside `work`, every write
    /// through the given store (and its clones) is visible to later reads there, and to nobody
    /// else. The given store cannot be used after `work`.
    ///
    /// On SQLite other writers wait meanwhile; on PostgreSQL those that touch the same rows do.
    /// Inside, PostgreSQL runs at READ COMMITTED: a collision could not be tried again.
    ///
    /// # Errors
    /// If the database can't be reached. The result of `work` is returned as it is.
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
        begin(&mut conn, Kind::ReadCommitted)?;
        let held = Arc::new(Held::new(conn));
        // Ends the rehearsal also if `work` panics, even if a clone of its store is kept somewhere.
        let guard = RollbackGuard(held.clone());
        let value = work(&Self {
            held: Some(held),
            ..self.clone()
        });
        drop(guard);
        Ok(value)
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

/// What a transaction is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A use case that writes.
    Serializable,
    /// A conditional statement that writes.
    ReadCommitted,
    /// A read.
    Snapshot,
}

impl Kind {
    /// Whether what was written is kept.
    const fn is_kept(self) -> bool {
        !matches!(self, Self::Snapshot)
    }
}

/// How the work inside a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is to be committed.
    Done,
    /// It is to be rolled back.
    Failed,
    /// It is to be rolled back and may be tried again.
    Collided,
}

fn begin(conn: &mut Conn, kind: Kind) -> diesel::QueryResult<()> {
    match conn {
        Conn::Pg(c) => {
            let sql = match kind {
                Kind::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
                Kind::ReadCommitted => "BEGIN ISOLATION LEVEL READ COMMITTED",
                Kind::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            };
            AnsiTransactionManager::begin_transaction_sql(c, sql)
        }
        Conn::Sqlite(c) => {
            let sql = match kind {
                Kind::Snapshot => "BEGIN DEFERRED",
                Kind::Serializable | Kind::ReadCommitted => "BEGIN IMMEDIATE",
            };
            AnsiTransactionManager::begin_transaction_sql(c, sql)
        }
    }
}

/// Use cases that write go side by side, except for one that collided again and again: it waits until
/// the others have ended, and later ones wait for it. `LOCK TABLE` takes no snapshot, so that the
/// work sees what the others wrote.
fn take_turn(conn: &mut Conn, kind: Kind, attempt: u32) -> diesel::QueryResult<()> {
    match (conn, kind) {
        (Conn::Pg(c), Kind::Serializable) if attempt >= ALONE_FROM => {
            c.batch_execute("LOCK TABLE write_turn IN EXCLUSIVE MODE")
        }
        (Conn::Pg(c), Kind::Serializable) => {
            c.batch_execute("LOCK TABLE write_turn IN ROW SHARE MODE")
        }
        _ => Ok(()),
    }
}

/// Begins a transaction that waits for no lock.
fn begin_at_once(conn: &mut Conn, otherwise: Duration) -> Result<(), StoreError> {
    match conn {
        Conn::Pg(c) => {
            AnsiTransactionManager::begin_transaction_sql(
                c,
                "BEGIN ISOLATION LEVEL READ COMMITTED",
            )?;
            Ok(c.batch_execute("SET LOCAL lock_timeout = 10")?)
        }
        Conn::Sqlite(c) => {
            c.batch_execute("PRAGMA busy_timeout = 0")?;
            let begun = AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE");
            c.batch_execute(&format!("PRAGMA busy_timeout = {}", otherwise.as_millis()))?;
            Ok(begun?)
        }
    }
}

fn commit(conn: &mut Conn) -> diesel::QueryResult<()> {
    <Conn as diesel::Connection>::TransactionManager::commit_transaction(conn)
}

fn rollback(conn: &mut Conn) -> diesel::QueryResult<()> {
    <Conn as diesel::Connection>::TransactionManager::rollback_transaction(conn)
}
