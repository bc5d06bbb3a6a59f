//! Working time: office calendars, and deadlines counted on them.
//!
//! | file | what lives there |
//! |---|---|
//! | `spec` | the written form of a calendar (JSON) |
//! | `shipped` | calendars and holidays that come with the program |
//! | `compile` | written form -> [`Calendar`], or every fault of it |
//! | `days` | what a date is: hours of the week, holiday, exception; the local clock |
//! | `timeline` | the arithmetic, on sorted arrays |
//! | `dates` | questions about dates: working dates, openings, cut-offs, ends of periods |
//! | `explain`, `explain_text` | the same answers with every counted and skipped span, and as text for people |
//! | `written` | amounts and times as people write them |
//! | `vectors` | worked cases in a file, and how the arithmetic answers them |
//!
//! Conventions (DOMAIN, working time): office hours are half-open, 17:00 is no longer working time;
//! a deadline that lands on a closing stays there, counting back to an opening stays there; adding
//! nothing moves to the next working instant. Hours are read on the local clock and counted in
//! elapsed time, so a night in which clocks change is as long as it really is. Working time exists
//! in the years 1970 to 2199 only; nobody works before or after.

mod compile;
mod dates;
mod days;
mod explain;
mod explain_text;
pub mod shipped;
mod spec;
mod timeline;
pub mod vectors;
mod written;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

pub use dates::{CutoffDays, CutoffEdge, PeriodEnd};
pub use days::Name;
pub use explain::{Amount, Explanation, Step, StepKind, Warning};
pub use spec::{
    CalendarSpec, ExceptionKind, ExceptionSpec, FactStatus, HolidayKind, HolidayList, HolidaySpec,
    Hours, WeekHours, WorkedDaySpec,
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
    #[must_use]
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
    /// All years; lined up when a question leaves the near ones.
    all: OnceLock<Timeline>,
}

impl Inner {
    fn new(
        code: String,
        name: Name,
        days: Days,
        years: RangeInclusive<i32>,
        covered: BTreeSet<i32>,
        computed: BTreeSet<i32>,
    ) -> Self {
        let near = line_up(&days, years);
        Self {
            code,
            name,
            days,
            covered,
            computed,
            near,
            all: OnceLock::new(),
        }
    }

    /// Asks the near years, then all of them.
    #[inline]
    fn ask<T>(&self, question: impl Fn(&Timeline) -> Result<T, Miss>) -> Result<T, CalendarError> {
        match question(&self.near) {
            Ok(answer) => Ok(answer),
            Err(Miss::Desert) => Err(CalendarError::NoOpening),
            Err(Miss::Outside) => self.ask_all(question),
        }
    }

    #[cold]
    fn ask_all<T>(
        &self,
        question: impl Fn(&Timeline) -> Result<T, Miss>,
    ) -> Result<T, CalendarError> {
        let all = self.all.get_or_init(|| line_up(&self.days, compile::YEARS));
        question(all).map_err(|miss| match miss {
            Miss::Desert => CalendarError::NoOpening,
            // Without weekly hours the last exception is the end of all work.
            Miss::Outside if self.days.week.iter().all(Vec::is_empty) => CalendarError::NoOpening,
            Miss::Outside => CalendarError::OutOfRange,
        })
    }
}

fn line_up(days: &Days, years: RangeInclusive<i32>) -> Timeline {
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

/// Nanoseconds since the epoch; instants beyond what 64 bits hold (years 1677 and 2262) are as good
/// as the ends of time.
#[inline]
fn nanos(at: DateTime<Utc>) -> Nanos {
    at.timestamp_nanos_opt().unwrap_or(if at.timestamp() < 0 {
        Nanos::MIN
    } else {
        Nanos::MAX
    })
}

#[inline]
fn instant(nanos: Nanos) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanos)
}

/// A length of working time; one too long for 64 bits of nanoseconds (292 years) leaves all
/// calendars.
#[inline]
fn length(work: TimeDelta) -> Result<Nanos, CalendarError> {
    match work.num_nanoseconds() {
        Some(nanos) if nanos >= 0 => Ok(nanos),
        _ if work < TimeDelta::zero() => Err(CalendarError::NegativeAmount),
        _ => Err(CalendarError::OutOfRange),
    }
}

/// Arithmetic of working time.
impl Calendar {
    /// The instant at which `work` of office time after `from` is used up; a closing stays a
    /// closing. Adding nothing gives `from` if it is working time, else the next opening.
    /// `add(add(t, a), b) == add(t, a + b)` for b > 0.
    ///
    /// # Errors
    /// A negative amount, an office closed for more than two years, a result after 2199.
    #[inline]
    pub fn add(
        &self,
        from: DateTime<Utc>,
        work: TimeDelta,
    ) -> Result<DateTime<Utc>, CalendarError> {
        let (at, work) = (nanos(from), length(work)?);
        self.0.ask(|timeline| timeline.add(at, work)).map(instant)
    }

    /// The instant from which `work` of office time is used up at `from`; an opening stays an
    /// opening. Subtracting nothing is adding nothing. `subtract(add(t, d), d) == add(t, 0)` for d
    /// > 0.
    ///
    /// # Errors
    /// A negative amount, an office closed for more than two years, a result before 1970.
    pub fn subtract(
        &self,
        from: DateTime<Utc>,
        work: TimeDelta,
    ) -> Result<DateTime<Utc>, CalendarError> {
        let (at, work) = (nanos(from), length(work)?);
        self.0
            .ask(|timeline| timeline.subtract(at, work))
            .map(instant)
    }

    /// Office time in `[from, to)`, exact; negative if `to` comes before `from`. Rounding belongs
    /// to display.
    #[must_use]
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        let (from, to) = (nanos(from), nanos(to));
        let near = &self.0.near;
        let work = near
            .measure(to)
            .and_then(|to| Ok(to - near.measure(from)?))
            .unwrap_or_else(|_| {
                let all = self
                    .0
                    .all
                    .get_or_init(|| line_up(&self.0.days, compile::YEARS));
                let (start, end) = all.range();
                let measure = |at: Nanos| all.measure(at.clamp(start, end)).unwrap_or_default();
                measure(to) - measure(from)
            });
        TimeDelta::nanoseconds(work)
    }

    /// Whether `at` lies in office hours; the closing instant does not.
    #[must_use]
    pub fn is_working(&self, at: DateTime<Utc>) -> bool {
        self.next_opening(at).is_ok_and(|opening| opening == at)
    }

    /// `at` itself if it lies in office hours, else the next opening.
    ///
    /// # Errors
    /// No opening within two years.
    pub fn next_opening(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, CalendarError> {
        self.0
            .ask(|timeline| timeline.next_opening(nanos(at)))
            .map(instant)
    }

    /// `at` itself if it lies in office hours, else the end of the last office hours before it
    /// (`at`, if it is that end). Where a reminder that would leave outside office hours moves back
    /// to.
    ///
    /// # Errors
    /// No office hours in the two years before.
    pub fn previous_closing(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, CalendarError> {
        self.0
            .ask(|timeline| timeline.previous_closing(nanos(at)))
            .map(instant)
    }

    /// Short name for machines.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// Name for people.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0.name
    }

    /// Zone of the local clock.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.0.days.zone
    }
}
