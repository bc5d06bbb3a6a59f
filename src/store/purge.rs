//! Taking out what nobody needs any more, a bounded number of rows a statement. Instants are
//! microseconds.

use diesel::prelude::*;

use super::schema::{idempotency, job_run};
use super::types::instant;
use super::{Conn, StoreError, outbox};

/// Forgets at most about `chunk` replies that were kept under an idempotency key before an instant;
/// how many.
///
/// # Errors
/// Only the database's own.
pub fn replies(conn: &mut Conn, before: i64, chunk: i64) -> Result<usize, StoreError> {
    let old = idempotency::table.filter(idempotency::created_at.lt(before));
    let last = old
        .order(idempotency::created_at)
        .select(idempotency::created_at)
        .offset(chunk - 1)
        .limit(1);
    let until = last.first::<i64>(conn).optional()?.unwrap_or(before - 1);
    Ok(
        diesel::delete(idempotency::table.filter(idempotency::created_at.le(until)))
            .execute(conn)?,
    )
}

/// Forgets at most about `chunk` records of job runs that finished before an instant; how many.
///
/// # Errors
/// Only the database's own.
pub fn job_runs(conn: &mut Conn, before: i64, chunk: i64) -> Result<usize, StoreError> {
    let old = job_run::table.filter(job_run::finished_at.lt(before));
    let last = old
        .order(job_run::finished_at)
        .select(job_run::finished_at)
        .offset(chunk - 1)
        .limit(1);
    let until = last
        .first::<Option<i64>>(conn)
        .optional()?
        .flatten()
        .unwrap_or(before - 1);
    Ok(diesel::delete(job_run::table.filter(job_run::finished_at.le(until))).execute(conn)?)
}

/// Forgets at most `chunk` mails that were sent or given up before an instant; how many.
///
/// # Errors
/// Only the database's own.
pub fn mails(conn: &mut Conn, before: i64, chunk: i64) -> Result<usize, StoreError> {
    outbox::purge(
        conn,
        instant(before)?,
        usize::try_from(chunk).unwrap_or(usize::MAX),
    )
}
