//! Errors of the database, sorted by what the caller can do about them.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// An error of the database. The caller of a use case can't correct it; the message is for the log.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Locked, or no connection was free in time: trying again later helps.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The disk is full or the file read-only; nothing was written.
    #[error("the database can't be written: {0}")]
    Unwritable(String),
    /// The file is no SQLite database, or a damaged one; only a backup helps.
    #[error("the database is damaged: {0}; restore the newest backup")]
    Damaged(String),
    /// It can't be reached or opened.
    #[error("the database can't be used: {0}")]
    Unavailable(String),
    /// Two transactions ran into each other (PostgreSQL); [`super::Store::write`] tries again.
    #[error("two writes collided: {0}")]
    Collision(String),
    /// A UNIQUE rule refused a row; the caller names the conflict.
    #[error("already there: {0}")]
    Unique(String),
    /// A foreign key or CHECK refused a row: a fault of the code, as domain types should have
    /// refused it before.
    #[error("the database refused a row: {0}")]
    Refused(String),
    /// A stored value that no code of this version writes.
    #[error("unreadable stored value: {0}")]
    Corrupt(String),
    /// Anything else.
    #[error(transparent)]
    Other(DieselError),
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, info) = &error else {
            return match error {
                DieselError::BrokenTransactionManager => {
                    Self::Unavailable("the connection broke".to_owned())
                }
                other => Self::Other(other),
            };
        };
        let text = info.message().to_owned();
        match kind {
            DatabaseErrorKind::UniqueViolation => Self::Unique(text),
            DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation => Self::Refused(text),
            DatabaseErrorKind::SerializationFailure => Self::Collision(text),
            DatabaseErrorKind::ClosedConnection => Self::Unavailable(text),
            DatabaseErrorKind::ReadOnlyTransaction => Self::Unwritable(text),
            _ => by_text(text, error),
        }
    }
}

/// Tells errors apart by their fixed texts where diesel has no kind for them: those of SQLite, and
/// deadlocks of PostgreSQL.
fn by_text(text: String, error: DieselError) -> StoreError {
    if text.contains("deadlock detected") || text.contains("could not serialize") {
        StoreError::Collision(text)
    } else if text.contains("database is locked")
        || text.contains("lock timeout")
        || text.contains("statement timeout")
        || text.contains("table is locked")
    {
        StoreError::Busy(text)
    } else if text.contains("database or disk is full")
        || text.contains("readonly database")
        || text.contains("disk I/O error")
        || text.contains("No space left")
    {
        StoreError::Unwritable(text)
    } else if text.contains("file is not a database")
        || text.contains("database disk image is malformed")
    {
        StoreError::Damaged(text)
    } else if text.contains("server closed the connection")
        || text.contains("terminating connection")
    {
        StoreError::Unavailable(text)
    } else if text.contains("CHECK constraint failed") {
        // of a trigger that stands for a CHECK
        StoreError::Refused(text)
    } else {
        StoreError::Other(error)
    }
}

impl StoreError {
    /// Whether a stored row is at fault rather than the database: it fails again until the row is
    /// corrected, and other rows do not.
    pub fn is_about_data(&self) -> bool {
        matches!(
            self,
            Self::Corrupt(_) | Self::Refused(_) | Self::Other(DieselError::DeserializationError(_))
        )
    }
}

/// An error that a transaction's work may return: it can hold the database's own.
pub trait TransactionError: From<StoreError> {
    /// The database's error inside, if that is what it is.
    fn store_error(&self) -> Option<&StoreError>;

    /// Whether the same work may succeed when it runs again at once.
    fn is_collision(&self) -> bool {
        matches!(self.store_error(), Some(StoreError::Collision(_)))
    }
}

impl TransactionError for StoreError {
    fn store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}
