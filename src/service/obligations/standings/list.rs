//! Obligations with their standing, as lists show them.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::source;
use crate::domain::ids::{EventId, ObligationId, PersonId, UnitId};
use crate::domain::ladder::Phase;
use crate::domain::left::WorkingLeft;
use crate::domain::obligation::{self, ObligationKind, Progress, Standing, State};
use crate::domain::period::Period;
use crate::domain::text::{self, local_due};
use crate::service::obligations::changes::period_of;
use crate::service::obligations::ladder;
use crate::service::obligations::naming::Names;
use crate::service::{Error, Rows, Tx};
use crate::store::obligations::{self as rows, ObligationRow};
use crate::store::people;
use crate::store::people::PersonRow;
use crate::store::views::obligations::{self as view, ObligationFilter};

/// An obligation as readers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ObligationView {
    /// Its number.
    pub id: ObligationId,
    /// What it is called: "2 tin mỗi tháng - tháng 11/2026".
    pub title: String,
    /// What sort of thing is owed.
    pub kind: ObligationKind,
    /// The unit that owes it.
    pub unit: Named<UnitId>,
    /// The person, if it is personal: under the newest post.
    pub person: Option<Named<PersonId>>,
    /// The event, if it is about one.
    pub event_id: Option<EventId>,
    /// The period's key (2026-M11), if it has one.
    pub period: Option<String>,
    /// The plan year that it belongs to.
    pub year: i32,
    /// Begin of the counting window, included.
    pub window_from: DateTime<FixedOffset>,
    /// End of the counting window, not included.
    pub window_to: DateTime<FixedOffset>,
    /// The due instant.
    pub due_at: DateTime<FixedOffset>,
    /// The due instant as people read it; midnight is 24:00 of the day that ends.
    pub due_text: String,
    /// What is left of working time; none for answers, whose hours run by the clock, where it is
    /// not open, and where it is due more than a month ahead.
    pub working_left: Option<WorkingLeft>,
    /// Until when what comes late still settles it; none for quotas.
    pub taken_until: Option<DateTime<FixedOffset>>,
    /// How often the due instant was set.
    pub due_revision: i32,
    /// How many are owed.
    pub required: i32,
    /// The most that count.
    pub maximum: Option<i32>,
    /// How many arrived and are not rejected.
    pub arrived: i32,
    /// How many of them are published.
    pub published: i32,
    /// How many count by the policy.
    pub done: i32,
    /// How many are still lacking.
    pub remaining: i32,
    /// The stored state.
    pub state: State,
    /// How it stands at the instant of the request.
    pub standing: Standing,
    /// When the state was decided.
    pub decided_at: Option<DateTime<FixedOffset>>,
    /// Goes up with every change.
    pub version: i32,
}

/// Something with an id and a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named<Id> {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// Obligations that the actor may see, in order of due instant; at most `limit`.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &ObligationFilter,
    limit: i64,
    locale: &str,
) -> Result<Vec<ObligationView>, Error> {
    let found = view::page(tx.conn, &tx.scope(), filter, limit)?;
    views(tx, &found, locale)
}

/// The first of these obligations, and how many there are.
pub(crate) fn first(
    tx: &mut Tx<'_>,
    filter: &ObligationFilter,
    limit: i64,
    locale: &str,
) -> Result<Rows<ObligationView>, Error> {
    let rows = list(tx, filter, limit, locale)?;
    let scope = tx.scope();
    Rows::of(rows, limit, || Ok(view::count(tx.conn, &scope, filter)?))
}

/// The cursor of a list of obligations: due instant and id of a row.
pub type AfterWork = (DateTime<Utc>, ObligationId);

/// A part of a list of obligations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkPart {
    /// Its rows.
    pub rows: Vec<ObligationView>,
    /// How many the whole list has.
    pub total: i64,
    /// How many of them come before the part.
    pub before: i64,
    /// Behind which row the next part begins; `None` behind the last one.
    pub next: Option<AfterWork>,
}

/// A part of a list of obligations that the actor may see, in order of due instant.
pub fn part(
    tx: &mut Tx<'_>,
    filter: &ObligationFilter,
    limit: usize,
    locale: &str,
) -> Result<WorkPart, Error> {
    let scope = tx.scope();
    let whole = ObligationFilter {
        after: None,
        ..filter.clone()
    };
    let total = view::count(tx.conn, &scope, &whole)?;
    let before = match filter.after {
        Some(_) => total - view::count(tx.conn, &scope, filter)?,
        None => 0,
    };
    let more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = view::page(tx.conn, &scope, filter, more)?;
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| is_more);
    let next = last.map(|row| (row.due_at.0, row.id));
    Ok(WorkPart {
        rows: views(tx, &rows, locale)?,
        total,
        before,
        next,
    })
}

/// Those of these obligations that exist, in order of due instant. The caller knows that the actor may
/// see them.
pub(crate) fn of_ids(
    tx: &mut Tx<'_>,
    ids: &[ObligationId],
    locale: &str,
) -> Result<Vec<ObligationView>, Error> {
    let found = rows::find_many(tx.conn, ids)?;
    let mut found: Vec<ObligationRow> = found.into_values().collect();
    found.sort_unstable_by_key(|row| (row.due_at, row.id));
    views(tx, &found, locale)
}

/// Obligations as readers see them; their units, people and titles are read at once.
pub(crate) fn views(
    tx: &mut Tx<'_>,
    rows: &[ObligationRow],
    locale: &str,
) -> Result<Vec<ObligationView>, Error> {
    let names = Names::of(tx, rows.iter())?;
    let units = rows.iter().map(|row| row.unit_id);
    tx.lookups.read_units(tx.conn, units)?;
    let persons: Vec<PersonId> = rows.iter().filter_map(|row| row.person_id).collect();
    let persons = people::lives(tx.conn, &persons)?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let title = names.title(tx, row, locale)?;
        all.push(view_of(tx, row, title, &persons)?);
    }
    Ok(all)
}

fn view_of(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    title: String,
    persons: &HashMap<PersonId, Vec<PersonRow>>,
) -> Result<ObligationView, Error> {
    let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
    let posts = row.person_id.and_then(|human| persons.get(&human));
    let person = posts.and_then(|posts| posts.last());
    Ok(ObligationView {
        id: row.id,
        title,
        kind: row.kind.0,
        unit: Named {
            id: unit.id,
            name: unit.name.clone(),
        },
        person: person.map(|person| Named {
            id: person.id,
            name: person.name.clone(),
        }),
        event_id: row.event_id,
        period: period_of(row).map(Period::key),
        year: row.year,
        window_from: text::local(row.window_from.0),
        window_to: text::local(row.window_to.0),
        due_at: text::local(row.due_at.0),
        due_text: local_due(row.due_at.0),
        working_left: working_left(tx, row)?,
        taken_until: source::taken_until(row).map(text::local),
        due_revision: row.due_revision,
        required: row.required,
        maximum: row.maximum,
        arrived: row.arrived,
        published: row.published,
        done: row.done,
        remaining: (row.required - row.done).max(0),
        state: row.state.0,
        standing: standing(tx, row)?,
        decided_at: row.decided_at.map(|at| text::local(at.0)),
        version: row.version,
    })
}

impl ObligationView {
    /// Whether something is still to be handed in that counts for it: it is lacking, and there is
    /// time, or what comes late is still taken.
    pub fn takes_more(&self, now: DateTime<Utc>) -> bool {
        match self.state {
            State::Open => self.arrived < self.required,
            State::Missed => self.taken_until.is_some_and(|until| now < until),
            _ => false,
        }
    }

    /// The instant by which something has to be done: the due instant, or the end of the time in
    /// which what is late is still taken.
    pub fn act_by(&self) -> DateTime<Utc> {
        let until = self.taken_until.filter(|_| self.state == State::Missed);
        until.unwrap_or(self.due_at).to_utc()
    }
}

/// What is left of working time until an open obligation is due.
fn working_left(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<Option<WorkingLeft>, Error> {
    if row.state.0 != State::Open || row.kind.0 == ObligationKind::Answer {
        return Ok(None);
    }
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    Ok(WorkingLeft::until(row.due_at.0, tx.now, &calendar))
}

/// How an obligation stands now.
pub(crate) fn standing(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<Standing, Error> {
    let state = row.state.0;
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    let first_reminder_at = if state == State::Open {
        let ladder = ladder(tx, row)?;
        ladder
            .iter()
            .find(|step| step.planned.phase == Phase::Before)
            .map(|step| step.planned.leave_at)
    } else {
        None
    };
    let progress = Progress {
        state,
        required: u32::try_from(row.required).unwrap_or(0),
        arrived: u32::try_from(row.arrived).unwrap_or(0),
        window_from: row.window_from.0,
        due_at: row.due_at.0,
        first_reminder_at,
    };
    Ok(obligation::standing(&progress, &calendar, tx.now))
}
