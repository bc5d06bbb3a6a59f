//! Refusals, and the only table of status codes. Replies are RFC 9457 problem details in the
//! caller's language (`config/locales/http.yml`); the cause goes to the log only.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};

use crate::domain::error::Invalid;
use crate::service::Error;
use crate::store::StoreError;

/// Seconds after which a caller may try again where the database was busy.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The input is at fault; the faults say where.
    Invalid,
    /// No valid token.
    Unauthorized,
    /// The caller sees it but may not do this.
    Forbidden,
    /// The session lacks the second factor that the caller's role requires.
    SecondFactor,
    /// Sent by a page of another site with the cookie of a session.
    CrossSite,
    /// Too many attempts; try again later.
    TooMany,
    /// It does not exist, or the caller may not see it: the two must look alike.
    NotFound,
    /// The address does not support the method.
    MethodNotAllowed,
    /// The body came too slowly.
    TooSlow,
    /// The head of the request is no HTTP.
    Malformed,
    /// The head of the request is too long.
    HeadTooLong,
    /// The caller takes none of the encodings of replies.
    NotAcceptable,
    /// There is no room for another connection, or for another export.
    Crowded,
    /// The current state does not allow it.
    Conflict,
    /// A request with the same idempotency key is in progress.
    InFlight,
    /// Somebody else saved first.
    Stale,
    /// The body is too long.
    TooLarge,
    /// The content type of the body is not JSON.
    NotJson,
    /// The content type of what was sent to a page is not that of a form.
    NotForm,
    /// The idempotency key was used for another request.
    KeyReused,
    /// The request does not say which version it changes.
    VersionRequired,
    /// A fault of the server.
    Internal,
    /// The database is busy or unavailable.
    Busy,
    /// The disk is full.
    Full,
}

impl Kind {
    /// The table: status code, and the name under which texts and problem types know it.
    pub(super) const fn row(self) -> (StatusCode, &'static str) {
        match self {
            Self::Invalid => (StatusCode::BAD_REQUEST, "invalid"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Self::SecondFactor => (StatusCode::FORBIDDEN, "second_factor"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "cross_site"),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too_slow"),
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed"),
            Self::HeadTooLong => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_long"),
            Self::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "not_acceptable"),
            Self::Crowded => (StatusCode::SERVICE_UNAVAILABLE, "crowded"),
            Self::Conflict => (StatusCode::CONFLICT, "conflict"),
            Self::InFlight => (StatusCode::CONFLICT, "in_flight"),
            Self::Stale => (StatusCode::PRECONDITION_FAILED, "stale"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json"),
            Self::NotForm => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_form"),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "key_reused"),
            Self::VersionRequired => (StatusCode::PRECONDITION_REQUIRED, "version_required"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::Full => (StatusCode::INSUFFICIENT_STORAGE, "full"),
        }
    }
}

/// Why a request is refused.
#[derive(Debug)]
pub struct Problem {
    kind: Kind,
    faults: Vec<Invalid>,
    /// For the log.
    cause: Option<String>,
    /// Seconds after which the caller may try again, where it is not the usual time.
    retry_after: Option<u64>,
    /// The verbs that the address takes, for `Allow`.
    verbs: Option<HeaderValue>,
}

impl Problem {
    /// A refusal of this kind.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            faults: Vec::new(),
            cause: None,
            retry_after: None,
            verbs: None,
        }
    }

    /// A body longer than this server takes.
    pub fn too_large(limit_bytes: usize) -> Self {
        let fault = Invalid::new("", "body_limit").with("max", limit_bytes / 1024);
        Self {
            faults: vec![fault],
            ..Self::new(Kind::TooLarge)
        }
    }

    /// A fault of the server; `cause` goes to the log only.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self {
            cause: Some(cause.to_string()),
            ..Self::new(Kind::Internal)
        }
    }

    /// Too many attempts: the next one is accepted after so many seconds.
    pub fn too_many(seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(Kind::TooMany)
        }
    }

    /// A method that the address does not support; `verbs` are those that it does, if known.
    pub fn method_not_allowed(verbs: Option<HeaderValue>) -> Self {
        Self {
            verbs,
            ..Self::new(Kind::MethodNotAllowed)
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Every fault of the input.
    pub fn faults(&self) -> &[Invalid] {
        &self.faults
    }

    /// The cause, for the log; callers do not see it.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// Headers that belong to a refusal of this kind.
    pub fn headers(&self) -> Option<(HeaderName, HeaderValue)> {
        match self.kind {
            Kind::TooMany => Some((
                header::RETRY_AFTER,
                HeaderValue::from(self.retry_after.unwrap_or(60)),
            )),
            Kind::MethodNotAllowed => self.verbs.clone().map(|verbs| (header::ALLOW, verbs)),
            Kind::Unauthorized => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
            }
            Kind::Busy | Kind::InFlight | Kind::Crowded => Some((header::RETRY_AFTER, RETRY_AFTER)),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.row().1)
    }
}

impl std::error::Error for Problem {}

/// The body is written by the middleware, which knows the caller's language.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.row().0
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<Invalid> for Problem {
    fn from(fault: Invalid) -> Self {
        vec![fault].into()
    }
}

impl From<Vec<Invalid>> for Problem {
    fn from(faults: Vec<Invalid>) -> Self {
        Self {
            faults,
            ..Self::new(Kind::Invalid)
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(faults) => faults.into(),
            Error::NotFound { .. } => Self::new(Kind::NotFound),
            Error::Forbidden => Self::new(Kind::Forbidden),
            Error::Stale => Self::new(Kind::Stale),
            Error::TooOften(seconds) => Self::too_many(seconds),
            Error::Conflict(fault) => Self {
                faults: vec![fault],
                ..Self::new(Kind::Conflict)
            },
            Error::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::Busy(_) | StoreError::Unavailable(_) | StoreError::Collision(_) => {
                Kind::Busy
            }
            StoreError::Unwritable(_) => Kind::Full,
            StoreError::Unique(_)
            | StoreError::Refused(_)
            | StoreError::Corrupt(_)
            | StoreError::Damaged(_)
            | StoreError::Other(_) => Kind::Internal,
        };
        Self {
            cause: Some(error.to_string()),
            ..Self::new(kind)
        }
    }
}
