//! Creating a unit, and where a unit may be placed in the tree.

use super::save;
use super::{UnitChange, update_obligations};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text;
use crate::domain::unit::{Category, NewUnit};
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::units::{self, UnitRow};

/// Creates a unit.
///
/// # Errors
/// All faults of the input at once, a parent that does not exist among them; [`Error::Forbidden`].
pub fn create(tx: &mut Tx<'_>, new: &NewUnit) -> Result<UnitChange, Error> {
    let parent = parent_for(tx, new.parent_id)?;
    let (facts, mut faults) = match new.facts() {
        Ok(facts) => (Some(facts), Vec::new()),
        Err(faults) => (None, faults),
    };
    faults.extend(misplaced(tx, new.category, new.parent_id, parent.as_ref()));
    if let Some(facts) = &facts
        && units::find_by_code(tx.conn, &facts.code)?.is_some()
    {
        faults.push(save::duplicate(&facts.code));
    }
    match facts {
        Some(facts) if faults.is_empty() => {
            let change = save::insert(tx, facts, parent.as_ref())?;
            update_obligations(tx, std::slice::from_ref(&change))?;
            Ok(change)
        }
        _ => Err(Error::Invalid(faults)),
    }
}

/// The future parent, which the actor must be allowed to manage; without a parent they must be
/// allowed to manage all units. `None` also for a parent that does not exist: [`misplaced`] names
/// that fault beside the others.
pub(super) fn parent_for(
    tx: &mut Tx<'_>,
    parent: Option<UnitId>,
) -> Result<Option<UnitRow>, Error> {
    let Some(parent) = parent else {
        tx.require_on_all_units(Action::ManageUnits)?;
        return Ok(None);
    };
    match tx.load(parent, Action::ManageUnits, None) {
        Err(Error::NotFound { .. }) => Ok(None),
        loaded => loaded.map(Some),
    }
}

/// Why a unit of this category cannot be placed below the parent that the input names.
pub(super) fn misplaced(
    tx: &Tx<'_>,
    own: Category,
    named: Option<UnitId>,
    parent: Option<&UnitRow>,
) -> Option<Invalid> {
    match (named, parent) {
        (Some(named), None) => {
            Some(Invalid::new("parent_id", "unit_unknown_parent").with("value", named))
        }
        (_, Some(parent))
            if parent
                .ended_on
                .is_some_and(|on| on < text::local_date(tx.now)) =>
        {
            Some(Invalid::new("parent_id", "unit_parent_ended").with("value", &parent.code))
        }
        (_, parent) => {
            let category = parent.map(|parent| *parent.category);
            own.check_parent(category, "parent_id").err()
        }
    }
}
