//! What every use case works with: the database, and the settings that decide how its work is done.

use std::sync::Arc;

use crate::config::Settings;
use crate::service::accounts::sign_in::KnownSessions;
use crate::service::rules::compiled::CompiledCalendars;
use crate::store::Store;

/// The database and the settings, cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The settings that this process was started with.
    pub settings: Arc<Settings>,
    /// Calendars that were compiled already.
    pub calendars: Arc<CompiledCalendars>,
    /// Sessions that were found already.
    pub sessions: Arc<KnownSessions>,
}

impl App {
    /// An app on this database.
    pub fn new(store: Store, settings: Settings) -> Self {
        Self {
            store,
            settings: Arc::new(settings),
            calendars: Arc::default(),
            sessions: Arc::default(),
        }
    }

    /// The same app on another store: a rehearsal's.
    pub fn on(&self, store: Store) -> Self {
        Self {
            store,
            settings: self.settings.clone(),
            calendars: self.calendars.clone(),
            sessions: self.sessions.clone(),
        }
    }

    /// An address of a page of this server, for links in mails; `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.settings.server.public_url)
    }
}
