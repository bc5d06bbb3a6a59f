//! The body of a refusal: problem details (RFC 9457) in the caller's language.

use serde::Serialize;

use super::error::{Kind, Problem};
use crate::domain::error::Invalid;
use crate::domain::words::say;

/// Problem details (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// What kind of problem, for programs.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of problem, for people.
    pub title: String,
    /// The status code.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// Every fault of the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FaultBody>,
    /// The request as the log knows it.
    pub request_id: String,
}

/// One fault of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FaultBody {
    /// Where it is, dotted: `patch.calendar`; empty if the whole input is at fault.
    pub field: String,
    /// Which fault, for programs.
    pub code: &'static str,
    /// Which fault and how to mend it, for people.
    pub message: String,
}

impl Problem {
    /// The reply's body, in a locale.
    pub fn body(&self, locale: &str, request_id: &str) -> ProblemBody {
        let (status, name) = self.kind().row();
        let shown = |fault: &Invalid| FaultBody {
            field: fault.field.clone().into_owned(),
            code: fault.code,
            message: fault.message(locale),
        };
        // a conflict is one sentence about the state of things, not about a field
        let detail = match (self.kind(), self.faults().first()) {
            (Kind::Conflict, Some(fault)) => fault.message(locale),
            _ => say(locale, &format!("http.{name}.detail"), &[]),
        };
        ProblemBody {
            kind: format!("urn:tinbai:problem:{name}"),
            title: say(locale, &format!("http.{name}.title"), &[]),
            status: status.as_u16(),
            detail,
            errors: self.faults().iter().map(shown).collect(),
            request_id: request_id.to_owned(),
        }
    }
}
