//! Versions in headers. Everything that can be edited shows its version as a strong `ETag`; an edit
//! sends it back in `If-Match`, so that nobody overwrites a change that they have not seen.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;

use super::error::{Kind, Problem};
use crate::domain::error::Invalid;

/// A version as an entity tag.
pub fn of(version: i32) -> String {
    format!("\"{version}\"")
}

/// 200 with a body and its version.
pub fn tagged(version: i32, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, of(version)))
        .json(body)
}

/// The version that the caller read before it edits, out of `If-Match`. 428 without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub i32);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = req.headers().get(header::IF_MATCH) else {
            return ready(Err(Problem::new(Kind::VersionRequired)));
        };
        let tag = value.to_str().ok().map(str::trim);
        let version = tag.and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        ready(
            version
                .map(Self)
                .ok_or_else(|| Invalid::new("If-Match", "if_match").into()),
        )
    }
}
