//! The caller's own sessions in browsers.

use actix_web::{get, post, web};
use serde::Serialize;

use super::{Call, JsonReply, Path};
use crate::domain::ids::SessionId;
use crate::service::accounts::sign_in::{self, SessionView};

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
#[utoipa::path(responses((status = 200, body = SessionsBody)))]
#[get("/api/v1/me/sessions")]
async fn list_sessions(call: Call) -> JsonReply<SessionsBody> {
    let items = call.read(sign_in::list).await?;
    Ok(web::Json(SessionsBody { items }))
}

/// End one of the caller's sessions.
#[utoipa::path(responses((status = 200, body = EndedBody)))]
#[post("/api/v1/me/sessions/{id}/end")]
async fn end_session(call: Call, id: Path<SessionId>) -> JsonReply<EndedBody> {
    call.write(move |tx| sign_in::end(tx, *id)).await?;
    Ok(web::Json(EndedBody { ended: 1 }))
}

/// Sign the caller out everywhere.
#[utoipa::path(responses((status = 200, body = EndedBody)))]
#[post("/api/v1/me/sessions/end-all")]
async fn end_all_sessions(call: Call) -> JsonReply<EndedBody> {
    let ended = call.write(sign_in::end_all).await?;
    Ok(web::Json(EndedBody { ended }))
}

resource!["me": list_sessions, end_session, end_all_sessions];
