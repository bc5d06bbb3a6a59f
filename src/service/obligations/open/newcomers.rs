//! What newcomers owe: units and people that are entered, or whose dates were corrected, while periods
//! run.

use chrono::NaiveDate;

use super::{InFrozenYear, Opened, open_subjects, opened_to, subjects, versions};
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::opening::{self, Opening};
use crate::domain::rule::Subject;
use crate::domain::text::local_date;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::share::Owner;
use crate::store::plans::{self, PlanRow};
use crate::store::units::{self, UnitRow};
use crate::store::{people, rules};

/// Since when somebody owes, and what becomes of what they would owe in a frozen year.
#[derive(Debug, Clone, Copy)]
struct Since {
    day: Option<NaiveDate>,
    in_frozen_year: InFrozenYear,
}

/// Opens what units that are new, or whose dates were corrected, owe by every rule in force: the periods
/// that had not ended when they were entered. Periods that the job has not reached yet are left to it.
pub(crate) fn open_for_units(
    tx: &mut Tx<'_>,
    units: Vec<UnitRow>,
    in_frozen_year: InFrozenYear,
) -> Result<Opened, Error> {
    let ids: Vec<UnitId> = units.iter().map(|unit| unit.id).collect();
    let places = units::spans_above(tx.conn, &ids)?;
    let mut opened = Opened::default();
    for plan in plans::in_force(tx.conn)? {
        let mut below = places.clone();
        below.retain(|span| span.ancestor == plan.unit_id);
        let ever_below = |unit: &&UnitRow| below.iter().any(|span| span.unit == unit.id);
        let units: Vec<UnitRow> = units.iter().filter(ever_below).cloned().collect();
        if units.is_empty() {
            continue;
        }
        let since = Since {
            day: units.iter().map(|unit| local_date(unit.owes_since())).min(),
            in_frozen_year,
        };
        opened += open_since(tx, &plan, since, |tx, opening| {
            let subject = &opening.version.content.subject;
            if let Subject::Persons { .. } = subject {
                let ids: Vec<UnitId> = units.iter().map(|unit| unit.id).collect();
                let (humans, _) = subjects::humans_of_units(tx, subject, &ids)?;
                return subjects::of_humans(tx, plan.unit_id, opening, &humans);
            }
            Ok(subjects::of_units(tx, opening, units.clone(), &below))
        })?;
    }
    Ok(opened)
}

/// The same for human beings, after a change of what they hold.
pub(crate) fn open_for_humans(
    tx: &mut Tx<'_>,
    humans: &[PersonId],
    in_frozen_year: InFrozenYear,
) -> Result<Opened, Error> {
    let first_posts = people::find_many(tx.conn, humans)?;
    let entered = first_posts.values().map(|post| post.created_at.0);
    let since = Since {
        day: entered.map(local_date).min(),
        in_frozen_year,
    };
    let mut opened = Opened::default();
    for plan in plans::in_force(tx.conn)? {
        opened += open_since(tx, &plan, since, |tx, opening| {
            match opening.version.content.subject {
                Subject::Persons { .. } => subjects::of_humans(tx, plan.unit_id, opening, humans),
                Subject::Unit { .. } | Subject::Units { .. } => Ok(Vec::new()),
            }
        })?;
    }
    Ok(opened)
}

/// Opens the periods of a plan that had not ended on that day, for the owners whom `concerned` names.
fn open_since(
    tx: &mut Tx<'_>,
    plan: &PlanRow,
    since: Since,
    concerned: impl Fn(&mut Tx<'_>, &Opening<'_>) -> Result<Vec<Owner>, Error>,
) -> Result<Opened, Error> {
    let mut opened = Opened::default();
    let today = local_date(tx.now);
    let rows = rules::versions_of_plans(tx.conn, &[plan.id])?;
    for rows in rows.chunk_by(|a, b| a.rule_id == b.rule_id) {
        let versions = versions(rows);
        let (Some(first), Some(day)) = (versions.first(), since.day) else {
            continue;
        };
        let Some(opened_to) = opened_to(tx.conn, first.rule_id)? else {
            continue;
        };
        for opening in opening::since(&versions, plan.year, day, today) {
            if opening.opened_to() > opened_to {
                continue;
            }
            let owners = concerned(tx, &opening)?;
            if !owners.is_empty() {
                opened += open_subjects(tx, &opening, &owners, since.in_frozen_year)?;
            }
        }
    }
    Ok(opened)
}
