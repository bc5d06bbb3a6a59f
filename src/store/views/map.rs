//! Units and the quotas that they owe in a year, as the map shows them.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use super::people::pattern;
use super::visible::{obligations_seen, seen};
use crate::domain::access::Scope;
use crate::domain::ids::{ObligationId, UnitId};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::unit::Category;
use crate::store::obligations::ObligationRow;
use crate::store::schema::{obligation, unit};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// Units that are asked for by name at once; of more, all that are seen are read.
const BY_NAME: usize = 500;

/// Which units the map shows; all conditions hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MapFilter {
    /// The plan year.
    pub year: i32,
    /// Of this category.
    pub category: Option<Category>,
    /// Of this emulation cluster; an empty one: of none.
    pub cluster: Option<String>,
    /// Part of the name with or without diacritics, or of the code.
    pub search: Option<String>,
}

/// A unit of the map.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct MapUnit {
    pub id: UnitId,
    pub name: String,
    pub cluster: Option<String>,
    pub founded_on: Option<NaiveDate>,
}

/// An obligation that is settled, as far as the map needs it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct MapRow {
    pub id: ObligationId,
    pub unit_id: UnitId,
    pub period_key: String,
    pub due_at: At,
    pub state: Word<State>,
    pub required: i32,
    pub arrived: i32,
    pub done: i32,
}

/// Of these units or of all, where `None`.
type Chosen<'u> = Option<&'u [UnitId]>;

/// The condition of a filter; units that owe no quota in the year are none of the map's.
macro_rules! filtered {
    ($query:expr, $scope:expr, $filter:expr) => {{
        let owes = obligation::table
            .filter(obligation::unit_id.eq(unit::id))
            .filter(obligation::year.eq($filter.year))
            .filter(obligation::kind.eq(Word(ObligationKind::Quota)))
            .filter(obligation::person_id.is_null());
        let mut query = $query.filter(seen($scope, unit::id)).filter(exists(owes));
        if let Some(category) = $filter.category {
            query = query.filter(unit::category.eq(Word(category)));
        }
        query = match $filter.cluster.as_deref() {
            None => query,
            Some("") => query.filter(unit::cluster.is_null()),
            Some(cluster) => query.filter(unit::cluster.eq(cluster.to_owned())),
        };
        if let Some(part) = &$filter.search {
            let pattern = pattern(part);
            let named = unit::name_folded.like(pattern.clone()).escape('\\');
            query = query.filter(named.or(unit::code.like(pattern).escape('\\')));
        }
        query
    }};
}

/// How many units a filter leaves.
pub fn count(conn: &mut Conn, scope: &Scope, filter: &MapFilter) -> Result<i64, StoreError> {
    let query = unit::table.select(count_star()).into_boxed();
    Ok(filtered!(query, scope, filter).get_result(conn)?)
}

/// The units of a filter by name: `limit` behind the first `skipped`.
pub fn units(
    conn: &mut Conn,
    scope: &Scope,
    filter: &MapFilter,
    (skipped, limit): (i64, i64),
) -> Result<Vec<MapUnit>, StoreError> {
    let query = unit::table
        .select((unit::id, unit::name, unit::cluster, unit::founded_on))
        .order((unit::name_sort, unit::id))
        .into_boxed();
    let query = filtered!(query, scope, filter).offset(skipped).limit(limit);
    Ok(query.load(conn)?)
}

/// The clusters of the units that the reader sees, by name.
pub fn clusters(conn: &mut Conn, scope: &Scope) -> Result<Vec<String>, StoreError> {
    let query = unit::table
        .filter(unit::cluster.is_not_null())
        .filter(seen(scope, unit::id))
        .select(unit::cluster.assume_not_null())
        .distinct();
    let mut found: Vec<String> = query.load(conn)?;
    found.sort_by_cached_key(|name| crate::domain::text::sort_key(name));
    Ok(found)
}

/// What is settled of the quotas of a year.
pub fn settled(
    conn: &mut Conn,
    scope: &Scope,
    year: i32,
    of: Chosen<'_>,
) -> Result<Vec<MapRow>, StoreError> {
    let mut query = obligation::table
        .filter(obligation::year.eq(year))
        .filter(obligation::kind.eq(Word(ObligationKind::Quota)))
        .filter(obligation::state.ne(Word(State::Open)))
        .filter(obligation::person_id.is_null())
        .filter(seen(scope, obligation::unit_id))
        .select((
            obligation::id,
            obligation::unit_id,
            obligation::period_key,
            obligation::due_at,
            obligation::state,
            obligation::required,
            obligation::arrived,
            obligation::done,
        ))
        .into_boxed();
    if let Some(units) = of.filter(|units| units.len() <= BY_NAME) {
        query = query.filter(obligation::unit_id.eq_any(units));
    }
    Ok(query.load(conn)?)
}

/// What is open of the quotas of a year: how it stands depends on the instant.
pub fn open(
    conn: &mut Conn,
    scope: &Scope,
    year: i32,
    of: Chosen<'_>,
) -> Result<Vec<ObligationRow>, StoreError> {
    let mut query = ObligationRow::query()
        .filter(obligation::year.eq(year))
        .filter(obligation::kind.eq(Word(ObligationKind::Quota)))
        .filter(obligation::state.eq(Word(State::Open)))
        .filter(obligation::person_id.is_null())
        .filter(seen(scope, obligation::unit_id))
        // neighbours share policy and due instant, so that their reminders are planned once
        .order((
            obligation::due_at,
            obligation::rule_version_id,
            obligation::id,
        ))
        .into_boxed();
    if let Some(units) = of.filter(|units| units.len() <= BY_NAME) {
        query = query.filter(obligation::unit_id.eq_any(units));
    }
    Ok(query.load(conn)?)
}

impl MapRow {
    /// An open one.
    pub fn of(row: &ObligationRow) -> Self {
        Self {
            id: row.id,
            unit_id: row.unit_id,
            period_key: row.period_key.clone(),
            due_at: row.due_at,
            state: row.state,
            required: row.required,
            arrived: row.arrived,
            done: row.done,
        }
    }
}

/// How much work each of these units still owes, as far as the reader sees it; those that owe
/// nothing are left out.
pub fn lacking(
    conn: &mut Conn,
    scope: &Scope,
    units: &[UnitId],
) -> Result<HashMap<UnitId, i64>, StoreError> {
    let found: Vec<(UnitId, i64)> = obligation::table
        .filter(obligation::unit_id.eq_any(units))
        .filter(obligation::state.eq(Word(State::Open)))
        .filter(obligation::arrived.lt(obligation::required))
        .filter(obligations_seen(scope))
        .group_by(obligation::unit_id)
        .select((obligation::unit_id, count_star()))
        .load(conn)?;
    Ok(found.into_iter().collect())
}

/// How many obligations of a unit's year are settled, by state.
pub fn by_state(
    conn: &mut Conn,
    scope: &Scope,
    unit_id: UnitId,
    year: i32,
) -> Result<HashMap<State, i64>, StoreError> {
    let found: Vec<(Word<State>, i64)> = obligation::table
        .filter(obligation::unit_id.eq(unit_id))
        .filter(obligation::year.eq(year))
        .filter(obligations_seen(scope))
        .group_by(obligation::state)
        .select((obligation::state, count_star()))
        .load(conn)?;
    let found = found.into_iter();
    Ok(found.map(|(state, number)| (state.0, number)).collect())
}
