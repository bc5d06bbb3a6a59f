//! What is left of working time until a due instant, as people count it.

use chrono::{DateTime, Days, TimeDelta, Utc};
use serde::Serialize;

use super::calendar::Calendar;

/// How far ahead working time is counted; what is due later, people count in days of the calendar.
const AHEAD: TimeDelta = TimeDelta::days(31);

/// From so many minutes on, whole working days are counted.
const IN_DAYS: i64 = 16 * 60;

/// What is left of working time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkingLeft {
    /// So many minutes of office time: less than two days of eight hours.
    Minutes(i64),
    /// So many working days, today and the due day among them.
    Days(i64),
}

impl WorkingLeft {
    /// What is left at `now`; `None` if it is due, if it is due more than a month ahead, and if the
    /// office does not open before it is due.
    pub fn until(due: DateTime<Utc>, now: DateTime<Utc>, calendar: &Calendar) -> Option<Self> {
        if due <= now || due - now > AHEAD {
            return None;
        }
        match calendar.between(now, due).num_minutes() {
            ..=0 => None,
            minutes @ ..IN_DAYS => Some(Self::Minutes(minutes)),
            _ => Some(Self::Days(days(due, now, calendar))),
        }
    }
}

fn days(due: DateTime<Utc>, now: DateTime<Utc>, calendar: &Calendar) -> i64 {
    let (today, last) = (calendar.date_of(now), calendar.date_of_due(due));
    let today_counts = calendar.closing(today).is_some_and(|close| now < close);
    let later = std::iter::successors(today.succ_opt(), |date| date.succ_opt());
    let later = later
        .take_while(|date| *date <= last && *date <= today + Days::new(32))
        .filter(|date| calendar.is_working_date(*date));
    i64::try_from(later.count()).unwrap_or(0) + i64::from(today_counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::shipped;

    fn left(now: &str, due: &str) -> Option<WorkingLeft> {
        let calendar = Calendar::compile(&shipped::calendar("ben-tre").unwrap()).unwrap();
        let at = |text: &str| format!("{text}:00+07:00").parse::<DateTime<Utc>>().unwrap();
        WorkingLeft::until(at(due), at(now), &calendar)
    }

    #[test]
    fn hours_first_and_days_from_two_days_on() {
        let minutes = |hours: i64| Some(WorkingLeft::Minutes(hours * 60));
        let days = |days| Some(WorkingLeft::Days(days));
        // Friday, a weekend, Monday, a holiday, Wednesday
        assert_eq!(left("2026-11-20T15:00", "2026-11-25T09:00"), minutes(12));
        assert_eq!(
            left("2026-11-20T15:00", "2026-11-20T15:40"),
            Some(WorkingLeft::Minutes(40))
        );
        assert_eq!(left("2026-11-20T18:00", "2026-11-30T00:00"), days(4));
        assert_eq!(left("2026-11-20T15:00", "2026-12-01T00:00"), days(6));
        assert_eq!(
            left("2026-11-28T08:00", "2026-11-30T00:00"),
            None,
            "a weekend"
        );
        assert_eq!(left("2026-11-20T15:00", "2026-11-20T15:00"), None);
        assert_eq!(
            left("2026-11-20T15:00", "2027-01-01T00:00"),
            None,
            "far ahead"
        );
    }
}
