//! What events ask for (DOMAIN: deadlines): news of a topical event by the daily cut-off, of any other within working hours, the
//! answer to a question within clock hours. A corrected event moves its deadlines; a cancelled one excuses them.

use std::sync::Arc;

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use crate::domain::calendar::{Calendar, Explanation};
use crate::domain::event::When;
use crate::domain::obligation::{Note, ObligationKind, State, Why, subject_key};
use crate::domain::policy::{BothRule, CountedFrom, Policy};
use crate::service::Error;
use crate::service::book::Book;
use crate::service::obligations::changes::move_due_in;
use crate::service::obligations::decide::excuse_in;
use crate::service::obligations::fold::{Change, refold_in};
use crate::service::obligations::open::missed_for_good;
use crate::service::obligations::terms::{kind_of, policy_of, state_of, why_of};
use crate::store::items::EventRow;
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::rules::built_in;
use crate::store::types::{instant, micros, to_json};
use crate::store::views::obligations::exemption;
use crate::store::{Conn, StoreError};

/// Why a deadline is excused that its event does not ask for any more.
const NOT_ASKED: &str = "Sự kiện đã hủy hoặc không còn thuộc loại này";

/// A deadline that an event asks for.
struct Deadline {
    kind: ObligationKind,
    due: Explanation,
    note: Option<Note>,
}

/// Opens, moves and excuses the deadlines of an event so that they are what its row asks for; then folds them.
///
/// # Errors
/// If the calendar has no opening for years, and the database's own.
pub fn event_changed_in(
    conn: &mut Conn,
    book: &mut Book<'_>,
    event: &EventRow,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Error> {
    let existing = store::of_event(conn, event.id)?;
    let policy = policy_in(conn, book, &existing, event.unit_id, when_of(event)?)?;
    let (calendar, calendar_version) = book.calendar(conn, &policy.calendar)?;
    let wanted = if event.state == "cancelled" { Vec::new() } else { deadlines(event, &policy, &calendar)? };
    let mut new = Vec::new();
    for deadline in &wanted {
        if let Some(row) = find(&existing, deadline.kind)? {
            let row = &ask_again_in(conn, row, now)?;
            move_event_due(conn, book, row, deadline, &calendar, &policy, now)?;
        } else {
            new.push(opened(conn, book, event, deadline, &policy, (&calendar, calendar_version), now)?);
        }
    }
    for row in &existing {
        let kind = kind_of(row)?;
        if !wanted.iter().any(|deadline| deadline.kind == kind) && state_of(row)? != State::Exempt {
            excuse_in(conn, row, NOT_ASKED, actor, now)?;
        }
    }
    store::insert_new(conn, &new)?;
    let rows = store::of_event(conn, event.id)?;
    refold_in(conn, book, rows, now)
}

/// When a stored event takes place.
pub(crate) fn when_of(event: &EventRow) -> Result<When, StoreError> {
    let clock = When::Clock { from: instant(event.starts_at)?, to: instant(event.ends_at)? };
    let (first, last) = clock.days();
    Ok(if event.date_only { When::Days { first, last } } else { clock })
}

/// The policy that an event's deadlines follow: the one that they were opened with, else the one that holds on its last day.
pub(crate) fn policy_in(
    conn: &mut Conn,
    book: &mut Book<'_>,
    opened: &[ObligationRow],
    unit_id: i64,
    when: When,
) -> Result<Arc<Policy>, Error> {
    match opened.first() {
        Some(row) => Ok(policy_of(book, row)?),
        None => book.policy(conn, unit_id, when.days().1),
    }
}

fn find(rows: &[ObligationRow], kind: ObligationKind) -> Result<Option<&ObligationRow>, Error> {
    for row in rows {
        if kind_of(row)? == kind {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The deadline as it was before its event stopped to ask for it, if that is why it is excused.
fn ask_again_in(conn: &mut Conn, row: &ObligationRow, now: DateTime<Utc>) -> Result<ObligationRow, Error> {
    let why = if row.exempt_at.is_some() { exemption(conn, row)? } else { None };
    if why.is_none_or(|why| why.reason != NOT_ASKED) {
        return Ok(row.clone());
    }
    store::delete_exemption(conn, row.rule_id, &row.subject, &row.period_key)?;
    let again = ObligationRow { exempt_at: None, looked_at: micros(now), ..row.clone() };
    store::save(conn, &again)?;
    Ok(again)
}

fn move_event_due(
    conn: &mut Conn,
    book: &mut Book<'_>,
    row: &ObligationRow,
    deadline: &Deadline,
    calendar: &Calendar,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let base = why_of(row)?.due.due;
    if base == deadline.due.due {
        return Ok(());
    }
    let note = Note::EventChanged { from: instant(row.due_at)? };
    move_due_in(conn, book, row, deadline.due.clone(), note, (calendar, policy), now)
}

/// The deadlines that an event asks for under a policy.
fn deadlines(event: &EventRow, policy: &Policy, calendar: &Calendar) -> Result<Vec<Deadline>, Error> {
    // closing times of an event known only by its dates are those of the calendar as it is now
    let (starts_at, ends_at) = when_of(event)?.span(calendar);
    let from = match policy.counted_from {
        CountedFrom::EventEnd => ends_at,
        CountedFrom::EventStart => starts_at,
    };
    let hours = |hours: u32| TimeDelta::hours(hours.into());
    let at_field = |error: crate::domain::calendar::CalendarError| Error::from(error.at_field("ends_at"));
    let ordinary = || {
        calendar.explain_add(from, hours(policy.event_hours)).map(|due| (ObligationKind::Event, due)).map_err(at_field)
    };
    let topical = || {
        calendar
            .explain_cutoff(from, policy.cutoff_time, policy.cutoff_days, policy.cutoff_edge())
            .map(|due| (ObligationKind::Cutoff, due))
            .map_err(at_field)
    };
    let plain = |(kind, due): (ObligationKind, Explanation)| Deadline { kind, due, note: None };
    let mut all = Vec::new();
    match (event.topical, event.ordinary, policy.both) {
        (true, true, BothRule::Earliest) => {
            let (kind, due) =
                [ordinary()?, topical()?].into_iter().min_by_key(|(_, due)| due.due).unwrap_or(ordinary()?);
            all.push(Deadline { kind, due, note: Some(Note::EarliestOfBoth) });
        }
        (_, true, _) => all.push(plain(ordinary()?)),
        (true, false, _) => all.push(plain(topical()?)),
        (false, false, _) => {}
    }
    if event.question {
        let due = calendar.explain_clock(starts_at, hours(policy.answer_hours)).map_err(at_field)?;
        all.push(Deadline { kind: ObligationKind::Answer, due, note: None });
    }
    Ok(all)
}

fn opened(
    conn: &mut Conn,
    book: &mut Book<'_>,
    event: &EventRow,
    deadline: &Deadline,
    policy: &Policy,
    (calendar, calendar_version): (&Calendar, i32),
    now: DateTime<Utc>,
) -> Result<ObligationRow, Error> {
    let unit = book.unit(conn, event.unit_id)?;
    let due = deadline.due.due;
    let rule_id = match deadline.kind {
        ObligationKind::Cutoff => built_in::CUTOFF,
        ObligationKind::Answer => built_in::ANSWER,
        _ => built_in::EVENT,
    };
    Ok(ObligationRow {
        id: 0,
        rule_id,
        rule_version_id: rule_id,
        subject: subject_key(unit.id, None),
        unit_id: unit.id,
        person_id: None,
        federation_id: unit.federation_id,
        kind: deadline.kind.as_str().to_owned(),
        period: None,
        period_key: format!("event:{}", event.id),
        year: calendar.date_of_due(due).year(),
        event_id: Some(event.id),
        window_from: event.starts_at.min(micros(due)),
        window_to: micros(due),
        due_at: micros(due),
        due_revision: 1,
        explanation: to_json(&Why { due: deadline.due.clone(), notes: deadline.note.iter().cloned().collect() })?,
        policy: to_json(policy)?,
        calendar: policy.calendar.clone(),
        calendar_version,
        required: 1,
        maximum: None,
        missed_at: Some(micros(missed_for_good(calendar, due, policy.missed_after_days))),
        extended_to: None,
        exempt_at: None,
        chained: false,
        arrived: 0,
        published: 0,
        done: 0,
        state: "open".to_owned(),
        decided_at: None,
        next_step_at: Some(micros(now)),
        // of an event registered late the steps before are gone; that it was missed is said
        looked_at: micros(now).min(micros(due)),
        opened_at: micros(now),
        version: 1,
    })
}

/// The due instant that an event's obligation has on the calendar as it is now.
pub(super) fn due_now(
    event: &EventRow,
    kind: ObligationKind,
    policy: &Policy,
    calendar: &Calendar,
) -> Result<Option<Explanation>, Error> {
    let all = deadlines(event, policy, calendar)?;
    Ok(all.into_iter().find(|deadline| deadline.kind == kind).map(|deadline| deadline.due))
}
