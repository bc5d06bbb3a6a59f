//! Read models: what lists and pages show, in the shape in which they show it. Every function takes
//! the [`Scope`] that `service::core::access::scope` makes, so that nobody reads beyond the part of
//! the tree that is theirs; `visible` turns it into conditions.

pub mod ahead;
pub mod events;
pub mod fulfilment;
mod human;
pub mod items;
pub mod jobs;
pub mod map;
pub mod obligations;
pub mod people;
pub mod reports;
pub mod roles;
mod seen;
pub mod trail;
pub mod units;
mod visible;

use diesel::prelude::*;

use crate::domain::access::Scope;
use crate::domain::ids::UnitId;
use crate::store::schema::unit_ancestor;
use crate::store::{Conn, StoreError};

/// Ids of a unit and of everything below it.
#[diesel::dsl::auto_type(no_type_alias)]
fn inside(root: UnitId) -> _ {
    unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq(root))
        .select(unit_ancestor::unit_id)
}

/// Ids of a unit and of what is at most so far below it.
#[diesel::dsl::auto_type(no_type_alias)]
fn part(root: UnitId, depth: i32) -> _ {
    unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq(root))
        .filter(unit_ancestor::depth.le(depth))
        .select(unit_ancestor::unit_id)
}

/// Those of the units whose people, and what is theirs, the reader sees in full.
pub fn seen_in_full(
    conn: &mut Conn,
    scope: &Scope,
    units: &[UnitId],
) -> Result<Vec<UnitId>, StoreError> {
    let Some(roots) = scope.roots() else {
        return Ok(units.to_vec());
    };
    Ok(unit_ancestor::table
        .filter(unit_ancestor::unit_id.eq_any(units))
        .filter(unit_ancestor::ancestor_id.eq_any(roots))
        .select(unit_ancestor::unit_id)
        .distinct()
        .load(conn)?)
}
