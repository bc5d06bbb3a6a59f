//! Items that are not handed in yet.

use diesel::prelude::*;

use super::schema::{item_draft, person};
use super::types::At;
use super::{Conn, StoreError};
use crate::domain::ids::{DraftId, EventId, PersonId, UnitId};

/// A draft as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = item_draft, treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct DraftRow {
    #[diesel(skip_insertion)]
    pub id: DraftId,
    pub unit_id: UnitId,
    pub person_id: PersonId,
    pub kind: Option<String>,
    pub title: String,
    pub url: Option<String>,
    pub body: Option<String>,
    pub event_id: Option<EventId>,
    pub version: i32,
    pub created_at: At,
    pub updated_at: At,
}

/// Writes a new draft; its `id` is filled in here.
pub fn insert(conn: &mut Conn, mut row: DraftRow) -> Result<DraftRow, StoreError> {
    row.version = 1;
    row.id = diesel::insert_into(item_draft::table)
        .values(&row)
        .returning(item_draft::id)
        .get_result(conn)?;
    Ok(row)
}

/// Saves a draft if nobody has saved it since `row.version`; `None` if somebody has.
pub fn update(conn: &mut Conn, mut row: DraftRow) -> Result<Option<DraftRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let same = item_draft::table
        .filter(item_draft::id.eq(row.id))
        .filter(item_draft::version.eq(known));
    let changed = diesel::update(same).set(&row).execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// Deletes a draft.
pub fn delete(conn: &mut Conn, id: DraftId) -> Result<(), StoreError> {
    diesel::delete(item_draft::table.find(id)).execute(conn)?;
    Ok(())
}

/// A draft by its id.
pub fn find(conn: &mut Conn, id: DraftId) -> Result<Option<DraftRow>, StoreError> {
    let one = DraftRow::query().filter(item_draft::id.eq(id));
    Ok(one.get_result(conn).optional()?)
}

/// Which drafts these are: those of a person and those of these units.
#[diesel::dsl::auto_type(no_type_alias)]
fn seen_by<'q>(author: PersonId, units: &'q [UnitId]) -> _ {
    item_draft::person_id
        .eq(author)
        .or(item_draft::unit_id.eq_any(units))
}

/// How many drafts [`list`] finds without a limit.
pub fn count(conn: &mut Conn, author: PersonId, units: &[UnitId]) -> Result<i64, StoreError> {
    Ok(item_draft::table
        .filter(seen_by(author, units))
        .count()
        .get_result(conn)?)
}

/// The drafts of a person and those of these units, what was saved last first.
pub fn list(
    conn: &mut Conn,
    author: PersonId,
    units: &[UnitId],
    limit: i64,
) -> Result<Vec<DraftRow>, StoreError> {
    Ok(DraftRow::query()
        .filter(seen_by(author, units))
        .order((item_draft::updated_at.desc(), item_draft::id.desc()))
        .limit(limit)
        .load(conn)?)
}

/// The names of the people who write drafts.
pub fn authors(
    conn: &mut Conn,
    people: &[PersonId],
) -> Result<std::collections::HashMap<PersonId, String>, StoreError> {
    let found: Vec<(PersonId, String)> = person::table
        .filter(person::id.eq_any(people))
        .select((person::id, person::name))
        .load(conn)?;
    Ok(found.into_iter().collect())
}
