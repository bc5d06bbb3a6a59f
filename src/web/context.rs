//! What is known of a request before anybody looks into it: when it came, its id, its language, and
//! whether a person reads the reply. The middleware makes it; handlers read it.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpMessage as _, HttpRequest};
use chrono::{DateTime, Utc};
use rand::RngExt as _;

use super::cookies;
use super::error::Problem;
use crate::domain::preference::Preferences;
pub use crate::domain::preference::{Lang, Theme};

/// The header in which a request's id is given and answered.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Below these addresses there are no pages.
const OF_PROGRAMS: [&str; 3] = ["/api/", "/healthz", "/readyz"];

/// Content types that only the forms of a browser have.
const FORMS: [&str; 2] = ["application/x-www-form-urlencoded", "multipart/form-data"];

/// The best language for an `Accept-Language` header: the highest weight, the first among equals.
fn accepted(header: &str) -> Lang {
    let mut best = (0.0, Lang::Vi);
    for part in header.split(',') {
        let mut pieces = part.split(';').map(str::trim);
        let tag = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let lang = match tag.split('-').next() {
            Some("vi" | "*") => Lang::Vi,
            Some("en") => Lang::En,
            _ => continue,
        };
        let weight = pieces
            .find_map(|piece| piece.strip_prefix("q=")?.parse().ok())
            .unwrap_or(1.0_f32);
        if weight > best.0 {
            best = (weight, lang);
        }
    }
    best.1
}

/// What is known of a request from its first line and headers.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The instant at which its first byte was looked at: what counts as its arrival.
    pub now: DateTime<Utc>,
    /// Its name in the log and in the audit trail.
    pub request_id: String,
    /// The language of its reply. On pages the cookie of the language switch wins over
    /// `Accept-Language`.
    pub lang: Lang,
    /// The colours of its page: those of the cookie of the switch; `None` = those of the system.
    pub theme: Option<Theme>,
    /// Whether a person reads the reply in a browser: refusals are then pages.
    pub reader: bool,
    /// Whether the address is one of pages, not of programs.
    pub is_page: bool,
    /// The page that shows the reply again when it is asked for by GET: where the language switch
    /// comes back to. For other verbs the first page, unless a handler knows better.
    pub page: String,
}

impl RequestContext {
    /// The context of a request, once the middleware has made it.
    ///
    /// # Errors
    /// If the middleware did not see the request.
    pub fn of(req: &HttpRequest) -> Result<Self, Problem> {
        req.extensions()
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::internal("no request context"))
    }

    /// The context of what never became a request.
    #[must_use]
    pub fn unread(now: DateTime<Utc>) -> Self {
        Self {
            now,
            request_id: new_id(),
            lang: Lang::Vi,
            theme: None,
            reader: false,
            is_page: false,
            page: "/".to_owned(),
        }
    }

    /// Reads it from a request that arrived at `now`.
    pub fn read(req: &ServiceRequest, now: DateTime<Utc>) -> Self {
        let text = |name: HeaderName| {
            req.headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let is_page = !OF_PROGRAMS
            .iter()
            .any(|below| req.path().starts_with(below));
        let content_type = text(header::CONTENT_TYPE).unwrap_or_default();
        let in_browser = text(header::ACCEPT).is_some_and(|accept| accept.contains("text/html"))
            || FORMS.iter().any(|form| content_type.starts_with(form));
        let chosen = |name: &str| cookies::get(req.headers(), name).filter(|_| is_page);
        let language = chosen(cookies::LANGUAGE).and_then(|name| Lang::parse(&name));
        let given = text(REQUEST_ID).filter(|id| is_hexadecimal(id));
        Self {
            now,
            request_id: given.map_or_else(new_id, str::to_owned),
            lang: language
                .unwrap_or_else(|| accepted(text(header::ACCEPT_LANGUAGE).unwrap_or_default())),
            theme: chosen(cookies::THEME).and_then(|name| Theme::parse(&name)),
            reader: is_page && in_browser && !req.headers().contains_key(header::AUTHORIZATION),
            page: match req.uri().path_and_query() {
                Some(address) if is_page && req.method().is_safe() => address.to_string(),
                _ => "/".to_owned(),
            },
            is_page,
        }
    }

    /// The same request once it is known who asks: on pages, what they chose on their account wins
    /// over the cookies of the browser.
    #[must_use]
    pub fn preferring(self, chosen: Preferences) -> Self {
        if !self.is_page {
            return self;
        }
        Self {
            lang: chosen.language.unwrap_or(self.lang),
            theme: chosen.theme.or(self.theme),
            ..self
        }
    }
}

fn new_id() -> String {
    format!("{:016x}", rand::rng().random::<u64>())
}

/// Whether the id that somebody else gave a request is a number in hexadecimal (a UUID, a proxy's
/// or a trace's id): it goes into the log and the trail, where nobody is to write words.
fn is_hexadecimal(id: &str) -> bool {
    (16..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_language_asked_for_is_spoken() {
        let headers = [
            "",
            "en",
            "en-GB,en;q=0.9",
            "vi-VN,vi;q=0.9,en;q=0.8",
            "fr, en;q=0.5",
            "en;q=0.2, vi",
            "fr",
        ];
        let spoken: Vec<&str> = headers
            .iter()
            .map(|header| accepted(header).locale())
            .collect();
        assert_eq!(spoken, ["vi", "en", "en", "vi", "en", "vi", "vi"]);
    }

    #[test]
    fn the_language_that_was_chosen_wins_on_pages() {
        let lang = |path: &str, cookie: &str| {
            let req = TestRequest::with_uri(path)
                .insert_header((header::COOKIE, format!("{}={cookie}", cookies::LANGUAGE)))
                .insert_header((header::ACCEPT_LANGUAGE, "en"))
                .to_srv_request();
            RequestContext::read(&req, DateTime::UNIX_EPOCH).lang
        };
        assert_eq!(lang("/", "vi"), Lang::Vi);
        assert_eq!(lang("/", "fr"), Lang::En);
        assert_eq!(lang("/api/v1/me", "vi"), Lang::En);
    }

    #[test]
    fn a_page_is_come_back_to_by_its_address() {
        let page = |req: TestRequest| {
            RequestContext::read(&req.to_srv_request(), DateTime::UNIX_EPOCH).page
        };
        assert_eq!(
            page(TestRequest::with_uri("/tai-khoan?xong=a")),
            "/tai-khoan?xong=a"
        );
        assert_eq!(page(TestRequest::post().uri("/tai-khoan")), "/");
    }
}
