//! Obligations that something that arrives may credit.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::store::obligations::ObligationRow;
use crate::store::schema::{obligation, unit_ancestor};
use crate::store::types::At;
use crate::store::{Conn, StoreError};

/// Obligations over periods (none of events) of the unit itself whose window or extra time holds
/// `at`.
pub fn of_unit_at(
    conn: &mut Conn,
    unit_id: i64,
    at: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::unit_id.eq(unit_id))
        .filter(obligation::person_id.is_null())
        .filter(obligation::event_id.is_null())
        .filter(takes_arrivals(At(at)))
        .order((obligation::window_from, obligation::id))
        .load(conn)?)
}

/// Obligations over periods of these persons whose window or extra time holds `at`.
pub fn of_persons_at(
    conn: &mut Conn,
    persons: &[i64],
    at: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::person_id.eq_any(persons))
        .filter(takes_arrivals(At(at)))
        .order((obligation::window_from, obligation::id))
        .load(conn)?)
}

/// Ids of obligations of the given rules that the units above `unit_id` owe for a window that holds
/// `at`.
pub fn above_at(
    conn: &mut Conn,
    rules: &[i64],
    unit_id: i64,
    at: DateTime<Utc>,
) -> Result<Vec<i64>, StoreError> {
    let above = unit_ancestor::table
        .filter(unit_ancestor::unit_id.eq(unit_id))
        .select(unit_ancestor::ancestor_id);
    Ok(obligation::table
        .filter(obligation::rule_id.eq_any(rules))
        .filter(obligation::unit_id.eq_any(above))
        .filter(takes_arrivals(At(at)))
        .select(obligation::id)
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
