//! Adding, subtracting and measuring working time.

use chrono::{DateTime, TimeDelta, Utc};

use super::timeline::Nanos;
use super::{Calendar, CalendarError, nanos};

/// A length of working time. One too long for 64 bits of nanoseconds (292 years) is out of range.
#[inline]
fn length(work: TimeDelta) -> Result<Nanos, CalendarError> {
    match work.num_nanoseconds() {
        Some(nanos) if nanos >= 0 => Ok(nanos),
        _ if work < TimeDelta::zero() => Err(CalendarError::NegativeAmount),
        _ => Err(CalendarError::OutOfRange),
    }
}

#[inline]
fn instant(nanos: Nanos) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanos)
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
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        let (from, to) = (nanos(from), nanos(to));
        let near = &self.0.near;
        let work = near
            .measure(to)
            .and_then(|to| Ok(to - near.measure(from)?))
            .unwrap_or_else(|_| {
                let all = self.0.all_years();
                let (start, end) = all.range();
                let measure = |at: Nanos| all.measure(at.clamp(start, end)).unwrap_or_default();
                measure(to) - measure(from)
            });
        TimeDelta::nanoseconds(work)
    }

    /// Whether `at` lies in office hours; the closing instant does not.
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
    /// (`at`, if it is that end). A reminder that falls outside office hours is sent then.
    ///
    /// # Errors
    /// No office hours in the two years before.
    pub fn previous_closing(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, CalendarError> {
        self.0
            .ask(|timeline| timeline.previous_closing(nanos(at)))
            .map(instant)
    }
}
