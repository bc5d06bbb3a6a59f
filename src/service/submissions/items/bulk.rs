//! Publishing several items at once: what can be done with each, and doing it.

use serde::Deserialize;

use super::step::allowed;
use super::steps::{PublishItem, publish};
use crate::domain::access::shown_actor;
use crate::domain::error::Invalid;
use crate::domain::ids::ItemId;
use crate::domain::item::{ItemAction, Review};
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::items::ItemRow;
use crate::store::views::items as view;

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

/// The most items at once.
const MANY: usize = 200;

/// Which of these items the actor can publish now, and why not the others.
///
/// # Errors
/// `item_too_many` on `ids`.
pub fn check_many(tx: &mut Tx<'_>, many: &PublishMany) -> Result<Vec<BulkChecked>, Error> {
    checked(tx, many).map(|all| all.into_iter().map(|(checked, _)| checked).collect())
}

/// Publishes those of these items that can be, and answers item by item.
///
/// # Errors
/// `item_too_many` on `ids`; [`Error::Forbidden`] for somebody who does no editor's work; then nothing
/// is published.
pub fn publish_many(tx: &mut Tx<'_>, many: &PublishMany) -> Result<Vec<BulkChecked>, Error> {
    tx.require_by_any_role(Action::Edit)?;
    let mut done = Vec::new();
    for (item, version) in checked(tx, many)? {
        if item.fault.is_none() {
            publish(tx, item.id, &PublishItem::default(), version)?;
        }
        done.push(item);
    }
    Ok(done)
}

/// Each item once, with its version.
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
    let mut all = Vec::new();
    for id in ids {
        all.push(check_one(tx, id)?);
    }
    Ok(all)
}

fn check_one(tx: &mut Tx<'_>, id: ItemId) -> Result<(BulkChecked, i32), Error> {
    let scope = tx.scope();
    let Some(row) = view::find(tx.conn, &scope, id)? else {
        let fault = Invalid::new("", "not_found").with("value", id);
        let missing = BulkChecked {
            id,
            title: None,
            fault: Some(fault),
        };
        return Ok((missing, 0));
    };
    let fault = fault(tx, &row)?;
    let checked = BulkChecked {
        id,
        title: Some(row.title),
        fault,
    };
    Ok((checked, row.version))
}

/// Why the actor can't publish an item now.
fn fault(tx: &mut Tx<'_>, row: &ItemRow) -> Result<Option<Invalid>, Error> {
    if allowed(tx, row)?.contains(&ItemAction::Publish) {
        return Ok(None);
    }
    let fault = if row.stand().step(ItemAction::Publish).is_none() {
        Invalid::new("", "item_not_at_board")
    } else if row.review(tx.actor.id) == Review::Other {
        let reviewer = shown_actor(row.reviewer.as_deref().unwrap_or_default());
        Invalid::new("", "item_in_review").with("reviewer", reviewer)
    } else {
        Invalid::new("", "item_of_other_field")
    };
    Ok(Some(fault))
}
