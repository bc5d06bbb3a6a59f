//! Doing a thing once, however often it is asked for: the reply is kept in the transaction that
//! does the work.

use serde::Serialize;

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::service::{Error, Tx};
use crate::store::idempotency::{self as rows, ReplyRow};
use crate::store::types::{AsText, from_json, micros, to_json};

/// Longest key, in characters.
const KEY_MAX: usize = 255;

/// What a request asks for, and the key under which its reply is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The caller's own name for the request.
    pub key: String,
    /// A hash of everything asked for: another one under the same key is another request.
    pub fingerprint: String,
}

/// A reply as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Headers that belong to it.
    pub headers: Vec<(String, String)>,
    /// The body, JSON.
    pub body: String,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done now.
    Done(Reply),
    /// It had been done before; this is the reply of that time.
    Replayed(Reply),
    /// The key was used for another request.
    KeyReused,
}

/// That a key can be kept.
///
/// # Errors
/// `idempotency_key` on the header.
pub fn check_key(key: &str) -> Result<(), Invalid> {
    let fits =
        (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        Ok(())
    } else {
        Err(Invalid::new("Idempotency-Key", "idempotency_key").with("max", KEY_MAX))
    }
}

/// Runs `work` and keeps its reply in the same transaction; a caller that asks again under the same
/// key gets that reply, and nothing happens. Without `asked` nothing is kept. A refusal is not kept:
/// it wrote nothing.
///
/// # Errors
/// Those of `work`; [`Error::Forbidden`] for one who asks again without a role that they held then.
pub fn once(
    tx: &mut Tx<'_>,
    asked: Option<&Asked>,
    work: impl FnOnce(&mut Tx<'_>) -> Result<Reply, Error>,
) -> Result<Outcome, Error> {
    let Some(asked) = asked else {
        return Ok(Outcome::Done(work(tx)?));
    };
    let rights = rights(tx.actor);
    if let Some(kept) = rows::find(tx.conn, tx.actor.id, &asked.key)? {
        if kept.fingerprint != asked.fingerprint {
            return Ok(Outcome::KeyReused);
        }
        let held: Vec<String> = from_json("idempotency.rights", &kept.rights)?;
        return if held.iter().all(|right| rights.contains(right)) {
            replay(kept)
        } else {
            Err(Error::Forbidden)
        };
    }
    let reply = work(tx)?;
    let row = ReplyRow {
        caller: AsText(tx.actor.id),
        key: asked.key.clone(),
        fingerprint: asked.fingerprint.clone(),
        rights: to_json(&rights)?,
        status: i32::from(reply.status),
        headers: to_json(&reply.headers)?,
        body: reply.body.clone(),
        created_at: micros(tx.now),
    };
    rows::insert(tx.conn, &row)?;
    Ok(Outcome::Done(reply))
}

/// A body as it is kept and sent.
///
/// # Errors
/// If the value can't be written as JSON.
pub fn body(value: &impl Serialize) -> Result<String, Error> {
    Ok(to_json(value)?)
}

/// The caller's roles, each with its unit.
fn rights(actor: &Actor) -> Vec<String> {
    let unit = |id: Option<UnitId>| id.map(|id| id.to_string()).unwrap_or_default();
    actor
        .grants
        .iter()
        .map(|grant| format!("{}@{}", grant.role.as_str(), unit(grant.unit_id)))
        .collect()
}

fn replay(kept: ReplyRow) -> Result<Outcome, Error> {
    let headers = from_json("idempotency.headers", &kept.headers)?;
    let status = u16::try_from(kept.status).unwrap_or(200);
    Ok(Outcome::Replayed(Reply {
        status,
        headers,
        body: kept.body,
    }))
}
