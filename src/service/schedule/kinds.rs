//! The jobs of the app: their names, when they run unless somebody changes it, what a missed run
//! is worth. The code that runs is in `worker::jobs`, under the same names.

use chrono::TimeDelta;

use crate::config::WorkerSettings;
use crate::domain::ids::UnitId;
use crate::domain::schedule::CatchUp;

/// A job as the schedule knows it. Its rows are called `name`, or `name:UNITID` where every
/// federation has its own.
#[derive(Debug, Clone, Copy)]
pub struct JobKind {
    /// The part of the row's name before `:`.
    pub name: &'static str,
    /// The line of a new row (seconds first, zone of the app).
    pub cron: &'static str,
    /// Whether every federation has a row of its own.
    pub rows: Rows,
    /// What missed instants are worth.
    pub catch_up: fn(&WorkerSettings) -> CatchUp,
}

/// How many rows a job has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// One for the app.
    App,
    /// One for each federation.
    EachFederation,
}

/// Opens the periods of plans that begin.
pub const OPEN_PERIODS: JobKind = JobKind {
    name: "open-periods",
    cron: "0 5 0 * * *",
    rows: Rows::App,
    catch_up: |_| CatchUp::Coalesce,
};

/// Closes the periods that are over: it settles their obligations, however many month ends were
/// missed. Those that end at another hour than midnight, and deadlines, are closed by the sweep, to
/// the minute.
pub const CLOSE_PERIODS: JobKind = JobKind {
    name: "close-periods",
    cron: "0 1 0 * * *",
    rows: Rows::App,
    catch_up: |_| CatchUp::Coalesce,
};

/// Looks at every obligation at which something is due, and writes the digests that may leave.
pub const SWEEP: JobKind = JobKind {
    name: "sweep",
    cron: "0 * * * * *",
    rows: Rows::App,
    catch_up: |_| CatchUp::Coalesce,
};

/// The department's summary of the 16:00 check. It runs a minute after it, because a check acts
/// `worker.check_delay_seconds` after its instant, and tells what stood that long before.
pub const SUMMARY: JobKind = JobKind {
    name: "summary",
    cron: "0 1 16 * * *",
    rows: Rows::EachFederation,
    catch_up: |settings| within(settings.summary_catch_up_seconds),
};

/// Takes out what is older than the settings keep.
pub const PURGE: JobKind = JobKind {
    name: "purge",
    cron: "0 30 2 * * *",
    rows: Rows::App,
    catch_up: |_| CatchUp::Coalesce,
};

/// The weekly digest of each unit, to its heads.
pub const WEEKLY_DIGEST: JobKind = JobKind {
    name: "weekly-digest",
    cron: "0 0 8 * * Mon",
    rows: Rows::EachFederation,
    catch_up: |_| CatchUp::Coalesce,
};

/// The table of the month before, to the department.
pub const MONTHLY_TABLE: JobKind = JobKind {
    name: "monthly-table",
    cron: "0 0 8 1 * *",
    rows: Rows::EachFederation,
    catch_up: |_| CatchUp::Coalesce,
};

/// The roll-up of the half-year before, to the department.
pub const HALF_YEAR_REPORT: JobKind = JobKind {
    name: "half-year-report",
    cron: "0 0 8 1 1,7 *",
    rows: Rows::EachFederation,
    catch_up: |_| CatchUp::Coalesce,
};

/// Writes a backup and deletes the old ones, before the purge of the same night.
pub const BACKUP: JobKind = JobKind {
    name: "backup",
    cron: "0 0 1 * * *",
    rows: Rows::App,
    catch_up: |_| CatchUp::Coalesce,
};

/// Every job, in the order in which those due at the same instant run.
pub const ALL: &[JobKind] = &[
    CLOSE_PERIODS,
    OPEN_PERIODS,
    SWEEP,
    SUMMARY,
    WEEKLY_DIGEST,
    MONTHLY_TABLE,
    HALF_YEAR_REPORT,
    PURGE,
    BACKUP,
];

/// Whether the rows of a job wait until somebody switches them on: reports leave at the hour and on the
/// day that a department chose.
pub fn starts_off(kind: &JobKind) -> bool {
    let chosen = [WEEKLY_DIGEST, MONTHLY_TABLE, HALF_YEAR_REPORT];
    chosen.iter().any(|one| one.name == kind.name)
}

impl JobKind {
    /// The name of a federation's own row.
    pub fn row_name(&self, unit_id: UnitId) -> String {
        format!("{}:{unit_id}", self.name)
    }
}

/// The kind's name within a row's name.
pub fn kind_of(row_name: &str) -> &str {
    row_name.split_once(':').map_or(row_name, |(kind, _)| kind)
}

/// Longest age as a policy, from a setting in seconds.
pub fn within(seconds: crate::config::Seconds) -> CatchUp {
    CatchUp::Within(TimeDelta::seconds(seconds.0.into()))
}
