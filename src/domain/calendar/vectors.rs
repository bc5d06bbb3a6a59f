//! Worked cases of working time in a file (`tests/data/working-time-vectors.json`): a calendar, a
//! question, the expected answer. Anybody who doubts a due instant can write one down and have it
//! checked.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta};
use serde::Deserialize;

use super::{
    Calendar, CalendarError, CalendarSpec, CutoffDays, CutoffEdge, ExceptionKind, ExceptionSpec,
};
use super::{Explanation, HolidayKind, HolidaySpec, Hours, WeekHours};
use crate::domain::error::Invalid;

/// A file of worked cases.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorFile {
    /// What the cases are about.
    #[serde(default)]
    pub title: String,
    /// The conventions by which the answers were found, in words.
    #[serde(default)]
    pub conventions: serde_json::Map<String, serde_json::Value>,
    /// The cases, in the order in which they are checked.
    pub cases: Vec<Case>,
}

/// One worked case.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// Its name in reports.
    pub id: String,
    /// What it is about.
    #[serde(default)]
    pub note: String,
    /// The calendar it is counted on.
    pub calendar: VectorCalendar,
    /// The question and its answer.
    #[serde(flatten)]
    pub question: Question,
}

/// A calendar as the cases write it: no names, no shared list of holidays.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorCalendar {
    /// Its code.
    pub id: String,
    /// IANA name of its zone.
    pub tz: String,
    /// Office hours by weekday.
    pub weekly_hours: WeekHours,
    /// Dates without office hours, `YYYY-MM-DD`.
    #[serde(default)]
    pub holidays: Vec<String>,
    /// Dates with hours of their own, which replace everything on their date.
    #[serde(default)]
    pub extra_working_days: Vec<VectorDay>,
}

/// A date with hours of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorDay {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Its office hours; none make it a day off.
    pub hours: Vec<Hours>,
}

/// A question with its expected answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Question {
    /// When is so much office time after `start` used up?
    AddWorkingMinutes {
        /// From when.
        start: DateTime<FixedOffset>,
        /// How much, in minutes.
        add_working_minutes: i64,
        /// The answer.
        expected_due: DateTime<FixedOffset>,
    },
    /// How much office time lies in `[start, end)`?
    ElapsedWorkingMinutes {
        /// From when.
        start: DateTime<FixedOffset>,
        /// Until when.
        end: DateTime<FixedOffset>,
        /// The answer in whole minutes, rounded down.
        expected_working_minutes: i64,
    },
    /// Does it still belong to the day, and to which day does it belong?
    BeforeCutoff {
        /// When it falls.
        at: DateTime<FixedOffset>,
        /// The cut-off, `HH:MM` on the local clock.
        cutoff: String,
        /// Whether the cut-off itself still belongs to the day.
        inclusive: bool,
        /// Whether it belongs to its own date.
        expected_before_cutoff: bool,
        /// The date it belongs to.
        expected_effective_date: NaiveDate,
    },
}

/// A case that came out otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The answer written in the case.
    pub expected: String,
    /// Our answer.
    pub got: String,
    /// Ours with its reasons, in the locale asked for; empty where there is none.
    pub explanation: String,
}

impl VectorCalendar {
    /// The same calendar in our own written form.
    pub fn to_spec(&self) -> CalendarSpec {
        let holiday = |date: &String| HolidaySpec {
            date: date.clone(),
            name: "Ngày nghỉ lễ".to_owned(),
            name_en: Some("Holiday".to_owned()),
            kind: HolidayKind::default(),
            status: super::FactStatus::default(),
            source: None,
        };
        let exception = |day: &VectorDay| ExceptionSpec {
            date: day.date.clone(),
            kind: if day.hours.is_empty() {
                ExceptionKind::DayOff
            } else {
                ExceptionKind::Worked
            },
            name: "Ngày có giờ riêng".to_owned(),
            name_en: Some("Day with hours of its own".to_owned()),
            hours: day.hours.clone(),
            replaces: None,
        };
        CalendarSpec {
            code: self.id.clone(),
            name: self.id.clone(),
            name_en: None,
            note: None,
            zone: self.tz.clone(),
            hours: self.weekly_hours.clone(),
            later_hours: Vec::new(),
            holidays_from: None,
            holidays: self.holidays.iter().map(holiday).collect(),
            exceptions: self.extra_working_days.iter().map(exception).collect(),
            years: Vec::new(),
        }
    }
}

impl Case {
    /// Whether our answer is the expected one; the difference, if not.
    ///
    /// # Errors
    /// Every fault of the case itself: a calendar that does not compile, a time that does not
    /// exist.
    pub fn check(&self, locale: &str) -> Result<Option<Difference>, Vec<Invalid>> {
        let faulty = |faults: Vec<Invalid>| {
            faults
                .into_iter()
                .map(|fault| fault.within("calendar"))
                .collect::<Vec<_>>()
        };
        let calendar = Calendar::compile(&self.calendar.to_spec()).map_err(faulty)?;
        let (expected, (got, explanation)) = self.question.answers(&calendar, locale)?;
        Ok((expected != got).then_some(Difference {
            expected,
            got,
            explanation,
        }))
    }
}

impl Question {
    /// The expected answer, and ours with its reasons.
    fn answers(
        &self,
        calendar: &Calendar,
        locale: &str,
    ) -> Result<(String, (String, String)), Vec<Invalid>> {
        match self {
            Self::AddWorkingMinutes {
                start,
                add_working_minutes,
                expected_due,
            } => {
                let out_of_range = || CalendarError::OutOfRange.at_field("add_working_minutes");
                let work = TimeDelta::try_minutes(*add_working_minutes);
                let work = work.ok_or_else(|| vec![out_of_range()])?;
                let answer = calendar.explain_add(start.to_utc(), work);
                Ok((local(calendar, *expected_due), due_shown(answer, locale)))
            }
            Self::ElapsedWorkingMinutes {
                start,
                end,
                expected_working_minutes,
            } => {
                let got = calendar.between(start.to_utc(), end.to_utc()).num_minutes();
                let got = (got.to_string(), String::new());
                Ok((expected_working_minutes.to_string(), got))
            }
            Self::BeforeCutoff {
                at,
                cutoff,
                inclusive,
                expected_before_cutoff,
                expected_effective_date,
            } => {
                let time = NaiveTime::parse_from_str(cutoff, "%H:%M");
                let time = time.map_err(|_| vec![impossible_time(cutoff)])?;
                let edge = CutoffEdge::of(*inclusive);
                let answer = calendar.explain_cutoff(at.to_utc(), time, CutoffDays::Working, edge);
                let expected = format!("{expected_effective_date} {expected_before_cutoff}");
                Ok((expected, cutoff_shown(calendar, answer, locale)))
            }
        }
    }
}

fn impossible_time(value: &str) -> Invalid {
    Invalid::new("cutoff", "calendar_impossible_time").with("value", value.escape_debug())
}

/// An instant on the calendar's own clock, so that two spellings of one instant look alike.
fn local(calendar: &Calendar, at: DateTime<impl chrono::TimeZone>) -> String {
    at.with_timezone(&calendar.zone())
        .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false)
}

fn due_shown(answer: Result<Explanation, CalendarError>, locale: &str) -> (String, String) {
    match answer {
        Ok(answer) => (
            answer.due.with_timezone(&answer.zone).to_rfc3339(),
            answer.to_text(locale),
        ),
        Err(error) => (error.to_string(), String::new()),
    }
}

/// The date that it belongs to, and whether that is its own.
fn cutoff_shown(
    calendar: &Calendar,
    answer: Result<Explanation, CalendarError>,
    locale: &str,
) -> (String, String) {
    match answer {
        Ok(answer) => {
            let (own, date) = (calendar.date_of(answer.from), calendar.date_of(answer.due));
            (format!("{date} {}", own == date), answer.to_text(locale))
        }
        Err(error) => (error.to_string(), String::new()),
    }
}
