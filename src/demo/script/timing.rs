//! Instants at which something happens, and headlines that name the month.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, TimeDelta, Utc};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;

use super::{DemoEventKind, Habit, Writer};
use crate::domain::text::local_midnight;

impl Writer<'_> {
    /// When in the month a unit of that habit sends something.
    pub(super) fn moment(&mut self, habit: Habit) -> Option<DateTime<Utc>> {
        let day = match habit {
            Habit::Diligent => self.working_day(2, 20)?,
            Habit::Steady | Habit::Forgetful => self.working_day(4, 26)?,
            Habit::LastMinute => self.working_day(26, 31)?,
            Habit::Late => {
                let day = self.working_day(20, 31)?;
                if self.rng.random_bool(0.4) {
                    next_month(self.month) + Days::new(self.rng.random_range(0..=3))
                } else {
                    day
                }
            }
        };
        Some(self.at(day, 7, 16))
    }

    /// When the news of an event arrives, if ever.
    pub(super) fn report_at(
        &mut self,
        habit: Habit,
        kind: DemoEventKind,
        ends_at: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let allowed = match kind {
            DemoEventKind::Topical => TimeDelta::minutes(50),
            DemoEventKind::Ordinary | DemoEventKind::Question => TimeDelta::hours(12),
        };
        let due = self.calendar.add(ends_at, allowed).ok()?;
        let (in_time, late) = match habit {
            Habit::Diligent => (0.97, 0.02),
            Habit::Steady => (0.9, 0.07),
            Habit::LastMinute => (0.85, 0.12),
            Habit::Late => (0.4, 0.5),
            Habit::Forgetful => (0.4, 0.15),
        };
        let chance: f64 = self.rng.random();
        if chance < in_time {
            let before = if habit == Habit::LastMinute {
                5..=40
            } else {
                60..=600
            };
            let early = due - TimeDelta::minutes(self.rng.random_range(before));
            return Some(early.max(ends_at + TimeDelta::minutes(20)));
        }
        (chance < in_time + late)
            .then(|| due + TimeDelta::minutes(self.rng.random_range(30..=1_500)))
    }

    /// A working day of the month between two days of it.
    pub(super) fn working_day(&mut self, first: u32, last: u32) -> Option<NaiveDate> {
        let days: Vec<NaiveDate> = (first..=last)
            .filter_map(|day| self.month.with_day(day))
            .filter(|day| self.calendar.is_working_date(*day))
            .collect();
        days.choose(&mut self.rng).copied()
    }

    /// An instant of a local date between two full hours.
    pub(super) fn at(&mut self, day: NaiveDate, from: i64, to: i64) -> DateTime<Utc> {
        let minute = self.rng.random_range(from * 60..to * 60);
        local_midnight(day)
            + TimeDelta::minutes(minute)
            + TimeDelta::seconds(self.rng.random_range(0..60))
    }

    /// One of the headlines, filled in.
    pub(super) fn headline(&mut self, texts: &[&str], unit: &str) -> String {
        let text = texts.choose(&mut self.rng).copied().unwrap_or_default();
        let number = self.rng.random_range(12..=160).to_string();
        let quarter = self.month.month0() / 3 + 1;
        text.replace("{unit}", unit)
            .replace("{n}", &number)
            .replace("{quarter}", &quarter.to_string())
            .replace("{month}", &self.month.month().to_string())
            .replace("{year}", &self.month.year().to_string())
    }
}

pub(super) fn first_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

pub(super) fn next_month(month: NaiveDate) -> NaiveDate {
    month
        .checked_add_months(Months::new(1))
        .unwrap_or(NaiveDate::MAX)
}
