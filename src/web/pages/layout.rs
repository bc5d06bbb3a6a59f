//! What all pages have in common: their words in the reader's language, the notice or the faults at
//! the top, the switch of the language at the foot. Every template has one as its field `page`.

use std::fmt::Display;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LANGUAGE, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError as _};
use askama::Template;
use chrono::{DateTime, Utc};

use super::notice::Notice;
use crate::domain::error::Invalid;
use crate::domain::text::local_time;
use crate::domain::words::say;
use crate::web::call::Reply;
use crate::web::context::{Lang, RequestContext};
use crate::web::error::{Kind, Problem};

/// What pages are.
pub const HTML: &str = "text/html; charset=utf-8";

/// A fault of a form, in the reader's language.
pub struct FieldFault {
    /// The field's name, which is also its id; empty if the whole form is at fault.
    pub field: String,
    /// What is wrong and how to correct it.
    pub message: String,
}

/// The part of a page that every page has.
pub struct Layout {
    lang: Lang,
    /// Where the switch of the language comes back to; `None` on a page that can't be shown twice.
    pub(super) comes_back_to: Option<String>,
    status: StatusCode,
    header: Option<(HeaderName, HeaderValue)>,
    notice: Option<Notice>,
    /// What is wrong with the form that comes again.
    pub faults: Vec<FieldFault>,
}

impl Layout {
    /// For the reply to this request.
    pub fn new(context: &RequestContext) -> Self {
        Self {
            lang: context.lang,
            comes_back_to: Some(context.page.clone()),
            status: StatusCode::OK,
            header: None,
            notice: None,
            faults: Vec::new(),
        }
    }

    /// Says what was done before.
    #[must_use]
    pub fn notice(self, notice: Option<Notice>) -> Self {
        Self { notice, ..self }
    }

    /// With this status.
    #[must_use]
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// For a page that answers a POST: the switch of the language comes back to another address.
    #[must_use]
    pub fn comes_back_to(self, address: impl Into<String>) -> Self {
        Self {
            comes_back_to: Some(address.into()),
            ..self
        }
    }

    /// For a page that is shown once: without the switch of the language.
    #[must_use]
    pub fn shown_once(self) -> Self {
        Self {
            comes_back_to: None,
            ..self
        }
    }

    /// For a form that comes again with its faults.
    pub(super) fn with_faults(self, problem: &Problem) -> Self {
        let shown = |fault: &Invalid| FieldFault {
            field: fault.field.clone().into_owned(),
            message: fault.message(self.lang.locale()),
        };
        Self {
            faults: problem.faults().iter().map(shown).collect(),
            status: StatusCode::BAD_REQUEST,
            ..self
        }
    }

    /// For a form that comes again and says to wait.
    pub(super) fn with_wait(self, problem: &Problem) -> Self {
        let key = match problem.kind() {
            Kind::TooMany => "pages.wait.too_many",
            _ => "pages.wait.busy",
        };
        let fault = FieldFault {
            field: String::new(),
            message: self.say(key),
        };
        Self {
            faults: vec![fault],
            ..self.of_problem(problem)
        }
    }

    /// With the status and the headers of a refusal.
    pub(super) fn of_problem(self, problem: &Problem) -> Self {
        Self {
            status: problem.status_code(),
            header: problem.headers(),
            ..self
        }
    }

    /// The sentence under a key, in the reader's language.
    pub fn say(&self, key: impl AsRef<str>) -> String {
        say(self.lang.locale(), key.as_ref(), &[])
    }

    /// The sentence under a key, with one value filled in.
    pub fn say_with(&self, key: impl AsRef<str>, name: &str, value: impl Display) -> String {
        say(
            self.lang.locale(),
            key.as_ref(),
            &[(name, &value.to_string())],
        )
    }

    /// An instant as people read it.
    pub fn time(&self, at: &DateTime<Utc>) -> String {
        local_time(*at)
    }

    /// The name of the reader's language.
    pub fn locale(&self) -> &'static str {
        self.lang.locale()
    }

    /// The name of the other language, which the switch offers.
    pub(super) fn other_locale(&self) -> &'static str {
        match self.lang {
            Lang::Vi => Lang::En.locale(),
            Lang::En => Lang::Vi.locale(),
        }
    }

    /// What was done before, in words.
    pub(super) fn notice_text(&self) -> Option<String> {
        self.notice.map(|notice| self.say(notice.key()))
    }

    /// What is wrong with a field, if anything is.
    pub(super) fn fault_of(&self, field: &str) -> Option<&str> {
        let fault = self.faults.iter().find(|fault| fault.field == field)?;
        Some(&fault.message)
    }

    /// The page out of what it shows besides.
    ///
    /// # Errors
    /// Only if a template fails to write into a string.
    pub fn show<T: Template>(self, content: impl FnOnce(Self) -> T) -> Reply {
        let mut reply = HttpResponse::build(self.status);
        reply
            .content_type(HTML)
            .insert_header((CONTENT_LANGUAGE, self.lang.locale()));
        if let Some(header) = self.header.clone() {
            reply.insert_header(header);
        }
        let html = content(self).render().map_err(Problem::internal)?;
        Ok(reply.body(html))
    }
}
