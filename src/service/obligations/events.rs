//! What events ask for (docs/DOMAIN.md, deadlines): news of a topical event by the daily cut-off,
//! of any other within working hours, the answer to a question within clock hours. A corrected
//! event moves its deadlines; a cancelled one excuses them.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};

use crate::domain::calendar::Calendar;
use crate::domain::deadline::Deadline;
use crate::domain::deadline::missed_for_good;
use crate::domain::event::{EventState, When};
use crate::domain::obligation::{ExemptionCause, Note, ObligationKind, State, Why};
use crate::domain::party::Party;
use crate::domain::policy::Policy;
use crate::service::Error;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::changes::move_due_in;
use crate::service::obligations::deadlines::deadlines;
use crate::service::obligations::decide::{Excuse, excuse_in};
use crate::service::obligations::fold::{Change, refold_in};
use crate::service::obligations::terms::policy_of;
use crate::store::Conn;
use crate::store::events::EventRow;
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::rules::built_in;
use crate::store::types::{AsText, At, JsonText, Word};
use crate::store::views::obligations::exemption;

/// Opens, moves and excuses the deadlines of an event so that they are what its row asks for; then
/// folds them.
///
/// # Errors
/// If the calendar has no opening for years, and the database's own.
pub fn event_changed_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    event: &EventRow,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Error> {
    let existing = store::of_event(conn, event.id)?;
    let policy = policy_in(conn, lookups, &existing, event.unit_id, event.when())?;
    let (calendar, calendar_version) = lookups.calendar(conn, &policy.calendar)?;
    let wanted = if *event.state == EventState::Cancelled {
        Vec::new()
    } else {
        deadlines(event, &policy, &calendar)?
    };
    let mut new = Vec::new();
    for deadline in &wanted {
        if let Some(row) = find(&existing, deadline.kind) {
            let row = &ask_again_in(conn, row, now)?;
            move_event_due(conn, lookups, row, deadline, &calendar, &policy, now)?;
        } else {
            new.push(opened(
                conn,
                lookups,
                event,
                deadline,
                &policy,
                (&calendar, calendar_version),
                now,
            )?);
        }
    }
    for row in &existing {
        let kind = row.kind.0;
        if !wanted.iter().any(|deadline| deadline.kind == kind) && row.state.0 != State::Exempt {
            let excuse = Excuse {
                cause: ExemptionCause::EventGone,
                reason: "Sự kiện đã hủy hoặc không còn thuộc loại này",
                decided_by: actor,
            };
            excuse_in(conn, row, &excuse, now)?;
        }
    }
    store::insert_new(conn, &new)?;
    let rows = store::of_event(conn, event.id)?;
    refold_in(conn, lookups, rows, now)
}

/// The policy that an event's deadlines follow: the one that they were opened with, else the one
/// that holds on its last day.
pub(crate) fn policy_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    opened: &[ObligationRow],
    unit_id: i64,
    when: When,
) -> Result<Arc<Policy>, Error> {
    match opened.first() {
        Some(row) => Ok(policy_of(lookups, row)?),
        None => lookups.policy(conn, unit_id, when.days().1),
    }
}

fn find(rows: &[ObligationRow], kind: ObligationKind) -> Option<&ObligationRow> {
    rows.iter().find(|row| row.kind.0 == kind)
}

/// The deadline as it was before its event stopped to ask for it, if that is why it is excused.
fn ask_again_in(
    conn: &mut Conn,
    row: &ObligationRow,
    now: DateTime<Utc>,
) -> Result<ObligationRow, Error> {
    let why = if row.exempt_at.is_some() {
        exemption(conn, row)?
    } else {
        None
    };
    if why.is_none_or(|why| why.cause != ExemptionCause::EventGone) {
        return Ok(row.clone());
    }
    store::delete_exemption(conn, row.rule_id, row.subject.0, &row.period_key)?;
    let again = ObligationRow {
        exempt_at: None,
        swept_until: At(now),
        ..row.clone()
    };
    store::save(conn, &again)?;
    Ok(again)
}

fn move_event_due(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
    deadline: &Deadline,
    calendar: &Calendar,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let base = row.explanation.read()?.due.due;
    if base == deadline.due.due {
        return Ok(());
    }
    let note = Note::EventChanged { from: row.due_at.0 };
    move_due_in(
        conn,
        lookups,
        row,
        deadline.due.clone(),
        note,
        (calendar, policy),
        now,
    )
}

fn opened(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    event: &EventRow,
    deadline: &Deadline,
    policy: &Policy,
    (calendar, calendar_version): (&Calendar, i32),
    now: DateTime<Utc>,
) -> Result<ObligationRow, Error> {
    let unit = lookups.unit(conn, event.unit_id)?;
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
        subject: AsText(Party::Unit(unit.id)),
        unit_id: unit.id,
        person_id: None,
        federation_id: unit.federation_id,
        kind: Word(deadline.kind),
        period: None,
        period_key: format!("event:{}", event.id),
        year: calendar.date_of_due(due).year(),
        event_id: Some(event.id),
        window_from: event.starts_at.min(At(due)),
        window_to: At(due),
        due_at: At(due),
        due_revision: 1,
        explanation: JsonText::of(&Why {
            due: deadline.due.clone(),
            notes: deadline.note.iter().cloned().collect(),
        })?,
        policy: JsonText::of(policy)?,
        calendar: policy.calendar.clone(),
        calendar_version,
        required: 1,
        maximum: None,
        missed_at: Some(At(missed_for_good(calendar, due, policy.missed_after_days))),
        extended_to: None,
        exempt_at: None,
        chained: false,
        arrived: 0,
        published: 0,
        done: 0,
        state: Word(State::Open),
        decided_at: None,
        next_step_at: Some(At(now)),
        // of an event registered late the steps before are gone; that it was missed is said
        swept_until: At(now.min(due)),
        opened_at: At(now),
        version: 1,
    })
}
