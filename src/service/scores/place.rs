//! A unit's total and its place among those of its cluster.

use serde::Serialize;

use super::explain::readable_unit;
use super::scoreboard::{BoardQuery, ScoreRow, Scoreboard};
use crate::domain::score::{Points, UnitYear};
use crate::domain::text::same_key;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::scores::{inputs, sheets};

/// A unit's total and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ScorePlace {
    /// Its total.
    pub total: Points,
    /// Name of its band.
    pub band: Option<String>,
    /// Its rank within category and cluster. None for a provisional score in a category of more than
    /// 100 units; the unit's score tells it.
    pub rank: Option<i32>,
    /// How many units are ranked there; 0 where no rank is told.
    pub of: usize,
    /// Not published: obligations closed so far, subject to change.
    pub provisional: bool,
}

/// Among more units than these, a provisional score has no rank here: each of them would have to be
/// scored. The page of its score tells it.
pub(crate) const RANKED_AT_ONCE: i64 = 100;

/// A unit's place; none without a scheme or a total, and for who may not read its scores.
pub fn place(tx: &mut Tx<'_>, unit: UnitYear) -> Result<Option<ScorePlace>, Error> {
    if !tx.may(Action::ReadScores, unit.unit_id)? {
        return Ok(None);
    }
    let (_, group) = readable_unit(tx, unit)?;
    let is_large = inputs::has_more_than(tx.conn, group, RANKED_AT_ONCE)?;
    let board = match is_large {
        true => Scoreboard::of_unit(tx, group, unit.unit_id),
        false => Scoreboard::read(tx, BoardQuery { group, at: None }),
    };
    let board = match board {
        Err(Error::NotFound { .. }) => return Ok(None),
        // a year that nobody can be scored for yet
        Err(Error::Invalid(_)) => return Ok(None),
        board => board?,
    };
    let Ok(sheet) = board.sheet_of(unit.unit_id) else {
        return Ok(None);
    };
    let row = ScoreRow::of(&board.scheme.content, sheet);
    let Some(total) = row.total else {
        return Ok(None);
    };
    let cluster = sheet.cluster.as_deref().map(same_key);
    let is_beside = |other: Option<&str>| other.map(same_key) == cluster;
    let of = match &board.round {
        Some(round) if is_large => {
            let ranked = sheets::ranked(tx.conn, round.id)?.into_iter();
            let beside = ranked.filter(|(other, _)| is_beside(other.as_deref()));
            let number: i64 = beside.map(|(_, number)| number).sum();
            usize::try_from(number).unwrap_or_default()
        }
        _ => {
            let ranked = board.sheets.iter().filter(|one| one.rank.is_some());
            ranked
                .filter(|one| is_beside(one.cluster.as_deref()))
                .count()
        }
    };
    Ok(Some(ScorePlace {
        total,
        band: row.band,
        rank: row.rank,
        of,
        provisional: board.round.is_none(),
    }))
}
