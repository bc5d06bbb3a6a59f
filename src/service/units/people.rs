//! Entering people, changing them, moving them to another unit, seeing them off.
//!
//! A person belongs to one unit. Whoever moves leaves the old unit on the day before and is entered
//! in the new one: two rows, so that quotas of both are prorated by their days and the old unit's
//! history keeps its authors. What one rule asks of both is rounded as for one person
//! (`obligations::share`).

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::domain::access::{Actor, Role};
use crate::domain::error::Invalid;
use crate::domain::person::{NewPerson, PersonPatch, Position, check_service};
use crate::domain::text;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::obligations::lives::person_changed_in;
use crate::service::units::administrators::Administered;
pub use crate::service::units::change::PersonChange;
use crate::service::units::roles::RoleGrantRow;
use crate::service::units::succession::{Leaver, pass_on_in};
use crate::service::{App, Error};
use crate::store::people::{self, PersonRow};
use crate::store::types::Json;
use crate::store::{Conn, units};

/// Where somebody moves or in which role they go on, and from which day; a day to come takes effect
/// by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovePerson {
    /// The new unit.
    pub unit_id: i64,
    /// First day there.
    pub from: NaiveDate,
    /// What they may do there; absent: as before. With another role the unit may be the same.
    #[serde(default)]
    pub role: Option<Role>,
    /// What they are there; absent: as before.
    #[serde(default)]
    pub position: Option<Position>,
    /// Who gets their role on the old unit from that day.
    #[serde(default)]
    pub successor_id: Option<i64>,
}

/// Somebody's last day, and who takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeavePerson {
    /// Their last day in service.
    pub last_day: NaiveDate,
    /// Who gets every role that they hold, from the day after: what waits for the leaver waits for
    /// them.
    #[serde(default)]
    pub successor_id: Option<i64>,
}

impl LeavePerson {
    /// Nobody takes over.
    #[must_use]
    pub const fn on(last_day: NaiveDate) -> Self {
        Self {
            last_day,
            successor_id: None,
        }
    }
}

/// Enters a person.
///
/// # Errors
/// All faults of the input at once; a unit that does not exist then; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn enter(
    app: &App,
    actor: &Actor,
    new: &NewPerson,
    now: DateTime<Utc>,
) -> Result<PersonChange, Error> {
    app.store
        .write(|conn| enter_in(conn, app, actor, new.clone(), now))
}

/// [`enter`] in the caller's transaction.
///
/// # Errors
/// Those of [`enter`].
pub fn enter_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    new: NewPerson,
    now: DateTime<Utc>,
) -> Result<PersonChange, Error> {
    access::require(conn, actor, Action::ManageUnits, new.unit_id)?;
    access::require_giving(conn, actor, new.role, Some(new.unit_id))?;
    let mut faults = unit_faults(conn, &new, text::local_date(now))?;
    match new.checked() {
        Ok(person) if faults.is_empty() => insert(conn, app, actor, (&person, None), now),
        Ok(_) => Err(Error::Invalid(faults)),
        Err(mut own) => {
            own.append(&mut faults);
            Err(Error::Invalid(own))
        }
    }
}

/// Changes a person's name, title, mail, role, position, fields or days in service.
///
/// # Errors
/// All faults of the input at once; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn change(
    app: &App,
    actor: &Actor,
    id: i64,
    patch: &PersonPatch,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PersonChange, Error> {
    app.store
        .write(|conn| change_in(conn, app, actor, id, patch.clone(), expected_version, now))
}

/// [`change`] in the caller's transaction.
///
/// # Errors
/// Those of [`change`].
pub fn change_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    id: i64,
    patch: PersonPatch,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PersonChange, Error> {
    let before = changeable(conn, actor, (id, expected_version), now)?;
    let after = patch.applied_to(facts(&before)).checked()?;
    access::require_giving(conn, actor, after.role, Some(after.unit_id))?;
    let administered = Administered::by(conn, id, now)?;
    let successor = before.successor_id;
    let change = save(conn, app, actor, (before, successor), &after, "change", now)?;
    one_post_at_a_time(conn, id)?;
    administered.require_still(conn)?;
    Ok(change)
}

/// Sees somebody off; a successor gets what they held from the day after.
///
/// # Errors
/// A last day before their first; a successor who is not in service (`successor_id`);
/// [`Error::Conflict`] for one who holds the role already; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn leave(
    app: &App,
    actor: &Actor,
    id: i64,
    leaves: LeavePerson,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PersonChange, Error> {
    app.store
        .write(|conn| leave_in(conn, app, actor, id, leaves, expected_version, now))
}

/// [`leave`] in the caller's transaction.
///
/// # Errors
/// Those of [`leave`].
pub fn leave_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    id: i64,
    leaves: LeavePerson,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PersonChange, Error> {
    let before = changeable(conn, actor, (id, expected_version), now)?;
    still_there(conn, id)?;
    let administered = Administered::by(conn, id, now)?;
    let last_day = leaves.last_day;
    check_service(before.active_from, Some(last_day))?;
    let after = NewPerson {
        active_to: Some(last_day),
        ..facts(&before)
    };
    let leaver = Leaver {
        person: &before,
        last_day,
        for_good: true,
    };
    let passed = pass_on(conn, actor, leaver, leaves.successor_id, now)?;
    let change = save(
        conn,
        app,
        actor,
        (before, leaves.successor_id),
        &after,
        "leave",
        now,
    )?;
    administered.require_still(conn)?;
    Ok(PersonChange { passed, ..change })
}

/// Moves somebody to another unit: first the old row, which ends on the day before, then the new
/// one. A successor gets the old post.
///
/// # Errors
/// Somebody not in service on the day before, a unit that does not exist then or is the old one; a
/// successor as in [`leave`]; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn move_to(
    app: &App,
    actor: &Actor,
    id: i64,
    to: MovePerson,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<[PersonChange; 2], Error> {
    app.store
        .write(|conn| move_in(conn, app, actor, id, to, expected_version, now))
}

/// [`move_to`] in the caller's transaction.
///
/// # Errors
/// Those of [`move_to`].
pub fn move_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    id: i64,
    to: MovePerson,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<[PersonChange; 2], Error> {
    let before = changeable(conn, actor, (id, expected_version), now)?;
    still_there(conn, id)?;
    let administered = Administered::by(conn, id, now)?;
    access::require_named(conn, actor, Action::ManageUnits, to.unit_id, "unit_id")?;
    let person = facts(&before);
    let last_day = to.from.pred_opt().unwrap_or(to.from);
    let there = NewPerson {
        unit_id: to.unit_id,
        active_from: Some(to.from),
        role: to.role.unwrap_or(person.role),
        position: to.position.unwrap_or(person.position),
        ..person.clone()
    };
    let mut faults = unit_faults(conn, &there, to.from)?;
    if before.unit_id == to.unit_id && there.role == person.role {
        faults.push(Invalid::new("unit_id", "person_same_unit"));
    }
    if !before.active_on(last_day) {
        faults.push(
            Invalid::new("from", "person_not_in_service").with("on", last_day.format("%d/%m/%Y")),
        );
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let there = there.checked()?;
    access::require_giving(conn, actor, there.role, Some(there.unit_id))?;
    let left = NewPerson {
        active_to: Some(last_day),
        ..person
    };
    let leaver = Leaver {
        person: &before,
        last_day,
        for_good: false,
    };
    let passed = pass_on(conn, actor, leaver, to.successor_id, now)?;
    let left = PersonChange {
        passed,
        ..save(
            conn,
            app,
            actor,
            (before, to.successor_id),
            &left,
            "move",
            now,
        )?
    };
    let entered = insert(conn, app, actor, (&there, Some(id)), now)?;
    administered.require_still(conn)?;
    Ok([left, entered])
}

fn pass_on(
    conn: &mut Conn,
    actor: &Actor,
    leaver: Leaver<'_>,
    successor: Option<i64>,
    now: DateTime<Utc>,
) -> Result<Vec<RoleGrantRow>, Error> {
    successor.map_or_else(
        || Ok(Vec::new()),
        |successor| pass_on_in(conn, actor, leaver, successor, now),
    )
}

/// A person whom the actor may change, with all that they hold, if nobody did since
/// `expected_version`.
fn changeable(
    conn: &mut Conn,
    actor: &Actor,
    (id, expected_version): (i64, i32),
    now: DateTime<Utc>,
) -> Result<PersonRow, Error> {
    let row = people::find(conn, id)?.ok_or_else(|| Error::not_found("person"))?;
    access::require_of(conn, actor, Action::ManageUnits, row.unit_id, "person")?;
    access::require_over(conn, actor, id, now)?;
    if row.version == expected_version {
        Ok(row)
    } else {
        Err(Error::Stale)
    }
}

/// That nobody leaves or moves from a post from which they have moved already.
fn still_there(conn: &mut Conn, id: i64) -> Result<(), Error> {
    match people::life_of(conn, id)?.last() {
        Some(last) if last.id != id => Err(moved_on(last)),
        _ => Ok(()),
    }
}

/// That no day belongs to two posts of one human.
fn one_post_at_a_time(conn: &mut Conn, id: i64) -> Result<(), Error> {
    let life = people::life_of(conn, id)?;
    for (earlier, later) in life.iter().zip(life.iter().skip(1)) {
        let apart = earlier
            .active_to
            .is_some_and(|to| later.active_from.is_some_and(|from| to < from));
        if !apart {
            return Err(moved_on(if earlier.id == id { later } else { earlier }));
        }
    }
    Ok(())
}

fn moved_on(other: &PersonRow) -> Error {
    Error::Conflict(Invalid::new("", "person_moved_on").with("value", other.id))
}

/// The unit has to exist on the first day there (`day` where that is not given).
fn unit_faults(conn: &mut Conn, person: &NewPerson, day: NaiveDate) -> Result<Vec<Invalid>, Error> {
    let unit = units::find(conn, person.unit_id)?.ok_or_else(|| Error::not_found("unit"))?;
    let day = person.active_from.unwrap_or(day);
    let over = unit.ended_on.is_some_and(|on| on < day);
    Ok(over
        .then(|| Invalid::new("unit_id", "person_unit_ended").with("value", &unit.code))
        .into_iter()
        .collect())
}

fn facts(row: &PersonRow) -> NewPerson {
    NewPerson {
        unit_id: row.unit_id,
        name: row.name.clone(),
        title: row.title.clone(),
        mail: row.mail.clone(),
        role: *row.role,
        position: *row.position,
        fields: row.fields.0.clone(),
        active_from: row.active_from,
        active_to: row.active_to,
    }
}

fn row_of(person: &NewPerson, now: DateTime<Utc>) -> PersonRow {
    PersonRow {
        id: 0,
        unit_id: person.unit_id,
        name_folded: text::fold(&person.name),
        name: person.name.clone(),
        title: person.title.clone(),
        mail: person.mail.clone(),
        role: person.role.into(),
        position: person.position.into(),
        fields: Json(person.fields.clone()),
        active_from: person.active_from,
        active_to: person.active_to,
        moved_from: None,
        successor_id: None,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    }
}

fn insert(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    (person, moved_from): (&NewPerson, Option<i64>),
    now: DateTime<Utc>,
) -> Result<PersonChange, Error> {
    let row = PersonRow {
        moved_from,
        ..row_of(person, now)
    };
    let person = people::insert(conn, row)?;
    let entry = Entry::new(actor, now, "enter", "person", person.id).unit(person.unit_id);
    entry.new_value(&person)?.record(conn)?;
    let change = PersonChange {
        before: None,
        person,
        passed: Vec::new(),
    };
    person_changed_in(conn, app, actor, &change, now)?;
    Ok(change)
}

fn save(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    (before, successor_id): (PersonRow, Option<i64>),
    after: &NewPerson,
    action: &str,
    now: DateTime<Utc>,
) -> Result<PersonChange, Error> {
    let row = PersonRow {
        id: before.id,
        version: before.version,
        moved_from: before.moved_from,
        successor_id,
        created_at: before.created_at,
        ..row_of(after, now)
    };
    let person = people::update(conn, row)?.ok_or(Error::Stale)?;
    let entry = Entry::new(actor, now, action, "person", person.id).unit(person.unit_id);
    entry.old(&before)?.new_value(&person)?.record(conn)?;
    let change = PersonChange {
        before: Some(before),
        person,
        passed: Vec::new(),
    };
    person_changed_in(conn, app, actor, &change, now)?;
    Ok(change)
}
