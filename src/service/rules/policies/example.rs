//! What a change of a policy means for an event: examples of due instants without it and with it.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::calendar::Calendar;
use crate::domain::deadline::{self, EventTerms};
use crate::domain::event::When;
use crate::domain::obligation::ObligationKind;
use crate::domain::policy::Policy;
use crate::domain::text::serialize_instant;
use crate::service::{Error, Tx};

/// An event of the first working day on which a change holds, and when it would be due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExampleDeadline {
    /// What is owed: `event`, `cutoff` or `answer`.
    pub kind: ObligationKind,
    /// When the event begins.
    #[serde(serialize_with = "serialize_instant")]
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    #[serde(serialize_with = "serialize_instant")]
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: DateTime<Utc>,
    /// Due without the change.
    #[serde(serialize_with = "serialize_instant")]
    #[schema(value_type = String, format = DateTime)]
    pub before: DateTime<Utc>,
    /// Due with it.
    #[serde(serialize_with = "serialize_instant")]
    #[schema(value_type = String, format = DateTime)]
    pub after: DateTime<Utc>,
}

/// The examples whose due instants differ under two policies.
pub(super) fn examples(
    tx: &mut Tx<'_>,
    date: NaiveDate,
    (before, after): (&Policy, &Policy),
) -> Result<Vec<ExampleDeadline>, Error> {
    let (was, _) = tx.lookups.calendar(tx.conn, &before.calendar)?;
    let (is, _) = tx.lookups.calendar(tx.conn, &after.calendar)?;
    let opening = was.next_opening(was.start_of(date));
    let day = opening.map_or(date, |opening| was.date_of(opening));
    let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    let (starts_at, ends_at) = (was.at_time(day, at(14)), was.at_time(day, at(15)));
    let due = |policy: &Policy, calendar: &Calendar, event: &EventTerms| {
        let all = deadline::of_event(event, policy, calendar).unwrap_or_default();
        let first = all.into_iter().next();
        first.map(|deadline| (deadline.kind, deadline.due.due))
    };
    let when = When::Clock {
        from: starts_at,
        to: ends_at,
    };
    let terms = |ordinary, topical, question| EventTerms {
        when,
        ordinary,
        topical,
        question,
    };
    let events = [
        terms(true, false, false),
        terms(false, true, false),
        terms(false, false, true),
    ];
    let example = |event: &EventTerms| {
        let (kind, was_due) = due(before, &was, event)?;
        let (_, is_due) = due(after, &is, event)?;
        (was_due != is_due).then_some(ExampleDeadline {
            kind,
            starts_at,
            ends_at,
            before: was_due,
            after: is_due,
        })
    };
    Ok(events.iter().filter_map(example).collect())
}
