//! What a handler works with: who calls, when, in which language, and the way to the use cases.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;

pub use super::created::Created;

use super::context::{Lang, RequestContext};
use super::created::response;
use super::error::{Kind, Problem};
use super::etag::{self, Versioned, tagged};
use super::state::{KeyLock, State};
use crate::domain::access::Actor;
use crate::domain::version::Known;
use crate::service::core::idempotency::{self, Asked, Outcome};
use crate::service::{App, Error, Tx};

/// The header that names a request, so that the caller may repeat it.
const KEY: &str = "Idempotency-Key";

/// That header in the document; [`Call::create`] reads it.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(names("Idempotency-Key"), parameter_in = Header)]
#[expect(dead_code, reason = "describes what `Call::create` reads")]
pub struct IdempotencyKey(Option<String>);

/// What a handler answers that sets status and headers itself.
pub type Reply = Result<HttpResponse, Problem>;

/// 200 with a JSON body.
pub type JsonReply<T> = Result<web::Json<T>, Problem>;

/// A call with a valid token or session.
pub struct Call {
    state: Arc<State>,
    context: RequestContext,
    actor: Actor,
    key: Option<String>,
    known: Known,
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
        let context = RequestContext::of(req)?;
        let key = req
            .headers()
            .get(KEY)
            .map(|key| key.to_str().unwrap_or_default().to_owned());
        Ok(Self {
            state: State::of(req)?,
            context,
            actor,
            key,
            // what can't be read is refused where a version is asked for
            known: etag::known(req).ok().flatten().unwrap_or_default(),
        })
    }

    /// The instant at which the request began; everything that it writes bears this instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.context.now
    }

    /// Database and settings, for what runs on the blocking pool.
    pub fn app(&self) -> App {
        self.state.app.clone()
    }

    /// What all requests of the server share.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Who calls.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The language of the reply.
    pub fn lang(&self) -> Lang {
        self.context.lang
    }

    /// Runs a use case that reads, on one snapshot, on a thread that reads.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let (state, actor, now) = (self.state.clone(), self.actor.clone(), self.context.now);
        let read = move || state.app.read(&actor, now, work);
        Ok(self.state.readers.run(read).await??)
    }

    /// Runs a use case that writes, in one transaction, on the blocking pool. `work` may run
    /// several times: it must not have effects outside the transaction.
    pub async fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let known = self.known.clone();
        let work = move |tx: &mut Tx<'_>| {
            tx.known = known.clone();
            work(tx)
        };
        self.run(move |app, actor, now| app.write(actor, now, work))
            .await
    }

    /// Creates something in one transaction, once for each `Idempotency-Key`. `fingerprint` is that
    /// of the request's body. `work` may run several times: it must not have effects outside the
    /// transaction.
    ///
    /// # Errors
    /// Those of `work`; a key that was used for another request or is in use.
    pub async fn create<T: Serialize>(
        &self,
        fingerprint: String,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<Created<T>, Error> + Send + 'static,
    ) -> Reply {
        let asked = self.key.clone().map(|key| Asked { key, fingerprint });
        if let Some(asked) = &asked {
            idempotency::check_key(&asked.key)?;
        }
        let _lock = asked
            .as_ref()
            .map(|asked| KeyLock::take(&self.state, &self.actor, &asked.key))
            .transpose()?;
        let once =
            move |tx: &mut Tx<'_>| idempotency::once(tx, asked.as_ref(), |tx| work(tx)?.reply());
        match self.write(once).await? {
            Outcome::Done(reply) => response(reply, false),
            Outcome::Replayed(reply) => response(reply, true),
            Outcome::KeyReused => Err(Problem::new(Kind::KeyReused)),
        }
    }

    /// [`Self::read`], answered as JSON.
    pub async fn read_json<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> JsonReply<T> {
        self.read(work).await.map(web::Json)
    }

    /// [`Self::write`], answered as JSON.
    pub async fn write_json<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> JsonReply<T> {
        self.write(work).await.map(web::Json)
    }

    /// Reads one thing as [`Self::read`] does, and answers it with its version.
    pub async fn show<T: Versioned + Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Reply {
        Ok(tagged(&self.read(work).await?))
    }

    /// Changes one thing as [`Self::write`] does, and answers it with its new version.
    pub async fn change<T: Versioned + Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Reply {
        Ok(tagged(&self.write(work).await?))
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&App, &Actor, DateTime<Utc>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let (state, actor, now) = (self.state.clone(), self.actor.clone(), self.context.now);
        let done = web::block(move || work(&state.app, &actor, now)).await;
        done.map_err(Problem::internal)?.map_err(Problem::from)
    }
}
