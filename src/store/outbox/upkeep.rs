//! What is done with mails beside delivering them: queuing one again, deleting old ones.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::ids::MailId;
use crate::domain::mail::MailState;
use crate::store::schema::{message, queue};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// Queues a mail that was given up again, due from `now` on, as if it were new; false if it was not
/// given up or does not exist.
pub fn requeue(conn: &mut Conn, id: MailId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let given_up = queue::table
        .filter(queue::id.eq(id))
        .filter(queue::state.eq(Word(MailState::Dead)));
    let changed = diesel::update(given_up)
        .set((
            queue::state.eq(Word(MailState::Queued)),
            queue::next_at.eq(At(now)),
            queue::queued_at.eq(At(now)),
            queue::attempts.eq(0),
            queue::doubts.eq(0),
            queue::finished_at.eq(None::<At>),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Deletes at most `limit` mails that were sent or given up before `before`; returns how
/// many. Call it until it returns less than `limit`, each time in a transaction of its own.
pub fn purge(conn: &mut Conn, before: DateTime<Utc>, limit: usize) -> Result<usize, StoreError> {
    let old = queue::table
        .filter(queue::state.eq_any([Word(MailState::Sent), Word(MailState::Dead)]))
        .filter(queue::finished_at.lt(At(before)));
    let ids: Vec<MailId> = old
        .select(queue::id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .load(conn)?;
    for ids in ids.chunks(super::CHUNK) {
        diesel::delete(queue::table.filter(queue::id.eq_any(ids))).execute(conn)?;
        diesel::delete(message::table.filter(message::id.eq_any(ids))).execute(conn)?;
    }
    Ok(ids.len())
}

/// Marks all waiting mails as sent at `now`, without sending them: those of the past of a
/// demonstration. Returns how many.
pub fn mark_all_sent(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let changed = diesel::update(queue::table.filter(queue::finished_at.is_null()))
        .set((
            queue::state.eq(Word(MailState::Sent)),
            queue::finished_at.eq(At(now)),
            queue::lease_token.eq(None::<i64>),
            queue::lease_until.eq(None::<At>),
            queue::boot.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(changed)
}
