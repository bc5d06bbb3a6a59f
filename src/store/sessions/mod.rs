//! Sessions of browsers. Only the hash of the secret that the cookie carries is stored.

mod ending;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::schema::session;
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::account::{SessionStage, SignInMethod};
use crate::domain::ids::{AccountId, SessionId};

pub use ending::{end, end_all, is_open, pending_secret, purge, set_pending_secret};

/// A session as stored, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable)]
#[diesel(table_name = session, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct SessionRow {
    #[diesel(skip_insertion)]
    pub id: SessionId,
    pub account_id: AccountId,
    pub stage: Word<SessionStage>,
    pub how: Word<SignInMethod>,
    pub created_at: At,
    pub seen_at: At,
    pub expires_at: At,
    pub address: String,
    pub agent: String,
    pub ended_at: Option<At>,
    pub kept: bool,
}

/// A session of a browser, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, HasQuery)]
#[diesel(table_name = session)]
#[schema(as = SessionBody)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// When it began.
    pub created_at: At,
    /// When it was last used, to about a minute.
    pub seen_at: At,
    /// When it expires at the latest.
    pub expires_at: At,
    /// The address that it was begun from.
    pub address: String,
    /// The browser, as it calls itself.
    pub agent: String,
    /// Whether it is kept on a personal device: it does not end when it is idle.
    pub kept: bool,
}

/// What [`renew`] changes of a session.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = session)]
pub struct Renewal {
    /// The hash of its new secret.
    pub hash: String,
    /// Its stage from now on.
    pub stage: Word<SessionStage>,
    /// When it expires from now on.
    pub expires_at: At,
}

/// Writes a new session and fills in its `id`.
pub fn insert(conn: &mut Conn, mut row: SessionRow, hash: &str) -> Result<SessionRow, StoreError> {
    row.id = diesel::insert_into(session::table)
        .values((&row, session::hash.eq(hash)))
        .returning(session::id)
        .get_result(conn)?;
    Ok(row)
}

/// The session with this hash, unless it was ended.
pub fn find_by_hash(conn: &mut Conn, hash: &str) -> Result<Option<SessionRow>, StoreError> {
    let open = SessionRow::query()
        .filter(session::hash.eq(hash))
        .filter(session::ended_at.is_null());
    Ok(open.get_result(conn).optional()?)
}

/// Completed sign-ins of an account that are neither ended nor expired at `now` and were used after
/// `idle_since` or are kept, newest first.
pub fn list(
    conn: &mut Conn,
    account_id: AccountId,
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> Result<Vec<SessionView>, StoreError> {
    Ok(SessionView::query()
        .filter(session::account_id.eq(account_id))
        .filter(session::ended_at.is_null())
        .filter(session::stage.eq(Word(SessionStage::Done)))
        .filter(session::expires_at.gt(At(now)))
        .filter(session::kept.or(session::seen_at.gt(At(idle_since))))
        .order(session::id.desc())
        .load(conn)?)
}

/// Records that a session was used.
pub fn touch(conn: &mut Conn, id: SessionId, at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(session::table.find(id))
        .set(session::seen_at.eq(At(at)))
        .execute(conn)?;
    Ok(())
}

/// Gives a session a new secret and stage. Its old secret is void.
pub fn renew(conn: &mut Conn, id: SessionId, renewal: &Renewal) -> Result<(), StoreError> {
    diesel::update(session::table.find(id))
        .set(renewal)
        .execute(conn)?;
    Ok(())
}
