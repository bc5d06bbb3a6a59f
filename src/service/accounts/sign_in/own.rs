//! What people do to their own account: another password, a second factor. Each asks for the
//! password again; of somebody who has none (single sign-on) it asks that they signed in just now.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::domain::account::{AccountState, Stage};
use crate::domain::error::Invalid;
use crate::identity::{password, second_factor, secret};
use crate::service::accounts::sign_in::{Signed, life};
use crate::service::accounts::{Account, facts, must_have, state};
use crate::service::core::audit::Entry;
use crate::service::{App, Error};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::types::micros;
use crate::store::{Conn, sessions, units};

/// A sign-in proves who somebody is for this long, where there is no password to ask for again.
const JUST_NOW: TimeDelta = TimeDelta::minutes(10);

/// An account as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The address they sign in with.
    pub mail: String,
    /// Whether there is a password; who came by single sign-on may have none.
    pub password: bool,
    /// Whether there is a second factor.
    pub second_factor: bool,
    /// Whether there has to be one.
    pub required: bool,
    /// Recovery codes left.
    pub codes_left: i64,
}

/// A second factor that is not yet confirmed.
#[derive(Clone)]
pub struct Enrolment {
    /// To be typed where no picture can be read.
    pub secret: String,
    /// The same as a picture, a data address.
    pub picture: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment")
    }
}

/// That the account is the caller's own: the password that was typed right, or a sign-in just now.
#[derive(Debug, Clone)]
pub struct Proof {
    field: &'static str,
    account: Account,
}

/// The caller's own account.
///
/// # Errors
/// Only the database's own.
pub fn own(app: &App, signed: &Signed) -> Result<Own, Error> {
    app.store.read(|conn| {
        let account = current(conn, signed)?;
        Ok(Own {
            password: account.row.password_hash.is_some(),
            second_factor: account.row.totp_secret.is_some(),
            required: must_have(app, &signed.actor),
            codes_left: rows::codes_left(conn, account.row.id)?,
            mail: account.row.mail,
        })
    })
}

/// Changes the password; every other session ends, and this one gets a new secret, which is
/// answered.
///
/// # Errors
/// A wrong old password on `old`; the faults of [`password::check`].
pub fn change_password(
    app: &App,
    signed: &Signed,
    (old, new): (&str, &str),
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let proof = prove(app, signed, ("old", old), now)?;
    change_proven_password(app, signed, &proof, new, now)
}

/// [`change_password`] by one who has proven the old one.
///
/// # Errors
/// Those of [`change_password`]; [`Error::Conflict`] if the session ended since the proof.
pub fn change_proven_password(
    app: &App,
    signed: &Signed,
    proof: &Proof,
    new: &str,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let account = &proof.account;
    let unit = app
        .store
        .read(|conn| units::find(conn, account.person.unit_id))?;
    let unit = unit.map(|unit| unit.name).unwrap_or_default();
    let checked = password::check(
        "password",
        new,
        &[&account.person.name, &account.row.mail, &unit],
    )?;
    let hash = password::hash(&checked)?;
    change(
        app,
        (signed, Some(proof)),
        "change_password",
        now,
        |conn, row| {
            // whoever knew the old password may have seen it
            sessions::set_pending(conn, signed.session.id, None)?;
            let ended = sessions::end_all(conn, row.id, Some(signed.session.id), micros(now))?;
            let row = AccountRow {
                password_hash: Some(hash.clone()),
                password_changed_at: Some(micros(now)),
                ..row
            };
            Ok((row, json!({ "sessions_ended": ended })))
        },
    )
}

/// Makes a second factor that holds from its confirmation on; asked again in this session, the same
/// one as long as it is not confirmed. Another session never sees it.
///
/// # Errors
/// A wrong password on `password`; [`Error::Conflict`] if there is one.
pub fn begin_second_factor(
    app: &App,
    signed: &Signed,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<Enrolment, Error> {
    let proof = prove(app, signed, ("password", typed), now)?;
    let (pending, mail) = app.store.write(|conn| {
        let Account { row, person, .. } = changeable(conn, signed, Some(&proof))?;
        if row.totp_secret.is_some() {
            return Err(Error::Conflict(Invalid::new(
                "",
                "account_has_second_factor",
            )));
        }
        if let Some(pending) = sessions::pending(conn, signed.session.id)? {
            return Ok((pending, row.mail));
        }
        let pending = second_factor::fresh();
        sessions::set_pending(conn, signed.session.id, Some(&pending))?;
        let entry = Entry::new(&signed.actor, now, "begin_second_factor", "account", row.id)
            .unit(person.unit_id);
        entry
            .old(&json!({ "pending": false }))?
            .new_value(&json!({ "pending": true }))?
            .record(conn)?;
        Ok((pending, row.mail))
    })?;
    Ok(Enrolment {
        picture: second_factor::picture(&pending, &mail)?,
        secret: pending,
    })
}

/// The second factor that waits for its confirmation, again, for whoever was shown `secret` when it
/// was begun. An open session alone does not get to see it: that takes the password.
///
/// # Errors
/// Only the database's own.
pub fn second_factor_again(
    app: &App,
    signed: &Signed,
    secret: &str,
) -> Result<Option<Enrolment>, Error> {
    let (pending, mail) = app.store.read(|conn| {
        let mail = current(conn, signed)?.row.mail;
        Ok::<_, Error>((sessions::pending(conn, signed.session.id)?, mail))
    })?;
    let Some(pending) = pending.filter(|pending| pending == secret) else {
        return Ok(None);
    };
    Ok(Some(Enrolment {
        picture: second_factor::picture(&pending, &mail)?,
        secret: pending,
    }))
}

/// Confirms it by a code. Answers the session's new secret and the recovery codes, which are shown
/// now and never again.
///
/// # Errors
/// A wrong code on `code`; [`Error::Conflict`] if none was begun in this session.
pub fn confirm_second_factor(
    app: &App,
    signed: &Signed,
    code: &str,
    now: DateTime<Utc>,
) -> Result<(String, Vec<String>), Error> {
    let codes = second_factor::recovery_codes();
    let hashes: Vec<String> = codes
        .iter()
        .map(|code| second_factor::recovery_hash(code))
        .collect();
    let renewed = change(
        app,
        (signed, None),
        "add_second_factor",
        now,
        |conn, row| {
            let none = || Error::Conflict(Invalid::new("", "account_no_second_factor"));
            let pending = sessions::pending(conn, signed.session.id)?.ok_or_else(none)?;
            let step = second_factor::verify(&pending, code, None, now)?;
            let step = step.ok_or_else(|| Invalid::new("code", "account_wrong_code"))?;
            rows::set_codes(conn, row.id, &hashes)?;
            let ended = sessions::end_all(conn, row.id, Some(signed.session.id), micros(now))?;
            sessions::set_pending(conn, signed.session.id, None)?;
            let row = AccountRow {
                totp_secret: Some(pending),
                totp_last_step: Some(step),
                ..row
            };
            Ok((
                row,
                json!({ "recovery_codes": hashes.len(), "sessions_ended": ended }),
            ))
        },
    )?;
    Ok((renewed, codes))
}

/// Takes the second factor away. Where the house asks for one, nothing else opens until another is
/// set up.
///
/// # Errors
/// A wrong password on `password`.
pub fn drop_second_factor(
    app: &App,
    signed: &Signed,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let proof = prove(app, signed, ("password", typed), now)?;
    change(
        app,
        (signed, Some(&proof)),
        "drop_second_factor",
        now,
        |conn, row| {
            rows::set_codes(conn, row.id, &[])?;
            let row = AccountRow {
                totp_secret: None,
                totp_last_step: None,
                ..row
            };
            Ok((row, json!({ "recovery_codes": 0 })))
        },
    )
}

/// Proves that the account is the caller's own; the password is verified outside any transaction.
///
/// # Errors
/// A wrong password on `field`; there too if there is none and the sign-in is too long ago.
pub fn prove(
    app: &App,
    signed: &Signed,
    (field, typed): (&'static str, &str),
    now: DateTime<Utc>,
) -> Result<Proof, Error> {
    let account = app.store.read(|conn| current(conn, signed))?;
    if account.row.password_hash.is_none() {
        let just_now = micros(now - JUST_NOW) < signed.session.created_at;
        return if just_now {
            Ok(Proof { field, account })
        } else {
            Err(Invalid::new(field, "account_sign_in_again").into())
        };
    }
    if password::verify(typed, account.row.password_hash.as_deref())?.good {
        Ok(Proof { field, account })
    } else {
        Err(wrong_password(field))
    }
}

fn wrong_password(field: &'static str) -> Error {
    Invalid::new(field, "account_wrong_password").into()
}

fn current(conn: &mut Conn, signed: &Signed) -> Result<Account, Error> {
    let row =
        rows::find(conn, signed.session.account_id)?.ok_or_else(|| Error::not_found("account"))?;
    Ok(Account {
        state: state(&row)?,
        person: signed.person.clone(),
        row,
    })
}

/// The account, if it is still the caller's to change: while a password was hashed, another one may
/// have been set by a link, the session ended, the account disabled.
fn changeable(conn: &mut Conn, signed: &Signed, proof: Option<&Proof>) -> Result<Account, Error> {
    let account = current(conn, signed)?;
    if account.state != AccountState::Active || !sessions::is_open(conn, signed.session.id)? {
        return Err(Error::Conflict(Invalid::new("", "account_signed_out")));
    }
    match proof {
        Some(proof) if proof.account.row.password_hash != account.row.password_hash => {
            Err(wrong_password(proof.field))
        }
        _ => Ok(account),
    }
}

/// Saves the account with its line in the trail and gives the session a new secret.
fn change(
    app: &App,
    (signed, proof): (&Signed, Option<&Proof>),
    action: &str,
    now: DateTime<Utc>,
    work: impl Fn(&mut Conn, AccountRow) -> Result<(AccountRow, Value), Error>,
) -> Result<String, Error> {
    let fresh = secret::fresh();
    app.store.write(|conn| {
        let account = changeable(conn, signed, proof)?;
        let was = facts(
            &account.row,
            json!({ "recovery_codes": rows::codes_left(conn, account.row.id)? }),
        )?;
        let (row, more) = work(conn, account.row)?;
        rows::update(
            conn,
            &AccountRow {
                updated_at: micros(now),
                ..row.clone()
            },
        )?;
        // a sign-in that is done now lives from now on; one that was done before does not begin
        // anew
        let done = signed.session.stage == Stage::Done.as_str();
        let until = micros(now + life(app, Stage::Done)).min(if done {
            signed.session.expires_at
        } else {
            i64::MAX
        });
        sessions::renew(
            conn,
            signed.session.id,
            &secret::hash(&fresh),
            Stage::Done.as_str(),
            until,
        )?;
        let entry = Entry::new(
            &signed.actor,
            now,
            action,
            "account",
            signed.session.account_id,
        );
        entry
            .unit(account.person.unit_id)
            .old(&was)?
            .new_value(&facts(&row, more)?)?
            .record(conn)
    })?;
    Ok(fresh)
}
