//! Recording the last day of a person in service.

use chrono::NaiveDate;
use serde::Deserialize;

use super::{load_with_authority, require_last_post, save};
use crate::domain::ids::PersonId;
use crate::domain::person::check_service;
use crate::service::units::PersonChange;
use crate::service::units::administrators::Administered;
use crate::service::units::succession::{Leaver, transfer_roles};
use crate::service::{Error, Tx};
use crate::store::people::PersonRow;

/// The last day of a person, and who takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeavePerson {
    /// Their last day in service.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub last_day: NaiveDate,
    /// Who gets every role that they hold, from the day after: what waits for the leaver waits for
    /// them.
    pub successor_id: Option<PersonId>,
}

impl LeavePerson {
    /// Nobody takes over.
    pub const fn on(last_day: NaiveDate) -> Self {
        Self {
            last_day,
            successor_id: None,
        }
    }
}

/// Records the last day of a person. A successor gets their roles from the day after.
///
/// # Errors
/// A last day before their first; a successor who is not in service (`successor_id`);
/// [`Error::Conflict`] for one who holds the role already; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn leave(
    tx: &mut Tx<'_>,
    id: PersonId,
    leaves: LeavePerson,
    version: i32,
) -> Result<PersonChange, Error> {
    let before = load_with_authority(tx, id, version)?;
    require_last_post(tx.conn, id)?;
    let administered = Administered::by(tx.conn, id, tx.now)?;
    let last_day = leaves.last_day;
    check_service(before.active_from, Some(last_day))?;
    let leaver = Leaver {
        person: &before,
        last_day,
        for_good: true,
    };
    let transferred = match leaves.successor_id {
        Some(successor) => transfer_roles(tx, leaver, successor)?,
        None => Vec::new(),
    };
    let after = PersonRow {
        active_to: Some(last_day),
        successor_id: leaves.successor_id,
        ..before.clone()
    };
    let change = save::update(tx, before, after, "leave")?;
    administered.require_still(tx.conn)?;
    Ok(PersonChange {
        transferred,
        ..change
    })
}
