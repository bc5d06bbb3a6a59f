//! Events.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::Serialize;

use super::schema::event;
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::event::EventState;

/// An event as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = event, treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct EventRow {
    #[diesel(skip_insertion)]
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
    pub starts_at: At,
    pub ends_at: At,
    pub answered_at: Option<At>,
    pub answer: Option<String>,
    pub state: Word<EventState>,
    pub from_item: bool,
    pub version: i32,
    pub created_at: At,
    pub updated_at: At,
}

/// Writes a new event; its `id` is filled in here.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, mut row: EventRow) -> Result<EventRow, StoreError> {
    row.version = 1;
    row.id = diesel::insert_into(event::table)
        .values(&row)
        .returning(event::id)
        .get_result(conn)?;
    Ok(row)
}

/// Saves an event if nobody has saved it since `row.version`; `None` if somebody has.
///
/// # Errors
/// Those of the database.
pub fn update(conn: &mut Conn, mut row: EventRow) -> Result<Option<EventRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let same = event::table
        .filter(event::id.eq(row.id))
        .filter(event::version.eq(known));
    let changed = diesel::update(same).set(&row).execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// An event by its id.
///
/// # Errors
/// Those of the database.
pub fn find(conn: &mut Conn, id: i64) -> Result<Option<EventRow>, StoreError> {
    let one = EventRow::query().filter(event::id.eq(id));
    Ok(one.first(conn).optional()?)
}

/// Events by their ids; missing ones are left out.
///
/// # Errors
/// Those of the database.
pub fn find_many(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, EventRow>, StoreError> {
    let mut all = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(5_000) {
        let rows = EventRow::query().filter(event::id.eq_any(chunk));
        all.extend(
            rows.load(conn)?
                .into_iter()
                .map(|row: EventRow| (row.id, row)),
        );
    }
    Ok(all)
}
