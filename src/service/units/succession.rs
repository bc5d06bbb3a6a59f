//! Transferring the roles of a person who leaves a post to a successor, so that approvals, reviews
//! and mails that wait for the one wait for the other.
//!
//! What is owed needs no transfer: events and their deadlines belong to the unit, and personal
//! quotas to the human being.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::domain::access::{Actor, Role};
use crate::domain::error::Invalid;
use crate::domain::field::Field;
use crate::domain::grant::{Days, HeldRole, NewRoleGrant};
use crate::domain::ids::PersonId;
use crate::domain::party::Party;
use crate::domain::text;
use crate::service::units::roles;
use crate::service::{App, Error, Tx};
use crate::store::people::{self, PersonRow};
use crate::store::roles::{self as rows, RoleGrantRow};
use crate::store::{Conn, StoreError, reminders};

/// Somebody who leaves a post.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaver<'a> {
    /// As they were.
    pub person: &'a PersonRow,
    /// Their last day in the post.
    pub last_day: NaiveDate,
    /// Whether they leave service, and with it the roles that were granted beside the post.
    pub for_good: bool,
}

/// Grants the successor what the leaver held, from the day after their last, as far as the
/// successor does not hold it already; what was granted.
///
/// # Errors
/// `not_found` or `person_not_in_service` on `successor_id`; `role_held` as [`Error::Conflict`] for
/// a role that they hold for a part of that time; [`Error::Forbidden`] for one that the actor may
/// not grant.
pub(crate) fn transfer_roles(
    tx: &mut Tx<'_>,
    leaver: Leaver<'_>,
    successor: PersonId,
) -> Result<Vec<RoleGrantRow>, Error> {
    let person = leaver.person;
    let next_day = leaver.last_day.succ_opt().unwrap_or(leaver.last_day);
    let from = next_day.max(text::local_date(tx.now));
    let posts = posts_of_successor(tx.conn, person, successor, from)?;
    let theirs = held_by(tx.conn, &posts, from)?;
    let mut transferred = Vec::new();
    for role in roles_of(tx.conn, leaver)? {
        if role.days.to.is_some_and(|to| to < from) {
            continue;
        }
        let role = HeldRole {
            days: role.days.not_before(from),
            ..role
        };
        if theirs.iter().any(|other| other.covers(&role)) {
            continue;
        }
        roles::require_may_grant_seen(tx, role.role, role.unit_id)?;
        transferred.push(grant(tx, successor, role, person)?);
    }
    tx.audit("succeed", "person", successor)
        .unit(person.unit_id)
        .old(&json!({ "person_id": person.id, "name": person.name }))
        .new_value(&json!({ "since": from, "roles": transferred }))
        .record()?;
    Ok(transferred)
}

fn grant(
    tx: &mut Tx<'_>,
    successor: PersonId,
    role: HeldRole,
    from: &PersonRow,
) -> Result<RoleGrantRow, Error> {
    let new = NewRoleGrant {
        role: role.role,
        unit_id: role.unit_id,
        position: role.position,
        fields: (role.role == Role::Editor).then_some(role.fields),
        valid_from: role.days.from,
        valid_to: role.days.to,
        reason: format!("Tiếp nhận công việc của person:{} ({})", from.id, from.name),
    };
    roles::grant(tx, successor, &new).map_err(|error| match error {
        Error::NotFound { .. } => unfit(successor, "not_found").into(),
        error => error,
    })
}

/// The posts of a successor who is in service on a day.
fn posts_of_successor(
    conn: &mut Conn,
    leaver: &PersonRow,
    successor: PersonId,
    on: NaiveDate,
) -> Result<Vec<PersonRow>, Error> {
    let posts = people::posts_of(conn, successor)?;
    if posts.is_empty() {
        return Err(unfit(successor, "not_found").into());
    }
    let same_human = posts.iter().any(|row| row.id == leaver.id);
    if same_human || !posts.iter().any(|row| row.active_on(on)) {
        let fault = unfit(successor, "person_not_in_service");
        return Err(fault.with("on", on.format("%d/%m/%Y")).into());
    }
    Ok(posts)
}

fn unfit(successor: PersonId, code: &'static str) -> Invalid {
    Invalid::new("successor_id", code).with("value", successor)
}

/// What a leaver gives up: the role of the post, without an end, and, if they leave for good, those
/// granted beside it.
fn roles_of(conn: &mut Conn, leaver: Leaver<'_>) -> Result<Vec<HeldRole>, StoreError> {
    let person = leaver.person;
    let mut held = vec![HeldRole {
        days: Days::default(),
        ..person.held_role()
    }];
    if leaver.for_good {
        let posts = people::posts_of(conn, person.id)?;
        held.extend(granted_to(conn, &posts, &person.fields)?);
    }
    Ok(held)
}

/// What somebody holds by their posts and beside them. A granted role without fields is for those
/// of the post of that day.
fn held_by(
    conn: &mut Conn,
    posts: &[PersonRow],
    on: NaiveDate,
) -> Result<Vec<HeldRole>, StoreError> {
    let post = posts.iter().rev().find(|row| row.active_on(on));
    let own = post.map_or(&[][..], |row| row.fields.as_slice());
    let mut held = granted_to(conn, posts, own)?;
    held.extend(posts.iter().map(PersonRow::held_role));
    Ok(held)
}

/// The roles granted beside the posts; `own` are the fields of an editor where the role names none.
fn granted_to(
    conn: &mut Conn,
    posts: &[PersonRow],
    own: &[Field],
) -> Result<Vec<HeldRole>, StoreError> {
    let ids: Vec<PersonId> = posts.iter().map(|row| row.id).collect();
    let granted = rows::of_posts(conn, &ids)?;
    Ok(granted.iter().map(|row| row.held_role(own)).collect())
}

/// Moves reminders that still wait for somebody who has left to the successor. `waiting` are the
/// recipients with reminders. To be done before digests are written.
pub(crate) fn hand_over_reminders(
    app: &App,
    waiting: &[Party],
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    let waiting: std::collections::HashSet<Party> = waiting.iter().copied().collect();
    let today = text::local_date(now);
    let system = Actor::system();
    let mut handed = 0;
    for left in app.read(&system, now, |tx| Ok(people::succeeded(tx.conn, today)?))? {
        let (party, Some(successor)) = (Party::Person(left.id), left.successor_id) else {
            continue;
        };
        if !waiting.contains(&party) {
            continue;
        }
        handed += app.write(&system, now, |tx| {
            let serving = people::serving(tx.conn, successor, today)?;
            let heir = Party::Person(serving.map_or(successor, |row| row.id));
            Ok(reminders::hand_over(tx.conn, party, heir, now)?)
        })?;
    }
    Ok(handed)
}
