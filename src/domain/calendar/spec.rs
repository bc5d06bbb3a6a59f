//! The written form of a calendar: what is stored, shipped as a file and edited by an officer.
//! Dates and hours are plain text here, so that every fault can be named with its place; `compile`
//! reads and checks them.

use serde::{Deserialize, Serialize};

/// A stretch of office hours, opening and closing as `HH:MM` on the local clock; the closing may be
/// `24:00`.
pub type Hours = [String; 2];

/// Office hours, holidays and dated exceptions of an office. Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// Short name for machines, `ben-tre`: lower-case letters, digits and hyphens.
    pub code: String,
    /// Name shown to people, in Vietnamese.
    pub name: String,
    /// Name shown to people, in English; the Vietnamese one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
    /// Where the hours come from, or what in them is an assumption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// IANA name of the time zone, `Asia/Ho_Chi_Minh`.
    pub zone: String,
    /// Office hours by weekday.
    pub hours: WeekHours,
    /// Code of a shipped list of holidays on which the dates below are laid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays_from: Option<String>,
    /// Days without office hours, in addition to `holidays_from`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<HolidaySpec>,
    /// Dates that follow neither the week nor the holidays; each replaces its whole day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<ExceptionSpec>,
    /// Years whose holidays are entered here, in addition to those of `holidays_from`; for other
    /// years results carry a warning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub years: Vec<i32>,
}

/// Office hours by weekday; a weekday left out or empty is a day off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WeekHours {
    /// Monday.
    #[schema(value_type = Vec<Vec<String>>)]
    pub mon: Vec<Hours>,
    /// Tuesday.
    #[schema(value_type = Vec<Vec<String>>)]
    pub tue: Vec<Hours>,
    /// Wednesday.
    #[schema(value_type = Vec<Vec<String>>)]
    pub wed: Vec<Hours>,
    /// Thursday.
    #[schema(value_type = Vec<Vec<String>>)]
    pub thu: Vec<Hours>,
    /// Friday.
    #[schema(value_type = Vec<Vec<String>>)]
    pub fri: Vec<Hours>,
    /// Saturday.
    #[schema(value_type = Vec<Vec<String>>)]
    pub sat: Vec<Hours>,
    /// Sunday.
    #[schema(value_type = Vec<Vec<String>>)]
    pub sun: Vec<Hours>,
}

impl WeekHours {
    /// The weekdays from Monday on, with their field names.
    pub fn days(&self) -> [(&'static str, &[Hours]); 7] {
        [
            ("mon", &self.mon),
            ("tue", &self.tue),
            ("wed", &self.wed),
            ("thu", &self.thu),
            ("fri", &self.fri),
            ("sat", &self.sat),
            ("sun", &self.sun),
        ]
    }
}

/// A named day without office hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidaySpec {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Name in Vietnamese; explanations show it.
    pub name: String,
    /// Name in English; the Vietnamese one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
    /// Why it is a day off.
    #[serde(default)]
    pub kind: HolidayKind,
    /// Whether the government has announced it.
    #[serde(default)]
    pub status: FactStatus,
    /// Document that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Why a holiday is a day off (Labour Code 45/2019/QH14, articles 111 and 112).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HolidayKind {
    /// One of the paid days of the year.
    #[default]
    Statutory,
    /// In lieu of a paid day that fell on a weekly rest day (nghỉ bù).
    Substitute,
    /// A day off in exchange for a worked Saturday (hoán đổi).
    SwapOff,
}

/// How sure a dated fact is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactStatus {
    /// A notice of the government covers it.
    #[default]
    Announced,
    /// It follows from the law; no notice has been seen. Results that touch its year carry a
    /// warning.
    Computed,
}

/// A dated exception: replaces the weekly hours and any holiday of its date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExceptionSpec {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// What happens on the day.
    pub kind: ExceptionKind,
    /// Name in Vietnamese; explanations show it.
    pub name: String,
    /// Name in English; the Vietnamese one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
    /// Office hours of the day; none for a day off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Vec<String>>)]
    pub hours: Vec<Hours>,
    /// For a worked day without `hours`: the date that it makes up for; it has the hours of that
    /// weekday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

/// What happens on an exceptional day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// Nobody works.
    DayOff,
    /// Worked although the week or a holiday says otherwise (làm bù).
    Worked,
    /// Worked with shortened hours.
    HalfDay,
}

/// Holidays and worked days that several calendars share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayList {
    /// Code by which `holidays_from` names it.
    pub code: String,
    /// Name in Vietnamese.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Years that the list covers.
    pub years: Vec<i32>,
    /// Days off.
    pub holidays: Vec<HolidaySpec>,
    /// Worked days, with the office hours of the weekday that each replaces.
    pub worked_days: Vec<WorkedDaySpec>,
}

/// A day worked in place of another (làm bù).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkedDaySpec {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// The day off that it makes up for, `YYYY-MM-DD`; it has the hours of that weekday.
    pub replaces: String,
    /// Name in Vietnamese.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Whether the government has announced it.
    #[serde(default)]
    pub status: FactStatus,
    /// Document that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}
