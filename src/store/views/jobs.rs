//! The jobs as people see them: how the last run went, when the next one comes.

use diesel::prelude::*;
use serde::Serialize;

use crate::domain::access::Scope;
use crate::domain::schedule::{JobResult, RunState};
use crate::store::schedule::{self, JobRow, RunRow};
use crate::store::schema::unit;
use crate::store::types::At;
use crate::store::{Conn, StoreError};

/// A job and its last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = JobBody)]
pub struct JobLine {
    /// `sweep`; `summary:12` for a federation's own row.
    pub name: String,
    /// The federation whose row this is.
    pub unit_id: Option<i64>,
    /// Its name.
    pub unit_name: Option<String>,
    /// The cron line, seconds first, in the zone of the app.
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

/// The jobs that a reader may see: those of federations in the scope, and those of the whole installation,
/// whose findings are shown only to readers of the whole installation.
pub fn list(conn: &mut Conn, scope: &Scope) -> Result<Vec<JobLine>, StoreError> {
    let mut lines = Vec::new();
    for row in schedule::all(conn)? {
        if let Some(line) = line(conn, scope, row)? {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// One job, if the reader may see it.
pub fn find(conn: &mut Conn, scope: &Scope, name: &str) -> Result<Option<JobLine>, StoreError> {
    match schedule::find(conn, name)? {
        Some(row) => line(conn, scope, row),
        None => Ok(None),
    }
}

/// The latest runs of a job that the reader may see, newest first.
pub fn runs(
    conn: &mut Conn,
    scope: &Scope,
    name: &str,
    limit: i64,
) -> Result<Vec<RunLine>, StoreError> {
    let Some(row) = schedule::find(conn, name)? else {
        return Ok(Vec::new());
    };
    match sight(conn, scope, &row)? {
        Sight::Nothing => Ok(Vec::new()),
        Sight::Times => Ok(schedule::runs(conn, name, limit)?
            .into_iter()
            .map(|run| RunLine::from(run).without_findings())
            .collect()),
        Sight::Everything => Ok(schedule::runs(conn, name, limit)?
            .into_iter()
            .map(RunLine::from)
            .collect()),
    }
}

impl RunLine {
    fn without_findings(self) -> Self {
        Self {
            result: None,
            error: None,
            ..self
        }
    }
}

enum Sight {
    Nothing,
    Times,
    Everything,
}

fn sight(conn: &mut Conn, scope: &Scope, row: &JobRow) -> Result<Sight, StoreError> {
    Ok(match (scope.roots(), row.unit_id) {
        (None, _) => Sight::Everything,
        (Some([]), _) => Sight::Nothing,
        (Some(_), None) => Sight::Times,
        (Some(_), Some(unit_id)) if super::seen_in_full(conn, scope, &[unit_id])?.is_empty() => {
            Sight::Nothing
        }
        (Some(_), Some(_)) => Sight::Everything,
    })
}

fn line(conn: &mut Conn, scope: &Scope, row: JobRow) -> Result<Option<JobLine>, StoreError> {
    let sight = sight(conn, scope, &row)?;
    if matches!(sight, Sight::Nothing) {
        return Ok(None);
    }
    let last = schedule::runs(conn, &row.name, 1)?.pop().map(RunLine::from);
    let last = if matches!(sight, Sight::Times) {
        last.map(RunLine::without_findings)
    } else {
        last
    };
    let unit_name = match row.unit_id {
        Some(id) => unit::table
            .find(id)
            .select(unit::name)
            .first(conn)
            .optional()?,
        None => None,
    };
    Ok(Some(JobLine {
        next_at: row.next_at,
        retry_at: row.retry_at,
        running: row.lease_token.is_some(),
        name: row.name,
        unit_id: row.unit_id,
        unit_name,
        cron: row.cron,
        catch_up: row.catch_up,
        enabled: row.enabled,
        last,
        version: row.version,
    }))
}
