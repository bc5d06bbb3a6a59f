//! Plans of a year: drafted, approved, put in force, ended.
//!
//! The plan is the unit of saving: every change of it or of one of its rules (`rules`) sends the
//! plan's version, and gets the whole plan back.

use actix_web::{get, patch, post, web};
use chrono::NaiveDate;
use serde::Deserialize;

use super::{
    Body, Call, Created, Edit, IdempotencyKey, IfMatch, JsonReply, Nothing, Page, Params, Path,
    Problem, Reply,
};
use crate::domain::error::Invalid;
use crate::domain::ids::{PlanId, RuleId, UnitId};
use crate::domain::plan::{NewPlan, PlanPatch, PlanState};
use crate::service::rules::plans::{
    self, ChangeRule, PlanForesight, PlanOverview, PlanQuery, PlanSummary, PlanTrial, PlanWithRules,
};

/// Which plans to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PlanFilter {
    /// Those that bind this unit: its own and those of the units above it.
    unit_id: Option<UnitId>,
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
    /// Its rules count from the first period that begins on or after this local date and has not
    /// ended; left out = today, or 1 January of a year to come.
    #[serde(deserialize_with = "crate::domain::years::read")]
    from: Option<NaiveDate>,
}

/// Plans that the caller may see, newest year first.
#[utoipa::path(params(PlanFilter), responses((status = 200, body = Page<PlanSummary>)))]
#[get("/api/v1/plans")]
async fn list(call: Call, Params(filter): Params<PlanFilter>) -> JsonReply<Page<PlanSummary>> {
    let query = PlanQuery {
        unit_id: filter.unit_id,
        year: filter.year,
        state: filter.state,
    };
    let found = call.read(move |tx| plans::summaries(tx, query)).await?;
    Ok(web::Json(Page::whole(found)))
}

/// One plan with its rules and all their versions.
#[utoipa::path(responses((status = 200, body = PlanWithRules)))]
#[get("/api/v1/plans/{id}")]
async fn get_one(call: Call, id: Path<PlanId>) -> Reply {
    call.show(move |tx| plans::get(tx, *id)).await
}

/// One plan with its rules in words, how far they were met, and who did what to it.
#[utoipa::path(responses((status = 200, body = PlanOverview)))]
#[get("/api/v1/plans/{id}/overview")]
async fn overview(call: Call, id: Path<PlanId>) -> JsonReply<PlanOverview> {
    let locale = call.lang().locale();
    call.read_json(move |tx| plans::overview(tx, *id, locale))
        .await
}

/// A change of a plan that is tried.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanTrial)]
struct TrialBody {
    /// Which change.
    r#type: TrialKind,
    /// `put_in_force`: from this local date; left out = today, or 1 January of a year to come.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    from: Option<NaiveDate>,
    /// `rule`: the rule that is changed; left out = it is added. `remove`: the rule.
    #[serde(default)]
    rule_id: Option<RuleId>,
    /// `rule`: what it is to say.
    #[serde(default)]
    change: Option<ChangeRule>,
}

/// Which change of a plan is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum TrialKind {
    /// The plan comes into force.
    PutInForce,
    /// A rule is added, or changed.
    Rule,
    /// A rule is removed.
    Remove,
}

impl TrialBody {
    fn trial(self) -> Result<PlanTrial, Problem> {
        let missing = |field| Problem::from(Invalid::new(field, "required"));
        Ok(match self.r#type {
            TrialKind::PutInForce => PlanTrial::PutInForce { from: self.from },
            TrialKind::Rule => PlanTrial::Rule {
                rule_id: self.rule_id,
                change: self.change.ok_or_else(|| missing("change"))?,
            },
            TrialKind::Remove => PlanTrial::Remove {
                rule_id: self.rule_id.ok_or_else(|| missing("rule_id"))?,
            },
        })
    }
}

/// What a change of a plan would lead to: who would owe what, and whom no rule concerns any more.
/// Nothing is written.
#[utoipa::path(request_body = TrialBody, responses((status = 200, body = PlanForesight)))]
#[post("/api/v1/plans/{id}/preview")]
async fn preview(call: Call, id: Path<PlanId>, body: Body<TrialBody>) -> JsonReply<PlanForesight> {
    let (id, locale) = (id.into_inner(), call.lang().locale());
    let trial = body.value.trial()?;
    call.read_json(move |tx| plans::foresight(tx, id, &trial, locale))
        .await
}

/// Draft a plan.
#[utoipa::path(
    params(IdempotencyKey), request_body = NewPlan, responses((status = 201, body = PlanWithRules))
)]
#[post("/api/v1/plans")]
async fn draft(call: Call, body: Body<NewPlan>) -> Reply {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        Ok(created(plans::draft(tx, &new)?))
    })
    .await
}

/// Change the head of a plan: title and legal basis.
#[utoipa::path(
    params(IfMatch), request_body = PlanPatch, responses((status = 200, body = PlanWithRules))
)]
#[patch("/api/v1/plans/{id}")]
async fn change(call: Call, Edit { id, version, body }: Edit<PlanPatch, PlanId>) -> Reply {
    call.change(move |tx| plans::change(tx, id, &body, version))
        .await
}

/// Copy a plan with its rules into another year, as a draft.
#[utoipa::path(
    params(IdempotencyKey), request_body = CopyPlan, responses((status = 201, body = PlanWithRules))
)]
#[post("/api/v1/plans/{id}/copy")]
async fn copy(call: Call, id: Path<PlanId>, body: Body<CopyPlan>) -> Reply {
    let (id, year) = (id.into_inner(), body.value.year);
    call.create(body.fingerprint, move |tx| {
        Ok(created(plans::copy(tx, id, year)?))
    })
    .await
}

/// Approve a draft.
#[utoipa::path(params(IfMatch), request_body = Nothing, responses((status = 200, body = PlanWithRules)))]
#[post("/api/v1/plans/{id}/approve")]
async fn approve(call: Call, Edit { id, version, .. }: Edit<Nothing, PlanId>) -> Reply {
    call.change(move |tx| plans::approve(tx, id, version)).await
}

/// Make an approved plan a draft again.
#[utoipa::path(params(IfMatch), request_body = Nothing, responses((status = 200, body = PlanWithRules)))]
#[post("/api/v1/plans/{id}/reopen")]
async fn reopen(call: Call, Edit { id, version, .. }: Edit<Nothing, PlanId>) -> Reply {
    call.change(move |tx| plans::reopen(tx, id, version)).await
}

/// Put an approved plan in force: its periods are opened from a date on.
#[utoipa::path(
    params(IfMatch), request_body = PutInForce, responses((status = 200, body = PlanWithRules))
)]
#[post("/api/v1/plans/{id}/put-in-force")]
async fn put_in_force(call: Call, Edit { id, version, body }: Edit<PutInForce, PlanId>) -> Reply {
    let from = body.from;
    call.change(move |tx| plans::put_in_force(tx, id, from, version))
        .await
}

/// End a plan in force: no period is opened any more; those that run are settled as they were
/// opened.
#[utoipa::path(params(IfMatch), request_body = Nothing, responses((status = 200, body = PlanWithRules)))]
#[post("/api/v1/plans/{id}/end")]
async fn end(call: Call, Edit { id, version, .. }: Edit<Nothing, PlanId>) -> Reply {
    call.change(move |tx| plans::end(tx, id, version)).await
}

pub(super) fn created(plan: PlanWithRules) -> Created<PlanWithRules> {
    Created::at(format!("/api/v1/plans/{}", plan.head.id), plan)
}

versioned! {
    PlanWithRules: head.version;
}

resource!["plans": list, get_one, overview, preview, draft, change, copy, approve, reopen, put_in_force, end];
