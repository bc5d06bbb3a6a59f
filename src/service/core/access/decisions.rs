//! Decisions that bind the units below: plans and score schemes are read by all whom they bind.

use super::require;
use super::scope::units_of;
use super::table::{Action, Reach, reach};
use crate::domain::access::Actor;
use crate::domain::ids::UnitId;
use crate::service::Error;
use crate::store::{Conn, StoreError, units};

/// Whether a decision made at the unit `above` binds a unit on which the actor holds a role that
/// allows `action`. Plans and score schemes are read by all whom they bind.
pub fn is_bound_by(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    above: UnitId,
) -> Result<bool, StoreError> {
    for unit in units_of(actor, |role| reach(role, action) != Reach::No) {
        if units::is_below(conn, unit, above)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Checks that the actor may read a decision made at the unit `above`: they may read that unit, or
/// the decision binds them.
pub fn require_read_or_bound(
    conn: &mut Conn,
    actor: &Actor,
    read: Action,
    above: UnitId,
) -> Result<(), Error> {
    if is_bound_by(conn, actor, read, above)? {
        Ok(())
    } else {
        require(conn, actor, read, above)
    }
}

/// [`require`] for score schemes and rounds of the unit `target`, which those whom they bind may
/// read: for them a scheme is not missing but forbidden.
pub fn require_on_scores(
    conn: &mut Conn,
    actor: &Actor,
    action: Action,
    target: UnitId,
) -> Result<(), Error> {
    require_read_or_bound(conn, actor, Action::ReadScores, target)?;
    match require(conn, actor, action, target) {
        Err(Error::NotFound { .. }) => Err(Error::Forbidden),
        checked => checked,
    }
}
