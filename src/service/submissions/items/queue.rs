//! What waits for an editor: the items at the editorial board that are theirs to decide, one after
//! the other. Several at once: see `many`.

use std::collections::HashMap;

use super::read::{Item, of_rows};
use super::steps::{PublishItem, WithReason, find_incomplete, publish, reject, return_for_changes};
use super::whole::{Whole, whole};
use crate::domain::ids::{ItemId, ObligationId};
use crate::service::core::access::{Action, editing_scopes};
use crate::service::obligations::standings::{ObligationView, of_ids};
use crate::service::{Error, Tx};
use crate::store::items::ItemRow;
use crate::store::kinds::{self, KindRow};
use crate::store::views::items as view;

/// The most items of a queue; who has more waiting sees those that have waited longest.
const LONGEST: i64 = 500;

/// What waits for an editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The items, those that have waited longest first.
    pub waiting: Vec<Waiting>,
    /// All kinds, for their names.
    pub kinds: Vec<KindRow>,
}

/// An item that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The item.
    pub item: Item,
    /// What it would count for if it were published.
    pub saves: Vec<ObligationView>,
}

/// An item on an editor's desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedItem {
    /// The item.
    pub whole: Whole,
    /// Its place in the queue from 1; 0 if it does not wait any more.
    pub place: usize,
    /// How many wait.
    pub waiting: usize,
    /// The one before it.
    pub previous: Option<ItemId>,
    /// The one after it.
    pub next: Option<ItemId>,
}

/// What an editor decides of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is published.
    Publish(PublishItem),
    /// It goes back for changes.
    Return(WithReason),
    /// It goes back as incomplete: its next arrival counts.
    Incomplete(WithReason),
    /// It is refused.
    Reject(WithReason),
}

impl Queue {
    /// The name of a kind.
    pub fn kind_name<'s>(&'s self, code: &'s str) -> &'s str {
        let kind = self.kinds.iter().find(|kind| kind.code == code);
        kind.map_or(code, |kind| &kind.name)
    }
}

/// What waits for the actor.
///
/// # Errors
/// [`Error::Forbidden`] for somebody who does no editor's work.
pub fn queue(tx: &mut Tx<'_>, locale: &str) -> Result<Queue, Error> {
    let rows = rows(tx)?;
    let ids: Vec<ItemId> = rows.iter().map(|row| row.id).collect();
    let scope = tx.scope();
    let pairs = view::credited(tx.conn, &scope, &ids)?;
    let mut owed: Vec<ObligationId> = pairs.iter().map(|(_, owed)| *owed).collect();
    owed.sort_unstable();
    owed.dedup();
    let works = of_ids(tx, &owed, locale)?;
    let works: HashMap<ObligationId, ObligationView> =
        works.into_iter().map(|work| (work.id, work)).collect();
    let mut saves: HashMap<ItemId, Vec<ObligationView>> = HashMap::new();
    for (item, owed) in pairs {
        let work = works.get(&owed).filter(|work| !work.state.is_closed());
        saves.entry(item).or_default().extend(work.cloned());
    }
    let waiting = of_rows(tx.conn, rows)?.into_iter().map(|item| Waiting {
        saves: saves.remove(&item.id).unwrap_or_default(),
        item,
    });
    Ok(Queue {
        waiting: waiting.collect(),
        kinds: kinds::list(tx.conn)?,
    })
}

/// The items of the queue, those that have waited longest first.
fn rows(tx: &mut Tx<'_>) -> Result<Vec<ItemRow>, Error> {
    tx.require_by_any_role(Action::Edit)?;
    let mut all: Vec<ItemRow> = Vec::new();
    for scope in editing_scopes(tx.conn, tx.actor)? {
        all.extend(view::at_board(
            tx.conn,
            scope.unit_id,
            &scope.fields,
            LONGEST,
        )?);
    }
    all.sort_by_key(|row| (row.arrived_at, row.id));
    // who holds several roles has some items twice
    all.dedup_by_key(|row| row.id);
    Ok(all)
}

/// An item with its place in the actor's queue.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn queued_item(tx: &mut Tx<'_>, id: ItemId, locale: &str) -> Result<QueuedItem, Error> {
    let whole = whole(tx, id, locale)?;
    let ids: Vec<ItemId> = rows(tx)?.iter().map(|row| row.id).collect();
    let index = ids.iter().position(|own| *own == id);
    let at = |index: Option<usize>| index.and_then(|index| ids.get(index).copied());
    Ok(QueuedItem {
        whole,
        place: index.map_or(0, |index| index + 1),
        waiting: ids.len(),
        previous: at(index.and_then(|index| index.checked_sub(1))),
        next: match index {
            Some(index) => at(Some(index + 1)),
            None => ids.first().copied(),
        },
    })
}

/// Decides an item; the one that is next in the queue.
///
/// # Errors
/// Those of the step.
pub fn decide(
    tx: &mut Tx<'_>,
    id: ItemId,
    verdict: &Verdict,
    version: i32,
) -> Result<Option<ItemId>, Error> {
    let before: Vec<ItemId> = rows(tx)?.iter().map(|row| row.id).collect();
    match verdict {
        Verdict::Publish(item) => publish(tx, id, item, version)?,
        Verdict::Return(why) => return_for_changes(tx, id, why, version)?,
        Verdict::Incomplete(why) => find_incomplete(tx, id, why, version)?,
        Verdict::Reject(why) => reject(tx, id, why, version)?,
    };
    let index = before.iter().position(|own| *own == id);
    let behind = index.and_then(|index| before.get(index + 1));
    let next = behind.or(before.first()).copied();
    Ok(next.filter(|next| *next != id))
}
