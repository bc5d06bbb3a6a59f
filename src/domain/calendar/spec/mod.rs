//! The written form of a calendar: what is stored, shipped as a file and edited by an officer.
//! Dates and hours are plain text here, so that every fault can be named with its place; `compile`
//! reads and checks them.

mod days;

use serde::{Deserialize, Serialize};

pub use days::{
    ExceptionKind, ExceptionSpec, FactStatus, HolidayKind, HolidayList, HolidaySpec, WorkedDaySpec,
};

/// A stretch of office hours, opening and closing as `HH:MM` on the local clock; the closing may be
/// `24:00`.
pub type Hours = [String; 2];

/// Office hours, holidays and dated exceptions of an office. Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// Short name for machines, `ben-tre`: lower-case letters, digits and hyphens.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub code: String,
    /// Name shown to people, in Vietnamese.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub name: String,
    /// Name shown to people, in English; the Vietnamese one if absent.
    #[serde(
        default,
        deserialize_with = "crate::domain::text::read",
        skip_serializing_if = "Option::is_none"
    )]
    pub name_en: Option<String>,
    /// Where the hours come from, or what in them is an assumption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// IANA name of the time zone, `Asia/Ho_Chi_Minh`.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub zone: String,
    /// Office hours by weekday.
    pub hours: WeekHours,
    /// Office hours that replace those above from a day on, each until the next one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later_hours: Vec<LaterHours>,
    /// Code of a shipped list of holidays on which the dates below are laid.
    #[serde(
        default,
        deserialize_with = "crate::domain::text::read",
        skip_serializing_if = "Option::is_none"
    )]
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

/// Office hours that begin on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LaterHours {
    /// First date on which they hold, `YYYY-MM-DD`.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub from: String,
    /// Office hours by weekday.
    pub hours: WeekHours,
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

    /// Those of a weekday, to be changed; 0 is Monday.
    pub fn day_mut(&mut self, weekday: usize) -> Option<&mut Vec<Hours>> {
        Some(match weekday {
            0 => &mut self.mon,
            1 => &mut self.tue,
            2 => &mut self.wed,
            3 => &mut self.thu,
            4 => &mut self.fri,
            5 => &mut self.sat,
            6 => &mut self.sun,
            _ => return None,
        })
    }
}
