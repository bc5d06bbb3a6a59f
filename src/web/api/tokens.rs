//! Access tokens, for administrators.

use actix_web::{HttpResponse, get, post, web};
use serde::Serialize;

use crate::service::accounts::tokens;
use crate::service::accounts::tokens::{NewToken, TokenRow};
use crate::store::StoreError;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::page::{All, Page, PageParams, Paged};
use crate::web::resource::Refused;
use crate::web::time::Instant;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TokenBody {
    /// Its id.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// What its holder may do.
    #[schema(value_type = crate::domain::access::Role)]
    pub role: String,
    /// The unit on which the role sits; `null` = the whole installation.
    pub unit_id: Option<i64>,
    /// The person who holds it.
    pub person_id: Option<i64>,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// When it was used last, to about ten minutes.
    pub last_used_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

/// A new token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct IssuedBody {
    /// What is stored of it.
    #[serde(flatten)]
    pub token: TokenBody,
    /// The token itself: shown now and never again.
    pub secret: String,
}

/// The tokens that the caller administers, newest first.
#[utoipa::path(
    tag = "tokens",
    params(PageParams),
    responses((status = 200, body = Page<TokenBody>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/tokens")]
async fn list(call: Call, page: Paged<All>) -> Result<web::Json<Page<TokenBody>>, Problem> {
    let (before, limit) = (page.after()?, page.fetch());
    let rows = call
        .ask(move |app, actor| {
            let rows = tokens::list(app, actor, before, limit)?;
            Ok(rows
                .into_iter()
                .map(TokenBody::new)
                .collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
    Ok(web::Json(page.page(rows, |row| row.id, |row| row)?))
}

/// Make a token. Its secret is in the reply, and nowhere else.
///
/// Not to be repeated under an `Idempotency-Key`: the reply would have to be kept, and the secret
/// with it.
#[utoipa::path(
    tag = "tokens",
    request_body = NewToken,
    responses((status = 201, body = IssuedBody), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/tokens")]
async fn create(call: Call, body: Body<NewToken>) -> Result<HttpResponse, Problem> {
    let issued = call
        .change(move |app, actor, now| {
            let issued = tokens::create(app, actor, &body.value, now)?;
            Ok(IssuedBody {
                token: TokenBody::new(issued.token)?,
                secret: issued.secret,
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(issued))
}

/// Revoke a token: it is refused from now on.
#[utoipa::path(tag = "tokens", responses((status = 200, body = TokenBody), (status = "4XX", response = Refused)))]
#[post("/api/v1/tokens/{id}/revoke")]
async fn revoke(call: Call, id: web::Path<i64>) -> Result<web::Json<TokenBody>, Problem> {
    let id = id.into_inner();
    let revoked = call
        .change(move |app, actor, now| Ok(TokenBody::new(tokens::revoke(app, actor, id, now)?)?))
        .await?;
    Ok(web::Json(revoked))
}

impl TokenBody {
    fn new(token: TokenRow) -> Result<Self, StoreError> {
        let optional = |at: Option<i64>| at.map(Instant::stored).transpose();
        Ok(Self {
            created_at: Instant::stored(token.created_at)?,
            expires_at: optional(token.expires_at)?,
            last_used_at: optional(token.last_used_at)?,
            revoked_at: optional(token.revoked_at)?,
            id: token.id,
            name: token.name,
            role: token.role,
            unit_id: token.unit_id,
            person_id: token.person_id,
        })
    }
}

resource![list, create, revoke];
