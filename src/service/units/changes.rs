//! What the use cases changed in a unit or a person; `obligations::lives` brings what they owe in
//! line with it.

use chrono::{DateTime, Utc};

use crate::domain::ids::UnitId;
use crate::store::people::PersonRow;
use crate::store::roles::RoleGrantRow;
use crate::store::units::UnitRow;

/// What happened to one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitChange {
    /// As it was; `None` if it was created.
    pub before: Option<UnitRow>,
    /// As it is.
    pub unit: UnitRow,
    /// What was done to it.
    pub kind: ChangeKind,
    /// By a move: the units above it, before and after.
    pub above: Vec<UnitId>,
}

impl UnitChange {
    /// A change of a unit that exists.
    pub const fn new(kind: ChangeKind, before: UnitRow, after: UnitRow) -> Self {
        Self {
            before: Some(before),
            unit: after,
            kind,
            above: Vec::new(),
        }
    }
}

/// What was done to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It is new.
    Created,
    /// Name, mail, cluster, or by an import also category and dates.
    Changed,
    /// It was moved, with all units below it, to another parent; `before` and `unit` name both
    /// parents and federations.
    Moved {
        /// Since when it stands there.
        from: DateTime<Utc>,
    },
    /// It has a last day.
    Ended,
    /// It has a last day, and a successor that is credited with later items in its name.
    Merged,
}

impl ChangeKind {
    /// What the audit trail calls it.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Created => "found",
            Self::Changed => "change",
            Self::Moved { .. } => "move",
            Self::Ended => "end",
            Self::Merged => "merge",
        }
    }
}

/// What happened to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonChange {
    /// As they were; `None` if they were created.
    pub before: Option<PersonRow>,
    /// As they are.
    pub person: PersonRow,
    /// Roles that were transferred to the successor.
    pub transferred: Vec<RoleGrantRow>,
}
