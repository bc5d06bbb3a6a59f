//! Calendars of federations. Those that are shipped with the program are not stored.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::calendar;
use super::types::{At, Json};
use super::{Conn, StoreError};
use crate::domain::calendar::CalendarSpec;
use crate::domain::ids::UnitId;

/// A calendar as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = calendar)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct CalendarRow {
    #[diesel(skip_insertion)]
    pub id: i64,
    pub code: String,
    pub spec: Json<CalendarSpec>,
    pub version: i32,
    pub created_at: At,
    pub updated_at: At,
    pub unit_id: Option<UnitId>,
    pub copied_from: Option<String>,
    pub copied_version: Option<i32>,
}

impl CalendarRow {
    /// A new calendar of a federation.
    pub fn new(spec: CalendarSpec, unit_id: UnitId, now: DateTime<Utc>) -> Self {
        Self {
            id: 0,
            code: spec.code.clone(),
            spec: Json(spec),
            version: 1,
            created_at: At(now),
            updated_at: At(now),
            unit_id: Some(unit_id),
            copied_from: None,
            copied_version: None,
        }
    }
}

/// A calendar by its code.
pub fn find(conn: &mut Conn, code: &str) -> Result<Option<CalendarRow>, StoreError> {
    let query = CalendarRow::query().filter(calendar::code.eq(code));
    Ok(query.get_result(conn).optional()?)
}

/// The version of a calendar and the text of its specification, which is not parsed.
pub fn find_text(conn: &mut Conn, code: &str) -> Result<Option<(i32, String)>, StoreError> {
    let query = calendar::table.filter(calendar::code.eq(code));
    let columns = (calendar::version, calendar::spec);
    Ok(query.select(columns).get_result(conn).optional()?)
}

/// All stored calendars by code.
pub fn list(conn: &mut Conn) -> Result<Vec<CalendarRow>, StoreError> {
    Ok(CalendarRow::query().order(calendar::code).load(conn)?)
}

/// Writes a new calendar.
///
/// # Errors
/// [`StoreError::Unique`] if the code is taken.
pub fn insert(conn: &mut Conn, row: &CalendarRow) -> Result<(), StoreError> {
    let query = diesel::insert_into(calendar::table).values(row);
    query.execute(conn)?;
    Ok(())
}

/// Gives the calendars of one federation to another; their codes.
pub fn give(conn: &mut Conn, from: UnitId, to: UnitId) -> Result<Vec<String>, StoreError> {
    let all = calendar::table.filter(calendar::unit_id.eq(from));
    let codes = all
        .select(calendar::code)
        .order(calendar::code)
        .load(conn)?;
    diesel::update(all)
        .set(calendar::unit_id.eq(to))
        .execute(conn)?;
    Ok(codes)
}

/// Saves a calendar if its stored version is the one before `row.version`; whether it was.
pub fn update(conn: &mut Conn, row: &CalendarRow) -> Result<bool, StoreError> {
    let before = calendar::table
        .find(row.id)
        .filter(calendar::version.eq(row.version - 1));
    Ok(diesel::update(before).set(row).execute(conn)? == 1)
}
