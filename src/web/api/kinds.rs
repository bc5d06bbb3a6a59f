//! Kinds of item.

use actix_web::{get, post, web};

use super::{Body, Call, Created, IdempotencyKey, JsonReply, Page, Reply};
use crate::service::rules::kinds;
use crate::store::kinds::KindRow;

/// All kinds of item in the order of display.
#[utoipa::path(responses((status = 200, body = Page<KindRow>)))]
#[get("/api/v1/kinds")]
async fn list(call: Call) -> JsonReply<Page<KindRow>> {
    let all = call.read(kinds::list).await?;
    Ok(web::Json(Page::whole(all)))
}

/// Add a kind of item.
#[utoipa::path(params(IdempotencyKey), request_body = KindRow, responses((status = 201, body = KindRow)))]
#[post("/api/v1/kinds")]
async fn add(call: Call, body: Body<KindRow>) -> Reply {
    let kind = body.value;
    call.create(body.fingerprint, move |tx| {
        Ok(Created::unversioned(
            "/api/v1/kinds".to_owned(),
            kinds::add(tx, &kind)?,
        ))
    })
    .await
}

resource!["kinds": list, add];
