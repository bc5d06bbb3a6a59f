//! Reads the texts of a calendar's written form: names, dates, times of the day.

use chrono::{Datelike, NaiveDate};

use super::days::{MinuteSpans, Name};
use super::spec::Hours;
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::years::YEARS;

const LONGEST_NAME: usize = 200;
/// Most characters of a code.
pub const LONGEST_CODE: usize = 64;
const MOST_SPANS_A_DAY: usize = 24;
const MINUTES_A_DAY: u32 = 24 * 60;

/// The faults found so far. Its readers add what they can't read to the faults and go on.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<Invalid>);

impl Faults {
    pub(super) fn add(&mut self, fault: Invalid) {
        self.0.push(fault);
    }

    pub(super) fn name(&mut self, field: &str, name: &str) -> String {
        match text::name("", name) {
            Ok(name) if name.chars().count() > LONGEST_NAME => {
                self.add(Invalid::new(field.to_owned(), "too_long").with("max", LONGEST_NAME));
                name
            }
            Ok(name) => name,
            Err(fault) => {
                self.add(fault.within(field));
                String::new()
            }
        }
    }

    /// A text that may be left out; it is shown as it is.
    pub(super) fn text(&mut self, field: &str, value: Option<&str>) {
        if let Some(Err(fault)) = value.map(|value| text::paragraph("", value)) {
            self.add(fault.within(field));
        }
    }

    pub(super) fn names(&mut self, field: &str, vi: &str, en: Option<&str>) -> Name {
        let vi = self.name(&format!("{field}.name"), vi);
        let en = en.map_or_else(
            || vi.clone(),
            |en| self.name(&format!("{field}.name_en"), en),
        );
        Name { vi, en }
    }

    pub(super) fn date(&mut self, field: &str, text: &str) -> Option<NaiveDate> {
        let date = parse_date(text).filter(|date| YEARS.contains(&date.year()));
        if date.is_none() {
            let fault = Invalid::new(field.to_owned(), "calendar_impossible_date");
            self.add(
                fault
                    .with("value", text.escape_debug())
                    .with("first", YEARS.start())
                    .with("last", YEARS.end()),
            );
        }
        date
    }

    /// Office hours of one day, in order.
    pub(super) fn hours(&mut self, field: &str, hours: &[Hours]) -> MinuteSpans {
        if hours.len() > MOST_SPANS_A_DAY {
            self.add(
                Invalid::new(field.to_owned(), "calendar_too_many_spans")
                    .with("max", MOST_SPANS_A_DAY),
            );
            return MinuteSpans::new();
        }
        let mut spans = Vec::new();
        for (number, hours) in hours.iter().enumerate() {
            let span = self.span(&format!("{field}[{number}]"), hours);
            spans.extend(span.map(|(open, close)| (open, close, number)));
        }
        spans.sort_unstable();
        for pair in spans.windows(2) {
            if let [(_, close, _), (open, _, number)] = pair
                && open < close
            {
                self.add(Invalid::new(
                    format!("{field}[{number}]"),
                    "calendar_overlapping_hours",
                ));
            }
        }
        spans
            .into_iter()
            .map(|(open, close, _)| (open, close))
            .collect()
    }

    /// One opening and its closing.
    fn span(&mut self, field: &str, [open, close]: &Hours) -> Option<(u32, u32)> {
        let times = [open, close].map(|text| {
            let minute = parse_minute(text);
            if minute.is_none() {
                let fault = Invalid::new(field.to_owned(), "calendar_impossible_time");
                self.add(fault.with("value", text.escape_debug()));
            }
            minute
        });
        let [Some(open_at), Some(close_at)] = times else {
            return None;
        };
        if open_at >= close_at {
            let fault = Invalid::new(field.to_owned(), "calendar_reversed_hours");
            self.add(fault.with("open", open).with("close", close));
            return None;
        }
        Some((open_at, close_at))
    }

    pub(super) fn code(&mut self, code: &str) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if code.is_empty() {
            self.add(Invalid::new("code", "required"));
        } else if code.len() > LONGEST_CODE || !code.chars().all(plain) {
            self.add(Invalid::new("code", "calendar_code").with("max", LONGEST_CODE));
        }
    }
}

/// Exactly `YYYY-MM-DD`: chrono alone would also take `2026-1-2`.
fn parse_date(text: &str) -> Option<NaiveDate> {
    (text.len() == 10)
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
}

/// Exactly `HH:MM`, `00:00` to `24:00`, as minutes after midnight.
fn parse_minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse::<u32>().ok())
            .flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (minute < 60)
        .then_some(hour * 60 + minute)
        .filter(|at| *at <= MINUTES_A_DAY)
}
