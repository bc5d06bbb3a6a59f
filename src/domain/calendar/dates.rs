//! Questions about dates: working dates, openings and closings, "N working days before", the daily
//! cut-off, ends of periods.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::compile::YEARS;
use super::days::{next_day, previous_day};
use super::{Calendar, CalendarError};

/// How many dates are tried before an office counts as closed for good: two years.
const DATES_TRIED: usize = 732;

/// On which days there is a daily cut-off (policy field).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CutoffDays {
    /// Working dates, however short.
    #[default]
    Working,
    /// Every date of the calendar.
    Every,
}

/// Whether what falls exactly on the cut-off still belongs to that day (policy field
/// `cutoff_inclusive`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutoffEdge {
    /// No: 16:00:00 belongs to the next day.
    #[default]
    Exclusive,
    /// Yes: 16:00:00 belongs to the day, a moment later does not.
    Inclusive,
}

impl CutoffEdge {
    /// Inclusive or not.
    pub const fn of(inclusive: bool) -> Self {
        if inclusive {
            Self::Inclusive
        } else {
            Self::Exclusive
        }
    }
}

/// When a period ends (policy field).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodEnd {
    /// 24:00 of its last day.
    #[default]
    Midnight,
    /// Closing time of its last working day; 24:00 of its last day if it has none.
    LastWorkingClosing,
}

/// Dates and the local clock.
impl Calendar {
    /// Whether the date has any office hours, however short.
    pub fn is_working_date(&self, date: NaiveDate) -> bool {
        self.opening(date).is_some()
    }

    /// The local date of an instant.
    pub fn date_of(&self, at: DateTime<Utc>) -> NaiveDate {
        self.0.days.date_of(at)
    }

    /// The local date that an instant ends or falls on: midnight is 24:00 of the day that ends, as
    /// due instants are read.
    pub fn date_of_due(&self, due: DateTime<Utc>) -> NaiveDate {
        let date = self.date_of(due);
        if self.start_of(date) == due {
            previous_day(date)
        } else {
            date
        }
    }

    /// Local midnight at which the date begins (its first instant, where clocks skip midnight).
    pub fn start_of(&self, date: NaiveDate) -> DateTime<Utc> {
        self.0.days.start_of(date)
    }

    /// 24:00 of the date: the start of the next one.
    pub fn end_of(&self, date: NaiveDate) -> DateTime<Utc> {
        self.start_of(next_day(date))
    }

    /// First opening of the date; `None` on a day off.
    pub fn opening(&self, date: NaiveDate) -> Option<DateTime<Utc>> {
        self.0.days.spans(date).next().map(|(open, _)| open)
    }

    /// Last closing of the date; `None` on a day off.
    pub fn closing(&self, date: NaiveDate) -> Option<DateTime<Utc>> {
        self.0.days.spans(date).next_back().map(|(_, close)| close)
    }

    /// The instant at which local clocks show `time` on `date` (the first of two; the end of the
    /// jump if it is skipped).
    pub fn at_time(&self, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
        self.0.days.instant(date.and_time(time))
    }

    /// Opening of the `n`-th working date before the date of `due`, that date not counted; with 0,
    /// of the last working date up to it. Due at 24:00 counts as the day that ends.
    ///
    /// # Errors
    /// No working date in two years.
    pub fn working_days_before(
        &self,
        due: DateTime<Utc>,
        n: u32,
    ) -> Result<DateTime<Utc>, CalendarError> {
        self.nth_working_date(self.date_of_due(due), n, previous_day)
    }

    /// Opening of the `n`-th working date after the date of `at`, that date not counted; with 0, of
    /// the first working date from it on. 24:00 counts as the day that ends.
    ///
    /// # Errors
    /// No working date in two years.
    pub fn working_days_after(
        &self,
        at: DateTime<Utc>,
        n: u32,
    ) -> Result<DateTime<Utc>, CalendarError> {
        self.nth_working_date(self.date_of_due(at), n, next_day)
    }

    fn nth_working_date(
        &self,
        date: NaiveDate,
        n: u32,
        step: fn(NaiveDate) -> NaiveDate,
    ) -> Result<DateTime<Utc>, CalendarError> {
        if n == 0 {
            return self.working_date(date, step).map(|(_, open)| open);
        }
        let mut date = date;
        let mut opening = Err(CalendarError::NoOpening);
        for _ in 0..n {
            let (working, open) = self.working_date(step(date), step)?;
            if !YEARS.contains(&working.year()) {
                return Err(CalendarError::OutOfRange);
            }
            (date, opening) = (working, Ok(open));
        }
        opening
    }

    /// `date` if it is a working date, else the nearest one in the direction of `step`; with its
    /// opening.
    fn working_date(
        &self,
        date: NaiveDate,
        step: fn(NaiveDate) -> NaiveDate,
    ) -> Result<(NaiveDate, DateTime<Utc>), CalendarError> {
        std::iter::successors(Some(date), |date| Some(step(*date)))
            .take(DATES_TRIED)
            .find_map(|date| self.opening(date).map(|open| (date, open)))
            .ok_or(CalendarError::NoOpening)
    }

    /// Due instant of the daily cut-off for what happens at `at`: `time` of that day, if `at` is
    /// before it and the day has a cut-off; else `time` of the next day that has one. Office hours
    /// make no other difference.
    ///
    /// # Errors
    /// No working date in two years; an instant outside the years 1970 to 2199.
    pub fn cutoff(
        &self,
        at: DateTime<Utc>,
        time: NaiveTime,
        days: CutoffDays,
        edge: CutoffEdge,
    ) -> Result<DateTime<Utc>, CalendarError> {
        if !YEARS.contains(&at.year()) {
            return Err(CalendarError::OutOfRange);
        }
        let first = if self.misses_cutoff(at, time, edge) {
            next_day(self.date_of(at))
        } else {
            self.date_of(at)
        };
        let date = match days {
            CutoffDays::Every => first,
            CutoffDays::Working => self.working_date(first, next_day)?.0,
        };
        Ok(self.at_time(date, time))
    }

    /// Whether `at` is too late for the cut-off of its own date.
    pub(super) fn misses_cutoff(
        &self,
        at: DateTime<Utc>,
        time: NaiveTime,
        edge: CutoffEdge,
    ) -> bool {
        let cutoff = self.at_time(self.date_of(at), time);
        match edge {
            CutoffEdge::Exclusive => at >= cutoff,
            CutoffEdge::Inclusive => at > cutoff,
        }
    }

    /// Due instant of a period of the dates `first ..= last`.
    pub fn period_end(&self, first: NaiveDate, last: NaiveDate, end: PeriodEnd) -> DateTime<Utc> {
        match end {
            PeriodEnd::Midnight => self.end_of(last),
            PeriodEnd::LastWorkingClosing => {
                std::iter::successors(Some(last), |date| Some(previous_day(*date)))
                    .take_while(|date| *date >= first)
                    .take(DATES_TRIED)
                    .find_map(|date| self.closing(date))
                    .unwrap_or_else(|| self.end_of(last))
            }
        }
    }
}
