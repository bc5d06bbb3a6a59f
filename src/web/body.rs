//! Bodies of requests: read within the limits of size and time, parsed strictly, every fault named
//! by its field.

use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderName};
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::error::{Kind, Problem};
use super::fault::{fault, from_query};
use super::state::State;
use crate::domain::error::Invalid;

/// A JSON body.
#[derive(Debug)]
pub struct Body<T> {
    /// What was sent.
    pub value: T,
    /// A hash of method, address and body: an idempotency key belongs to it.
    pub fingerprint: String,
}

/// An empty body: `{}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let asked = format!("{} {}\n", req.method(), req.uri());
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&req, payload, ("application/json", Kind::NotJson)).await?;
            let mut hash = Sha256::new_with_prefix(asked);
            hash.update(&bytes);
            Ok(Self {
                value: parse(&bytes)?,
                fingerprint: URL_SAFE_NO_PAD.encode(hash.finalize()),
            })
        })
    }
}

/// A form of a page. A NUL becomes U+FFFD, as broken UTF-8 does: it matches nothing, and is
/// answered like any other wrong input.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move { from_query(&form_pairs(&req, payload).await?).map(Self) })
    }
}

/// What a form of a page holds, in its order.
pub(super) async fn form_pairs(
    req: &HttpRequest,
    payload: Payload,
) -> Result<Vec<(String, String)>, Problem> {
    let kind = ("application/x-www-form-urlencoded", Kind::NotForm);
    let bytes = read(req, payload, kind).await?;
    let mut pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(&bytes).map_err(Problem::internal)?;
    for (_, value) in &mut pairs {
        *value = value.replace('\0', "\u{fffd}");
    }
    Ok(pairs)
}

/// A file as the body: any content type, and a limit of its own. It is read when the handler asks for it.
pub struct FileBody {
    req: HttpRequest,
    payload: Payload,
}

impl FromRequest for FileBody {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            req: req.clone(),
            payload: payload.take(),
        }))
    }
}

impl FileBody {
    /// The file.
    ///
    /// # Errors
    /// 413 for one that is too long, 408 for one that comes too slowly.
    pub async fn read(self) -> Result<Vec<u8>, Problem> {
        let limit = State::of(&self.req)?.app.settings.server.import_limit_bytes;
        Ok(within(&self.req, self.payload, limit).await?.into())
    }
}

/// Reads a body of the content type `wanted` within the limits of size and time.
async fn read(
    req: &HttpRequest,
    payload: Payload,
    (wanted, otherwise): (&str, Kind),
) -> Result<BytesMut, Problem> {
    let limit = State::of(req)?.app.settings.server.body_limit_bytes;
    refuse_longer(req, limit)?;
    let essence = header_text(req, &header::CONTENT_TYPE).split(';').next();
    if !essence.is_some_and(|own| own.trim().eq_ignore_ascii_case(wanted)) {
        return Err(Problem::new(otherwise));
    }
    within(req, payload, limit).await
}

/// Refuses a body that says to be longer than allowed, before it is read.
fn refuse_longer(req: &HttpRequest, limit: usize) -> Result<(), Problem> {
    let length = header_text(req, &header::CONTENT_LENGTH).parse::<usize>();
    if length.is_ok_and(|length| length > limit) {
        return Err(Problem::too_large(limit));
    }
    Ok(())
}

/// Reads a body within the limits of size and time.
async fn within(
    req: &HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<BytesMut, Problem> {
    refuse_longer(req, limit)?;
    let server = &State::of(req)?.app.settings.server;
    let whole = async {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            // the client went away: nobody reads the answer
            let chunk = chunk.map_err(|_| Problem::new(Kind::TooSlow))?;
            if bytes.len() + chunk.len() > limit {
                return Err(Problem::too_large(limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    tokio::time::timeout(server.body_timeout_seconds.duration(), whole)
        .await
        .unwrap_or_else(|_| Err(Problem::new(Kind::TooSlow)))
}

/// A header as text; empty if it is absent or not text.
fn header_text<'r>(req: &'r HttpRequest, name: &HeaderName) -> &'r str {
    let value = req.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        if cause.is_data() {
            fault(&path, &cause.to_string())
        } else {
            syntax(&cause)
        }
    })?;
    json.end().map_err(|cause| syntax(&cause))?;
    if holds_nul(bytes) {
        let whole = serde_json::from_slice(bytes).map_err(|cause| syntax(&cause))?;
        return Err(Invalid::new(
            place_of_nul(&whole, "").unwrap_or_default(),
            "control_characters",
        )
        .into());
    }
    Ok(value)
}

/// Whether a text in this JSON has a NUL, which PostgreSQL can't store. In JSON it is always
/// escaped.
pub(super) fn holds_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = rest.get(at + 1..).unwrap_or_default();
        if escape.starts_with(b"u0000") {
            return true;
        }
        // the escaped character may be a backslash itself
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

/// The field below `at` that has a NUL.
fn place_of_nul(value: &Value, at: &str) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(|| at.to_owned()),
        Value::Array(rows) => rows
            .iter()
            .enumerate()
            .find_map(|(n, row)| place_of_nul(row, &format!("{at}[{n}]"))),
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            let below = if at.is_empty() {
                name.clone()
            } else {
                format!("{at}.{name}")
            };
            place_of_nul(field, &below)
        }),
        _ => None,
    }
}

fn syntax(cause: &serde_json::Error) -> Invalid {
    Invalid::new("", "json_syntax")
        .with("line", cause.line())
        .with("column", cause.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_found_with_its_place() {
        let place = |json: &str| {
            holds_nul(json.as_bytes()).then(|| place_of_nul(&json.parse().unwrap(), ""))
        };
        assert_eq!(
            place(r#"{"name": "a\\u0000", "rows": ["\\\\u0000", "\n\u0001", 5, null]}"#),
            None
        );
        assert_eq!(
            place(r#"{"name": "a\\\u0000"}"#),
            Some(Some("name".to_owned()))
        );
        assert_eq!(
            place(r#"{"a": 1, "rows": [{}, {"to": {"name": "\u0000"}}]}"#),
            Some(Some("rows[1].to.name".to_owned()))
        );
        assert_eq!(place(r#""\u0000""#), Some(Some(String::new())));
        assert_eq!(place(r#"{"\u0000": 1}"#), Some(None));
    }
}
