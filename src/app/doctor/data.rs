//! The database, the clock, the time zone and the backups.

use chrono::{DateTime, Offset as _, TimeDelta, Utc};

use super::{Finding, Grade};
use crate::app::existing_store;
use crate::config::Settings;
use crate::domain::access::Actor;
use crate::domain::text::{ZONE, local_time};
use crate::service::operation::health::{self, Backups};
use crate::service::{App, Error};
use crate::store::{Store, StoreError};

/// How far the clocks of two machines may be apart.
const APART: TimeDelta = TimeDelta::seconds(60);

pub(super) fn examine(settings: &Settings, now: DateTime<Utc>) -> Vec<Finding> {
    let mut found = vec![zone(now)];
    let store = match existing_store(settings) {
        Ok(store) => store,
        Err(cause) => {
            found.push(unopened(&cause));
            return found;
        }
    };
    found.push(clock_of_server(&store, now));
    match store.check_whole().and_then(|()| store.check_ready()) {
        Ok(()) => found.push(Finding::ok("database", "database_ok")),
        Err(cause) => {
            found.push(unsound(&cause));
            return found;
        }
    }
    found.extend(log(&store, settings));
    let app = App::new(store, settings.clone());
    match app.read(&Actor::cli(), now, |tx| {
        Ok((health::newest(tx)?, health::backups(tx)?))
    }) {
        Ok((newest, backups)) => {
            found.push(clock(newest, now));
            found.push(backup(&backups));
        }
        Err(cause) => found.push(unread(&cause)),
    }
    found
}

fn unopened(cause: &StoreError) -> Finding {
    match cause {
        StoreError::Damaged(_) => unsound(cause),
        other => Finding::wrong("database", "database_unreachable").with("cause", other),
    }
}

fn unsound(cause: &StoreError) -> Finding {
    match cause {
        StoreError::Corrupt(why) | StoreError::Damaged(why) => {
            Finding::wrong("database", "database_damaged").with("cause", why)
        }
        other => Finding::wrong("database", "database_unready").with("cause", other),
    }
}

fn unread(cause: &Error) -> Finding {
    Finding::wrong("database", "database_unready").with("cause", cause)
}

/// The data of time zones are part of the program.
fn zone(now: DateTime<Utc>) -> Finding {
    let offset = now.with_timezone(&ZONE).offset().fix();
    let known = Finding::ok("time_zone", "zone_ok").with("zone", ZONE);
    known
        .with("offset", offset)
        .with("version", chrono_tz::IANA_TZDB_VERSION)
}

fn log(store: &Store, settings: &Settings) -> Option<Finding> {
    let bytes = store.log_bytes()?;
    let limit = settings.database.log_limit_bytes;
    let grade = match usize::try_from(bytes).is_ok_and(|bytes| bytes <= limit) {
        true => Grade::Ok,
        false => Grade::Warning,
    };
    let code = match grade {
        Grade::Ok => "log_ok",
        _ => "log_long",
    };
    Some(Finding::new(grade, "log", code).with("bytes", bytes))
}

/// What was recorded last lies in the past, unless a clock was ahead.
fn clock(newest: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Finding {
    match newest {
        Some(newest) if newest - now > APART => {
            Finding::wrong("clock", "clock_behind").with("newest", local_time(newest))
        }
        _ => Finding::ok("clock", "clock_ok"),
    }
    .with("now", local_time(now))
}

fn clock_of_server(store: &Store, now: DateTime<Utc>) -> Finding {
    match store.clock() {
        Ok(Some(there)) if (there - now).abs() > APART => Finding::warning("clock", "clock_apart")
            .with("there", local_time(there))
            .with("now", local_time(now)),
        Ok(Some(_)) => Finding::ok("clock", "clock_together"),
        Ok(None) => Finding::ok("clock", "clock_alone"),
        Err(cause) => Finding::warning("clock", "clock_unread").with("cause", cause),
    }
}

fn backup(backups: &Backups) -> Finding {
    match (&backups.directory, &backups.last) {
        (None, _) => Finding::warning("backup", "backup_none"),
        (Some(_), None) => Finding::warning("backup", "backup_never"),
        (Some(_), Some(last)) => match backups.is_old {
            true => Finding::wrong("backup", "backup_old"),
            false => Finding::ok("backup", "backup_ok"),
        }
        .with("at", local_time(last.taken_at)),
    }
}
