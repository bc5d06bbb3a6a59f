//! Extensions: asked for, decided, and kept in the audit trail with a reason (docs/DOMAIN.md,
//! deadlines).

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::domain::access::shown_actor;
use crate::domain::deadline::missed_for_good;
use crate::domain::error::Invalid;
use crate::domain::ids::{ExtensionId, ObligationId};
use crate::domain::obligation::{ExtensionState, Note, State};
use crate::domain::opening;
use crate::domain::text::{self, local_due};
use crate::service::core::access::{self, Action};
use crate::service::obligations::fold::{refold, year_of};
use crate::service::obligations::ladder::notify_of_move;
use crate::service::obligations::lives::life_end;
use crate::service::obligations::terms::policy_of;
use crate::service::{Error, Tx};
use crate::store::obligations::{self as store, ExtensionRow, ObligationRow};
use crate::store::types::{At, JsonText, Word};
use crate::store::{reminders, views};

/// Asks for more time, until `until`.
///
/// # Errors
/// Without a reason, if `until` is no later than the due instant, if it is settled, or if the actor
/// may not ask for the unit.
pub fn ask_extension(
    tx: &mut Tx<'_>,
    obligation_id: ObligationId,
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
    extension_id: ExtensionId,
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
    obligation_id: ObligationId,
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
    let due_at = opening::due_at(row.window_to.0, Some(until), life_end(tx, row)?);
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
        due_at: At(due_at),
        extended_to: Some(At(until)),
        due_revision: row.due_revision + 1,
        missed_at: row
            .missed_at
            .map(|_| At(missed_for_good(&calendar, due_at, policy.missed_after_days))),
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
        id: ExtensionId::NONE,
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

fn refold_one(tx: &mut Tx<'_>, id: ObligationId) -> Result<(), Error> {
    let rows = store::find(tx.conn, id)?.into_iter().collect();
    refold(tx, rows)?;
    Ok(())
}

/// An obligation that the actor may see and do `action` to, of a year that is not frozen.
pub(super) fn readable(
    tx: &mut Tx<'_>,
    id: ObligationId,
    action: Action,
) -> Result<ObligationRow, Error> {
    let row = views::obligations::find(tx.conn, &tx.scope(), id)?
        .ok_or(Error::not_found("obligation"))?;
    access::require_of(tx.conn, tx.actor, action, row.unit_id, "obligation")?;
    tx.require_unfrozen(&[year_of(&row)].into())?;
    Ok(row)
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
