//! Which units are scored together, and the year in which they are.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text::{local_midnight, local_time};
use crate::domain::unit::Category;

/// Units that are scored and ranked together: those of a category in a federation, in a year.
/// Schemes and rounds belong to such a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreGroup {
    /// The federation.
    pub unit_id: UnitId,
    /// The year.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub year: i32,
    /// The category of the units.
    pub category: Category,
}

/// A unit in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitYear {
    /// The unit.
    pub unit_id: UnitId,
    /// The year.
    pub year: i32,
}

/// A calendar year in the users' time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreYear {
    /// 1 January.
    pub first_day: NaiveDate,
    /// 31 December.
    pub last_day: NaiveDate,
    /// The first instant of the year.
    pub begin: DateTime<Utc>,
    /// The first instant of the next year.
    pub end: DateTime<Utc>,
}

impl ScoreYear {
    /// The year with that number; `None` outside the years of the calendar.
    pub fn of(year: i32) -> Option<Self> {
        let first_day = NaiveDate::from_ymd_opt(year, 1, 1)?;
        let next = NaiveDate::from_ymd_opt(year.checked_add(1)?, 1, 1)?;
        Some(Self {
            first_day,
            last_day: next.pred_opt()?,
            begin: local_midnight(first_day),
            end: local_midnight(next),
        })
    }

    /// Whether an instant lies in it.
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        self.begin <= at && at < self.end
    }

    /// The end of a half-year (1 = January to June, 2 = the whole year), if it is over by `now`.
    ///
    /// # Errors
    /// A half-year other than 1 and 2, or one that is not over.
    pub fn end_of_half(&self, half: u8, now: DateTime<Utc>) -> Result<DateTime<Utc>, Invalid> {
        let july = self.first_day.checked_add_months(chrono::Months::new(6));
        let end = match half {
            1 => july.map(local_midnight),
            2 => Some(self.end),
            _ => None,
        };
        let end = end.ok_or_else(|| {
            Invalid::new("half", "number_range")
                .with("value", half)
                .with("from", 1)
                .with("to", 2)
        })?;
        if now < end {
            return Err(Invalid::new("half", "score_half_runs").with("end", local_time(end)));
        }
        Ok(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_year_ends_at_local_midnight_and_is_not_released_before() {
        let year = ScoreYear::of(2026).unwrap();
        let july: DateTime<Utc> = "2026-07-01T00:00:00+07:00".parse().unwrap();
        assert_eq!(year.end_of_half(1, july), Ok(july));
        assert_eq!(year.end_of_half(2, year.end), Ok(year.end));
        let code = |half, now| year.end_of_half(half, now).unwrap_err().code;
        assert_eq!(
            code(1, july - chrono::TimeDelta::seconds(1)),
            "score_half_runs"
        );
        assert_eq!(code(2, july), "score_half_runs");
        assert_eq!(code(3, year.end), "number_range");
        assert_eq!(ScoreYear::of(i32::MAX), None);
    }
}
