//! Items: handing them in, and every step of their way.

use actix_web::{HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::item::{Arrival, ItemPatch, ItemState, NewItem};
use crate::domain::text::local_midnight;
use crate::service::submissions::items;
use crate::service::submissions::items::{GradeItem, Item, ItemDetail, PublishItem, WithReason};
use crate::service::{Error, Tx};
use crate::store::views::items::ItemFilter;
use crate::web::body::Body;
use crate::web::call::{Call, Created};
use crate::web::error::Problem;
use crate::web::etag::{IfMatch, tagged};
use crate::web::page::{Page, PageParams, Paged};
use crate::web::resource::Refused;

/// Which items to list; all conditions hold at once.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ItemQuery {
    /// Handed in by this unit, or counting for it.
    unit_id: Option<i64>,
    /// The same of this unit and all below it.
    below: Option<i64>,
    /// With this person among the authors.
    author_id: Option<i64>,
    /// About this event.
    event_id: Option<i64>,
    /// Of the kind with this code.
    kind: Option<String>,
    /// In this state.
    #[param(inline)]
    state: Option<ItemState>,
    /// Part of the headline, with or without diacritics.
    q: Option<String>,
    /// Arrived on this local date or later.
    #[serde(deserialize_with = "crate::domain::years::read")]
    from: Option<NaiveDate>,
    /// Arrived on this local date or earlier.
    #[serde(deserialize_with = "crate::domain::years::read")]
    to: Option<NaiveDate>,
}

impl ItemQuery {
    fn filter(&self, after: Option<i64>) -> ItemFilter {
        ItemFilter {
            below: self.below,
            unit_id: self.unit_id,
            author_id: self.author_id,
            event_id: self.event_id,
            kind: self.kind.clone(),
            state: self.state,
            search: self.q.clone(),
            arrived_from: self.from.map(local_midnight),
            arrived_before: self.to.and_then(|date| date.succ_opt()).map(local_midnight),
            after,
        }
    }
}

/// Items that the caller may see, what was handed in last first.
#[utoipa::path(
    tag = "items",
    params(ItemQuery, PageParams),
    responses((status = 200, body = Page<Item>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/items")]
async fn list(call: Call, page: Paged<ItemQuery>) -> Result<web::Json<Page<Item>>, Problem> {
    let (filter, limit) = (page.filter.filter(page.after()?), page.fetch());
    let rows = call
        .read(move |tx| {
            let scope = tx.scope();
            items::list(tx.conn, &scope, &filter, limit)
        })
        .await?;
    Ok(web::Json(page.page(rows, |item| item.id, |item| item)?))
}

/// One item with its text, its way, and what it counts for.
#[utoipa::path(tag = "items", responses((status = 200, body = ItemDetail), (status = "4XX", response = Refused)))]
#[get("/api/v1/items/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let item = call.read(move |tx| items::get(tx, id)).await?;
    Ok(tagged(item.item.version, &item))
}

/// Hand in an item, or record one that came by mail, Zalo or the document system.
#[utoipa::path(
    tag = "items",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewItem,
    responses((status = 201, body = ItemDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/items")]
async fn submit(call: Call, body: Body<NewItem>) -> Result<HttpResponse, Problem> {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        let item = items::submit(tx, &new)?;
        Ok(Created::at(
            format!("/api/v1/items/{}", item.item.id),
            item.item.version,
            item,
        ))
    })
    .await
}

/// Correct an item: the unit while it has it, editors afterwards.
#[utoipa::path(
    tag = "items",
    params(("If-Match" = String, Header)),
    request_body = ItemPatch,
    responses((status = 200, body = ItemDetail), (status = "4XX", response = Refused)),
)]
#[patch("/api/v1/items/{id}")]
async fn change(
    call: Call,
    id: web::Path<i64>,
    version: IfMatch,
    body: Body<ItemPatch>,
) -> Result<HttpResponse, Problem> {
    step(&call, *id, version, move |tx, id, version| {
        items::change(tx, id, &body.value, version)
    })
    .await
}

/// Approve an item as the unit's leader.
#[utoipa::path(
    tag = "items",
    params(("If-Match" = String, Header)),
    responses((status = 200, body = ItemDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/items/{id}/approve")]
async fn approve(
    call: Call,
    id: web::Path<i64>,
    version: IfMatch,
) -> Result<HttpResponse, Problem> {
    step(&call, *id, version, items::approve).await
}

/// Publish an item.
#[utoipa::path(
    tag = "items",
    params(("If-Match" = String, Header)),
    request_body = PublishItem,
    responses((status = 200, body = ItemDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/items/{id}/publish")]
async fn publish(
    call: Call,
    id: web::Path<i64>,
    version: IfMatch,
    body: Body<PublishItem>,
) -> Result<HttpResponse, Problem> {
    step(&call, *id, version, move |tx, id, version| {
        items::publish(tx, id, &body.value, version)
    })
    .await
}

/// Send an item back for changes.
#[utoipa::path(
    tag = "items",
    params(("If-Match" = String, Header)),
    request_body = WithReason,
    responses((status = 200, body = ItemDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/items/{id}/return")]
async fn return_for_changes(
    call: Call,
    id: web::Path<i64>,
    version: IfMatch,
    body: Body<WithReason>,
) -> Result<HttpResponse, Problem> {
    step(&call, *id, version, move |tx, id, version| {
        items::return_for_changes(tx, id, &body.value, version)
    })
    .await
}

/// Find an item incomplete: its next arrival counts.
#[utoipa::path(
    tag = "items",
    params(("If-Match" = String, Header)),
    request_body = WithReason,
    responses((status = 200, body = ItemDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/items/{id}/incomplete")]
async fn find_incomplete(
    call: Call,
    id: web::Path<i64>,
    version: IfMatch,
    body: Body<WithReason>,
) -> Result<HttpResponse, Problem> {
    step(&call, *id, version, move |tx, id, version| {
        items::find_incomplete(tx, id, &body.value, version)
    })
    .await
}

/// Refuse an item: what it settled is open again.
#[utoipa::path(
    tag = "items",
    params(("If-Match" = String, Header)),
    request_body = WithReason,
    responses((status = 200, body = ItemDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/items/{id}/reject")]
async fn reject(
    call: Call,
    id: web::Path<i64>,
    version: IfMatch,
    body: Body<WithReason>,
) -> Result<HttpResponse, Problem> {
    step(&call, *id, version, move |tx, id, version| {
        items::reject(tx, id, &body.value, version)
    })
    .await
}

/// Hand in again an item that was returned.
#[utoipa::path(
    tag = "items",
    params(("If-Match" = String, Header)),
    responses((status = 200, body = ItemDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/items/{id}/resubmit")]
async fn resubmit(
    call: Call,
    id: web::Path<i64>,
    version: IfMatch,
) -> Result<HttpResponse, Problem> {
    step(&call, *id, version, items::resubmit).await
}

/// Take an item back; one that is published only an editor can.
#[utoipa::path(
    tag = "items",
    params(("If-Match" = String, Header)),
    request_body = WithReason,
    responses((status = 200, body = ItemDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/items/{id}/withdraw")]
async fn withdraw(
    call: Call,
    id: web::Path<i64>,
    version: IfMatch,
    body: Body<WithReason>,
) -> Result<HttpResponse, Problem> {
    step(&call, *id, version, move |tx, id, version| {
        items::withdraw(tx, id, &body.value, version)
    })
    .await
}

/// Mark the quality of a published item.
#[utoipa::path(
    tag = "items",
    params(("If-Match" = String, Header)),
    request_body = GradeItem,
    responses((status = 200, body = ItemDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/items/{id}/grade")]
async fn grade(
    call: Call,
    id: web::Path<i64>,
    version: IfMatch,
    body: Body<GradeItem>,
) -> Result<HttpResponse, Problem> {
    step(&call, *id, version, move |tx, id, version| {
        items::grade(tx, id, &body.value, version)
    })
    .await
}

/// Correct when an item arrived; that reaches back.
#[utoipa::path(
    tag = "items",
    params(("If-Match" = String, Header)),
    request_body = Arrival,
    responses((status = 200, body = ItemDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/items/{id}/arrival")]
async fn correct_arrival(
    call: Call,
    id: web::Path<i64>,
    version: IfMatch,
    body: Body<Arrival>,
) -> Result<HttpResponse, Problem> {
    step(&call, *id, version, move |tx, id, version| {
        items::correct_arrival(tx, id, &body.value, version)
    })
    .await
}

/// Takes a step and shows the item after it.
async fn step(
    call: &Call,
    id: i64,
    IfMatch(version): IfMatch,
    take: impl Fn(&mut Tx<'_>, i64, i32) -> Result<ItemDetail, Error> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let item = call.write(move |tx| take(tx, id, version)).await?;
    Ok(tagged(item.item.version, &item))
}

resource![
    list,
    get_one,
    submit,
    change,
    approve,
    publish,
    return_for_changes,
    find_incomplete,
    reject,
    resubmit,
    withdraw,
    grade,
    correct_arrival,
];
