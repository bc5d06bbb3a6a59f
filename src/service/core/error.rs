//! What a use case may answer instead of its result. Every door (HTTP, command line) shows these in
//! its own way.

use crate::domain::error::Invalid;
use crate::store::{StoreError, TransactionError};

/// Why a use case did not happen; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is at fault; each fault names its field and the mend.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Invalid>),
    /// It does not exist, or the actor may not see it: the two must look alike.
    #[error("{what} not found")]
    NotFound {
        /// What was looked for: `unit`, `item`…
        what: &'static str,
    },
    /// The actor sees it but may not do this.
    #[error("not allowed")]
    Forbidden,
    /// Somebody else saved first; read again.
    #[error("changed meanwhile")]
    Stale,
    /// The state of things does not allow it; the sentence says which state would.
    #[error("{0}")]
    Conflict(Invalid),
    /// Too often; the next time is allowed after so many seconds.
    #[error("too often")]
    TooOften(u64),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// Whether the data is at fault rather than the database or the caller's rights: the same work
    /// on other rows succeeds.
    pub fn is_about_data(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::NotFound { .. } | Self::Conflict(_) => true,
            Self::Store(error) => error.is_about_data(),
            Self::Forbidden | Self::Stale | Self::TooOften(_) => false,
        }
    }

    /// Something that does not exist.
    pub fn not_found(what: &'static str) -> Self {
        Self::NotFound { what }
    }
}

/// A library that refuses what it never refuses is as much our fault as a broken database.
impl From<crate::identity::Fault> for Error {
    fn from(fault: crate::identity::Fault) -> Self {
        Self::Store(StoreError::Corrupt(fault.to_string()))
    }
}

impl From<Invalid> for Error {
    fn from(fault: Invalid) -> Self {
        Self::Invalid(vec![fault])
    }
}

impl From<Vec<Invalid>> for Error {
    fn from(faults: Vec<Invalid>) -> Self {
        Self::Invalid(faults)
    }
}

impl TransactionError for Error {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
