//! Score schemes.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::domain::ids::{SchemeId, UnitId};
use crate::domain::score::{Scheme, ScoreGroup};
use crate::domain::unit::Category;
use crate::store::schema::score_scheme;
use crate::store::types::{At, Json, Word};
use crate::store::{Conn, StoreError};

/// A version of a scheme as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = score_scheme, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct SchemeRow {
    #[diesel(skip_insertion)]
    pub id: SchemeId,
    pub unit_id: UnitId,
    pub year: i32,
    pub category: Word<Category>,
    pub version: i32,
    pub document_number: String,
    pub document_date: Option<NaiveDate>,
    pub content: Json<Scheme>,
    pub created_at: At,
    pub created_by: String,
}

/// Writes a version of a scheme; its `id` is filled in here.
///
/// # Errors
/// [`StoreError::Unique`] if that version exists.
pub fn insert(conn: &mut Conn, mut row: SchemeRow) -> Result<SchemeRow, StoreError> {
    row.id = diesel::insert_into(score_scheme::table)
        .values(&row)
        .returning(score_scheme::id)
        .get_result(conn)?;
    Ok(row)
}

/// All versions of the schemes of a federation, of one year if asked for, newest year and version
/// first.
pub fn of_federation(
    conn: &mut Conn,
    federation_id: UnitId,
    year: Option<i32>,
) -> Result<Vec<SchemeRow>, StoreError> {
    let mut query = SchemeRow::query()
        .filter(score_scheme::unit_id.eq(federation_id))
        .order((
            score_scheme::year.desc(),
            score_scheme::category,
            score_scheme::version.desc(),
        ))
        .into_boxed();
    if let Some(year) = year {
        query = query.filter(score_scheme::year.eq(year));
    }
    Ok(query.load(conn)?)
}

/// The newest version of the scheme of a group.
pub fn newest(conn: &mut Conn, group: ScoreGroup) -> Result<Option<SchemeRow>, StoreError> {
    Ok(SchemeRow::query()
        .filter(score_scheme::unit_id.eq(group.unit_id))
        .filter(score_scheme::category.eq(Word(group.category)))
        .filter(score_scheme::year.eq(group.year))
        .order(score_scheme::version.desc())
        .first(conn)
        .optional()?)
}

/// A version of a scheme.
pub fn find(conn: &mut Conn, id: SchemeId) -> Result<Option<SchemeRow>, StoreError> {
    Ok(SchemeRow::query()
        .filter(score_scheme::id.eq(id))
        .get_result(conn)
        .optional()?)
}
