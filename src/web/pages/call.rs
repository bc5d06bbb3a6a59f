//! What a page handler works with: who reads, in which language, what was done before, and the way
//! to the use cases.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{LOCATION, USER_AGENT};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::error::PageError;
use super::layout::Layout;
use super::notice::Notice;
use crate::domain::access::Actor;
use crate::domain::account::SessionStage;
use crate::service::accounts::sign_in::{Client, CurrentSession};
use crate::service::{App, Error, Tx};
use crate::web::context::RequestContext;
use crate::web::error::{Kind, Problem};
use crate::web::page::Params;
use crate::web::state::State;
use crate::web::{address, auth, cookies};

/// A request of a page.
pub struct PageCall {
    req: HttpRequest,
    state: Arc<State>,
    context: RequestContext,
    session: Option<CurrentSession>,
    notice: Option<Notice>,
}

/// The part of an address that every page reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Done {
    xong: String,
}

impl FromRequest for PageCall {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(Self::of(req))
    }
}

impl PageCall {
    async fn of(req: HttpRequest) -> Result<Self, Problem> {
        // the guard has looked already where the address is closed
        let known = req.extensions().get::<CurrentSession>().cloned();
        let session = match known {
            Some(session) => Some(session),
            None => auth::signed(&req).await?,
        };
        let Params(done) = Params::<Done>::extract(&req).await?;
        Ok(Self {
            state: State::of(&req)?,
            context: RequestContext::of(&req)?,
            notice: Notice::coded(&done.xong),
            session,
            req,
        })
    }

    /// The instant at which the request began.
    pub fn now(&self) -> DateTime<Utc> {
        self.context.now
    }

    /// What all requests of the server share.
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// The request's name in the log and in the audit trail.
    pub fn request_id(&self) -> &str {
        &self.context.request_id
    }

    /// The name of the reader's language in the locale files.
    pub fn locale(&self) -> &'static str {
        self.context.lang.locale()
    }

    /// The session of the browser, however far its sign-in has come.
    pub fn session(&self) -> Option<&CurrentSession> {
        self.session.as_ref()
    }

    /// The session of the browser, if its sign-in has come to this stage.
    pub fn session_at(&self, stage: SessionStage) -> Option<&CurrentSession> {
        self.session().filter(|session| session.stage == stage)
    }

    /// The session that an address behind the guard asks for.
    ///
    /// # Errors
    /// 403: programs with a token have no session.
    pub fn signed(&self) -> Result<CurrentSession, Problem> {
        self.session
            .clone()
            .ok_or_else(|| Problem::new(Kind::Forbidden))
    }

    /// A cookie of the request.
    pub fn cookie(&self, name: &str) -> Option<String> {
        cookies::get(self.req.headers(), name)
    }

    /// From where the request comes.
    pub fn address(&self) -> IpAddr {
        address::of(&self.req, &self.state.app.settings.server.trusted_proxies)
    }

    /// The browser that signs in, for the session and the audit trail.
    pub fn client(&self) -> Client {
        let agent = self.req.headers().get(USER_AGENT);
        Client {
            address: self.address().to_string(),
            agent: agent
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
                .unwrap_or_default(),
            previous_session: self.cookie(cookies::SESSION),
            request_id: self.context.request_id.clone(),
        }
    }

    /// The layout of a page.
    pub fn layout(&self) -> Layout {
        Layout::new(&self.context).notice(self.notice)
    }

    /// The layout of a form that comes again, with its faults or the request to wait.
    ///
    /// # Errors
    /// A refusal that no form shows.
    pub fn refused(&self, error: PageError) -> Result<Layout, Problem> {
        let layout = Layout::new(&self.context);
        match error {
            PageError::Form(problem) => Ok(layout.with_faults(&problem)),
            PageError::Wait(problem) => Ok(layout.with_wait(&problem)),
            PageError::Problem(problem) => Err(problem),
        }
    }

    /// Runs a use case that reads, on one snapshot, on the blocking pool.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, PageError> {
        let actor = self.actor();
        self.run(move |app, now| app.read(&actor, now, work)).await
    }

    /// Runs a use case that writes, in one transaction, on the blocking pool. `work` may run
    /// several times: it must not have effects outside the transaction.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, PageError> {
        let actor = self.actor();
        self.run(move |app, now| app.write(&actor, now, work)).await
    }

    /// Runs a use case that opens its transactions itself, on the blocking pool: one that hashes
    /// passwords or asks a provider between them.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&App, DateTime<Utc>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, PageError> {
        let (state, now) = (self.state.clone(), self.context.now);
        let done = web::block(move || work(&state.app, now)).await;
        Ok(done.map_err(Problem::internal)??)
    }

    /// The person who is signed in, or a visitor.
    fn actor(&self) -> Actor {
        let signed = self.session_at(SessionStage::Done);
        signed.map_or_else(|| self.client().visitor(), |signed| signed.actor.clone())
    }

    /// A slot for hashing a password; held until the password is hashed.
    ///
    /// # Errors
    /// [`PageError::Wait`] if too many others wait.
    pub async fn hashing_slot(&self) -> Result<impl Send + 'static + use<>, PageError> {
        let slot = self.state.hashing_slots.acquire().await;
        slot.ok_or_else(|| Problem::new(Kind::Busy).into())
    }
}

/// Leads the browser to a page of ours.
pub fn to(address: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, address))
        .finish()
}
