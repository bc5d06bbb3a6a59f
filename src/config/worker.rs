//! The scheduler: its tick, how long a claim holds, how missed runs are treated. The jobs' cron
//! lines live in the database, not here.

use serde::{Deserialize, Serialize};

use super::{Days, Seconds};
use crate::domain::error::Invalid;

/// `[worker]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkerSettings {
    /// `tinbai serve` also runs the scheduler; turn off where `tinbai worker` does it.
    pub in_server: bool,
    /// Longest sleep before the clock is read again.
    pub tick_seconds: Seconds,
    /// Checks act this long after the due instant, so that requests in flight are counted by their
    /// own stamp.
    pub check_delay_seconds: Seconds,
    /// How long a claim on a job holds before another process may take it; renewed while the job
    /// runs.
    pub lease_seconds: Seconds,
    /// Rows handled in one transaction.
    pub chunk: u32,
    /// A daily summary older than this is recorded as skipped instead of being sent.
    pub summary_catch_up_seconds: Seconds,
    /// `/healthz` fails when a run is later than this.
    pub late_after_seconds: Seconds,
    /// Records of job runs are kept this long.
    pub keep_runs_days: Days,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            in_server: true,
            tick_seconds: Seconds(30),
            check_delay_seconds: Seconds(60),
            lease_seconds: Seconds(180),
            chunk: 1_000,
            summary_catch_up_seconds: Seconds(86_400),
            late_after_seconds: Seconds(300),
            keep_runs_days: Days(400),
        }
    }
}

impl WorkerSettings {
    pub(super) fn check(&self, faults: &mut Vec<Invalid>) {
        within!(faults, "worker", self, {
            tick_seconds: 1..=30,
            check_delay_seconds: 0..=900,
            lease_seconds: 30..=3_600,
            chunk: 1..=100_000,
            summary_catch_up_seconds: 0..=604_800,
            late_after_seconds: 60..=86_400,
            keep_runs_days: 1..=36_500,
        });
    }
}
