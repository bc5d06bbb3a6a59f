//! The first step of a sign-in: mail address and password.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::start::{NOBODY, record_failure, serving, start};
use super::{Client, NewSession, TEXT_MAX};
use crate::domain::account::{AccountState, SignInMethod};
use crate::identity::password;
use crate::service::accounts::{Account, folded};
use crate::service::{App, Error, Tx};
use crate::store::accounts::{self as rows, AccountRow};

/// A mail address and a password, as they were typed.
#[derive(Clone)]
pub struct Credentials {
    /// The mail address.
    pub mail: String,
    /// The password.
    pub password: String,
}

impl Credentials {
    /// The mail address as it is looked up.
    fn folded_mail(&self) -> String {
        if self.mail.len() > TEXT_MAX {
            String::new()
        } else {
            folded(&self.mail)
        }
    }
}

/// Starts a session with mail address and password. `None` if they are refused, for whatever reason.
pub fn begin(
    app: &App,
    typed: &Credentials,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<Option<NewSession>, Error> {
    let (mail, visitor) = (typed.folded_mail(), client.visitor());
    let found = app.read(&visitor, now, |tx| find(tx, &mail))?;
    let hash = found.and_then(|account| account.row.password_hash);
    let verified = password::verify(&typed.password, hash.as_deref())?;
    if !verified.good {
        let details = json!({ "address": client.address, "how": SignInMethod::Password });
        app.write(&visitor, now, |tx| record_failure(tx, &mail, &details))?;
        return Ok(None);
    }
    let new_hash = verified
        .outdated
        .then(|| password::hash(&typed.password))
        .transpose()?;
    app.write(&visitor, now, |tx| {
        // the password may have been changed, or the account disabled, while the hash was computed
        let unchanged = |account: &Account| account.row.password_hash == hash;
        let Some(account) = find(tx, &mail)?.filter(unchanged) else {
            return Ok(None);
        };
        if let Some(new_hash) = &new_hash {
            let row = AccountRow {
                password_hash: Some(new_hash.clone()),
                ..account.row.clone()
            };
            rows::update(tx.conn, &row)?;
        }
        start(tx, &account, SignInMethod::Password, client).map(Some)
    })
}

/// The account with this mail address, if its person may sign in now. An unknown address costs as
/// many queries as a known one.
fn find(tx: &mut Tx<'_>, mail: &str) -> Result<Option<Account>, Error> {
    let row = rows::by_mail(tx.conn, mail)?;
    let person = serving(tx, row.as_ref().map_or(NOBODY, |row| row.person_id))?;
    let active = row.filter(|row| *row.state == AccountState::Active);
    Ok(active
        .zip(person)
        .map(|(row, person)| Account { row, person }))
}
