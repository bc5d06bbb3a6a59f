//! Roles beside the post: giving them to people, for a time or for good, and taking them back.
//!
//! Nobody gives a role over a unit on which the giver holds none as high
//! ([`access::require_giving`]).

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::domain::access::{Actor, Role};
use crate::domain::error::Invalid;
use crate::domain::field::Field;
use crate::domain::person::Position;
use crate::domain::text;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::units::administrators::Administered;
use crate::service::{App, Error};
use crate::store::people::{self, PersonRow};
use crate::store::roles as rows;
pub use crate::store::roles::RoleGrantRow;
use crate::store::types::Json;
use crate::store::{Conn, units};

/// A role to be given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveRole {
    /// What the person may do.
    pub role: Role,
    /// The unit on which the role sits; absent: the whole installation, for `admin` only.
    #[serde(default)]
    pub unit_id: Option<i64>,
    /// What they are there by it: heads and deputies of a unit get its mails.
    #[serde(default)]
    pub position: Position,
    /// Of editors: the fields that the role is for, `[]` = every field; absent: the person's own.
    #[serde(default)]
    pub fields: Option<Vec<Field>>,
    /// First local day; absent: today.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Last local day; absent: open.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

/// Every role ever given to the human behind a person, newest first; the post is the person's own.
///
/// # Errors
/// [`Error::NotFound`] for a person that the actor may not see; [`Error::Forbidden`] for who may
/// know the name only.
pub fn list(app: &App, actor: &Actor, person_id: i64) -> Result<Vec<RoleGrantRow>, Error> {
    app.store.read(|conn| {
        let person = seen(conn, actor, person_id)?;
        let life = ids_of_life(conn, person_id)?;
        let own = actor.person_id.is_some_and(|own| life.contains(&own));
        if !own {
            access::require_of(conn, actor, Action::ReadPeople, person.unit_id, "person")?;
        }
        let mut shown = Vec::new();
        for row in rows::ever_of_life(conn, &life)? {
            // of roles given under an earlier or later post, those on units that the actor sees
            let here = own || row.person_id == person_id;
            if here
                || row.unit_id.map_or(Ok(false), |unit| {
                    access::may(conn, actor, Action::Read, unit)
                })?
            {
                shown.push(row);
            }
        }
        Ok(shown)
    })
}

/// Gives a person a role, in the caller's transaction.
///
/// # Errors
/// All faults of the input at once; [`Error::Conflict`] for one that the person holds so already;
/// [`Error::NotFound`]; [`Error::Forbidden`] over a unit on which the giver holds no role as high.
pub fn give_in(
    conn: &mut Conn,
    actor: &Actor,
    person_id: i64,
    input: &GiveRole,
    now: DateTime<Utc>,
) -> Result<RoleGrantRow, Error> {
    let person = seen(conn, actor, person_id)?;
    access::require_of(conn, actor, Action::ManageUnits, person.unit_id, "person")?;
    let mut faults = Vec::new();
    if input.unit_id.is_none() && input.role != Role::Admin {
        // a forgotten unit must not open the whole house
        faults.push(Invalid::new("unit_id", "token_unit"));
    }
    if let Some(unit) = input.unit_id {
        match access::require(conn, actor, Action::Read, unit) {
            Ok(()) if units::find(conn, unit)?.is_some() => {}
            Ok(()) | Err(Error::NotFound { .. }) => {
                faults.push(Invalid::new("unit_id", "not_found").with("value", unit));
            }
            Err(error) => return Err(error),
        }
    }
    if input.fields.is_some() && input.role != Role::Editor {
        faults.push(Invalid::new("fields", "role_fields"));
    }
    let today = text::local_date(now);
    let from = input.valid_from.unwrap_or(today);
    if let Some(to) = input.valid_to
        && to < from
    {
        let fault = Invalid::new("valid_to", "role_ends_before_it_begins");
        faults.push(
            fault
                .with("from", from.format("%d/%m/%Y"))
                .with("to", to.format("%d/%m/%Y")),
        );
    }
    if from < today {
        faults.push(
            Invalid::new("valid_from", "role_in_the_past").with("today", today.format("%d/%m/%Y")),
        );
    }
    let reason = match text::paragraph("reason", &input.reason) {
        Ok(reason) => reason,
        Err(fault) => {
            faults.push(fault);
            String::new()
        }
    };
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    access::require_giving(conn, actor, input.role, input.unit_id)?;
    let fields = input.fields.as_deref().map(in_order).map(Json);
    let life = ids_of_life(conn, person_id)?;
    let held = rows::of_life(conn, &life)?;
    let same = |row: &RoleGrantRow| {
        (*row.role, row.unit_id, *row.position, &row.fields)
            == (input.role, input.unit_id, input.position, &fields)
            && row.valid_to.is_none_or(|to| from <= to)
            && input.valid_to.is_none_or(|to| row.valid_from <= to)
    };
    if held.iter().any(same) {
        return Err(Error::Conflict(Invalid::new("role", "role_held")));
    }
    let row = RoleGrantRow {
        id: 0,
        person_id,
        role: input.role.into(),
        unit_id: input.unit_id,
        position: input.position.into(),
        fields,
        valid_from: from,
        valid_to: input.valid_to,
        given_by: actor.name.clone(),
        reason,
        created_at: now.into(),
        revoked_by: None,
        revoked_at: None,
    };
    let row = rows::insert(conn, row)?;
    entry(actor, now, "give", &row, &person)
        .reason(&row.reason)
        .new_value(&row)?
        .record(conn)?;
    Ok(row)
}

/// Fields in order, each once.
fn in_order(fields: &[Field]) -> Vec<Field> {
    Field::ALL
        .iter()
        .copied()
        .filter(|field| fields.contains(field))
        .collect()
}

/// Takes a role back at once. One that was taken back before stays as it is.
///
/// # Errors
/// Without a reason; [`Error::Conflict`] for the last administrator; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn revoke(
    app: &App,
    actor: &Actor,
    (person_id, id): (i64, i64),
    reason: &str,
    now: DateTime<Utc>,
) -> Result<RoleGrantRow, Error> {
    app.store.write(|conn| {
        let person = seen(conn, actor, person_id)?;
        let unknown = || Error::not_found("role");
        let life = ids_of_life(conn, person_id)?;
        let before = rows::find(conn, id)?
            .filter(|row| life.contains(&row.person_id))
            .ok_or_else(unknown)?;
        let reason = text::paragraph("reason", reason)?;
        let role = *before.role;
        // who may not see the unit still sees that the person holds it
        access::require_giving(conn, actor, role, before.unit_id).map_err(|error| match error {
            Error::NotFound { .. } => Error::Forbidden,
            error => error,
        })?;
        if before.revoked_at.is_some() {
            return Ok(before);
        }
        let administered = Administered::by(conn, person_id, now)?;
        rows::revoke(conn, id, &actor.name, now)?;
        administered.require_still(conn)?;
        let after = rows::find(conn, id)?.ok_or_else(unknown)?;
        entry(actor, now, "revoke", &before, &person)
            .reason(&reason)
            .old(&before)?
            .new_value(&after)?
            .record(conn)?;
        Ok(after)
    })
}

fn ids_of_life(conn: &mut Conn, person_id: i64) -> Result<Vec<i64>, Error> {
    Ok(people::life_of(conn, person_id)?
        .iter()
        .map(|row| row.id)
        .collect())
}

/// The person, if the actor may see them.
fn seen(conn: &mut Conn, actor: &Actor, person_id: i64) -> Result<PersonRow, Error> {
    let person = people::find(conn, person_id)?.ok_or(Error::not_found("person"))?;
    access::require_of(conn, actor, Action::Read, person.unit_id, "person")?;
    Ok(person)
}

fn entry(
    actor: &Actor,
    now: DateTime<Utc>,
    action: &str,
    row: &RoleGrantRow,
    person: &PersonRow,
) -> Entry {
    Entry::new(actor, now, action, "role", row.id).unit(row.unit_id.unwrap_or(person.unit_id))
}
