//! The scheduler as processes use it: for ever beside a server or alone, or once for an instant, for real or as a rehearsal.

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::clock::{SharedClock, SystemClock};
use crate::service::{Error, House};
use crate::worker::runner::{RunReport, RunState, Runner, Stopped};

/// What was due at an instant, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DueReport {
    /// The instant.
    pub at: DateTime<Utc>,
    /// Whether it was a rehearsal: nothing of it is left.
    pub dry_run: bool,
    /// Runs and skipped instants, in the order in which they were worked off.
    pub runs: Vec<RunReport>,
}

impl DueReport {
    /// Whether a job failed.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.runs.iter().any(|run| run.state == RunState::Failed)
    }
}

/// Runs what is due at `at`, once. Blocks.
///
/// # Errors
/// Only the database's own; a job that fails is part of the report.
pub fn run_due(house: &House, at: DateTime<Utc>) -> Result<DueReport, Error> {
    Ok(DueReport { at, dry_run: false, runs: runs(house, at)? })
}

/// What [`run_due`] would do, found out by doing it in a transaction that is rolled back. Blocks; on SQLite other writers wait
/// meanwhile.
///
/// # Errors
/// As [`run_due`].
pub fn rehearse_due(house: &House, at: DateTime<Utc>) -> Result<DueReport, Error> {
    house.store.rehearse(|store| Ok(DueReport { at, dry_run: true, runs: runs(&house.on(store.clone()), at)? }))?
}

fn runs(house: &House, at: DateTime<Utc>) -> Result<Vec<RunReport>, Error> {
    let runner = Runner::new(house.clone(), Arc::new(SystemClock::starting_at(at)));
    runner.ensure(at)?;
    runner.run_due(at)
}

/// Runs the schedule until `until` comes.
///
/// # Errors
/// If the scheduler broke: the process should end.
pub async fn work(house: House, clock: SharedClock, until: impl Future<Output = ()>) -> Result<(), Stopped> {
    tracing::info!("scheduler started");
    Arc::new(Runner::new(house, clock)).run(until).await?;
    tracing::info!("scheduler stopped");
    Ok(())
}
