//! What is done to an item after it was handed in.

use serde::Deserialize;

use super::read::ItemDetail;
use super::step::Step;
use crate::domain::deadline::missed_for_good;
use crate::domain::ids::ItemId;
use crate::domain::item::{self, ItemAction, ItemState};
use crate::domain::text::{self, local_date};
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::types::Word;

/// Why something is done.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithReason {
    /// Why; the unit reads it, and it stays in the audit trail.
    pub reason: String,
}

/// What an editor says on publishing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PublishItem {
    /// Where it can be read; left out, the address stays as it is.
    pub url: Option<String>,
    /// A mark for quality, 1 to 5.
    pub grade: Option<i32>,
}

/// A mark for quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeItem {
    /// From 1 to 5.
    pub grade: i32,
}

/// The unit's leader approves an item, with name and time: it reaches the editorial board. One that
/// came back for changes in time keeps its arrival.
///
/// # Errors
/// [`Error::Conflict`] if it does not wait for the leader; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn approve(tx: &mut Tx<'_>, id: ItemId, version: i32) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::Approve)?;
    step.approve();
    step.reach_board()?;
    step.finish()
}

/// An editor publishes an item; it counts for the period in which it arrived.
///
/// # Errors
/// Faults of the input; [`Error::Conflict`] if it is not at the editorial board;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn publish(
    tx: &mut Tx<'_>,
    id: ItemId,
    publish: &PublishItem,
    version: i32,
) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::Publish)?;
    if let Some(url) = item::optional_url(publish.url.as_deref())? {
        step.row.url = Some(url);
    }
    if let Some(grade) = publish.grade {
        step.row.grade = Some(item::grade(grade)?);
    }
    step.row.published_at = Some(step.stamp.into());
    step.row.decided_at = Some(step.stamp.into());
    step.finish()
}

/// Sends an item back for changes. From the editorial board it holds its place for some working
/// days (policy `return_days`).
///
/// # Errors
/// A missing reason; [`Error::Conflict`] if it is with nobody who could; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn return_for_changes(
    tx: &mut Tx<'_>,
    id: ItemId,
    why: &WithReason,
    version: i32,
) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::Return)?;
    step.reason = Some(text::paragraph("reason", &why.reason)?);
    if step.row.arrived_at.is_some() && step.row.return_lapses_at.is_none() {
        let (tx, unit) = (&mut *step.tx, step.row.unit_id);
        let policy = tx.lookups.policy(tx.conn, unit, local_date(tx.now))?;
        let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
        let lapses = missed_for_good(&calendar, step.stamp, policy.return_days);
        step.row.return_lapses_at = Some(lapses.into());
    }
    step.finish()
}

/// An editor finds an item incomplete: it has not arrived, its next arrival counts.
///
/// # Errors
/// As [`return_for_changes`].
pub fn find_incomplete(
    tx: &mut Tx<'_>,
    id: ItemId,
    why: &WithReason,
    version: i32,
) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::FindIncomplete)?;
    step.reason = Some(text::paragraph("reason", &why.reason)?);
    step.row.arrived_at = None;
    step.row.return_lapses_at = None;
    step.finish()
}

/// An editor refuses an item: what it settled is open again, with the same due instant.
///
/// # Errors
/// As [`return_for_changes`].
pub fn reject(
    tx: &mut Tx<'_>,
    id: ItemId,
    why: &WithReason,
    version: i32,
) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::Reject)?;
    step.reason = Some(text::paragraph("reason", &why.reason)?);
    step.row.return_lapses_at = None;
    step.row.decided_at = Some(step.stamp.into());
    step.finish()
}

/// The unit takes an item back; one that is published only an editor can.
///
/// # Errors
/// As [`return_for_changes`].
pub fn withdraw(
    tx: &mut Tx<'_>,
    id: ItemId,
    why: &WithReason,
    version: i32,
) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::Withdraw)?;
    step.reason = Some(text::paragraph("reason", &why.reason)?);
    step.row.return_lapses_at = None;
    step.finish()
}

/// The unit hands an item in again after changes. Back at the board within the days that it was
/// given it keeps its arrival; later, or if it was incomplete, it arrives anew.
///
/// # Errors
/// [`Error::Conflict`] if it was not returned; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn resubmit(tx: &mut Tx<'_>, id: ItemId, version: i32) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::Resubmit)?;
    let (tx, unit) = (&mut *step.tx, step.row.unit_id);
    let policy = tx.lookups.policy(tx.conn, unit, local_date(tx.now))?;
    step.row.approved_at = None;
    step.row.approved_by = None;
    if policy.leader_approval && step.may(Action::Approve)? {
        step.approve();
        step.row.state = Word(ItemState::Approved);
    }
    // what an editor recorded comes again as it came before
    let recorded = step.row.channel.is_recorded() && step.may(Action::Edit)?;
    if !policy.leader_approval || recorded || *step.row.state == ItemState::Approved {
        step.reach_board()?;
    } else if !step.row.holds_place(step.stamp) {
        step.row.arrived_at = None;
        step.row.return_lapses_at = None;
    }
    step.finish()
}

/// An editor marks the quality of what is published.
///
/// # Errors
/// A mark outside 1 to 5; [`Error::Conflict`] if it is not published; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn grade(
    tx: &mut Tx<'_>,
    id: ItemId,
    mark: &GradeItem,
    version: i32,
) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::Grade)?;
    step.row.grade = Some(item::grade(mark.grade)?);
    step.finish()
}
