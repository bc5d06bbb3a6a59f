//! Kinds of item.

use actix_web::{HttpResponse, get, post, web};

use crate::service::rules::kinds;
use crate::store::kinds::KindRow;
use crate::web::body::Body;
use crate::web::call::{Call, Created};
use crate::web::error::Problem;
use crate::web::page::Page;
use crate::web::resource::Refused;

/// All kinds of item in the order of display.
#[utoipa::path(tag = "kinds", responses((status = 200, body = Page<KindRow>), (status = "4XX", response = Refused)))]
#[get("/api/v1/kinds")]
async fn list(call: Call) -> Result<web::Json<Page<KindRow>>, Problem> {
    let all = call.read(kinds::list).await?;
    Ok(web::Json(Page::whole(all)))
}

/// Add a kind of item.
#[utoipa::path(
    tag = "kinds",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = KindRow,
    responses((status = 201, body = KindRow), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/kinds")]
async fn add(call: Call, body: Body<KindRow>) -> Result<HttpResponse, Problem> {
    let kind = body.value;
    call.create(body.fingerprint, move |tx| {
        Ok(Created {
            body: kinds::add(tx, &kind)?,
            location: "/api/v1/kinds".to_owned(),
            version: None,
        })
    })
    .await
}

resource![list, add];
