//! Correcting the first and the last day of a unit, and taking an end back.

use chrono::{DateTime, NaiveDate, Utc};

use super::UnitChange;
use super::end::children_after;
use super::save::{self, Place};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text::{local_date, local_midnight};
use crate::domain::tree::Span;
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
    let mut moves = Vec::new();
    for child in children {
        let mut row = units::find(tx.conn, child)?.ok_or(Error::Stale)?;
        let spans = units::spans_above(tx.conn, &[child])?;
        for (below, from) in again(&stays(spans, successor.id, moved_at), moves_at) {
            let place = Place {
                parent: Some(match below {
                    Below::Unit => &change.unit,
                    Below::Successor => &*successor,
                }),
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

/// Below which of the two a unit is put.
enum Below {
    Unit,
    Successor,
}

/// The times during which a unit has stood directly below the successor since it moved there, without
/// a gap.
fn stays(mut spans: Vec<Span>, successor: UnitId, moved_at: DateTime<Utc>) -> Vec<Span> {
    spans.retain(|span| span.depth == 1 && span.ancestor == successor && span.from >= moved_at);
    spans.sort_by_key(|span| span.from);
    let mut until = moved_at;
    spans.retain(|span| {
        let follows = span.from == until;
        if follows {
            until = span.to;
        }
        follows
    });
    spans
}

/// The moves that let a unit move to the successor at another instant, or not at all. A move holds until
/// the next one, so that each stay is moved by itself.
fn again(stays: &[Span], moves_at: Option<DateTime<Utc>>) -> Vec<(Below, DateTime<Utc>)> {
    let mut moves = Vec::new();
    for (number, stay) in stays.iter().enumerate() {
        if moves_at.is_none_or(|at| stay.from < at) {
            moves.push((Below::Unit, stay.from));
        }
        // the first stay may begin earlier now
        let earliest = if number == 0 {
            DateTime::UNIX_EPOCH
        } else {
            stay.from
        };
        if let Some(at) = moves_at.filter(|at| earliest < *at && *at < stay.to && *at != stay.from)
        {
            moves.push((Below::Successor, at));
        }
    }
    moves
}

/// Midnight at the end of a last day.
fn after(last: NaiveDate) -> DateTime<Utc> {
    local_midnight(last.succ_opt().unwrap_or(last))
}
