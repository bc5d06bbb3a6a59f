//! The schedule as people read and change it: which jobs there are, when they run, how late they
//! are. What runs them is `worker::runner`.

pub mod clock_jump;
pub mod purge;
pub mod set_aside;
pub(crate) mod set_aside_mail;

mod kinds;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::config::WorkerSettings;
use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::schedule::Cron;
use crate::domain::text::{ZONE, clean};
use crate::service::core::access::{Action, require_of};
use crate::service::core::tx::Tx;
use crate::service::operation::health::{Backups, backups};
use crate::service::{App, Error};
use crate::store::schedule::{self as rows, JobRow};
use crate::store::types::At;
use crate::store::views::jobs as view;
pub use crate::store::views::jobs::{JobLine, RunLine};
use crate::store::{self, Conn, StoreError, units};

pub use kinds::{
    ALL, BACKUP, CLOSE_PERIODS, HALF_YEAR_REPORT, JobKind, MONTHLY_TABLE, OPEN_PERIODS, PURGE,
    Rows, SUMMARY, SWEEP, WEEKLY_DIGEST, kind_of, starts_off, within,
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
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<JobLine>, Error> {
    Ok(view::list(tx.conn, &tx.scope())?)
}

/// One job.
pub fn find(tx: &mut Tx<'_>, name: &str) -> Result<JobLine, Error> {
    view::find(tx.conn, &tx.scope(), name)?.ok_or(Error::not_found("job"))
}

/// What the actor may do about a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobRights {
    /// Change its time, pause it, resume it.
    pub change: bool,
    /// Have it run now.
    pub run: bool,
}

/// What the actor may do about a job that they see.
pub fn rights(tx: &mut Tx<'_>, job: &JobLine) -> Result<JobRights, Error> {
    let over_everybody = tx.require_over_everybody(Action::Operate).is_ok();
    Ok(match job.unit_id {
        Some(unit) => JobRights {
            change: tx.may(Action::ManageRules, unit)?,
            run: tx.may(Action::Operate, unit)?,
        },
        None => JobRights {
            change: over_everybody,
            run: over_everybody,
        },
    })
}

/// The latest runs of a job, newest first, at most `limit` (1 to 500).
///
/// # Errors
/// `page_limit`; [`Error::NotFound`].
pub fn runs(tx: &mut Tx<'_>, name: &str, limit: u32) -> Result<Vec<RunLine>, Error> {
    if !(1..=RUNS_SHOWN).contains(&limit) {
        return Err(Invalid::new("limit", "page_limit")
            .with("max", RUNS_SHOWN)
            .into());
    }
    find(tx, name)?;
    Ok(view::runs(tx.conn, &tx.scope(), name, i64::from(limit))?)
}

/// Changes a job's line or switches it on or off; its next instant is the first one of its line
/// after `now`, unless one is overdue: that one is still run.
///
/// # Errors
/// Every fault of the line; [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Stale`] if somebody
/// changed it first.
pub fn change(tx: &mut Tx<'_>, name: &str, change: &Change) -> Result<JobLine, Error> {
    if change.cron.is_none() && change.enabled.is_none() {
        return Err(Invalid::new("", "job_unchanged").into());
    }
    let line = change
        .cron
        .as_deref()
        .map(|line| Cron::new(&clean(line), ZONE, tx.now))
        .transpose()?;
    let old = load(tx, Action::ManageRules, name)?;
    if let Some(named) = change.version {
        tx.require_current(old.version, named)?;
    }
    let mut new = old.clone();
    new.cron = line.map_or(new.cron, |line| line.line().to_owned());
    new.enabled = change.enabled.unwrap_or(new.enabled);
    let overdue = old.enabled && old.next_at.is_some_and(|at| *at <= tx.now);
    // an instant that is being run or tried again is not forgotten because the line changes
    if (new.enabled && !old.enabled) || (new.cron != old.cron && !overdue) {
        let next = Cron::stored(&new.cron, ZONE)?.next_after(tx.now);
        new.next_at = next.map(At);
        new.retry_at = None;
    }
    let told = |row: &JobRow| json!({ "cron": row.cron, "enabled": row.enabled });
    save(tx, &new)?;
    tx.audit("change", "job", name)
        .unit(old.unit_id)
        .old(&told(&old))
        .new_value(&told(&new))
        .record()?;
    find(tx, name)
}

/// Makes a job due at `now`, or lets it try again at once if it is late already; some runner takes
/// it within its tick.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] if the job is disabled or
/// running.
pub fn run_now(tx: &mut Tx<'_>, name: &str) -> Result<JobLine, Error> {
    let old = load(tx, Action::Operate, name)?;
    let conflict = |code| Error::Conflict(Invalid::new("", code).with("value", name));
    if !old.enabled {
        return Err(conflict("job_disabled"));
    }
    if old.is_held_after(tx.now) {
        return Err(conflict("job_running"));
    }
    let is_due = old.next_at.is_some_and(|at| *at <= tx.now);
    let new = JobRow {
        next_at: if is_due {
            old.next_at
        } else {
            Some(At(tx.now))
        },
        retry_at: None,
        ..old.clone()
    };
    let told = |row: &JobRow| json!({ "next_at": row.next_at, "retry_at": row.retry_at });
    save(tx, &new)?;
    tx.audit("run", "job", name)
        .unit(old.unit_id)
        .old(&told(&old))
        .new_value(&told(&new))
        .record()?;
    find(tx, name)
}

/// The row, if the actor may do this to it: what belongs to the whole installation takes an
/// operator over everybody.
fn load(tx: &mut Tx<'_>, action: Action, name: &str) -> Result<JobRow, Error> {
    find(tx, name)?;
    let row = rows::find(tx.conn, name)?.ok_or(Error::not_found("job"))?;
    match row.unit_id {
        Some(unit_id) => require_of(tx.conn, tx.actor, action, unit_id, "job")?,
        None => tx.require_over_everybody(Action::Operate)?,
    }
    Ok(row)
}

fn save(tx: &mut Tx<'_>, row: &JobRow) -> Result<(), Error> {
    if rows::change(tx.conn, row)? {
        Ok(())
    } else {
        Err(Error::Stale)
    }
}

/// Makes the job that opens periods due at `now`: a plan has begun. It works in batches, too much
/// for a request.
pub(crate) fn open_soon(conn: &mut Conn, now: DateTime<Utc>) -> Result<(), Error> {
    ensure_kinds(conn, [&OPEN_PERIODS], &WorkerSettings::default(), now)?;
    let waiting =
        rows::find(conn, OPEN_PERIODS.name)?.filter(|row| row.next_at.is_none_or(|at| *at > now));
    if let Some(row) = waiting {
        let soon = JobRow {
            next_at: Some(At(now)),
            retry_at: None,
            ..row
        };
        rows::change(conn, &soon)?;
    }
    Ok(())
}

/// How the jobs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// How late the latest job is: zero if nothing is due. A run that goes on counts as late until
    /// it is done, and so does one that fails again and again.
    pub late: TimeDelta,
    /// When it was found that the clock had run ahead, if that was within a week.
    pub clock_jumped_at: Option<DateTime<Utc>>,
    /// How many rows no job can judge.
    pub set_aside: i64,
    /// The backups.
    pub backups: Backups,
}

/// How the jobs are.
pub fn health(app: &App, now: DateTime<Utc>) -> Result<Health, Error> {
    app.read(&Actor::system(), now, health_of)
}

/// How the jobs are, at the instant of a transaction.
pub fn health_of(tx: &mut Tx<'_>) -> Result<Health, Error> {
    let (oldest, now) = (rows::oldest_next(tx.conn)?, tx.now);
    Ok(Health {
        late: oldest.map_or(TimeDelta::zero(), |at| (now - *at).max(TimeDelta::zero())),
        clock_jumped_at: clock_jump::last(tx.conn, now)?,
        set_aside: store::set_aside::count(tx.conn)?,
        backups: backups(tx)?,
    })
}

/// Gives every job its rows, those of federations included, and stores the policies that the
/// settings ask for now. Safe to repeat; call it in the transaction that creates a federation.
pub fn ensure(conn: &mut Conn, settings: &WorkerSettings, now: DateTime<Utc>) -> Result<(), Error> {
    ensure_kinds(conn, ALL, settings, now)
}

/// [`ensure`] for the given jobs.
///
/// # Errors
/// A default line that makes no sense.
pub fn ensure_kinds<'k>(
    conn: &mut Conn,
    kinds: impl IntoIterator<Item = &'k JobKind>,
    settings: &WorkerSettings,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let known = rows::all(conn)?;
    let kinds: Vec<&JobKind> = kinds.into_iter().collect();
    let federations = if kinds.iter().any(|kind| kind.rows == Rows::EachFederation) {
        units::federations(conn)?
    } else {
        Vec::new()
    };
    for kind in kinds {
        let units: Vec<Option<UnitId>> = match kind.rows {
            Rows::App => vec![None],
            Rows::EachFederation => federations.iter().map(|unit| Some(unit.id)).collect(),
        };
        for unit_id in units {
            let wanted = new_row(kind, unit_id, settings, now)?;
            match known.iter().find(|row| row.name == wanted.name) {
                Some(row) if row.catch_up != wanted.catch_up => {
                    rows::set_catch_up(conn, &row.name, &wanted.catch_up)?;
                }
                Some(_) => {}
                None => {
                    rows::insert_if_absent(conn, &wanted)?;
                }
            }
        }
    }
    Ok(())
}

fn new_row(
    kind: &JobKind,
    unit_id: Option<UnitId>,
    settings: &WorkerSettings,
    now: DateTime<Utc>,
) -> Result<JobRow, Error> {
    Ok(JobRow {
        name: unit_id.map_or_else(|| kind.name.to_owned(), |id| kind.row_name(id)),
        unit_id,
        cron: kind.cron.to_owned(),
        catch_up: (kind.catch_up)(settings).to_text(),
        enabled: !starts_off(kind),
        next_at: Cron::new(kind.cron, ZONE, now)?.next_after(now).map(At),
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
