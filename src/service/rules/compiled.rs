//! Calendars ready for counting, compiled once for each version.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::domain::calendar::{Calendar, CalendarSpec, shipped};
use crate::service::Error;
use crate::store::{Conn, StoreError, calendars};

/// The compiled calendars of one database, by code. Stored specifications are long: they are
/// compared as text, and parsed only when they changed.
#[derive(Debug, Default)]
pub struct CompiledCalendars(RwLock<HashMap<String, Compiled>>);

#[derive(Debug)]
struct Compiled {
    version: i32,
    /// The text that it was compiled from; empty for a shipped calendar. A transaction that is
    /// rolled back may leave a version here that is written again with another text.
    text: String,
    calendar: Calendar,
}

impl CompiledCalendars {
    /// The calendar with this code and its version (0: as shipped), as the transaction sees it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a code that is neither stored nor shipped.
    pub fn get(&self, conn: &mut Conn, code: &str) -> Result<(Calendar, i32), Error> {
        let (version, text) = calendars::find_text(conn, code)?.unwrap_or_default();
        if let Some(known) = self.known(code, version, &text) {
            return Ok((known, version));
        }
        let spec: CalendarSpec = if version == 0 {
            shipped::calendar(code).ok_or_else(|| Error::not_found("calendar"))?
        } else {
            serde_json::from_str(&text).map_err(|e| corrupt(code, &e))?
        };
        let calendar = Calendar::compile(&spec).map_err(|faults| corrupt(code, &faults))?;
        let compiled = Compiled {
            version,
            text,
            calendar: calendar.clone(),
        };
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(code.to_owned(), compiled);
        Ok((calendar, version))
    }

    fn known(&self, code: &str, version: i32, text: &str) -> Option<Calendar> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(code)
            .filter(|known| known.version == version && known.text == text)
            .map(|known| known.calendar.clone())
    }
}

fn corrupt(code: &str, cause: &dyn std::fmt::Debug) -> StoreError {
    StoreError::Corrupt(format!("calendar {code}: {cause:?}"))
}
