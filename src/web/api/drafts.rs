//! Drafts: items that are written but not submitted. Their author and the leaders of the unit see them.

use actix_web::{delete, get, post, put, web};
use serde::Serialize;

use super::{Body, Call, Created, Edit, IdempotencyKey, IfMatch, JsonReply, Path, Reply};
use crate::domain::ids::DraftId;
use crate::service::Rows;
use crate::service::submissions::drafts::{self, Draft, DraftText, NewDraft};
use crate::service::submissions::items::ItemDetail;

/// Drafts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Drafts {
    /// What was saved last comes first; at most 100.
    items: Vec<Draft>,
    /// How many there are.
    total: usize,
}

/// The drafts that the caller writes or may submit.
#[utoipa::path(responses((status = 200, body = Drafts)))]
#[get("/api/v1/drafts")]
async fn list(call: Call) -> JsonReply<Drafts> {
    let Rows { total, rows: items } = call.read(drafts::list).await?;
    Ok(web::Json(Drafts { items, total }))
}

/// One draft.
#[utoipa::path(responses((status = 200, body = Draft)))]
#[get("/api/v1/drafts/{id}")]
async fn get_one(call: Call, id: Path<DraftId>) -> Reply {
    call.show(move |tx| drafts::get(tx, *id)).await
}

/// Save a new draft of the person who calls.
#[utoipa::path(
    params(IdempotencyKey), request_body = NewDraft, responses((status = 201, body = Draft))
)]
#[post("/api/v1/drafts")]
async fn save(call: Call, body: Body<NewDraft>) -> Reply {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        let draft = drafts::save(tx, &new)?;
        Ok(Created::at(format!("/api/v1/drafts/{}", draft.id), draft))
    })
    .await
}

/// Write a draft anew.
#[utoipa::path(params(IfMatch), request_body = DraftText, responses((status = 200, body = Draft)))]
#[put("/api/v1/drafts/{id}")]
async fn write(call: Call, Edit { id, version, body }: Edit<DraftText, DraftId>) -> Reply {
    call.change(move |tx| drafts::change(tx, id, &body, version))
        .await
}

/// Discard a draft; answers what it was.
#[utoipa::path(params(IfMatch), responses((status = 200, body = Draft)))]
#[delete("/api/v1/drafts/{id}")]
async fn discard(call: Call, id: Path<DraftId>, IfMatch(version): IfMatch) -> Reply {
    call.change(move |tx| {
        let draft = drafts::get(tx, *id)?;
        drafts::discard(tx, *id, version)?;
        Ok(draft)
    })
    .await
}

/// Submit a draft: it becomes an item of its author.
#[utoipa::path(params(IfMatch), responses((status = 200, body = ItemDetail)))]
#[post("/api/v1/drafts/{id}/submit")]
async fn submit(call: Call, id: Path<DraftId>, IfMatch(version): IfMatch) -> Reply {
    call.change(move |tx| drafts::submit(tx, *id, version))
        .await
}

versioned! {
    Draft: version;
}

resource!["drafts": list, get_one, save, write, discard, submit];
