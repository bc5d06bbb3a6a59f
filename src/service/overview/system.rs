//! How the service is, for those who operate it: its jobs, its mails, and what cannot be judged.

use chrono::TimeDelta;

use crate::service::core::access::Action;
use crate::service::notices::mails::{self, Stats};
use crate::service::operation::health::rooms;
use crate::service::operation::room::Room;
use crate::service::schedule::{self, Health, JobLine};
use crate::service::{Error, Tx};

/// What administrators look at first.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// Whether a run is later than `worker.late_after_seconds`.
    pub is_late: bool,
    /// How the jobs are as a whole.
    pub health: Health,
    /// The jobs that the reader may see, by name.
    pub jobs: Vec<JobLine>,
    /// The outbox; `sent` counts the last 24 hours.
    pub mails: Stats,
    /// The room on the disks of the database and of the backups.
    pub rooms: Vec<Room>,
}

/// How the service is. Changes nothing.
///
/// # Errors
/// [`Error::Forbidden`] for somebody who operates nothing.
pub fn system(tx: &mut Tx<'_>) -> Result<System, Error> {
    tx.require_by_any_role(Action::Operate)?;
    let health = schedule::health_of(tx)?;
    let since = tx.now - TimeDelta::days(1);
    Ok(System {
        is_late: health.late > tx.app.settings.worker.late_after_seconds.delta(),
        health,
        jobs: schedule::list(tx)?,
        mails: mails::stats(tx, since)?,
        rooms: rooms(&tx.app.settings),
    })
}
