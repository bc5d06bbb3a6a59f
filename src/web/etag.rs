//! Versions in headers. Everything that can be edited shows its version as a strong `ETag`; an edit
//! sends it back in `If-Match`, so that nobody overwrites a change that they have not seen.

use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Path;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::body::Body;
use super::error::{Kind, Problem};
use crate::domain::error::Invalid;

/// A version as an entity tag.
pub fn of(version: i32) -> String {
    format!("\"{version}\"")
}

/// What can be edited, and so carries a version.
pub trait Versioned: Serialize {
    /// Goes up with every change.
    fn version(&self) -> i32;
}

/// 200 with a body and its version.
pub fn tagged(body: &impl Versioned) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, of(body.version())))
        .json(body)
}

/// Says where each type keeps its version.
macro_rules! versioned {
    ($($name:ty: $($field:ident).+;)+) => { $(
        impl $crate::web::etag::Versioned for $name {
            fn version(&self) -> i32 {
                self.$($field).+
            }
        }
    )+ };
}

/// The version that the caller read before it edits, out of `If-Match`. 428 without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::IntoParams)]
#[into_params(names("If-Match"), parameter_in = Header)]
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

/// An edit of one thing: the id in the address, the version in `If-Match`, and a JSON body.
#[derive(Debug)]
pub struct Edit<T, Id = i64> {
    /// What is edited.
    pub id: Id,
    /// The version that the caller has read.
    pub version: i32,
    /// What to change.
    pub body: T,
}

impl<T, Id> FromRequest for Edit<T, Id>
where
    T: DeserializeOwned + 'static,
    Id: DeserializeOwned + 'static,
{
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = <(Path<Id>, IfMatch, Body<T>)>::from_request(req, payload);
        Box::pin(async move {
            let (id, IfMatch(version), body) = parts.await?;
            Ok(Self {
                id: id.into_inner(),
                version,
                body: body.value,
            })
        })
    }
}
