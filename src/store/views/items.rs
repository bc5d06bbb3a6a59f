//! Items as lists show them. An item belongs to the unit that handed it in and to the one that it
//! counts for; who reads either reads the item.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::own::{handed_in, of_units, own_items, personal, under_any_name};
use super::people::pattern;
use super::{inside, seen, sight};
use crate::domain::access::{Own, Scope};
use crate::domain::item::ItemState;
use crate::store::items::ItemRow;
use crate::store::schema::{credit, item, item_author, obligation, person};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// Which items a list shows; all conditions hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// Of this unit and all below it.
    pub below: Option<i64>,
    /// Of this unit alone.
    pub unit_id: Option<i64>,
    /// With this person among the authors.
    pub author_id: Option<i64>,
    /// About this event.
    pub event_id: Option<i64>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In this state.
    pub state: Option<ItemState>,
    /// Part of the title, with or without diacritics.
    pub search: Option<String>,
    /// Arrived at or after this instant.
    pub arrived_from: Option<DateTime<Utc>>,
    /// Arrived before this instant.
    pub arrived_before: Option<DateTime<Utc>>,
}

/// The next items behind the one with that id, what was handed in last first.
///
/// # Errors
/// Only the database's own.
pub fn page(
    conn: &mut Conn,
    scope: &Scope,
    filter: &ItemFilter,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<ItemRow>, StoreError> {
    let mut query = ItemRow::query()
        .order(item::id.desc())
        .limit(limit)
        .into_boxed();
    query = match scope {
        Scope::All => query,
        Scope::Below(roots) => query.filter(of_units(roots.clone())),
        Scope::Own(own) => query.filter(own_items!(own)),
    };
    if let Some(root) = filter.below {
        query = query.filter(
            item::unit_id
                .eq_any(inside(root))
                .or(item::credited_unit_id.eq_any(inside(root))),
        );
    }
    if let Some(unit) = filter.unit_id {
        query = query.filter(item::unit_id.eq(unit).or(item::credited_unit_id.eq(unit)));
    }
    if let Some(person) = filter.author_id {
        let written = item_author::table
            .filter(item_author::person_id.eq(person))
            .select(item_author::item_id);
        query = query.filter(item::id.eq_any(written));
    }
    if let Some(event) = filter.event_id {
        query = query.filter(item::event_id.eq(event));
    }
    if let Some(kind) = &filter.kind {
        query = query.filter(item::kind.eq(kind.clone()));
    }
    if let Some(state) = filter.state {
        query = query.filter(item::state.eq(Word(state)));
    }
    if let Some(part) = &filter.search {
        query = query.filter(item::title_folded.like(pattern(part)).escape('\\'));
    }
    if let Some(from) = filter.arrived_from {
        query = query.filter(item::arrived_at.ge(At(from)));
    }
    if let Some(before) = filter.arrived_before {
        query = query.filter(item::arrived_at.lt(At(before)));
    }
    if let Some(id) = after {
        query = query.filter(item::id.lt(id));
    }
    Ok(query.load(conn)?)
}

/// An item by id, if it lies in `scope`.
///
/// # Errors
/// Only the database's own.
pub fn find(conn: &mut Conn, scope: &Scope, id: i64) -> Result<Option<ItemRow>, StoreError> {
    let mut query = ItemRow::query().filter(item::id.eq(id)).into_boxed();
    query = match scope {
        Scope::All => query,
        Scope::Below(roots) => query.filter(of_units(roots.clone())),
        Scope::Own(own) => query.filter(own_items!(own)),
    };
    Ok(query.first(conn).optional()?)
}

/// Ids and names of the authors of these items, by item; who may see an item may see who wrote it.
///
/// # Errors
/// Only the database's own.
pub fn authors(
    conn: &mut Conn,
    items: &[i64],
) -> Result<HashMap<i64, Vec<(i64, String)>>, StoreError> {
    let found: Vec<(i64, i64, String)> = item_author::table
        .inner_join(person::table.on(person::id.eq(item_author::person_id)))
        .filter(item_author::item_id.eq_any(items))
        .order((item_author::item_id, item_author::person_id))
        .select((item_author::item_id, person::id, person::name))
        .load(conn)?;
    let mut all: HashMap<i64, Vec<(i64, String)>> = HashMap::new();
    for (item, id, name) in found {
        all.entry(item).or_default().push((id, name));
    }
    Ok(all)
}

/// What an item is worth to each obligation within the scope that it credits: (obligation, status).
///
/// # Errors
/// Only the database's own.
pub fn credits(
    conn: &mut Conn,
    scope: &Scope,
    item: i64,
) -> Result<Vec<(i64, String)>, StoreError> {
    let mut query = credit::table
        .inner_join(obligation::table.on(obligation::id.eq(credit::obligation_id)))
        .filter(credit::item_id.eq(item))
        .order(credit::obligation_id)
        .select((credit::obligation_id, credit::status))
        .into_boxed();
    if let Some((below, own)) = sight(scope) {
        query = query.filter(obligation::unit_id.eq_any(seen(below, own)));
    }
    if let Scope::Own(own) = scope {
        query = query.filter(personal(
            own.below.clone(),
            own.person_id.unwrap_or_default(),
        ));
    }
    Ok(query.load(conn)?)
}
