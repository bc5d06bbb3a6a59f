//! Accounts, their one-time links and recovery codes. Secrets are stored as hashes; instants are
//! microseconds.

use diesel::prelude::*;

use super::schema::{account, account_link, person, recovery_code, unit_ancestor};
use super::{Conn, StoreError};
use crate::domain::access::Scope;

/// An account as stored. It can't be written out: parts of it are secret.
#[derive(Clone, PartialEq, Eq, HasQuery, AsChangeset)]
#[diesel(table_name = account, treat_none_as_null = true)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct AccountRow {
    pub id: i64,
    pub person_id: i64,
    pub mail: String,
    pub mail_folded: String,
    pub password_hash: Option<String>,
    pub state: String,
    pub totp_secret: Option<String>,
    pub totp_last_step: Option<i64>,
    pub password_changed_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
}

impl std::fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountRow")
            .field("id", &self.id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A one-time link as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = account_link)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct LinkRow {
    pub id: i64,
    pub account_id: i64,
    pub purpose: String,
    pub created_at: i64,
    pub expires_at: i64,
    pub used_at: Option<i64>,
}

/// Writes a new account; its `id` is filled in here.
///
/// # Errors
/// [`StoreError::Unique`] if the person has one or the mail is taken.
pub fn insert(conn: &mut Conn, mut row: AccountRow) -> Result<AccountRow, StoreError> {
    row.id = diesel::insert_into(account::table)
        .values((
            (
                account::person_id.eq(row.person_id),
                account::mail.eq(&row.mail),
            ),
            (
                account::mail_folded.eq(&row.mail_folded),
                account::state.eq(&row.state),
            ),
            (
                account::created_at.eq(row.created_at),
                account::updated_at.eq(row.updated_at),
            ),
        ))
        .returning(account::id)
        .get_result(conn)?;
    Ok(row)
}

/// Saves an account whole.
///
/// # Errors
/// [`StoreError::Unique`] if the mail is taken.
pub fn update(conn: &mut Conn, row: &AccountRow) -> Result<(), StoreError> {
    diesel::update(account::table.find(row.id))
        .set(row.clone())
        .execute(conn)?;
    Ok(())
}

/// An account by id.
///
/// # Errors
/// Only the database's own.
pub fn find(conn: &mut Conn, id: i64) -> Result<Option<AccountRow>, StoreError> {
    Ok(AccountRow::query()
        .filter(account::id.eq(id))
        .first(conn)
        .optional()?)
}

/// The account of a person.
///
/// # Errors
/// Only the database's own.
pub fn of_person(conn: &mut Conn, person_id: i64) -> Result<Option<AccountRow>, StoreError> {
    // whoever moved goes on with the same account
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

/// The account with this folded mail.
///
/// # Errors
/// Only the database's own.
pub fn by_mail(conn: &mut Conn, folded: &str) -> Result<Option<AccountRow>, StoreError> {
    Ok(AccountRow::query()
        .filter(account::mail_folded.eq(folded))
        .first(conn)
        .optional()?)
}

/// Accounts of people who are or were of the scope, newest first; below `before`, at most `limit`.
///
/// # Errors
/// Only the database's own.
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

/// People with this role whose account is not disabled, in service on a day.
///
/// # Errors
/// Only the database's own.
pub fn count_role(conn: &mut Conn, role: &str, on: chrono::NaiveDate) -> Result<i64, StoreError> {
    let serving = person::table
        .filter(person::role.eq(role.to_owned()))
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
    let living = account::table
        .filter(account::state.ne("disabled"))
        .filter(account::person_id.eq_any(serving));
    Ok(living.count().get_result(conn)?)
}

/// Writes a link.
///
/// # Errors
/// Only the database's own.
pub fn insert_link(conn: &mut Conn, row: &LinkRow, hash: &str) -> Result<(), StoreError> {
    diesel::insert_into(account_link::table)
        .values((
            (
                account_link::account_id.eq(row.account_id),
                account_link::hash.eq(hash),
            ),
            (
                account_link::purpose.eq(&row.purpose),
                account_link::created_at.eq(row.created_at),
            ),
            account_link::expires_at.eq(row.expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The link with this hash and purpose.
///
/// # Errors
/// Only the database's own.
pub fn link_by_hash(
    conn: &mut Conn,
    hash: &str,
    purpose: &str,
) -> Result<Option<LinkRow>, StoreError> {
    let found = LinkRow::query()
        .filter(account_link::hash.eq(hash))
        .filter(account_link::purpose.eq(purpose));
    Ok(found.first(conn).optional()?)
}

/// Uses up every link of an account.
///
/// # Errors
/// Only the database's own.
pub fn use_links(conn: &mut Conn, account_id: i64, at: i64) -> Result<(), StoreError> {
    let open = account_link::table.filter(account_link::account_id.eq(account_id));
    let open = open.filter(account_link::used_at.is_null());
    diesel::update(open)
        .set(account_link::used_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// How many links for a purpose an account was sent since an instant.
///
/// # Errors
/// Only the database's own.
pub fn links_since(
    conn: &mut Conn,
    account_id: i64,
    purpose: &str,
    since: i64,
) -> Result<i64, StoreError> {
    let sent = account_link::table.filter(account_link::account_id.eq(account_id));
    let sent = sent
        .filter(account_link::purpose.eq(purpose))
        .filter(account_link::created_at.gt(since));
    Ok(sent.count().get_result(conn)?)
}

/// Replaces the recovery codes of an account.
///
/// # Errors
/// Only the database's own.
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

/// Uses a recovery code; `false` if there is none such that is unused.
///
/// # Errors
/// Only the database's own.
pub fn use_code(conn: &mut Conn, account_id: i64, hash: &str, at: i64) -> Result<bool, StoreError> {
    let unused = recovery_code::table.filter(recovery_code::account_id.eq(account_id));
    let unused = unused
        .filter(recovery_code::hash.eq(hash))
        .filter(recovery_code::used_at.is_null());
    Ok(diesel::update(unused)
        .set(recovery_code::used_at.eq(at))
        .execute(conn)?
        == 1)
}

/// Recovery codes left.
///
/// # Errors
/// Only the database's own.
pub fn codes_left(conn: &mut Conn, account_id: i64) -> Result<i64, StoreError> {
    let unused = recovery_code::table.filter(recovery_code::account_id.eq(account_id));
    Ok(unused
        .filter(recovery_code::used_at.is_null())
        .count()
        .get_result(conn)?)
}
