//! Facts that reach obligations: an item came, was decided or withdrawn; a calendar changed. Each
//! finds the rows that it concerns and folds them in its own transaction; what would be too much
//! for a request is left to the next sweep.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::calendar::{Calendar, Explanation, PeriodEnd};
use crate::domain::deadline::missed_for_good;
use crate::domain::obligation::{Note, State};
use crate::domain::period::{Period, PeriodKind};
use crate::domain::policy::Policy;
use crate::domain::rule::CountScope;
use crate::service::Error;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::deadlines::due_now;
use crate::service::obligations::fold::{Change, refold_in};
use crate::service::obligations::step;
use crate::service::obligations::steps::tell_in;
use crate::service::obligations::terms::policy_of;
use crate::store::items::ItemRow;
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::types::{At, JsonText};
use crate::store::{Conn, events, reminders, units};

/// Folds everything that an item touches, before and after it changed: the events that it is or was
/// about, the periods in which it arrived for its unit and its authors, and what it credits now.
/// Counts over whole subtrees follow with the next sweep.
pub fn item_changed_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    before: Option<&ItemRow>,
    after: &ItemRow,
    authors: &[i64],
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Error> {
    let mut rows: BTreeMap<i64, ObligationRow> = BTreeMap::new();
    let mut learn =
        |found: Vec<ObligationRow>| rows.extend(found.into_iter().map(|row| (row.id, row)));
    let credited = store::credited_by(conn, after.id)?;
    learn(store::find_many(conn, &credited)?.into_values().collect());
    for item in before.into_iter().chain([after]) {
        if let Some(event) = item.event_id {
            learn(store::of_event(conn, event)?);
        }
        if let Some(at) = item.arrived_at {
            learn(counting_in(conn, lookups, item.credited_unit_id, *at)?);
            if !authors.is_empty() {
                learn(store::of_persons_at(conn, authors, *at)?);
            }
        }
    }
    let mut own = Vec::with_capacity(rows.len());
    let mut wide = Vec::new();
    for (id, row) in rows {
        if is_wide(conn, lookups, &row)? {
            wide.push(id);
        } else {
            own.push(row);
        }
    }
    store::touch(conn, &wide, now)?;
    refold_in(conn, lookups, own, now)
}

/// What counts an item of a unit that arrived at an instant: the unit's own obligations, and those of
/// the units then above it that count whole subtrees.
fn counting_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    unit_id: i64,
    at: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, Error> {
    let above = units::ancestors_at(conn, unit_id, at)?;
    let mut counting = Vec::new();
    for row in store::of_units_at(conn, &above, at)? {
        if row.unit_id == unit_id || is_wide(conn, lookups, &row)? {
            counting.push(row);
        }
    }
    Ok(counting)
}

/// Has what these units owe with their subtrees counted again by the next sweep: the subtrees are
/// others since an instant in the past.
pub(crate) fn subtrees_changed_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    units: &[i64],
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if since >= now {
        return Ok(());
    }
    let mut wide = Vec::new();
    for row in store::of_units_since(conn, units, since)? {
        if is_wide(conn, lookups, &row)? {
            wide.push(row.id);
        }
    }
    Ok(store::touch(conn, &wide, now)?)
}

/// Whether an obligation counts what arrives from a whole subtree.
fn is_wide(conn: &mut Conn, lookups: &mut Lookups<'_>, row: &ObligationRow) -> Result<bool, Error> {
    Ok(row.event_id.is_none()
        && row.person_id.is_none()
        && lookups.content(conn, row.rule_version_id)?.scope == CountScope::Subtree)
}

/// The period of an obligation that has one.
pub(crate) fn period_of(row: &ObligationRow) -> Option<Period> {
    period_from_key(row.period?.0, &row.period_key)
}

/// The period with that key.
fn period_from_key(kind: PeriodKind, key: &str) -> Option<Period> {
    let year: i32 = key.get(..4)?.parse().ok()?;
    if kind == PeriodKind::Day {
        return Some(Period::containing(kind, key.parse().ok()?));
    }
    let mut period = Period::first_of_year(kind, year);
    while period.year() == year {
        if period.key() == key {
            return Some(period);
        }
        period = period.next();
    }
    None
}

/// Has everything open on a calendar computed again by the next sweep; how many.
pub fn calendar_changed_in(
    conn: &mut Conn,
    code: &str,
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    Ok(store::touch_calendar(conn, code, now)?)
}

/// Computes the due instant of an open obligation again if its calendar has moved on; the row as it
/// is then. Who is concerned is told if it moved.
pub(crate) fn follow_calendar_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: ObligationRow,
    now: DateTime<Utc>,
) -> Result<ObligationRow, Error> {
    let (calendar, version) = lookups.calendar(conn, &row.calendar)?;
    if version == row.calendar_version || row.state.0 != State::Open {
        return Ok(row);
    }
    let policy = policy_of(lookups, &row)?;
    let again = match (row.event_id, period_of(&row)) {
        (Some(event), _) => match events::find(conn, event)? {
            Some(event) => due_now(&event, row.kind.0, &policy, &calendar)?,
            None => None,
        },
        (None, Some(period)) if policy.period_end == PeriodEnd::LastWorkingClosing => {
            Some(calendar.explain_period_end(
                row.window_from.0,
                period.first,
                period.last,
                policy.period_end,
            ))
        }
        (None, _) => None,
    };
    let mut row = ObligationRow {
        calendar_version: version,
        ..row
    };
    match again {
        Some(due) if due.due != row.explanation.read()?.due.due => {
            let note = Note::CalendarChanged { from: row.due_at.0 };
            move_due_in(conn, lookups, &row, due, note, (&calendar, &policy), now)?;
            row = store::find(conn, row.id)?.ok_or(Error::not_found("obligation"))?;
        }
        _ => store::save(conn, &row)?,
    }
    Ok(row)
}

/// Moves the due instant of an obligation: a new revision, a new ladder, and a word to its leader.
/// A granted extension that is later still holds.
pub(crate) fn move_due_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
    due: Explanation,
    note: Note,
    (calendar, policy): (&Calendar, &Policy),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let base = due.due;
    let due_at = row.extended_to.map_or(base, |until| until.0.max(base));
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
        due_at: At(due_at),
        due_revision: row.due_revision + i32::from(moved),
        missed_at: row
            .missed_at
            .map(|_| At(missed_for_good(calendar, due_at, policy.missed_after_days))),
        explanation: JsonText::of(&why)?,
        // an instant that is moved into the past does not swallow the word about a miss
        swept_until: if moved {
            At(now.min(due_at - TimeDelta::seconds(1)))
        } else {
            row.swept_until
        },
        next_step_at: Some(At(now)),
        ..row.clone()
    };
    store::save(conn, &next)?;
    if moved {
        reminders::drop_waiting(conn, row.id, now)?;
        tell_in(conn, lookups, &next, step::MOVED, now)?;
    }
    Ok(())
}
