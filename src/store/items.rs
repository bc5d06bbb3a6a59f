//! Items, their authors and their way through the app; events.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use super::schema::{event, item, item_author, item_step};
use super::{Conn, StoreError};
use crate::on_inner;

/// An event as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, AsChangeset)]
#[diesel(table_name = event, treat_none_as_null = true)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct EventRow {
    pub id: i64,
    pub unit_id: i64,
    pub title: String,
    #[serde(skip)]
    pub title_folded: String,
    pub place: Option<String>,
    pub ordinary: bool,
    pub topical: bool,
    pub question: bool,
    pub date_only: bool,
    pub starts_at: i64,
    pub ends_at: i64,
    pub answered_at: Option<i64>,
    pub answer: Option<String>,
    pub state: String,
    pub from_item: bool,
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

/// An item as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, AsChangeset)]
#[diesel(table_name = item, treat_none_as_null = true)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ItemRow {
    pub id: i64,
    pub unit_id: i64,
    pub credited_unit_id: i64,
    pub kind: String,
    pub title: String,
    #[serde(skip)]
    pub title_folded: String,
    pub field: Option<String>,
    pub url: Option<String>,
    /// Too long for the audit trail.
    #[serde(skip)]
    pub body: Option<String>,
    pub channel: String,
    pub event_id: Option<i64>,
    pub happened_on: Option<NaiveDate>,
    pub state: String,
    pub submitted_at: i64,
    pub approved_at: Option<i64>,
    pub approved_by: Option<String>,
    pub arrived_at: Option<i64>,
    pub published_at: Option<i64>,
    pub decided_at: Option<i64>,
    pub return_lapses_at: Option<i64>,
    pub grade: Option<i32>,
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

/// One step of an item's way.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = item_step)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ItemStepRow {
    pub id: i64,
    pub item_id: i64,
    pub at: i64,
    pub action: String,
    pub state: String,
    pub actor: String,
    pub reason: Option<String>,
}

/// Writes a new event; its `id` is filled in here.
///
/// # Errors
/// Only the database's own.
pub fn insert_event(conn: &mut Conn, mut row: EventRow) -> Result<EventRow, StoreError> {
    row.version = 1;
    row.id = diesel::insert_into(event::table)
        .values((
            (
                event::unit_id.eq(row.unit_id),
                event::title.eq(&row.title),
                event::title_folded.eq(&row.title_folded),
            ),
            (
                event::place.eq(row.place.as_ref()),
                event::ordinary.eq(row.ordinary),
                event::topical.eq(row.topical),
            ),
            (
                event::question.eq(row.question),
                event::date_only.eq(row.date_only),
                event::starts_at.eq(row.starts_at),
            ),
            (
                event::ends_at.eq(row.ends_at),
                event::answered_at.eq(row.answered_at),
                event::answer.eq(row.answer.as_ref()),
            ),
            (
                event::state.eq(&row.state),
                event::from_item.eq(row.from_item),
            ),
            (
                event::created_at.eq(row.created_at),
                event::updated_at.eq(row.updated_at),
            ),
        ))
        .returning(event::id)
        .get_result(conn)?;
    Ok(row)
}

/// Saves an event if nobody saved since `row.version`; `None` if somebody did.
///
/// # Errors
/// Only the database's own.
pub fn update_event(conn: &mut Conn, mut row: EventRow) -> Result<Option<EventRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let same = event::table
        .filter(event::id.eq(row.id))
        .filter(event::version.eq(known));
    let changed = diesel::update(same).set(&row).execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// An event by id.
///
/// # Errors
/// Only the database's own.
pub fn find_event(conn: &mut Conn, id: i64) -> Result<Option<EventRow>, StoreError> {
    Ok(EventRow::query()
        .filter(event::id.eq(id))
        .first(conn)
        .optional()?)
}

/// Events by id; missing ones are left out.
///
/// # Errors
/// Only the database's own.
pub fn find_events(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, EventRow>, StoreError> {
    let mut all = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(5_000) {
        for row in EventRow::query()
            .filter(event::id.eq_any(chunk))
            .load(conn)?
        {
            all.insert(row.id, row);
        }
    }
    Ok(all)
}

/// Writes a new item with its authors; its `id` is filled in here.
///
/// # Errors
/// Only the database's own.
pub fn insert_item(
    conn: &mut Conn,
    mut row: ItemRow,
    authors: &[i64],
) -> Result<ItemRow, StoreError> {
    row.version = 1;
    row.id = diesel::insert_into(item::table)
        .values((
            (
                item::unit_id.eq(row.unit_id),
                item::credited_unit_id.eq(row.credited_unit_id),
                item::kind.eq(&row.kind),
            ),
            (
                item::title.eq(&row.title),
                item::title_folded.eq(&row.title_folded),
                item::field.eq(row.field.as_ref()),
            ),
            (
                item::url.eq(row.url.as_ref()),
                item::body.eq(row.body.as_ref()),
                item::channel.eq(&row.channel),
            ),
            (
                item::event_id.eq(row.event_id),
                item::happened_on.eq(row.happened_on),
                item::state.eq(&row.state),
            ),
            (
                item::submitted_at.eq(row.submitted_at),
                item::approved_at.eq(row.approved_at),
            ),
            (
                item::approved_by.eq(row.approved_by.as_ref()),
                item::arrived_at.eq(row.arrived_at),
            ),
            (
                item::published_at.eq(row.published_at),
                item::decided_at.eq(row.decided_at),
            ),
            (
                item::return_lapses_at.eq(row.return_lapses_at),
                item::grade.eq(row.grade),
            ),
            (
                item::created_at.eq(row.created_at),
                item::updated_at.eq(row.updated_at),
            ),
        ))
        .returning(item::id)
        .get_result(conn)?;
    set_authors(conn, row.id, authors)?;
    Ok(row)
}

/// Replaces the authors of an item.
///
/// # Errors
/// Only the database's own.
pub fn set_authors(conn: &mut Conn, item_id: i64, authors: &[i64]) -> Result<(), StoreError> {
    diesel::delete(item_author::table.filter(item_author::item_id.eq(item_id))).execute(conn)?;
    if authors.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = authors
        .iter()
        .map(|p| {
            (
                item_author::item_id.eq(item_id),
                item_author::person_id.eq(*p),
            )
        })
        .collect();
    on_inner!(conn, c => diesel::insert_into(item_author::table).values(rows).execute(c))?;
    Ok(())
}

/// The authors of an item.
///
/// # Errors
/// Only the database's own.
pub fn authors(conn: &mut Conn, item_id: i64) -> Result<Vec<i64>, StoreError> {
    Ok(item_author::table
        .filter(item_author::item_id.eq(item_id))
        .order(item_author::person_id)
        .select(item_author::person_id)
        .load(conn)?)
}

/// Saves an item if nobody saved since `row.version`; `None` if somebody did.
///
/// # Errors
/// Only the database's own.
pub fn update_item(conn: &mut Conn, mut row: ItemRow) -> Result<Option<ItemRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let same = item::table
        .filter(item::id.eq(row.id))
        .filter(item::version.eq(known));
    let changed = diesel::update(same).set(&row).execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// An item by id.
///
/// # Errors
/// Only the database's own.
pub fn find_item(conn: &mut Conn, id: i64) -> Result<Option<ItemRow>, StoreError> {
    Ok(ItemRow::query()
        .filter(item::id.eq(id))
        .first(conn)
        .optional()?)
}

/// Items of a unit that arrived at or after an instant: those that a merger recorded late hands to
/// the successor.
///
/// # Errors
/// Only the database's own.
pub fn arrived_since(conn: &mut Conn, unit: i64, since: i64) -> Result<Vec<ItemRow>, StoreError> {
    Ok(ItemRow::query()
        .filter(item::unit_id.eq(unit))
        .filter(item::arrived_at.ge(since))
        .order((item::arrived_at, item::id))
        .load(conn)?)
}

/// Writes one step of an item's way.
///
/// # Errors
/// Only the database's own.
pub fn insert_step(
    conn: &mut Conn,
    row: &ItemRow,
    at: i64,
    action: &str,
    actor: &str,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    diesel::insert_into(item_step::table)
        .values((
            item_step::item_id.eq(row.id),
            item_step::at.eq(at),
            item_step::action.eq(action),
            item_step::state.eq(&row.state),
            item_step::actor.eq(actor),
            item_step::reason.eq(reason),
        ))
        .execute(conn)?;
    Ok(())
}

/// An item's way so far, oldest first.
///
/// # Errors
/// Only the database's own.
pub fn steps(conn: &mut Conn, item_id: i64) -> Result<Vec<ItemStepRow>, StoreError> {
    Ok(ItemStepRow::query()
        .filter(item_step::item_id.eq(item_id))
        .order(item_step::id)
        .load(conn)?)
}

/// How many items there are.
///
/// # Errors
/// Only the database's own.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(item::table.count().get_result(conn)?)
}
