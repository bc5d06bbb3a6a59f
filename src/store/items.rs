//! Items, their authors and the steps that they went through.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::Serialize;

use super::schema::{item, item_author, item_step};
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::field::Field;
use crate::domain::item::{Channel, ItemState};
use crate::on_inner;

/// An item as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = item, treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ItemRow {
    #[diesel(skip_insertion)]
    pub id: i64,
    pub unit_id: i64,
    pub credited_unit_id: i64,
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
    pub event_id: Option<i64>,
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
    pub version: i32,
    pub created_at: At,
    pub updated_at: At,
}

/// A step that an item went through.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = item_step, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ItemStepRow {
    #[diesel(skip_insertion)]
    pub id: i64,
    pub item_id: i64,
    pub at: At,
    pub action: String,
    pub state: Word<ItemState>,
    pub actor: String,
    pub reason: Option<String>,
}

/// Writes a new item with its authors; its `id` is filled in here.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, mut row: ItemRow, authors: &[i64]) -> Result<ItemRow, StoreError> {
    row.version = 1;
    row.id = diesel::insert_into(item::table)
        .values(&row)
        .returning(item::id)
        .get_result(conn)?;
    set_authors(conn, row.id, authors)?;
    Ok(row)
}

/// Replaces the authors of an item.
///
/// # Errors
/// Those of the database.
pub fn set_authors(conn: &mut Conn, item_id: i64, authors: &[i64]) -> Result<(), StoreError> {
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
///
/// # Errors
/// Those of the database.
pub fn authors(conn: &mut Conn, item_id: i64) -> Result<Vec<i64>, StoreError> {
    Ok(item_author::table
        .filter(item_author::item_id.eq(item_id))
        .order(item_author::person_id)
        .select(item_author::person_id)
        .load(conn)?)
}

/// Saves an item if nobody has saved it since `row.version`; `None` if somebody has.
///
/// # Errors
/// Those of the database.
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
///
/// # Errors
/// Those of the database.
pub fn find(conn: &mut Conn, id: i64) -> Result<Option<ItemRow>, StoreError> {
    let one = ItemRow::query().filter(item::id.eq(id));
    Ok(one.first(conn).optional()?)
}

/// Items of a unit that arrived at or after an instant: those that a merger recorded late hands to
/// the successor.
///
/// # Errors
/// Those of the database.
pub fn arrived_since(
    conn: &mut Conn,
    unit: i64,
    since: DateTime<Utc>,
) -> Result<Vec<ItemRow>, StoreError> {
    Ok(ItemRow::query()
        .filter(item::unit_id.eq(unit))
        .filter(item::arrived_at.ge(At(since)))
        .order((item::arrived_at, item::id))
        .load(conn)?)
}

/// Writes a step that an item went through.
///
/// # Errors
/// Those of the database.
pub fn insert_step(conn: &mut Conn, step: &ItemStepRow) -> Result<(), StoreError> {
    diesel::insert_into(item_step::table)
        .values(step)
        .execute(conn)?;
    Ok(())
}

/// The steps that an item went through, oldest first.
///
/// # Errors
/// Those of the database.
pub fn steps(conn: &mut Conn, item_id: i64) -> Result<Vec<ItemStepRow>, StoreError> {
    Ok(ItemStepRow::query()
        .filter(item_step::item_id.eq(item_id))
        .order(item_step::id)
        .load(conn)?)
}

/// How many items there are.
///
/// # Errors
/// Those of the database.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(item::table.count().get_result(conn)?)
}
