//! Who owes what a rule asks for.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::ids::{PersonId, UnitId};
use crate::domain::opening::Opening;
use crate::domain::rule::Subject;
use crate::domain::set_aside::SetAsideEntity;
use crate::domain::text::local_date;
use crate::domain::tree::Span;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::share::{Owner, Tenures, Time};
use crate::store::people::PersonRow;
use crate::store::plans::PlanRow;
use crate::store::readable::Readable;
use crate::store::units::UnitRow;
use crate::store::{people, roles, units};

/// Everybody whom a rule of a plan concerns in a period, at whatever time of it, and the rows that
/// cannot be read: nobody can tell whether it concerns them.
pub(super) fn of_plan(
    tx: &mut Tx<'_>,
    plan: &PlanRow,
    opening: &Opening<'_>,
) -> Result<(Vec<Owner>, Vec<Unreadable>), Error> {
    let subject = &opening.version.content.subject;
    let units = match subject {
        Subject::Unit { code } => Readable {
            rows: units::find_by_code(tx.conn, code)?.into_iter().collect(),
            unreadable: Vec::new(),
        },
        Subject::Units { categories } => {
            units::ever_of_categories(tx.conn, plan.unit_id, categories)?
        }
        Subject::Persons { .. } => {
            let units = units::ever_below(tx.conn, plan.unit_id)?;
            let (mut humans, unreadable) = humans_of_units(tx, subject, &units)?;
            let ids: Vec<PersonId> = unreadable.iter().map(|(_, id, _)| PersonId(*id)).collect();
            let unclear = people::humans(tx.conn, &ids)?;
            humans.retain(|human| !unclear.values().any(|unclear| unclear == human));
            let owners = of_humans(tx, plan.unit_id, opening, &humans)?;
            return Ok((owners, unreadable));
        }
    };
    let below = units::spans_below(tx.conn, plan.unit_id)?;
    let unreadable = units.unreadable.into_iter();
    let unreadable = unreadable.map(|(id, why)| (SetAsideEntity::Unit, id.0, why.into()));
    let owners = of_units(tx, opening, units.rows, &below);
    Ok((owners, unreadable.collect()))
}

/// A row that cannot be read, and why.
pub(crate) type Unreadable = (SetAsideEntity, i64, Error);

/// Those of the given units whom a rule concerns. `below` says when they stood below the plan's unit: a
/// unit owes by the plan of the tree in which it stood when the period, or the unit itself, began.
pub(super) fn of_units(
    tx: &Tx<'_>,
    opening: &Opening<'_>,
    units: Vec<UnitRow>,
    below: &[Span],
) -> Vec<Owner> {
    let mut times: HashMap<UnitId, Vec<&Span>> = HashMap::new();
    for span in below {
        times.entry(span.unit).or_default().push(span);
    }
    let subject = &opening.version.content.subject;
    let time = Time::of(opening.period, local_date(tx.now));
    let stood_there = |unit: &UnitRow| {
        let began = opening.began(unit.founded_on, tx.now);
        let spans = times.get(&unit.id).into_iter().flatten();
        spans.into_iter().any(|span| span.contains(began))
    };
    units
        .into_iter()
        .filter(|unit| subject.concerns_unit(&unit.code, *unit.category) && stood_there(unit))
        .map(|unit| Owner::of_unit(Arc::new(unit), time))
        .collect()
}

/// Those of the given human beings whom a rule of a plan of `plan_unit` concerns.
pub(super) fn of_humans(
    tx: &mut Tx<'_>,
    plan_unit: UnitId,
    opening: &Opening<'_>,
    humans: &[PersonId],
) -> Result<Vec<Owner>, Error> {
    let time = Time::of(opening.period, local_date(tx.now));
    let subject = &opening.version.content.subject;
    let mut tenures = Tenures::read(tx, humans)?;
    let mut owners = Vec::with_capacity(humans.len());
    for human in humans {
        owners.extend(tenures.owner(tx, *human, (plan_unit, subject), time)?);
    }
    Ok(owners)
}

/// The human beings who ever had a post in one of these units, or a role on it, that may make a rule
/// concern them, in order of entry; and the posts that cannot be read.
pub(crate) fn humans_of_units(
    tx: &mut Tx<'_>,
    subject: &Subject,
    units: &[UnitId],
) -> Result<(Vec<PersonId>, Vec<Unreadable>), Error> {
    let Subject::Persons { role, .. } = subject else {
        return Ok((Vec::new(), Vec::new()));
    };
    let wanted = |post: &PersonRow| role.is_none_or(|role| role == *post.role);
    let posts = people::of_units_readable(tx.conn, units)?;
    let unreadable = posts.unreadable.into_iter();
    let unreadable = unreadable.map(|(id, why)| (SetAsideEntity::Person, id.0, why.into()));
    let mut humans: Vec<PersonId> = posts
        .rows
        .iter()
        .filter(|post| wanted(post))
        .map(PersonRow::human)
        .collect();
    if role.is_some() {
        let granted = roles::ever_on_units(tx.conn, *role, units)?;
        humans.extend(people::humans(tx.conn, &granted)?.into_values());
    }
    humans.sort_unstable();
    humans.dedup();
    Ok((humans, unreadable.collect()))
}
