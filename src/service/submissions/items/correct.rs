//! Correcting items: text, kind, authors, event, and when they arrived.

use super::checks::{author_faults, credited_unit, event_fault, known_kind, too_old};
use super::differences;
use super::read::ItemDetail;
use super::step::Step;
use crate::domain::error::Invalid;
use crate::domain::ids::{ItemId, PersonId};
use crate::domain::item::{Arrival, Changed, ItemAction, ItemField, ItemPatch};
use crate::domain::text::{local_date, local_time};
use crate::service::{Error, Tx};
use crate::store::items;

/// An editor corrects the instant at which an item arrived; that reaches back to the period that it
/// counts for.
///
/// # Errors
/// An instant to come, before the unit existed or after publication, a missing reason;
/// [`Error::Conflict`] if it has not arrived; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn correct_arrival(
    tx: &mut Tx<'_>,
    id: ItemId,
    arrival: &Arrival,
    version: i32,
) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::CorrectArrival)?;
    let arrival = arrival.checked(step.tx.now)?;
    if step.row.arrived_at.is_none() {
        return Err(Error::Conflict(Invalid::new("", "item_not_arrived")));
    }
    let tx = &mut *step.tx;
    let unit = tx.lookups.unit(tx.conn, step.row.unit_id)?;
    let date = local_date(arrival.at);
    if let Some(fault) = too_old(&unit, "at", Some(date)) {
        return Err(fault.into());
    }
    match step.row.published_at {
        Some(published) if step.kind.reviewed && *published < arrival.at => {
            let fault = Invalid::new("at", "item_arrival_after_publication");
            return Err(fault.with("published", local_time(*published)).into());
        }
        Some(_) if !step.kind.reviewed => step.row.published_at = Some(arrival.at.into()),
        _ => {}
    }
    step.row.credited_unit_id = credited_unit(step.tx, &unit, date)??;
    if let Some(wrong) = step.row.arrived_at.replace(arrival.at.into()) {
        items::correct_steps(step.tx.conn, id, wrong, arrival.at.into())?;
    }
    step.reason = Some(arrival.reason);
    step.finish()
}

/// Corrects an item's text, kind, authors or event: the unit while it has the item, editors
/// afterwards.
///
/// # Errors
/// All faults of the input; [`Error::Conflict`] if nobody can any more; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn change(
    tx: &mut Tx<'_>,
    id: ItemId,
    patch: &ItemPatch,
    version: i32,
) -> Result<ItemDetail, Error> {
    let mut step = Step::begin(tx, id, version, ItemAction::Change)?;
    let patch = patch.clone().checked()?;
    let faults = faults(&mut step, &patch)?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if let Some(authors) = &patch.authors {
        let old = differences::names(step.tx.conn, step.row.id)?;
        items::set_authors(step.tx.conn, step.row.id, authors)?;
        let new = differences::names(step.tx.conn, step.row.id)?;
        if old != new {
            let field = ItemField::Authors;
            step.changes.push(Changed { field, old, new });
        }
        // those who are no longer authors lose the credit
        step.authors.extend(authors);
    }
    step.row.apply(patch);
    step.finish()
}

/// What is wrong with a correction.
fn faults(step: &mut Step<'_, '_>, patch: &ItemPatch) -> Result<Vec<Invalid>, Error> {
    let tx = &mut *step.tx;
    let unit = tx.lookups.unit(tx.conn, step.row.unit_id)?;
    let mut faults = Vec::new();
    if let Some(code) = &patch.kind {
        match known_kind(tx.conn, code)? {
            Ok(kind) if kind.reviewed == step.kind.reviewed => {}
            Ok(_) => {
                faults.push(Invalid::new("kind", "item_kind_review_fixed").with("value", code));
            }
            Err(fault) => faults.push(fault),
        }
    }
    if let Some(authors) = &patch.authors {
        let known = &step.authors;
        let new: Vec<PersonId> = authors
            .iter()
            .copied()
            .filter(|id| !known.contains(id))
            .collect();
        faults.extend(author_faults(tx, &unit, &new, step.row.counted_on())?);
    }
    if let Some(Some(event)) = patch.event_id.filter(|event| *event != step.row.event_id) {
        faults.extend(event_fault(
            tx,
            event,
            [unit.id, step.row.credited_unit_id],
        )?);
    }
    faults.extend(too_old(&unit, "happened_on", patch.happened_on.flatten()));
    Ok(faults)
}
