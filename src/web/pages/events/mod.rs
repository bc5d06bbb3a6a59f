//! Events: what is coming, registering and correcting with the due instant beside the time, one event.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the list |
//! | `file` | the list as a file |
//! | `form` | registering and correcting; when it would be due |
//! | `typed` | an event as its form has it |
//! | `when` | the time of an event as people type it |
//! | `one` | one event: cancelling it, answering a question |

mod file;
pub(super) mod form;
pub(super) mod one;
pub(super) mod typed;
pub(super) mod when;

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::call::PageCall;
use super::layout::Layout;
use super::list::{Files, Pager, ROWS};
use super::routes;
use crate::domain::error::Invalid;
use crate::domain::event::EventState;
use crate::domain::ids::EventId;
use crate::domain::obligation::State;
use crate::service::submissions::events::{self, Event, EventPart};
use crate::service::{Rows, Tx};
use crate::store::views::events::EventFilter;
use crate::web::call::Reply;
use crate::web::page::cursor_of;

/// The filters.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    q: String,
    /// All events, also those that are over.
    #[serde(rename = "tat-ca")]
    all: String,
}

impl Filter {
    fn search(&self) -> Option<String> {
        Some(self.q.clone()).filter(|part| !part.is_empty())
    }

    /// A part of the list of all events.
    fn of_all(&self, after: Option<(DateTime<Utc>, EventId)>) -> EventFilter {
        EventFilter {
            search: self.search(),
            after,
            ..EventFilter::default()
        }
    }
}

#[derive(Template)]
#[template(path = "events/list.html")]
struct List {
    page: Layout,
    events: Vec<Event>,
    /// How many there are.
    total: usize,
    /// The pages of the list of all events.
    pager: Option<Pager>,
    /// The list of all events with the same search.
    whole: String,
    filter: Filter,
    files: Files,
    may_register: bool,
}

pub(super) async fn show(call: PageCall) -> Reply {
    let query = call.query()?;
    let filter: Filter = query.read()?;
    let (asked, all) = (filter.clone(), !filter.all.is_empty());
    let after = query.after();
    let work = move |tx: &mut Tx<'_>| {
        let part = match all {
            false => {
                let Rows { total, rows } = events::coming(tx, asked.search().as_deref())?;
                EventPart::whole(rows, total)
            }
            true => events::part(tx, &asked.of_all(after), ROWS)?,
        };
        Ok((part, !events::units_to_act_for(tx)?.is_empty()))
    };
    let (part, may_register) = call.read(work).await?;
    let next = part.next.as_ref().map(cursor_of).transpose()?;
    let stands = (part.before, part.rows.len(), part.total);
    let pager = query.pager(stands, next.as_deref());
    call.layout().wide().show(|page| List {
        files: query.files(routes::EVENTS_XLSX, routes::EVENTS_CSV),
        whole: query.with("tat-ca", 1),
        pager: all.then_some(pager),
        total: part.total,
        events: part.rows,
        page,
        filter,
        may_register,
    })
}

/// The fault of a form without a choice.
fn no_choice(field: &'static str) -> Invalid {
    Invalid::new(field, "form_choice")
}
