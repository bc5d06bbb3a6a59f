//! Replies kept under an idempotency key. Old ones are taken out by `purge`.

use diesel::prelude::*;

use super::schema::idempotency;
use super::types::AsText;
use super::{Conn, StoreError};
use crate::domain::access::ActorId;

/// A kept reply.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = idempotency)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ReplyRow {
    pub caller: AsText<ActorId>,
    pub key: String,
    pub fingerprint: String,
    /// JSON list of roles.
    pub rights: String,
    pub status: i32,
    /// JSON list of name and value.
    pub headers: String,
    pub body: String,
    /// Microseconds.
    pub created_at: i64,
}

/// The reply that a caller got under a key.
pub fn find(conn: &mut Conn, caller: ActorId, key: &str) -> Result<Option<ReplyRow>, StoreError> {
    let kept = ReplyRow::query()
        .filter(idempotency::caller.eq(AsText(caller)))
        .filter(idempotency::key.eq(key));
    Ok(kept.get_result(conn).optional()?)
}

/// Keeps a reply.
///
/// # Errors
/// [`StoreError::Collision`] if another request with the same key was faster: the transaction is to
/// be tried again, and finds that one's reply.
pub fn insert(conn: &mut Conn, row: &ReplyRow) -> Result<(), StoreError> {
    match diesel::insert_into(idempotency::table)
        .values(row)
        .execute(conn)
        .map_err(StoreError::from)
    {
        Ok(_) => Ok(()),
        Err(StoreError::Unique(text)) => Err(StoreError::Collision(text)),
        Err(error) => Err(error),
    }
}
