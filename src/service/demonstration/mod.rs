//! Demonstration databases: the only ones whose clock may run ahead of the real one, and they remember that they are.

mod headlines;
pub mod play;
pub mod story;

use chrono::{DateTime, Utc};

use crate::domain::error::Invalid;
use crate::service::{Error, House};
use crate::store::{Conn, meta};

/// The key under which a database remembers that it is a demonstration.
const KEY: &str = "demonstration";

/// Makes the database a demonstration; there is no way back.
///
/// # Errors
/// Only the database's own.
pub fn mark(house: &House) -> Result<(), Error> {
    house.store.write(mark_in)
}

/// [`mark`] in the caller's transaction.
///
/// # Errors
/// Only the database's own.
pub fn mark_in(conn: &mut Conn) -> Result<(), Error> {
    Ok(meta::put(conn, KEY, "1")?)
}

/// Whether the database is a demonstration.
///
/// # Errors
/// Only the database's own.
pub fn is_one(house: &House) -> Result<bool, Error> {
    house.store.read(|conn| Ok(meta::get(conn, KEY)?.is_some()))
}

/// Whether the house may act as of `at` while the real clock shows `real_now`: not later than that, unless it is a
/// demonstration. What was decided ahead of time in a real house could not be taken back.
///
/// # Errors
/// The fault of `--at`, if not.
pub fn allow_clock(house: &House, at: DateTime<Utc>, real_now: DateTime<Utc>) -> Result<(), Error> {
    if at <= real_now || is_one(house)? {
        return Ok(());
    }
    Err(Invalid::new("--at", "clock_ahead").with("value", at.to_rfc3339()).into())
}
