//! What all pages have in common: the navigation, the notice or the faults at the top, the switches
//! of language and colours. Every template has one as its field `page`.
//!
//! | file | what is in it |
//! |---|---|
//! | here | how a page is put together |
//! | `faults` | what is wrong with a form that comes again |
//! | `words` | what templates say: sentences, names, numbers, instants |

mod faults;
mod words;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue};
use askama::Template;
use chrono::{DateTime, Utc};

use super::form;
use super::notice::Shown;
use super::places::Navigation;
use crate::domain::ids::AccountId;
use crate::domain::preference::{Lang, Theme};
use crate::service::accounts::sign_in::CurrentSession;
use crate::web::call::Reply;
use crate::web::context::RequestContext;
use crate::web::error::Problem;
use crate::web::middleware::CSP_PAGE;

pub use faults::{FieldFault, Side, Theirs};
pub use words::{Said, actor_name};

/// What pages are.
pub const HTML: &str = "text/html; charset=utf-8";

/// A step of the way to a page.
pub struct Crumb {
    /// What it is called.
    pub name: String,
    /// Where it leads.
    pub address: String,
    /// Whether people wrote its name.
    pub theirs: bool,
}

/// The part of a page that every page has.
pub struct Layout {
    lang: Lang,
    theme: Option<Theme>,
    /// The instant of the page.
    pub now: DateTime<Utc>,
    /// Where the switches come back to; `None` on a page that can't be shown twice.
    pub(super) comes_back_to: Option<String>,
    /// What the reader sees of the navigation.
    pub navigation: Navigation,
    account: Option<AccountId>,
    status: StatusCode,
    header: Option<(HeaderName, HeaderValue)>,
    notice: Option<Shown>,
    /// The pages above this one.
    pub crumbs: Vec<Crumb>,
    /// Whether it is as wide as a list, not as a form.
    pub is_wide: bool,
    /// Whether the focus is on the heading, not on the notice.
    pub focuses_heading: bool,
    /// What is wrong with the form that comes again.
    pub faults: Vec<FieldFault>,
    /// The version of what the form edits.
    pub version: Option<i32>,
    /// What somebody else saved meanwhile.
    pub theirs: Option<Theirs>,
    /// Whether somebody else saved before this form.
    pub is_stale: bool,
    /// Whether the form comes back after signing in again.
    pub is_unsent: bool,
}

impl Layout {
    /// For the reply to this request.
    pub fn new(context: &RequestContext, session: Option<&CurrentSession>) -> Self {
        let path = context.page.split('?').next().unwrap_or_default();
        Self {
            lang: context.lang,
            theme: context.theme,
            now: context.now,
            comes_back_to: Some(context.page.clone()),
            navigation: Navigation::of(session, path),
            account: session.map(|signed| signed.session.account_id),
            status: StatusCode::OK,
            header: None,
            notice: None,
            crumbs: Vec::new(),
            is_wide: false,
            focuses_heading: false,
            faults: Vec::new(),
            version: None,
            theirs: None,
            is_stale: false,
            is_unsent: false,
        }
    }

    /// Says what was done before.
    #[must_use]
    pub fn notice(self, notice: Option<Shown>) -> Self {
        Self { notice, ..self }
    }

    /// With this status.
    #[must_use]
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// For a page that shows another page of ours in a frame.
    #[must_use]
    pub fn frames_own(self) -> Self {
        let policy = format!("{CSP_PAGE}; frame-src 'self'");
        let policy = HeaderValue::from_str(&policy).ok();
        Self {
            header: policy.map(|policy| (CONTENT_SECURITY_POLICY, policy)),
            ..self
        }
    }

    /// As wide as a list needs.
    #[must_use]
    pub fn wide(self) -> Self {
        Self {
            is_wide: true,
            ..self
        }
    }

    /// With the focus on the heading (`tabindex="-1" autofocus`): after a step the page shows
    /// something else than before.
    #[must_use]
    pub fn focus_heading(self) -> Self {
        Self {
            focuses_heading: true,
            ..self
        }
    }

    /// Below another page, which the breadcrumb names; the outermost is added first.
    #[must_use]
    pub fn below(mut self, name: impl Into<String>, address: impl Into<String>) -> Self {
        self.crumbs.push(Crumb {
            name: name.into(),
            address: address.into(),
            theirs: false,
        });
        self
    }

    /// [`Self::below`] a page that has a name which people wrote.
    #[must_use]
    pub fn below_named(self, name: impl Into<String>, address: impl Into<String>) -> Self {
        let mut page = self.below(name, address);
        if let Some(crumb) = page.crumbs.last_mut() {
            crumb.theirs = true;
        }
        page
    }

    /// For a form that edits this version. A form that comes again keeps the version that it was
    /// filled in for.
    #[must_use]
    pub fn edits(self, version: i32) -> Self {
        Self {
            version: self.version.or(Some(version)),
            ..self
        }
    }

    /// For a page that answers a POST: the switches come back to another address.
    #[must_use]
    pub fn comes_back_to(self, address: impl Into<String>) -> Self {
        Self {
            comes_back_to: Some(address.into()),
            ..self
        }
    }

    /// For a page that is shown once: without the switches.
    #[must_use]
    pub fn shown_once(self) -> Self {
        Self {
            comes_back_to: None,
            ..self
        }
    }

    /// The `data-theme` of the page, where one was chosen.
    pub fn theme(&self) -> Option<Theme> {
        self.theme
    }

    /// Whether these are the colours that were chosen; `system` without a choice.
    pub fn is_theme(&self, name: &str) -> bool {
        self.theme.map_or("system", Theme::as_str) == name
    }

    /// A new key for a form of this page; empty for a visitor.
    pub fn form_key(&self) -> String {
        self.account.map(form::new_key).unwrap_or_default()
    }

    /// To whom drafts in the browser belong.
    pub fn drafts_of(&self) -> i64 {
        self.account.map_or(0, |account| account.0)
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
