//! What the database knows about itself, by key.

use diesel::prelude::*;

use super::schema::meta;
use super::{Conn, StoreError};
use crate::on_inner;

/// The value of a key.
///
/// # Errors
/// Only the database's own.
pub fn get(conn: &mut Conn, key: &str) -> Result<Option<String>, StoreError> {
    Ok(meta::table.find(key).select(meta::value).first(conn).optional()?)
}

/// Sets a key.
///
/// # Errors
/// Only the database's own.
pub fn set(conn: &mut Conn, key: &str, value: &str) -> Result<(), StoreError> {
    let row = (meta::key.eq(key), meta::value.eq(value));
    on_inner!(conn, c => diesel::insert_into(meta::table)
        .values(row)
        .on_conflict(meta::key)
        .do_update()
        .set(meta::value.eq(value))
        .execute(c))?;
    Ok(())
}
