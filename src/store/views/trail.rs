//! The audit trail as it is read, newest line first.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::part;
use super::people::{pattern, pattern_of};
use super::visible::seen;
use crate::domain::access::{Scope, Units};
use crate::domain::ids::{PersonId, PlanId, RuleId, UnitId};
use crate::domain::plan::{PlanState, PlanStep};
use crate::domain::trail::Entity;
use crate::store::audit::AuditRow;
use crate::store::schema::{audit, plan, rule, unit, unit_ancestor};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// Which lines to show; all conditions hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailFilter {
    /// Written at or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Written before this instant.
    pub to: Option<DateTime<Utc>>,
    /// Part of the actor's name.
    pub actor: Option<String>,
    /// By this person.
    pub person_id: Option<PersonId>,
    /// About these units.
    pub units: Option<Units>,
    /// About units with this in their name, with or without diacritics, or in their code.
    pub unit_search: Option<String>,
    /// About this kind of thing.
    pub entity: Option<Entity>,
    /// About the thing with this id.
    pub entity_id: Option<String>,
    /// This was done.
    pub action: Option<String>,
    /// Part of this request.
    pub request_id: Option<String>,
    /// Only lines with a lower id: those behind this one.
    pub before: Option<i64>,
}

/// The next `limit` lines, newest first: those of units in the scope, and those about what binds
/// them. All others that are of no unit are for readers of the whole installation.
pub fn page(
    conn: &mut Conn,
    scope: &Scope,
    filter: &TrailFilter,
    limit: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    let shared = audit::entity.eq_any(Entity::SHARED.map(Entity::as_str));
    let above: Vec<UnitId> = unit_ancestor::table
        .filter(unit_ancestor::unit_id.eq_any(scope.roots().unwrap_or_default()))
        .select(unit_ancestor::ancestor_id)
        .distinct()
        .load(conn)?;
    let of_plans = audit::id.eq_any(lines_of_plans(conn, &above)?);
    let of_above = audit::unit_id.assume_not_null().eq_any(above);
    let binds = shared.and(audit::unit_id.is_null().or(of_above));
    let mut query = AuditRow::query()
        .filter(
            seen(scope, audit::unit_id.assume_not_null())
                .or(binds)
                .or(of_plans),
        )
        .order(audit::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(units) = filter.units {
        let of = part(units.unit_id, units.depth());
        query = query.filter(audit::unit_id.assume_not_null().eq_any(of));
    }
    if let Some(part) = &filter.unit_search {
        let named = unit::name_folded.like(pattern(part)).escape('\\');
        let units = unit::table
            .filter(named.or(unit::code.like(pattern(part)).escape('\\')))
            .select(unit::id);
        query = query.filter(audit::unit_id.assume_not_null().eq_any(units));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit::at.ge(At(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit::at.lt(At(to)));
    }
    if let Some(part) = &filter.actor {
        query = query.filter(audit::actor.like(pattern_of(part)).escape('\\'));
    }
    if let Some(person) = filter.person_id {
        query = query.filter(audit::person_id.eq(person));
    }
    if let Some(entity) = filter.entity {
        query = query.filter(audit::entity.eq(entity.as_str()));
    }
    if let Some(id) = &filter.entity_id {
        query = query.filter(audit::entity_id.eq(id.clone()));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit::action.eq(action.clone()));
    }
    if let Some(request) = &filter.request_id {
        query = query.filter(audit::request_id.eq(request.clone()));
    }
    if let Some(id) = filter.before {
        query = query.filter(audit::id.lt(id));
    }
    Ok(query.load(conn)?)
}

/// The lines about plans of these units and their rules that are written once the plan is in force:
/// they bind the units below. Drafts bind nobody, and nobody below reads them.
fn lines_of_plans(conn: &mut Conn, units: &[UnitId]) -> Result<Vec<i64>, StoreError> {
    let known = plan::state.eq_any([PlanState::InForce, PlanState::Ended].map(Word));
    let rules: Vec<(PlanId, Option<RuleId>)> = plan::table
        .left_join(rule::table.on(rule::plan_id.eq(plan::id.nullable())))
        .filter(plan::unit_id.eq_any(units).and(known))
        .select((plan::id, rule::id.nullable()))
        .load(conn)?;
    let plan_of: HashMap<String, PlanId> = rules
        .into_iter()
        .flat_map(|(plan, rule)| {
            let rule = rule.map(|rule| (key(Entity::Rule, rule), plan));
            [Some((key(Entity::Plan, plan), plan)), rule]
        })
        .flatten()
        .collect();
    let lines: Vec<(i64, String, String, String)> = audit::table
        .filter(audit::entity.eq_any([Entity::Plan, Entity::Rule].map(Entity::as_str)))
        .filter(audit::unit_id.assume_not_null().eq_any(units))
        .order(audit::id)
        .select((audit::id, audit::entity, audit::entity_id, audit::action))
        .load(conn)?;
    let (mut in_force, mut found) = (HashSet::new(), Vec::new());
    for (id, entity, entity_id, action) in lines {
        let Some(plan) = plan_of.get(&format!("{entity} {entity_id}")) else {
            continue;
        };
        if action == PlanStep::PutInForce.as_str() {
            in_force.insert(*plan);
        }
        if in_force.contains(plan) {
            found.push(id);
        }
    }
    Ok(found)
}

/// What a line is found by.
fn key(entity: Entity, id: impl Display) -> String {
    format!("{entity} {id}")
}
