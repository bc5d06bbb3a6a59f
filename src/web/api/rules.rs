//! Rules of plans: added, changed, removed.

use actix_web::{HttpResponse, delete, post, put, web};

use super::plans::{created, shown};
use crate::service::rules::plans::{self, ChangeRule, NewRule, PlanWithRules, RuleRef};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::etag::IfMatch;
use crate::web::resource::Refused;

/// Add a rule to a plan. In a plan in force it holds from the next period on.
#[utoipa::path(
    tag = "plans",
    params(("If-Match" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewRule,
    responses((status = 201, body = PlanWithRules), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/plans/{id}/rules")]
async fn add_rule(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<NewRule>,
) -> Result<HttpResponse, Problem> {
    let (id, new) = (id.into_inner(), body.value);
    call.create(body.fingerprint, move |tx| {
        Ok(created(plans::add_rule(tx, id, &new, version)?))
    })
    .await
}

/// Change what a rule says: in a draft at once, in a plan in force by a new version that holds from
/// the next period on.
#[utoipa::path(
    tag = "plans",
    params(("If-Match" = String, Header)),
    request_body = ChangeRule,
    responses((status = 200, body = PlanWithRules), (status = "4XX", response = Refused)),
)]
#[put("/api/v1/plans/{id}/rules/{rule_id}")]
async fn change_rule(
    call: Call,
    path: web::Path<(i64, i64)>,
    IfMatch(version): IfMatch,
    body: Body<ChangeRule>,
) -> Result<HttpResponse, Problem> {
    let (plan_id, rule_id) = path.into_inner();
    let rule = RuleRef { plan_id, rule_id };
    let done = call.write(move |tx| plans::change_rule(tx, rule, &body.value, version));
    Ok(shown(&done.await?))
}

/// Remove a rule: from a draft altogether; in a plan in force its periods are not opened any more.
#[utoipa::path(
    tag = "plans",
    params(("If-Match" = String, Header)),
    responses((status = 200, body = PlanWithRules), (status = "4XX", response = Refused)),
)]
#[delete("/api/v1/plans/{id}/rules/{rule_id}")]
async fn remove_rule(
    call: Call,
    path: web::Path<(i64, i64)>,
    IfMatch(version): IfMatch,
) -> Result<HttpResponse, Problem> {
    let (plan_id, rule_id) = path.into_inner();
    let rule = RuleRef { plan_id, rule_id };
    let done = call.write(move |tx| plans::remove_rule(tx, rule, version));
    Ok(shown(&done.await?))
}

resource![add_rule, change_rule, remove_rule];
