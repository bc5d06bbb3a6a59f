//! Access tokens, for administrators.

use actix_web::{HttpResponse, get, post, web};

use crate::service::accounts::tokens;
use crate::service::accounts::tokens::{Issued, NewToken};
use crate::store::tokens::TokenRow;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::page::{All, Page, PageParams, Paged};
use crate::web::resource::Refused;

/// The tokens that the caller administers, newest first.
#[utoipa::path(
    tag = "tokens",
    params(PageParams),
    responses((status = 200, body = Page<TokenRow>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/tokens")]
async fn list(call: Call, page: Paged<All>) -> Result<web::Json<Page<TokenRow>>, Problem> {
    let (before, limit) = (page.after()?, page.fetch());
    let rows = call.read(move |tx| tokens::list(tx, before, limit)).await?;
    Ok(web::Json(page.page(rows, |row| row.id, |row| row)?))
}

/// Create a token. Its secret is in the reply, and nowhere else.
///
/// It takes no `Idempotency-Key`: the reply would have to be stored, and the secret with it.
#[utoipa::path(
    tag = "tokens",
    request_body = NewToken,
    responses((status = 201, body = Issued), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/tokens")]
async fn create(call: Call, body: Body<NewToken>) -> Result<HttpResponse, Problem> {
    let issued = call
        .write(move |tx| tokens::create(tx, &body.value))
        .await?;
    Ok(HttpResponse::Created().json(issued))
}

/// Revoke a token: it is refused from now on.
#[utoipa::path(tag = "tokens", responses((status = 200, body = TokenRow), (status = "4XX", response = Refused)))]
#[post("/api/v1/tokens/{id}/revoke")]
async fn revoke(call: Call, id: web::Path<i64>) -> Result<web::Json<TokenRow>, Problem> {
    let id = id.into_inner();
    Ok(web::Json(
        call.write(move |tx| tokens::revoke(tx, id)).await?,
    ))
}

resource![list, create, revoke];
