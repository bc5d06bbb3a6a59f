//! The schedule as people read and change it: which jobs there are, when they run, how late they
//! are. What runs them is `worker::runner`.

pub mod purge;

mod kinds;

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::WorkerSettings;
use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::schedule::Cron;
use crate::domain::text::ZONE;
use crate::service::core::access::{Action, require_by_any_role, require_of, scope};
use crate::service::core::audit;
use crate::service::{App, Error};
use crate::store::schedule::{self as rows, JobRow};
use crate::store::types::At;
use crate::store::views::jobs as view;
pub use crate::store::views::jobs::{JobLine, RunLine};
use crate::store::{Conn, StoreError, units};

pub use kinds::{
    ALL, CLOSE_PERIODS, JobKind, OPEN_PERIODS, PURGE, Rows, SUMMARY, SWEEP, kind_of, within,
};

/// Most runs that one answer shows.
const RUNS_SHOWN: u32 = 500;

/// What to change about a job; absent = as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Another cron line.
    pub cron: Option<String>,
    /// On or off. A job switched on again starts with its next instant: what passed meanwhile was
    /// meant to.
    pub enabled: Option<bool>,
    /// The version that the change was made against; absent = whatever is there now.
    pub version: Option<i32>,
}

/// The jobs that the actor may see, by name.
pub fn list(app: &App, actor: &Actor) -> Result<Vec<JobLine>, Error> {
    app.store.read(|conn| Ok(view::list(conn, &scope(actor))?))
}

/// One job.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(app: &App, actor: &Actor, name: &str) -> Result<JobLine, Error> {
    app.store
        .read(|conn| view::find(conn, &scope(actor), name)?.ok_or(Error::not_found("job")))
}

/// The latest runs of a job, newest first, at most `limit` (1 to 500).
///
/// # Errors
/// `page_limit`; [`Error::NotFound`].
pub fn runs(app: &App, actor: &Actor, name: &str, limit: u32) -> Result<Vec<RunLine>, Error> {
    if !(1..=RUNS_SHOWN).contains(&limit) {
        return Err(Invalid::new("limit", "page_limit")
            .with("max", RUNS_SHOWN)
            .into());
    }
    app.store.read(|conn| {
        view::find(conn, &scope(actor), name)?.ok_or(Error::not_found("job"))?;
        Ok(view::runs(conn, &scope(actor), name, i64::from(limit))?)
    })
}

/// Changes a job's line or switches it on or off; its next instant is the first one of its line
/// after `now`, unless one is overdue: that one is still run.
///
/// # Errors
/// Every fault of the line; [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Stale`] if somebody
/// changed it first.
pub fn change(
    app: &App,
    actor: &Actor,
    name: &str,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<JobLine, Error> {
    if change.cron.is_none() && change.enabled.is_none() {
        return Err(Invalid::new("", "job_unchanged").into());
    }
    let line = change
        .cron
        .as_deref()
        .map(|line| Cron::new(line.trim(), ZONE, now))
        .transpose()?;
    app.store.write(|conn| {
        let old = may(conn, actor, Action::ManageRules, name)?;
        if change.version.is_some_and(|known| known != old.version) {
            return Err(Error::Stale);
        }
        let mut new = old.clone();
        new.cron = line
            .as_ref()
            .map_or(new.cron, |line| line.line().to_owned());
        new.enabled = change.enabled.unwrap_or(new.enabled);
        let overdue = old.enabled && old.next_at.is_some_and(|at| *at <= now);
        // an instant that is being run or tried again is not forgotten because the line changes
        if (new.enabled && !old.enabled) || (new.cron != old.cron && !overdue) {
            new.next_at = Cron::stored(&new.cron, ZONE)?.next_after(now).map(At);
            new.retry_at = None;
        }
        if !rows::change(conn, &new)? {
            return Err(Error::Stale);
        }
        let said = |row: &JobRow| serde_json::json!({ "cron": row.cron, "enabled": row.enabled });
        let mut entry = audit::Entry::new(actor, now, "change", "job", name)
            .old(&said(&old))?
            .new_value(&said(&new))?;
        if let Some(unit_id) = old.unit_id {
            entry = entry.unit(unit_id);
        }
        entry.record(conn)?;
        view::find(conn, &scope(actor), name)?.ok_or(Error::not_found("job"))
    })
}

/// Makes a job due at `now`, or lets it try again at once if it is late already; some runner takes
/// it within its tick.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] if the job is disabled or
/// running.
pub fn run_now(app: &App, actor: &Actor, name: &str, now: DateTime<Utc>) -> Result<JobLine, Error> {
    app.store.write(|conn| {
        let old = may(conn, actor, Action::Operate, name)?;
        let mut row = old.clone();
        if !row.enabled {
            return Err(Error::Conflict(
                Invalid::new("", "job_disabled").with("value", name),
            ));
        }
        if row.lease_until.is_some_and(|until| *until > now) {
            return Err(Error::Conflict(
                Invalid::new("", "job_running").with("value", name),
            ));
        }
        if row.next_at.is_none_or(|at| *at > now) {
            row.next_at = Some(At(now));
        }
        row.retry_at = None;
        if !rows::change(conn, &row)? {
            return Err(Error::Stale);
        }
        let said =
            |row: &JobRow| serde_json::json!({ "next_at": row.next_at, "retry_at": row.retry_at });
        let mut entry = audit::Entry::new(actor, now, "run", "job", name)
            .old(&said(&old))?
            .new_value(&said(&row))?;
        if let Some(unit_id) = row.unit_id {
            entry = entry.unit(unit_id);
        }
        entry.record(conn)?;
        view::find(conn, &scope(actor), name)?.ok_or(Error::not_found("job"))
    })
}

/// The row, if the actor may do this to it: what belongs to the whole house takes an operator.
fn may(conn: &mut Conn, actor: &Actor, action: Action, name: &str) -> Result<JobRow, Error> {
    let missing = || Error::not_found("job");
    view::find(conn, &scope(actor), name)?.ok_or_else(missing)?;
    let row = rows::find(conn, name)?.ok_or_else(missing)?;
    match row.unit_id {
        Some(unit_id) => require_of(conn, actor, action, unit_id, "job")?,
        None => require_by_any_role(actor, Action::Operate)?,
    }
    Ok(row)
}

/// Makes the job that opens periods due at `now`: a plan has begun. It works in batches, too much
/// for a request.
pub(crate) fn open_soon_in(conn: &mut Conn, now: DateTime<Utc>) -> Result<(), Error> {
    ensure_kinds_in(conn, [&OPEN_PERIODS], &WorkerSettings::default(), now)?;
    let row =
        rows::find(conn, OPEN_PERIODS.name)?.filter(|row| row.next_at.is_none_or(|at| *at > now));
    if let Some(row) = row {
        rows::change(
            conn,
            &JobRow {
                next_at: Some(At(now)),
                retry_at: None,
                ..row
            },
        )?;
    }
    Ok(())
}

/// How late the latest job is: zero if nothing is due. A run that goes on counts as late until it
/// is done, and so does one that fails again and again.
pub fn lateness(app: &App, now: DateTime<Utc>) -> Result<TimeDelta, Error> {
    let oldest = app.store.read(rows::oldest_next)?;
    Ok(oldest.map_or(TimeDelta::zero(), |at| (now - *at).max(TimeDelta::zero())))
}

/// Gives every job its rows, those of federations included, and stores the policies that the
/// settings ask for now. Safe to repeat; call it in the transaction that founds a federation.
pub fn ensure_in(
    conn: &mut Conn,
    settings: &WorkerSettings,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    ensure_kinds_in(conn, ALL.iter(), settings, now)
}

/// [`ensure_in`] for the given jobs.
///
/// # Errors
/// Only the database's own, and a default line that makes no sense.
pub fn ensure_kinds_in<'k>(
    conn: &mut Conn,
    kinds: impl IntoIterator<Item = &'k JobKind>,
    settings: &WorkerSettings,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let known = rows::all(conn)?;
    let kinds: Vec<&JobKind> = kinds.into_iter().collect();
    let federations: Vec<i64> = if kinds.iter().any(|kind| kind.rows == Rows::EachFederation) {
        units::federations(conn)?
            .into_iter()
            .map(|unit| unit.id)
            .collect()
    } else {
        Vec::new()
    };
    for kind in kinds {
        let names: Vec<(String, Option<i64>)> = match kind.rows {
            Rows::App => vec![(kind.name.to_owned(), None)],
            Rows::EachFederation => federations
                .iter()
                .map(|id| (kind.row_name(*id), Some(*id)))
                .collect(),
        };
        let catch_up = (kind.catch_up)(settings).to_text();
        for (name, unit_id) in names {
            match known.iter().find(|row| row.name == name) {
                Some(row) if row.catch_up != catch_up => {
                    rows::set_catch_up(conn, &name, &catch_up)?
                }
                Some(_) => {}
                None => {
                    rows::insert_if_absent(
                        conn,
                        &new_row(kind, name, unit_id, catch_up.clone(), now)?,
                    )?;
                }
            }
        }
    }
    Ok(())
}

fn new_row(
    kind: &JobKind,
    name: String,
    unit_id: Option<i64>,
    catch_up: String,
    now: DateTime<Utc>,
) -> Result<JobRow, Error> {
    let next_at = Cron::new(kind.cron, ZONE, now)?.next_after(now).map(At);
    Ok(JobRow {
        name,
        unit_id,
        cron: kind.cron.to_owned(),
        catch_up,
        enabled: true,
        next_at,
        retry_at: None,
        lease_until: None,
        lease_token: None,
        version: 1,
    })
}

/// A stored line that this version can't read.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn stored_line(row: &JobRow) -> Result<Cron, StoreError> {
    Cron::stored(&row.cron, ZONE)
        .map_err(|fault| StoreError::Corrupt(format!("job.cron of {}: {fault}", row.name)))
}
