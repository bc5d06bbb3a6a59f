//! The list of own sessions, and signing out.

use serde_json::json;

use super::CurrentSession;
use crate::domain::access::ActorId;
use crate::domain::ids::{AccountId, SessionId};
use crate::service::{Error, Tx};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::sessions::{self as stored, SessionRow, SessionView};
use crate::store::types::At;
use crate::store::{StoreError, people};

/// The actor's sessions, newest first. Empty for an actor who is no person with an account, and for
/// a token of a person.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<SessionView>, Error> {
    match own_account(tx)? {
        Some(account) => of_account(tx, account.id),
        None => Ok(Vec::new()),
    }
}

/// The sessions of an account that can be used, newest first.
pub(crate) fn of_account(
    tx: &mut Tx<'_>,
    account_id: AccountId,
) -> Result<Vec<SessionView>, Error> {
    let idle = tx.app.settings.accounts.session_idle_seconds.delta();
    Ok(stored::list(tx.conn, account_id, tx.now, tx.now - idle)?)
}

/// Ends one session of an account; `false` if it had ended or belongs to another account.
pub(crate) fn end_of(tx: &mut Tx<'_>, account: &AccountRow, id: SessionId) -> Result<bool, Error> {
    end_with(tx, "end_session", account, id)
}

fn end_with(
    tx: &mut Tx<'_>,
    action: &str,
    account: &AccountRow,
    id: SessionId,
) -> Result<bool, Error> {
    let Some(before) = stored::end(tx.conn, account.id, id, tx.now)? else {
        return Ok(false);
    };
    let after = SessionRow {
        ended_at: Some(At(tx.now)),
        ..before.clone()
    };
    let person = people::find(tx.conn, account.person_id)?;
    let line = tx.audit(action, "account", account.id);
    let line = match person {
        Some(person) => line.unit(person.unit_id),
        None => line,
    };
    line.old(&before).new_value(&after).record()?;
    Ok(true)
}

/// Ends one of the actor's sessions.
///
/// # Errors
/// [`Error::NotFound`] if it is over or somebody else's, and for tokens.
pub fn end(tx: &mut Tx<'_>, id: SessionId) -> Result<(), Error> {
    let account = own_account(tx)?.ok_or(Error::not_found("account"))?;
    if end_of(tx, &account, id)? {
        Ok(())
    } else {
        Err(Error::not_found("session"))
    }
}

/// Signs the actor out everywhere and returns how many sessions ended.
///
/// # Errors
/// [`Error::NotFound`] for an actor who is no person with an account, and for a token of a person.
pub fn end_all(tx: &mut Tx<'_>) -> Result<usize, Error> {
    let account = own_account(tx)?.ok_or(Error::not_found("account"))?;
    let ended = stored::end_all(tx.conn, account.id, None, tx.now)?;
    tx.audit("sign_out_everywhere", "account", account.id)
        .old(&json!({ "sessions": ended }))
        .new_value(&json!({ "sessions": [] }))
        .record()?;
    Ok(ended.len())
}

/// Ends the session of a browser.
pub fn sign_out(tx: &mut Tx<'_>, current: &CurrentSession) -> Result<(), Error> {
    let session = &current.session;
    if let Some(account) = rows::find(tx.conn, session.account_id)? {
        let tx = &mut tx.acting_as(&current.actor);
        end_with(tx, "sign_out", &account, session.id)?;
    }
    Ok(())
}

/// The account of an actor who signed in themselves. A token acts in its person's name, but can't
/// change their account.
fn own_account(tx: &mut Tx<'_>) -> Result<Option<AccountRow>, StoreError> {
    match tx.actor.person_id {
        Some(person) if matches!(tx.actor.id, ActorId::Person(_)) => {
            rows::of_person(tx.conn, person)
        }
        _ => Ok(None),
    }
}
