//! The work of a reader, and one obligation with everything behind it.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the two pages |
//! | `more_time` | more time, asked for or given |
//! | `list` | lists of obligations, page by page |
//! | `list_file` | the same as files |
//! | `exempt` | excusing from it, and taking that back |
//! | `remind` | manual reminders, of one work and of many |
//! | `steps` | steps of ladders, and other facts, in words |

pub(super) mod exempt;
pub(super) mod list;
mod list_file;
pub(super) mod more_time;
pub(super) mod remind;
pub(super) mod steps;

use actix_web::web;
use askama::Template;

use super::call::PageCall;
use super::layout::Layout;
use super::routes;
use crate::domain::ids::ObligationId;
use crate::domain::obligation::State;
use crate::service::Rows;
use crate::service::obligations::standings::{ObligationView, ReminderOutcome};
use crate::service::obligations::work::{self, Card, Home, Work};
use crate::web::call::Reply;
use steps::Said;

#[derive(Template)]
#[template(path = "work/home.html")]
struct HomePage {
    page: Layout,
    home: Home,
    /// What is due next, where nothing is urgent.
    next: Option<ObligationView>,
}

#[derive(Template)]
#[template(path = "work/done.html")]
struct DonePage {
    page: Layout,
    done: Rows<ObligationView>,
}

#[derive(Template)]
#[template(path = "work/one.html")]
struct OnePage {
    page: Layout,
    work: Work,
    /// Reminders, each with all who got it.
    said: Vec<Said>,
}

/// The parameter that shows what is done, and its value.
const DONE: (&str, &str) = ("xem", "xong");

pub(super) async fn home(call: PageCall) -> Reply {
    let locale = call.locale();
    if call.query()?.has(DONE.0, DONE.1) {
        let done = call
            .read(move |tx| work::done_this_month(tx, locale))
            .await?;
        let page = call.layout().wide();
        let title = page.say("pages.work.title");
        return page
            .below(title, routes::WORK)
            .show(|page| DonePage { page, done });
    }
    let home = call.read(move |tx| work::home(tx, locale)).await?;
    call.layout().wide().show(|page| HomePage {
        page,
        next: home
            .rest
            .iter()
            .find(|work| work.state == State::Open)
            .cloned(),
        home,
    })
}

pub(super) async fn one(call: PageCall, id: web::Path<ObligationId>) -> Reply {
    let locale = call.locale();
    let id = id.into_inner();
    let work = call.read(move |tx| work::show(tx, id, locale)).await?;
    call.layout().wide().show(|page| OnePage {
        said: steps::said(&page, &work.detail.reminders),
        page,
        work,
    })
}
