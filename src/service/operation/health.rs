//! How the backups and the disks are.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::backup::{self, Last};
use super::room::Room;
use crate::config::Settings;
use crate::domain::schedule::Cron;
use crate::domain::text::ZONE;
use crate::service::schedule::BACKUP;
use crate::service::{Error, Tx};
use crate::store::connection::Target;
use crate::store::{audit, schedule as rows};

/// How the backups are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backups {
    /// Their folder, if one is set.
    pub directory: Option<PathBuf>,
    /// The last one.
    pub last: Option<Last>,
    /// How long ago it was taken.
    pub age: Option<TimeDelta>,
    /// Whether it is older than two rounds of the job's schedule.
    pub is_old: bool,
}

/// How the backups are. A first one that is missing does not count as old: the job that should have
/// taken it is late then.
///
/// # Errors
/// Those of the database.
pub fn backups(tx: &mut Tx<'_>) -> Result<Backups, Error> {
    let directory = tx.app.settings.backup.directory.clone();
    let last = backup::last(tx)?;
    let age = last.as_ref().map(|last| tx.now - last.taken_at);
    let round = round(tx)?;
    let is_old = directory.is_some() && age.zip(round).is_some_and(|(age, round)| age > round * 2);
    Ok(Backups {
        directory,
        last,
        age,
        is_old,
    })
}

/// The time between the next two runs of the job.
fn round(tx: &mut Tx<'_>) -> Result<Option<TimeDelta>, Error> {
    let Some(row) = rows::find(tx.conn, BACKUP.name)? else {
        return Ok(None);
    };
    Ok(between(&row.cron, tx.now))
}

fn between(line: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let cron = Cron::stored(line, ZONE).ok()?;
    let next = cron.next_after(now)?;
    Some(cron.next_after(next)? - next)
}

/// The newest instant that was recorded: a run of a job or a line of the trail.
///
/// # Errors
/// Those of the database.
pub fn newest(tx: &mut Tx<'_>) -> Result<Option<DateTime<Utc>>, Error> {
    let (run, line) = (rows::newest_start(tx.conn)?, audit::newest(tx.conn)?);
    Ok(run.max(line).map(|at| *at))
}

/// The room for the database, if it is a file, and for the backups.
pub fn rooms(settings: &Settings) -> Vec<Room> {
    let database = match Target::parse(settings.database.url.expose()) {
        Ok(Target::Sqlite(file)) => Some(std::path::absolute(&file).unwrap_or(file)),
        _ => None,
    };
    let backups = settings.backup.directory.as_deref();
    let paths = database.as_deref().into_iter().chain(backups);
    let mut rooms: Vec<Room> = paths.filter_map(|path: &Path| Room::at(path)).collect();
    rooms.dedup();
    rooms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_the_time_between_two_runs() {
        let now = "2026-11-30T02:00:00Z".parse().unwrap();
        assert_eq!(between("0 0 1 * * *", now), Some(TimeDelta::days(1)));
        assert_eq!(between("0 0 1 * * MON", now), Some(TimeDelta::days(7)));
        assert_eq!(between("0 0 1 1 1 * 2026", now), None);
    }
}
