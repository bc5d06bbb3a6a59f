//! Sessions of browsers: only the hash of what the cookie carries is stored. Instants are
//! microseconds.

use diesel::prelude::*;
use serde::Serialize;

use super::schema::session;
use super::{Conn, StoreError};

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery)]
#[diesel(table_name = session)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct SessionRow {
    pub id: i64,
    pub account_id: i64,
    pub stage: String,
    pub how: String,
    pub created_at: i64,
    pub seen_at: i64,
    pub expires_at: i64,
    pub address: String,
    pub agent: String,
    pub ended_at: Option<i64>,
}

/// Writes a new session; its `id` is filled in here.
///
/// # Errors
/// Only the database's own.
pub fn insert(conn: &mut Conn, mut row: SessionRow, hash: &str) -> Result<SessionRow, StoreError> {
    row.id = diesel::insert_into(session::table)
        .values((
            (
                session::account_id.eq(row.account_id),
                session::hash.eq(hash),
                session::stage.eq(&row.stage),
            ),
            session::how.eq(&row.how),
            (
                session::created_at.eq(row.created_at),
                session::seen_at.eq(row.seen_at),
            ),
            (
                session::expires_at.eq(row.expires_at),
                session::address.eq(&row.address),
                session::agent.eq(&row.agent),
            ),
        ))
        .returning(session::id)
        .get_result(conn)?;
    Ok(row)
}

/// The session with this hash that nobody ended.
///
/// # Errors
/// Only the database's own.
pub fn by_hash(conn: &mut Conn, hash: &str) -> Result<Option<SessionRow>, StoreError> {
    let open = SessionRow::query()
        .filter(session::hash.eq(hash))
        .filter(session::ended_at.is_null());
    Ok(open.first(conn).optional()?)
}

/// Sessions of an account that nobody ended and that are alive at `now`, newest first.
///
/// # Errors
/// Only the database's own.
pub fn of_account(
    conn: &mut Conn,
    account_id: i64,
    now: i64,
    idle_since: i64,
) -> Result<Vec<SessionRow>, StoreError> {
    let open = SessionRow::query()
        .filter(session::account_id.eq(account_id))
        .filter(session::ended_at.is_null());
    let alive = open
        .filter(session::expires_at.gt(now))
        .filter(session::seen_at.gt(idle_since));
    Ok(alive.order(session::id.desc()).load(conn)?)
}

/// Notes that a session was used.
///
/// # Errors
/// Only the database's own.
pub fn touch(conn: &mut Conn, id: i64, at: i64) -> Result<(), StoreError> {
    diesel::update(session::table.find(id))
        .set(session::seen_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// Gives a session a new secret and stage: what was in the cookie before is worth nothing any more.
///
/// # Errors
/// Only the database's own.
pub fn renew(
    conn: &mut Conn,
    id: i64,
    hash: &str,
    stage: &str,
    expires_at: i64,
) -> Result<(), StoreError> {
    let set = (
        session::hash.eq(hash),
        session::stage.eq(stage),
        session::expires_at.eq(expires_at),
    );
    diesel::update(session::table.find(id))
        .set(set)
        .execute(conn)?;
    Ok(())
}

/// Whether a session goes on: nobody ended it.
///
/// # Errors
/// Only the database's own.
pub fn is_open(conn: &mut Conn, id: i64) -> Result<bool, StoreError> {
    let open = session::table
        .filter(session::id.eq(id))
        .filter(session::ended_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(open)).get_result(conn)?)
}

/// The second factor that was shown in a session and is not confirmed. It is no part of
/// [`SessionRow`], which the trail shows.
///
/// # Errors
/// Only the database's own.
pub fn pending(conn: &mut Conn, id: i64) -> Result<Option<String>, StoreError> {
    Ok(session::table
        .find(id)
        .select(session::totp_pending)
        .first(conn)?)
}

/// Keeps or forgets [`pending`].
///
/// # Errors
/// Only the database's own.
pub fn set_pending(conn: &mut Conn, id: i64, secret: Option<&str>) -> Result<(), StoreError> {
    diesel::update(session::table.find(id))
        .set(session::totp_pending.eq(secret))
        .execute(conn)?;
    Ok(())
}

/// Ends one session of an account: as it was; `None` if it had ended or is another's.
///
/// # Errors
/// Only the database's own.
pub fn end(
    conn: &mut Conn,
    account_id: i64,
    id: i64,
    at: i64,
) -> Result<Option<SessionRow>, StoreError> {
    let open = SessionRow::query()
        .filter(session::id.eq(id))
        .filter(session::account_id.eq(account_id));
    let row = open
        .filter(session::ended_at.is_null())
        .first(conn)
        .optional()?;
    if row.is_some() {
        diesel::update(session::table.find(id))
            .set(session::ended_at.eq(at))
            .execute(conn)?;
    }
    Ok(row)
}

/// Ends the sessions of an account, but for `keep`: as they were.
///
/// # Errors
/// Only the database's own.
pub fn end_all(
    conn: &mut Conn,
    account_id: i64,
    keep: Option<i64>,
    at: i64,
) -> Result<Vec<SessionRow>, StoreError> {
    let open = SessionRow::query()
        .filter(session::account_id.eq(account_id))
        .filter(session::ended_at.is_null());
    let rows: Vec<SessionRow> = open
        .filter(session::id.ne(keep.unwrap_or(0)))
        .order(session::id)
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    diesel::update(session::table.filter(session::id.eq_any(ids)))
        .set(session::ended_at.eq(at))
        .execute(conn)?;
    Ok(rows)
}

/// Forgets at most about `chunk` sessions that expired before an instant; how many.
///
/// # Errors
/// Only the database's own.
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
