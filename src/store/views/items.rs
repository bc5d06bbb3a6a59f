//! Items as lists show them. An item belongs to the unit that handed it in and to the one that it
//! counts for; who reads either reads the item.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::human::written_by;
use super::inside;
use super::people::pattern;
use super::visible::{Condition, few_units, items_seen, obligations_seen, own_items};
use crate::domain::access::Scope;
use crate::domain::field::Field;
use crate::domain::ids::{EventId, ItemId, ObligationId, PersonId, UnitId};
use crate::domain::item::ItemState;
use crate::store::items::ItemRow;
use crate::store::schema::{credit, item, item_author, obligation, person};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// Which items a list shows; all conditions hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// Of this unit and all below it.
    pub below: Option<UnitId>,
    /// Of this unit alone.
    pub unit_id: Option<UnitId>,
    /// With the human being behind this person among the authors.
    pub author_id: Option<PersonId>,
    /// About this event.
    pub event_id: Option<EventId>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Of this field.
    pub field: Option<Field>,
    /// In this state.
    pub state: Option<ItemState>,
    /// Part of the title, with or without diacritics.
    pub search: Option<String>,
    /// Arrived at or after this instant.
    pub arrived_from: Option<DateTime<Utc>>,
    /// Arrived before this instant.
    pub arrived_before: Option<DateTime<Utc>>,
}

/// By what a list of items is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemOrder {
    /// When they were handed in.
    Submitted,
    /// When they arrived; those that have not arrived come first.
    Arrived,
    /// Their titles, without diacritics.
    Title,
}

/// A row of an ordered list, by what it is ordered by: the cursor of the part that begins behind it.
/// The part stays the same while rows are added before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behind {
    /// In the order of handing in.
    Submitted(ItemId),
    /// In the order of arrival.
    Arrived(
        #[serde(deserialize_with = "crate::domain::years::read")] Option<DateTime<Utc>>,
        ItemId,
    ),
    /// In the order of titles, without diacritics.
    Title(String, ItemId),
}

/// Which part of an ordered list is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// By what it is ordered.
    pub order: ItemOrder,
    /// Whether from the end.
    pub from_end: bool,
    /// The row before it; `None` for the first part. One of another order is ignored.
    pub after: Option<Behind>,
    /// At most how many rows it has.
    pub limit: i64,
}

impl Slice {
    /// What was handed in last first, behind an item.
    pub fn newest(after: Option<ItemId>, limit: i64) -> Self {
        Self {
            order: ItemOrder::Submitted,
            from_end: true,
            after: after.map(Behind::Submitted),
            limit,
        }
    }

    /// The cursor of the part behind a row.
    pub fn behind(&self, row: &ItemRow) -> Behind {
        match self.order {
            ItemOrder::Submitted => Behind::Submitted(row.id),
            ItemOrder::Arrived => Behind::Arrived(row.arrived_at.map(|at| at.0), row.id),
            ItemOrder::Title => Behind::Title(row.title_folded.clone(), row.id),
        }
    }

    /// That a row comes behind the cursor; `None` for the first part.
    fn begins(&self) -> Option<Condition<item::table>> {
        let arrived = || item::arrived_at.assume_not_null();
        Some(match (self.order, self.after.clone()?, self.from_end) {
            (ItemOrder::Submitted, Behind::Submitted(id), false) => Box::new(item::id.gt(id)),
            (ItemOrder::Submitted, Behind::Submitted(id), true) => Box::new(item::id.lt(id)),
            (ItemOrder::Title, Behind::Title(title, id), false) => Box::new(
                item::title_folded
                    .gt(title.clone())
                    .or(item::title_folded.eq(title).and(item::id.gt(id))),
            ),
            (ItemOrder::Title, Behind::Title(title, id), true) => Box::new(
                item::title_folded
                    .lt(title.clone())
                    .or(item::title_folded.eq(title).and(item::id.lt(id))),
            ),
            (ItemOrder::Arrived, Behind::Arrived(Some(at), id), false) => Box::new(
                item::arrived_at.is_not_null().and(
                    arrived()
                        .gt(At(at))
                        .or(arrived().eq(At(at)).and(item::id.gt(id))),
                ),
            ),
            (ItemOrder::Arrived, Behind::Arrived(Some(at), id), true) => Box::new(
                item::arrived_at.is_null().or(arrived()
                    .lt(At(at))
                    .or(arrived().eq(At(at)).and(item::id.lt(id)))),
            ),
            (ItemOrder::Arrived, Behind::Arrived(None, id), false) => {
                Box::new(item::arrived_at.is_not_null().or(item::id.gt(id)))
            }
            (ItemOrder::Arrived, Behind::Arrived(None, id), true) => {
                Box::new(item::arrived_at.is_null().and(item::id.lt(id)))
            }
            _ => return None,
        })
    }
}

/// Adds the conditions of a filter to a boxed query over items.
macro_rules! filtered {
    ($conn:expr, $query:expr, $scope:expr, $filter:expr) => {{
        let (scope, filter): (&Scope, &ItemFilter) = ($scope, $filter);
        let mut query = $query.filter(items_seen(scope));
        if let Some(units) = few_units($conn, scope)? {
            let of_units = item::unit_id
                .eq_any(units.clone())
                .or(item::credited_unit_id.eq_any(units));
            query = match scope {
                Scope::Own(own) => query.filter(of_units.or(own_items(own))),
                Scope::All | Scope::Below(_) => query.filter(of_units),
            };
        }
        if let Some(root) = filter.below {
            query = query.filter(
                item::unit_id
                    .eq_any(inside(root))
                    .or(item::credited_unit_id.eq_any(inside(root))),
            );
        }
        if let Some(unit) = filter.unit_id {
            query = query.filter(item::unit_id.eq(unit).or(item::credited_unit_id.eq(unit)));
        }
        if let Some(person) = filter.author_id {
            query = query.filter(written_by(person));
        }
        if let Some(event) = filter.event_id {
            query = query.filter(item::event_id.eq(event));
        }
        if let Some(kind) = &filter.kind {
            query = query.filter(item::kind.eq(kind.clone()));
        }
        if let Some(field) = filter.field {
            query = query.filter(item::field.eq(Word(field)));
        }
        if let Some(state) = filter.state {
            query = match state {
                ItemState::InReview => query.filter(item::in_review_at.is_not_null()),
                state => query.filter(
                    item::state
                        .eq(Word(state))
                        .and(item::in_review_at.is_null()),
                ),
            };
        }
        if let Some(part) = &filter.search {
            query = query.filter(item::title_folded.like(pattern(part)).escape('\\'));
        }
        if let Some(from) = filter.arrived_from {
            query = query.filter(item::arrived_at.ge(At(from)));
        }
        if let Some(before) = filter.arrived_before {
            query = query.filter(item::arrived_at.lt(At(before)));
        }
        query
    }};
}

/// A part of the list of items in an order.
pub fn page(
    conn: &mut Conn,
    scope: &Scope,
    filter: &ItemFilter,
    slice: &Slice,
) -> Result<Vec<ItemRow>, StoreError> {
    let mut query = filtered!(conn, ItemRow::query().into_boxed(), scope, filter);
    if let Some(begins) = slice.begins() {
        query = query.filter(begins);
    }
    let query = match (slice.order, slice.from_end) {
        (ItemOrder::Submitted, false) => query.order(item::id.asc()),
        (ItemOrder::Submitted, true) => query.order(item::id.desc()),
        (ItemOrder::Arrived, false) => query.order((
            item::arrived_at.is_null().desc(),
            item::arrived_at.asc(),
            item::id.asc(),
        )),
        (ItemOrder::Arrived, true) => query.order((
            item::arrived_at.is_null().asc(),
            item::arrived_at.desc(),
            item::id.desc(),
        )),
        (ItemOrder::Title, false) => query.order((item::title_folded.asc(), item::id.asc())),
        (ItemOrder::Title, true) => query.order((item::title_folded.desc(), item::id.desc())),
    };
    Ok(query.limit(slice.limit).load(conn)?)
}

/// How many items a list shows.
pub fn count(conn: &mut Conn, scope: &Scope, filter: &ItemFilter) -> Result<i64, StoreError> {
    let all = item::table.select(diesel::dsl::count_star()).into_boxed();
    Ok(filtered!(conn, all, scope, filter).get_result(conn)?)
}

/// How many items of a list come before a part of it, of `total`.
pub fn before(
    conn: &mut Conn,
    scope: &Scope,
    filter: &ItemFilter,
    (slice, total): (&Slice, i64),
) -> Result<i64, StoreError> {
    let Some(begins) = slice.begins() else {
        return Ok(0);
    };
    let rest = item::table.select(diesel::dsl::count_star()).into_boxed();
    let rest: i64 = filtered!(conn, rest.filter(begins), scope, filter).get_result(conn)?;
    Ok(total - rest)
}

/// An item by id, if it lies in `scope`.
pub fn find(conn: &mut Conn, scope: &Scope, id: ItemId) -> Result<Option<ItemRow>, StoreError> {
    let one = ItemRow::query()
        .filter(item::id.eq(id))
        .filter(items_seen(scope));
    Ok(one.get_result(conn).optional()?)
}

/// Those of these items that lie in `scope`, in order of id.
pub fn find_many(
    conn: &mut Conn,
    scope: &Scope,
    ids: &[ItemId],
) -> Result<Vec<ItemRow>, StoreError> {
    let some = ItemRow::query()
        .filter(item::id.eq_any(ids))
        .filter(items_seen(scope));
    Ok(some.order(item::id).load(conn)?)
}

/// Ids and names of the authors of these items, by item; who may see an item may see who wrote it.
pub fn authors(
    conn: &mut Conn,
    items: &[ItemId],
) -> Result<HashMap<ItemId, Vec<(PersonId, String)>>, StoreError> {
    let found: Vec<(ItemId, PersonId, String)> = item_author::table
        .inner_join(person::table.on(person::id.eq(item_author::person_id)))
        .filter(item_author::item_id.eq_any(items))
        .order((item_author::item_id, item_author::person_id))
        .select((item_author::item_id, person::id, person::name))
        .load(conn)?;
    let mut all: HashMap<ItemId, Vec<(PersonId, String)>> = HashMap::new();
    for (item, id, name) in found {
        all.entry(item).or_default().push((id, name));
    }
    Ok(all)
}

/// What an item is worth to an obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, utoipa::ToSchema)]
#[diesel(table_name = credit)]
#[schema(as = WorthFacts)]
pub struct ItemCredit {
    /// The obligation.
    pub obligation_id: ObligationId,
    /// counted, pending, surplus, carried, late or void.
    pub status: String,
}

/// What an item is worth to each obligation that the reader sees.
pub fn credits(
    conn: &mut Conn,
    scope: &Scope,
    item: ItemId,
) -> Result<Vec<ItemCredit>, StoreError> {
    Ok(ItemCredit::query()
        .inner_join(obligation::table.on(obligation::id.eq(credit::obligation_id)))
        .filter(credit::item_id.eq(item))
        .filter(obligations_seen(scope))
        .order(credit::obligation_id)
        .load(conn)?)
}

/// What each of these items is worth to each obligation that the reader sees: (item, obligation).
pub fn credited(
    conn: &mut Conn,
    scope: &Scope,
    items: &[ItemId],
) -> Result<Vec<(ItemId, ObligationId)>, StoreError> {
    Ok(credit::table
        .inner_join(obligation::table.on(obligation::id.eq(credit::obligation_id)))
        .filter(credit::item_id.eq_any(items))
        .filter(obligations_seen(scope))
        .order((credit::item_id, credit::obligation_id))
        .select((credit::item_id, credit::obligation_id))
        .load(conn)?)
}

/// Which items of these units wait for the approval of their leader: what came back for changes and
/// was handed in again keeps its arrival.
#[diesel::dsl::auto_type(no_type_alias)]
fn with_leader_of<'q>(units: &'q [UnitId]) -> _ {
    let state: Word<ItemState> = Word(ItemState::Submitted);
    let waits = item::arrived_at
        .is_null()
        .or(item::return_lapses_at.is_not_null());
    item::unit_id
        .eq_any(units)
        .and(item::state.eq(state))
        .and(waits)
}

/// How many items of these units wait for the approval of their leader, and the one that has waited
/// longest.
pub fn waiting_for_leader(
    conn: &mut Conn,
    units: &[UnitId],
) -> Result<(i64, Option<ItemRow>), StoreError> {
    let number = item::table
        .filter(with_leader_of(units))
        .count()
        .get_result(conn)?;
    let first = ItemRow::query()
        .filter(with_leader_of(units))
        .order((item::submitted_at, item::id))
        .first(conn)
        .optional()?;
    Ok((number, first))
}

/// Items at the editorial board, those that have waited longest first: of this unit and all below it
/// (`None` = of all), of these fields or of none (empty = of every field).
pub fn at_board(
    conn: &mut Conn,
    unit: Option<UnitId>,
    fields: &[Field],
    limit: i64,
) -> Result<Vec<ItemRow>, StoreError> {
    let submitted = item::state
        .eq(Word(ItemState::Submitted))
        .and(item::arrived_at.is_not_null())
        .and(item::return_lapses_at.is_null());
    let mut query = ItemRow::query()
        .filter(item::state.eq(Word(ItemState::Approved)).or(submitted))
        .order((item::arrived_at, item::id))
        .limit(limit)
        .into_boxed();
    if let Some(root) = unit {
        query = query.filter(
            item::unit_id
                .eq_any(inside(root))
                .or(item::credited_unit_id.eq_any(inside(root))),
        );
    }
    if !fields.is_empty() {
        let fields: Vec<Word<Field>> = fields.iter().copied().map(Word).collect();
        query = query.filter(item::field.is_null().or(item::field.eq_any(fields)));
    }
    Ok(query.load(conn)?)
}
