//! Accounts as lists and pages show them: with their person, the last sign-in, and whether mails
//! reach them.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::Account;
use crate::domain::account::{AccountStanding, AccountState};
use crate::domain::dead_mail::DeadCause;
use crate::domain::ids::{AccountId, MailId, PersonId, UnitId};
use crate::domain::mail::EmailAddress;
use crate::domain::text::{fold, local_date};
use crate::service::core::access::{self, Action};
use crate::service::{Error, Tx};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::outbox::{self, DeadMail};
use crate::store::people::{self, PersonRow};
use crate::store::types::At;
use crate::store::{StoreError, units, views};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AccountBody)]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// Its person.
    pub person_id: PersonId,
    /// The person's name.
    pub name: String,
    /// The person's unit.
    pub unit_id: UnitId,
    /// The unit's name.
    pub unit_name: String,
    /// The address to sign in with.
    pub mail: EmailAddress,
    /// Its state.
    pub state: AccountState,
    /// The state, and whether the person ever signed in.
    pub standing: AccountStanding,
    /// Whether signing in takes a second step.
    pub second_factor: bool,
    /// When the password was last set.
    pub password_changed_at: Option<At>,
    /// When the person signed in last.
    pub last_sign_in_at: Option<At>,
    /// When the person was invited.
    pub created_at: At,
    /// The mail that did not reach the person, if the newest one did not.
    pub undelivered: Option<Undelivered>,
}

/// The newest mail to a person, which did not reach them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Undelivered {
    /// The mail.
    pub mail_id: MailId,
    /// When it was given up.
    pub at: At,
    /// Why.
    pub cause: DeadCause,
}

impl Undelivered {
    /// Of a mail that was given up because of its address.
    fn of(dead: &DeadMail) -> Option<Self> {
        let cause = DeadCause::of(&dead.error);
        cause.is_of_address().then_some(Self {
            mail_id: dead.id,
            at: dead.at,
            cause,
        })
    }
}

/// Which accounts to list; all conditions hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Seen as this.
    pub standing: Option<AccountStanding>,
    /// Only those whose person mails do not reach.
    pub unreachable: bool,
    /// Part of the person's name or of the address, with or without diacritics.
    pub search: Option<String>,
}

impl AccountFilter {
    fn finds(&self, account: &AccountView) -> bool {
        self.standing
            .is_none_or(|standing| standing == account.standing)
            && (!self.unreachable || account.undelivered.is_some())
    }

    fn names(&self, account: &AccountView) -> bool {
        let Some(part) = self.search.as_deref().map(fold) else {
            return true;
        };
        fold(&account.name).contains(&part) || account.mail.folded().contains(&part)
    }
}

/// How many accounts there are of each sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountCounts {
    /// All.
    pub all: usize,
    /// Invited.
    pub invited: usize,
    /// Accepted, and never signed in.
    pub never_signed_in: usize,
    /// In use.
    pub active: usize,
    /// Disabled.
    pub disabled: usize,
    /// Not reached by mails.
    pub unreachable: usize,
}

impl AccountCounts {
    fn of(accounts: &[AccountView]) -> Self {
        let count = |standing| {
            let all = accounts.iter();
            all.filter(|account| account.standing == standing).count()
        };
        let unreachable = accounts
            .iter()
            .filter(|account| account.undelivered.is_some());
        Self {
            all: accounts.len(),
            invited: count(AccountStanding::Invited),
            never_signed_in: count(AccountStanding::NeverSignedIn),
            active: count(AccountStanding::Active),
            disabled: count(AccountStanding::Disabled),
            unreachable: unreachable.count(),
        }
    }
}

/// The accounts that the actor may manage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountList {
    /// Those that the filter finds, newest first.
    pub accounts: Vec<AccountView>,
    /// How many there are whatever their standing.
    pub counts: AccountCounts,
}

/// Accounts that the actor may manage, newest first.
///
/// # Errors
/// [`Error::Forbidden`] for somebody who manages no accounts.
pub fn list(tx: &mut Tx<'_>, filter: &AccountFilter) -> Result<AccountList, Error> {
    tx.require_by_any_role(Action::ManageAccounts)?;
    let scope = tx.scope_for(Action::ManageAccounts);
    let found = rows::list(tx.conn, &scope)?;
    let accounts = views_of(tx, found)?;
    let mut accounts = managed(tx, accounts)?;
    accounts.retain(|account| filter.names(account));
    let counts = AccountCounts::of(&accounts);
    accounts.retain(|account| filter.finds(account));
    Ok(AccountList { accounts, counts })
}

/// One account.
pub fn show(tx: &mut Tx<'_>, id: AccountId) -> Result<AccountView, Error> {
    let account = super::get(tx, id)?;
    view(tx, account)
}

/// An account as it is shown. The caller knows that the actor may see it.
pub fn view(tx: &mut Tx<'_>, account: Account) -> Result<AccountView, Error> {
    let shown = views_of(tx, vec![account.row])?.pop();
    shown.ok_or_else(|| Error::not_found("account"))
}

/// The accounts of these people that the actor may manage, by person.
pub(crate) fn of_people(
    tx: &mut Tx<'_>,
    persons: &[PersonId],
) -> Result<HashMap<PersonId, AccountView>, Error> {
    let humans = people::humans(tx.conn, persons)?;
    let ids: Vec<PersonId> = humans.values().copied().collect();
    let found = rows::of_humans(tx.conn, &ids)?;
    let accounts = views_of(tx, found)?;
    let accounts = managed(tx, accounts)?;
    let owners: Vec<PersonId> = accounts.iter().map(|account| account.person_id).collect();
    let owners = people::humans(tx.conn, &owners)?;
    let by_human: HashMap<PersonId, AccountView> = accounts
        .into_iter()
        .filter_map(|account| Some((*owners.get(&account.person_id)?, account)))
        .collect();
    let of = |(person, human): (PersonId, PersonId)| Some((person, by_human.get(&human)?.clone()));
    Ok(humans.into_iter().filter_map(of).collect())
}

/// Those that are managed where their person is now.
fn managed(tx: &mut Tx<'_>, mut accounts: Vec<AccountView>) -> Result<Vec<AccountView>, Error> {
    let scope = access::scope_for(tx.actor, Action::ManageAccounts);
    let units: Vec<UnitId> = accounts.iter().map(|account| account.unit_id).collect();
    let seen = views::seen_in_full(tx.conn, &scope, &units)?;
    accounts.retain(|account| seen.contains(&account.unit_id));
    Ok(accounts)
}

/// Accounts with their people; everything is read at once.
fn views_of(tx: &mut Tx<'_>, rows: Vec<AccountRow>) -> Result<Vec<AccountView>, Error> {
    let persons: Vec<PersonId> = rows.iter().map(|row| row.person_id).collect();
    let mut lives = people::posts_of_many(tx.conn, &persons)?;
    let undelivered = outbox::undelivered(tx.conn)?;
    let today = local_date(tx.now);
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let posts = lives.remove(&row.person_id).unwrap_or_default();
        let dead = posts.iter().filter_map(|post| undelivered.get(&post.id));
        let dead = dead.max_by_key(|dead| dead.at).cloned();
        let serving = posts.iter().rposition(|post| post.active_on(today));
        let last = posts.len().saturating_sub(1);
        let person = posts.into_iter().nth(serving.unwrap_or(last));
        let person = person
            .ok_or_else(|| StoreError::Corrupt(format!("account {} has no person", row.id)))?;
        found.push((row, person, dead));
    }
    let ids: Vec<UnitId> = found.iter().map(|(_, person, _)| person.unit_id).collect();
    let units = units::find_many(tx.conn, &ids)?;
    let shown = |(row, person, dead): (AccountRow, PersonRow, Option<DeadMail>)| {
        let unit = units.get(&person.unit_id);
        AccountView {
            id: row.id,
            person_id: person.id,
            name: person.name,
            unit_id: person.unit_id,
            unit_name: unit.map(|unit| unit.name.clone()).unwrap_or_default(),
            mail: row.mail,
            state: *row.state,
            standing: AccountStanding::of(*row.state, row.last_sign_in_at.is_some()),
            second_factor: row.totp_secret.is_some(),
            password_changed_at: row.password_changed_at,
            last_sign_in_at: row.last_sign_in_at,
            created_at: row.created_at,
            undelivered: dead.as_ref().and_then(Undelivered::of),
        }
    };
    Ok(found.into_iter().map(shown).collect())
}
