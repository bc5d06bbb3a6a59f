//! The reply to a request that created something: 201 with its address and version, or the reply
//! that was kept under the request's key.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;

use super::error::Problem;
use super::etag::{self, Versioned};
use crate::service::Error;
use crate::service::core::idempotency::{self, Reply};

/// What a use case created.
#[derive(Debug)]
pub struct Created<T> {
    /// The reply's body.
    body: T,
    /// The address at which it can be read.
    location: String,
    /// Its version, for the `ETag`; `None` for what is never edited.
    version: Option<i32>,
}

impl<T: Versioned> Created<T> {
    /// Something with an address and a version.
    pub fn at(location: String, body: T) -> Self {
        Self {
            location,
            version: Some(body.version()),
            body,
        }
    }
}

impl<T: Serialize> Created<T> {
    /// Something with an address that is never edited.
    pub fn unversioned(location: String, body: T) -> Self {
        Self {
            location,
            version: None,
            body,
        }
    }

    pub(super) fn reply(self) -> Result<Reply, Error> {
        let mut headers = vec![(header::LOCATION.to_string(), self.location)];
        headers.extend(
            self.version
                .map(|version| (header::ETAG.to_string(), etag::of(version))),
        );
        let body = idempotency::body(&self.body)?;
        Ok(Reply {
            status: StatusCode::CREATED.as_u16(),
            headers,
            body,
        })
    }
}

pub(super) fn response(reply: Reply, replayed: bool) -> Result<HttpResponse, Problem> {
    let status = StatusCode::from_u16(reply.status).map_err(Problem::internal)?;
    let mut response = HttpResponseBuilder::new(status);
    for header in reply.headers {
        response.insert_header(header);
    }
    if replayed {
        response.insert_header(("Idempotency-Replayed", "true"));
    }
    Ok(response.content_type("application/json").body(reply.body))
}
