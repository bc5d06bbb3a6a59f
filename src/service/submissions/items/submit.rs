//! Handing an item in. It arrives when the leader approves it where the unit's policy asks for
//! that, else when it is submitted; of what came by mail, Zalo or the document system an editor
//! says when it really arrived.

use chrono::{DateTime, NaiveDate, Utc};

use super::checks::{arrive, author_faults, credited_unit, event_fault, known_kind, too_old};
use super::read::ItemDetail;
use super::step::{Taken, record};
use crate::domain::access::{Grant, Role};
use crate::domain::ids::{ItemId, PersonId, UnitId};
use crate::domain::item::{ItemAction, ItemState, NewItem, whole_seconds};
use crate::domain::text::{self, local_date};
use crate::service::core::access::{Action, may_edit, require_named};
use crate::service::submissions::events::{self, Origin};
use crate::service::{Error, Tx};
use crate::store::items::{self, ItemRow};
use crate::store::kinds::KindRow;
use crate::store::types::Word;

/// Hands an item in. A leader's own is approved as it is submitted; one with an arrival is recorded
/// by an editor.
///
/// # Errors
/// All faults of the input: an unknown kind, authors or an event that are not the unit's to name, a
/// date before the unit existed, a unit that has ended without successor; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn submit(tx: &mut Tx<'_>, new: &NewItem) -> Result<ItemDetail, Error> {
    let action = check_right(tx, new)?;
    let mut new = new.clone().checked(tx.now)?;
    let authors = match new.authors.take() {
        Some(named) => named,
        None => own_author(tx, new.unit_id, action)?,
    };
    let arrival = new.arrival.take();
    let at = arrival
        .as_ref()
        .map_or(whole_seconds(tx.now), |arrival| arrival.at);
    new.authors = Some(authors.clone());
    let (kind, credited) = check_names(tx, &new, local_date(at), action)?;
    if let Some(event) = new.event.take() {
        let row = events::insert(tx, credited, &event, Origin::Item);
        new.event_id = Some(row.map_err(|error| within(error, "event"))?.id);
    }
    let mut row = row_of(new, credited, at, tx.now);
    let date = local_date(tx.now);
    let policy = tx.lookups.policy(tx.conn, row.unit_id, date)?;
    let waits = policy.leader_approval && action == ItemAction::Submit;
    if waits && tx.may(Action::Approve, row.unit_id)? {
        row.state = Word(ItemState::Approved);
        row.approved_at = Some(at.into());
        row.approved_by = Some(tx.actor.name.clone());
    }
    if !waits || row.approved_at.is_some() {
        arrive(tx, &mut row, &kind, at)?;
    }
    let row = items::insert(tx.conn, row, &authors)?;
    let taken = Taken {
        action,
        reason: arrival.as_ref().map(|arrival| arrival.reason.as_str()),
        before: None,
        authors: &authors,
        changes: &[],
    };
    record(tx, row, &taken)
}

/// The contributor who hands something in, as its author. What a leader hands in is mostly somebody
/// else's.
fn own_author(tx: &mut Tx<'_>, unit: UnitId, action: ItemAction) -> Result<Vec<PersonId>, Error> {
    let contributes =
        |grant: &Grant| grant.role == Role::Contributor && grant.unit_id == Some(unit);
    let own = tx
        .actor
        .person_id
        .filter(|_| action == ItemAction::Submit && tx.actor.grants.iter().any(contributes));
    if tx.may(Action::Approve, unit)? {
        return Ok(Vec::new());
    }
    Ok(own.into_iter().collect())
}

/// Whether the item is submitted or recorded, and that the actor may do that.
fn check_right(tx: &mut Tx<'_>, new: &NewItem) -> Result<ItemAction, Error> {
    let (step, action) = match new.arrival {
        Some(_) => (ItemAction::Record, Action::Edit),
        None => (ItemAction::Submit, Action::Submit),
    };
    require_named(tx.conn, tx.actor, action, new.unit_id, "unit_id")?;
    if action == Action::Edit && !may_edit(tx.conn, tx.actor, new.unit_id, new.field)? {
        return Err(Error::Forbidden);
    }
    Ok(step)
}

/// The item's kind, and the unit that it counts for if it arrives on that date; checks all that the
/// item names.
fn check_names(
    tx: &mut Tx<'_>,
    new: &NewItem,
    on: NaiveDate,
    action: ItemAction,
) -> Result<(KindRow, UnitId), Error> {
    let unit = tx.lookups.unit(tx.conn, new.unit_id)?;
    let mut faults = Vec::new();
    faults.extend(too_old(&unit, "happened_on", new.happened_on));
    let field = match action {
        ItemAction::Record => "arrival.at",
        _ => "unit_id",
    };
    faults.extend(too_old(&unit, field, Some(on)));
    faults.extend(author_faults(
        tx,
        &unit,
        new.authors.as_deref().unwrap_or_default(),
        on,
    )?);
    let kind = known_kind(tx.conn, &new.kind)?.map_err(|fault| faults.push(fault));
    let credited = credited_unit(tx, &unit, on)?.map_err(|fault| faults.push(fault));
    if let Some(event) = new.event_id {
        let units = [unit.id, credited.unwrap_or(unit.id)];
        faults.extend(event_fault(tx, event, units)?);
    }
    match (kind, credited) {
        (Ok(kind), Ok(credited)) if faults.is_empty() => Ok((kind, credited)),
        _ => Err(Error::Invalid(faults)),
    }
}

fn row_of(new: NewItem, credited: UnitId, at: DateTime<Utc>, now: DateTime<Utc>) -> ItemRow {
    ItemRow {
        id: ItemId::NONE,
        unit_id: new.unit_id,
        credited_unit_id: credited,
        kind: new.kind,
        title_folded: text::fold(&new.title),
        title: new.title,
        field: new.field.map(Word),
        url: new.url,
        body: new.body,
        channel: Word(new.channel),
        event_id: new.event_id,
        happened_on: new.happened_on,
        state: Word(ItemState::Submitted),
        submitted_at: at.into(),
        approved_at: None,
        approved_by: None,
        arrived_at: None,
        published_at: None,
        decided_at: None,
        return_lapses_at: None,
        grade: None,
        reviewer_id: None,
        reviewer: None,
        in_review_at: None,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    }
}

fn within(error: Error, outer: &str) -> Error {
    match error {
        Error::Invalid(faults) => Error::Invalid(
            faults
                .into_iter()
                .map(|fault| fault.within(outer))
                .collect(),
        ),
        error => error,
    }
}
