//! Which instants a form for more time offers.

use chrono::{DateTime, Utc};

use super::calendar::{Calendar, CutoffEdge};
use super::policy::Policy;

/// Three instants to choose from, none of them past: the next daily cut-off after it is due, the
/// one after that, and one a working week later. Fewer where the calendar ends.
pub fn offers(
    due: DateTime<Utc>,
    now: DateTime<Utc>,
    calendar: &Calendar,
    policy: &Policy,
) -> Vec<DateTime<Utc>> {
    let after = |at| {
        let edge = CutoffEdge::Exclusive;
        calendar.cutoff(at, policy.cutoff_time, policy.cutoff_days, edge)
    };
    let next = after(due.max(now));
    let second = next.and_then(after);
    let week = next.and_then(|at| calendar.working_days_after(at, 5));
    let all = [next, second, week.and_then(after)];
    let mut all: Vec<DateTime<Utc>> = all.into_iter().flatten().collect();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::shipped;
    use crate::domain::text::local_time;

    fn offered(due: &str, now: &str) -> Vec<String> {
        let calendar = Calendar::compile(&shipped::calendar("ben-tre").unwrap()).unwrap();
        let at = |text: &str| format!("{text}:00+07:00").parse::<DateTime<Utc>>().unwrap();
        let all = offers(at(due), at(now), &calendar, &Policy::default());
        all.into_iter().map(local_time).collect()
    }

    #[test]
    fn the_next_cutoffs_and_one_a_week_later() {
        assert_eq!(
            offered("2026-11-20T16:00", "2026-11-20T15:00"),
            ["16:00 23/11/2026", "16:00 25/11/2026", "16:00 01/12/2026"],
            "a weekend and a holiday lie between"
        );
        assert_eq!(
            offered("2026-12-01T00:00", "2026-11-20T15:00")[0],
            "16:00 01/12/2026",
            "the end of a month"
        );
        assert_eq!(
            offered("2026-11-16T16:00", "2026-11-20T15:00")[0],
            "16:00 20/11/2026",
            "long overdue"
        );
    }
}
