//! What is written to existing obligations.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::ObligationRow;
use crate::domain::ids::{ObligationId, RuleId, UnitId};
use crate::domain::obligation::State;
use crate::domain::party::Party;
use crate::store::schema::{obligation, unit_ancestor};
use crate::store::types::{AsText, At, Word};
use crate::store::{Conn, StoreError};

/// Ties all obligations of a rule and subject together.
pub fn set_chained(conn: &mut Conn, rule_id: RuleId, subject: Party) -> Result<(), StoreError> {
    let all = obligation::table
        .filter(obligation::rule_id.eq(rule_id))
        .filter(obligation::subject.eq(AsText(subject)));
    diesel::update(all)
        .set(obligation::chained.eq(true))
        .execute(conn)?;
    Ok(())
}

/// Puts what a unit and all below it still owe under another federation's care.
pub fn hand_over(
    conn: &mut Conn,
    unit_id: UnitId,
    federation_id: UnitId,
) -> Result<(), StoreError> {
    let inside = unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq(unit_id))
        .select(unit_ancestor::unit_id);
    let owed = obligation::table
        .filter(obligation::unit_id.eq_any(inside))
        .filter(obligation::federation_id.ne(federation_id))
        .filter(obligation::next_step_at.is_not_null());
    diesel::update(owed)
        .set(obligation::federation_id.eq(federation_id))
        .execute(conn)?;
    Ok(())
}

/// Saves what the fold and the ladder found; the version goes up by one.
pub fn save(conn: &mut Conn, row: &ObligationRow) -> Result<(), StoreError> {
    let mut row = row.clone();
    row.version += 1;
    diesel::update(obligation::table.find(row.id))
        .set(&row)
        .execute(conn)?;
    Ok(())
}

/// What a fold finds, and up to when the steps of the ladder are done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, AsChangeset)]
#[diesel(table_name = obligation, treat_none_as_null = true)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct Settled {
    pub arrived: i32,
    pub published: i32,
    pub done: i32,
    pub state: Word<State>,
    pub decided_at: Option<At>,
    pub swept_until: At,
    pub next_step_at: Option<At>,
}

/// Saves what a fold found of all these obligations alike; their versions go up by one. Other
/// columns are left alone, and with them the indexes on them.
pub fn save_settled(
    conn: &mut Conn,
    ids: &[ObligationId],
    settled: &Settled,
) -> Result<(), StoreError> {
    for chunk in ids.chunks(5_000) {
        let all = obligation::table.filter(obligation::id.eq_any(chunk));
        diesel::update(all)
            .set((settled, obligation::version.eq(obligation::version + 1)))
            .execute(conn)?;
    }
    Ok(())
}

/// Saves only how far these obligations were looked at and when they are looked at next.
pub fn save_step(
    conn: &mut Conn,
    ids: &[ObligationId],
    swept_until: DateTime<Utc>,
    next_step_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    for chunk in ids.chunks(5_000) {
        let all = obligation::table.filter(obligation::id.eq_any(chunk));
        diesel::update(all)
            .set((
                obligation::swept_until.eq(At(swept_until)),
                obligation::next_step_at.eq(next_step_at.map(At)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Makes these obligations due for the sweep at `now`.
pub fn sweep_at(
    conn: &mut Conn,
    ids: &[ObligationId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for chunk in ids.chunks(5_000) {
        let all = obligation::table.filter(obligation::id.eq_any(chunk));
        diesel::update(all)
            .set(obligation::next_step_at.eq(At(now)))
            .execute(conn)?;
    }
    Ok(())
}

/// Makes all open obligations of a calendar due for the sweep at `now`; how many those are.
pub fn sweep_calendar_at(
    conn: &mut Conn,
    calendar: &str,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let all = obligation::table
        .filter(obligation::calendar.eq(calendar))
        .filter(obligation::state.eq(Word(State::Open)));
    Ok(diesel::update(all)
        .set(obligation::next_step_at.eq(At(now)))
        .execute(conn)?)
}
