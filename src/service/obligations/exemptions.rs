//! Exemptions: decided by the department, or caused by the end of an event or of a subject
//! (docs/DOMAIN.md, quotas).

use serde_json::json;

use crate::domain::error::Invalid;
use crate::domain::ids::ObligationId;
use crate::domain::obligation::ExemptionCause;
use crate::domain::text;
use crate::service::core::access::Action;
use crate::service::obligations::decide::readable;
use crate::service::obligations::events::event_changed;
use crate::service::obligations::fold::refold;
use crate::service::obligations::lives::follow_lives;
use crate::service::{Error, Tx};
use crate::store::obligations::{self as store, ExemptionRow, ObligationRow};
use crate::store::types::{At, Word};
use crate::store::{StoreError, events, reminders};

/// Why a deadline is excused that its event does not ask for any more.
const EVENT_GONE: &str = "Sự kiện đã hủy hoặc không còn thuộc loại này";
/// Why a deadline is excused whose subject ended before it was due.
const SUBJECT_ENDED: &str = "Đơn vị hoặc cá nhân kết thúc trước hạn";
/// Why a quota is excused of which nothing falls to its subject.
const NOTHING_OWED: &str = "Chỉ tiêu tính theo số ngày tồn tại trong kỳ là 0";

/// Excuses a unit or a person from one obligation.
///
/// # Errors
/// Without a reason, if it is excused already, or if the actor may not decide.
pub fn exempt(tx: &mut Tx<'_>, obligation_id: ObligationId, reason: &str) -> Result<(), Error> {
    let row = readable(tx, obligation_id, Action::Decide)?;
    let reason = text::paragraph("reason", reason)?;
    excuse(tx, &row, ExemptionCause::Decided, &reason)?;
    let rows = store::find(tx.conn, row.id)?.into_iter().collect();
    refold(tx, rows)?;
    audit(tx, "exempt", &row, &reason)
}

/// Takes back an exemption that was decided. What is excused because its event or its subject ended
/// comes and goes with those.
///
/// # Errors
/// Without a reason, if there is no exemption, or if the actor may not decide; [`Error::Conflict`] for
/// an exemption that nobody decided.
pub fn revoke_exemption(
    tx: &mut Tx<'_>,
    obligation_id: ObligationId,
    reason: &str,
) -> Result<(), Error> {
    let row = readable(tx, obligation_id, Action::Decide)?;
    let reason = text::paragraph("reason", reason)?;
    match row.exempt_cause.map(|cause| cause.0) {
        None => return Err(Error::not_found("exemption")),
        Some(ExemptionCause::Decided) => {}
        Some(cause) => {
            let code = match cause {
                ExemptionCause::EventGone => "exempt_event_gone",
                _ => "exempt_subject_ended",
            };
            return Err(Error::Conflict(Invalid::new("state", code)));
        }
    }
    let owed = lift(tx, &row)?;
    match owed.event_id {
        Some(event) => {
            let event = events::find(tx.conn, event)?.ok_or(Error::not_found("event"))?;
            event_changed(tx, &event)?;
        }
        None => {
            follow_lives(tx, vec![owed])?;
        }
    }
    audit(tx, "revoke_exemption", &row, &reason)
}

/// Excuses what its event does not ask for any more.
pub(super) fn excuse_event_gone(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<(), Error> {
    excuse(tx, row, ExemptionCause::EventGone, EVENT_GONE)?;
    Ok(())
}

/// The deadline, owed again if it is excused only because its event had stopped to ask for it.
pub(super) fn reinstate(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<ObligationRow, Error> {
    if row.exempt_cause == Some(Word(ExemptionCause::EventGone)) {
        lift(tx, row)
    } else {
        Ok(row.clone())
    }
}

/// Excuses an obligation for what follows from the dates on which its subject is there, or lifts such
/// an exemption. What was decided, and what an event caused, stays. The obligation as it is then.
pub(super) fn follow_life(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    cause: Option<ExemptionCause>,
) -> Result<ObligationRow, Error> {
    let known = row.exempt_cause.map(|cause| cause.0);
    if known == cause || known.is_some_and(|known| !known.follows_life()) {
        return Ok(row.clone());
    }
    match cause {
        Some(cause) => {
            let reason = match cause {
                ExemptionCause::SubjectEnded => SUBJECT_ENDED,
                _ => NOTHING_OWED,
            };
            excuse(tx, row, cause, reason)
        }
        None => lift(tx, row),
    }
}

/// Excuses an obligation, under the audit line of the caller, who folds. `reason` is the text that
/// people read. The obligation as it is then.
fn excuse(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    cause: ExemptionCause,
    reason: &str,
) -> Result<ObligationRow, Error> {
    if row.exempt_cause.is_some_and(|known| known.0.follows_life()) {
        store::delete_exemption(tx.conn, row.rule_id, row.subject.0, &row.period_key)?;
    }
    let exemption = ExemptionRow {
        id: 0,
        rule_id: row.rule_id,
        subject: row.subject,
        period_key: row.period_key.clone(),
        cause: Word(cause),
        reason: reason.to_owned(),
        decided_by: tx.actor.name.clone(),
        created_at: At(tx.now),
    };
    store::insert_exemption(tx.conn, exemption).map_err(|error| match error {
        StoreError::Unique(_) => Error::Conflict(Invalid::new("reason", "already_exempt")),
        error => error.into(),
    })?;
    let excused = ObligationRow {
        exempt_at: Some(At(tx.now)),
        exempt_cause: Some(Word(cause)),
        ..row.clone()
    };
    store::save(tx.conn, &excused)?;
    reminders::drop_waiting(tx.conn, row.id, tx.now)?;
    Ok(excused)
}

/// Makes an obligation owed again. Nobody is reminded of what passed while it was excused.
fn lift(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<ObligationRow, Error> {
    store::delete_exemption(tx.conn, row.rule_id, row.subject.0, &row.period_key)?;
    let owed = ObligationRow {
        exempt_at: None,
        exempt_cause: None,
        swept_until: At(tx.now),
        ..row.clone()
    };
    store::save(tx.conn, &owed)?;
    Ok(owed)
}

/// Writes to the audit trail what became of the obligation that was `row` before.
fn audit(tx: &mut Tx<'_>, action: &str, row: &ObligationRow, reason: &str) -> Result<(), Error> {
    let state =
        |row: &ObligationRow| json!({ "state": row.state, "exempt": row.exempt_at.is_some() });
    let after = store::find(tx.conn, row.id)?.ok_or(Error::not_found("obligation"))?;
    tx.audit(action, "obligation", row.id)
        .unit(row.unit_id)
        .reason(reason)
        .old(&state(row))
        .new_value(&state(&after))
        .record()
}
