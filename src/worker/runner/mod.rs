//! Claims jobs that are due, runs them, and records the outcome. One job at a time per process; any
//! number of processes.
//!
//! The state of the schedule is in the database (R4): a runner that starts applies the job's policy
//! to the instants that passed since the last run. One attempt lives in `attempt`, the endless loop
//! in `forever`.

mod attempt;
mod forever;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::clock::SharedClock;
use crate::domain::ids::UnitId;
use crate::domain::schedule::{CatchUp, Cron, JobResult, RunState};
use crate::service::schedule::{ensure_kinds, kind_of, stored_line};
use crate::service::{App, Error};
use crate::store::StoreError;
use crate::store::schedule::{self as rows, JobRow, Lease};
use crate::worker::boot::Holder;
use crate::worker::jobs::{self, Job};

pub use forever::{Stopped, Waker};

/// The outcome of one due instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// The job's row: `sweep`, `summary:12`.
    pub job: String,
    /// The federation, if the row is one's own.
    pub unit_id: Option<UnitId>,
    /// The nominal instant.
    pub due_at: DateTime<Utc>,
    /// How it ended.
    pub state: RunState,
    /// How often it was tried, this time included.
    pub attempts: i32,
    /// Seconds from the nominal instant to the start of this attempt.
    pub late_seconds: i64,
    /// How long it took.
    pub duration_ms: i64,
    /// What it found and did.
    pub result: Option<JobResult>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Runs what is due.
#[derive(Debug)]
pub struct Runner {
    app: App,
    clock: SharedClockDebug,
    jobs: Vec<Job>,
    boot: Holder,
    /// Held while a job is chosen and run: one at a time.
    turn: Mutex<()>,
    /// The jobs have their rows; federations founded later bring theirs along.
    ensured: AtomicBool,
    waker: Waker,
}

/// Leaves out the clock, which has nothing to show in a log.
struct SharedClockDebug(SharedClock);

impl std::fmt::Debug for SharedClockDebug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// A job that may be taken now.
struct Candidate {
    row: JobRow,
    job: Job,
    cron: Cron,
    catch_up: CatchUp,
    /// The instant that its row waits for.
    first: DateTime<Utc>,
    /// Due instant, then place in the list of jobs: the order in which candidates are taken.
    rank: (DateTime<Utc>, usize),
}

impl Runner {
    /// A runner of the app's own jobs.
    #[must_use]
    pub fn new(app: App, clock: SharedClock) -> Self {
        Self::with_jobs(app, clock, jobs::all())
    }

    /// A runner of the given jobs.
    #[must_use]
    pub fn with_jobs(app: App, clock: SharedClock, jobs: Vec<Job>) -> Self {
        let clock = SharedClockDebug(clock);
        Self {
            app,
            clock,
            jobs,
            boot: Holder::new(),
            turn: Mutex::new(()),
            ensured: AtomicBool::new(false),
            waker: Waker::default(),
        }
    }

    /// Gives every job its rows; safe to repeat. [`Runner::run`] does it by itself.
    pub fn ensure(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let kinds = || self.jobs.iter().map(|job| &job.kind);
        self.app
            .store
            .write(|conn| ensure_kinds(conn, kinds(), &self.app.settings.worker, now))?;
        self.ensured.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Runs everything that is due at `now`, each missed instant as its job's policy says, in the
    /// order of due instants; what failed is tried again by a later call. Blocks until all is done.
    ///
    /// # Errors
    /// Those of the database. A job that fails is part of the reports.
    pub fn run_due(&self, now: DateTime<Utc>) -> Result<Vec<RunReport>, Error> {
        self.recover_from_a_clock_ahead(now)?;
        let mut reports = Vec::new();
        while let Some(more) = self.run_next(now)? {
            reports.extend(more);
        }
        Ok(reports)
    }

    /// Claims one job that is due at `now` and runs it; `None` if none is due. The
    /// reports are those of the run and of instants that were skipped before it; none if another
    /// process was faster.
    pub fn run_next(&self, now: DateTime<Utc>) -> Result<Option<Vec<RunReport>>, Error> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.free_leases_of_the_dead(now)?;
        match self
            .candidates(now)?
            .into_iter()
            .min_by(|a, b| (a.rank, &a.row.name).cmp(&(b.rank, &b.row.name)))
        {
            Some(candidate) => self.claim_and_run(&candidate, now).map(Some),
            None => Ok(None),
        }
    }

    fn candidates(&self, now: DateTime<Utc>) -> Result<Vec<Candidate>, Error> {
        let all = self.app.store.read(rows::all)?;
        let due = all.into_iter().filter(|row| row.is_free_and_due(now));
        // A row that this version can't read must not stop the others; its lateness shows.
        let readable = due.filter_map(|row| match self.candidate(row, now) {
            Ok(candidate) => candidate,
            Err(error) => {
                tracing::error!(%error, "a job can't be read");
                None
            }
        });
        Ok(readable.collect())
    }

    /// Rows of jobs that this version does not know are left alone.
    fn candidate(&self, row: JobRow, now: DateTime<Utc>) -> Result<Option<Candidate>, StoreError> {
        let known = self
            .jobs
            .iter()
            .enumerate()
            .find(|(_, job)| job.kind.name == kind_of(&row.name));
        let (Some((place, job)), Some(first)) = (known, row.next_at) else {
            return Ok(None);
        };
        let cron = stored_line(&row)?;
        let catch_up = CatchUp::parse(&row.catch_up).ok_or_else(|| {
            StoreError::Corrupt(format!("job.catch_up of {}: {}", row.name, row.catch_up))
        })?;
        let due_at = catch_up.judge(&cron, *first, now).run.unwrap_or(*first);
        Ok(Some(Candidate {
            row,
            job: job.clone(),
            cron,
            catch_up,
            first: *first,
            rank: (due_at, place),
        }))
    }

    /// Own leases too: while a job is chosen, this runner runs none, so one that is left is that of
    /// a run whose end could not be recorded.
    fn free_leases_of_the_dead(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let held = self.app.store.read(rows::all)?;
        for row in held.into_iter().filter(|row| row.is_held_after(now)) {
            let Some(token) = row.lease_token else {
                continue;
            };
            if self.boot.made(&token) || self.boot.is_gone(&token) {
                tracing::warn!(
                    job = row.name,
                    "its last run did not come to an end; the job is free again"
                );
                let lease = Lease {
                    job: row.name,
                    token,
                };
                self.app
                    .store
                    .write_committed(|conn| rows::free(conn, &lease))?;
            }
        }
        Ok(())
    }

    fn lease_length(&self) -> TimeDelta {
        self.app.settings.worker.lease_seconds.delta()
    }

    /// For the loop and its handle.
    fn now(&self) -> DateTime<Utc> {
        self.clock.0.now()
    }

    /// A handle that wakes the loop.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// The job of that name, if this runner knows it.
    fn knows(&self, row: &JobRow) -> bool {
        self.jobs
            .iter()
            .any(|job| job.kind.name == kind_of(&row.name))
    }
}
