//! How sessions end, and what one keeps until its second factor is set up.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::SessionRow;
use crate::domain::ids::{AccountId, SessionId};
use crate::store::schema::session;
use crate::store::types::At;
use crate::store::{Conn, StoreError};

/// Whether nobody has ended a session.
pub fn is_open(conn: &mut Conn, id: SessionId) -> Result<bool, StoreError> {
    let open = session::table
        .filter(session::id.eq(id))
        .filter(session::ended_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(open)).get_result(conn)?)
}

/// The secret of a second factor that was shown in a session and is not confirmed yet. It is not
/// part of [`SessionRow`], which the audit trail shows.
pub fn pending_secret(conn: &mut Conn, id: SessionId) -> Result<Option<String>, StoreError> {
    Ok(session::table
        .find(id)
        .select(session::totp_pending)
        .get_result(conn)?)
}

/// Stores or clears the [`pending_secret`].
pub fn set_pending_secret(
    conn: &mut Conn,
    id: SessionId,
    secret: Option<&str>,
) -> Result<(), StoreError> {
    diesel::update(session::table.find(id))
        .set(session::totp_pending.eq(secret))
        .execute(conn)?;
    Ok(())
}

/// Ends one session of an account and returns it as it was; `None` if it had ended or belongs to
/// another account.
pub fn end(
    conn: &mut Conn,
    account_id: AccountId,
    id: SessionId,
    at: DateTime<Utc>,
) -> Result<Option<SessionRow>, StoreError> {
    let row = SessionRow::query()
        .filter(session::id.eq(id))
        .filter(session::account_id.eq(account_id))
        .filter(session::ended_at.is_null())
        .get_result(conn)
        .optional()?;
    if row.is_some() {
        diesel::update(session::table.find(id))
            .set(session::ended_at.eq(At(at)))
            .execute(conn)?;
    }
    Ok(row)
}

/// Ends the sessions of an account, except `keep`, and returns them as they were.
pub fn end_all(
    conn: &mut Conn,
    account_id: AccountId,
    keep: Option<SessionId>,
    at: DateTime<Utc>,
) -> Result<Vec<SessionRow>, StoreError> {
    let rows: Vec<SessionRow> = SessionRow::query()
        .filter(session::account_id.eq(account_id))
        .filter(session::ended_at.is_null())
        .filter(session::id.ne(keep.unwrap_or(SessionId::NONE)))
        .order(session::id)
        .load(conn)?;
    let ids: Vec<SessionId> = rows.iter().map(|row| row.id).collect();
    diesel::update(session::table.filter(session::id.eq_any(ids)))
        .set(session::ended_at.eq(At(at)))
        .execute(conn)?;
    Ok(rows)
}

/// Deletes about `chunk` sessions that expired before an instant (in microseconds) and returns how
/// many.
pub fn purge(conn: &mut Conn, before: i64, chunk: i64) -> Result<usize, StoreError> {
    let old = session::table.filter(session::expires_at.lt(before));
    let last = old
        .order(session::expires_at)
        .select(session::expires_at)
        .offset(chunk - 1)
        .limit(1);
    let until = last.first::<i64>(conn).optional()?.unwrap_or(before - 1);
    Ok(diesel::delete(session::table.filter(session::expires_at.le(until))).execute(conn)?)
}
