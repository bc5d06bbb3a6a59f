//! One-time links in mails: whoever holds one sets a first or a new password. Looking at one
//! changes nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::domain::access::Actor;
use crate::domain::account::{AccountState, Purpose};
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::identity::{password, secret};
use crate::service::accounts::{Account, facts, folded, letters, with_state};
use crate::service::core::audit::Entry;
use crate::service::{App, Error};
use crate::store::accounts::{self as rows, AccountRow, LinkRow};
use crate::store::types::micros;
use crate::store::{Conn, sessions, units};

/// Who sends a form twice, or opens the link once more, is told for this long that the password was
/// set.
const TOLD_AFTERWARDS: TimeDelta = TimeDelta::hours(1);

/// Whose password a link sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The person's name.
    pub name: String,
    /// The address they sign in with.
    pub mail: String,
}

/// Makes a link and voids those before it; answers its secret, which only the mail holds.
pub(crate) fn make_in(
    conn: &mut Conn,
    account: &AccountRow,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    rows::use_links(conn, account.id, micros(now))?;
    let fresh = secret::fresh();
    let row = LinkRow {
        id: 0,
        account_id: account.id,
        purpose: purpose.as_str().to_owned(),
        created_at: micros(now),
        expires_at: micros(now + purpose.life()),
        used_at: None,
    };
    rows::insert_link(conn, &row, &secret::hash(&fresh))?;
    Ok(fresh)
}

/// Whether links may be sent to and opened by this person at `now`.
fn welcome(account: &Account, now: DateTime<Utc>) -> bool {
    account.state != AccountState::Disabled
        && account
            .person
            .active_to
            .is_none_or(|last| text::local_date(now) <= last)
}

/// The account of a link that works at `now`, with its person in service; [`Error::Conflict`] if it
/// has just set the password.
fn opened(
    conn: &mut Conn,
    purpose: Purpose,
    link: &str,
    now: DateTime<Utc>,
) -> Result<Account, Error> {
    let unknown = || Error::not_found("link");
    let found =
        rows::link_by_hash(conn, &secret::hash(link), purpose.as_str())?.ok_or_else(unknown)?;
    let row = rows::find(conn, found.account_id)?.ok_or_else(unknown)?;
    let account = Account::read(conn, row, now)?;
    if !welcome(&account, now) {
        return Err(unknown());
    }
    match found.used_at {
        None if micros(now) < found.expires_at => Ok(account),
        // both are written in one transaction, at one instant; a link that was replaced or voided
        // has another
        Some(at)
            if account.row.password_changed_at == Some(at)
                && micros(now - TOLD_AFTERWARDS) < at =>
        {
            Err(Error::Conflict(Invalid::new("", "account_link_used")))
        }
        _ => Err(unknown()),
    }
}

/// Whose password a link would set.
///
/// # Errors
/// [`Error::NotFound`] if it is none, used or over; [`Error::Conflict`] if it has just set the
/// password.
pub fn show(app: &App, purpose: Purpose, link: &str, now: DateTime<Utc>) -> Result<Shown, Error> {
    let account = app.store.read(|conn| opened(conn, purpose, link, now))?;
    Ok(Shown {
        name: account.person.name,
        mail: account.row.mail,
    })
}

/// Sets the password and uses the link up; every session of the account ends.
///
/// # Errors
/// [`Error::NotFound`] and [`Error::Conflict`] as [`show`]; the faults of [`password::check`].
pub fn set_password(
    app: &App,
    purpose: Purpose,
    link: &str,
    (typed, request_id): (&str, Option<String>),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (account, unit) = app.store.read(|conn| {
        let account = opened(conn, purpose, link, now)?;
        let unit = units::find(conn, account.person.unit_id)?;
        Ok::<_, Error>((account, unit.map(|unit| unit.name).unwrap_or_default()))
    })?;
    let checked = password::check(
        "password",
        typed,
        &[&account.person.name, &account.row.mail, &unit],
    )?;
    let hash = password::hash(&checked)?;
    app.store.write(|conn| {
        // the link may have been used while the hash was made
        let account = opened(conn, purpose, link, now)?;
        rows::use_links(conn, account.row.id, micros(now))?;
        let ended = sessions::end_all(conn, account.row.id, None, micros(now))?;
        let row = AccountRow {
            password_hash: Some(hash.clone()),
            password_changed_at: Some(micros(now)),
            ..account.row.clone()
        };
        let row = with_state(conn, row, AccountState::Active, now)?;
        let action = if purpose == Purpose::Invite {
            "accept_invite"
        } else {
            "reset_password"
        };
        let actor = Actor {
            request_id: request_id.clone(),
            ..crate::service::accounts::person_actor(conn, &account.person, now)?
        };
        let entry =
            Entry::new(&actor, now, action, "account", account.row.id).unit(account.person.unit_id);
        let (was, is) = (
            facts(&account.row, json!({}))?,
            facts(&row, json!({ "sessions_ended": ended }))?,
        );
        entry.old(&was)?.new_value(&is)?.record(conn)
    })
}

/// Mails a link for a password, if there is an account with this mail and it was not sent too many
/// this hour: a new one to who has an account, the invitation again to who has not taken it. The
/// caller can't tell which.
///
/// # Errors
/// Only the database's own.
pub fn forgot(
    app: &App,
    mail: &str,
    request_id: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let folded = folded(mail);
    let most = i64::from(app.settings.accounts.reset_mails_per_hour);
    app.store.write(|conn| {
        let Some(row) = rows::by_mail(conn, &folded)? else {
            return Ok(());
        };
        let account = Account::read(conn, row, now)?;
        let (purpose, action) = match account.state {
            AccountState::Invited => (Purpose::Invite, "ask_invite"),
            AccountState::Active | AccountState::Disabled => (Purpose::Reset, "ask_reset"),
        };
        let sent = rows::links_since(
            conn,
            account.row.id,
            purpose.as_str(),
            micros(now - TimeDelta::hours(1)),
        )?;
        if !welcome(&account, now) || sent >= most {
            return Ok(());
        }
        let link = make_in(conn, &account.row, purpose, now)?;
        letters::send_in(
            conn,
            app,
            &account.row,
            &account.person,
            (purpose, &link),
            now,
        )?;
        let actor = Actor {
            request_id: request_id.clone(),
            ..Actor::visitor()
        };
        let said = json!({ "mailed_to": account.row.mail, "works_until": now + purpose.life() });
        let entry =
            Entry::new(&actor, now, action, "account", account.row.id).unit(account.person.unit_id);
        entry.new_value(&said)?.record(conn)
    })
}
