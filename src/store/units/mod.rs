//! Units. The closure of their tree is in `tree`.

mod row;
mod spans;
mod tree;

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::domain::ids::UnitId;
use crate::domain::mail::EmailAddress;
use crate::domain::text::sort_key;
use crate::domain::unit::Category;
use crate::store::readable::{Readable, readable};
use crate::store::schema::{unit, unit_ancestor, unit_ancestor_past};
use crate::store::types::{StoredAddress, Word};
use crate::store::{Conn, StoreError};

pub use row::UnitRow;
pub use spans::{moved_after, moved_away, spans_above, spans_below};
pub use tree::{
    Moved, ancestors, ancestors_at, below, below_since, ever_below, is_below, relink,
    set_federation, was_below,
};

/// Writes a new unit with its ancestors. Its `id` and, for a federation or a root, `federation_id`
/// are set here.
///
/// # Errors
/// [`StoreError::Unique`] if the code is taken.
pub fn insert(conn: &mut Conn, mut row: UnitRow) -> Result<UnitRow, StoreError> {
    row.version = 1;
    row.id = diesel::insert_into(unit::table)
        .values((&row, unit::name_sort.eq(sort_key(&row.name))))
        .returning(unit::id)
        .get_result(conn)?;
    if *row.category == Category::Federation || row.parent_id.is_none() {
        row.federation_id = row.id;
        diesel::update(unit::table.find(row.id))
            .set(unit::federation_id.eq(row.id))
            .execute(conn)?;
    }
    tree::link_below(conn, row.id, row.parent_id)?;
    Ok(row)
}

/// Saves changes of a unit if nobody saved since `row.version`; the version goes up by one. `None`
/// if somebody did.
///
/// # Errors
/// [`StoreError::Unique`] if the code is taken.
pub fn update(conn: &mut Conn, mut row: UnitRow) -> Result<Option<UnitRow>, StoreError> {
    let known = row.version;
    row.version += 1;
    let changed = diesel::update(
        unit::table
            .filter(unit::id.eq(row.id))
            .filter(unit::version.eq(known)),
    )
    .set((&row, unit::name_sort.eq(sort_key(&row.name))))
    .execute(conn)?;
    Ok((changed == 1).then_some(row))
}

/// A unit by id.
pub fn find(conn: &mut Conn, id: UnitId) -> Result<Option<UnitRow>, StoreError> {
    Ok(UnitRow::query()
        .filter(unit::id.eq(id))
        .get_result(conn)
        .optional()?)
}

/// A unit by its code.
pub fn find_by_code(conn: &mut Conn, code: &str) -> Result<Option<UnitRow>, StoreError> {
    Ok(UnitRow::query()
        .filter(unit::code.eq(code))
        .get_result(conn)
        .optional()?)
}

/// Units by their codes; missing ones are left out.
pub fn find_by_codes(conn: &mut Conn, codes: &[&str]) -> Result<Vec<UnitRow>, StoreError> {
    let mut all = Vec::with_capacity(codes.len());
    for chunk in codes.chunks(5_000) {
        all.extend(
            UnitRow::query()
                .filter(unit::code.eq_any(chunk))
                .load(conn)?,
        );
    }
    Ok(all)
}

/// The units directly below the given ones, by id.
pub fn children(conn: &mut Conn, parents: &[UnitId]) -> Result<Vec<UnitRow>, StoreError> {
    let mut all = Vec::new();
    for chunk in parents.chunks(5_000) {
        all.extend(
            UnitRow::query()
                .filter(unit::parent_id.eq_any(chunk))
                .order(unit::id)
                .load(conn)?,
        );
    }
    Ok(all)
}

/// Units by id; missing ones are left out.
pub fn find_many(conn: &mut Conn, ids: &[UnitId]) -> Result<HashMap<UnitId, UnitRow>, StoreError> {
    let mut all = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(5_000) {
        for row in UnitRow::query().filter(unit::id.eq_any(chunk)).load(conn)? {
            all.insert(row.id, row);
        }
    }
    Ok(all)
}

/// The addresses of those of these units that have one.
pub fn addresses(
    conn: &mut Conn,
    ids: &[UnitId],
) -> Result<Vec<(UnitId, EmailAddress)>, StoreError> {
    let rows: Vec<(UnitId, StoredAddress)> = unit::table
        .filter(unit::id.eq_any(ids))
        .select((unit::id, unit::mail))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, mail)| Some((id, Option::<EmailAddress>::from(mail)?)))
        .collect())
}

/// Ids of the units at the top of the tree.
pub fn tops(conn: &mut Conn) -> Result<Vec<UnitId>, StoreError> {
    Ok(unit::table
        .filter(unit::parent_id.is_null())
        .order(unit::id)
        .select(unit::id)
        .load(conn)?)
}

/// Ids of the units at the top of the tree that have not ended before a local date.
pub fn roots_on(conn: &mut Conn, date: NaiveDate) -> Result<Vec<UnitId>, StoreError> {
    let goes_on = unit::ended_on.is_null().or(unit::ended_on.ge(date));
    Ok(unit::table
        .filter(unit::parent_id.is_null().and(goes_on))
        .select(unit::id)
        .load(conn)?)
}

/// All federations, and roots that are none.
pub fn federations(conn: &mut Conn) -> Result<Vec<UnitRow>, StoreError> {
    Ok(UnitRow::query()
        .filter(unit::federation_id.eq(unit::id))
        .order(unit::id)
        .load(conn)?)
}

/// Units of the given categories (none = all) that are or were below `root`, itself included, and the
/// ids of those that cannot be read.
///
/// # Errors
/// Those of the database.
pub fn ever_of_categories(
    conn: &mut Conn,
    root: UnitId,
    categories: &[Category],
) -> Result<Readable<UnitRow, UnitId>, StoreError> {
    let below = unit_ancestor::table
        .filter(unit_ancestor::ancestor_id.eq(root))
        .select(unit_ancestor::unit_id);
    let was_below = unit_ancestor_past::table
        .filter(unit_ancestor_past::ancestor_id.eq(root))
        .select(unit_ancestor_past::unit_id);
    let mut ids = unit::table
        .filter(unit::id.eq_any(below).or(unit::id.eq_any(was_below)))
        .order(unit::id)
        .select(unit::id)
        .into_boxed();
    if !categories.is_empty() {
        ids = ids.filter(unit::category.eq_any(categories.iter().copied().map(Word)));
    }
    let ids: Vec<UnitId> = ids.load(conn)?;
    let found = find_many(conn, &ids).map(|mut found| {
        let in_order = ids.iter().filter_map(|id| found.remove(id));
        in_order.collect()
    });
    readable(conn, found, |_| Ok(ids.clone()), find)
}
