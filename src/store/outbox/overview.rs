//! The outbox as people see it: counts, lists, one mail.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::Error::DeserializationError;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::lease::single_message;
use crate::domain::ids::{MailId, UnitId};
use crate::domain::mail::{MailState, Outgoing};
use crate::store::schema::{message, queue, unit_ancestor};
use crate::store::types::{At, Word};
use crate::store::views::people::pattern_of;
use crate::store::{Conn, StoreError};

/// The outbox in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MailStats)]
pub struct Stats {
    /// Wait for their first try, or are being sent.
    pub queued: i64,
    /// Wait for another try.
    pub retry: i64,
    /// May have been taken; wait for their one later try.
    pub unknown: i64,
    /// Given up.
    pub dead: i64,
    /// Sent since `since`.
    pub sent: i64,
    /// From when `sent` counts.
    pub since: At,
    /// Since when the oldest unsent mail waits.
    pub oldest_queued: Option<At>,
}

/// A mail in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MailLine)]
pub struct Queued {
    /// Its number.
    pub id: MailId,
    /// Where it stands.
    pub state: MailState,
    /// Which sort of mail: digest, summary…
    pub kind: String,
    /// The recipient's address.
    pub to_mail: String,
    /// The recipient's name.
    pub to_name: String,
    /// The unit that it is about.
    pub unit_id: Option<UnitId>,
    /// Its subject.
    pub subject: String,
    /// Since when it waits or waited.
    pub queued_at: At,
    /// The next try; while it is being sent, the end of the lease.
    pub next_at: Option<At>,
    /// When it was sent or given up.
    pub finished_at: Option<At>,
    /// Failed tries.
    pub attempts: i32,
    /// Tries whose outcome is unknown.
    #[serde(skip)]
    pub doubts: i32,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// Which mails a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailFilter {
    /// In this state; `None`: in any.
    pub state: Option<MailState>,
    /// Neither sent nor given up.
    pub waiting: bool,
    /// Of this sort: digest, summary…
    pub kind: Option<String>,
    /// Part of the recipient's address or name or of the subject, as written.
    pub search: Option<String>,
    /// Waiting since this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Waiting since before this instant.
    pub before: Option<DateTime<Utc>>,
    /// About one of these units or one below them; `None`: about any.
    pub below: Option<Vec<UnitId>>,
}

/// A mail with its texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MailBody)]
pub struct Whole {
    /// As in lists.
    #[serde(flatten)]
    pub queued: Queued,
    /// As it was decided, or why the row is unreadable.
    #[serde(flatten, serialize_with = "serialize_texts")]
    #[schema(value_type = MailTexts)]
    pub mail: Result<Outgoing, String>,
}

/// What readers see of a mail itself.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct MailTexts<'m> {
    /// Its Message-ID, the same on every try.
    message_id: Option<&'m str>,
    /// The plain text.
    text: Option<&'m str>,
    /// The HTML.
    html: Option<&'m str>,
    /// Why the row can't be read, if it can't.
    unreadable: Option<&'m str>,
}

fn serialize_texts<S: Serializer>(
    mail: &Result<Outgoing, String>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let texts = match mail {
        Ok(mail) => MailTexts {
            message_id: Some(&mail.message_id),
            text: Some(&mail.text),
            html: Some(&mail.html),
            unreadable: None,
        },
        Err(cause) => MailTexts {
            unreadable: Some(cause),
            ..MailTexts::default()
        },
    };
    texts.serialize(to)
}

#[derive(HasQuery)]
#[diesel(table_name = queue)]
struct QueueRow {
    id: MailId,
    state: Word<MailState>,
    next_at: At,
    queued_at: At,
    attempts: i32,
    doubts: i32,
    last_error: Option<String>,
    finished_at: Option<At>,
}

impl QueueRow {
    fn with(self, mail: MailHead) -> Queued {
        let (kind, to_mail, to_name, unit_id, subject) = mail;
        Queued {
            id: self.id,
            state: self.state.0,
            kind,
            to_mail,
            to_name,
            unit_id,
            subject,
            queued_at: self.queued_at,
            next_at: (!self.state.is_final()).then_some(self.next_at),
            finished_at: self.finished_at,
            attempts: self.attempts,
            doubts: self.doubts,
            last_error: self.last_error,
        }
    }
}

type MailHead = (String, String, String, Option<UnitId>, String);

/// Counts mails about the units `below` and those below them (`None`: all); `sent` counts from
/// `sent_since` on. The cost grows with the mails that wait or were sent since, not with those
/// kept.
pub fn stats(
    conn: &mut Conn,
    below: Option<&[UnitId]>,
    sent_since: DateTime<Utc>,
) -> Result<Stats, StoreError> {
    let seen = || {
        let mails = queue::table.into_boxed();
        match below {
            Some(roots) => mails.filter(queue::id.eq_any(about(roots))),
            None => mails,
        }
    };
    let waiting = || seen().filter(queue::finished_at.is_null());
    let mut count = |state: MailState| {
        waiting()
            .filter(queue::state.eq(Word(state)))
            .count()
            .get_result(conn)
    };
    let (queued, leased) = (count(MailState::Queued)?, count(MailState::Leased)?);
    let (retry, unknown) = (count(MailState::Retry)?, count(MailState::Unknown)?);
    let finished = |state: MailState| {
        seen()
            .filter(queue::state.eq(Word(state)))
            .filter(queue::finished_at.is_not_null())
    };
    let oldest: Option<At> = waiting()
        .select(diesel::dsl::min(queue::queued_at))
        .get_result(conn)?;
    Ok(Stats {
        queued: queued + leased,
        retry,
        unknown,
        dead: finished(MailState::Dead).count().get_result(conn)?,
        sent: finished(MailState::Sent)
            .filter(queue::finished_at.ge(At(sent_since)))
            .count()
            .get_result(conn)?,
        since: At(sent_since),
        oldest_queued: oldest,
    })
}

/// Adds the conditions of a filter to a boxed query over the queue.
macro_rules! filtered {
    ($rows:expr, $filter:expr) => {{
        let (mut rows, filter): (_, &MailFilter) = ($rows, $filter);
        if let Some(state) = filter.state {
            rows = rows.filter(queue::state.eq(Word(state)));
        }
        if filter.waiting {
            rows = rows.filter(queue::finished_at.is_null());
        }
        if let Some(from) = filter.from {
            rows = rows.filter(queue::queued_at.ge(At(from)));
        }
        if let Some(before) = filter.before {
            rows = rows.filter(queue::queued_at.lt(At(before)));
        }
        if let Some(kind) = &filter.kind {
            let ids = message::table
                .filter(message::kind.eq(kind))
                .select(message::id);
            rows = rows.filter(queue::id.eq_any(ids));
        }
        if let Some(part) = &filter.search {
            let pattern = pattern_of(part);
            let ids = message::table
                .filter(
                    message::to_mail
                        .like(pattern.clone())
                        .escape('\\')
                        .or(message::to_name.like(pattern.clone()).escape('\\'))
                        .or(message::subject.like(pattern).escape('\\')),
                )
                .select(message::id);
            rows = rows.filter(queue::id.eq_any(ids));
        }
        if let Some(roots) = &filter.below {
            rows = rows.filter(queue::id.eq_any(about(roots)));
        }
        rows
    }};
}

/// How many mails a filter finds.
pub fn count(conn: &mut Conn, filter: &MailFilter) -> Result<i64, StoreError> {
    let all = queue::table.select(diesel::dsl::count_star()).into_boxed();
    Ok(filtered!(all, filter).get_result(conn)?)
}

/// Mails, the newest first, older than the one with the id `before`.
pub fn list(
    conn: &mut Conn,
    filter: &MailFilter,
    before: Option<MailId>,
    limit: i64,
) -> Result<Vec<Queued>, StoreError> {
    let mut rows = QueueRow::query()
        .order(queue::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        rows = rows.filter(queue::id.lt(before));
    }
    let rows: Vec<QueueRow> = filtered!(rows, filter).load(conn)?;
    let mut heads = heads(conn, &rows.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let with_head = |row: QueueRow| {
        let head = heads.remove(&row.id).unwrap_or_default();
        row.with(head)
    };
    Ok(rows.into_iter().map(with_head).collect())
}

/// Mails about these units and those below them.
#[diesel::dsl::auto_type(no_type_alias)]
fn about<'q>(roots: &'q [UnitId]) -> _ {
    let of = unit_ancestor::ancestor_id.eq_any(roots);
    let inside = unit_ancestor::table
        .filter(of)
        .select(unit_ancestor::unit_id.nullable());
    message::table
        .filter(message::unit_id.eq_any(inside))
        .select(message::id)
}

/// The columns of messages in a list. An unreadable message shows only its state and the reason.
fn heads(conn: &mut Conn, ids: &[MailId]) -> Result<HashMap<MailId, MailHead>, StoreError> {
    let columns = (
        message::kind,
        message::to_mail,
        message::to_name,
        message::unit_id,
        message::subject,
    );
    let some = |conn: &mut Conn, ids: &[MailId]| {
        message::table
            .filter(message::id.eq_any(ids))
            .select((message::id, columns))
            .load::<(MailId, MailHead)>(conn)
    };
    match some(conn, ids) {
        Ok(heads) => Ok(heads.into_iter().collect()),
        Err(DeserializationError(_)) => {
            let mut readable = HashMap::new();
            for id in ids {
                match some(conn, &[*id]) {
                    Ok(head) => readable.extend(head),
                    Err(DeserializationError(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(readable)
        }
        Err(error) => Err(error.into()),
    }
}

/// One mail.
pub fn find(conn: &mut Conn, id: MailId) -> Result<Option<Whole>, StoreError> {
    let Some(row) = QueueRow::query()
        .filter(queue::id.eq(id))
        .get_result(conn)
        .optional()?
    else {
        return Ok(None);
    };
    let head = heads(conn, &[id])?.remove(&id).unwrap_or_default();
    let mail = single_message(conn, id)?.map_err(|error| error.to_string());
    Ok(Some(Whole {
        queued: row.with(head),
        mail,
    }))
}

/// The mail with this key.
pub fn find_by_key(conn: &mut Conn, key: &str) -> Result<Option<Whole>, StoreError> {
    let id = message::table
        .filter(message::key.eq(key))
        .select(message::id)
        .get_result(conn)
        .optional()?;
    match id {
        Some(id) => find(conn, id),
        None => Ok(None),
    }
}
