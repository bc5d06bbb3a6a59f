//! Versions of what can be edited: which of them a caller has read.

/// The versions that a caller accepts as the one that it edits, beside the one that it names first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Known {
    /// No other.
    #[default]
    Named,
    /// Whatever there is, as long as there is something.
    Any,
    /// One of these.
    OneOf(Vec<i32>),
}

impl Known {
    /// Whether the caller accepts the version `current`; 0 stands for nothing.
    pub fn accepts(&self, current: i32) -> bool {
        match self {
            Self::Named => false,
            Self::Any => current > 0,
            Self::OneOf(versions) => versions.contains(&current),
        }
    }
}
