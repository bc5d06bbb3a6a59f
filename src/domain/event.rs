//! Events: what is asked for of a new one, and when it takes place (DOMAIN, deadlines:
//! "counted_from"). What depends on units or on the calendar that holds for them is asked in
//! `service::events`.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::error::Invalid;
use super::text;
use super::text::{local_date, local_midnight};
use super::unit::{note, present};
use crate::text_enum;

/// Which deadline an event asks for; it may be of several types.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EventType {
    /// Its news is due within working hours.
    Ordinary,
    /// Thời sự: its news is due by the daily cut-off.
    Topical,
    /// A member's question: its answer is due within clock hours.
    Question,
}

/// What became of an event; stored.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EventState {
    /// It takes place.
    Registered,
    /// It does not, and asks for nothing.
    Cancelled,
}

text_enum!(EventState, EventType);

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
    #[serde(default)]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends, with offset; at its start if left out.
    #[serde(default)]
    pub ends_at: Option<DateTime<Utc>>,
    /// Its first local date, where the hour is not known.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
    /// Its last local date; the first one if left out.
    #[serde(default)]
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
    #[serde(default)]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends, with offset; at its start if left out.
    #[serde(default)]
    pub ends_at: Option<DateTime<Utc>>,
    /// Its first local date, where the hour is not known.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
    /// Its last local date; the first one if left out.
    #[serde(default)]
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
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends, with offset.
    pub ends_at: Option<DateTime<Utc>>,
    /// Its first local date, where the hour is not known.
    pub starts_on: Option<NaiveDate>,
    /// Its last local date.
    pub ends_on: Option<NaiveDate>,
}

/// When an event takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Between two instants, which may be the same.
    Clock {
        /// Its start.
        from: DateTime<Utc>,
        /// Its end, not before its start.
        to: DateTime<Utc>,
    },
    /// On local dates; the hours are not known.
    Days {
        /// Its first date.
        first: NaiveDate,
        /// Its last date, not before the first.
        last: NaiveDate,
    },
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

/// The longest event, in days; a longer one is a mistyped year.
const LONGEST_DAYS: i64 = 366;

/// How far ahead events are registered, in days.
const AHEAD_DAYS: i64 = 2 * 366;

impl NewEvent {
    /// The unit, and what is said of the event.
    #[must_use]
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
    #[must_use]
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

impl When {
    /// Its instants: what is known only by its dates starts at 00:00 and ends at the calendar's
    /// closing time, at 24:00 on a day off.
    #[must_use]
    pub fn span(self, calendar: &Calendar) -> (DateTime<Utc>, DateTime<Utc>) {
        match self {
            Self::Clock { from, to } => (from, to),
            Self::Days { first, last } => (
                calendar.start_of(first),
                calendar
                    .closing(last)
                    .unwrap_or_else(|| calendar.end_of(last)),
            ),
        }
    }

    /// Its first and last local date; an end at midnight is 24:00 of the day that ends.
    #[must_use]
    pub fn days(self) -> (NaiveDate, NaiveDate) {
        match self {
            Self::Days { first, last } => (first, last),
            Self::Clock { from, to } => {
                let last = local_date(to);
                let ended = to > from && local_midnight(last) == to;
                (
                    local_date(from),
                    if ended {
                        last.pred_opt().unwrap_or(last)
                    } else {
                        last
                    },
                )
            }
        }
    }

    fn checked(self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let (first, last) = self.days();
        let (start, end) = match self {
            Self::Clock { .. } => ("starts_at", "ends_at"),
            Self::Days { .. } => ("starts_on", "ends_on"),
        };
        if !(2000..=2100).contains(&first.year()) {
            return Err(Invalid::new(start, "date_year").with("value", first.format("%d/%m/%Y")));
        }
        if first - local_date(now) > TimeDelta::days(AHEAD_DAYS) {
            return Err(
                Invalid::new(start, "event_too_far").with("value", first.format("%d/%m/%Y"))
            );
        }
        if last - first >= TimeDelta::days(LONGEST_DAYS) {
            return Err(Invalid::new(end, "event_too_long").with("max", LONGEST_DAYS));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> EventText {
        serde_json::from_str(json).unwrap()
    }

    fn now() -> DateTime<Utc> {
        "2026-11-20T08:00:00+07:00".parse().unwrap()
    }

    fn faults(json: &str) -> Vec<String> {
        let faults = text(json).checked(now()).unwrap_err();
        faults
            .iter()
            .map(|fault| format!("{} {}", fault.field, fault.code))
            .collect()
    }

    #[test]
    fn the_time_of_an_event_is_read_in_one_form_only() {
        let both =
            r#"{"title":"x","starts_at":"2026-11-20T15:00:00+07:00","ends_on":"2026-11-21"}"#;
        assert_eq!(faults(both), ["ends_on event_time_mixed"]);
        assert_eq!(faults(r#"{"title":"x"}"#), ["starts_at event_time_missing"]);
        assert_eq!(
            faults(r#"{"title":"","starts_on":"2026-11-20","ends_on":"2026-11-19"}"#),
            ["title required", "ends_on event_ends_first"]
        );
        assert_eq!(
            faults(r#"{"title":"x","starts_on":"2029-01-01"}"#),
            ["starts_on event_too_far"]
        );
        assert_eq!(
            faults(r#"{"title":"x","starts_on":"1926-11-20"}"#),
            ["starts_on date_year"]
        );
        assert_eq!(
            faults(r#"{"title":"x","starts_on":"2026-11-20","ends_on":"2027-11-21"}"#),
            ["ends_on event_too_long"]
        );
    }

    #[test]
    fn an_event_is_ordinary_unless_it_says_otherwise() {
        let plain = text(r#"{"title":" Hội nghị ","starts_on":"2026-11-20"}"#)
            .checked(now())
            .unwrap();
        assert_eq!(
            (plain.title.as_str(), plain.types),
            ("Hội nghị", vec![EventType::Ordinary])
        );
        let many = text(
            r#"{"title":"x","starts_on":"2026-11-20","types":["topical","ordinary","topical"]}"#,
        );
        assert_eq!(
            many.checked(now()).unwrap().types,
            [EventType::Ordinary, EventType::Topical]
        );
    }

    #[test]
    fn a_new_start_replaces_the_whole_time_and_a_new_end_only_the_end() {
        let event = text(r#"{"title":"x","starts_on":"2026-11-20","ends_on":"2026-11-22"}"#);
        let patch = |json: &str| {
            serde_json::from_str::<EventPatch>(json)
                .unwrap()
                .applied_to(event.clone())
        };
        assert_eq!(patch(r#"{"starts_on":"2026-11-25"}"#).ends_on, None);
        let longer = patch(r#"{"ends_on":"2026-11-23"}"#);
        assert_eq!(
            (longer.starts_on, longer.ends_on),
            (event.starts_on, NaiveDate::from_ymd_opt(2026, 11, 23))
        );
        let exact = patch(r#"{"starts_at":"2026-11-20T15:00:00+07:00"}"#);
        assert_eq!((exact.starts_on, exact.ends_on), (None, None));
    }

    #[test]
    fn an_event_that_ends_at_midnight_ends_on_the_day_before() {
        let when = When::Clock {
            from: "2026-06-30T19:00:00+07:00".parse().unwrap(),
            to: "2026-07-01T00:00:00+07:00".parse().unwrap(),
        };
        let day = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
        assert_eq!(when.days(), (day, day));
    }
}
