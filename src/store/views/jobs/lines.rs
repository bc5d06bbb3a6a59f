//! A job and a run as lists show them.

use serde::Serialize;

use crate::domain::ids::UnitId;
use crate::domain::schedule::{JobResult, RunState};
use crate::store::schedule::RunRow;
use crate::store::types::At;

/// A job and its last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = JobBody)]
pub struct JobLine {
    /// `sweep`; `summary:12` for a federation's own row.
    pub name: String,
    /// The federation whose row this is.
    pub unit_id: Option<UnitId>,
    /// Its name.
    pub unit_name: Option<String>,
    /// The cron line, seconds first and weekdays by name, in the zone of the app.
    pub cron: String,
    /// What missed instants are worth: `coalesce`, `each`, `within:SECONDS`.
    pub catch_up: String,
    /// Whether it runs at all.
    pub enabled: bool,
    /// The instant it runs for next; in the past while it is late. Absent if its line has run out.
    pub next_at: Option<At>,
    /// After a failure: not tried again before.
    pub retry_at: Option<At>,
    /// Somebody holds it.
    pub running: bool,
    /// The latest due instant that something became of.
    pub last: Option<RunLine>,
    /// Changes are saved against it.
    pub version: i32,
}

/// What became of one due instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RunBody)]
pub struct RunLine {
    /// The nominal instant.
    pub due_at: At,
    /// `running`, `done`, `failed`, `skipped`.
    #[schema(value_type = String)]
    pub state: RunState,
    /// How often it was tried.
    pub attempts: i32,
    /// When the last attempt began.
    pub started_at: At,
    /// When it ended.
    pub finished_at: Option<At>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// Seconds from the nominal instant to the start of the last attempt.
    pub late_seconds: i64,
    /// What it found and did.
    pub result: Option<JobResult>,
    /// Why it failed.
    pub error: Option<String>,
}

impl From<RunRow> for RunLine {
    fn from(row: RunRow) -> Self {
        Self {
            due_at: row.due_at,
            state: *row.state,
            attempts: row.attempts,
            started_at: row.started_at,
            finished_at: row.finished_at,
            duration_ms: row.duration_ms,
            late_seconds: (*row.started_at - *row.due_at).num_seconds().max(0),
            result: row.result.map(|result| result.0),
            error: row.error,
        }
    }
}

impl RunLine {
    pub(super) fn without_findings(self) -> Self {
        Self {
            result: None,
            error: None,
            ..self
        }
    }
}
