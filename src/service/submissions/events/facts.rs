//! Events as they are read, with the deadlines that they asked for.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::{Actor, Scope};
use crate::domain::event::{EventState, EventType};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::text::{ZONE, local_due};
use crate::service::core::access;
use crate::service::obligations::standings::Named;
use crate::service::submissions::events::types_of;
use crate::service::{App, Error};
use crate::store::events::EventRow;
use crate::store::types::At;
use crate::store::views::events::{self as view, EventFilter};
use crate::store::{Conn, obligations, units};

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventFacts {
    /// Its number.
    pub id: i64,
    /// The unit whose event it is.
    pub unit: Named,
    /// What it is called.
    pub title: String,
    /// Where it takes place.
    pub place: Option<String>,
    /// Its types, at least one.
    pub types: Vec<EventType>,
    /// Whether only its dates are known.
    pub date_only: bool,
    /// When it starts.
    pub starts_at: DateTime<FixedOffset>,
    /// When it ends.
    pub ends_at: DateTime<FixedOffset>,
    /// Whether it takes place.
    pub state: EventState,
    /// Whether an item that reported it registered it.
    pub from_item: bool,
    /// The answer to a question.
    pub answer: Option<String>,
    /// When it was answered.
    pub answered_at: Option<DateTime<FixedOffset>>,
    /// The deadlines that it asked for.
    pub deadlines: Vec<DeadlineFacts>,
    /// Goes up with every change.
    pub version: i32,
}

/// A deadline of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeadlineFacts {
    /// The obligation.
    pub obligation_id: i64,
    /// What sort of thing is owed: `event`, `cutoff` or `answer`.
    pub kind: ObligationKind,
    /// The due instant.
    pub due_at: DateTime<FixedOffset>,
    /// The due instant as people read it.
    pub due_text: String,
    /// What became of it.
    pub state: State,
}

/// An event that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(app: &App, actor: &Actor, id: i64) -> Result<EventFacts, Error> {
    app.store.read(|conn| {
        let row = view::find(conn, &access::scope(actor), id)?.ok_or(Error::not_found("event"))?;
        one(conn, &row)
    })
}

/// The next events behind `after` (start in microseconds, id), the latest start first.
///
/// # Errors
/// Only the database's own.
pub fn list_in(
    conn: &mut Conn,
    scope: &Scope,
    filter: &EventFilter,
    after: Option<(i64, i64)>,
    limit: i64,
) -> Result<Vec<EventFacts>, Error> {
    let rows = view::page(conn, scope, filter, after, limit)?;
    all(conn, &rows)
}

pub(crate) fn one(conn: &mut Conn, row: &EventRow) -> Result<EventFacts, Error> {
    all(conn, std::slice::from_ref(row))?
        .pop()
        .ok_or(Error::not_found("event"))
}

fn all(conn: &mut Conn, rows: &[EventRow]) -> Result<Vec<EventFacts>, Error> {
    let units = units::find_many(
        conn,
        &rows.iter().map(|row| row.unit_id).collect::<Vec<_>>(),
    )?;
    let mut deadlines: HashMap<i64, Vec<DeadlineFacts>> = HashMap::new();
    for row in obligations::of_events(conn, &rows.iter().map(|row| row.id).collect::<Vec<_>>())? {
        let deadline = DeadlineFacts {
            obligation_id: row.id,
            kind: row.kind.0,
            due_at: shown(row.due_at),
            due_text: local_due(row.due_at.0),
            state: row.state.0,
        };
        deadlines
            .entry(row.event_id.unwrap_or_default())
            .or_default()
            .push(deadline);
    }
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        all.push(EventFacts {
            id: row.id,
            unit: Named {
                id: row.unit_id,
                name: units
                    .get(&row.unit_id)
                    .map(|unit| unit.name.clone())
                    .unwrap_or_default(),
            },
            title: row.title.clone(),
            place: row.place.clone(),
            types: types_of(row),
            date_only: row.date_only,
            starts_at: shown(row.starts_at),
            ends_at: shown(row.ends_at),
            state: *row.state,
            from_item: row.from_item,
            answer: row.answer.clone(),
            answered_at: row.answered_at.map(shown),
            deadlines: deadlines.remove(&row.id).unwrap_or_default(),
            version: row.version,
        });
    }
    Ok(all)
}

pub(crate) fn shown(at: At) -> DateTime<FixedOffset> {
    at.with_timezone(&ZONE).fixed_offset()
}
