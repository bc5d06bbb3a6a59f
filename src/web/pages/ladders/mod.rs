//! The ladders of reminders: who is reminded when, and changing one of them from a date on.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the ladders of a unit |
//! | `change` | changing a ladder: the form, what would be sent, saving it |
//! | `steps` | steps as they are typed |

pub(super) mod change;
mod steps;

use askama::Template;

use super::call::PageCall;
use super::layout::Layout;
use super::list::Choice;
use super::policies::{self, words};
use super::routes;
use crate::domain::ladder::LadderKind;
use crate::service::rules::policies::{EffectiveField, PolicySheet};
use crate::web::call::Reply;

#[derive(Template)]
#[template(path = "ladders/list.html")]
struct List {
    page: Layout,
    sheet: PolicySheet,
    units: Vec<Choice>,
}

pub(super) async fn show(call: PageCall) -> Reply {
    let sheet = policies::read(&call).await?;
    call.layout().wide().show(|page| List {
        units: policies::units(&sheet),
        sheet,
        page,
    })
}

/// What kind of work climbs a ladder, in words.
fn kind(page: &Layout, kind: &LadderKind) -> String {
    page.say(format!("pages.ladders.kind.{}", kind.as_str()))
}

/// The field of all ladders.
fn field(sheet: &PolicySheet) -> Option<&EffectiveField> {
    sheet.fields.iter().find(|field| field.name == "ladders")
}

/// Whether somebody set ladders: then it is said which of them are still those of the defaults.
fn are_set(sheet: &PolicySheet) -> bool {
    field(sheet).is_some_and(|field| field.source.is_some())
}

/// Whether the unit set ladders of its own.
fn is_own(sheet: &PolicySheet) -> bool {
    let source = field(sheet).and_then(|field| field.source.as_ref());
    source.is_some_and(|source| source.own)
}
