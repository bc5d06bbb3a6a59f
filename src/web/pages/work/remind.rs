//! Manual reminders: of one work, and of all that were chosen on another page.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use crate::domain::ids::ObligationId;
use crate::service::notices::manual::{self, Leaves, ManualOutcome};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::confirm::{self, Confirm, Row, Skipped};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Nothing, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::notice::Notice;
use crate::web::pages::sign_in::within;
use crate::web::pages::work::steps;
use crate::web::pages::{places, routes};

#[derive(Template)]
#[template(path = "work/remind.html")]
struct Page {
    page: Layout,
    of: ManualOutcome,
}

/// The works that were chosen, and where to go back to.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    /// The works: `muc` as the page before reminding sends them, `viec` as other pages do.
    #[serde(alias = "viec")]
    muc: Vec<ObligationId>,
    toi: String,
}

pub async fn show(call: PageCall, id: web::Path<ObligationId>) -> Reply {
    let of = read(&call, *id).await?;
    shown(call.layout(), of)
}

pub async fn send(
    call: PageCall,
    id: web::Path<ObligationId>,
    Sent { form, .. }: Sent<Nothing>,
) -> Reply {
    let (id, locale) = (id.into_inner(), call.locale());
    let done = call.once(&form, move |tx| {
        let leaves = manual::remind_one(tx, id, locale)?;
        let notice = match leaves.at_once(tx.now) {
            true => Notice::Reminded,
            false => Notice::RemindedLater,
        };
        Ok(notice.at(&routes::work(id)))
    });
    match done.await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let of = read(&call, id).await?;
            let page = call.again(error, &form, &[])?;
            shown(page.comes_back_to(routes::remind(id)), of)
        }
    }
}

/// The page before reminding of what was chosen.
pub async fn confirm(call: PageCall, Sent { typed, .. }: Sent<Chosen>) -> Reply {
    let (ids, locale) = (typed.muc.clone(), call.locale());
    let found = call.read(move |tx| manual::preview(tx, &ids, locale));
    let found = found.await?;
    let back = back(&call, &typed);
    let page = call.layout().comes_back_to(&back);
    let (mut rows, mut skipped, mut later) = (Vec::new(), Vec::new(), None);
    for of in &found {
        match &of.verdict {
            Ok(leaves) => {
                later = Some(leaves.leaves_at.to_utc())
                    .filter(|at| *at > page.now)
                    .max(later);
                let to = leaves.recipients.join(", ");
                let name = format!("{} → {to}", name(&page, of));
                rows.push(Row {
                    id: of.id.to_string(),
                    name,
                });
            }
            Err(why) => skipped.push(Skipped {
                name: name(&page, of),
                reason: why.message(page.locale()),
            }),
        }
    }
    let number = page.number(rows.len());
    let text = match later {
        Some(at) => page.say_with("pages.remind.later", "at", page.due(&at)),
        None => page.say("pages.remind.at_once"),
    };
    let confirm = Confirm {
        title: page.say_with("pages.remind.many", "n", &number),
        text: if rows.is_empty() { String::new() } else { text },
        rows,
        skipped,
        action: routes::REMIND_MANY.to_owned(),
        fields: vec![("toi", back.clone())],
        button: page.say_with("pages.remind.many_now", "n", &number),
        back,
    };
    confirm::show(page, confirm)
}

/// Reminds of what was chosen.
pub async fn many(call: PageCall, Sent { typed, form }: Sent<Chosen>) -> Reply {
    let (locale, back) = (call.locale(), back(&call, &typed));
    let done = call.once(&form, move |tx| {
        let reminded = manual::remind(tx, &typed.muc, locale)?;
        let sent = reminded.iter().filter(|of| of.verdict.is_ok()).count();
        let counts = (sent, reminded.len() - sent);
        Ok(Notice::RemindedMany.at_counted(&back, counts, &[]))
    });
    Ok(done.await?)
}

/// Where to go back to: the page on which they were chosen, or the reader's home.
fn back(call: &PageCall, chosen: &Chosen) -> String {
    let home = call
        .session()
        .and_then(|signed| places::home(&signed.actor));
    match chosen.toi.as_str() {
        "" => home.unwrap_or(routes::EXTENSIONS).to_owned(),
        address => within(address).to_owned(),
    }
}

/// When a reminder leaves.
fn leaving(page: &Layout, leaves: &Leaves) -> String {
    match leaves.at_once(page.now) {
        true => page.say("pages.remind.at_once"),
        false => page.say_with(
            "pages.remind.later",
            "at",
            page.due(&leaves.leaves_at.to_utc()),
        ),
    }
}

/// What stands for a work in the list: who owes it, and what it is.
fn name(page: &Layout, of: &ManualOutcome) -> String {
    let Some(work) = &of.work else {
        return page.say("pages.remind.unknown");
    };
    let person = work
        .person
        .as_ref()
        .map(|person| format!(" · {}", person.name));
    let unit = page.short(&work.unit.name);
    format!("{unit}{}: {}", person.unwrap_or_default(), work.title)
}

async fn read(call: &PageCall, id: ObligationId) -> Result<ManualOutcome, PageError> {
    let locale = call.locale();
    call.read(move |tx| manual::preview_one(tx, id, locale))
        .await
}

fn shown(page: Layout, of: ManualOutcome) -> Reply {
    let crumb = page.say("pages.work.work");
    page.below(crumb, routes::work(of.id))
        .show(|page| Page { page, of })
}
