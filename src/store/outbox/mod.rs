//! The outbox: mails decided on and not yet (or already) delivered.
//!
//! A mail is two rows: `message`, complete and never changed, and the narrow `queue` with its
//! state. Use cases call [`enqueue`] in their own transaction; `worker::delivery` does the rest.
//!
//! | file | what |
//! |---|---|
//! | here | writing mails into the outbox and reading them back |
//! | `lease` | what delivery does: claim, renew, acknowledge, release |
//! | `overview` | what people see: counts, lists, one mail |
//! | `recipients` | the mails of a person |
//! | `upkeep` | queuing a mail again, deleting old ones |

mod lease;
mod overview;
mod recipients;
mod upkeep;

use std::borrow::Cow;
use std::collections::HashMap;

use diesel::prelude::*;

use super::schema::{message, queue};
use super::types::{At, Json, Word};
use super::{Conn, StoreError};
use crate::domain::ids::{MailId, PersonId, UnitId};
use crate::domain::mail::{EmailAddress, Extras, MailState, Outgoing};
use crate::on_inner;

pub use lease::{
    Ack, Claim, Claimed, Verdict, acknowledge, boots_with_leases, claim, next_due, release,
    release_boot, renew, retry_given_up,
};
pub use overview::{MailFilter, Queued, Stats, Whole, count, find, find_by_key, list, stats};
pub use recipients::{DeadMail, give_up_of_person, person_of, undelivered};
pub use upkeep::{mark_all_sent, purge, requeue};

/// Rows written by one statement. Larger batches are not faster, and the number of parameters stays
/// below the limits of both databases.
const CHUNK: usize = 250;

#[derive(Insertable)]
#[diesel(table_name = message, treat_none_as_default_value = false)]
struct NewMessage<'a> {
    key: &'a str,
    message_id: &'a str,
    kind: &'a str,
    to_mail: &'a EmailAddress,
    to_name: &'a str,
    person_id: Option<PersonId>,
    unit_id: Option<UnitId>,
    subject: &'a str,
    text: &'a str,
    html: &'a str,
    headers: Json<Extras>,
    created_at: At,
    expires_at: Option<At>,
    check_at: Option<At>,
}

#[derive(Insertable)]
#[diesel(table_name = queue)]
struct NewQueue {
    id: MailId,
    state: Word<MailState>,
    next_at: At,
    queued_at: At,
    domain: String,
}

/// A message as stored.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = message)]
struct MessageRow {
    id: MailId,
    key: String,
    message_id: String,
    kind: String,
    to_mail: EmailAddress,
    to_name: String,
    person_id: Option<PersonId>,
    unit_id: Option<UnitId>,
    subject: String,
    text: String,
    html: String,
    headers: Json<Extras>,
    created_at: At,
    expires_at: Option<At>,
    check_at: Option<At>,
}

/// Queues mails, due from their `created_at` on. A mail whose key exists already is skipped, so
/// that code that runs twice sends one mail. Returns how many are new.
pub fn enqueue(conn: &mut Conn, mails: &[Outgoing]) -> Result<usize, StoreError> {
    let mut written = 0;
    for chunk in mails.chunks(CHUNK) {
        let chunk: Vec<Cow<'_, Outgoing>> = chunk.iter().map(storable).collect();
        let rows: Vec<NewMessage<'_>> = chunk.iter().map(|mail| new_message(mail)).collect();
        let new: Vec<(MailId, String)> = on_inner!(conn, c => diesel::insert_into(message::table)
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

/// Removes NUL, which PostgreSQL refuses in a text: one such name must not stop a whole sweep.
fn storable(mail: &Outgoing) -> Cow<'_, Outgoing> {
    let texts = [
        &mail.key,
        &mail.message_id,
        &mail.kind,
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

fn new_message(mail: &Outgoing) -> NewMessage<'_> {
    NewMessage {
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
        headers: Json(mail.headers.clone()),
        created_at: At(mail.created_at),
        expires_at: mail.expires_at.map(At),
        check_at: mail.check_at.map(At),
    }
}

fn new_queue(id: MailId, mail: &Outgoing) -> NewQueue {
    let created_at = At(mail.created_at);
    NewQueue {
        id,
        state: Word(MailState::Queued),
        next_at: created_at,
        queued_at: created_at,
        domain: mail.to_mail.domain(),
    }
}

impl From<MessageRow> for Outgoing {
    fn from(row: MessageRow) -> Self {
        Self {
            key: row.key,
            message_id: row.message_id,
            kind: row.kind,
            to_mail: row.to_mail,
            to_name: row.to_name,
            person_id: row.person_id,
            unit_id: row.unit_id,
            subject: row.subject,
            text: row.text,
            html: row.html,
            headers: row.headers.0,
            created_at: row.created_at.0,
            expires_at: row.expires_at.map(|at| at.0),
            check_at: row.check_at.map(|at| at.0),
        }
    }
}
