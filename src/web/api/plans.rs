//! Plans of a year: drafted, approved, put in force, ended.
//!
//! The plan is the unit of saving: every change of it or of one of its rules (`rules`) sends the
//! plan's version, and gets the whole plan back.

use actix_web::{HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::plan::{NewPlan, PlanPatch, PlanState};
use crate::service::rules::plans::{self, PlanQuery, PlanWithRules};
use crate::store::plans::PlanRow;
use crate::web::body::{Body, Nothing};
use crate::web::call::{Call, Created};
use crate::web::error::Problem;
use crate::web::etag::{IfMatch, tagged};
use crate::web::page::{Page, Params};
use crate::web::resource::Refused;

/// Which plans to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PlanFilter {
    /// Those that bind this unit: its own and those of the units above it.
    unit_id: Option<i64>,
    /// Of this year.
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: Option<i32>,
    /// In this state.
    #[param(inline)]
    state: Option<PlanState>,
}

/// Into which year to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct CopyPlan {
    /// The year of the copy.
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: i32,
}

/// From when a plan is in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
struct PutInForce {
    /// The local date from which its rules hold; left out = today, or 1 January of a year to come.
    #[serde(deserialize_with = "crate::domain::years::read")]
    from: Option<NaiveDate>,
}

/// Plans that the caller may see, newest year first.
#[utoipa::path(
    tag = "plans",
    params(PlanFilter),
    responses((status = 200, body = Page<PlanRow>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/plans")]
async fn list(
    call: Call,
    Params(filter): Params<PlanFilter>,
) -> Result<web::Json<Page<PlanRow>>, Problem> {
    let query = PlanQuery {
        unit_id: filter.unit_id,
        year: filter.year,
        state: filter.state,
    };
    let found = call.read(move |tx| plans::list(tx, query)).await?;
    Ok(web::Json(Page::whole(found)))
}

/// One plan with its rules and all their versions.
#[utoipa::path(tag = "plans", responses((status = 200, body = PlanWithRules), (status = "4XX", response = Refused)))]
#[get("/api/v1/plans/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    Ok(shown(&call.read(move |tx| plans::get(tx, id)).await?))
}

/// Draft a plan.
#[utoipa::path(
    tag = "plans",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewPlan,
    responses((status = 201, body = PlanWithRules), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/plans")]
async fn draft(call: Call, body: Body<NewPlan>) -> Result<HttpResponse, Problem> {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        Ok(created(plans::draft(tx, &new)?))
    })
    .await
}

/// Change the head of a plan: title and legal basis.
#[utoipa::path(
    tag = "plans",
    params(("If-Match" = String, Header)),
    request_body = PlanPatch,
    responses((status = 200, body = PlanWithRules), (status = "4XX", response = Refused)),
)]
#[patch("/api/v1/plans/{id}")]
async fn change(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<PlanPatch>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let done = call.write(move |tx| plans::change(tx, id, &body.value, version));
    Ok(shown(&done.await?))
}

/// Copy a plan with its rules into another year, as a draft.
#[utoipa::path(
    tag = "plans",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = CopyPlan,
    responses((status = 201, body = PlanWithRules), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/plans/{id}/copy")]
async fn copy(
    call: Call,
    id: web::Path<i64>,
    body: Body<CopyPlan>,
) -> Result<HttpResponse, Problem> {
    let (id, year) = (id.into_inner(), body.value.year);
    call.create(body.fingerprint, move |tx| {
        Ok(created(plans::copy(tx, id, year)?))
    })
    .await
}

/// Approve a draft.
#[utoipa::path(
    tag = "plans",
    params(("If-Match" = String, Header)),
    request_body = Nothing,
    responses((status = 200, body = PlanWithRules), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/plans/{id}/approve")]
async fn approve(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    _body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let done = call.write(move |tx| plans::approve(tx, id, version));
    Ok(shown(&done.await?))
}

/// Make an approved plan a draft again.
#[utoipa::path(
    tag = "plans",
    params(("If-Match" = String, Header)),
    request_body = Nothing,
    responses((status = 200, body = PlanWithRules), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/plans/{id}/reopen")]
async fn reopen(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    _body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let done = call.write(move |tx| plans::reopen(tx, id, version));
    Ok(shown(&done.await?))
}

/// Put an approved plan in force: its periods are opened from a date on.
#[utoipa::path(
    tag = "plans",
    params(("If-Match" = String, Header)),
    request_body = PutInForce,
    responses((status = 200, body = PlanWithRules), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/plans/{id}/put-in-force")]
async fn put_in_force(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<PutInForce>,
) -> Result<HttpResponse, Problem> {
    let (id, from) = (id.into_inner(), body.value.from);
    let done = call.write(move |tx| plans::put_in_force(tx, id, from, version));
    Ok(shown(&done.await?))
}

/// End a plan in force: no period is opened any more; those that run are settled as they were
/// opened.
#[utoipa::path(
    tag = "plans",
    params(("If-Match" = String, Header)),
    request_body = Nothing,
    responses((status = 200, body = PlanWithRules), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/plans/{id}/end")]
async fn end(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    _body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let done = call.write(move |tx| plans::end(tx, id, version));
    Ok(shown(&done.await?))
}

pub(super) fn shown(plan: &PlanWithRules) -> HttpResponse {
    tagged(plan.head.version, plan)
}

pub(super) fn created(plan: PlanWithRules) -> Created<PlanWithRules> {
    Created::at(
        format!("/api/v1/plans/{}", plan.head.id),
        plan.head.version,
        plan,
    )
}

resource![
    list,
    get_one,
    draft,
    change,
    copy,
    approve,
    reopen,
    put_in_force,
    end,
];
