//! One-time links in mails, by which a person sets a first or a new password. Opening a link
//! changes nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::manage::claim_mail;
use super::{Account, audit, audited, folded, mails, person_actor, set_state};
use crate::domain::access::Actor;
use crate::domain::account::{AccountState, LinkPurpose};
use crate::domain::error::Invalid;
use crate::domain::ids::AccountId;
use crate::domain::mail::EmailAddress;
use crate::domain::text;
use crate::identity::{password, secret};
use crate::service::{App, Error, Tx};
use crate::store::accounts::{self as rows, AccountRow, LinkRow};
use crate::store::types::{At, Word};
use crate::store::{StoreError, sessions, units};

/// For this long after a link was used, opening it again or sending the form twice shows that the
/// password was set.
const TOLD_AFTER_USE: TimeDelta = TimeDelta::hours(1);

/// A one-time link that was just issued. Only the mail holds its secret.
pub(super) struct OneTimeLink {
    pub(super) purpose: LinkPurpose,
    pub(super) secret: String,
}

impl OneTimeLink {
    /// The address of its page.
    pub(super) fn address(&self, app: &App) -> String {
        app.link(&format!("{}{}", self.purpose.path(), self.secret))
    }
}

/// The person whose password a link sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOwner {
    /// Their name.
    pub name: String,
    /// The address that they sign in with.
    pub mail: EmailAddress,
}

impl LinkOwner {
    fn of(account: Account) -> Self {
        Self {
            name: account.person.name,
            mail: account.row.mail,
        }
    }
}

/// A password typed on the page of a one-time link.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword {
    /// The purpose of the link.
    pub purpose: LinkPurpose,
    /// The secret of the link.
    pub link: String,
    /// The password as it was typed.
    pub password: String,
}

/// Issues a link. Earlier links of the account are void.
pub(super) fn issue(
    tx: &mut Tx<'_>,
    account_id: AccountId,
    purpose: LinkPurpose,
) -> Result<OneTimeLink, StoreError> {
    rows::void_links(tx.conn, account_id, tx.now)?;
    let secret = secret::fresh();
    let row = LinkRow {
        id: 0,
        account_id,
        purpose: Word(purpose),
        created_at: At(tx.now),
        expires_at: At(tx.now + purpose.lifetime()),
        used_at: None,
    };
    rows::insert_link(tx.conn, &row, &secret::hash(&secret))?;
    Ok(OneTimeLink { purpose, secret })
}

/// Whether an account has reached the limit of links within an hour, counted over all who ask for
/// one.
pub(super) fn sent_too_often(
    tx: &mut Tx<'_>,
    account_id: AccountId,
    purpose: LinkPurpose,
) -> Result<bool, StoreError> {
    let most = i64::from(tx.app.settings.accounts.reset_mails_per_hour);
    let hour_ago = tx.now - TimeDelta::hours(1);
    Ok(rows::count_links(tx.conn, account_id, purpose, hour_ago)? >= most)
}

/// Whether the person of an account may be sent links and use them.
fn may_use_links(account: &Account, now: DateTime<Utc>) -> bool {
    let today = text::local_date(now);
    account.state() != AccountState::Disabled
        && account.person.active_to.is_none_or(|last| today <= last)
}

/// The account of a link that can be used.
fn account_of_link(tx: &mut Tx<'_>, purpose: LinkPurpose, link: &str) -> Result<Account, Error> {
    let unknown = || Error::not_found("link");
    let found = rows::link_by_hash(tx.conn, &secret::hash(link), purpose)?.ok_or_else(unknown)?;
    let row = rows::find(tx.conn, found.account_id)?.ok_or_else(unknown)?;
    let account = Account::with_person(tx.conn, row, tx.now)?;
    if !may_use_links(&account, tx.now) {
        return Err(unknown());
    }
    // the password and the use of its link are stamped with the same instant; a link that was
    // replaced or made void has another one
    let set_password = |at| account.row.password_changed_at == Some(at);
    match found.used_at {
        None if tx.now < *found.expires_at => Ok(account),
        Some(at) if set_password(at) && tx.now - TOLD_AFTER_USE < *at => {
            Err(Error::Conflict(Invalid::new("", "account_link_used")))
        }
        _ => Err(unknown()),
    }
}

/// The person whose password a link would set.
///
/// # Errors
/// [`Error::NotFound`] if the link is unknown, used or expired; [`Error::Conflict`] if it has just
/// set the password.
pub fn link_owner(tx: &mut Tx<'_>, purpose: LinkPurpose, link: &str) -> Result<LinkOwner, Error> {
    let account = account_of_link(tx, purpose, link)?;
    Ok(LinkOwner::of(account))
}

/// Sets the password of a link's account and uses the link up. Every session of the account ends.
/// The password is hashed between two transactions. Where somebody signs in with the address already,
/// the answer is the same, and a mail tells the reader of that address. Returns the owner of the account.
///
/// # Errors
/// [`Error::NotFound`] and [`Error::Conflict`] as [`link_owner`]; the faults of [`password::check`].
pub fn set_password(
    app: &App,
    actor: &Actor,
    new: &NewPassword,
    now: DateTime<Utc>,
) -> Result<LinkOwner, Error> {
    let checked = app.read(actor, now, |tx| {
        let account = account_of_link(tx, new.purpose, &new.link)?;
        check_password(tx, &account, &new.password)
    })?;
    let hash = password::hash(&checked)?;
    app.write(actor, now, |tx| store_password(tx, new, &hash))
}

/// Checks a password for an account. A password must not be guessed from the person's name, mail
/// address and unit.
pub(super) fn check_password(
    tx: &mut Tx<'_>,
    account: &Account,
    typed: &str,
) -> Result<String, Error> {
    let unit = units::find(tx.conn, account.person.unit_id)?;
    let unit = unit.map(|unit| unit.name).unwrap_or_default();
    let about = [&*account.person.name, account.row.mail.as_str(), &unit];
    Ok(password::check("password", typed, &about)?)
}

fn store_password(tx: &mut Tx<'_>, new: &NewPassword, hash: &str) -> Result<LinkOwner, Error> {
    // the link may have been used while the password was hashed
    let account = account_of_link(tx, new.purpose, &new.link)?;
    let mut claimed = account.row.clone();
    if !claim_mail(tx, &mut claimed)? {
        mails::tell_of_other_account(tx, &account)?;
    }
    rows::void_links(tx.conn, account.row.id, tx.now)?;
    let ended = sessions::end_all(tx.conn, account.row.id, None, tx.now)?;
    let row = AccountRow {
        password_hash: Some(hash.to_owned()),
        password_changed_at: Some(At(tx.now)),
        ..claimed
    };
    let row = set_state(tx, row, AccountState::Active)?;
    let action = match new.purpose {
        LinkPurpose::Invite => "accept_invite",
        LinkPurpose::Reset => "reset_password",
    };
    let owner = person_actor(tx, &account.person)?;
    audit(&mut tx.acting_as(&owner), action, &account)
        .old(&audited(&account.row, json!({})))
        .new_value(&audited(&row, json!({ "sessions_ended": ended })))
        .record()?;
    Ok(LinkOwner::of(account))
}

/// Mails a link to somebody who asks for one: a new password for an active account, the invitation
/// again for one that has not been accepted. Nothing is mailed if no account has the address or too
/// many links were sent within the hour; the caller can't tell.
pub fn request_link(tx: &mut Tx<'_>, mail: &str) -> Result<(), Error> {
    let Some(row) = rows::by_mail(tx.conn, &folded(mail))? else {
        return Ok(());
    };
    let account = Account::with_person(tx.conn, row, tx.now)?;
    let (purpose, action) = match account.state() {
        AccountState::Invited => (LinkPurpose::Invite, "ask_invite"),
        AccountState::Active | AccountState::Disabled => (LinkPurpose::Reset, "ask_reset"),
    };
    if !may_use_links(&account, tx.now) || sent_too_often(tx, account.row.id, purpose)? {
        return Ok(());
    }
    let link = issue(tx, account.row.id, purpose)?;
    mails::send_link(tx, &account, &link)?;
    let works_until = tx.now + purpose.lifetime();
    audit(tx, action, &account)
        .new_value(&json!({ "mailed_to": account.row.mail, "works_until": works_until }))
        .record()
}
