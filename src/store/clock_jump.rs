//! Takes back what was recorded while the clock ran ahead. Everything here names instants after
//! `limit`, which lie in the future.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use super::schema::{
    acknowledgement, credit, extension, job, job_run, message, meta, obligation, queue, reminder,
};
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::ids::{MailId, ObligationId};
use crate::domain::mail::MailState;

/// Values bound in one statement.
const CHUNK: usize = 5_000;

/// The latest instant at which a run of a job began, if that is after `limit`.
pub fn latest_start(
    conn: &mut Conn,
    limit: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let latest: Option<At> = job_run::table
        .filter(job_run::started_at.gt(At(limit)))
        .select(diesel::dsl::max(job_run::started_at))
        .get_result(conn)?;
    Ok(latest.map(|at| at.0))
}

/// Forgets the runs that began after `limit`, and frees jobs held until then.
pub fn forget_runs(conn: &mut Conn, limit: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::delete(job_run::table.filter(job_run::started_at.gt(At(limit)))).execute(conn)?;
    diesel::update(job::table.filter(job::lease_until.gt(At(limit))))
        .set((
            job::lease_until.eq(None::<At>),
            job::lease_token.eq(None::<String>),
        ))
        .execute(conn)?;
    diesel::update(job::table.filter(job::retry_at.gt(At(limit))))
        .set(job::retry_at.eq(None::<At>))
        .execute(conn)?;
    Ok(())
}

/// Gives up the mails of checks after `limit` that were not sent, and takes their lines of the
/// reminder ledger back; mails that wait for an instant after it are tried from `now` on.
pub fn take_back_mails(
    conn: &mut Conn,
    limit: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let unsent: Vec<(MailId, String)> = message::table
        .inner_join(queue::table.on(queue::id.eq(message::id)))
        .filter(queue::finished_at.is_null())
        .filter(message::check_at.gt(At(limit)))
        .select((message::id, message::key))
        .load(conn)?;
    for unsent in unsent.chunks(CHUNK) {
        let (ids, keys): (Vec<MailId>, Vec<&str>) =
            unsent.iter().map(|(id, key)| (*id, key.as_str())).unzip();
        diesel::update(queue::table.filter(queue::id.eq_any(ids)))
            .set((
                queue::state.eq(Word(MailState::Dead)),
                queue::finished_at.eq(At(now)),
                queue::last_error.eq("the clock ran ahead when it was written"),
                queue::lease_token.eq(None::<i64>),
                queue::lease_until.eq(None::<At>),
                queue::boot.eq(None::<String>),
            ))
            .execute(conn)?;
        diesel::update(reminder::table.filter(reminder::mail_key.eq_any(keys)))
            .set((
                reminder::mail_key.eq(None::<String>),
                reminder::settled_at.eq(None::<At>),
            ))
            .execute(conn)?;
    }
    diesel::update(
        queue::table
            .filter(queue::finished_at.is_null())
            .filter(queue::lease_until.gt(At(limit))),
    )
    .set((
        queue::state.eq(Word(MailState::Queued)),
        queue::next_at.eq(At(now)),
        queue::lease_token.eq(None::<i64>),
        queue::lease_until.eq(None::<At>),
        queue::boot.eq(None::<String>),
    ))
    .execute(conn)?;
    diesel::update(
        queue::table
            .filter(queue::finished_at.is_null())
            .filter(queue::attempts.gt(0))
            .filter(queue::next_at.gt(At(limit))),
    )
    .set(queue::next_at.eq(At(now)))
    .execute(conn)?;
    let unmailed = || reminder::table.filter(reminder::mail_key.is_null());
    diesel::delete(unmailed().filter(reminder::check_at.gt(At(limit)))).execute(conn)?;
    diesel::update(unmailed().filter(reminder::settled_at.gt(At(limit))))
        .set(reminder::settled_at.eq(None::<At>))
        .execute(conn)?;
    Ok(())
}

/// Removes what was opened after `limit`, and has everything that was looked at after it looked at
/// again. Rules count as opened up to `today`.
pub fn reopen(
    conn: &mut Conn,
    limit: DateTime<Utc>,
    now: DateTime<Utc>,
    today: NaiveDate,
) -> Result<(), StoreError> {
    let opened: Vec<ObligationId> = obligation::table
        .filter(obligation::opened_at.gt(At(limit)))
        .select(obligation::id)
        .load(conn)?;
    for ids in opened.chunks(CHUNK) {
        diesel::delete(reminder::table.filter(reminder::obligation_id.eq_any(ids)))
            .execute(conn)?;
        diesel::delete(acknowledgement::table.filter(acknowledgement::obligation_id.eq_any(ids)))
            .execute(conn)?;
        diesel::delete(extension::table.filter(extension::obligation_id.eq_any(ids)))
            .execute(conn)?;
        diesel::delete(credit::table.filter(credit::obligation_id.eq_any(ids))).execute(conn)?;
        diesel::delete(obligation::table.filter(obligation::id.eq_any(ids))).execute(conn)?;
    }
    diesel::update(obligation::table.filter(obligation::swept_until.gt(At(limit))))
        .set((
            // as far back as the limit lies ahead: what was said is not said again
            obligation::swept_until.eq(At(now - (limit - now))),
            obligation::next_step_at.eq(At(now)),
        ))
        .execute(conn)?;
    let today = today.format("%Y-%m-%d").to_string();
    diesel::update(
        meta::table
            .filter(meta::key.like("opened:%"))
            .filter(meta::value.gt(&today)),
    )
    .set(meta::value.eq(&today))
    .execute(conn)?;
    Ok(())
}
