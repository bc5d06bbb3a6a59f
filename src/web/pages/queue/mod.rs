//! What waits for an editor: the queue, one item after the other, and several at once.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the queue |
//! | `filter` | which part of the queue an address names |
//! | `one` | one item with the decision about it |
//! | `many` | publishing several at once: what will be done, then doing it |

mod filter;
pub(super) mod many;
pub(super) mod one;

use askama::Template;

use super::call::PageCall;
use super::format;
use super::layout::Layout;
use super::list::Choice;
use super::routes;
use super::saved::Bar;
use crate::domain::item::Review;
use crate::domain::saved_view::SavedList;
use crate::domain::text::local_date;
use crate::service::Tx;
use crate::service::accounts::saved_views;
use crate::service::submissions::items::{self, Queue, Waiting};
use crate::web::call::Reply;
use filter::Filter;

#[derive(Template)]
#[template(path = "queue/queue.html")]
struct List {
    page: Layout,
    queue: Queue,
    filter: Filter,
    saved: Bar,
    kinds: Vec<Choice>,
    /// The parts by who reviews: their addresses, their words, how many.
    parts: Vec<Part>,
    /// What arrived today, as a filter of the list of items.
    today: String,
}

/// A part of the queue by who reviews.
struct Part {
    address: String,
    words: String,
    is_current: bool,
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
    let asked = call.query()?;
    let filter: Filter = asked.read()?;
    let of_queue = filter.of_queue();
    let read = move |tx: &mut Tx<'_>| {
        let views = saved_views::list(tx, Some(SavedList::Queue))?;
        Ok((items::queue(tx, &of_queue, locale)?, views))
    };
    let (queue, views) = call.read(read).await?;
    let today = format::date(local_date(call.now()));
    let page = call.layout().wide();
    let mut kinds = vec![Choice::new("", page.say("pages.items.all_kinds"))];
    let all = queue.kinds.iter();
    kinds.extend(all.map(|kind| Choice::theirs(&kind.code, &kind.name)));
    page.show(|page| List {
        saved: Bar::new(SavedList::Queue, &asked, views),
        parts: parts(&page, &queue, &filter),
        page,
        queue,
        filter,
        kinds,
        today: routes::with(routes::ITEMS, "tu", &today),
    })
}

fn parts(page: &Layout, queue: &Queue, filter: &Filter) -> Vec<Part> {
    use filter::Ai;
    let part = |ai: Option<Ai>, key: &str, n: usize| {
        let of = Filter {
            ai,
            ..filter.clone()
        };
        Part {
            address: of.queue(),
            words: page.say_with(key, "n", page.number(n)),
            is_current: filter.ai == ai,
        }
    };
    vec![
        part(None, "pages.queue.all", queue.all),
        part(Some(Ai::Mine), "pages.queue.mine", queue.mine),
        part(Some(Ai::Free), "pages.queue.free", queue.free),
    ]
}
