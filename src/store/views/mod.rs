//! Read models: what lists and pages show, in the shape in which they show it. Every function takes
//! the [`crate::domain::access::Scope`] that `service::access::scope` makes, so that nobody reads
//! beyond the part of the tree that is theirs.

pub mod events;
pub mod items;
pub mod jobs;
pub mod obligations;
mod own;
pub mod people;
pub mod roles;
pub mod trail;
pub mod units;

use diesel::prelude::*;

use crate::domain::access::Scope;
use crate::store::schema::unit_ancestor;
use crate::store::{Conn, StoreError};

/// The units that a reader is kept to, if to any: those seen with everything below them, and those
/// seen alone.
fn sight(scope: &Scope) -> Option<(Vec<i64>, Vec<i64>)> {
    match scope {
        Scope::All => None,
        Scope::Below(units) => Some((units.clone(), Vec::new())),
        Scope::Own(own) => Some((own.below.clone(), own.units.clone())),
    }
}

/// Ids of the units `below` and of everything below them, and of the units `alone`.
#[diesel::dsl::auto_type(no_type_alias)]
fn seen(below: Vec<i64>, alone: Vec<i64>) -> _ {
    let no_steps: i32 = 0;
    let itself = unit_ancestor::ancestor_id
        .eq_any(alone)
        .and(unit_ancestor::depth.eq(no_steps));
    unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq_any(below).or(itself))
        .select(unit_ancestor::unit_id)
}

/// Ids of a unit and of everything below it.
#[diesel::dsl::auto_type(no_type_alias)]
fn inside(root: i64) -> _ {
    unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq(root))
        .select(unit_ancestor::unit_id)
}

/// Those of the units whose people, and what is theirs, the reader sees in full.
///
/// # Errors
/// Only the database's own.
pub fn seen_in_full(conn: &mut Conn, scope: &Scope, units: &[i64]) -> Result<Vec<i64>, StoreError> {
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
