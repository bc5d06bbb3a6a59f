//! Events: what is to be reported, and by when.

use actix_web::{get, patch, post, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    Body, Call, Created, Edit, IdempotencyKey, IfMatch, JsonReply, Page, PageParams, Paged, Path,
    Reply,
};
use crate::domain::access::Units;
use crate::domain::event::{EventPatch, EventState, EventType, NewEvent};
use crate::domain::ids::{EventId, UnitId};
use crate::service::submissions::events::{
    self, AnswerQuestion, CancelEvent, Event, PreviewedDeadline,
};
use crate::store::views::events::EventFilter;
use crate::web::filter::Moment;

/// Which events to list; all conditions hold at once.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventQuery {
    /// Of this unit alone.
    unit_id: Option<UnitId>,
    /// With all units below it.
    below: bool,
    /// Of this type.
    #[serde(rename = "type")]
    #[param(inline, rename = "type")]
    kind: Option<EventType>,
    /// In this state.
    #[param(inline)]
    state: Option<EventState>,
    /// Part of the title, with or without diacritics.
    q: Option<String>,
    /// That end at this instant or later, or on this local date or later.
    #[serde(deserialize_with = "crate::domain::years::read")]
    #[param(value_type = Option<String>, example = "2026-11-20")]
    from: Option<Moment>,
    /// That start before this instant, or on this local date or earlier.
    #[serde(deserialize_with = "crate::domain::years::read")]
    #[param(value_type = Option<String>, example = "2026-11-20")]
    to: Option<Moment>,
}

impl EventQuery {
    fn filter(&self, units: Option<Units>, after: Option<(DateTime<Utc>, EventId)>) -> EventFilter {
        EventFilter {
            below: units.and_then(Units::subtree),
            unit_id: units.and_then(Units::alone),
            kind: self.kind,
            state: self.state,
            search: self.q.clone(),
            from: self.from.map(Moment::begin),
            before: self.to.map(Moment::end),
            after,
        }
    }
}

/// Events that the caller may see, the latest start first.
#[utoipa::path(params(EventQuery, PageParams), responses((status = 200, body = Page<Event>)))]
#[get("/api/v1/events")]
async fn list(call: Call, page: Paged<EventQuery>) -> JsonReply<Page<Event>> {
    let units = Units::of(page.filter.unit_id, page.filter.below)?;
    let (filter, limit) = (page.filter.filter(units, page.after()?), page.fetch());
    let rows = call
        .read(move |tx| {
            tx.require_known(units)?;
            let scope = tx.scope();
            events::list(tx.conn, &scope, &filter, limit)
        })
        .await?;
    page.page(rows, |event| (*event.starts_at, event.id))
        .map(web::Json)
}

/// One event with its deadlines.
#[utoipa::path(responses((status = 200, body = Event)))]
#[get("/api/v1/events/{id}")]
async fn get_one(call: Call, id: Path<EventId>) -> Reply {
    call.show(move |tx| events::get(tx, *id)).await
}

/// Register an event: its deadlines are open at once.
#[utoipa::path(params(IdempotencyKey), request_body = NewEvent, responses((status = 201, body = Event)))]
#[post("/api/v1/events")]
async fn register(call: Call, body: Body<NewEvent>) -> Reply {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        let event = events::register(tx, &new)?;
        Ok(Created::at(format!("/api/v1/events/{}", event.id), event))
    })
    .await
}

/// When would an event be due, if it were registered now? Nothing is written.
#[utoipa::path(request_body = NewEvent, responses((status = 200, body = Vec<PreviewedDeadline>)))]
#[post("/api/v1/events/preview")]
async fn preview(call: Call, body: Body<NewEvent>) -> JsonReply<Vec<PreviewedDeadline>> {
    let (new, locale) = (body.value, call.lang().locale());
    call.read_json(move |tx| events::preview(tx, &new, locale))
        .await
}

/// Correct an event: its deadlines move with it.
#[utoipa::path(params(IfMatch), request_body = EventPatch, responses((status = 200, body = Event)))]
#[patch("/api/v1/events/{id}")]
async fn change(call: Call, Edit { id, version, body }: Edit<EventPatch, EventId>) -> Reply {
    call.change(move |tx| events::change(tx, id, &body, version))
        .await
}

/// Cancel an event: nothing is owed for it any more.
#[utoipa::path(params(IfMatch), request_body = CancelEvent, responses((status = 200, body = Event)))]
#[post("/api/v1/events/{id}/cancel")]
async fn cancel(call: Call, Edit { id, version, body }: Edit<CancelEvent, EventId>) -> Reply {
    call.change(move |tx| events::cancel(tx, id, &body, version))
        .await
}

/// Answer a question.
#[utoipa::path(params(IfMatch), request_body = AnswerQuestion, responses((status = 200, body = Event)))]
#[post("/api/v1/events/{id}/answer")]
async fn answer(call: Call, Edit { id, version, body }: Edit<AnswerQuestion, EventId>) -> Reply {
    call.change(move |tx| events::answer(tx, id, &body, version))
        .await
}

versioned! {
    Event: version;
}

resource!["events": list, get_one, register, preview, change, cancel, answer];
