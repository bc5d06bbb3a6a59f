//! The caller's own sessions in browsers.

use actix_web::{get, post, web};
use serde::Serialize;

use crate::service::accounts::sign_in;
use crate::service::accounts::sign_in::SessionView;
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::resource::Refused;

/// The sessions of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SessionsBody {
    /// Those that can be used, newest first.
    pub items: Vec<SessionView>,
}

/// How many sessions ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EndedBody {
    /// The number of sessions.
    pub ended: usize,
}

/// The caller's sessions; none for a token.
#[utoipa::path(tag = "me", responses((status = 200, body = SessionsBody), (status = "4XX", response = Refused)))]
#[get("/api/v1/me/sessions")]
async fn list_sessions(call: Call) -> Result<web::Json<SessionsBody>, Problem> {
    let items = call.read(sign_in::list).await?;
    Ok(web::Json(SessionsBody { items }))
}

/// End one of the caller's sessions.
#[utoipa::path(tag = "me", responses((status = 200, body = EndedBody), (status = "4XX", response = Refused)))]
#[post("/api/v1/me/sessions/{id}/end")]
async fn end_session(call: Call, id: web::Path<i64>) -> Result<web::Json<EndedBody>, Problem> {
    let id = id.into_inner();
    call.write(move |tx| sign_in::end(tx, id)).await?;
    Ok(web::Json(EndedBody { ended: 1 }))
}

/// Sign the caller out everywhere.
#[utoipa::path(tag = "me", responses((status = 200, body = EndedBody), (status = "4XX", response = Refused)))]
#[post("/api/v1/me/sessions/end-all")]
async fn end_all_sessions(call: Call) -> Result<web::Json<EndedBody>, Problem> {
    let ended = call.write(sign_in::end_all).await?;
    Ok(web::Json(EndedBody { ended }))
}

resource![list_sessions, end_session, end_all_sessions];
