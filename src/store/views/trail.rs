//! The audit trail as it is read, newest line first.

use diesel::prelude::*;

use super::people::pattern_of;
use super::{inside, seen, sight};
use crate::domain::access::Scope;
use crate::store::schema::audit;
use crate::store::{Conn, StoreError};

/// A line of the trail.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = audit)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct TrailRow {
    pub id: i64,
    pub at: i64,
    pub actor: String,
    pub person_id: Option<i64>,
    pub action: String,
    pub entity: String,
    pub entity_id: String,
    pub unit_id: Option<i64>,
    pub old: Option<String>,
    pub new: Option<String>,
    pub reason: Option<String>,
    pub request_id: Option<String>,
}

/// Which lines to show; all conditions hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailFilter {
    /// Written at or after this instant, in microseconds.
    pub from: Option<i64>,
    /// Written before this instant, in microseconds.
    pub to: Option<i64>,
    /// Part of the actor's name.
    pub actor: Option<String>,
    /// By this person.
    pub person_id: Option<i64>,
    /// About this unit and all below it.
    pub below: Option<i64>,
    /// About this kind of thing.
    pub entity: Option<String>,
    /// About the thing with this id.
    pub entity_id: Option<String>,
    /// This was done.
    pub action: Option<String>,
    /// Part of this request.
    pub request_id: Option<String>,
}

/// The next lines behind the one with the id `before`, newest first; those of no unit are for
/// readers of the whole installation.
///
/// # Errors
/// Only the database's own.
pub fn page(
    conn: &mut Conn,
    scope: &Scope,
    filter: &TrailFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<TrailRow>, StoreError> {
    let mut query = TrailRow::query()
        .order(audit::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some((below, own)) = sight(scope) {
        query = query.filter(audit::unit_id.assume_not_null().eq_any(seen(below, own)));
    }
    if let Some(root) = filter.below {
        query = query.filter(audit::unit_id.assume_not_null().eq_any(inside(root)));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit::at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit::at.lt(to));
    }
    if let Some(part) = &filter.actor {
        query = query.filter(audit::actor.like(pattern_of(part)).escape('\\'));
    }
    if let Some(person) = filter.person_id {
        query = query.filter(audit::person_id.eq(person));
    }
    if let Some(entity) = &filter.entity {
        query = query.filter(audit::entity.eq(entity.clone()));
    }
    if let Some(id) = &filter.entity_id {
        query = query.filter(audit::entity_id.eq(id.clone()));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit::action.eq(action.clone()));
    }
    if let Some(request) = &filter.request_id {
        query = query.filter(audit::request_id.eq(request.clone()));
    }
    if let Some(id) = before {
        query = query.filter(audit::id.lt(id));
    }
    Ok(query.load(conn)?)
}
