//! Who takes over from whoever leaves a post: the successor holds from that day what the leaver
//! held there, so that approvals, reviews and mails that waited for the one wait for the other.
//!
//! What is owed needs no hand-over: events and their deadlines belong to the unit, personal quotas
//! end with their person.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::domain::access::{Actor, Role};
use crate::domain::error::Invalid;
use crate::domain::field::Field;
use crate::domain::person::Position;
use crate::domain::text;
use crate::service::core::access;
use crate::service::core::audit::Entry;
use crate::service::units::roles;
use crate::service::units::roles::{GiveRole, RoleGrantRow};
use crate::service::{App, Error};
use crate::store::people::{self, PersonRow};
use crate::store::{Conn, reminders, roles as rows};

/// Somebody who leaves a post.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaver<'a> {
    /// As they were.
    pub person: &'a PersonRow,
    /// Their last day in the post.
    pub last_day: NaiveDate,
    /// Whether they leave the app, and with it what was given to them beside the post.
    pub for_good: bool,
}

/// A role as somebody holds it, by the post or beside it.
struct Held {
    role: Role,
    unit_id: Option<i64>,
    position: Position,
    /// Of an editor; empty: every field.
    fields: Vec<Field>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

impl Held {
    /// Whether whoever holds this gets nothing new by the other one.
    fn covers(&self, other: &Self) -> bool {
        let within = |field: &Field| self.fields.contains(field);
        let fields =
            self.fields.is_empty() || (!other.fields.is_empty() && other.fields.iter().all(within));
        (self.role, self.unit_id, self.position) == (other.role, other.unit_id, other.position)
            && fields
            && self
                .from
                .is_none_or(|from| other.from.is_some_and(|other| from <= other))
            && self
                .to
                .is_none_or(|to| other.to.is_some_and(|other| other <= to))
    }
}

/// Gives the successor what the leaver held, from the day after, as far as they do not hold it
/// already; what was given.
///
/// # Errors
/// `not_found` or `person_not_in_service` on `successor_id`; `role_held` as [`Error::Conflict`] for
/// a role that they hold for a part of that time; [`Error::Forbidden`] for one that the actor may
/// not give.
pub(crate) fn pass_on_in(
    conn: &mut Conn,
    actor: &Actor,
    leaver: Leaver<'_>,
    successor: i64,
    now: DateTime<Utc>,
) -> Result<Vec<RoleGrantRow>, Error> {
    let Leaver {
        person,
        last_day,
        for_good,
    } = leaver;
    let from = last_day
        .succ_opt()
        .unwrap_or(last_day)
        .max(text::local_date(now));
    let fault = |code| Invalid::new("successor_id", code).with("value", successor);
    let life = people::life_of(conn, successor)?;
    if life.is_empty() {
        return Err(fault("not_found").into());
    }
    if life.iter().any(|row| row.id == person.id) || !life.iter().any(|row| row.active_on(from)) {
        return Err(fault("person_not_in_service")
            .with("on", from.format("%d/%m/%Y"))
            .into());
    }
    let theirs = held_by(conn, &life, from)?;
    let own = if for_good {
        people::life_of(conn, person.id)?
    } else {
        Vec::new()
    };
    let mut passing = vec![by_post(person)];
    passing.extend(given_to(conn, &own, &person.fields)?);
    let mut passed = Vec::new();
    for held in passing
        .into_iter()
        .filter(|held| held.to.is_none_or(|to| from <= to))
    {
        let held = Held {
            from: Some(held.from.map_or(from, |since| since.max(from))),
            ..held
        };
        if theirs.iter().any(|other| other.covers(&held)) {
            continue;
        }
        access::require_giving(conn, actor, held.role, held.unit_id).map_err(
            |error| match error {
                // the leaver is seen with what they hold
                Error::NotFound { .. } => Error::Forbidden,
                error => error,
            },
        )?;
        let role = GiveRole {
            role: held.role,
            unit_id: held.unit_id,
            position: held.position,
            fields: (held.role == Role::Editor).then_some(held.fields),
            valid_from: held.from,
            valid_to: held.to,
            reason: format!(
                "Tiếp nhận công việc của person:{} ({})",
                person.id, person.name
            ),
        };
        let given =
            roles::give_in(conn, actor, successor, &role, now).map_err(|error| match error {
                Error::NotFound { .. } => fault("not_found").into(),
                error => error,
            })?;
        passed.push(given);
    }
    let said = json!({ "since": from, "roles": passed });
    let entry = Entry::new(actor, now, "succeed", "person", successor).unit(person.unit_id);
    entry
        .old(&json!({ "person_id": person.id, "name": person.name }))?
        .new_value(&said)?
        .record(conn)?;
    Ok(passed)
}

/// What somebody holds by the post, without its days.
fn by_post(person: &PersonRow) -> Held {
    Held {
        role: *person.role,
        unit_id: Some(person.unit_id),
        position: *person.position,
        fields: fields_of(*person.role, &person.fields),
        from: None,
        to: None,
    }
}

/// Fields bind editors only.
fn fields_of(role: Role, fields: &[Field]) -> Vec<Field> {
    if role == Role::Editor {
        fields.to_vec()
    } else {
        Vec::new()
    }
}

/// What somebody holds by their posts and beside them; fields that a role leaves open are those of
/// the post of that day.
fn held_by(conn: &mut Conn, life: &[PersonRow], on: NaiveDate) -> Result<Vec<Held>, Error> {
    let own = life
        .iter()
        .rev()
        .find(|row| row.active_on(on))
        .map_or(&[][..], |row| row.fields.as_slice());
    let mut all = given_to(conn, life, own)?;
    for row in life {
        all.push(Held {
            from: row.active_from,
            to: row.active_to,
            ..by_post(row)
        });
    }
    Ok(all)
}

/// What was given to somebody beside the post; `own` are the fields that an editor works on where
/// none are named.
fn given_to(conn: &mut Conn, life: &[PersonRow], own: &[Field]) -> Result<Vec<Held>, Error> {
    let ids: Vec<i64> = life.iter().map(|row| row.id).collect();
    let given = rows::of_life(conn, &ids)?.into_iter().map(|row| Held {
        role: *row.role,
        unit_id: row.unit_id,
        position: *row.position,
        fields: fields_of(*row.role, row.fields.as_deref().map_or(own, Vec::as_slice)),
        from: Some(row.valid_from),
        to: row.valid_to,
    });
    Ok(given.collect())
}

/// Gives reminders that still wait for somebody who has left to the successor; to be done before
/// digests are written.
///
/// # Errors
/// Only the database's own.
pub(crate) fn hand_over_reminders(
    app: &App,
    waiting: &[String],
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    let today = text::local_date(now);
    let mut handed = 0;
    for left in app.store.read(|conn| people::succeeded(conn, today))? {
        let (key, Some(successor)) = (format!("p{}", left.id), left.successor_id) else {
            continue;
        };
        if waiting.binary_search(&key).is_err() {
            continue;
        }
        handed += app.store.write(|conn| {
            let serving = people::serving(conn, successor, today)?.map_or(successor, |row| row.id);
            reminders::hand_over(conn, &key, &format!("p{serving}"), now)
        })?;
    }
    Ok(handed)
}
