//! Events as they are read, with the deadlines that they asked for.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Scope;
use crate::domain::event::{EventState, EventType};
use crate::domain::ids::{EventId, ObligationId, UnitId};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::text::local_due;
use crate::service::obligations::standings::Named;
use crate::service::{Error, Tx};
use crate::store::events::EventRow;
use crate::store::types::At;
use crate::store::views::events::{self as view, EventFilter};
use crate::store::{Conn, obligations, units};

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = EventFacts)]
pub struct Event {
    /// Its number.
    pub id: EventId,
    /// The unit whose event it is.
    pub unit: Named<UnitId>,
    /// What it is called.
    pub title: String,
    /// Where it takes place.
    pub place: Option<String>,
    /// Its types, at least one.
    pub types: Vec<EventType>,
    /// Whether only its dates are known.
    pub date_only: bool,
    /// When it starts.
    #[schema(value_type = DateTime<Utc>)]
    pub starts_at: At,
    /// When it ends.
    #[schema(value_type = DateTime<Utc>)]
    pub ends_at: At,
    /// Whether it takes place.
    pub state: EventState,
    /// Whether an item that reported it registered it.
    pub from_item: bool,
    /// The answer to a question.
    pub answer: Option<String>,
    /// When it was answered.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub answered_at: Option<At>,
    /// The deadlines that it asked for.
    pub deadlines: Vec<Deadline>,
    /// Goes up with every change.
    pub version: i32,
}

/// A deadline of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DeadlineFacts)]
pub struct Deadline {
    /// The obligation.
    pub obligation_id: ObligationId,
    /// What sort of thing is owed: `event`, `cutoff` or `answer`.
    pub kind: ObligationKind,
    /// The due instant.
    #[schema(value_type = DateTime<Utc>)]
    pub due_at: At,
    /// The due instant as people read it.
    pub due_text: String,
    /// What became of it.
    pub state: State,
}

/// An event that the actor may see.
pub fn get(tx: &mut Tx<'_>, id: EventId) -> Result<Event, Error> {
    let scope = tx.scope();
    let row = view::find(tx.conn, &scope, id)?.ok_or(Error::not_found("event"))?;
    of_row(tx.conn, row)
}

/// The next `limit` events, the latest start first.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    filter: &EventFilter,
    limit: i64,
) -> Result<Vec<Event>, Error> {
    let rows = view::page(conn, scope, filter, limit)?;
    of_rows(conn, rows)
}

/// A part of the list of all events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPart {
    /// Its events.
    pub rows: Vec<Event>,
    /// How many the whole list has.
    pub total: usize,
    /// How many of them come before the part.
    pub before: usize,
    /// Behind which start and id the next part begins; `None` behind the last one.
    pub next: Option<(DateTime<Utc>, EventId)>,
}

impl EventPart {
    /// The first events of a list of which nothing else is read.
    pub fn whole(rows: Vec<Event>, total: usize) -> Self {
        Self {
            rows,
            total,
            before: 0,
            next: None,
        }
    }
}

/// A part of the list of the events that the actor may see, the latest start first.
pub fn part(tx: &mut Tx<'_>, filter: &EventFilter, limit: usize) -> Result<EventPart, Error> {
    let scope = tx.scope();
    let whole = EventFilter {
        after: None,
        ..filter.clone()
    };
    let total = view::count(tx.conn, &scope, &whole)?;
    let rest = match filter.after {
        Some(_) => view::count(tx.conn, &scope, filter)?,
        None => total,
    };
    let more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = view::page(tx.conn, &scope, filter, more)?;
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| is_more);
    let number = |n: i64| usize::try_from(n).unwrap_or_default();
    Ok(EventPart {
        next: last.map(|row| (row.starts_at.0, row.id)),
        rows: of_rows(tx.conn, rows)?,
        total: number(total),
        before: number(total - rest),
    })
}

pub(super) fn of_row(conn: &mut Conn, row: EventRow) -> Result<Event, Error> {
    let event = of_rows(conn, vec![row])?.pop();
    event.ok_or(Error::not_found("event"))
}

pub(super) fn of_rows(conn: &mut Conn, rows: Vec<EventRow>) -> Result<Vec<Event>, Error> {
    let owners: Vec<UnitId> = rows.iter().map(|row| row.unit_id).collect();
    let ids: Vec<EventId> = rows.iter().map(|row| row.id).collect();
    let units = units::find_many(conn, &owners)?;
    let mut deadlines = deadlines(conn, &ids)?;
    let event = |row: EventRow| Event {
        id: row.id,
        unit: Named {
            id: row.unit_id,
            name: units
                .get(&row.unit_id)
                .map(|unit| unit.name.clone())
                .unwrap_or_default(),
        },
        types: row.types(),
        title: row.title,
        place: row.place,
        date_only: row.date_only,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        state: *row.state,
        from_item: row.from_item,
        answer: row.answer,
        answered_at: row.answered_at,
        deadlines: deadlines.remove(&row.id).unwrap_or_default(),
        version: row.version,
    };
    Ok(rows.into_iter().map(event).collect())
}

/// The deadlines of events, by event.
fn deadlines(
    conn: &mut Conn,
    events: &[EventId],
) -> Result<HashMap<EventId, Vec<Deadline>>, Error> {
    let mut all: HashMap<EventId, Vec<Deadline>> = HashMap::new();
    for row in obligations::of_events(conn, events)? {
        let deadline = Deadline {
            obligation_id: row.id,
            kind: *row.kind,
            due_at: row.due_at,
            due_text: local_due(*row.due_at),
            state: *row.state,
        };
        all.entry(row.event_id.unwrap_or(EventId::NONE))
            .or_default()
            .push(deadline);
    }
    Ok(all)
}
