//! Savepoints: a part of a transaction that can be undone alone.

use diesel::connection::TransactionManager as _;

use super::{Conn, StoreError};

type Transactions = <Conn as diesel::Connection>::TransactionManager;

/// Begins a savepoint inside the transaction of the connection.
pub(crate) fn begin(conn: &mut Conn) -> Result<(), StoreError> {
    Ok(Transactions::begin_transaction(conn)?)
}

/// Keeps what was done since the savepoint, as a part of the transaction.
pub(crate) fn release(conn: &mut Conn) -> Result<(), StoreError> {
    Ok(Transactions::commit_transaction(conn)?)
}

/// Undoes what was done since the savepoint; the transaction goes on.
pub(crate) fn roll_back(conn: &mut Conn) -> Result<(), StoreError> {
    Ok(Transactions::rollback_transaction(conn)?)
}

/// An open savepoint; rolled back when dropped.
pub(super) struct Savepoint<'a>(&'a mut Conn);

impl<'a> Savepoint<'a> {
    pub(super) fn begin(conn: &'a mut Conn) -> Result<Self, StoreError> {
        begin(conn)?;
        Ok(Self(conn))
    }

    /// The connection behind it.
    pub(super) fn conn(&mut self) -> &mut Conn {
        self.0
    }

    pub(super) fn release(self) -> Result<(), StoreError> {
        let mut this = std::mem::ManuallyDrop::new(self);
        release(this.0)
    }
}

impl Drop for Savepoint<'_> {
    fn drop(&mut self) {
        if let Err(cause) = roll_back(self.0) {
            tracing::warn!(%cause, "rollback inside a rehearsal failed");
        }
    }
}
