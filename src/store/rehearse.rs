//! Rehearsals: use cases run inside one transaction that is rolled back at the end
//! ([`super::Store::rehearse`]).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use diesel::r2d2::PooledConnection;

use super::connection::Manager;
use super::savepoint::Savepoint;
use super::transaction::Outcome;
use super::{Conn, StoreError};

/// The one connection of a rehearsal; empty once it is over.
pub(super) struct Held {
    conn: Mutex<Option<PooledConnection<Manager>>>,
    /// The threads inside a transaction: a second transaction of the same thread would deadlock.
    inside: Mutex<Option<ThreadId>>,
}

impl Held {
    pub(super) fn new(conn: PooledConnection<Manager>) -> Self {
        Self {
            conn: Mutex::new(Some(conn)),
            inside: Mutex::new(None),
        }
    }

    /// Ends the rehearsal for every clone of its store; the caller rolls the connection
    /// back.
    pub(super) fn end(&self) -> Option<PooledConnection<Manager>> {
        lock(&self.conn).take()
    }

    /// Runs `work` behind a savepoint, which is rolled back if `work` fails or panics or is not to
    /// be kept.
    pub(super) fn run(
        &self,
        keep: bool,
        work: &mut dyn FnMut(&mut Conn) -> Outcome,
    ) -> Result<(), StoreError> {
        if *lock(&self.inside) == Some(thread::current().id()) {
            return Err(StoreError::Busy(
                "a rehearsal has one connection: no transaction inside another".into(),
            ));
        }
        let mut held = lock(&self.conn);
        let conn = held
            .as_mut()
            .ok_or_else(|| StoreError::Unavailable("the rehearsal is over".to_owned()))?;
        let _inside = Inside::enter(&self.inside);
        let mut savepoint = Savepoint::begin(conn)?;
        if work(savepoint.conn()) == Outcome::Done && keep {
            savepoint.release()?;
        }
        Ok(())
    }
}

/// Ignores poisoning: a panic while the lock was held rolled its savepoint back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Marks this thread as inside, until dropped.
struct Inside<'a>(&'a Mutex<Option<ThreadId>>);

impl<'a> Inside<'a> {
    fn enter(inside: &'a Mutex<Option<ThreadId>>) -> Self {
        *lock(inside) = Some(thread::current().id());
        Self(inside)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        *lock(self.0) = None;
    }
}
