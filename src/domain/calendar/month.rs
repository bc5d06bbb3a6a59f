//! A month of a calendar as people look at it: what each date is, and its office hours.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Days, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Calendar;
use super::days::{Closed, Special};
use super::spec::Hours;
use crate::domain::years;

crate::text_enum! {
    /// What a date is on a calendar.
    pub enum DayKind {
        /// A day of the working week.
        Working,
        /// Worked although the week says otherwise (làm bù).
        Worked,
        /// Worked, with hours of its own.
        OwnHours,
        /// Saturday or Sunday.
        Weekend,
        /// Another weekday without office hours.
        WeeklyRest,
        /// A holiday.
        Holiday,
        /// A day off by exception.
        DayOff,
    }
}

/// A date of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MonthDay {
    /// The date.
    pub date: NaiveDate,
    /// Whether it belongs to the month; the first and the last week show days beside it.
    pub in_month: bool,
    /// What it is.
    pub kind: DayKind,
    /// What it is called, in Vietnamese.
    pub name: Option<String>,
    /// What it is called, in English.
    pub name_en: Option<String>,
    /// Its office hours, `["07:00", "11:00"]` each.
    #[schema(value_type = Vec<Vec<String>>)]
    pub hours: Vec<Hours>,
}

impl MonthDay {
    /// What it is called, in a locale.
    pub fn shown_name(&self, locale: &str) -> Option<&str> {
        match locale {
            "en" => self.name_en.as_deref(),
            _ => self.name.as_deref(),
        }
    }
}

impl DayKind {
    /// Whether nobody works.
    pub const fn is_off(self) -> bool {
        !matches!(self, Self::Working | Self::Worked | Self::OwnHours)
    }

    /// Whether it is a day off that has a name.
    pub const fn is_named_off(self) -> bool {
        matches!(self, Self::Holiday | Self::DayOff)
    }
}

/// A month of a year, written `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct YearMonth(NaiveDate);

impl YearMonth {
    /// The month of a date.
    pub fn of(date: NaiveDate) -> Self {
        Self(date.with_day(1).unwrap_or(date))
    }

    /// Its first date.
    pub const fn first(self) -> NaiveDate {
        self.0
    }

    /// The month before; the same one where there is none.
    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.checked_sub_months(Months::new(1)).unwrap_or(self.0))
    }

    /// The month after; the same one where there is none.
    #[must_use]
    pub fn after(self) -> Self {
        Self(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0))
    }

    /// Whole weeks from Monday on that show all of it.
    pub fn weeks(self) -> Vec<Vec<NaiveDate>> {
        let back = u64::from(self.0.weekday().num_days_from_monday());
        let monday = self.0.checked_sub_days(Days::new(back)).unwrap_or(self.0);
        let mondays = std::iter::successors(Some(monday), |day| day.checked_add_days(Days::new(7)));
        mondays
            .take_while(|day| Self::of(*day) <= self)
            .map(|monday| monday.iter_days().take(7).collect())
            .collect()
    }
}

impl fmt::Display for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

/// A text that is no month of a year that can be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a month like 2026-11")]
pub struct NoMonth;

impl FromStr for YearMonth {
    type Err = NoMonth;

    fn from_str(text: &str) -> Result<Self, NoMonth> {
        let date = (text.len() == 7).then(|| format!("{text}-01").parse().ok());
        let date = date.flatten().ok_or(NoMonth)?;
        years::check("", date).map_err(|_| NoMonth)?;
        Ok(Self(date))
    }
}

impl Serialize for YearMonth {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for YearMonth {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl Calendar {
    /// A month in weeks from Monday on.
    pub fn month(&self, month: YearMonth) -> Vec<Vec<MonthDay>> {
        let day = |date| self.month_day(date, month);
        let week = |week: Vec<NaiveDate>| week.into_iter().map(day).collect();
        month.weeks().into_iter().map(week).collect()
    }

    fn month_day(&self, date: NaiveDate, month: YearMonth) -> MonthDay {
        let days = &self.0.days;
        let (kind, name) = match days.special.get(&date) {
            Some(Special::Hours(name, _)) if days.weeks.hours(date, date).is_empty() => {
                (DayKind::Worked, Some(name))
            }
            Some(Special::Hours(name, _)) => (DayKind::OwnHours, Some(name)),
            None if !days.minutes(date).is_empty() => (DayKind::Working, None),
            _ => match days.off(date) {
                Closed::Weekend => (DayKind::Weekend, None),
                Closed::WeeklyRest => (DayKind::WeeklyRest, None),
                Closed::Holiday(name) => (DayKind::Holiday, Some(name)),
                Closed::DayOff(name) => (DayKind::DayOff, Some(name)),
            },
        };
        MonthDay {
            date,
            in_month: YearMonth::of(date) == month,
            kind,
            name: name.map(|name| name.vi.clone()),
            name_en: name.map(|name| name.en.clone()),
            hours: self.hours(date),
        }
    }

    /// What a date is.
    pub fn day(&self, date: NaiveDate) -> MonthDay {
        self.month_day(date, YearMonth::of(date))
    }

    /// The office hours of a date as they are written.
    pub fn hours(&self, date: NaiveDate) -> Vec<Hours> {
        let written = |(open, close): &(u32, u32)| [clock(*open), clock(*close)];
        self.0.days.minutes(date).iter().map(written).collect()
    }

    /// The office hours of the weeks that hold on a date, from Monday on.
    pub fn week_on(&self, date: NaiveDate) -> Vec<Vec<Hours>> {
        let written = |(open, close): &(u32, u32)| [clock(*open), clock(*close)];
        let week = self.0.days.weeks.on(date).iter();
        week.map(|hours| hours.iter().map(written).collect())
            .collect()
    }

    /// The years whose holidays are entered.
    pub fn covered_years(&self) -> &BTreeSet<i32> {
        &self.0.covered
    }

    /// The years of which some holidays follow from the law only.
    pub fn computed_years(&self) -> &BTreeSet<i32> {
        &self.0.computed
    }
}

/// `07:30` of minutes after midnight.
fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::shipped;
    use super::*;

    fn ben_tre() -> Calendar {
        Calendar::compile(&shipped::calendar("ben-tre").unwrap()).unwrap()
    }

    #[test]
    fn a_month_is_shown_in_whole_weeks() {
        let month: YearMonth = "2026-11".parse().unwrap();
        let weeks = ben_tre().month(month);
        let ends: Vec<String> = weeks
            .iter()
            .map(|week| format!("{} {}", week[0].date, week[6].date))
            .collect();
        let expected = [
            "2026-10-26 2026-11-01",
            "2026-11-02 2026-11-08",
            "2026-11-09 2026-11-15",
            "2026-11-16 2026-11-22",
            "2026-11-23 2026-11-29",
            "2026-11-30 2026-12-06",
        ];
        assert_eq!(ends, expected);
        let holiday = &weeks[4][1];
        assert_eq!((holiday.date.day(), holiday.kind), (24, DayKind::Holiday));
        assert!(holiday.hours.is_empty() && holiday.name.is_some());
        let friday = &weeks[3][4];
        assert_eq!(friday.kind, DayKind::Working);
        assert_eq!(friday.hours, [["07:00", "11:00"], ["13:00", "17:00"]]);
        assert_eq!(weeks[3][5].kind, DayKind::Weekend);
    }

    #[test]
    fn only_months_that_can_be_meant_are_read() {
        for bad in ["2026-13", "2026-1", "26-11", "2026-11-01", "1999-12", ""] {
            assert!(bad.parse::<YearMonth>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_day_of_a_month_is_in_its_weeks_once(year in 2000..2100_i32, month in 1..=12_u32) {
            let month = YearMonth::of(NaiveDate::from_ymd_opt(year, month, 1).unwrap());
            let all: Vec<NaiveDate> = month.weeks().concat();
            prop_assert_eq!(all.len() % 7, 0);
            prop_assert!(all.iter().zip(all.iter().skip(1)).all(|(a, b)| a.succ_opt() == Some(*b)));
            let own = all.iter().filter(|day| YearMonth::of(**day) == month).count();
            prop_assert_eq!(own as i64, (month.after().first() - month.first()).num_days());
            prop_assert_eq!(month.after().before(), month);
        }
    }
}
