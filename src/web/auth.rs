//! Authentication. Every address is closed except those listed here: it takes a bearer token or the
//! cookie of a session, and a token wins. A request that changes something under a cookie has to
//! come from a page of ours. A token exempts a request from that only where the token alone
//! decides; open pages read the cookie as well.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{FromRequest as _, HttpMessage as _, HttpRequest, HttpResponse, web};

use super::context::RequestContext;
use super::cookies;
use super::error::{Kind, Problem};
use super::openapi;
use super::pages::call::PageCall;
use super::pages::kept::{self, Kept};
use super::pages::routes;
use super::pages::sent_texts;
use super::state::State;
use crate::domain::access::Actor;
use crate::domain::account::SessionStage;
use crate::domain::error::Invalid;
use crate::service::accounts::sign_in::{self, CurrentSession};
use crate::service::accounts::tokens;
use crate::service::core::audit;
use crate::service::notices::links;

/// Addresses that are open, whole.
const OPEN: [&str; 6] = [
    routes::HOME,
    routes::HELP,
    "/healthz",
    "/readyz",
    "/api/v1/openapi.json",
    "/api/docs",
];

/// Addresses below which everything is open: the browsable document, the handbook, signed links in
/// mails, files of pages, the mails of a demonstration, which lie behind a key, and calendars behind
/// secrets.
const OPEN_BELOW: [&str; 6] = [
    "/api/docs/",
    "/tro-giup/",
    links::PATH,
    routes::ASSETS,
    routes::MAILBOX,
    routes::FEEDS,
];

/// Pages of signing in, and the switches: open, and their forms come from pages of
/// ours or are refused.
const OWN_FORMS_BELOW: [&str; 7] = [
    routes::SIGN_IN,
    routes::SIGN_OUT,
    routes::FORGOTTEN,
    routes::LANGUAGE,
    routes::THEME,
    "/moi/",
    "/dat-lai/",
];

/// Admits a request to an open address, or one with a valid token or session, and records every
/// 403 in the audit trail. Handlers get the caller as [`super::call::Call`]; those of pages as
/// [`super::pages::call::PageCall`].
///
/// # Errors
/// Those of the handlers.
pub async fn guard(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = match admit(&req).await {
        Ok(()) => next.call(req).await?.map_into_boxed_body(),
        Err(problem) => refused(req, problem).await?,
    };
    if response.status() != StatusCode::FORBIDDEN {
        return Ok(response);
    }
    // also where a handler refused it
    match note(response.request()).await {
        Ok(()) => Ok(response),
        Err(problem) => Ok(ServiceResponse::from_err(problem, response.into_parts().0)),
    }
}

async fn admit(req: &ServiceRequest) -> Result<(), Problem> {
    // PostgreSQL keeps no NUL in a text: nothing has such an address, and nothing can be looked for
    // with it
    if req
        .uri()
        .path_and_query()
        .is_some_and(|asked| asked.as_str().contains("%00"))
    {
        return Err(Invalid::new("", "control_characters").into());
    }
    let path = req.path();
    let own_form = OWN_FORMS_BELOW.iter().any(|below| path.starts_with(below));
    let open =
        own_form || OPEN.contains(&path) || OPEN_BELOW.iter().any(|open| path.starts_with(open));
    let bearer = req.headers().contains_key(header::AUTHORIZATION);
    let cookie = cookies::get(req.headers(), cookies::SESSION).is_some();
    let by_token = bearer && !open;
    if !req.method().is_safe() && !by_token && (cookie || own_form) {
        require_own_page(req)?;
    }
    if open {
        return Ok(());
    }
    match caller(req, bearer).await? {
        Caller::Token(actor) => {
            req.extensions_mut().insert(actor);
        }
        Caller::Session(signed) => {
            req.extensions_mut().insert(signed.actor.clone());
            req.extensions_mut().insert(*signed);
        }
    }
    Ok(())
}

/// Checks that a request which changes something comes from a page of ours.
fn require_own_page(req: &ServiceRequest) -> Result<(), Problem> {
    let state = State::of(req.request())?;
    if !from_own_page(req.headers(), &state.app.settings.server.public_url) {
        return Err(Problem::new(Kind::CrossSite));
    }
    if req.path().starts_with("/api/") && !is_json(req.headers()) {
        return Err(Problem::new(Kind::NotJson));
    }
    Ok(())
}

/// Records a refusal in the audit trail.
async fn note(req: &HttpRequest) -> Result<(), Problem> {
    let known = req.extensions().get::<Actor>().cloned();
    let (state, stamp) = (State::of(req)?, RequestContext::of(req)?);
    let actor = match known {
        Some(actor) => actor,
        // refused before the caller was looked up
        None => signed(req)
            .await?
            .filter(|signed| signed.stage != SessionStage::Code)
            .map_or_else(
                || Actor {
                    request_id: Some(stamp.request_id.clone()),
                    ..Actor::visitor()
                },
                |signed| signed.actor,
            ),
    };
    let route = format!(
        "{} {}",
        req.method(),
        openapi::pattern_of(req).unwrap_or_default()
    );
    let noted = web::block(move || audit::refused(&state.app, &actor, &route, stamp.now)).await;
    noted.map_err(Problem::internal)?.map_err(Problem::from)
}

enum Caller {
    Token(Actor),
    Session(Box<CurrentSession>),
}

async fn caller(req: &ServiceRequest, bearer: bool) -> Result<Caller, Problem> {
    if bearer {
        return holder(req).await.map(Caller::Token);
    }
    let signed = signed(req.request())
        .await?
        .ok_or_else(|| Problem::new(Kind::Unauthorized))?;
    match signed.stage {
        SessionStage::Enrol if !req.path().starts_with(routes::SECOND_FACTOR) => {
            Err(Problem::new(Kind::SecondFactor))
        }
        SessionStage::Done | SessionStage::Enrol => Ok(Caller::Session(Box::new(signed))),
        SessionStage::Code => Err(Problem::new(Kind::Unauthorized)),
    }
}

/// The session of the browser, even if its sign-in is not finished.
pub async fn signed(req: &HttpRequest) -> Result<Option<CurrentSession>, Problem> {
    let Some(cookie) = cookies::get(req.headers(), cookies::SESSION) else {
        return Ok(None);
    };
    let state = State::of(req)?;
    let stamp = RequestContext::of(req)?;
    let now = stamp.now;
    let found = match sign_in::known(&state.app, &cookie, now) {
        Some(known) => Some(known),
        None => {
            let app = state.app.clone();
            let find = move || sign_in::authenticate(&app, &cookie, now);
            state.readers.run(find).await??
        }
    };
    if let Some(signed) = &found {
        let context = stamp.clone().preferring(signed.preferences);
        req.extensions_mut().insert(context);
    }
    Ok(found.map(|signed| {
        let actor = Actor {
            request_id: Some(stamp.request_id),
            ..signed.actor
        };
        CurrentSession { actor, ..signed }
    }))
}

async fn holder(req: &ServiceRequest) -> Result<Actor, Problem> {
    let header = req
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (scheme, token) = header
        .and_then(|value| value.split_once(' '))
        .unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(Problem::new(Kind::Unauthorized));
    }
    let token = token.trim().to_owned();
    let state = State::of(req.request())?;
    let stamp = RequestContext::of(req.request())?;
    let (app, now) = (state.app.clone(), stamp.now);
    let find = move || tokens::authenticate(&app, &token, now);
    let actor =
        (state.readers.run(find).await??).ok_or_else(|| Problem::new(Kind::Unauthorized))?;
    Ok(Actor {
        request_id: Some(stamp.request_id),
        ..actor
    })
}

/// Whether a browser says that the request was made by a page of ours. Both headers are out of
/// reach of scripts; `null` is what a browser says that keeps the origin to itself.
fn from_own_page(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(header::ORIGIN) {
        Some(origin) if origin != "null" => origin.eq_ignore_ascii_case(origin_of(public_url)),
        _ => text(HeaderName::from_static("sec-fetch-site")) == Some("same-origin"),
    }
}

/// Scheme, host and port of an address.
fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url
        .get(start..)
        .and_then(|rest| rest.find('/'))
        .map_or(url.len(), |at| start + at);
    url.get(..end).unwrap_or(url)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    kind.split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// A refusal; who opens a page is led to where it can be mended.
async fn refused(
    req: ServiceRequest,
    problem: Problem,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let sends_a_form = problem.kind() == Kind::Unauthorized
        && req.method() == Method::POST
        && RequestContext::of(req.request())?.reader
        && require_own_page(&req).is_ok();
    if sends_a_form {
        return ask_again(req, problem).await;
    }
    let opens_a_page = RequestContext::of(req.request())?.reader && req.method() == Method::GET;
    let to = match problem.kind() {
        Kind::Unauthorized if opens_a_page => routes::with(routes::SIGN_IN, "toi", req.path()),
        Kind::SecondFactor if opens_a_page => routes::SECOND_FACTOR.to_owned(),
        _ => return Ok(ServiceResponse::from_err(problem, req.into_parts().0)),
    };
    Ok(req.into_response(
        HttpResponse::SeeOther()
            .insert_header((header::LOCATION, to))
            .finish(),
    ))
}

/// The form of signing in, which carries the form that was sent; a form whose sender is not known is
/// refused.
async fn ask_again(
    mut req: ServiceRequest,
    problem: Problem,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let payload = req.take_payload();
    let (req, path) = (req.request().clone(), req.path().to_owned());
    let sent = sent_texts(&req, payload).await.ok();
    let Some(kept) = sent.and_then(|sent| Kept::of(&path, sent)) else {
        return Ok(ServiceResponse::from_err(problem, req));
    };
    let call = PageCall::extract(&req).await?;
    Ok(ServiceResponse::new(req, kept::ask(&call, kept)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_an_origin() {
        for (url, origin) in [
            ("https://tinbai.example", "https://tinbai.example"),
            ("https://tinbai.example/ung-dung", "https://tinbai.example"),
            ("http://localhost:8080", "http://localhost:8080"),
        ] {
            assert_eq!(origin_of(url), origin);
        }
    }
}
