//! Frozen sheets and their seals.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::SheetRow;
use crate::domain::ids::{RoundId, SheetId, UnitId};
use crate::domain::score::{FrozenRound, RoundState};
use crate::domain::unit::Category;
use crate::store::schema::{score_round, score_sheet, unit};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// A frozen sheet to be checked: whatever somebody may have changed in it can be read.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = score_sheet)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct FrozenSheet {
    pub id: SheetId,
    pub unit_id: UnitId,
    pub unit_name: String,
    pub cluster: Option<String>,
    pub inputs: String,
    pub score: String,
    pub total: Option<i64>,
    pub rank: Option<i32>,
    pub sealed: Option<String>,
    pub hash: Option<String>,
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

/// The sheets of a frozen round, to be checked.
pub fn frozen(conn: &mut Conn, round_id: RoundId) -> Result<Vec<FrozenSheet>, StoreError> {
    Ok(FrozenSheet::query()
        .filter(score_sheet::round_id.eq(round_id))
        .order(score_sheet::id)
        .load(conn)?)
}

/// The frozen rounds in which these units have a sheet, or to whose group they belong, of years whose
/// scores nobody began anew; each with the unit.
pub fn frozen_rounds(
    conn: &mut Conn,
    units: &[UnitId],
) -> Result<Vec<(UnitId, FrozenRound)>, StoreError> {
    type Row = (UnitId, (RoundId, i32, Word<Category>, i32));
    let round = (
        score_round::id,
        score_round::year,
        score_round::category,
        score_round::edition,
    );
    let newer = diesel::alias!(score_round as newer);
    let for_good = || {
        let newer = newer
            .filter(newer.field(score_round::unit_id).eq(score_round::unit_id))
            .filter(newer.field(score_round::year).eq(score_round::year))
            .filter(newer.field(score_round::category).eq(score_round::category))
            .filter(newer.field(score_round::edition).gt(score_round::edition));
        score_round::state
            .eq(Word(RoundState::Frozen))
            .and(not(exists(newer)))
    };
    let mut rows: Vec<Row> = Vec::new();
    for chunk in units.chunks(5_000) {
        let scored = score_sheet::table
            .inner_join(score_round::table.on(score_round::id.eq(score_sheet::round_id)))
            .filter(score_sheet::unit_id.eq_any(chunk))
            .filter(for_good())
            .select((score_sheet::unit_id, round));
        rows.extend(scored.load::<Row>(conn)?);
        let of_group = score_round::unit_id
            .eq(unit::federation_id)
            .and(score_round::category.eq(unit::category));
        let grouped = unit::table
            .inner_join(score_round::table.on(of_group))
            .filter(unit::id.eq_any(chunk))
            .filter(for_good())
            .select((unit::id, round));
        rows.extend(grouped.load::<Row>(conn)?);
    }
    let round = |(unit_id, (id, year, category, edition)): Row| {
        let round = FrozenRound {
            id,
            year,
            category: *category,
            edition,
        };
        (unit_id, round)
    };
    Ok(rows.into_iter().map(round).collect())
}
