//! Items, their authors and the steps that they went through.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::Serialize;

use super::schema::{item, item_author, item_step};
use super::types::{AsText, At, Json, Word};
use super::{Conn, StoreError};
use crate::domain::access::{ActorId, write_shown};
use crate::domain::field::Field;
use crate::domain::ids::{EventId, ItemId, PersonId, UnitId};
use crate::domain::item::{Changed, Channel, ItemAction, ItemPatch, ItemState, Review, Stand};
use crate::domain::text;
use crate::on_inner;

/// An item as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = item, treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ItemRow {
    #[diesel(skip_insertion)]
    pub id: ItemId,
    pub unit_id: UnitId,
    pub credited_unit_id: UnitId,
    pub kind: String,
    pub title: String,
    #[serde(skip)]
    pub title_folded: String,
    pub field: Option<Word<Field>>,
    pub url: Option<String>,
    /// Too long for the audit trail.
    #[serde(skip)]
    pub body: Option<String>,
    pub channel: Word<Channel>,
    pub event_id: Option<EventId>,
    pub happened_on: Option<NaiveDate>,
    pub state: Word<ItemState>,
    pub submitted_at: At,
    pub approved_at: Option<At>,
    pub approved_by: Option<String>,
    pub arrived_at: Option<At>,
    pub published_at: Option<At>,
    pub decided_at: Option<At>,
    pub return_lapses_at: Option<At>,
    pub grade: Option<i32>,
    pub reviewer_id: Option<AsText<ActorId>>,
    pub reviewer: Option<String>,
    pub in_review_at: Option<At>,
    pub version: i32,
    pub created_at: At,
    pub updated_at: At,
}

impl ItemRow {
    /// Where it stands, and whether the editorial board has it.
    pub fn stand(&self) -> Stand {
        let at_board = match *self.state {
            ItemState::Approved | ItemState::InReview => true,
            // handed in again after changes it keeps its arrival, and its days, until the leader
            // has approved
            ItemState::Submitted => self.arrived_at.is_some() && self.return_lapses_at.is_none(),
            _ => false,
        };
        Stand {
            state: *self.state,
            at_board,
        }
    }

    /// Its state as people see it.
    pub fn shown_state(&self) -> ItemState {
        match self.in_review_at {
            Some(_) => ItemState::InReview,
            None => *self.state,
        }
    }

    /// Who reviews it, as seen by an actor.
    pub fn review(&self, actor: ActorId) -> Review {
        match self.reviewer_id {
            None => Review::Nobody,
            Some(AsText(id)) if id == actor => Review::Own,
            Some(_) => Review::Other,
        }
    }

    /// No editor works on it any more.
    pub fn end_review(&mut self) {
        (self.reviewer_id, self.reviewer, self.in_review_at) = (None, None, None);
    }

    /// Whether it waits for the approval of the unit's leader.
    pub fn waits_for_leader(&self) -> bool {
        self.state == ItemState::Submitted && !self.stand().at_board
    }

    /// Whether it came back for changes and keeps its arrival if it is handed in again now.
    pub fn holds_place(&self, now: DateTime<Utc>) -> bool {
        self.arrived_at.is_some() && self.return_lapses_at.is_some_and(|lapses| now < *lapses)
    }

    /// The local date on which it arrived, or was handed in if it has not.
    pub fn counted_on(&self) -> NaiveDate {
        text::local_date(*self.arrived_at.unwrap_or(self.submitted_at))
    }

    /// Makes the changes of a checked patch, but for the authors.
    pub fn apply(&mut self, patch: ItemPatch) {
        if let Some(kind) = patch.kind {
            self.kind = kind;
        }
        if let Some(title) = patch.title {
            self.title_folded = text::fold(&title);
            self.title = title;
        }
        if let Some(field) = patch.field {
            self.field = field.map(Word);
        }
        self.url = patch.url.unwrap_or(self.url.take());
        self.body = patch.body.unwrap_or(self.body.take());
        self.event_id = patch.event_id.unwrap_or(self.event_id);
        self.happened_on = patch.happened_on.unwrap_or(self.happened_on);
    }
}

/// A step that an item went through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable, utoipa::ToSchema)]
#[diesel(table_name = item_step, treat_none_as_default_value = false)]
#[schema(as = StepFacts)]
pub struct ItemStepRow {
    /// Its number.
    #[diesel(skip_insertion)]
    #[serde(skip)]
    pub id: i64,
    /// The item.
    #[serde(skip)]
    pub item_id: ItemId,
    /// When.
    #[schema(value_type = DateTime<Utc>)]
    pub at: At,
    /// What was done: submit, record, approve, publish…
    #[schema(value_type = String)]
    pub action: Word<ItemAction>,
    /// The state that followed.
    #[schema(value_type = ItemState)]
    pub state: Word<ItemState>,
    /// Which actor did it.
    #[serde(skip)]
    pub actor_id: AsText<ActorId>,
    /// Who did it.
    #[serde(serialize_with = "write_shown")]
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// The item's arrival after it.
    #[serde(skip)]
    pub arrived_at: Option<At>,
    /// Until when the item held its place after it.
    #[serde(skip)]
    pub return_lapses_at: Option<At>,
    /// The item's grade after it.
    #[serde(skip)]
    pub grade: Option<i32>,
    /// What it changed; nothing for a step that changes the state alone.
    #[schema(value_type = Option<Vec<Changed>>)]
    pub changes: Option<Json<Vec<Changed>>>,
}

/// Writes a new item with its authors; its `id` is filled in here.
pub fn insert(
    conn: &mut Conn,
    mut row: ItemRow,
    authors: &[PersonId],
) -> Result<ItemRow, StoreError> {
    row.version = 1;
    row.id = diesel::insert_into(item::table)
        .values(&row)
        .returning(item::id)
        .get_result(conn)?;
    set_authors(conn, row.id, authors)?;
    Ok(row)
}

/// Replaces the authors of an item.
pub fn set_authors(
    conn: &mut Conn,
    item_id: ItemId,
    authors: &[PersonId],
) -> Result<(), StoreError> {
    diesel::delete(item_author::table.filter(item_author::item_id.eq(item_id))).execute(conn)?;
    if authors.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = authors
        .iter()
        .map(|person| {
            (
                item_author::item_id.eq(item_id),
                item_author::person_id.eq(*person),
            )
        })
        .collect();
    on_inner!(conn, c => diesel::insert_into(item_author::table).values(rows).execute(c))?;
    Ok(())
}

/// The authors of an item.
pub fn authors(conn: &mut Conn, item_id: ItemId) -> Result<Vec<PersonId>, StoreError> {
    Ok(item_author::table
        .filter(item_author::item_id.eq(item_id))
        .order(item_author::person_id)
        .select(item_author::person_id)
        .load(conn)?)
}

/// Saves an item if nobody has saved it since `row.version`; `None` if somebody has.
pub fn update(conn: &mut Conn, mut row: ItemRow) -> Result<Option<ItemRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let same = item::table
        .filter(item::id.eq(row.id))
        .filter(item::version.eq(known));
    let changed = diesel::update(same).set(&row).execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// An item by its id.
pub fn find(conn: &mut Conn, id: ItemId) -> Result<Option<ItemRow>, StoreError> {
    let one = ItemRow::query().filter(item::id.eq(id));
    Ok(one.get_result(conn).optional()?)
}

/// These items by their ids.
pub fn find_many(conn: &mut Conn, ids: &[ItemId]) -> Result<HashMap<ItemId, ItemRow>, StoreError> {
    let rows = ItemRow::query().filter(item::id.eq_any(ids)).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What tells items apart: unit, kind, title as it is searched for, and arrival.
pub type ItemKey = (UnitId, String, String, DateTime<Utc>);

/// Those of the items that arrived between two instants, both included, and were not taken back.
pub fn keys(
    conn: &mut Conn,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<ItemKey>, StoreError> {
    let found: Vec<(UnitId, String, String, Option<At>)> = item::table
        .filter(item::arrived_at.between(At(from), At(to)))
        .filter(item::state.ne(Word(ItemState::Withdrawn)))
        .select((
            item::unit_id,
            item::kind,
            item::title_folded,
            item::arrived_at,
        ))
        .load(conn)?;
    let whole = |(unit, kind, title, at): (_, _, _, Option<At>)| Some((unit, kind, title, *at?));
    Ok(found.into_iter().filter_map(whole).collect())
}

/// How many items of a unit were not taken back.
pub fn of_unit(conn: &mut Conn, unit: UnitId) -> Result<i64, StoreError> {
    let own = item::table.filter(item::unit_id.eq(unit));
    let kept = own.filter(item::state.ne(Word(ItemState::Withdrawn)));
    Ok(kept.count().get_result(conn)?)
}

/// How many items that report an event were not taken back.
pub fn of_event(conn: &mut Conn, event: EventId) -> Result<i64, StoreError> {
    let own = item::table.filter(item::event_id.eq(event));
    let kept = own.filter(item::state.ne(Word(ItemState::Withdrawn)));
    Ok(kept.count().get_result(conn)?)
}

/// Items of a unit that arrived at or after an instant: those that a merger recorded late hands to
/// the successor.
pub fn arrived_since(
    conn: &mut Conn,
    unit: UnitId,
    since: DateTime<Utc>,
) -> Result<Vec<ItemRow>, StoreError> {
    Ok(ItemRow::query()
        .filter(item::unit_id.eq(unit))
        .filter(item::arrived_at.ge(At(since)))
        .order((item::arrived_at, item::id))
        .load(conn)?)
}

/// Items that hold their place for changes until after an instant.
pub fn returned_until_after(
    conn: &mut Conn,
    at: DateTime<Utc>,
) -> Result<Vec<ItemRow>, StoreError> {
    let query = ItemRow::query().filter(item::return_lapses_at.gt(At(at)));
    Ok(query.order(item::id).load(conn)?)
}

/// Sets until when an item holds its place for changes.
pub fn set_return_lapses_at(
    conn: &mut Conn,
    id: ItemId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(item::table.find(id))
        .set(item::return_lapses_at.eq(At(at)))
        .execute(conn)?;
    Ok(())
}

/// Writes a step that an item went through.
pub fn insert_step(conn: &mut Conn, step: &ItemStepRow) -> Result<(), StoreError> {
    diesel::insert_into(item_step::table)
        .values(step)
        .execute(conn)?;
    Ok(())
}

/// The steps that an item went through, oldest first.
pub fn steps(conn: &mut Conn, item_id: ItemId) -> Result<Vec<ItemStepRow>, StoreError> {
    Ok(ItemStepRow::query()
        .filter(item_step::item_id.eq(item_id))
        .order(item_step::id)
        .load(conn)?)
}

/// The steps of these items, oldest first.
pub fn steps_of(
    conn: &mut Conn,
    items: &[ItemId],
) -> Result<HashMap<ItemId, Vec<ItemStepRow>>, StoreError> {
    let mut all: HashMap<ItemId, Vec<ItemStepRow>> = HashMap::new();
    for chunk in items.chunks(5_000) {
        let rows = ItemStepRow::query()
            .filter(item_step::item_id.eq_any(chunk))
            .order((item_step::item_id, item_step::id))
            .load(conn)?;
        for row in rows {
            all.entry(row.item_id).or_default().push(row);
        }
    }
    Ok(all)
}

/// Lets the steps that brought an item in at one instant say that it came at another.
pub fn correct_steps(conn: &mut Conn, item_id: ItemId, from: At, to: At) -> Result<(), StoreError> {
    let brought_in = item_step::table
        .filter(item_step::item_id.eq(item_id))
        .filter(item_step::arrived_at.eq(from));
    diesel::update(brought_in)
        .set(item_step::arrived_at.eq(to))
        .execute(conn)?;
    Ok(())
}

/// How many items there are.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(item::table.count().get_result(conn)?)
}
