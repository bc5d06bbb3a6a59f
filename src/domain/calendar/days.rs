//! What a date is: office hours of the week, a holiday, a dated exception; and the local clock of
//! the zone. No arithmetic of working time here: that is `timeline`.

use std::collections::HashMap;

use chrono::{
    DateTime, Datelike, Days as DayCount, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime,
    TimeDelta, TimeZone, Utc, Weekday,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Office hours of a day in minutes after local midnight, `[open, close)`, in order; 1440 is 24:00.
pub(super) type MinuteSpans = Vec<(u32, u32)>;

/// A name in both languages of the product.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

impl Name {
    /// The name in the given locale; Vietnamese unless it is `en`.
    pub fn get(&self, locale: &str) -> &str {
        if locale == "en" { &self.en } else { &self.vi }
    }
}

/// What makes a date differ from its weekday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Special {
    /// A holiday: nobody works.
    Holiday(Name),
    /// An exception without hours.
    DayOff(Name),
    /// An exception with hours of its own: a worked Saturday, a half day.
    Hours(Name, MinuteSpans),
}

/// Why nobody works on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed<'a> {
    /// Saturday or Sunday.
    Weekend,
    /// Another weekday without office hours.
    WeeklyRest,
    /// A holiday.
    Holiday(&'a Name),
    /// A day off by exception.
    DayOff(&'a Name),
}

/// Office hours by weekday, from Monday on.
pub(super) type Week = [MinuteSpans; 7];

/// The working week, and the days from which it changes.
#[derive(Debug)]
pub(super) struct Weeks {
    /// Until the first change.
    pub(super) first: Week,
    /// In order of their first dates.
    pub(super) later: Vec<(NaiveDate, Week)>,
}

impl Weeks {
    /// The week that holds on a date.
    pub(super) fn on(&self, date: NaiveDate) -> &Week {
        let begun = self.later.partition_point(|(from, _)| *from <= date);
        let last = begun.checked_sub(1).and_then(|last| self.later.get(last));
        last.map_or(&self.first, |(_, week)| week)
    }

    /// The hours that the weekday of `date` has in the week that holds on `on`.
    pub(super) fn hours(&self, date: NaiveDate, on: NaiveDate) -> &[(u32, u32)] {
        self.on(on)
            .get(date.weekday().num_days_from_monday() as usize)
            .map_or(&[], Vec::as_slice)
    }

    /// Whether any week has office hours.
    pub(super) fn any(&self) -> bool {
        let later = self.later.iter().map(|(_, week)| week);
        later.chain([&self.first]).any(works)
    }

    /// Whether the week that goes on for ever has office hours.
    pub(super) fn ends_working(&self) -> bool {
        works(self.later.last().map_or(&self.first, |(_, week)| week))
    }
}

fn works(week: &Week) -> bool {
    week.iter().any(|hours| !hours.is_empty())
}

/// Office hours of every date.
#[derive(Debug)]
pub(super) struct Days {
    pub(super) zone: Tz,
    pub(super) weeks: Weeks,
    pub(super) special: HashMap<NaiveDate, Special>,
}

impl Days {
    /// Office hours of a date as written, in minutes of the local clock.
    pub(super) fn minutes(&self, date: NaiveDate) -> &[(u32, u32)] {
        match self.special.get(&date) {
            Some(Special::Holiday(_) | Special::DayOff(_)) => &[],
            Some(Special::Hours(_, hours)) => hours,
            None => self.weeks.hours(date, date),
        }
    }

    /// Office hours of a date as instants, in order, never empty ones.
    pub(super) fn spans(
        &self,
        date: NaiveDate,
    ) -> impl DoubleEndedIterator<Item = (DateTime<Utc>, DateTime<Utc>)> + '_ {
        self.minutes(date)
            .iter()
            .map(move |(open, close)| (self.at_minute(date, *open), self.at_minute(date, *close)))
            .filter(|(open, close)| open < close)
    }

    /// Why a date without office hours has none.
    pub(super) fn off(&self, date: NaiveDate) -> Closed<'_> {
        match self.special.get(&date) {
            Some(Special::Holiday(name)) => Closed::Holiday(name),
            Some(Special::DayOff(name) | Special::Hours(name, _)) => Closed::DayOff(name),
            None if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) => Closed::Weekend,
            None => Closed::WeeklyRest,
        }
    }

    /// Name of the exception whose hours a date has.
    pub(super) fn hours_name(&self, date: NaiveDate) -> Option<&Name> {
        match self.special.get(&date) {
            Some(Special::Hours(name, _)) => Some(name),
            _ => None,
        }
    }

    fn at_minute(&self, date: NaiveDate, minute: u32) -> DateTime<Utc> {
        let midnight = date.and_time(NaiveTime::MIN);
        self.instant(
            midnight
                .checked_add_signed(TimeDelta::minutes(i64::from(minute)))
                .unwrap_or(midnight),
        )
    }

    /// The instant of a reading of the local clock. A reading that occurs twice is the first of the
    /// two, one that a clock set forward skips is the instant of the jump: so a later reading is
    /// never an earlier instant.
    pub(super) fn instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        // the longest jump on record skipped a whole day (Samoa, 30/12/2011); jumps end on a full
        // minute
        const LONGEST_JUMP_MINUTES: i64 = 25 * 60;
        if let Some(at) = self.resolve(local) {
            return at;
        }
        let whole = local.with_second_zero();
        (1..=LONGEST_JUMP_MINUTES)
            .find_map(|minutes| {
                self.resolve(whole.checked_add_signed(TimeDelta::minutes(minutes))?)
            })
            .unwrap_or_else(|| local.and_utc())
    }

    fn resolve(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self.zone.from_local_datetime(&local) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => {
                Some(at.with_timezone(&Utc))
            }
            MappedLocalTime::None => None,
        }
    }

    /// The first instant of a local date.
    pub(super) fn start_of(&self, date: NaiveDate) -> DateTime<Utc> {
        self.at_minute(date, 0)
    }

    /// The local date of an instant.
    pub(super) fn date_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }
}

/// Truncates a reading to its full minute.
trait WithSecondZero {
    fn with_second_zero(self) -> Self;
}

impl WithSecondZero for NaiveDateTime {
    fn with_second_zero(self) -> Self {
        use chrono::Timelike;
        self.with_nanosecond(0)
            .and_then(|at| at.with_second(0))
            .unwrap_or(self)
    }
}

/// The day after; the same day if chrono has no later one.
pub(super) fn next_day(date: NaiveDate) -> NaiveDate {
    date.checked_add_days(DayCount::new(1)).unwrap_or(date)
}

/// The day before; the same day if chrono has no earlier one.
pub(super) fn previous_day(date: NaiveDate) -> NaiveDate {
    date.checked_sub_days(DayCount::new(1)).unwrap_or(date)
}
