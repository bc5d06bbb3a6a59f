//! The queue of an editor, and publishing several items at once.

use actix_web::{get, post, web};
use serde::Serialize;

use super::{Body, Call, JsonReply, Params};
use crate::domain::ids::{ItemId, ObligationId};
use crate::domain::item::Review;
use crate::service::submissions::items::{
    self, BulkChecked, Item, PublishMany, QueueFilter, Waiting,
};

/// What waits for an editor.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct QueueBody {
    /// Those of the filter, that have waited longest first.
    items: Vec<WaitingBody>,
    /// How many wait, whatever the filter.
    all: usize,
    /// How many of them the caller reviews.
    mine: usize,
    /// How many of them nobody reviews.
    free: usize,
    /// Whether more wait than the 500 that are shown.
    is_cut: bool,
}

/// An item that waits for an editor.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct WaitingBody {
    /// The item.
    #[serde(flatten)]
    item: Item,
    /// Who reviews it, as the caller sees it.
    review: Review,
    /// What is owed for which it counts.
    saves: Vec<ObligationId>,
}

impl From<Waiting> for WaitingBody {
    fn from(waiting: Waiting) -> Self {
        Self {
            saves: waiting.saves.iter().map(|work| work.id).collect(),
            review: waiting.review,
            item: waiting.item,
        }
    }
}

/// What waits for the caller as an editor.
#[utoipa::path(params(QueueFilter), responses((status = 200, body = QueueBody)))]
#[get("/api/v1/queue")]
async fn queue(call: Call, Params(filter): Params<QueueFilter>) -> JsonReply<QueueBody> {
    let locale = call.lang().locale();
    let queue = call
        .read(move |tx| items::queue(tx, &filter, locale))
        .await?;
    Ok(web::Json(QueueBody {
        items: queue.waiting.into_iter().map(WaitingBody::from).collect(),
        all: queue.all,
        mine: queue.mine,
        free: queue.free,
        is_cut: queue.is_cut,
    }))
}

/// What came of publishing, one answer for each item.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Published {
    /// In the order of their numbers.
    items: Vec<PublishAnswer>,
}

/// What came of publishing one item.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct PublishAnswer {
    /// The item.
    id: ItemId,
    /// Whether it is published now.
    published: bool,
    /// Why it is not.
    refused: Option<String>,
}

/// Publish several items; each is answered separately.
#[utoipa::path(request_body = PublishMany, responses((status = 200, body = Published)))]
#[post("/api/v1/items/publish")]
async fn publish_many(call: Call, body: Body<PublishMany>) -> JsonReply<Published> {
    let (locale, many) = (call.lang().locale(), body.value);
    let all = call.write(move |tx| items::publish_many(tx, &many)).await?;
    let answer = |one: BulkChecked| PublishAnswer {
        id: one.id,
        published: one.fault.is_none(),
        refused: one.fault.map(|fault| fault.message(locale)),
    };
    Ok(web::Json(Published {
        items: all.into_iter().map(answer).collect(),
    }))
}

resource!["queue": queue, publish_many];
