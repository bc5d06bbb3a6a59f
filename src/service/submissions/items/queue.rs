//! What waits for an editor: the items at the editorial board that are theirs to decide, one after
//! the other. Several at once: see `many`.

use std::collections::HashMap;

use serde::Deserialize;

use super::read::{Item, of_rows};
use super::review::{give_back, take};
use super::steps::{PublishItem, WithReason, find_incomplete, publish, reject, return_for_changes};
use super::whole::{Whole, whole};
use crate::domain::ids::{ItemId, ObligationId};
use crate::domain::item::Review;
use crate::domain::text::fold;
use crate::service::core::access::{Action, editing_scopes};
use crate::service::obligations::standings::{ObligationView, of_ids};
use crate::service::{Error, Tx};
use crate::store::items::ItemRow;
use crate::store::kinds::{self, KindRow};
use crate::store::views::items as view;

/// The most items of a queue; who has more waiting sees those that have waited longest.
const LONGEST: i64 = 500;

/// The same as a length.
const MOST: usize = 500;

crate::text_enum! {
    /// Which items of the queue somebody looks at.
    pub enum Whose {
        /// Those that they took into review.
        Mine,
        /// Those that nobody has taken.
        Free,
    }
}

/// Which part of the queue to show; all conditions hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QueueFilter {
    /// By who reviews them.
    #[param(inline)]
    pub whose: Option<Whose>,
    /// Of the kind with this code.
    pub kind: Option<String>,
    /// Part of the headline, with or without diacritics.
    #[serde(rename = "q")]
    pub search: Option<String>,
}

/// What waits for an editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The items of the filter, those that have waited longest first.
    pub waiting: Vec<Waiting>,
    /// How many wait, whatever the filter.
    pub all: usize,
    /// How many of them the reader took.
    pub mine: usize,
    /// How many of them nobody took.
    pub free: usize,
    /// Whether more wait than the queue shows.
    pub is_cut: bool,
    /// All kinds, for their names.
    pub kinds: Vec<KindRow>,
}

/// An item that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The item.
    pub item: Item,
    /// Who reviews it, as the reader sees it.
    pub review: Review,
    /// What it would count for if it were published.
    pub saves: Vec<ObligationView>,
}

/// An item on an editor's desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedItem {
    /// The item.
    pub whole: Whole,
    /// Who reviews it, as the reader sees it.
    pub review: Review,
    /// Its place in the queue from 1; 0 if it does not wait any more.
    pub place: usize,
    /// How many wait.
    pub waiting: usize,
    /// The one before it.
    pub previous: Option<ItemId>,
    /// The one after it.
    pub next: Option<ItemId>,
}

/// What an editor decides of an item, and in which part of the queue they go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is decided.
    pub verdict: Verdict,
    /// The part of the queue.
    pub within: QueueFilter,
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
    /// They take it into review.
    Take,
    /// They give it back.
    GiveBack,
}

impl QueueFilter {
    fn fits(&self, row: &ItemRow, review: Review) -> bool {
        let is_whose = match self.whose {
            None => true,
            Some(Whose::Mine) => review == Review::Own,
            Some(Whose::Free) => review == Review::Nobody,
        };
        let is_kind = self.kind.as_ref().is_none_or(|kind| row.kind == *kind);
        let part = self.search.as_deref().map(fold);
        is_whose && is_kind && part.is_none_or(|part| row.title_folded.contains(&part))
    }
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
pub fn queue(tx: &mut Tx<'_>, filter: &QueueFilter, locale: &str) -> Result<Queue, Error> {
    let (mut rows, is_cut) = rows(tx)?;
    let actor = tx.actor.id;
    let count = |review| {
        rows.iter()
            .filter(|row| row.review(actor) == review)
            .count()
    };
    let (all, mine, free) = (rows.len(), count(Review::Own), count(Review::Nobody));
    rows.retain(|row| filter.fits(row, row.review(actor)));
    let reviews: HashMap<ItemId, Review> =
        rows.iter().map(|row| (row.id, row.review(actor))).collect();
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
        review: reviews.get(&item.id).copied().unwrap_or(Review::Nobody),
        item,
    });
    Ok(Queue {
        waiting: waiting.collect(),
        all,
        mine,
        free,
        is_cut,
        kinds: kinds::list(tx.conn)?,
    })
}

/// The items of the queue, those that have waited longest first, and whether there are more.
fn rows(tx: &mut Tx<'_>) -> Result<(Vec<ItemRow>, bool), Error> {
    tx.require_by_any_role(Action::Edit)?;
    let (mut all, mut is_cut): (Vec<ItemRow>, bool) = (Vec::new(), false);
    for scope in editing_scopes(tx.conn, tx.actor)? {
        let mut rows = view::at_board(tx.conn, scope.unit_id, &scope.fields, LONGEST + 1)?;
        is_cut |= rows.len() > MOST;
        rows.truncate(MOST);
        all.append(&mut rows);
    }
    all.sort_by_key(|row| (row.arrived_at, row.id));
    // who holds several roles has some items twice
    all.dedup_by_key(|row| row.id);
    Ok((all, is_cut))
}

/// The ids of a part of the queue, in its order.
fn ids_of(tx: &mut Tx<'_>, filter: &QueueFilter) -> Result<Vec<ItemId>, Error> {
    let (rows, _) = rows(tx)?;
    let actor = tx.actor.id;
    let fitting = rows
        .iter()
        .filter(|row| filter.fits(row, row.review(actor)));
    Ok(fitting.map(|row| row.id).collect())
}

/// An item with its place in a part of the actor's queue.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn queued_item(
    tx: &mut Tx<'_>,
    id: ItemId,
    filter: &QueueFilter,
    locale: &str,
) -> Result<QueuedItem, Error> {
    let whole = whole(tx, id, locale)?;
    let ids = ids_of(tx, filter)?;
    let index = ids.iter().position(|own| *own == id);
    let at = |index: Option<usize>| index.and_then(|index| ids.get(index).copied());
    Ok(QueuedItem {
        review: whole.review,
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

/// Decides an item; the one that comes next. What is taken into review stays on the desk.
///
/// # Errors
/// Those of the step.
pub fn decide(
    tx: &mut Tx<'_>,
    id: ItemId,
    decision: &Decision,
    version: i32,
) -> Result<Option<ItemId>, Error> {
    let before = ids_of(tx, &decision.within)?;
    match &decision.verdict {
        Verdict::Take => {
            take(tx, id, version)?;
            return Ok(Some(id));
        }
        Verdict::GiveBack => give_back(tx, id, version)?,
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
