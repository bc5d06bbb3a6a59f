//! Access tokens, for administrators.

use actix_web::{HttpResponse, get, post, web};

use super::{All, Body, Call, JsonReply, Page, PageParams, Paged, Path, Reply};
use crate::domain::ids::TokenId;
use crate::service::accounts::tokens::{self, Issued, NewToken};
use crate::store::tokens::TokenRow;

/// The tokens that the caller administers, newest first.
#[utoipa::path(params(PageParams), responses((status = 200, body = Page<TokenRow>)))]
#[get("/api/v1/tokens")]
async fn list(call: Call, page: Paged<All>) -> JsonReply<Page<TokenRow>> {
    let (before, limit) = (page.after()?, page.fetch());
    let rows = call.read(move |tx| tokens::list(tx, before, limit)).await?;
    page.page(rows, |row| row.id).map(web::Json)
}

/// Create a token. Its secret is in the reply, and nowhere else.
///
/// It takes no `Idempotency-Key`: the reply would have to be stored, and the secret with it.
#[utoipa::path(request_body = NewToken, responses((status = 201, body = Issued)))]
#[post("/api/v1/tokens")]
async fn create(call: Call, body: Body<NewToken>) -> Reply {
    let issued = call
        .write(move |tx| tokens::create(tx, &body.value))
        .await?;
    Ok(HttpResponse::Created().json(issued))
}

/// Revoke a token: it is refused from now on.
#[utoipa::path(responses((status = 200, body = TokenRow)))]
#[post("/api/v1/tokens/{id}/revoke")]
async fn revoke(call: Call, id: Path<TokenId>) -> JsonReply<TokenRow> {
    call.write_json(move |tx| tokens::revoke(tx, *id)).await
}

resource!["tokens": list, create, revoke];
