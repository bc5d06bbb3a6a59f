//! Moving a person to another unit, or to another role.

use chrono::NaiveDate;
use serde::Deserialize;

use super::{load_with_authority, require_last_post, save, unit_ended};
use crate::domain::access::Role;
use crate::domain::error::Invalid;
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::person::{NewPerson, Position};
use crate::service::core::access::Action;
use crate::service::units::PersonChange;
use crate::service::units::administrators::Administered;
use crate::service::units::succession::{Leaver, transfer_roles};
use crate::service::{Error, Tx};
use crate::store::people::PersonRow;

/// To which unit or role somebody moves, and from which day; a day to come takes effect by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovePerson {
    /// The new unit.
    pub unit_id: UnitId,
    /// First day there.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub from: NaiveDate,
    /// What they may do there; absent: as before. With another role the unit may be the same.
    pub role: Option<Role>,
    /// What they are there; absent: as before.
    pub position: Option<Position>,
    /// Who gets their role on the old unit from that day.
    pub successor_id: Option<PersonId>,
}

impl MovePerson {
    /// The last day in the old post.
    fn last_day(&self) -> NaiveDate {
        self.from.pred_opt().unwrap_or(self.from)
    }

    /// The person in the new post.
    fn new_post(&self, person: NewPerson) -> NewPerson {
        NewPerson {
            unit_id: self.unit_id,
            active_from: Some(self.from),
            role: self.role.unwrap_or(person.role),
            position: self.position.unwrap_or(person.position),
            ..person
        }
    }
}

/// Moves somebody to another unit. The answer is the old row, which ends on the day before, and the
/// new one. A successor gets the old post.
///
/// # Errors
/// Somebody not in service on the day before; a unit that has ended by then or is the old one; a
/// successor as in [`super::leave()`]; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn move_to(
    tx: &mut Tx<'_>,
    id: PersonId,
    to: MovePerson,
    version: i32,
) -> Result<[PersonChange; 2], Error> {
    let before = load_with_authority(tx, id, version)?;
    require_last_post(tx.conn, id)?;
    let administered = Administered::by(tx.conn, id, tx.now)?;
    tx.require_named(Action::ManageUnits, to.unit_id, "unit_id")?;
    let there = checked(tx, &before, to)?;
    tx.require_may_grant(there.role, Some(there.unit_id))?;
    let leaver = Leaver {
        person: &before,
        last_day: to.last_day(),
        for_good: false,
    };
    let transferred = match to.successor_id {
        Some(successor) => transfer_roles(tx, leaver, successor)?,
        None => Vec::new(),
    };
    let after = PersonRow {
        active_to: Some(to.last_day()),
        successor_id: to.successor_id,
        ..before.clone()
    };
    let left = save::update(tx, before, after, "move")?;
    let new = PersonRow {
        moved_from: Some(id),
        ..PersonRow::new(&there, tx.now)
    };
    let entered = save::insert(tx, new)?;
    administered.require_still(tx.conn)?;
    let left = PersonChange {
        transferred,
        ..left
    };
    Ok([left, entered])
}

/// The person in the new post, checked.
fn checked(tx: &mut Tx<'_>, before: &PersonRow, to: MovePerson) -> Result<NewPerson, Error> {
    let there = to.new_post(before.facts());
    let mut faults = Vec::new();
    faults.extend(unit_ended(tx.conn, &there, to.from)?);
    if before.unit_id == to.unit_id && before.role == there.role {
        faults.push(Invalid::new("unit_id", "person_same_unit"));
    }
    if !before.active_on(to.last_day()) {
        let on = to.last_day().format("%d/%m/%Y");
        faults.push(Invalid::new("from", "person_not_in_service").with("on", on));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(there.checked()?)
}
