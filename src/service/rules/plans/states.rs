//! The states of a plan: draft, approved, in force, ended.

use chrono::NaiveDate;

use crate::domain::error::Invalid;
use crate::domain::ids::{PlanId, RuleId};
use crate::domain::period::Period;
use crate::domain::plan::PlanStep;
use crate::domain::plan::timing::{first_in_force, in_force_from};
use crate::domain::text::local_date;
use crate::service::core::tx::Tx;
use crate::service::obligations::open::watermark_key;
use crate::service::rules::plans::read::{PlanWithRules, RuleWithVersions, with_rules};
use crate::service::rules::plans::{manageable, save};
use crate::service::{Error, schedule};
use crate::store::plans::PlanRow;
use crate::store::types::Word;
use crate::store::{Conn, StoreError, meta, rules};

/// Approves a draft: it is signed, but opens nothing yet.
///
/// # Errors
/// Every part of the legal basis that is missing, a plan without rules; [`Error::Conflict`] if it
/// is no draft; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn approve(tx: &mut Tx<'_>, id: PlanId, version: i32) -> Result<PlanWithRules, Error> {
    let row = ready_for(tx, PlanStep::Approve, id, version)?;
    let legal_basis = [
        ("document_number", row.document_number.is_some()),
        ("document_date", row.document_date.is_some()),
        ("issuer", row.issuer.is_some()),
    ];
    let missing = legal_basis.into_iter().filter(|(_, there)| !there);
    let mut faults: Vec<Invalid> = missing
        .map(|(field, _)| Invalid::new(field, "required"))
        .collect();
    if rules::of_plan(tx.conn, id)?.is_empty() {
        faults.push(Invalid::new("rules", "plan_without_rules"));
    }
    if faults.is_empty() {
        take(tx, row, PlanStep::Approve)
    } else {
        Err(Error::Invalid(faults))
    }
}

/// Withdraws the approval, so that the draft can be corrected before it comes into force.
///
/// # Errors
/// [`Error::Conflict`] if it is not approved; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn reopen(tx: &mut Tx<'_>, id: PlanId, version: i32) -> Result<PlanWithRules, Error> {
    let row = ready_for(tx, PlanStep::Reopen, id, version)?;
    take(tx, row, PlanStep::Reopen)
}

/// Puts an approved plan in force: the scheduler opens the periods of its rules that begin on or
/// after `from`, except those that have ended. Without `from`, that is today, or the first day of the
/// year if that is still to come. An earlier date within the year is for plans that are signed in
/// January and count from its first day.
///
/// # Errors
/// A date outside the plan's year, a year that is over; [`Error::Conflict`] if it is not approved;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn put_in_force(
    tx: &mut Tx<'_>,
    id: PlanId,
    from: Option<NaiveDate>,
    version: i32,
) -> Result<PlanWithRules, Error> {
    let row = ready_for(tx, PlanStep::PutInForce, id, version)?;
    let from = in_force_from(row.year, from, local_date(tx.now))?;
    begin(tx, row, from)
}

/// Puts a plan in force, whatever its state was: its rules begin on `from`, which is also where the
/// job that opens periods starts.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    row: PlanRow,
    from: NaiveDate,
) -> Result<PlanWithRules, Error> {
    for rule in with_rules(tx.conn, row.clone())?.rules {
        begin_rule(tx, &rule, row.year, from)?;
    }
    schedule::open_soon(tx.conn, tx.now)?;
    take(tx, row, PlanStep::PutInForce)
}

/// The rule holds from its first period on; a rule with a fixed date from `from`.
fn begin_rule(
    tx: &mut Tx<'_>,
    rule: &RuleWithVersions,
    year: i32,
    from: NaiveDate,
) -> Result<(), Error> {
    let content = rule.newest()?.content.0.clone();
    let Some(kind) = content.period else {
        return Ok(rules::put_in_force(tx.conn, rule.id, from, tx.now)?);
    };
    let first = first_in_force(kind, year, from, local_date(tx.now));
    // a rule that has no period left in the year begins with the plan, and opens nothing
    let begins = if first.year() == year {
        first.first
    } else {
        from
    };
    rules::put_in_force(tx.conn, rule.id, begins, tx.now)?;
    Ok(open_after(tx.conn, rule.id, first)?)
}

/// Makes the job that opens periods start with `first`.
pub(super) fn open_after(
    conn: &mut Conn,
    rule_id: RuleId,
    first: Period,
) -> Result<(), StoreError> {
    let before = first.first.pred_opt().unwrap_or(first.first);
    let before = before.format("%Y-%m-%d").to_string();
    meta::put(conn, &watermark_key(rule_id), &before)
}

/// Ends a plan in force: no period is opened any more; those that run are settled as they were
/// opened.
///
/// # Errors
/// [`Error::Conflict`] if it is not in force; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn end(tx: &mut Tx<'_>, id: PlanId, version: i32) -> Result<PlanWithRules, Error> {
    let row = ready_for(tx, PlanStep::End, id, version)?;
    take(tx, row, PlanStep::End)
}

/// The plan, if the actor may manage it and it is in the state from which the step is taken.
fn ready_for(tx: &mut Tx<'_>, step: PlanStep, id: PlanId, version: i32) -> Result<PlanRow, Error> {
    let row = manageable(tx, id, Some(version))?;
    step.check(*row.state).map_err(Error::Conflict)?;
    Ok(row)
}

fn take(tx: &mut Tx<'_>, before: PlanRow, step: PlanStep) -> Result<PlanWithRules, Error> {
    let after = PlanRow {
        state: Word(step.to()),
        ..before.clone()
    };
    let after = save(tx, after)?;
    let after = with_rules(tx.conn, after)?;
    tx.audit(step.as_str(), "plan", before.id)
        .unit(before.unit_id)
        .old(&before)
        .new_value(&after)
        .record()?;
    Ok(after)
}
