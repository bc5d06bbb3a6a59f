//! The list of own sessions, and their ends.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::domain::access::{Actor, ActorId};
use crate::domain::account::Stage;
use crate::service::accounts::sign_in::Signed;
use crate::service::core::audit::Entry;
use crate::service::{App, Error};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::sessions::{self as stored, SessionRow};
use crate::store::types::{instant, micros};
use crate::store::{Conn, StoreError, people};

/// A session in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was used last, to about a minute.
    pub seen_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// From which address.
    pub address: String,
    /// By which browser, by its own account.
    pub agent: String,
}

/// The caller's sessions, newest first; none for a caller that is no person with an account, nor
/// for a token of one.
///
/// # Errors
/// Only the database's own.
pub fn list(app: &App, actor: &Actor, now: DateTime<Utc>) -> Result<Vec<Listed>, Error> {
    app.store.read(|conn| {
        let Ok(account) = account(conn, actor) else {
            return Ok(Vec::new());
        };
        of_account(conn, app, account.id, now)
    })
}

/// The sessions of an account that are alive, newest first; none that is half begun.
pub(crate) fn of_account(
    conn: &mut Conn,
    app: &App,
    account_id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Listed>, Error> {
    let idle_since = micros(now - app.settings.accounts.session_idle_seconds.delta());
    let rows = stored::of_account(conn, account_id, micros(now), idle_since)?;
    let done = rows
        .into_iter()
        .filter(|row| row.stage == Stage::Done.as_str());
    let listed = done.map(|row| {
        Ok(Listed {
            id: row.id,
            created_at: instant(row.created_at)?,
            seen_at: instant(row.seen_at)?,
            expires_at: instant(row.expires_at)?,
            address: row.address,
            agent: row.agent,
        })
    });
    Ok(listed.collect::<Result<_, StoreError>>()?)
}

/// Ends one session of an account, with its line in the trail; `false` if it had ended or is
/// another's.
pub(crate) fn end_in(
    conn: &mut Conn,
    actor: &Actor,
    action: &str,
    (account, id): (&AccountRow, i64),
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let Some(before) = stored::end(conn, account.id, id, micros(now))? else {
        return Ok(false);
    };
    let after = SessionRow {
        ended_at: Some(micros(now)),
        ..before.clone()
    };
    let entry = Entry::new(actor, now, action, "account", account.id);
    let entry = match people::find(conn, account.person_id)? {
        Some(person) => entry.unit(person.unit_id),
        None => entry,
    };
    entry.old(&before)?.new_value(&after)?.record(conn)?;
    Ok(true)
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// [`Error::NotFound`] if it is another's or over, and for tokens.
pub fn end(app: &App, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<(), Error> {
    app.store.write(|conn| {
        let account = account(conn, actor)?;
        if end_in(conn, actor, "end_session", (&account, id), now)? {
            Ok(())
        } else {
            Err(Error::not_found("session"))
        }
    })
}

/// Signs the caller out everywhere; how many sessions ended.
///
/// # Errors
/// [`Error::NotFound`] for a caller that is no person with an account, also for a token of one.
pub fn end_all(app: &App, actor: &Actor, now: DateTime<Utc>) -> Result<usize, Error> {
    app.store.write(|conn| {
        let account = account(conn, actor)?;
        let ended = stored::end_all(conn, account.id, None, micros(now))?;
        let entry = Entry::new(actor, now, "sign_out_everywhere", "account", account.id);
        let entry = entry
            .old(&json!({ "sessions": ended }))?
            .new_value(&json!({ "sessions": [] }))?;
        entry.record(conn)?;
        Ok(ended.len())
    })
}

/// Ends the session of a browser.
///
/// # Errors
/// Only the database's own.
pub fn sign_out(app: &App, signed: &Signed, now: DateTime<Utc>) -> Result<(), Error> {
    let session = &signed.session;
    app.store.write(|conn| {
        if let Some(account) = rows::find(conn, session.account_id)? {
            end_in(conn, &signed.actor, "sign_out", (&account, session.id), now)?;
        }
        Ok(())
    })
}

/// The account of a person who is here themselves: a token acts in its person's name, but has no
/// hand in their account.
fn account(conn: &mut Conn, actor: &Actor) -> Result<AccountRow, Error> {
    let unknown = || Error::not_found("account");
    let person = actor
        .person_id
        .filter(|_| matches!(actor.id, ActorId::Person(_)))
        .ok_or_else(unknown)?;
    rows::of_person(conn, person)?.ok_or_else(unknown)
}
