//! Score schemes, and what scores are made of: closed obligations and items of all units of a
//! category, in few statements.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::obligations::{Handed, ObligationRow};
use super::schema::{credit, item, obligation, rule, rule_version, score_scheme, unit};
use super::{Conn, StoreError};

/// A version of a scheme as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = score_scheme)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct SchemeRow {
    pub id: i64,
    pub unit_id: i64,
    pub year: i32,
    pub category: String,
    pub version: i32,
    pub document_number: String,
    pub document_date: Option<NaiveDate>,
    pub content: String,
    pub created_at: i64,
    pub created_by: String,
}

/// Which units a score is about: those of a category in a federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// The federation.
    pub federation_id: i64,
    /// The category.
    pub category: &'a str,
}

/// What a score needs to know of an obligation.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = obligation)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ClosedRow {
    pub id: i64,
    pub unit_id: i64,
    pub rule_version_id: i64,
    pub kind: String,
    pub period: Option<String>,
    pub required: i32,
    pub done: i32,
    pub state: String,
    pub due_at: i64,
    pub decided_at: Option<i64>,
}

/// Writes a version of a scheme; its `id` is filled in here.
///
/// # Errors
/// [`StoreError::Unique`] if that version exists.
pub fn insert_scheme(conn: &mut Conn, mut row: SchemeRow) -> Result<SchemeRow, StoreError> {
    row.id = diesel::insert_into(score_scheme::table)
        .values((
            (
                score_scheme::unit_id.eq(row.unit_id),
                score_scheme::year.eq(row.year),
            ),
            (
                score_scheme::category.eq(&row.category),
                score_scheme::version.eq(row.version),
            ),
            (
                score_scheme::document_number.eq(&row.document_number),
                score_scheme::document_date.eq(row.document_date),
            ),
            (
                score_scheme::content.eq(&row.content),
                score_scheme::created_at.eq(row.created_at),
            ),
            score_scheme::created_by.eq(&row.created_by),
        ))
        .returning(score_scheme::id)
        .get_result(conn)?;
    Ok(row)
}

/// All versions of the schemes of a federation, of one year if asked for, newest year and version
/// first.
///
/// # Errors
/// Only the database's own.
pub fn schemes(
    conn: &mut Conn,
    federation_id: i64,
    year: Option<i32>,
) -> Result<Vec<SchemeRow>, StoreError> {
    let mut query = SchemeRow::query()
        .filter(score_scheme::unit_id.eq(federation_id))
        .order((
            score_scheme::year.desc(),
            score_scheme::category,
            score_scheme::version.desc(),
        ))
        .into_boxed();
    if let Some(year) = year {
        query = query.filter(score_scheme::year.eq(year));
    }
    Ok(query.load(conn)?)
}

/// The newest version of a scheme.
///
/// # Errors
/// Only the database's own.
pub fn newest_scheme(
    conn: &mut Conn,
    field: Field<'_>,
    year: i32,
) -> Result<Option<SchemeRow>, StoreError> {
    Ok(SchemeRow::query()
        .filter(score_scheme::unit_id.eq(field.federation_id))
        .filter(score_scheme::category.eq(field.category))
        .filter(score_scheme::year.eq(year))
        .order(score_scheme::version.desc())
        .first(conn)
        .optional()?)
}

/// A version of a scheme.
///
/// # Errors
/// Only the database's own.
pub fn find_scheme(conn: &mut Conn, id: i64) -> Result<Option<SchemeRow>, StoreError> {
    Ok(SchemeRow::query()
        .filter(score_scheme::id.eq(id))
        .first(conn)
        .optional()?)
}

/// What the units themselves (not their persons) owed in a year and that is settled, exempt ones
/// among it.
///
/// # Errors
/// Only the database's own.
pub fn closed(conn: &mut Conn, field: Field<'_>, year: i32) -> Result<Vec<ClosedRow>, StoreError> {
    let units = unit::table
        .filter(unit::federation_id.eq(field.federation_id))
        .filter(unit::category.eq(field.category))
        .select(unit::id);
    Ok(ClosedRow::query()
        .filter(obligation::unit_id.eq_any(units))
        .filter(obligation::year.eq(year))
        .filter(obligation::person_id.is_null())
        .filter(obligation::state.ne_all(["open", "awaiting_review"]))
        .order(obligation::id)
        .load(conn)?)
}

/// The quotas of a unit itself that run at an instant, in order of their due instant.
///
/// # Errors
/// Only the database's own.
pub fn open_quotas(
    conn: &mut Conn,
    unit_id: i64,
    year: i32,
    now: i64,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::unit_id.eq(unit_id))
        .filter(obligation::year.eq(year))
        .filter(obligation::kind.eq("quota"))
        .filter(obligation::person_id.is_null())
        .filter(obligation::state.eq("open"))
        .filter(obligation::window_from.le(now))
        .order((obligation::due_at, obligation::id))
        .load(conn)?)
}

/// How many items counted for each of these obligations by their arrival up to an instant.
///
/// # Errors
/// Only the database's own.
pub fn done_by(
    conn: &mut Conn,
    obligations: &[i64],
    until: i64,
) -> Result<HashMap<i64, i64>, StoreError> {
    let mut all = HashMap::new();
    for chunk in obligations.chunks(5_000) {
        let rows: Vec<(i64, i64)> = credit::table
            .filter(credit::obligation_id.eq_any(chunk))
            .filter(credit::status.eq_any(["counted", "carried", "late"]))
            .filter(credit::arrived_at.le(until))
            .group_by(credit::obligation_id)
            .select((credit::obligation_id, diesel::dsl::count_star()))
            .load(conn)?;
        all.extend(rows);
    }
    Ok(all)
}

/// Codes of the rules that these versions belong to.
///
/// # Errors
/// Only the database's own.
pub fn rule_codes(conn: &mut Conn, versions: &[i64]) -> Result<HashMap<i64, String>, StoreError> {
    let mut all = HashMap::with_capacity(versions.len());
    for chunk in versions.chunks(5_000) {
        let rows: Vec<(i64, String)> = rule_version::table
            .inner_join(rule::table.on(rule::id.eq(rule_version::rule_id)))
            .filter(rule_version::id.eq_any(chunk))
            .select((rule_version::id, rule::code))
            .load(conn)?;
        all.extend(rows);
    }
    Ok(all)
}

/// Those of these codes that a rule of any plan or of the house has.
///
/// # Errors
/// Only the database's own.
pub fn rules_with(conn: &mut Conn, codes: &[&str]) -> Result<HashSet<String>, StoreError> {
    let known = rule::table
        .filter(rule::code.eq_any(codes))
        .select(rule::code)
        .distinct();
    Ok(known.load(conn)?.into_iter().collect())
}

/// What arrived for the units from `from` (included) to `to` (not included), each with its grade.
///
/// # Errors
/// Only the database's own.
pub fn handed_in(
    conn: &mut Conn,
    field: Field<'_>,
    from: i64,
    to: i64,
) -> Result<Vec<(Handed, Option<i32>)>, StoreError> {
    let units = unit::table
        .filter(unit::federation_id.eq(field.federation_id))
        .filter(unit::category.eq(field.category))
        .select(unit::id);
    Ok(item::table
        .filter(item::credited_unit_id.eq_any(units))
        .filter(item::arrived_at.ge(from))
        .filter(item::arrived_at.lt(to))
        .filter(item::state.ne_all(["rejected", "withdrawn"]))
        .order((item::arrived_at, item::id))
        .select((
            (
                item::id,
                item::credited_unit_id,
                item::kind,
                item::field,
                item::state,
                item::arrived_at,
                item::published_at,
                item::return_lapses_at,
            ),
            item::grade,
        ))
        .load(conn)?)
}

/// Titles and kinds of items.
///
/// # Errors
/// Only the database's own.
pub fn titles(
    conn: &mut Conn,
    items: &[i64],
) -> Result<HashMap<i64, (String, String)>, StoreError> {
    let mut all = HashMap::with_capacity(items.len());
    for chunk in items.chunks(5_000) {
        let rows: Vec<(i64, String, String)> = item::table
            .filter(item::id.eq_any(chunk))
            .select((item::id, item::title, item::kind))
            .load(conn)?;
        all.extend(
            rows.into_iter()
                .map(|(id, title, kind)| (id, (title, kind))),
        );
    }
    Ok(all)
}

/// The units, those that ended among them, in the order of their names.
///
/// # Errors
/// Only the database's own.
pub fn units(conn: &mut Conn, field: Field<'_>) -> Result<Vec<super::units::UnitRow>, StoreError> {
    Ok(super::units::UnitRow::query()
        .filter(unit::federation_id.eq(field.federation_id))
        .filter(unit::category.eq(field.category))
        .order((unit::name_sort, unit::id))
        .load(conn)?)
}
