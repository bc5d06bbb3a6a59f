//! Signing in and who is signed in. An unknown mail, a wrong password and a disabled account cost
//! the same work and are answered the same; hashing happens outside every transaction.
//!
//! | file | what |
//! |---|---|
//! | here | the two steps, and who is behind a cookie |
//! | `device` | devices that signed in before |
//! | `openid` | single sign-on instead of the first step |
//! | `own` | what people do to their own account |
//! | `sessions` | the list of own sessions and their ends |

mod device;
pub mod openid;
mod own;
mod sessions;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::domain::access::Actor;
use crate::domain::account::{AccountState, How, Stage};
use crate::domain::text;
pub use crate::identity::turns::Turns;
use crate::identity::{password, second_factor, secret};
use crate::service::accounts;
use crate::service::accounts::{acting, folded, must_have, person_actor};
use crate::service::core::access::grants_of_life;
use crate::service::core::audit::Entry;
use crate::service::notices::links::Signer;
use crate::service::{App, Error};
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::people::{self, PersonRow};
use crate::store::sessions as stored;
use crate::store::sessions::SessionRow;
use crate::store::types::{from_text, micros};
use crate::store::{Conn, StoreError};

pub use device::is_known;
pub use own::{
    Enrolment, Own, Proof, begin_second_factor, change_password, change_proven_password,
    confirm_second_factor, drop_second_factor, own, prove, second_factor_again,
};
pub use sessions::{Listed, end, end_all, list, sign_out};
pub(crate) use sessions::{end_in as end_session_in, of_account as sessions_of};

/// The last use is noted no more often than this, so that reading does not write.
const NOTE_USE_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Longest mail and browser name that are looked at, in characters.
const SHOWN_MAX: usize = 200;

/// A person whom there is not: looked up where an unknown mail must take as long as a known one.
const NOBODY: i64 = 0;

/// How long a half-done sign-in waits.
const HALF_DONE: TimeDelta = TimeDelta::minutes(10);

/// Who knocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The caller's address.
    pub address: String,
    /// The browser, by its own account.
    pub agent: String,
    /// The secret of a session that this browser already holds: it ends.
    pub before: Option<String>,
    /// The request.
    pub request_id: String,
}

/// A session begun or gone on. The secrets go into cookies and nowhere else.
#[derive(Clone)]
pub struct Opened {
    /// What the cookie carries.
    pub secret: String,
    /// How far it has come.
    pub stage: Stage,
    /// The sealed name of this device.
    pub device: String,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

/// Who is behind a cookie.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The session.
    pub session: SessionRow,
    /// How far it has come, for the roles of today.
    pub stage: Stage,
    /// The person.
    pub person: PersonRow,
    /// The person with today's rights.
    pub actor: Actor,
}

/// How long a session may live from now on.
fn life(app: &App, stage: Stage) -> TimeDelta {
    match stage {
        Stage::Code | Stage::Enrol => HALF_DONE,
        Stage::Done => app.settings.accounts.session_life_seconds.delta(),
    }
}

/// First step: mail and password. `None` if they are not good, whatever the reason.
///
/// # Errors
/// Only the database's own.
pub fn begin(
    app: &App,
    (mail, typed): (&str, &str),
    visitor: &Visitor,
    now: DateTime<Utc>,
) -> Result<Option<Opened>, Error> {
    let mail = if mail.len() > SHOWN_MAX {
        String::new()
    } else {
        folded(mail)
    };
    let found = app.store.read(|conn| welcome(conn, &mail, now))?;
    let hash = found
        .as_ref()
        .and_then(|(row, _)| row.password_hash.as_deref());
    let verified = password::verify(typed, hash)?;
    let Some((row, _)) = found.filter(|_| verified.good) else {
        failed(
            app,
            &mail,
            json!({ "address": visitor.address, "how": How::Password }),
            visitor,
            now,
        )?;
        return Ok(None);
    };
    let anew = verified
        .outdated
        .then(|| password::hash(typed))
        .transpose()?;
    let fresh = secret::fresh();
    app.store.write(|conn| {
        // the password may have been changed, or the account disabled, while the hash was made
        let same = |now: &(AccountRow, PersonRow)| now.0.password_hash == row.password_hash;
        let Some((current, person)) = welcome(conn, &mail, now)?.filter(same) else {
            return Ok(None);
        };
        if let Some(hash) = &anew {
            rows::update(
                conn,
                &AccountRow {
                    password_hash: Some(hash.clone()),
                    ..current.clone()
                },
            )?;
        }
        enter_in(
            conn,
            app,
            (&current, &person),
            How::Password,
            (visitor, &fresh),
            now,
        )
        .map(Some)
    })
}

/// Begins the session of somebody who has proven who they are.
fn enter_in(
    conn: &mut Conn,
    app: &App,
    (account, person): (&AccountRow, &PersonRow),
    how: How,
    (visitor, fresh): (&Visitor, &str),
    now: DateTime<Utc>,
) -> Result<Opened, Error> {
    let actor = Actor {
        request_id: Some(visitor.request_id.clone()),
        ..person_actor(conn, person, now)?
    };
    let stage = match account.totp_secret {
        _ if asked_there(app, how.as_str()) => Stage::Done,
        Some(_) => Stage::Code,
        None if must_have(app, &actor) => Stage::Enrol,
        None => Stage::Done,
    };
    end_before_in(conn, &actor, visitor, now)?;
    let session = open_in(conn, app, account.id, (stage, how), (visitor, fresh), now)?;
    let entry = Entry::new(&actor, now, "sign_in", "account", account.id).unit(person.unit_id);
    entry.new_value(&session)?.record(conn)?;
    let device = device::seal(&Signer::create_or_read(conn)?, &account.mail_folded);
    Ok(Opened {
        secret: fresh.to_owned(),
        stage,
        device,
    })
}

/// Whether the second factor of such a sign-in is the provider's affair.
fn asked_there(app: &App, how: &str) -> bool {
    app.settings.openid.second_factor_there && how == How::OpenId.as_str()
}

/// The account with this mail, if its person may sign in at `now`. An unknown mail asks the
/// database as often as a known one.
fn welcome(
    conn: &mut Conn,
    mail: &str,
    now: DateTime<Utc>,
) -> Result<Option<(AccountRow, PersonRow)>, Error> {
    let row = rows::by_mail(conn, mail)?;
    // whoever moved goes on with the same account
    let person = people::serving(
        conn,
        row.as_ref().map_or(NOBODY, |row| row.person_id),
        text::local_date(now),
    )?;
    let Some(row) = row else { return Ok(None) };
    let active = accounts::state(&row)? == AccountState::Active;
    Ok(person.filter(|_| active).map(|person| (row, person)))
}

/// Ends the session that the browser holds already, whosever it is.
fn end_before_in(
    conn: &mut Conn,
    actor: &Actor,
    visitor: &Visitor,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(before) = &visitor.before else {
        return Ok(());
    };
    let Some(session) = stored::by_hash(conn, &secret::hash(before))? else {
        return Ok(());
    };
    if let Some(account) = rows::find(conn, session.account_id)? {
        sessions::end_in(conn, actor, "end_session", (&account, session.id), now)?;
    }
    Ok(())
}

fn open_in(
    conn: &mut Conn,
    app: &App,
    account_id: i64,
    (stage, how): (Stage, How),
    (visitor, fresh): (&Visitor, &str),
    now: DateTime<Utc>,
) -> Result<SessionRow, Error> {
    let row = SessionRow {
        id: 0,
        account_id,
        stage: stage.as_str().to_owned(),
        how: how.as_str().to_owned(),
        created_at: micros(now),
        seen_at: micros(now),
        expires_at: micros(now + life(app, stage)),
        address: visitor.address.clone(),
        agent: plain(&visitor.agent),
        ended_at: None,
    };
    Ok(stored::insert(conn, row, &secret::hash(fresh))?)
}

/// What a caller says of itself, fit to be shown.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(SHOWN_MAX)
        .collect()
}

/// Notes a failure; of an unknown account not even what was typed, which may be a password in the
/// wrong field.
fn failed(
    app: &App,
    mail: &str,
    said: Value,
    from: &Visitor,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let actor = Actor {
        request_id: Some(from.request_id.clone()),
        ..Actor::visitor()
    };
    app.store.write(|conn| {
        let account = rows::by_mail(conn, mail)?;
        let person = people::find(conn, account.as_ref().map_or(NOBODY, |row| row.person_id))?;
        let id = account.map(|row| row.id.to_string()).unwrap_or_default();
        let line = Entry::new(&actor, now, "sign_in_failed", "account", id).new_value(&said)?;
        match person {
            Some(person) => line.unit(person.unit_id).record(conn),
            None => line.record(conn),
        }
    })
}

/// Second step: a code of the device, or a recovery code. The session gets a new secret. `None` if
/// the code is not good or the sign-in is over.
///
/// # Errors
/// Only the database's own.
pub fn second_step(
    app: &App,
    signed: &Signed,
    code: &str,
    visitor: &Visitor,
    now: DateTime<Utc>,
) -> Result<Option<Opened>, Error> {
    let fresh = secret::fresh();
    let id = signed.session.account_id;
    app.store.write(|conn| {
        let Some(row) = rows::find(conn, id)?.filter(|_| signed.stage == Stage::Code) else { return Ok(None) };
        let actor = Actor { request_id: Some(visitor.request_id.clone()), ..signed.actor.clone() };
        let entry = |action: &str| Entry::new(&actor, now, action, "account", id).unit(signed.person.unit_id);
        let Some(totp) = row.totp_secret.as_deref() else { return Ok(None) };
        let step = second_factor::verify(totp, code, row.totp_last_step, now)?;
        let recovered = step.is_none() && rows::use_code(conn, id, &second_factor::recovery_hash(code), micros(now))?;
        if step.is_none() && !recovered {
            entry("second_step_failed").new_value(&json!({ "address": visitor.address }))?.record(conn)?;
            return Ok(None);
        }
        let device = device::seal(&Signer::create_or_read(conn)?, &row.mail_folded);
        if step.is_some() {
            rows::update(conn, &AccountRow { totp_last_step: step, ..row })?;
        }
        let until = micros(now + life(app, Stage::Done));
        stored::renew(conn, signed.session.id, &secret::hash(&fresh), Stage::Done.as_str(), until)?;
        let was = json!({ "session": signed.session.id, "stage": signed.stage });
        let is = json!({ "session": signed.session.id, "stage": Stage::Done, "recovery_code": recovered });
        entry("second_step").old(&was)?.new_value(&is)?.record(conn)?;
        Ok(Some(Opened { secret: fresh.clone(), stage: Stage::Done, device }))
    })
}

/// Who is behind a cookie at `now`; `None` if the session is unknown or over, the account disabled,
/// the person out of service, or the code that it waits for can't come any more.
///
/// # Errors
/// Only the database's own.
pub fn authenticate(app: &App, cookie: &str, now: DateTime<Utc>) -> Result<Option<Signed>, Error> {
    if cookie.len() > 100 {
        return Ok(None);
    }
    let idle = app.settings.accounts.session_idle_seconds.delta();
    let found = app.store.read(|conn| {
        let Some(session) = stored::by_hash(conn, &secret::hash(cookie))? else {
            return Ok(None);
        };
        if micros(now) >= session.expires_at || micros(now - idle) >= session.seen_at {
            return Ok(None);
        }
        let Some(row) = rows::find(conn, session.account_id)? else {
            return Ok(None);
        };
        let (life, today) = (people::life_of(conn, row.person_id)?, text::local_date(now));
        let person = life
            .iter()
            .rev()
            .find(|person| person.active_on(today))
            .cloned();
        let active = accounts::state(&row)? == AccountState::Active;
        let Some(person) = person.filter(|_| active) else {
            return Ok(None);
        };
        let bare = row.totp_secret.is_none();
        // the second factor was taken away half-way: there is no code to wait for, and the first
        // step was taken under another rule
        if bare && stage(&session)? == Stage::Code {
            return Ok(None);
        }
        let actor = acting(&person, grants_of_life(conn, &life, today)?);
        Ok::<_, Error>(Some((session, person, actor, bare)))
    })?;
    let Some((session, person, actor, bare)) = found else {
        return Ok(None);
    };
    if micros(now - NOTE_USE_EVERY) >= session.seen_at {
        app.store
            .write_committed(|conn| stored::touch(conn, session.id, micros(now)))?;
    }
    let stage = match stage(&session)? {
        // a role that was given since the sign-in may ask for more
        Stage::Done if bare && must_have(app, &actor) && !asked_there(app, &session.how) => {
            Stage::Enrol
        }
        stage => stage,
    };
    Ok(Some(Signed {
        stage,
        session,
        person,
        actor,
    }))
}

fn stage(session: &SessionRow) -> Result<Stage, StoreError> {
    from_text("session.stage", &session.stage)
}
