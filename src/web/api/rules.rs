//! Rules of plans: added, changed, removed.

use actix_web::{delete, post, put};

use super::plans::created;
use super::{Body, Call, IdempotencyKey, IfMatch, Path, Reply};
use crate::domain::ids::{PlanId, RuleId};
use crate::service::rules::plans::{self, ChangeRule, NewRule, PlanWithRules, RuleRef};

/// Add a rule to a plan. In a plan in force it holds from the next period on.
#[utoipa::path(
    params(IfMatch, IdempotencyKey),
    request_body = NewRule,
    responses((status = 201, body = PlanWithRules)),
)]
#[post("/api/v1/plans/{id}/rules")]
async fn add_rule(
    call: Call,
    id: Path<PlanId>,
    IfMatch(version): IfMatch,
    body: Body<NewRule>,
) -> Reply {
    let (id, new) = (id.into_inner(), body.value);
    call.create(body.fingerprint, move |tx| {
        Ok(created(plans::add_rule(tx, id, &new, version)?))
    })
    .await
}

/// Change what a rule says: in a draft at once, in a plan in force by a new version that holds from
/// the next period on.
#[utoipa::path(
    params(IfMatch), request_body = ChangeRule, responses((status = 200, body = PlanWithRules))
)]
#[put("/api/v1/plans/{id}/rules/{rule_id}")]
async fn change_rule(
    call: Call,
    path: Path<(PlanId, RuleId)>,
    IfMatch(version): IfMatch,
    body: Body<ChangeRule>,
) -> Reply {
    let (plan_id, rule_id) = path.into_inner();
    let rule = RuleRef { plan_id, rule_id };
    call.change(move |tx| plans::change_rule(tx, rule, &body.value, version))
        .await
}

/// Remove a rule: from a draft altogether; in a plan in force its periods are not opened any more.
#[utoipa::path(params(IfMatch), responses((status = 200, body = PlanWithRules)))]
#[delete("/api/v1/plans/{id}/rules/{rule_id}")]
async fn remove_rule(call: Call, path: Path<(PlanId, RuleId)>, IfMatch(version): IfMatch) -> Reply {
    let (plan_id, rule_id) = path.into_inner();
    let rule = RuleRef { plan_id, rule_id };
    call.change(move |tx| plans::remove_rule(tx, rule, version))
        .await
}

resource!["plans": add_rule, change_rule, remove_rule];
