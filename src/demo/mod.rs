//! Demonstration databases. They remember that they are demonstrations, and only their clock may run
//! ahead of the real one.

pub mod credentials;
mod headlines;
pub mod scenario;
mod script;
pub mod simulation;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use rand::RngExt as _;

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::ids::MailId;
use crate::service::{App, Error, Tx};
use crate::store::outbox::{self, MailFilter, Queued, Whole};
use crate::store::{items, meta, schedule, units};

/// The key under which a database remembers that it is a demonstration; the value opens its
/// mailbox.
const KEY: &str = "demonstration";

/// Makes the database a demonstration; there is no way back.
pub fn mark(tx: &mut Tx<'_>) -> Result<(), Error> {
    if meta::get(tx.conn, KEY)?.is_none() {
        let key: [u8; 16] = rand::rng().random();
        meta::put(tx.conn, KEY, &URL_SAFE_NO_PAD.encode(key))?;
    }
    Ok(())
}

/// The secret part of the address at which a demonstration shows its mails; `None` if it is none.
pub fn mailbox_key(tx: &mut Tx<'_>) -> Result<Option<String>, Error> {
    Ok(meta::get(tx.conn, KEY)?)
}

/// The mails of a demonstration, the newest first, older than the one with the id `before`.
///
/// # Errors
/// [`Error::NotFound`] unless `key` is that of a demonstration.
pub fn mails(
    tx: &mut Tx<'_>,
    key: &str,
    before: Option<MailId>,
    limit: i64,
) -> Result<Vec<Queued>, Error> {
    check_key(tx, key)?;
    Ok(outbox::list(
        tx.conn,
        &MailFilter::default(),
        before,
        limit,
    )?)
}

/// One mail of a demonstration.
///
/// # Errors
/// [`Error::NotFound`] if it does not exist, or `key` is not that of a demonstration.
pub fn mail(tx: &mut Tx<'_>, key: &str, id: MailId) -> Result<Whole, Error> {
    check_key(tx, key)?;
    outbox::find(tx.conn, id)?.ok_or(Error::not_found("mail"))
}

/// How many units there are and how many items were submitted.
pub fn size(tx: &mut Tx<'_>) -> Result<(usize, i64), Error> {
    let mut number = 0;
    for root in units::federations(tx.conn)? {
        number += units::below(tx.conn, root.id)?.len();
    }
    Ok((number, items::count(tx.conn)?))
}

fn check_key(tx: &mut Tx<'_>, key: &str) -> Result<(), Error> {
    match mailbox_key(tx)? {
        Some(own) if own == key => Ok(()),
        _ => Err(Error::not_found("mail")),
    }
}

/// Up to when the past of a demonstration reaches: the newest run of a job.
pub fn past_until(tx: &mut Tx<'_>) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(schedule::newest_start(tx.conn)?.map(|at| at.0))
}

/// Checks that the service may act as of `at` while the real clock shows `real_now`: not later than
/// that, unless it is a demonstration. Decisions made ahead of time could not be taken back.
///
/// # Errors
/// [`Error::Invalid`] about `--at`.
pub fn allow_clock(app: &App, at: DateTime<Utc>, real_now: DateTime<Utc>) -> Result<(), Error> {
    if at <= real_now {
        return Ok(());
    }
    let key = app.read(&Actor::cli(), real_now, mailbox_key)?;
    match key {
        Some(_) => Ok(()),
        None => Err(Invalid::new("--at", "clock_ahead")
            .with("value", at.to_rfc3339())
            .into()),
    }
}
