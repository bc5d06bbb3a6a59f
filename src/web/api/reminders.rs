//! Manual reminders: of one obligation, and of many at once.

use actix_web::{post, web};
use serde::{Deserialize, Serialize};

use super::{Body, Call, JsonReply, Path};
use crate::domain::ids::ObligationId;
use crate::service::notices::manual::{self, Leaves, ManualOutcome};

/// Send a manual reminder of an obligation: those who have to settle it get a mail, in office hours. At most
/// once an hour for the same obligation.
#[utoipa::path(responses((status = 200, body = Leaves)))]
#[post("/api/v1/obligations/{id}/remind")]
async fn remind(call: Call, id: Path<ObligationId>) -> JsonReply<Leaves> {
    let locale = call.lang().locale();
    let leaves = call
        .write(move |tx| manual::remind_one(tx, *id, locale))
        .await?;
    Ok(web::Json(leaves))
}

/// The obligations to remind of.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RemindMany {
    /// At most 500.
    ids: Vec<ObligationId>,
}

/// What came of reminding, one answer for each obligation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Reminders {
    /// In the order in which they were named.
    items: Vec<ReminderAnswer>,
}

/// What came of reminding of one obligation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ReminderAnswer {
    /// The obligation.
    id: ObligationId,
    /// When it leaves and to whom; none where nobody is reminded.
    reminded: Option<Leaves>,
    /// Why nobody is.
    refused: Option<String>,
}

/// Send manual reminders of several obligations; each is answered separately.
#[utoipa::path(request_body = RemindMany, responses((status = 200, body = Reminders)))]
#[post("/api/v1/reminders")]
async fn remind_many(call: Call, body: Body<RemindMany>) -> JsonReply<Reminders> {
    let (locale, ids) = (call.lang().locale(), body.value.ids);
    let reminded = call
        .write(move |tx| manual::remind(tx, &ids, locale))
        .await?;
    let answer = |of: ManualOutcome| {
        let (reminded, refused) = match of.verdict {
            Ok(leaves) => (Some(leaves), None),
            Err(why) => (None, Some(why.message(locale))),
        };
        ReminderAnswer {
            id: of.id,
            reminded,
            refused,
        }
    };
    let items = reminded.into_iter().map(answer).collect();
    Ok(web::Json(Reminders { items }))
}

resource!["obligations": remind, remind_many];
