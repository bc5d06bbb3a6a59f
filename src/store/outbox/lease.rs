//! What the delivery does with the queue. Every write after the claim names its lease, so a worker
//! that was delayed beyond its lease changes nothing once another process has claimed the mail.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::result::Error::DeserializationError;
use diesel::sql_types::Text;

use super::MessageRow;
use crate::domain::ids::MailId;
use crate::domain::mail::{MailState, Outgoing};
use crate::store::schema::{message, queue};
use crate::store::types::{At, Word, instant};
use crate::store::{Conn, StoreError};

/// Resets the columns of a mail whose claim ends: its counters tell which state it had before.
macro_rules! untried {
    ($now:expr) => {
        (
            queue::state.eq(case_when(
                queue::doubts.gt(0),
                Word(MailState::Unknown).into_sql::<Text>(),
            )
            .when(
                queue::attempts.gt(0),
                Word(MailState::Retry).into_sql::<Text>(),
            )
            .otherwise(Word(MailState::Queued).into_sql::<Text>())),
            queue::next_at.eq(At($now)),
            queue::lease_token.eq(None::<i64>),
            queue::lease_until.eq(None::<At>),
            queue::boot.eq(None::<String>),
        )
    };
}

/// What to claim, and under which lease.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Mails due at this instant.
    pub now: DateTime<Utc>,
    /// The lease ends here; after that any process may claim the mail.
    pub until: DateTime<Utc>,
    /// The lease's number, a random one.
    pub token: i64,
    /// The process that holds it.
    pub boot: &'a str,
    /// At most this many.
    pub limit: usize,
    /// None to these recipient domains.
    pub except: &'a [String],
}

/// A claimed mail.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The row.
    pub id: MailId,
    /// The lease under which it was claimed.
    pub token: i64,
    /// Tries that failed so far.
    pub attempts: i32,
    /// Tries whose outcome is unknown.
    pub doubts: i32,
    /// Since when it waits.
    pub queued_at: DateTime<Utc>,
    /// Recipient domain, lower case.
    pub domain: String,
    /// The mail, or why the row is unreadable.
    pub mail: Result<Outgoing, String>,
}

/// The outcome of a claimed mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The server accepted it.
    Sent,
    /// Given up, and why.
    Dead(String),
    /// Refused for now: next try at the instant.
    Retry(DateTime<Utc>, String),
    /// The server may have it: one more try at the instant.
    Unknown(DateTime<Utc>, String),
    /// Not tried, or failed for a reason that is not the mail's: does not count as a try.
    Released(Option<String>),
}

/// A verdict, with the lease under which the mail was claimed.
#[derive(Debug, Clone)]
pub struct Ack {
    /// The row.
    pub id: MailId,
    /// The lease.
    pub token: i64,
    /// The outcome.
    pub verdict: Verdict,
}

/// Claims due mails, oldest first, and reads them. The condition is checked twice, in the subquery
/// and in the update: on PostgreSQL another process may claim a row between the two.
///
/// # Errors
/// Those of the database. An unreadable mail is not an error; see [`Claimed::mail`].
pub fn claim(conn: &mut Conn, claim: Claim<'_>) -> Result<Vec<Claimed>, StoreError> {
    let waiting = diesel::alias!(queue as waiting);
    let chosen = waiting
        .filter(waiting.field(queue::finished_at).is_null())
        .filter(waiting.field(queue::next_at).le(At(claim.now)))
        .filter(waiting.field(queue::domain).ne_all(claim.except))
        .select(waiting.field(queue::id))
        .order((waiting.field(queue::next_at), waiting.field(queue::id)))
        .limit(i64::try_from(claim.limit).unwrap_or(i64::MAX));
    let still_due = queue::finished_at
        .is_null()
        .and(queue::next_at.le(At(claim.now)));
    // `queued_at` is read as a number: an instant out of range must not stop the others
    let rows: Vec<(MailId, i32, i32, i64, String)> = diesel::update(
        queue::table
            .filter(queue::id.eq_any(chosen))
            .filter(still_due),
    )
    .set((
        queue::state.eq(Word(MailState::Leased)),
        queue::lease_token.eq(claim.token),
        queue::lease_until.eq(At(claim.until)),
        queue::next_at.eq(At(claim.until)),
        queue::boot.eq(claim.boot),
    ))
    .returning((
        queue::id,
        queue::attempts,
        queue::doubts,
        queue::queued_at,
        queue::domain,
    ))
    .get_results(conn)?;
    let ids: Vec<MailId> = rows.iter().map(|row| row.0).collect();
    let mut mails = messages(conn, &ids)?;
    let mut claimed: Vec<Claimed> = rows
        .into_iter()
        .map(|(id, attempts, doubts, queued_at, domain)| {
            let missing = || Err(StoreError::Corrupt("the message is missing".to_owned()));
            let queued_at = instant(queued_at);
            let mail = mails.remove(&id).unwrap_or_else(missing);
            let (queued_at, mail) = match (queued_at, mail) {
                (Ok(queued_at), mail) => (queued_at, mail.map_err(|error| error.to_string())),
                (Err(error), _) => (claim.now, Err(error.to_string())),
            };
            Claimed {
                id,
                token: claim.token,
                attempts,
                doubts,
                queued_at,
                domain,
                mail,
            }
        })
        .collect();
    claimed.sort_by_key(|row| (row.queued_at, row.id));
    Ok(claimed)
}

/// Reads the messages of a batch, each by itself if one of them is unreadable, so that it does not
/// block the others.
fn messages(
    conn: &mut Conn,
    ids: &[MailId],
) -> Result<HashMap<MailId, Result<Outgoing, StoreError>>, StoreError> {
    match MessageRow::query()
        .filter(message::id.eq_any(ids))
        .load(conn)
    {
        Ok(rows) => Ok(rows
            .into_iter()
            .map(|row| (row.id, Ok(row.into())))
            .collect()),
        Err(DeserializationError(_)) => ids
            .iter()
            .map(|id| Ok((*id, single_message(conn, *id)?)))
            .collect(),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn single_message(
    conn: &mut Conn,
    id: MailId,
) -> Result<Result<Outgoing, StoreError>, StoreError> {
    match MessageRow::query()
        .filter(message::id.eq(id))
        .get_result(conn)
    {
        Ok(row) => Ok(Ok(row.into())),
        Err(DeserializationError(why)) => Ok(Err(StoreError::Corrupt(with_causes(&*why)))),
        Err(error) => Err(error.into()),
    }
}

/// An error and its causes, in one line.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

/// When the next mail is due or the next lease ends; `None` if nothing waits.
pub fn next_due(conn: &mut Conn) -> Result<Option<DateTime<Utc>>, StoreError> {
    let first = queue::table
        .filter(queue::finished_at.is_null())
        .select(queue::next_at)
        .order(queue::next_at);
    let first: Option<At> = first.first(conn).optional()?;
    Ok(first.map(|at| at.0))
}

/// Renews a lease for the given rows; returns those that were still held under it.
pub fn renew(
    conn: &mut Conn,
    token: i64,
    ids: &[MailId],
    until: DateTime<Utc>,
) -> Result<Vec<MailId>, StoreError> {
    let ours = queue::table
        .filter(queue::id.eq_any(ids))
        .filter(queue::lease_token.eq(token));
    let renewed = diesel::update(ours)
        .set((
            queue::lease_until.eq(At(until)),
            queue::next_at.eq(At(until)),
        ))
        .returning(queue::id)
        .get_results(conn)?;
    Ok(renewed)
}

/// Writes verdicts, many in one transaction of the caller. Returns how many changed nothing because
/// another process had claimed the mail.
pub fn acknowledge(conn: &mut Conn, acks: &[Ack], now: DateTime<Utc>) -> Result<usize, StoreError> {
    let mut sent: HashMap<i64, Vec<MailId>> = HashMap::new();
    let mut changed = 0;
    for ack in acks {
        let unsent = match &ack.verdict {
            Verdict::Sent => {
                sent.entry(ack.token).or_default().push(ack.id);
                continue;
            }
            Verdict::Released(error) => {
                changed += release_rows(conn, ack.token, &[ack.id], now, error.as_deref())?;
                continue;
            }
            Verdict::Dead(error) => Unsent {
                state: MailState::Dead,
                next_at: now,
                finished_at: Some(now),
                error,
            },
            Verdict::Retry(at, error) => Unsent {
                state: MailState::Retry,
                next_at: *at,
                finished_at: None,
                error,
            },
            Verdict::Unknown(at, error) => Unsent {
                state: MailState::Unknown,
                next_at: *at,
                finished_at: None,
                error,
            },
        };
        changed += unsent.write(conn, ack)?;
    }
    for (token, ids) in sent {
        let ours = queue::table
            .filter(queue::id.eq_any(ids))
            .filter(queue::lease_token.eq(token));
        changed += diesel::update(ours)
            .set((
                queue::state.eq(Word(MailState::Sent)),
                queue::finished_at.eq(At(now)),
                queue::last_error.eq(None::<String>),
                queue::lease_token.eq(None::<i64>),
                queue::lease_until.eq(None::<At>),
                queue::boot.eq(None::<String>),
            ))
            .execute(conn)?;
    }
    Ok(acks.len().saturating_sub(changed))
}

/// A verdict that leaves the mail unsent.
struct Unsent<'a> {
    state: MailState,
    next_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    error: &'a str,
}

impl Unsent<'_> {
    fn write(&self, conn: &mut Conn, ack: &Ack) -> Result<usize, StoreError> {
        let ours = queue::table
            .filter(queue::id.eq(ack.id))
            .filter(queue::lease_token.eq(ack.token));
        let changed = diesel::update(ours)
            .set((
                queue::state.eq(Word(self.state)),
                queue::next_at.eq(At(self.next_at)),
                queue::finished_at.eq(self.finished_at.map(At)),
                queue::last_error.eq(self.error),
                queue::attempts.eq(queue::attempts + 1),
                queue::doubts.eq(queue::doubts + i32::from(self.state == MailState::Unknown)),
                queue::lease_token.eq(None::<i64>),
                queue::lease_until.eq(None::<At>),
                queue::boot.eq(None::<String>),
            ))
            .execute(conn)?;
        Ok(changed)
    }
}

/// Releases claimed mails untried; returns how many were still held under the lease.
pub fn release(
    conn: &mut Conn,
    token: i64,
    ids: &[MailId],
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    release_rows(conn, token, ids, now, None)
}

/// Has mails that were given up tried again from `at` on; returns how many.
pub fn retry_given_up(
    conn: &mut Conn,
    ids: &[MailId],
    at: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let given_up = queue::table
        .filter(queue::id.eq_any(ids))
        .filter(queue::state.eq(Word(MailState::Dead)));
    let changed = diesel::update(given_up)
        .set((
            queue::state.eq(Word(MailState::Retry)),
            queue::next_at.eq(At(at)),
            queue::finished_at.eq(None::<At>),
        ))
        .execute(conn)?;
    Ok(changed)
}

/// The processes that hold leases.
pub fn boots_with_leases(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let held = queue::table
        .filter(queue::finished_at.is_null())
        .filter(queue::boot.is_not_null());
    let boots: Vec<Option<String>> = held.select(queue::boot).distinct().load(conn)?;
    Ok(boots.into_iter().flatten().collect())
}

/// Releases all leases of a process that has ended; returns the number of mails.
pub fn release_boot(conn: &mut Conn, boot: &str, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let held = queue::table
        .filter(queue::finished_at.is_null())
        .filter(queue::boot.eq(boot));
    let changed = diesel::update(held).set(untried!(now)).execute(conn)?;
    Ok(changed)
}

/// Restores the state before the claim; a new `error` is recorded.
fn release_rows(
    conn: &mut Conn,
    token: i64,
    ids: &[MailId],
    now: DateTime<Utc>,
    error: Option<&str>,
) -> Result<usize, StoreError> {
    let ours = queue::table
        .filter(queue::id.eq_any(ids))
        .filter(queue::lease_token.eq(token));
    let changed = diesel::update(ours)
        .set((
            untried!(now),
            error.map(|error| queue::last_error.eq(error)),
        ))
        .execute(conn)?;
    Ok(changed)
}
