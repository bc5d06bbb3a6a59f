//! Events: what is to be reported, and by when.

use actix_web::{HttpResponse, get, patch, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::domain::event::{EventPatch, EventState, EventType, NewEvent};
use crate::domain::text::local_midnight;
use crate::service::submissions::events;
use crate::service::submissions::events::{AnswerQuestion, CancelEvent, Event};
use crate::store::views::events::EventFilter;
use crate::web::body::Body;
use crate::web::call::{Call, Created};
use crate::web::error::Problem;
use crate::web::etag::{IfMatch, tagged};
use crate::web::page::{Page, PageParams, Paged};
use crate::web::resource::Refused;

/// Which events to list; all conditions hold at once.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventQuery {
    /// Of this unit alone.
    unit_id: Option<i64>,
    /// Of this unit and all below it.
    below: Option<i64>,
    /// Of this type.
    #[serde(rename = "type")]
    #[param(inline, rename = "type")]
    kind: Option<EventType>,
    /// In this state.
    #[param(inline)]
    state: Option<EventState>,
    /// Part of the title, with or without diacritics.
    q: Option<String>,
    /// That end on this local date or later.
    #[serde(deserialize_with = "crate::domain::years::read")]
    from: Option<NaiveDate>,
    /// That start on this local date or earlier.
    #[serde(deserialize_with = "crate::domain::years::read")]
    to: Option<NaiveDate>,
}

impl EventQuery {
    fn filter(&self, after: Option<(DateTime<Utc>, i64)>) -> EventFilter {
        EventFilter {
            below: self.below,
            unit_id: self.unit_id,
            kind: self.kind,
            state: self.state,
            search: self.q.clone(),
            from: self.from.map(local_midnight),
            before: self.to.and_then(|date| date.succ_opt()).map(local_midnight),
            after,
        }
    }
}

/// Events that the caller may see, the latest start first.
#[utoipa::path(
    tag = "events",
    params(EventQuery, PageParams),
    responses((status = 200, body = Page<Event>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/events")]
async fn list(call: Call, page: Paged<EventQuery>) -> Result<web::Json<Page<Event>>, Problem> {
    let (filter, limit) = (page.filter.filter(page.after()?), page.fetch());
    let rows = call
        .read(move |tx| {
            let scope = tx.scope();
            events::list(tx.conn, &scope, &filter, limit)
        })
        .await?;
    Ok(web::Json(page.page(
        rows,
        |event| (*event.starts_at, event.id),
        |event| event,
    )?))
}

/// One event with its deadlines.
#[utoipa::path(tag = "events", responses((status = 200, body = Event), (status = "4XX", response = Refused)))]
#[get("/api/v1/events/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let event = call.read(move |tx| events::get(tx, id)).await?;
    Ok(tagged(event.version, &event))
}

/// Register an event: its deadlines are open at once.
#[utoipa::path(
    tag = "events",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewEvent,
    responses((status = 201, body = Event), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/events")]
async fn register(call: Call, body: Body<NewEvent>) -> Result<HttpResponse, Problem> {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        let event = events::register(tx, &new)?;
        Ok(Created::at(
            format!("/api/v1/events/{}", event.id),
            event.version,
            event,
        ))
    })
    .await
}

/// Correct an event: its deadlines move with it.
#[utoipa::path(
    tag = "events",
    params(("If-Match" = String, Header)),
    request_body = EventPatch,
    responses((status = 200, body = Event), (status = "4XX", response = Refused)),
)]
#[patch("/api/v1/events/{id}")]
async fn change(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<EventPatch>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let event = call
        .write(move |tx| events::change(tx, id, &body.value, version))
        .await?;
    Ok(tagged(event.version, &event))
}

/// Cancel an event: nothing is owed for it any more.
#[utoipa::path(
    tag = "events",
    params(("If-Match" = String, Header)),
    request_body = CancelEvent,
    responses((status = 200, body = Event), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/events/{id}/cancel")]
async fn cancel(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<CancelEvent>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let event = call
        .write(move |tx| events::cancel(tx, id, &body.value, version))
        .await?;
    Ok(tagged(event.version, &event))
}

/// Answer a question.
#[utoipa::path(
    tag = "events",
    params(("If-Match" = String, Header)),
    request_body = AnswerQuestion,
    responses((status = 200, body = Event), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/events/{id}/answer")]
async fn answer(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<AnswerQuestion>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let event = call
        .write(move |tx| events::answer(tx, id, &body.value, version))
        .await?;
    Ok(tagged(event.version, &event))
}

resource![list, get_one, register, change, cancel, answer];
