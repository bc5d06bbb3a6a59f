//! The audit trail: who did what, when and why.

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{Call, JsonReply, Page, PageParams, Paged, Params, Reply};
use crate::service::accounts::trail::{self, TrailFilter};
use crate::store::audit::AuditRow;
use crate::web::export;

/// Which lines of the trail; all conditions hold at once.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Written at or after this instant.
    #[serde(deserialize_with = "crate::domain::years::read")]
    from: Option<DateTime<Utc>>,
    /// Written before this instant.
    #[serde(deserialize_with = "crate::domain::years::read")]
    to: Option<DateTime<Utc>>,
    /// Part of the actor's name, exactly as written.
    actor: Option<String>,
    /// By this person.
    person_id: Option<i64>,
    /// About this unit and all below it.
    unit_id: Option<i64>,
    /// About this kind of thing: `item`, `person`, `route`…
    entity: Option<String>,
    /// About the thing with this id.
    entity_id: Option<String>,
    /// This was done: `approve`, `sign_in`, `refused`…
    action: Option<String>,
    /// Part of this request.
    request_id: Option<String>,
}

impl From<Filter> for TrailFilter {
    fn from(filter: Filter) -> Self {
        Self {
            from: filter.from,
            to: filter.to,
            actor: filter.actor,
            person_id: filter.person_id,
            below: filter.unit_id,
            entity: filter.entity,
            entity_id: filter.entity_id,
            action: filter.action,
            request_id: filter.request_id,
            before: None,
        }
    }
}

/// Lines of the trail about the caller's part of the app, newest first.
#[utoipa::path(params(Filter, PageParams), responses((status = 200, body = Page<AuditRow>)))]
#[get("/api/v1/trail")]
async fn list(call: Call, page: Paged<Filter>) -> JsonReply<Page<AuditRow>> {
    let filter = TrailFilter {
        before: page.after()?,
        ..page.filter.clone().into()
    };
    let limit = page.fetch();
    let rows = call.read(move |tx| trail::list(tx, &filter, limit)).await?;
    page.page(rows, |row| row.id).map(web::Json)
}

/// The same as a file for spreadsheets: all lines, newest first, CSV with semicolons. It is sent
/// while it is read; 503 if too many files are being sent.
#[utoipa::path(params(Filter), responses((status = 200, body = String, content_type = "text/csv")))]
#[get("/api/v1/trail.csv")]
async fn file(call: Call, Params(filter): Params<Filter>) -> Reply {
    let filter = TrailFilter::from(filter);
    export::send(call, "nhat-ky.csv", move |tx, before| {
        trail::file_part(tx, &filter, before)
    })
    .await
}

resource!["trail": list, file];
