//! Who owes what a rule asks for.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::rule::{RuleContent, Subject};
use crate::service::Error;
use crate::service::obligations::share::Owner;
use crate::store::plans::PlanRow;
use crate::store::units::UnitRow;
use crate::store::{Conn, people, units};

/// Everybody whom a rule of a plan concerns, at whatever time they were there.
pub(super) fn of_plan(
    conn: &mut Conn,
    plan: &PlanRow,
    content: &RuleContent,
) -> Result<Vec<Owner>, Error> {
    let units = match &content.subject {
        Subject::Unit { code } => units::find_by_code(conn, code)?.into_iter().collect(),
        Subject::Units { categories } | Subject::Persons { categories, .. } => {
            units::of_categories(conn, plan.unit_id, categories)?
        }
    };
    of_units(conn, &content.subject, units)
}

/// Those of the given units, or of their people, whom a rule concerns.
pub(super) fn of_units(
    conn: &mut Conn,
    subject: &Subject,
    units: Vec<UnitRow>,
) -> Result<Vec<Owner>, Error> {
    let units = units
        .into_iter()
        .filter(|unit| subject.concerns_unit(&unit.code, *unit.category))
        .map(Arc::new);
    if !matches!(subject, Subject::Persons { .. }) {
        return Ok(units.map(|unit| Owner::new(unit, None)).collect());
    }
    let units: Vec<Arc<UnitRow>> = units.collect();
    let ids: Vec<i64> = units.iter().map(|unit| unit.id).collect();
    let by_id: HashMap<i64, Arc<UnitRow>> = units.into_iter().map(|unit| (unit.id, unit)).collect();
    let people = people::of_units(conn, &ids)?;
    let owners = people
        .into_iter()
        .filter(|person| subject.concerns_role(*person.role))
        .filter_map(|person| {
            let unit = by_id.get(&person.unit_id)?.clone();
            Some(Owner::new(unit, Some(person)))
        });
    Ok(owners.collect())
}
