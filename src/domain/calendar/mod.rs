//! Working time: office calendars, and deadlines counted on them.
//!
//! | file | what lives there |
//! |---|---|
//! | `spec` | the written form of a calendar (JSON) |
//! | `shipped` | calendars and holidays that come with the program |
//! | `compile`, `parse` | written form -> [`Calendar`], or every fault of it |
//! | `days` | what a date is: hours of the week, holiday, exception; the local clock |
//! | `timeline` | the arithmetic, on sorted arrays |
//! | `arithmetic` | adding, subtracting and measuring working time |
//! | `dates` | questions about dates: working dates, openings, cut-offs, ends of periods |
//! | `explain` | the same answers with every counted and skipped span |
//! | `explanation`, `explain_text`, `shown` | what such an answer is, and how people read it |
//! | `month` | a month as people look at it |
//! | `edit` | changes of a calendar as people think of them |
//! | `written` | amounts and times as people write them |
//! | `vectors` | worked cases in a file, and how the arithmetic answers them |
//!
//! Conventions (docs/DOMAIN.md, working time): office hours are half-open, 17:00 is no longer
//! working time. A deadline that falls on a closing stays there; counting back to an opening stays
//! there. Adding nothing moves to the next working instant. Hours are read on the local clock and
//! counted in elapsed time, so a night in which clocks change has its real length. There is working
//! time in the years 1970 to 2199 only.

mod arithmetic;
mod compile;
mod dates;
mod days;
mod edit;
mod explain;
mod explain_text;
mod explanation;
mod month;
mod parse;
pub mod shipped;
mod shown;
mod spec;
mod timeline;
pub mod vectors;
mod written;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

pub use dates::{CutoffDays, CutoffEdge, PeriodEnd};
pub use days::Name;
pub use edit::{CalendarEdit, NewDayOff, NewHours, OneDate, OneYear, Swap};
pub use explanation::{Amount, Explanation, Step, StepKind, Warning};
pub use month::{DayKind, MonthDay, YearMonth};
pub use parse::LONGEST_CODE;
pub use spec::{
    CalendarSpec, ExceptionKind, ExceptionSpec, FactStatus, HolidayKind, HolidayList, HolidaySpec,
    Hours, LaterHours, WeekHours, WorkedDaySpec,
};
pub use written::{hours_of, time_of};

use days::{Days, next_day};
use timeline::{Miss, Nanos, Timeline};

/// Why there is no such instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The office stays closed for more than two years.
    #[error("no office hours within two years")]
    NoOpening,
    /// The answer lies outside the years 1970 to 2199, or cannot be held at all.
    #[error("the instant lies outside the years 1970 to 2199")]
    OutOfRange,
    /// An amount of working time below zero.
    #[error("an amount of time must not be negative")]
    NegativeAmount,
}

impl CalendarError {
    /// As a fault of an input field, with a sentence for people.
    pub fn at_field(self, field: &'static str) -> crate::domain::error::Invalid {
        let code = match self {
            Self::NoOpening => "calendar_no_opening",
            Self::OutOfRange => "calendar_out_of_range",
            Self::NegativeAmount => "calendar_negative_amount",
        };
        crate::domain::error::Invalid::new(field, code)
    }
}

/// A compiled calendar: immutable, cheap to clone and to share between threads.
#[derive(Debug, Clone)]
pub struct Calendar(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    code: String,
    name: Name,
    days: Days,
    covered: BTreeSet<i32>,
    computed: BTreeSet<i32>,
    /// The years around the dated facts: answers nearly every question.
    near: Timeline,
    /// All years; built when a question leaves the near ones.
    all: OnceLock<Timeline>,
}

/// What is known of which years.
struct Years {
    /// Those around the dated facts.
    near: RangeInclusive<i32>,
    /// Those whose holidays are entered.
    covered: BTreeSet<i32>,
    /// Those of which some holidays follow from the law only.
    computed: BTreeSet<i32>,
}

impl Inner {
    fn new(code: String, name: Name, days: Days, years: Years) -> Self {
        Self {
            near: timeline(&days, years.near),
            all: OnceLock::new(),
            covered: years.covered,
            computed: years.computed,
            code,
            name,
            days,
        }
    }

    /// Asks the near years, then all of them.
    #[inline]
    fn ask<T>(&self, question: impl Fn(&Timeline) -> Result<T, Miss>) -> Result<T, CalendarError> {
        match question(&self.near) {
            Ok(answer) => Ok(answer),
            Err(Miss::Closed) => Err(CalendarError::NoOpening),
            Err(Miss::Outside) => self.ask_all(question),
        }
    }

    #[cold]
    fn ask_all<T>(
        &self,
        question: impl Fn(&Timeline) -> Result<T, Miss>,
    ) -> Result<T, CalendarError> {
        question(self.all_years()).map_err(|miss| match miss {
            Miss::Closed => CalendarError::NoOpening,
            // without weekly hours there is no working time after the last exception
            Miss::Outside if !self.days.weeks.ends_working() => CalendarError::NoOpening,
            Miss::Outside => CalendarError::OutOfRange,
        })
    }

    fn all_years(&self) -> &Timeline {
        self.all
            .get_or_init(|| timeline(&self.days, compile::YEARS))
    }
}

/// The office hours of these years.
fn timeline(days: &Days, years: RangeInclusive<i32>) -> Timeline {
    let new_year = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    let (first, end) = (new_year(*years.start()), new_year(years.end() + 1));
    let mut date = first;
    let dates = std::iter::from_fn(move || {
        let this = date;
        date = next_day(date);
        (this < end).then_some(this)
    });
    let spans = dates
        .flat_map(|date| days.spans(date))
        .map(|(open, close)| (nanos(open), nanos(close)));
    Timeline::build(
        nanos(days.start_of(first)),
        nanos(days.start_of(end)),
        spans,
    )
}

/// Nanoseconds since the epoch. Instants that 64 bits can't hold (before 1677, after 2262) become
/// the smallest or the largest number.
#[inline]
fn nanos(at: DateTime<Utc>) -> Nanos {
    at.timestamp_nanos_opt().unwrap_or(if at.timestamp() < 0 {
        Nanos::MIN
    } else {
        Nanos::MAX
    })
}

impl Calendar {
    /// Short name for machines.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// Name for people.
    pub fn name(&self) -> &Name {
        &self.0.name
    }

    /// Zone of the local clock.
    pub fn zone(&self) -> Tz {
        self.0.days.zone
    }
}
