//! When a plan and the versions of its rules take effect. A rule in force never changes within a
//! period that is running: a new version waits for the next one.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::domain::error::Invalid;
use crate::domain::period::{Period, PeriodKind};
use crate::domain::rule::RuleContent;
use crate::domain::text::local_date;

/// 1 January of a plan's year.
pub fn new_year(year: i32) -> NaiveDate {
    Period::first_of_year(PeriodKind::Year, year).first
}

/// The date from which a plan of `year` counts when it is put in force: the one asked for, else
/// today, but no earlier than its year begins.
///
/// # Errors
/// On `effective_from`: a date outside the year, or a year that is over.
pub fn in_force_from(
    year: i32,
    asked: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<NaiveDate, Invalid> {
    let date = asked.unwrap_or_else(|| today.max(new_year(year)));
    // rules never reach back into a year that is closed
    let fault = if today.year() > year {
        Invalid::new("effective_from", "plan_year_over")
    } else if date.year() == year {
        return Ok(date);
    } else {
        Invalid::new("effective_from", "plan_from_outside_year")
            .with("value", date.format("%d/%m/%Y"))
    };
    Err(fault.with("year", year))
}

/// The first period of a rule of a plan that is put in force today, to count from `from`: the first
/// one that begins on or after that day and has not ended yet.
pub fn first_in_force(kind: PeriodKind, year: i32, from: NaiveDate, today: NaiveDate) -> Period {
    let asked = if from == new_year(year) {
        // the first week of a year may begin in the year before
        Period::first_of_year(kind, year)
    } else {
        period_from(kind, from)
    };
    asked.max(Period::containing(kind, today))
}

/// The date from which a rule of a draft holds: all of them begin with the plan.
///
/// # Errors
/// On `effective_from`: any date asked for.
pub fn in_draft(year: i32, asked: Option<NaiveDate>) -> Result<NaiveDate, Invalid> {
    match asked {
        None => Ok(new_year(year)),
        Some(_) => Err(Invalid::new("effective_from", "rule_from_in_draft")),
    }
}

/// When rules of a plan in force begin or change.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The plan's year.
    pub year: i32,
    /// Since when the rule holds; for a new rule, since when the plan does.
    pub begins: NaiveDate,
    /// The instant at which it is asked for.
    pub now: DateTime<Utc>,
}

impl Timing {
    /// The date from which a rule holds that is added to a plan in force: its next period, or
    /// today for a rule with a fixed date; later if that is asked for.
    ///
    /// # Errors
    /// A date that is too early or beyond the plan's last period; a due instant that is past.
    pub fn added(
        &self,
        content: &RuleContent,
        asked: Option<NaiveDate>,
    ) -> Result<NaiveDate, Invalid> {
        let Some(kind) = content.period else {
            if content.due_at.is_some_and(|due| due <= self.now) {
                return Err(Invalid::new("content.due_at", "rule_due_at_past"));
            }
            let earliest = local_date(self.now).max(self.begins);
            return not_before(asked.unwrap_or(earliest), earliest);
        };
        let first = period_asked(self.earliest(kind), asked)?;
        Ok(self.within_year(first)?.first)
    }

    /// The first period of a new version of a rule in force. If a version is `planned` for a later
    /// date already, the new one begins with that version at the earliest.
    ///
    /// # Errors
    /// A date that is too early or beyond the plan's last period.
    pub fn next_version(
        &self,
        kind: PeriodKind,
        planned: Option<NaiveDate>,
        asked: Option<NaiveDate>,
    ) -> Result<Period, Invalid> {
        let earliest = self.earliest(kind);
        let planned = planned.map(|date| period_from(kind, date));
        let earliest = planned.map_or(earliest, |planned| planned.max(earliest));
        self.within_year(period_asked(earliest, asked)?)
    }

    /// The first period for which a rule that is removed now does not hold any more. A version
    /// that is planned for later is removed with it.
    ///
    /// # Errors
    /// A rule whose last period of the year is running.
    pub fn removed(&self, kind: PeriodKind) -> Result<Period, Invalid> {
        self.within_year(self.earliest(kind))
    }

    fn earliest(&self, kind: PeriodKind) -> Period {
        next_period(kind, self.begins, local_date(self.now))
    }

    fn within_year(&self, period: Period) -> Result<Period, Invalid> {
        if period.year() == self.year {
            return Ok(period);
        }
        Err(Invalid::new("effective_from", "rule_no_period_left")
            .with("value", period.first.format("%d/%m/%Y"))
            .with("year", self.year))
    }
}

/// The first period of a rule that has not begun yet: the one after the running one, or the plan's
/// first one where the plan begins later.
pub fn next_period(kind: PeriodKind, begins: NaiveDate, today: NaiveDate) -> Period {
    let first = Period::containing(kind, begins);
    if first.first > today {
        first
    } else {
        Period::containing(kind, today).next()
    }
}

/// The first period that begins on the date or later.
pub fn period_from(kind: PeriodKind, date: NaiveDate) -> Period {
    let period = Period::containing(kind, date);
    if period.first == date {
        period
    } else {
        period.next()
    }
}

fn period_asked(earliest: Period, asked: Option<NaiveDate>) -> Result<Period, Invalid> {
    match asked {
        None => Ok(earliest),
        Some(date) => Ok(period_from(
            earliest.kind,
            not_before(date, earliest.first)?,
        )),
    }
}

fn not_before(date: NaiveDate, earliest: NaiveDate) -> Result<NaiveDate, Invalid> {
    if date >= earliest {
        return Ok(date);
    }
    Err(Invalid::new("effective_from", "rule_too_early")
        .with("value", date.format("%d/%m/%Y"))
        .with("earliest", earliest.format("%d/%m/%Y")))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::text::local_midnight;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_plan_begins_with_the_first_period_from_its_date_that_has_not_ended() {
        let first = |kind, from, today| first_in_force(kind, 2026, date(from), date(today)).first;
        let put_in_april = |kind| first(kind, "2026-01-01", "2026-04-10");
        assert_eq!(put_in_april(PeriodKind::Month), date("2026-04-01"));
        assert_eq!(put_in_april(PeriodKind::Year), date("2026-01-01"));
        let from_tenth = |kind| first(kind, "2026-04-10", "2026-04-10");
        assert_eq!(from_tenth(PeriodKind::Month), date("2026-05-01"));
        assert_eq!(from_tenth(PeriodKind::Year), date("2027-01-01"));
        assert_eq!(
            first(PeriodKind::Week, "2026-01-01", "2025-12-20"),
            date("2025-12-29"),
            "the first ISO week"
        );
    }

    #[test]
    fn a_change_waits_for_the_next_period_or_for_the_beginning_of_the_plan() {
        let from = |kind, begins, today| next_period(kind, date(begins), date(today)).first;
        assert_eq!(
            from(PeriodKind::Month, "2026-01-01", "2026-11-20"),
            date("2026-12-01")
        );
        assert_eq!(
            from(PeriodKind::Quarter, "2026-01-01", "2026-12-31"),
            date("2027-01-01")
        );
        assert_eq!(
            from(PeriodKind::Month, "2027-01-01", "2026-11-20"),
            date("2027-01-01")
        );
        assert_eq!(
            from(PeriodKind::Month, "2026-12-10", "2026-11-30"),
            date("2026-12-01")
        );
        assert_eq!(
            from(PeriodKind::Month, "2026-12-10", "2026-12-01"),
            date("2027-01-01")
        );
        assert_eq!(
            period_from(PeriodKind::Month, date("2026-12-01")).first,
            date("2026-12-01")
        );
        assert_eq!(
            period_from(PeriodKind::Month, date("2026-12-02")).first,
            date("2027-01-01")
        );
    }

    fn kinds() -> impl Strategy<Value = PeriodKind> {
        use PeriodKind::{Day, HalfYear, Month, Quarter, Week, Year};
        prop::sample::select(vec![Day, Week, Month, Quarter, HalfYear, Year])
    }

    fn dates() -> impl Strategy<Value = NaiveDate> {
        (0..2_000_i64).prop_map(|days| date("2024-06-01") + TimeDelta::days(days))
    }

    proptest! {
        #[test]
        fn a_new_version_never_reaches_into_a_period_that_has_begun(
            (kind, begins, today) in (kinds(), dates(), dates()),
            planned in prop::option::of(dates()),
            asked in prop::option::of(dates()),
        ) {
            let timing = Timing { year: today.year(), begins, now: local_midnight(today) };
            let Ok(period) = timing.next_version(kind, planned, asked) else { return Ok(()) };
            prop_assert!(period.first > today);
            prop_assert_eq!(period.year(), timing.year);
            prop_assert!(planned.is_none_or(|planned| period.first >= planned));
            prop_assert!(asked.is_none_or(|asked| period.first >= asked));
            prop_assert_eq!(period, Period::containing(kind, period.first));
        }

        #[test]
        fn a_new_version_begins_as_early_as_it_may(
            (kind, begins, today) in (kinds(), dates(), dates()),
        ) {
            let first = next_period(kind, begins, today);
            let before = Period::containing(kind, first.first - TimeDelta::days(1));
            prop_assert!(before.first <= today || before.last < begins);
        }

        #[test]
        fn a_date_asked_for_is_kept_or_refused_with_the_earliest_one(
            (kind, begins, today, asked) in (kinds(), dates(), dates(), dates()),
        ) {
            let timing = Timing { year: asked.year(), begins, now: local_midnight(today) };
            match timing.next_version(kind, None, Some(asked)) {
                Ok(period) => prop_assert_eq!(period, period_from(kind, asked)),
                Err(fault) if fault.code == "rule_too_early" => {
                    prop_assert!(asked < next_period(kind, begins, today).first);
                }
                Err(fault) => {
                    prop_assert_eq!(fault.code, "rule_no_period_left");
                    prop_assert_ne!(period_from(kind, asked).year(), timing.year);
                }
            }
        }

        #[test]
        fn a_plan_counts_from_a_day_of_its_own_year(
            (today, asked) in (dates(), prop::option::of(dates())),
            year in 2024..2030,
        ) {
            match in_force_from(year, asked, today) {
                Ok(from) => {
                    prop_assert_eq!(from.year(), year);
                    prop_assert!(asked.map_or(from >= today, |asked| from == asked));
                }
                Err(fault) if fault.code == "plan_year_over" => prop_assert!(today.year() > year),
                Err(_) => prop_assert!(asked.is_some_and(|asked| asked.year() != year)),
            }
        }
    }
}
