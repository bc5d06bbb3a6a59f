//! Scores and ranks of all units of a group, and a trial of another scheme. Nothing is stored.

use serde::Serialize;

use crate::domain::ids::UnitId;
use crate::domain::unit::Category;
use crate::service::core::access::{self, Action};
use crate::service::scores::inputs::LeftOut;
use crate::service::scores::scheme_choice::{SchemeChoice, chosen_scheme};
use crate::service::scores::scoreboard::{BoardQuery, SchemeRef, ScoreRow, Scoreboard, Scored};
use crate::service::scores::scoring::{rank_sheets, rescore};
use crate::service::{Error, Tx};
use crate::store::scores::{Sheet, schemes as stored};
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
    /// There is no scheme yet that it could be compared with: old and new are the same.
    pub is_first: bool,
    /// One for each unit, by cluster, new rank and name.
    pub rows: Vec<TrialRow>,
    /// Units without a score, because something of them cannot be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// What another scheme would change for a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TrialRow {
    /// Whether its rank would be better or worse.
    pub moves: TrialMove,
    /// Under the scheme that holds.
    pub old: ScoreRow,
    /// Under the scheme on trial.
    pub new: ScoreRow,
}

crate::text_enum! {
    /// What becomes of a unit's rank.
    pub enum TrialMove {
        /// It is better than before.
        Rises,
        /// It is worse than before.
        Falls,
        /// It stays, or there is none.
        Stays,
    }
}

impl TrialRow {
    fn of(old: ScoreRow, new: ScoreRow) -> Self {
        let moves = match (old.rank, new.rank) {
            (Some(before), Some(after)) if after < before => TrialMove::Rises,
            (Some(before), Some(after)) if after > before => TrialMove::Falls,
            _ => TrialMove::Stays,
        };
        Self { moves, old, new }
    }

    /// Whether points, rank or band change.
    pub fn changes(&self) -> bool {
        self.old.total != self.new.total
            || self.old.rank != self.new.rank
            || self.old.band != self.new.band
    }
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

/// What another scheme would change: old and new points, ranks and bands side by side.
///
/// # Errors
/// An instant in the future or before the year; every fault of the scheme; [`Error::NotFound`] for a
/// federation that the actor may not see, [`Error::Forbidden`].
pub fn try_scheme(
    tx: &mut Tx<'_>,
    query: BoardQuery,
    choice: &SchemeChoice,
) -> Result<TrialTable, Error> {
    let unit_id = query.group.unit_id;
    access::require_on_scores(tx.conn, tx.actor, Action::ManageRules, unit_id)?;
    let scheme = chosen_scheme(tx, choice)?;
    let holds = stored::newest(tx.conn, query.group)?.map(|row| row.content.0);
    let old_scheme = holds.as_ref().unwrap_or(&scheme);
    let board = Scored::by(tx, query, old_scheme)?;
    let new: Vec<Sheet> = board
        .sheets
        .iter()
        .map(|sheet| rescore(sheet, &scheme, sheet.inputs.0.clone()))
        .collect();
    let ranks = rank_sheets(new.iter());
    let rows = board.sheets.iter().zip(new.iter().zip(ranks));
    let mut rows: Vec<TrialRow> = rows
        .map(|(old, (new, rank))| {
            let new = ScoreRow {
                rank,
                ..ScoreRow::of(&scheme, new)
            };
            TrialRow::of(ScoreRow::of(old_scheme, old), new)
        })
        .collect();
    rows.sort_by_cached_key(|row| row.new.order());
    Ok(TrialTable {
        as_of: At(board.at),
        is_first: holds.is_none(),
        rows,
        left_out: board.left_out,
    })
}
