//! Registering events.

use crate::domain::event::{CheckedEvent, EventText, NewEvent};
use crate::domain::ids::UnitId;
use crate::service::core::access::{Action, require_named};
use crate::service::obligations::event_policy;
use crate::service::obligations::events::event_changed;
use crate::service::submissions::events::read::{Event, of_row};
use crate::service::{Error, Tx};
use crate::store::events::{self, EventRow};
use crate::store::obligations::ObligationRow;

/// Registers an event; its deadlines are open at once.
///
/// # Errors
/// All faults of the input; a unit that does not exist yet or has ended by then;
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn register(tx: &mut Tx<'_>, new: &NewEvent) -> Result<Event, Error> {
    let (unit_id, text) = new.clone().split();
    require_named(tx.conn, tx.actor, Action::ActForUnit, unit_id, "unit_id")?;
    let row = insert(tx, unit_id, &text, Origin::Registered)?;
    of_row(tx.conn, row)
}

/// Who registers an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Somebody who knows of it.
    Registered,
    /// An item that reports it.
    Item,
}

/// Registers an event for an actor that has the right to; the caller has checked that.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    text: &EventText,
    origin: Origin,
) -> Result<EventRow, Error> {
    let event = text.checked(tx.now)?;
    let unit = tx.lookups.unit(tx.conn, unit_id)?;
    event.when.check_life(unit.founded_on, unit.ended_on)?;
    let blank = EventRow {
        from_item: origin == Origin::Item,
        ..EventRow::blank(unit_id, tx.now)
    };
    let row = filled(tx, blank, event, &[])?;
    let row = events::insert(tx.conn, row)?;
    tx.audit("register", "event", row.id)
        .unit(unit_id)
        .new_value(&row)
        .record()?;
    event_changed(tx, &row)?;
    Ok(row)
}

/// The row with what a checked event says. Its time is read on the calendar that its deadlines
/// follow: those that are open, else those that it will ask for.
pub(super) fn filled(
    tx: &mut Tx<'_>,
    row: EventRow,
    event: CheckedEvent,
    open: &[ObligationRow],
) -> Result<EventRow, Error> {
    let policy = event_policy(tx, open, row.unit_id, event.when)?;
    let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
    let span = event.when.span(&calendar);
    Ok(row.filled(event, span))
}
