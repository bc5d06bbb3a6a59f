//! Changes of units and people reach what they owe. Newcomers owe a share of the periods that run;
//! what those who leave owe is settled on their last day. What is owed follows the dates, however late
//! they are recorded or corrected (`life`).

use chrono::{DateTime, Utc};

use crate::domain::opening::Life;
use crate::domain::text::{local_date, local_midnight};
use crate::service::core::tx::Tx;
use crate::service::obligations::changes::{item_changed, subtrees_changed};
use crate::service::obligations::fold::{Change, refold};
use crate::service::obligations::life::{end_of, follow_life};
use crate::service::obligations::open::open_for;
use crate::service::obligations::share::{Owner, life};
use crate::service::units::{ChangeKind, PersonChange, UnitChange};
use crate::service::{Error, schedule};
use crate::store::items::{self, ItemRow};
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::people::{self, PersonRow};
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
                if before.category != unit.category || life(before, None) != life(unit, None) {
                    coming.push(unit.clone());
                }
                unit_changed(tx, before, unit)?;
            }
        }
    }
    open_for(tx, coming, None)?;
    Ok(())
}

/// The same transaction without what it read before the change.
fn afresh<'t>(tx: &'t mut Tx<'_>) -> Tx<'t> {
    Tx::new(tx.conn, tx.app, tx.actor, tx.now)
}

/// Lets what a unit and its people owe follow the unit's dates, and items its successor.
fn unit_changed(tx: &mut Tx<'_>, before: &UnitRow, unit: &UnitRow) -> Result<(), Error> {
    let (life_before, life_now) = (life(before, None), life(unit, None));
    if (life_before, before.successor_id) == (life_now, unit.successor_id) {
        return Ok(());
    }
    tx.lookups.add_units([unit.clone()]);
    let since = changed_since(life_before, life_now);
    let rows = store::running_of_unit(tx.conn, unit.id, since)?;
    follow_lives(tx, rows)?;
    items_to_successor(tx, before, unit)
}

/// From when on it matters that these two lives differ.
fn changed_since(before: Life, after: Life) -> DateTime<Utc> {
    if before.from != after.from {
        return DateTime::UNIX_EPOCH;
    }
    let earliest = before.to.into_iter().chain(after.to).min();
    earliest.map_or(DateTime::UNIX_EPOCH, local_midnight)
}

/// Lets a change of a person reach what the person owes.
pub(crate) fn person_changed(tx: &mut Tx<'_>, change: &PersonChange) -> Result<(), Error> {
    let tx = &mut afresh(tx);
    let person = &change.person;
    if let Some(before) = &change.before {
        let of = |person: &PersonRow| Life {
            from: person.active_from,
            to: person.active_to,
        };
        if of(before) != of(person) {
            let since = changed_since(of(before), of(person));
            let rows = store::running_of_person(tx.conn, person.id, since)?;
            follow_lives(tx, rows)?;
        }
        if person.fields != before.fields {
            let rows = store::running_of_person(tx.conn, person.id, tx.now)?;
            refold(tx, rows)?;
        }
    }
    let unit = tx.lookups.unit(tx.conn, person.unit_id)?;
    open_for(tx, vec![UnitRow::clone(&unit)], Some(person.id))?;
    Ok(())
}

/// Brings obligations in line with the dates on which their subjects are there, and folds them.
pub(super) fn follow_lives(
    tx: &mut Tx<'_>,
    rows: Vec<ObligationRow>,
) -> Result<Vec<Change>, Error> {
    let persons: Vec<i64> = rows.iter().filter_map(|row| row.person_id).collect();
    let persons = people::find_many(tx.conn, &persons)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    for row in rows {
        let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
        let person = row.person_id.and_then(|id| persons.get(&id));
        let owner = Owner::new(unit, person.cloned());
        follow_life(tx, &row, &owner)?;
    }
    let rows = store::find_many(tx.conn, &ids)?;
    refold(tx, rows.into_values().collect())
}

/// The end of the last day of an obligation's subject.
pub(super) fn life_end(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
) -> Result<Option<DateTime<Utc>>, Error> {
    let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
    let person = match row.person_id {
        Some(id) => people::find(tx.conn, id)?,
        None => None,
    };
    Ok(Owner::new(unit, person).life.to.map(end_of))
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
