//! What administrators and the department do with accounts: inviting, mailing links, disabling,
//! enabling.

use serde_json::json;

use super::set_state;
use super::{Account, audit, audited, get_for_change, links, mails, person_in_force};
use crate::domain::account::{AccountState, LinkPurpose, NewAccount};
use crate::domain::dead_mail::CANCELLED;
use crate::domain::error::Invalid;
use crate::domain::ids::{AccountId, PersonId};
use crate::domain::mail::EmailAddress;
use crate::service::core::access::{self, Action};
use crate::service::units::administrators::Administered;
use crate::service::{Error, Tx};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::people::PersonRow;
use crate::store::types::{At, Word};
use crate::store::{StoreError, outbox, people, sessions, tokens};

/// Gives a person an account and mails them an invitation.
///
/// # Errors
/// A person without a mail address, one who has an account, an address that another account signs
/// in with that the actor may see; [`Error::Forbidden`]. Of an account elsewhere the actor learns
/// nothing: the invitation is sent, and once it is accepted a mail tells the reader of that address.
pub fn invite(tx: &mut Tx<'_>, new: &NewAccount) -> Result<Account, Error> {
    let person = person_to_invite(tx, new.person_id)?;
    let mail = match (&new.mail, &person.mail) {
        (Some(mail), _) => EmailAddress::parse("mail", mail)?,
        (None, Some(mail)) => mail.clone(),
        (None, None) => return Err(Invalid::new("mail", "account_no_mail").into()),
    };
    let account = create(tx, person, mail)?;
    let link = links::issue(tx, account.row.id, LinkPurpose::Invite)?;
    mails::send_link(tx, &account, &link)?;
    audit(tx, "invite", &account)
        .new_value(&json!({ "person_id": account.person.id, "mailed_to": account.row.mail }))
        .record()?;
    Ok(account)
}

fn person_to_invite(tx: &mut Tx<'_>, id: PersonId) -> Result<PersonRow, Error> {
    let unknown = || Error::from(Invalid::new("person_id", "not_found").with("value", id));
    let person = person_in_force(tx.conn, id, tx.now)?.ok_or_else(unknown)?;
    tx.require(Action::ManageAccounts, person.unit_id)
        .map_err(|error| match error {
            Error::NotFound { .. } => unknown(),
            other => other,
        })?;
    access::require_authority_over(tx.conn, tx.actor, person.id, tx.now)?;
    Ok(person)
}

/// Writes an account that nobody can sign in to yet.
pub(super) fn create(
    tx: &mut Tx<'_>,
    person: PersonRow,
    mail: EmailAddress,
) -> Result<Account, Error> {
    if rows::of_person(tx.conn, person.id)?.is_some() {
        return Err(Error::Conflict(Invalid::new(
            "person_id",
            "account_has_one",
        )));
    }
    let mail_folded = match rows::by_mail(tx.conn, &mail.folded())? {
        Some(other) if is_seen(tx, &other)? => {
            return Err(Invalid::new("mail", "account_mail_taken").into());
        }
        Some(_) => unclaimed(&mail, person.id),
        None => mail.folded(),
    };
    let row = AccountRow {
        id: AccountId::NONE,
        person_id: person.id,
        mail_folded,
        mail,
        password_hash: None,
        state: Word(AccountState::Invited),
        totp_secret: None,
        totp_last_step: None,
        password_changed_at: None,
        created_at: At(tx.now),
        updated_at: At(tx.now),
        language: None,
        theme: None,
        last_sign_in_at: None,
    };
    let row = rows::insert(tx.conn, row).map_err(|error| match error {
        StoreError::Unique(_) => Invalid::new("mail", "account_mail_taken").into(),
        error => Error::from(error),
    })?;
    Ok(Account { row, person })
}

/// Whether the actor may see that an account exists.
pub(super) fn is_seen(tx: &mut Tx<'_>, account: &AccountRow) -> Result<bool, Error> {
    let person = person_in_force(tx.conn, account.person_id, tx.now)?;
    match person {
        Some(person) => tx.may(Action::ManageAccounts, person.unit_id),
        None => Ok(false),
    }
}

/// What an account is found by while its address belongs to another one: no address.
pub(super) fn unclaimed(mail: &EmailAddress, person_id: PersonId) -> String {
    format!("{}#{person_id}", mail.folded())
}

/// Gives the address of an account to it, as its invitation was accepted; whether it was free.
/// Nobody learns that the address signs in to an account elsewhere but the reader of the mails to it.
pub(super) fn claim_mail(tx: &mut Tx<'_>, account: &mut AccountRow) -> Result<bool, Error> {
    let folded = account.mail.folded();
    if account.mail_folded == folded {
        return Ok(true);
    }
    if let Some(other) = rows::by_mail(tx.conn, &folded)? {
        if other.password_hash.is_some() || other.state != AccountState::Invited {
            return Ok(false);
        }
        let unclaimed = unclaimed(&other.mail, other.person_id);
        let other = AccountRow {
            mail_folded: unclaimed,
            ..other
        };
        rows::update(tx.conn, &other)?;
    }
    account.mail_folded = folded;
    Ok(true)
}

/// Gives a person of a demonstration an account with this password, or sets the password of their
/// account. Returns the address to sign in with; `None` for a person without one.
pub(crate) fn set_up(
    tx: &mut Tx<'_>,
    person: &PersonRow,
    hash: &str,
) -> Result<Option<EmailAddress>, Error> {
    let row = match (rows::of_person(tx.conn, person.id)?, &person.mail) {
        (Some(row), _) => row,
        (None, Some(mail)) => create(tx, person.clone(), mail.clone())?.row,
        (None, None) => return Ok(None),
    };
    sessions::end_all(tx.conn, row.id, None, tx.now)?;
    let row = AccountRow {
        password_hash: Some(hash.to_owned()),
        password_changed_at: Some(At(tx.now)),
        ..row
    };
    Ok(Some(set_state(tx, row, AccountState::Active)?.mail))
}

/// Mails the invitation once more. Earlier links are void.
///
/// # Errors
/// [`Error::Conflict`] if the account is not waiting for its first password; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn resend_invite(tx: &mut Tx<'_>, id: AccountId) -> Result<Account, Error> {
    mail_link(tx, id, LinkPurpose::Invite)
}

/// Mails a link for a new password. Earlier links are void.
///
/// # Errors
/// [`Error::Conflict`] if the account is not active; [`Error::NotFound`], [`Error::Forbidden`].
pub fn reset(tx: &mut Tx<'_>, id: AccountId) -> Result<Account, Error> {
    mail_link(tx, id, LinkPurpose::Reset)
}

fn mail_link(tx: &mut Tx<'_>, id: AccountId, purpose: LinkPurpose) -> Result<Account, Error> {
    let account = get_for_change(tx, id)?;
    let (needed, code, action) = match purpose {
        LinkPurpose::Invite => (
            AccountState::Invited,
            "account_not_invited",
            "resend_invite",
        ),
        LinkPurpose::Reset => (AccountState::Active, "account_not_active", "reset"),
    };
    if account.state() != needed {
        return Err(Error::Conflict(Invalid::new("", code)));
    }
    if links::sent_too_often(tx, account.row.id, purpose)? {
        return Err(Error::TooOften(3_600));
    }
    let link = links::issue(tx, account.row.id, purpose)?;
    mails::send_link(tx, &account, &link)?;
    let works_until = tx.now + purpose.lifetime();
    audit(tx, action, &account)
        .new_value(&json!({ "mailed_to": account.row.mail, "works_until": works_until }))
        .record()?;
    Ok(account)
}

/// Disables an account at once: its sessions end, its links are void, the tokens of its person are
/// revoked, and mails to them that have not left are cancelled.
///
/// # Errors
/// [`Error::Conflict`] for the last administrator; [`Error::NotFound`], [`Error::Forbidden`].
pub fn disable(tx: &mut Tx<'_>, id: AccountId) -> Result<Account, Error> {
    let account = get_for_change(tx, id)?;
    if account.state() == AccountState::Disabled {
        return Ok(account);
    }
    let administered = Administered::by(tx.conn, account.person.id, tx.now)?;
    let (mut tokens_ended, mut mails_dropped) = (0, 0);
    for row in people::posts_of(tx.conn, account.person.id)? {
        tokens_ended += tokens::revoke_of_person(tx.conn, row.id, tx.now)?;
        mails_dropped += outbox::give_up_of_person(tx.conn, row.id, CANCELLED, tx.now)?;
    }
    let ended = sessions::end_all(tx.conn, id, None, tx.now)?;
    rows::void_links(tx.conn, id, tx.now)?;
    let row = set_state(tx, account.row.clone(), AccountState::Disabled)?;
    administered.require_still(tx.conn)?;
    let more = json!({
        "sessions_ended": ended,
        "tokens_ended": tokens_ended,
        "mails_dropped": mails_dropped,
    });
    audit(tx, "disable", &account)
        .old(&audited(&account.row, json!({})))
        .new_value(&audited(&row, more))
        .record()?;
    Ok(Account { row, ..account })
}

/// Enables a disabled account. Without a password it is invited again, and needs a new link.
pub fn enable(tx: &mut Tx<'_>, id: AccountId) -> Result<Account, Error> {
    let account = get_for_change(tx, id)?;
    if account.state() != AccountState::Disabled {
        return Ok(account);
    }
    let state = if account.row.password_hash.is_some() {
        AccountState::Active
    } else {
        AccountState::Invited
    };
    let row = set_state(tx, account.row.clone(), state)?;
    audit(tx, "enable", &account)
        .old(&audited(&account.row, json!({})))
        .new_value(&audited(&row, json!({})))
        .record()?;
    Ok(Account { row, ..account })
}
