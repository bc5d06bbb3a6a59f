//! Single sign-on: to the provider and back. Without a provider in the settings these addresses do
//! not exist.
//!
//! The way there is a page that moves on by itself, not a redirect: `form-action 'self'` keeps
//! browsers from following a form to another host, and the provider may lead on to any third one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use serde::Deserialize;

use super::reply::{LOCALE, page, retry_page};
use super::sign_in::{SignIn, go_on, visitor};
use crate::domain::words::say;
use crate::service::accounts::sign_in::openid;
use crate::service::accounts::sign_in::openid::{Answer, Failure, Flow, Refusal};
use crate::web::body::Form;
use crate::web::context::RequestContext;
use crate::web::error::{Kind, Problem};
use crate::web::state::State;
use crate::web::{address, cookies};

#[derive(Template)]
#[template(path = "sign_on_go.html")]
struct Go {
    address: String,
}

#[derive(Template)]
#[template(path = "sign_on_refused.html")]
struct Refused {
    title: String,
    text: String,
    /// Where to go after a better try.
    query: String,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    toi: String,
}

#[post("/dang-nhap/mot-lan")]
pub(super) async fn begin(req: HttpRequest, form: Form<Asked>) -> Result<HttpResponse, Problem> {
    let toi = form.0.toi;
    let (state, stamp) = (with_provider(&req)?, RequestContext::of(&req)?);
    let turn = match turn(&req, &state).await {
        Ok(turn) => turn,
        Err((problem, fault)) => {
            return retry_page(&problem, &SignIn::empty(&state, &toi).with_fault(fault));
        }
    };
    let flow = Flow::fresh(&toi, stamp.now);
    let own = flow.clone();
    let way = web::block(move || {
        let provider = state
            .provider
            .as_ref()
            .ok_or_else(|| Problem::new(Kind::NotFound))?;
        let way = provider.way(&own, stamp.now);
        drop(turn);
        Ok::<_, Problem>(way)
    });
    match way.await.map_err(Problem::internal)?? {
        Ok(address) => {
            let mut reply = page(StatusCode::OK, &Go { address })?;
            cookies::set_flow(&mut reply, &flow.text())?;
            Ok(reply)
        }
        Err(failure) => refused(&req, &Refusal::OnTheWay(failure), &toi),
    }
}

#[get("/dang-nhap/mot-lan")]
pub(super) async fn finish(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let (state, stamp) = (with_provider(&req)?, RequestContext::of(&req)?);
    let flow =
        cookies::get(req.headers(), cookies::FLOW).and_then(|text| Flow::read(&text, stamp.now));
    let toi = flow
        .as_ref()
        .map(|flow| flow.to().to_owned())
        .unwrap_or_default();
    let turn = match turn(&req, &state).await {
        Ok(turn) => turn,
        Err((problem, fault)) => {
            return retry_page(&problem, &SignIn::empty(&state, &toi).with_fault(fault));
        }
    };
    // an answer that can't be read is one without a state
    let answer = web::Query::<Answer>::from_query(req.query_string())
        .map(web::Query::into_inner)
        .unwrap_or_default();
    let visitor = visitor(&req)?;
    let done = web::block(move || {
        let provider = state
            .provider
            .as_ref()
            .ok_or_else(|| Problem::new(Kind::NotFound))?;
        let done = openid::finish(
            &state.app,
            provider,
            (flow.as_ref(), &answer),
            &visitor,
            stamp.now,
        );
        drop(turn);
        Ok::<_, Problem>(done?)
    });
    let mut reply = match done.await.map_err(Problem::internal)?? {
        Ok(opened) => go_on(&opened, &toi)?,
        Err(refusal) => refused(&req, &refusal, &toi)?,
    };
    cookies::clear_flow(&mut reply)?;
    Ok(reply)
}

/// The state of a server that has a provider.
fn with_provider(req: &HttpRequest) -> Result<std::sync::Arc<State>, Problem> {
    let state = State::of(req)?;
    if state.provider.is_some() {
        Ok(state)
    } else {
        Err(Problem::new(Kind::NotFound))
    }
}

/// A turn at waiting for the provider, within the budget of the caller's address; or why not, and
/// in which words.
async fn turn(
    req: &HttpRequest,
    state: &State,
) -> Result<impl Send + 'static + use<>, (Problem, &'static str)> {
    let from = address::of(req, &state.app.settings.server.trusted_proxies);
    state
        .limits
        .of_provider(from)
        .map_err(|problem| (problem, "too_many"))?;
    state
        .provider_turns
        .take()
        .await
        .ok_or_else(|| (Problem::new(Kind::Busy), "busy"))
}

/// A page that says why, and leads back; the log knows more.
fn refused(req: &HttpRequest, refusal: &Refusal, toi: &str) -> Result<HttpResponse, Problem> {
    let request_id = RequestContext::of(req)?.request_id;
    let (status, what, mail) = match refusal {
        Refusal::Nobody { mail } => (StatusCode::FORBIDDEN, "nobody", mail.as_str()),
        Refusal::OnTheWay(failure) => {
            let status = match failure {
                Failure::Stale => StatusCode::BAD_REQUEST,
                Failure::Denied => StatusCode::FORBIDDEN,
                Failure::Unreachable(_) | Failure::Untrue(_) => {
                    tracing::warn!(%failure, request_id, "a single sign-on failed");
                    StatusCode::BAD_GATEWAY
                }
            };
            (status, failure.as_str(), "")
        }
    };
    let none = say(LOCALE, "pages.sign_on.no_mail", &[]);
    let mail = if mail.is_empty() { none.as_str() } else { mail };
    let word = |part: &str| {
        say(
            LOCALE,
            &format!("pages.sign_on.{what}.{part}"),
            &[("mail", mail)],
        )
    };
    let query = if toi.is_empty() {
        String::new()
    } else {
        format!(
            "?{}",
            serde_urlencoded::to_string([("toi", toi)]).map_err(Problem::internal)?
        )
    };
    page(
        status,
        &Refused {
            title: word("title"),
            text: word("text"),
            query,
        },
    )
}
