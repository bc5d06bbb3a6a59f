//! Calendars: reading, entering and replacing them.
//!
//! A calendar is stored, or shipped with the program and not stored: then its version is 0. Every
//! change makes the version go up by one; obligations remember the version they were computed with,
//! so that those behind it can be found.

use chrono::{DateTime, Utc};

use crate::domain::access::Actor;
use crate::domain::calendar::{Calendar, CalendarSpec, shipped};
use crate::domain::error::Invalid;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::obligations::changes::calendar_changed_in;
use crate::service::{App, Error};
use crate::store::rules::{self, CalendarRow};
use crate::store::types::{from_json, instant, micros, to_json};
use crate::store::{Conn, StoreError};

/// A calendar in its written form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarFacts {
    /// What is written.
    pub spec: CalendarSpec,
    /// Its version; 0 = shipped, never changed here.
    pub version: i32,
    /// When it was changed last; `None` if shipped.
    pub updated_at: Option<DateTime<Utc>>,
}

/// All calendars by code: the stored ones, and the shipped ones that nobody changed.
///
/// # Errors
/// Only the database's own: whoever has a role may read calendars.
pub fn list(app: &App) -> Result<Vec<CalendarFacts>, Error> {
    app.store.read(|conn| {
        let mut all = rules::calendars(conn)?
            .into_iter()
            .map(stored)
            .collect::<Result<Vec<_>, _>>()?;
        for code in shipped::codes() {
            if !all.iter().any(|calendar| calendar.spec.code == code) {
                all.extend(shipped::calendar(code).map(untouched));
            }
        }
        all.sort_by(|a, b| a.spec.code.cmp(&b.spec.code));
        Ok(all)
    })
}

/// The calendar with this code, stored or shipped.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(app: &App, code: &str) -> Result<CalendarFacts, Error> {
    app.store.read(|conn| get_in(conn, code))
}

/// Enters a calendar under a code that is neither stored nor shipped.
///
/// # Errors
/// Every fault of the calendar with its place; a code that is taken; [`Error::Forbidden`].
pub fn create(
    app: &App,
    actor: &Actor,
    spec: &CalendarSpec,
    now: DateTime<Utc>,
) -> Result<CalendarFacts, Error> {
    app.store.write(|conn| create_in(conn, actor, spec, now))
}

/// [`create`] in the caller's transaction.
///
/// # Errors
/// Those of [`create`].
pub fn create_in(
    conn: &mut Conn,
    actor: &Actor,
    spec: &CalendarSpec,
    now: DateTime<Utc>,
) -> Result<CalendarFacts, Error> {
    access::require_by_any_role(actor, Action::ManageRules)?;
    let mut faults = Calendar::compile(spec).err().unwrap_or_default();
    if shipped::calendar(&spec.code).is_some() || rules::calendar(conn, &spec.code)?.is_some() {
        faults.push(taken(&spec.code));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    insert(conn, spec, now)?;
    Entry::new(actor, now, "create", "calendar", &spec.code)
        .new_value(spec)?
        .record(conn)?;
    Ok(CalendarFacts {
        spec: spec.clone(),
        version: 1,
        updated_at: Some(now),
    })
}

/// Replaces what is written in a calendar, if nobody did since `expected_version` (0 = the shipped
/// one is replaced for the first time). The next sweep computes open obligations anew, batch by
/// batch, and tells whom it concerns.
///
/// # Errors
/// Every fault of the calendar with its place; [`Error::NotFound`], [`Error::Stale`],
/// [`Error::Forbidden`].
pub fn replace(
    app: &App,
    actor: &Actor,
    code: &str,
    spec: &CalendarSpec,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<CalendarFacts, Error> {
    app.store
        .write(|conn| replace_in(conn, actor, code, spec, expected_version, now))
}

/// [`replace`] in the caller's transaction.
///
/// # Errors
/// Those of [`replace`].
pub fn replace_in(
    conn: &mut Conn,
    actor: &Actor,
    code: &str,
    spec: &CalendarSpec,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<CalendarFacts, Error> {
    access::require_by_any_role(actor, Action::ManageRules)?;
    let before = get_in(conn, code)?;
    let mut faults = Calendar::compile(spec).err().unwrap_or_default();
    if spec.code != code {
        faults
            .push(Invalid::new("code", "calendar_in_code").with("value", spec.code.escape_debug()));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if before.version != expected_version {
        return Err(Error::Stale);
    }
    let row = rules::calendar(conn, code)?;
    match row {
        None => insert(conn, spec, now)?,
        Some(row) => {
            if !rules::update_calendar(conn, row.id, row.version, &to_json(spec)?, micros(now))? {
                return Err(Error::Stale);
            }
        }
    }
    calendar_changed_in(conn, code, now)?;
    let entry = Entry::new(actor, now, "replace", "calendar", code);
    entry.old(&before.spec)?.new_value(spec)?.record(conn)?;
    Ok(CalendarFacts {
        spec: spec.clone(),
        version: before.version + 1,
        updated_at: Some(now),
    })
}

fn get_in(conn: &mut Conn, code: &str) -> Result<CalendarFacts, Error> {
    match rules::calendar(conn, code)? {
        Some(row) => Ok(stored(row)?),
        None => shipped::calendar(code)
            .map(untouched)
            .ok_or_else(|| Error::not_found("calendar")),
    }
}

fn stored(row: CalendarRow) -> Result<CalendarFacts, StoreError> {
    let spec = from_json("calendar", &row.spec)?;
    Ok(CalendarFacts {
        spec,
        version: row.version,
        updated_at: Some(instant(row.updated_at)?),
    })
}

fn untouched(spec: CalendarSpec) -> CalendarFacts {
    CalendarFacts {
        spec,
        version: 0,
        updated_at: None,
    }
}

fn insert(conn: &mut Conn, spec: &CalendarSpec, now: DateTime<Utc>) -> Result<(), Error> {
    match rules::insert_calendar(conn, &spec.code, &to_json(spec)?, micros(now)) {
        Ok(_) => Ok(()),
        Err(StoreError::Unique(_)) => Err(taken(&spec.code).into()),
        Err(error) => Err(error.into()),
    }
}

fn taken(code: &str) -> Invalid {
    Invalid::new("code", "duplicate").with("value", code)
}
