//! What people do with their own second factor: setting one up, removing it.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::own_account::{Change, account_of};
use super::{CurrentSession, TypedPassword, reauthenticate};
use crate::domain::error::Invalid;
use crate::identity::second_factor;
use crate::service::accounts::{Account, audit};
use crate::service::{App, Error, Tx};
use crate::store::{accounts as rows, sessions};

/// A second factor that is not confirmed yet.
#[derive(Clone)]
pub struct Enrolment {
    /// To be typed where no QR code can be read.
    pub secret: String,
    /// The QR code, a data address.
    pub picture: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment")
    }
}

impl Enrolment {
    fn of(secret: String, mail: &str) -> Result<Self, Error> {
        let picture = second_factor::picture(&secret, mail)?;
        Ok(Self { secret, picture })
    }
}

fn conflict(code: &'static str) -> Error {
    Error::Conflict(Invalid::new("", code))
}

/// Creates a second factor that is valid once it is confirmed. Asked again in this session, it
/// returns the same one until it is confirmed. Another session never sees it.
///
/// # Errors
/// A wrong password on `password`; [`Error::Conflict`] if the account has a second factor.
pub fn begin_second_factor(
    app: &App,
    current: &CurrentSession,
    password: &str,
    now: DateTime<Utc>,
) -> Result<Enrolment, Error> {
    let proof = reauthenticate(app, current, typed(password), now)?;
    let (secret, mail) = app.write(&current.actor, now, |tx| {
        let row = Change::begin_proven(tx, &proof)?.row;
        if row.totp_secret.is_some() {
            return Err(conflict("account_has_second_factor"));
        }
        if let Some(pending) = sessions::pending_secret(tx.conn, current.session.id)? {
            return Ok((pending, row.mail));
        }
        let secret = second_factor::fresh();
        sessions::set_pending_secret(tx.conn, current.session.id, Some(&secret))?;
        let person = current.person.clone();
        let account = Account { row, person };
        audit(tx, "begin_second_factor", &account)
            .old(&json!({ "pending": false }))
            .new_value(&json!({ "pending": true }))
            .record()?;
        Ok((secret, account.row.mail))
    })?;
    Enrolment::of(secret, mail.as_str())
}

/// The unconfirmed second factor once more, for somebody who was shown its `secret` when it was
/// created. To see it takes the password: an open session alone is not enough.
pub fn pending_enrolment(
    tx: &mut Tx<'_>,
    current: &CurrentSession,
    secret: &str,
) -> Result<Option<Enrolment>, Error> {
    let mail = account_of(tx, current)?.row.mail;
    let pending = sessions::pending_secret(tx.conn, current.session.id)?;
    pending
        .filter(|pending| pending == secret)
        .map(|pending| Enrolment::of(pending, mail.as_str()))
        .transpose()
}

/// Confirms the second factor by a code. Returns the session's new secret and the recovery codes,
/// which are shown now and never again.
///
/// # Errors
/// A wrong code on `code`; [`Error::Conflict`] if none was created in this session.
pub fn confirm_second_factor(
    tx: &mut Tx<'_>,
    current: &CurrentSession,
    code: &str,
) -> Result<(String, Vec<String>), Error> {
    let mut change = Change::begin(tx, current)?;
    let pending = sessions::pending_secret(tx.conn, current.session.id)?
        .ok_or_else(|| conflict("account_no_second_factor"))?;
    let step = second_factor::verify(&pending, code, None, tx.now)?
        .ok_or_else(|| Invalid::new("code", "account_wrong_code"))?;
    let codes = second_factor::recovery_codes();
    let hashes: Vec<String> = codes
        .iter()
        .map(|code| second_factor::recovery_hash(code))
        .collect();
    rows::set_codes(tx.conn, change.row.id, &hashes)?;
    let ended = change.end_other_sessions(tx)?;
    sessions::set_pending_secret(tx.conn, current.session.id, None)?;
    change.row.totp_secret = Some(pending);
    change.row.totp_last_step = Some(step);
    let more = json!({ "recovery_codes": hashes.len(), "sessions_ended": ended });
    Ok((change.save(tx, "add_second_factor", more)?, codes))
}

/// Removes the second factor. If the settings require one, nothing else can be done until another
/// one is set up.
///
/// # Errors
/// A wrong password on `password`.
pub fn drop_second_factor(
    app: &App,
    current: &CurrentSession,
    password: &str,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let proof = reauthenticate(app, current, typed(password), now)?;
    app.write(&current.actor, now, |tx| {
        let mut change = Change::begin_proven(tx, &proof)?;
        rows::set_codes(tx.conn, change.row.id, &[])?;
        change.row.totp_secret = None;
        change.row.totp_last_step = None;
        change.save(tx, "drop_second_factor", json!({ "recovery_codes": 0 }))
    })
}

fn typed(text: &str) -> TypedPassword<'_> {
    TypedPassword {
        field: "password",
        text,
    }
}
