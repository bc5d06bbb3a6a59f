//! Obligations that something that arrives may credit.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::ids::{PersonId, UnitId};
use crate::store::obligations::ObligationRow;
use crate::store::schema::{obligation, person};
use crate::store::types::At;
use crate::store::{Conn, StoreError};

/// Obligations over periods (none of events) of these units themselves whose window or extra time
/// holds `at`.
pub fn of_units_at(
    conn: &mut Conn,
    units: &[UnitId],
    at: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::unit_id.eq_any(units))
        .filter(obligation::person_id.is_null())
        .filter(obligation::event_id.is_null())
        .filter(takes_arrivals(At(at)))
        .order((obligation::window_from, obligation::id))
        .load(conn)?)
}

/// Obligations over periods (none of events) of these units themselves that take arrivals after an
/// instant.
pub fn of_units_since(
    conn: &mut Conn,
    units: &[UnitId],
    since: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, StoreError> {
    let after = obligation::due_at
        .gt(At(since))
        .or(obligation::window_to.gt(At(since)));
    Ok(ObligationRow::query()
        .filter(obligation::unit_id.eq_any(units))
        .filter(obligation::person_id.is_null())
        .filter(obligation::event_id.is_null())
        .filter(after)
        .order(obligation::id)
        .load(conn)?)
}

/// Obligations over periods of the human beings behind these people whose window or extra time holds
/// `at`.
pub fn of_persons_at(
    conn: &mut Conn,
    people: &[PersonId],
    at: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, StoreError> {
    let humans = person::table
        .filter(person::id.eq_any(people))
        .select(person::first_id);
    Ok(ObligationRow::query()
        .filter(obligation::person_id.eq_any(humans))
        .filter(takes_arrivals(At(at)))
        .order((obligation::window_from, obligation::id))
        .load(conn)?)
}

/// Whether what arrives at `at` may credit it: its window or its extra time holds `at`, or it is
/// tied to neighbours.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn takes_arrivals(at: At) -> _ {
    let tied: bool = true;
    let not_over = obligation::window_to
        .ge(at)
        .or(obligation::chained.eq(tied))
        .or(obligation::missed_at.ge(at));
    obligation::window_from.le(at).and(not_over)
}
