//! Bodies of requests: read within the limits of size and time, parsed strictly, every fault named
//! by its field.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
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
use super::state::State;
use crate::domain::error::Invalid;

/// A JSON body.
#[derive(Debug)]
pub struct Body<T> {
    /// What was sent.
    pub value: T,
    /// A hash of verb, address and body: what an idempotency key stands for.
    pub fingerprint: String,
}

/// A body that has nothing to say: `{}`.
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

/// A form of a page. A NUL in it is no text that anybody could have meant, and becomes U+FFFD as
/// broken UTF-8 does: it matches nothing, and is answered like any other wrong word.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(
                &req,
                payload,
                ("application/x-www-form-urlencoded", Kind::NotForm),
            )
            .await?;
            let mut pairs: Vec<(String, String)> =
                serde_urlencoded::from_bytes(&bytes).map_err(Problem::internal)?;
            for (_, value) in &mut pairs {
                *value = value.replace('\0', "\u{fffd}");
            }
            from_query(&pairs).map(Self)
        })
    }
}

async fn read(
    req: &HttpRequest,
    mut payload: Payload,
    (wanted, otherwise): (&str, Kind),
) -> Result<BytesMut, Problem> {
    let server = &State::of(req)?.app.settings.server;
    let length = req
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > server.body_limit_bytes) {
        return Err(Problem::too_large(server.body_limit_bytes));
    }
    let kind = req
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(wanted) {
        return Err(Problem::new(otherwise));
    }
    let whole = async {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            // the caller went away in the middle: nobody reads the answer
            let chunk = chunk.map_err(|_| Problem::new(Kind::TooSlow))?;
            if bytes.len() + chunk.len() > server.body_limit_bytes {
                return Err(Problem::too_large(server.body_limit_bytes));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    match tokio::time::timeout(server.body_timeout_seconds.duration(), whole).await {
        Ok(read) => read,
        Err(_) => Err(Problem::new(Kind::TooSlow)),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
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

/// Whether a text in this JSON has a NUL, which no text of ours has and PostgreSQL can't keep. In
/// JSON it only comes escaped.
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

/// The field below `at` that has one.
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

/// What serde says about a value, as a fault that names its field and the mend.
pub(super) fn fault(path: &str, said: &str) -> Invalid {
    let path = if path == "." { "" } else { path };
    let said = said.split(" at line ").next().unwrap_or(said);
    let mut quoted = said.split('`').skip(1).step_by(2);
    let starts = |with: &str| said.starts_with(with);
    if starts("unknown field") {
        let name = quoted.next().unwrap_or_default();
        let names = quoted.collect::<Vec<_>>().join(", ");
        return Invalid::new(inside(path, name), "json_unknown_field").with("names", names);
    }
    if starts("missing field") {
        return Invalid::new(inside(path, quoted.next().unwrap_or_default()), "required");
    }
    if starts("duplicate field") {
        return Invalid::new(
            inside(path, quoted.next().unwrap_or_default()),
            "json_duplicate",
        );
    }
    let field = path.to_owned();
    if starts("unknown variant") {
        let value = quoted.next().unwrap_or_default().escape_debug().to_string();
        let names = quoted.collect::<Vec<_>>().join(", ");
        return Invalid::new(field, "json_variant")
            .with("value", value)
            .with("names", names);
    }
    if let Some((_, expected)) = said.split_once("expected ")
        && (starts("invalid type") || starts("invalid value") || starts("invalid length"))
    {
        return Invalid::new(field, type_code(expected));
    }
    if is_date_fault(said) {
        return Invalid::new(field, "json_date");
    }
    Invalid::new(field, "json_value").with("cause", said.escape_debug())
}

/// serde names the parent of an unknown, missing or doubled field, sometimes the field itself.
fn inside(path: &str, name: &str) -> String {
    let known = path == name || path.ends_with(&format!(".{name}"));
    match (path, known) {
        ("", _) => name.escape_debug().to_string(),
        (_, true) => path.to_owned(),
        (_, false) => format!("{path}.{}", name.escape_debug()),
    }
}

fn type_code(expected: &str) -> &'static str {
    match expected {
        "a string" | "str" | "string" | "a borrowed string" => "json_text",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "isize" => {
            "json_integer"
        }
        "a boolean" => "json_boolean",
        "a sequence" => "json_list",
        "a map" => "json_object",
        expected if expected.starts_with("struct") => "json_object",
        expected if expected.contains("date") || expected.contains("RFC 3339") => "json_date",
        _ => "json_text",
    }
}

/// The sentences of chrono.
fn is_date_fault(said: &str) -> bool {
    const SAID: [&str; 6] = [
        "input is out of range",
        "input contains invalid characters",
        "premature end of input",
        "trailing input",
        "no possible date and time",
        "input is not enough",
    ];
    SAID.iter().any(|sentence| said.starts_with(sentence))
}

/// Parses one value out of an address, as a body's value would be.
pub(super) fn from_query<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Problem> {
    let whole = serde_urlencoded::to_string(pairs).map_err(Problem::internal)?;
    let said = match serde_urlencoded::from_str(&whole) {
        Ok(value) => return Ok(value),
        Err(error) => error.to_string(),
    };
    // the parser does not say which value it did not understand: the one that is refused alone
    for (name, value) in pairs {
        let alone = serde_urlencoded::to_string([(name, value)]).map_err(Problem::internal)?;
        let refused = serde_urlencoded::from_str::<T>(&alone)
            .err()
            .map(|error| error.to_string());
        if let Some(said) = refused.filter(|said| !said.starts_with("missing field")) {
            let number =
                said.starts_with("invalid digit") || said.starts_with("cannot parse integer");
            return Err(match said.as_str() {
                said if said.starts_with("provided string was not") => {
                    Invalid::new(name.clone(), "json_boolean")
                }
                _ if number => Invalid::new(name.clone(), "json_integer"),
                said => fault(name, said),
            }
            .into());
        }
    }
    Err(fault("", &said).into())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Inner {
        count: u32,
        on: chrono::NaiveDate,
        #[serde(default)]
        kind: Option<crate::domain::unit::Category>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Outer {
        name: String,
        rows: Vec<Inner>,
    }

    fn told(json: &str) -> String {
        match serde_path_to_error::deserialize::<_, Outer>(&mut serde_json::Deserializer::from_str(
            json,
        )) {
            Ok(_) => "fine".to_owned(),
            Err(error) => {
                let fault = fault(&error.path().to_string(), &error.inner().to_string());
                format!("{} {}", fault.field, fault.code)
            }
        }
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        assert_eq!(
            told(r#"{"name": "a", "rows": [{"count": 1, "on": "2026-11-20", "kind": "office"}]}"#),
            "fine"
        );
        assert_eq!(told(r#"{"name": "a"}"#), "rows required");
        assert_eq!(told(r#"{"name": 1, "rows": []}"#), "name json_text");
        assert_eq!(
            told(r#"{"name": "a", "rows": [], "colour": 1}"#),
            "colour json_unknown_field"
        );
        assert_eq!(told(r#"{"name": "a", "rows": {}}"#), "rows json_list");
        let row = |row: &str| told(&format!(r#"{{"name": "a", "rows": [{row}]}}"#));
        assert_eq!(
            row(r#"{"count": "1", "on": "2026-11-20"}"#),
            "rows[0].count json_integer"
        );
        assert_eq!(
            row(r#"{"count": -1, "on": "2026-11-20"}"#),
            "rows[0].count json_integer"
        );
        assert_eq!(
            row(r#"{"count": 1, "on": "2026-02-30"}"#),
            "rows[0].on json_date"
        );
        assert_eq!(row(r#"{"count": 1, "on": 5}"#), "rows[0].on json_date");
        assert_eq!(
            row(r#"{"count": 1, "on": "2026-11-20", "x": 1}"#),
            "rows[0].x json_unknown_field"
        );
        assert_eq!(
            row(r#"{"count": 1, "on": "2026-11-20", "kind": "x"}"#),
            "rows[0].kind json_variant"
        );
        assert_eq!(
            row(r#"{"count": 1, "count": 1, "on": "2026-11-20"}"#),
            "rows[0].count json_duplicate"
        );
    }

    #[test]
    fn a_nul_is_told_with_its_place() {
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
