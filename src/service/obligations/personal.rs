//! Personal obligations after a change of what people hold: a post, a role beside it, the life of a
//! unit. What they owe is computed again from all posts and roles as they are recorded now, so that
//! the order in which they were recorded does not matter.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ids::{ObligationId, PersonId, RuleId, UnitId};
use crate::domain::text::{local_date, local_midnight};
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::changes::period_of;
use crate::service::obligations::fold::refold;
use crate::service::obligations::life::{Stay, follow_life};
use crate::service::obligations::open::{InFrozenYear, open_for_humans};
use crate::service::obligations::share::{Owner, Tenures, Time};
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::rules;

/// Lets a change of what these human beings hold, from an instant on, reach what they owe.
pub(crate) fn tenures_changed(
    tx: &mut Tx<'_>,
    humans: &[PersonId],
    since: DateTime<Utc>,
) -> Result<(), Error> {
    let rows = running(tx, humans, since)?;
    follow_tenures(tx, &rows)?;
    let ids: Vec<ObligationId> = rows.iter().map(|row| row.id).collect();
    let rows = store::find_many(tx.conn, &ids)?.into_values().collect();
    refold(tx, rows)?;
    open_for_humans(tx, humans, InFrozenYear::Refuse)?;
    Ok(())
}

/// Brings personal obligations in line with what their subjects hold; the caller folds.
pub(super) fn follow_tenures(tx: &mut Tx<'_>, rows: &[ObligationRow]) -> Result<(), Error> {
    let mut humans: Vec<PersonId> = rows.iter().filter_map(|row| row.person_id).collect();
    humans.sort_unstable();
    humans.dedup();
    let rules: Vec<RuleId> = rows.iter().map(|row| row.rule_id).collect();
    let plan_units = rules::plan_units(tx.conn, &rules)?;
    let mut tenures = Tenures::read(tx, &humans)?;
    for row in rows {
        let owner = owner(tx, &mut tenures, &plan_units, row)?;
        revise(tx, row, owner.as_ref())?;
    }
    Ok(())
}

/// What these human beings owe for periods, or by dates, that end after an instant. A window may have
/// ended before, with a last day that is corrected now.
fn running(
    tx: &mut Tx<'_>,
    humans: &[PersonId],
    since: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, Error> {
    let longest_period = TimeDelta::days(366);
    let mut rows = store::of_persons_since(tx.conn, humans, since - longest_period)?;
    rows.retain(|row| {
        let end = match period_of(row) {
            Some(period) => local_midnight(period.next().first),
            None => row.due_at.0,
        };
        end > since || row.due_at > since
    });
    Ok(rows)
}

/// Who owes a personal obligation, as posts and roles are recorded now. What is due on a fixed date
/// is owed by each person who is subject to it on that day.
fn owner(
    tx: &mut Tx<'_>,
    tenures: &mut Tenures,
    plan_units: &HashMap<RuleId, UnitId>,
    row: &ObligationRow,
) -> Result<Option<Owner>, Error> {
    let (Some(human), Some(plan_unit)) = (row.person_id, plan_units.get(&row.rule_id)) else {
        return Ok(None);
    };
    let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
    let time = Time::of(period_of(row), local_date(row.due_at.0));
    tenures.owner(tx, human, (*plan_unit, &content.subject), time)
}

/// Brings the unit, the share and the window of an obligation in line with the days on which its
/// subject is there.
fn revise(tx: &mut Tx<'_>, row: &ObligationRow, owner: Option<&Owner>) -> Result<(), Error> {
    let stay = match (owner, period_of(row)) {
        (Some(owner), Some(period)) => Stay {
            days: owner.days,
            last: owner.life.to.filter(|last| *last < period.last),
        },
        // nobody is there on the day on which it is due
        (None, None) => Stay {
            days: 0,
            last: local_date(row.due_at.0).pred_opt(),
        },
        _ => Stay::default(),
    };
    let mut row = row.clone();
    if let Some(unit) = owner
        .map(|owner| &owner.unit)
        .filter(|unit| unit.id != row.unit_id)
    {
        row.unit_id = unit.id;
        row.federation_id = unit.federation_id;
        store::save(tx.conn, &row)?;
    }
    follow_life(tx, &row, stay)
}
