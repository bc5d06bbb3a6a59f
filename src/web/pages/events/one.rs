//! One event: what is owed for it, its items; cancelling it, answering a question.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::no_choice;
use super::when;
use crate::domain::event::{EventState, EventType};
use crate::domain::ids::EventId;
use crate::domain::obligation::State;
use crate::service::Tx;
use crate::service::submissions::events::{self, AnswerQuestion, CancelEvent, EventPage};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Sent};
use crate::web::pages::layout::{Layout, Side, Theirs};
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// The labels of the forms.
const FIELDS: &[Field] = &[
    Field::new("ly_do", "pages.item.reason", &["reason"]),
    Field::new("tra_loi", "pages.event.answer", &["answer"]),
];

/// What is done with the event, as the button says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Step {
    #[serde(rename = "huy")]
    Cancel,
    #[serde(rename = "tra-loi")]
    Answer,
}

/// What the forms send.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    buoc: Option<Step>,
    ly_do: String,
    tra_loi: String,
}

#[derive(Template)]
#[template(path = "events/one.html")]
struct One {
    page: Layout,
    found: EventPage,
    typed: Typed,
}

impl One {
    /// Whether a question waits for its answer.
    fn is_unanswered(&self) -> bool {
        let event = &self.found.event;
        event.types.contains(&EventType::Question) && event.answered_at.is_none()
    }
}

pub(in crate::web::pages) async fn show(call: PageCall, id: Path<EventId>) -> Reply {
    page(&call, call.layout(), (id.into_inner(), Typed::default())).await
}

pub(in crate::web::pages) async fn step(
    call: PageCall,
    id: Path<EventId>,
    sent: Sent<Typed>,
) -> Reply {
    let id = id.into_inner();
    match try_step(&call, id, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let again = call.again(error, &sent.form, FIELDS)?;
            let again = again.comes_back_to(routes::event(id));
            page(&call, again, (id, sent.typed)).await
        }
    }
}

async fn try_step(
    call: &PageCall,
    id: EventId,
    sent: &Sent<Typed>,
) -> Result<HttpResponse, PageError> {
    let version = sent.form.version()?;
    let step = sent.typed.buoc.ok_or_else(|| no_choice(""))?;
    let typed = sent.typed.clone();
    let work = move |tx: &mut Tx<'_>| {
        let notice = match step {
            Step::Cancel => {
                let reason = typed.ly_do.clone();
                events::cancel(tx, id, &CancelEvent { reason }, version)?;
                Notice::EventCancelled
            }
            Step::Answer => {
                let answer = AnswerQuestion {
                    answer: typed.tra_loi.clone(),
                    arrival: None,
                };
                events::answer(tx, id, &answer, version)?;
                Notice::QuestionAnswered
            }
        };
        Ok(notice.at(&routes::event(id)))
    };
    call.once(&sent.form, work).await
}

async fn page(call: &PageCall, page: Layout, (id, typed): (EventId, Typed)) -> Reply {
    let locale = call.locale();
    let found = call.read(move |tx| events::page(tx, id, locale)).await?;
    let version = found.event.version;
    let page = match found.changed.clone().filter(|_| page.is_stale) {
        Some((by, at)) => {
            let side = Side {
                label: "pages.event.answer",
                theirs: found.event.answer.clone().unwrap_or_default(),
                mine: typed.tra_loi.clone(),
            };
            let sides = vec![side];
            page.beside(Theirs { by, at, sides }, version)
        }
        None => page.edits(version),
    };
    let above = page.say("pages.events.title");
    page.below(above, routes::EVENTS)
        .show(|page| One { page, found, typed })
}
