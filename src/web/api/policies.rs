//! Policies: what a unit sets for itself and all below it, and what holds for a unit in the end.

use actix_web::{get, post, put, web};
use chrono::NaiveDate;
use serde::Deserialize;

use super::{Body, Call, IfMatch, JsonReply, Page, Params, Path, Reply};
use crate::domain::ids::UnitId;
use crate::domain::policy::PolicyPatch;
use crate::domain::text::local_date;
use crate::service::rules::policies::{
    self, ChangeField, ChangeLadder, EffectivePolicy, PolicyPreview, PolicySheet, SetPolicy,
};
use crate::store::policies::PolicyRow;

/// What a unit is to set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PolicyInput {
    /// The fields that it sets; absent ones are inherited.
    patch: PolicyPatch,
    /// The document that decided it.
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
#[utoipa::path(params(OnDate), responses((status = 200, body = EffectivePolicy)))]
#[get("/api/v1/units/{id}/policy")]
async fn effective(
    call: Call,
    id: Path<UnitId>,
    Params(asked): Params<OnDate>,
) -> JsonReply<EffectivePolicy> {
    let date = asked.on.unwrap_or_else(|| local_date(call.now()));
    call.read_json(move |tx| policies::effective(tx, *id, date))
        .await
}

/// What a unit itself set, newest first.
#[utoipa::path(responses((status = 200, body = Page<PolicyRow>)))]
#[get("/api/v1/units/{id}/policies")]
async fn list(call: Call, id: Path<UnitId>) -> JsonReply<Page<PolicyRow>> {
    let own = call.read(move |tx| policies::list(tx, *id)).await?;
    Ok(web::Json(Page::whole(own)))
}

/// The unit and the date in an address.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Place {
    id: UnitId,
    #[serde(deserialize_with = "crate::domain::years::read")]
    valid_from: NaiveDate,
}

/// Set what holds for a unit and all below it from a date on.
#[utoipa::path(
    params(("id" = UnitId, Path), ("valid_from" = NaiveDate, Path), ("If-Match" = String, Header, description = "version of what is set from that very date; `\"0\"` if nothing is")),
    request_body = PolicyInput,
    responses((status = 200, body = PolicyRow)),
)]
#[put("/api/v1/units/{id}/policies/{valid_from}")]
async fn set(
    call: Call,
    path: Path<Place>,
    IfMatch(version): IfMatch,
    body: Body<PolicyInput>,
) -> Reply {
    let Place { id, valid_from } = path.into_inner();
    let PolicyInput { patch, legal_basis } = body.value;
    let input = SetPolicy {
        valid_from,
        patch,
        legal_basis,
    };
    call.change(move |tx| policies::set(tx, id, &input, version))
        .await
}

/// What holds for a unit on a date, with the steps of every ladder and what the unit itself set.
#[utoipa::path(params(OnDate), responses((status = 200, body = PolicySheet)))]
#[get("/api/v1/units/{id}/policy/sheet")]
async fn sheet(
    call: Call,
    id: Path<UnitId>,
    Params(asked): Params<OnDate>,
) -> JsonReply<PolicySheet> {
    let date = asked.on.unwrap_or_else(|| local_date(call.now()));
    call.read_json(move |tx| policies::sheet(tx, Some(*id), date))
        .await
}

/// What would a change of one field do? What is sent in the fourteen days from its first day on,
/// without it and with it. Nothing is saved.
#[utoipa::path(request_body = ChangeField, responses((status = 200, body = PolicyPreview)))]
#[post("/api/v1/units/{id}/policy/preview")]
async fn preview(
    call: Call,
    id: Path<UnitId>,
    body: Body<ChangeField>,
) -> JsonReply<PolicyPreview> {
    call.read_json(move |tx| policies::preview_field(tx, *id, &body.value))
        .await
}

/// Set one field from a date on, or inherit it again; the other fields stay as they are. The version
/// is that of what is set from that very date.
#[utoipa::path(
    params(IfMatch),
    request_body = ChangeField,
    responses((status = 200, body = PolicyRow)),
)]
#[post("/api/v1/units/{id}/policy/changes")]
async fn change(
    call: Call,
    id: Path<UnitId>,
    IfMatch(version): IfMatch,
    body: Body<ChangeField>,
) -> Reply {
    call.change(move |tx| policies::change_field(tx, *id, &body.value, version))
        .await
}

/// What would another ladder of one kind of work do? As for one field.
#[utoipa::path(request_body = ChangeLadder, responses((status = 200, body = PolicyPreview)))]
#[post("/api/v1/units/{id}/ladders/preview")]
async fn preview_ladder(
    call: Call,
    id: Path<UnitId>,
    body: Body<ChangeLadder>,
) -> JsonReply<PolicyPreview> {
    call.read_json(move |tx| policies::preview_ladder(tx, *id, &body.value))
        .await
}

/// Set the ladder of one kind of work from a date on; the unit's other ladders stay.
#[utoipa::path(
    params(IfMatch),
    request_body = ChangeLadder,
    responses((status = 200, body = PolicyRow)),
)]
#[post("/api/v1/units/{id}/ladders/changes")]
async fn change_ladder(
    call: Call,
    id: Path<UnitId>,
    IfMatch(version): IfMatch,
    body: Body<ChangeLadder>,
) -> Reply {
    call.change(move |tx| policies::change_ladder(tx, *id, &body.value, version))
        .await
}

versioned! {
    PolicyRow: version;
}

resource!["policies": effective, list, set, sheet, preview, change, preview_ladder, change_ladder];
