//! Rules of plans and their versions.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::Serialize;

use super::plans::PlanRow;
use super::schema::{plan, rule, rule_version};
use super::types::{At, Json};
use super::{Conn, StoreError};
use crate::domain::ids::{PlanId, RuleId, RuleVersionId, UnitId};
use crate::domain::rule::RuleContent;

/// The identity of a rule.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = rule)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct RuleRow {
    pub id: RuleId,
    pub plan_id: Option<PlanId>,
    pub code: String,
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, HasQuery, Insertable)]
#[schema(as = RuleVersion)]
#[diesel(table_name = rule_version)]
pub struct RuleVersionRow {
    #[expect(missing_docs, reason = "documented in migrations/")]
    #[diesel(skip_insertion)]
    #[serde(skip)]
    pub id: RuleVersionId,
    #[expect(missing_docs, reason = "documented in migrations/")]
    #[serde(skip)]
    pub rule_id: RuleId,
    /// Its number, from 1.
    pub version: i32,
    /// The first local date whose periods it governs; in a draft the first day of the year.
    pub effective_from: NaiveDate,
    /// What it says.
    #[schema(value_type = RuleContent)]
    pub content: Json<RuleContent>,
    #[expect(missing_docs, reason = "documented in migrations/")]
    #[serde(skip)]
    pub created_at: At,
}

/// The deadline rules that every federation has; seeded by the first migration.
pub mod built_in {
    use crate::domain::ids::{RuleId, RuleVersionId};

    /// Event news.
    pub const EVENT: RuleId = RuleId(1);
    /// The daily cut-off for topical events.
    pub const CUTOFF: RuleId = RuleId(2);
    /// A member's question.
    pub const ANSWER: RuleId = RuleId(3);

    /// The only version of such a rule: the migration gave both the same number.
    pub const fn version(rule: RuleId) -> RuleVersionId {
        RuleVersionId(rule.0)
    }
}

/// Writes a rule with its first version, whose ids are given here.
///
/// # Errors
/// [`StoreError::Unique`] if the plan has a rule of that code.
pub fn insert(
    conn: &mut Conn,
    plan_id: PlanId,
    code: &str,
    first: RuleVersionRow,
) -> Result<RuleVersionRow, StoreError> {
    let rule_id = diesel::insert_into(rule::table)
        .values((
            rule::plan_id.eq(plan_id),
            rule::code.eq(code),
            rule::kind.eq(first.content.kind.obligation().as_str()),
        ))
        .returning(rule::id)
        .get_result(conn)?;
    insert_version(conn, RuleVersionRow { rule_id, ..first })
}

/// Writes a version of a rule, whose id is given here.
///
/// # Errors
/// [`StoreError::Unique`] if somebody wrote that version first.
pub fn insert_version(conn: &mut Conn, row: RuleVersionRow) -> Result<RuleVersionRow, StoreError> {
    let query = diesel::insert_into(rule_version::table).values(&row);
    let id = query.returning(rule_version::id).get_result(conn)?;
    Ok(RuleVersionRow { id, ..row })
}

/// Rewrites the only version of a rule of a draft, and the kind of the rule with it.
pub fn rewrite_draft(
    conn: &mut Conn,
    rule_id: RuleId,
    effective_from: NaiveDate,
    content: RuleContent,
) -> Result<(), StoreError> {
    diesel::update(rule::table.find(rule_id))
        .set(rule::kind.eq(content.kind.obligation().as_str()))
        .execute(conn)?;
    diesel::update(rule_version::table.filter(rule_version::rule_id.eq(rule_id)))
        .set((
            rule_version::effective_from.eq(effective_from),
            rule_version::content.eq(Json(content)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Puts the only version of a rule in force from a date on; `now` is when that is done.
pub fn put_in_force(
    conn: &mut Conn,
    rule_id: RuleId,
    from: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(rule_version::table.filter(rule_version::rule_id.eq(rule_id)))
        .set((
            rule_version::effective_from.eq(from),
            rule_version::created_at.eq(At(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes a rule of a draft with its only version.
///
/// # Errors
/// [`StoreError::Refused`] if something was opened by it.
pub fn delete_draft(conn: &mut Conn, rule_id: RuleId) -> Result<(), StoreError> {
    diesel::delete(rule_version::table.filter(rule_version::rule_id.eq(rule_id))).execute(conn)?;
    diesel::delete(rule::table.find(rule_id)).execute(conn)?;
    Ok(())
}

/// A rule by id.
pub fn find(conn: &mut Conn, id: RuleId) -> Result<Option<RuleRow>, StoreError> {
    let query = RuleRow::query().filter(rule::id.eq(id));
    Ok(query.get_result(conn).optional()?)
}

/// Where a version of a rule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleOrigin {
    /// The code of the rule.
    pub code: String,
    /// The number of the version.
    pub version: i32,
    /// The plan that contains the rule; none for the deadlines of events.
    pub plan: Option<PlanRow>,
}

/// Where these versions stand, read at once.
pub fn origins(
    conn: &mut Conn,
    ids: &[RuleVersionId],
) -> Result<HashMap<RuleVersionId, RuleOrigin>, StoreError> {
    let mut origins = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(5_000) {
        let found: Vec<(RuleVersionId, String, i32, Option<PlanRow>)> = rule_version::table
            .inner_join(rule::table.on(rule::id.eq(rule_version::rule_id)))
            .left_join(plan::table.on(rule::plan_id.eq(plan::id.nullable())))
            .filter(rule_version::id.eq_any(ids))
            .select((
                rule_version::id,
                rule::code,
                rule_version::version,
                Option::<PlanRow>::as_select(),
            ))
            .load(conn)?;
        origins.extend(found.into_iter().map(|(id, code, version, plan)| {
            let origin = RuleOrigin {
                code,
                version,
                plan,
            };
            (id, origin)
        }));
    }
    Ok(origins)
}

/// The rules of a plan in the order in which they were added.
pub fn of_plan(conn: &mut Conn, plan: PlanId) -> Result<Vec<RuleRow>, StoreError> {
    let query = RuleRow::query().filter(rule::plan_id.eq(plan));
    Ok(query.order(rule::id).load(conn)?)
}

/// The rules of the given plans in the order in which they were added.
pub fn of_plans(conn: &mut Conn, plans: &[PlanId]) -> Result<Vec<RuleRow>, StoreError> {
    let query = RuleRow::query().filter(rule::plan_id.assume_not_null().eq_any(plans));
    Ok(query.order(rule::id).load(conn)?)
}

/// All versions of the rules of the given plans, oldest first within a rule.
pub fn versions_of_plans(
    conn: &mut Conn,
    plans: &[PlanId],
) -> Result<Vec<RuleVersionRow>, StoreError> {
    let rules = rule::table
        .filter(rule::plan_id.eq_any(plans))
        .select(rule::id);
    let query = RuleVersionRow::query().filter(rule_version::rule_id.eq_any(rules));
    let oldest_first = (rule_version::rule_id, rule_version::version);
    Ok(query.order(oldest_first).load(conn)?)
}

/// The units of the plans of these rules, by rule.
///
/// # Errors
/// Those of the database.
pub fn plan_units(
    conn: &mut Conn,
    rules: &[RuleId],
) -> Result<HashMap<RuleId, UnitId>, StoreError> {
    let of_plans = rule::table
        .inner_join(plan::table.on(rule::plan_id.eq(plan::id.nullable())))
        .filter(rule::id.eq_any(rules));
    let units: Vec<(RuleId, UnitId)> = of_plans.select((rule::id, plan::unit_id)).load(conn)?;
    Ok(units.into_iter().collect())
}

/// Versions by their id.
pub fn versions(conn: &mut Conn, ids: &[RuleVersionId]) -> Result<Vec<RuleVersionRow>, StoreError> {
    let mut all = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(5_000) {
        let query = RuleVersionRow::query().filter(rule_version::id.eq_any(chunk));
        all.extend(query.load(conn)?);
    }
    Ok(all)
}
