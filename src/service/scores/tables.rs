//! Scores and ranks of all units of a group, and a trial of another scheme. Nothing is stored.

use serde::Serialize;

use crate::domain::ids::UnitId;
use crate::domain::unit::Category;
use crate::service::core::access::{self, Action};
use crate::service::scores::inputs::LeftOut;
use crate::service::scores::scheme_choice::{SchemeChoice, chosen_scheme};
use crate::service::scores::scoreboard::{BoardQuery, SchemeRef, ScoreRow, Scoreboard};
use crate::service::scores::scoring::{rank_sheets, rescore};
use crate::service::{Error, Tx};
use crate::store::scores::Sheet;
use crate::store::types::At;

/// Scores and ranks of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ScoreTable {
    /// The federation.
    pub unit_id: UnitId,
    /// The year.
    pub year: i32,
    /// The category.
    pub category: Category,
    /// Not published: obligations closed so far, subject to change.
    pub provisional: bool,
    /// As of this instant.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: At,
    /// The scheme.
    pub scheme: SchemeRef,
    /// One for each unit, by cluster, rank and name.
    pub rows: Vec<ScoreRow>,
    /// Units without a score, because something of them cannot be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// A trial of another scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TrialTable {
    /// As of this instant.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: At,
    /// One for each unit, by cluster, new rank and name.
    pub rows: Vec<TrialRow>,
}

/// What another scheme would change for a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TrialRow {
    /// Under the scheme that holds.
    pub old: ScoreRow,
    /// Under the scheme on trial.
    pub new: ScoreRow,
}

/// Scores and ranks of a group: the published ones, or provisional ones as of an instant.
///
/// # Errors
/// An instant in the future or before the year; [`Error::NotFound`] without a scheme or for a
/// federation that the actor may not see.
pub fn table(tx: &mut Tx<'_>, query: BoardQuery) -> Result<ScoreTable, Error> {
    tx.require(Action::ReadScores, query.group.unit_id)?;
    let board = Scoreboard::read(tx, query)?;
    let rows = board.sheets.iter();
    let mut rows: Vec<ScoreRow> = rows
        .map(|sheet| ScoreRow::of(&board.scheme.content, sheet))
        .collect();
    rows.sort_by_cached_key(ScoreRow::order);
    Ok(ScoreTable {
        unit_id: query.group.unit_id,
        year: query.group.year,
        category: query.group.category,
        provisional: board.round.is_none(),
        as_of: At(board.at),
        scheme: board.scheme_ref(),
        rows,
        left_out: board.left_out,
    })
}

/// What another scheme would change: old and new ranks side by side.
///
/// # Errors
/// As [`table`]; every fault of the scheme; [`Error::Forbidden`].
pub fn try_scheme(
    tx: &mut Tx<'_>,
    query: BoardQuery,
    choice: &SchemeChoice,
) -> Result<TrialTable, Error> {
    let unit_id = query.group.unit_id;
    access::require_on_scores(tx.conn, tx.actor, Action::ManageRules, unit_id)?;
    let scheme = chosen_scheme(tx, choice)?;
    let board = Scoreboard::computed(tx, query)?;
    let new: Vec<Sheet> = board
        .sheets
        .iter()
        .map(|sheet| rescore(sheet, &scheme, sheet.inputs.0.clone()))
        .collect();
    let ranks = rank_sheets(new.iter());
    let mut rows: Vec<TrialRow> = board
        .sheets
        .iter()
        .zip(new.iter().zip(ranks))
        .map(|(old, (new, rank))| TrialRow {
            old: ScoreRow::of(&board.scheme.content, old),
            new: ScoreRow {
                rank,
                ..ScoreRow::of(&scheme, new)
            },
        })
        .collect();
    rows.sort_by_cached_key(|row| row.new.order());
    Ok(TrialTable {
        as_of: At(board.at),
        rows,
    })
}
