//! The closure of the unit tree: one row for each unit and each unit above it, and one for each time
//! during which a unit stood below another before it was moved.

use std::ops::Range;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::spans::spans_above;
use crate::domain::ids::UnitId;
use crate::domain::tree::{Span, moved, time_of_move};
use crate::domain::unit::Category;
use crate::on_inner;
use crate::store::schema::{unit, unit_ancestor, unit_ancestor_past};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// Writes the ancestor rows of a new unit below `parent`.
pub(super) fn link_below(
    conn: &mut Conn,
    id: UnitId,
    parent: Option<UnitId>,
) -> Result<(), StoreError> {
    let above = spans_above(conn, &Vec::from_iter(parent))?;
    let own = Span::of_itself(id);
    let always = own.from..own.to;
    insert_spans(conn, &moved(vec![own], id, &above, &always))
}

/// What a move did.
#[derive(Debug)]
pub struct Moved {
    /// The time during which it holds.
    pub time: Range<DateTime<Utc>>,
    /// The units that were above the moved one at that time, and those that are now.
    pub above: Vec<UnitId>,
}

/// Puts a unit and all below it under another parent, or makes it a root, from an instant on until
/// the next move of the unit.
///
/// # Errors
/// Those of the database. The caller has checked that the new parent is not below the unit.
pub fn relink(
    conn: &mut Conn,
    id: UnitId,
    parent: Option<UnitId>,
    from: DateTime<Utc>,
) -> Result<Moved, StoreError> {
    let above = spans_above(conn, &[id])?;
    let time = time_of_move(&above, from);
    let parent = spans_above(conn, &Vec::from_iter(parent))?;
    let below = ever_below(conn, id)?;
    let spans = moved(spans_above(conn, &below)?, id, &parent, &time);
    for chunk in below.chunks(5_000) {
        diesel::delete(unit_ancestor::table.filter(unit_ancestor::unit_id.eq_any(chunk)))
            .execute(conn)?;
        let past = unit_ancestor_past::table.filter(unit_ancestor_past::unit_id.eq_any(chunk));
        diesel::delete(past).execute(conn)?;
    }
    insert_spans(conn, &spans)?;
    let mut above: Vec<UnitId> = above
        .iter()
        .chain(&parent)
        .map(|span| span.ancestor)
        .collect();
    above.sort_unstable();
    above.dedup();
    Ok(Moved { time, above })
}

/// The unit itself and all units that are or were below it.
///
/// # Errors
/// Those of the database.
pub fn ever_below(conn: &mut Conn, id: UnitId) -> Result<Vec<UnitId>, StoreError> {
    let mut all = below(conn, id)?;
    let past: Vec<UnitId> = unit_ancestor_past::table
        .filter(unit_ancestor_past::ancestor_id.eq(id))
        .select(unit_ancestor_past::unit_id)
        .load(conn)?;
    all.extend(past);
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

fn insert_spans(conn: &mut Conn, spans: &[Span]) -> Result<(), StoreError> {
    let (present, past): (Vec<&Span>, Vec<&Span>) = spans.iter().partition(|span| span.lasts());
    for chunk in present.chunks(1_000) {
        let row = |span: &&Span| {
            (
                unit_ancestor::unit_id.eq(span.unit),
                unit_ancestor::ancestor_id.eq(span.ancestor),
                unit_ancestor::depth.eq(span.depth),
                unit_ancestor::since_at.eq(At(span.from)),
            )
        };
        let rows: Vec<_> = chunk.iter().map(row).collect();
        on_inner!(conn, c => diesel::insert_into(unit_ancestor::table).values(rows).execute(c))?;
    }
    for chunk in past.chunks(1_000) {
        let row = |span: &&Span| {
            (
                unit_ancestor_past::unit_id.eq(span.unit),
                unit_ancestor_past::ancestor_id.eq(span.ancestor),
                unit_ancestor_past::depth.eq(span.depth),
                unit_ancestor_past::from_at.eq(At(span.from)),
                unit_ancestor_past::to_at.eq(At(span.to)),
            )
        };
        let rows: Vec<_> = chunk.iter().map(row).collect();
        let all = diesel::insert_into(unit_ancestor_past::table);
        on_inner!(conn, c => all.values(rows).execute(c))?;
    }
    Ok(())
}

/// The unit itself and all units above it at an instant.
///
/// # Errors
/// Those of the database.
pub fn ancestors_at(
    conn: &mut Conn,
    id: UnitId,
    at: DateTime<Utc>,
) -> Result<Vec<UnitId>, StoreError> {
    let there = unit_ancestor::unit_id
        .eq(id)
        .and(unit_ancestor::since_at.le(At(at)));
    let mut all: Vec<UnitId> = unit_ancestor::table
        .filter(there)
        .select(unit_ancestor::ancestor_id)
        .load(conn)?;
    let past = unit_ancestor_past::unit_id
        .eq(id)
        .and(unit_ancestor_past::from_at.le(At(at)))
        .and(unit_ancestor_past::to_at.gt(At(at)));
    let past = unit_ancestor_past::table.filter(past);
    all.extend(
        past.select(unit_ancestor_past::ancestor_id)
            .load::<UnitId>(conn)?,
    );
    Ok(all)
}

/// Whether `id` is `ancestor`, or stood below it at some time since `from`.
///
/// # Errors
/// Those of the database.
pub fn was_below(
    conn: &mut Conn,
    id: UnitId,
    ancestor: UnitId,
    from: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let past = unit_ancestor_past::table
        .filter(unit_ancestor_past::unit_id.eq(id))
        .filter(unit_ancestor_past::ancestor_id.eq(ancestor))
        .filter(unit_ancestor_past::to_at.gt(At(from)));
    let was: bool = diesel::select(diesel::dsl::exists(past)).get_result(conn)?;
    Ok(was || is_below(conn, id, ancestor)?)
}

/// Since when `id` has stood below `ancestor`; `None` if it does not.
pub fn below_since(
    conn: &mut Conn,
    id: UnitId,
    ancestor: UnitId,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let since: Option<At> = unit_ancestor::table
        .find((id, ancestor))
        .select(unit_ancestor::since_at)
        .get_result(conn)
        .optional()?;
    Ok(since.map(|at| at.0))
}

/// The unit itself and all units above it, nearest first.
pub fn ancestors(conn: &mut Conn, id: UnitId) -> Result<Vec<UnitId>, StoreError> {
    Ok(unit_ancestor::table
        .filter(unit_ancestor::unit_id.eq(id))
        .order(unit_ancestor::depth)
        .select(unit_ancestor::ancestor_id)
        .load(conn)?)
}

/// The unit itself and all units below it, parents before children.
pub fn below(conn: &mut Conn, id: UnitId) -> Result<Vec<UnitId>, StoreError> {
    Ok(unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq(id))
        .order((unit_ancestor::depth, unit_ancestor::unit_id))
        .select(unit_ancestor::unit_id)
        .load(conn)?)
}

/// Whether `id` is `ancestor` or lies below it.
pub fn is_below(conn: &mut Conn, id: UnitId, ancestor: UnitId) -> Result<bool, StoreError> {
    Ok(diesel::select(diesel::dsl::exists(
        unit_ancestor::table.find((id, ancestor)),
    ))
    .get_result(conn)?)
}

/// Sets the federation of `id` and of all below it, after a move in the tree. Units of federations
/// below keep theirs.
pub fn set_federation(conn: &mut Conn, id: UnitId, federation: UnitId) -> Result<(), StoreError> {
    for unit_id in below(conn, id)? {
        let nearest = ancestors(conn, unit_id)?;
        let own: Option<UnitId> = unit::table
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
