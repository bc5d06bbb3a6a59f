//! What was handed in, as the fold reads it.

use chrono::{DateTime, Utc};
use diesel::dsl::auto_type;
use diesel::prelude::*;

use crate::domain::ids::{EventId, ItemId, PersonId, UnitId};
use crate::domain::item::{ItemState, Stood};
use crate::store::items::ItemRow;
use crate::store::schema::{
    event, item, item_author, item_step, person, unit_ancestor, unit_ancestor_past,
};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// What the fold needs to know of an item.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ArrivedItem<Owner> {
    pub item_id: ItemId,
    /// The unit, person or event that it was looked up by.
    pub owner: Owner,
    pub kind: String,
    pub field: Option<String>,
    pub state: Word<ItemState>,
    pub arrived_at: Option<At>,
    pub published_at: Option<At>,
    pub return_lapses_at: Option<At>,
    pub grade: Option<i32>,
}

impl<Owner> ArrivedItem<Owner> {
    /// How it stands.
    pub fn stood(&self) -> Stood {
        Stood {
            state: *self.state,
            arrived_at: self.arrived_at.map(|at| *at),
            published_at: self.published_at.map(|at| *at),
            return_lapses_at: self.return_lapses_at.map(|at| *at),
            grade: self.grade,
        }
    }
}

impl From<&ItemRow> for ArrivedItem<UnitId> {
    fn from(row: &ItemRow) -> Self {
        Self {
            item_id: row.id,
            owner: row.credited_unit_id,
            kind: row.kind.clone(),
            field: row.field.map(|field| field.to_string()),
            state: row.state,
            arrived_at: row.arrived_at,
            published_at: row.published_at,
            return_lapses_at: row.return_lapses_at,
            grade: row.grade,
        }
    }
}

/// Which arrivals are read: those between two instants, the second included.
#[derive(Debug, Clone, Copy)]
pub struct Arrived {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The last instant.
    pub to: DateTime<Utc>,
    /// Whether arrivals are read, too, that do not count any more: the item arrived anew later.
    pub former: bool,
}

/// The items that once arrived between two instants.
#[auto_type(no_type_alias)]
fn once_arrived(from: At, to: At) -> _ {
    item_step::table
        .filter(item_step::arrived_at.between(from, to))
        .select(item_step::item_id)
}

/// The query for the items that arrived when asked for.
macro_rules! arrived {
    ($query:expr, $when:expr) => {{
        let (from, to) = (At($when.from), At($when.to));
        let arrived = item::arrived_at.between(from, to);
        let query = $query.into_boxed();
        if $when.former {
            query.filter(arrived.or(item::id.eq_any(once_arrived(from, to)).nullable()))
        } else {
            query.filter(arrived)
        }
    }};
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
            item::grade,
        )
    };
}

/// What the units handed in themselves when asked for, by unit.
pub fn arrivals_of_units(
    conn: &mut Conn,
    units: &[UnitId],
    when: Arrived,
) -> Result<Vec<ArrivedItem<UnitId>>, StoreError> {
    let mut all = Vec::new();
    for chunk in units.chunks(5_000) {
        let of_units = item::table
            .filter(item::credited_unit_id.eq_any(chunk))
            .select(arrived_item!(item::credited_unit_id));
        all.extend(arrived!(of_units, when).load::<ArrivedItem<UnitId>>(conn)?);
    }
    Ok(all)
}

/// What a unit and all that were below it at the arrival handed in between two instants (the second
/// included).
pub fn arrivals_below(
    conn: &mut Conn,
    unit_id: UnitId,
    when: Arrived,
) -> Result<Vec<ArrivedItem<UnitId>>, StoreError> {
    let below = unit_ancestor::unit_id
        .eq(item::credited_unit_id)
        .and(item::arrived_at.ge(unit_ancestor::since_at.nullable()));
    let inside = item::table
        .inner_join(unit_ancestor::table.on(below))
        .filter(unit_ancestor::ancestor_id.eq(unit_id))
        .select(arrived_item!(item::credited_unit_id));
    let mut all: Vec<ArrivedItem<UnitId>> = arrived!(inside, when).load(conn)?;
    let below = unit_ancestor_past::unit_id
        .eq(item::credited_unit_id)
        .and(item::arrived_at.ge(unit_ancestor_past::from_at.nullable()))
        .and(item::arrived_at.lt(unit_ancestor_past::to_at.nullable()));
    let left = item::table
        .inner_join(unit_ancestor_past::table.on(below))
        .filter(unit_ancestor_past::ancestor_id.eq(unit_id))
        .select(arrived_item!(item::credited_unit_id));
    all.extend(arrived!(left, when).load::<ArrivedItem<UnitId>>(conn)?);
    Ok(all)
}

/// What human beings had a hand in when asked for, under whichever post, by human being.
pub fn arrivals_of_humans(
    conn: &mut Conn,
    humans: &[PersonId],
    when: Arrived,
) -> Result<Vec<ArrivedItem<PersonId>>, StoreError> {
    let mut all = Vec::new();
    for chunk in humans.chunks(5_000) {
        let of_humans = item::table
            .inner_join(item_author::table.on(item_author::item_id.eq(item::id)))
            .inner_join(person::table.on(person::id.eq(item_author::person_id)))
            .filter(person::first_id.assume_not_null().eq_any(chunk))
            .select(arrived_item!(person::first_id.assume_not_null()));
        all.extend(arrived!(of_humans, when).load::<ArrivedItem<PersonId>>(conn)?);
    }
    Ok(all)
}

/// What was handed in about events, by event; only by the unit whose event it is or its successor.
pub fn arrivals_about(
    conn: &mut Conn,
    events: &[EventId],
) -> Result<Vec<ArrivedItem<EventId>>, StoreError> {
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
                .select(arrived_item!(event::id))
                .load::<ArrivedItem<EventId>>(conn)?,
        );
    }
    Ok(all)
}
