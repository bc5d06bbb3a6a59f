//! What a request says about an event, and the checks of its fields.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::{EventType, When};
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::unit::{note, present};

/// An event to be registered, as asked for. Its time is either `starts_at` (and `ends_at`) or,
/// where only dates are known, `starts_on` (and `ends_on`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// The unit whose event it is.
    pub unit_id: i64,
    /// What it is called.
    pub title: String,
    /// Where it takes place.
    #[serde(default)]
    pub place: Option<String>,
    /// Its types; an ordinary one if none is named.
    #[serde(default)]
    pub types: Vec<EventType>,
    /// When it starts, with offset.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends, with offset; at its start if left out.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Its first local date, where the hour is not known.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub starts_on: Option<NaiveDate>,
    /// Its last local date; the first one if left out.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub ends_on: Option<NaiveDate>,
}

/// An event without its unit: one that an item reports, which registers it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventText {
    /// What it is called.
    pub title: String,
    /// Where it takes place.
    #[serde(default)]
    pub place: Option<String>,
    /// Its types; an ordinary one if none is named.
    #[serde(default)]
    pub types: Vec<EventType>,
    /// When it starts, with offset.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends, with offset; at its start if left out.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Its first local date, where the hour is not known.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub starts_on: Option<NaiveDate>,
    /// Its last local date; the first one if left out.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub ends_on: Option<NaiveDate>,
}

/// What is to change in an event; what is absent stays. A new start replaces the whole time, a new
/// end only the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EventPatch {
    /// What it is called.
    pub title: Option<String>,
    /// Where it takes place; `null` takes it away.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub place: Option<Option<String>>,
    /// Its types.
    pub types: Option<Vec<EventType>>,
    /// When it starts, with offset.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends, with offset.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Its first local date, where the hour is not known.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub starts_on: Option<NaiveDate>,
    /// Its last local date.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub ends_on: Option<NaiveDate>,
}

/// An event whose text and time are in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedEvent {
    /// What it is called.
    pub title: String,
    /// Where it takes place.
    pub place: Option<String>,
    /// Its types, at least one.
    pub types: Vec<EventType>,
    /// When it takes place.
    pub when: When,
}

impl NewEvent {
    /// The unit, and what is said of the event.
    pub fn split(self) -> (i64, EventText) {
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
    ///
    /// # Errors
    /// Every fault, each naming its field.
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
