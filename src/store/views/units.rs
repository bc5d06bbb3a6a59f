//! Units as lists show them, sorted by name.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use super::people::pattern;
use super::visible::seen;
use crate::domain::access::Scope;
use crate::domain::ids::UnitId;
use crate::domain::unit::Category;
use crate::store::schema::unit;
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Serialize, utoipa::ToSchema)]
#[diesel(table_name = unit)]
#[schema(as = UnitBody)]
pub struct UnitView {
    /// Its id.
    pub id: UnitId,
    /// Short name for machines.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// By which lists are sorted.
    #[serde(skip)]
    pub name_sort: String,
    /// What it is.
    #[schema(value_type = Category)]
    pub category: Word<Category>,
    /// The unit above.
    pub parent_id: Option<UnitId>,
    /// The nearest federation above, or the unit itself.
    pub federation_id: UnitId,
    /// Emulation cluster.
    pub cluster: Option<String>,
    /// First day; `null`: it always was.
    pub founded_on: Option<NaiveDate>,
    /// Last day; `null`: it goes on.
    pub ended_on: Option<NaiveDate>,
    /// The day from which it owes, also for periods that had ended when it was entered; `null`: from
    /// when it was entered.
    pub counts_from: Option<NaiveDate>,
    /// The unit that it merged into.
    pub successor_id: Option<UnitId>,
    /// Mail address of the unit itself.
    pub mail: Option<String>,
    /// Goes up with every change.
    pub version: i32,
    /// When it was changed last.
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
    pub parent_id: Option<UnitId>,
    /// Existing on this local date (`true`), or not (`false`).
    pub alive: Option<(NaiveDate, bool)>,
    /// Cursor: only what comes after this `name_sort` and id.
    pub after: Option<(String, UnitId)>,
    /// At most so many.
    pub limit: i64,
}

/// Units that the reader may see, by name.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    query: &UnitQuery,
) -> Result<Vec<UnitView>, StoreError> {
    let mut units = UnitView::query().into_boxed();
    units = units.filter(seen(scope, unit::id));
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
        // comparing with an absent date is neither true nor false, so that it is asked for first
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

/// The codes of these units, as far as the reader may see them.
pub fn codes(
    conn: &mut Conn,
    scope: &Scope,
    ids: &[UnitId],
) -> Result<HashMap<UnitId, String>, StoreError> {
    let codes: Vec<(UnitId, String)> = unit::table
        .filter(unit::id.eq_any(ids))
        .filter(seen(scope, unit::id))
        .select((unit::id, unit::code))
        .load(conn)?;
    Ok(codes.into_iter().collect())
}

/// A unit that the reader may see.
pub fn find(conn: &mut Conn, scope: &Scope, id: UnitId) -> Result<Option<UnitView>, StoreError> {
    let one = UnitView::query()
        .filter(unit::id.eq(id))
        .filter(seen(scope, unit::id));
    Ok(one.get_result(conn).optional()?)
}
