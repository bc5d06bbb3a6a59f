//! When the news of an event is due. The two promises of the product are decided here:
//!
//! - news of a topical event is due at the daily cut-off, 16:00 ([`topical`]);
//! - news of any other event is due within 12 working hours ([`ordinary`]).
//!
//! The answer to a question is due within 24 hours of the clock ([`answer`]). What comes late is
//! taken until it is [`missed_for_good`]. The numbers are fields of the [`Policy`].

use chrono::{DateTime, TimeDelta, Utc};

use super::calendar::{Calendar, CalendarError, Explanation};
use super::event::When;
use super::obligation::{Note, ObligationKind};
use super::policy::{BothRule, CountedFrom, Policy};

/// What an event asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTerms {
    /// When it takes place.
    pub when: When,
    /// Whether its news is due within working hours.
    pub ordinary: bool,
    /// Whether its news is due at the daily cut-off.
    pub topical: bool,
    /// Whether it is a member's question, which asks for an answer.
    pub question: bool,
}

/// A deadline that an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// What is owed: `event`, `cutoff` or `answer`.
    pub kind: ObligationKind,
    /// When it is due, and why.
    pub due: Explanation,
    /// What else there is to say about it.
    pub note: Option<Note>,
}

impl Deadline {
    const fn new(kind: ObligationKind, due: Explanation) -> Self {
        Self {
            kind,
            due,
            note: None,
        }
    }
}

/// The deadlines of an event under a policy.
///
/// # Errors
/// If the calendar has no opening for years.
pub fn of_event(
    event: &EventTerms,
    policy: &Policy,
    calendar: &Calendar,
) -> Result<Vec<Deadline>, CalendarError> {
    // an event known only by its dates starts and ends with the office hours of those days
    let (starts_at, ends_at) = event.when.span(calendar);
    let from = match policy.counted_from {
        CountedFrom::EventEnd => ends_at,
        CountedFrom::EventStart => starts_at,
    };
    let mut all = Vec::new();
    match (event.topical, event.ordinary, policy.both) {
        (true, true, BothRule::Earliest) => all.push(earliest(
            ordinary(from, policy, calendar)?,
            topical(from, policy, calendar)?,
        )),
        (_, true, _) => all.push(ordinary(from, policy, calendar)?),
        (true, false, _) => all.push(topical(from, policy, calendar)?),
        (false, false, _) => {}
    }
    if event.question {
        all.push(answer(starts_at, policy, calendar)?);
    }
    Ok(all)
}

/// News of an ordinary event: 12 working hours (`event_hours`) after it.
///
/// # Errors
/// If the calendar has no opening for years.
pub fn ordinary(
    from: DateTime<Utc>,
    policy: &Policy,
    calendar: &Calendar,
) -> Result<Deadline, CalendarError> {
    let due = calendar.explain_add(from, hours(policy.event_hours))?;
    Ok(Deadline::new(ObligationKind::Event, due))
}

/// News of a topical event: the next daily cut-off, 16:00 (`cutoff_time`). An event at exactly the
/// cut-off belongs to the next day's, unless `cutoff_inclusive` is set.
///
/// # Errors
/// If the calendar has no opening for years.
pub fn topical(
    from: DateTime<Utc>,
    policy: &Policy,
    calendar: &Calendar,
) -> Result<Deadline, CalendarError> {
    let (time, days, edge) = (policy.cutoff_time, policy.cutoff_days, policy.cutoff_edge());
    let due = calendar.explain_cutoff(from, time, days, edge)?;
    Ok(Deadline::new(ObligationKind::Cutoff, due))
}

/// The answer to a question: 24 hours of the clock (`answer_hours`) after it.
///
/// # Errors
/// If the instant is out of range.
pub fn answer(
    from: DateTime<Utc>,
    policy: &Policy,
    calendar: &Calendar,
) -> Result<Deadline, CalendarError> {
    let due = calendar.explain_clock(from, hours(policy.answer_hours))?;
    Ok(Deadline::new(ObligationKind::Answer, due))
}

/// The earlier of the two deadlines of an event that is both ordinary and topical; the ordinary one
/// if they fall together.
fn earliest(ordinary: Deadline, topical: Deadline) -> Deadline {
    let first = if topical.due.due < ordinary.due.due {
        topical
    } else {
        ordinary
    };
    Deadline {
        note: Some(Note::EarliestOfBoth),
        ..first
    }
}

/// From when something due at `due` is missed for good: `days` working days after it. A calendar
/// that never opens again gives no extra days.
pub fn missed_for_good(calendar: &Calendar, due: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    if days == 0 {
        return due;
    }
    calendar.working_days_after(due, days).unwrap_or(due)
}

fn hours(hours: u32) -> TimeDelta {
    TimeDelta::hours(hours.into())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;
    use proptest::prelude::*;

    use super::super::calendar::shipped;
    use super::*;

    fn ben_tre() -> Calendar {
        Calendar::compile(&shipped::calendar("ben-tre").unwrap()).unwrap()
    }

    /// Instants of 2026, to the minute.
    fn instants() -> impl Strategy<Value = DateTime<Utc>> {
        let first = "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
        (0_i64..525_600).prop_map(move |minutes| first + TimeDelta::minutes(minutes))
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_two_promises_hold_on_a_friday_afternoon() {
        let (policy, calendar) = (Policy::default(), ben_tre());
        let ends_at = at("2026-11-20T15:00:00+07:00");
        let topical = topical(ends_at, &policy, &calendar).unwrap();
        assert_eq!(topical.due.due, at("2026-11-20T16:00:00+07:00"));
        let ordinary = ordinary(ends_at, &policy, &calendar).unwrap();
        // 24 November is a holiday of the province
        assert_eq!(ordinary.due.due, at("2026-11-25T09:00:00+07:00"));
    }

    proptest! {
        #[test]
        fn a_topical_event_is_due_at_16_00_of_a_working_day(from in instants()) {
            let calendar = ben_tre();
            let due = topical(from, &Policy::default(), &calendar).unwrap().due.due;
            let local = crate::domain::text::local(due);
            prop_assert!(due > from);
            prop_assert_eq!(local.time(), NaiveTime::from_hms_opt(16, 0, 0).unwrap());
            prop_assert!(calendar.is_working_date(local.date_naive()));
        }

        #[test]
        fn an_ordinary_event_is_due_after_12_working_hours(from in instants()) {
            let calendar = ben_tre();
            let due = ordinary(from, &Policy::default(), &calendar).unwrap().due.due;
            prop_assert_eq!(calendar.between(from, due), TimeDelta::hours(12));
        }

        #[test]
        fn an_answer_is_due_after_24_hours_of_the_clock(from in instants()) {
            let due = answer(from, &Policy::default(), &ben_tre()).unwrap().due.due;
            prop_assert_eq!(due - from, TimeDelta::hours(24));
        }

        #[test]
        fn the_earlier_of_two_deadlines_is_no_later_than_either(from in instants()) {
            let calendar = ben_tre();
            let policy = Policy { both: BothRule::Earliest, ..Policy::default() };
            let event = EventTerms {
                when: When::Clock { from, to: from },
                ordinary: true,
                topical: true,
                question: false,
            };
            let both = of_event(&event, &policy, &calendar).unwrap();
            let [first] = both.as_slice() else { panic!("{both:?}") };
            prop_assert!(first.due.due <= ordinary(from, &policy, &calendar).unwrap().due.due);
            prop_assert!(first.due.due <= topical(from, &policy, &calendar).unwrap().due.due);
        }

        #[test]
        fn more_days_for_what_is_late_never_end_earlier(due in instants(), days in 0_u32..20) {
            let calendar = ben_tre();
            let until = missed_for_good(&calendar, due, days);
            prop_assert!(due <= until);
            prop_assert!(until <= missed_for_good(&calendar, due, days + 1));
        }
    }
}
