//! Plans as they are read.
//!
//! An actor that can read a unit can read its plans. Units below can read a plan that binds them
//! once it is in force, because its rules say what they owe. They can't read drafts.

use std::collections::HashMap;

use serde::Serialize;

use crate::domain::ids::{PlanId, RuleId, UnitId};
use crate::domain::plan::PlanState;
use crate::service::core::access::{self, Action};
use crate::service::{Error, Tx};
use crate::store::plans::{self, PlanRow};
use crate::store::rules::{self, RuleRow, RuleVersionRow};
use crate::store::{Conn, StoreError, units};

/// A plan with its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PlanFacts)]
pub struct PlanWithRules {
    /// The plan itself.
    #[serde(flatten)]
    pub head: PlanRow,
    /// Its rules in the order in which they were added.
    pub rules: Vec<RuleWithVersions>,
}

/// A rule with its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RuleFacts)]
pub struct RuleWithVersions {
    /// Its id.
    pub id: RuleId,
    /// Its code, unique in the plan.
    pub code: String,
    /// It is taken out of force: periods from its newest version on are not opened.
    pub removed: bool,
    /// All versions, oldest first; at least one.
    pub versions: Vec<RuleVersionRow>,
}

impl PlanWithRules {
    /// One of its rules.
    pub fn rule(&self, id: RuleId) -> Option<&RuleWithVersions> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

impl RuleWithVersions {
    /// A rule with its versions, oldest first.
    pub(super) fn of(id: RuleId, code: String, versions: Vec<RuleVersionRow>) -> Self {
        let removed = versions
            .last()
            .is_some_and(|newest| newest.content.ends_before(newest.effective_from));
        Self {
            id,
            code,
            removed,
            versions,
        }
    }

    /// Its newest version.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if it has none.
    pub fn newest(&self) -> Result<&RuleVersionRow, StoreError> {
        let missing = || StoreError::Corrupt(format!("rule {} has no version", self.id));
        self.versions.last().ok_or_else(missing)
    }
}

/// Which plans to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanQuery {
    /// Those that bind this unit: its own and those of the units above it.
    pub unit_id: Option<UnitId>,
    /// Of this year.
    pub year: Option<i32>,
    /// In this state.
    pub state: Option<PlanState>,
}

/// A plan with its rules.
///
/// # Errors
/// [`Error::NotFound`] for a plan that the actor may not see.
pub fn get(tx: &mut Tx<'_>, id: PlanId) -> Result<PlanWithRules, Error> {
    let row = visible(tx, id)?;
    Ok(with_rules(tx.conn, row)?)
}

/// Plans that the actor may see, newest year first.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn list(tx: &mut Tx<'_>, query: PlanQuery) -> Result<Vec<PlanRow>, Error> {
    let binding = match query.unit_id {
        None => None,
        Some(unit) => {
            tx.require(Action::Read, unit)?;
            Some(units::ancestors(tx.conn, unit)?)
        }
    };
    let mut found = Vec::new();
    for row in plans::list(tx.conn, query.year)? {
        let binds = binding
            .as_ref()
            .is_none_or(|above| above.contains(&row.unit_id));
        let wanted = binds && query.state.is_none_or(|state| state == *row.state);
        if wanted && sees(tx, &row)? {
            found.push(row);
        }
    }
    Ok(found)
}

/// The plan, if the actor may see it.
pub(super) fn visible(tx: &mut Tx<'_>, id: PlanId) -> Result<PlanRow, Error> {
    let row = plans::find(tx.conn, id)?.ok_or(Error::not_found("plan"))?;
    if sees(tx, &row)? {
        Ok(row)
    } else {
        Err(Error::not_found("plan"))
    }
}

fn sees(tx: &mut Tx<'_>, row: &PlanRow) -> Result<bool, Error> {
    if tx.may(Action::Read, row.unit_id)? {
        return Ok(true);
    }
    let known_below = matches!(*row.state, PlanState::InForce | PlanState::Ended);
    Ok(known_below && access::is_bound_by(tx.conn, tx.actor, Action::Read, row.unit_id)?)
}

/// The plan with its rules.
pub(crate) fn with_rules(conn: &mut Conn, head: PlanRow) -> Result<PlanWithRules, StoreError> {
    let versions = rules::versions_of_plans(conn, &[head.id])?;
    let rules = rules::of_plan(conn, head.id)?;
    Ok(together(head, rules.iter(), &versions))
}

/// Plans with their rules, read at once.
pub(super) fn all_with_rules(
    conn: &mut Conn,
    heads: Vec<PlanRow>,
) -> Result<Vec<PlanWithRules>, StoreError> {
    let ids: Vec<PlanId> = heads.iter().map(|head| head.id).collect();
    let versions = rules::versions_of_plans(conn, &ids)?;
    let rules = rules::of_plans(conn, &ids)?;
    let plans = heads.into_iter().map(|head| {
        let own = rules.iter().filter(|rule| rule.plan_id == Some(head.id));
        together(head.clone(), own, &versions)
    });
    Ok(plans.collect())
}

fn together<'r>(
    head: PlanRow,
    rules: impl Iterator<Item = &'r RuleRow>,
    versions: &[RuleVersionRow],
) -> PlanWithRules {
    let mut by_rule: HashMap<RuleId, Vec<RuleVersionRow>> = HashMap::new();
    for version in versions {
        let own = by_rule.entry(version.rule_id).or_default();
        own.push(version.clone());
    }
    let rules = rules.map(|rule| {
        let versions = by_rule.remove(&rule.id).unwrap_or_default();
        RuleWithVersions::of(rule.id, rule.code.clone(), versions)
    });
    PlanWithRules {
        rules: rules.collect(),
        head,
    }
}
