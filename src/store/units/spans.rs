//! Where units stand and stood in the tree.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::ids::UnitId;
use crate::domain::tree::{STILL, Span};
use crate::store::schema::{unit_ancestor, unit_ancestor_past};
use crate::store::types::At;
use crate::store::{Conn, StoreError};

/// A row of `unit_ancestor`.
type Present = (UnitId, UnitId, i32, At);
/// A row of `unit_ancestor_past`.
type Past = (UnitId, UnitId, i32, At, At);

fn lasting((unit, ancestor, depth, since): Present) -> Span {
    Span {
        unit,
        ancestor,
        depth,
        from: *since,
        to: STILL,
    }
}

fn past((unit, ancestor, depth, from, to): Past) -> Span {
    Span {
        unit,
        ancestor,
        depth,
        from: *from,
        to: *to,
    }
}

/// Where these units stand and stood, themselves included.
///
/// # Errors
/// Those of the database.
pub fn spans_above(conn: &mut Conn, units: &[UnitId]) -> Result<Vec<Span>, StoreError> {
    let mut all = Vec::new();
    for chunk in units.chunks(5_000) {
        let present = unit_ancestor::table.filter(unit_ancestor::unit_id.eq_any(chunk));
        all.extend(present.load::<Present>(conn)?.into_iter().map(lasting));
        let before = unit_ancestor_past::table.filter(unit_ancestor_past::unit_id.eq_any(chunk));
        all.extend(before.load::<Past>(conn)?.into_iter().map(past));
    }
    Ok(all)
}

/// When units stand and stood below one, the unit itself included.
///
/// # Errors
/// Those of the database.
pub fn spans_below(conn: &mut Conn, ancestor: UnitId) -> Result<Vec<Span>, StoreError> {
    let present = unit_ancestor::table.filter(unit_ancestor::ancestor_id.eq(ancestor));
    let present = present.load::<Present>(conn)?;
    let before = unit_ancestor_past::table.filter(unit_ancestor_past::ancestor_id.eq(ancestor));
    let before = before.load::<Past>(conn)?;
    let all = present.into_iter().map(lasting);
    Ok(all.chain(before.into_iter().map(past)).collect())
}

/// The units that moved after an instant: until then they stood elsewhere than now.
///
/// # Errors
/// Those of the database.
pub fn moved_after(conn: &mut Conn, at: DateTime<Utc>) -> Result<Vec<UnitId>, StoreError> {
    Ok(unit_ancestor_past::table
        .filter(unit_ancestor_past::to_at.gt(At(at)))
        .select(unit_ancestor_past::unit_id)
        .distinct()
        .load(conn)?)
}

/// The units that stood directly below one until an instant.
///
/// # Errors
/// Those of the database.
pub fn moved_away(
    conn: &mut Conn,
    ancestor: UnitId,
    at: DateTime<Utc>,
) -> Result<Vec<UnitId>, StoreError> {
    Ok(unit_ancestor_past::table
        .filter(unit_ancestor_past::ancestor_id.eq(ancestor))
        .filter(unit_ancestor_past::depth.eq(1))
        .filter(unit_ancestor_past::to_at.eq(At(at)))
        .select(unit_ancestor_past::unit_id)
        .order(unit_ancestor_past::unit_id)
        .load(conn)?)
}
