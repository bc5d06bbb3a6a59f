//! What administrators and the department do for people who lost a device: removing the second
//! factor, ending sessions.

use serde_json::json;

use super::sign_in;
use super::{Account, audit, audited, folded, get, get_for_change, mails};
use crate::domain::error::Invalid;
use crate::domain::ids::{AccountId, SessionId};
use crate::domain::text;
use crate::service::{Error, Tx};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::people;
use crate::store::sessions::{self as stored, SessionView};
use crate::store::types::At;

/// Removes the second factor of somebody who lost it: all their sessions end, and they are told by
/// mail. From then on they sign in with the password alone, and set up another second factor if the
/// settings require one.
///
/// # Errors
/// Without a reason; [`Error::Conflict`] for an account without a second factor, and for the
/// actor's own, which is removed with the password; [`Error::NotFound`], [`Error::Forbidden`].
pub fn reset_second_factor(tx: &mut Tx<'_>, id: AccountId, reason: &str) -> Result<Account, Error> {
    let account = get_for_change(tx, id)?;
    let reason = text::paragraph("reason", reason)?;
    let conflict = |code| Err(Error::Conflict(Invalid::new("", code)));
    if is_own(tx, &account)? {
        return conflict("account_own_second_factor");
    }
    if account.row.totp_secret.is_none() {
        return conflict("account_without_second_factor");
    }
    let codes = rows::codes_left(tx.conn, id)?;
    rows::set_codes(tx.conn, id, &[])?;
    let ended = stored::end_all(tx.conn, id, None, tx.now)?;
    let row = AccountRow {
        totp_secret: None,
        totp_last_step: None,
        updated_at: At(tx.now),
        ..account.row.clone()
    };
    rows::update(tx.conn, &row)?;
    let old = audited(&account.row, json!({ "recovery_codes": codes }));
    let new = audited(
        &row,
        json!({ "recovery_codes": 0, "sessions_ended": ended }),
    );
    let account = Account { row, ..account };
    mails::tell_of_reset(tx, &account, &reason)?;
    audit(tx, "reset_second_factor", &account)
        .reason(reason.as_str())
        .old(&old)
        .new_value(&new)
        .record()?;
    Ok(account)
}

/// Like [`reset_second_factor`], for the account with this mail address. The command line uses it
/// when the only administrator lost their device.
///
/// # Errors
/// An unknown address; those of [`reset_second_factor`].
pub fn reset_second_factor_of(tx: &mut Tx<'_>, mail: &str, reason: &str) -> Result<Account, Error> {
    let unknown = || {
        let shown: String = mail.chars().take(100).collect();
        Invalid::new("mail", "not_found").with("value", shown)
    };
    let row = rows::by_mail(tx.conn, &folded(mail))?.ok_or_else(unknown)?;
    reset_second_factor(tx, row.id, reason)
}

fn is_own(tx: &mut Tx<'_>, account: &Account) -> Result<bool, Error> {
    let Some(person) = tx.actor.person_id else {
        return Ok(false);
    };
    let life = people::posts_of(tx.conn, person)?;
    Ok(life.iter().any(|row| row.id == account.person.id))
}

/// The sessions of an account, newest first.
pub fn sessions(tx: &mut Tx<'_>, id: AccountId) -> Result<Vec<SessionView>, Error> {
    get(tx, id)?;
    sign_in::sessions_of(tx, id)
}

/// Ends one session of an account.
///
/// # Errors
/// [`Error::NotFound`], also for a session that is over or belongs to another account;
/// [`Error::Forbidden`].
pub fn end_session(tx: &mut Tx<'_>, id: AccountId, session: SessionId) -> Result<(), Error> {
    let account = get_for_change(tx, id)?;
    if sign_in::end_session_of(tx, &account.row, session)? {
        Ok(())
    } else {
        Err(Error::not_found("session"))
    }
}
