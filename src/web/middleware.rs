//! Around every request: its context, the headers of its reply, the body of a refusal, one line in
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
use tracing::Instrument as _;

use super::context::{REQUEST_ID, RequestContext};
use super::error::{Kind, Problem};
use super::etag;
use super::openapi;
use super::pages::message::{self, Reader};
use super::state::State;
use crate::domain::access::Actor;
use crate::service::accounts::sign_in::CurrentSession;
use crate::telemetry::spans;

/// What pages may load: files of this server, and nothing inline.
pub(super) const CSP_PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                        connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";
/// The browsable API document writes styles into its elements.
const CSP_DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                        font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

/// What is no page loads nothing.
const CSP_DATA: &str = "default-src 'none'; frame-ancestors 'none'";

/// Answers 304 if the tag of the reply matches `If-None-Match`, and keeps replies with a strong tag
/// from being compressed: the same bytes have the same tag (RFC 9110, 8.8.3.3).
/// [`request_context`] takes the mark away again.
///
/// # Errors
/// Those of the handlers.
pub async fn tagged(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let asked = req.method() == Method::GET;
    let known = req.headers().get_all(header::IF_NONE_MATCH);
    let known: Vec<&str> = known.filter_map(|line| line.to_str().ok()).collect();
    let known = (asked && !known.is_empty()).then(|| known.join(","));
    let mut response = next.call(req).await?.map_into_boxed_body();
    let tag = response.headers().get(header::ETAG);
    let Some(tag) = tag.and_then(|tag| tag.to_str().ok()) else {
        return Ok(response);
    };
    let unchanged = known.is_some_and(|known| etag::matches(&known, tag));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, IDENTITY);
    if unchanged && response.status() == StatusCode::OK {
        response = response.map_body(|head, _| {
            head.status = StatusCode::NOT_MODIFIED;
            BoxBody::new(())
        });
    }
    Ok(response)
}

/// Not compressed.
const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// Gives a request its context, and finishes its reply.
///
/// # Errors
/// None of its own.
pub async fn request_context(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let state = State::of(req.request())?;
    let context = RequestContext::read(&req, state.clock.now());
    req.extensions_mut().insert(context.clone());
    let verb = req.method().clone();
    if verb == Method::HEAD {
        // answered as GET; the server itself leaves the body out, since it knows what was asked
        req.head_mut().method = Method::GET;
    }
    let docs = req.path().starts_with("/api/docs/");
    let secure = state.app.settings.server.public_url.starts_with("https://");
    let span = spans::request(verb.as_str(), &context.request_id);
    let answered = AssertUnwindSafe(next.call(req)).catch_unwind();
    let Ok(answered) = answered.instrument(span.clone()).await else {
        // the panic hook has logged the place; the request itself is lost with the panic (F37)
        spans::failed(&span);
        tracing::error!(
            method = verb.as_str(),
            request_id = context.request_id,
            "a request panicked"
        );
        return Err(Panicked { context, secure }.into());
    };
    let response = answered?.map_into_boxed_body();
    // who asks is known by now, and the language that they chose
    let context = RequestContext::of(response.request()).unwrap_or(context);
    let mut response = explained(response, &context);
    security_headers(response.headers_mut(), docs, &context, secure);
    if response.headers().get(header::CONTENT_ENCODING) == Some(&IDENTITY) {
        response.headers_mut().remove(header::CONTENT_ENCODING);
    }
    let path = openapi::pattern_of(response.request()).unwrap_or_default();
    spans::answered(&span, verb.as_str(), &path, response.status().as_u16());
    log(&response, (&verb, &path), &context, started);
    Ok(response)
}

/// A handler panicked; the caller gets the same reply as for any other fault of the server.
#[derive(Debug)]
struct Panicked {
    context: RequestContext,
    secure: bool,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request panicked")
    }
}

impl ResponseError for Panicked {
    fn error_response(&self) -> HttpResponse {
        let reader = Reader {
            context: &self.context,
            session: None,
        };
        let mut reply = reply(&Problem::new(Kind::Internal), &reader, "/");
        security_headers(reply.headers_mut(), false, &self.context, self.secure);
        reply
    }
}

/// Writes the body of a refusal; refusals of the framework are converted first.
fn explained(response: ServiceResponse, context: &RequestContext) -> ServiceResponse {
    let error = response.response().error();
    let own = error.and_then(|error| error.as_error::<Problem>());
    let framework = match response.status() {
        _ if own.is_some() => None,
        // of the compression, which answers it as if all were well
        StatusCode::NOT_ACCEPTABLE => Some(Problem::new(Kind::NotAcceptable)),
        StatusCode::NOT_FOUND => error.map(|_| Problem::new(Kind::NotFound)),
        status if status.is_client_error() => error.map(|_| Problem::new(Kind::Invalid)),
        _ => error.map(Problem::internal),
    };
    let Some(problem) = own.or(framework.as_ref()) else {
        return response;
    };
    if let Some(cause) = problem.cause() {
        tracing::error!(cause, request_id = context.request_id, "a request failed");
    }
    let public_url =
        State::of(response.request()).map(|state| state.app.settings.server.public_url.clone());
    let session = response
        .request()
        .extensions()
        .get::<CurrentSession>()
        .cloned();
    let reader = Reader {
        context,
        session: session.as_ref(),
    };
    let reply = reply(problem, &reader, public_url.as_deref().unwrap_or("/"));
    response.into_response(reply)
}

/// The reply to a refusal, without the headers that all replies have.
pub(super) fn reply(problem: &Problem, reader: &Reader<'_>, public_url: &str) -> HttpResponse {
    let context = reader.context;
    if context.reader
        && let Ok(page) = message::refusal(problem, reader, public_url)
    {
        return page;
    }
    let mut reply = HttpResponseBuilder::new(problem.status_code());
    if let Some(header) = problem.headers() {
        reply.insert_header(header);
    }
    reply
        .insert_header((header::CONTENT_LANGUAGE, context.lang.locale()))
        .content_type("application/problem+json");
    let body = problem.body(context.lang.locale(), &context.request_id);
    let text = serde_json::to_string(&body).unwrap_or_default();
    reply.body(text)
}

/// Headers that all replies have.
pub(super) fn security_headers(
    headers: &mut HeaderMap,
    docs: bool,
    context: &RequestContext,
    secure: bool,
) {
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
    // without a referrer browsers send `Origin: null` with our own forms, and the guard could not
    // tell them from those of other sites
    put(
        header::REFERRER_POLICY,
        if html { "same-origin" } else { "no-referrer" },
    );
    if secure {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    // the page that shows a mail's HTML has its own
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(csp),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        headers.insert(REQUEST_ID, id);
    }
}

fn log(
    response: &ServiceResponse,
    (verb, path): (&Method, &str),
    context: &RequestContext,
    started: Instant,
) {
    let request = response.request();
    // the id, not the name: names of people stay out of logs
    let id = |actor: &Actor| actor.id.to_string();
    let actor = request.extensions().get::<Actor>().map(id);
    tracing::info!(
        method = verb.as_str(),
        path,
        status = response.status().as_u16(),
        ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        actor = actor.unwrap_or_default(),
        request_id = context.request_id,
        "request"
    );
}
