//! What a stored event asks for. The rules are those of [`crate::domain::deadline`].

use crate::domain::calendar::{Calendar, Explanation};
use crate::domain::deadline::{self, Deadline, EventTerms};
use crate::domain::event::When;
use crate::domain::obligation::ObligationKind;
use crate::domain::policy::Policy;
use crate::service::Error;
use crate::store::StoreError;
use crate::store::events::EventRow;

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
    let terms = EventTerms {
        when: when_of(event)?,
        ordinary: event.ordinary,
        topical: event.topical,
        question: event.question,
    };
    deadline::of_event(&terms, policy, calendar)
        .map_err(|error| Error::from(error.at_field("ends_at")))
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
