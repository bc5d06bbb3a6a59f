//! Rounds of scores and the sheets of their units.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::schema::{score_round, score_sheet, unit_ancestor};
use super::scores::Field;
use super::{Conn, StoreError};
use crate::on_inner;

/// A round as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, AsChangeset)]
#[diesel(table_name = score_round, treat_none_as_null = true)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct RoundRow {
    pub id: i64,
    pub unit_id: i64,
    pub year: i32,
    pub category: String,
    pub edition: i32,
    pub state: String,
    pub corrects_id: Option<i64>,
    pub reason: Option<String>,
    pub scheme_id: Option<i64>,
    pub computed_at: Option<i64>,
    pub decision_number: Option<String>,
    pub decision_date: Option<NaiveDate>,
    pub published_at: Option<i64>,
    pub frozen_at: Option<i64>,
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

/// A sheet as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, AsChangeset)]
#[diesel(table_name = score_sheet, treat_none_as_null = true)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct SheetRow {
    pub id: i64,
    pub round_id: i64,
    pub unit_id: i64,
    pub unit_name: String,
    pub cluster: Option<String>,
    pub ended: bool,
    pub state: String,
    pub engine: i32,
    pub inputs: String,
    pub score: String,
    pub total: Option<i64>,
    pub rank: Option<i32>,
    pub self_assessment: Option<String>,
    pub review: Option<String>,
    pub sealed: Option<String>,
    pub hash: Option<String>,
    pub version: i32,
    pub updated_at: i64,
}

/// Writes a new round; its `id` is filled in here.
///
/// # Errors
/// [`StoreError::Unique`] if that edition exists.
pub fn insert_round(conn: &mut Conn, mut row: RoundRow) -> Result<RoundRow, StoreError> {
    row.id = diesel::insert_into(score_round::table)
        .values((
            (
                score_round::unit_id.eq(row.unit_id),
                score_round::year.eq(row.year),
            ),
            (
                score_round::category.eq(&row.category),
                score_round::edition.eq(row.edition),
            ),
            (
                score_round::state.eq(&row.state),
                score_round::corrects_id.eq(row.corrects_id),
            ),
            (
                score_round::reason.eq(row.reason.as_ref()),
                score_round::version.eq(row.version),
            ),
            (
                score_round::created_at.eq(row.created_at),
                score_round::updated_at.eq(row.updated_at),
            ),
        ))
        .returning(score_round::id)
        .get_result(conn)?;
    Ok(row)
}

/// Saves a round if nobody saved since `row.version`; `None` if somebody did.
///
/// # Errors
/// Only the database's own.
pub fn update_round(conn: &mut Conn, mut row: RoundRow) -> Result<Option<RoundRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let same = score_round::table
        .filter(score_round::id.eq(row.id))
        .filter(score_round::version.eq(known));
    let changed = diesel::update(same).set(&row).execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// A round.
///
/// # Errors
/// Only the database's own.
pub fn find_round(conn: &mut Conn, id: i64) -> Result<Option<RoundRow>, StoreError> {
    Ok(RoundRow::query()
        .filter(score_round::id.eq(id))
        .first(conn)
        .optional()?)
}

/// The rounds of a year, of one federation if asked for, newest edition first within a category.
///
/// # Errors
/// Only the database's own.
pub fn rounds(
    conn: &mut Conn,
    federation_id: Option<i64>,
    year: i32,
) -> Result<Vec<RoundRow>, StoreError> {
    let mut query = RoundRow::query()
        .filter(score_round::year.eq(year))
        .order((
            score_round::unit_id,
            score_round::category,
            score_round::edition.desc(),
        ))
        .into_boxed();
    if let Some(unit) = federation_id {
        query = query.filter(score_round::unit_id.eq(unit));
    }
    Ok(query.load(conn)?)
}

/// The newest edition that is published or frozen.
///
/// # Errors
/// Only the database's own.
pub fn final_round(
    conn: &mut Conn,
    field: Field<'_>,
    year: i32,
) -> Result<Option<RoundRow>, StoreError> {
    Ok(RoundRow::query()
        .filter(score_round::unit_id.eq(field.federation_id))
        .filter(score_round::category.eq(field.category))
        .filter(score_round::year.eq(year))
        .filter(score_round::state.eq_any(["published", "frozen"]))
        .order(score_round::edition.desc())
        .first(conn)
        .optional()?)
}

/// Writes new sheets.
///
/// # Errors
/// [`StoreError::Unique`] if a unit has one in the round.
pub fn insert_sheets(conn: &mut Conn, rows: &[SheetRow]) -> Result<(), StoreError> {
    // 12 columns a row, and SQLite binds at most 32,766 values
    for chunk in rows.chunks(1_000) {
        let values: Vec<_> = chunk
            .iter()
            .map(|row| {
                (
                    (
                        score_sheet::round_id.eq(row.round_id),
                        score_sheet::unit_id.eq(row.unit_id),
                    ),
                    (
                        score_sheet::unit_name.eq(&row.unit_name),
                        score_sheet::cluster.eq(row.cluster.as_ref()),
                    ),
                    (
                        score_sheet::ended.eq(row.ended),
                        score_sheet::state.eq(&row.state),
                    ),
                    (
                        score_sheet::engine.eq(row.engine),
                        score_sheet::inputs.eq(&row.inputs),
                    ),
                    (
                        score_sheet::score.eq(&row.score),
                        score_sheet::total.eq(row.total),
                    ),
                    (
                        score_sheet::rank.eq(row.rank),
                        score_sheet::updated_at.eq(row.updated_at),
                    ),
                )
            })
            .collect();
        on_inner!(conn, c => diesel::insert_into(score_sheet::table).values(values).execute(c))?;
    }
    Ok(())
}

/// Saves a sheet if nobody saved since `row.version`; `None` if somebody did.
///
/// # Errors
/// Only the database's own.
pub fn update_sheet(conn: &mut Conn, mut row: SheetRow) -> Result<Option<SheetRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let same = score_sheet::table
        .filter(score_sheet::id.eq(row.id))
        .filter(score_sheet::version.eq(known));
    let changed = diesel::update(same).set(&row).execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// Takes sheets away: those of units that a fresh computation no longer finds.
///
/// # Errors
/// Only the database's own.
pub fn delete_sheets(conn: &mut Conn, ids: &[i64]) -> Result<(), StoreError> {
    for chunk in ids.chunks(5_000) {
        diesel::delete(score_sheet::table.filter(score_sheet::id.eq_any(chunk))).execute(conn)?;
    }
    Ok(())
}

/// A sheet.
///
/// # Errors
/// Only the database's own.
pub fn find_sheet(conn: &mut Conn, id: i64) -> Result<Option<SheetRow>, StoreError> {
    Ok(SheetRow::query()
        .filter(score_sheet::id.eq(id))
        .first(conn)
        .optional()?)
}

/// The sheets of a round in the order in which they were computed.
///
/// # Errors
/// Only the database's own.
pub fn sheets(conn: &mut Conn, round_id: i64) -> Result<Vec<SheetRow>, StoreError> {
    Ok(SheetRow::query()
        .filter(score_sheet::round_id.eq(round_id))
        .order(score_sheet::id)
        .load(conn)?)
}

/// The next sheets of a round behind the one with the id `after`, at most `limit`; those of the
/// units `below` and below them, if given.
///
/// # Errors
/// Only the database's own.
pub fn sheets_page(
    conn: &mut Conn,
    round_id: i64,
    below: Option<&[i64]>,
    (after, limit): (Option<i64>, i64),
) -> Result<Vec<SheetRow>, StoreError> {
    let mut query = SheetRow::query()
        .filter(score_sheet::round_id.eq(round_id))
        .filter(score_sheet::id.gt(after.unwrap_or_default()))
        .order(score_sheet::id)
        .limit(limit)
        .into_boxed();
    if let Some(roots) = below {
        let inside = unit_ancestor::table
            .filter(unit_ancestor::ancestor_id.eq_any(roots))
            .select(unit_ancestor::unit_id);
        query = query.filter(score_sheet::unit_id.eq_any(inside));
    }
    Ok(query.load(conn)?)
}

/// How many sheets of a round are in each state.
///
/// # Errors
/// Only the database's own.
pub fn states(conn: &mut Conn, round_id: i64) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(score_sheet::table
        .filter(score_sheet::round_id.eq(round_id))
        .group_by(score_sheet::state)
        .select((score_sheet::state, diesel::dsl::count_star()))
        .load(conn)?)
}
