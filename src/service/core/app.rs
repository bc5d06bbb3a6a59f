//! What every use case works with: the database, and the settings that decide how its work is done.

use std::sync::Arc;

use crate::config::Settings;
use crate::store::Store;

/// The database and the settings, cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The settings that this process was started with.
    pub settings: Arc<Settings>,
}

impl App {
    /// A house on this database.
    #[must_use]
    pub fn new(store: Store, settings: Settings) -> Self {
        Self {
            store,
            settings: Arc::new(settings),
        }
    }

    /// The same house on another store: a rehearsal's.
    #[must_use]
    pub fn on(&self, store: Store) -> Self {
        Self {
            store,
            settings: self.settings.clone(),
        }
    }

    /// An address of a page of this server, for links in mails; `path` begins with a slash.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.settings.server.public_url)
    }
}
