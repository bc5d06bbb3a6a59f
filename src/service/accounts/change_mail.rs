//! Changing the address that somebody signs in with.

use serde_json::json;

use super::manage::{is_seen, unclaimed};
use super::{Account, audit, get_for_change, links, mails};
use crate::domain::account::{AccountState, LinkPurpose};
use crate::domain::error::Invalid;
use crate::domain::ids::AccountId;
use crate::domain::mail::EmailAddress;
use crate::service::{Error, Tx};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::types::At;

/// Changes the address that somebody signs in with. A link is mailed to the new address, and the old
/// one is told. Somebody with a password signs in with the old address until the link was used: that
/// proves who reads the new one. The actor learns nothing of an account elsewhere with that address.
///
/// # Errors
/// A text that is no address; an address with which another account signs in, if the actor may see
/// that account; [`Error::Conflict`] for a disabled account; [`Error::TooOften`]; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn change_mail(tx: &mut Tx<'_>, id: AccountId, mail: &str) -> Result<Account, Error> {
    let account = get_for_change(tx, id)?;
    let mail = EmailAddress::parse("mail", mail)?;
    if account.row.mail == mail {
        return Ok(account);
    }
    let purpose = match account.state() {
        AccountState::Invited => LinkPurpose::Invite,
        AccountState::Active => LinkPurpose::Reset,
        AccountState::Disabled => {
            return Err(Error::Conflict(Invalid::new("", "account_not_active")));
        }
    };
    if links::sent_too_often(tx, id, purpose)? {
        return Err(Error::TooOften(3_600));
    }
    let mail_folded = signs_in_with(tx, &account.row, &mail)?;
    let row = AccountRow {
        mail,
        mail_folded,
        updated_at: At(tx.now),
        ..account.row.clone()
    };
    rows::update(tx.conn, &row)?;
    let changed = Account {
        row,
        person: account.person.clone(),
    };
    let link = links::issue(tx, id, purpose)?;
    mails::send_link(tx, &changed, &link)?;
    mails::tell_of_new_mail(tx, &account, &changed.row.mail)?;
    let works_until = tx.now + purpose.lifetime();
    audit(tx, "change_mail", &changed)
        .old(&json!({ "mail": account.row.mail }))
        .new_value(&json!({ "mail": changed.row.mail, "works_until": works_until }))
        .record()?;
    Ok(changed)
}

/// By what the account is found from now on.
fn signs_in_with(
    tx: &mut Tx<'_>,
    before: &AccountRow,
    mail: &EmailAddress,
) -> Result<String, Error> {
    let folded = mail.folded();
    let other = rows::by_mail(tx.conn, &folded)?.filter(|other| other.id != before.id);
    let is_taken = match other {
        Some(other) if is_seen(tx, &other)? => {
            return Err(Invalid::new("mail", "account_mail_taken").into());
        }
        other => other.is_some(),
    };
    let is_invited = *before.state == AccountState::Invited;
    Ok(match (is_invited, is_taken) {
        (true, true) => unclaimed(mail, before.person_id),
        (true, false) => folded,
        // without a password nobody can use a link; the provider of single sign-on proves the address
        (false, false) if before.password_hash.is_none() => folded,
        (false, _) => before.mail_folded.clone(),
    })
}
