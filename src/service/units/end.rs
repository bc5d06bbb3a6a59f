//! Ending a unit.

use chrono::NaiveDate;
use serde::Deserialize;

use super::changes::{ChangeKind, UnitChange};
use super::{save, update_obligations};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text;
use crate::domain::unit::{check_life, note};
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::units::{self, UnitRow};
use crate::store::{Conn, StoreError};

/// When and why a unit ends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndUnit {
    /// Its last day.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub ended_on: NaiveDate,
    /// Why; kept in the audit trail.
    pub reason: String,
}

/// Gives a unit its last day. Units directly below it must be moved or ended before.
///
/// # Errors
/// A last day before its first; [`Error::Conflict`] if it has ended or units below it have not;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn end(tx: &mut Tx<'_>, id: UnitId, end: &EndUnit, version: i32) -> Result<UnitChange, Error> {
    let before: UnitRow = tx.load(id, Action::ManageUnits, Some(version))?;
    save::require_not_ended(&before)?;
    let mut faults = Vec::new();
    let reason = note(&mut faults, text::paragraph("reason", &end.reason)).unwrap_or_default();
    faults.extend(ends_too_early(&before, end.ended_on));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let left = children_after(tx.conn, id, end.ended_on)?.len();
    if left > 0 {
        return Err(Error::Conflict(
            Invalid::new("", "unit_has_children").with("n", left),
        ));
    }
    let after = UnitRow {
        ended_on: Some(end.ended_on),
        ..before.clone()
    };
    let change = UnitChange::new(ChangeKind::Ended, before, after);
    let change = save::update(tx, change, Some(&reason))?;
    update_obligations(tx, std::slice::from_ref(&change))?;
    Ok(change)
}

/// The fault of a last day before the unit's first.
pub(super) fn ends_too_early(unit: &UnitRow, ended_on: NaiveDate) -> Option<Invalid> {
    let founded_on = unit.founded_on?;
    check_life(founded_on, ended_on).err()
}

/// Units directly below that exist after a date.
pub(super) fn children_after(
    conn: &mut Conn,
    id: UnitId,
    date: NaiveDate,
) -> Result<Vec<UnitRow>, StoreError> {
    let mut children = units::children(conn, &[id])?;
    children.retain(|child| child.ended_on.is_none_or(|on| on > date));
    Ok(children)
}
