//! Who acts, and what part of the tree a reader may see. The decisions themselves are made in
//! `service::access`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize as _, Serializer};

use super::error::Invalid;
use super::field::Field;
use crate::domain::ids::{PersonId, TokenId, UnitId};

crate::text_enum! {
    /// The role that a person holds on a unit and everything below it.
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
}

/// A role and the unit that it sits on: it holds there and for everything below.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The unit; `None` = the whole installation, for [`Role::Admin`] only.
    pub unit_id: Option<UnitId>,
    /// Of editors: the fields that the role is for, empty = every field; `None` = the person's own.
    pub fields: Option<Vec<Field>>,
}

impl Grant {
    /// A role on a unit.
    pub const fn on(role: Role, unit_id: UnitId) -> Self {
        Self {
            role,
            unit_id: Some(unit_id),
            fields: None,
        }
    }
}

/// Which actor somebody is, whatever their name is today. Rules compare this, never a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActorId {
    /// A person who is signed in.
    Person(PersonId),
    /// A program with a token.
    Token(TokenId),
    /// Scheduler and jobs.
    System,
    /// The command line.
    Cli,
    /// Somebody who has not signed in.
    Anonymous,
}

/// As it is stored and logged: `person:12`, `token:7`, `system`, `cli`, `anonymous`.
impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Token(id) => write!(f, "token:{id}"),
            Self::System => f.write_str("system"),
            Self::Cli => f.write_str("cli"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

/// A text that is no [`ActorId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an actor")]
pub struct NoActorId;

impl FromStr for ActorId {
    type Err = NoActorId;

    fn from_str(text: &str) -> Result<Self, NoActorId> {
        match text.split_once(':') {
            Some(("person", id)) => id.parse().map(Self::Person).map_err(|_| NoActorId),
            Some(("token", id)) => id.parse().map(Self::Token).map_err(|_| NoActorId),
            Some(_) => Err(NoActorId),
            None => match text {
                "system" => Ok(Self::System),
                "cli" => Ok(Self::Cli),
                "anonymous" => Ok(Self::Anonymous),
                _ => Err(NoActorId),
            },
        }
    }
}

/// Who does something: named in the audit trail of every write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Which actor they are.
    pub id: ActorId,
    /// What the trail calls them: `token:7 (Tên)`, `person:12 (Tên)`, `system`, `cli`. For people
    /// to read.
    pub name: String,
    /// The name alone of a person who is signed in.
    pub person_name: Option<String>,
    /// Every role they hold today; the system and the command line administer the whole
    /// installation.
    pub grants: Vec<Grant>,
    /// The person, where it is one, or where the token belongs to one.
    pub person_id: Option<PersonId>,
    /// The request that this is part of.
    pub request_id: Option<String>,
}

/// An actor's name as people read it: what the trail keeps as `token:3 (Máy quét)` is `Máy quét`.
pub fn shown_actor(kept: &str) -> &str {
    let named = kept.split_once(" (").and_then(|(id, name)| {
        let known = id.parse::<ActorId>().is_ok();
        name.strip_suffix(')').filter(|_| known)
    });
    named.unwrap_or(kept)
}

/// Writes a kept name of an actor as [`shown_actor`].
pub fn write_shown<S: Serializer>(kept: &str, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(shown_actor(kept))
}

/// [`write_shown`] for a name that may be missing.
pub fn write_shown_if_any<S: Serializer>(kept: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    kept.as_deref().map(shown_actor).serialize(to)
}

impl Actor {
    /// The service itself: scheduler and jobs.
    pub fn system() -> Self {
        Self::of_installation(ActorId::System)
    }

    /// Somebody at the command line of the machine.
    pub fn cli() -> Self {
        Self::of_installation(ActorId::Cli)
    }

    /// Somebody who has not signed in.
    pub fn visitor() -> Self {
        Self {
            id: ActorId::Anonymous,
            name: "khách".to_owned(),
            person_name: None,
            grants: Vec::new(),
            person_id: None,
            request_id: None,
        }
    }

    /// A person who is signed in.
    pub fn person(id: PersonId, name: &str, grants: Vec<Grant>) -> Self {
        let actor = ActorId::Person(id);
        Self {
            id: actor,
            name: format!("{actor} ({name})"),
            person_name: Some(name.to_owned()),
            grants,
            person_id: Some(id),
            request_id: None,
        }
    }

    /// A program with a token, which may belong to a person.
    pub fn token(id: TokenId, name: &str, grant: Grant, person_id: Option<PersonId>) -> Self {
        let actor = ActorId::Token(id);
        Self {
            id: actor,
            name: format!("{actor} ({name})"),
            person_name: None,
            grants: vec![grant],
            person_id,
            request_id: None,
        }
    }

    /// An actor that administers the whole installation.
    fn of_installation(id: ActorId) -> Self {
        let whole = Grant {
            role: Role::Admin,
            unit_id: None,
            fields: None,
        };
        Self {
            id,
            name: id.to_string(),
            person_name: None,
            grants: vec![whole],
            person_id: None,
            request_id: None,
        }
    }

    /// Their name as people read it.
    pub fn shown_name(&self) -> &str {
        shown_actor(&self.name)
    }

    /// Where they are at home: the units of their roles, their own post's first.
    pub fn homes(&self) -> impl Iterator<Item = UnitId> {
        self.grants.iter().filter_map(|grant| grant.unit_id)
    }

    /// Whether one of their roles is held over the whole installation.
    pub fn holds_everywhere(&self) -> bool {
        self.grants.iter().any(|grant| grant.unit_id.is_none())
    }
}

/// The part of the units that a reader may see; no read model answers without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// These units and everything below them.
    Below(Vec<UnitId>),
    /// What a person sees: what is their own wherever it is, and what they see by their roles.
    Own(Own),
}

/// A reader with things of their own, which they see at whatever unit they are. Some units they may
/// see only as a contributor: the unit itself without what is below it, and of people's things the
/// own ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Seen with everything below, by other roles.
    pub below: Vec<UnitId>,
    /// Seen as a contributor.
    pub units: Vec<UnitId>,
    /// The reader, where it is a person.
    pub person_id: Option<PersonId>,
    /// The reader as an actor: the items that they handed in are theirs.
    pub id: ActorId,
}

impl Own {
    /// Whether the reader sees some units only as a contributor.
    pub fn as_contributor(&self) -> bool {
        !self.units.is_empty()
    }
}

impl Scope {
    /// The units that are seen with everything below them; `None` = all.
    pub fn roots(&self) -> Option<&[UnitId]> {
        match self {
            Self::All => None,
            Self::Below(units) => Some(units),
            Self::Own(own) => Some(&own.below),
        }
    }

    /// The person who sees their own things beside those of the units.
    pub fn reader(&self) -> Option<PersonId> {
        match self {
            Self::Own(own) => own.person_id,
            Self::All | Self::Below(_) => None,
        }
    }
}

/// The units that a list is of: one alone, or one and all below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Units {
    /// The unit.
    pub unit_id: UnitId,
    /// Whether all below it are meant too.
    pub below: bool,
}

impl Units {
    /// What the parameters `unit_id` and `below` ask for; `None` = everything.
    ///
    /// # Errors
    /// `required` on `unit_id` for `below` without a unit.
    pub fn of(unit_id: Option<UnitId>, below: bool) -> Result<Option<Self>, Invalid> {
        match unit_id {
            None if below => Err(Invalid::new("unit_id", "required")),
            unit_id => Ok(unit_id.map(|unit_id| Self { unit_id, below })),
        }
    }

    /// The unit, if it is meant alone.
    pub fn alone(self) -> Option<UnitId> {
        (!self.below).then_some(self.unit_id)
    }

    /// The unit, if all below it are meant too.
    pub fn subtree(self) -> Option<UnitId> {
        self.below.then_some(self.unit_id)
    }

    /// How far below the unit they may lie.
    pub const fn depth(self) -> i32 {
        if self.below { i32::MAX } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_id() -> impl Strategy<Value = ActorId> {
        prop_oneof![
            any::<i64>().prop_map(|id| ActorId::Person(PersonId(id))),
            any::<i64>().prop_map(|id| ActorId::Token(TokenId(id))),
            Just(ActorId::System),
            Just(ActorId::Cli),
            Just(ActorId::Anonymous),
        ]
    }

    proptest! {
        #[test]
        fn the_id_of_an_actor_is_read_as_it_is_written(id in any_id()) {
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn people_read_the_name_of_an_actor_without_its_id() {
        for (kept, shown) in [
            ("token:3 (Máy quét (tầng 2))", "Máy quét (tầng 2)"),
            ("person:12 (Nguyễn Thử)", "Nguyễn Thử"),
            ("cli", "cli"),
            ("khách", "khách"),
            ("ai đó (khác)", "ai đó (khác)"),
        ] {
            assert_eq!(shown_actor(kept), shown);
        }
    }

    #[test]
    fn a_display_name_is_no_id() {
        for text in ["person:12 (Tên)", "person:", "khách", "", "link:p1"] {
            assert_eq!(text.parse::<ActorId>(), Err(NoActorId), "{text}");
        }
    }
}
