//! What every use case works with: the database, and the settings that decide how its work is done.

use std::borrow::Cow;
use std::sync::Arc;

use crate::config::Settings;
use crate::domain::access::Actor;
use crate::domain::schedule::RunId;
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
    /// The run of a job that it works for.
    run: Option<RunId>,
}

impl App {
    /// An app on this database.
    pub fn new(store: Store, settings: Settings) -> Self {
        Self {
            store,
            settings: Arc::new(settings),
            calendars: Arc::default(),
            sessions: Arc::default(),
            run: None,
        }
    }

    /// The same app for the run of a job: what is recorded and mailed names the run.
    pub fn for_run(&self, run: RunId) -> Self {
        Self {
            run: Some(run),
            ..self.clone()
        }
    }

    /// Who acts, in the request or the run that this is part of.
    pub(super) fn acting<'a>(&self, actor: &'a Actor) -> Cow<'a, Actor> {
        match (&self.run, &actor.request_id) {
            (Some(run), None) => Cow::Owned(Actor {
                request_id: Some(run.to_string()),
                ..actor.clone()
            }),
            _ => Cow::Borrowed(actor),
        }
    }

    /// The same app on another store: a rehearsal's.
    pub fn on(&self, store: Store) -> Self {
        Self {
            store,
            settings: self.settings.clone(),
            calendars: self.calendars.clone(),
            sessions: self.sessions.clone(),
            run: self.run.clone(),
        }
    }

    /// An address of a page of this server, for links in mails; `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.settings.server.public_url)
    }
}
