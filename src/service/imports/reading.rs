//! The cells of a row as the use cases want them. What a cell can't be read as is a fault on its
//! column; all faults of a row are found at once.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};

use crate::domain::error::Invalid;
use crate::domain::text::{ZONE, clean, fold, local_midnight};
use crate::domain::{typed, years};
use crate::office::sheet_in::{Line, Value, header_key};
use crate::service::Error;

/// A word that a cell may hold: its value, and what it is called, Vietnamese first.
pub(super) type Words<T> = [(T, &'static [&'static str])];

/// A local date, and the time of day where a cell says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) date: NaiveDate,
    pub(super) time: Option<NaiveTime>,
}

impl Moment {
    /// The instant; a date alone is its beginning.
    pub(super) fn instant(self) -> DateTime<Utc> {
        let Some(time) = self.time else {
            return local_midnight(self.date);
        };
        // the zone has no daylight saving time: every local time exists once
        let local = ZONE
            .from_local_datetime(&self.date.and_time(time))
            .earliest();
        local.map_or_else(|| local_midnight(self.date), |at| at.to_utc())
    }

    /// The instant at which something ends; a date alone is its last minute.
    pub(super) fn end(self) -> DateTime<Utc> {
        match self.time {
            Some(_) => self.instant(),
            None => local_midnight(self.date) + TimeDelta::days(1) - TimeDelta::minutes(1),
        }
    }
}

/// A row that is being read.
pub(super) struct Reading<'t> {
    line: Line<'t>,
    faults: Vec<Invalid>,
}

impl<'t> Reading<'t> {
    pub(super) fn of(line: Line<'t>) -> Self {
        Self {
            line,
            faults: Vec::new(),
        }
    }

    /// A text; empty for a blank cell.
    pub(super) fn text(&mut self, key: &'static str) -> String {
        match self.line.cell(key).map(|cell| &cell.value) {
            Some(Value::Error(shown)) => {
                let fault = Invalid::new(key, "sheet_cell_error");
                self.faults.push(fault.with("value", shown.escape_debug()));
                String::new()
            }
            Some(Value::Uncomputed) => {
                self.faults.push(Invalid::new(key, "sheet_uncomputed"));
                String::new()
            }
            Some(value) => value.text(),
            None => String::new(),
        }
    }

    /// Whether a cell is blank.
    pub(super) fn is_blank(&self, key: &'static str) -> bool {
        let cell = self.line.cell(key);
        cell.is_none_or(|cell| cell.value.text().is_empty())
    }

    /// A text, if there is one.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<String> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }

    /// A text that has to be there.
    pub(super) fn required(&mut self, key: &'static str) -> String {
        let before = self.faults.len();
        let text = self.text(key);
        if text.is_empty() && self.faults.len() == before {
            self.faults.push(Invalid::new(key, "required"));
        }
        text
    }

    /// A date, with or without a time of day, which is not looked at.
    pub(super) fn date(&mut self, key: &'static str) -> Option<NaiveDate> {
        self.moment(key).map(|moment| moment.date)
    }

    /// A date with or without a time of day: `20/11/2026`, `20/11/2026 15:30`, `2026-11-20T15:30`.
    pub(super) fn moment(&mut self, key: &'static str) -> Option<Moment> {
        let moment = match self.line.cell(key).map(|cell| &cell.value) {
            Some(Value::Date(at)) => {
                let time = Some(at.time()).filter(|time| *time != NaiveTime::MIN);
                let date = years::check(key, at.date());
                date.map(|date| Some(Moment { date, time }))
            }
            _ => read_moment(key, &self.text(key)),
        };
        match moment {
            Ok(moment) => moment,
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    /// A date with or without a time of day that has to be there.
    pub(super) fn required_moment(&mut self, key: &'static str) -> Option<Moment> {
        let before = self.faults.len();
        let moment = self.moment(key);
        if moment.is_none() && self.faults.len() == before {
            self.faults.push(Invalid::new(key, "required"));
        }
        moment
    }

    /// One of some words that has to be there.
    pub(super) fn required_word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &Words<T>,
    ) -> Option<T> {
        match self.required(key).is_empty() {
            true => None,
            false => self.word(key, words),
        }
    }

    /// The code of a kind of item that a cell names by its code or its name.
    pub(super) fn kind(&mut self, kinds: &HashMap<String, String>) -> Option<String> {
        let written = self.required("kind");
        let code = kinds.get(&fold(&written)).cloned();
        if code.is_none() && !written.is_empty() {
            let fault = Invalid::new("kind", "rule_kind_unknown");
            self.faults.push(fault.with("value", shown(&written)));
        }
        code
    }

    /// A whole number.
    pub(super) fn number(&mut self, key: &'static str) -> Option<u32> {
        let text = self.optional(key)?;
        let number = text.parse().ok();
        if number.is_none() {
            let fault = Invalid::new(key, "sheet_number");
            self.faults.push(fault.with("value", shown(&text)));
        }
        number
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&mut self, key: &'static str, words: &Words<T>) -> Option<T> {
        let text = self.optional(key)?;
        let found = word_of(&text, words);
        if found.is_none() {
            self.faults.push(unknown_word(key, &text, words));
        }
        found
    }

    /// Several of some words, separated by commas or semicolons.
    pub(super) fn words<T: Copy>(&mut self, key: &'static str, words: &Words<T>) -> Vec<T> {
        let text = self.text(key);
        let parts = text
            .split([',', ';'])
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let mut found = Vec::new();
        for part in parts {
            match word_of(part, words) {
                Some(word) => found.push(word),
                None => self.faults.push(unknown_word(key, part, words)),
            }
        }
        found
    }

    /// Whether a cell says yes: `x`, `có`, `rồi`, `1`.
    pub(super) fn yes(&mut self, key: &'static str) -> bool {
        const YES_OR_NO: &Words<bool> = &[
            (
                true,
                &["x", "có", "rồi", "đã đăng", "yes", "true", "1", "v"],
            ),
            (false, &["không", "chưa", "no", "false", "0"]),
        ];
        self.word(key, YES_OR_NO).unwrap_or_default()
    }

    /// Whether a cell says yes, or since when.
    pub(super) fn yes_or_date(&mut self, key: &'static str) -> bool {
        let is_date = match self.line.cell(key).map(|cell| &cell.value) {
            Some(Value::Date(_)) => true,
            Some(Value::Text(text)) => read_moment(key, &clean(text)).is_ok_and(|at| at.is_some()),
            _ => false,
        };
        is_date || self.yes(key)
    }

    /// Whether a cell holds one of some words; others mean no.
    pub(super) fn one_of(&mut self, key: &'static str, words: &Words<bool>) -> bool {
        let text = self.text(key);
        word_of(&text, words).unwrap_or_default()
    }

    /// Adds a fault that was found otherwise.
    pub(super) fn take<T>(&mut self, found: Result<T, Invalid>) -> Option<T> {
        found.map_err(|fault| self.faults.push(fault)).ok()
    }

    /// That everything could be read.
    ///
    /// # Errors
    /// All faults.
    pub(super) fn finish(self) -> Result<(), Error> {
        match self.faults.is_empty() {
            true => Ok(()),
            false => Err(Error::Invalid(self.faults)),
        }
    }
}

fn word_of<T: Copy>(text: &str, words: &Words<T>) -> Option<T> {
    let key = header_key(text);
    let is_meant = |name: &&str| header_key(name) == key;
    let found = words.iter().find(|(_, names)| names.iter().any(&is_meant));
    found.map(|(word, _)| *word)
}

fn unknown_word<T>(key: &'static str, text: &str, words: &Words<T>) -> Invalid {
    let names = words.iter().filter_map(|(_, names)| names.first().copied());
    let names: Vec<&str> = names.collect();
    let fault = Invalid::new(key, "sheet_word").with("value", shown(text));
    fault.with("words", names.join(", "))
}

/// A text as a date with or without a time of day; `None` for an empty one.
///
/// # Errors
/// `sheet_date` on `key`.
pub(super) fn read_moment(key: &'static str, text: &str) -> Result<Option<Moment>, Invalid> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Invalid::new(key, "sheet_date").with("value", shown(text));
    if let Some(at) = with_offset(text) {
        let date = years::check(key, at.date())?;
        let time = Some(at.time());
        return Ok(Some(Moment { date, time }));
    }
    let (day, time) = match text.split_once([' ', 'T']) {
        // as lists are exported: 15:30 20/11/2026
        Some((time, day)) if time.contains(':') => (day, time),
        Some(parts) => parts,
        None => (text, ""),
    };
    let date = typed::date(key, day).map_err(|fault| match fault.code {
        "typed_date" => wrong(),
        _ => fault,
    })?;
    let time = match time.splitn(3, ':').collect::<Vec<_>>()[..] {
        [""] | [] => None,
        [hours] => Some(hours.to_owned()),
        [hours, minutes] => Some(format!("{hours}:{minutes}")),
        // seconds are passed over
        [hours, minutes, seconds, ..] if is_seconds(seconds) => Some(format!("{hours}:{minutes}")),
        _ => return Err(wrong()),
    };
    let time = time.map(|time| typed::time(key, &time).map_err(|_| wrong()));
    Ok(Some(Moment {
        date,
        time: time.transpose()?,
    }))
}

/// Whether a text is seconds: two digits below 60, with or without a fraction.
fn is_seconds(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|at| at.is_ascii_digit());
    whole.len() == 2 && are_digits(whole) && whole < "60" && are_digits(fraction)
}

/// The minute of an instant: files tell no seconds.
pub(super) fn minute(at: DateTime<Utc>) -> DateTime<Utc> {
    at - TimeDelta::microseconds(at.timestamp_micros().rem_euclid(60_000_000))
}

/// The local time of a text that says its offset: `2026-11-20T08:30Z`, `2026-11-20T15:30:00+07:00`.
fn with_offset(text: &str) -> Option<NaiveDateTime> {
    let text = text.replacen(' ', "T", 1);
    let forms = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];
    let mut read = forms
        .iter()
        .filter_map(|form| DateTime::parse_from_str(&text, form).ok());
    read.next().map(|at| at.with_timezone(&ZONE).naive_local())
}

/// Most letters of a value that a fault repeats.
const SHOWN: usize = 200;

/// A value as a fault shows it: without control characters, and cut visibly if it is long.
pub(super) fn shown(value: &str) -> String {
    let mut letters = value.chars();
    let mut short: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_local_unless_it_says_its_offset() {
        for (text, read) in [
            ("20/11/2026", "2026-11-20T00:00"),
            ("20/11/2026 15:30", "2026-11-20T15:30"),
            ("15:30 20/11/2026", "2026-11-20T15:30"),
            ("2026-11-20T15:30", "2026-11-20T15:30"),
            ("2026-11-20 15:30:59", "2026-11-20T15:30"),
            ("2026-11-20T08:30Z", "2026-11-20T15:30"),
            ("2026-11-20T08:30:59.999Z", "2026-11-20T15:30"),
            ("2026-11-20T20:30:00Z", "2026-11-21T03:30"),
            ("2026-11-20T15:30+07:00", "2026-11-20T15:30"),
            ("2026-11-20T10:30:00+0200", "2026-11-20T15:30"),
            ("2026-11-20 08:30:00Z", "2026-11-20T15:30"),
            ("2026-11-20 08:30:00+00:00", "2026-11-20T15:30"),
            ("20/11/2026 15:30:59.5", "2026-11-20T15:30"),
        ] {
            let moment = read_moment("at", text).unwrap().unwrap();
            let local = moment.instant().with_timezone(&ZONE);
            assert_eq!(local.format("%FT%H:%M").to_string(), read, "{text}");
        }
        for text in [
            "2026-11-20T08:30X",
            "20/11/2026 3:30:00 PM",
            "20/11/2026 3:30:00 CH",
            "20/11/2026 08:30:00Z",
            "20/11/2026 15:30:zz",
            "20/11/2026 15:30:99",
            "20/11/2026 15:30:00 - 17:00",
            "20/11/2026 8 giờ",
            "2026-11-20T25:00Z",
            "mai",
        ] {
            let fault = read_moment("at", text).unwrap_err();
            assert_eq!(fault.code, "sheet_date", "{text}");
        }
    }
}
