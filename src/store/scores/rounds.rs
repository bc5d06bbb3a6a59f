//! Rounds: the scores of a group's year, edition by edition.

use chrono::NaiveDate;
use diesel::dsl::{AsExprOf, auto_type, count_star};
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde::Serialize;

use crate::domain::ids::{RoundId, SchemeId, UnitId};
use crate::domain::score::{RoundState, ScoreGroup, SheetState};
use crate::domain::unit::Category;
use crate::store::schema::{score_round, score_sheet};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// A round: the scores of a federation's category in a year.
#[derive(
    Debug, Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset, Serialize, utoipa::ToSchema,
)]
#[diesel(table_name = score_round)]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
#[schema(as = ScoreRound)]
pub struct RoundRow {
    /// Its id.
    #[diesel(skip_insertion)]
    pub id: RoundId,
    /// The federation.
    pub unit_id: UnitId,
    /// The year.
    pub year: i32,
    /// The category of the units.
    #[schema(value_type = Category)]
    pub category: Word<Category>,
    /// 1 for the first one; each later one replaces the one before.
    pub edition: i32,
    /// How far it has come.
    #[schema(value_type = RoundState)]
    pub state: Word<RoundState>,
    /// How far the units' sheets have come.
    #[diesel(embed, skip_insertion, skip_update)]
    pub sheets: Progress,
    /// The edition that it replaces.
    pub corrects_id: Option<RoundId>,
    /// Why it replaces it.
    pub reason: Option<String>,
    /// The version of the scheme that it was computed with.
    pub scheme_id: Option<SchemeId>,
    /// As of when it was computed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub computed_at: Option<At>,
    /// Number of the decision that published it.
    pub decision_number: Option<String>,
    /// Date of that decision.
    pub decision_date: Option<NaiveDate>,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<At>,
    /// When it was frozen.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub frozen_at: Option<At>,
    /// Goes up with every change.
    pub version: i32,
    /// When it was begun.
    #[serde(skip)]
    pub created_at: At,
    /// When it was changed last.
    #[serde(skip)]
    pub updated_at: At,
}

/// How many sheets are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, HasQuery, Serialize, utoipa::ToSchema)]
#[diesel(table_name = score_round)]
pub struct Progress {
    /// Computed only.
    #[diesel(select_expression = sheets_in(SheetState::Computed), select_expression_type = sheets_in)]
    #[schema(value_type = usize)]
    pub computed: i64,
    /// Self-assessed.
    #[diesel(select_expression = sheets_in(SheetState::SelfAssessed), select_expression_type = sheets_in)]
    #[schema(value_type = usize)]
    pub self_assessed: i64,
    /// Reviewed.
    #[diesel(select_expression = sheets_in(SheetState::Reviewed), select_expression_type = sheets_in)]
    #[schema(value_type = usize)]
    pub reviewed: i64,
}

/// How many sheets of the round are in a state.
#[auto_type]
fn sheets_in(state: SheetState) -> _ {
    let state: AsExprOf<Word<SheetState>, Text> = Word(state).into_sql::<Text>();
    score_sheet::table
        .filter(score_sheet::round_id.eq(score_round::id))
        .filter(score_sheet::state.eq(state))
        .select(count_star())
        .single_value()
        .assume_not_null()
}

impl RoundRow {
    /// The units that it scores.
    pub fn group(&self) -> ScoreGroup {
        ScoreGroup {
            unit_id: self.unit_id,
            year: self.year,
            category: *self.category,
        }
    }
}

/// Writes a new round; its `id` is filled in here.
///
/// # Errors
/// [`StoreError::Unique`] if that edition exists.
pub fn insert(conn: &mut Conn, mut row: RoundRow) -> Result<RoundRow, StoreError> {
    row.id = diesel::insert_into(score_round::table)
        .values(&row)
        .returning(score_round::id)
        .get_result(conn)?;
    Ok(row)
}

/// Saves a round if nobody has saved it since `row.version`; `None` if somebody has.
pub fn update(conn: &mut Conn, mut row: RoundRow) -> Result<Option<RoundRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let same = score_round::table
        .filter(score_round::id.eq(row.id))
        .filter(score_round::version.eq(known));
    match diesel::update(same).set(&row).execute(conn)? {
        // its sheets may have changed
        1 => find(conn, row.id),
        _ => Ok(None),
    }
}

/// A round.
pub fn find(conn: &mut Conn, id: RoundId) -> Result<Option<RoundRow>, StoreError> {
    Ok(RoundRow::query()
        .filter(score_round::id.eq(id))
        .get_result(conn)
        .optional()?)
}

/// The rounds of a year, of one federation if asked for, newest edition first within a category.
pub fn of_year(
    conn: &mut Conn,
    federation_id: Option<UnitId>,
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

/// The newest edition of a group that is published or frozen.
pub fn newest_final(conn: &mut Conn, group: ScoreGroup) -> Result<Option<RoundRow>, StoreError> {
    let states = [RoundState::Published, RoundState::Frozen].map(Word);
    Ok(RoundRow::query()
        .filter(score_round::unit_id.eq(group.unit_id))
        .filter(score_round::category.eq(Word(group.category)))
        .filter(score_round::year.eq(group.year))
        .filter(score_round::state.eq_any(states))
        .order(score_round::edition.desc())
        .first(conn)
        .optional()?)
}
