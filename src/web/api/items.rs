//! Items: handing them in, and every step of their way.

use actix_web::{get, patch, post, web};
use serde::Deserialize;

use super::{
    Body, Call, Created, Edit, IdempotencyKey, IfMatch, JsonReply, Page, PageParams, Paged, Path,
    Reply,
};
use crate::domain::access::Units;
use crate::domain::field::Field;
use crate::domain::ids::{EventId, ItemId, PersonId, UnitId};
use crate::domain::item::{Arrival, ItemPatch, ItemState, NewItem};
use crate::service::submissions::items::{
    self, GradeItem, Item, ItemDetail, PublishItem, WithReason,
};
use crate::store::views::items::{ItemFilter, Slice};
use crate::web::filter::Moment;

/// Which items to list; all conditions hold at once.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ItemQuery {
    /// Handed in by this unit, or counting for it.
    unit_id: Option<UnitId>,
    /// With all units below it.
    below: bool,
    /// With this person among the authors.
    author_id: Option<PersonId>,
    /// About this event.
    event_id: Option<EventId>,
    /// Of the kind with this code.
    kind: Option<String>,
    /// Of this field.
    #[param(inline)]
    field: Option<Field>,
    /// In this state.
    #[param(inline)]
    state: Option<ItemState>,
    /// Part of the headline, with or without diacritics.
    q: Option<String>,
    /// Arrived at this instant or later, or on this local date or later.
    #[serde(deserialize_with = "crate::domain::years::read")]
    #[param(value_type = Option<String>, example = "2026-11-20")]
    from: Option<Moment>,
    /// Arrived before this instant, or on this local date or earlier.
    #[serde(deserialize_with = "crate::domain::years::read")]
    #[param(value_type = Option<String>, example = "2026-11-20")]
    to: Option<Moment>,
}

impl ItemQuery {
    fn filter(&self, units: Option<Units>) -> ItemFilter {
        ItemFilter {
            below: units.and_then(Units::subtree),
            unit_id: units.and_then(Units::alone),
            field: self.field,
            author_id: self.author_id,
            event_id: self.event_id,
            kind: self.kind.clone(),
            state: self.state,
            search: self.q.clone(),
            arrived_from: self.from.map(Moment::begin),
            arrived_before: self.to.map(Moment::end),
        }
    }
}

/// Items that the caller may see, what was handed in last first.
#[utoipa::path(params(ItemQuery, PageParams), responses((status = 200, body = Page<Item>)))]
#[get("/api/v1/items")]
async fn list(call: Call, page: Paged<ItemQuery>) -> JsonReply<Page<Item>> {
    let units = Units::of(page.filter.unit_id, page.filter.below)?;
    let slice = Slice::newest(page.after()?, page.fetch());
    let filter = page.filter.filter(units);
    let rows = call
        .read(move |tx| {
            tx.require_known(units)?;
            let scope = tx.scope();
            items::list(tx.conn, &scope, &filter, &slice)
        })
        .await?;
    page.page(rows, |item| item.id).map(web::Json)
}

/// One item with its text, its way, and what it counts for.
#[utoipa::path(responses((status = 200, body = ItemDetail)))]
#[get("/api/v1/items/{id}")]
async fn get_one(call: Call, id: Path<ItemId>) -> Reply {
    call.show(move |tx| items::get(tx, *id)).await
}

/// Hand in an item, or record one that came by mail, Zalo or the document system.
#[utoipa::path(
    params(IdempotencyKey), request_body = NewItem, responses((status = 201, body = ItemDetail))
)]
#[post("/api/v1/items")]
async fn submit(call: Call, body: Body<NewItem>) -> Reply {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        let item = items::submit(tx, &new)?;
        Ok(Created::at(format!("/api/v1/items/{}", item.item.id), item))
    })
    .await
}

/// Correct an item: the unit while it has it, editors afterwards.
#[utoipa::path(params(IfMatch), request_body = ItemPatch, responses((status = 200, body = ItemDetail)))]
#[patch("/api/v1/items/{id}")]
async fn change(call: Call, Edit { id, version, body }: Edit<ItemPatch, ItemId>) -> Reply {
    call.change(move |tx| items::change(tx, id, &body, version))
        .await
}

/// Approve an item as the unit's leader.
#[utoipa::path(params(IfMatch), responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/items/{id}/approve")]
async fn approve(call: Call, id: Path<ItemId>, IfMatch(version): IfMatch) -> Reply {
    call.change(move |tx| items::approve(tx, *id, version))
        .await
}

/// Take an item into review, from another editor as well.
#[utoipa::path(params(IfMatch), responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/items/{id}/take")]
async fn take(call: Call, id: Path<ItemId>, IfMatch(version): IfMatch) -> Reply {
    call.change(move |tx| items::take(tx, *id, version)).await
}

/// Give back an item that you review: it waits for any editor again.
#[utoipa::path(params(IfMatch), responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/items/{id}/give-back")]
async fn give_back(call: Call, id: Path<ItemId>, IfMatch(version): IfMatch) -> Reply {
    call.change(move |tx| items::give_back(tx, *id, version))
        .await
}

/// Publish an item.
#[utoipa::path(params(IfMatch), request_body = PublishItem, responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/items/{id}/publish")]
async fn publish(call: Call, Edit { id, version, body }: Edit<PublishItem, ItemId>) -> Reply {
    call.change(move |tx| items::publish(tx, id, &body, version))
        .await
}

/// Send an item back for changes.
#[utoipa::path(params(IfMatch), request_body = WithReason, responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/items/{id}/return")]
async fn return_for_changes(
    call: Call,
    Edit { id, version, body }: Edit<WithReason, ItemId>,
) -> Reply {
    call.change(move |tx| items::return_for_changes(tx, id, &body, version))
        .await
}

/// Find an item incomplete: its next arrival counts.
#[utoipa::path(params(IfMatch), request_body = WithReason, responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/items/{id}/incomplete")]
async fn find_incomplete(
    call: Call,
    Edit { id, version, body }: Edit<WithReason, ItemId>,
) -> Reply {
    call.change(move |tx| items::find_incomplete(tx, id, &body, version))
        .await
}

/// Refuse an item: what it settled is open again.
#[utoipa::path(params(IfMatch), request_body = WithReason, responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/items/{id}/reject")]
async fn reject(call: Call, Edit { id, version, body }: Edit<WithReason, ItemId>) -> Reply {
    call.change(move |tx| items::reject(tx, id, &body, version))
        .await
}

/// Hand in again an item that was returned.
#[utoipa::path(params(IfMatch), responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/items/{id}/resubmit")]
async fn resubmit(call: Call, id: Path<ItemId>, IfMatch(version): IfMatch) -> Reply {
    call.change(move |tx| items::resubmit(tx, *id, version))
        .await
}

/// Take an item back; one that is published only an editor can.
#[utoipa::path(params(IfMatch), request_body = WithReason, responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/items/{id}/withdraw")]
async fn withdraw(call: Call, Edit { id, version, body }: Edit<WithReason, ItemId>) -> Reply {
    call.change(move |tx| items::withdraw(tx, id, &body, version))
        .await
}

/// Mark the quality of a published item.
#[utoipa::path(params(IfMatch), request_body = GradeItem, responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/items/{id}/grade")]
async fn grade(call: Call, Edit { id, version, body }: Edit<GradeItem, ItemId>) -> Reply {
    call.change(move |tx| items::grade(tx, id, &body, version))
        .await
}

/// Correct when an item arrived; that reaches back.
#[utoipa::path(params(IfMatch), request_body = Arrival, responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/items/{id}/arrival")]
async fn correct_arrival(call: Call, Edit { id, version, body }: Edit<Arrival, ItemId>) -> Reply {
    call.change(move |tx| items::correct_arrival(tx, id, &body, version))
        .await
}

versioned! {
    ItemDetail: item.version;
}

resource!["items":
    list, get_one, submit, change, approve, take, give_back, publish, return_for_changes, find_incomplete, reject,
    resubmit, withdraw, grade, correct_arrival,
];
