//! Moving a unit to another parent.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::create::{misplaced, parent_for};
use super::save::Place;
use super::{UnitChange, save, update_obligations};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text;
use crate::domain::unit::note;
use crate::service::core::access::Action;
use crate::service::rules::calendars;
use crate::service::{Error, Tx};
use crate::store::units::{self, UnitRow};

/// Where a unit is to be moved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveUnit {
    /// The unit above; `null` makes a federation a root.
    pub parent_id: Option<UnitId>,
    /// First day under the new parent, today or before; absent: from now on.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub from: Option<NaiveDate>,
    /// Why; kept in the audit trail.
    pub reason: Option<String>,
}

impl MoveUnit {
    /// The fault of a first day that is still to come.
    fn too_early(&self, now: DateTime<Utc>) -> Option<Invalid> {
        let from = self.from.filter(|from| *from > text::local_date(now))?;
        Some(Invalid::new("from", "unit_move_ahead").with("from", from.format("%d/%m/%Y")))
    }
}

/// Moves a unit, with all units below it, to another parent. A move that is recorded late holds until
/// the next move of the unit, if there is one.
///
/// # Errors
/// A parent below the unit itself, one that has ended or whose category does not fit; a day to come;
/// [`Error::Conflict`] if the unit has ended, or uses a calendar of a federation that it leaves; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn move_to(
    tx: &mut Tx<'_>,
    id: UnitId,
    to: &MoveUnit,
    version: i32,
) -> Result<UnitChange, Error> {
    let before: UnitRow = tx.load(id, Action::ManageUnits, Some(version))?;
    save::require_not_ended(&before)?;
    let parent = parent_for(tx, to.parent_id)?;
    let mut faults = Vec::new();
    let reason = text::optional_name("reason", to.reason.as_deref());
    let reason = note(&mut faults, reason).flatten();
    faults.extend(to.too_early(tx.now));
    let from = to.from.map_or(tx.now, text::local_midnight);
    if let Some(parent) = &parent
        && units::was_below(tx.conn, parent.id, id, from)?
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
    if let Some(fault) = calendars::left_behind(tx, id, to.parent_id)? {
        return Err(Error::Conflict(fault));
    }
    let place = Place {
        parent: parent.as_ref(),
        from,
        reason: reason.as_deref(),
    };
    let change = save::attach(tx, before, &place)?;
    update_obligations(tx, std::slice::from_ref(&change))?;
    Ok(change)
}
