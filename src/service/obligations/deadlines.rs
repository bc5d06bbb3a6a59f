//! What an event asks for: the deadlines of its row under a policy and a calendar.

use chrono::TimeDelta;

use crate::domain::calendar::{Calendar, CalendarError, Explanation};
use crate::domain::event::When;
use crate::domain::obligation::{Note, ObligationKind};
use crate::domain::policy::{BothRule, CountedFrom, Policy};
use crate::service::Error;
use crate::store::StoreError;
use crate::store::events::EventRow;

/// A deadline that an event asks for.
pub(crate) struct Deadline {
    pub(crate) kind: ObligationKind,
    pub(crate) due: Explanation,
    pub(crate) note: Option<Note>,
}

/// When a stored event takes place.
pub(crate) fn when_of(event: &EventRow) -> Result<When, StoreError> {
    let clock = When::Clock {
        from: *event.starts_at,
        to: *event.ends_at,
    };
    let (first, last) = clock.days();
    Ok(if event.date_only {
        When::Days { first, last }
    } else {
        clock
    })
}

/// The deadlines that an event asks for under a policy.
pub(crate) fn deadlines(
    event: &EventRow,
    policy: &Policy,
    calendar: &Calendar,
) -> Result<Vec<Deadline>, Error> {
    // closing times of an event known only by its dates are those of the calendar as it is now
    let (starts_at, ends_at) = when_of(event)?.span(calendar);
    let from = match policy.counted_from {
        CountedFrom::EventEnd => ends_at,
        CountedFrom::EventStart => starts_at,
    };
    let hours = |hours: u32| TimeDelta::hours(hours.into());
    let at_field = |error: CalendarError| Error::from(error.at_field("ends_at"));
    let ordinary = || {
        calendar
            .explain_add(from, hours(policy.event_hours))
            .map(|due| (ObligationKind::Event, due))
            .map_err(at_field)
    };
    let topical = || {
        calendar
            .explain_cutoff(
                from,
                policy.cutoff_time,
                policy.cutoff_days,
                policy.cutoff_edge(),
            )
            .map(|due| (ObligationKind::Cutoff, due))
            .map_err(at_field)
    };
    let plain = |(kind, due): (ObligationKind, Explanation)| Deadline {
        kind,
        due,
        note: None,
    };
    let mut all = Vec::new();
    match (event.topical, event.ordinary, policy.both) {
        (true, true, BothRule::Earliest) => {
            let (kind, due) = [ordinary()?, topical()?]
                .into_iter()
                .min_by_key(|(_, due)| due.due)
                .unwrap_or(ordinary()?);
            all.push(Deadline {
                kind,
                due,
                note: Some(Note::EarliestOfBoth),
            });
        }
        (_, true, _) => all.push(plain(ordinary()?)),
        (true, false, _) => all.push(plain(topical()?)),
        (false, false, _) => {}
    }
    if event.question {
        let due = calendar
            .explain_clock(starts_at, hours(policy.answer_hours))
            .map_err(at_field)?;
        all.push(Deadline {
            kind: ObligationKind::Answer,
            due,
            note: None,
        });
    }
    Ok(all)
}

/// The due instant that an event's obligation has on the calendar as it is now.
pub(crate) fn due_now(
    event: &EventRow,
    kind: ObligationKind,
    policy: &Policy,
    calendar: &Calendar,
) -> Result<Option<Explanation>, Error> {
    let all = deadlines(event, policy, calendar)?;
    Ok(all
        .into_iter()
        .find(|deadline| deadline.kind == kind)
        .map(|deadline| deadline.due))
}
