//! Units: the tree of those who owe and those who read.

use actix_web::{HttpResponse, get, patch, post, web};
use serde::{Deserialize, Serialize};

use crate::domain::text::local_date;
use crate::domain::unit::{Category, NewUnit, UnitPatch};
use crate::service::units::{self, EndUnit, MergeUnit, MoveUnit};
use crate::service::{Error, Tx};
use crate::store::views::units::{self as view, UnitQuery, UnitView};
use crate::web::body::Body;
use crate::web::call::{Call, Created};
use crate::web::error::Problem;
use crate::web::etag::{IfMatch, tagged};
use crate::web::page::{Page, PageParams, Paged};
use crate::web::resource::Refused;

/// What a merger did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MergedBody {
    /// The unit that merged.
    pub unit: UnitView,
    /// The units that moved to its successor.
    pub moved: Vec<UnitView>,
}

/// Which units to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UnitFilter {
    /// Part of the name, with or without diacritics, or of the code.
    q: Option<String>,
    /// Of this category.
    #[param(inline)]
    category: Option<Category>,
    /// Directly below this unit.
    parent_id: Option<i64>,
    /// Existing today (`true`), or not yet or no longer (`false`).
    active: Option<bool>,
}

/// Units that the caller may see, sorted by name.
#[utoipa::path(
    tag = "units",
    params(UnitFilter, PageParams),
    responses((status = 200, body = Page<UnitView>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/units")]
async fn list(call: Call, page: Paged<UnitFilter>) -> Result<web::Json<Page<UnitView>>, Problem> {
    let filter = &page.filter;
    let query = UnitQuery {
        search: filter.q.clone(),
        category: filter.category,
        parent_id: filter.parent_id,
        alive: filter.active.map(|active| (local_date(call.now()), active)),
        after: page.after()?,
        limit: page.fetch(),
    };
    let rows = call
        .read(move |tx| Ok(view::list(tx.conn, &tx.scope(), &query)?))
        .await?;
    Ok(web::Json(page.page(
        rows,
        |unit| (unit.name_sort.clone(), unit.id),
        |unit| unit,
    )?))
}

/// One unit.
#[utoipa::path(tag = "units", responses((status = 200, body = UnitView), (status = "4XX", response = Refused)))]
#[get("/api/v1/units/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let unit = call.read(move |tx| shown(tx, id)).await?;
    Ok(tagged(unit.version, &unit))
}

/// Create a unit.
#[utoipa::path(
    tag = "units",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewUnit,
    responses((status = 201, body = UnitView), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/units")]
async fn create(call: Call, body: Body<NewUnit>) -> Result<HttpResponse, Problem> {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        let id = units::create(tx, &new)?.unit.id;
        let unit = shown(tx, id)?;
        Ok(Created::at(
            format!("/api/v1/units/{id}"),
            unit.version,
            unit,
        ))
    })
    .await
}

/// Rename a unit, change its mail address or cluster.
#[utoipa::path(
    tag = "units",
    params(("If-Match" = String, Header)),
    request_body = UnitPatch,
    responses((status = 200, body = UnitView), (status = "4XX", response = Refused)),
)]
#[patch("/api/v1/units/{id}")]
async fn change(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<UnitPatch>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let unit = call
        .write(move |tx| {
            units::change(tx, id, &body.value, version)?;
            shown(tx, id)
        })
        .await?;
    Ok(tagged(unit.version, &unit))
}

/// Move a unit, with all units below it, to another parent.
#[utoipa::path(
    tag = "units",
    params(("If-Match" = String, Header)),
    request_body = MoveUnit,
    responses((status = 200, body = UnitView), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/units/{id}/move")]
async fn move_to(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<MoveUnit>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let unit = call
        .write(move |tx| {
            units::move_to(tx, id, &body.value, version)?;
            shown(tx, id)
        })
        .await?;
    Ok(tagged(unit.version, &unit))
}

/// Give a unit its last day.
#[utoipa::path(
    tag = "units",
    params(("If-Match" = String, Header)),
    request_body = EndUnit,
    responses((status = 200, body = UnitView), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/units/{id}/end")]
async fn end(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<EndUnit>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let unit = call
        .write(move |tx| {
            units::end(tx, id, &body.value, version)?;
            shown(tx, id)
        })
        .await?;
    Ok(tagged(unit.version, &unit))
}

/// Merge a unit into another one; the units directly below it move there.
#[utoipa::path(
    tag = "units",
    params(("If-Match" = String, Header)),
    request_body = MergeUnit,
    responses((status = 200, body = MergedBody), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/units/{id}/merge")]
async fn merge(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<MergeUnit>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let merged = call
        .write(move |tx| {
            let changes = units::merge(tx, id, &body.value, version)?;
            let moved = changes.iter().filter(|done| done.unit.id != id);
            Ok(MergedBody {
                unit: shown(tx, id)?,
                moved: moved
                    .map(|done| shown(tx, done.unit.id))
                    .collect::<Result<_, _>>()?,
            })
        })
        .await?;
    Ok(tagged(merged.unit.version, &merged))
}

fn shown(tx: &mut Tx<'_>, id: i64) -> Result<UnitView, Error> {
    view::find(tx.conn, &tx.scope(), id)?.ok_or_else(|| Error::not_found("unit"))
}

resource![list, get_one, create, change, move_to, end, merge];
