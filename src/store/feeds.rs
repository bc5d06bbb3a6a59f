//! Secret addresses of calendar feeds. Only hashes of the secrets are stored.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::calendar_feed;
use super::types::At;
use super::{Conn, StoreError};
use crate::domain::ids::{FeedId, PersonId, UnitId};

/// A feed as stored, without its hash.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = calendar_feed)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct FeedRow {
    pub id: FeedId,
    pub person_id: Option<PersonId>,
    pub unit_id: Option<UnitId>,
    pub created_at: At,
    pub revoked_at: Option<At>,
}

/// Whose feed it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedOf {
    /// Of a human being.
    Person(PersonId),
    /// Of a unit.
    Unit(UnitId),
}

impl FeedOf {
    fn columns(self) -> (Option<PersonId>, Option<UnitId>) {
        match self {
            Self::Person(person) => (Some(person), None),
            Self::Unit(unit) => (None, Some(unit)),
        }
    }
}

/// Writes a new feed.
pub fn insert(
    conn: &mut Conn,
    of: FeedOf,
    secret_hash: &str,
    now: DateTime<Utc>,
) -> Result<FeedRow, StoreError> {
    let (person_id, unit_id) = of.columns();
    let id: FeedId = diesel::insert_into(calendar_feed::table)
        .values((
            calendar_feed::person_id.eq(person_id),
            calendar_feed::unit_id.eq(unit_id),
            calendar_feed::secret_hash.eq(secret_hash),
            calendar_feed::created_at.eq(At(now)),
        ))
        .returning(calendar_feed::id)
        .get_result(conn)?;
    Ok(FeedRow {
        id,
        person_id,
        unit_id,
        created_at: At(now),
        revoked_at: None,
    })
}

/// The feeds of somebody that work, the newest first.
pub fn list(conn: &mut Conn, of: FeedOf) -> Result<Vec<FeedRow>, StoreError> {
    let working = FeedRow::query()
        .filter(calendar_feed::revoked_at.is_null())
        .order(calendar_feed::id.desc());
    Ok(match of {
        FeedOf::Person(person) => working
            .filter(calendar_feed::person_id.eq(person))
            .load(conn)?,
        FeedOf::Unit(unit) => working.filter(calendar_feed::unit_id.eq(unit)).load(conn)?,
    })
}

/// A feed by id.
pub fn find(conn: &mut Conn, id: FeedId) -> Result<Option<FeedRow>, StoreError> {
    let found = FeedRow::query().filter(calendar_feed::id.eq(id));
    Ok(found.get_result(conn).optional()?)
}

/// The feed of a secret, if it works.
pub fn of_secret(conn: &mut Conn, secret_hash: &str) -> Result<Option<FeedRow>, StoreError> {
    let found = FeedRow::query()
        .filter(calendar_feed::secret_hash.eq(secret_hash))
        .filter(calendar_feed::revoked_at.is_null());
    Ok(found.get_result(conn).optional()?)
}

/// Takes a feed back.
pub fn revoke(conn: &mut Conn, id: FeedId, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(calendar_feed::table.find(id))
        .set(calendar_feed::revoked_at.eq(At(now)))
        .execute(conn)?;
    Ok(())
}
