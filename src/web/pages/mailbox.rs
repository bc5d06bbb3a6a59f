//! The mails of a demonstration, at an address that only its starter was told. No other house has
//! one.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use serde::Deserialize;

use super::reply::{MAILBOX, page};
use crate::demo;
use crate::demo::mails;
use crate::domain::mail::{MailState, Outgoing};
use crate::domain::text::local_time;
use crate::service::Error;
use crate::service::notices::mails::Queued;
use crate::web::error::{Kind, Problem};
use crate::web::page::Params;
use crate::web::state::State;

/// Mails on one page.
const ROWS: i64 = 50;

/// A mail brings its styles along, and nothing else may be fetched by it.
const CSP_MAIL: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

struct Line {
    address: String,
    to: String,
    subject: String,
    at: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "mailbox.html")]
struct List {
    lines: Vec<Line>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct One {
    back: String,
    html: String,
    mail: Outgoing,
    at: String,
    state: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Before {
    truoc: Option<i64>,
}

#[get("/thu-trinh-dien/{key}")]
pub(super) async fn list(
    req: HttpRequest,
    key: web::Path<String>,
    before: Result<Params<Before>, Problem>,
) -> Result<HttpResponse, Problem> {
    let (state, own) = (State::of(&req)?, key.clone());
    // what can't be read is left out: elsewhere than in a demonstration there is nothing here,
    // whatever is asked
    let before = before.ok().and_then(|Params(before)| before.truoc);
    let found = web::block(move || mails(&state.app, &own, before, ROWS)).await;
    let rows = found.map_err(Problem::internal)??;
    let next = rows
        .last()
        .filter(|_| i64::try_from(rows.len()).is_ok_and(|n| n == ROWS));
    let next = next.map(|last| format!("{MAILBOX}{key}?truoc={}", last.id));
    let lines = rows.into_iter().map(|mail| line(&key, mail)).collect();
    page(StatusCode::OK, &List { lines, next })
}

#[get("/thu-trinh-dien/{key}/{id}")]
pub(super) async fn one(
    req: HttpRequest,
    path: web::Path<(String, i64)>,
) -> Result<HttpResponse, Problem> {
    let (key, id) = path.into_inner();
    let (queued, mail) = read(&req, &key, id).await?;
    let address = format!("{MAILBOX}{key}");
    let shown = One {
        html: format!("{address}/{id}/html"),
        back: address,
        at: local_time(queued.queued_at),
        state: state_in_words(queued.state),
        mail,
    };
    page(StatusCode::OK, &shown)
}

#[get("/thu-trinh-dien/{key}/{id}/html")]
pub(super) async fn html(
    req: HttpRequest,
    path: web::Path<(String, i64)>,
) -> Result<HttpResponse, Problem> {
    let (key, id) = path.into_inner();
    let (_, mail) = read(&req, &key, id).await?;
    let mut reply = HttpResponse::Ok();
    reply
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, CSP_MAIL));
    Ok(reply.body(mail.html))
}

async fn read(req: &HttpRequest, key: &str, id: i64) -> Result<(Queued, Outgoing), Problem> {
    let (state, key) = (State::of(req)?, key.to_owned());
    let found = web::block(move || demo::mail(&state.app, &key, id))
        .await
        .map_err(Problem::internal)?;
    let whole = found.map_err(|error| match error {
        Error::NotFound { .. } => Problem::new(Kind::NotFound),
        other => other.into(),
    })?;
    Ok((whole.queued, whole.mail.map_err(Problem::internal)?))
}

fn line(key: &str, mail: Queued) -> Line {
    Line {
        address: format!("{MAILBOX}{key}/{}", mail.id),
        to: format!("{} <{}>", mail.to_name, mail.to_mail),
        subject: mail.subject,
        at: local_time(mail.queued_at),
        state: state_in_words(mail.state),
    }
}

fn state_in_words(state: MailState) -> &'static str {
    match state {
        MailState::Queued | MailState::Leased => "đang chờ",
        MailState::Sent => "đã gửi",
        MailState::Retry | MailState::Unknown => "chờ gửi lại",
        MailState::Dead => "đã bỏ",
    }
}
