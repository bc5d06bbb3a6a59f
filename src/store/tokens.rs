//! Access tokens. Only the hash of a token's secret is stored.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::schema::{access_token, unit_ancestor};
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::access::{Role, Scope};
use crate::domain::ids::{PersonId, TokenId, UnitId};

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, HasQuery, Insertable)]
#[diesel(table_name = access_token, treat_none_as_default_value = false)]
#[schema(as = TokenBody)]
pub struct TokenRow {
    /// Its id.
    #[diesel(skip_insertion)]
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// The role of its holder.
    #[schema(value_type = Role)]
    pub role: Word<Role>,
    /// The unit on which the role is held; `null` = the whole installation.
    pub unit_id: Option<UnitId>,
    /// The person who holds it.
    pub person_id: Option<PersonId>,
    /// When it was created.
    pub created_at: At,
    /// When it expires.
    pub expires_at: Option<At>,
    /// When it was last used, to about ten minutes.
    pub last_used_at: Option<At>,
    /// When it was revoked.
    pub revoked_at: Option<At>,
}

impl TokenRow {
    /// Whether it is neither revoked nor expired at `now`.
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < *at)
    }
}

/// Writes a new token and fills in its `id`.
pub fn insert(conn: &mut Conn, mut row: TokenRow, hash: &str) -> Result<TokenRow, StoreError> {
    row.id = diesel::insert_into(access_token::table)
        .values((&row, access_token::hash.eq(hash)))
        .returning(access_token::id)
        .get_result(conn)?;
    Ok(row)
}

/// The token with this hash.
pub fn find_by_hash(conn: &mut Conn, hash: &str) -> Result<Option<TokenRow>, StoreError> {
    Ok(TokenRow::query()
        .filter(access_token::hash.eq(hash))
        .get_result(conn)
        .optional()?)
}

/// A token by id.
pub fn find(conn: &mut Conn, id: TokenId) -> Result<Option<TokenRow>, StoreError> {
    Ok(TokenRow::query()
        .filter(access_token::id.eq(id))
        .get_result(conn)
        .optional()?)
}

/// Tokens whose unit lies in the scope, newest first; with ids below `before`, at most `limit`.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    before: Option<TokenId>,
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

/// Marks a token as revoked; `false` if it was revoked before.
pub fn revoke(conn: &mut Conn, id: TokenId, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let valid = access_token::table
        .filter(access_token::id.eq(id))
        .filter(access_token::revoked_at.is_null());
    Ok(diesel::update(valid)
        .set(access_token::revoked_at.eq(At(at)))
        .execute(conn)?
        == 1)
}

/// Revokes every token of a person and returns how many.
pub fn revoke_of_person(
    conn: &mut Conn,
    person_id: PersonId,
    at: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let valid = access_token::table
        .filter(access_token::person_id.eq(person_id))
        .filter(access_token::revoked_at.is_null());
    Ok(diesel::update(valid)
        .set(access_token::revoked_at.eq(At(at)))
        .execute(conn)?)
}

/// Records that a token was used.
pub fn touch(conn: &mut Conn, id: TokenId, at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(access_token::table.find(id))
        .set(access_token::last_used_at.eq(At(at)))
        .execute(conn)?;
    Ok(())
}
