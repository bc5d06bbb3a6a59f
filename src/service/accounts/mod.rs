//! Accounts of people: invitations, disabling, forgotten passwords. What an account may do follows
//! from the roles of its person.
//!
//! | file | contents |
//! |---|---|
//! | here | an account with its person |
//! | `actor` | the actor of a person with the roles of a day |
//! | `change_mail` | changing the address to sign in with |
//! | `directory` | accounts as lists and pages show them |
//! | `first_admin` | the first administrator, created at the command line |
//! | `invite_many` | inviting several people at once |
//! | `links` | one-time links: a first password, a forgotten one |
//! | `lost_device` | what administrators do for people who lost a device |
//! | `mails` | the mails about accounts |
//! | `saved_views` | filters of lists that a person keeps |
//! | `manage` | inviting, disabling, enabling |
//! | `trail`, `trail_names` | reading the audit trail, with the names of what it is about |

pub mod saved_views;
pub mod sign_in;
pub mod tokens;
pub mod trail;

mod actor;
mod change_mail;
mod directory;
mod first_admin;
mod invite_many;
mod links;
mod lost_device;
mod mails;
mod manage;
mod trail_names;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::domain::account::AccountState;
use crate::domain::ids::{AccountId, PersonId};
use crate::domain::text;
use crate::service::core::access::{self, Action};
use crate::service::core::audit::AuditLine;
use crate::service::{Error, Tx};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::people::{self, PersonRow};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

pub(crate) use actor::{must_have_second_factor, person_actor, with_grants};
pub use change_mail::change_mail;
pub(crate) use directory::of_people;
pub use directory::{
    AccountCounts, AccountFilter, AccountList, AccountView, Undelivered, list, show, view,
};
pub use first_admin::{NewAdmin, create_admin};
pub use invite_many::{
    InviteMany, Invited, Uninvited, foresee_invitations, invite_many, uninvited,
};
pub use links::{LinkOwner, NewPassword, link_owner, request_link, set_password};
pub use lost_device::{end_session, reset_second_factor, reset_second_factor_of, sessions};
pub use mails::KIND;
pub(crate) use manage::set_up;
pub use manage::{disable, enable, invite, resend_invite, reset};

/// An account and its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What is stored of it.
    pub row: AccountRow,
    /// The row of its person that is in force, or else the last one.
    pub person: PersonRow,
}

impl Account {
    fn with_person(
        conn: &mut Conn,
        row: AccountRow,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let person = person_in_force(conn, row.person_id, now)?
            .ok_or_else(|| StoreError::Corrupt(format!("account {} has no person", row.id)))?;
        Ok(Self { row, person })
    }

    /// Its state.
    pub fn state(&self) -> AccountState {
        *self.row.state
    }
}

/// The row under which a person is in service at `now`, or else their last one. Somebody who moves
/// to another unit has a row for each.
fn person_in_force(
    conn: &mut Conn,
    person_id: PersonId,
    now: DateTime<Utc>,
) -> Result<Option<PersonRow>, StoreError> {
    let (mut life, today) = (people::posts_of(conn, person_id)?, text::local_date(now));
    let serving = life.iter().rposition(|row| row.active_on(today));
    Ok(match serving {
        Some(at) => Some(life.swap_remove(at)),
        None => life.pop(),
    })
}

/// A mail address as it is compared at sign-in. Addresses are ASCII.
pub(crate) fn folded(mail: &str) -> String {
    text::clean(mail).to_ascii_lowercase()
}

/// One account.
pub fn get(tx: &mut Tx<'_>, id: AccountId) -> Result<Account, Error> {
    let row = rows::find(tx.conn, id)?.ok_or(Error::not_found("account"))?;
    let account = Account::with_person(tx.conn, row, tx.now)?;
    let unit = account.person.unit_id;
    access::require_of(tx.conn, tx.actor, Action::ManageAccounts, unit, "account")?;
    Ok(account)
}

/// An account that the actor may change: they also hold all that its person holds.
fn get_for_change(tx: &mut Tx<'_>, id: AccountId) -> Result<Account, Error> {
    let account = get(tx, id)?;
    access::require_authority_over(tx.conn, tx.actor, account.person.id, tx.now)?;
    Ok(account)
}

/// Saves an account with another state.
fn set_state(
    tx: &mut Tx<'_>,
    row: AccountRow,
    state: AccountState,
) -> Result<AccountRow, StoreError> {
    let row = AccountRow {
        state: Word(state),
        updated_at: At(tx.now),
        ..row
    };
    rows::update(tx.conn, &row)?;
    Ok(row)
}

/// Begins a line of the audit trail about an account.
fn audit<'t>(tx: &'t mut Tx<'_>, action: &str, account: &Account) -> AuditLine<'t> {
    tx.audit(action, "account", account.row.id)
        .unit(account.person.unit_id)
}

/// What the audit trail shows of an account: nothing secret, and `more` of what changed with it.
fn audited(row: &AccountRow, more: Value) -> Value {
    let mut shown = json!({
        "state": row.state,
        "password_changed_at": row.password_changed_at.as_deref(),
        "second_factor": row.totp_secret.is_some(),
    });
    if let (Value::Object(shown), Value::Object(more)) = (&mut shown, more) {
        shown.extend(more);
    }
    shown
}
