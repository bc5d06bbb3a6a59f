//! Kinds of item.

use actix_web::{HttpResponse, get, post, web};

use crate::service::rules::kinds;
use crate::service::rules::kinds::Kind;
use crate::web::body::Body;
use crate::web::call::{Call, Created};
use crate::web::error::Problem;
use crate::web::page::Page;
use crate::web::resource::Refused;

/// All kinds of item in the order of display.
#[utoipa::path(tag = "kinds", responses((status = 200, body = Page<Kind>), (status = "4XX", response = Refused)))]
#[get("/api/v1/kinds")]
async fn list(call: Call) -> Result<web::Json<Page<Kind>>, Problem> {
    Ok(web::Json(Page::whole(
        call.ask(|app, _| kinds::list(app)).await?,
    )))
}

/// Add a kind of item.
#[utoipa::path(
    tag = "kinds",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = Kind,
    responses((status = 201, body = Kind), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/kinds")]
async fn add(call: Call, body: Body<Kind>) -> Result<HttpResponse, Problem> {
    let kind = body.value;
    call.create_with(body.fingerprint, move |_, conn, actor, now| {
        let body = kinds::add_in(conn, actor, &kind, now)?;
        Ok(Created {
            body,
            location: "/api/v1/kinds".to_owned(),
            version: None,
        })
    })
    .await
}

resource![list, add];
