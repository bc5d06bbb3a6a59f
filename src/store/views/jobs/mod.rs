//! The jobs as people see them: how the last run went, when the next one comes.

mod lines;

use diesel::prelude::*;

use crate::domain::access::Scope;
use crate::domain::schedule::shown;
use crate::store::schedule::{self, JobRow};
use crate::store::schema::unit;
use crate::store::{Conn, StoreError};

pub use lines::{JobLine, RunLine};

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
            .get_result(conn)
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
        cron: shown(&row.cron),
        catch_up: row.catch_up,
        enabled: row.enabled,
        last,
        version: row.version,
    }))
}
