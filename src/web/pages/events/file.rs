//! The list of events as a file for spreadsheets.

use chrono::{DateTime, Utc};

use super::{Filter, when};
use crate::domain::event::{EventState, EventType};
use crate::domain::ids::EventId;
use crate::domain::words::say;
use crate::service::reports::Cell;
use crate::service::submissions::events::{self, Deadline, Event};
use crate::service::{Error, Tx};
use crate::web::error::Problem;
use crate::web::pages::list::{Query, ROWS};
use crate::web::pages::list_file::{ListFile, Rows};

impl ListFile for Filter {
    const NAME: &'static str = "su-kien";
    const TITLE: &'static str = "pages.events.title";
    const COLUMNS: &'static [&'static str] = &[
        "pages.event.title_field",
        "pages.submit.unit",
        "pages.file.starts",
        "pages.file.ends",
        "pages.file.place",
        "pages.file.types",
        "pages.submit.due",
        "pages.file.deadlines",
        "pages.people.state",
    ];
    type Behind = (DateTime<Utc>, EventId);

    fn asked(query: &Query) -> Result<Self, Problem> {
        query.read()
    }

    fn part(
        &self,
        tx: &mut Tx<'_>,
        behind: Option<Self::Behind>,
        locale: &'static str,
    ) -> Result<Rows<Self::Behind>, Error> {
        let (found, next) = match self.all.is_empty() {
            true => (events::all_coming(tx, self.search().as_deref())?, None),
            false => {
                let part = events::part(tx, &self.of_all(behind), ROWS)?;
                (part.rows, part.next)
            }
        };
        Ok((
            found
                .into_iter()
                .map(|event| cells(event, locale))
                .collect(),
            next,
        ))
    }
}

fn cells(event: Event, locale: &str) -> Vec<Cell> {
    let at = |instant: DateTime<Utc>| match event.date_only {
        true => Cell::Date(when::first_day(&instant)),
        false => Cell::Time(instant),
    };
    let due = |due: &Deadline| {
        let kind = say(locale, &format!("pages.event.due.{}", due.kind), &[]);
        format!("{kind}: {}", due.due_text)
    };
    let first = event.deadlines.iter().map(|due| *due.due_at).min();
    let due: Vec<String> = event.deadlines.iter().map(due).collect();
    let word = |kind: &EventType| say(locale, &format!("pages.event.kind.{kind}"), &[]);
    let types: Vec<String> = event.types.iter().map(word).collect();
    let is_cancelled = event.state == EventState::Cancelled;
    let cancelled = is_cancelled.then(|| say(locale, "pages.event.cancelled", &[]));
    vec![
        event.title.into(),
        event.unit.name.into(),
        at(*event.starts_at),
        at(*event.ends_at),
        Cell::of(event.place),
        types.join("; ").into(),
        first.map_or(Cell::Empty, Cell::Time),
        due.join("\n").into(),
        Cell::of(cancelled),
    ]
}
