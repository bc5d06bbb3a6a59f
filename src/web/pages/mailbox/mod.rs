//! The mails of a demonstration, at an address with a secret key. On any other server these pages
//! answer 404.

use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::call::PageCall;
use super::layout::{HTML, Layout};
use super::list::last_of_full;
use super::routes;
use crate::demo;
use crate::domain::ids::MailId;
use crate::domain::mail::{MailState, Outgoing};
use crate::service::notices::mails::Queued;
use crate::web::call::Reply;
use crate::web::error::Problem;
use crate::web::page::Params;

/// Mails on one page.
const ROWS: i64 = 50;

/// A mail brings its styles along, and nothing else may be fetched by it.
const CSP_MAIL: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

#[derive(Template)]
#[template(path = "mailbox/mailbox.html")]
struct List {
    page: Layout,
    key: String,
    mails: Vec<Queued>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "mailbox/mail.html")]
struct One {
    page: Layout,
    key: String,
    queued: Queued,
    mail: Outgoing,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    truoc: Option<MailId>,
}

pub(super) async fn list(
    call: PageCall,
    key: web::Path<String>,
    before: Result<Params<Before>, Problem>,
) -> Reply {
    // an unreadable parameter is ignored: outside a demonstration the answer is 404 in any case
    let before = before.ok().and_then(|Params(before)| before.truoc);
    let (key, own) = (key.clone(), key.into_inner());
    let read = call.read(move |tx| demo::mails(tx, &own, before, ROWS));
    let mails = read.await?;
    let last = last_of_full(&mails, ROWS).map(|last| last.id);
    let next = last.map(|id| routes::with(&routes::mails(&key), "truoc", &id.to_string()));
    call.layout().show(|page| List {
        page,
        key,
        mails,
        next,
    })
}

pub(super) async fn one(call: PageCall, path: web::Path<(String, MailId)>) -> Reply {
    let (key, id) = path.into_inner();
    let (queued, mail) = read(&call, key.clone(), id).await?;
    call.layout().show(|page| One {
        page,
        key,
        queued,
        mail,
    })
}

pub(super) async fn html(call: PageCall, path: web::Path<(String, MailId)>) -> Reply {
    let (key, id) = path.into_inner();
    let (_, mail) = read(&call, key, id).await?;
    let mut reply = HttpResponse::Ok();
    reply
        .content_type(HTML)
        .insert_header((CONTENT_SECURITY_POLICY, CSP_MAIL));
    Ok(reply.body(mail.html))
}

async fn read(call: &PageCall, key: String, id: MailId) -> Result<(Queued, Outgoing), Problem> {
    let whole = call.read(move |tx| demo::mail(tx, &key, id)).await?;
    Ok((whole.queued, whole.mail.map_err(Problem::internal)?))
}

/// The key of a state's words.
const fn state(state: &MailState) -> &'static str {
    match state {
        MailState::Queued | MailState::Leased => "pages.mailbox.state.waiting",
        MailState::Sent => "pages.mailbox.state.sent",
        MailState::Retry | MailState::Unknown => "pages.mailbox.state.again",
        MailState::Dead => "pages.mailbox.state.given_up",
    }
}
