//! Calendars: reading, entering, copying and replacing them.
//!
//! A calendar is shipped with the program, or stored and belongs to a federation. A shipped one has
//! the version 0 and is never replaced: a federation that wants other facts copies it. A stored one
//! is used by its federation and all units below it, and changed by roles over the whole of it. Every
//! change counts the version up by one. Obligations store the version that they were computed
//! with, so that those that are behind it can be found.

mod change;
mod owner;
mod view;

use serde::{Deserialize, Serialize};

pub use crate::domain::calendar::MonthDay;
use crate::domain::calendar::{Calendar, CalendarSpec, shipped};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::service::obligations::changes::calendar_changed;
use crate::service::{Error, Tx};
use crate::store::StoreError;
use crate::store::calendars::{self, CalendarRow};
use crate::store::types::{At, Json};

pub(crate) use change::code_of_copy;
pub use change::{AdoptCalendar, CalendarImpact, MovedDeadline, Told, adopt, edit, impact};
pub use view::{CalendarMonth, CalendarUse, Coverage, Settling, days_off, month, uses};

use owner::{is_seen, owner_for, require_may_change};
pub(crate) use owner::{is_usable, left_behind, pass_on};

/// What is written in a calendar, and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarBody)]
pub struct CalendarVersion {
    /// What is written in it.
    #[serde(flatten)]
    pub spec: CalendarSpec,
    /// The federation that it belongs to; `null` if shipped.
    pub unit_id: Option<UnitId>,
    /// Code of the calendar that it was copied from.
    pub copied_from: Option<String>,
    /// The version of that calendar at the time; 0 = shipped.
    pub copied_version: Option<i32>,
    /// Goes up with every change; 0 = shipped with the program.
    pub version: i32,
    /// When it was changed last; `null` if shipped.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub updated_at: Option<At>,
}

/// The code of a copy, and what it says otherwise than its original.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyCalendar {
    /// The code of the copy.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub code: String,
    /// Its name; that of the original if absent.
    #[serde(default, deserialize_with = "crate::domain::text::read")]
    pub name: Option<String>,
    /// The federation that it is to belong to; may be left out by those who manage only one.
    pub unit_id: Option<UnitId>,
}

/// The calendars that the actor may use, by code: the shipped ones, and those of federations that the
/// actor may read or is bound by.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<CalendarVersion>, Error> {
    let mut all = Vec::new();
    let mut stored = Vec::new();
    for row in calendars::list(tx.conn)? {
        stored.push(row.code.clone());
        if is_seen(tx, row.unit_id)? {
            all.push(CalendarVersion::from(row));
        }
    }
    let shipped = shipped::codes().filter(|code| !stored.iter().any(|known| known == code));
    all.extend(
        shipped
            .filter_map(shipped::calendar)
            .map(CalendarVersion::from),
    );
    all.sort_by(|a, b| a.spec.code.cmp(&b.spec.code));
    Ok(all)
}

/// The calendar with this code, stored or shipped.
///
/// # Errors
/// [`Error::NotFound`], also for a calendar of a federation that the actor neither may read nor is
/// bound by.
pub fn get(tx: &mut Tx<'_>, code: &str) -> Result<CalendarVersion, Error> {
    let missing = || Error::not_found("calendar");
    match calendars::find(tx.conn, code)? {
        Some(row) if is_seen(tx, row.unit_id)? => Ok(row.into()),
        Some(_) => Err(missing()),
        None => shipped::calendar(code).map(Into::into).ok_or_else(missing),
    }
}

/// Enters a calendar of a federation (`None`: of the one that the actor manages) under a code that
/// is neither stored nor shipped.
///
/// # Errors
/// Every fault of the calendar with its place; a code that is taken; a unit that is no federation,
/// or none where the actor manages several; [`Error::Forbidden`].
pub fn create(
    tx: &mut Tx<'_>,
    spec: &CalendarSpec,
    unit_id: Option<UnitId>,
) -> Result<CalendarVersion, Error> {
    let owner = owner_for(tx, unit_id)?;
    let row = enter(tx, CalendarRow::new(spec.clone(), owner, tx.now))?;
    tx.audit("create", "calendar", &row.code)
        .unit(owner)
        .new_value(&row.spec)
        .record()?;
    Ok(row.into())
}

/// Copies a calendar that the actor may read for a federation: from then on the copy is that
/// federation's to change. It keeps what it was copied from.
///
/// # Errors
/// As [`create`]; [`Error::NotFound`].
pub fn copy(tx: &mut Tx<'_>, code: &str, copy: &CopyCalendar) -> Result<CalendarVersion, Error> {
    let original = get(tx, code)?;
    let owner = owner_for(tx, copy.unit_id)?;
    let mut spec = original.spec;
    spec.code.clone_from(&copy.code);
    if let Some(name) = &copy.name {
        spec.name.clone_from(name);
        spec.name_en = None;
    }
    let row = CalendarRow {
        copied_from: Some(code.to_owned()),
        copied_version: Some(original.version),
        ..CalendarRow::new(spec, owner, tx.now)
    };
    let made = CalendarVersion::from(enter(tx, row)?);
    tx.audit("copy", "calendar", &made.spec.code)
        .unit(owner)
        .new_value(&made)
        .record()?;
    Ok(made)
}

/// Replaces what is written in a calendar, if nobody did since `version`. The next sweep computes
/// open obligations again, batch by batch, and tells whom it concerns.
///
/// # Errors
/// Every fault of the calendar with its place; [`Error::Conflict`] for a shipped one;
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Forbidden`].
pub fn replace(
    tx: &mut Tx<'_>,
    code: &str,
    spec: &CalendarSpec,
    version: i32,
) -> Result<CalendarVersion, Error> {
    let before = get(tx, code)?;
    require_may_change(tx, &before)?;
    let mut faults = Calendar::compile(spec).err().unwrap_or_default();
    if spec.code != code {
        let fault = Invalid::new("code", "calendar_in_code");
        faults.push(fault.with("value", spec.code.escape_debug()));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    tx.require_current(before.version, version)?;
    let row = save(tx, spec)?;
    calendar_changed(tx, code)?;
    tx.audit("replace", "calendar", code)
        .unit(row.unit_id)
        .old(&before.spec)
        .new_value(spec)
        .record()?;
    Ok(row.into())
}

/// Writes a new calendar.
fn enter(tx: &mut Tx<'_>, row: CalendarRow) -> Result<CalendarRow, Error> {
    let mut faults = Calendar::compile(&row.spec).err().unwrap_or_default();
    let taken = || Invalid::new("code", "duplicate").with("value", &row.code);
    if shipped::calendar(&row.code).is_some() || calendars::find(tx.conn, &row.code)?.is_some() {
        faults.push(taken());
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    calendars::insert(tx.conn, &row).map_err(|error| match error {
        StoreError::Unique(_) => taken().into(),
        error => Error::from(error),
    })?;
    Ok(row)
}

fn save(tx: &mut Tx<'_>, spec: &CalendarSpec) -> Result<CalendarRow, Error> {
    let row = calendars::find(tx.conn, &spec.code)?.ok_or(Error::not_found("calendar"))?;
    let row = CalendarRow {
        spec: Json(spec.clone()),
        version: row.version + 1,
        updated_at: At(tx.now),
        ..row
    };
    if calendars::update(tx.conn, &row)? {
        Ok(row)
    } else {
        Err(Error::Stale)
    }
}

impl From<CalendarRow> for CalendarVersion {
    fn from(row: CalendarRow) -> Self {
        Self {
            spec: row.spec.0,
            unit_id: row.unit_id,
            copied_from: row.copied_from,
            copied_version: row.copied_version,
            version: row.version,
            updated_at: Some(row.updated_at),
        }
    }
}

/// A shipped calendar.
impl From<CalendarSpec> for CalendarVersion {
    fn from(spec: CalendarSpec) -> Self {
        Self {
            spec,
            unit_id: None,
            copied_from: None,
            copied_version: None,
            version: 0,
            updated_at: None,
        }
    }
}
