//! Accounts of people: inviting, disabling, a new password on request. What an account may do comes
//! from its person.
//!
//! | file | what |
//! |---|---|
//! | here | what administrators and the department do to accounts |
//! | `actor` | a person as whoever acts |
//! | `first` | the first administrator, from the command line |
//! | `help` | what administrators do for people whose device is lost: the second factor, sessions |
//! | `links` | one-time links: a first or new password, asked for by mail |
//! | `letters` | the mails |

pub mod sign_in;
pub mod tokens;
pub mod trail;

mod actor;
mod first;
mod help;
mod letters;
mod links;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::domain::access::Actor;
use crate::domain::account::{AccountState, NewAccount, Purpose};
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::units::administrators::Administered;
use crate::service::{App, Error};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::people::{self, PersonRow};
use crate::store::types::{from_text, instant, micros};
use crate::store::{Conn, StoreError, outbox, sessions, tokens as token_rows};

pub(crate) use actor::{acting, must_have, person_actor};
pub use first::{NewAdmin, create_admin};
pub use help::{end_session, reset_second_factor, reset_second_factor_of, sessions_of};
pub use letters::KIND;
pub use links::{Shown, forgot, set_password, show};

/// An account and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What is stored of it.
    pub row: AccountRow,
    /// Its person.
    pub person: PersonRow,
    /// Where it stands.
    pub state: AccountState,
}

impl Account {
    /// With the row of its person that is in force at `now`.
    fn read(conn: &mut Conn, row: AccountRow, now: DateTime<Utc>) -> Result<Self, Error> {
        let person = in_force(conn, row.person_id, now)?.ok_or_else(|| gone(row.id))?;
        Ok(Self {
            state: state(&row)?,
            person,
            row,
        })
    }
}

/// A stored account's state.
///
/// # Errors
/// If the database holds none of ours.
pub fn state(row: &AccountRow) -> Result<AccountState, StoreError> {
    from_text("account.state", &row.state)
}

/// The row under which the human behind a person is in service at `now`, or else their last one.
fn in_force(
    conn: &mut Conn,
    person_id: i64,
    now: DateTime<Utc>,
) -> Result<Option<PersonRow>, StoreError> {
    let (mut life, today) = (people::posts_of(conn, person_id)?, text::local_date(now));
    let serving = life.iter().rposition(|row| row.active_on(today));
    Ok(match serving {
        Some(at) => Some(life.swap_remove(at)),
        None => life.pop(),
    })
}

fn gone(id: i64) -> StoreError {
    StoreError::Corrupt(format!("account {id} has no person"))
}

/// A mail as sign-ins are compared: addresses are ASCII.
pub(crate) fn folded(mail: &str) -> String {
    mail.trim().to_ascii_lowercase()
}

/// Accounts of people that the actor may manage, newest first; with ids below `before`, at most
/// `limit`.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn list(
    app: &App,
    actor: &Actor,
    before: Option<i64>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Account>, Error> {
    access::require_by_any_role(actor, Action::ManageAccounts)?;
    app.store.read(|conn| {
        let scope = access::scope_for(actor, Action::ManageAccounts);
        let (mut listed, mut before) = (Vec::new(), before);
        loop {
            let rows = rows::list(conn, &scope, before, limit)?;
            let Some(last) = rows.last().map(|row| row.id) else {
                return Ok(listed);
            };
            before = Some(last);
            for row in rows {
                let account = Account::read(conn, row, now)?;
                // who was here and has moved on is somebody else's now
                if access::may(conn, actor, Action::ManageAccounts, account.person.unit_id)? {
                    listed.push(account);
                }
                if i64::try_from(listed.len()).is_ok_and(|number| number == limit) {
                    return Ok(listed);
                }
            }
        }
    })
}

/// One account.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn get(app: &App, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<Account, Error> {
    app.store.read(|conn| managed(conn, actor, id, now))
}

/// Gives a person an account and mails a one-time link, in the caller's transaction.
///
/// # Errors
/// A person without a mail, one who has an account, a mail that another account signs in with;
/// [`Error::Forbidden`].
pub fn invite_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    new: &NewAccount,
    now: DateTime<Utc>,
) -> Result<Account, Error> {
    let unknown = || Invalid::new("person_id", "not_found").with("value", new.person_id);
    let person = in_force(conn, new.person_id, now)?.ok_or_else(unknown)?;
    access::require_named(
        conn,
        actor,
        Action::ManageAccounts,
        person.unit_id,
        "person_id",
    )
    .map_err(|error| match error {
        // the fault names the person that was asked for, not its unit
        Error::Invalid(_) => unknown().into(),
        other => other,
    })?;
    access::require_authority_over(conn, actor, person.id, now)?;
    let mail = match new.mail.as_deref().or(person.mail.as_deref()) {
        Some(mail) => text::mail("mail", mail)?,
        None => return Err(Invalid::new("mail", "account_no_mail").into()),
    };
    let row = open_in(conn, &person, mail, now)?;
    let secret = links::make_in(conn, &row, Purpose::Invite, now)?;
    letters::send_in(conn, app, &row, &person, (Purpose::Invite, &secret), now)?;
    let said = json!({ "person_id": person.id, "mailed_to": row.mail });
    Entry::new(actor, now, "invite", "account", row.id)
        .unit(person.unit_id)
        .new_value(&said)?
        .record(conn)?;
    Account::read(conn, row, now)
}

/// Writes an account that nobody can sign in to yet.
fn open_in(
    conn: &mut Conn,
    person: &PersonRow,
    mail: String,
    now: DateTime<Utc>,
) -> Result<AccountRow, Error> {
    if rows::of_person(conn, person.id)?.is_some() {
        return Err(Error::Conflict(Invalid::new(
            "person_id",
            "account_has_one",
        )));
    }
    let row = AccountRow {
        id: 0,
        person_id: person.id,
        mail_folded: folded(&mail),
        mail,
        password_hash: None,
        state: AccountState::Invited.as_str().to_owned(),
        totp_secret: None,
        totp_last_step: None,
        password_changed_at: None,
        created_at: micros(now),
        updated_at: micros(now),
    };
    let taken = Invalid::new("mail", "account_mail_taken");
    rows::insert(conn, row).map_err(|error| match error {
        StoreError::Unique(_) => taken.into(),
        error => error.into(),
    })
}

/// Gives a person of a demonstration an account with this password, or this password to the one
/// there is; the mail to sign in with, if there is any.
pub(crate) fn set_up_in(
    conn: &mut Conn,
    person: &PersonRow,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, Error> {
    let row = match (rows::of_person(conn, person.id)?, &person.mail) {
        (Some(row), _) => row,
        (None, Some(mail)) => open_in(conn, person, mail.clone(), now)?,
        (None, None) => return Ok(None),
    };
    sessions::end_all(conn, row.id, None, micros(now))?;
    let row = AccountRow {
        password_hash: Some(hash.to_owned()),
        password_changed_at: Some(micros(now)),
        ..row
    };
    Ok(Some(with_state(conn, row, AccountState::Active, now)?.mail))
}

/// Mails the link for a first password once more; the link before is worth nothing any more.
///
/// # Errors
/// [`Error::Conflict`] if the account waits for none; [`Error::NotFound`], [`Error::Forbidden`].
pub fn resend_invite(
    app: &App,
    actor: &Actor,
    id: i64,
    now: DateTime<Utc>,
) -> Result<Account, Error> {
    mail_link(app, actor, id, Purpose::Invite, now)
}

/// Mails a link for a new password.
///
/// # Errors
/// [`Error::Conflict`] if the account is not active; [`Error::NotFound`], [`Error::Forbidden`].
pub fn reset(app: &App, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<Account, Error> {
    mail_link(app, actor, id, Purpose::Reset, now)
}

fn mail_link(
    app: &App,
    actor: &Actor,
    id: i64,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<Account, Error> {
    app.store.write(|conn| {
        let account = changeable(conn, actor, id, now)?;
        let (needed, code, action) = match purpose {
            Purpose::Invite => (
                AccountState::Invited,
                "account_not_invited",
                "resend_invite",
            ),
            Purpose::Reset => (AccountState::Active, "account_not_active", "reset"),
        };
        if account.state != needed {
            return Err(Error::Conflict(Invalid::new("", code)));
        }
        let secret = links::make_in(conn, &account.row, purpose, now)?;
        letters::send_in(
            conn,
            app,
            &account.row,
            &account.person,
            (purpose, &secret),
            now,
        )?;
        let said = json!({ "mailed_to": account.row.mail, "works_until": now + purpose.life() });
        entry(actor, now, action, &account)
            .new_value(&said)?
            .record(conn)?;
        Ok(account)
    })
}

/// Shuts a person out at once: sessions and tokens end, links are void, mails to them that wait are
/// given up.
///
/// # Errors
/// [`Error::Conflict`] for the last administrator; [`Error::NotFound`], [`Error::Forbidden`].
pub fn disable(app: &App, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<Account, Error> {
    app.store.write(|conn| {
        let account = changeable(conn, actor, id, now)?;
        if account.state == AccountState::Disabled {
            return Ok(account);
        }
        let administered = Administered::by(conn, account.person.id, now)?;
        let (mut tokens_ended, mut mails_dropped) = (0, 0);
        for row in people::posts_of(conn, account.person.id)? {
            tokens_ended += token_rows::revoke_of_person(conn, row.id, micros(now))?;
            mails_dropped += outbox::give_up_of_person(conn, row.id, "tài khoản đã bị khóa (account disabled)", now)?;
        }
        let ended = sessions::end_all(conn, id, None, micros(now))?;
        rows::use_links(conn, id, micros(now))?;
        let row = with_state(conn, account.row.clone(), AccountState::Disabled, now)?;
        administered.require_still(conn)?;
        let more = json!({ "sessions_ended": ended, "tokens_ended": tokens_ended, "mails_dropped": mails_dropped });
        let (was, is) = (facts(&account.row, json!({}))?, facts(&row, more)?);
        entry(actor, now, "disable", &account).old(&was)?.new_value(&is)?.record(conn)?;
        Account::read(conn, row, now)
    })
}

/// Lets a person in again who was shut out; one without a password has to be sent a link.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn enable(app: &App, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<Account, Error> {
    app.store.write(|conn| {
        let account = changeable(conn, actor, id, now)?;
        if account.state != AccountState::Disabled {
            return Ok(account);
        }
        let known = account.row.password_hash.is_some();
        let to = if known {
            AccountState::Active
        } else {
            AccountState::Invited
        };
        let row = with_state(conn, account.row.clone(), to, now)?;
        let (was, is) = (facts(&account.row, json!({}))?, facts(&row, json!({}))?);
        entry(actor, now, "enable", &account)
            .old(&was)?
            .new_value(&is)?
            .record(conn)?;
        Account::read(conn, row, now)
    })
}

/// The account of somebody whose mail was proven otherwise than by its link: an invitation is taken
/// by that, without a password.
pub(crate) fn proven_in(
    conn: &mut Conn,
    (account, person): (AccountRow, &PersonRow),
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<AccountRow, Error> {
    if state(&account)? != AccountState::Invited {
        return Ok(account);
    }
    rows::use_links(conn, account.id, micros(now))?;
    let row = with_state(conn, account.clone(), AccountState::Active, now)?;
    let actor = Actor {
        request_id: Some(request_id.to_owned()),
        ..person_actor(conn, person, now)?
    };
    let entry = Entry::new(&actor, now, "accept_invite", "account", row.id).unit(person.unit_id);
    let (was, is) = (facts(&account, json!({}))?, facts(&row, json!({}))?);
    entry.old(&was)?.new_value(&is)?.record(conn)?;
    Ok(row)
}

fn with_state(
    conn: &mut Conn,
    row: AccountRow,
    state: AccountState,
    now: DateTime<Utc>,
) -> Result<AccountRow, StoreError> {
    let row = AccountRow {
        state: state.as_str().to_owned(),
        updated_at: micros(now),
        ..row
    };
    rows::update(conn, &row)?;
    Ok(row)
}

/// What the trail says of an account: nothing that is secret; and what else belongs to a change.
pub(crate) fn facts(row: &AccountRow, more: Value) -> Result<Value, StoreError> {
    let mut said = json!({
        "state": row.state,
        "password_changed_at": row.password_changed_at.map(instant).transpose()?,
        "second_factor": row.totp_secret.is_some(),
    });
    if let (Value::Object(said), Value::Object(more)) = (&mut said, more) {
        said.extend(more);
    }
    Ok(said)
}

fn managed(conn: &mut Conn, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<Account, Error> {
    let unknown = || Error::not_found("account");
    let row = rows::find(conn, id)?.ok_or_else(unknown)?;
    let account = Account::read(conn, row, now)?;
    access::require_of(
        conn,
        actor,
        Action::ManageAccounts,
        account.person.unit_id,
        "account",
    )?;
    Ok(account)
}

fn changeable(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    now: DateTime<Utc>,
) -> Result<Account, Error> {
    let account = managed(conn, actor, id, now)?;
    access::require_authority_over(conn, actor, account.person.id, now)?;
    Ok(account)
}

fn entry(actor: &Actor, now: DateTime<Utc>, action: &str, account: &Account) -> Entry {
    Entry::new(actor, now, action, "account", account.row.id).unit(account.person.unit_id)
}
