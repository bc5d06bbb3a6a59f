//! Rules of plans: free to change in a draft; in force every change is a new version that waits for
//! the next period.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::period::{Period, PeriodKind};
use crate::domain::plan::{PlanState, next_period, period_from};
use crate::domain::rule::{RuleContent, Subject};
use crate::domain::text::{self, local_date};
use crate::service::core::audit::Entry;
use crate::service::rules::plans::facts::{PlanFacts, RuleFacts, facts};
use crate::service::rules::plans::states::{begins, open_after};
use crate::service::rules::plans::{expect_state, manageable, new_year, save, shown};
use crate::service::{App, Error};
use crate::store::rules::{self as rows, PlanRow};
use crate::store::types::{micros, to_json};
use crate::store::{Conn, StoreError, units};

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
    #[serde(default)]
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
    #[serde(default)]
    pub effective_from: Option<NaiveDate>,
}

/// Adds a rule to a draft, or to a plan in force: there it holds from the next period on, with a
/// fixed date from today on.
///
/// # Errors
/// All faults of the input at once; [`Error::Conflict`] in any other state; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn add_rule(
    app: &App,
    actor: &Actor,
    plan_id: i64,
    new: &NewRule,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    app.store
        .write(|conn| add_rule_in(conn, actor, plan_id, new.clone(), expected_version, now))
}

/// [`add_rule`] in the caller's transaction.
///
/// # Errors
/// Those of [`add_rule`].
pub fn add_rule_in(
    conn: &mut Conn,
    actor: &Actor,
    plan_id: i64,
    new: NewRule,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    let (plan, state) = writable(conn, actor, plan_id, expected_version)?;
    let known = facts(conn, &plan)?.rules;
    let mut faults = Vec::new();
    match text::code("code", &new.code) {
        Ok(code) if known.iter().any(|rule| rule.code == code) => {
            faults.push(Invalid::new("code", "duplicate").with("value", code));
        }
        read => faults.extend(read.err()),
    }
    let content = collect(&mut faults, checked(conn, &plan, new.content.clone()))?;
    let timing = Timing {
        plan: &plan,
        begins: begins(&plan, &known)?,
        now,
    };
    let from = match state {
        PlanState::Draft => collect(&mut faults, timing.draft(new.effective_from))?,
        _ => collect(&mut faults, timing.added(&new.content, new.effective_from))?,
    };
    let (Some(content), Some(from)) = (content, from.filter(|_| faults.is_empty())) else {
        return Err(Error::Invalid(faults));
    };
    let kind = content.kind.obligation().as_str();
    let code = new.code.trim();
    let (rule, _) = rows::insert_rule(
        conn,
        plan_id,
        code,
        kind,
        from,
        &to_json(&content)?,
        micros(now),
    )?;
    if let (PlanState::InForce, Some(kind)) = (state, content.period) {
        open_after(conn, rule.id, Period::containing(kind, from))?;
    }
    saved(conn, actor, (plan, None), rule.id, "add_rule", now)
}

/// Changes a rule: in a draft at once, in force as a new version from the next period on, or from a
/// later date. What is open or closed keeps its version.
///
/// # Errors
/// All faults of the input at once: a date that is too early or beyond the plan's last period,
/// another kind of rule or length of period in force; [`Error::Conflict`] in any other state;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn change_rule(
    app: &App,
    actor: &Actor,
    plan_id: i64,
    rule_id: i64,
    change: &ChangeRule,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    app.store.write(|conn| {
        change_rule_in(
            conn,
            actor,
            plan_id,
            rule_id,
            change.clone(),
            expected_version,
            now,
        )
    })
}

/// [`change_rule`] in the caller's transaction.
///
/// # Errors
/// Those of [`change_rule`].
pub fn change_rule_in(
    conn: &mut Conn,
    actor: &Actor,
    plan_id: i64,
    rule_id: i64,
    change: ChangeRule,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    let (plan, state) = writable(conn, actor, plan_id, expected_version)?;
    let rule = find(conn, &plan, rule_id)?;
    let mut faults = Vec::new();
    let content = collect(&mut faults, checked(conn, &plan, change.content.clone()))?;
    if state == PlanState::Draft {
        let from = collect(
            &mut faults,
            Timing {
                plan: &plan,
                begins: new_year(&plan)?,
                now,
            }
            .draft(change.effective_from),
        )?;
        let (Some(content), Some(from)) = (content, from.filter(|_| faults.is_empty())) else {
            return Err(Error::Invalid(faults));
        };
        rows::rewrite_draft(
            conn,
            rule_id,
            content.kind.obligation().as_str(),
            from,
            &to_json(&content)?,
        )?;
        return saved(
            conn,
            actor,
            (plan, Some(&rule)),
            rule_id,
            "change_rule",
            now,
        );
    }
    let timing = Timing {
        plan: &plan,
        begins: begins(&plan, std::slice::from_ref(&rule))?,
        now,
    };
    let kind = in_force(&rule)?;
    faults.extend(fixed(&rule, &change.content));
    let period = collect(&mut faults, timing.next(kind, &rule, change.effective_from))?;
    let (Some(content), Some(period)) = (content, period.filter(|_| faults.is_empty())) else {
        return Err(Error::Invalid(faults));
    };
    write_version(conn, &rule, period.first, &content, now)?;
    saved(
        conn,
        actor,
        (plan, Some(&rule)),
        rule_id,
        "change_rule",
        now,
    )
}

/// Removes a rule: from a draft altogether; in force it holds until the running period ends.
///
/// # Errors
/// A rule whose last period of the year is running; [`Error::Conflict`] in any other state;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn remove_rule(
    app: &App,
    actor: &Actor,
    plan_id: i64,
    rule_id: i64,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    app.store
        .write(|conn| remove_rule_in(conn, actor, plan_id, rule_id, expected_version, now))
}

/// [`remove_rule`] in the caller's transaction.
///
/// # Errors
/// Those of [`remove_rule`].
pub fn remove_rule_in(
    conn: &mut Conn,
    actor: &Actor,
    plan_id: i64,
    rule_id: i64,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    let (plan, state) = writable(conn, actor, plan_id, expected_version)?;
    let rule = find(conn, &plan, rule_id)?;
    if state == PlanState::Draft {
        rows::delete_draft(conn, rule_id)?;
        return saved(
            conn,
            actor,
            (plan, Some(&rule)),
            rule_id,
            "remove_rule",
            now,
        );
    }
    if rule.removed {
        return facts(conn, &plan);
    }
    let kind = in_force(&rule)?;
    let timing = Timing {
        plan: &plan,
        begins: begins(&plan, std::slice::from_ref(&rule))?,
        now,
    };
    // a version that is planned for later goes with the rule
    let first = timing.within_year(timing.earliest(kind))?.first;
    if let Some(newest) = rule.newest() {
        let content = newest
            .content
            .clone()
            .ended_after(first.pred_opt().unwrap_or(first));
        write_version(conn, &rule, first, &content, now)?;
    }
    saved(
        conn,
        actor,
        (plan, Some(&rule)),
        rule_id,
        "remove_rule",
        now,
    )
}

fn writable(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    expected: i32,
) -> Result<(PlanRow, PlanState), Error> {
    let plan = manageable(conn, actor, id, expected)?;
    let state = expect_state(
        &plan,
        &[PlanState::Draft, PlanState::InForce],
        "plan_needs_draft_or_in_force",
    )?;
    Ok((plan, state))
}

fn find(conn: &mut Conn, plan: &PlanRow, rule_id: i64) -> Result<RuleFacts, Error> {
    let rules = facts(conn, plan)?.rules;
    rules
        .into_iter()
        .find(|rule| rule.id == rule_id)
        .ok_or(Error::not_found("rule"))
}

fn write_version(
    conn: &mut Conn,
    rule: &RuleFacts,
    from: NaiveDate,
    content: &RuleContent,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let number = rule.newest().map_or(1, |newest| newest.version + 1);
    rows::insert_version(conn, rule.id, number, from, &to_json(content)?, micros(now)).map_err(
        |error| match error {
            StoreError::Unique(_) => Error::Stale,
            error => error.into(),
        },
    )?;
    Ok(())
}

/// Saves the plan with a line of the rule before and after.
fn saved(
    conn: &mut Conn,
    actor: &Actor,
    (plan, before): (PlanRow, Option<&RuleFacts>),
    rule_id: i64,
    action: &str,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    let after = save(conn, plan, now)?;
    let facts = facts(conn, &after)?;
    let mut line = Entry::new(actor, now, action, "rule", rule_id).unit(after.unit_id);
    if let Some(rule) = before {
        line = line.old(rule)?;
    }
    if let Some(rule) = facts.rules.iter().find(|rule| rule.id == rule_id) {
        line = line.new_value(rule)?;
    }
    line.record(conn)?;
    Ok(facts)
}

/// What a rule says, proved against the app: its kinds exist, its unit stands below the plan's.
fn checked(conn: &mut Conn, plan: &PlanRow, content: RuleContent) -> Result<RuleContent, Error> {
    let mut faults = Vec::new();
    let known: HashSet<String> = rows::kinds(conn)?
        .into_iter()
        .map(|kind| kind.code)
        .collect();
    for kind in content.kinds.iter().filter(|kind| !known.contains(*kind)) {
        faults.push(Invalid::new("kinds", "rule_kind_unknown").with("value", kind.escape_debug()));
    }
    if let Subject::Unit { code } = &content.subject
        && text::code("code", code).is_ok()
    {
        let unit = units::find_by_code(conn, code)?;
        let inside = match unit {
            Some(unit) => units::is_below(conn, unit.id, plan.unit_id)?,
            None => false,
        };
        if !inside {
            faults.push(Invalid::new("subject.code", "rule_subject_outside").with("value", code));
        }
    }
    let checked = content.checked().map_err(|mut own| {
        own.append(&mut faults);
        own
    });
    let outer = |faults: Vec<Invalid>| {
        faults
            .into_iter()
            .map(|fault| fault.within("content"))
            .collect::<Vec<_>>()
    };
    match checked {
        Ok(content) if faults.is_empty() => Ok(content),
        Ok(_) => Err(Error::Invalid(outer(faults))),
        Err(all) => Err(Error::Invalid(outer(all))),
    }
}

/// Sets the faults of one part aside, so that those of the others are told with them.
fn collect<T>(faults: &mut Vec<Invalid>, part: Result<T, Error>) -> Result<Option<T>, Error> {
    match part {
        Ok(value) => Ok(Some(value)),
        Err(Error::Invalid(more)) => {
            faults.extend(more);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// The length of the periods of a rule in force. One with a fixed date opened its obligations once
/// and for all.
fn in_force(rule: &RuleFacts) -> Result<PeriodKind, Error> {
    let kind = rule.newest().and_then(|newest| newest.content.period);
    kind.ok_or_else(|| Error::Conflict(Invalid::new("rule", "rule_fixed_date_in_force")))
}

/// What a new version of a rule may not change: what its obligations are called by.
fn fixed(rule: &RuleFacts, content: &RuleContent) -> Vec<Invalid> {
    let Some(newest) = rule.newest() else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    if content.kind != newest.content.kind {
        faults.push(Invalid::new("content.kind", "rule_kind_fixed"));
    }
    if content.period.is_some() && content.period != newest.content.period {
        faults.push(Invalid::new("content.period", "rule_period_fixed"));
    }
    faults
}

/// When a rule may begin or change.
struct Timing<'p> {
    plan: &'p PlanRow,
    /// Since when the rule holds, for a new one the plan.
    begins: NaiveDate,
    now: DateTime<Utc>,
}

impl Timing<'_> {
    /// In a draft all rules begin with the plan, whenever that comes into force.
    fn draft(&self, asked: Option<NaiveDate>) -> Result<NaiveDate, Error> {
        match asked {
            None => Ok(new_year(self.plan)?),
            Some(_) => Err(Invalid::new("effective_from", "rule_from_in_draft").into()),
        }
    }

    /// The day from which a rule that is added to a plan in force holds.
    fn added(&self, content: &RuleContent, asked: Option<NaiveDate>) -> Result<NaiveDate, Error> {
        let Some(kind) = content.period else {
            if content.due_at.is_some_and(|due| due <= self.now) {
                return Err(Invalid::new("content.due_at", "rule_due_at_past").into());
            }
            let earliest = local_date(self.now).max(self.begins);
            return not_before(asked.unwrap_or(earliest), earliest);
        };
        Ok(self
            .within_year(self.asked(kind, self.earliest(kind), asked)?)?
            .first)
    }

    /// The first period of a new version of a rule in force. A version that is planned already
    /// keeps its periods.
    fn next(
        &self,
        kind: PeriodKind,
        rule: &RuleFacts,
        asked: Option<NaiveDate>,
    ) -> Result<Period, Error> {
        let planned = rule
            .versions
            .get(1..)
            .and_then(|later| later.last())
            .map(|version| version.effective_from);
        let earliest = self.earliest(kind);
        let earliest = planned
            .map(|date| period_from(kind, date))
            .filter(|p| p.first > earliest.first)
            .unwrap_or(earliest);
        self.within_year(self.asked(kind, earliest, asked)?)
    }

    fn earliest(&self, kind: PeriodKind) -> Period {
        next_period(kind, self.begins, local_date(self.now))
    }

    fn asked(
        &self,
        kind: PeriodKind,
        earliest: Period,
        asked: Option<NaiveDate>,
    ) -> Result<Period, Error> {
        match asked {
            None => Ok(earliest),
            Some(date) => not_before(date, earliest.first).map(|date| period_from(kind, date)),
        }
    }

    fn within_year(&self, period: Period) -> Result<Period, Error> {
        if period.year() == self.plan.year {
            return Ok(period);
        }
        let fault = Invalid::new("effective_from", "rule_no_period_left");
        Err(fault
            .with("value", shown(period.first))
            .with("year", self.plan.year)
            .into())
    }
}

fn not_before(date: NaiveDate, earliest: NaiveDate) -> Result<NaiveDate, Error> {
    if date >= earliest {
        return Ok(date);
    }
    let fault = Invalid::new("effective_from", "rule_too_early");
    Err(fault
        .with("value", shown(date))
        .with("earliest", shown(earliest))
        .into())
}
