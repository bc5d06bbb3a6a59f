//! The jobs, one a file. A job takes no input: it derives its work from the database and is safe to
//! repeat.
//!
//! To add one: its [`JobKind`] in `service::schedule`, a file here with its `run`, a line in
//! [`all`].

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::ids::UnitId;
use crate::domain::schedule::{JobResult, RunId};
use crate::service::schedule;
use crate::service::schedule::JobKind;
use crate::service::{App, Error};
use crate::store::schedule::Lease;

mod backup;
mod close_periods;
mod open_periods;
mod purge;
mod reports;
mod summary;
mod sweep;

/// The input of a run of a job.
#[derive(Debug, Clone)]
pub struct JobRun {
    /// Its name in the log, in the trail and in mails.
    pub id: RunId,
    /// The nominal instant: on time or late is decided as of it (R2).
    pub due_at: DateTime<Utc>,
    /// The present.
    pub now: DateTime<Utc>,
    /// The federation, for jobs with a row for each.
    pub unit_id: Option<UnitId>,
    /// The claim; `lease.check(conn)` in a transaction keeps a run that was overtaken from
    /// committing.
    pub lease: Lease,
}

/// The code of a job.
pub type Code = dyn Fn(&App, &JobRun) -> Result<JobResult, Error> + Send + Sync;

/// A job: what the schedule knows of it, and what it does.
#[derive(Clone)]
pub struct Job {
    /// What the schedule knows.
    pub kind: JobKind,
    /// What it does.
    pub code: Arc<Code>,
}

impl Job {
    /// A job of that kind.
    pub fn new(
        kind: JobKind,
        code: impl Fn(&App, &JobRun) -> Result<JobResult, Error> + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind,
            code: Arc::new(code),
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Every job, in the order in which those due at the same instant run.
#[must_use]
pub fn all() -> Vec<Job> {
    vec![
        Job::new(schedule::CLOSE_PERIODS, close_periods::run),
        Job::new(schedule::OPEN_PERIODS, open_periods::run),
        Job::new(schedule::SWEEP, sweep::run),
        Job::new(schedule::SUMMARY, summary::run),
        Job::new(schedule::WEEKLY_DIGEST, reports::weekly),
        Job::new(schedule::MONTHLY_TABLE, reports::monthly),
        Job::new(schedule::HALF_YEAR_REPORT, reports::half_year),
        Job::new(schedule::PURGE, purge::run),
        Job::new(schedule::BACKUP, backup::run),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_of_the_schedule_has_code_and_stands_in_the_same_order() {
        let code: Vec<&str> = all().iter().map(|job| job.kind.name).collect();
        let kinds: Vec<&str> = schedule::ALL.iter().map(|kind| kind.name).collect();
        assert_eq!(code, kinds);
    }
}
