//! What a page handler works with: who reads, in which language, what was done before, and the way
//! to the use cases.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, LOCATION, USER_AGENT};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};

use super::error::PageError;
use super::form::{Field, Form};
use super::layout::Layout;
use super::list::Query;
use super::notice::{Done, Shown};
use crate::domain::access::Actor;
use crate::domain::account::SessionStage;
use crate::domain::error::Invalid;
use crate::service::accounts::sign_in::{Client, CurrentSession};
use crate::service::core::idempotency::{self, Outcome};
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
    notice: Option<Shown>,
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
        if let Some(signed) = &session {
            // a refusal shows the navigation as well
            req.extensions_mut().insert(signed.clone());
        }
        let Params(done) = Params::<Done>::extract(&req).await?;
        Ok(Self {
            state: State::of(&req)?,
            context: RequestContext::of(&req)?,
            notice: done.shown(),
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

    /// A header of the request.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.req.headers().get(name)?.to_str().ok()
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
            keeps: false,
            previous_session: self.cookie(cookies::SESSION),
            request_id: self.context.request_id.clone(),
        }
    }

    /// The layout of a page.
    pub fn layout(&self) -> Layout {
        self.bare_layout().notice(self.notice.clone())
    }

    fn bare_layout(&self) -> Layout {
        Layout::new(&self.context, self.session())
    }

    /// The address and the parameters of the page: the state of a list.
    ///
    /// # Errors
    /// None for what a browser sends.
    pub fn query(&self) -> Result<Query, Problem> {
        Query::of(&self.req)
    }

    /// The layout of a form that comes again, with its faults or the request to wait.
    ///
    /// # Errors
    /// A refusal that no form shows.
    pub fn refused(&self, error: PageError) -> Result<Layout, Problem> {
        self.refused_fields(error, &[])
    }

    /// [`Self::refused`], with each fault at the field of its label.
    ///
    /// # Errors
    /// A refusal that no form shows.
    pub fn refused_by(&self, error: PageError, fields: &[Field]) -> Result<Layout, Problem> {
        self.refused_fields(error, fields)
    }

    fn refused_fields(&self, error: PageError, fields: &[Field]) -> Result<Layout, Problem> {
        let layout = self.bare_layout();
        match error {
            PageError::Form(problem) => Ok(layout.with_faults(&problem, fields)),
            PageError::Wait(problem) => Ok(layout.with_wait(&problem)),
            PageError::Stale(_) => Ok(layout.with_stale()),
            PageError::Unsent => Ok(layout.with_unsent()),
            PageError::Problem(problem) => Err(problem),
        }
    }

    /// The layout of a form with a key that comes again, whatever the cause: its faults by the
    /// labels of `fields`, a conflict ([`Layout::beside`] shows theirs), or a new sign-in.
    ///
    /// # Errors
    /// A refusal that no form shows.
    pub fn again(
        &self,
        error: PageError,
        form: &Form,
        fields: &[Field],
    ) -> Result<Layout, Problem> {
        Ok(self.refused_fields(error, fields)?.of_form(form))
    }

    /// The layout of a list and what its filter asks for. A filter that can't be read is named by the
    /// labels of `fields` and not applied.
    ///
    /// # Errors
    /// A refusal that is not about the filter.
    pub fn filtered<F: Default>(
        &self,
        filter: Result<F, Problem>,
        fields: &[Field],
    ) -> Result<(Layout, F), Problem> {
        match filter {
            Ok(filter) => Ok((self.layout(), filter)),
            Err(problem) => Ok((self.refused_fields(problem.into(), fields)?, F::default())),
        }
    }

    /// Does what a form asks for, in one transaction, once for each key of a form: `work` answers
    /// the address that the browser goes to, and the same form sent again leads there too. `work`
    /// may run several times: it must not have effects outside the transaction.
    ///
    /// # Errors
    /// Those of `work`; [`PageError::Unsent`] for a form that only comes back after signing in.
    pub async fn once(
        &self,
        form: &Form,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<String, Error> + Send + 'static,
    ) -> Result<HttpResponse, PageError> {
        form.sent()?;
        let account = self.session().map(|signed| signed.session.account_id);
        if form.account().is_some() && form.account() != account {
            let fault = Invalid::new("", "form_of_another");
            return Err(Error::Conflict(fault).into());
        }
        let asked = form.asked();
        let once = move |tx: &mut Tx<'_>| {
            idempotency::once(tx, asked.as_ref(), |tx| {
                Ok(idempotency::Reply {
                    status: StatusCode::SEE_OTHER.as_u16(),
                    headers: vec![(LOCATION.to_string(), work(tx)?)],
                    body: idempotency::body(&())?,
                })
            })
        };
        match self.write(once).await? {
            Outcome::Done(reply) | Outcome::Replayed(reply) => {
                let address = reply.headers.first().map_or("/", |(_, address)| address);
                Ok(to(address))
            }
            Outcome::KeyReused => Err(Invalid::new("", "form_sent_before").into()),
        }
    }

    /// Runs a use case that reads, on one snapshot, on a thread that reads.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, PageError> {
        let (state, actor, now) = (self.state.clone(), self.actor(), self.context.now);
        let read = move || state.app.read(&actor, now, work);
        Ok(self.state.readers.run(read).await??)
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
    pub fn actor(&self) -> Actor {
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
