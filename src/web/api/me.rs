//! Who the caller is.

use actix_web::{get, web};
use serde::Serialize;

use crate::domain::access::{Grant, Role};
use crate::store::views;
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::resource::Refused;
use crate::web::time::Instant;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Me {
    /// What the audit trail calls them.
    pub name: String,
    /// Every role that they hold today.
    pub roles: Vec<Held>,
    /// The person, or the one who holds the token, if it belongs to one.
    pub person_id: Option<i64>,
    /// The server's present instant.
    pub now: Instant,
}

/// A role on a unit: it holds there and for everything below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Held {
    /// The role.
    pub role: Role,
    /// The unit on which it sits; `null` = the whole installation.
    pub unit: Option<Home>,
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
    let actor = call.actor();
    let grants = actor.grants.clone();
    let roles = call
        .read(move |tx| {
            let scope = tx.scope();
            let mut roles = Vec::with_capacity(grants.len());
            for Grant { role, unit_id, .. } in grants {
                let unit = unit_id
                    .map(|id| views::units::find(tx.conn, &scope, id))
                    .transpose()?
                    .flatten();
                let unit = unit.map(|unit| Home {
                    id: unit.id,
                    code: unit.code,
                    name: unit.name,
                });
                roles.push(Held { role, unit });
            }
            Ok(roles)
        })
        .await?;
    Ok(web::Json(Me {
        name: actor.name.clone(),
        roles,
        person_id: actor.person_id,
        now: call.now().into(),
    }))
}

resource![me];
