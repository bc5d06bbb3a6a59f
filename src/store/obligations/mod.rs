//! Obligations.
//!
//! | file | what |
//! |---|---|
//! | here | what is owed: opening, looking up, saving |
//! | `credits` | which items count towards which obligation |
//! | `handed` | what was handed in, as the fold reads it |
//! | `relief` | extensions and exemptions |

mod credits;
mod handed;
mod relief;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::{obligation, unit_ancestor};
use super::types::instant;
use super::{Conn, StoreError};
use crate::on_inner;

pub use credits::{CreditRow, credited_by, credits, delete_credits, put_credits};
pub use handed::{Handed, handed_about, handed_below, handed_by_persons, handed_by_units};
pub use relief::{
    ExemptionRow, ExtensionRow, decide_extension, delete_exemption, exemptions, extensions,
    find_extension, insert_exemption, insert_extension,
};

/// An obligation as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, AsChangeset)]
#[diesel(table_name = obligation, treat_none_as_null = true)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ObligationRow {
    pub id: i64,
    pub rule_id: i64,
    pub rule_version_id: i64,
    pub subject: String,
    pub unit_id: i64,
    pub person_id: Option<i64>,
    pub federation_id: i64,
    pub kind: String,
    pub period: Option<String>,
    pub period_key: String,
    pub year: i32,
    pub event_id: Option<i64>,
    pub window_from: i64,
    pub window_to: i64,
    pub due_at: i64,
    pub due_revision: i32,
    pub explanation: String,
    pub policy: String,
    pub calendar: String,
    pub calendar_version: i32,
    pub required: i32,
    pub maximum: Option<i32>,
    pub missed_at: Option<i64>,
    pub extended_to: Option<i64>,
    pub exempt_at: Option<i64>,
    pub chained: bool,
    pub arrived: i32,
    pub published: i32,
    pub done: i32,
    pub state: String,
    pub decided_at: Option<i64>,
    pub next_step_at: Option<i64>,
    pub swept_until: i64,
    pub opened_at: i64,
    pub version: i32,
}

/// Writes new obligations; those that exist already (rule, subject, period) stay as they are. How
/// many were new.
///
/// # Errors
/// Only the database's own.
pub fn insert_new(conn: &mut Conn, rows: &[ObligationRow]) -> Result<usize, StoreError> {
    let mut written = 0;
    // 33 columns a row, and SQLite binds at most 32,766 values
    for chunk in rows.chunks(500) {
        let values: Vec<_> = chunk.iter().map(insertable).collect();
        written += on_inner!(conn, c => diesel::insert_into(obligation::table)
            .values(values)
            .on_conflict((obligation::rule_id, obligation::subject, obligation::period_key))
            .do_nothing()
            .execute(c))?;
    }
    Ok(written)
}

#[derive(Insertable)]
#[diesel(table_name = obligation, treat_none_as_default_value = false)]
struct NewObligation<'a> {
    rule_id: i64,
    rule_version_id: i64,
    subject: &'a str,
    unit_id: i64,
    person_id: Option<i64>,
    federation_id: i64,
    kind: &'a str,
    period: Option<&'a str>,
    period_key: &'a str,
    year: i32,
    event_id: Option<i64>,
    window_from: i64,
    window_to: i64,
    due_at: i64,
    due_revision: i32,
    explanation: &'a str,
    policy: &'a str,
    calendar: &'a str,
    calendar_version: i32,
    required: i32,
    maximum: Option<i32>,
    missed_at: Option<i64>,
    extended_to: Option<i64>,
    exempt_at: Option<i64>,
    chained: bool,
    state: &'a str,
    decided_at: Option<i64>,
    next_step_at: Option<i64>,
    swept_until: i64,
    opened_at: i64,
    version: i32,
}

fn insertable(row: &ObligationRow) -> NewObligation<'_> {
    NewObligation {
        rule_id: row.rule_id,
        rule_version_id: row.rule_version_id,
        subject: &row.subject,
        unit_id: row.unit_id,
        person_id: row.person_id,
        federation_id: row.federation_id,
        kind: &row.kind,
        period: row.period.as_deref(),
        period_key: &row.period_key,
        year: row.year,
        event_id: row.event_id,
        window_from: row.window_from,
        window_to: row.window_to,
        due_at: row.due_at,
        due_revision: row.due_revision,
        explanation: &row.explanation,
        policy: &row.policy,
        calendar: &row.calendar,
        calendar_version: row.calendar_version,
        required: row.required,
        maximum: row.maximum,
        missed_at: row.missed_at,
        extended_to: row.extended_to,
        exempt_at: row.exempt_at,
        chained: row.chained,
        state: &row.state,
        decided_at: row.decided_at,
        next_step_at: row.next_step_at,
        swept_until: row.swept_until,
        opened_at: row.opened_at,
        version: 1,
    }
}

/// An obligation by id.
///
/// # Errors
/// Only the database's own.
pub fn find(conn: &mut Conn, id: i64) -> Result<Option<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::id.eq(id))
        .first(conn)
        .optional()?)
}

/// Obligations by id; missing ones are left out.
///
/// # Errors
/// Only the database's own.
pub fn find_many(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, ObligationRow>, StoreError> {
    let mut all = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(5_000) {
        for row in ObligationRow::query()
            .filter(obligation::id.eq_any(chunk))
            .load(conn)?
        {
            all.insert(row.id, row);
        }
    }
    Ok(all)
}

/// Whether anything was ever opened for a unit or below it.
///
/// # Errors
/// Only the database's own.
pub fn any_below(conn: &mut Conn, unit_id: i64) -> Result<bool, StoreError> {
    let inside = unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq(unit_id))
        .select(unit_ancestor::unit_id);
    let opened = obligation::table.filter(obligation::unit_id.eq_any(inside));
    Ok(diesel::select(diesel::dsl::exists(opened)).get_result(conn)?)
}

/// Those to which something has to happen by `now`, oldest first.
///
/// # Errors
/// Only the database's own.
pub fn due_steps(conn: &mut Conn, now: i64, limit: i64) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::next_step_at.le(now))
        .order((
            obligation::next_step_at,
            obligation::federation_id,
            obligation::id,
        ))
        .limit(limit)
        .load(conn)?)
}

/// The next instant at which something has to happen to an obligation.
///
/// # Errors
/// Only the database's own.
pub fn next_step(conn: &mut Conn) -> Result<Option<DateTime<Utc>>, StoreError> {
    let waiting = obligation::table
        .filter(obligation::next_step_at.is_not_null())
        .select(obligation::next_step_at);
    let first: Option<Option<i64>> = waiting
        .order(obligation::next_step_at)
        .first(conn)
        .optional()?;
    first.flatten().map(instant).transpose()
}

/// Those over periods that are still open after their due instant, although something was to happen
/// to them by `now`; oldest first.
///
/// # Errors
/// Only the database's own.
pub fn ended_periods(
    conn: &mut Conn,
    now: i64,
    limit: i64,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::next_step_at.le(now))
        .filter(obligation::due_at.le(now))
        .filter(obligation::period.is_not_null())
        .filter(obligation::state.eq("open"))
        .order((
            obligation::next_step_at,
            obligation::federation_id,
            obligation::id,
        ))
        .limit(limit)
        .load(conn)?)
}

/// The chain of one rule and subject, in order of time.
///
/// # Errors
/// Only the database's own.
pub fn chain(
    conn: &mut Conn,
    rule_id: i64,
    subject: &str,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::rule_id.eq(rule_id))
        .filter(obligation::subject.eq(subject))
        .order((obligation::window_from, obligation::id))
        .load(conn)?)
}

/// Subjects of a rule that have chained obligations: their new ones are chained too.
///
/// # Errors
/// Only the database's own.
pub fn chained_subjects(conn: &mut Conn, rule_id: i64) -> Result<Vec<String>, StoreError> {
    Ok(obligation::table
        .filter(obligation::rule_id.eq(rule_id))
        .filter(obligation::chained.eq(true))
        .select(obligation::subject)
        .distinct()
        .load(conn)?)
}

/// Ties all obligations of a rule and subject together.
///
/// # Errors
/// Only the database's own.
pub fn set_chained(conn: &mut Conn, rule_id: i64, subject: &str) -> Result<(), StoreError> {
    let all = obligation::table
        .filter(obligation::rule_id.eq(rule_id))
        .filter(obligation::subject.eq(subject));
    diesel::update(all)
        .set(obligation::chained.eq(true))
        .execute(conn)?;
    Ok(())
}

/// Obligations of an event.
///
/// # Errors
/// Only the database's own.
pub fn of_event(conn: &mut Conn, event_id: i64) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::event_id.eq(event_id))
        .order(obligation::id)
        .load(conn)?)
}

/// Obligations of several events.
///
/// # Errors
/// Only the database's own.
pub fn of_events(conn: &mut Conn, events: &[i64]) -> Result<Vec<ObligationRow>, StoreError> {
    let of_one = ObligationRow::query().filter(obligation::event_id.eq_any(events));
    Ok(of_one
        .order((obligation::event_id, obligation::id))
        .load(conn)?)
}

/// Obligations over periods (none of events) of the unit itself whose window or extra time holds
/// `at`.
///
/// # Errors
/// Only the database's own.
pub fn of_unit_at(
    conn: &mut Conn,
    unit_id: i64,
    at: i64,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::unit_id.eq(unit_id))
        .filter(obligation::person_id.is_null())
        .filter(obligation::event_id.is_null())
        .filter(obligation::window_from.le(at))
        .filter(
            obligation::window_to
                .ge(at)
                .or(obligation::chained.eq(true))
                .or(obligation::missed_at.ge(at)),
        )
        .order((obligation::window_from, obligation::id))
        .load(conn)?)
}

/// Obligations over periods of these persons whose window or extra time holds `at`.
///
/// # Errors
/// Only the database's own.
pub fn of_persons_at(
    conn: &mut Conn,
    persons: &[i64],
    at: i64,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::person_id.eq_any(persons))
        .filter(obligation::window_from.le(at))
        .filter(
            obligation::window_to
                .ge(at)
                .or(obligation::chained.eq(true))
                .or(obligation::missed_at.ge(at)),
        )
        .order((obligation::window_from, obligation::id))
        .load(conn)?)
}

/// Ids of obligations of the given rules that the units above `unit_id` owe for a window that holds
/// `at`.
///
/// # Errors
/// Only the database's own.
pub fn above_at(
    conn: &mut Conn,
    rules: &[i64],
    unit_id: i64,
    at: i64,
) -> Result<Vec<i64>, StoreError> {
    let above = unit_ancestor::table
        .filter(unit_ancestor::unit_id.eq(unit_id))
        .select(unit_ancestor::ancestor_id);
    Ok(obligation::table
        .filter(obligation::rule_id.eq_any(rules))
        .filter(obligation::unit_id.eq_any(above))
        .filter(obligation::window_from.le(at))
        .filter(
            obligation::window_to
                .ge(at)
                .or(obligation::chained.eq(true))
                .or(obligation::missed_at.ge(at)),
        )
        .select(obligation::id)
        .load(conn)?)
}

/// Open obligations of a unit or of its people whose window runs beyond `after`.
///
/// # Errors
/// Only the database's own.
pub fn running_of_unit(
    conn: &mut Conn,
    unit_id: i64,
    after: i64,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::unit_id.eq(unit_id))
        .filter(
            obligation::window_to
                .gt(after)
                .or(obligation::due_at.gt(after)),
        )
        .order(obligation::id)
        .load(conn)?)
}

/// Obligations of one person whose window runs beyond `after`.
///
/// # Errors
/// Only the database's own.
pub fn running_of_person(
    conn: &mut Conn,
    person_id: i64,
    after: i64,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::person_id.eq(person_id))
        .filter(obligation::window_to.gt(after))
        .order(obligation::id)
        .load(conn)?)
}

/// Puts what a unit and all below it still owe under another federation's care.
///
/// # Errors
/// Only the database's own.
pub fn hand_over(conn: &mut Conn, unit_id: i64, federation_id: i64) -> Result<(), StoreError> {
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
///
/// # Errors
/// Only the database's own.
pub fn save(conn: &mut Conn, row: &ObligationRow) -> Result<(), StoreError> {
    let mut row = row.clone();
    row.version += 1;
    diesel::update(obligation::table.find(row.id))
        .set(&row)
        .execute(conn)?;
    Ok(())
}

/// What a fold finds, and how far the ladder was steps_done_until; absent instants are written as absent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, AsChangeset)]
#[diesel(table_name = obligation, treat_none_as_null = true)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct Settled {
    pub arrived: i32,
    pub published: i32,
    pub done: i32,
    pub state: String,
    pub decided_at: Option<i64>,
    pub swept_until: i64,
    pub next_step_at: Option<i64>,
}

/// Saves what a fold found of all these obligations alike; their versions go up by one. Other
/// columns are left alone, and with them the indexes on them.
///
/// # Errors
/// Only the database's own.
pub fn save_settled(conn: &mut Conn, ids: &[i64], settled: &Settled) -> Result<(), StoreError> {
    for chunk in ids.chunks(5_000) {
        let all = obligation::table.filter(obligation::id.eq_any(chunk));
        diesel::update(all)
            .set((settled, obligation::version.eq(obligation::version + 1)))
            .execute(conn)?;
    }
    Ok(())
}

/// Saves only how far these obligations were looked at and when they are looked at next.
///
/// # Errors
/// Only the database's own.
pub fn save_step(
    conn: &mut Conn,
    ids: &[i64],
    swept_until: i64,
    next_step_at: Option<i64>,
) -> Result<(), StoreError> {
    for chunk in ids.chunks(5_000) {
        let all = obligation::table.filter(obligation::id.eq_any(chunk));
        diesel::update(all)
            .set((
                obligation::swept_until.eq(swept_until),
                obligation::next_step_at.eq(next_step_at),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Has these obligations looked at by the next sweep.
///
/// # Errors
/// Only the database's own.
pub fn touch(conn: &mut Conn, ids: &[i64], now: i64) -> Result<(), StoreError> {
    for chunk in ids.chunks(5_000) {
        let all = obligation::table.filter(obligation::id.eq_any(chunk));
        diesel::update(all)
            .set(obligation::next_step_at.eq(now))
            .execute(conn)?;
    }
    Ok(())
}

/// Has all open obligations counted on a calendar looked at by the next sweep; how many.
///
/// # Errors
/// Only the database's own.
pub fn touch_calendar(conn: &mut Conn, calendar: &str, now: i64) -> Result<usize, StoreError> {
    let all = obligation::table
        .filter(obligation::calendar.eq(calendar))
        .filter(obligation::state.eq("open"));
    Ok(diesel::update(all)
        .set(obligation::next_step_at.eq(now))
        .execute(conn)?)
}
