//! What events ask for (docs/DOMAIN.md, deadlines): news of a topical event by the daily cut-off,
//! of any other within working hours, the answer to a question within clock hours. A corrected
//! event moves its deadlines; a cancelled one excuses them.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};

use crate::domain::deadline::{Deadline, missed_for_good};
use crate::domain::event::{EventState, When};
use crate::domain::ids::{ObligationId, RuleId, UnitId};
use crate::domain::obligation::{Note, ObligationKind, State, Why};
use crate::domain::party::Party;
use crate::domain::policy::Policy;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::changes::move_due;
use crate::service::obligations::deadlines::deadlines;
use crate::service::obligations::exemptions::{excuse_event_gone, reinstate};
use crate::service::obligations::fold::{Change, year_of};
use crate::service::obligations::lives::follow_lives;
use crate::service::obligations::terms::policy_of;
use crate::store::events::EventRow;
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::rules::built_in;
use crate::store::types::{AsText, At, JsonText, Word};
use crate::store::units::UnitRow;

/// Opens, moves and excuses the deadlines of an event so that they are what its row asks for; then
/// folds them.
///
/// # Errors
/// If the calendar has no opening for years, and those of the database.
pub fn event_changed(tx: &mut Tx<'_>, event: &EventRow) -> Result<Vec<Change>, Error> {
    let existing = store::of_event(tx.conn, event.id)?;
    let policy = event_policy(tx, &existing, event.unit_id, event.when())?;
    let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
    let wanted = if *event.state == EventState::Cancelled {
        Vec::new()
    } else {
        deadlines(event, &policy, &calendar)?
    };
    let mut new = Vec::new();
    for deadline in &wanted {
        match existing.iter().find(|row| row.kind.0 == deadline.kind) {
            Some(row) => {
                let row = reinstate(tx, row)?;
                follow_event(tx, &row, deadline)?;
            }
            None => new.push(opened(tx, event, deadline, &policy)?),
        }
    }
    let gone = existing
        .iter()
        .filter(|row| !wanted.iter().any(|deadline| deadline.kind == row.kind.0))
        .filter(|row| row.exempt_cause.is_none_or(|cause| cause.0.follows_life()));
    for row in gone {
        excuse_event_gone(tx, row)?;
    }
    tx.require_unfrozen(&new.iter().map(year_of).collect())?;
    store::insert_new(tx.conn, &new)?;
    let rows = store::of_event(tx.conn, event.id)?;
    follow_lives(tx, rows)
}

/// The policy that an event's deadlines follow: the one that they were opened with, else the one
/// that holds on its last day.
pub(crate) fn event_policy(
    tx: &mut Tx<'_>,
    opened: &[ObligationRow],
    unit_id: UnitId,
    when: When,
) -> Result<Arc<Policy>, Error> {
    match opened.first() {
        Some(row) => Ok(policy_of(&mut tx.lookups, row)?),
        None => tx.lookups.policy(tx.conn, unit_id, when.days().1),
    }
}

/// Moves the due instant to where the event puts it now.
fn follow_event(tx: &mut Tx<'_>, row: &ObligationRow, deadline: &Deadline) -> Result<(), Error> {
    let base = row.explanation.read()?.due.due;
    if base == deadline.due.due {
        return Ok(());
    }
    let note = Note::EventChanged { from: row.due_at.0 };
    move_due(tx, row, deadline.due.clone(), note)
}

const fn built_in_rule(kind: ObligationKind) -> RuleId {
    match kind {
        ObligationKind::Cutoff => built_in::CUTOFF,
        ObligationKind::Answer => built_in::ANSWER,
        _ => built_in::EVENT,
    }
}

/// Until when the steps of a deadline that is opened now are gone. Of an event that is registered late the
/// steps before it are, and that it was missed is said. Of a unit that an import of past years entered, all
/// steps of a deadline that had passed by then are gone.
fn told_until(now: DateTime<Utc>, due: DateTime<Utc>, unit: &UnitRow) -> DateTime<Utc> {
    match unit.counts_from.is_some() && due < unit.created_at.0 {
        true => now,
        false => now.min(due),
    }
}

fn opened(
    tx: &mut Tx<'_>,
    event: &EventRow,
    deadline: &Deadline,
    policy: &Policy,
) -> Result<ObligationRow, Error> {
    let unit = tx.lookups.unit(tx.conn, event.unit_id)?;
    let (calendar, calendar_version) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
    let due = deadline.due.due;
    let rule_id = built_in_rule(deadline.kind);
    Ok(ObligationRow {
        id: ObligationId::NONE,
        rule_id,
        rule_version_id: built_in::version(rule_id),
        subject: AsText(Party::Unit(unit.id)),
        unit_id: unit.id,
        person_id: None,
        federation_id: unit.federation_id,
        kind: Word(deadline.kind),
        period: None,
        period_key: format!("event:{}", event.id),
        year: calendar.date_of_due(due).year(),
        event_id: Some(event.id),
        window_from: event.starts_at.min(At(due)),
        window_to: At(due),
        due_at: At(due),
        due_revision: 1,
        explanation: JsonText::of(&Why {
            due: deadline.due.clone(),
            notes: deadline.note.iter().cloned().collect(),
        })?,
        policy: JsonText::of(policy)?,
        calendar: policy.calendar.clone(),
        calendar_version,
        required: 1,
        maximum: None,
        missed_at: Some(At(missed_for_good(
            &calendar,
            due,
            policy.missed_after_days,
        ))),
        extended_to: None,
        exempt_at: None,
        exempt_cause: None,
        chained: false,
        arrived: 0,
        published: 0,
        done: 0,
        state: Word(State::Open),
        decided_at: None,
        next_step_at: Some(At(tx.now)),
        swept_until: At(told_until(tx.now, due, &unit)),
        opened_at: At(tx.now),
        version: 1,
    })
}
