//! The part of the unit tree that an actor sees.

use super::table::{Action, Reach, reach};
use crate::domain::access::{Actor, Own, Role, Scope};
use crate::domain::ids::UnitId;

/// The part of the unit tree that `actor` may read.
pub fn scope(actor: &Actor) -> Scope {
    let reads_own_only = |role| reach(role, Action::ReadPeople) == Reach::No;
    let own: Vec<UnitId> = units_of(actor, reads_own_only).collect();
    match scope_for(actor, Action::ReadPeople) {
        Scope::Below(below) if !own.is_empty() || actor.person_id.is_some() => Scope::Own(Own {
            below,
            units: own,
            person_id: actor.person_id,
            id: actor.id,
        }),
        scope => scope,
    }
}

/// The part of the unit tree in which `actor` may do `action`, where that reaches below the units
/// of their roles.
pub fn scope_for(actor: &Actor, action: Action) -> Scope {
    let below = |role| reach(role, action) == Reach::Below;
    let mut grants = actor.grants.iter();
    if grants.any(|grant| grant.unit_id.is_none() && below(grant.role)) {
        Scope::All
    } else {
        Scope::Below(units_of(actor, below).collect())
    }
}

pub(super) fn units_of(
    actor: &Actor,
    wanted: impl Fn(Role) -> bool,
) -> impl Iterator<Item = UnitId> {
    let grants = actor.grants.iter().filter(move |grant| wanted(grant.role));
    grants.filter_map(|grant| grant.unit_id)
}
