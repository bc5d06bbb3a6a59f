//! What happens to an item after it was handed in. Each step asks `domain::item::Stand` whether it
//! is open here and to whom, saves under the version that the caller read, and folds what the item
//! counts for.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::domain::access::Actor;
use crate::domain::deadline::missed_for_good;
use crate::domain::error::Invalid;
use crate::domain::item::{
    self, Arrival, By, ItemAction, ItemPatch, ItemState, Stand, whole_seconds,
};
use crate::domain::text::{self, local_date, local_time};
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::changes::item_changed_in;
use crate::service::submissions::items::checks::{
    arrive, author_faults, credited_unit, date_of, event_fault, known_kind, too_old,
};
use crate::service::submissions::items::facts;
use crate::service::submissions::items::facts::ItemDetail;
use crate::service::{App, Error};
use crate::store::items::{self, ItemRow, ItemStepRow};
use crate::store::kinds::{self, KindRow};
use crate::store::types::Word;
use crate::store::views::items as view;
use crate::store::{Conn, StoreError};

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
pub fn approve(
    app: &App,
    actor: &Actor,
    id: i64,
    version: i32,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    run(
        app,
        actor,
        id,
        version,
        ItemAction::Approve,
        now,
        |conn, work| {
            work.approve(actor);
            work.reach_board(conn)?;
            Ok(None)
        },
    )
}

/// An editor publishes an item; it counts for the period in which it arrived.
///
/// # Errors
/// Faults of the input; [`Error::Conflict`] if it is not at the editorial board;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn publish(
    app: &App,
    actor: &Actor,
    id: i64,
    publish: &PublishItem,
    version: i32,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    run(
        app,
        actor,
        id,
        version,
        ItemAction::Publish,
        now,
        |_, work| {
            if let Some(url) = item::optional_url(publish.url.as_deref())? {
                work.row.url = Some(url);
            }
            if let Some(grade) = publish.grade {
                work.row.grade = Some(item::grade(grade)?);
            }
            work.row.published_at = Some(work.stamp.into());
            work.row.decided_at = Some(work.stamp.into());
            Ok(None)
        },
    )
}

/// Sends an item back for changes. From the editorial board it holds its place for some working
/// days (policy `return_days`).
///
/// # Errors
/// A missing reason; [`Error::Conflict`] if it is with nobody who could; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn return_for_changes(
    app: &App,
    actor: &Actor,
    id: i64,
    why: &WithReason,
    version: i32,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    run(
        app,
        actor,
        id,
        version,
        ItemAction::Return,
        now,
        |conn, work| {
            let reason = text::paragraph("reason", &why.reason)?;
            if work.row.arrived_at.is_some() && work.row.return_lapses_at.is_none() {
                let policy = work
                    .lookups
                    .policy(conn, work.row.unit_id, local_date(now))?;
                let (calendar, _) = work.lookups.calendar(conn, &policy.calendar)?;
                work.row.return_lapses_at =
                    Some(missed_for_good(&calendar, work.stamp, policy.return_days).into());
            }
            Ok(Some(reason))
        },
    )
}

/// An editor finds an item incomplete: it has not arrived, its next arrival counts.
///
/// # Errors
/// As [`return_for_changes`].
pub fn find_incomplete(
    app: &App,
    actor: &Actor,
    id: i64,
    why: &WithReason,
    version: i32,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    run(
        app,
        actor,
        id,
        version,
        ItemAction::FindIncomplete,
        now,
        |_, work| {
            work.row.arrived_at = None;
            work.row.return_lapses_at = None;
            Ok(Some(text::paragraph("reason", &why.reason)?))
        },
    )
}

/// An editor refuses an item: what it settled is open again, with the same due instant.
///
/// # Errors
/// As [`return_for_changes`].
pub fn reject(
    app: &App,
    actor: &Actor,
    id: i64,
    why: &WithReason,
    version: i32,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    run(
        app,
        actor,
        id,
        version,
        ItemAction::Reject,
        now,
        |_, work| {
            work.row.return_lapses_at = None;
            work.row.decided_at = Some(work.stamp.into());
            Ok(Some(text::paragraph("reason", &why.reason)?))
        },
    )
}

/// The unit takes an item back; one that is published only an editor can.
///
/// # Errors
/// As [`return_for_changes`].
pub fn withdraw(
    app: &App,
    actor: &Actor,
    id: i64,
    why: &WithReason,
    version: i32,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    run(
        app,
        actor,
        id,
        version,
        ItemAction::Withdraw,
        now,
        |_, work| {
            work.row.return_lapses_at = None;
            Ok(Some(text::paragraph("reason", &why.reason)?))
        },
    )
}

/// The unit hands an item in again after changes. Back at the board within the days that it was
/// given it keeps its arrival; later, or if it was incomplete, it arrives anew.
///
/// # Errors
/// [`Error::Conflict`] if it was not returned; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn resubmit(
    app: &App,
    actor: &Actor,
    id: i64,
    version: i32,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    run(
        app,
        actor,
        id,
        version,
        ItemAction::Resubmit,
        now,
        |conn, work| {
            let unit = work.row.unit_id;
            let channel = *work.row.channel;
            let approval = work
                .lookups
                .policy(conn, unit, local_date(now))?
                .leader_approval;
            work.row.approved_at = None;
            work.row.approved_by = None;
            if approval && may(conn, actor, Action::Approve, &work.row)? {
                work.approve(actor);
                work.row.state = Word(ItemState::Approved);
            }
            // what an editor recorded comes again the way it came
            let recorded = channel.is_recorded() && may(conn, actor, Action::Edit, &work.row)?;
            if !approval || recorded || *work.row.state == ItemState::Approved {
                work.reach_board(conn)?;
            } else if !work.holds_place()? {
                work.row.arrived_at = None;
                work.row.return_lapses_at = None;
            }
            Ok(None)
        },
    )
}

/// An editor marks the quality of what is published.
///
/// # Errors
/// A mark outside 1 to 5; [`Error::Conflict`] if it is not published; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn grade(
    app: &App,
    actor: &Actor,
    id: i64,
    mark: GradeItem,
    version: i32,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    run(
        app,
        actor,
        id,
        version,
        ItemAction::Grade,
        now,
        |_, work| {
            work.row.grade = Some(item::grade(mark.grade)?);
            Ok(None)
        },
    )
}

/// An editor corrects the instant at which an item arrived; that reaches back (DOMAIN, quotas).
///
/// # Errors
/// An instant to come, before the unit was founded or after publication, a missing reason;
/// [`Error::Conflict`] if it has not arrived; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn correct_arrival(
    app: &App,
    actor: &Actor,
    id: i64,
    arrival: &Arrival,
    version: i32,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    run(
        app,
        actor,
        id,
        version,
        ItemAction::CorrectArrival,
        now,
        |conn, work| {
            let arrival = arrival.checked(now)?;
            if work.row.arrived_at.is_none() {
                return Err(Error::Conflict(Invalid::new("", "item_not_arrived")));
            }
            let unit = work.lookups.unit(conn, work.row.unit_id)?;
            let date = local_date(arrival.at);
            if let Some(fault) = too_old(&unit, "at", Some(date)) {
                return Err(fault.into());
            }
            match work.row.published_at {
                Some(published) if work.kind.reviewed && *published < arrival.at => {
                    let fault = Invalid::new("at", "item_arrival_after_publication");
                    return Err(fault.with("published", local_time(*published)).into());
                }
                Some(_) if !work.kind.reviewed => work.row.published_at = Some(arrival.at.into()),
                _ => {}
            }
            work.row.credited_unit_id = credited_unit(conn, &mut work.lookups, &unit, date)??;
            work.row.arrived_at = Some(arrival.at.into());
            Ok(Some(arrival.reason))
        },
    )
}

/// Corrects an item's text, kind, authors or event: the unit while it has the item, editors
/// afterwards.
///
/// # Errors
/// All faults of the input; [`Error::Conflict`] if nobody can any more; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn change(
    app: &App,
    actor: &Actor,
    id: i64,
    patch: &ItemPatch,
    version: i32,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    run(
        app,
        actor,
        id,
        version,
        ItemAction::Change,
        now,
        |conn, work| {
            let patch = patch.clone().checked()?;
            let unit = work.lookups.unit(conn, work.row.unit_id)?;
            let mut faults = Vec::new();
            if let Some(code) = &patch.kind {
                match known_kind(conn, code)? {
                    Ok(kind) if kind.reviewed == work.kind.reviewed => work.row.kind = kind.code,
                    Ok(_) => faults
                        .push(Invalid::new("kind", "item_kind_review_fixed").with("value", code)),
                    Err(fault) => faults.push(fault),
                }
            }
            if let Some(authors) = &patch.authors {
                let new: Vec<i64> = authors
                    .iter()
                    .copied()
                    .filter(|id| !work.authors.contains(id))
                    .collect();
                faults.extend(author_faults(
                    conn,
                    &mut work.lookups,
                    actor,
                    &unit,
                    &new,
                    date_of(&work.row)?,
                )?);
            }
            if let Some(Some(event)) = patch.event_id.filter(|event| *event != work.row.event_id) {
                faults.extend(event_fault(
                    conn,
                    actor,
                    event,
                    unit.id,
                    work.row.credited_unit_id,
                )?);
            }
            faults.extend(too_old(&unit, "happened_on", patch.happened_on.flatten()));
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            if let Some(authors) = &patch.authors {
                items::set_authors(conn, work.row.id, authors)?;
                // whoever is no author any more loses the credit
                work.authors.extend(authors);
            }
            work.write(patch);
            Ok(None)
        },
    )
}

/// An item in somebody's hands.
struct Work<'h> {
    lookups: Lookups<'h>,
    /// As it will be saved; its state is that after the step.
    row: ItemRow,
    kind: KindRow,
    /// Everybody who is or was among the authors.
    authors: Vec<i64>,
    /// The request, in whole seconds.
    stamp: DateTime<Utc>,
}

impl Work<'_> {
    fn approve(&mut self, actor: &Actor) {
        self.row.approved_at = Some(self.stamp.into());
        self.row.approved_by = Some(actor.name.clone());
    }

    /// Whether it came back for changes and its days are not over.
    fn holds_place(&self) -> Result<bool, StoreError> {
        Ok(self.row.arrived_at.is_some()
            && self.row.return_lapses_at.is_some_and(|at| self.stamp < *at))
    }

    fn reach_board(&mut self, conn: &mut Conn) -> Result<(), Error> {
        if self.holds_place()? {
            self.row.return_lapses_at = None;
            return Ok(());
        }
        arrive(
            conn,
            &mut self.lookups,
            &mut self.row,
            &self.kind,
            self.stamp,
        )
    }

    fn write(&mut self, patch: ItemPatch) {
        let row = &mut self.row;
        if let Some(title) = patch.title {
            row.title_folded = text::fold(&title);
            row.title = title;
        }
        if let Some(field) = patch.field {
            row.field = field.map(Word);
        }
        row.url = patch.url.unwrap_or(row.url.take());
        row.body = patch.body.unwrap_or(row.body.take());
        row.event_id = patch.event_id.unwrap_or(row.event_id);
        row.happened_on = patch.happened_on.unwrap_or(row.happened_on);
    }
}

/// Takes a step in one transaction: `work` changes the row and gives the reason, if there is one to
/// keep.
fn run(
    app: &App,
    actor: &Actor,
    id: i64,
    expected_version: i32,
    action: ItemAction,
    now: DateTime<Utc>,
    work: impl Fn(&mut Conn, &mut Work<'_>) -> Result<Option<String>, Error>,
) -> Result<ItemDetail, Error> {
    app.store.write(|conn| {
        let before = items::find(conn, id)?.ok_or(Error::not_found("item"))?;
        let next = open_step(conn, actor, &before, expected_version, action)?;
        let kind = kinds::find(conn, &before.kind)?.ok_or(Error::not_found("kind"))?;
        let row = ItemRow {
            state: Word(next),
            updated_at: now.into(),
            ..before.clone()
        };
        let authors = items::authors(conn, id)?;
        let mut in_hand = Work {
            lookups: Lookups::new(app),
            row,
            kind,
            authors,
            stamp: whole_seconds(now),
        };
        let reason = work(conn, &mut in_hand)?;
        let Work {
            mut lookups,
            row,
            authors,
            ..
        } = in_hand;
        let row = items::update(conn, row)?.ok_or(Error::Stale)?;
        let step = ItemStepRow {
            id: 0,
            item_id: id,
            at: now.into(),
            action: action.as_str().to_owned(),
            state: row.state,
            actor: actor.name.clone(),
            reason: reason.clone(),
        };
        items::insert_step(conn, &step)?;
        let entry = Entry::new(actor, now, action.as_str(), "item", id).unit(row.unit_id);
        let entry = entry.old(&before)?.new_value(&row)?;
        match &reason {
            Some(reason) => entry.reason(reason).record(conn)?,
            None => entry.record(conn)?,
        }
        item_changed_in(conn, &mut lookups, Some(&before), &row, &authors, now)?;
        facts::detail(conn, &access::scope(actor), &row)
    })
}

/// The state that follows, if the actor may take this step here and nobody took one since.
fn open_step(
    conn: &mut Conn,
    actor: &Actor,
    row: &ItemRow,
    expected_version: i32,
    action: ItemAction,
) -> Result<ItemState, Error> {
    view::find(conn, &access::scope(actor), row.id)?.ok_or(Error::not_found("item"))?;
    if row.version != expected_version {
        return Err(Error::Stale);
    }
    let stand = stand_of(row)?;
    let Some((by, next)) = stand.step(action) else {
        let waits = stand.state == ItemState::Submitted && !stand.at_board;
        let fault = Invalid::new(
            "",
            if waits {
                "item_waits_for_leader"
            } else {
                "item_step"
            },
        );
        return Err(Error::Conflict(fault.with("state", stand.state.as_str())));
    };
    let needed = match by {
        By::Unit => Action::Submit,
        By::Leader => Action::Approve,
        By::Board => Action::Edit,
    };
    if may(conn, actor, needed, row)? {
        Ok(next)
    } else {
        Err(Error::Forbidden)
    }
}

fn stand_of(row: &ItemRow) -> Result<Stand, StoreError> {
    let state = *row.state;
    let at_board = match state {
        ItemState::Approved => true,
        // handed in again after changes it keeps its arrival, and its days, until the leader has
        // approved
        ItemState::Submitted => row.arrived_at.is_some() && row.return_lapses_at.is_none(),
        _ => false,
    };
    Ok(Stand { state, at_board })
}

/// Whether the actor may act for the unit that handed the item in, or for the one that it counts
/// for.
fn may(conn: &mut Conn, actor: &Actor, action: Action, row: &ItemRow) -> Result<bool, Error> {
    let field = row.field.map(|field| *field);
    for unit in [row.unit_id, row.credited_unit_id] {
        let allowed = match action {
            Action::Edit => access::may_edit(conn, actor, unit, field)?,
            _ => access::may(conn, actor, action, unit)?,
        };
        if allowed {
            return Ok(true);
        }
    }
    Ok(false)
}
