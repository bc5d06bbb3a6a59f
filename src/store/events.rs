//! Events.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde::Serialize;

use super::schema::event;
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::event::{CheckedEvent, EventState, EventText, EventType, When};
use crate::domain::ids::{EventId, UnitId};
use crate::domain::text;

/// An event as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = event, treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct EventRow {
    #[diesel(skip_insertion)]
    pub id: EventId,
    pub unit_id: UnitId,
    pub title: String,
    #[serde(skip)]
    pub title_folded: String,
    pub place: Option<String>,
    pub ordinary: bool,
    pub topical: bool,
    pub question: bool,
    pub date_only: bool,
    pub starts_at: At,
    pub ends_at: At,
    pub answered_at: Option<At>,
    pub answer: Option<String>,
    pub state: Word<EventState>,
    pub from_item: bool,
    pub version: i32,
    pub created_at: At,
    pub updated_at: At,
}

impl EventRow {
    /// An event of a unit that nothing is said of yet.
    pub fn blank(unit_id: UnitId, now: DateTime<Utc>) -> Self {
        Self {
            id: EventId::NONE,
            unit_id,
            title: String::new(),
            title_folded: String::new(),
            place: None,
            ordinary: false,
            topical: false,
            question: false,
            date_only: false,
            starts_at: At(now),
            ends_at: At(now),
            answered_at: None,
            answer: None,
            state: Word(EventState::Registered),
            from_item: false,
            version: 1,
            created_at: At(now),
            updated_at: At(now),
        }
    }

    /// The same with what a checked event says; `span` is its time on the calendar.
    #[must_use]
    pub fn filled(self, event: CheckedEvent, span: (DateTime<Utc>, DateTime<Utc>)) -> Self {
        Self {
            title_folded: text::fold(&event.title),
            title: event.title,
            place: event.place,
            ordinary: event.types.contains(&EventType::Ordinary),
            topical: event.types.contains(&EventType::Topical),
            question: event.types.contains(&EventType::Question),
            date_only: matches!(event.when, When::Days { .. }),
            starts_at: At(span.0),
            ends_at: At(span.1),
            ..self
        }
    }

    /// Its types, at least one.
    pub fn types(&self) -> Vec<EventType> {
        let all = [
            (EventType::Ordinary, self.ordinary),
            (EventType::Topical, self.topical),
            (EventType::Question, self.question),
        ];
        let types = all.into_iter().filter(|(_, is)| *is);
        types.map(|(kind, _)| kind).collect()
    }

    /// When it takes place.
    pub fn when(&self) -> When {
        let clock = When::Clock {
            from: *self.starts_at,
            to: *self.ends_at,
        };
        let (first, last) = clock.days();
        if self.date_only {
            When::Days { first, last }
        } else {
            clock
        }
    }

    /// What was said of it, as input.
    pub fn text(&self) -> EventText {
        let text = EventText {
            title: self.title.clone(),
            place: self.place.clone(),
            types: self.types(),
            ..EventText::default()
        };
        match self.when() {
            When::Clock { from, to } => EventText {
                starts_at: Some(from),
                ends_at: Some(to),
                ..text
            },
            When::Days { first, last } => EventText {
                starts_on: Some(first),
                ends_on: Some(last),
                ..text
            },
        }
    }
}

/// Writes a new event; its `id` is filled in here.
pub fn insert(conn: &mut Conn, mut row: EventRow) -> Result<EventRow, StoreError> {
    row.version = 1;
    row.id = diesel::insert_into(event::table)
        .values(&row)
        .returning(event::id)
        .get_result(conn)?;
    Ok(row)
}

/// Saves an event if nobody has saved it since `row.version`; `None` if somebody has.
pub fn update(conn: &mut Conn, mut row: EventRow) -> Result<Option<EventRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let same = event::table
        .filter(event::id.eq(row.id))
        .filter(event::version.eq(known));
    let changed = diesel::update(same).set(&row).execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// The events of a unit that start within the minute that begins at `minute` and were not cancelled.
pub fn starting_within(
    conn: &mut Conn,
    unit: UnitId,
    minute: DateTime<Utc>,
) -> Result<Vec<EventRow>, StoreError> {
    let same = EventRow::query()
        .filter(event::unit_id.eq(unit))
        .filter(event::starts_at.ge(At(minute)))
        .filter(event::starts_at.lt(At(minute + TimeDelta::minutes(1))))
        .filter(event::state.ne(Word(EventState::Cancelled)));
    Ok(same.order(event::id).load(conn)?)
}

/// The events of a unit that were not cancelled, in the order of their starts.
pub fn registered_of(conn: &mut Conn, unit: UnitId) -> Result<Vec<EventRow>, StoreError> {
    let all = EventRow::query()
        .filter(event::unit_id.eq(unit))
        .filter(event::state.ne(Word(EventState::Cancelled)));
    Ok(all.order((event::starts_at, event::id)).load(conn)?)
}

/// An event by its id.
pub fn find(conn: &mut Conn, id: EventId) -> Result<Option<EventRow>, StoreError> {
    let one = EventRow::query().filter(event::id.eq(id));
    Ok(one.get_result(conn).optional()?)
}

/// Events by their ids; missing ones are left out.
pub fn find_many(
    conn: &mut Conn,
    ids: &[EventId],
) -> Result<HashMap<EventId, EventRow>, StoreError> {
    let mut all = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(5_000) {
        let rows = EventRow::query().filter(event::id.eq_any(chunk));
        all.extend(
            rows.load(conn)?
                .into_iter()
                .map(|row: EventRow| (row.id, row)),
        );
    }
    Ok(all)
}
