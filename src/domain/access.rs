//! Who acts, and what part of the tree a reader may see. The decisions themselves are made in `service::access`.

use serde::{Deserialize, Serialize};

/// What somebody is in the house (DOMAIN: who uses it). Holds for a unit and everything below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Staff of the propaganda department; the role sits on the federation.
    Department,
    /// Member of the website's editorial board.
    Editor,
    /// Head or deputy of a unit.
    Leader,
    /// Staff of a unit, or an outside collaborator.
    Contributor,
    /// Standing committee: reads everything, changes nothing.
    Viewer,
    /// IT staff.
    Admin,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] =
        [Self::Department, Self::Editor, Self::Leader, Self::Contributor, Self::Viewer, Self::Admin];

    /// The role's name in the database, in requests and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Editor => "editor",
            Self::Leader => "leader",
            Self::Contributor => "contributor",
            Self::Viewer => "viewer",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// Who does something: named in the audit trail of every write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What the trail calls them: `token:7 (Tên)`, `system`, `cli`.
    pub name: String,
    /// Their role; the system and the command line act as [`Role::Admin`].
    pub role: Role,
    /// The unit that the role sits on; `None` = the whole house.
    pub unit_id: Option<i64>,
    /// The person, where the token belongs to one.
    pub person_id: Option<i64>,
    /// The request that this is part of.
    pub request_id: Option<String>,
}

impl Actor {
    /// The service itself: scheduler and jobs.
    #[must_use]
    pub fn system() -> Self {
        Self::house("system")
    }

    /// Somebody at the command line of the machine.
    #[must_use]
    pub fn cli() -> Self {
        Self::house("cli")
    }

    fn house(name: &str) -> Self {
        Self { name: name.to_owned(), role: Role::Admin, unit_id: None, person_id: None, request_id: None }
    }
}

/// The part of the tree that a reader may see; no read model answers without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    House,
    /// A unit and everything below it.
    Below(i64),
}
