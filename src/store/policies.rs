//! Policies: what units set for themselves and all below them, each from a date on.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use super::readable::{Readable, readable};
use super::schema::policy;
use super::types::{At, Json};
use super::{Conn, StoreError};
use crate::domain::ids::UnitId;
use crate::domain::policy::PolicyPatch;

/// What a unit set from one date on.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, HasQuery, Insertable, AsChangeset,
)]
#[schema(as = PolicyEntry)]
#[diesel(table_name = policy, treat_none_as_null = true)]
pub struct PolicyRow {
    /// Its id.
    #[diesel(skip_insertion)]
    pub id: i64,
    /// The unit.
    pub unit_id: UnitId,
    /// First local date on which it holds.
    pub valid_from: NaiveDate,
    /// The fields that it sets.
    #[schema(value_type = PolicyPatch)]
    pub patch: Json<PolicyPatch>,
    /// The document that decided it.
    pub legal_basis: Option<String>,
    /// Goes up with every change of this entry.
    pub version: i32,
    #[expect(missing_docs, reason = "documented in migrations/")]
    #[serde(skip)]
    pub created_at: At,
    /// When it was saved last.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub updated_at: At,
}

/// The policies of the given units, newest first within a unit.
pub fn of_units(conn: &mut Conn, units: &[UnitId]) -> Result<Vec<PolicyRow>, StoreError> {
    let query = PolicyRow::query().filter(policy::unit_id.eq_any(units));
    let newest_first = (policy::unit_id, policy::valid_from.desc());
    Ok(query.order(newest_first).load(conn)?)
}

/// The policies of all units, newest first within a unit.
pub fn list(conn: &mut Conn) -> Result<Vec<PolicyRow>, StoreError> {
    let newest_first = (policy::unit_id, policy::valid_from.desc());
    Ok(PolicyRow::query().order(newest_first).load(conn)?)
}

/// The policies of all units that can be read, and the ids of the others.
pub fn list_readable(conn: &mut Conn) -> Result<Readable<PolicyRow, i64>, StoreError> {
    let all = list(conn);
    let ids = |conn: &mut Conn| {
        let newest_first = (policy::unit_id, policy::valid_from.desc());
        let ids = policy::table.order(newest_first).select(policy::id);
        Ok(ids.load(conn)?)
    };
    readable(conn, all, ids, |conn, id| {
        let row = PolicyRow::query().filter(policy::id.eq(id));
        Ok(row.get_result(conn).optional()?)
    })
}

/// The unit that set a policy.
pub fn unit_of(conn: &mut Conn, id: i64) -> Result<Option<UnitId>, StoreError> {
    let of = policy::table.find(id).select(policy::unit_id);
    Ok(of.get_result(conn).optional()?)
}

/// Writes what a unit sets from a date on; its id.
///
/// # Errors
/// [`StoreError::Unique`] if something is set from that date already.
pub fn insert(conn: &mut Conn, row: &PolicyRow) -> Result<i64, StoreError> {
    let query = diesel::insert_into(policy::table).values(row);
    Ok(query.returning(policy::id).get_result(conn)?)
}

/// Replaces what a unit set from a date on.
pub fn update(conn: &mut Conn, row: &PolicyRow) -> Result<(), StoreError> {
    let query = diesel::update(policy::table.find(row.id)).set(row);
    query.execute(conn)?;
    Ok(())
}
