//! Demonstration databases: the only ones whose clock may run ahead of the real one, and they
//! remember that they are.

mod headlines;
pub mod passes;
pub mod play;
pub mod story;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use rand::RngExt as _;

use crate::domain::error::Invalid;
use crate::service::{App, Error, Tx};
use crate::store::outbox::{self, MailFilter, Queued, Whole};
use crate::store::{Conn, items, meta, schedule, units};

/// The key under which a database remembers that it is a demonstration; the value opens its
/// mailbox.
const KEY: &str = "demonstration";

/// Makes the database a demonstration; there is no way back.
///
/// # Errors
/// Those of the database.
pub fn mark(app: &App) -> Result<(), Error> {
    app.store.write(mark_in)
}

/// [`mark`] in the caller's transaction.
///
/// # Errors
/// Those of the database.
pub fn mark_in(conn: &mut Conn) -> Result<(), Error> {
    if meta::get(conn, KEY)?.is_none() {
        let key: [u8; 16] = rand::rng().random();
        meta::put(conn, KEY, &URL_SAFE_NO_PAD.encode(key))?;
    }
    Ok(())
}

/// The secret part of the address at which a demonstration shows its mails; `None` if it is none.
///
/// # Errors
/// Those of the database.
pub fn mailbox_key(app: &App) -> Result<Option<String>, Error> {
    Ok(app.store.read(|conn| meta::get(conn, KEY))?)
}

/// The mails of a demonstration, the newest first, older than the one with the id `before`.
///
/// # Errors
/// [`Error::NotFound`] unless `key` is that of a demonstration.
pub fn mails(
    tx: &mut Tx<'_>,
    key: &str,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Queued>, Error> {
    check_key(tx.conn, key)?;
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
pub fn mail(tx: &mut Tx<'_>, key: &str, id: i64) -> Result<Whole, Error> {
    check_key(tx.conn, key)?;
    outbox::find(tx.conn, id)?.ok_or(Error::not_found("mail"))
}

/// How many units there are and how many items were handed in.
///
/// # Errors
/// Those of the database.
pub fn size(app: &App) -> Result<(usize, i64), Error> {
    app.store.read(|conn| {
        let mut number = 0;
        for root in units::federations(conn)? {
            number += units::below(conn, root.id)?.len();
        }
        Ok((number, items::count(conn)?))
    })
}

fn check_key(conn: &mut Conn, key: &str) -> Result<(), Error> {
    match meta::get(conn, KEY)? {
        Some(own) if own == key => Ok(()),
        _ => Err(Error::not_found("mail")),
    }
}

/// Whether the database is a demonstration.
///
/// # Errors
/// Those of the database.
pub fn is_one(app: &App) -> Result<bool, Error> {
    app.store.read(|conn| Ok(meta::get(conn, KEY)?.is_some()))
}

/// Up to when a demonstration was lived: the newest run of a job.
///
/// # Errors
/// Those of the database.
pub fn lived_until(app: &App) -> Result<Option<DateTime<Utc>>, Error> {
    app.store
        .read(|conn| Ok(schedule::newest_start(conn)?.map(|at| at.0)))
}

/// Whether the app may act as of `at` while the real clock shows `real_now`: not later than that,
/// unless it is a demonstration. What was decided ahead of time in a real installation could not be
/// taken back.
///
/// # Errors
/// The fault of `--at`, if not.
pub fn allow_clock(app: &App, at: DateTime<Utc>, real_now: DateTime<Utc>) -> Result<(), Error> {
    if at <= real_now || is_one(app)? {
        return Ok(());
    }
    Err(Invalid::new("--at", "clock_ahead")
        .with("value", at.to_rfc3339())
        .into())
}
