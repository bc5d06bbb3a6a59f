//! Frozen sheets and their seals.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::SheetRow;
use crate::store::schema::score_sheet;
use crate::store::types::At;
use crate::store::{Conn, StoreError};

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
pub fn frozen(conn: &mut Conn, round_id: i64) -> Result<Vec<FrozenSheet>, StoreError> {
    Ok(FrozenSheet::query()
        .filter(score_sheet::round_id.eq(round_id))
        .order(score_sheet::id)
        .load(conn)?)
}
