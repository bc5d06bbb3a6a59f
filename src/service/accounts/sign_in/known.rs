//! Sessions that were found already. A browser sends the same cookie with every request: as long as
//! nobody commits anything ([`Store::version`]), the answer is the same.
//!
//! [`Store::version`]: crate::store::Store::version

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::CurrentSession;
use super::current::{is_idle, is_recorded};
use crate::domain::text::local_date;
use crate::identity::secret;
use crate::service::App;
use crate::store::DataVersion;

/// Most sessions that are kept; beyond it all are forgotten.
const MOST: usize = 10_000;

/// Sessions by the hash of their cookie, as of one version of the database.
#[derive(Debug, Default)]
pub struct KnownSessions(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    version: DataVersion,
    found: HashMap<String, Found>,
}

/// A session and the instant for which it was found.
#[derive(Debug)]
struct Found {
    current: CurrentSession,
    at: DateTime<Utc>,
}

impl KnownSessions {
    pub(super) fn keep(
        &self,
        version: DataVersion,
        hash: String,
        found: (&CurrentSession, DateTime<Utc>),
    ) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.version != version || known.found.len() >= MOST {
            known.found.clear();
            known.version = version;
        }
        let found = Found {
            current: found.0.clone(),
            at: found.1,
        };
        known.found.insert(hash, found);
    }

    fn get(&self, version: DataVersion, hash: &str) -> Option<(CurrentSession, DateTime<Utc>)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.found.get(hash).filter(|_| known.version == version)?;
        Some((found.current.clone(), found.at))
    }
}

/// The session behind a cookie at `now`, if it is known without reading the database. `None` says
/// nothing about the session: [`authenticate`](super::authenticate) decides. Does not block.
pub fn known(app: &App, cookie: &str, now: DateTime<Utc>) -> Option<CurrentSession> {
    let version = app.store.version()?;
    let (current, at) = app.sessions.get(version, &secret::hash(cookie))?;
    let session = &current.session;
    // roles change at midnight, and the last use is to be recorded now and then
    let holds = local_date(at) == local_date(now)
        && now >= at
        && now < *session.expires_at
        && !is_idle(app, session, now)
        && is_recorded(session, now);
    holds.then_some(current)
}
