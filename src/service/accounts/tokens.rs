//! Access tokens: making, listing, ending them, and who is behind one.
//!
//! A token is 32 random bytes behind `tb_`, shown once; the database knows its SHA-256 only. As it
//! is random, a fast hash is enough: there is nothing to guess.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rand::RngExt as _;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::domain::access::{Actor, Grant, Role};
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::{App, Error};
use crate::store::people::PersonRow;
use crate::store::tokens as rows;
pub use crate::store::tokens::TokenRow;
use crate::store::types::{from_text, micros};
use crate::store::{Conn, StoreError, people, units};

/// What every token begins with, so that scanners of secrets know one.
const PREFIX: &str = "tb_";

/// Random bytes of a token.
const BYTES: usize = 32;

/// Longest life that can be asked for, in days.
const DAYS_MAX: u32 = 3_650;

/// The last use is noted no more often than this, so that reading does not write.
const NOTE_USE_EVERY: TimeDelta = TimeDelta::minutes(10);

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for, so that people know it again: `Máy của phòng`.
    pub name: String,
    /// What its holder may do.
    pub role: Role,
    /// The unit on which the role sits; absent: the whole installation, for `admin` only.
    #[serde(default)]
    pub unit_id: Option<i64>,
    /// The person who holds it: items of theirs are theirs. It is good while they serve in its unit
    /// or below.
    #[serde(default)]
    pub person_id: Option<i64>,
    /// Its life in days; absent: until it is revoked.
    #[serde(default)]
    pub days: Option<u32>,
}

/// A new token. The secret is shown here and never again.
#[derive(Clone)]
pub struct Issued {
    /// What is stored of it.
    pub token: TokenRow,
    /// The token itself.
    pub secret: String,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// Makes a token.
///
/// # Errors
/// All faults of the input at once: a name, an unknown unit, a person of another unit or who has
/// left, too long a life; [`Error::Forbidden`], also for a person over whom the actor has no
/// rights.
pub fn create(
    app: &App,
    actor: &Actor,
    new: &NewToken,
    now: DateTime<Utc>,
) -> Result<Issued, Error> {
    app.store.write(|conn| create_in(conn, actor, new, now))
}

/// [`create`] in the caller's transaction.
///
/// # Errors
/// Those of [`create`].
pub fn create_in(
    conn: &mut Conn,
    actor: &Actor,
    new: &NewToken,
    now: DateTime<Utc>,
) -> Result<Issued, Error> {
    access::require_by_any_role(actor, Action::Operate)?;
    let mut faults = Vec::new();
    match new.unit_id {
        None if !actor.holds_everywhere() => return Err(Error::Forbidden),
        None if new.role == Role::Admin => access::require_on_all_units(actor, Action::Operate)?,
        // a forgotten unit must not open the whole house
        None => faults.push(Invalid::new("unit_id", "token_unit")),
        Some(id) => match access::require(conn, actor, Action::Operate, id) {
            Err(Error::NotFound { .. }) => faults.push(unknown("unit_id", id)),
            checked => {
                checked?;
                if units::find(conn, id)?.is_none() {
                    faults.push(unknown("unit_id", id));
                }
            }
        },
    }
    if let Some(id) = new.person_id {
        match holder(conn, new.unit_id, id, text::local_date(now))? {
            Some(person) => access::require_authority_over(conn, actor, person.id, now)?,
            None => faults.push(unknown("person_id", id)),
        }
    }
    if let Some(days) = new.days
        && !(1..=DAYS_MAX).contains(&days)
    {
        faults.push(
            Invalid::new("days", "token_days")
                .with("value", days)
                .with("max", DAYS_MAX),
        );
    }
    let name = match text::name("name", &new.name) {
        Ok(name) => name,
        Err(fault) => {
            faults.push(fault);
            String::new()
        }
    };
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let bytes: [u8; BYTES] = rand::rng().random();
    let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
    let row = TokenRow {
        id: 0,
        name,
        role: new.role.as_str().to_owned(),
        unit_id: new.unit_id,
        person_id: new.person_id,
        created_at: micros(now),
        expires_at: new
            .days
            .map(|days| micros(now + TimeDelta::days(days.into()))),
        last_used_at: None,
        revoked_at: None,
    };
    let token = rows::insert(conn, row, &hash(&secret))?;
    entry(actor, now, "create", &token)
        .new_value(&token)?
        .record(conn)?;
    Ok(Issued { token, secret })
}

/// Tokens that the actor may administer, newest first; with ids below `before`, at most `limit`.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn list(
    app: &App,
    actor: &Actor,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<TokenRow>, Error> {
    access::require_by_any_role(actor, Action::Operate)?;
    app.store.read(|conn| {
        Ok(rows::list(
            conn,
            &access::scope_for(actor, Action::Operate),
            before,
            limit,
        )?)
    })
}

/// Ends a token at once. One that ended before stays as it is.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn revoke(app: &App, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<TokenRow, Error> {
    app.store.write(|conn| {
        access::require_by_any_role(actor, Action::Operate)?;
        let unknown = || Error::not_found("token");
        let before = rows::find(conn, id)?.ok_or_else(unknown)?;
        match before.unit_id {
            None => access::require_on_all_units(actor, Action::Operate).map_err(|_| unknown())?,
            Some(unit) => access::require_of(conn, actor, Action::Operate, unit, "token")?,
        }
        let revoked = rows::revoke(conn, id, micros(now))?;
        let after = rows::find(conn, id)?.ok_or_else(unknown)?;
        if revoked {
            entry(actor, now, "revoke", &before)
                .old(&before)?
                .new_value(&after)?
                .record(conn)?;
        }
        Ok(after)
    })
}

/// Who holds this token at `now`; `None` for one that is unknown, revoked or expired, and for one
/// of a person who does not serve in its unit or below it that day.
///
/// # Errors
/// Only the database's own.
pub fn authenticate(app: &App, secret: &str, now: DateTime<Utc>) -> Result<Option<Actor>, Error> {
    if !secret.starts_with(PREFIX) || secret.len() > 100 {
        return Ok(None);
    }
    let hash = hash(secret);
    let found = app.store.read(|conn| {
        let Some(token) = rows::find_by_hash(conn, &hash)? else {
            return Ok(None);
        };
        let Some(holder) = token.person_id else {
            return Ok(Some((token, None)));
        };
        // a token is worth nothing before its person comes, and once they have left or serve
        // elsewhere
        let life = people::posts_of(conn, holder)?;
        let serving = serving(conn, &life, token.unit_id, text::local_date(now))?;
        Ok::<_, StoreError>(serving.map(|person| (token, Some(person.id))))
    })?;
    let alive = |token: &TokenRow| {
        token.revoked_at.is_none() && token.expires_at.is_none_or(|at| micros(now) < at)
    };
    let Some((token, person_id)) = found.filter(|(token, _)| alive(token)) else {
        return Ok(None);
    };
    if token
        .last_used_at
        .is_none_or(|at| micros(now - NOTE_USE_EVERY) >= at)
    {
        app.store
            .write_committed(|conn| rows::touch(conn, token.id, micros(now)))?;
    }
    Ok(Some(Actor {
        name: format!("token:{} ({})", token.id, token.name),
        grants: vec![Grant {
            role: role(&token)?,
            unit_id: token.unit_id,
            fields: None,
        }],
        person_id,
        request_id: None,
    }))
}

/// A stored token's role.
///
/// # Errors
/// If the database holds none of ours.
pub fn role(token: &TokenRow) -> Result<Role, StoreError> {
    from_text("access_token.role", &token.role)
}

fn entry(actor: &Actor, now: DateTime<Utc>, action: &str, token: &TokenRow) -> Entry {
    let entry = Entry::new(actor, now, action, "token", token.id);
    match token.unit_id {
        Some(unit) => entry.unit(unit),
        None => entry,
    }
}

fn unknown(field: &'static str, id: i64) -> Invalid {
    Invalid::new(field, "not_found").with("value", id)
}

/// The person who may hold a token on a unit (`None` = the whole installation): who serves there, or will
/// when they come.
fn holder(
    conn: &mut Conn,
    unit: Option<i64>,
    id: i64,
    today: NaiveDate,
) -> Result<Option<PersonRow>, StoreError> {
    let life = people::posts_of(conn, id)?;
    let ahead = life
        .iter()
        .filter(|row| row.active_to.is_none_or(|last| today <= last));
    let Some(day) = ahead
        .map(|row| row.active_from.map_or(today, |first| first.max(today)))
        .min()
    else {
        return Ok(None);
    };
    serving(conn, &life, unit, day)
}

/// The row under which a person serves on a day, if that is in the unit or below it, by the post or
/// by a role given beside it.
fn serving(
    conn: &mut Conn,
    life: &[PersonRow],
    unit: Option<i64>,
    on: NaiveDate,
) -> Result<Option<PersonRow>, StoreError> {
    let Some(row) = life.iter().rev().find(|row| row.active_on(on)) else {
        return Ok(None);
    };
    let Some(unit) = unit else {
        return Ok(Some(row.clone()));
    };
    // most serve there by their post, which is known already
    let mut serves = units::is_below(conn, row.unit_id, unit)?;
    if !serves {
        for home in access::grants_of_posts(conn, life, on)?
            .iter()
            .filter_map(|grant| grant.unit_id)
        {
            serves = serves || units::is_below(conn, home, unit)?;
        }
    }
    Ok(serves.then(|| row.clone()))
}

fn hash(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}
