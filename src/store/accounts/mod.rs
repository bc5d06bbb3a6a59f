//! Accounts, their one-time links and recovery codes. Secrets of links and recovery codes are
//! stored as hashes.

mod secrets;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use super::schema::{account, person, unit_ancestor};
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::access::{Role, Scope};
use crate::domain::account::AccountState;
use crate::domain::ids::{AccountId, PersonId};
use crate::domain::mail::EmailAddress;
use crate::domain::preference::{Lang, Preferences, Theme};

pub use secrets::{
    LinkRow, codes_left, count_links, insert_link, link_by_hash, set_codes, use_code, void_links,
};

/// An account as stored. It is never serialised, and its `Debug` shows nothing secret.
#[derive(Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = account, treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct AccountRow {
    #[diesel(skip_insertion)]
    pub id: AccountId,
    pub person_id: PersonId,
    pub mail: EmailAddress,
    pub mail_folded: String,
    pub password_hash: Option<String>,
    pub state: Word<AccountState>,
    pub totp_secret: Option<String>,
    pub totp_last_step: Option<i64>,
    pub password_changed_at: Option<At>,
    pub created_at: At,
    pub updated_at: At,
    pub language: Option<Word<Lang>>,
    pub theme: Option<Word<Theme>>,
    pub last_sign_in_at: Option<At>,
}

impl AccountRow {
    /// How its person wants pages to look.
    pub fn preferences(&self) -> Preferences {
        Preferences {
            language: self.language.map(|word| *word),
            theme: self.theme.map(|word| *word),
        }
    }
}

impl std::fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountRow")
            .field("id", &self.id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
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

/// Records that the person of an account signed in.
pub fn record_sign_in(conn: &mut Conn, id: AccountId, at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(account::table.find(id))
        .set(account::last_sign_in_at.eq(At(at)))
        .execute(conn)?;
    Ok(())
}

/// An account by id.
pub fn find(conn: &mut Conn, id: AccountId) -> Result<Option<AccountRow>, StoreError> {
    Ok(AccountRow::query()
        .filter(account::id.eq(id))
        .get_result(conn)
        .optional()?)
}

/// The languages of the accounts of these persons, where they chose one. Somebody who moved to another
/// unit keeps their account.
pub fn languages(
    conn: &mut Conn,
    persons: &[PersonId],
) -> Result<HashMap<PersonId, Lang>, StoreError> {
    let firsts: Vec<(PersonId, Option<PersonId>)> = person::table
        .filter(person::id.eq_any(persons))
        .select((person::id, person::first_id))
        .load(conn)?;
    let lives: Vec<Option<PersonId>> = firsts.iter().map(|(_, first)| *first).collect();
    let chosen: Vec<(Option<PersonId>, Word<Lang>)> = account::table
        .inner_join(person::table.on(person::id.eq(account::person_id)))
        .filter(person::first_id.eq_any(lives))
        .filter(account::language.is_not_null())
        .select((person::first_id, account::language.assume_not_null()))
        .load(conn)?;
    let chosen: HashMap<Option<PersonId>, Lang> = chosen
        .into_iter()
        .map(|(first, lang)| (first, *lang))
        .collect();
    let of_person =
        |(person, first): &(PersonId, Option<PersonId>)| Some((*person, *chosen.get(first)?));
    Ok(firsts.iter().filter_map(of_person).collect())
}

/// The account of a person. Somebody who moved to another unit keeps their account.
pub fn of_person(conn: &mut Conn, person_id: PersonId) -> Result<Option<AccountRow>, StoreError> {
    let same = diesel::alias!(person as same);
    let first = same
        .filter(same.field(person::id).eq(person_id))
        .select(same.field(person::first_id));
    let life = person::table
        .filter(person::first_id.eq_any(first))
        .select(person::id);
    Ok(AccountRow::query()
        .filter(account::person_id.eq_any(life))
        .get_result(conn)
        .optional()?)
}

/// The account with this folded address.
pub fn by_mail(conn: &mut Conn, folded: &str) -> Result<Option<AccountRow>, StoreError> {
    Ok(AccountRow::query()
        .filter(account::mail_folded.eq(folded))
        .get_result(conn)
        .optional()?)
}

/// Accounts of people who belong or belonged to a unit of the scope, newest first.
pub fn list(conn: &mut Conn, scope: &Scope) -> Result<Vec<AccountRow>, StoreError> {
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
    Ok(query.order(account::id.desc()).load(conn)?)
}

/// The accounts of these human beings.
pub fn of_humans(conn: &mut Conn, humans: &[PersonId]) -> Result<Vec<AccountRow>, StoreError> {
    let mut all = Vec::new();
    for chunk in humans.chunks(5_000) {
        let posts = person::table
            .filter(person::first_id.assume_not_null().eq_any(chunk))
            .select(person::id);
        all.extend(
            AccountRow::query()
                .filter(account::person_id.eq_any(posts))
                .load(conn)?,
        );
    }
    Ok(all)
}

/// The names of the people of these accounts.
pub fn names(conn: &mut Conn, ids: &[AccountId]) -> Result<HashMap<AccountId, String>, StoreError> {
    let found: Vec<(AccountId, String)> = account::table
        .inner_join(person::table.on(person::id.eq(account::person_id)))
        .filter(account::id.eq_any(ids))
        .select((account::id, person::name))
        .load(conn)?;
    Ok(found.into_iter().collect())
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
