//! Rules of plans: free to change in a draft; in force every change is a new version that waits for
//! the next period.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::error::Invalid;
use crate::domain::ids::{PlanId, RuleId, RuleVersionId};
use crate::domain::period::Period;
use crate::domain::plan::PlanState;
use crate::domain::plan::timing::{self, Timing};
use crate::domain::rule::{RuleContent, Subject};
use crate::domain::text;
use crate::domain::unit::note;
use crate::service::rules::plans::read::{PlanWithRules, RuleWithVersions, with_rules};
use crate::service::rules::plans::states::open_after;
use crate::service::rules::plans::{manageable, save};
use crate::service::{Error, Tx};
use crate::store::plans::PlanRow;
use crate::store::rules::{self, RuleVersionRow};
use crate::store::types::{At, Json};
use crate::store::{StoreError, kinds, units};

/// A rule that is to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRule {
    /// Its code, unique in the plan.
    pub code: String,
    /// What it says.
    pub content: RuleContent,
    /// In a plan in force: the local date from which it holds, if that is later than the next
    /// period.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub effective_from: Option<NaiveDate>,
}

/// What a rule is to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRule {
    /// What it says.
    pub content: RuleContent,
    /// In a plan in force: the local date from which it says so, if that is later than the next
    /// period.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub effective_from: Option<NaiveDate>,
}

/// A rule as requests name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleRef {
    /// The plan that it belongs to.
    pub plan_id: PlanId,
    /// Its own id.
    pub rule_id: RuleId,
}

/// Adds a rule to a draft, or to a plan in force: there it holds from the next period on, with a
/// fixed date from today on.
///
/// # Errors
/// All faults of the input at once; [`Error::Conflict`] in any other state; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn add_rule(
    tx: &mut Tx<'_>,
    plan_id: PlanId,
    new: &NewRule,
    version: i32,
) -> Result<PlanWithRules, Error> {
    let mut plan = writable(tx, plan_id, Some(version))?;
    add_to(tx, &mut plan, new)?;
    Ok(plan)
}

/// [`add_rule`] for a plan that [`writable`] has read: nothing of it is read again. A plan is left as it
/// was if the rule can't be added.
///
/// # Errors
/// As [`add_rule`].
pub fn add_to(tx: &mut Tx<'_>, plan: &mut PlanWithRules, new: &NewRule) -> Result<RuleId, Error> {
    let mut faults = Vec::new();
    let code = note(&mut faults, text::code("code", &new.code)).unwrap_or_default();
    if plan.rules.iter().any(|rule| rule.code == code) {
        faults.push(Invalid::new("code", "duplicate").with("value", &code));
    }
    let content = checked(tx, &plan.head, &new.content, &mut faults)?;
    let from = begins_added(tx, plan, &new.content, new.effective_from);
    let from = note(&mut faults, from);
    let (Some(content), Some(from)) = (content, from.filter(|_| faults.is_empty())) else {
        return Err(Error::Invalid(faults));
    };
    let first = first_version(tx, from, content);
    let first = rules::insert(tx.conn, plan.head.id, &code, first)?;
    let rule_id = first.rule_id;
    if let (PlanState::InForce, Some(kind)) = (*plan.head.state, first.content.period) {
        open_after(tx.conn, rule_id, Period::containing(kind, from))?;
    }
    let head = save(tx, plan.head.clone())?;
    let rule = RuleWithVersions::of(rule_id, code, vec![first]);
    tx.audit("add_rule", "rule", rule_id)
        .unit(head.unit_id)
        .new_value(&rule)
        .record()?;
    plan.head = head;
    plan.rules.push(rule);
    Ok(rule_id)
}

/// Changes a rule: in a draft at once, in force as a new version from the next period on, or from a
/// later date. What is open or closed keeps its version.
///
/// # Errors
/// All faults of the input at once: a date that is too early or beyond the plan's last period,
/// another kind of rule or length of period in force; [`Error::Conflict`] in any other state;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn change_rule(
    tx: &mut Tx<'_>,
    rule: RuleRef,
    change: &ChangeRule,
    version: i32,
) -> Result<PlanWithRules, Error> {
    let RuleRef { plan_id, rule_id } = rule;
    let mut plan = writable(tx, plan_id, Some(version))?;
    change_in(tx, &mut plan, rule_id, change)?;
    Ok(plan)
}

/// [`change_rule`] for a plan that [`writable`] has read: nothing of it is read again. A plan is left as
/// it was if the rule can't be changed.
///
/// # Errors
/// As [`change_rule`].
pub fn change_in(
    tx: &mut Tx<'_>,
    plan: &mut PlanWithRules,
    rule_id: RuleId,
    change: &ChangeRule,
) -> Result<(), Error> {
    let at = plan.rules.iter().position(|rule| rule.id == rule_id);
    let rule = at.and_then(|at| plan.rules.get(at));
    let before = rule.ok_or(Error::not_found("rule"))?.clone();
    let mut faults = Vec::new();
    let content = checked(tx, &plan.head, &change.content, &mut faults)?;
    let from = begins_changed(tx, (plan, &before), change, &mut faults)?;
    let (Some(content), Some(from)) = (content, from.filter(|_| faults.is_empty())) else {
        return Err(Error::Invalid(faults));
    };
    let mut versions = before.versions.clone();
    if *plan.head.state == PlanState::Draft {
        rules::rewrite_draft(tx.conn, rule_id, from, content.clone())?;
        for version in &mut versions {
            (version.effective_from, version.content) = (from, Json(content.clone()));
        }
    } else {
        versions.push(add_version(tx, &before, from, content)?);
    }
    let head = save(tx, plan.head.clone())?;
    let after = RuleWithVersions::of(rule_id, before.code.clone(), versions);
    tx.audit("change_rule", "rule", rule_id)
        .unit(head.unit_id)
        .old(&before)
        .new_value(&after)
        .record()?;
    plan.head = head;
    if let Some(rule) = at.and_then(|at| plan.rules.get_mut(at)) {
        *rule = after;
    }
    Ok(())
}

/// Removes a rule: from a draft altogether; in force it holds until the running period ends.
///
/// # Errors
/// A rule whose last period of the year is running; [`Error::Conflict`] in any other state;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn remove_rule(tx: &mut Tx<'_>, rule: RuleRef, version: i32) -> Result<PlanWithRules, Error> {
    let RuleRef { plan_id, rule_id } = rule;
    let plan = writable(tx, plan_id, Some(version))?;
    let rule = plan.rule(rule_id).ok_or(Error::not_found("rule"))?;
    if *plan.head.state == PlanState::Draft {
        rules::delete_draft(tx.conn, rule_id)?;
        return saved(tx, plan, rule_id, "remove_rule");
    }
    if rule.removed {
        return Ok(plan);
    }
    let content = &rule.newest()?.content;
    let kind = content.period_of_next_version().map_err(Error::Conflict)?;
    let timing = timing_of(tx, &plan.head, std::slice::from_ref(rule));
    let first = timing.removed(kind)?.first;
    let content = content.0.clone();
    let content = content.ended_after(first.pred_opt().unwrap_or(first));
    add_version(tx, rule, first, content)?;
    saved(tx, plan, rule_id, "remove_rule")
}

/// The date from which a rule holds that is added now.
pub(super) fn begins_added(
    tx: &Tx<'_>,
    plan: &PlanWithRules,
    content: &RuleContent,
    asked: Option<NaiveDate>,
) -> Result<NaiveDate, Invalid> {
    match *plan.head.state {
        PlanState::Draft => timing::in_draft(plan.head.year, asked),
        _ => timing_of(tx, &plan.head, &plan.rules).added(content, asked),
    }
}

/// The date from which a rule says what it is changed to now; what is wrong is added to `faults`.
pub(super) fn begins_changed(
    tx: &Tx<'_>,
    (plan, rule): (&PlanWithRules, &RuleWithVersions),
    change: &ChangeRule,
    faults: &mut Vec<Invalid>,
) -> Result<Option<NaiveDate>, Error> {
    if *plan.head.state == PlanState::Draft {
        let from = timing::in_draft(plan.head.year, change.effective_from);
        return Ok(note(faults, from));
    }
    let newest = rule.newest()?;
    let kind = newest
        .content
        .period_of_next_version()
        .map_err(Error::Conflict)?;
    let fixed = newest.content.faults_of_next_version(&change.content);
    faults.extend(fixed.into_iter().map(|fault| fault.within("content")));
    let planned = (rule.versions.len() > 1).then_some(newest.effective_from);
    let timing = timing_of(tx, &plan.head, std::slice::from_ref(rule));
    let first = timing.next_version(kind, planned, change.effective_from);
    Ok(note(faults, first).map(|period| period.first))
}

/// The plan, if the actor may change its rules now and nobody saved it since the version expected.
///
/// # Errors
/// [`Error::Conflict`] for a plan that is neither a draft nor in force; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn writable(tx: &mut Tx<'_>, id: PlanId, version: Option<i32>) -> Result<PlanWithRules, Error> {
    let row = manageable(tx, id, version)?;
    if matches!(*row.state, PlanState::Draft | PlanState::InForce) {
        Ok(with_rules(tx.conn, row)?)
    } else {
        let fault = Invalid::new("state", "plan_needs_draft_or_in_force");
        Err(Error::Conflict(fault))
    }
}

/// When one of these rules may change. They begin with the first of them; a plan without rules
/// begins with its year.
pub(super) fn timing_of(tx: &Tx<'_>, plan: &PlanRow, rules: &[RuleWithVersions]) -> Timing {
    let first = rules.iter().filter_map(|rule| rule.versions.first());
    let begins = first.map(|version| version.effective_from).min();
    Timing {
        year: plan.year,
        begins: begins.unwrap_or_else(|| timing::new_year(plan.year)),
        now: tx.now,
    }
}

/// The first version of a rule that is still to be written.
pub(super) fn first_version(tx: &Tx<'_>, from: NaiveDate, content: RuleContent) -> RuleVersionRow {
    RuleVersionRow {
        id: RuleVersionId::NONE,
        rule_id: RuleId::NONE,
        version: 1,
        effective_from: from,
        content: Json(content),
        created_at: At(tx.now),
    }
}

fn add_version(
    tx: &mut Tx<'_>,
    rule: &RuleWithVersions,
    from: NaiveDate,
    content: RuleContent,
) -> Result<RuleVersionRow, Error> {
    let row = RuleVersionRow {
        rule_id: rule.id,
        version: rule.newest()?.version + 1,
        ..first_version(tx, from, content)
    };
    match rules::insert_version(tx.conn, row) {
        Err(StoreError::Unique(_)) => Err(Error::Stale),
        written => Ok(written?),
    }
}

/// Saves the plan and records the rule before and after.
fn saved(
    tx: &mut Tx<'_>,
    before: PlanWithRules,
    rule_id: RuleId,
    action: &str,
) -> Result<PlanWithRules, Error> {
    let row = save(tx, before.head.clone())?;
    let after = with_rules(tx.conn, row)?;
    let mut line = tx.audit(action, "rule", rule_id).unit(after.head.unit_id);
    if let Some(rule) = before.rule(rule_id) {
        line = line.old(rule);
    }
    if let Some(rule) = after.rule(rule_id) {
        line = line.new_value(rule);
    }
    line.record()?;
    Ok(after)
}

/// What a rule says, cleaned and checked against what is stored: its kinds exist, its unit is the
/// plan's or below it. What is wrong is added to `faults`.
pub(super) fn checked(
    tx: &mut Tx<'_>,
    plan: &PlanRow,
    content: &RuleContent,
    faults: &mut Vec<Invalid>,
) -> Result<Option<RuleContent>, Error> {
    let checked = content.clone().checked();
    let mut own = checked.as_ref().err().cloned().unwrap_or_default();
    let known = kinds::list(tx.conn)?;
    let unknown = content
        .kinds
        .iter()
        .filter(|code| !known.iter().any(|kind| kind.code == **code));
    own.extend(
        unknown.map(|code| {
            Invalid::new("kinds", "rule_kind_unknown").with("value", code.escape_debug())
        }),
    );
    if let Subject::Unit { code } = &content.subject
        && text::code("code", code).is_ok()
    {
        let inside = match units::find_by_code(tx.conn, code)? {
            Some(unit) => units::is_below(tx.conn, unit.id, plan.unit_id)?,
            None => false,
        };
        if !inside {
            own.push(Invalid::new("subject.code", "rule_subject_outside").with("value", code));
        }
    }
    faults.extend(own.into_iter().map(|fault| fault.within("content")));
    Ok(checked.ok())
}
