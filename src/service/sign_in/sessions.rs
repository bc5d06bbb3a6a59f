//! The list of own sessions, and their ends.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::Signed;
use crate::domain::access::Actor;
use crate::domain::account::Stage;
use crate::service::audit::Entry;
use crate::service::{Error, House};
use crate::store::Conn;
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::sessions as stored;
use crate::store::types::{instant, micros};

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

/// The caller's sessions, newest first; none for a caller that is no person with an account.
///
/// # Errors
/// Only the database's own.
pub fn list(house: &House, actor: &Actor, now: DateTime<Utc>) -> Result<Vec<Listed>, Error> {
    let idle_since = micros(now - house.settings.accounts.session_idle_seconds.delta());
    house.store.read(|conn| {
        let Ok(account) = account(conn, actor) else { return Ok(Vec::new()) };
        let rows = stored::of_account(conn, account.id, micros(now), idle_since)?;
        let done = rows.into_iter().filter(|row| row.stage == Stage::Done.as_str());
        done.map(|row| {
            Ok(Listed {
                id: row.id,
                created_at: instant(row.created_at)?,
                seen_at: instant(row.seen_at)?,
                expires_at: instant(row.expires_at)?,
                address: row.address,
                agent: row.agent,
            })
        })
        .collect()
    })
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// [`Error::NotFound`] if it is another's or over.
pub fn end(house: &House, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<(), Error> {
    house.store.write(|conn| {
        let account = account(conn, actor)?;
        if !stored::end(conn, account.id, id, micros(now))? {
            return Err(Error::not_found("session"));
        }
        let said = json!({ "session": id });
        Entry::new(actor, now, "end_session", "account", account.id).new_value(&said)?.record(conn)
    })
}

/// Signs the caller out everywhere; how many sessions ended.
///
/// # Errors
/// [`Error::NotFound`] for a caller that is no person with an account.
pub fn end_all(house: &House, actor: &Actor, now: DateTime<Utc>) -> Result<usize, Error> {
    house.store.write(|conn| {
        let account = account(conn, actor)?;
        let ended = stored::end_all(conn, account.id, None, micros(now))?;
        let said = json!({ "sessions": ended });
        Entry::new(actor, now, "sign_out_everywhere", "account", account.id).new_value(&said)?.record(conn)?;
        Ok(ended)
    })
}

/// Ends the session of a browser.
///
/// # Errors
/// Only the database's own.
pub fn sign_out(house: &House, signed: &Signed, now: DateTime<Utc>) -> Result<(), Error> {
    let session = &signed.session;
    house.store.write(|conn| {
        if stored::end(conn, session.account_id, session.id, micros(now))? {
            let said = json!({ "session": session.id });
            Entry::new(&signed.actor, now, "sign_out", "account", session.account_id).new_value(&said)?.record(conn)?;
        }
        Ok(())
    })
}

fn account(conn: &mut Conn, actor: &Actor) -> Result<AccountRow, Error> {
    let unknown = || Error::not_found("account");
    rows::of_person(conn, actor.person_id.ok_or_else(unknown)?)?.ok_or_else(unknown)
}
