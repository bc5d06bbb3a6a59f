//! The closure of the unit tree: one row for each unit and each unit above it.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::unit::Category;
use crate::on_inner;
use crate::store::schema::{unit, unit_ancestor};
use crate::store::types::Word;
use crate::store::{Conn, StoreError};

/// Writes the ancestor rows of one unit below `parent`.
pub(super) fn link_below(conn: &mut Conn, id: i64, parent: Option<i64>) -> Result<(), StoreError> {
    let mut above = match parent {
        None => Vec::new(),
        Some(parent) => unit_ancestor::table
            .filter(unit_ancestor::unit_id.eq(parent))
            .select((unit_ancestor::ancestor_id, unit_ancestor::depth))
            .load::<(i64, i32)>(conn)?,
    };
    for (_, depth) in &mut above {
        *depth += 1;
    }
    above.push((id, 0));
    let rows: Vec<_> = above
        .into_iter()
        .map(|(ancestor, depth)| {
            (
                unit_ancestor::unit_id.eq(id),
                unit_ancestor::ancestor_id.eq(ancestor),
                unit_ancestor::depth.eq(depth),
            )
        })
        .collect();
    on_inner!(conn, c => diesel::insert_into(unit_ancestor::table).values(rows).execute(c))?;
    Ok(())
}

/// Moves a unit and all below it to another parent, or makes it a root.
///
/// # Errors
/// Those of the database. The caller has checked that the new parent is not below the unit.
pub fn relink(conn: &mut Conn, id: i64, parent: Option<i64>) -> Result<(), StoreError> {
    let below = below(conn, id)?;
    diesel::delete(unit_ancestor::table.filter(unit_ancestor::unit_id.eq_any(&below)))
        .execute(conn)?;
    let parents: HashMap<i64, Option<i64>> = unit::table
        .filter(unit::id.eq_any(&below))
        .select((unit::id, unit::parent_id))
        .load::<(i64, Option<i64>)>(conn)?
        .into_iter()
        .collect();
    // `below` lists parents before children
    for unit_id in below {
        let up = if unit_id == id {
            parent
        } else {
            parents.get(&unit_id).copied().flatten()
        };
        link_below(conn, unit_id, up)?;
    }
    Ok(())
}

/// The unit itself and all units above it, nearest first.
pub fn ancestors(conn: &mut Conn, id: i64) -> Result<Vec<i64>, StoreError> {
    Ok(unit_ancestor::table
        .filter(unit_ancestor::unit_id.eq(id))
        .order(unit_ancestor::depth)
        .select(unit_ancestor::ancestor_id)
        .load(conn)?)
}

/// The unit itself and all units below it, parents before children.
pub fn below(conn: &mut Conn, id: i64) -> Result<Vec<i64>, StoreError> {
    Ok(unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq(id))
        .order((unit_ancestor::depth, unit_ancestor::unit_id))
        .select(unit_ancestor::unit_id)
        .load(conn)?)
}

/// Whether `id` is `ancestor` or lies below it.
pub fn is_below(conn: &mut Conn, id: i64, ancestor: i64) -> Result<bool, StoreError> {
    Ok(diesel::select(diesel::dsl::exists(
        unit_ancestor::table.find((id, ancestor)),
    ))
    .get_result(conn)?)
}

/// Sets the federation of `id` and of all below it, after a move in the tree. Units of federations
/// below keep theirs.
pub fn set_federation(conn: &mut Conn, id: i64, federation: i64) -> Result<(), StoreError> {
    for unit_id in below(conn, id)? {
        let nearest = ancestors(conn, unit_id)?;
        let own: Option<i64> = unit::table
            .filter(unit::id.eq_any(&nearest))
            .filter(unit::category.eq(Word(Category::Federation)))
            .inner_join(unit_ancestor::table.on(unit_ancestor::ancestor_id.eq(unit::id)))
            .filter(unit_ancestor::unit_id.eq(unit_id))
            .order(unit_ancestor::depth)
            .select(unit::id)
            .first(conn)
            .optional()?;
        diesel::update(unit::table.find(unit_id))
            .set(unit::federation_id.eq(own.unwrap_or(federation)))
            .execute(conn)?;
    }
    Ok(())
}
