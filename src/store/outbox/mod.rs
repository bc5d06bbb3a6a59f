//! The outbox: mails decided on and not yet (or already) delivered.
//!
//! A mail is two rows: `message`, complete and never changed, and `queue`, the narrow one that says
//! where it stands. Use cases call [`enqueue`] in their own transaction; `worker::delivery` does
//! the rest.
//!
//! | file | what |
//! |---|---|
//! | here | writing mails into the outbox and reading them back |
//! | `lease` | what delivery does: claim, renew, acknowledge, release |
//! | `overview` | what people see and do: counts, lists, requeue, purge |

mod lease;
mod overview;

use std::borrow::Cow;
use std::collections::HashMap;

use diesel::prelude::*;

use super::schema::{message, queue};
use super::types::{from_json, instant, instant_opt, micros, to_json};
use super::{Conn, StoreError};
use crate::domain::mail::{MailState, Outgoing};
use crate::on_inner;

pub use lease::{
    Ack, Claim, Claimed, Verdict, acknowledge, boots_with_leases, claim, next_due, release,
    release_boot, renew,
};
pub use overview::{
    MailFilter, Queued, Stats, Whole, find, give_up_of_person, list, mark_all_sent, person_of,
    purge, requeue, stats,
};

/// Rows written by one statement: the speed no longer grows beyond, and the parameters stay below
/// both databases' limits.
const CHUNK: usize = 250;

#[derive(Insertable)]
#[diesel(table_name = message, treat_none_as_default_value = false)]
struct NewMessage<'a> {
    key: &'a str,
    message_id: &'a str,
    kind: &'a str,
    to_mail: &'a str,
    to_name: &'a str,
    person_id: Option<i64>,
    unit_id: Option<i64>,
    subject: &'a str,
    text: &'a str,
    html: &'a str,
    headers: String,
    created_at: i64,
    expires_at: Option<i64>,
    check_at: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = queue)]
struct NewQueue {
    id: i64,
    state: &'static str,
    next_at: i64,
    queued_at: i64,
    domain: String,
}

/// A message as stored.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = message)]
struct MessageRow {
    id: i64,
    key: String,
    message_id: String,
    kind: String,
    to_mail: String,
    to_name: String,
    person_id: Option<i64>,
    unit_id: Option<i64>,
    subject: String,
    text: String,
    html: String,
    headers: String,
    created_at: i64,
    expires_at: Option<i64>,
    check_at: Option<i64>,
}

/// Writes mails that wait from their `created_at` on. One whose key is already there is left out:
/// whatever runs twice, mails once. Answers how many are new.
///
/// # Errors
/// Only the database's own.
pub fn enqueue(conn: &mut Conn, mails: &[Outgoing]) -> Result<usize, StoreError> {
    let mut written = 0;
    for chunk in mails.chunks(CHUNK) {
        let chunk: Vec<Cow<'_, Outgoing>> = chunk.iter().map(storable).collect();
        let rows = chunk
            .iter()
            .map(|mail| new_message(mail))
            .collect::<Result<Vec<_>, _>>()?;
        let new: Vec<(i64, String)> = on_inner!(conn, c => diesel::insert_into(message::table)
            .values(rows)
            .on_conflict(message::key)
            .do_nothing()
            .returning((message::id, message::key))
            .get_results(c))?;
        let by_key: HashMap<&str, &Outgoing> = chunk
            .iter()
            .map(|mail| (mail.key.as_str(), mail.as_ref()))
            .collect();
        let waiting: Vec<NewQueue> = new
            .iter()
            .filter_map(|(id, key)| Some(new_queue(*id, by_key.get(key.as_str())?)))
            .collect();
        written += waiting.len();
        on_inner!(conn, c => diesel::insert_into(queue::table).values(waiting).execute(c))?;
    }
    Ok(written)
}

/// PostgreSQL takes no NUL in a text, and one such name must not stop a whole sweep.
fn storable(mail: &Outgoing) -> Cow<'_, Outgoing> {
    let texts = [
        &mail.key,
        &mail.message_id,
        &mail.kind,
        &mail.to_mail,
        &mail.to_name,
        &mail.subject,
        &mail.text,
        &mail.html,
    ];
    if !texts.iter().any(|text| text.contains('\0')) {
        return Cow::Borrowed(mail);
    }
    let mut clean = mail.clone().cleaned();
    clean.key = clean.key.replace('\0', " ");
    clean.kind = clean.kind.replace('\0', " ");
    Cow::Owned(clean)
}

fn new_message(mail: &Outgoing) -> Result<NewMessage<'_>, StoreError> {
    Ok(NewMessage {
        key: &mail.key,
        message_id: &mail.message_id,
        kind: &mail.kind,
        to_mail: &mail.to_mail,
        to_name: &mail.to_name,
        person_id: mail.person_id,
        unit_id: mail.unit_id,
        subject: &mail.subject,
        text: &mail.text,
        html: &mail.html,
        headers: to_json(&mail.headers)?,
        created_at: micros(mail.created_at),
        expires_at: mail.expires_at.map(micros),
        check_at: mail.check_at.map(micros),
    })
}

fn new_queue(id: i64, mail: &Outgoing) -> NewQueue {
    let created_at = micros(mail.created_at);
    NewQueue {
        id,
        state: MailState::Queued.name(),
        next_at: created_at,
        queued_at: created_at,
        domain: mail.recipient_domain(),
    }
}

impl MessageRow {
    fn into_outgoing(self) -> Result<Outgoing, StoreError> {
        Ok(Outgoing {
            headers: from_json("headers of a mail", &self.headers)?,
            created_at: instant(self.created_at)?,
            expires_at: instant_opt(self.expires_at)?,
            check_at: instant_opt(self.check_at)?,
            key: self.key,
            message_id: self.message_id,
            kind: self.kind,
            to_mail: self.to_mail,
            to_name: self.to_name,
            person_id: self.person_id,
            unit_id: self.unit_id,
            subject: self.subject,
            text: self.text,
            html: self.html,
        })
    }
}
