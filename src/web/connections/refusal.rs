//! Replies to what never becomes a request: a head that is no HTTP, too long or too late, a
//! connection too many. The framework answers the first two with bare status lines; callers get the
//! headers and the form of every other refusal instead.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::body::MessageBody as _;
use actix_web::http::header;

use crate::clock::SharedClock;
use crate::config::ServerSettings;
use crate::web::context::RequestContext;
use crate::web::error::{Kind, Problem};
use crate::web::middleware::{reply, security_headers};
use crate::web::pages::message::Reader;

/// The longest bare reply of the framework.
const BARE: usize = 300;

/// Makes such replies.
pub struct Refusals {
    /// Whether browsers reach the server by https only.
    secure: bool,
    /// Stamps them.
    clock: SharedClock,
}

impl std::fmt::Debug for Refusals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refusals").finish_non_exhaustive()
    }
}

impl Refusals {
    /// Those of a server.
    pub fn new(server: &ServerSettings, clock: SharedClock) -> Self {
        Self {
            secure: server.public_url.starts_with("https://"),
            clock,
        }
    }

    /// The whole reply, after which the connection is closed.
    #[must_use]
    pub fn of(&self, problem: &Problem) -> Vec<u8> {
        let context = RequestContext::unread(self.clock.now());
        let reader = Reader {
            context: &context,
            session: None,
        };
        let mut whole = reply(problem, &reader, "/");
        security_headers(whole.headers_mut(), false, &context, self.secure);
        tracing::info!(
            status = whole.status().as_u16(),
            request_id = context.request_id,
            "refused before it was a request"
        );
        written(whole, self.clock.now().format("%a, %d %b %Y %H:%M:%S GMT"))
    }

    /// What is sent instead of `bytes`, if they are a bare refusal of the framework.
    #[must_use]
    pub fn instead_of(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let head = std::str::from_utf8(bytes.get(..BARE.min(bytes.len()))?).ok()?;
        let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?;
        let kind = match status {
            "400" => Kind::Malformed,
            "408" => Kind::TooSlow,
            "431" => Kind::HeadTooLong,
            _ => return None,
        };
        // every reply of ours names its request
        let bare = bytes.len() <= BARE
            && head.ends_with("\r\n\r\n")
            && head.to_ascii_lowercase().contains("content-length: 0\r\n")
            && !head.contains("x-request-id");
        bare.then(|| self.of(&Problem::new(kind)))
    }
}

/// A reply as it stands on the wire.
fn written(whole: HttpResponse, date: impl std::fmt::Display) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {}\r\n", whole.status());
    for (name, value) in whole.headers() {
        let value = value.to_str().unwrap_or_default();
        let _never_fails = write!(head, "{name}: {value}\r\n");
    }
    let body = whole.into_body().try_into_bytes().unwrap_or_default();
    let (length, close) = (header::CONTENT_LENGTH, header::CONNECTION);
    let _never_fails = write!(
        head,
        "{length}: {}\r\n{close}: close\r\ndate: {date}\r\n\r\n",
        body.len()
    );
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&body);
    bytes
}
