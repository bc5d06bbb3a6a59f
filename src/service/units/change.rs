//! What happened to a unit or a person, as the use cases tell it; what they owe follows
//! (`obligations::lives`).

use crate::store::people::PersonRow;
use crate::store::roles::RoleGrantRow;
use crate::store::units::UnitRow;

/// What happened to one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitChange {
    /// As it was; `None` if it was founded.
    pub before: Option<UnitRow>,
    /// As it is.
    pub unit: UnitRow,
    /// What was done to it.
    pub kind: ChangeKind,
}

/// What was done to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It is new.
    Founded,
    /// Name, mail, cluster, or by an import also category and dates.
    Changed,
    /// It hangs, with all below it, under another unit; `before` and `unit` say under which, and in
    /// which federation.
    Moved,
    /// It has a last day.
    Ended,
    /// It has a last day, and a successor whom later items under its name credit.
    Merged,
}

/// What happened to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonChange {
    /// As they were; `None` if entered now.
    pub before: Option<PersonRow>,
    /// As they are.
    pub person: PersonRow,
    /// Roles that passed to the successor.
    pub passed: Vec<RoleGrantRow>,
}
