//! Events as lists show them.

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use super::inside;
use super::people::pattern;
use super::visible::{few_units, seen};
use crate::domain::access::Scope;
use crate::domain::event::{EventState, EventType};
use crate::domain::ids::{EventId, UnitId};
use crate::domain::obligation::State;
use crate::store::events::EventRow;
use crate::store::schema::{event, obligation};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// Which events a list shows; all conditions hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of this unit and all below it.
    pub below: Option<UnitId>,
    /// Of this unit alone.
    pub unit_id: Option<UnitId>,
    /// Of this type.
    pub kind: Option<EventType>,
    /// In this state.
    pub state: Option<EventState>,
    /// Part of the title, with or without diacritics.
    pub search: Option<String>,
    /// That end at or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// That start before this instant.
    pub before: Option<DateTime<Utc>>,
    /// Cursor: only those behind the event with this start and id.
    pub after: Option<(DateTime<Utc>, EventId)>,
}

/// Adds the conditions of a filter to a boxed query over events.
macro_rules! filtered {
    ($conn:expr, $query:expr, $scope:expr, $filter:expr) => {{
        let (scope, filter): (&Scope, &EventFilter) = ($scope, $filter);
        let mut query = $query;
        query = query.filter(seen(scope, event::unit_id));
        if let Some(units) = few_units($conn, scope)? {
            query = query.filter(event::unit_id.eq_any(units));
        }
        if let Some(root) = filter.below {
            query = query.filter(event::unit_id.eq_any(inside(root)));
        }
        if let Some(unit) = filter.unit_id {
            query = query.filter(event::unit_id.eq(unit));
        }
        match filter.kind {
            None => {}
            Some(EventType::Ordinary) => query = query.filter(event::ordinary.eq(true)),
            Some(EventType::Topical) => query = query.filter(event::topical.eq(true)),
            Some(EventType::Question) => query = query.filter(event::question.eq(true)),
        }
        if let Some(state) = filter.state {
            query = query.filter(event::state.eq(Word(state)));
        }
        if let Some(part) = &filter.search {
            query = query.filter(event::title_folded.like(pattern(part)).escape('\\'));
        }
        if let Some(from) = filter.from {
            query = query.filter(event::ends_at.ge(At(from)));
        }
        if let Some(before) = filter.before {
            query = query.filter(event::starts_at.lt(At(before)));
        }
        if let Some((start, id)) = filter.after {
            let start = At(start);
            query = query.filter(
                event::starts_at
                    .lt(start)
                    .or(event::starts_at.eq(start).and(event::id.lt(id))),
            );
        }
        query
    }};
}

/// The next `limit` events, the latest start first.
pub fn page(
    conn: &mut Conn,
    scope: &Scope,
    filter: &EventFilter,
    limit: i64,
) -> Result<Vec<EventRow>, StoreError> {
    let query = filtered!(conn, EventRow::query().into_boxed(), scope, filter);
    let query = query.order((event::starts_at.desc(), event::id.desc()));
    Ok(query.limit(limit).load(conn)?)
}

/// How many events a list shows.
pub fn count(conn: &mut Conn, scope: &Scope, filter: &EventFilter) -> Result<i64, StoreError> {
    let all = event::table.select(count_star()).into_boxed();
    Ok(filtered!(conn, all, scope, filter).get_result(conn)?)
}

/// Adds what makes an event a coming one to a boxed query.
macro_rules! coming {
    ($conn:expr, $query:expr, $scope:expr, $of:expr) => {{
        let (scope, (now, search)): (&Scope, (DateTime<Utc>, Option<&str>)) = ($scope, $of);
        let owed = obligation::table
            .filter(obligation::event_id.eq(event::id.nullable()))
            .filter(obligation::state.eq(Word(State::Open)));
        let mut query = $query
            .filter(event::state.eq(Word(EventState::Registered)))
            .filter(event::ends_at.ge(At(now)).or(exists(owed)))
            .filter(seen(scope, event::unit_id));
        if let Some(units) = few_units($conn, scope)? {
            query = query.filter(event::unit_id.eq_any(units));
        }
        if let Some(part) = search {
            query = query.filter(event::title_folded.like(pattern(part)).escape('\\'));
        }
        query
    }};
}

/// Events that take place and have not ended at an instant, or for which something is still owed; with
/// a part of the title. At most `limit`, what starts first comes first.
pub fn coming(
    conn: &mut Conn,
    scope: &Scope,
    of: (DateTime<Utc>, Option<&str>),
    limit: i64,
) -> Result<Vec<EventRow>, StoreError> {
    let query = coming!(conn, EventRow::query().into_boxed(), scope, of);
    let query = query.order((event::starts_at, event::id));
    Ok(query.limit(limit).load(conn)?)
}

/// How many coming events there are.
pub fn count_coming(
    conn: &mut Conn,
    scope: &Scope,
    of: (DateTime<Utc>, Option<&str>),
) -> Result<i64, StoreError> {
    let all = event::table.select(count_star()).into_boxed();
    Ok(coming!(conn, all, scope, of).get_result(conn)?)
}

/// An event by id, if it lies in `scope`.
pub fn find(conn: &mut Conn, scope: &Scope, id: EventId) -> Result<Option<EventRow>, StoreError> {
    let one = EventRow::query()
        .filter(event::id.eq(id))
        .filter(seen(scope, event::unit_id));
    Ok(one.get_result(conn).optional()?)
}
