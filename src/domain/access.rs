//! Who acts, and what part of the tree a reader may see. The decisions themselves are made in
//! `service::access`.

use serde::{Deserialize, Serialize};

use super::field::Field;
use crate::text_enum;

/// What somebody is in the house (DOMAIN: who uses it). Holds for a unit and everything below it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
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

text_enum!(Role);

/// A role and the unit that it sits on: it holds there and for everything below.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The unit; `None` = the whole installation, for [`Role::Admin`] only.
    pub unit_id: Option<i64>,
    /// Of editors: the fields that the role is for, empty = every field; `None` = the person's own.
    pub fields: Option<Vec<Field>>,
}

impl Grant {
    /// A role on a unit.
    #[must_use]
    pub const fn on(role: Role, unit_id: i64) -> Self {
        Self {
            role,
            unit_id: Some(unit_id),
            fields: None,
        }
    }
}

/// Who does something: named in the audit trail of every write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What the trail calls them: `token:7 (Tên)`, `person:12 (Tên)`, `system`, `cli`.
    pub name: String,
    /// Every role they hold today; the system and the command line administer the whole installation.
    pub grants: Vec<Grant>,
    /// The person, where it is one, or where the token belongs to one.
    pub person_id: Option<i64>,
    /// The request that this is part of.
    pub request_id: Option<String>,
}

impl Actor {
    /// The service itself: scheduler and jobs.
    #[must_use]
    pub fn system() -> Self {
        Self::app("system")
    }

    /// Somebody at the command line of the machine.
    #[must_use]
    pub fn cli() -> Self {
        Self::app("cli")
    }

    /// Somebody who has not signed in.
    #[must_use]
    pub fn visitor() -> Self {
        Self {
            grants: Vec::new(),
            ..Self::app("khách")
        }
    }

    /// The name of the person whom the trail names, where it is one.
    #[must_use]
    pub fn person_name(&self) -> Option<&str> {
        let (_, name) = self.name.strip_prefix("person:")?.split_once(" (")?;
        name.strip_suffix(')')
    }

    fn app(name: &str) -> Self {
        let whole = Grant {
            role: Role::Admin,
            unit_id: None,
            fields: None,
        };
        Self {
            name: name.to_owned(),
            grants: vec![whole],
            person_id: None,
            request_id: None,
        }
    }

    /// Where they are at home: the units of their roles, their own post's first.
    pub fn homes(&self) -> impl Iterator<Item = i64> {
        self.grants.iter().filter_map(|grant| grant.unit_id)
    }

    /// Whether one of their roles is held over the whole installation.
    #[must_use]
    pub fn holds_everywhere(&self) -> bool {
        self.grants.iter().any(|grant| grant.unit_id.is_none())
    }
}

/// What stays the same of a name in the trail when its owner's name changes: `person:12` of
/// `person:12 (Tên)`.
#[must_use]
pub fn actor_key(name: &str) -> &str {
    name.split_once(" (").map_or(name, |(key, _)| key)
}

/// The part of the house that a reader may see; no read model answers without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// These units and everything below them.
    Below(Vec<i64>),
    /// What contributors see, and what they see by other roles.
    Own(Own),
}

/// A reader who sees some units only as a contributor: the unit itself without what is below it,
/// and of people's things the own ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Seen with everything below, by other roles.
    pub below: Vec<i64>,
    /// Seen as a contributor.
    pub units: Vec<i64>,
    /// The reader, where it is a person.
    pub person_id: Option<i64>,
    /// What the trail calls the reader: what they handed in is theirs.
    pub name: String,
}

impl Scope {
    /// The units that are seen with everything below them; `None` = all.
    #[must_use]
    pub fn roots(&self) -> Option<&[i64]> {
        match self {
            Self::All => None,
            Self::Below(units) => Some(units),
            Self::Own(own) => Some(&own.below),
        }
    }
}
