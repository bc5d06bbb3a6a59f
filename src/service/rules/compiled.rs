//! Calendars ready for counting, kept in memory by version.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use crate::domain::calendar::{Calendar, CalendarSpec, shipped};
use crate::domain::error::Invalid;
use crate::service::Error;
use crate::store::rules::{self, CalendarRow};
use crate::store::types::from_json;
use crate::store::{Conn, StoreError};

/// The compiled calendar with this code and its version, as the transaction sees it: one indexed
/// read; compiled once a process and version. `Lookups` keeps it for a whole transaction.
///
/// # Errors
/// [`Error::NotFound`] for a code that is neither stored nor shipped.
pub fn compiled(conn: &mut Conn, code: &str) -> Result<(Calendar, i32), Error> {
    if let Some(row) = rules::calendar(conn, code)? {
        return Ok((newest(&row)?, row.version));
    }
    let shipped = SHIPPED.get(code).cloned();
    shipped
        .map(|calendar| (calendar, 0))
        .ok_or_else(|| Error::not_found("calendar"))
}

/// The shipped calendars; that all of them compile is tested before they ship.
static SHIPPED: LazyLock<HashMap<&'static str, Calendar>> = LazyLock::new(|| {
    let compile = |code| Some((code, Calendar::compile(&shipped::calendar(code)?).ok()?));
    shipped::codes().filter_map(compile).collect()
});

/// The newest compiled version of each code.
static COMPILED: LazyLock<RwLock<HashMap<String, Compiled>>> = LazyLock::new(RwLock::default);

struct Compiled {
    version: i32,
    /// A process may know several databases, whose calendars share codes and versions.
    spec: String,
    calendar: Calendar,
}

fn newest(row: &CalendarRow) -> Result<Calendar, Error> {
    {
        let known = COMPILED.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&row.code)
            && known.version == row.version
            && known.spec == row.spec
        {
            return Ok(known.calendar.clone());
        }
    }
    let spec: CalendarSpec = from_json("calendar", &row.spec)?;
    let corrupt =
        |faults: Vec<Invalid>| StoreError::Corrupt(format!("calendar {}: {faults:?}", row.code));
    let calendar = Calendar::compile(&spec).map_err(corrupt)?;
    let fresh = Compiled {
        version: row.version,
        spec: row.spec.clone(),
        calendar: calendar.clone(),
    };
    COMPILED
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(row.code.clone(), fresh);
    Ok(calendar)
}
