//! Changes of units and people reach what they owe. Newcomers owe a share of the periods that run;
//! what those who leave owe is settled on their last day.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::deadline::missed_for_good;
use crate::domain::obligation::{ExemptionCause, Note, State};
use crate::domain::opening::Life;
use crate::domain::share::Share;
use crate::domain::text::local_midnight;
use crate::domain::tree;
use crate::service::core::tx::Tx;
use crate::service::obligations::changes::{item_changed, period_of, subtrees_changed};
use crate::service::obligations::decide::excuse;
use crate::service::obligations::fold::{Change, refold};
use crate::service::obligations::open::open_for_units;
use crate::service::obligations::personal::tenures_changed;
use crate::service::obligations::terms::{policy_of, stored};
use crate::service::units::{ChangeKind, PersonChange, UnitChange};
use crate::service::{Error, schedule};
use crate::store::items::{self, ItemRow};
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::people::PersonRow;
use crate::store::types::{At, JsonText};
use crate::store::units::UnitRow;
use crate::store::{people, reminders, roles};

/// Lets changes of units reach what they owe.
pub(crate) fn units_changed(tx: &mut Tx<'_>, changes: &[UnitChange]) -> Result<(), Error> {
    let tx = &mut afresh(tx);
    let mut coming = Vec::new();
    for change in changes {
        let (unit, before) = (&change.unit, change.before.as_ref());
        match change.kind {
            ChangeKind::Created => {
                if unit.federation_id == unit.id {
                    schedule::ensure(tx.conn, &tx.app.settings.worker, tx.now)?;
                }
                coming.push(unit.clone());
            }
            ChangeKind::Changed => {
                if before
                    .is_some_and(|b| b.category != unit.category || b.founded_on != unit.founded_on)
                {
                    coming.push(unit.clone());
                }
                if let Some(before) = before.filter(|b| b.founded_on != unit.founded_on) {
                    let first = before.founded_on.min(unit.founded_on);
                    people_of_unit_changed(tx, unit, start_of(first))?;
                }
            }
            // what is open keeps its terms; the department of the new federation looks after it
            ChangeKind::Moved { from } => {
                store::hand_over(tx.conn, unit.id, unit.federation_id)?;
                subtrees_changed(tx, &change.above, from)?;
            }
            ChangeKind::Ended | ChangeKind::Merged => {
                unit_ended(tx, unit)?;
                let last = before.and_then(|before| before.ended_on).min(unit.ended_on);
                let last = last.or(unit.ended_on);
                people_of_unit_changed(tx, unit, last.map_or(tx.now, end_of))?;
                items_to_successor(tx, unit)?;
            }
        }
    }
    open_for_units(tx, coming)?;
    Ok(())
}

/// The same transaction without what it read before the change.
fn afresh<'t>(tx: &'t mut Tx<'_>) -> Tx<'t> {
    Tx::new(tx.conn, tx.app, tx.actor, tx.now)
}

/// Lets a change of a person reach what the human being owes.
pub(crate) fn person_changed(tx: &mut Tx<'_>, change: &PersonChange) -> Result<(), Error> {
    let tx = &mut afresh(tx);
    let Some(since) = changed_since(change, tx.now) else {
        return Ok(());
    };
    tenures_changed(tx, &[change.person.human()], since)
}

/// From when on a change of a person changes what they owe. A change of role or fields counts from
/// the periods that run on; a corrected day in service counts from that day on.
fn changed_since(change: &PersonChange, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let person = &change.person;
    let Some(before) = &change.before else {
        return Some(start_of(person.active_from));
    };
    let mut since = Vec::new();
    if person.active_from != before.active_from {
        since.push(start_of(person.active_from.min(before.active_from)));
    }
    if person.active_to != before.active_to {
        let last = person.active_to.into_iter().chain(before.active_to).min();
        since.extend(last.map(end_of));
    }
    if (person.role, &person.fields) != (before.role, &before.fields) {
        since.push(now);
    }
    since.into_iter().min()
}

/// Midnight at which a life begins; without a first day it has always been there.
fn start_of(first: Option<NaiveDate>) -> DateTime<Utc> {
    first.map_or(tree::ALWAYS, local_midnight)
}

/// Lets a changed life of a unit, from an instant on, reach what those owe who have a post or a role
/// there.
fn people_of_unit_changed(
    tx: &mut Tx<'_>,
    unit: &UnitRow,
    since: DateTime<Utc>,
) -> Result<(), Error> {
    let posts = people::of_units(tx.conn, &[unit.id])?;
    let granted = roles::ever_on_units(tx.conn, None, &[unit.id])?;
    let granted = people::humans(tx.conn, &granted)?.into_values();
    let humans = posts.iter().map(PersonRow::human).chain(granted);
    let mut humans: Vec<i64> = humans.collect();
    humans.sort_unstable();
    humans.dedup();
    tenures_changed(tx, &humans, since)
}

/// Settles what a unit owes on its last day: quotas and reports are prorated and their windows end
/// with it, deadlines that would fall due later are excused.
fn unit_ended(tx: &mut Tx<'_>, unit: &UnitRow) -> Result<Vec<Change>, Error> {
    let Some(last) = unit.ended_on else {
        return Ok(Vec::new());
    };
    tx.lookups.add_units([unit.clone()]);
    let rows = store::running_of_unit(tx.conn, unit.id, end_of(last))?;
    cut_short(tx, rows, last)
}

fn end_of(last: NaiveDate) -> DateTime<Utc> {
    local_midnight(last.succ_opt().unwrap_or(last))
}

/// Items that arrived under the name of a merged unit after its last day credit its successor.
fn items_to_successor(tx: &mut Tx<'_>, unit: &UnitRow) -> Result<(), Error> {
    let (Some(last), Some(successor)) = (unit.ended_on, unit.successor_id) else {
        return Ok(());
    };
    for item in items::arrived_since(tx.conn, unit.id, end_of(last))? {
        let after = ItemRow {
            credited_unit_id: successor,
            updated_at: tx.now.into(),
            ..item.clone()
        };
        let after = items::update(tx.conn, after)?.ok_or(Error::Stale)?;
        let authors = items::authors(tx.conn, item.id)?;
        item_changed(tx, Some(&item), &after, &authors)?;
    }
    Ok(())
}

/// Settles these obligations, of subjects whose last day is `last`.
fn cut_short(
    tx: &mut Tx<'_>,
    rows: Vec<ObligationRow>,
    last: NaiveDate,
) -> Result<Vec<Change>, Error> {
    let mut touched = Vec::with_capacity(rows.len());
    for row in rows {
        let state = row.state.0;
        if state == State::Exempt {
            continue;
        }
        touched.push(row.id);
        if row.period.is_some() {
            end_period(tx, &row, last)?;
        } else if state == State::Open {
            excuse(
                tx,
                &row,
                ExemptionCause::SubjectEnded,
                "Đơn vị hoặc cá nhân kết thúc trước hạn",
            )?;
        }
    }
    let rows: Vec<ObligationRow> = store::find_many(tx.conn, &touched)?.into_values().collect();
    refold(tx, rows)
}

/// Prorates what is owed for a period within which the subject ends.
fn end_period(tx: &mut Tx<'_>, row: &ObligationRow, last: NaiveDate) -> Result<(), Error> {
    let Some(period) = period_of(row) else {
        return Ok(());
    };
    let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
    let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
    let life = Life {
        from: unit.founded_on,
        to: Some(last),
    };
    let share = Share::of(&content, period, life.days_of(period));
    if share.required == 0 {
        return excuse(
            tx,
            row,
            ExemptionCause::NothingOwed,
            "Chỉ tiêu tính theo số ngày tồn tại trong kỳ là 0",
        );
    }
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    let policy = policy_of(&mut tx.lookups, row)?;
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
        // a miss is still reported when the end is recorded late
        swept_until: At(tx.now.min(end - TimeDelta::seconds(1))),
        ..row.clone()
    };
    store::save(tx.conn, &cut)?;
    Ok(reminders::drop_waiting(tx.conn, row.id, tx.now)?)
}
