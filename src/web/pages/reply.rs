//! What pages share: where some of them lie, and the replies in words.

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError as _};
use askama::Template;

use crate::domain::words::say;
use crate::web::error::Problem;

/// Readers of pages read Vietnamese.
pub(super) const LOCALE: &str = "vi";

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
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// A page that says what happened by the words under `pages.<what>`.
///
/// # Errors
/// Only if a template fails to write into a string.
pub fn in_words(status: StatusCode, what: &str) -> Result<HttpResponse, Problem> {
    let way = match what {
        // what may have been done already is seen there
        "signed_out" => ("/dang-nhap?toi=%2Ftai-khoan", "Đăng nhập"),
        "second_factor" => (SECOND_FACTOR, "Cài đặt bước xác minh thứ hai"),
        _ => HOME,
    };
    told(status, what, way)
}

/// A page for a request that none of our pages made, or one that was opened at another address than the house's own.
///
/// # Errors
/// As [`in_words`].
pub fn cross_site(public_url: &str) -> Result<HttpResponse, Problem> {
    told(StatusCode::FORBIDDEN, "cross_site", (public_url, &format!("Mở {public_url}")))
}

fn told(status: StatusCode, what: &str, way: Way<'_>) -> Result<HttpResponse, Problem> {
    let word = |part: &str| say(LOCALE, &format!("pages.{what}.{part}"), &[]);
    page(status, &Message { title: &word("title"), text: &word("text"), ways: &[way] })
}

/// A page for somebody who has to wait, with the problem's status and time.
pub(super) fn retry_page(problem: &Problem, shown: &impl Template) -> Result<HttpResponse, Problem> {
    let reply = page(problem.status_code(), shown)?;
    Ok(with_wait(reply, problem))
}
