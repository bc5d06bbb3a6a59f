//! Single sign-on: an OpenID provider confirms a mail address, and the person whose account has it
//! is signed in as with a password. No request to the provider happens inside a transaction.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::start::{record_failure, serving, start};
use super::{Client, NewSession, TEXT_MAX, cleaned};
use crate::domain::account::{AccountState, SignInMethod};
use crate::identity::openid::Identity;
pub use crate::identity::openid::{Answer, Failure, Flow, Provider};
use crate::service::accounts::{Account, audit, audited, folded, person_actor, set_state};
use crate::service::{App, Error, Tx};
use crate::store::idempotency::{self as kept, ReplyRow};
use crate::store::types::{AsText, micros};
use crate::store::{StoreError, accounts as rows};

/// The path that the provider sends people back to. It has to be registered there.
pub const BACK: &str = "/dang-nhap/mot-lan";

/// Why nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The provider did not tell who it is.
    Provider(Failure),
    /// Nobody may sign in with this mail address: it is unknown, not verified by the provider, of a
    /// disabled account or of somebody out of service. Callers can't tell which.
    Nobody {
        /// The address as the provider writes it, shortened.
        mail: String,
    },
}

/// The provider of the settings, if they name one.
pub fn provider(app: &App) -> Option<Provider> {
    Provider::of(&app.settings.openid, app.link(BACK))
}

/// Signs in somebody who comes back from the provider with its answer. This accepts an invitation:
/// the provider has proven the mail address.
pub fn finish(
    app: &App,
    identity: Result<Identity, Failure>,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<Result<NewSession, Refusal>, Error> {
    let visitor = client.visitor();
    let refused = |mail: &str, reason: &str| {
        let how = SignInMethod::OpenId;
        let details = json!({ "address": client.address, "how": how, "reason": reason });
        app.write(&visitor, now, |tx| record_failure(tx, mail, &details))
    };
    let Identity {
        mail,
        verified,
        state,
    } = match identity {
        Ok(identity) => identity,
        Err(failure) => {
            refused("", failure.as_str())?;
            return Ok(Err(Refusal::Provider(failure)));
        }
    };
    let known = if mail.len() > TEXT_MAX {
        String::new()
    } else {
        folded(&mail)
    };
    let started = app.write(&visitor, now, |tx| {
        if !used_up(tx, &state)? {
            return Ok(Err(Failure::Stale.as_str()));
        }
        let account = match find(tx, &known, verified)? {
            Ok(account) => accept_invitation(tx, account)?,
            Err(reason) => return Ok(Err(reason)),
        };
        start(tx, &account, SignInMethod::OpenId, client).map(Ok)
    })?;
    match started {
        Ok(session) => Ok(Ok(session)),
        Err(reason) if reason == Failure::Stale.as_str() => {
            refused(&known, reason)?;
            Ok(Err(Refusal::Provider(Failure::Stale)))
        }
        Err(reason) => {
            refused(&known, reason)?;
            let mail = cleaned(&mail);
            Ok(Err(Refusal::Nobody { mail }))
        }
    }
}

/// Uses up the state of an answer; `false` if it was used before: an answer is good once. It is
/// kept like the reply to a request that must not happen twice, and purged like it.
fn used_up(tx: &mut Tx<'_>, state: &str) -> Result<bool, StoreError> {
    let (caller, key) = (tx.actor.id, format!("openid:{state}"));
    if kept::find(tx.conn, caller, &key)?.is_some() {
        return Ok(false);
    }
    let row = ReplyRow {
        caller: AsText(caller),
        key,
        fingerprint: String::new(),
        rights: "[]".to_owned(),
        status: 303,
        headers: "[]".to_owned(),
        body: String::new(),
        created_at: micros(tx.now),
    };
    kept::insert(tx.conn, &row)?;
    Ok(true)
}

/// The account with this mail address, or the reason for the audit trail why nobody is signed in.
fn find(
    tx: &mut Tx<'_>,
    mail: &str,
    verified: bool,
) -> Result<Result<Account, &'static str>, StoreError> {
    if !verified {
        return Ok(Err("unverified_mail"));
    }
    let Some(row) = rows::by_mail(tx.conn, mail)? else {
        return Ok(Err("unknown_mail"));
    };
    if *row.state == AccountState::Disabled {
        return Ok(Err("disabled"));
    }
    Ok(serving(tx, row.person_id)?
        .map(|person| Account { row, person })
        .ok_or("out_of_service"))
}

/// Makes an invited account active: its mail address was proven without the link.
fn accept_invitation(tx: &mut Tx<'_>, account: Account) -> Result<Account, Error> {
    if account.state() != AccountState::Invited {
        return Ok(account);
    }
    rows::void_links(tx.conn, account.row.id, tx.now)?;
    let row = set_state(tx, account.row.clone(), AccountState::Active)?;
    let owner = person_actor(tx, &account.person)?;
    audit(&mut tx.acting_as(&owner), "accept_invite", &account)
        .old(&audited(&account.row, json!({})))
        .new_value(&audited(&row, json!({})))
        .record()?;
    Ok(Account { row, ..account })
}
