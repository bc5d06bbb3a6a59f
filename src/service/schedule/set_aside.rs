//! Rows that a job cannot judge: a policy that is unreadable, a calendar that does not exist. Such
//! a row is set aside and tried again an hour later; the others go on. It is shown with the jobs,
//! and the administrators get one mail about it (see `set_aside_mail`).

use std::collections::HashMap;

use chrono::TimeDelta;

use crate::domain::access::Scope;
use crate::domain::ids::{ObligationId, RuleVersionId, UnitId};
use crate::domain::set_aside::{SetAsideCause, SetAsideEntity};
use crate::service::Error;
use crate::service::core::access::Action;
use crate::service::core::tx::Tx;
use crate::store::obligations::{self, ObligationRow};
use crate::store::readable::readable as read_all;
use crate::store::set_aside as store;
use crate::store::set_aside::SetAsideRow;
use crate::store::{Conn, views};

/// After this time a row is tried again.
pub const RETRY: TimeDelta = TimeDelta::hours(1);

/// What is set aside in the part of the tree that the actor operates.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<SetAsideRow>, Error> {
    tx.require_by_any_role(Action::Operate)?;
    let all = store::all(tx.conn)?;
    seen(tx.conn, &tx.scope_for(Action::Operate), all)
}

/// Those of the rows that concern a part of the tree.
pub(super) fn seen(
    conn: &mut Conn,
    scope: &Scope,
    mut rows: Vec<SetAsideRow>,
) -> Result<Vec<SetAsideRow>, Error> {
    if *scope == Scope::All || rows.is_empty() {
        return Ok(rows);
    }
    for entity in SetAsideEntity::ALL {
        let of_entity = rows.iter().filter(|row| row.entity == *entity);
        let ids: Vec<i64> = of_entity.map(|row| row.entity_id).collect();
        let units = store::units_of(conn, *entity, &ids)?;
        let concerned: Vec<UnitId> = units.values().copied().collect();
        let seen = views::seen_in_full(conn, scope, &concerned)?;
        let is_seen = |id: &i64| units.get(id).is_some_and(|unit| seen.contains(unit));
        rows.retain(|row| row.entity != *entity || is_seen(&row.entity_id));
    }
    Ok(rows)
}

/// Runs `work` on all rows at once; if one of them cannot be judged, on halves, until that row is
/// alone and goes to `set_aside`.
///
/// # Errors
/// Those that are not about the data.
pub(crate) fn each<Id: Copy>(
    ids: &[Id],
    work: &mut dyn FnMut(&[Id]) -> Result<(), Error>,
    set_aside: &mut dyn FnMut(Id, &Error) -> Result<(), Error>,
) -> Result<(), Error> {
    match (work(ids), ids) {
        (Err(error), [id]) if error.is_about_data() => set_aside(*id, &error),
        (Err(error), [_, _, ..]) if error.is_about_data() => {
            let (first, second) = ids.split_at(ids.len() / 2);
            each(first, work, set_aside)?;
            each(second, work, set_aside)
        }
        (done, _) => done,
    }
}

/// Sets a row aside.
pub(crate) fn put(
    tx: &mut Tx<'_>,
    entity: SetAsideEntity,
    id: impl Into<i64>,
    why: &Error,
) -> Result<(), Error> {
    let id = id.into();
    tracing::error!(%entity, id, error = %why, "a row cannot be judged and is set aside");
    if entity == SetAsideEntity::Obligation {
        obligations::postpone(tx.conn, ObligationId(id), tx.now + RETRY)?;
    }
    let row = SetAsideRow::new(entity, id, tx.now).because(cause_of(why), &why.to_string());
    Ok(store::put(tx.conn, &row)?)
}

/// What is wrong with a row, by the error of judging it.
fn cause_of(why: &Error) -> SetAsideCause {
    match why {
        Error::NotFound { what: "calendar" } => SetAsideCause::CalendarMissing,
        Error::NotFound { .. } => SetAsideCause::RecordMissing,
        Error::Invalid(_) | Error::Conflict(_) => SetAsideCause::Refused,
        _ => SetAsideCause::Unreadable,
    }
}

/// Notes that these rows could be judged.
pub(crate) fn judged<Id: Copy + Into<i64>>(
    tx: &mut Tx<'_>,
    entity: SetAsideEntity,
    ids: &[Id],
) -> Result<(), Error> {
    if store::count(tx.conn)? > 0 {
        let ids: Vec<i64> = ids.iter().map(|id| (*id).into()).collect();
        store::remove(tx.conn, entity, &ids, tx.now)?;
    }
    Ok(())
}

/// The ids of rows of a sort that are to be tried again.
pub(crate) fn to_retry(tx: &mut Tx<'_>, entity: SetAsideEntity) -> Result<Vec<i64>, Error> {
    let due = |row: &SetAsideRow| row.entity == entity && row.tried_at.0 + RETRY <= tx.now;
    let all = store::all(tx.conn)?;
    Ok(all
        .into_iter()
        .filter(due)
        .map(|row| row.entity_id)
        .collect())
}

/// These obligations, without those that cannot be read or named: they are set aside.
pub(crate) fn readable(
    tx: &mut Tx<'_>,
    ids: &[ObligationId],
) -> Result<HashMap<ObligationId, ObligationRow>, Error> {
    let all = obligations::find_many(tx.conn, ids);
    let all = all.map(|rows| rows.into_values().collect());
    let found = read_all(tx.conn, all, |_| Ok(ids.to_vec()), obligations::find)?;
    let entity = SetAsideEntity::Obligation;
    for (id, why) in found.unreadable {
        put(tx, entity, id.0, &why.into())?;
    }
    let named = name_all(tx, &found.rows);
    let all_named = !named.as_ref().is_err_and(Error::is_about_data);
    if all_named {
        named?;
    }
    let mut rows = HashMap::with_capacity(found.rows.len());
    for row in found.rows {
        match if all_named {
            Ok(())
        } else {
            name_all(tx, std::slice::from_ref(&row))
        } {
            Err(why) if why.is_about_data() => put(tx, entity, row.id.0, &why)?,
            named => {
                named?;
                rows.insert(row.id, row);
            }
        }
    }
    Ok(rows)
}

/// Reads what obligations are named by: their units and rules.
fn name_all(tx: &mut Tx<'_>, rows: &[ObligationRow]) -> Result<(), Error> {
    let of_rules = rows.iter().filter(|row| row.event_id.is_none());
    let versions: Vec<RuleVersionId> = of_rules.map(|row| row.rule_version_id).collect();
    tx.lookups.read_contents(tx.conn, &versions)?;
    let units = rows.iter().map(|row| row.unit_id);
    tx.lookups.read_units(tx.conn, units)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Invalid;

    #[test]
    fn a_row_that_cannot_be_judged_is_found_and_the_others_are_done() {
        let ids: Vec<i64> = (1..=20).collect();
        let (mut done, mut aside) = (Vec::new(), Vec::new());
        let mut work = |ids: &[i64]| {
            if ids.contains(&7) || ids.contains(&8) {
                return Err(Error::from(Invalid::new("policy", "unreadable")));
            }
            done.extend_from_slice(ids);
            Ok(())
        };
        each(&ids, &mut work, &mut |id, _| {
            aside.push(id);
            Ok(())
        })
        .unwrap();
        assert_eq!(aside, [7, 8]);
        assert_eq!(done.len(), 18);
    }

    #[test]
    fn what_is_not_about_the_data_stops_everything() {
        let mut calls = 0;
        let mut work = |_: &[i64]| {
            calls += 1;
            Err(Error::Stale)
        };
        let stopped = each(&[1, 2], &mut work, &mut |_, _| Ok(()));
        assert!(matches!(stopped, Err(Error::Stale)));
        assert_eq!(calls, 1);
    }
}
