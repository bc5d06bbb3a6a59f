//! Single days of a calendar: holidays, and exceptions from the working week.

use serde::{Deserialize, Serialize};

use super::Hours;

/// A named day without office hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidaySpec {
    /// `YYYY-MM-DD`.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub date: String,
    /// Name in Vietnamese; explanations show it.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub name: String,
    /// Name in English; the Vietnamese one if absent.
    #[serde(
        default,
        deserialize_with = "crate::domain::text::read",
        skip_serializing_if = "Option::is_none"
    )]
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
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub date: String,
    /// What happens on the day.
    pub kind: ExceptionKind,
    /// Name in Vietnamese; explanations show it.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub name: String,
    /// Name in English; the Vietnamese one if absent.
    #[serde(
        default,
        deserialize_with = "crate::domain::text::read",
        skip_serializing_if = "Option::is_none"
    )]
    pub name_en: Option<String>,
    /// Office hours of the day; none for a day off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Vec<String>>)]
    pub hours: Vec<Hours>,
    /// For a worked day without `hours`: the date that it makes up for; it has the hours of that
    /// weekday.
    #[serde(
        default,
        deserialize_with = "crate::domain::text::read",
        skip_serializing_if = "Option::is_none"
    )]
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
