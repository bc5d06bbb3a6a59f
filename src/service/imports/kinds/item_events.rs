//! Events that items name: by their title within the unit, or by when they start.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, Utc};

use super::super::reading::{minute, read_moment, shown};
use crate::domain::error::Invalid;
use crate::domain::ids::{EventId, UnitId};
use crate::domain::text::{fold, local_date, local_time};
use crate::service::{Error, Tx};
use crate::store::events;

/// So many starts are named where several events have one title.
const NAMED: usize = 5;

/// The registered events of units, read for each unit when a row first names one of its events.
#[derive(Default)]
pub(super) struct EventNames(HashMap<UnitId, Vec<Known>>);

struct Known {
    id: EventId,
    title: String,
    starts_at: DateTime<Utc>,
}

impl EventNames {
    /// The event of a unit that a cell names: by its title, by both, as lists write it, by its start, or by
    /// the date of its start.
    ///
    /// # Errors
    /// `import_event_unknown` or `import_event_many` on `event`, as the inner value; the database.
    pub(super) fn find(
        &mut self,
        tx: &mut Tx<'_>,
        unit: UnitId,
        named: &str,
    ) -> Result<Result<EventId, Invalid>, Error> {
        let all = match self.0.entry(unit) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let all = events::registered_of(tx.conn, unit)?.into_iter();
                let known = all.map(|event| Known {
                    id: event.id,
                    title: event.title_folded,
                    starts_at: *event.starts_at,
                });
                place.insert(known.collect())
            }
        };
        Ok(one_of(all, named))
    }
}

fn one_of(all: &[Known], named: &str) -> Result<EventId, Invalid> {
    let title = fold(named);
    let mut found: Vec<&Known> = all.iter().filter(|event| event.title == title).collect();
    if let (true, Some((title, start))) = (found.is_empty(), with_start(named)) {
        let is_it =
            |event: &&Known| event.title == title && minute(event.starts_at) == minute(start);
        found = all.iter().filter(is_it).collect();
    }
    if found.is_empty() {
        let start = read_moment("event", named).ok().flatten();
        let starts = |event: &&Known| {
            start.is_some_and(|start| match start.time {
                Some(_) => minute(start.instant()) == minute(event.starts_at),
                None => start.date == local_date(event.starts_at),
            })
        };
        found = all.iter().filter(starts).collect();
    }
    match found.as_slice() {
        [one] => Ok(one.id),
        [] => Err(Invalid::new("event", "import_event_unknown").with("value", shown(named))),
        many => {
            let starts = many.iter().take(NAMED);
            let starts: Vec<String> = starts.map(|event| local_time(event.starts_at)).collect();
            let fault = Invalid::new("event", "import_event_many").with("value", shown(named));
            Err(fault.with("starts", starts.join("; ")))
        }
    }
}

/// The title and the start of an event that is named as lists write it: `Hội thao (08:00 06/11/2026)`.
fn with_start(named: &str) -> Option<(String, DateTime<Utc>)> {
    let (title, start) = named.trim().strip_suffix(')')?.rsplit_once('(')?;
    let start = read_moment("event", start.trim()).ok().flatten()?;
    Some((fold(title), start.instant()))
}
