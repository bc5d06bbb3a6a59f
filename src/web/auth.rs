//! Who calls: every address is closed but those listed here; the others take a bearer token.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, web};

use super::call::{Stamp, State};
use super::error::{Kind, Problem};
use super::pages;
use crate::domain::access::Actor;
use crate::service::{links, tokens};

/// Addresses that are open, whole.
const OPEN: [&str; 5] = ["/", "/healthz", "/readyz", "/api/v1/openapi.json", "/api/docs"];

/// Addresses below which everything is open: the browsable document, signed links in mails, files of pages, and the mails of a
/// demonstration, which lie behind a key.
const OPEN_BELOW: [&str; 4] = ["/api/docs/", links::PATH, pages::ASSETS, pages::MAILBOX];

/// Lets a request pass that is open or has a good token, whose holder handlers find as [`super::call::Call`].
///
/// # Errors
/// Those of the handlers.
pub async fn guard(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let path = req.path();
    if !OPEN.contains(&path) && !OPEN_BELOW.iter().any(|open| path.starts_with(open)) {
        match holder(&req).await {
            Ok(actor) => req.extensions_mut().insert(actor),
            Err(problem) => return Ok(ServiceResponse::from_err(problem, req.into_parts().0)),
        };
    }
    Ok(next.call(req).await?.map_into_boxed_body())
}

async fn holder(req: &ServiceRequest) -> Result<Actor, Problem> {
    let header = req.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = header.and_then(|value| value.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(Problem::new(Kind::Unauthorized));
    }
    let token = token.trim().to_owned();
    let state = State::of(req.request())?;
    let stamp = req.extensions().get::<Stamp>().cloned().ok_or_else(|| Problem::internal("no stamp"))?;
    let found = web::block(move || tokens::authenticate(&state.house, &token, stamp.now)).await;
    let actor = found.map_err(Problem::internal)??.ok_or_else(|| Problem::new(Kind::Unauthorized))?;
    Ok(Actor { request_id: Some(stamp.request_id), ..actor })
}
