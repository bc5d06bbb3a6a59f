//! A unit's total and its place among those of its cluster.

use serde::Serialize;

use super::explain::readable_unit;
use super::scoreboard::{BoardQuery, ScoreRow, Scoreboard};
use crate::domain::score::{Points, UnitYear};
use crate::service::core::access::Action;
use crate::service::{Error, Tx};

/// A unit's total and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ScorePlace {
    /// Its total.
    pub total: Points,
    /// Name of its band.
    pub band: Option<String>,
    /// Its rank within category and cluster.
    pub rank: Option<i32>,
    /// How many units are ranked there.
    pub of: usize,
    /// Not published: obligations closed so far, subject to change.
    pub provisional: bool,
}

/// A unit's place; none without a scheme or a total, and for who may not read its scores.
pub fn place(tx: &mut Tx<'_>, unit: UnitYear) -> Result<Option<ScorePlace>, Error> {
    if !tx.may(Action::ReadScores, unit.unit_id)? {
        return Ok(None);
    }
    let (_, group) = readable_unit(tx, unit)?;
    let board = match Scoreboard::read(tx, BoardQuery { group, at: None }) {
        Err(Error::NotFound { .. }) => return Ok(None),
        // a year that nobody can be scored for yet
        Err(Error::Invalid(_)) => return Ok(None),
        board => board?,
    };
    let Ok(sheet) = board.sheet_of(unit.unit_id) else {
        return Ok(None);
    };
    let row = ScoreRow::of(&board.scheme.content, sheet);
    let beside = board
        .sheets
        .iter()
        .filter(|one| one.cluster == sheet.cluster);
    Ok(row.total.map(|total| ScorePlace {
        total,
        band: row.band,
        rank: row.rank,
        of: beside.filter(|one| one.rank.is_some()).count(),
        provisional: board.round.is_none(),
    }))
}
