//! Changes of a calendar as they are typed.

use serde::{Deserialize, Serialize};

use crate::domain::calendar::{
    Calendar, CalendarEdit, Hours, NewDayOff, NewHours, OneDate, OneYear, Swap, WeekHours,
};
use crate::domain::error::Invalid;
use crate::domain::text::clean;
use crate::web::pages::form::Field;
use crate::web::pages::{format, typed};

/// Which change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Two days are swapped.
    Swap,
    /// A day off is added.
    DayOff,
    /// What is written for a date goes.
    Clear,
    /// Other office hours.
    Hours,
    /// The holidays of a year are entered.
    Cover,
}

impl What {
    const ALL: [Self; 5] = [
        Self::Swap,
        Self::DayOff,
        Self::Clear,
        Self::Hours,
        Self::Cover,
    ];

    /// Its word in addresses.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Swap => "doi-ngay",
            Self::DayOff => "ngay-nghi",
            Self::Clear => "bo-ngay",
            Self::Hours => "gio-lam-viec",
            Self::Cover => "du-nam",
        }
    }

    /// Its name in the keys of its words.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Swap => "swap",
            Self::DayOff => "add",
            Self::Clear => "clear",
            Self::Hours => "hours",
            Self::Cover => "cover",
        }
    }

    /// The change of a word.
    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.word() == word)
    }
}

/// What was typed: the fields of every change.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    pub nghi: String,
    pub lam: String,
    pub ngay: String,
    pub ten: String,
    pub van_ban: String,
    pub tu: String,
    pub nam: String,
    pub t2: String,
    pub t3: String,
    pub t4: String,
    pub t5: String,
    pub t6: String,
    pub t7: String,
    pub cn: String,
}

/// The labels of all fields, for what is said about their faults.
pub(super) const FIELDS: &[Field] = &[
    Field::new("nghi", "pages.calendars.field.day_off", &["day_off"]),
    Field::new("lam", "pages.calendars.field.worked", &["worked"]),
    Field::new("ngay", "pages.calendars.field.date", &["date"]),
    Field::new("tu", "pages.calendars.field.from", &["from"]),
    Field::new("nam", "pages.calendars.field.year", &["year"]),
    Field::new("t2", "pages.calendars.field.mon", &["mon", "hours"]),
    Field::new("t3", "pages.calendars.field.tue", &["tue"]),
    Field::new("t4", "pages.calendars.field.wed", &["wed"]),
    Field::new("t5", "pages.calendars.field.thu", &["thu"]),
    Field::new("t6", "pages.calendars.field.fri", &["fri"]),
    Field::new("t7", "pages.calendars.field.sat", &["sat"]),
    Field::new("cn", "pages.calendars.field.sun", &["sun"]),
    Field::new("ten", "pages.calendars.field.name", &["name"]),
    Field::new("van_ban", "pages.calendars.field.source", &["source"]),
];

impl Typed {
    /// The change that was typed.
    pub(super) fn read(&self, what: What) -> Result<CalendarEdit, Vec<Invalid>> {
        let one = |fault| vec![fault];
        match what {
            What::Swap => self.swap(),
            What::DayOff => self.day_off(),
            What::Clear => {
                let date = typed::date("ngay", &self.ngay).map_err(one)?;
                Ok(CalendarEdit::Clear(OneDate { date }))
            }
            What::Hours => self.hours(),
            What::Cover => {
                let unfit = || Invalid::new("nam", "typed_year").with("value", short(&self.nam));
                let year = clean(&self.nam).parse().map_err(|_| one(unfit()))?;
                let year = crate::domain::years::check("nam", year).map_err(one)?;
                Ok(CalendarEdit::Covered(OneYear { year }))
            }
        }
    }

    fn swap(&self) -> Result<CalendarEdit, Vec<Invalid>> {
        let days = (
            typed::date("nghi", &self.nghi),
            typed::date("lam", &self.lam),
        );
        match days {
            (Ok(day_off), Ok(worked)) => Ok(CalendarEdit::Swap(Swap {
                day_off,
                worked,
                name: given(&self.ten),
            })),
            (off, worked) => Err(off.err().into_iter().chain(worked.err()).collect()),
        }
    }

    fn day_off(&self) -> Result<CalendarEdit, Vec<Invalid>> {
        let date = typed::date("ngay", &self.ngay);
        match (date, given(&self.ten)) {
            (Ok(date), Some(name)) => Ok(CalendarEdit::AddDayOff(NewDayOff {
                date,
                name,
                source: given(&self.van_ban),
            })),
            (date, name) => {
                let nameless = || Invalid::new("ten", "required");
                let nameless = name.is_none().then(nameless);
                Err(date.err().into_iter().chain(nameless).collect())
            }
        }
    }

    fn hours(&self) -> Result<CalendarEdit, Vec<Invalid>> {
        let mut faults = Vec::new();
        let from = typed::date("tu", &self.tu);
        let mut hours = WeekHours::default();
        for (weekday, (name, text)) in self.weekdays().into_iter().enumerate() {
            match (spans(name, text), hours.day_mut(weekday)) {
                (Ok(read), Some(day)) => *day = read,
                (Err(fault), _) => faults.push(fault),
                (Ok(_), None) => {}
            }
        }
        match from {
            Ok(from) if faults.is_empty() => Ok(CalendarEdit::Hours(NewHours { from, hours })),
            from => Err(from.err().into_iter().chain(faults).collect()),
        }
    }

    /// The fields of the weekdays, from Monday on.
    fn weekdays(&self) -> [(&'static str, &str); 7] {
        [
            ("t2", &self.t2),
            ("t3", &self.t3),
            ("t4", &self.t4),
            ("t5", &self.t5),
            ("t6", &self.t6),
            ("t7", &self.t7),
            ("cn", &self.cn),
        ]
    }

    /// The form of office hours as they are on a day.
    pub(super) fn of_hours(calendar: &Calendar, from: chrono::NaiveDate) -> Self {
        let written = |hours: &Vec<Hours>| {
            let spans: Vec<String> = hours.iter().map(|span| span.join("-")).collect();
            spans.join(", ")
        };
        let mut week = calendar
            .week_on(from)
            .iter()
            .map(written)
            .collect::<Vec<_>>()
            .into_iter();
        let mut next = || week.next().unwrap_or_default();
        Self {
            tu: format::date(from),
            t2: next(),
            t3: next(),
            t4: next(),
            t5: next(),
            t6: next(),
            t7: next(),
            cn: next(),
            ..Self::default()
        }
    }

    /// The fields that are filled in, with their names: what the form sends on.
    pub(super) fn filled(&self) -> Vec<(&'static str, &str)> {
        let days = [
            ("nghi", self.nghi.as_str()),
            ("lam", &self.lam),
            ("ngay", &self.ngay),
            ("ten", &self.ten),
            ("van_ban", &self.van_ban),
            ("tu", &self.tu),
            ("nam", &self.nam),
        ];
        let all = days.into_iter().chain(self.weekdays());
        all.filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// `07:00-11:00, 13h-17h` as office hours; nothing is a day off.
fn spans(field: &'static str, text: &str) -> Result<Vec<Hours>, Invalid> {
    let text = clean(text);
    let parts = text.split([',', ';']).map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    let span = |part: &str| {
        let (open, close) = part.split_once(['-', '–', '—'])?;
        Some([clock(open)?, clock(close)?])
    };
    let all: Option<Vec<Hours>> = parts.map(span).collect();
    all.ok_or_else(|| Invalid::new(field, "typed_hours").with("value", short(&text)))
}

fn clock(text: &str) -> Option<String> {
    let text = text.trim();
    if matches!(text, "24:00" | "24h" | "24h00" | "24") {
        return Some("24:00".to_owned());
    }
    let time = typed::time("", text).ok()?;
    Some(time.format("%H:%M").to_string())
}

fn given(text: &str) -> Option<String> {
    let text = clean(text);
    (!text.is_empty()).then_some(text)
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_type_them() {
        let read = |text: &str| {
            let all = spans("t2", text).map_err(|fault| fault.code)?;
            let all: Vec<String> = all.iter().map(|span| span.join("-")).collect();
            Ok::<_, &str>(all.join(" "))
        };
        assert_eq!(
            read("7h30-11h30, 13:00 - 17h").unwrap(),
            "07:30-11:30 13:00-17:00"
        );
        assert_eq!(
            read("07:30-11:30, 13:00-17:00").unwrap(),
            "07:30-11:30 13:00-17:00"
        );
        assert_eq!(read("  "), Ok(String::new()));
        assert_eq!(read("18:00-24:00").unwrap(), "18:00-24:00");
        for bad in ["x", "7h", "7h-", "25h-26h"] {
            assert_eq!(read(bad), Err("typed_hours"), "{bad}");
        }
    }
}
