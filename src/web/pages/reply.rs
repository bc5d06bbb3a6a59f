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
    HttpResponse::SeeOther()
        .insert_header((LOCATION, address))
        .finish()
}

/// How long a refused caller should wait.
fn with_wait(mut reply: HttpResponse, problem: &Problem) -> HttpResponse {
    if let Some((name, value)) = problem.headers().filter(|(name, _)| *name == RETRY_AFTER) {
        reply.headers_mut().insert(name, value);
    }
    reply
}

/// A way on from a page: where it leads, and what it says.
pub(super) type Way<'a> = (&'a str, &'a str);

/// The first page.
const HOME: Way<'static> = ("/", "Về trang đầu");

/// To the form of signing in.
pub(super) const SIGN_IN: Way<'static> = ("/dang-nhap", "Đăng nhập");

/// To the form that asks for a new link.
pub(super) const FORGOTTEN: Way<'static> = ("/quen-mat-khau", "Quên mật khẩu");

/// A page in a few words: what happened, what to do, and where that is done.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct Message<'a> {
    pub title: &'a str,
    pub text: &'a str,
    pub ways: &'a [Way<'a>],
}

pub(super) fn page(status: StatusCode, page: &impl Template) -> Result<HttpResponse, Problem> {
    let html = page.render().map_err(Problem::internal)?;
    Ok(HttpResponse::build(status).content_type(HTML).body(html))
}

/// A refusal as a page: what happened, and what to do, by the words under `pages.refused`. `None`
/// only if a template fails to write into a string.
#[must_use]
pub fn in_words(problem: &Problem, request_id: &str, public_url: &str) -> Option<String> {
    let open = format!("Mở {public_url}");
    let what = match problem.kind() {
        Kind::Invalid | Kind::NotJson | Kind::NotForm | Kind::KeyReused | Kind::VersionRequired => {
            "unreadable"
        }
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
    let word = |part: &str| {
        say(
            LOCALE,
            &format!("pages.refused.{what}.{part}"),
            &[("request_id", request_id)],
        )
    };
    let way = match problem.kind() {
        // what may have been done already is seen there
        Kind::Unauthorized => ("/dang-nhap?toi=%2Ftai-khoan", "Đăng nhập"),
        Kind::SecondFactor => (SECOND_FACTOR, "Cài đặt bước xác minh thứ hai"),
        // it may have been opened at another address than the house's own
        Kind::CrossSite => (public_url, open.as_str()),
        _ => HOME,
    };
    Message {
        title: &word("title"),
        text: &word("text"),
        ways: &[way],
    }
    .render()
    .ok()
}

/// A page for somebody who has to wait, with the problem's status and time.
pub(super) fn retry_page(
    problem: &Problem,
    shown: &impl Template,
) -> Result<HttpResponse, Problem> {
    let reply = page(problem.status_code(), shown)?;
    Ok(with_wait(reply, problem))
}
