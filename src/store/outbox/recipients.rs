//! The mails of a person: whom one is for, who can't be reached, and giving up what waits for somebody.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::ids::{MailId, PersonId};
use crate::domain::mail::MailState;
use crate::store::schema::{message, queue};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// The person whom a mail is for, if any.
pub fn person_of(conn: &mut Conn, id: MailId) -> Result<Option<PersonId>, StoreError> {
    Ok(message::table
        .filter(message::id.eq(id))
        .select(message::person_id)
        .get_result(conn)
        .optional()?
        .flatten())
}

/// A mail that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadMail {
    /// Its number.
    pub id: MailId,
    /// When it was given up.
    pub at: At,
    /// The error of its last try.
    pub error: String,
}

/// The newest mail to each person, where that was given up: none was sent to them after it.
pub fn undelivered(conn: &mut Conn) -> Result<HashMap<PersonId, DeadMail>, StoreError> {
    type Row = (Option<PersonId>, MailId, Option<At>, Option<String>);
    let dead: Vec<Row> = queue::table
        .inner_join(message::table.on(message::id.eq(queue::id)))
        .filter(queue::state.eq(Word(MailState::Dead)))
        .filter(queue::finished_at.is_not_null())
        .filter(message::person_id.is_not_null())
        .order((queue::finished_at, queue::id))
        .select((
            message::person_id,
            queue::id,
            queue::finished_at,
            queue::last_error,
        ))
        .load(conn)?;
    let newest = |(person, id, at, error): Row| {
        let error = error.unwrap_or_default();
        Some((person?, DeadMail { id, at: at?, error }))
    };
    let mut newest: HashMap<PersonId, DeadMail> = dead.into_iter().filter_map(newest).collect();
    let persons: Vec<PersonId> = newest.keys().copied().collect();
    for persons in persons.chunks(super::CHUNK) {
        let sent: Vec<(Option<PersonId>, Option<At>)> = queue::table
            .inner_join(message::table.on(message::id.eq(queue::id)))
            .filter(queue::state.eq(Word(MailState::Sent)))
            .filter(message::person_id.eq_any(persons))
            .group_by(message::person_id)
            .select((message::person_id, diesel::dsl::max(queue::finished_at)))
            .load(conn)?;
        for (person, at) in sent {
            let (Some(person), Some(at)) = (person, at) else {
                continue;
            };
            if newest.get(&person).is_some_and(|dead| dead.at < at) {
                newest.remove(&person);
            }
        }
    }
    Ok(newest)
}

/// Gives up the waiting mails of a person, with a reason; returns how many. A mail that is being
/// sent at this moment is still sent.
pub fn give_up_of_person(
    conn: &mut Conn,
    person_id: PersonId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let theirs = message::table
        .filter(message::person_id.eq(person_id))
        .select(message::id);
    let waiting = [
        Word(MailState::Queued),
        Word(MailState::Retry),
        Word(MailState::Unknown),
    ];
    let rows = queue::table
        .filter(queue::state.eq_any(waiting))
        .filter(queue::id.eq_any(theirs));
    let set = (
        queue::state.eq(Word(MailState::Dead)),
        queue::last_error.eq(reason),
        queue::finished_at.eq(At(now)),
    );
    Ok(diesel::update(rows).set(set).execute(conn)?)
}
