//! Drafting plans, changing their heads, copying them into another year.

use crate::domain::error::Invalid;
use crate::domain::ids::PlanId;
use crate::domain::plan::timing::new_year;
use crate::domain::plan::{NewPlan, PlanPatch, PlanState, PlanStep};
use crate::service::core::access::Action;
use crate::service::rules::plans::read::{PlanWithRules, with_rules};
use crate::service::rules::plans::rules::first_version;
use crate::service::rules::plans::{manageable, save};
use crate::service::{Error, Tx};
use crate::store::plans::{self, PlanRow};
use crate::store::types::{At, Word};
use crate::store::{StoreError, rules};

/// Drafts a plan without rules.
///
/// # Errors
/// All faults of the input at once; a code that the unit has in that year; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn draft(tx: &mut Tx<'_>, new: &NewPlan) -> Result<PlanWithRules, Error> {
    tx.require(Action::ManageRules, new.unit_id)?;
    tx.lookups.unit(tx.conn, new.unit_id)?;
    let row = insert(tx, new.clone(), "code")?;
    let plan = with_rules(tx.conn, row)?;
    tx.audit("draft", "plan", plan.head.id)
        .unit(plan.head.unit_id)
        .new_value(&plan)
        .record()?;
    Ok(plan)
}

/// Writes a new plan; `unique` is the field that is at fault if the unit has one like it.
fn insert(tx: &mut Tx<'_>, new: NewPlan, unique: &'static str) -> Result<PlanRow, Error> {
    let new = new.checked()?;
    let row = PlanRow {
        id: PlanId::NONE,
        unit_id: new.unit_id,
        code: new.code,
        year: new.year,
        title: new.title,
        document_number: new.document_number,
        document_date: new.document_date,
        issuer: new.issuer,
        state: Word(PlanState::Draft),
        version: 1,
        created_at: At(tx.now),
        updated_at: At(tx.now),
    };
    match plans::insert(tx.conn, &row) {
        Ok(id) => Ok(PlanRow { id, ..row }),
        Err(StoreError::Unique(_)) => {
            let name = format!("{} {}", row.code, row.year);
            Err(Invalid::new(unique, "duplicate").with("value", name).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Changes the head of a draft. Of a plan that is approved or in force only empty fields of the
/// legal basis are filled in: a plan from a preset comes without its document.
///
/// # Errors
/// All faults of the input at once; [`Error::Conflict`] for what only a draft allows;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn change(
    tx: &mut Tx<'_>,
    id: PlanId,
    patch: &PlanPatch,
    version: i32,
) -> Result<PlanWithRules, Error> {
    let before = manageable(tx, id, Some(version))?;
    let after = patched(&before, patch.clone().checked()?);
    if !only_fills_in(&before, &after) {
        PlanStep::Approve
            .check(*before.state)
            .map_err(Error::Conflict)?;
    }
    if after == before {
        return Ok(with_rules(tx.conn, before)?);
    }
    let after = save(tx, after)?;
    tx.audit("change", "plan", id)
        .unit(before.unit_id)
        .old(&before)
        .new_value(&after)
        .record()?;
    Ok(with_rules(tx.conn, after)?)
}

fn patched(before: &PlanRow, patch: PlanPatch) -> PlanRow {
    PlanRow {
        title: patch.title.unwrap_or_else(|| before.title.clone()),
        document_number: patch
            .document_number
            .unwrap_or_else(|| before.document_number.clone()),
        document_date: patch.document_date.unwrap_or(before.document_date),
        issuer: patch.issuer.unwrap_or_else(|| before.issuer.clone()),
        ..before.clone()
    }
}

/// Whether nothing changed that was there.
fn only_fills_in(before: &PlanRow, after: &PlanRow) -> bool {
    fn kept<T: PartialEq>(before: Option<&T>, after: Option<&T>) -> bool {
        before.is_none() || before == after
    }
    let number = (&before.document_number, &after.document_number);
    before.title == after.title
        && kept(number.0.as_ref(), number.1.as_ref())
        && kept(before.document_date.as_ref(), after.document_date.as_ref())
        && kept(before.issuer.as_ref(), after.issuer.as_ref())
}

/// Copies a plan into another year as a draft: the newest version of each rule that is not taken
/// out of force, dates moved by whole years. The legal basis stays empty, as the new year has a
/// document of its own.
///
/// # Errors
/// A year that is the plan's own, out of range, or has a plan of that code; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn copy(tx: &mut Tx<'_>, id: PlanId, year: i32) -> Result<PlanWithRules, Error> {
    let row = manageable(tx, id, None)?;
    let source = with_rules(tx.conn, row)?;
    let copy = insert(tx, in_year(&source.head, year), "year")?;
    for rule in source.rules.iter().filter(|rule| !rule.removed) {
        let content = rule.newest()?.content.0.clone();
        let content = content.moved_by_years(year - source.head.year);
        let first = first_version(tx, new_year(year), content);
        rules::insert(tx.conn, copy.id, &rule.code, first)?;
    }
    let copy = with_rules(tx.conn, copy)?;
    tx.audit("copy", "plan", copy.head.id)
        .unit(copy.head.unit_id)
        .old(&source.head)
        .new_value(&copy)
        .record()?;
    Ok(copy)
}

fn in_year(source: &PlanRow, year: i32) -> NewPlan {
    let (old, new) = (source.year.to_string(), year.to_string());
    NewPlan {
        unit_id: source.unit_id,
        code: source.code.clone(),
        year,
        title: source.title.replace(&old, &new),
        document_number: None,
        document_date: None,
        issuer: None,
    }
}
