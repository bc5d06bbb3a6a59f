//! The terms of an obligation follow the dates on which its subject is there. They are computed from
//! these dates alone: in whatever order the dates were recorded and corrected, the terms are the
//! same.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::deadline::missed_for_good;
use crate::domain::obligation::{ExemptionCause, Why};
use crate::domain::opening::{self, Window};
use crate::domain::period::Period;
use crate::domain::share::Share;
use crate::domain::text::local_midnight;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::changes::period_of;
use crate::service::obligations::exemptions;
use crate::service::obligations::fold::year_of;
use crate::service::obligations::terms::{policy_of, stored};
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::reminders;
use crate::store::types::{At, JsonText};

/// The part of a period, or of all time, on which a subject is there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stay {
    /// How many days of the period.
    pub days: u32,
    /// The last day, if there is one.
    pub last: Option<NaiveDate>,
}

/// Brings an obligation in line with the days on which its subject is there.
pub(super) fn follow_life(tx: &mut Tx<'_>, row: &ObligationRow, stay: Stay) -> Result<(), Error> {
    match period_of(row) {
        Some(period) => follow_in_period(tx, row, stay, period),
        None => follow_deadline(tx, row, stay),
    }
}

/// The end of a last day.
pub(super) fn end_of(last: NaiveDate) -> DateTime<Utc> {
    local_midnight(last.succ_opt().unwrap_or(last))
}

/// A quota or report is prorated; its window ends with the last day, if that lies in the period.
fn follow_in_period(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    stay: Stay,
    period: Period,
) -> Result<(), Error> {
    let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
    let part = Share::of(&content, period, stay.days);
    // what is excused because nothing is left of it keeps the whole terms
    let (cause, share, last) = if part.required == 0 {
        let cause = ExemptionCause::NothingOwed;
        (Some(cause), Share::whole(&content), None)
    } else {
        (None, part, stay.last)
    };
    let row = exemptions::follow_life(tx, row, cause)?;
    let (policy, mut why) = (policy_of(&mut tx.lookups, &row)?, row.explanation.read()?);
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    let mut window = Window::of(period, row.window_from.0, &calendar, &policy);
    if why.ended_on().is_none() {
        // it has the end that it was opened with
        window.to = row.window_to.0;
    }
    let window = window.ending_on(last, &calendar);
    let cut = (At(window.to), window.ended_on) != (row.window_to, why.ended_on());
    if cut {
        why.due = window.explain(&calendar, &policy);
    }
    why.note_life(share.note, window.ended_on);
    let extended_to = row.extended_to.map(|until| until.0);
    let terms = ObligationRow {
        required: stored(share.required),
        maximum: share.maximum.map(stored),
        window_to: At(window.to),
        due_at: At(opening::due_at(window.to, extended_to, last.map(end_of))),
        ..row.clone()
    };
    save_if_changed(tx, &row, terms, &why)
}

/// A deadline that falls due after the last day is excused, unless it was met.
fn follow_deadline(tx: &mut Tx<'_>, row: &ObligationRow, stay: Stay) -> Result<(), Error> {
    let why = row.explanation.read()?;
    let base = why.due.due;
    let ends_at = stay.last.map(end_of);
    let is_beyond = ends_at.is_some_and(|end| base > end);
    let cause = is_beyond.then_some(ExemptionCause::SubjectEnded);
    let row = exemptions::follow_life(tx, row, cause)?;
    let extended_to = row.extended_to.map(|until| until.0);
    let terms = ObligationRow {
        due_at: At(opening::due_at(base, extended_to, ends_at)),
        ..row.clone()
    };
    save_if_changed(tx, &row, terms, &why)
}

/// Saves the terms if they differ from those of `row`. A due instant that moved starts a new ladder;
/// one that lies in the past does not swallow the word about a miss.
fn save_if_changed(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    terms: ObligationRow,
    why: &Why,
) -> Result<(), Error> {
    if terms == *row {
        return Ok(());
    }
    tx.require_unfrozen(&[year_of(row)].into())?;
    let due_at = terms.due_at.0;
    let moved = terms.due_at != row.due_at;
    let (policy, (calendar, _)) = (
        policy_of(&mut tx.lookups, row)?,
        tx.lookups.calendar(tx.conn, &row.calendar)?,
    );
    let saved = ObligationRow {
        due_revision: row.due_revision + i32::from(moved),
        missed_at: row
            .missed_at
            .map(|_| At(missed_for_good(&calendar, due_at, policy.missed_after_days))),
        explanation: JsonText::of(why)?,
        swept_until: if moved {
            At(tx.now.min(due_at - TimeDelta::seconds(1)))
        } else {
            row.swept_until
        },
        ..terms
    };
    store::save(tx.conn, &saved)?;
    if moved {
        reminders::drop_waiting(tx.conn, row.id, tx.now)?;
    }
    Ok(())
}
