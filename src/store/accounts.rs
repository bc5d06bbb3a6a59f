//! Accounts, their one-time links and recovery codes. Secrets of links and recovery codes are
//! stored as hashes.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use super::schema::{account, account_link, person, recovery_code, unit_ancestor};
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::access::{Role, Scope};
use crate::domain::account::{AccountState, LinkPurpose};
use crate::domain::mail::EmailAddress;

/// An account as stored. It is never serialised, and its `Debug` shows nothing secret.
#[derive(Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = account, treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct AccountRow {
    #[diesel(skip_insertion)]
    pub id: i64,
    pub person_id: i64,
    pub mail: EmailAddress,
    pub mail_folded: String,
    pub password_hash: Option<String>,
    pub state: Word<AccountState>,
    pub totp_secret: Option<String>,
    pub totp_last_step: Option<i64>,
    pub password_changed_at: Option<At>,
    pub created_at: At,
    pub updated_at: At,
}

impl std::fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountRow")
            .field("id", &self.id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A one-time link as stored, without its hash.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = account_link, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct LinkRow {
    #[diesel(skip_insertion)]
    pub id: i64,
    pub account_id: i64,
    pub purpose: Word<LinkPurpose>,
    pub created_at: At,
    pub expires_at: At,
    pub used_at: Option<At>,
}

/// Writes a new account and fills in its `id`.
///
/// # Errors
/// [`StoreError::Unique`] if the person has an account or the address is taken.
pub fn insert(conn: &mut Conn, mut row: AccountRow) -> Result<AccountRow, StoreError> {
    row.id = diesel::insert_into(account::table)
        .values(&row)
        .returning(account::id)
        .get_result(conn)?;
    Ok(row)
}

/// Saves all columns of an account.
///
/// # Errors
/// [`StoreError::Unique`] if the address is taken.
pub fn update(conn: &mut Conn, row: &AccountRow) -> Result<(), StoreError> {
    diesel::update(account::table.find(row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

/// An account by id.
pub fn find(conn: &mut Conn, id: i64) -> Result<Option<AccountRow>, StoreError> {
    Ok(AccountRow::query()
        .filter(account::id.eq(id))
        .first(conn)
        .optional()?)
}

/// The account of a person. Somebody who moved to another unit keeps their account.
pub fn of_person(conn: &mut Conn, person_id: i64) -> Result<Option<AccountRow>, StoreError> {
    let same = diesel::alias!(person as same);
    let first = same
        .filter(same.field(person::id).eq(person_id))
        .select(same.field(person::first_id));
    let life = person::table
        .filter(person::first_id.eq_any(first))
        .select(person::id);
    Ok(AccountRow::query()
        .filter(account::person_id.eq_any(life))
        .first(conn)
        .optional()?)
}

/// The account with this folded address.
pub fn by_mail(conn: &mut Conn, folded: &str) -> Result<Option<AccountRow>, StoreError> {
    Ok(AccountRow::query()
        .filter(account::mail_folded.eq(folded))
        .first(conn)
        .optional()?)
}

/// Accounts of people who belong or belonged to a unit of the scope, newest first; with ids below
/// `before`, at most `limit`.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AccountRow>, StoreError> {
    let mut query = AccountRow::query().into_boxed();
    if let Some(roots) = scope.roots() {
        let units = unit_ancestor::table
            .filter(unit_ancestor::ancestor_id.eq_any(roots))
            .select(unit_ancestor::unit_id);
        let same = diesel::alias!(person as same);
        let firsts = same
            .filter(same.field(person::unit_id).eq_any(units))
            .select(same.field(person::first_id));
        let people = person::table
            .filter(person::first_id.eq_any(firsts))
            .select(person::id);
        query = query.filter(account::person_id.eq_any(people));
    }
    if let Some(before) = before {
        query = query.filter(account::id.lt(before));
    }
    Ok(query.order(account::id.desc()).limit(limit).load(conn)?)
}

/// The number of people with this role who are in service on a day and whose account is not
/// disabled.
pub fn count_role(conn: &mut Conn, role: Role, on: NaiveDate) -> Result<i64, StoreError> {
    let serving = person::table
        .filter(person::role.eq(Word(role)))
        .filter(
            person::active_from
                .is_null()
                .or(person::active_from.assume_not_null().le(on)),
        )
        .filter(
            person::active_to
                .is_null()
                .or(person::active_to.assume_not_null().ge(on)),
        )
        .select(person::id);
    let enabled = account::table
        .filter(account::state.ne(Word(AccountState::Disabled)))
        .filter(account::person_id.eq_any(serving));
    Ok(enabled.count().get_result(conn)?)
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
    Ok(found.first(conn).optional()?)
}

/// Marks every unused link of an account as used.
pub fn void_links(conn: &mut Conn, account_id: i64, at: DateTime<Utc>) -> Result<(), StoreError> {
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
    account_id: i64,
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
pub fn set_codes(conn: &mut Conn, account_id: i64, hashes: &[String]) -> Result<(), StoreError> {
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
    account_id: i64,
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
pub fn codes_left(conn: &mut Conn, account_id: i64) -> Result<i64, StoreError> {
    let unused = recovery_code::table
        .filter(recovery_code::account_id.eq(account_id))
        .filter(recovery_code::used_at.is_null());
    Ok(unused.count().get_result(conn)?)
}
