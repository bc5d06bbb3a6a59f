//! What all requests of a server share: database, settings, clock, and the limits that they count
//! against together.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpRequest, web};

use super::error::{Kind, Problem};
use super::limits::Limits;
use crate::clock::SharedClock;
use crate::domain::access::{Actor, actor_key};
use crate::service::App;
use crate::service::accounts::sign_in::Turns;
use crate::service::accounts::sign_in::openid;
use crate::service::accounts::sign_in::openid::Provider;

/// Threads of the blocking pool that may wait for a provider at once; the others are for the
/// database.
const PROVIDER_AT_ONCE: usize = 8;

/// What all requests of a server share.
pub struct State {
    /// Database and settings.
    pub app: App,
    /// What time it is.
    pub clock: SharedClock,
    /// How often one may try to sign in.
    pub limits: Limits,
    /// Turns at hashing passwords.
    pub turns: Turns,
    /// The provider of single sign-on, if there is one.
    pub provider: Option<Provider>,
    /// Turns at waiting for it.
    pub provider_turns: Turns,
    /// Idempotency keys being worked on in this process: (caller, key).
    in_flight: Mutex<HashSet<(String, String)>>,
}

impl State {
    /// A server's state.
    #[must_use]
    pub fn new(app: App, clock: SharedClock) -> Self {
        let limits = Limits::new(&app.settings.accounts, clock.clone());
        let provider = openid::provider(&app);
        let (turns, provider_turns) = (Turns::default(), Turns::new(PROVIDER_AT_ONCE));
        Self {
            app,
            clock,
            limits,
            turns,
            provider,
            provider_turns,
            in_flight: Mutex::default(),
        }
    }

    /// The state of the server that got this request.
    ///
    /// # Errors
    /// If the server was put together without one.
    pub fn of(req: &HttpRequest) -> Result<Arc<Self>, Problem> {
        let state = req.app_data::<web::Data<Self>>().cloned();
        state
            .map(web::Data::into_inner)
            .ok_or_else(|| Problem::internal("a server without state"))
    }
}

/// The right to work on a key, given back when dropped. Two processes are kept apart by the
/// database: the second one waits there and finds the first one's reply.
pub(super) struct KeyLock {
    state: Arc<State>,
    key: (String, String),
}

impl KeyLock {
    pub(super) fn take(state: &Arc<State>, actor: &Actor, key: &str) -> Result<Self, Problem> {
        let key = (actor_key(&actor.name).to_owned(), key.to_owned());
        let mut in_flight = state
            .in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if in_flight.insert(key.clone()) {
            Ok(Self {
                state: state.clone(),
                key,
            })
        } else {
            Err(Problem::new(Kind::InFlight))
        }
    }
}

impl Drop for KeyLock {
    fn drop(&mut self) {
        self.state
            .in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}
