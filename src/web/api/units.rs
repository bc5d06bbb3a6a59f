//! Units: the tree of those who owe and those who read.

use actix_web::{HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::text::local_date;
use crate::domain::unit::{Category, NewUnit, UnitPatch};
use crate::service::Error;
use crate::service::units;
use crate::service::units::{EndUnit, MergeUnit, MoveUnit, UnitChange};
use crate::store::StoreError;
use crate::store::types::Word;
use crate::store::views::units::{self as view, UnitQuery, UnitView};
use crate::web::body::Body;
use crate::web::call::{Call, Created};
use crate::web::error::{Kind, Problem};
use crate::web::etag::{IfMatch, tagged};
use crate::web::page::{Page, PageParams, Paged};
use crate::web::resource::Refused;
use crate::web::time::Instant;

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnitBody {
    /// Its id.
    pub id: i64,
    /// Short name for machines.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// What it is.
    #[schema(value_type = Category)]
    pub category: Word<Category>,
    /// The unit above.
    pub parent_id: Option<i64>,
    /// The nearest federation above, or the unit itself.
    pub federation_id: i64,
    /// Emulation cluster.
    pub cluster: Option<String>,
    /// First day; `null`: it always was.
    pub founded_on: Option<NaiveDate>,
    /// Last day; `null`: it goes on.
    pub ended_on: Option<NaiveDate>,
    /// The unit that it merged into.
    pub successor_id: Option<i64>,
    /// Mail address of the unit itself.
    pub mail: Option<String>,
    /// Goes up with every change.
    pub version: i32,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// What a merger did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MergedBody {
    /// The unit that merged.
    pub unit: UnitBody,
    /// The units that moved to its successor.
    pub moved: Vec<UnitBody>,
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
    /// Alive today (`true`), or not yet or no longer (`false`).
    active: Option<bool>,
}

/// Units that the caller may see, sorted by name.
#[utoipa::path(
    tag = "units",
    params(UnitFilter, PageParams),
    responses((status = 200, body = Page<UnitBody>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/units")]
async fn list(call: Call, page: Paged<UnitFilter>) -> Result<web::Json<Page<UnitBody>>, Problem> {
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
        .read_view(move |conn, scope| {
            let keyed = |row: UnitView| Ok(((row.name_sort.clone(), row.id), UnitBody::new(row)?));
            view::list(conn, scope, &query)?
                .into_iter()
                .map(keyed)
                .collect::<Result<Vec<_>, StoreError>>()
        })
        .await?;
    Ok(web::Json(page.page(
        rows,
        |(key, _)| key.clone(),
        |(_, unit)| unit,
    )?))
}

/// One unit.
#[utoipa::path(tag = "units", responses((status = 200, body = UnitBody), (status = "4XX", response = Refused)))]
#[get("/api/v1/units/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let unit = call
        .read_view(move |conn, scope| view::find(conn, scope, id)?.map(UnitBody::new).transpose())
        .await?;
    let unit = unit.ok_or_else(|| Problem::new(Kind::NotFound))?;
    Ok(tagged(unit.version, &unit))
}

/// Found a unit.
#[utoipa::path(
    tag = "units",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewUnit,
    responses((status = 201, body = UnitBody), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/units")]
async fn found(call: Call, body: Body<NewUnit>) -> Result<HttpResponse, Problem> {
    let new = body.value;
    call.create_with(body.fingerprint, move |app, conn, actor, now| {
        let unit = changed(units::found_in(conn, app, actor, &new, now)?)?;
        Ok(Created::at(
            format!("/api/v1/units/{}", unit.id),
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
    responses((status = 200, body = UnitBody), (status = "4XX", response = Refused)),
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
        .change(move |app, actor, now| {
            changed(units::change(app, actor, id, &body.value, version, now)?)
        })
        .await?;
    Ok(tagged(unit.version, &unit))
}

/// Hang a unit, with all below it, under another one.
#[utoipa::path(
    tag = "units",
    params(("If-Match" = String, Header)),
    request_body = MoveUnit,
    responses((status = 200, body = UnitBody), (status = "4XX", response = Refused)),
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
        .change(move |app, actor, now| {
            changed(units::move_to(app, actor, id, &body.value, version, now)?)
        })
        .await?;
    Ok(tagged(unit.version, &unit))
}

/// Give a unit its last day.
#[utoipa::path(
    tag = "units",
    params(("If-Match" = String, Header)),
    request_body = EndUnit,
    responses((status = 200, body = UnitBody), (status = "4XX", response = Refused)),
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
        .change(move |app, actor, now| {
            changed(units::end(app, actor, id, &body.value, version, now)?)
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
        .change(move |app, actor, now| {
            let changes = units::merge(app, actor, id, &body.value, version, now)?;
            changes
                .into_iter()
                .map(changed)
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let mut merged = merged.into_iter();
    let unit = merged
        .next()
        .ok_or_else(|| Problem::internal("a merger that changed nothing"))?;
    Ok(tagged(
        unit.version,
        &MergedBody {
            unit,
            moved: merged.collect(),
        },
    ))
}

fn changed(done: UnitChange) -> Result<UnitBody, Error> {
    Ok(UnitBody::new(done.unit.into())?)
}

impl UnitBody {
    fn new(unit: UnitView) -> Result<Self, StoreError> {
        Ok(Self {
            id: unit.id,
            code: unit.code,
            name: unit.name,
            category: unit.category,
            parent_id: unit.parent_id,
            federation_id: unit.federation_id,
            cluster: unit.cluster,
            founded_on: unit.founded_on,
            ended_on: unit.ended_on,
            successor_id: unit.successor_id,
            mail: unit.mail,
            version: unit.version,
            updated_at: unit.updated_at,
        })
    }
}

resource![list, get_one, found, change, move_to, end, merge];
