//! Calendars, policies, plans and rules with their versions: what obligations are opened by.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use super::schema::{calendar, item_kind, plan, policy, rule, rule_version};
use super::{Conn, StoreError};

/// A calendar as stored; `spec` is the JSON of `domain::calendar::CalendarSpec`.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = calendar)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct CalendarRow {
    pub id: i64,
    pub code: String,
    pub spec: String,
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

/// A kind of item as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable)]
#[diesel(table_name = item_kind)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct KindRow {
    pub code: String,
    pub name: String,
    pub reviewed: bool,
    pub in_depth: bool,
    pub sort: i32,
}

/// What a unit sets for itself and all below it from a date on; `patch` is the JSON of
/// `domain::policy::PolicyPatch`.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = policy)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct PolicyRow {
    pub id: i64,
    pub unit_id: i64,
    pub valid_from: NaiveDate,
    pub patch: String,
    pub legal_basis: Option<String>,
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

/// A year's plan as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery)]
#[diesel(table_name = plan)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct PlanRow {
    pub id: i64,
    pub unit_id: i64,
    pub code: String,
    pub year: i32,
    pub title: String,
    pub document_number: Option<String>,
    pub document_date: Option<NaiveDate>,
    pub issuer: Option<String>,
    pub state: String,
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

/// The identity of a rule.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = rule)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct RuleRow {
    pub id: i64,
    pub plan_id: Option<i64>,
    pub code: String,
    pub kind: String,
}

/// One version of a rule; `content` is the JSON of `domain::rule::RuleContent`.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = rule_version)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct RuleVersionRow {
    pub id: i64,
    pub rule_id: i64,
    pub version: i32,
    pub effective_from: NaiveDate,
    pub content: String,
    pub created_at: i64,
}

/// The deadline rules that every federation has; seeded by the first migration.
pub mod built_in {
    /// Event news.
    pub const EVENT: i64 = 1;
    /// The daily cut-off for topical events.
    pub const CUTOFF: i64 = 2;
    /// A member's question.
    pub const ANSWER: i64 = 3;
}

/// A calendar by its code.
///
/// # Errors
/// Only the database's own.
pub fn calendar(conn: &mut Conn, code: &str) -> Result<Option<CalendarRow>, StoreError> {
    Ok(CalendarRow::query()
        .filter(calendar::code.eq(code))
        .first(conn)
        .optional()?)
}

/// All calendars.
///
/// # Errors
/// Only the database's own.
pub fn calendars(conn: &mut Conn) -> Result<Vec<CalendarRow>, StoreError> {
    Ok(CalendarRow::query().order(calendar::code).load(conn)?)
}

/// Writes a new calendar.
///
/// # Errors
/// [`StoreError::Unique`] if the code is taken.
pub fn insert_calendar(
    conn: &mut Conn,
    code: &str,
    spec: &str,
    now: i64,
) -> Result<CalendarRow, StoreError> {
    let id = diesel::insert_into(calendar::table)
        .values((
            calendar::code.eq(code),
            calendar::spec.eq(spec),
            calendar::created_at.eq(now),
            calendar::updated_at.eq(now),
        ))
        .returning(calendar::id)
        .get_result(conn)?;
    Ok(CalendarRow {
        id,
        code: code.into(),
        spec: spec.into(),
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// Saves a calendar's facts if nobody saved since `version`; whether it did.
///
/// # Errors
/// Only the database's own.
pub fn update_calendar(
    conn: &mut Conn,
    id: i64,
    version: i32,
    spec: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let row = calendar::table
        .filter(calendar::id.eq(id))
        .filter(calendar::version.eq(version));
    let set = (
        calendar::spec.eq(spec),
        calendar::version.eq(version + 1),
        calendar::updated_at.eq(now),
    );
    Ok(diesel::update(row).set(set).execute(conn)? == 1)
}

/// All kinds of item in the order of display.
///
/// # Errors
/// Only the database's own.
pub fn kinds(conn: &mut Conn) -> Result<Vec<KindRow>, StoreError> {
    Ok(KindRow::query()
        .order((item_kind::sort, item_kind::code))
        .load(conn)?)
}

/// A kind of item by its code.
///
/// # Errors
/// Only the database's own.
pub fn kind(conn: &mut Conn, code: &str) -> Result<Option<KindRow>, StoreError> {
    Ok(KindRow::query()
        .filter(item_kind::code.eq(code))
        .first(conn)
        .optional()?)
}

/// Writes a new kind of item.
///
/// # Errors
/// [`StoreError::Unique`] if the code is taken.
pub fn insert_kind(conn: &mut Conn, row: &KindRow) -> Result<(), StoreError> {
    diesel::insert_into(item_kind::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// The policies of the given units, newest first within a unit.
///
/// # Errors
/// Only the database's own.
pub fn policies(conn: &mut Conn, units: &[i64]) -> Result<Vec<PolicyRow>, StoreError> {
    let query = PolicyRow::query().order((policy::unit_id, policy::valid_from.desc()));
    Ok(if units.is_empty() {
        query.load(conn)?
    } else {
        query.filter(policy::unit_id.eq_any(units)).load(conn)?
    })
}

/// Writes what a unit sets from a date on, replacing what was set from that very date; the row's
/// id.
///
/// # Errors
/// Only the database's own.
pub fn put_policy(conn: &mut Conn, row: &PolicyRow) -> Result<i64, StoreError> {
    let same = policy::table
        .filter(policy::unit_id.eq(row.unit_id))
        .filter(policy::valid_from.eq(row.valid_from));
    let replaced = diesel::update(same)
        .set((
            policy::patch.eq(&row.patch),
            policy::legal_basis.eq(row.legal_basis.as_ref()),
            policy::version.eq(policy::version + 1),
            policy::updated_at.eq(row.updated_at),
        ))
        .returning(policy::id)
        .get_result(conn)
        .optional()?;
    if let Some(id) = replaced {
        return Ok(id);
    }
    Ok(diesel::insert_into(policy::table)
        .values((
            policy::unit_id.eq(row.unit_id),
            policy::valid_from.eq(row.valid_from),
            policy::patch.eq(&row.patch),
            policy::legal_basis.eq(row.legal_basis.as_ref()),
            policy::created_at.eq(row.created_at),
            policy::updated_at.eq(row.updated_at),
        ))
        .returning(policy::id)
        .get_result(conn)?)
}

/// A plan by id.
///
/// # Errors
/// Only the database's own.
pub fn plan(conn: &mut Conn, id: i64) -> Result<Option<PlanRow>, StoreError> {
    Ok(PlanRow::query()
        .filter(plan::id.eq(id))
        .first(conn)
        .optional()?)
}

/// A unit's plan of a year by its code.
///
/// # Errors
/// Only the database's own.
pub fn plan_by_code(
    conn: &mut Conn,
    unit: i64,
    year: i32,
    code: &str,
) -> Result<Option<PlanRow>, StoreError> {
    Ok(PlanRow::query()
        .filter(plan::unit_id.eq(unit))
        .filter(plan::year.eq(year))
        .filter(plan::code.eq(code))
        .first(conn)
        .optional()?)
}

/// Writes a new plan; its `id` is filled in here.
///
/// # Errors
/// [`StoreError::Unique`] if the unit has a plan of that code and year.
pub fn insert_plan(conn: &mut Conn, mut row: PlanRow) -> Result<PlanRow, StoreError> {
    row.id = diesel::insert_into(plan::table)
        .values((
            (
                plan::unit_id.eq(row.unit_id),
                plan::code.eq(&row.code),
                plan::year.eq(row.year),
            ),
            (
                plan::title.eq(&row.title),
                plan::document_number.eq(row.document_number.as_ref()),
            ),
            (
                plan::document_date.eq(row.document_date),
                plan::issuer.eq(row.issuer.as_ref()),
            ),
            (
                plan::state.eq(&row.state),
                plan::created_at.eq(row.created_at),
                plan::updated_at.eq(row.updated_at),
            ),
        ))
        .returning(plan::id)
        .get_result(conn)?;
    row.version = 1;
    Ok(row)
}

/// Saves a plan's head if nobody saved since `row.version`; `None` if somebody did.
///
/// # Errors
/// Only the database's own.
pub fn update_plan(conn: &mut Conn, mut row: PlanRow) -> Result<Option<PlanRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let changed = diesel::update(
        plan::table
            .filter(plan::id.eq(row.id))
            .filter(plan::version.eq(known)),
    )
    .set((
        (
            plan::title.eq(&row.title),
            plan::document_number.eq(row.document_number.as_ref()),
        ),
        (
            plan::document_date.eq(row.document_date),
            plan::issuer.eq(row.issuer.as_ref()),
        ),
        (
            plan::state.eq(&row.state),
            plan::version.eq(row.version),
            plan::updated_at.eq(row.updated_at),
        ),
    ))
    .execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// All plans, of one year if it is given: newest year first, then by unit and code.
///
/// # Errors
/// Only the database's own.
pub fn plans(conn: &mut Conn, year: Option<i32>) -> Result<Vec<PlanRow>, StoreError> {
    let query = PlanRow::query().order((plan::year.desc(), plan::unit_id, plan::code));
    Ok(match year {
        Some(year) => query.filter(plan::year.eq(year)).load(conn)?,
        None => query.load(conn)?,
    })
}

/// All plans that are in force: rules of drafts open nothing.
///
/// # Errors
/// Only the database's own.
pub fn plans_in_force(conn: &mut Conn) -> Result<Vec<PlanRow>, StoreError> {
    Ok(PlanRow::query()
        .filter(plan::state.eq("in_force"))
        .order(plan::id)
        .load(conn)?)
}

/// Writes a rule with its first version.
///
/// # Errors
/// [`StoreError::Unique`] if the plan has a rule of that code.
pub fn insert_rule(
    conn: &mut Conn,
    plan_id: i64,
    code: &str,
    kind: &str,
    effective_from: NaiveDate,
    content: &str,
    now: i64,
) -> Result<(RuleRow, RuleVersionRow), StoreError> {
    let id = diesel::insert_into(rule::table)
        .values((
            rule::plan_id.eq(plan_id),
            rule::code.eq(code),
            rule::kind.eq(kind),
        ))
        .returning(rule::id)
        .get_result(conn)?;
    let row = RuleRow {
        id,
        plan_id: Some(plan_id),
        code: code.into(),
        kind: kind.into(),
    };
    let version = insert_version(conn, id, 1, effective_from, content, now)?;
    Ok((row, version))
}

/// Writes a version of a rule.
///
/// # Errors
/// [`StoreError::Unique`] if somebody wrote that version first.
pub fn insert_version(
    conn: &mut Conn,
    rule_id: i64,
    version: i32,
    effective_from: NaiveDate,
    content: &str,
    now: i64,
) -> Result<RuleVersionRow, StoreError> {
    let id = diesel::insert_into(rule_version::table)
        .values((
            rule_version::rule_id.eq(rule_id),
            rule_version::version.eq(version),
            rule_version::effective_from.eq(effective_from),
            rule_version::content.eq(content),
            rule_version::created_at.eq(now),
        ))
        .returning(rule_version::id)
        .get_result(conn)?;
    Ok(RuleVersionRow {
        id,
        rule_id,
        version,
        effective_from,
        content: content.into(),
        created_at: now,
    })
}

/// Rewrites the first version of a rule of a draft, and the kind of the rule with it.
///
/// # Errors
/// Only the database's own.
pub fn rewrite_draft(
    conn: &mut Conn,
    rule_id: i64,
    kind: &str,
    effective_from: NaiveDate,
    content: &str,
) -> Result<(), StoreError> {
    diesel::update(rule::table.find(rule_id))
        .set(rule::kind.eq(kind))
        .execute(conn)?;
    diesel::update(rule_version::table.filter(rule_version::rule_id.eq(rule_id)))
        .set((
            rule_version::effective_from.eq(effective_from),
            rule_version::content.eq(content),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes a rule of a draft away, with its only version.
///
/// # Errors
/// [`StoreError::Refused`] if something was opened by it.
pub fn delete_draft(conn: &mut Conn, rule_id: i64) -> Result<(), StoreError> {
    diesel::delete(rule_version::table.filter(rule_version::rule_id.eq(rule_id))).execute(conn)?;
    diesel::delete(rule::table.find(rule_id)).execute(conn)?;
    Ok(())
}

/// The rules of the given plans (none = the built-in ones).
///
/// # Errors
/// Only the database's own.
pub fn rules_of(conn: &mut Conn, plans: &[i64]) -> Result<Vec<RuleRow>, StoreError> {
    let query = RuleRow::query().order(rule::id);
    Ok(if plans.is_empty() {
        query.filter(rule::plan_id.is_null()).load(conn)?
    } else {
        query.filter(rule::plan_id.eq_any(plans)).load(conn)?
    })
}

/// All versions of the given rules, oldest first within a rule.
///
/// # Errors
/// Only the database's own.
pub fn versions_of(conn: &mut Conn, rules: &[i64]) -> Result<Vec<RuleVersionRow>, StoreError> {
    Ok(RuleVersionRow::query()
        .filter(rule_version::rule_id.eq_any(rules))
        .order((rule_version::rule_id, rule_version::version))
        .load(conn)?)
}

/// Versions by their id.
///
/// # Errors
/// Only the database's own.
pub fn versions(conn: &mut Conn, ids: &[i64]) -> Result<Vec<RuleVersionRow>, StoreError> {
    let mut all = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(5_000) {
        all.extend(
            RuleVersionRow::query()
                .filter(rule_version::id.eq_any(chunk))
                .load(conn)?,
        );
    }
    Ok(all)
}
