//! Which editor works on an item: an editor takes it into review, gives it back or takes it over.
//! The others see that, and decide nothing of it meanwhile. What the item counts for does not change.

use super::read::ItemDetail;
use super::step::Step;
use crate::domain::ids::ItemId;
use crate::domain::item::ItemAction;
use crate::service::{Error, Tx};
use crate::store::types::AsText;

/// An editor takes an item into review; from another editor as well, whose work it is no longer.
///
/// # Errors
/// [`Error::Conflict`] if it is not at the editorial board or in the actor's review already;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn take(tx: &mut Tx<'_>, id: ItemId, version: i32) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::Take)?;
    step.row.reviewer_id = Some(AsText(step.tx.actor.id));
    step.row.reviewer = Some(step.tx.actor.name.clone());
    step.row.in_review_at = Some(step.stamp.into());
    step.finish()
}

/// The editor who reviews an item gives it back: it waits for any editor again.
///
/// # Errors
/// [`Error::Conflict`] if it is not in the actor's review; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn give_back(tx: &mut Tx<'_>, id: ItemId, version: i32) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::GiveBack)?;
    step.row.end_review();
    step.finish()
}
