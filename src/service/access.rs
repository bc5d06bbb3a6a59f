//! The only permission logic: who may do what to which unit, and what a reader may see.
//!
//! A role holds for its unit and everything below it. What an actor may not see is "not found"; what it sees but may not do is
//! "forbidden".

use crate::domain::access::{Actor, Role, Scope};
use crate::domain::error::Invalid;
use crate::service::Error;
use crate::store::{Conn, units};

/// What somebody wants to do to a unit or to something of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read the unit and what belongs to it.
    Read,
    /// Found, rename, move, merge and end units; enter and change people.
    ManageUnits,
    /// Calendars, policies, plans, rules, kinds of item, schedules.
    ManageRules,
    /// Register an event, answer a question, ask for an extension, acknowledge.
    ActForUnit,
    /// Hand in an item, take it back.
    Submit,
    /// Approve an item as the unit's leader.
    Approve,
    /// Publish, return, reject, grade; record an arrival that came another way.
    Edit,
    /// Decide extensions and exemptions.
    Decide,
    /// Start jobs, requeue mails, make tokens.
    Operate,
}

/// Whether `actor` may do `action` to the unit `target`.
///
/// # Errors
/// [`Error::NotFound`] if the actor may not even see the unit, [`Error::Forbidden`] if it may see it but not do this.
pub fn require(conn: &mut Conn, actor: &Actor, action: Action, target: i64) -> Result<(), Error> {
    let own = actor.unit_id == Some(target);
    let within = match actor.unit_id {
        None => true,
        Some(home) => own || units::is_below(conn, target, home)?,
    };
    if !within {
        return Err(Error::not_found("unit"));
    }
    if allows(actor.role, action, own || actor.unit_id.is_none()) { Ok(()) } else { Err(Error::Forbidden) }
}

/// [`require`] for a unit that the input names in `field`: one that the actor may not see is a fault of the input.
///
/// # Errors
/// `not_found` on `field`, [`Error::Forbidden`].
pub fn require_named(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    target: i64,
    field: &'static str,
) -> Result<(), Error> {
    match require(conn, actor, action, target) {
        Err(Error::NotFound { .. }) => Err(Invalid::new(field, "not_found").with("value", target).into()),
        checked => checked,
    }
}

/// Whether [`require`] lets it pass.
///
/// # Errors
/// Only the database's own.
pub fn may(conn: &mut Conn, actor: &Actor, action: Action, target: i64) -> Result<bool, Error> {
    match require(conn, actor, action, target) {
        Ok(()) => Ok(true),
        Err(Error::NotFound { .. } | Error::Forbidden) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether `actor` may do `action` to what belongs to no unit (kinds of item, the schedule of the whole house).
///
/// # Errors
/// [`Error::Forbidden`].
pub fn require_house(actor: &Actor, action: Action) -> Result<(), Error> {
    if allows(actor.role, action, true) { Ok(()) } else { Err(Error::Forbidden) }
}

/// The part of the tree that `actor` may read.
#[must_use]
pub fn scope(actor: &Actor) -> Scope {
    actor.unit_id.map_or(Scope::House, Scope::Below)
}

/// The table. Leaders and contributors read below their unit but act on the unit itself.
fn allows(role: Role, action: Action, own: bool) -> bool {
    match role {
        Role::Admin => true,
        Role::Department => !matches!(action, Action::Operate),
        Role::Editor => matches!(action, Action::Read | Action::Edit | Action::Submit),
        Role::Leader => {
            action == Action::Read || (own && matches!(action, Action::ActForUnit | Action::Submit | Action::Approve))
        }
        Role::Contributor => action == Action::Read || (own && matches!(action, Action::ActForUnit | Action::Submit)),
        Role::Viewer => action == Action::Read,
    }
}
