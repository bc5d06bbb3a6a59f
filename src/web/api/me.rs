//! Who the caller is.

use actix_web::{get, web};
use serde::Serialize;

use super::{Call, Instant, JsonReply};
use crate::domain::access::{Grant, Role};
use crate::domain::ids::{PersonId, UnitId};
use crate::store::views;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Me {
    /// What the audit trail calls them.
    pub name: String,
    /// Every role that they hold today.
    pub roles: Vec<Held>,
    /// The person, or the one who holds the token, if it belongs to one.
    pub person_id: Option<PersonId>,
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
    pub id: UnitId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Who am I?
#[utoipa::path(responses((status = 200, body = Me)))]
#[get("/api/v1/me")]
async fn me(call: Call) -> JsonReply<Me> {
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
        name: actor.shown_name().to_owned(),
        roles,
        person_id: actor.person_id,
        now: call.now().into(),
    }))
}

resource!["me": me];
