//! When an event takes place: between two instants, or on dates whose hours are not known.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::calendar::Calendar;
use crate::domain::error::Invalid;
use crate::domain::text::{local_date, local_midnight};

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

/// The longest event, in days; a longer one is a mistyped year.
const LONGEST_DAYS: i64 = 366;

/// How far ahead events are registered, in days.
const AHEAD_DAYS: i64 = 2 * 366;

impl When {
    /// Its instants: what is known only by its dates starts at 00:00 and ends at the calendar's
    /// closing time, at 24:00 on a day off.
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

    /// Checks that a unit that was founded and has ended on these dates exists all the while.
    ///
    /// # Errors
    /// `event_before_unit` on the start, `event_after_unit` on `unit_id`.
    pub fn check_life(
        self,
        founded_on: Option<NaiveDate>,
        ended_on: Option<NaiveDate>,
    ) -> Result<(), Invalid> {
        let (first, last) = self.days();
        let fault = |field, code, on: NaiveDate| {
            Err(Invalid::new(field, code).with("on", on.format("%d/%m/%Y")))
        };
        if let Some(founded) = founded_on.filter(|founded| first < *founded) {
            return fault(self.field_of_start(), "event_before_unit", founded);
        }
        match ended_on.filter(|ended| last > *ended) {
            Some(ended) => fault("unit_id", "event_after_unit", ended),
            None => Ok(()),
        }
    }

    /// The field of the input that says when it starts.
    fn field_of_start(self) -> &'static str {
        match self {
            Self::Clock { .. } => "starts_at",
            Self::Days { .. } => "starts_on",
        }
    }

    /// Checks that the time is plausible: not too far ahead, not too long.
    pub(super) fn checked(self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let (first, last) = self.days();
        let start = self.field_of_start();
        let end = match self {
            Self::Clock { .. } => "ends_at",
            Self::Days { .. } => "ends_on",
        };
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
