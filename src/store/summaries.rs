//! What a federation's daily summary tells: what arrived, what fell due, what is still owed.

use std::ops::Range;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::{credit, item, item_kind, item_step, obligation, unit};
use super::types::At;
use super::{Conn, StoreError};
use crate::domain::ids::{ItemId, ObligationId, UnitId};

/// An item that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct Arrived {
    pub item_id: ItemId,
    pub title: String,
    pub kind_name: String,
    pub unit_name: String,
    pub arrived_at: At,
}

/// What a federation's units handed in after `from` and up to `to`, unless it was withdrawn; by
/// time of arrival.
pub fn arrived(
    conn: &mut Conn,
    federation: UnitId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Arrived>, StoreError> {
    Ok(item::table
        .inner_join(unit::table.on(unit::id.eq(item::unit_id)))
        .inner_join(item_kind::table.on(item_kind::code.eq(item::kind)))
        .filter(unit::federation_id.eq(federation))
        .filter(item::arrived_at.gt(At(from)))
        .filter(item::arrived_at.le(At(to)))
        .filter(item::state.ne("withdrawn"))
        .order((item::arrived_at, item::id))
        .select((
            item::id,
            item::title,
            item_kind::name,
            unit::name,
            item::arrived_at.assume_not_null(),
        ))
        .load(conn)?)
}

/// What arrived by `until` but was entered, or had its arrival corrected, only after `seen_at`,
/// unless it was withdrawn; by time of arrival.
pub fn recorded_late(
    conn: &mut Conn,
    federation: UnitId,
    until: DateTime<Utc>,
    seen_at: DateTime<Utc>,
) -> Result<Vec<Arrived>, StoreError> {
    let corrected = item_step::table
        .filter(item_step::item_id.eq(item::id))
        .filter(item_step::action.eq("correct_arrival"))
        .filter(item_step::at.gt(At(seen_at)));
    Ok(item::table
        .inner_join(unit::table.on(unit::id.eq(item::unit_id)))
        .inner_join(item_kind::table.on(item_kind::code.eq(item::kind)))
        .filter(unit::federation_id.eq(federation))
        .filter(item::arrived_at.le(At(until)))
        .filter(item::updated_at.gt(At(seen_at)))
        .filter(
            item::created_at
                .gt(At(seen_at))
                .or(diesel::dsl::exists(corrected)),
        )
        .filter(item::state.ne("withdrawn"))
        .order((item::arrived_at, item::id))
        .select((
            item::id,
            item::title,
            item_kind::name,
            unit::name,
            item::arrived_at.assume_not_null(),
        ))
        .load(conn)?)
}

/// Those of the given items that came too late for a deadline.
pub fn late(conn: &mut Conn, items: &[ItemId]) -> Result<Vec<ItemId>, StoreError> {
    let mut all = Vec::new();
    for chunk in items.chunks(5_000) {
        all.extend(
            credit::table
                .filter(credit::item_id.eq_any(chunk))
                .filter(credit::status.eq("late"))
                .select(credit::item_id)
                .load::<ItemId>(conn)?,
        );
    }
    Ok(all)
}

/// Deadlines and quotas of a federation that fell due after `from` and up to `to`.
pub fn fell_due(
    conn: &mut Conn,
    federation: UnitId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<ObligationId>, StoreError> {
    Ok(obligation::table
        .select(obligation::id)
        .filter(obligation::federation_id.eq(federation))
        .filter(obligation::due_at.gt(At(from)))
        .filter(obligation::due_at.le(At(to)))
        .order((obligation::due_at, obligation::id))
        .load(conn)?)
}

/// Deadlines and quotas of a federation that fell due by `until` but were opened only after `seen_at`.
pub fn registered_late(
    conn: &mut Conn,
    federation: UnitId,
    until: DateTime<Utc>,
    seen_at: DateTime<Utc>,
) -> Result<Vec<ObligationId>, StoreError> {
    Ok(obligation::table
        .select(obligation::id)
        .filter(obligation::federation_id.eq(federation))
        .filter(obligation::due_at.le(At(until)))
        .filter(obligation::opened_at.gt(At(seen_at)))
        .order((obligation::due_at, obligation::id))
        .load(conn)?)
}

/// What a federation's units still owe at the end of a window: what is open and falls due from
/// then on up to `to`, and those that were missed before the window and for which what comes late
/// is still taken.
pub fn owed(
    conn: &mut Conn,
    federation: UnitId,
    window: &Range<DateTime<Utc>>,
    to: DateTime<Utc>,
) -> Result<Vec<ObligationId>, StoreError> {
    let (before, at) = (window.start, window.end);
    let coming = obligation::state
        .eq("open")
        .and(obligation::due_at.gt(At(at)))
        .and(obligation::due_at.le(At(to)));
    let late = obligation::state
        .eq("missed")
        .and(obligation::due_at.le(At(before)))
        .and(obligation::missed_at.gt(At(at)));
    Ok(obligation::table
        .select(obligation::id)
        .filter(obligation::federation_id.eq(federation))
        .filter(coming.or(late.assume_not_null()))
        .order((obligation::due_at, obligation::id))
        .load(conn)?)
}
