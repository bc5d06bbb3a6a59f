//! A step that is taken with an item: found, checked, saved and recorded in the same way whatever
//! is done.

use chrono::{DateTime, Utc};

use super::checks::arrive;
use super::differences;
use super::read::{ItemDetail, detail};
use crate::domain::access::shown_actor;
use crate::domain::error::Invalid;
use crate::domain::ids::{ItemId, PersonId, UnitId};
use crate::domain::item::{By, Changed, ItemAction, ItemState, Review, whole_seconds};
use crate::domain::text::local_date;
use crate::service::core::access::{Action, may_edit};
use crate::service::obligations::changes::item_changed;
use crate::service::{Error, Tx};
use crate::store::approvals::{self, ApprovalRequestRow};
use crate::store::items::{self, ItemRow, ItemStepRow};
use crate::store::kinds::{self, KindRow};
use crate::store::types::{AsText, Json, Word};
use crate::store::views::items as view;

/// A step that has begun: the actor may take it, and nobody took another one since. It is saved by
/// [`Step::finish`].
pub(super) struct Step<'s, 't> {
    pub(super) tx: &'s mut Tx<'t>,
    action: ItemAction,
    before: ItemRow,
    /// As it will be saved; its state is that after the step.
    pub(super) row: ItemRow,
    pub(super) kind: KindRow,
    /// Everybody who is or was among the authors.
    pub(super) authors: Vec<PersonId>,
    /// Why it is taken, if a reason is kept.
    pub(super) reason: Option<String>,
    /// What it changed besides the fields of the row.
    pub(super) changes: Vec<Changed>,
    /// The request, in whole seconds.
    pub(super) stamp: DateTime<Utc>,
}

impl<'s, 't> Step<'s, 't> {
    /// Finds the item and checks that the actor may take this step where it stands.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`], [`Error::Forbidden`]; [`Error::Conflict`] if nobody
    /// can take it here.
    pub(super) fn begin(
        tx: &'s mut Tx<'t>,
        id: ItemId,
        version: i32,
        action: ItemAction,
    ) -> Result<Self, Error> {
        let scope = tx.scope();
        let before = view::find(tx.conn, &scope, id)?.ok_or(Error::not_found("item"))?;
        tx.require_current(before.version, version)?;
        let (by, next) = who_and_next(&before, action)?;
        if !may(tx, right_of(by), &before)? {
            return Err(Error::Forbidden);
        }
        check_review(tx, &before, action)?;
        let kind = kinds::find(tx.conn, &before.kind)?.ok_or(Error::not_found("kind"))?;
        let mut row = ItemRow {
            state: Word(next),
            updated_at: tx.now.into(),
            ..before.clone()
        };
        if before.state != next {
            row.end_review();
        }
        Ok(Self {
            authors: items::authors(tx.conn, id)?,
            changes: Vec::new(),
            stamp: whole_seconds(tx.now),
            reason: None,
            tx,
            action,
            before,
            row,
            kind,
        })
    }

    /// Saves the item, records the step, and folds what the item counts for.
    pub(super) fn finish(self) -> Result<ItemDetail, Error> {
        let row = items::update(self.tx.conn, self.row)?.ok_or(Error::Stale)?;
        let taken = Taken {
            action: self.action,
            reason: self.reason.as_deref(),
            before: Some(&self.before),
            authors: &self.authors,
            changes: &self.changes,
        };
        record(self.tx, row, &taken)
    }

    /// Whether the actor may act for a unit of the item.
    pub(super) fn may(&mut self, action: Action) -> Result<bool, Error> {
        may(self.tx, action, &self.row)
    }

    /// The actor answers for the item's accuracy.
    pub(super) fn approve(&mut self) {
        self.row.approved_at = Some(self.stamp.into());
        self.row.approved_by = Some(self.tx.actor.name.clone());
    }

    /// The item is at the editorial board. If it came back in time it keeps its arrival, else it
    /// arrives now.
    pub(super) fn reach_board(&mut self) -> Result<(), Error> {
        if self.row.holds_place(self.stamp) {
            self.row.return_lapses_at = None;
            return Ok(());
        }
        arrive(self.tx, &mut self.row, &self.kind, self.stamp)
    }
}

/// A step as it is recorded.
pub(super) struct Taken<'a> {
    pub(super) action: ItemAction,
    pub(super) reason: Option<&'a str>,
    /// The item before the step, if it existed.
    pub(super) before: Option<&'a ItemRow>,
    /// Everybody who is or was among the authors.
    pub(super) authors: &'a [PersonId],
    /// What it changed besides the fields of the row.
    pub(super) changes: &'a [Changed],
}

/// Records a step with a saved item, and folds what the item counts for.
pub(super) fn record(
    tx: &mut Tx<'_>,
    row: ItemRow,
    taken: &Taken<'_>,
) -> Result<ItemDetail, Error> {
    let step = ItemStepRow {
        id: 0,
        item_id: row.id,
        at: tx.now.into(),
        action: Word(taken.action),
        state: row.state,
        actor_id: AsText(tx.actor.id),
        actor: tx.actor.name.clone(),
        reason: taken.reason.map(str::to_owned),
        arrived_at: row.arrived_at,
        return_lapses_at: row.return_lapses_at,
        grade: row.grade,
        changes: changes(&row, taken).map(Json),
    };
    items::insert_step(tx.conn, &step)?;
    ask_for_approval(tx, taken.before, &row)?;
    let mut line = tx
        .audit(taken.action.as_str(), "item", row.id)
        .unit(row.unit_id);
    if let Some(before) = taken.before {
        line = line.old(before);
    }
    line.new_value(&row).reason(taken.reason).record()?;
    item_changed(tx, taken.before, &row, taken.authors)?;
    detail(tx, row)
}

/// What a step changed, as it is kept with it.
fn changes(row: &ItemRow, taken: &Taken<'_>) -> Option<Vec<Changed>> {
    let mut all = differences::of(taken.before?, row, taken.action);
    all.extend_from_slice(taken.changes);
    (!all.is_empty()).then_some(all)
}

/// Asks the unit's leader for approval, if the item came to wait for that with this step. The mail
/// leaves in office hours (`service::notices::approvals`).
fn ask_for_approval(tx: &mut Tx<'_>, before: Option<&ItemRow>, row: &ItemRow) -> Result<(), Error> {
    if !row.waits_for_leader() || before.is_some_and(ItemRow::waits_for_leader) {
        return Ok(());
    }
    let request = ApprovalRequestRow {
        item_id: row.id,
        item_version: row.version,
        asked_at: tx.now.into(),
        leave_at: office_opening(tx, row.unit_id)?.into(),
        settled_at: None,
    };
    Ok(approvals::insert(tx.conn, &request)?)
}

/// When mails about a unit may leave: now, or at the next opening of its office.
pub(in crate::service) fn office_opening(
    tx: &mut Tx<'_>,
    unit: UnitId,
) -> Result<DateTime<Utc>, Error> {
    let policy = tx.lookups.policy(tx.conn, unit, local_date(tx.now))?;
    let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
    // a calendar that never opens again keeps nothing back
    Ok(calendar.next_opening(tx.now).unwrap_or(tx.now))
}

/// What the actor may do with an item where it stands, in the order of [`ItemAction::ALL`].
pub(super) fn allowed(tx: &mut Tx<'_>, row: &ItemRow) -> Result<Vec<ItemAction>, Error> {
    let mut may_act: Vec<By> = Vec::new();
    for by in [By::Unit, By::Leader, By::Board] {
        if may(tx, right_of(by), row)? {
            may_act.push(by);
        }
    }
    let (stand, review) = (row.stand(), row.review(tx.actor.id));
    let is_allowed = |action: &ItemAction| {
        let step = stand.step(*action);
        review.admits(*action) && step.is_some_and(|(by, _)| may_act.contains(&by))
    };
    Ok(ItemAction::ALL.iter().copied().filter(is_allowed).collect())
}

/// The right that a step of these people takes.
const fn right_of(by: By) -> Action {
    match by {
        By::Unit => Action::Submit,
        By::Leader => Action::Approve,
        By::Board => Action::Edit,
    }
}

/// That no other editor works on the item, where the step is one that only its reviewer takes.
fn check_review(tx: &Tx<'_>, row: &ItemRow, action: ItemAction) -> Result<(), Error> {
    let review = row.review(tx.actor.id);
    if review.admits(action) {
        return Ok(());
    }
    let fault = match (review, &row.reviewer) {
        (Review::Other, Some(reviewer)) => {
            Invalid::new("", "item_in_review").with("reviewer", shown_actor(reviewer))
        }
        _ => Invalid::new("", "item_step").with("state", row.shown_state().as_str()),
    };
    Err(Error::Conflict(fault))
}

/// The people allowed to take the step in the state of the item, and the state that follows.
fn who_and_next(row: &ItemRow, action: ItemAction) -> Result<(By, ItemState), Error> {
    let stand = row.stand();
    stand.step(action).ok_or_else(|| {
        let waits = stand.state == ItemState::Submitted && !stand.at_board;
        let code = if waits {
            "item_waits_for_leader"
        } else {
            "item_step"
        };
        let state = format!("item.state.{}", stand.state);
        Error::Conflict(Invalid::new("", code).with_word("state", state))
    })
}

/// Whether the actor may act for the unit that handed the item in, or for the one that it counts
/// for.
fn may(tx: &mut Tx<'_>, action: Action, row: &ItemRow) -> Result<bool, Error> {
    let field = row.field.map(|field| *field);
    for unit in [row.unit_id, row.credited_unit_id] {
        let allowed = match action {
            Action::Edit => may_edit(tx.conn, tx.actor, unit, field)?,
            _ => tx.may(action, unit)?,
        };
        if allowed {
            return Ok(true);
        }
    }
    Ok(false)
}
