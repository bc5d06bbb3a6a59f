//! What pages share: where some of them lie, and the replies in words.

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError as _};
use askama::Template;

use crate::domain::words::say;
use crate::web::error::{Kind, Problem};

/// Readers of pages read Vietnamese.
pub(super) const LOCALE: &str = "vi";

/// What pages are.
pub const HTML: &str = "text/html; charset=utf-8";

/// Where a second factor is set up; below it, somebody who has to have one may go who has none yet.
pub const SECOND_FACTOR: &str = "/tai-khoan/buoc-hai";

/// Below this address lie stylesheets and pictures; open to everybody.
pub const ASSETS: &str = "/assets/";

/// Below this address, and behind a key, lie the mails of a demonstration.
pub const MAILBOX: &str = "/thu-trinh-dien/";

/// Leads the browser to a page of ours.
pub(super) fn to(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, address)).finish()
}

/// How long a refused caller should wait.
fn with_wait(mut reply: HttpResponse, problem: &Problem) -> HttpResponse {
    if let Some((name, value)) = problem.headers().filter(|(name, _)| *name == RETRY_AFTER) {
        reply.headers_mut().insert(name, value);
    }
    reply
}

/// A page in a few words: what happened, and what to do.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct Message<'a> {
    pub title: &'a str,
    pub text: &'a str,
}

pub(super) fn page(status: StatusCode, page: &impl Template) -> Result<HttpResponse, Problem> {
    let html = page.render().map_err(Problem::internal)?;
    Ok(HttpResponse::build(status).content_type(HTML).body(html))
}

/// A refusal as a page: what happened, and what to do, by the words under `pages.refused`. `None` only if a template fails to write into a
/// string.
#[must_use]
pub fn in_words(problem: &Problem, request_id: &str) -> Option<String> {
    let what = match problem.kind() {
        Kind::Invalid | Kind::NotJson | Kind::NotForm | Kind::KeyReused | Kind::VersionRequired => "unreadable",
        Kind::Unauthorized => "signed_out",
        Kind::Forbidden => "forbidden",
        Kind::SecondFactor => "second_factor",
        Kind::CrossSite => "cross_site",
        Kind::TooMany => "too_many",
        Kind::NotFound | Kind::MethodNotAllowed => "not_found",
        Kind::TooSlow => "too_slow",
        Kind::TooLarge => "too_large",
        Kind::Conflict | Kind::Stale => "conflict",
        Kind::Busy | Kind::InFlight => "busy",
        Kind::Full | Kind::Internal => "internal",
    };
    let word = |part: &str| say(LOCALE, &format!("pages.refused.{what}.{part}"), &[("request_id", request_id)]);
    Message { title: &word("title"), text: &word("text") }.render().ok()
}

/// A page for somebody who has to wait, with the problem's status and time.
pub(super) fn retry_page(problem: &Problem, shown: &impl Template) -> Result<HttpResponse, Problem> {
    let reply = page(problem.status_code(), shown)?;
    Ok(with_wait(reply, problem))
}
