//! What administrators and the department do for people whose device is lost: taking the second
//! factor away, ending sessions.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::service::accounts::sign_in;
use crate::service::accounts::sign_in::Listed;
use crate::service::accounts::{Account, changeable, entry, facts, folded, letters, managed};
use crate::service::{App, Error};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::types::micros;
use crate::store::{Conn, people, sessions};

/// Takes somebody's lost second factor away: all their sessions end, and they are told by mail.
/// They sign in with the password, and set up another one where the house asks for it.
///
/// # Errors
/// Without a reason; [`Error::Conflict`] for an account without one, and for the own one, which
/// takes the own password; [`Error::NotFound`], [`Error::Forbidden`].
pub fn reset_second_factor(
    app: &App,
    actor: &Actor,
    id: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Account, Error> {
    app.store
        .write(|conn| reset_in(conn, app, actor, id, reason, now))
}

/// [`reset_second_factor`] of whoever signs in with this mail; at the command line, where nobody
/// else could.
///
/// # Errors
/// Those of [`reset_second_factor`].
pub fn reset_second_factor_of(
    app: &App,
    actor: &Actor,
    mail: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Account, Error> {
    app.store.write(|conn| {
        let unknown = || {
            Invalid::new("mail", "not_found")
                .with("value", mail.chars().take(100).collect::<String>())
        };
        let row = rows::by_mail(conn, &folded(mail))?.ok_or_else(unknown)?;
        reset_in(conn, app, actor, row.id, reason, now)
    })
}

fn reset_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    id: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Account, Error> {
    let account = changeable(conn, actor, id, now)?;
    let reason = text::paragraph("reason", reason)?;
    let own = match actor.person_id {
        Some(person) => people::posts_of(conn, person)?
            .iter()
            .any(|row| row.id == account.person.id),
        None => false,
    };
    if own {
        return Err(Error::Conflict(Invalid::new(
            "",
            "account_own_second_factor",
        )));
    }
    if account.row.totp_secret.is_none() {
        return Err(Error::Conflict(Invalid::new(
            "",
            "account_without_second_factor",
        )));
    }
    let codes = rows::codes_left(conn, id)?;
    rows::set_codes(conn, id, &[])?;
    let ended = sessions::end_all(conn, id, None, micros(now))?;
    let row = AccountRow {
        totp_secret: None,
        totp_last_step: None,
        updated_at: micros(now),
        ..account.row.clone()
    };
    rows::update(conn, &row)?;
    letters::tell_of_reset_in(
        conn,
        app,
        &row,
        &account.person,
        (in_words(actor), &reason),
        now,
    )?;
    let was = facts(&account.row, json!({ "recovery_codes": codes }))?;
    let is = facts(
        &row,
        json!({ "recovery_codes": 0, "sessions_ended": ended }),
    )?;
    entry(actor, now, "reset_second_factor", &account)
        .reason(&reason)
        .old(&was)?
        .new_value(&is)?
        .record(conn)?;
    Ok(Account { row, ..account })
}

/// Whom a mail names: people by their name, programs and the command line by what is behind them.
fn in_words(actor: &Actor) -> &str {
    actor.person_name().unwrap_or("người quản trị")
}

/// The sessions of an account, newest first.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn sessions_of(
    app: &App,
    actor: &Actor,
    id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Listed>, Error> {
    app.store.read(|conn| {
        managed(conn, actor, id, now)?;
        sign_in::sessions_of(conn, app, id, now)
    })
}

/// Ends one session of somebody's account.
///
/// # Errors
/// [`Error::NotFound`] also for a session that is over or another account's; [`Error::Forbidden`].
pub fn end_session(
    app: &App,
    actor: &Actor,
    (id, session): (i64, i64),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    app.store.write(|conn| {
        let account = changeable(conn, actor, id, now)?;
        let ended =
            sign_in::end_session_in(conn, actor, "end_session", (&account.row, session), now)?;
        if ended {
            Ok(())
        } else {
            Err(Error::not_found("session"))
        }
    })
}
