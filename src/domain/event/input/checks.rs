//! The checks of what a request says about an event.

use chrono::{DateTime, Utc};

use super::{CheckedEvent, EventPatch, EventText, NewEvent};
use crate::domain::error::Invalid;
use crate::domain::event::{EventType, When};
use crate::domain::ids::UnitId;
use crate::domain::text;
use crate::domain::unit::note;

impl NewEvent {
    /// The unit, and what is said of the event.
    pub fn split(self) -> (UnitId, EventText) {
        let Self {
            unit_id,
            title,
            place,
            types,
            starts_at,
            ends_at,
            starts_on,
            ends_on,
        } = self;
        (
            unit_id,
            EventText {
                title,
                place,
                types,
                starts_at,
                ends_at,
                starts_on,
                ends_on,
            },
        )
    }
}

impl EventText {
    /// The event with its text cleaned and its time read.
    pub fn checked(&self, now: DateTime<Utc>) -> Result<CheckedEvent, Vec<Invalid>> {
        let mut faults = Vec::new();
        let title = note(&mut faults, text::name("title", &self.title));
        let place = note(
            &mut faults,
            text::optional_name("place", self.place.as_deref()),
        )
        .flatten();
        let when = self.when().and_then(|when| when.checked(now));
        let when = note(&mut faults, when);
        let mut types = self.types.clone();
        types.sort_unstable();
        types.dedup();
        if types.is_empty() {
            types.push(EventType::Ordinary);
        }
        match (title, when) {
            (Some(title), Some(when)) if faults.is_empty() => Ok(CheckedEvent {
                title,
                place,
                types,
                when,
            }),
            _ => Err(faults),
        }
    }

    fn when(&self) -> Result<When, Invalid> {
        let mixed = |field| Err(Invalid::new(field, "event_time_mixed"));
        match (self.starts_at, self.ends_at, self.starts_on, self.ends_on) {
            (Some(_), _, Some(_), _) => mixed("starts_on"),
            (Some(_), _, None, Some(_)) => mixed("ends_on"),
            (None, Some(_), Some(_), _) => mixed("ends_at"),
            (Some(from), to, None, None) => {
                let to = to.unwrap_or(from);
                if to < from {
                    Err(Invalid::new("ends_at", "event_ends_first"))
                } else {
                    Ok(When::Clock { from, to })
                }
            }
            (None, None, Some(first), last) => {
                let last = last.unwrap_or(first);
                if last < first {
                    return Err(Invalid::new("ends_on", "event_ends_first"));
                }
                Ok(When::Days { first, last })
            }
            (None, _, None, _) => Err(Invalid::new("starts_at", "event_time_missing")),
        }
    }
}

impl EventPatch {
    /// The event with the changes made; to be checked.
    pub fn applied_to(self, event: EventText) -> EventText {
        let mut after = EventText {
            title: self.title.unwrap_or(event.title),
            place: self.place.unwrap_or(event.place),
            types: self.types.unwrap_or(event.types),
            ..event
        };
        if self.starts_at.is_some() || self.starts_on.is_some() {
            after.starts_at = self.starts_at;
            after.starts_on = self.starts_on;
            after.ends_at = self.ends_at;
            after.ends_on = self.ends_on;
        } else {
            after.ends_at = self.ends_at.or(after.ends_at);
            after.ends_on = self.ends_on.or(after.ends_on);
        }
        after
    }
}
