//! Roles given to people beside their post.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use super::schema::role_grant;
use super::{Conn, StoreError};

/// A role given to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery)]
#[diesel(table_name = role_grant)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct RoleGrantRow {
    pub id: i64,
    pub person_id: i64,
    pub role: String,
    pub unit_id: Option<i64>,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub given_by: String,
    pub reason: String,
    pub created_at: i64,
    pub revoked_by: Option<String>,
    pub revoked_at: Option<i64>,
}

impl RoleGrantRow {
    /// Whether it holds on a local date; one that was taken back holds no more.
    #[must_use]
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        self.revoked_at.is_none() && self.valid_from <= date && self.valid_to.is_none_or(|to| date <= to)
    }
}

/// Writes a role given; its `id` is filled in here.
///
/// # Errors
/// Only the database's own.
pub fn insert(conn: &mut Conn, mut row: RoleGrantRow) -> Result<RoleGrantRow, StoreError> {
    row.id = diesel::insert_into(role_grant::table)
        .values((
            (
                role_grant::person_id.eq(row.person_id),
                role_grant::role.eq(&row.role),
                role_grant::unit_id.eq(row.unit_id),
            ),
            (role_grant::valid_from.eq(row.valid_from), role_grant::valid_to.eq(row.valid_to)),
            (role_grant::given_by.eq(&row.given_by), role_grant::reason.eq(&row.reason)),
            role_grant::created_at.eq(row.created_at),
        ))
        .returning(role_grant::id)
        .get_result(conn)?;
    Ok(row)
}

/// A role given, by id.
///
/// # Errors
/// Only the database's own.
pub fn find(conn: &mut Conn, id: i64) -> Result<Option<RoleGrantRow>, StoreError> {
    Ok(RoleGrantRow::query().filter(role_grant::id.eq(id)).first(conn).optional()?)
}

/// Every role ever given to a person, newest first.
///
/// # Errors
/// Only the database's own.
pub fn of_person(conn: &mut Conn, person: i64) -> Result<Vec<RoleGrantRow>, StoreError> {
    Ok(RoleGrantRow::query().filter(role_grant::person_id.eq(person)).order(role_grant::id.desc()).load(conn)?)
}

/// Everybody to whom this role was given and not taken back.
///
/// # Errors
/// Only the database's own.
pub fn with_role(conn: &mut Conn, role: &str) -> Result<Vec<RoleGrantRow>, StoreError> {
    let given = role_grant::role.eq(role.to_owned()).and(role_grant::revoked_at.is_null());
    Ok(RoleGrantRow::query().filter(given).order(role_grant::id).load(conn)?)
}

/// Takes a role back; `false` if it was before.
///
/// # Errors
/// Only the database's own.
pub fn revoke(conn: &mut Conn, id: i64, by: &str, at: i64) -> Result<bool, StoreError> {
    let held = role_grant::table.filter(role_grant::id.eq(id)).filter(role_grant::revoked_at.is_null());
    let taken = (role_grant::revoked_by.eq(by), role_grant::revoked_at.eq(at));
    Ok(diesel::update(held).set(taken).execute(conn)? == 1)
}
