//! Events: registering, correcting and cancelling them, answering questions. Each asks for its
//! deadlines in the same transaction.
//!
//! | file | what lives there |
//! |---|---|
//! | `facts` | events as they are read |
//!
//! Once a deadline of an event has passed, only who decides exemptions may still move or cancel the
//! event: else a unit could excuse itself from what it missed.

mod facts;

use chrono::{DateTime, Utc};
use serde::Deserialize;

pub(crate) use facts::shown;
pub use facts::{DeadlineFacts, EventFacts, get, list_in};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::event::{
    CheckedEvent, EventPatch, EventState, EventText, EventType, NewEvent, When,
};
use crate::domain::item::{Arrival, whole_seconds};
use crate::domain::obligation::State;
use crate::domain::text::{self, local_due, local_time};
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::events::event_changed_in;
use crate::service::obligations::{policy_in, when_of};
use crate::service::{App, Error};
use crate::store::events::{self, EventRow};
use crate::store::types::Word;
use crate::store::units::UnitRow;
use crate::store::{Conn, obligations};

/// Why an event does not take place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelEvent {
    /// Why; kept in the audit trail.
    pub reason: String,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerQuestion {
    /// What was answered.
    pub answer: String,
    /// When it was answered another way, or is corrected: the real instant. Editors only; left out,
    /// it is answered now.
    #[serde(default)]
    pub arrival: Option<Arrival>,
}

/// Registers an event; its deadlines are open at once.
///
/// # Errors
/// All faults of the input; a unit not yet founded or ended by then; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn register(
    app: &App,
    actor: &Actor,
    new: &NewEvent,
    now: DateTime<Utc>,
) -> Result<EventFacts, Error> {
    app.store
        .write(|conn| register_in(conn, app, actor, new.clone(), now))
}

/// [`register`] in the caller's transaction.
///
/// # Errors
/// Those of [`register`].
pub fn register_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    new: NewEvent,
    now: DateTime<Utc>,
) -> Result<EventFacts, Error> {
    let (unit_id, text) = new.split();
    access::require_named(conn, actor, Action::ActForUnit, unit_id, "unit_id")?;
    let row = insert_in(
        conn,
        &mut Lookups::new(app),
        actor,
        unit_id,
        &text,
        Origin::Registered,
        now,
    )?;
    facts::one(conn, &row)
}

/// Who registers an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Somebody who knows of it.
    Registered,
    /// An item that reports it.
    Item,
}

/// Registers an event for whoever has the right to; the caller has checked that.
pub(crate) fn insert_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    actor: &Actor,
    unit_id: i64,
    text: &EventText,
    origin: Origin,
    now: DateTime<Utc>,
) -> Result<EventRow, Error> {
    let event = text.checked(now)?;
    let unit = lookups.unit(conn, unit_id)?;
    check_life(&unit, event.when)?;
    let blank = EventRow {
        id: 0,
        unit_id,
        title: String::new(),
        title_folded: String::new(),
        place: None,
        ordinary: false,
        topical: false,
        question: false,
        date_only: false,
        starts_at: now.into(),
        ends_at: now.into(),
        answered_at: None,
        answer: None,
        state: Word(EventState::Registered),
        from_item: origin == Origin::Item,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let row = written(conn, lookups, blank, event, &[])?;
    let row = events::insert(conn, row)?;
    Entry::new(actor, now, "register", "event", row.id)
        .unit(unit_id)
        .new_value(&row)?
        .record(conn)?;
    event_changed_in(conn, lookups, &row, &actor.name, now)?;
    Ok(row)
}

/// Corrects an event: its deadlines move with it.
///
/// # Errors
/// All faults of the input; [`Error::Conflict`] for a cancelled event, and for its time or types
/// once a deadline has passed; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn change(
    app: &App,
    actor: &Actor,
    id: i64,
    patch: &EventPatch,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<EventFacts, Error> {
    app.store
        .write(|conn| change_in(conn, app, actor, id, patch.clone(), expected_version, now))
}

/// [`change`] in the caller's transaction.
///
/// # Errors
/// Those of [`change`].
pub fn change_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    id: i64,
    patch: EventPatch,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<EventFacts, Error> {
    let before = changeable(conn, actor, Action::ActForUnit, id, expected_version)?;
    let mut lookups = Lookups::new(app);
    let when = when_of(&before)?;
    let event = patch.applied_to(text_of(&before, when)).checked(now)?;
    if event.when != when || event.types != types_of(&before) {
        still_free(conn, actor, &before, now)?;
        check_life(lookups.unit(conn, before.unit_id)?.as_ref(), event.when)?;
    }
    let opened = obligations::of_event(conn, id)?;
    let after = written(conn, &mut lookups, before.clone(), event, &opened)?;
    save(
        conn,
        &mut lookups,
        actor,
        &before,
        after,
        ("change", None),
        now,
    )
}

/// Cancels an event: nothing is owed for it any more.
///
/// # Errors
/// A missing reason; [`Error::Conflict`] if it is cancelled already, or if a deadline has passed;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn cancel(
    app: &App,
    actor: &Actor,
    id: i64,
    cancel: &CancelEvent,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<EventFacts, Error> {
    app.store
        .write(|conn| cancel_in(conn, app, actor, id, cancel, expected_version, now))
}

/// [`cancel`] in the caller's transaction.
///
/// # Errors
/// Those of [`cancel`].
pub fn cancel_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    id: i64,
    cancel: &CancelEvent,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<EventFacts, Error> {
    let before = changeable(conn, actor, Action::ActForUnit, id, expected_version)?;
    let reason = text::paragraph("reason", &cancel.reason)?;
    still_free(conn, actor, &before, now)?;
    let after = EventRow {
        state: Word(EventState::Cancelled),
        ..before.clone()
    };
    save(
        conn,
        &mut Lookups::new(app),
        actor,
        &before,
        after,
        ("cancel", Some(&reason)),
        now,
    )
}

/// Answers a question, now or, as an editor may say with a reason, at an instant that has passed.
///
/// # Errors
/// All faults of the input; an answer before the question; [`Error::Conflict`] for an event that is
/// no question, is cancelled, or is answered and no editor corrects it; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn answer(
    app: &App,
    actor: &Actor,
    id: i64,
    answer: &AnswerQuestion,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<EventFacts, Error> {
    app.store
        .write(|conn| answer_in(conn, app, actor, id, answer, expected_version, now))
}

/// [`answer`] in the caller's transaction.
///
/// # Errors
/// Those of [`answer`].
pub fn answer_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    id: i64,
    answer: &AnswerQuestion,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<EventFacts, Error> {
    let action = if answer.arrival.is_some() {
        Action::Edit
    } else {
        Action::ActForUnit
    };
    let before = changeable(conn, actor, action, id, expected_version)?;
    if !before.question {
        return Err(Error::Conflict(Invalid::new("", "event_no_question")));
    }
    if before.answered_at.is_some() && answer.arrival.is_none() {
        return Err(Error::Conflict(Invalid::new("", "event_answered")));
    }
    let text = text::paragraph("answer", &answer.answer)?;
    let arrival = answer
        .arrival
        .as_ref()
        .map(|arrival| arrival.checked(now))
        .transpose();
    let arrival = arrival.map_err(|all| {
        all.into_iter()
            .map(|fault| fault.within("arrival"))
            .collect::<Vec<_>>()
    })?;
    let at = arrival
        .as_ref()
        .map_or(whole_seconds(now), |arrival| arrival.at);
    let start = *before.starts_at;
    if at < whole_seconds(start) {
        return Err(Invalid::new("arrival.at", "event_answer_early")
            .with("start", local_time(start))
            .into());
    }
    let after = EventRow {
        answer: Some(text),
        answered_at: Some(at.into()),
        ..before.clone()
    };
    let reason = arrival.map(|arrival| arrival.reason);
    save(
        conn,
        &mut Lookups::new(app),
        actor,
        &before,
        after,
        ("answer", reason.as_deref()),
        now,
    )
}

/// A living event that the actor may act on, if nobody did since `expected_version`.
fn changeable(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    id: i64,
    expected_version: i32,
) -> Result<EventRow, Error> {
    let row = events::find(conn, id)?.ok_or(Error::not_found("event"))?;
    access::require_of(conn, actor, action, row.unit_id, "event")?;
    if row.version != expected_version {
        return Err(Error::Stale);
    }
    if *row.state == EventState::Cancelled {
        return Err(Error::Conflict(Invalid::new("", "event_cancelled")));
    }
    Ok(row)
}

/// That no deadline has passed, or that the actor decides exemptions.
fn still_free(
    conn: &mut Conn,
    actor: &Actor,
    event: &EventRow,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for row in obligations::of_event(conn, event.id)? {
        let due = row.due_at.0;
        if due < now
            && row.state.0 != State::Exempt
            && !access::may(conn, actor, Action::Decide, event.unit_id)?
        {
            return Err(Error::Conflict(
                Invalid::new("", "event_due_passed").with("due", local_due(due)),
            ));
        }
    }
    Ok(())
}

/// That the unit exists while the event takes place.
fn check_life(unit: &UnitRow, when: When) -> Result<(), Invalid> {
    let (first, last) = when.days();
    if let Some(founded) = unit.founded_on.filter(|founded| first < *founded) {
        let field = if matches!(when, When::Days { .. }) {
            "starts_on"
        } else {
            "starts_at"
        };
        return Err(Invalid::new(field, "event_before_unit").with("on", founded.format("%d/%m/%Y")));
    }
    match unit.ended_on.filter(|ended| last > *ended) {
        Some(ended) => {
            Err(Invalid::new("unit_id", "event_after_unit").with("on", ended.format("%d/%m/%Y")))
        }
        None => Ok(()),
    }
}

/// The row with what a checked event says, its time read on the calendar that its deadlines follow.
fn written(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: EventRow,
    event: CheckedEvent,
    opened: &[obligations::ObligationRow],
) -> Result<EventRow, Error> {
    let policy = policy_in(conn, lookups, opened, row.unit_id, event.when)?;
    let (calendar, _) = lookups.calendar(conn, &policy.calendar)?;
    let (starts_at, ends_at) = event.when.span(&calendar);
    Ok(EventRow {
        title_folded: text::fold(&event.title),
        title: event.title,
        place: event.place,
        ordinary: event.types.contains(&EventType::Ordinary),
        topical: event.types.contains(&EventType::Topical),
        question: event.types.contains(&EventType::Question),
        date_only: matches!(event.when, When::Days { .. }),
        starts_at: starts_at.into(),
        ends_at: ends_at.into(),
        ..row
    })
}

fn types_of(row: &EventRow) -> Vec<EventType> {
    let all = [
        (EventType::Ordinary, row.ordinary),
        (EventType::Topical, row.topical),
        (EventType::Question, row.question),
    ];
    all.into_iter()
        .filter(|(_, is)| *is)
        .map(|(kind, _)| kind)
        .collect()
}

/// A stored event as it was asked for.
fn text_of(row: &EventRow, when: When) -> EventText {
    let text = EventText {
        title: row.title.clone(),
        place: row.place.clone(),
        types: types_of(row),
        ..EventText::default()
    };
    match when {
        When::Clock { from, to } => EventText {
            starts_at: Some(from),
            ends_at: Some(to),
            ..text
        },
        When::Days { first, last } => EventText {
            starts_on: Some(first),
            ends_on: Some(last),
            ..text
        },
    }
}

fn save(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    actor: &Actor,
    before: &EventRow,
    mut after: EventRow,
    (action, reason): (&str, Option<&str>),
    now: DateTime<Utc>,
) -> Result<EventFacts, Error> {
    after.updated_at = now.into();
    let row = events::update(conn, after)?.ok_or(Error::Stale)?;
    let mut entry = Entry::new(actor, now, action, "event", row.id)
        .unit(row.unit_id)
        .old(before)?
        .new_value(&row)?;
    if let Some(reason) = reason {
        entry = entry.reason(reason);
    }
    entry.record(conn)?;
    event_changed_in(conn, lookups, &row, &actor.name, now)?;
    facts::one(conn, &row)
}
