//! Moving a unit to another parent.

use serde::Deserialize;

use super::create::{misplaced, parent_for};
use super::{UnitChange, save, update_obligations};
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::unit::note;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::units::{self, UnitRow};

/// Where a unit is to be moved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveUnit {
    /// The unit above; `null` makes a federation a root.
    pub parent_id: Option<i64>,
    /// Why; kept in the audit trail.
    pub reason: Option<String>,
}

/// Moves a unit, with all units below it, to another parent.
///
/// # Errors
/// A parent below the unit itself, one that has ended or whose category does not fit;
/// [`Error::Conflict`] if the unit has ended; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn move_to(tx: &mut Tx<'_>, id: i64, to: &MoveUnit, version: i32) -> Result<UnitChange, Error> {
    let before: UnitRow = tx.load(id, Action::ManageUnits, Some(version))?;
    save::require_not_ended(&before)?;
    let parent = parent_for(tx, to.parent_id)?;
    let mut faults = Vec::new();
    let reason = text::optional_name("reason", to.reason.as_deref());
    let reason = note(&mut faults, reason).flatten();
    if let Some(parent) = &parent
        && units::is_below(tx.conn, parent.id, id)?
    {
        faults.push(Invalid::new("parent_id", "unit_cycle"));
    } else {
        faults.extend(misplaced(
            tx,
            *before.category,
            to.parent_id,
            parent.as_ref(),
        ));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let change = save::attach(tx, before, parent.as_ref(), reason.as_deref())?;
    update_obligations(tx, std::slice::from_ref(&change))?;
    Ok(change)
}
