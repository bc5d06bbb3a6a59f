//! Which obligations concern an instant, an event, a unit or a person.

mod arrivals;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::ObligationRow;
use crate::domain::ids::{EventId, ObligationId, PersonId, RuleId, UnitId};
use crate::domain::obligation::State;
use crate::domain::party::Party;
use crate::store::schema::{obligation, unit_ancestor};
use crate::store::types::{AsText, At, Word};
use crate::store::{Conn, StoreError};

pub use arrivals::{of_persons_at, of_units_at, of_units_since};

/// Whether anything was ever opened for a unit or below it.
pub fn any_below(conn: &mut Conn, unit_id: UnitId) -> Result<bool, StoreError> {
    let inside = unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq(unit_id))
        .select(unit_ancestor::unit_id);
    let opened = obligation::table.filter(obligation::unit_id.eq_any(inside));
    Ok(diesel::select(diesel::dsl::exists(opened)).get_result(conn)?)
}

/// Those to which something has to happen by `now`, oldest first.
pub fn due_steps(
    conn: &mut Conn,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<ObligationId>, StoreError> {
    Ok(obligation::table
        .select(obligation::id)
        .filter(obligation::next_step_at.le(At(now)))
        .order((
            obligation::next_step_at,
            obligation::federation_id,
            obligation::id,
        ))
        .limit(limit)
        .load(conn)?)
}

/// The next instant at which something has to happen to an obligation.
pub fn next_step(conn: &mut Conn) -> Result<Option<DateTime<Utc>>, StoreError> {
    let waiting = obligation::table
        .filter(obligation::next_step_at.is_not_null())
        .select(obligation::next_step_at.assume_not_null());
    let first: Option<At> = waiting
        .order(obligation::next_step_at)
        .first(conn)
        .optional()?;
    Ok(first.map(|at| at.0))
}

/// Those over periods that are still open after their due instant, although something was to happen
/// to them by `now`; oldest first.
pub fn ended_periods(
    conn: &mut Conn,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<ObligationId>, StoreError> {
    Ok(obligation::table
        .select(obligation::id)
        .filter(obligation::next_step_at.le(At(now)))
        .filter(obligation::due_at.le(At(now)))
        .filter(obligation::period.is_not_null())
        .filter(obligation::state.eq(Word(State::Open)))
        .order((
            obligation::next_step_at,
            obligation::federation_id,
            obligation::id,
        ))
        .limit(limit)
        .load(conn)?)
}

/// The chain of one rule and subject, in order of time.
pub fn chain(
    conn: &mut Conn,
    rule_id: RuleId,
    subject: Party,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::rule_id.eq(rule_id))
        .filter(obligation::subject.eq(AsText(subject)))
        .order((obligation::window_from, obligation::id))
        .load(conn)?)
}

/// Subjects of a rule that have chained obligations: their new ones are chained too.
pub fn chained_subjects(conn: &mut Conn, rule_id: RuleId) -> Result<HashSet<Party>, StoreError> {
    let subjects: Vec<AsText<Party>> = obligation::table
        .filter(obligation::rule_id.eq(rule_id))
        .filter(obligation::chained.eq(true))
        .select(obligation::subject)
        .distinct()
        .load(conn)?;
    Ok(subjects.into_iter().map(|AsText(party)| party).collect())
}

/// Where the windows of a rule's period end for these subjects.
pub fn window_ends(
    conn: &mut Conn,
    rule_id: RuleId,
    period_key: &str,
    subjects: &[Party],
) -> Result<HashMap<Party, At>, StoreError> {
    let subjects = subjects.iter().copied().map(AsText);
    let ends: Vec<(AsText<Party>, At)> = obligation::table
        .filter(obligation::rule_id.eq(rule_id))
        .filter(obligation::period_key.eq(period_key))
        .filter(obligation::subject.eq_any(subjects))
        .select((obligation::subject, obligation::window_to))
        .load(conn)?;
    Ok(ends
        .into_iter()
        .map(|(AsText(party), end)| (party, end))
        .collect())
}

/// Obligations of an event.
pub fn of_event(conn: &mut Conn, event_id: EventId) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::event_id.eq(event_id))
        .order(obligation::id)
        .load(conn)?)
}

/// Obligations of several events.
pub fn of_events(conn: &mut Conn, events: &[EventId]) -> Result<Vec<ObligationRow>, StoreError> {
    let of_one = ObligationRow::query().filter(obligation::event_id.eq_any(events));
    Ok(of_one
        .order((obligation::event_id, obligation::id))
        .load(conn)?)
}

/// Obligations of a unit itself whose window or extra time runs beyond `after`.
pub fn running_of_unit(
    conn: &mut Conn,
    unit_id: UnitId,
    after: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::unit_id.eq(unit_id))
        .filter(obligation::person_id.is_null())
        .filter(
            obligation::window_to
                .gt(At(after))
                .or(obligation::due_at.gt(At(after))),
        )
        .order(obligation::id)
        .load(conn)?)
}

/// Obligations of these human beings that are due after an instant, in order of time.
pub fn of_persons_since(
    conn: &mut Conn,
    humans: &[PersonId],
    due_after: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::person_id.eq_any(humans))
        .filter(obligation::due_at.gt(At(due_after)))
        .order((obligation::window_from, obligation::id))
        .load(conn)?)
}

/// Open ones on a calendar, in order of id behind `after`; at most so many.
pub fn open_on_calendar(
    conn: &mut Conn,
    calendar: &str,
    after: ObligationId,
    limit: i64,
) -> Result<Vec<ObligationRow>, StoreError> {
    let open = ObligationRow::query()
        .filter(obligation::calendar.eq(calendar))
        .filter(obligation::state.eq(Word(State::Open)))
        .filter(obligation::id.gt(after));
    Ok(open.order(obligation::id).limit(limit).load(conn)?)
}

/// How many open ones on a calendar were computed with another version of it, and how many there
/// are.
pub fn behind_calendar(
    conn: &mut Conn,
    calendar: &str,
    version: i32,
) -> Result<(i64, i64), StoreError> {
    let open = obligation::table
        .filter(obligation::calendar.eq(calendar))
        .filter(obligation::state.eq(Word(State::Open)));
    let behind = open.filter(obligation::calendar_version.ne(version));
    let behind = behind.count().get_result(conn)?;
    Ok((behind, open.count().get_result(conn)?))
}

/// Those of a unit and all below it to which something is to happen by an instant, in order of id
/// behind `after`; at most so many.
pub fn stepping_below(
    conn: &mut Conn,
    unit_id: UnitId,
    by: DateTime<Utc>,
    (after, limit): (ObligationId, i64),
) -> Result<Vec<ObligationRow>, StoreError> {
    let inside = unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq(unit_id))
        .select(unit_ancestor::unit_id);
    let stepping = ObligationRow::query()
        .filter(obligation::unit_id.eq_any(inside))
        .filter(obligation::next_step_at.le(At(by)))
        .filter(obligation::id.gt(after));
    Ok(stepping.order(obligation::id).limit(limit).load(conn)?)
}
