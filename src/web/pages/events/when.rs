//! The time of an event as people type it: a date with an hour, or a date alone.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::error::Invalid;
use crate::domain::event::{EventText, EventType, When};
use crate::domain::text::{ZONE, local_date};
use crate::web::pages::form::Field;
use crate::web::pages::{format, typed};

/// The labels of the fields of the time.
pub(in crate::web::pages) const DATE: Field =
    Field::new("ngay", "pages.event.date", &["starts_on", "starts_at"]);
/// See [`DATE`].
pub(in crate::web::pages) const TIME: Field = Field::new("gio", "pages.event.time", &[]);
/// See [`DATE`].
pub(in crate::web::pages) const END_DATE: Field =
    Field::new("den_ngay", "pages.event.end_date", &["ends_on", "ends_at"]);
/// See [`DATE`].
pub(in crate::web::pages) const END_TIME: Field =
    Field::new("den_gio", "pages.event.end_time", &[]);

/// The time as it was typed.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::pages) struct Typed<'a> {
    /// The first date.
    pub date: &'a str,
    /// The hour at which it starts; empty if it is not known.
    pub time: &'a str,
    /// The last date; empty = the first.
    pub end_date: &'a str,
    /// The hour at which it ends; empty = at its start.
    pub end_time: &'a str,
}

impl Typed<'_> {
    /// The event with its time read. Without an hour only the dates are known.
    ///
    /// # Errors
    /// Every fault of the fields.
    pub fn read(self, event: EventText) -> Result<EventText, Vec<Invalid>> {
        let is_empty = |text: &str| text.trim().is_empty();
        if is_empty(self.time) && is_empty(self.end_time) {
            let first = typed::date("ngay", self.date).map_err(|fault| vec![fault])?;
            let last = match is_empty(self.end_date) {
                true => None,
                false => Some(typed::date("den_ngay", self.end_date).map_err(|fault| vec![fault])?),
            };
            return Ok(EventText {
                starts_on: Some(first),
                ends_on: last,
                ..event
            });
        }
        let starts_at = typed::instant(("ngay", self.date), ("gio", self.time))?;
        let ends_at = match (is_empty(self.end_date), is_empty(self.end_time)) {
            (true, true) => None,
            (true, false) => Some(typed::instant(
                ("ngay", self.date),
                ("den_gio", self.end_time),
            )?),
            (false, _) => Some(typed::instant(
                ("den_ngay", self.end_date),
                ("den_gio", self.end_time),
            )?),
        };
        Ok(EventText {
            starts_at: Some(starts_at),
            ends_at,
            ..event
        })
    }
}

/// The types of an event as one choice.
pub(in crate::web::pages) fn types_of(choice: &str) -> Vec<EventType> {
    match choice {
        "thoi-su" => vec![EventType::Topical],
        "ca-hai" => vec![EventType::Topical, EventType::Ordinary],
        "cau-hoi" => vec![EventType::Question],
        _ => vec![EventType::Ordinary],
    }
}

/// The choice of the types of an event; empty for types that the form does not offer.
pub(in crate::web::pages) fn choice_of(types: &[EventType]) -> &'static str {
    use EventType::{Ordinary, Question, Topical};
    match types {
        [Ordinary] => "thuong",
        [Topical] => "thoi-su",
        [Question] => "cau-hoi",
        [Ordinary, Topical] | [Topical, Ordinary] => "ca-hai",
        _ => "",
    }
}

/// The first local date of an event.
pub(in crate::web::pages) fn first_day(at: &DateTime<Utc>) -> NaiveDate {
    local_date(*at)
}

/// The last local date of an event: an end at midnight is 24:00 of the day that ends.
pub(in crate::web::pages) fn last_day(from: &DateTime<Utc>, to: &DateTime<Utc>) -> NaiveDate {
    let (from, to) = (*from, *to);
    When::Clock { from, to }.days().1
}

/// A date and a time as the form shows them.
pub(in crate::web::pages) fn shown(at: DateTime<Utc>) -> (String, String) {
    let local = at.with_timezone(&ZONE);
    (
        format::date(local.date_naive()),
        local.format("%H:%M").to_string(),
    )
}
