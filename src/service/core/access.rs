//! The only permission logic: who may do what to which unit, and what a reader may see.
//!
//! A role holds for its unit and everything below it; [`TABLE`] says how far each action of it
//! reaches, and `docs/ACCESS.md` shows the same table. Somebody with several roles may do what any
//! of them allows. What an actor may not see is "not found"; what it sees but may not do is
//! "forbidden".

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::access::{Actor, Grant, Own, Role, Scope};
use crate::domain::error::Invalid;
use crate::domain::field::Field;
use crate::domain::text;
use crate::service::Error;
use crate::store::people::PersonRow;
use crate::store::{Conn, StoreError, people, roles, units};

/// What somebody wants to do to a unit or to something of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read the unit, its events, plans, policies and what it owes.
    Read,
    /// Read everybody's data, everybody's items and what persons owe. Who may not, reads the own
    /// ones, and names.
    ReadPeople,
    /// Read scores, and what they rest on.
    ReadScores,
    /// Read the audit trail.
    ReadTrail,
    /// Found, rename, move, merge and end units; enter, change and move people; give and take
    /// roles.
    ManageUnits,
    /// Invite people to accounts, disable those, reset second factors.
    ManageAccounts,
    /// Calendars, policies, plans, rules, kinds of item, schedules.
    ManageRules,
    /// Register an event, answer a question, ask for an extension, acknowledge.
    ActForUnit,
    /// Hand in an item, take it back.
    Submit,
    /// Approve an item as the unit's leader.
    Approve,
    /// Publish, return, reject, grade; record an arrival that came another way. Editors: of their
    /// fields.
    Edit,
    /// Decide extensions, exemptions and scores.
    Decide,
    /// Start jobs, requeue mails, make tokens.
    Operate,
}

impl Action {
    /// Its name in `docs/ACCESS.md`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadPeople => "read_people",
            Self::ReadScores => "read_scores",
            Self::ReadTrail => "read_trail",
            Self::ManageUnits => "manage_units",
            Self::ManageAccounts => "manage_accounts",
            Self::ManageRules => "manage_rules",
            Self::ActForUnit => "act_for_unit",
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Edit => "edit",
            Self::Decide => "decide",
            Self::Operate => "operate",
        }
    }

    /// Whether it is about seeing: what one may not read is not there.
    const fn reads(self) -> bool {
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
    /// The unit that the role sits on.
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
fn reach(role: Role, action: Action) -> Reach {
    let row = TABLE.iter().find(|(listed, _)| *listed == action);
    row.and_then(|(_, row)| ROLES.iter().zip(row).find(|(listed, _)| **listed == role))
        .map_or(No, |(_, reach)| *reach)
}

/// Whether `actor` may do `action` to the unit `target`.
///
/// # Errors
/// [`Error::NotFound`] if the actor may not even see the unit, [`Error::Forbidden`] if it may see
/// it but not do this.
pub fn require(conn: &mut Conn, actor: &Actor, action: Action, target: i64) -> Result<(), Error> {
    let held = grants_at(conn, actor, target)?;
    if held
        .iter()
        .any(|(grant, at)| reach(grant.role, action) >= *at)
    {
        Ok(())
    } else if !action.reads()
        && held
            .iter()
            .any(|(grant, at)| reach(grant.role, Action::Read) >= *at)
    {
        Err(Error::Forbidden)
    } else {
        Err(Error::not_found("unit"))
    }
}

/// The roles that the actor holds at a unit, and how far they have to reach for it.
fn grants_at<'a>(
    conn: &mut Conn,
    actor: &'a Actor,
    target: i64,
) -> Result<Vec<(&'a Grant, Reach)>, Error> {
    let above = if actor.homes().any(|home| home != target) {
        units::ancestors(conn, target)?
    } else {
        Vec::new()
    };
    let at = |grant: &Grant| match grant.unit_id {
        None => Some(Unit),
        Some(home) if home == target => Some(Unit),
        Some(home) => above.contains(&home).then_some(Below),
    };
    Ok(actor
        .grants
        .iter()
        .filter_map(|grant| Some((grant, at(grant)?)))
        .collect())
}

/// [`require`] for a unit that the input names in `field`: one that the actor may not see is a
/// fault of the input.
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
        Err(Error::NotFound { .. }) => Err(Invalid::new(field, "not_found")
            .with("value", target)
            .into()),
        checked => checked,
    }
}

/// [`require`] for something that belongs to the unit `target`: one that the actor may not see is a
/// missing `what`.
///
/// # Errors
/// [`Error::NotFound`] with `what`, [`Error::Forbidden`].
pub fn require_of(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    target: i64,
    what: &'static str,
) -> Result<(), Error> {
    match require(conn, actor, action, target) {
        Err(Error::NotFound { .. }) => Err(Error::not_found(what)),
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

/// Whether the actor may do an editor's work on an item of that field at the unit `target`. Editors
/// work on items of their fields only; who named none, who is no person, and items without a field
/// are left out of that.
///
/// # Errors
/// Only the database's own.
pub fn may_edit(
    conn: &mut Conn,
    actor: &Actor,
    target: i64,
    field: Option<Field>,
) -> Result<bool, Error> {
    let held = grants_at(conn, actor, target)?;
    let allowed = || {
        held.iter()
            .filter(|(grant, at)| reach(grant.role, Action::Edit) >= *at)
            .map(|(grant, _)| *grant)
    };
    if allowed().any(|grant| grant.role != Role::Editor) {
        return Ok(true);
    }
    let (Some(field), Some(person)) = (field, actor.person_id) else {
        return Ok(allowed().next().is_some());
    };
    let person = people::find(conn, person)?;
    let own: Vec<Field> = person.map(|row| row.fields.0).unwrap_or_default();
    let good = |fields: &[Field]| fields.is_empty() || fields.contains(&field);
    Ok(allowed().any(|grant| good(grant.fields.as_deref().unwrap_or(&own))))
}

/// Whether `actor` may do `action` to what belongs to no unit (kinds of item, the schedule of the
/// whole app).
///
/// # Errors
/// [`Error::Forbidden`].
pub fn require_anywhere(actor: &Actor, action: Action) -> Result<(), Error> {
    let allowed = actor
        .grants
        .iter()
        .any(|grant| reach(grant.role, action) != No);
    if allowed {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}

/// Whether `actor` may do `action` to the whole house (found a root, make a token for everything).
///
/// # Errors
/// [`Error::Forbidden`].
pub fn require_everywhere(actor: &Actor, action: Action) -> Result<(), Error> {
    let whole = actor.grants.iter().filter(|grant| grant.unit_id.is_none());
    if whole
        .into_iter()
        .any(|grant| reach(grant.role, action) != No)
    {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}

/// Whether what is decided at the unit `above` binds a unit on which one of the actor's roles sits
/// that is good for `action`: plans and score schemes are read by those below too.
///
/// # Errors
/// Only the database's own.
pub fn binds(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    above: i64,
) -> Result<bool, StoreError> {
    for home in units_of(actor, |role| reach(role, action) != No) {
        if units::is_below(conn, home, above)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// That the actor may know what is decided at the unit `above`: it reads that unit, or is bound by
/// it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn require_known(
    conn: &mut Conn,
    actor: &Actor,
    read: Action,
    above: i64,
) -> Result<(), Error> {
    if binds(conn, actor, read, above)? {
        Ok(())
    } else {
        require(conn, actor, read, above)
    }
}

/// [`require`] for what those below are bound by and know: who knows it, by a role good for `read`,
/// is not told that it is missing; who does not, is.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn require_binding(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    read: Action,
    target: i64,
) -> Result<(), Error> {
    require_known(conn, actor, read, target)?;
    match require(conn, actor, action, target) {
        Err(Error::NotFound { .. }) => Err(Error::Forbidden),
        checked => checked,
    }
}

/// The part of the house that `actor` may read.
#[must_use]
pub fn scope(actor: &Actor) -> Scope {
    let own: Vec<i64> = units_of(actor, |role| reach(role, Action::ReadPeople) == No).collect();
    match scope_for(actor, Action::ReadPeople) {
        Scope::Below(below) if !own.is_empty() => Scope::Own(Own {
            below,
            units: own,
            person_id: actor.person_id,
            name: actor.name.clone(),
        }),
        scope => scope,
    }
}

/// The part of the house in which `actor` may do `action`, where that reaches below the units of
/// its roles.
#[must_use]
pub fn scope_for(actor: &Actor, action: Action) -> Scope {
    let everywhere = actor
        .grants
        .iter()
        .any(|grant| grant.unit_id.is_none() && reach(grant.role, action) == Below);
    if everywhere {
        Scope::All
    } else {
        Scope::Below(units_of(actor, |role| reach(role, action) == Below).collect())
    }
}

fn units_of(actor: &Actor, wanted: impl Fn(Role) -> bool) -> impl Iterator<Item = i64> {
    actor
        .grants
        .iter()
        .filter(move |grant| wanted(grant.role))
        .filter_map(|grant| grant.unit_id)
}

/// Whether the actor may give somebody `role` on a unit (`None` = the whole installation): it manages the
/// unit by a role that stands at least as high. Departments give everything but `admin`; `admin` is
/// given by administrators of that part.
///
/// # Errors
/// [`Error::NotFound`] if the actor may not even see the unit, [`Error::Forbidden`].
pub fn require_giving(
    conn: &mut Conn,
    actor: &Actor,
    role: Role,
    target: Option<i64>,
) -> Result<(), Error> {
    let action = if role == Role::Admin {
        Action::Operate
    } else {
        Action::ManageUnits
    };
    match target {
        Some(target) => require(conn, actor, action, target),
        None => require_everywhere(actor, action),
    }
}

/// Every role that a person holds on a local date: by the post (while in service), and those given
/// beside it.
///
/// # Errors
/// Only the database's own.
pub fn grants_of_person(
    conn: &mut Conn,
    person_id: i64,
    on: NaiveDate,
) -> Result<Vec<Grant>, StoreError> {
    let life = people::life_of(conn, person_id)?;
    grants_of_life(conn, &life, on)
}

/// [`grants_of_person`] of whom every row is known.
///
/// # Errors
/// Only the database's own.
pub fn grants_of_life(
    conn: &mut Conn,
    life: &[PersonRow],
    on: NaiveDate,
) -> Result<Vec<Grant>, StoreError> {
    let Some(person) = life.iter().rev().find(|row| row.active_on(on)) else {
        return Ok(Vec::new());
    };
    let mut grants = vec![Grant::on(*person.role, person.unit_id)];
    // what was given stays given when they move
    let ids: Vec<i64> = life.iter().map(|row| row.id).collect();
    for row in roles::of_life(conn, &ids)?
        .into_iter()
        .filter(|row| row.holds_on(on))
    {
        grants.push(Grant {
            role: *row.role,
            unit_id: row.unit_id,
            fields: row.fields.map(|fields| fields.0),
        });
    }
    Ok(grants)
}

/// That the actor stands over the human behind a person: it may give every role that they hold or
/// will hold, by their posts and beside them, and that of their last post. Who may not could
/// otherwise take over what they may not give.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn require_over(
    conn: &mut Conn,
    actor: &Actor,
    person_id: i64,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let today = text::local_date(now);
    let life = people::life_of(conn, person_id)?;
    let (last, ids) = (
        life.last().map(|row| row.id),
        life.iter().map(|row| row.id).collect::<Vec<i64>>(),
    );
    let mut held = Vec::new();
    for row in life
        .iter()
        .filter(|row| Some(row.id) == last || row.active_to.is_none_or(|to| today <= to))
    {
        held.push((*row.role, Some(row.unit_id)));
    }
    for row in roles::of_life(conn, &ids)?
        .iter()
        .filter(|row| row.valid_to.is_none_or(|to| today <= to))
    {
        held.push((*row.role, row.unit_id));
    }
    for (role, unit) in held {
        match require_giving(conn, actor, role, unit) {
            Err(Error::NotFound { .. }) => return Err(Error::Forbidden),
            checked => checked?,
        }
    }
    Ok(())
}
