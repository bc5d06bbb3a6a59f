//! Publishing several items at once: the page that names them and those left out with the reason, then
//! doing it.

use actix_web::HttpResponse;
use serde::Deserialize;

use crate::domain::ids::ItemId;
use crate::service::Tx;
use crate::service::submissions::items::{self, BulkChecked, PublishMany};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::confirm::{self, Confirm, Row, Skipped};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Form, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// The items that were chosen.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Chosen {
    muc: Vec<ItemId>,
}

impl Chosen {
    fn many(&self) -> PublishMany {
        PublishMany {
            ids: self.muc.clone(),
        }
    }
}

pub(in crate::web::pages) async fn confirm(call: PageCall, sent: Sent<Chosen>) -> Reply {
    page(&call, call.layout(), &sent.typed).await
}

pub(in crate::web::pages) async fn publish(call: PageCall, sent: Sent<Chosen>) -> Reply {
    match try_publish(&call, &sent.typed, &sent.form).await {
        Ok(reply) => Ok(reply),
        Err(error) => page(&call, call.again(error, &sent.form, &[])?, &sent.typed).await,
    }
}

async fn try_publish(
    call: &PageCall,
    chosen: &Chosen,
    form: &Form,
) -> Result<HttpResponse, PageError> {
    let many = chosen.many();
    let work = move |tx: &mut Tx<'_>| {
        let all = items::publish_many(tx, &many)?;
        let skipped = all.iter().filter(|one| one.fault.is_some()).count();
        let counts = (all.len() - skipped, skipped);
        Ok(Notice::ItemsPublished.at_counted(routes::QUEUE, counts, &[]))
    };
    call.once(form, work).await
}

async fn page(call: &PageCall, page: Layout, chosen: &Chosen) -> Reply {
    let page = page.comes_back_to(routes::QUEUE);
    let many = chosen.many();
    let all = match many.ids.is_empty() {
        true => Vec::new(),
        false => call.read(move |tx| items::check_many(tx, &many)).await?,
    };
    let (skipped, rows): (Vec<BulkChecked>, Vec<BulkChecked>) =
        all.into_iter().partition(|one| one.fault.is_some());
    let name = |one: &BulkChecked| one.title.clone().unwrap_or_else(|| one.id.to_string());
    let n = page.number(rows.len());
    let confirm = Confirm {
        title: match rows.is_empty() {
            true => page.say("pages.queue.many.none"),
            false => page.say_with("pages.queue.many.title", "n", &n),
        },
        text: match rows.is_empty() {
            true => page.say("pages.queue.many.choose"),
            false => page.say("pages.queue.many.text"),
        },
        rows: rows
            .iter()
            .map(|one| Row {
                id: one.id.to_string(),
                name: name(one),
            })
            .collect(),
        skipped: skipped
            .iter()
            .map(|one| Skipped {
                name: name(one),
                reason: one
                    .fault
                    .as_ref()
                    .map(|fault| fault.message(page.locale()))
                    .unwrap_or_default(),
            })
            .collect(),
        action: routes::PUBLISH_MANY.to_owned(),
        fields: Vec::new(),
        button: page.say_with("pages.queue.many.button", "n", n),
        back: routes::QUEUE.to_owned(),
    };
    confirm::show(page, confirm)
}
