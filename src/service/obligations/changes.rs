//! Facts that reach obligations: an item came, was decided or withdrawn; a calendar changed. Each
//! finds the rows that it concerns and folds them in its own transaction; what would be too much
//! for a request is left to the next sweep.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};

use crate::domain::calendar::Explanation;
use crate::domain::deadline::missed_for_good;
use crate::domain::ids::{ObligationId, PersonId, UnitId};
use crate::domain::item::held_since;
use crate::domain::obligation::Note;
use crate::domain::period::Period;
use crate::domain::rule::CountScope;
use crate::domain::score::{Basis, years_of};
use crate::domain::text::local_date;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::fold::{Change, refold, year_of};
use crate::service::obligations::ladder::notify_of_move;
use crate::service::obligations::moves::{due_on, moved_to};
use crate::service::obligations::terms::{candidate, policy_of};
use crate::store::items::{self, ItemRow};
use crate::store::obligations::{self as store, ArrivedItem, ObligationRow};
use crate::store::types::{At, JsonText};
use crate::store::{calendars, events, reminders, units};

/// Folds everything that an item touches, before and after it changed: the events that it is or was
/// about, the periods in which it arrived for its unit and its authors, and what it credits now.
/// Counts over whole subtrees follow with the next sweep.
pub fn item_changed(
    tx: &mut Tx<'_>,
    before: Option<&ItemRow>,
    after: &ItemRow,
    authors: &[PersonId],
) -> Result<Vec<Change>, Error> {
    let (was, is) = (
        before.and_then(|item| basis(item, tx.now)),
        basis(after, tx.now),
    );
    let mut years = years_of(was.as_ref(), is.as_ref());
    let mut rows: BTreeMap<ObligationId, ObligationRow> = BTreeMap::new();
    let mut add =
        |found: Vec<ObligationRow>| rows.extend(found.into_iter().map(|row| (row.id, row)));
    let credited = store::credited_by(tx.conn, after.id)?;
    add(store::find_many(tx.conn, &credited)?
        .into_values()
        .collect());
    for item in before.into_iter().chain([after]) {
        if let Some(event) = item.event_id {
            add(store::of_event(tx.conn, event)?);
        }
        if let Some(at) = item.arrived_at {
            add(obligations_counting(tx, item.credited_unit_id, *at)?);
            if !authors.is_empty() {
                add(store::of_persons_at(tx.conn, authors, *at)?);
            }
        }
    }
    let mut own = Vec::with_capacity(rows.len());
    let mut wide = Vec::new();
    for (id, row) in rows {
        if is_wide(tx, &row)? {
            // the next sweep counts it again, when nothing can be refused any more
            if was != is && wants(tx, &row, before, after)? {
                years.insert(year_of(&row));
            }
            wide.push(id);
        } else {
            own.push(row);
        }
    }
    tx.require_unfrozen(&years)?;
    store::sweep_at(tx.conn, &wide, tx.now)?;
    refold(tx, own)
}

/// What a score sees of an item; nothing of one that has not arrived, or holds no place.
fn basis(item: &ItemRow, now: DateTime<Utc>) -> Option<Basis> {
    let stands = candidate(&ArrivedItem::from(item))?;
    stands.holds_place(now).then(|| Basis::Item {
        unit_id: item.credited_unit_id,
        kind: item.kind.clone(),
        stands,
        grade: item.grade,
    })
}

/// Whether the rule of an obligation counts an item of the kind that this one is or was.
fn wants(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    before: Option<&ItemRow>,
    after: &ItemRow,
) -> Result<bool, Error> {
    let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
    let mut kinds = before.into_iter().chain([after]).map(|item| &item.kind);
    Ok(kinds.any(|kind| content.kinds.contains(kind)))
}

/// What counts an item of a unit that arrived at an instant: the unit's own obligations, and those
/// of the units then above it that count whole subtrees.
fn obligations_counting(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    at: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, Error> {
    let above = units::ancestors_at(tx.conn, unit_id, at)?;
    let mut counting = Vec::new();
    for row in store::of_units_at(tx.conn, &above, at)? {
        if row.unit_id == unit_id || is_wide(tx, &row)? {
            counting.push(row);
        }
    }
    Ok(counting)
}

/// Has what these units owe with their subtrees counted again by the next sweep: the subtrees are
/// others since an instant in the past.
pub(crate) fn subtrees_changed(
    tx: &mut Tx<'_>,
    units: &[UnitId],
    since: DateTime<Utc>,
) -> Result<(), Error> {
    if since >= tx.now {
        return Ok(());
    }
    let (mut wide, mut years) = (Vec::new(), BTreeSet::new());
    for row in store::of_units_since(tx.conn, units, since)? {
        if is_wide(tx, &row)? {
            years.insert(year_of(&row));
            wide.push(row.id);
        }
    }
    tx.require_unfrozen(&years)?;
    Ok(store::sweep_at(tx.conn, &wide, tx.now)?)
}

/// Whether an obligation counts what arrives from a whole subtree.
fn is_wide(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<bool, Error> {
    Ok(row.event_id.is_none()
        && row.person_id.is_none()
        && tx.lookups.content(tx.conn, row.rule_version_id)?.scope == CountScope::Subtree)
}

/// The period of an obligation that has one.
pub(crate) fn period_of(row: &ObligationRow) -> Option<Period> {
    row.period.and_then(|_| Period::of_key(&row.period_key))
}

/// Has everything open on a calendar computed again by the next sweep, and gives items that were
/// returned for changes the working days that they have on the calendar now.
pub(crate) fn calendar_changed(tx: &mut Tx<'_>, code: &str) -> Result<(), Error> {
    store::sweep_calendar_at(tx.conn, code, tx.now)?;
    let (calendar, _) = tx.lookups.calendar(tx.conn, code)?;
    for item in items::returned_until_after(tx.conn, tx.now)? {
        let steps = items::steps(tx.conn, item.id)?;
        let taken = steps
            .iter()
            .map(|step| (step.action.0, step.state.0, step.at.0));
        let Some(returned_at) = held_since(taken) else {
            continue;
        };
        let date = local_date(returned_at);
        let policy = tx.lookups.policy(tx.conn, item.unit_id, date)?;
        if policy.calendar != code {
            continue;
        }
        let lapses_at = missed_for_good(&calendar, returned_at, policy.return_days);
        if item.return_lapses_at != Some(At(lapses_at)) {
            items::set_return_lapses_at(tx.conn, item.id, lapses_at)?;
            let credited = store::credited_by(tx.conn, item.id)?;
            store::sweep_at(tx.conn, &credited, tx.now)?;
        }
    }
    Ok(())
}

/// Whether the calendar of an obligation has changed since it was computed, before it was due.
pub(super) fn calendar_changed_before_due(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
) -> Result<bool, Error> {
    let (_, version) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    if version == row.calendar_version {
        return Ok(false);
    }
    let stored = calendars::find(tx.conn, &row.calendar)?;
    Ok(stored.is_some_and(|calendar| calendar.updated_at < row.due_at))
}

/// Computes the due instant of an obligation again if its calendar has moved on; the row as it is
/// then. Who is concerned is told if it moved.
pub(crate) fn follow_calendar(tx: &mut Tx<'_>, row: ObligationRow) -> Result<ObligationRow, Error> {
    let (calendar, version) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    if version == row.calendar_version {
        return Ok(row);
    }
    let event = match row.event_id {
        Some(event) => events::find(tx.conn, event)?,
        None => None,
    };
    let again = due_on(tx, &row, event.as_ref(), &calendar)?;
    let mut row = ObligationRow {
        calendar_version: version,
        ..row
    };
    match again {
        Some(due) if due.due != row.explanation.read()?.due.due => {
            let note = Note::CalendarChanged { from: row.due_at.0 };
            move_due(tx, &row, due, note)?;
            row = store::find(tx.conn, row.id)?.ok_or(Error::not_found("obligation"))?;
        }
        _ => store::save(tx.conn, &row)?,
    }
    Ok(row)
}

/// Moves the due instant of an obligation: a new revision, a new ladder, and a word to its leader.
/// A granted extension that is later still holds. What has no period belongs to the year of its due
/// instant.
pub(crate) fn move_due(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    due: Explanation,
    note: Note,
) -> Result<(), Error> {
    let policy = policy_of(&mut tx.lookups, row)?;
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    let base = due.due;
    let due_at = moved_to(tx, row, base)?;
    let mut why = row.explanation.read()?;
    why.due = due;
    why.notes.push(note);
    let moved = due_at != row.due_at.0;
    let is_period = row.period.is_some();
    let next = ObligationRow {
        window_from: if is_period {
            row.window_from
        } else {
            row.window_from.min(At(base))
        },
        window_to: At(base),
        year: if is_period {
            row.year
        } else {
            calendar.date_of_due(base).year()
        },
        due_at: At(due_at),
        due_revision: row.due_revision + i32::from(moved),
        missed_at: row
            .missed_at
            .map(|_| At(missed_for_good(&calendar, due_at, policy.missed_after_days))),
        explanation: JsonText::of(&why)?,
        // an instant that is moved into the past does not swallow the word about a miss
        swept_until: if moved {
            At(tx.now.min(due_at - TimeDelta::seconds(1)))
        } else {
            row.swept_until
        },
        next_step_at: Some(At(tx.now)),
        ..row.clone()
    };
    tx.require_unfrozen(&[year_of(row), year_of(&next)].into())?;
    store::save(tx.conn, &next)?;
    if is_period && next.window_to != row.window_to {
        move_next_window(tx, &next)?;
    }
    if moved {
        reminders::drop_waiting(tx.conn, row.id, tx.now)?;
        notify_of_move(tx, &next)?;
    }
    Ok(())
}

/// Lets the window of the next period begin where the one of `row` ends now.
fn move_next_window(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<(), Error> {
    let Some(next) = period_of(row).map(Period::next) else {
        return Ok(());
    };
    if let Some(next) = store::find_by_key(tx.conn, row.rule_id, row.subject.0, &next.key())? {
        let next = ObligationRow {
            window_from: row.window_to,
            next_step_at: Some(At(tx.now)),
            ..next
        };
        store::save(tx.conn, &next)?;
    }
    Ok(())
}
