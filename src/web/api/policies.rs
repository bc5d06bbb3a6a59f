//! Policies: what a unit sets for itself and all below it, and what holds for a unit in the end.

use actix_web::{HttpResponse, get, put, web};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::policy::PolicyPatch;
use crate::domain::text::local_date;
use crate::service::rules::policies::{self, EffectivePolicy, SetPolicy};
use crate::store::policies::PolicyRow;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::etag::{IfMatch, tagged};
use crate::web::page::{Page, Params};
use crate::web::resource::Refused;

/// What a unit is to set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PolicyInput {
    /// The fields that it sets; absent ones are inherited.
    patch: PolicyPatch,
    /// The document that decided it.
    #[serde(default)]
    legal_basis: Option<String>,
}

/// For which date to ask.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OnDate {
    /// The local date; today, if left out.
    #[serde(deserialize_with = "crate::domain::years::read")]
    on: Option<NaiveDate>,
}

/// What holds for a unit on a date: each field with the nearest unit that set it.
#[utoipa::path(
    tag = "policies",
    params(OnDate),
    responses((status = 200, body = EffectivePolicy), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/units/{id}/policy")]
async fn effective(
    call: Call,
    id: web::Path<i64>,
    Params(asked): Params<OnDate>,
) -> Result<web::Json<EffectivePolicy>, Problem> {
    let date = asked.on.unwrap_or_else(|| local_date(call.now()));
    let id = id.into_inner();
    let policy = call.read(move |tx| policies::effective(tx, id, date));
    Ok(web::Json(policy.await?))
}

/// What a unit itself set, newest first.
#[utoipa::path(
    tag = "policies",
    responses((status = 200, body = Page<PolicyRow>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/units/{id}/policies")]
async fn list(call: Call, id: web::Path<i64>) -> Result<web::Json<Page<PolicyRow>>, Problem> {
    let id = id.into_inner();
    let own = call.read(move |tx| policies::list(tx, id)).await?;
    Ok(web::Json(Page::whole(own)))
}

/// The unit and the date in an address.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Place {
    id: i64,
    #[serde(deserialize_with = "crate::domain::years::read")]
    valid_from: NaiveDate,
}

/// Set what holds for a unit and all below it from a date on.
#[utoipa::path(
    tag = "policies",
    params(("id" = i64, Path), ("valid_from" = NaiveDate, Path), ("If-Match" = String, Header, description = "version of what is set from that very date; `\"0\"` if nothing is")),
    request_body = PolicyInput,
    responses((status = 200, body = PolicyRow), (status = "4XX", response = Refused)),
)]
#[put("/api/v1/units/{id}/policies/{valid_from}")]
async fn set(
    call: Call,
    path: web::Path<Place>,
    IfMatch(version): IfMatch,
    body: Body<PolicyInput>,
) -> Result<HttpResponse, Problem> {
    let Place { id, valid_from } = path.into_inner();
    let PolicyInput { patch, legal_basis } = body.value;
    let input = SetPolicy {
        valid_from,
        patch,
        legal_basis,
    };
    let done = call.write(move |tx| policies::set(tx, id, &input, version));
    let entry = done.await?;
    Ok(tagged(entry.version, &entry))
}

resource![effective, list, set];
