//! What people do with their own account. Every change asks for the password again; somebody who
//! has none (single sign-on) must have signed in just now.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{CurrentSession, lifetime};
use crate::domain::account::{AccountState, SessionStage};
use crate::domain::error::Invalid;
use crate::domain::mail::EmailAddress;
use crate::domain::preference::Preferences;
use crate::identity::{password, secret};
use crate::service::accounts::links::check_password;
use crate::service::accounts::{Account, audit, audited, must_have_second_factor};
use crate::service::{App, Error, Tx};
use crate::store::StoreError;
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::sessions::{self, Renewal, SessionRow};
use crate::store::types::{At, Word};

/// How recent a sign-in must be to prove who somebody is, where there is no password to ask for.
const RECENT: TimeDelta = TimeDelta::minutes(10);

/// An account as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnAccount {
    /// The address they sign in with.
    pub mail: EmailAddress,
    /// Whether there is a password; somebody who uses single sign-on may have none.
    pub password: bool,
    /// Whether there is a second factor.
    pub second_factor: bool,
    /// Whether a second factor is required.
    pub required: bool,
    /// Recovery codes left.
    pub codes_left: i64,
}

/// A password that was typed, and the field of the form.
#[derive(Clone, Copy)]
pub struct TypedPassword<'a> {
    /// The field.
    pub field: &'static str,
    /// The password.
    pub text: &'a str,
}

/// The old password and a new one.
#[derive(Clone)]
pub struct PasswordChange {
    /// The old password as it was typed.
    pub old: String,
    /// The new one.
    pub new: String,
}

/// That somebody has just proven that the account is theirs: by the right password, or by a recent
/// sign-in.
#[derive(Debug, Clone)]
pub struct Reauthentication<'c> {
    current: &'c CurrentSession,
    field: &'static str,
    account: Account,
}

/// The account of the session.
pub fn own(tx: &mut Tx<'_>, current: &CurrentSession) -> Result<OwnAccount, Error> {
    let row = account_of(tx, current)?.row;
    Ok(OwnAccount {
        password: row.password_hash.is_some(),
        second_factor: row.totp_secret.is_some(),
        required: must_have_second_factor(tx.app, &current.actor),
        codes_left: rows::codes_left(tx.conn, row.id)?,
        mail: row.mail,
    })
}

pub(super) fn account_of(tx: &mut Tx<'_>, current: &CurrentSession) -> Result<Account, Error> {
    let row = rows::find(tx.conn, current.session.account_id)?;
    Ok(Account {
        row: row.ok_or(Error::not_found("account"))?,
        person: current.person.clone(),
    })
}

/// Proves that the account is the caller's own. The password is verified outside of a transaction.
///
/// # Errors
/// A wrong password, on its field; there too if the account has no password and the sign-in is not
/// recent.
pub fn reauthenticate<'c>(
    app: &App,
    current: &'c CurrentSession,
    typed: TypedPassword<'_>,
    now: DateTime<Utc>,
) -> Result<Reauthentication<'c>, Error> {
    let field = typed.field;
    let account = app.read(&current.actor, now, |tx| account_of(tx, current))?;
    match account.row.password_hash.as_deref() {
        None if now - RECENT >= *current.session.created_at => {
            Err(Invalid::new(field, "account_sign_in_again").into())
        }
        Some(hash) if !password::verify(typed.text, Some(hash))?.good => Err(wrong_password(field)),
        _ => Ok(Reauthentication {
            current,
            field,
            account,
        }),
    }
}

fn wrong_password(field: &'static str) -> Error {
    Invalid::new(field, "account_wrong_password").into()
}

/// Changes the password. Every other session ends; this one gets a new secret, which is returned.
///
/// # Errors
/// A wrong old password on `old`; the faults of [`password::check`].
pub fn change_password(
    app: &App,
    current: &CurrentSession,
    change: &PasswordChange,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let old = TypedPassword {
        field: "old",
        text: &change.old,
    };
    let proof = reauthenticate(app, current, old, now)?;
    set_password(app, &proof, &change.new, now)
}

/// Like [`change_password`], for somebody who has proven the old password.
///
/// # Errors
/// Those of [`change_password`]; [`Error::Conflict`] if the session ended since the proof.
pub fn set_password(
    app: &App,
    proof: &Reauthentication<'_>,
    new: &str,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let (current, account) = (proof.current, &proof.account);
    let checked = app.read(&current.actor, now, |tx| check_password(tx, account, new))?;
    let hash = password::hash(&checked)?;
    app.write(&current.actor, now, |tx| {
        let mut change = Change::begin_proven(tx, proof)?;
        // somebody who knew the old password may have seen it
        sessions::set_pending_secret(tx.conn, current.session.id, None)?;
        let ended = change.end_other_sessions(tx)?;
        change.row.password_hash = Some(hash.clone());
        change.row.password_changed_at = Some(At(tx.now));
        change.save(tx, "change_password", json!({ "sessions_ended": ended }))
    })
}

/// Keeps how the person of a session wants pages to look.
pub fn set_preferences(
    tx: &mut Tx<'_>,
    current: &CurrentSession,
    chosen: Preferences,
) -> Result<(), Error> {
    let account = account_of(tx, current)?;
    let before = account.row.preferences();
    if before == chosen {
        return Ok(());
    }
    let row = AccountRow {
        language: chosen.language.map(Word),
        theme: chosen.theme.map(Word),
        updated_at: At(tx.now),
        ..account.row.clone()
    };
    rows::update(tx.conn, &row)?;
    let shown = |chosen: Preferences| json!({ "language": chosen.language, "theme": chosen.theme });
    audit(tx, "set_preferences", &account)
        .old(&shown(before))
        .new_value(&shown(chosen))
        .record()
}

/// A change of the own account: begun, made on `row`, saved with its line in the audit trail.
pub(super) struct Change<'c> {
    /// The account as it will be.
    pub(super) row: AccountRow,
    current: &'c CurrentSession,
    old: Value,
}

impl<'c> Change<'c> {
    /// Begins a change, if the session may still make it: it may have ended, or the account may
    /// have been disabled, since the request began.
    pub(super) fn begin(tx: &mut Tx<'_>, current: &'c CurrentSession) -> Result<Self, Error> {
        let row = account_of(tx, current)?.row;
        let open = sessions::is_open(tx.conn, current.session.id)?;
        if *row.state != AccountState::Active || !open {
            return Err(Error::Conflict(Invalid::new("", "account_signed_out")));
        }
        let codes = rows::codes_left(tx.conn, row.id)?;
        let old = audited(&row, json!({ "recovery_codes": codes }));
        Ok(Self { row, current, old })
    }

    /// Begins a change that was proven. While the password was verified, another one may have been
    /// set by a link.
    pub(super) fn begin_proven(
        tx: &mut Tx<'_>,
        proof: &Reauthentication<'c>,
    ) -> Result<Self, Error> {
        let change = Self::begin(tx, proof.current)?;
        if change.row.password_hash == proof.account.row.password_hash {
            Ok(change)
        } else {
            Err(wrong_password(proof.field))
        }
    }

    /// Ends the sessions of the account, except this one.
    pub(super) fn end_other_sessions(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<Vec<SessionRow>, StoreError> {
        let keep = Some(self.current.session.id);
        sessions::end_all(tx.conn, self.row.id, keep, tx.now)
    }

    /// Saves the account and gives the session a new secret, which is returned. `more` is what else
    /// the audit trail shows of the change.
    pub(super) fn save(
        mut self,
        tx: &mut Tx<'_>,
        action: &str,
        more: Value,
    ) -> Result<String, Error> {
        self.row.updated_at = At(tx.now);
        rows::update(tx.conn, &self.row)?;
        let (session, secret) = (&self.current.session, secret::fresh());
        let full = tx.now + lifetime(tx.app, SessionStage::Done, self.current.session.kept);
        let renewal = Renewal {
            hash: secret::hash(&secret),
            stage: Word(SessionStage::Done),
            // a sign-in that this change completes lives in full; any other does not start anew
            expires_at: match *session.stage {
                SessionStage::Done => session.expires_at.min(At(full)),
                SessionStage::Code | SessionStage::Enrol => At(full),
            },
        };
        sessions::renew(tx.conn, session.id, &renewal)?;
        let account = Account {
            person: self.current.person.clone(),
            row: self.row,
        };
        let new = audited(&account.row, more);
        audit(&mut tx.acting_as(&self.current.actor), action, &account)
            .old(&self.old)
            .new_value(&new)
            .record()?;
        Ok(secret)
    }
}
