//! Periods of quotas and reports: days, weeks, months, quarters, half-years, years, as ranges of
//! local dates.

use chrono::{Datelike, Days, NaiveDate};

use super::error::Invalid;
use super::text::clean;
use super::years;

crate::text_enum! {
    /// How long a period is.
    #[derive(PartialOrd, Ord)]
    pub enum PeriodKind {
        /// A calendar day.
        Day,
        /// Monday to Sunday (ISO 8601); it belongs to the year that holds its Thursday.
        Week,
        /// A calendar month.
        Month,
        /// Three months from January, April, July or October.
        Quarter,
        /// January to June or July to December.
        HalfYear,
        /// A calendar year.
        Year,
    }
}

impl PeriodKind {
    const fn months(self) -> u32 {
        match self {
            Self::Day | Self::Week => 0,
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        }
    }
}

/// A period: its local dates from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    /// How long it is.
    pub kind: PeriodKind,
    /// Its first date.
    pub first: NaiveDate,
    /// Its last date.
    pub last: NaiveDate,
}

impl Period {
    /// The period of that kind in which the date lies.
    pub fn containing(kind: PeriodKind, date: NaiveDate) -> Self {
        let (first, last) = match kind {
            PeriodKind::Day => (date, date),
            PeriodKind::Week => {
                let monday = back(date, date.weekday().num_days_from_monday());
                (monday, ahead(monday, 6))
            }
            PeriodKind::Month | PeriodKind::Quarter | PeriodKind::HalfYear | PeriodKind::Year => {
                let months = kind.months();
                let month = date.month0() / months * months;
                let first = month_start(date.year(), month);
                (first, back(month_start(date.year(), month + months), 1))
            }
        };
        Self { kind, first, last }
    }

    /// The period that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self::containing(self.kind, ahead(self.last, 1))
    }

    /// The period before.
    #[must_use]
    pub fn before(self) -> Self {
        Self::containing(self.kind, back(self.first, 1))
    }

    /// The plan year that it belongs to.
    pub fn year(self) -> i32 {
        match self.kind {
            PeriodKind::Week => self.first.iso_week().year(),
            _ => self.first.year(),
        }
    }

    /// The first period of that kind in a plan year.
    pub fn first_of_year(kind: PeriodKind, year: i32) -> Self {
        let date = match kind {
            // 4 January always lies in the first ISO week
            PeriodKind::Week => ahead(month_start(year, 0), 3),
            _ => month_start(year, 0),
        };
        Self::containing(kind, date)
    }

    /// How many calendar days it has.
    pub fn days(self) -> u32 {
        days_between(self.first, self.last)
    }

    /// How many of its days lie in `[from, to]`, both ends included; an absent end is open.
    pub fn days_within(self, from: Option<NaiveDate>, to: Option<NaiveDate>) -> u32 {
        let first = from.map_or(self.first, |from| from.max(self.first));
        let last = to.map_or(self.last, |to| to.min(self.last));
        days_between(first, last)
    }

    /// Its key: sorts by time within its kind and never changes.
    pub fn key(self) -> String {
        let (year, month) = (self.year(), self.first.month0());
        match self.kind {
            PeriodKind::Day => self.first.format("%Y-%m-%d").to_string(),
            PeriodKind::Week => format!("{year}-W{:02}", self.first.iso_week().week()),
            PeriodKind::Month => format!("{year}-M{:02}", month + 1),
            PeriodKind::Quarter => format!("{year}-Q{}", month / 3 + 1),
            PeriodKind::HalfYear => format!("{year}-H{}", month / 6 + 1),
            PeriodKind::Year => format!("{year}"),
        }
    }

    /// The period with that key.
    pub fn of_key(key: &str) -> Option<Self> {
        let year: i32 = key.get(..4)?.parse().ok()?;
        if let Ok(date) = key.parse() {
            return Some(Self::containing(PeriodKind::Day, date));
        }
        let kind = match key.as_bytes().get(5) {
            None => PeriodKind::Year,
            Some(b'W') => PeriodKind::Week,
            Some(b'M') => PeriodKind::Month,
            Some(b'Q') => PeriodKind::Quarter,
            Some(b'H') => PeriodKind::HalfYear,
            Some(_) => return None,
        };
        let mut period = Self::first_of_year(kind, year);
        while period.year() == year {
            if period.key() == key {
                return Some(period);
            }
            period = period.next();
        }
        None
    }

    /// Its name for people, in the given locale (`vi` or `en`).
    pub fn label(self, locale: &str) -> String {
        let (year, month) = (self.year(), self.first.month0());
        let week = self.first.iso_week().week();
        let day = self.first.format("%d/%m/%Y");
        let vi = locale != "en";
        match self.kind {
            PeriodKind::Day if vi => format!("ngày {day}"),
            PeriodKind::Day => format!("day {day}"),
            PeriodKind::Week if vi => {
                format!(
                    "tuần {week} ({} - {})",
                    self.first.format("%d/%m"),
                    self.last.format("%d/%m/%Y")
                )
            }
            PeriodKind::Week => {
                format!(
                    "week {week} ({} - {})",
                    self.first.format("%d/%m"),
                    self.last.format("%d/%m/%Y")
                )
            }
            PeriodKind::Month if vi => format!("tháng {}/{year}", month + 1),
            PeriodKind::Month => format!("month {}/{year}", month + 1),
            PeriodKind::Quarter if vi => format!("quý {}/{year}", month / 3 + 1),
            PeriodKind::Quarter => format!("quarter {}/{year}", month / 3 + 1),
            PeriodKind::HalfYear if vi => {
                format!(
                    "6 tháng {} năm {year}",
                    if month == 0 { "đầu" } else { "cuối" }
                )
            }
            PeriodKind::HalfYear => format!(
                "{} half of {year}",
                if month == 0 { "first" } else { "second" }
            ),
            PeriodKind::Year if vi => format!("năm {year}"),
            PeriodKind::Year => format!("year {year}"),
        }
    }
}

/// The month that a text from outside names: `2026-11`, `11/2026` or the key `2026-M11`.
///
/// # Errors
/// `month` on `field`; what is said of a year that nobody can mean.
pub fn month(field: &'static str, text: &str) -> Result<Period, Invalid> {
    let cleaned = clean(text);
    let parts = cleaned.split_once(['-', '/']);
    let parts = parts.map(|(first, last)| match first.len() {
        4 => (first, last.trim_start_matches('M')),
        _ => (last, first),
    });
    let number = |text: &str| text.parse::<i32>().ok();
    let found = parts.and_then(|(year, month)| Some((number(year)?, number(month)?)));
    let fault = || {
        let shown: String = cleaned.chars().take(40).collect();
        Invalid::new(field, "month").with("value", shown)
    };
    let (year, month) = found.ok_or_else(fault)?;
    years::check(field, year)?;
    let month = u32::try_from(month)
        .ok()
        .filter(|month| (1..=12).contains(month));
    let month = month.ok_or_else(fault)?;
    Ok(Period::containing(
        PeriodKind::Month,
        month_start(year, month - 1),
    ))
}

fn days_between(first: NaiveDate, last: NaiveDate) -> u32 {
    u32::try_from((last - first).num_days() + 1).unwrap_or(0)
}

fn month_start(year: i32, month0: u32) -> NaiveDate {
    let (year, month0) = if month0 >= 12 {
        (year + 1, month0 - 12)
    } else {
        (year, month0)
    };
    NaiveDate::from_ymd_opt(year, month0 + 1, 1).unwrap_or_default()
}

fn ahead(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_add_days(Days::new(days.into()))
        .unwrap_or(date)
}

fn back(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_sub_days(Days::new(days.into()))
        .unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    const KINDS: [PeriodKind; 6] = [
        PeriodKind::Day,
        PeriodKind::Week,
        PeriodKind::Month,
        PeriodKind::Quarter,
        PeriodKind::HalfYear,
        PeriodKind::Year,
    ];

    #[test]
    fn a_month_is_named_as_people_and_programs_do() {
        for named in ["2026-11", "11/2026", " 11/2026 ", "2026-M11"] {
            assert_eq!(month("month", named).map(Period::key).unwrap(), "2026-M11");
        }
        for (wrong, code) in [
            ("2026", "month"),
            ("13/2026", "month"),
            ("", "month"),
            ("1/20260", "number_range"),
        ] {
            assert_eq!(month("month", wrong).unwrap_err().code, code, "{wrong}");
        }
    }

    #[test]
    fn a_date_lies_in_the_period_that_people_would_name() {
        let keys = |text| KINDS.map(|kind| Period::containing(kind, date(text)).key());
        assert_eq!(
            keys("2026-11-20"),
            [
                "2026-11-20",
                "2026-W47",
                "2026-M11",
                "2026-Q4",
                "2026-H2",
                "2026"
            ]
        );
        assert_eq!(
            keys("2027-01-02"),
            [
                "2027-01-02",
                "2026-W53",
                "2027-M01",
                "2027-Q1",
                "2027-H1",
                "2027"
            ]
        );
        let february = Period::containing(PeriodKind::Month, date("2028-02-10"));
        assert_eq!((february.last, february.days()), (date("2028-02-29"), 29));
        let second_half = Period::containing(PeriodKind::HalfYear, date("2026-08-01"));
        assert_eq!(
            (second_half.first, second_half.last),
            (date("2026-07-01"), date("2026-12-31"))
        );
    }

    #[test]
    fn weeks_of_a_year_start_with_the_one_that_holds_its_first_thursday() {
        assert_eq!(
            Period::first_of_year(PeriodKind::Week, 2026).first,
            date("2025-12-29")
        );
        assert_eq!(
            Period::first_of_year(PeriodKind::Week, 2027).first,
            date("2027-01-04")
        );
    }

    proptest! {
        #[test]
        fn periods_follow_each_other_without_gap_and_hold_their_dates(days in 0_u64..40_000, kind in 0_usize..6) {
            let kind = KINDS[kind];
            let date = date("1990-01-01") + Days::new(days);
            let period = Period::containing(kind, date);
            prop_assert!(period.first <= date && date <= period.last);
            prop_assert_eq!(Period::containing(kind, period.first), period);
            prop_assert_eq!(Period::containing(kind, period.last), period);
            prop_assert_eq!(period.next().first, period.last.succ_opt().unwrap());
            prop_assert!(period.key() < period.next().key());
            prop_assert_eq!(Period::first_of_year(kind, period.year()).year(), period.year());
        }
    }
}
