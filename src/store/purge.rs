//! Deletes rows that are no longer needed, a bounded number per statement.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::schema::{idempotency, job_run};
use super::types::At;
use super::{Conn, StoreError, outbox};

/// Deletes at most about `chunk` replies that were stored under an idempotency key before an
/// instant; returns how many.
pub fn replies(conn: &mut Conn, before: DateTime<Utc>, chunk: i64) -> Result<usize, StoreError> {
    let old = idempotency::table.filter(idempotency::created_at.lt(At(before)));
    let last = old
        .order(idempotency::created_at)
        .select(idempotency::created_at)
        .offset(chunk - 1)
        .limit(1);
    let until = last
        .first::<At>(conn)
        .optional()?
        .unwrap_or(instant_before(before));
    Ok(
        diesel::delete(idempotency::table.filter(idempotency::created_at.le(until)))
            .execute(conn)?,
    )
}

/// Deletes at most about `chunk` records of job runs that finished before an instant; returns how
/// many.
pub fn job_runs(conn: &mut Conn, before: DateTime<Utc>, chunk: i64) -> Result<usize, StoreError> {
    let old = job_run::table.filter(job_run::finished_at.lt(At(before)));
    let last = old
        .order(job_run::finished_at)
        .select(job_run::finished_at)
        .offset(chunk - 1)
        .limit(1);
    let until = last
        .first::<Option<At>>(conn)
        .optional()?
        .flatten()
        .unwrap_or(instant_before(before));
    Ok(diesel::delete(job_run::table.filter(job_run::finished_at.le(until))).execute(conn)?)
}

/// Deletes at most `chunk` mails that were sent or given up before an instant; returns how many.
pub fn mails(conn: &mut Conn, before: DateTime<Utc>, chunk: i64) -> Result<usize, StoreError> {
    outbox::purge(conn, before, usize::try_from(chunk).unwrap_or(usize::MAX))
}

/// The last instant before one.
fn instant_before(before: DateTime<Utc>) -> At {
    At(before - TimeDelta::microseconds(1))
}
