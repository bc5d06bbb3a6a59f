//! Small facts about the database itself, by key: what it is, how far things were opened, its
//! secret.

use diesel::prelude::*;

use super::schema::meta;
use super::{Conn, StoreError};
use crate::on_inner;

/// The value under a key.
pub fn get(conn: &mut Conn, key: &str) -> Result<Option<String>, StoreError> {
    Ok(meta::table
        .find(key)
        .select(meta::value)
        .get_result(conn)
        .optional()?)
}

/// Writes the value under a key.
pub fn put(conn: &mut Conn, key: &str, value: &str) -> Result<(), StoreError> {
    on_inner!(conn, c => diesel::insert_into(meta::table)
        .values((meta::key.eq(key), meta::value.eq(value)))
        .on_conflict(meta::key)
        .do_update()
        .set(meta::value.eq(value))
        .execute(c))?;
    Ok(())
}

/// Takes a key away.
pub fn remove(conn: &mut Conn, key: &str) -> Result<(), StoreError> {
    diesel::delete(meta::table.find(key)).execute(conn)?;
    Ok(())
}
