//! Plans as people read them: rules in words, how far they were met, who made and approved them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::read::{PlanQuery, PlanWithRules, RuleWithVersions, all_with_rules, get, list};
use crate::domain::access::shown_actor;
use crate::domain::ids::{PlanId, RuleId, UnitId};
use crate::domain::plan::PlanState;
use crate::domain::plan::timing::new_year;
use crate::domain::policy::Policy;
use crate::domain::rule::{RuleContent, Subject};
use crate::domain::rule_words::RuleContext;
use crate::domain::text::local_date;
use crate::domain::trail::Entity;
use crate::service::core::access::Action;
use crate::service::obligations::standings::Named;
use crate::service::{Error, Tx};
use crate::store::plans::{self, PlanRow};
use crate::store::views::fulfilment::{self, Fulfilment};
use crate::store::{StoreError, audit, kinds, rules, units};

/// A plan as a line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PlanSummary {
    /// The plan itself.
    #[serde(flatten)]
    pub head: PlanRow,
    /// Name of the unit that it binds.
    pub unit_name: String,
    /// How many rules it has, without those that are taken out of force.
    pub rules: usize,
    /// The first day of its first period; none before it is in force.
    pub in_force_from: Option<NaiveDate>,
}

/// A plan with its rules in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PlanOverview {
    /// The plan with its rules.
    #[serde(flatten)]
    pub plan: PlanWithRules,
    /// The unit that it binds.
    pub unit: Named<UnitId>,
    /// Whether the caller may change it.
    pub may_manage: bool,
    /// The first day of its first period; none before it is in force.
    pub in_force_from: Option<NaiveDate>,
    /// The rules in words, in their order.
    pub words: Vec<RuleWords>,
    /// Who did what to it, oldest first; empty for a caller that may not read the trail.
    pub history: Vec<PlanEvent>,
}

/// A rule in words, and how far it was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RuleWords {
    /// The rule.
    pub rule_id: RuleId,
    /// Who owes it.
    pub who: String,
    /// What each version says, oldest first.
    pub versions: Vec<VersionWords>,
    /// What became of what it opened.
    pub fulfilment: Fulfilment,
    /// What became of the rule of the same code in the plan of the year before.
    pub last_year: Option<Fulfilment>,
}

/// A version of a rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct VersionWords {
    /// Its number.
    pub version: i32,
    /// The first local date whose periods it governs.
    pub effective_from: NaiveDate,
    /// What it says, in one sentence.
    pub sentence: String,
}

/// Something that was done to a plan or to one of its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PlanEvent {
    /// When.
    #[serde(serialize_with = "crate::domain::text::serialize_instant")]
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// What: a verb.
    pub action: String,
    /// Title of the rule that it was done to; none for the plan itself.
    pub rule: Option<String>,
}

/// The plans that a reader sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PlanShelf {
    /// The plans, newest year first.
    pub plans: Vec<PlanSummary>,
    /// The federations for which the reader may draft plans.
    pub managed: Vec<Named<UnitId>>,
}

/// All plans that the actor may see, and for whom they may draft more.
pub fn shelf(tx: &mut Tx<'_>) -> Result<PlanShelf, Error> {
    Ok(PlanShelf {
        plans: summaries(tx, PlanQuery::default())?,
        managed: managed(tx)?,
    })
}

/// The federations whose rules the actor may manage.
pub fn managed(tx: &mut Tx<'_>) -> Result<Vec<Named<UnitId>>, Error> {
    let mut managed = Vec::new();
    for unit in units::federations(tx.conn)? {
        if tx.may(Action::ManageRules, unit.id)? {
            managed.push(Named {
                id: unit.id,
                name: unit.name,
            });
        }
    }
    Ok(managed)
}

/// Plans that the actor may see, newest year first, each with how many rules it has.
///
/// # Errors
/// As [`list`].
pub fn summaries(tx: &mut Tx<'_>, query: PlanQuery) -> Result<Vec<PlanSummary>, Error> {
    let heads = list(tx, query)?;
    let ids: Vec<UnitId> = heads.iter().map(|head| head.unit_id).collect();
    let names = units::find_many(tx.conn, &ids)?;
    let summary = |plan: PlanWithRules| {
        let name = names.get(&plan.head.unit_id);
        PlanSummary {
            unit_name: name.map(|unit| unit.name.clone()).unwrap_or_default(),
            rules: plan.rules.iter().filter(|rule| !rule.removed).count(),
            in_force_from: plan.in_force_from(),
            head: plan.head,
        }
    };
    let plans = all_with_rules(tx.conn, heads)?.into_iter();
    Ok(plans.map(summary).collect())
}

/// A plan with its rules in words, in a language (`vi` or `en`).
///
/// # Errors
/// [`Error::NotFound`] for a plan that the actor may not see.
pub fn overview(tx: &mut Tx<'_>, id: PlanId, locale: &str) -> Result<PlanOverview, Error> {
    let plan = get(tx, id)?;
    let unit = tx.lookups.unit(tx.conn, plan.head.unit_id)?;
    Ok(PlanOverview {
        words: words(tx, &plan, locale)?,
        history: history(tx, &plan)?,
        may_manage: tx.may(Action::ManageRules, plan.head.unit_id)?,
        in_force_from: plan.in_force_from(),
        unit: Named {
            id: unit.id,
            name: unit.name.clone(),
        },
        plan,
    })
}

impl PlanWithRules {
    /// The first day of its first period; none before it is in force.
    pub fn in_force_from(&self) -> Option<NaiveDate> {
        let known = matches!(*self.head.state, PlanState::InForce | PlanState::Ended);
        let firsts = self.rules.iter().filter_map(|rule| rule.versions.first());
        let first = firsts.map(|version| version.effective_from).min();
        first.filter(|_| known)
    }
}

/// What sentences of a plan's rules are made of.
pub(super) struct Vocabulary {
    kinds: BTreeMap<String, String>,
    units: BTreeMap<String, String>,
    policy: std::sync::Arc<Policy>,
}

impl Vocabulary {
    pub(super) fn read<'r>(
        tx: &mut Tx<'_>,
        plan: &PlanRow,
        contents: impl Iterator<Item = &'r RuleContent>,
    ) -> Result<Self, Error> {
        let kinds = kinds::list(tx.conn)?.into_iter();
        let codes: Vec<&str> = contents
            .filter_map(|content| match &content.subject {
                Subject::Unit { code } => Some(code.as_str()),
                _ => None,
            })
            .collect();
        let named = units::find_by_codes(tx.conn, &codes)?.into_iter();
        let date = local_date(tx.now).max(new_year(plan.year));
        Ok(Self {
            kinds: kinds.map(|kind| (kind.code, kind.name)).collect(),
            units: named.map(|unit| (unit.code, unit.name)).collect(),
            policy: tx.lookups.policy(tx.conn, plan.unit_id, date)?,
        })
    }

    pub(super) fn context<'v>(&'v self, locale: &'v str) -> RuleContext<'v> {
        RuleContext {
            kinds: &self.kinds,
            units: &self.units,
            policy: &self.policy,
            locale,
        }
    }
}

fn words(tx: &mut Tx<'_>, plan: &PlanWithRules, locale: &str) -> Result<Vec<RuleWords>, Error> {
    let versions = plan.rules.iter().flat_map(|rule| &rule.versions);
    let contents = versions.map(|version| &version.content.0);
    let vocabulary = Vocabulary::read(tx, &plan.head, contents)?;
    let context = vocabulary.context(locale);
    let before = rules_of_year_before(tx, &plan.head)?;
    let own = plan.rules.iter().map(|rule| rule.id);
    let ids: Vec<RuleId> = own.chain(before.values().copied()).collect();
    let met = fulfilment::of_rules(tx.conn, &ids)?;
    let word = |rule: &RuleWithVersions| {
        let before = before.get(&rule.code);
        Ok(RuleWords {
            rule_id: rule.id,
            who: context.who(&rule.newest()?.content.subject),
            versions: (rule.versions.iter())
                .map(|version| VersionWords {
                    version: version.version,
                    effective_from: version.effective_from,
                    sentence: context.sentence(&version.content),
                })
                .collect(),
            fulfilment: met.get(&rule.id).copied().unwrap_or_default(),
            last_year: before.and_then(|id| met.get(id)).copied(),
        })
    };
    plan.rules.iter().map(word).collect()
}

/// The rules of the plan with the same code in the year before, by their codes.
fn rules_of_year_before(
    tx: &mut Tx<'_>,
    plan: &PlanRow,
) -> Result<HashMap<String, RuleId>, StoreError> {
    let before = plans::find_by_code(tx.conn, plan.unit_id, plan.year - 1, &plan.code)?;
    let Some(before) = before else {
        return Ok(HashMap::new());
    };
    let rules = rules::of_plan(tx.conn, before.id)?.into_iter();
    Ok(rules.map(|rule| (rule.code, rule.id)).collect())
}

fn history(tx: &mut Tx<'_>, plan: &PlanWithRules) -> Result<Vec<PlanEvent>, Error> {
    if !tx.may(Action::ReadTrail, plan.head.unit_id)? {
        return Ok(Vec::new());
    }
    let rules: Vec<String> = plan.rules.iter().map(|rule| rule.id.to_string()).collect();
    let mut lines = audit::about(tx.conn, Entity::Plan, &[plan.head.id.to_string()])?;
    lines.extend(audit::about(tx.conn, Entity::Rule, &rules)?);
    lines.sort_by_key(|line| line.id);
    let rule_of = |line: &audit::AuditRow| {
        let id = line.entity_id.parse().map(RuleId).ok()?;
        let rule = plan
            .rule(id)
            .filter(|_| line.entity == Entity::Rule.as_str())?;
        Some(rule.newest().ok()?.content.title.clone())
    };
    let event = |line: audit::AuditRow| PlanEvent {
        at: *line.at,
        by: shown_actor(&line.actor).to_owned(),
        rule: rule_of(&line),
        action: line.action,
    };
    Ok(lines.into_iter().map(event).collect())
}
