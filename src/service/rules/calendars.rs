//! Calendars: reading, entering and replacing them.
//!
//! A calendar is stored, or shipped with the program and not stored: then its version is 0. Every
//! change counts the version up by one. Obligations store the version that they were computed
//! with, so that those that are behind it can be found.

use serde::Serialize;

use crate::domain::calendar::{Calendar, CalendarSpec, shipped};
use crate::domain::error::Invalid;
use crate::service::core::access::{self, Action};
use crate::service::obligations::changes::calendar_changed;
use crate::service::{Error, Tx};
use crate::store::calendars::{self, CalendarRow};
use crate::store::types::{At, Json};
use crate::store::{Conn, StoreError};

/// What is written in a calendar, and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarBody)]
pub struct CalendarVersion {
    /// What is written in it.
    #[serde(flatten)]
    pub spec: CalendarSpec,
    /// Goes up with every change; 0 = shipped with the program and never changed here.
    pub version: i32,
    /// When it was changed last; `null` if shipped.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub updated_at: Option<At>,
}

/// All calendars by code: the stored ones, and the shipped ones that nobody changed. Every
/// actor with a role can read calendars.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<CalendarVersion>, Error> {
    let rows = calendars::list(tx.conn)?;
    let mut all: Vec<CalendarVersion> = rows.into_iter().map(stored).collect();
    for code in shipped::codes() {
        if !all.iter().any(|calendar| calendar.spec.code == code) {
            all.extend(shipped::calendar(code).map(untouched));
        }
    }
    all.sort_by(|a, b| a.spec.code.cmp(&b.spec.code));
    Ok(all)
}

/// The calendar with this code, stored or shipped.
pub fn get(tx: &mut Tx<'_>, code: &str) -> Result<CalendarVersion, Error> {
    match calendars::find(tx.conn, code)? {
        Some(row) => Ok(stored(row)),
        None => shipped::calendar(code)
            .map(untouched)
            .ok_or_else(|| Error::not_found("calendar")),
    }
}

/// Enters a calendar under a code that is neither stored nor shipped.
///
/// # Errors
/// Every fault of the calendar with its place; a code that is taken; [`Error::Forbidden`].
pub fn create(tx: &mut Tx<'_>, spec: &CalendarSpec) -> Result<CalendarVersion, Error> {
    access::require_by_any_role(tx.actor, Action::ManageRules)?;
    let mut faults = Calendar::compile(spec).err().unwrap_or_default();
    if is_known(tx.conn, &spec.code)? {
        faults.push(taken(&spec.code));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    insert(tx, spec)?;
    tx.audit("create", "calendar", &spec.code)
        .new_value(spec)
        .record()?;
    Ok(CalendarVersion {
        spec: spec.clone(),
        version: 1,
        updated_at: Some(At(tx.now)),
    })
}

/// Replaces what is written in a calendar, if nobody did since `version` (0 = the shipped one is
/// replaced for the first time). The next sweep computes open obligations again, batch by batch,
/// and tells whom it concerns.
///
/// # Errors
/// Every fault of the calendar with its place; [`Error::NotFound`], [`Error::Stale`],
/// [`Error::Forbidden`].
pub fn replace(
    tx: &mut Tx<'_>,
    code: &str,
    spec: &CalendarSpec,
    version: i32,
) -> Result<CalendarVersion, Error> {
    access::require_by_any_role(tx.actor, Action::ManageRules)?;
    let before = get(tx, code)?;
    let mut faults = Calendar::compile(spec).err().unwrap_or_default();
    if spec.code != code {
        let fault = Invalid::new("code", "calendar_in_code");
        faults.push(fault.with("value", spec.code.escape_debug()));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    tx.require_current(before.version, version)?;
    save(tx, spec)?;
    calendar_changed(tx, code)?;
    tx.audit("replace", "calendar", code)
        .old(&before.spec)
        .new_value(spec)
        .record()?;
    Ok(CalendarVersion {
        spec: spec.clone(),
        version: before.version + 1,
        updated_at: Some(At(tx.now)),
    })
}

/// Whether a calendar with this code is stored or shipped.
pub(crate) fn is_known(conn: &mut Conn, code: &str) -> Result<bool, StoreError> {
    Ok(shipped::calendar(code).is_some() || calendars::find_text(conn, code)?.is_some())
}

fn save(tx: &mut Tx<'_>, spec: &CalendarSpec) -> Result<(), Error> {
    let Some(row) = calendars::find(tx.conn, &spec.code)? else {
        return insert(tx, spec);
    };
    let row = CalendarRow {
        spec: Json(spec.clone()),
        version: row.version + 1,
        updated_at: At(tx.now),
        ..row
    };
    if calendars::update(tx.conn, &row)? {
        Ok(())
    } else {
        Err(Error::Stale)
    }
}

fn insert(tx: &mut Tx<'_>, spec: &CalendarSpec) -> Result<(), Error> {
    let row = CalendarRow {
        id: 0,
        code: spec.code.clone(),
        spec: Json(spec.clone()),
        version: 1,
        created_at: At(tx.now),
        updated_at: At(tx.now),
    };
    calendars::insert(tx.conn, &row).map_err(|error| match error {
        StoreError::Unique(_) => taken(&spec.code).into(),
        error => error.into(),
    })
}

fn stored(row: CalendarRow) -> CalendarVersion {
    CalendarVersion {
        spec: row.spec.0,
        version: row.version,
        updated_at: Some(row.updated_at),
    }
}

fn untouched(spec: CalendarSpec) -> CalendarVersion {
    CalendarVersion {
        spec,
        version: 0,
        updated_at: None,
    }
}

fn taken(code: &str) -> Invalid {
    Invalid::new("code", "duplicate").with("value", code)
}
