//! One item: its text, what it counts for, its way, and the next step by the reader's role.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::domain::ids::ItemId;
use crate::domain::item::ItemAction;
use crate::service::submissions::items::{self, ItemDetail, Whole, WithReason};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Sent};
use crate::web::pages::layout::{Layout, Side, Theirs};
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// The labels of the forms of steps.
pub(in crate::web::pages) const FIELDS: &[Field] = &[
    Field::new("ly_do", "pages.item.reason", &["reason"]),
    Field::new("diem", "pages.queue.grade", &["grade"]),
    Field::new("lien_ket", "pages.queue.url", &["url"]),
];

/// A step of the item's page, as its address says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(in crate::web::pages) enum StepWord {
    /// The leader approves.
    #[serde(rename = "duyet")]
    Approve,
    /// The leader sends it back.
    #[serde(rename = "tra-lai")]
    Return,
    /// The unit hands it in again.
    #[serde(rename = "gui-lai")]
    Resubmit,
    /// It is taken back.
    #[serde(rename = "rut")]
    Withdraw,
}

/// What a form of a step sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    ly_do: String,
}

#[derive(Template)]
#[template(path = "items/one.html")]
struct One {
    page: Layout,
    item: Whole,
    typed: Typed,
}

impl StepWord {
    const fn notice(self) -> Notice {
        match self {
            Self::Approve => Notice::ItemApproved,
            Self::Return => Notice::ItemReturned,
            Self::Resubmit => Notice::ItemSentAgain,
            Self::Withdraw => Notice::ItemWithdrawn,
        }
    }

    fn take(
        self,
        tx: &mut Tx<'_>,
        id: ItemId,
        typed: &Typed,
        version: i32,
    ) -> Result<ItemDetail, Error> {
        let why = WithReason {
            reason: typed.ly_do.clone(),
        };
        match self {
            Self::Approve => items::approve(tx, id, version),
            Self::Return => items::return_for_changes(tx, id, &why, version),
            Self::Resubmit => items::resubmit(tx, id, version),
            Self::Withdraw => items::withdraw(tx, id, &why, version),
        }
    }
}

pub(in crate::web::pages) async fn show(call: PageCall, id: Path<ItemId>) -> Reply {
    page(&call, call.layout(), (id.into_inner(), Typed::default())).await
}

pub(in crate::web::pages) async fn step(
    call: PageCall,
    at: Path<(ItemId, StepWord)>,
    sent: Sent<Typed>,
) -> Reply {
    let (id, step) = at.into_inner();
    match try_step(&call, (id, step), &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let again = call.again(error, &sent.form, FIELDS)?;
            let again = again.comes_back_to(routes::item(id));
            page(&call, again, (id, sent.typed)).await
        }
    }
}

async fn try_step(
    call: &PageCall,
    (id, step): (ItemId, StepWord),
    sent: &Sent<Typed>,
) -> Result<HttpResponse, PageError> {
    let version = sent.form.version()?;
    let typed = sent.typed.clone();
    let work = move |tx: &mut Tx<'_>| {
        step.take(tx, id, &typed, version)?;
        Ok(step.notice().at(&routes::item(id)))
    };
    call.once(&sent.form, work).await
}

async fn page(call: &PageCall, page: Layout, (id, typed): (ItemId, Typed)) -> Reply {
    let locale = call.locale();
    let item = call.read(move |tx| items::whole(tx, id, locale)).await?;
    let above = page.say("pages.items.title");
    let page = meanwhile(page, &item).below(above, routes::ITEMS);
    let page = page.edits(item.detail.item.version);
    page.show(|page| One { page, item, typed })
}

/// For a step that came after somebody else's: shows what they did.
pub(in crate::web::pages) fn meanwhile(page: Layout, item: &Whole) -> Layout {
    let Some(last) = item.way.last().filter(|_| page.is_stale) else {
        return page;
    };
    let theirs = Theirs {
        by: last.actor.clone(),
        at: last.at,
        sides: vec![Side {
            label: "pages.item.state",
            theirs: page.say(format!("item.state.{}", item.stand.state)),
            mine: String::new(),
        }],
    };
    page.beside(theirs, item.detail.item.version)
}
