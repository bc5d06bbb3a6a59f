//! Units as lists show them, sorted by name.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::people::pattern;
use super::{seen, sight};
use crate::domain::access::Scope;
use crate::domain::text::sort_key;
use crate::domain::unit::Category;
use crate::store::schema::unit;
use crate::store::types::{At, Word};
use crate::store::units::UnitRow;
use crate::store::{Conn, StoreError};

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = unit)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct UnitView {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub name_sort: String,
    pub category: Word<Category>,
    pub parent_id: Option<i64>,
    pub federation_id: i64,
    pub cluster: Option<String>,
    pub founded_on: Option<NaiveDate>,
    pub ended_on: Option<NaiveDate>,
    pub successor_id: Option<i64>,
    pub mail: Option<String>,
    pub version: i32,
    pub updated_at: At,
}

/// Which units to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitQuery {
    /// Part of the name with or without diacritics, or of the code.
    pub search: Option<String>,
    /// Of this category.
    pub category: Option<Category>,
    /// Directly below this unit.
    pub parent_id: Option<i64>,
    /// Alive on this local date (`true`), or not (`false`).
    pub alive: Option<(NaiveDate, bool)>,
    /// Cursor: only what comes after this `name_sort` and id.
    pub after: Option<(String, i64)>,
    /// At most so many.
    pub limit: i64,
}

/// Units that the reader may see, by name.
///
/// # Errors
/// Only the database's own.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    query: &UnitQuery,
) -> Result<Vec<UnitView>, StoreError> {
    let mut units = UnitView::query().into_boxed();
    if let Some((below, own)) = sight(scope) {
        units = units.filter(unit::id.eq_any(seen(below, own)));
    }
    if let Some(part) = &query.search {
        let pattern = pattern(part);
        let named = unit::name_folded.like(pattern.clone()).escape('\\');
        units = units.filter(named.or(unit::code.like(pattern).escape('\\')));
    }
    if let Some(category) = query.category {
        units = units.filter(unit::category.eq(Word(category)));
    }
    if let Some(parent) = query.parent_id {
        units = units.filter(unit::parent_id.eq(parent));
    }
    if let Some((date, alive)) = query.alive {
        // a bound that is absent is no bound; the comparison alone would be unknown
        let lives = unit::founded_on
            .is_null()
            .or(unit::founded_on.assume_not_null().le(date));
        let lives = lives.and(
            unit::ended_on
                .is_null()
                .or(unit::ended_on.assume_not_null().ge(date)),
        );
        units = if alive {
            units.filter(lives)
        } else {
            units.filter(diesel::dsl::not(lives))
        };
    }
    if let Some((name, id)) = &query.after {
        let later = unit::name_sort.eq(name.clone()).and(unit::id.gt(*id));
        units = units.filter(unit::name_sort.gt(name.clone()).or(later));
    }
    Ok(units
        .order((unit::name_sort, unit::id))
        .limit(query.limit)
        .load(conn)?)
}

/// A unit that the reader may see.
///
/// # Errors
/// Only the database's own.
pub fn find(conn: &mut Conn, scope: &Scope, id: i64) -> Result<Option<UnitView>, StoreError> {
    let mut units = UnitView::query().filter(unit::id.eq(id)).into_boxed();
    if let Some((below, own)) = sight(scope) {
        units = units.filter(unit::id.eq_any(seen(below, own)));
    }
    Ok(units.first(conn).optional()?)
}

impl From<UnitRow> for UnitView {
    fn from(row: UnitRow) -> Self {
        Self {
            id: row.id,
            code: row.code,
            name_sort: sort_key(&row.name),
            name: row.name,
            category: row.category,
            parent_id: row.parent_id,
            federation_id: row.federation_id,
            cluster: row.cluster,
            founded_on: row.founded_on,
            ended_on: row.ended_on,
            successor_id: row.successor_id,
            mail: row.mail,
            version: row.version,
            updated_at: row.updated_at,
        }
    }
}
