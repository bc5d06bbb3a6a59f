//! What a change of a plan would lead to, before it is made: who would owe what, and whom no rule
//! concerns any more.

use chrono::NaiveDate;
use serde::Serialize;

use super::manageable;
use super::overview::Vocabulary;
use super::read::{PlanWithRules, with_rules};
use super::rules::{ChangeRule, begins_added, begins_changed, checked};
use crate::domain::ids::{PlanId, RuleId, UnitId};
use crate::domain::period::Period;
use crate::domain::plan::PlanState;
use crate::domain::plan::timing::{first_in_force, in_force_from, new_year};
use crate::domain::rule::{RuleContent, Subject};
use crate::domain::text::local_date;
use crate::domain::unit::{Category, note};
use crate::service::obligations::open::{
    CategoryForesight, RuleForesight, ToOpen, by_name, foresee,
};
use crate::service::{Error, Tx};
use crate::store::plans::{self, PlanRow};
use crate::store::units;

/// A change of a plan that is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanTrial {
    /// The plan comes into force.
    PutInForce {
        /// From this local date; left out = today, or 1 January of a year to come.
        from: Option<NaiveDate>,
    },
    /// A rule is added, or changed.
    Rule {
        /// The rule that is changed; left out = it is added.
        rule_id: Option<RuleId>,
        /// What it is to say.
        change: ChangeRule,
    },
    /// A rule is removed.
    Remove {
        /// The rule.
        rule_id: RuleId,
    },
}

/// What a change of a plan would lead to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PlanForesight {
    /// What the rules concerned would open.
    pub rules: Vec<ForeseenRule>,
    /// Units that no rule of the year concerns after it, by category. Neither the plan's own unit nor
    /// collaborators count.
    pub without: Vec<CategoryForesight>,
}

/// What a rule would open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ForeseenRule {
    /// Its title.
    pub title: String,
    /// The rule in one sentence.
    pub sentence: String,
    /// The first local date from which it holds.
    pub from: NaiveDate,
    /// What it would open.
    #[serde(flatten)]
    pub opens: RuleForesight,
}

/// A rule with the first local date from which it holds.
type Beginning = (RuleContent, NaiveDate);

/// What a change of a plan would lead to; nothing is written.
///
/// # Errors
/// Those of the change itself.
pub fn foresight(
    tx: &mut Tx<'_>,
    id: PlanId,
    trial: &PlanTrial,
    locale: &str,
) -> Result<PlanForesight, Error> {
    let row = manageable(tx, id, None)?;
    let plan = with_rules(tx.conn, row)?;
    let today = local_date(tx.now);
    let (begins, after) = match trial {
        PlanTrial::PutInForce { from } => {
            let from = in_force_from(plan.head.year, *from, today)?;
            let rules = newest_of(&plan, None);
            let begins = rules.iter().map(|rule| (rule.clone(), from)).collect();
            (begins, rules)
        }
        PlanTrial::Rule { rule_id, change } => {
            let begins = tried(tx, &plan, *rule_id, change)?;
            let mut after = newest_of(&plan, *rule_id);
            after.push(begins.0.clone());
            (vec![begins], after)
        }
        PlanTrial::Remove { rule_id } => {
            plan.rule(*rule_id).ok_or(Error::not_found("rule"))?;
            (Vec::new(), newest_of(&plan, Some(*rule_id)))
        }
    };
    Ok(PlanForesight {
        rules: foreseen(tx, &plan.head, begins, locale)?,
        without: without_rule(tx, &plan.head, after)?,
    })
}

/// What the rules of a plan say last, without one of them and without those that are removed.
fn newest_of(plan: &PlanWithRules, but: Option<RuleId>) -> Vec<RuleContent> {
    let rules = plan.rules.iter();
    let kept = rules.filter(|rule| !rule.removed && Some(rule.id) != but);
    kept.filter_map(|rule| Some(rule.versions.last()?.content.0.clone()))
        .collect()
}

/// The rule that is tried, checked as it is when it is saved.
fn tried(
    tx: &mut Tx<'_>,
    plan: &PlanWithRules,
    rule_id: Option<RuleId>,
    change: &ChangeRule,
) -> Result<Beginning, Error> {
    let mut faults = Vec::new();
    let content = checked(tx, &plan.head, &change.content, &mut faults)?;
    let from = match rule_id {
        None => {
            let from = begins_added(tx, plan, &change.content, change.effective_from);
            note(&mut faults, from)
        }
        Some(id) => {
            let rule = plan.rule(id).ok_or(Error::not_found("rule"))?;
            begins_changed(tx, (plan, rule), change, &mut faults)?
        }
    };
    match (content, from) {
        (Some(content), Some(from)) if faults.is_empty() => {
            // the rules of a draft begin with the plan: as if it came into force today
            let today = local_date(tx.now);
            let draft = *plan.head.state == PlanState::Draft;
            let with_plan = in_force_from(plan.head.year, None, today).ok();
            Ok((content, with_plan.filter(|_| draft).unwrap_or(from)))
        }
        _ => Err(Error::Invalid(faults)),
    }
}

fn foreseen(
    tx: &mut Tx<'_>,
    plan: &PlanRow,
    rules: Vec<Beginning>,
    locale: &str,
) -> Result<Vec<ForeseenRule>, Error> {
    let contents = rules.iter().map(|(content, _)| content);
    let vocabulary = Vocabulary::read(tx, plan, contents)?;
    let mut all = Vec::with_capacity(rules.len());
    for (content, from) in &rules {
        let rule = to_open(plan, content, (*from, local_date(tx.now)));
        all.push(ForeseenRule {
            title: content.title.clone(),
            sentence: vocabulary.context(locale).sentence(content),
            from: rule.from,
            opens: foresee(tx, plan, rule)?,
        });
    }
    Ok(all)
}

/// The rule as it would be opened. Rules of a plan that is not in force yet begin with it.
fn to_open<'r>(
    plan: &PlanRow,
    content: &'r RuleContent,
    (from, today): (NaiveDate, NaiveDate),
) -> ToOpen<'r> {
    let Some(kind) = content.period else {
        let first = None;
        return ToOpen {
            content,
            from,
            first,
        };
    };
    if *plan.state == PlanState::InForce {
        return ToOpen {
            content,
            from,
            first: Some(Period::containing(kind, from)),
        };
    }
    let first = first_in_force(kind, plan.year, from, today);
    ToOpen {
        content,
        from: first.first,
        first: Some(first),
    }
}

/// Units that no rule of the year concerns, by category.
fn without_rule(
    tx: &mut Tx<'_>,
    plan: &PlanRow,
    mut rules: Vec<RuleContent>,
) -> Result<Vec<CategoryForesight>, Error> {
    let above = units::ancestors(tx.conn, plan.unit_id)?;
    for other in plans::list(tx.conn, Some(plan.year))? {
        let counts = matches!(*other.state, PlanState::InForce | PlanState::Approved);
        let binds = other.unit_id == plan.unit_id || above.contains(&other.unit_id);
        if counts && binds && other.id != plan.id {
            rules.extend(newest_of(&with_rules(tx.conn, other)?, None));
        }
    }
    let date = local_date(tx.now).max(new_year(plan.year));
    let below = units::below(tx.conn, plan.unit_id)?;
    let below = units::find_many(tx.conn, &below)?;
    let left_out = below.values().filter(|unit| {
        unit.id != plan.unit_id
            && unit.exists_on(date)
            && !rules
                .iter()
                .any(|rule| concerns(&rule.subject, &unit.code, *unit.category))
    });
    let left_out: Vec<(Category, UnitId, String)> = left_out
        .map(|unit| (*unit.category, unit.id, unit.name.clone()))
        .collect();
    Ok(by_category(&left_out))
}

/// Whether a rule asks something of a unit, or of everybody in it.
fn concerns(subject: &Subject, code: &str, category: Category) -> bool {
    let of_some = matches!(subject, Subject::Persons { role: Some(_), .. });
    !of_some && subject.concerns_unit(code, category)
}

fn by_category(units: &[(Category, UnitId, String)]) -> Vec<CategoryForesight> {
    let of = |category: &Category| {
        let own = units.iter().filter(|(one, ..)| one == category);
        let units = by_name(own.map(|(_, id, name)| (*id, name.clone())));
        CategoryForesight {
            category: *category,
            owners: units.len(),
            units,
        }
    };
    let categories = Category::ALL.iter();
    let owing = categories.filter(|category| **category != Category::Collaborator);
    owing.map(of).filter(|of| of.owners > 0).collect()
}
