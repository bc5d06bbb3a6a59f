//! Exemptions and extensions: asked for, decided, and kept in the audit trail with a reason
//! (docs/DOMAIN.md, quotas and deadlines).

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::domain::access::shown_actor;
use crate::domain::deadline::missed_for_good;
use crate::domain::error::Invalid;
use crate::domain::obligation::{ExemptionCause, ExtensionState, Note, State};
use crate::domain::text::{self, local_due};
use crate::service::core::access::{self, Action};
use crate::service::obligations::fold::refold;
use crate::service::obligations::ladder::notify_of_move;
use crate::service::obligations::terms::policy_of;
use crate::service::{Error, Tx};
use crate::store::obligations::{self as store, ExemptionRow, ExtensionRow, ObligationRow};
use crate::store::types::{At, JsonText, Word};
use crate::store::{StoreError, reminders, views};

/// Excuses an obligation, under the audit line of the caller, who folds. `reason` is the text that
/// people read.
pub(crate) fn excuse(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    cause: ExemptionCause,
    reason: &str,
) -> Result<(), Error> {
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
        ..row.clone()
    };
    store::save(tx.conn, &excused)?;
    Ok(reminders::drop_waiting(tx.conn, row.id, tx.now)?)
}

/// Excuses a unit or a person from one obligation.
///
/// # Errors
/// Without a reason, if it is excused already, or if the actor may not decide.
pub fn exempt(tx: &mut Tx<'_>, obligation_id: i64, reason: &str) -> Result<(), Error> {
    let row = readable(tx, obligation_id, Action::Decide)?;
    let reason = text::paragraph("reason", reason)?;
    excuse(tx, &row, ExemptionCause::Decided, &reason)?;
    refold_one(tx, row.id)?;
    audit_exemption(tx, "exempt", &row, &reason)
}

/// Takes an exemption back.
///
/// # Errors
/// Without a reason, if there is no exemption, or if the actor may not decide.
pub fn revoke_exemption(tx: &mut Tx<'_>, obligation_id: i64, reason: &str) -> Result<(), Error> {
    let row = readable(tx, obligation_id, Action::Decide)?;
    let reason = text::paragraph("reason", reason)?;
    if !store::delete_exemption(tx.conn, row.rule_id, row.subject.0, &row.period_key)? {
        return Err(Error::not_found("exemption"));
    }
    // nobody is reminded of what passed while it was excused
    let owed = ObligationRow {
        exempt_at: None,
        swept_until: At(tx.now),
        ..row.clone()
    };
    store::save(tx.conn, &owed)?;
    refold_one(tx, row.id)?;
    audit_exemption(tx, "revoke_exemption", &row, &reason)
}

/// Asks for more time, until `until`.
///
/// # Errors
/// Without a reason, if `until` is no later than the due instant, if it is settled, or if the actor
/// may not ask for the unit.
pub fn ask_extension(
    tx: &mut Tx<'_>,
    obligation_id: i64,
    until: DateTime<Utc>,
    reason: &str,
) -> Result<ExtensionRow, Error> {
    let row = readable(tx, obligation_id, Action::ActForUnit)?;
    let reason = text::paragraph("reason", reason)?;
    check_until(&row, until)?;
    let waits = |extension: &ExtensionRow| extension.state.0 == ExtensionState::Asked;
    if store::extensions(tx.conn, row.id)?.iter().any(waits) {
        return Err(Error::Conflict(Invalid::new("state", "extension_asked")));
    }
    let asked = asked(tx, &row, until, &reason);
    let asked = store::insert_extension(tx.conn, asked)?;
    let entry = ExtensionAudit {
        action: "ask_extension",
        asked: None,
        extension: &asked,
        reason: &reason,
    };
    entry.record(tx, &row)?;
    Ok(asked)
}

/// Grants or refuses what was asked for; `until` may differ from what was asked.
///
/// # Errors
/// If it was decided already, without a reason for a refusal, or if the actor may not decide.
pub fn decide_extension(
    tx: &mut Tx<'_>,
    extension_id: i64,
    decision: &Decision,
) -> Result<(), Error> {
    let asked =
        store::find_extension(tx.conn, extension_id)?.ok_or(Error::not_found("extension"))?;
    let row = readable(tx, asked.obligation_id, Action::Decide)?;
    if asked.state.0 != ExtensionState::Asked {
        return Err(Error::Conflict(Invalid::new("state", "extension_decided")));
    }
    let decided = ExtensionRow {
        decided_by: Some(tx.actor.name.clone()),
        decided_at: Some(At(tx.now)),
        ..decision.apply_to(&asked)?
    };
    let granted = decided.state.0 == ExtensionState::Granted;
    if granted {
        check_until(&row, decided.until.0)?;
    }
    if !store::decide_extension(tx.conn, &decided)? {
        return Err(Error::Conflict(Invalid::new("state", "extension_decided")));
    }
    let entry = ExtensionAudit {
        action: decided.state.as_str(),
        asked: Some(&asked),
        extension: &decided,
        reason: decided.decision_reason.as_deref().unwrap_or_default(),
    };
    entry.record(tx, &row)?;
    if granted {
        extend(tx, &row, &decided)?;
    }
    Ok(())
}

/// Grants more time that nobody had to ask for.
///
/// # Errors
/// Without a reason, if `until` is no later than the due instant, or if the actor may not decide.
pub fn grant_extension(
    tx: &mut Tx<'_>,
    obligation_id: i64,
    until: DateTime<Utc>,
    reason: &str,
) -> Result<(), Error> {
    let row = readable(tx, obligation_id, Action::Decide)?;
    let reason = text::paragraph("reason", reason)?;
    check_until(&row, until)?;
    let granted = ExtensionRow {
        state: Word(ExtensionState::Granted),
        decided_by: Some(tx.actor.name.clone()),
        decided_at: Some(At(tx.now)),
        ..asked(tx, &row, until, &reason)
    };
    let granted = store::insert_extension(tx.conn, granted)?;
    let entry = ExtensionAudit {
        action: "granted",
        asked: None,
        extension: &granted,
        reason: &reason,
    };
    entry.record(tx, &row)?;
    extend(tx, &row, &granted)
}

/// What is decided on an extension that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// More time, by default as much as was asked for.
    Grant {
        /// Another instant than was asked for.
        until: Option<DateTime<Utc>>,
        /// Why, if there is anything to say.
        reason: Option<String>,
    },
    /// No more time.
    Refuse {
        /// Why.
        reason: String,
    },
}

impl Decision {
    /// The extension as this decision leaves it.
    fn apply_to(&self, asked: &ExtensionRow) -> Result<ExtensionRow, Error> {
        let mut decided = asked.clone();
        let reason = match self {
            Self::Grant { until, reason } => {
                decided.state = Word(ExtensionState::Granted);
                decided.until = until.map_or(asked.until, At);
                reason.clone().unwrap_or_default()
            }
            Self::Refuse { reason } => {
                decided.state = Word(ExtensionState::Refused);
                text::paragraph("reason", reason)?
            }
        };
        decided.decision_reason = (!reason.is_empty()).then_some(reason);
        Ok(decided)
    }
}

/// An extension never moves the due instant earlier, and what is settled needs none.
fn check_until(row: &ObligationRow, until: DateTime<Utc>) -> Result<(), Error> {
    let due = row.due_at.0;
    if until <= due {
        return Err(Invalid::new("until", "extension_earlier")
            .with("due", local_due(due))
            .into());
    }
    match row.state.0 {
        State::Open | State::Missed => Ok(()),
        State::AwaitingReview | State::MetOnTime | State::MetLate | State::Exempt => {
            Err(Error::Conflict(Invalid::new("state", "extension_settled")))
        }
    }
}

/// Moves the due instant to where `granted` says: the newest granted extension wins over every
/// rule.
fn extend(tx: &mut Tx<'_>, row: &ObligationRow, granted: &ExtensionRow) -> Result<(), Error> {
    let until = granted.until.0;
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    let policy = policy_of(&mut tx.lookups, row)?;
    let mut why = row.explanation.read()?;
    why.notes.push(Note::Extended {
        from: row.due_at.0,
        until,
        by: granted
            .decided_by
            .as_deref()
            .map(shown_actor)
            .unwrap_or_default()
            .to_owned(),
        at: tx.now,
        reason: granted
            .decision_reason
            .clone()
            .unwrap_or_else(|| granted.reason.clone()),
    });
    let extended = ObligationRow {
        due_at: At(until),
        extended_to: Some(At(until)),
        due_revision: row.due_revision + 1,
        missed_at: row
            .missed_at
            .map(|_| At(missed_for_good(&calendar, until, policy.missed_after_days))),
        explanation: JsonText::of(&why)?,
        swept_until: At(tx.now),
        ..row.clone()
    };
    store::save(tx.conn, &extended)?;
    if row.period.is_some() {
        store::set_chained(tx.conn, row.rule_id, row.subject.0)?;
    }
    reminders::drop_waiting(tx.conn, row.id, tx.now)?;
    notify_of_move(tx, &extended)?;
    refold_one(tx, row.id)
}

fn asked(tx: &Tx<'_>, row: &ObligationRow, until: DateTime<Utc>, reason: &str) -> ExtensionRow {
    ExtensionRow {
        id: 0,
        obligation_id: row.id,
        until: At(until),
        reason: reason.to_owned(),
        state: Word(ExtensionState::Asked),
        asked_by: tx.actor.name.clone(),
        asked_at: At(tx.now),
        decided_by: None,
        decided_at: None,
        decision_reason: None,
    }
}

fn refold_one(tx: &mut Tx<'_>, id: i64) -> Result<(), Error> {
    let rows = store::find(tx.conn, id)?.into_iter().collect();
    refold(tx, rows)?;
    Ok(())
}

/// An obligation that the actor may see and do `action` to.
fn readable(tx: &mut Tx<'_>, id: i64, action: Action) -> Result<ObligationRow, Error> {
    let row = views::obligations::find(tx.conn, &tx.scope(), id)?
        .ok_or(Error::not_found("obligation"))?;
    access::require_of(tx.conn, tx.actor, action, row.unit_id, "obligation")?;
    Ok(row)
}

/// Writes to the audit trail what became of the obligation that was `row` before.
fn audit_exemption(
    tx: &mut Tx<'_>,
    action: &str,
    row: &ObligationRow,
    reason: &str,
) -> Result<(), Error> {
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

/// What the audit trail says about an extension.
struct ExtensionAudit<'a> {
    action: &'a str,
    /// What the unit had asked for, if it was decided now.
    asked: Option<&'a ExtensionRow>,
    extension: &'a ExtensionRow,
    reason: &'a str,
}

impl ExtensionAudit<'_> {
    fn record(&self, tx: &mut Tx<'_>, row: &ObligationRow) -> Result<(), Error> {
        let (due, until) = (row.due_at.0, self.extension.until.0);
        let was = json!({
            "due_at": due,
            "state": self.asked.map(|asked| &asked.state),
            "until": self.asked.map(|asked| asked.until),
        });
        let due = if self.extension.state.0 == ExtensionState::Granted {
            until
        } else {
            due
        };
        let is = json!({ "due_at": due, "state": self.extension.state, "until": until });
        tx.audit(self.action, "obligation", row.id)
            .unit(row.unit_id)
            .reason((!self.reason.is_empty()).then_some(self.reason))
            .old(&was)
            .new_value(&is)
            .record()
    }
}
