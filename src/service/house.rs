//! What every use case works with: the database, and the settings that decide how its work is done.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Settings;
use crate::domain::calendar::{Calendar, CalendarSpec};
use crate::service::Error;
use crate::store::Store;
use crate::store::types::to_json;

/// How many compiled calendars are kept: more than any house has, few enough to forget old versions.
const CALENDARS_KEPT: usize = 256;

/// The database and the settings, cheap to clone.
#[derive(Debug, Clone)]
pub struct House {
    /// The database.
    pub store: Store,
    /// The settings that this process was started with.
    pub settings: Arc<Settings>,
    /// Compiled calendars by the text that they were compiled from.
    calendars: Arc<Mutex<HashMap<String, Calendar>>>,
}

impl House {
    /// A house on this database.
    #[must_use]
    pub fn new(store: Store, settings: Settings) -> Self {
        Self { store, settings: Arc::new(settings), calendars: Arc::default() }
    }

    /// The same house on another store: a rehearsal's.
    #[must_use]
    pub fn on(&self, store: Store) -> Self {
        Self { store, ..self.clone() }
    }

    /// An address of a page of this server, for links in mails; `path` begins with a slash.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.settings.server.public_url)
    }

    /// The calendar of these facts, compiled at most once.
    ///
    /// # Errors
    /// Every fault of the facts.
    pub fn compile(&self, spec: &CalendarSpec) -> Result<Calendar, Error> {
        let text = to_json(spec)?;
        let mut kept = self.calendars.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(calendar) = kept.get(&text) {
            return Ok(calendar.clone());
        }
        let calendar = Calendar::compile(spec)?;
        if kept.len() >= CALENDARS_KEPT {
            kept.clear();
        }
        kept.insert(text, calendar.clone());
        Ok(calendar)
    }
}
