//! Publishing several items at once. What cannot be published is named with the reason and left out;
//! the others are published.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::Datelike as _;
use serde::Deserialize;

use super::steps::{PublishItem, publish};
use crate::domain::access::{ActorId, Scope, shown_actor};
use crate::domain::error::Invalid;
use crate::domain::ids::{ItemId, UnitId};
use crate::domain::item::{ItemAction, Review};
use crate::domain::score::{FrozenRound, UnitYear};
use crate::domain::text::local_date;
use crate::service::core::access::{Action, EditingScope, editing_scopes};
use crate::service::{Error, Tx};
use crate::store::items::ItemRow;
use crate::store::views;
use crate::store::views::items as view;

/// The most items at once.
const MANY: usize = 200;

/// Items that are to be published at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishMany {
    /// Their numbers, at most 200.
    pub ids: Vec<ItemId>,
}

/// What can be done, or was done, with one of several items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkChecked {
    /// The item.
    pub id: ItemId,
    /// Its title; none for an item that the actor can't see.
    pub title: Option<String>,
    /// Why it is left out; nothing for an item that is published.
    pub fault: Option<Invalid>,
}

/// Which of these items the actor can publish now, and why not the others.
///
/// # Errors
/// `item_too_many` on `ids`; [`Error::Forbidden`] for somebody who does no editor's work.
pub fn check_many(tx: &mut Tx<'_>, many: &PublishMany) -> Result<Vec<BulkChecked>, Error> {
    tx.require_by_any_role(Action::Edit)?;
    checked(tx, many).map(|all| all.into_iter().map(|(checked, _)| checked).collect())
}

/// Publishes those of these items that can be, and answers item by item. One that is refused, as
/// when it settles a deadline of a frozen year, is left out with the reason; the others go on.
///
/// # Errors
/// `item_too_many` on `ids`; [`Error::Forbidden`] for somebody who does no editor's work; then nothing
/// is published.
pub fn publish_many(tx: &mut Tx<'_>, many: &PublishMany) -> Result<Vec<BulkChecked>, Error> {
    tx.require_by_any_role(Action::Edit)?;
    let mut done = Vec::new();
    for (mut item, version) in checked(tx, many)? {
        if item.fault.is_none() {
            let one = |tx: &mut Tx<'_>| publish(tx, item.id, &PublishItem::default(), version);
            match tx.attempt(one) {
                Err(Error::Conflict(fault)) => item.fault = Some(fault),
                published => drop(published?),
            }
        }
        done.push(item);
    }
    Ok(done)
}

/// Each item once, with its version. All of them are read at once.
fn checked(tx: &mut Tx<'_>, many: &PublishMany) -> Result<Vec<(BulkChecked, i32)>, Error> {
    let mut ids = many.ids.clone();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Err(Invalid::new("ids", "required").into());
    }
    if ids.len() > MANY {
        return Err(Invalid::new("ids", "item_too_many")
            .with("max", MANY)
            .into());
    }
    let rows = view::find_many(tx.conn, &tx.scope(), &ids)?;
    let faults = Faults::read(tx, &rows)?;
    let mut rows: HashMap<ItemId, ItemRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let one = |id: ItemId| match rows.remove(&id) {
        Some(row) => {
            let fault = faults.of(&row);
            let title = Some(row.title);
            (BulkChecked { id, title, fault }, row.version)
        }
        None => {
            let fault = Some(Invalid::new("", "not_found").with("value", id));
            let title = None;
            (BulkChecked { id, title, fault }, 0)
        }
    };
    Ok(ids.into_iter().map(one).collect())
}

/// What tells which items the actor cannot publish.
struct Faults {
    actor: ActorId,
    /// What the actor edits, with the units of the items where they do.
    edited: Vec<(EditingScope, HashSet<UnitId>)>,
    /// The years that take no facts any more.
    frozen: BTreeMap<UnitYear, FrozenRound>,
}

impl Faults {
    fn read(tx: &mut Tx<'_>, rows: &[ItemRow]) -> Result<Self, Error> {
        let units: BTreeSet<UnitId> = rows.iter().flat_map(units_of).collect();
        let units: Vec<UnitId> = units.into_iter().collect();
        let mut edited = Vec::new();
        for editing in editing_scopes(tx.conn, tx.actor)? {
            let scope = match editing.unit_id {
                Some(unit) => Scope::Below(vec![unit]),
                None => Scope::All,
            };
            let seen = views::seen_in_full(tx.conn, &scope, &units)?;
            edited.push((editing, seen.into_iter().collect()));
        }
        let frozen = tx.frozen_among(&rows.iter().filter_map(year_of).collect())?;
        Ok(Self {
            actor: tx.actor.id,
            edited,
            frozen,
        })
    }

    /// Why an item cannot be published by the actor.
    fn of(&self, row: &ItemRow) -> Option<Invalid> {
        if row.stand().step(ItemAction::Publish).is_none() {
            Some(Invalid::new("", "item_not_at_board"))
        } else if row.review(self.actor) == Review::Other {
            let reviewer = shown_actor(row.reviewer.as_deref().unwrap_or_default());
            Some(Invalid::new("", "item_in_review").with("reviewer", reviewer))
        } else if !self.may_edit(row) {
            Some(Invalid::new("", "item_of_other_field"))
        } else {
            self.frozen.get(&year_of(row)?).map(FrozenRound::refusal)
        }
    }

    /// Whether the actor does an editor's work on an item. The same as `access::may_edit`, for many.
    fn may_edit(&self, row: &ItemRow) -> bool {
        let field = row.field.map(|field| *field);
        self.edited.iter().any(|(editing, units)| {
            let of_field = field.is_none_or(|field| editing.edits(field));
            of_field && units_of(row).iter().any(|unit| units.contains(unit))
        })
    }
}

/// The units whose editors work on an item: of the one that handed it in and of the one that it
/// counts for.
fn units_of(row: &ItemRow) -> [UnitId; 2] {
    [row.unit_id, row.credited_unit_id]
}

/// The year that an item belongs to: that of its arrival.
fn year_of(row: &ItemRow) -> Option<UnitYear> {
    Some(UnitYear {
        unit_id: row.credited_unit_id,
        year: local_date(*row.arrived_at?).year(),
    })
}
