//! What a handler works with: who calls, when, in which language, and the way to the use cases.

use std::collections::HashSet;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder, web,
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::{Kind, Problem};
use super::etag;
use super::limits::Limits;
use crate::clock::SharedClock;
use crate::domain::access::{Actor, Scope, actor_key};
use crate::service::accounts::sign_in::Slots;
use crate::service::accounts::sign_in::openid;
use crate::service::accounts::sign_in::openid::Provider;
use crate::service::core::access;
use crate::service::core::idempotency;
use crate::service::core::idempotency::{Asked, Outcome, Reply};
use crate::service::{App, Error, Tx};
use crate::store::Conn;

/// The header under which a caller names a request that it may repeat.
const KEY: &str = "Idempotency-Key";

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
    /// Slots for hashing passwords.
    pub hashing_slots: Slots,
    /// The provider of single sign-on, if there is one.
    pub provider: Option<Provider>,
    /// Slots for waiting for it.
    pub provider_slots: Slots,
    /// Idempotency keys being worked on in this process: (caller, key).
    in_flight: Mutex<HashSet<(String, String)>>,
}

impl State {
    /// A server's state.
    #[must_use]
    pub fn new(app: App, clock: SharedClock) -> Self {
        let limits = Limits::new(&app.settings.accounts, clock.clone());
        let provider = openid::provider(&app);
        let (hashing_slots, provider_slots) = (Slots::default(), Slots::new(PROVIDER_AT_ONCE));
        Self {
            app,
            clock,
            limits,
            hashing_slots,
            provider,
            provider_slots,
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

/// The languages of replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Vietnamese, unless another is asked for.
    Vi,
    /// English.
    En,
}

impl Lang {
    /// Its name in the locale files and in headers.
    #[must_use]
    pub const fn locale(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// The best language for an `Accept-Language` header: the highest weight, the first among
    /// equals.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let mut best = (0.0, Self::Vi);
        for part in header.split(',') {
            let mut pieces = part.split(';').map(str::trim);
            let tag = pieces.next().unwrap_or_default().to_ascii_lowercase();
            let lang = match tag.split('-').next() {
                Some("vi" | "*") => Self::Vi,
                Some("en") => Self::En,
                _ => continue,
            };
            let weight = pieces
                .find_map(|piece| piece.strip_prefix("q=")?.parse().ok())
                .unwrap_or(1.0_f32);
            if weight > best.0 {
                best = (weight, lang);
            }
        }
        best.1
    }
}

/// What is known of a request before anybody looks at it; made by the middleware.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// The instant at which its first byte was looked at: what counts as its arrival.
    pub now: DateTime<Utc>,
    /// Its name in the log and in the audit trail.
    pub request_id: String,
    /// The language of its reply.
    pub lang: Lang,
    /// Whether a person reads the reply in a browser: refusals are then pages in words.
    pub reader: bool,
}

impl Stamp {
    /// The stamp of a request.
    ///
    /// # Errors
    /// If the middleware did not see it.
    pub fn of(req: &HttpRequest) -> Result<Self, Problem> {
        req.extensions()
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::internal("no stamp"))
    }
}

/// A call by somebody whose token is good, or who is signed in.
pub struct Call {
    state: Arc<State>,
    stamp: Stamp,
    actor: Actor,
    key: Option<String>,
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

impl Call {
    fn of(req: &HttpRequest) -> Result<Self, Problem> {
        let actor = req
            .extensions()
            .get::<Actor>()
            .cloned()
            .ok_or_else(|| Problem::new(Kind::Unauthorized))?;
        let stamp = Stamp::of(req)?;
        let key = req
            .headers()
            .get(KEY)
            .map(|key| key.to_str().unwrap_or_default().to_owned());
        Ok(Self {
            state: State::of(req)?,
            stamp,
            actor,
            key,
        })
    }

    /// The instant at which the request began; every stamp that it causes.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.stamp.now
    }

    /// Database and settings, for what runs on the blocking pool.
    #[must_use]
    pub fn app(&self) -> App {
        self.state.app.clone()
    }

    /// Who calls.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The language of the reply.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.stamp.lang
    }

    /// Reads views on one snapshot, on the blocking pool. `scope` is what the caller may see.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn read_view<T, E>(
        &self,
        work: impl FnOnce(&mut Conn, &Scope) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        Error: From<E>,
    {
        let scope = access::scope(&self.actor);
        self.ask(move |app, _| app.store.read(|conn| Ok(work(conn, &scope)?)))
            .await
    }

    /// Asks a use case that reads, on the blocking pool.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&App, &Actor) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        self.change(move |app, actor, _| work(app, actor)).await
    }

    /// Runs a use case that changes something, on the blocking pool.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&App, &Actor, DateTime<Utc>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let (state, actor, now) = (self.state.clone(), self.actor.clone(), self.stamp.now);
        let done = web::block(move || work(&state.app, &actor, now)).await;
        done.map_err(Problem::internal)?.map_err(Problem::from)
    }

    /// Runs a use case that reads, on one snapshot, on the blocking pool.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        self.change(move |app, actor, now| app.read(actor, now, work))
            .await
    }

    /// Runs a use case that writes, in one transaction, on the blocking pool. `work` may run
    /// several times: it does nothing but through its transaction.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        self.change(move |app, actor, now| app.write(actor, now, work))
            .await
    }

    /// Creates something in one transaction, once for each `Idempotency-Key`. `fingerprint` is that
    /// of the request's body. `work` may run several times: it does nothing but through its
    /// transaction.
    ///
    /// # Errors
    /// Those of `work`; a key that is used for another request or being worked on.
    pub async fn create<T: Serialize>(
        &self,
        fingerprint: String,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<Created<T>, Error> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        self.create_with(fingerprint, move |app, conn, actor, now| {
            work(&mut Tx::new(conn, app, actor, now))
        })
        .await
    }

    /// Creates something in one transaction, once for each `Idempotency-Key`. `fingerprint` is that
    /// of the request's body. `work` may run several times: it does nothing but through its
    /// connection.
    ///
    /// # Errors
    /// Those of `work`; a key that is used for another request or being worked on.
    pub async fn create_with<T: Serialize>(
        &self,
        fingerprint: String,
        mut work: impl FnMut(&App, &mut Conn, &Actor, DateTime<Utc>) -> Result<Created<T>, Error>
        + Send
        + 'static,
    ) -> Result<HttpResponse, Problem> {
        let asked = self.key.clone().map(|key| Asked { key, fingerprint });
        if let Some(asked) = &asked {
            idempotency::check_key(&asked.key)?;
        }
        let _turn = asked
            .as_ref()
            .map(|asked| Turn::take(&self.state, &self.actor, &asked.key))
            .transpose()?;
        let once = move |app: &App, actor: &Actor, now| {
            idempotency::once(app, actor, asked.as_ref(), now, |conn| {
                work(app, conn, actor, now)?.reply()
            })
        };
        match self.change(once).await? {
            Outcome::Done(reply) => response(reply, false),
            Outcome::Replayed(reply) => response(reply, true),
            Outcome::KeyReused => Err(Problem::new(Kind::KeyReused)),
        }
    }
}

/// What a creating use case made.
#[derive(Debug)]
pub struct Created<T> {
    /// The reply's body.
    pub body: T,
    /// Where it can be read from now on.
    pub location: String,
    /// Its version, for the `ETag`; none for what is never edited.
    pub version: Option<i32>,
}

impl<T: Serialize> Created<T> {
    /// Something with an address and a version.
    pub fn at(location: String, version: i32, body: T) -> Self {
        Self {
            body,
            location,
            version: Some(version),
        }
    }

    fn reply(self) -> Result<Reply, Error> {
        let mut headers = vec![(header::LOCATION.to_string(), self.location)];
        headers.extend(
            self.version
                .map(|version| (header::ETAG.to_string(), etag::of(version))),
        );
        let body = idempotency::body(&self.body)?;
        Ok(Reply {
            status: StatusCode::CREATED.as_u16(),
            headers,
            body,
        })
    }
}

fn response(reply: Reply, replayed: bool) -> Result<HttpResponse, Problem> {
    let status = StatusCode::from_u16(reply.status).map_err(Problem::internal)?;
    let mut response = HttpResponseBuilder::new(status);
    for header in reply.headers {
        response.insert_header(header);
    }
    if replayed {
        response.insert_header(("Idempotency-Replayed", "true"));
    }
    Ok(response.content_type("application/json").body(reply.body))
}

/// The right to work on a key, given back when dropped. Two processes are kept apart by the
/// database: the second one waits there and finds the first one's reply.
struct Turn {
    state: Arc<State>,
    key: (String, String),
}

impl Turn {
    fn take(state: &Arc<State>, actor: &Actor, key: &str) -> Result<Self, Problem> {
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

impl Drop for Turn {
    fn drop(&mut self) {
        self.state
            .in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_asked_for_is_spoken() {
        let accepted = [
            "",
            "en",
            "en-GB,en;q=0.9",
            "vi-VN,vi;q=0.9,en;q=0.8",
            "fr, en;q=0.5",
            "en;q=0.2, vi",
            "fr",
        ];
        let spoken: Vec<&str> = accepted
            .iter()
            .map(|header| Lang::accepted(header).locale())
            .collect();
        assert_eq!(spoken, ["vi", "en", "en", "vi", "en", "vi", "vi"]);
    }
}
