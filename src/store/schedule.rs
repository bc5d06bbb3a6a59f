//! Jobs and their runs: which job is due, which process holds it, the outcome of each due instant.
//!
//! A job is held by a lease with a token; every later write names the token, so that a holder
//! that was paused beyond its lease changes nothing (R6). The row (job, due instant) is unique: two
//! replicas can't run one instant twice (R1).

use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;

use super::schema::{job, job_run};
use super::types::{At, Json, Word};
use super::{Conn, StoreError};
use crate::domain::ids::UnitId;
use crate::domain::schedule::{JobResult, RunState};
use crate::on_inner;

/// A job as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = job)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct JobRow {
    pub name: String,
    pub unit_id: Option<UnitId>,
    pub cron: String,
    pub catch_up: String,
    pub enabled: bool,
    pub next_at: Option<At>,
    pub retry_at: Option<At>,
    pub lease_until: Option<At>,
    pub lease_token: Option<String>,
    pub version: i32,
}

impl JobRow {
    /// Whether it can be claimed at an instant: due, not waiting for its next try, held by nobody.
    pub fn is_free_and_due(&self, now: DateTime<Utc>) -> bool {
        self.enabled
            && self.next_at.is_some_and(|at| *at <= now)
            && self.retry_at.is_none_or(|at| *at <= now)
            && !self.is_held_after(now)
    }

    /// Whether somebody holds it beyond an instant.
    pub fn is_held_after(&self, now: DateTime<Utc>) -> bool {
        self.lease_until.is_some_and(|until| *until > now)
    }

    /// When it can be claimed: at the next instant; after a failure, at the next try; while it is
    /// held, at the end of the lease.
    pub fn wakes_at(&self) -> Option<DateTime<Utc>> {
        let held_until = self.lease_token.as_ref().and(self.lease_until);
        let next_at = self.next_at?;
        let latest = [self.retry_at, held_until].into_iter().flatten();
        latest.chain([next_at]).max().map(|at| at.0)
    }
}

/// The outcome of one due instant of a job.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = job_run, treat_none_as_null = true)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct RunRow {
    pub job: String,
    pub due_at: At,
    pub state: Word<RunState>,
    pub attempts: i32,
    pub started_at: At,
    pub finished_at: Option<At>,
    pub duration_ms: Option<i64>,
    pub result: Option<Json<JobResult>>,
    pub error: Option<String>,
    pub quiet: bool,
}

impl RunRow {
    /// A run of a job's due instant that begins now.
    pub fn begun(job: &str, due_at: DateTime<Utc>, now: DateTime<Utc>, attempts: i32) -> Self {
        Self {
            job: job.to_owned(),
            due_at: At(due_at),
            state: Word(RunState::Running),
            attempts,
            started_at: At(now),
            finished_at: None,
            duration_ms: None,
            result: None,
            error: None,
            quiet: false,
        }
    }

    /// The run, ended in a state at an instant.
    #[must_use]
    pub fn ended(self, state: RunState, at: DateTime<Utc>) -> Self {
        Self {
            state: Word(state),
            finished_at: Some(At(at)),
            ..self
        }
    }
}

/// A claim on a job: what a job's own transactions check before they commit, so that two holders
/// never both do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The job's name.
    pub job: String,
    /// The secret of this claim.
    pub token: String,
}

impl Lease {
    /// Makes the caller's transaction depend on the lease: on PostgreSQL no other process can claim
    /// the job before the transaction ends.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another process has claimed the job.
    pub fn check(&self, conn: &mut Conn) -> Result<(), StoreError> {
        let mine = job::table
            .find(&self.job)
            .filter(job::lease_token.eq(&self.token));
        // a write, so that the row is locked
        match diesel::update(mine)
            .set(job::lease_token.eq(&self.token))
            .execute(conn)?
        {
            1 => Ok(()),
            _ => Err(StoreError::Busy(format!(
                "the lease on {} was lost",
                self.job
            ))),
        }
    }
}

/// Inserts a job's row unless it exists; true if it was new.
pub fn insert_if_absent(conn: &mut Conn, row: &JobRow) -> Result<bool, StoreError> {
    let values = (
        (
            job::name.eq(&row.name),
            job::unit_id.eq(row.unit_id),
            job::cron.eq(&row.cron),
        ),
        (
            job::catch_up.eq(&row.catch_up),
            job::enabled.eq(row.enabled),
            job::next_at.eq(row.next_at),
        ),
    );
    let new = on_inner!(conn, c => diesel::insert_into(job::table).values(values).on_conflict_do_nothing().execute(c))?;
    Ok(new == 1)
}

/// Stores another catch-up policy (settings may have changed).
pub fn set_catch_up(conn: &mut Conn, name: &str, catch_up: &str) -> Result<(), StoreError> {
    diesel::update(job::table.find(name))
        .set(job::catch_up.eq(catch_up))
        .execute(conn)?;
    Ok(())
}

/// All jobs, by name.
pub fn all(conn: &mut Conn) -> Result<Vec<JobRow>, StoreError> {
    Ok(JobRow::query().order(job::name).load(conn)?)
}

/// A job by name.
pub fn find(conn: &mut Conn, name: &str) -> Result<Option<JobRow>, StoreError> {
    Ok(JobRow::query()
        .filter(job::name.eq(name))
        .get_result(conn)
        .optional()?)
}

/// Claims a job that is due and not held, if its next instant is still `row.next_at`; true if it
/// was claimed.
pub fn claim(
    conn: &mut Conn,
    row: &JobRow,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    token: &str,
) -> Result<bool, StoreError> {
    let now = At(now);
    let due = job::table
        .filter(job::name.eq(&row.name))
        .filter(job::enabled)
        .filter(job::version.eq(row.version))
        .filter(job::next_at.eq(row.next_at))
        .filter(job::next_at.le(now))
        .filter(job::retry_at.is_null().or(job::retry_at.le(now)))
        .filter(job::lease_until.is_null().or(job::lease_until.le(now)));
    let lease = (job::lease_until.eq(At(until)), job::lease_token.eq(token));
    Ok(diesel::update(due).set(lease).execute(conn)? == 1)
}

/// Sets the instant that the holder of a job runs for.
pub fn aim(conn: &mut Conn, lease: &Lease, at: DateTime<Utc>) -> Result<(), StoreError> {
    let mine = job::table
        .filter(job::name.eq(&lease.job))
        .filter(job::lease_token.eq(&lease.token));
    diesel::update(mine)
        .set((job::next_at.eq(At(at)), job::retry_at.eq(None::<At>)))
        .execute(conn)?;
    Ok(())
}

/// Extends a lease to `until`; false if it was lost.
pub fn renew(conn: &mut Conn, lease: &Lease, until: DateTime<Utc>) -> Result<bool, StoreError> {
    let mine = job::table
        .filter(job::name.eq(&lease.job))
        .filter(job::lease_token.eq(&lease.token));
    Ok(diesel::update(mine)
        .set(job::lease_until.eq(At(until)))
        .execute(conn)?
        == 1)
}

/// Releases a job, with its next instant and, after a failure, the instant of the next try; false
/// if the lease was lost, and then nothing was changed.
///
/// If somebody changed the job's line meanwhile, the instants that they set stay.
pub fn release(
    conn: &mut Conn,
    lease: &Lease,
    known_version: i32,
    next_at: Option<DateTime<Utc>>,
    retry_at: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let nobody = (
        job::lease_until.eq(None::<At>),
        job::lease_token.eq(None::<String>),
    );
    let mine = job::table
        .filter(job::name.eq(&lease.job))
        .filter(job::lease_token.eq(&lease.token));
    let instants = (
        job::next_at.eq(next_at.map(At)),
        job::retry_at.eq(retry_at.map(At)),
    );
    let released = diesel::update(mine.filter(job::version.eq(known_version)))
        .set((nobody, instants))
        .execute(conn)?
        == 1;
    if released {
        return Ok(true);
    }
    let nobody = (
        job::lease_until.eq(None::<At>),
        job::lease_token.eq(None::<String>),
    );
    let mine = job::table
        .filter(job::name.eq(&lease.job))
        .filter(job::lease_token.eq(&lease.token));
    Ok(diesel::update(mine).set(nobody).execute(conn)? == 1)
}

/// Releases a job whose holder has ended.
pub fn free(conn: &mut Conn, lease: &Lease) -> Result<(), StoreError> {
    let theirs = job::table
        .filter(job::name.eq(&lease.job))
        .filter(job::lease_token.eq(&lease.token));
    let nobody = (
        job::lease_until.eq(None::<At>),
        job::lease_token.eq(None::<String>),
    );
    diesel::update(theirs).set(nobody).execute(conn)?;
    Ok(())
}

/// Sets line, switch and next instant if nobody changed them since `row.version`; false if somebody
/// did.
pub fn change(conn: &mut Conn, row: &JobRow) -> Result<bool, StoreError> {
    let known = job::table
        .filter(job::name.eq(&row.name))
        .filter(job::version.eq(row.version));
    let changes = (
        job::cron.eq(&row.cron),
        job::enabled.eq(row.enabled),
        job::next_at.eq(row.next_at),
        job::retry_at.eq(row.retry_at),
        job::version.eq(row.version + 1),
    );
    Ok(diesel::update(known).set(changes).execute(conn)? == 1)
}

/// Moves a free job to another next instant, if it still has the one of `row`.
pub fn replan(conn: &mut Conn, row: &JobRow, next_at: DateTime<Utc>) -> Result<bool, StoreError> {
    let known = job::table
        .filter(job::name.eq(&row.name))
        .filter(job::next_at.eq(row.next_at))
        .filter(job::lease_token.is_null());
    let changes = (job::next_at.eq(At(next_at)), job::retry_at.eq(None::<At>));
    Ok(diesel::update(known).set(changes).execute(conn)? == 1)
}

/// The outcome of a due instant, if there is one.
pub fn run(
    conn: &mut Conn,
    job: &str,
    due_at: DateTime<Utc>,
) -> Result<Option<RunRow>, StoreError> {
    Ok(RunRow::query()
        .filter(job_run::job.eq(job))
        .filter(job_run::due_at.eq(At(due_at)))
        .get_result(conn)
        .optional()?)
}

/// Inserts the outcome of a due instant.
///
/// # Errors
/// [`StoreError::Unique`] if it has a row already.
pub fn insert_run(conn: &mut Conn, row: &RunRow) -> Result<(), StoreError> {
    diesel::insert_into(job_run::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Writes a due instant that will not be run, unless it has a row.
pub fn insert_skipped(conn: &mut Conn, row: &RunRow) -> Result<(), StoreError> {
    on_inner!(conn, c => diesel::insert_into(job_run::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// Updates the state of a run.
pub fn update_run(conn: &mut Conn, row: &RunRow) -> Result<(), StoreError> {
    let this = job_run::table
        .filter(job_run::job.eq(&row.job))
        .filter(job_run::due_at.eq(row.due_at));
    diesel::update(this).set(row).execute(conn)?;
    Ok(())
}

/// Deletes the quiet runs of a job before its run at `due_at`.
pub fn fold_quiet(conn: &mut Conn, job: &str, due_at: DateTime<Utc>) -> Result<(), StoreError> {
    let earlier = job_run::table
        .filter(job_run::job.eq(job))
        .filter(job_run::due_at.lt(At(due_at)));
    diesel::delete(earlier.filter(job_run::quiet)).execute(conn)?;
    Ok(())
}

/// The latest runs of a job, newest first.
pub fn runs(conn: &mut Conn, job: &str, limit: i64) -> Result<Vec<RunRow>, StoreError> {
    Ok(RunRow::query()
        .filter(job_run::job.eq(job))
        .order(job_run::due_at.desc())
        .limit(limit)
        .load(conn)?)
}

/// The next instant of the enabled job that has been waiting longest.
pub fn oldest_next(conn: &mut Conn) -> Result<Option<At>, StoreError> {
    Ok(job::table
        .filter(job::enabled)
        .select(diesel::dsl::min(job::next_at))
        .get_result(conn)?)
}

/// When the newest run of any job began.
pub fn newest_start(conn: &mut Conn) -> Result<Option<At>, StoreError> {
    Ok(job_run::table
        .select(max(job_run::started_at))
        .get_result(conn)?)
}
