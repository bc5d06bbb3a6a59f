//! What was handed in, as the fold reads it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::item::ItemState;
use crate::store::schema::{event, item, item_author, person, unit_ancestor, unit_ancestor_past};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// What the fold needs to know of an item.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ArrivedItem {
    pub item_id: i64,
    /// The unit, person or event that it was looked up by.
    pub owner: i64,
    pub kind: String,
    pub field: Option<String>,
    pub state: Word<ItemState>,
    pub arrived_at: Option<At>,
    pub published_at: Option<At>,
    pub return_lapses_at: Option<At>,
}

macro_rules! arrived_item {
    ($owner:expr) => {
        (
            item::id,
            $owner,
            item::kind,
            item::field,
            item::state,
            item::arrived_at,
            item::published_at,
            item::return_lapses_at,
        )
    };
}

/// What the units handed in themselves between two instants (the second included), by unit.
pub fn arrivals_of_units(
    conn: &mut Conn,
    units: &[i64],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<ArrivedItem>, StoreError> {
    let mut all = Vec::new();
    for chunk in units.chunks(5_000) {
        all.extend(
            item::table
                .filter(item::credited_unit_id.eq_any(chunk))
                .filter(item::arrived_at.between(At(from), At(to)))
                .select(arrived_item!(item::credited_unit_id))
                .load::<ArrivedItem>(conn)?,
        );
    }
    Ok(all)
}

/// What a unit and all that were below it at the arrival handed in between two instants (the second
/// included).
pub fn arrivals_below(
    conn: &mut Conn,
    unit_id: i64,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<ArrivedItem>, StoreError> {
    let arrived = item::arrived_at.between(At(from), At(to));
    let below = unit_ancestor::unit_id
        .eq(item::credited_unit_id)
        .and(item::arrived_at.ge(unit_ancestor::since_at.nullable()));
    let mut all: Vec<ArrivedItem> = item::table
        .inner_join(unit_ancestor::table.on(below))
        .filter(unit_ancestor::ancestor_id.eq(unit_id))
        .filter(arrived)
        .select(arrived_item!(item::credited_unit_id))
        .load(conn)?;
    let below = unit_ancestor_past::unit_id
        .eq(item::credited_unit_id)
        .and(item::arrived_at.ge(unit_ancestor_past::from_at.nullable()))
        .and(item::arrived_at.lt(unit_ancestor_past::to_at.nullable()));
    let left: Vec<ArrivedItem> = item::table
        .inner_join(unit_ancestor_past::table.on(below))
        .filter(unit_ancestor_past::ancestor_id.eq(unit_id))
        .filter(arrived)
        .select(arrived_item!(item::credited_unit_id))
        .load(conn)?;
    all.extend(left);
    Ok(all)
}

/// What human beings had a hand in between two instants (the second included), under whichever post,
/// by human being.
pub fn arrivals_of_humans(
    conn: &mut Conn,
    humans: &[i64],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<ArrivedItem>, StoreError> {
    let mut all = Vec::new();
    for chunk in humans.chunks(5_000) {
        all.extend(
            item::table
                .inner_join(item_author::table.on(item_author::item_id.eq(item::id)))
                .inner_join(person::table.on(person::id.eq(item_author::person_id)))
                .filter(person::first_id.assume_not_null().eq_any(chunk))
                .filter(item::arrived_at.between(At(from), At(to)))
                .select(arrived_item!(person::first_id.assume_not_null()))
                .load::<ArrivedItem>(conn)?,
        );
    }
    Ok(all)
}

/// What was handed in about events, by event; only by the unit whose event it is or its successor.
pub fn arrivals_about(conn: &mut Conn, events: &[i64]) -> Result<Vec<ArrivedItem>, StoreError> {
    let mut all = Vec::new();
    for chunk in events.chunks(5_000) {
        all.extend(
            item::table
                .inner_join(event::table.on(item::event_id.eq(event::id.nullable())))
                .filter(item::event_id.eq_any(chunk))
                .filter(
                    item::unit_id
                        .eq(event::unit_id)
                        .or(item::credited_unit_id.eq(event::unit_id)),
                )
                .filter(item::arrived_at.is_not_null())
                .select(arrived_item!(event::id))
                .load::<ArrivedItem>(conn)?,
        );
    }
    Ok(all)
}
