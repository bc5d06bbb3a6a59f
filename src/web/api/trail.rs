//! The audit trail: who did what, when and why.

use actix_web::{get, web};
use serde::Deserialize;

use super::{Call, JsonReply, Page, PageParams, Paged, Params, Reply};
use crate::domain::access::Units;
use crate::domain::error::Invalid;
use crate::domain::file::FileFormat;
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::trail::Entity;
use crate::service::accounts::trail::{self, TrailFilter};
use crate::store::audit::AuditRow;
use crate::web::export::{self, Wanted};
use crate::web::filter::Moment;

/// Which lines of the trail; all conditions hold at once.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Written at this instant or later, or on this local date or later.
    #[serde(deserialize_with = "crate::domain::years::read")]
    #[param(value_type = Option<String>, example = "2026-11-20")]
    from: Option<Moment>,
    /// Written before this instant, or on this local date or earlier.
    #[serde(deserialize_with = "crate::domain::years::read")]
    #[param(value_type = Option<String>, example = "2026-11-20")]
    to: Option<Moment>,
    /// Part of the actor's name, exactly as written.
    actor: Option<String>,
    /// By this person.
    person_id: Option<PersonId>,
    /// About this unit.
    unit_id: Option<UnitId>,
    /// With all units below it.
    below: bool,
    /// About units with this in their name or code, with or without diacritics.
    unit: Option<String>,
    /// About this kind of thing.
    #[param(inline)]
    entity: Option<Entity>,
    /// About the thing with this id.
    entity_id: Option<String>,
    /// This was done: `approve`, `sign_in`, `refused`…
    action: Option<String>,
    /// Part of this request.
    request_id: Option<String>,
}

impl TryFrom<Filter> for TrailFilter {
    type Error = Invalid;

    fn try_from(filter: Filter) -> Result<Self, Invalid> {
        Ok(Self {
            from: filter.from.map(Moment::begin),
            to: filter.to.map(Moment::end),
            actor: filter.actor,
            person_id: filter.person_id,
            units: Units::of(filter.unit_id, filter.below)?,
            unit_search: filter.unit,
            entity: filter.entity,
            entity_id: filter.entity_id,
            action: filter.action,
            request_id: filter.request_id,
            before: None,
        })
    }
}

/// Lines of the trail about the caller's part of the app and about what binds it, newest first.
#[utoipa::path(params(Filter, PageParams), responses((status = 200, body = Page<AuditRow>)))]
#[get("/api/v1/trail")]
async fn list(call: Call, page: Paged<Filter>) -> JsonReply<Page<AuditRow>> {
    let filter = TrailFilter {
        before: page.after()?,
        ..page.filter.clone().try_into()?
    };
    let limit = page.fetch();
    let rows = call.read(move |tx| trail::list(tx, &filter, limit)).await?;
    page.page(rows, |row| row.id).map(web::Json)
}

/// The same as a file for spreadsheets: all lines, newest first, CSV with semicolons. It is sent
/// while it is read; 503 if too many files are being sent.
#[utoipa::path(params(Filter), responses((status = 200, body = String, content_type = "text/csv")))]
#[get("/api/v1/trail.csv")]
async fn csv(call: Call, Params(filter): Params<Filter>) -> Reply {
    file(call, filter, FileFormat::Csv).await
}

/// The same as an Excel file; 400 (`sheet_rows`) if it has more rows than such a file may have.
#[utoipa::path(params(Filter), responses((status = 200, body = String,
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
#[get("/api/v1/trail.xlsx")]
async fn xlsx(call: Call, Params(filter): Params<Filter>) -> Reply {
    file(call, filter, FileFormat::Xlsx).await
}

async fn file(call: Call, filter: Filter, format: FileFormat) -> Reply {
    let filter: TrailFilter = filter.try_into()?;
    let wanted = Wanted {
        name: "nhat-ky",
        format,
    };
    export::send(call, wanted, move |tx, before| {
        trail::file_part(tx, &filter, before)
    })
    .await
}

resource!["trail": list, csv, xlsx];
