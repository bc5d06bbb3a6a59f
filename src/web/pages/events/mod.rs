//! Events: what is coming, registering and correcting with the due instant beside the time, one event.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the list |
//! | `form` | registering and correcting; when it would be due |
//! | `when` | the time of an event as people type it |
//! | `one` | one event: cancelling it, answering a question |

pub(super) mod form;
pub(super) mod one;
pub(super) mod when;

use askama::Template;
use serde::Deserialize;

use super::call::PageCall;
use super::layout::Layout;
use super::routes;
use crate::domain::error::Invalid;
use crate::domain::event::EventState;
use crate::domain::obligation::State;
use crate::service::Tx;
use crate::service::submissions::events::{self, Event};
use crate::store::views::events::EventFilter;
use crate::web::call::Reply;

/// Events of the list of all events.
const ALL: i64 = 200;

/// The filters.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Filter {
    q: String,
    /// All events, also those that are over.
    #[serde(rename = "tat-ca")]
    all: String,
}

#[derive(Template)]
#[template(path = "events/list.html")]
struct List {
    page: Layout,
    events: Vec<Event>,
    filter: Filter,
    may_register: bool,
}

pub(super) async fn show(call: PageCall) -> Reply {
    let filter: Filter = call.query()?.read()?;
    let (search, all) = (filter.q.clone(), !filter.all.is_empty());
    let work = move |tx: &mut Tx<'_>| {
        let search = Some(search).filter(|part| !part.is_empty());
        let found = match all {
            false => events::coming(tx, search.as_deref())?,
            true => {
                let scope = tx.scope();
                let filter = EventFilter {
                    search,
                    ..EventFilter::default()
                };
                events::list(tx.conn, &scope, &filter, ALL)?
            }
        };
        Ok((found, !events::units_to_act_for(tx)?.is_empty()))
    };
    let (events, may_register) = call.read(work).await?;
    call.layout().wide().show(|page| List {
        page,
        events,
        filter,
        may_register,
    })
}

/// The fault of a form without a choice.
fn no_choice(field: &'static str) -> Invalid {
    Invalid::new(field, "form_choice")
}
