//! Changes of units and people reach what they owe. Newcomers owe a share of the periods that run;
//! what those who leave owe is settled on their last day. What is owed follows the dates, however late
//! they are recorded or corrected (`life`).

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::ids::{ObligationId, PersonId};
use crate::domain::opening::Life;
use crate::domain::text::{local_date, local_midnight};
use crate::domain::tree;
use crate::service::core::tx::Tx;
use crate::service::obligations::changes::{item_changed, period_of, subtrees_changed};
use crate::service::obligations::fold::{Change, refold};
use crate::service::obligations::life::{Stay, end_of, follow_life};
use crate::service::obligations::open::{InFrozenYear, open_for_units};
use crate::service::obligations::personal::{follow_tenures, tenures_changed};
use crate::service::obligations::share::life_of;
use crate::service::units::{ChangeKind, PersonChange, UnitChange};
use crate::service::{Error, schedule};
use crate::store::items::{self, ItemRow};
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::people::{self, PersonRow};
use crate::store::roles;
use crate::store::units::UnitRow;

/// Lets changes of units reach what they owe.
pub(crate) fn units_changed(tx: &mut Tx<'_>, changes: &[UnitChange]) -> Result<(), Error> {
    let tx = &mut afresh(tx);
    let mut coming = Vec::new();
    for change in changes {
        let unit = &change.unit;
        match (change.kind, &change.before) {
            (ChangeKind::Created, _) | (_, None) => {
                if unit.federation_id == unit.id {
                    schedule::ensure(tx.conn, &tx.app.settings.worker, tx.now)?;
                }
                coming.push(unit.clone());
            }
            // what is open keeps its terms; the department of the new federation looks after it
            (ChangeKind::Moved { from }, _) => {
                store::hand_over(tx.conn, unit.id, unit.federation_id)?;
                subtrees_changed(tx, &change.above, from)?;
            }
            (_, Some(before)) => {
                if before.category != unit.category
                    || life_of(before) != life_of(unit)
                    || before.counts_from != unit.counts_from
                {
                    coming.push(unit.clone());
                }
                unit_changed(tx, before, unit)?;
            }
        }
    }
    open_for_units(tx, coming, InFrozenYear::Refuse)?;
    Ok(())
}

/// The same transaction without what it read before the change.
fn afresh<'t>(tx: &'t mut Tx<'_>) -> Tx<'t> {
    Tx::new(tx.conn, tx.app, tx.actor, tx.now)
}

/// Lets what a unit and its people owe follow the unit's dates, and items its successor.
fn unit_changed(tx: &mut Tx<'_>, before: &UnitRow, unit: &UnitRow) -> Result<(), Error> {
    let (life_before, life_now) = (life_of(before), life_of(unit));
    if (life_before, before.successor_id) == (life_now, unit.successor_id) {
        return Ok(());
    }
    tx.lookups.add_units([unit.clone()]);
    let since = changed_since(life_before, life_now);
    let rows = store::running_of_unit(tx.conn, unit.id, since)?;
    follow_lives(tx, rows)?;
    people_of_unit_changed(tx, unit, since)?;
    items_to_successor(tx, before, unit)
}

/// From when on it matters that these two lives differ.
fn changed_since(before: Life, after: Life) -> DateTime<Utc> {
    if before.from != after.from {
        return start_of(before.from.min(after.from));
    }
    start_of(before.to.into_iter().chain(after.to).min())
}

/// Lets a change of a person reach what the human being owes.
pub(crate) fn person_changed(tx: &mut Tx<'_>, change: &PersonChange) -> Result<(), Error> {
    let tx = &mut afresh(tx);
    let Some(since) = person_changed_since(change, tx.now) else {
        return Ok(());
    };
    tenures_changed(tx, &[change.person.human()], since)
}

/// From when on a change of a person changes what they owe. A change of role or fields counts from
/// the periods that run on; a corrected day in service counts from that day on.
fn person_changed_since(change: &PersonChange, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
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
    let mut humans: Vec<PersonId> = humans.collect();
    humans.sort_unstable();
    humans.dedup();
    tenures_changed(tx, &humans, since)
}

/// Brings obligations in line with the days on which their subjects are there, and folds them.
pub(super) fn follow_lives(
    tx: &mut Tx<'_>,
    rows: Vec<ObligationRow>,
) -> Result<Vec<Change>, Error> {
    let ids: Vec<ObligationId> = rows.iter().map(|row| row.id).collect();
    let (personal, of_units): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.person_id.is_some());
    follow_tenures(tx, &personal)?;
    for row in of_units {
        let life = life_of(&*tx.lookups.unit(tx.conn, row.unit_id)?);
        let stay = Stay {
            days: period_of(&row).map_or(0, |period| life.days_of(period)),
            last: life.to,
        };
        follow_life(tx, &row, stay)?;
    }
    let rows = store::find_many(tx.conn, &ids)?;
    refold(tx, rows.into_values().collect())
}

/// The end of the last day of an obligation's subject.
pub(super) fn life_end(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
) -> Result<Option<DateTime<Utc>>, Error> {
    let last = match row.person_id {
        Some(_) => row.explanation.read()?.ended_on(),
        None => tx.lookups.unit(tx.conn, row.unit_id)?.ended_on,
    };
    Ok(last.map(end_of))
}

/// Items under the name of a merged unit credit its successor if they arrived after its last day, and
/// else the unit itself.
fn items_to_successor(tx: &mut Tx<'_>, before: &UnitRow, unit: &UnitRow) -> Result<(), Error> {
    let Some(successor) = unit.successor_id.or(before.successor_id) else {
        return Ok(());
    };
    let last_days = before.ended_on.into_iter().chain(unit.ended_on);
    let Some(earliest) = last_days.min() else {
        return Ok(());
    };
    for item in items::arrived_since(tx.conn, unit.id, end_of(earliest))? {
        let arrived_on = item.arrived_at.map(|at| local_date(at.0));
        let is_after = unit.ended_on.is_some_and(|last| arrived_on > Some(last));
        let credited_unit_id = if is_after { successor } else { unit.id };
        if credited_unit_id == item.credited_unit_id {
            continue;
        }
        let after = ItemRow {
            credited_unit_id,
            updated_at: tx.now.into(),
            ..item.clone()
        };
        let after = items::update(tx.conn, after)?.ok_or(Error::Stale)?;
        let authors = items::authors(tx.conn, item.id)?;
        item_changed(tx, Some(&item), &after, &authors)?;
    }
    Ok(())
}
