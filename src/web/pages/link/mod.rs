//! Where the links in mails lead: what is owed, until when and why, and two answers; or an item that
//! waits for the leader's approval. Looking changes nothing; answering is a POST.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::call::{PageCall, to};
use super::error::PageError;
use super::layout::Layout;
use super::{message, routes};
use crate::domain::account::SessionStage;
use crate::domain::obligation::State;
use crate::service::Tx;
use crate::service::notices::acknowledge::{self, Answer, Shown};
use crate::service::notices::approvals::{self, ToApprove};
use crate::service::notices::links::{self, Target};
use crate::web::body;
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};

#[derive(Template)]
#[template(path = "link/link.html")]
struct Page {
    page: Layout,
    shown: Shown,
    /// Whether something can be handed in for it.
    takes_more: bool,
    /// Whether there is anything to answer.
    open: bool,
}

#[derive(Template)]
#[template(path = "link/item.html")]
struct ItemPage {
    page: Layout,
    shown: ToApprove,
    /// Whether the reader has signed in.
    signed: bool,
}

/// What a link opens.
enum Opened {
    Work(Box<Shown>),
    Item(Box<ToApprove>),
}

/// The form's answer.
#[derive(Debug, Deserialize)]
pub(super) struct Form {
    answer: Answer,
}

pub(super) async fn show(call: PageCall, token: web::Path<String>) -> Reply {
    let locale = call.locale();
    let token = token.into_inner();
    let open = move |tx: &mut Tx<'_>| {
        Ok(match links::open(tx, &token)?.target {
            Target::Obligation(_) => Opened::Work(acknowledge::show(tx, &token, locale)?.into()),
            Target::Item(_) => Opened::Item(approvals::show(tx, &token, locale)?.into()),
        })
    };
    match call.read(open).await {
        Ok(Opened::Work(shown)) => call.layout().show(|page| Page {
            takes_more: shown.obligation.obligation.takes_more(page.now),
            page,
            open: shown.obligation.obligation.state == State::Open,
            shown: *shown,
        }),
        Ok(Opened::Item(shown)) => {
            let page = call.layout().edits(shown.detail.item.version);
            page.show(|page| ItemPage {
                page,
                signed: call.session_at(SessionStage::Done).is_some(),
                shown: *shown,
            })
        }
        Err(error) => refused(&call, error, routes::HOME),
    }
}

pub(super) async fn answer(
    call: PageCall,
    token: web::Path<String>,
    form: Result<body::Form<Form>, Problem>,
) -> Reply {
    let (back, token) = (routes::link(&token), token.into_inner());
    let Ok(body::Form(Form { answer })) = form else {
        let page = call.layout().status(StatusCode::BAD_REQUEST);
        let ways = [(back.as_str(), "pages.link.back")];
        return message::show(page.comes_back_to(&back), "pages.link.unclear", &ways);
    };
    let done = call.write(move |tx| acknowledge::answer(tx, &token, answer));
    match done.await {
        // back to what everybody sees, so that loading it again answers nothing again
        Ok(_) => Ok(to(&back)),
        Err(error) => refused(&call, error, &back),
    }
}

/// A link that opens nothing, or an answer that comes too late.
fn refused(call: &PageCall, error: PageError, back: &str) -> Reply {
    let problem = Problem::from(error);
    let page = call.layout();
    match (problem.kind(), problem.faults().first()) {
        (Kind::NotFound, _) => message::show(
            page.status(StatusCode::NOT_FOUND),
            "pages.link.unknown",
            &[],
        ),
        (Kind::Conflict, Some(fault)) => {
            let page = page.status(StatusCode::CONFLICT).comes_back_to(back);
            let text = fault.message(call.locale());
            message::show_text(
                page,
                "pages.link.too_late",
                text,
                &[(back, "pages.link.back")],
            )
        }
        _ => Err(problem),
    }
}
