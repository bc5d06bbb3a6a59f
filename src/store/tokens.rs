//! Access tokens: only the hash of a token is stored. Instants are microseconds.

use diesel::prelude::*;
use serde::Serialize;

use super::schema::{access_token, unit_ancestor};
use super::{Conn, StoreError};
use crate::domain::access::Scope;

/// A token as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery)]
#[diesel(table_name = access_token)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct TokenRow {
    pub id: i64,
    pub name: String,
    pub role: String,
    pub unit_id: Option<i64>,
    pub person_id: Option<i64>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

/// Writes a new token; its `id` is filled in here.
///
/// # Errors
/// Only the database's own.
pub fn insert(conn: &mut Conn, mut row: TokenRow, hash: &str) -> Result<TokenRow, StoreError> {
    row.id = diesel::insert_into(access_token::table)
        .values((
            (
                access_token::name.eq(&row.name),
                access_token::hash.eq(hash),
                access_token::role.eq(&row.role),
            ),
            (
                access_token::unit_id.eq(row.unit_id),
                access_token::person_id.eq(row.person_id),
            ),
            (
                access_token::created_at.eq(row.created_at),
                access_token::expires_at.eq(row.expires_at),
            ),
        ))
        .returning(access_token::id)
        .get_result(conn)?;
    Ok(row)
}

/// The token with this hash.
///
/// # Errors
/// Only the database's own.
pub fn find_by_hash(conn: &mut Conn, hash: &str) -> Result<Option<TokenRow>, StoreError> {
    Ok(TokenRow::query()
        .filter(access_token::hash.eq(hash))
        .first(conn)
        .optional()?)
}

/// A token by id.
///
/// # Errors
/// Only the database's own.
pub fn find(conn: &mut Conn, id: i64) -> Result<Option<TokenRow>, StoreError> {
    Ok(TokenRow::query()
        .filter(access_token::id.eq(id))
        .first(conn)
        .optional()?)
}

/// Tokens whose unit lies in the scope, newest first; below `before`, at most `limit`.
///
/// # Errors
/// Only the database's own.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<TokenRow>, StoreError> {
    let mut query = TokenRow::query().into_boxed();
    if let Some(roots) = scope.roots() {
        let inside = unit_ancestor::table
            .filter(unit_ancestor::ancestor_id.eq_any(roots))
            .select(unit_ancestor::unit_id);
        query = query.filter(access_token::unit_id.assume_not_null().eq_any(inside));
    }
    if let Some(before) = before {
        query = query.filter(access_token::id.lt(before));
    }
    Ok(query
        .order(access_token::id.desc())
        .limit(limit)
        .load(conn)?)
}

/// Notes that a token ended; `false` if it had ended before.
///
/// # Errors
/// Only the database's own.
pub fn revoke(conn: &mut Conn, id: i64, at: i64) -> Result<bool, StoreError> {
    let live = access_token::table
        .filter(access_token::id.eq(id))
        .filter(access_token::revoked_at.is_null());
    Ok(diesel::update(live)
        .set(access_token::revoked_at.eq(at))
        .execute(conn)?
        == 1)
}

/// Ends every token of a person; how many.
///
/// # Errors
/// Only the database's own.
pub fn revoke_of_person(conn: &mut Conn, person_id: i64, at: i64) -> Result<usize, StoreError> {
    let live = access_token::table.filter(access_token::person_id.eq(person_id));
    let live = live.filter(access_token::revoked_at.is_null());
    Ok(diesel::update(live)
        .set(access_token::revoked_at.eq(at))
        .execute(conn)?)
}

/// Notes that a token was used.
///
/// # Errors
/// Only the database's own.
pub fn touch(conn: &mut Conn, id: i64, at: i64) -> Result<(), StoreError> {
    diesel::update(access_token::table.find(id))
        .set(access_token::last_used_at.eq(at))
        .execute(conn)?;
    Ok(())
}
