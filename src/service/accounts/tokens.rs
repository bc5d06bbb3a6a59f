//! Access tokens: creating, listing and revoking them, and the actor of a token.
//!
//! A token is 32 random bytes behind `tb_`, shown once; the database stores its SHA-256 only. As it
//! is random, a fast hash is enough: there is nothing to guess.

use std::fmt;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::access::{Actor, Grant, Role};
use crate::domain::error::Invalid;
use crate::domain::ids::{PersonId, TokenId, UnitId};
use crate::domain::text;
use crate::identity::secret;
use crate::service::core::access::{self, Action};
use crate::service::core::audit::AuditLine;
use crate::service::{App, Error, Tx};
use crate::store::people::PersonRow;
use crate::store::tokens as rows;
use crate::store::tokens::TokenRow;
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError, people, units};

/// The first characters of every token, by which scanners for leaked secrets find it.
const PREFIX: &str = "tb_";

/// Longest lifetime that can be asked for, in days.
const DAYS_MAX: u32 = 3_650;

/// The last use is recorded no more often than this, so that most reads write nothing.
const RECORD_USE_EVERY: TimeDelta = TimeDelta::minutes(10);

/// A token to create.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for, by which people recognise it: `Máy của phòng`.
    pub name: String,
    /// The role of its holder.
    pub role: Role,
    /// The unit on which the role is held; absent: the whole installation, for `admin` only.
    pub unit_id: Option<UnitId>,
    /// The person who holds it: what it submits is theirs. It is valid while they serve in the unit
    /// or below it.
    pub person_id: Option<PersonId>,
    /// Its lifetime in days; absent: until it is revoked.
    pub days: Option<u32>,
}

/// A new token. The secret is shown here and never again.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = IssuedBody)]
pub struct Issued {
    /// The token without its secret.
    #[serde(flatten)]
    pub token: TokenRow,
    /// The token itself: shown now and never again.
    pub secret: String,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// Creates a token.
///
/// # Errors
/// All faults of the input at once: a name, an unknown unit, a person of another unit or who has
/// left, too long a lifetime; [`Error::Forbidden`], also for a person whose roles reach further than
/// the actor's.
pub fn create(tx: &mut Tx<'_>, new: &NewToken) -> Result<Issued, Error> {
    access::require_by_any_role(tx.actor, Action::Operate)?;
    let mut faults = Vec::new();
    faults.extend(unit_fault(tx, new)?);
    faults.extend(person_fault(tx, new)?);
    faults.extend(days_fault(new));
    let name = text::name("name", &new.name);
    let name = match name {
        Ok(name) if faults.is_empty() => name,
        name => {
            faults.extend(name.err());
            return Err(Error::Invalid(faults));
        }
    };
    let secret = format!("{PREFIX}{}", secret::fresh());
    let lifetime = new.days.map(|days| TimeDelta::days(days.into()));
    let row = TokenRow {
        id: TokenId::NONE,
        name,
        role: Word(new.role),
        unit_id: new.unit_id,
        person_id: new.person_id,
        created_at: At(tx.now),
        expires_at: lifetime.map(|lifetime| At(tx.now + lifetime)),
        last_used_at: None,
        revoked_at: None,
    };
    let token = rows::insert(tx.conn, row, &secret::hash(&secret))?;
    audit(tx, "create", &token).new_value(&token).record()?;
    Ok(Issued { token, secret })
}

/// What is wrong with the unit of a new token.
fn unit_fault(tx: &mut Tx<'_>, new: &NewToken) -> Result<Option<Invalid>, Error> {
    let Some(id) = new.unit_id else {
        if !tx.actor.holds_everywhere() {
            return Err(Error::Forbidden);
        }
        if new.role != Role::Admin {
            // a forgotten unit must not give access to the whole installation
            return Ok(Some(Invalid::new("unit_id", "token_unit")));
        }
        access::require_on_all_units(tx.actor, Action::Operate)?;
        return Ok(None);
    };
    match tx.require(Action::Operate, id) {
        Err(Error::NotFound { .. }) => Ok(Some(unknown("unit_id", id))),
        Err(error) => Err(error),
        Ok(()) => Ok(units::find(tx.conn, id)?
            .is_none()
            .then(|| unknown("unit_id", id))),
    }
}

/// What is wrong with the holder of a new token.
fn person_fault(tx: &mut Tx<'_>, new: &NewToken) -> Result<Option<Invalid>, Error> {
    let Some(id) = new.person_id else {
        return Ok(None);
    };
    let Some(person) = holder(tx.conn, new.unit_id, id, text::local_date(tx.now))? else {
        return Ok(Some(unknown("person_id", id)));
    };
    access::require_authority_over(tx.conn, tx.actor, person.id, tx.now)?;
    Ok(None)
}

fn days_fault(new: &NewToken) -> Option<Invalid> {
    let days = new.days.filter(|days| !(1..=DAYS_MAX).contains(days))?;
    Some(
        Invalid::new("days", "token_days")
            .with("value", days)
            .with("max", DAYS_MAX),
    )
}

fn unknown(field: &'static str, id: impl fmt::Display) -> Invalid {
    Invalid::new(field, "not_found").with("value", id)
}

/// Tokens that the actor may administer, newest first; with ids below `before`, at most `limit`.
pub fn list(tx: &mut Tx<'_>, before: Option<TokenId>, limit: i64) -> Result<Vec<TokenRow>, Error> {
    access::require_by_any_role(tx.actor, Action::Operate)?;
    let scope = access::scope_for(tx.actor, Action::Operate);
    Ok(rows::list(tx.conn, &scope, before, limit)?)
}

/// Revokes a token at once. One that was revoked before stays as it is.
pub fn revoke(tx: &mut Tx<'_>, id: TokenId) -> Result<TokenRow, Error> {
    access::require_by_any_role(tx.actor, Action::Operate)?;
    let unknown = || Error::not_found("token");
    let before = rows::find(tx.conn, id)?.ok_or_else(unknown)?;
    match before.unit_id {
        None => access::require_on_all_units(tx.actor, Action::Operate).map_err(|_| unknown())?,
        Some(unit) => access::require_of(tx.conn, tx.actor, Action::Operate, unit, "token")?,
    }
    if !rows::revoke(tx.conn, id, tx.now)? {
        return Ok(before);
    }
    let after = TokenRow {
        revoked_at: Some(At(tx.now)),
        ..before.clone()
    };
    audit(tx, "revoke", &before)
        .old(&before)
        .new_value(&after)
        .record()?;
    Ok(after)
}

/// The actor of a token at `now`; `None` for a token that is unknown, revoked or expired, and for
/// one of a person who does not serve in its unit or below it that day.
pub fn authenticate(app: &App, secret: &str, now: DateTime<Utc>) -> Result<Option<Actor>, Error> {
    if !secret.starts_with(PREFIX) || secret.len() > 100 {
        return Ok(None);
    }
    let visitor = Actor::visitor();
    let found = app.read(&visitor, now, |tx| find_valid(tx, &secret::hash(secret)))?;
    let Some((token, person_id)) = found else {
        return Ok(None);
    };
    let last_used = token.last_used_at.as_deref();
    if last_used.is_none_or(|at| now - RECORD_USE_EVERY >= *at) {
        app.store
            .write_if_free(|conn| rows::touch(conn, token.id, now));
    }
    let grant = Grant {
        role: *token.role,
        unit_id: token.unit_id,
        fields: None,
    };
    Ok(Some(Actor::token(token.id, &token.name, grant, person_id)))
}

/// The valid token with this hash, and the person who holds it.
fn find_valid(tx: &mut Tx<'_>, hash: &str) -> Result<Option<(TokenRow, Option<PersonId>)>, Error> {
    let token = rows::find_by_hash(tx.conn, hash)?;
    let Some(token) = token.filter(|token| token.is_valid(tx.now)) else {
        return Ok(None);
    };
    let Some(holder) = token.person_id else {
        return Ok(Some((token, None)));
    };
    let life = people::posts_of(tx.conn, holder)?;
    let serving = serving(tx.conn, &life, token.unit_id, text::local_date(tx.now))?;
    Ok(serving.map(|person| (token, Some(person.id))))
}

fn audit<'t>(tx: &'t mut Tx<'_>, action: &str, token: &TokenRow) -> AuditLine<'t> {
    let line = tx.audit(action, "token", token.id);
    match token.unit_id {
        Some(unit) => line.unit(unit),
        None => line,
    }
}

/// The person who may hold a token on a unit (`None` = the whole installation): somebody who serves
/// there, or will once they arrive.
fn holder(
    conn: &mut Conn,
    unit: Option<UnitId>,
    id: PersonId,
    today: NaiveDate,
) -> Result<Option<PersonRow>, StoreError> {
    let life = people::posts_of(conn, id)?;
    let first_day = life
        .iter()
        .filter(|row| row.active_to.is_none_or(|last| today <= last))
        .map(|row| row.active_from.map_or(today, |first| first.max(today)))
        .min();
    match first_day {
        Some(day) => serving(conn, &life, unit, day),
        None => Ok(None),
    }
}

/// The row under which a person serves on a day, if that is in the unit or below it, in their own
/// position or by a role that they were given.
fn serving(
    conn: &mut Conn,
    life: &[PersonRow],
    unit: Option<UnitId>,
    on: NaiveDate,
) -> Result<Option<PersonRow>, StoreError> {
    let Some(row) = life.iter().rev().find(|row| row.active_on(on)) else {
        return Ok(None);
    };
    let Some(unit) = unit else {
        return Ok(Some(row.clone()));
    };
    // most serve there in their own position, which needs no further query
    if units::is_below(conn, row.unit_id, unit)? {
        return Ok(Some(row.clone()));
    }
    for grant in access::grants_of_posts(conn, life, on)? {
        if let Some(home) = grant.unit_id
            && units::is_below(conn, home, unit)?
        {
            return Ok(Some(row.clone()));
        }
    }
    Ok(None)
}
