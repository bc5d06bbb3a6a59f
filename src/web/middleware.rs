//! Around every request: its stamp, the headers of its reply, the body of a refusal, one line in
//! the log. The log holds no bodies, tokens or queries; of an address it holds the pattern, as
//! signed links are secrets.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpResponse, HttpResponseBuilder, ResponseError};
use futures_util::FutureExt as _;
use rand::RngExt as _;

use super::call::{Lang, Stamp, State};
use super::error::{Kind, Problem};
use super::pages::reply::{HTML, in_words};
use crate::domain::access::{Actor, actor_key};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What browsers may do with our replies: pages bring their own files and nothing inline;
/// everything else is nothing to show.
const CSP_PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                        connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";
/// The browsable document writes styles into its elements.
const CSP_DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                        font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";
/// Below these addresses there are no pages.
const OF_PROGRAMS: [&str; 3] = ["/api/", "/healthz", "/readyz"];

const CSP_DATA: &str = "default-src 'none'; frame-ancestors 'none'";

/// Stamps a request, and finishes its reply.
///
/// # Errors
/// None of its own.
pub async fn frame(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let state = State::of(req.request())?;
    let stamp = stamp(&state, &req);
    req.extensions_mut().insert(stamp.clone());
    let verb = req.method().clone();
    if verb == Method::HEAD {
        // answered as GET; the server itself leaves the body out, since it knows what was asked
        req.head_mut().method = Method::GET;
    }
    let docs = req.path().starts_with("/api/docs/");
    let secure = state.app.settings.server.public_url.starts_with("https://");
    let Ok(answered) = AssertUnwindSafe(next.call(req)).catch_unwind().await else {
        // the hook of panics has told the place; what the request was is gone with it (F37)
        tracing::error!(
            method = verb.as_str(),
            request_id = stamp.request_id,
            "a request panicked"
        );
        return Err(Panicked { stamp, secure }.into());
    };
    let response = answered?.map_into_boxed_body();
    let mut response = explained(response, &stamp);
    dress(response.headers_mut(), docs, &stamp, secure);
    log(&response, &verb, &stamp, started);
    Ok(response)
}

/// A handler broke; the caller is answered like by any other fault of ours.
#[derive(Debug)]
struct Panicked {
    stamp: Stamp,
    secure: bool,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request panicked")
    }
}

impl ResponseError for Panicked {
    fn error_response(&self) -> HttpResponse {
        let mut reply = reply(&Problem::new(Kind::Internal), &self.stamp, "/");
        dress(reply.headers_mut(), false, &self.stamp, self.secure);
        reply
    }
}

fn stamp(state: &State, req: &ServiceRequest) -> Stamp {
    let text = |name: HeaderName| {
        req.headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let given = text(REQUEST_ID).filter(|id| is_number(id));
    let request_id = given.map_or_else(
        || format!("{:016x}", rand::rng().random::<u64>()),
        str::to_owned,
    );
    let lang = Lang::accepted(text(header::ACCEPT_LANGUAGE).unwrap_or_default());
    let form = ["application/x-www-form-urlencoded", "multipart/form-data"];
    let kind = text(header::CONTENT_TYPE).unwrap_or_default();
    let browser = text(header::ACCEPT).is_some_and(|accept| accept.contains("text/html"))
        || form.iter().any(|form| kind.starts_with(form));
    let page = !OF_PROGRAMS
        .iter()
        .any(|below| req.path().starts_with(below));
    let reader = page && browser && !req.headers().contains_key(header::AUTHORIZATION);
    Stamp {
        now: state.clock.now(),
        request_id,
        lang,
        reader,
    }
}

/// Whether the id that somebody else gave a request is a number in hexadecimal (a UUID, a proxy's
/// or a trace's id): it goes into the log and the trail, where nobody is to write words.
fn is_number(id: &str) -> bool {
    (16..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Gives a refusal its body; refusals of the framework itself become ours first.
fn explained(response: ServiceResponse, stamp: &Stamp) -> ServiceResponse {
    let error = response.response().error();
    let own = error.and_then(|error| error.as_error::<Problem>());
    let framework = match response.status() {
        _ if own.is_some() => None,
        StatusCode::NOT_FOUND => error.map(|_| Problem::new(Kind::NotFound)),
        status if status.is_client_error() => error.map(|_| Problem::new(Kind::Invalid)),
        _ => error.map(Problem::internal),
    };
    let Some(problem) = own.or(framework.as_ref()) else {
        return response;
    };
    if let Some(cause) = problem.cause() {
        tracing::error!(cause, request_id = stamp.request_id, "a request failed");
    }
    let public_url =
        State::of(response.request()).map(|state| state.app.settings.server.public_url.clone());
    let reply = reply(problem, stamp, public_url.as_deref().unwrap_or("/"));
    response.into_response(reply)
}

fn reply(problem: &Problem, stamp: &Stamp, public_url: &str) -> HttpResponse {
    let mut reply = HttpResponseBuilder::new(problem.status_code());
    if let Some(header) = problem.headers() {
        reply.insert_header(header);
    }
    if let Some(page) = in_words(problem, &stamp.request_id, public_url).filter(|_| stamp.reader) {
        return reply.content_type(HTML).body(page);
    }
    reply
        .insert_header((header::CONTENT_LANGUAGE, stamp.lang.locale()))
        .content_type("application/problem+json");
    let body = problem.body(stamp.lang.locale(), &stamp.request_id);
    let text = serde_json::to_string(&body).unwrap_or_default();
    reply.body(text)
}

fn dress(headers: &mut HeaderMap, docs: bool, stamp: &Stamp, secure: bool) {
    let html = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let csp = match (docs, html) {
        (true, _) => CSP_DOCS,
        (false, true) => CSP_PAGE,
        (false, false) => CSP_DATA,
    };
    let mut put = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value))
    };
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // without a referrer browsers would send `Origin: null` with our own forms, and the guard could
    // not know them as ours
    put(
        header::REFERRER_POLICY,
        if html { "same-origin" } else { "no-referrer" },
    );
    if secure {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    // a page that shows somebody else's HTML brings its own
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(csp),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(&stamp.request_id) {
        headers.insert(REQUEST_ID, id);
    }
}

fn log(response: &ServiceResponse, verb: &Method, stamp: &Stamp, started: Instant) {
    let request = response.request();
    // the id, not the name: names of people stay out of logs
    let id = |actor: &Actor| actor_key(&actor.name).to_owned();
    let actor = request.extensions().get::<Actor>().map(id);
    tracing::info!(
        method = verb.as_str(),
        path = request.match_pattern().unwrap_or_default(),
        status = response.status().as_u16(),
        ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        actor = actor.unwrap_or_default(),
        request_id = stamp.request_id,
        "request"
    );
}
