//! The jobs of the house: their names, when they run unless somebody changes it, what a missed run is worth. The code that runs is
//! in `worker::jobs`, under the same names.

use chrono::TimeDelta;

use crate::config::WorkerSettings;
use crate::domain::schedule::CatchUp;

/// A job as the schedule knows it. Its rows are called `name`, or `name:UNITID` where every federation has its own.
#[derive(Debug, Clone, Copy)]
pub struct JobKind {
    /// The part of the row's name before `:`.
    pub name: &'static str,
    /// The line of a new row (seconds first, zone of the house).
    pub cron: &'static str,
    /// Whether every federation has a row of its own.
    pub rows: Rows,
    /// What missed instants are worth.
    pub catch_up: fn(&WorkerSettings) -> CatchUp,
}

/// How many rows a job has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// One for the house.
    House,
    /// One for each federation.
    EachFederation,
}

/// Takes out what is older than the settings keep.
pub const PURGE: JobKind =
    JobKind { name: "purge", cron: "0 30 2 * * *", rows: Rows::House, catch_up: |_| CatchUp::Coalesce };

/// Every job, in the order in which those due at the same instant run.
pub const ALL: &[JobKind] = &[PURGE];

impl JobKind {
    /// The name of a federation's own row.
    #[must_use]
    pub fn row_name(&self, unit_id: i64) -> String {
        format!("{}:{unit_id}", self.name)
    }
}

/// The kind's name within a row's name.
#[must_use]
pub fn kind_of(row_name: &str) -> &str {
    row_name.split_once(':').map_or(row_name, |(kind, _)| kind)
}

/// Longest age as a policy, from a setting in seconds.
#[must_use]
pub fn within(seconds: crate::config::Seconds) -> CatchUp {
    CatchUp::Within(TimeDelta::seconds(seconds.0.into()))
}
