//! Sheets: the score of each unit of a round.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::score::{Assessment, Inputs, Score, SheetState};
use crate::on_inner;
use crate::store::schema::{score_sheet, unit_ancestor};
use crate::store::types::{At, Json, Word};
use crate::store::{Conn, StoreError};

/// A unit's score: the unit as it was when it was computed, what it was computed from, and the
/// result.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = score_sheet)]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct Sheet {
    pub unit_id: i64,
    pub unit_name: String,
    pub cluster: Option<String>,
    pub ended: bool,
    pub engine: i32,
    pub inputs: Json<Inputs>,
    pub score: Json<Score>,
    pub total: Option<i64>,
    pub rank: Option<i32>,
}

/// A sheet in a round.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = score_sheet)]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct SheetRow {
    #[diesel(skip_insertion)]
    pub id: i64,
    pub round_id: i64,
    #[diesel(embed)]
    pub sheet: Sheet,
    pub state: Word<SheetState>,
    pub self_assessment: Option<Json<Assessment>>,
    pub review: Option<Json<Assessment>>,
    pub sealed: Option<String>,
    pub hash: Option<String>,
    pub version: i32,
    pub updated_at: At,
}

/// A frozen sheet to be checked: whatever somebody may have changed in it can be read.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = score_sheet)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct FrozenSheet {
    pub id: i64,
    pub unit_id: i64,
    pub unit_name: String,
    pub cluster: Option<String>,
    pub inputs: String,
    pub score: String,
    pub total: Option<i64>,
    pub rank: Option<i32>,
    pub sealed: Option<String>,
    pub hash: Option<String>,
}

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

/// The sealed text of a sheet, and its hash.
#[derive(Debug, Clone, Copy, AsChangeset)]
#[diesel(table_name = score_sheet)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct Seal<'a> {
    pub sealed: &'a str,
    pub hash: &'a str,
}

/// Freezes a sheet: stores its sealed text and the hash of it. The database refuses every later
/// change.
pub fn freeze(
    conn: &mut Conn,
    row: &SheetRow,
    seal: Seal<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(score_sheet::table.find(row.id))
        .set((
            seal,
            score_sheet::version.eq(row.version + 1),
            score_sheet::updated_at.eq(At(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes sheets: those of units that a new computation no longer finds.
pub fn delete(conn: &mut Conn, ids: &[i64]) -> Result<(), StoreError> {
    for chunk in ids.chunks(5_000) {
        diesel::delete(score_sheet::table.filter(score_sheet::id.eq_any(chunk))).execute(conn)?;
    }
    Ok(())
}

/// A sheet.
pub fn find(conn: &mut Conn, id: i64) -> Result<Option<SheetRow>, StoreError> {
    Ok(SheetRow::query()
        .filter(score_sheet::id.eq(id))
        .first(conn)
        .optional()?)
}

/// The sheets of a round in the order in which they were computed.
pub fn of_round(conn: &mut Conn, round_id: i64) -> Result<Vec<SheetRow>, StoreError> {
    Ok(SheetRow::query()
        .filter(score_sheet::round_id.eq(round_id))
        .order(score_sheet::id)
        .load(conn)?)
}

/// The sheets of a frozen round, to be checked.
pub fn frozen(conn: &mut Conn, round_id: i64) -> Result<Vec<FrozenSheet>, StoreError> {
    Ok(FrozenSheet::query()
        .filter(score_sheet::round_id.eq(round_id))
        .order(score_sheet::id)
        .load(conn)?)
}

/// Which sheets of a round to read.
#[derive(Debug, Clone, Copy)]
pub struct SheetPage<'a> {
    /// The round.
    pub round_id: i64,
    /// Those of these units and of units below them; `None`: all.
    pub below: Option<&'a [i64]>,
    /// Those after the sheet with this id.
    pub after: Option<i64>,
    /// The most to read.
    pub limit: i64,
}

/// A page of sheets, by id.
pub fn page(conn: &mut Conn, page: SheetPage<'_>) -> Result<Vec<SheetRow>, StoreError> {
    let mut query = SheetRow::query()
        .filter(score_sheet::round_id.eq(page.round_id))
        .filter(score_sheet::id.gt(page.after.unwrap_or_default()))
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
