//! A sheet as stored.

use diesel::prelude::*;

use crate::domain::ids::{RoundId, SheetId, UnitId};
use crate::domain::score::{Assessment, Inputs, Score, SheetState};
use crate::store::schema::score_sheet;
use crate::store::types::{At, Json, Word};

/// A unit's score: the unit as it was when it was computed, what it was computed from, and the
/// result.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = score_sheet)]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct Sheet {
    pub unit_id: UnitId,
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
    pub id: SheetId,
    pub round_id: RoundId,
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
