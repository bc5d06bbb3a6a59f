//! Filters of lists that people keep under a name.

use diesel::prelude::*;

use super::schema::saved_view;
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::ids::{PersonId, SavedViewId};
use crate::domain::saved_view::SavedList;

/// A saved view as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = saved_view)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct SavedViewRow {
    #[diesel(skip_insertion)]
    pub id: SavedViewId,
    pub person_id: PersonId,
    pub list: Word<SavedList>,
    pub name: String,
    pub name_folded: String,
    pub query: String,
    pub created_at: At,
}

/// Writes a new view; its `id` is filled in here.
///
/// # Errors
/// [`StoreError::Unique`] if the person has one of this name for the list.
pub fn insert(conn: &mut Conn, mut row: SavedViewRow) -> Result<SavedViewRow, StoreError> {
    row.id = diesel::insert_into(saved_view::table)
        .values(&row)
        .returning(saved_view::id)
        .get_result(conn)?;
    Ok(row)
}

/// The views of a person, in the order of their names.
pub fn of_person(conn: &mut Conn, person: PersonId) -> Result<Vec<SavedViewRow>, StoreError> {
    Ok(SavedViewRow::query()
        .filter(saved_view::person_id.eq(person))
        .order((saved_view::name_folded, saved_view::id))
        .load(conn)?)
}

/// Deletes a view.
pub fn delete(conn: &mut Conn, id: SavedViewId) -> Result<(), StoreError> {
    diesel::delete(saved_view::table.find(id)).execute(conn)?;
    Ok(())
}
