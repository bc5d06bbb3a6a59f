//! Who the caller is.

use actix_web::{get, web};
use serde::Serialize;

use crate::domain::access::Role;
use crate::store::views;
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::openapi::Refused;
use crate::web::time::Instant;

/// The holder of the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Me {
    /// What the audit trail calls them.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The unit on which the role sits; `null` = the whole house.
    pub unit: Option<Home>,
    /// The person who holds the token, if it belongs to one.
    pub person_id: Option<i64>,
    /// The server's present instant.
    pub now: Instant,
}

/// A unit in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Home {
    /// Its id.
    pub id: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Who am I?
#[utoipa::path(tag = "me", responses((status = 200, body = Me), (status = "4XX", response = Refused)))]
#[get("/api/v1/me")]
async fn me(call: Call) -> Result<web::Json<Me>, Problem> {
    let unit = match call.actor().unit_id {
        Some(id) => call.read(move |conn, scope| views::units::find(conn, scope, id)).await?,
        None => None,
    };
    let actor = call.actor();
    Ok(web::Json(Me {
        name: actor.name.clone(),
        role: actor.role,
        unit: unit.map(|unit| Home { id: unit.id, code: unit.code, name: unit.name }),
        person_id: actor.person_id,
        now: call.now().into(),
    }))
}

resource![me];
