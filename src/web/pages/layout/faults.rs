//! What is wrong with a form that comes again: each fault at its field and in the summary, by the
//! label that the person sees.

use actix_web::ResponseError as _;
use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};

use super::Layout;
use crate::domain::error::Invalid;
use crate::web::error::{Kind, Problem};
use crate::web::pages::form::{Field, Form};

/// A fault of a form, in the reader's language.
pub struct FieldFault {
    /// The field's name, which is also its id; empty if the whole form is at fault.
    pub field: String,
    /// The field's label, for the summary.
    pub label: Option<String>,
    /// What is wrong and how to correct it.
    pub message: String,
}

/// What somebody else saved while a form was filled in.
pub struct Theirs {
    /// Who saved, as people read it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Where theirs and mine differ.
    pub sides: Vec<Side>,
}

/// One field of a conflict.
pub struct Side {
    /// The key of its label.
    pub label: &'static str,
    /// What stands there now.
    pub theirs: String,
    /// What was typed into this form.
    pub mine: String,
}

impl Layout {
    /// For a form that comes again with its faults; `fields` are those that it shows.
    pub(in crate::web::pages) fn with_faults(self, problem: &Problem, fields: &[Field]) -> Self {
        let shown = problem
            .faults()
            .iter()
            .map(|fault| self.fault(fault, fields));
        Self {
            faults: shown.collect(),
            status: problem.status_code(),
            ..self
        }
    }

    fn fault(&self, fault: &Invalid, fields: &[Field]) -> FieldFault {
        let field = fields.iter().find(|field| field.is_meant_by(&fault.field));
        let mut fault = fault.clone();
        for (_, value) in &mut fault.args {
            // a sentence that names another field names its label
            let meant = fields
                .iter()
                .find(|field| field.of.contains(&value.as_str()));
            if let Some(meant) = meant {
                *value = self.say(meant.label);
            }
        }
        let of_nobody = if fields.is_empty() {
            fault.field.clone()
        } else {
            "".into()
        };
        FieldFault {
            field: field.map_or(of_nobody.into_owned(), |field| field.name.to_owned()),
            label: field.map(|field| self.say(field.label)),
            message: fault.message(self.locale()),
        }
    }

    /// For a form that comes again after somebody else saved.
    pub(in crate::web::pages) fn with_stale(self) -> Self {
        Self {
            is_stale: true,
            status: StatusCode::CONFLICT,
            ..self
        }
    }

    /// For a form that comes again as it was sent.
    pub(in crate::web::pages) fn of_form(self, form: &Form) -> Self {
        Self {
            version: form.known_version(),
            ..self
        }
    }

    /// For a form that comes back after signing in again.
    pub(in crate::web::pages) fn with_unsent(self) -> Self {
        Self {
            is_unsent: true,
            ..self
        }
    }

    /// Shows what somebody else saved beside what was typed. Sending the form again overwrites
    /// theirs, which has this version.
    #[must_use]
    pub fn beside(self, theirs: Theirs, version: i32) -> Self {
        let differs = |side: &Side| side.theirs != side.mine;
        Self {
            theirs: Some(Theirs {
                sides: theirs.sides.into_iter().filter(differs).collect(),
                ..theirs
            }),
            version: Some(version),
            ..self
        }
    }

    /// For a form that comes again and says to wait.
    pub(in crate::web::pages) fn with_wait(self, problem: &Problem) -> Self {
        let key = match problem.kind() {
            Kind::TooMany => "pages.wait.too_many",
            _ => "pages.wait.busy",
        };
        let fault = FieldFault {
            field: String::new(),
            label: None,
            message: self.say(key),
        };
        Self {
            faults: vec![fault],
            ..self.of_problem(problem)
        }
    }

    /// With the status and the headers of a refusal.
    pub(in crate::web::pages) fn of_problem(self, problem: &Problem) -> Self {
        Self {
            status: problem.status_code(),
            header: problem.headers(),
            ..self
        }
    }

    /// What is wrong with a field, if anything is.
    pub fn fault_of(&self, field: &str) -> Option<&str> {
        let fault = self.faults.iter().find(|fault| fault.field == field)?;
        Some(&fault.message)
    }

    /// Whether the title begins with "Lỗi:".
    pub fn is_refused(&self) -> bool {
        self.is_stale || !self.faults.is_empty()
    }
}
