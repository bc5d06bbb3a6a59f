//! When a job is due: cron lines read in a named zone, what a missed run is worth, what a run
//! leaves behind.
//!
//! The lines are those of the crate `cron`: seconds first, an optional year last. Weekdays are shown
//! and suggested by name, since their numbers start with `1` = Sunday here and not elsewhere. The crate only parses here: how a line meets a zone's clock is decided in this file, because the
//! crate stumbles where a clock is set back (zslayton/cron#145).

mod catch_up;
mod result;
mod run_id;
mod weekdays;

use std::fmt;
use std::str::FromStr as _;

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use cron::TimeUnitSpec as _;

use crate::domain::error::Invalid;

pub use catch_up::{CatchUp, Due};
pub use result::{JobResult, RunState};
pub use run_id::RunId;

/// Longest line that is kept.
const LONGEST: usize = 200;

/// A transition of a zone's clock is nowhere longer than this.
const LONGEST_SHIFT: TimeDelta = TimeDelta::hours(25);

/// A cron line that has a next instant, in its zone.
#[derive(Clone)]
pub struct Cron {
    schedule: cron::Schedule,
    zone: Tz,
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({:?}, {})", self.line(), self.zone)
    }
}

impl Cron {
    /// Reads a line that is about to be saved at `now`; weekdays given by number are written by name.
    ///
    /// # Errors
    /// A line of five fields (the seconds are missing) with the line to write instead, one that the
    /// crate does not understand, one that runs more often than once a minute, and one without any
    /// instant after `now` (30 February, a year that has passed).
    pub fn new(line: &str, zone: Tz, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mend = weekdays::of_crontab(line).filter(|mend| Self::new(mend, zone, now).is_ok());
        if let Some(mend) = mend {
            return Err(fault("cron_five_fields", line).with("mend", mend));
        }
        let read = Self::stored(line, zone)?;
        let named = weekdays::named(read.line()).ok_or_else(|| fault("cron_unreadable", line))?;
        let cron = Self::stored(&named, zone)?;
        if cron.schedule.seconds().count() != 1 {
            return Err(fault("cron_too_often", line));
        }
        match cron.next_after(now) {
            Some(_) => Ok(cron),
            None => Err(fault("cron_never", line)),
        }
    }

    /// Reads a line that was saved before; it may have run out meanwhile.
    ///
    /// # Errors
    /// A wrong number of fields, and a line that the crate does not understand.
    pub fn stored(line: &str, zone: Tz) -> Result<Self, Invalid> {
        if line.len() > LONGEST || line.chars().any(char::is_control) {
            return Err(fault(
                "cron_unreadable",
                &line.chars().take(LONGEST).collect::<String>(),
            ));
        }
        match line.split_whitespace().count() {
            // @daily and its kin
            1 if line.trim().starts_with('@') => {}
            6 | 7 => {}
            fields => return Err(fault("cron_fields", line).with("fields", fields)),
        }
        let schedule =
            cron::Schedule::from_str(line.trim()).map_err(|_| fault("cron_unreadable", line))?;
        Ok(Self { schedule, zone })
    }

    /// The line, with its weekdays by name if it was read by [`Cron::new`].
    pub fn line(&self) -> &str {
        self.schedule.source()
    }

    /// The first instant of the line strictly after `after`; `None` if there is none any more (the
    /// crate ends with 2100).
    ///
    /// A local time that the clock leaps over counts at the end of the leap; one that comes twice
    /// counts the first time, except for lines of every hour, which go on through the repeated
    /// hour.
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = after.with_timezone(&self.zone).naive_local();
        let once = self
            .local_after(local)
            .map(|at| self.first_instant(at))
            .find(|at| *at > after);
        if !self.schedule.hours().is_all() {
            return once;
        }
        // Only around a fold does the second reading of the local clock add anything.
        let around = self
            .zone
            .from_utc_datetime(&(after - LONGEST_SHIFT).naive_utc())
            .naive_local();
        let folded = |at: &NaiveDateTime| {
            matches!(
                self.zone.from_local_datetime(at),
                MappedLocalTime::Ambiguous(..)
            )
        };
        if !folded(&local) && !self.fold_between(after, once?) {
            return once;
        }
        let again = self
            .local_after(around)
            .take_while(|at| *at < local + LONGEST_SHIFT)
            .filter_map(|at| self.zone.from_local_datetime(&at).latest())
            .map(|at| at.to_utc())
            .find(|at| *at > after);
        once.into_iter().chain(again).min()
    }

    /// The last instant of the line in `from..=until`, where `from` itself counts whether or not it
    /// lies on the line.
    pub fn latest(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> DateTime<Utc> {
        // Look back in growing strides, so that years of missed minutes are not walked through one by one.
        let strides = [
            TimeDelta::hours(2),
            TimeDelta::days(1),
            TimeDelta::days(32),
            TimeDelta::days(366),
        ];
        let starts = strides
            .into_iter()
            .map(|stride| until - stride)
            .filter(|start| *start > from);
        for start in starts.chain([from]) {
            if let Some(last) = self.between(start, until).last() {
                return last;
            }
        }
        from
    }

    /// The instants of the line in `(after, until]`, in order: those missed since
    /// `after`.
    pub fn between(
        &self,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        std::iter::successors(self.next_after(after), |at| self.next_after(*at))
            .take_while(move |at| *at <= until)
    }

    fn local_after(&self, local: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> + '_ {
        // Read as if the local clock were UTC: a clock without leaps and folds.
        self.schedule
            .after_owned(local.and_utc())
            .map(|at| at.naive_utc())
    }

    /// Whether the clock is set back somewhere in `(from, to)`.
    fn fold_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        let local = |at: DateTime<Utc>| at.with_timezone(&self.zone).naive_local();
        to - from != local(to) - local(from)
    }

    /// The first instant at which the local clock shows `local`, or the end of the leap that leaves
    /// it out.
    fn first_instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        match self.zone.from_local_datetime(&local) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => at.to_utc(),
            MappedLocalTime::None => self.end_of_leap(local),
        }
    }

    /// Leaps start and end on whole minutes everywhere since zones exist.
    fn end_of_leap(&self, local: NaiveDateTime) -> DateTime<Utc> {
        let whole = local.and_utc().timestamp().div_euclid(60) * 60;
        let minutes = (1..=LONGEST_SHIFT.num_minutes()).map(|n| TimeDelta::minutes(n));
        let start = DateTime::from_timestamp(whole, 0).map_or(local, |at| at.naive_utc());
        minutes
            .filter_map(|by| self.zone.from_local_datetime(&(start + by)).earliest())
            .map(|at| at.to_utc())
            .next()
            .unwrap_or_else(|| local.and_utc())
    }
}

/// A stored line as people read it: with its weekdays by name.
pub fn shown(line: &str) -> String {
    weekdays::named(line).unwrap_or_else(|| line.to_owned())
}

fn fault(code: &'static str, line: &str) -> Invalid {
    Invalid::new("cron", code).with("value", line.escape_debug())
}

#[cfg(test)]
mod tests;
