//! The caller's own sessions in browsers.

use actix_web::{get, post, web};
use serde::Serialize;

use crate::service::accounts::sign_in;
use crate::service::accounts::sign_in::Listed;
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::resource::Refused;
use crate::web::time::Instant;

/// A session of a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SessionBody {
    /// Its id.
    pub id: i64,
    /// When it began.
    pub created_at: Instant,
    /// When it was used last, to about a minute.
    pub seen_at: Instant,
    /// When it ends at the latest.
    pub expires_at: Instant,
    /// From which address it was begun.
    pub address: String,
    /// The browser, by its own account.
    pub agent: String,
}

/// The sessions of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SessionsBody {
    /// Those that are alive, newest first.
    pub items: Vec<SessionBody>,
}

/// How many sessions ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EndedBody {
    /// So many.
    pub ended: usize,
}

/// The caller's sessions; none for a token.
#[utoipa::path(tag = "me", responses((status = 200, body = SessionsBody), (status = "4XX", response = Refused)))]
#[get("/api/v1/me/sessions")]
async fn list_sessions(call: Call) -> Result<web::Json<SessionsBody>, Problem> {
    let now = call.now();
    let rows = call
        .ask(move |app, actor| sign_in::list(app, actor, now))
        .await?;
    Ok(web::Json(SessionsBody::new(rows)))
}

/// End one of the caller's sessions.
#[utoipa::path(tag = "me", responses((status = 200, body = EndedBody), (status = "4XX", response = Refused)))]
#[post("/api/v1/me/sessions/{id}/end")]
async fn end_session(call: Call, id: web::Path<i64>) -> Result<web::Json<EndedBody>, Problem> {
    let id = id.into_inner();
    call.change(move |app, actor, now| sign_in::end(app, actor, id, now))
        .await?;
    Ok(web::Json(EndedBody { ended: 1 }))
}

/// Sign the caller out everywhere.
#[utoipa::path(tag = "me", responses((status = 200, body = EndedBody), (status = "4XX", response = Refused)))]
#[post("/api/v1/me/sessions/end-all")]
async fn end_all_sessions(call: Call) -> Result<web::Json<EndedBody>, Problem> {
    let ended = call.change(sign_in::end_all).await?;
    Ok(web::Json(EndedBody { ended }))
}

impl SessionsBody {
    /// As they are shown.
    pub fn new(rows: Vec<Listed>) -> Self {
        Self {
            items: rows.into_iter().map(SessionBody::new).collect(),
        }
    }
}

impl SessionBody {
    fn new(row: Listed) -> Self {
        Self {
            id: row.id,
            created_at: row.created_at.into(),
            seen_at: row.seen_at.into(),
            expires_at: row.expires_at.into(),
            address: row.address,
            agent: row.agent,
        }
    }
}

resource![list_sessions, end_session, end_all_sessions];
