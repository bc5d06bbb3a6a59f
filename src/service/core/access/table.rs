//! The table of rights: how far each role's right to each action reaches. `docs/ACCESS.md` shows
//! the same table, and a test compares the two.

use crate::domain::access::Role;

crate::text_enum! {
    /// What an actor wants to do to a unit or to something that belongs to it.
    pub enum Action {
        /// Read the unit, its events, plans, policies and what it owes.
        Read,
        /// Read the data of all people, their items and what they owe. Without it a caller reads their
        /// own items and only the names of other people.
        ReadPeople,
        /// Read scores and the data that they are computed from.
        ReadScores,
        /// Read the audit trail.
        ReadTrail,
        /// Create, rename, move, merge and end units; create, change and move people; grant and revoke
        /// roles.
        ManageUnits,
        /// Invite people to accounts, disable accounts, reset second factors.
        ManageAccounts,
        /// Calendars, policies, plans, rules, kinds of item, schedules.
        ManageRules,
        /// Register an event, answer a question, ask for an extension, acknowledge.
        ActForUnit,
        /// Submit an item, withdraw it.
        Submit,
        /// Approve an item as the unit's leader.
        Approve,
        /// Publish, return, reject and grade items; record an arrival by another channel. Editors do so
        /// for items of their fields.
        Edit,
        /// Decide extensions, exemptions and scores.
        Decide,
        /// Start jobs, requeue mails, create tokens.
        Operate,
    }
}

impl Action {
    /// Whether it is about reading: what an actor may not read is "not found" for them.
    pub(super) const fn reads(self) -> bool {
        matches!(
            self,
            Self::Read | Self::ReadPeople | Self::ReadScores | Self::ReadTrail
        )
    }
}

/// How far a role's right to an action reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nowhere.
    No,
    /// The unit on which the role is held.
    Own,
    /// That unit and everything below it.
    Below,
}

use Reach::{Below, No, Own as Unit};

/// The columns of [`TABLE`].
pub const ROLES: [Role; 6] = [
    Role::Department,
    Role::Editor,
    Role::Leader,
    Role::Contributor,
    Role::Viewer,
    Role::Admin,
];

/// The table: how far each role's right to each action reaches.
#[rustfmt::skip]
pub const TABLE: [(Action, [Reach; 6]); 13] = [
    //                       department editor leader contributor viewer admin
    (Action::Read,           [Below,    Below, Below, Unit,       Below, Below]),
    (Action::ReadPeople,     [Below,    Below, Below, No,         Below, Below]),
    (Action::ReadScores,     [Below,    Below, Below, No,         Below, Below]),
    (Action::ReadTrail,      [Below,    No,    No,    No,         No,    Below]),
    (Action::ManageUnits,    [Below,    No,    No,    No,         No,    Below]),
    (Action::ManageAccounts, [Below,    No,    No,    No,         No,    Below]),
    (Action::ManageRules,    [Below,    No,    No,    No,         No,    Below]),
    (Action::ActForUnit,     [Below,    No,    Unit,  Unit,       No,    Below]),
    (Action::Submit,         [Below,    Below, Unit,  Unit,       No,    Below]),
    (Action::Approve,        [Below,    No,    Unit,  No,         No,    Below]),
    (Action::Edit,           [Below,    Below, No,    No,         No,    Below]),
    (Action::Decide,         [Below,    No,    No,    No,         No,    Below]),
    (Action::Operate,        [No,       No,    No,    No,         No,    Below]),
];

/// How far a role's right to an action reaches.
pub(super) fn reach(role: Role, action: Action) -> Reach {
    let row = TABLE.iter().find(|(listed, _)| *listed == action);
    row.and_then(|(_, row)| ROLES.iter().zip(row).find(|(listed, _)| **listed == role))
        .map_or(No, |(_, reach)| *reach)
}
