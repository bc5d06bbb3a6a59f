//! The session behind a cookie.

use chrono::{DateTime, TimeDelta, Utc};

use super::CurrentSession;
use super::start::second_factor_at_provider;
use crate::domain::access::Actor;
use crate::domain::account::{AccountState, SessionStage};
use crate::domain::text::local_date;
use crate::identity::secret;
use crate::service::accounts::{must_have_second_factor, with_grants};
use crate::service::core::access::grants_of_posts;
use crate::service::{App, Error, Tx};
use crate::store::sessions::SessionRow;
use crate::store::{accounts as rows, people, sessions as stored, units};

/// The last use is recorded no more often than this, so that most reads write nothing.
const RECORD_USE_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The session behind a cookie at `now`. `None` if the session is unknown or over, the account is
/// not active, the person is not in service, or the session waits for a code of a second factor
/// that was removed.
pub fn authenticate(
    app: &App,
    cookie: &str,
    now: DateTime<Utc>,
) -> Result<Option<CurrentSession>, Error> {
    if cookie.len() > 100 {
        return Ok(None);
    }
    let (visitor, hash) = (Actor::visitor(), secret::hash(cookie));
    let version = app.store.version();
    let Some(current) = app.read(&visitor, now, |tx| find(tx, &hash))? else {
        return Ok(None);
    };
    if !is_recorded(&current.session, now) {
        let id = current.session.id;
        app.store.write_if_free(|conn| stored::touch(conn, id, now));
    } else if let Some(version) = version {
        app.sessions.keep(version, hash, (&current, now));
    }
    Ok(Some(current))
}

/// Whether the last use of a session is recorded precisely enough.
pub(super) fn is_recorded(session: &SessionRow, now: DateTime<Utc>) -> bool {
    now - RECORD_USE_EVERY < *session.seen_at
}

/// Whether a session was not used for so long that it ends.
pub(super) fn is_idle(app: &App, session: &SessionRow, now: DateTime<Utc>) -> bool {
    now - app.settings.accounts.session_idle_seconds.delta() >= *session.seen_at
}

fn find(tx: &mut Tx<'_>, hash: &str) -> Result<Option<CurrentSession>, Error> {
    let Some(session) = stored::find_by_hash(tx.conn, hash)? else {
        return Ok(None);
    };
    let is_idle = is_idle(tx.app, &session, tx.now);
    if tx.now >= *session.expires_at || (is_idle && !session.kept) {
        return Ok(None);
    }
    let Some(account) = rows::find(tx.conn, session.account_id)? else {
        return Ok(None);
    };
    let (life, today) = (
        people::posts_of(tx.conn, account.person_id)?,
        local_date(tx.now),
    );
    let serving = life.iter().rev().find(|person| person.active_on(today));
    let Some(person) = serving.filter(|_| *account.state == AccountState::Active) else {
        return Ok(None);
    };
    let bare = account.totp_secret.is_none();
    // the second factor was removed after the first step, which was taken under another rule
    if bare && *session.stage == SessionStage::Code {
        return Ok(None);
    }
    let actor = with_grants(person, grants_of_posts(tx.conn, &life, today)?);
    // a role that was given since the sign-in may ask for the second factor at every sign-in
    if is_idle && must_have_second_factor(tx.app, &actor) {
        return Ok(None);
    }
    // a role that was given since the sign-in may require a second factor
    let stage = if *session.stage == SessionStage::Done
        && bare
        && must_have_second_factor(tx.app, &actor)
        && !second_factor_at_provider(tx.app, *session.how)
    {
        SessionStage::Enrol
    } else {
        *session.stage
    };
    let unit = units::find(tx.conn, person.unit_id)?;
    Ok(Some(CurrentSession {
        preferences: account.preferences(),
        unit_name: unit.map(|unit| unit.name),
        stage,
        person: person.clone(),
        session,
        actor,
    }))
}
