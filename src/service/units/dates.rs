//! Correcting the first and the last day of a unit, and taking an end back.

use chrono::{DateTime, NaiveDate, Utc};

use super::UnitChange;
use super::end::children_after;
use super::save::{self, Place};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text::{local_date, local_midnight};
use crate::domain::tree::time_of_move;
use crate::domain::unit::{UnitPatch, check_life};
use crate::service::{Error, Tx};
use crate::store::units::{self, UnitRow};

/// The unit with its dates as the patch has them. An end that is taken back takes a merger back too.
///
/// # Errors
/// A missing reason; a last day before the first, after that of the unit above or of the successor;
/// [`Error::Conflict`] if units below would go on, or would move to the successor before the last day
/// has come.
pub(super) fn corrected(
    tx: &mut Tx<'_>,
    unit: &UnitRow,
    patch: &UnitPatch,
) -> Result<UnitRow, Error> {
    let ended_on = patch.ended_on.unwrap_or(unit.ended_on);
    let corrected = UnitRow {
        founded_on: patch.founded_on.unwrap_or(unit.founded_on),
        ended_on,
        successor_id: unit.successor_id.filter(|_| ended_on.is_some()),
        ..unit.clone()
    };
    if corrected == *unit {
        return Ok(corrected);
    }
    if patch.reason.is_none() {
        return Err(Invalid::new("reason", "required").into());
    }
    if let (Some(founded), Some(ended)) = (corrected.founded_on, ended_on) {
        check_life(founded, ended)?;
    }
    if ended_on != unit.ended_on {
        require_neighbours_fit(tx, &corrected)?;
    }
    Ok(corrected)
}

/// Checks the last day of a unit against those of the units above and below it and of its successor.
fn require_neighbours_fit(tx: &mut Tx<'_>, unit: &UnitRow) -> Result<(), Error> {
    let goes_on_after = |last: NaiveDate| unit.ended_on.is_none_or(|on| on > last);
    if let Some(above) = unit.parent_id {
        let above = tx.lookups.unit(tx.conn, above)?;
        if let Some(last) = above.ended_on.filter(|last| goes_on_after(*last)) {
            let fault = Invalid::new("ended_on", "unit_outlives_parent");
            let fault = fault.with("value", &above.code);
            return Err(fault.with("on", last.format("%d/%m/%Y")).into());
        }
    }
    let Some(last) = unit.ended_on else {
        return Ok(());
    };
    if let Some(successor) = unit.successor_id {
        let successor = tx.lookups.unit(tx.conn, successor)?;
        if successor.ended_on.is_some_and(|on| on <= last) {
            let fault = Invalid::new("ended_on", "unit_successor_ended");
            return Err(fault.with("on", last.format("%d/%m/%Y")).into());
        }
    }
    match children_after(tx.conn, unit.id, last)?.len() {
        0 => Ok(()),
        left => Err(Error::Conflict(
            Invalid::new("ended_on", "unit_has_children").with("n", left),
        )),
    }
}

/// Lets the units below that moved to the successor move on the day after the corrected last day; with
/// an end that is taken back they stay. Where they moved on since, they are.
pub(super) fn move_again(
    tx: &mut Tx<'_>,
    change: &UnitChange,
    reason: Option<&str>,
) -> Result<Vec<UnitChange>, Error> {
    let Some(before) = &change.before else {
        return Ok(Vec::new());
    };
    let (Some(successor), Some(last)) = (before.successor_id, before.ended_on) else {
        return Ok(Vec::new());
    };
    if change.unit.ended_on == Some(last) {
        return Ok(Vec::new());
    }
    let (moved_at, successor) = (after(last), tx.lookups.unit(tx.conn, successor)?);
    let moves_at = change.unit.ended_on.map(after);
    let today = local_date(tx.now);
    let children = units::moved_away(tx.conn, before.id, moved_at)?;
    if let Some(last) = change.unit.ended_on.filter(|last| *last > today)
        && !children.is_empty()
    {
        let fault = Invalid::new("ended_on", "unit_merge_early").with("n", children.len());
        return Err(Error::Conflict(fault.with("on", last.format("%d/%m/%Y"))));
    }
    let goes_later = moves_at.is_none_or(|at| at > moved_at);
    let mut moves = Vec::new();
    for child in children {
        let moved_on = moved_on(tx, child, moved_at)?;
        let mut row = units::find(tx.conn, child)?.ok_or(Error::Stale)?;
        let back = (&change.unit, Some(moved_at).filter(|_| goes_later));
        let away = (&*successor, moves_at.filter(|at| *at < moved_on));
        for (parent, from) in [back, away] {
            let Some(from) = from else { continue };
            let place = Place {
                parent: Some(parent),
                from,
                reason,
            };
            let moved = save::attach(tx, row, &place)?;
            row = moved.unit.clone();
            moves.push(moved);
        }
    }
    Ok(moves)
}

/// Midnight at the end of a last day.
fn after(last: NaiveDate) -> DateTime<Utc> {
    local_midnight(last.succ_opt().unwrap_or(last))
}

/// When a unit moved next after an instant.
fn moved_on(tx: &mut Tx<'_>, id: UnitId, at: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    let spans = units::spans_above(tx.conn, &[id])?;
    Ok(time_of_move(&spans, at).end)
}
