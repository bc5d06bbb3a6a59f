//! Correcting and cancelling events, answering questions.
//!
//! Once a deadline of an event has passed, only an actor that decides exemptions may still move or
//! cancel the event: else a unit could excuse itself from what it missed.

use serde::Deserialize;

use super::read::{Event, of_row};
use super::register::filled;
use crate::domain::error::Invalid;
use crate::domain::event::{EventPatch, EventState};
use crate::domain::ids::EventId;
use crate::domain::item::{Arrival, whole_seconds};
use crate::domain::obligation::State;
use crate::domain::text::{self, local_due, local_time};
use crate::service::core::access::Action;
use crate::service::obligations::events::event_changed;
use crate::service::{Error, Tx};
use crate::store::events::{self, EventRow};
use crate::store::obligations;
use crate::store::types::Word;

/// Why an event does not take place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelEvent {
    /// Why; kept in the audit trail.
    pub reason: String,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerQuestion {
    /// What was answered.
    pub answer: String,
    /// When it was answered another way, or is corrected: the real instant. Editors only; left out,
    /// it is answered now.
    pub arrival: Option<Arrival>,
}

/// Corrects an event: its deadlines move with it.
///
/// # Errors
/// All faults of the input; [`Error::Conflict`] for a cancelled event, and for its time or types
/// once a deadline has passed; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn change(
    tx: &mut Tx<'_>,
    id: EventId,
    patch: &EventPatch,
    version: i32,
) -> Result<Event, Error> {
    let before = load(tx, Action::ActForUnit, id, version)?;
    let event = patch.clone().applied_to(before.text()).checked(tx.now)?;
    if event.when != before.when() || event.types != before.types() {
        check_deadlines(tx, &before)?;
        let unit = tx.lookups.unit(tx.conn, before.unit_id)?;
        event.when.check_life(unit.founded_on, unit.ended_on)?;
    }
    let open = obligations::of_event(tx.conn, id)?;
    let after = filled(tx, before.clone(), event, &open)?;
    save(tx, &before, after, ("change", None))
}

/// Cancels an event: nothing is owed for it any more.
///
/// # Errors
/// A missing reason; [`Error::Conflict`] if it is cancelled already, or if a deadline has passed;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn cancel(
    tx: &mut Tx<'_>,
    id: EventId,
    cancel: &CancelEvent,
    version: i32,
) -> Result<Event, Error> {
    let before = load(tx, Action::ActForUnit, id, version)?;
    let reason = text::paragraph("reason", &cancel.reason)?;
    check_deadlines(tx, &before)?;
    let after = EventRow {
        state: Word(EventState::Cancelled),
        ..before.clone()
    };
    save(tx, &before, after, ("cancel", Some(&reason)))
}

/// Answers a question, now or, as an editor may say with a reason, at an instant that has passed.
///
/// # Errors
/// All faults of the input; an answer before the question; [`Error::Conflict`] for an event that is
/// no question, is cancelled, or is answered and no editor corrects it; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn answer(
    tx: &mut Tx<'_>,
    id: EventId,
    answer: &AnswerQuestion,
    version: i32,
) -> Result<Event, Error> {
    let action = if answer.arrival.is_some() {
        Action::Edit
    } else {
        Action::ActForUnit
    };
    let before = load(tx, action, id, version)?;
    if !before.question {
        return Err(Error::Conflict(Invalid::new("", "event_no_question")));
    }
    if before.answered_at.is_some() && answer.arrival.is_none() {
        return Err(Error::Conflict(Invalid::new("", "event_answered")));
    }
    let text = text::paragraph("answer", &answer.answer)?;
    let arrival = answer.arrival.as_ref().map(|arrival| {
        let checked = arrival.checked(tx.now);
        checked.map_err(|all| all.into_iter().map(|fault| fault.within("arrival")))
    });
    let arrival = arrival.transpose().map_err(Iterator::collect::<Vec<_>>)?;
    let at = arrival
        .as_ref()
        .map_or(whole_seconds(tx.now), |arrival| arrival.at);
    if at < whole_seconds(*before.starts_at) {
        return Err(Invalid::new("arrival.at", "event_answer_early")
            .with("start", local_time(*before.starts_at))
            .into());
    }
    let after = EventRow {
        answer: Some(text),
        answered_at: Some(at.into()),
        ..before.clone()
    };
    let reason = arrival.map(|arrival| arrival.reason);
    save(tx, &before, after, ("answer", reason.as_deref()))
}

loadable!(EventRow: EventId, "event", events::find, unit_id);

/// An event that takes place and that the actor may act on.
fn load(tx: &mut Tx<'_>, action: Action, id: EventId, version: i32) -> Result<EventRow, Error> {
    let row: EventRow = tx.load(id, action, Some(version))?;
    if *row.state == EventState::Cancelled {
        return Err(Error::Conflict(Invalid::new("", "event_cancelled")));
    }
    Ok(row)
}

/// Checks that no deadline has passed, or that the actor decides exemptions.
fn check_deadlines(tx: &mut Tx<'_>, event: &EventRow) -> Result<(), Error> {
    for row in obligations::of_event(tx.conn, event.id)? {
        let due = *row.due_at;
        let passed = due < tx.now && *row.state != State::Exempt;
        if passed && !tx.may(Action::Decide, event.unit_id)? {
            return Err(Error::Conflict(
                Invalid::new("", "event_due_passed").with("due", local_due(due)),
            ));
        }
    }
    Ok(())
}

/// Saves an event after the action of that name, and the reason for it.
fn save(
    tx: &mut Tx<'_>,
    before: &EventRow,
    mut after: EventRow,
    (action, reason): (&str, Option<&str>),
) -> Result<Event, Error> {
    after.updated_at = tx.now.into();
    let row = events::update(tx.conn, after)?.ok_or(Error::Stale)?;
    tx.audit(action, "event", row.id)
        .unit(row.unit_id)
        .old(before)
        .new_value(&row)
        .reason(reason)
        .record()?;
    event_changed(tx, &row)?;
    of_row(tx.conn, row)
}
