//! Files that were imported, and what they made.

use std::collections::HashSet;

use diesel::prelude::*;

use super::schema::file_import;
use super::types::{AsText, At, Json, Word};
use super::{Conn, StoreError};
use crate::domain::access::ActorId;
use crate::domain::ids::{ImportId, UnitId};
use crate::domain::import::{Entity, ImportKind, Made};

/// An import as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = file_import)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ImportRow {
    #[diesel(skip_insertion)]
    pub id: ImportId,
    pub at: At,
    pub actor_id: AsText<ActorId>,
    pub actor: String,
    pub unit_id: Option<UnitId>,
    pub kind: Word<ImportKind>,
    pub file_name: String,
    pub sha256: String,
    pub created: i32,
    pub changed: i32,
    pub unchanged: i32,
    pub made: Json<Vec<Made>>,
    pub undone_at: Option<At>,
    pub undone_by: Option<String>,
}

/// Writes a new import; its `id` is filled in here.
pub fn insert(conn: &mut Conn, mut row: ImportRow) -> Result<ImportRow, StoreError> {
    row.id = diesel::insert_into(file_import::table)
        .values(&row)
        .returning(file_import::id)
        .get_result(conn)?;
    Ok(row)
}

/// The last imports, newest first.
pub fn last(conn: &mut Conn, limit: i64) -> Result<Vec<ImportRow>, StoreError> {
    Ok(ImportRow::query()
        .order(file_import::id.desc())
        .limit(limit)
        .load(conn)?)
}

/// An import by its id.
pub fn find(conn: &mut Conn, id: ImportId) -> Result<Option<ImportRow>, StoreError> {
    let one = ImportRow::query().filter(file_import::id.eq(id));
    Ok(one.get_result(conn).optional()?)
}

/// Marks an import as undone.
pub fn undone(conn: &mut Conn, id: ImportId, at: At, by: &str) -> Result<(), StoreError> {
    diesel::update(file_import::table.find(id))
        .set((file_import::undone_at.eq(at), file_import::undone_by.eq(by)))
        .execute(conn)?;
    Ok(())
}

/// The codes of the units that were made by imports which were undone.
pub fn units_taken_back(conn: &mut Conn) -> Result<HashSet<String>, StoreError> {
    let undone = file_import::table
        .filter(file_import::undone_at.is_not_null())
        .select(file_import::made)
        .load::<Json<Vec<Made>>>(conn)?;
    let made = undone.into_iter().flat_map(|made| made.0);
    let units = made.filter(|made| made.entity == Entity::Unit);
    Ok(units.map(|made| made.id).collect())
}
