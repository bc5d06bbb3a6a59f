//! Sheets: the score of each unit of a round.

mod frozen;
mod rows;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::ids::{RoundId, SheetId, UnitId};
use crate::on_inner;
use crate::store::schema::{score_sheet, unit_ancestor};
use crate::store::types::At;
use crate::store::{Conn, StoreError};

pub use frozen::{FrozenSheet, Seal, freeze, frozen, frozen_rounds};
pub use rows::{Sheet, SheetRow};

/// Writes new sheets.
///
/// # Errors
/// [`StoreError::Unique`] if a unit has one in the round.
pub fn insert(conn: &mut Conn, rows: &[SheetRow]) -> Result<(), StoreError> {
    // 17 columns a row, and SQLite binds at most 32,766 values
    for chunk in rows.chunks(1_000) {
        on_inner!(conn, c => diesel::insert_into(score_sheet::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Saves a sheet if nobody has saved it since `row.version`; `None` if somebody has.
pub fn update(conn: &mut Conn, mut row: SheetRow) -> Result<Option<SheetRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let same = score_sheet::table
        .filter(score_sheet::id.eq(row.id))
        .filter(score_sheet::version.eq(known));
    let changed = diesel::update(same).set(&row).execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// Stores the rank that the sheet has got.
pub fn save_rank(conn: &mut Conn, row: &SheetRow, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(score_sheet::table.find(row.id))
        .set((
            score_sheet::rank.eq(row.sheet.rank),
            score_sheet::version.eq(row.version + 1),
            score_sheet::updated_at.eq(At(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes sheets: those of units that a new computation no longer finds.
pub fn delete(conn: &mut Conn, ids: &[SheetId]) -> Result<(), StoreError> {
    for chunk in ids.chunks(5_000) {
        diesel::delete(score_sheet::table.filter(score_sheet::id.eq_any(chunk))).execute(conn)?;
    }
    Ok(())
}

/// A sheet.
pub fn find(conn: &mut Conn, id: SheetId) -> Result<Option<SheetRow>, StoreError> {
    Ok(SheetRow::query()
        .filter(score_sheet::id.eq(id))
        .get_result(conn)
        .optional()?)
}

/// The sheets of a round in the order in which they were computed.
pub fn of_round(conn: &mut Conn, round_id: RoundId) -> Result<Vec<SheetRow>, StoreError> {
    Ok(SheetRow::query()
        .filter(score_sheet::round_id.eq(round_id))
        .order(score_sheet::id)
        .load(conn)?)
}

/// The sheet of a unit in a round.
pub fn of_unit(
    conn: &mut Conn,
    round_id: RoundId,
    unit_id: UnitId,
) -> Result<Option<SheetRow>, StoreError> {
    Ok(SheetRow::query()
        .filter(score_sheet::round_id.eq(round_id))
        .filter(score_sheet::unit_id.eq(unit_id))
        .get_result(conn)
        .optional()?)
}

/// How many units of each cluster have a rank in a round.
pub fn ranked(
    conn: &mut Conn,
    round_id: RoundId,
) -> Result<Vec<(Option<String>, i64)>, StoreError> {
    Ok(score_sheet::table
        .filter(score_sheet::round_id.eq(round_id))
        .filter(score_sheet::rank.is_not_null())
        .group_by(score_sheet::cluster)
        .select((score_sheet::cluster, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Which sheets of a round to read.
#[derive(Debug, Clone, Copy)]
pub struct SheetPage<'a> {
    /// The round.
    pub round_id: RoundId,
    /// Those of these units and of units below them; `None`: all.
    pub below: Option<&'a [UnitId]>,
    /// Those after the sheet with this id.
    pub after: Option<SheetId>,
    /// The most to read.
    pub limit: i64,
}

/// A page of sheets, by id.
pub fn page(conn: &mut Conn, page: SheetPage<'_>) -> Result<Vec<SheetRow>, StoreError> {
    let mut query = SheetRow::query()
        .filter(score_sheet::round_id.eq(page.round_id))
        .filter(score_sheet::id.gt(page.after.unwrap_or(SheetId::NONE)))
        .order(score_sheet::id)
        .limit(page.limit)
        .into_boxed();
    if let Some(roots) = page.below {
        let inside = unit_ancestor::table
            .filter(unit_ancestor::ancestor_id.eq_any(roots))
            .select(unit_ancestor::unit_id);
        query = query.filter(score_sheet::unit_id.eq_any(inside));
    }
    Ok(query.load(conn)?)
}
