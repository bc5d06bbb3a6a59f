//! One-time links and recovery codes; both are stored as hashes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::account::LinkPurpose;
use crate::domain::ids::AccountId;
use crate::store::schema::{account_link, recovery_code};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// A one-time link as stored, without its hash.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = account_link, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct LinkRow {
    #[diesel(skip_insertion)]
    pub id: i64,
    pub account_id: AccountId,
    pub purpose: Word<LinkPurpose>,
    pub created_at: At,
    pub expires_at: At,
    pub used_at: Option<At>,
}

/// Writes a link.
pub fn insert_link(conn: &mut Conn, row: &LinkRow, hash: &str) -> Result<(), StoreError> {
    diesel::insert_into(account_link::table)
        .values((row, account_link::hash.eq(hash)))
        .execute(conn)?;
    Ok(())
}

/// The link with this hash and purpose.
pub fn link_by_hash(
    conn: &mut Conn,
    hash: &str,
    purpose: LinkPurpose,
) -> Result<Option<LinkRow>, StoreError> {
    let found = LinkRow::query()
        .filter(account_link::hash.eq(hash))
        .filter(account_link::purpose.eq(Word(purpose)));
    Ok(found.get_result(conn).optional()?)
}

/// Marks every unused link of an account as used.
pub fn void_links(
    conn: &mut Conn,
    account_id: AccountId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let unused = account_link::table
        .filter(account_link::account_id.eq(account_id))
        .filter(account_link::used_at.is_null());
    diesel::update(unused)
        .set(account_link::used_at.eq(At(at)))
        .execute(conn)?;
    Ok(())
}

/// The number of links for a purpose that an account was sent since an instant.
pub fn count_links(
    conn: &mut Conn,
    account_id: AccountId,
    purpose: LinkPurpose,
    since: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let sent = account_link::table
        .filter(account_link::account_id.eq(account_id))
        .filter(account_link::purpose.eq(Word(purpose)))
        .filter(account_link::created_at.gt(At(since)));
    Ok(sent.count().get_result(conn)?)
}

/// Replaces the recovery codes of an account.
pub fn set_codes(
    conn: &mut Conn,
    account_id: AccountId,
    hashes: &[String],
) -> Result<(), StoreError> {
    diesel::delete(recovery_code::table.filter(recovery_code::account_id.eq(account_id)))
        .execute(conn)?;
    for hash in hashes {
        diesel::insert_into(recovery_code::table)
            .values((
                recovery_code::account_id.eq(account_id),
                recovery_code::hash.eq(hash),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Marks a recovery code as used; `false` if there is no unused one with this hash.
pub fn use_code(
    conn: &mut Conn,
    account_id: AccountId,
    hash: &str,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let unused = recovery_code::table
        .filter(recovery_code::account_id.eq(account_id))
        .filter(recovery_code::hash.eq(hash))
        .filter(recovery_code::used_at.is_null());
    Ok(diesel::update(unused)
        .set(recovery_code::used_at.eq(At(at)))
        .execute(conn)?
        == 1)
}

/// The number of recovery codes left.
pub fn codes_left(conn: &mut Conn, account_id: AccountId) -> Result<i64, StoreError> {
    let unused = recovery_code::table
        .filter(recovery_code::account_id.eq(account_id))
        .filter(recovery_code::used_at.is_null());
    Ok(unused.count().get_result(conn)?)
}
