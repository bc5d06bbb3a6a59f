//! The lives of units and people reach what they owe: who comes owes the periods that run, by the
//! days that are left of them; who goes is settled on the last day.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::access::Actor;
use crate::domain::deadline::missed_for_good;
use crate::domain::obligation::{ExemptionCause, Note, State};
use crate::domain::text::local_midnight;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::changes::{item_changed_in, period_of};
use crate::service::obligations::decide::{Excuse, excuse_in};
use crate::service::obligations::fold::{Change, refold_in};
use crate::service::obligations::open::open_for_in;
use crate::service::obligations::share;
use crate::service::obligations::terms::{policy_of, stored};
use crate::service::units::{ChangeKind, PersonChange, UnitChange};
use crate::service::{App, Error, schedule};
use crate::store::items::{self, ItemRow};
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::people::PersonRow;
use crate::store::types::{At, JsonText};
use crate::store::units::UnitRow;
use crate::store::{Conn, people, reminders};

/// Lets changes of units reach what they owe.
pub(crate) fn units_changed_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    changes: &[UnitChange],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut coming = Vec::new();
    for change in changes {
        let (unit, before) = (&change.unit, change.before.as_ref());
        match change.kind {
            ChangeKind::Created => {
                if unit.federation_id == unit.id {
                    schedule::ensure(conn, &app.settings.worker, now)?;
                }
                coming.push(unit.clone());
            }
            ChangeKind::Changed => {
                if before
                    .is_some_and(|b| b.category != unit.category || b.founded_on != unit.founded_on)
                {
                    coming.push(unit.clone());
                }
            }
            // what is open keeps its terms; the department of the new federation looks after it
            ChangeKind::Moved => store::hand_over(conn, unit.id, unit.federation_id)?,
            ChangeKind::Ended | ChangeKind::Merged => {
                let mut lookups = Lookups::new(app);
                unit_ended_in(conn, &mut lookups, unit, &actor.name, now)?;
                items_to_successor_in(conn, &mut lookups, unit, now)?;
            }
        }
    }
    open_for_in(conn, app, coming, None, now)?;
    Ok(())
}

/// Lets a change of a person reach what the person owes.
pub(crate) fn person_changed_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    change: &PersonChange,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let person = &change.person;
    let mut lookups = Lookups::new(app);
    if let Some(before) = &change.before {
        if person.active_to != before.active_to
            && let Some(last) = person.active_to
        {
            let rows = store::running_of_person(conn, person.id, end_of(last))?;
            cut_short_in(conn, &mut lookups, rows, last, &actor.name, now)?;
        }
        if person.fields != before.fields {
            let rows = store::running_of_person(conn, person.id, now)?;
            refold_in(conn, &mut lookups, rows, now)?;
        }
    }
    let unit = lookups.unit(conn, person.unit_id)?;
    open_for_in(conn, app, vec![UnitRow::clone(&unit)], Some(person.id), now)?;
    Ok(())
}

/// Settles what a unit owes on its last day: quotas and reports are prorated and their windows end
/// with it, deadlines that would fall due later are excused.
fn unit_ended_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    unit: &UnitRow,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Error> {
    let Some(last) = unit.ended_on else {
        return Ok(Vec::new());
    };
    lookups.learn_units([unit.clone()]);
    let rows = store::running_of_unit(conn, unit.id, end_of(last))?;
    cut_short_in(conn, lookups, rows, last, actor, now)
}

fn end_of(last: NaiveDate) -> DateTime<Utc> {
    local_midnight(last.succ_opt().unwrap_or(last))
}

/// Items that arrived under the name of a merged unit after its last day credit its successor.
fn items_to_successor_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    unit: &UnitRow,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (Some(last), Some(successor)) = (unit.ended_on, unit.successor_id) else {
        return Ok(());
    };
    for item in items::arrived_since(conn, unit.id, end_of(last))? {
        let after = ItemRow {
            credited_unit_id: successor,
            updated_at: now.into(),
            ..item.clone()
        };
        let after = items::update(conn, after)?.ok_or(Error::Stale)?;
        let authors = items::authors(conn, item.id)?;
        item_changed_in(conn, lookups, Some(&item), &after, &authors, now)?;
    }
    Ok(())
}

/// Settles these obligations, of subjects whose last day is `last`.
fn cut_short_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    rows: Vec<ObligationRow>,
    last: NaiveDate,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Error> {
    let persons: Vec<i64> = rows.iter().filter_map(|row| row.person_id).collect();
    let persons = people::find_many(conn, &persons)?;
    let mut touched = Vec::with_capacity(rows.len());
    for row in rows {
        let state = row.state.0;
        if state == State::Exempt {
            continue;
        }
        touched.push(row.id);
        if row.period.is_some() {
            end_period_in(conn, lookups, &row, last, &persons, actor, now)?;
        } else if state == State::Open {
            let excuse = Excuse {
                cause: ExemptionCause::SubjectEnded,
                reason: "Đơn vị hoặc cá nhân kết thúc trước hạn",
                decided_by: actor,
            };
            excuse_in(conn, &row, &excuse, now)?;
        }
    }
    let rows: Vec<ObligationRow> = store::find_many(conn, &touched)?.into_values().collect();
    refold_in(conn, lookups, rows, now)
}

/// Prorates what is owed for a period that the subject does not live to see the end of.
fn end_period_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
    last: NaiveDate,
    persons: &HashMap<i64, PersonRow>,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(period) = period_of(row) else {
        return Ok(());
    };
    let content = lookups.content(conn, row.rule_version_id)?;
    let (person, unit) = (
        row.person_id.and_then(|id| persons.get(&id)),
        lookups.unit(conn, row.unit_id)?,
    );
    let (from, _) = share::life(&unit, person);
    let share = share::share_in(
        conn,
        lookups,
        (&content, period),
        (&unit, person),
        (from, Some(last)),
    )?;
    if share.required == 0 {
        let excuse = Excuse {
            cause: ExemptionCause::NothingOwed,
            reason: "Chỉ tiêu tính theo số ngày tồn tại trong kỳ là 0",
            decided_by: actor,
        };
        return excuse_in(conn, row, &excuse, now);
    }
    let (calendar, _) = lookups.calendar(conn, &row.calendar)?;
    let policy = policy_of(lookups, row)?;
    let end = calendar.end_of(last).max(row.window_from.0);
    let mut why = row.explanation.read()?;
    why.due = calendar.explain_fixed(row.window_from.0, end);
    why.notes.extend(share.note);
    why.notes.push(Note::EndedOn { date: last });
    let cut = ObligationRow {
        required: stored(share.required),
        maximum: share.maximum.map(stored),
        window_to: At(end),
        due_at: At(end),
        due_revision: row.due_revision + 1,
        extended_to: None,
        missed_at: row
            .missed_at
            .map(|_| At(missed_for_good(&calendar, end, policy.missed_after_days))),
        explanation: JsonText::of(&why)?,
        // an end that is recorded late does not swallow the word about a miss
        swept_until: At(now.min(end - TimeDelta::seconds(1))),
        ..row.clone()
    };
    store::save(conn, &cut)?;
    Ok(reminders::drop_waiting(conn, row.id, now)?)
}
