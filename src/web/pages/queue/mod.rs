//! What waits for an editor: the queue, one item after the other, and several at once.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the queue |
//! | `one` | one item with the decision about it |
//! | `many` | publishing several at once: what will be done, then doing it |

pub(super) mod many;
pub(super) mod one;

use askama::Template;

use super::call::PageCall;
use super::format;
use super::layout::Layout;
use super::routes;
use crate::domain::text::local_date;
use crate::service::submissions::items::{self, Queue, Waiting};
use crate::web::call::Reply;

#[derive(Template)]
#[template(path = "queue/queue.html")]
struct List {
    page: Layout,
    queue: Queue,
    /// What arrived today, as a filter of the list of items.
    today: String,
}

impl List {
    /// How long an item has waited.
    fn waits(&self, waiting: &Waiting) -> String {
        let since = waiting.item.arrived_at.unwrap_or(waiting.item.submitted_at);
        format::span(self.page.lang(), self.page.now - *since)
    }
}

pub(super) async fn show(call: PageCall) -> Reply {
    let locale = call.locale();
    let queue = call.read(move |tx| items::queue(tx, locale)).await?;
    let today = format::date(local_date(call.now()));
    call.layout().wide().show(|page| List {
        page,
        queue,
        today: routes::with(routes::ITEMS, "tu", &today),
    })
}
