//! What all requests of a server share: database, settings, clock, and the limits that they count
//! against together.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpRequest, web};

use super::error::{Kind, Problem};
use super::limits::Limits;
use super::readers::Readers;
use crate::clock::SharedClock;
use crate::domain::access::{Actor, ActorId};
use crate::service::App;
use crate::service::accounts::sign_in::Slots;
use crate::service::accounts::sign_in::openid::{self, Provider};

/// How many threads of the blocking pool may wait for a provider at once; the others are kept for
/// the database.
const PROVIDER_AT_ONCE: usize = 8;

/// What all requests of a server share.
pub struct State {
    /// Database and settings.
    pub app: App,
    /// The clock.
    pub clock: SharedClock,
    /// Rate limits of signing in.
    pub limits: Limits,
    /// Limits how many passwords are hashed at once.
    pub hashing_slots: Slots,
    /// The provider of single sign-on, if there is one.
    pub provider: Option<Provider>,
    /// Limits how many requests wait for the provider at once.
    pub provider_slots: Slots,
    /// Limits how many files for spreadsheets are written at once.
    pub export_slots: Slots,
    /// The threads that read the database.
    pub(super) readers: Readers,
    /// Idempotency keys in progress in this process: (caller, key).
    in_flight: Mutex<HashSet<(ActorId, String)>>,
}

impl State {
    /// A server's state.
    pub fn new(app: App, clock: SharedClock) -> Self {
        let limits = Limits::new(&app.settings.accounts, clock.clone());
        let provider = openid::provider(&app);
        let (hashing_slots, provider_slots) = (Slots::default(), Slots::new(PROVIDER_AT_ONCE));
        let export_slots = Slots::new(app.settings.http.exports_at_once);
        let readers = Readers::new(app.settings.database.pool_size);
        Self {
            readers,
            app,
            clock,
            limits,
            hashing_slots,
            provider,
            provider_slots,
            export_slots,
            in_flight: Mutex::default(),
        }
    }

    /// The state of the server that got this request.
    ///
    /// # Errors
    /// If the server was built without one.
    pub fn of(req: &HttpRequest) -> Result<Arc<Self>, Problem> {
        let state = req.app_data::<web::Data<Self>>().cloned();
        state
            .map(web::Data::into_inner)
            .ok_or_else(|| Problem::internal("a server without state"))
    }
}

/// Keeps other requests of this process from using an idempotency key until it is dropped. Between
/// processes the database does that: the second one waits there and finds the first one's reply.
pub(super) struct KeyLock {
    state: Arc<State>,
    key: (ActorId, String),
}

impl KeyLock {
    pub(super) fn take(state: &Arc<State>, actor: &Actor, key: &str) -> Result<Self, Problem> {
        let key = (actor.id, key.to_owned());
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
