//! Exemptions and extensions: asked for, decided, logged, with a reason (docs/DOMAIN.md,
//! quotas and deadlines).

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::domain::access::Actor;
use crate::domain::deadline::missed_for_good;
use crate::domain::error::Invalid;
use crate::domain::obligation::{ExemptionCause, ExtensionState, Note, State};
use crate::domain::text::{self, local_due};
use crate::service::core::access;
use crate::service::core::access::{Action, scope};
use crate::service::core::audit::Entry;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::fold::{Change, refold_in};
use crate::service::obligations::step;
use crate::service::obligations::steps::tell_in;
use crate::service::obligations::terms::policy_of;
use crate::service::{App, Error};
use crate::store::obligations::{self as store, ExemptionRow, ExtensionRow, ObligationRow};
use crate::store::types::{At, JsonText, Word};
use crate::store::{Conn, StoreError, reminders, views};

/// Why an obligation is not owed.
pub(crate) struct Excuse<'a> {
    /// What kind of reason it is.
    pub cause: ExemptionCause,
    /// The reason as people read it.
    pub reason: &'a str,
    /// Who decided it, or caused it.
    pub decided_by: &'a str,
}

/// Excuses an obligation, in the caller's transaction and under its audit line; the caller folds.
pub(crate) fn excuse_in(
    conn: &mut Conn,
    row: &ObligationRow,
    excuse: &Excuse<'_>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let exemption = ExemptionRow {
        id: 0,
        rule_id: row.rule_id,
        subject: row.subject,
        period_key: row.period_key.clone(),
        cause: Word(excuse.cause),
        reason: excuse.reason.to_owned(),
        decided_by: excuse.decided_by.to_owned(),
        created_at: At(now),
    };
    match store::insert_exemption(conn, exemption) {
        Ok(_) => {}
        Err(StoreError::Unique(_)) => {
            let fault = Invalid::new("reason", "already_exempt");
            return Err(Error::Conflict(fault));
        }
        Err(error) => return Err(error.into()),
    }
    store::save(
        conn,
        &ObligationRow {
            exempt_at: Some(At(now)),
            ..row.clone()
        },
    )?;
    reminders::drop_waiting(conn, row.id, now)?;
    Ok(())
}

/// Excuses a unit or a person from one obligation.
///
/// # Errors
/// Without a reason, if it is excused already, or if the actor may not decide.
pub fn exempt_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    obligation_id: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Error> {
    let row = readable(conn, actor, obligation_id, Action::Decide)?;
    let reason = text::paragraph("reason", reason)?;
    let excuse = Excuse {
        cause: ExemptionCause::Decided,
        reason: &reason,
        decided_by: &actor.name,
    };
    excuse_in(conn, &row, &excuse, now)?;
    let changes = refold(conn, app, row.id, now)?;
    let entry = Entry::new(actor, now, "exempt", "obligation", row.id)
        .unit(row.unit_id)
        .reason(&reason);
    with_states(conn, entry, &row)?.record(conn)?;
    Ok(changes)
}

/// Takes an exemption back.
///
/// # Errors
/// Without a reason, if there is no exemption, or if the actor may not decide.
pub fn revoke_exemption_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    obligation_id: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Error> {
    let row = readable(conn, actor, obligation_id, Action::Decide)?;
    let reason = text::paragraph("reason", reason)?;
    if !store::delete_exemption(conn, row.rule_id, row.subject.0, &row.period_key)? {
        return Err(Error::not_found("exemption"));
    }
    // nobody is reminded of what passed while it was excused
    store::save(
        conn,
        &ObligationRow {
            exempt_at: None,
            swept_until: At(now),
            ..row.clone()
        },
    )?;
    let changes = refold(conn, app, row.id, now)?;
    let entry = Entry::new(actor, now, "revoke_exemption", "obligation", row.id)
        .unit(row.unit_id)
        .reason(&reason);
    with_states(conn, entry, &row)?.record(conn)?;
    Ok(changes)
}

/// Asks for more time, until `until`.
///
/// # Errors
/// Without a reason, if `until` is no later than the due instant, if it is settled, or if the actor
/// may not ask for the unit.
pub fn ask_extension_in(
    conn: &mut Conn,
    actor: &Actor,
    obligation_id: i64,
    until: DateTime<Utc>,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<ExtensionRow, Error> {
    let row = readable(conn, actor, obligation_id, Action::ActForUnit)?;
    let reason = text::paragraph("reason", reason)?;
    check_until(&row, until)?;
    if store::extensions(conn, row.id)?
        .iter()
        .any(|extension| extension.state.0 == ExtensionState::Asked)
    {
        return Err(Error::Conflict(Invalid::new("state", "extension_asked")));
    }
    let asked = store::insert_extension(conn, asked(&row, actor, until, &reason, now))?;
    audit_extension(
        conn,
        actor,
        now,
        "ask_extension",
        &row,
        (None, &asked),
        &reason,
    )?;
    Ok(asked)
}

/// Grants or refuses what was asked for; `until` may differ from what was asked.
///
/// # Errors
/// If it was decided already, without a reason for a refusal, or if the actor may not decide.
pub fn decide_extension_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    extension_id: i64,
    decision: &Decision,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Error> {
    let extension =
        store::find_extension(conn, extension_id)?.ok_or(Error::not_found("extension"))?;
    let row = readable(conn, actor, extension.obligation_id, Action::Decide)?;
    if extension.state.0 != ExtensionState::Asked {
        return Err(Error::Conflict(Invalid::new("state", "extension_decided")));
    }
    let decider = Some(actor.name.clone());
    let mut decided = ExtensionRow {
        decided_by: decider,
        decided_at: Some(At(now)),
        ..extension.clone()
    };
    let reason = match decision {
        Decision::Grant { until, reason } => {
            decided.state = Word(ExtensionState::Granted);
            if let Some(until) = until {
                decided.until = At(*until);
            }
            check_until(&row, decided.until.0)?;
            reason.clone().unwrap_or_default()
        }
        Decision::Refuse { reason } => {
            decided.state = Word(ExtensionState::Refused);
            text::paragraph("reason", reason)?
        }
    };
    decided.decision_reason = (!reason.is_empty()).then(|| reason.clone());
    if !store::decide_extension(conn, &decided)? {
        return Err(Error::Conflict(Invalid::new("state", "extension_decided")));
    }
    audit_extension(
        conn,
        actor,
        now,
        decided.state.as_str(),
        &row,
        (Some(&extension), &decided),
        &reason,
    )?;
    if decided.state.0 == ExtensionState::Granted {
        extend_in(conn, app, &row, &decided, now)
    } else {
        Ok(Vec::new())
    }
}

/// Grants more time that nobody had to ask for.
///
/// # Errors
/// Without a reason, if `until` is no later than the due instant, or if the actor may not decide.
pub fn grant_extension_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    obligation_id: i64,
    until: DateTime<Utc>,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Error> {
    let row = readable(conn, actor, obligation_id, Action::Decide)?;
    let reason = text::paragraph("reason", reason)?;
    check_until(&row, until)?;
    let granted = ExtensionRow {
        state: Word(ExtensionState::Granted),
        decided_by: Some(actor.name.clone()),
        decided_at: Some(At(now)),
        ..asked(&row, actor, until, &reason, now)
    };
    let granted = store::insert_extension(conn, granted)?;
    audit_extension(conn, actor, now, "granted", &row, (None, &granted), &reason)?;
    extend_in(conn, app, &row, &granted, now)
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

fn asked(
    row: &ObligationRow,
    actor: &Actor,
    until: DateTime<Utc>,
    reason: &str,
    now: DateTime<Utc>,
) -> ExtensionRow {
    ExtensionRow {
        id: 0,
        obligation_id: row.id,
        until: At(until),
        reason: reason.to_owned(),
        state: Word(ExtensionState::Asked),
        asked_by: actor.name.clone(),
        asked_at: At(now),
        decided_by: None,
        decided_at: None,
        decision_reason: None,
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
fn extend_in(
    conn: &mut Conn,
    app: &App,
    row: &ObligationRow,
    granted: &ExtensionRow,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Error> {
    let until = granted.until.0;
    let mut lookups = Lookups::new(app);
    let (calendar, _) = lookups.calendar(conn, &row.calendar)?;
    let policy = policy_of(&mut lookups, row)?;
    let mut why = row.explanation.read()?;
    why.notes.push(Note::Extended {
        from: row.due_at.0,
        until,
        by: granted.decided_by.clone().unwrap_or_default(),
        at: now,
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
        swept_until: At(now),
        ..row.clone()
    };
    store::save(conn, &extended)?;
    if row.period.is_some() {
        store::set_chained(conn, row.rule_id, row.subject.0)?;
    }
    reminders::drop_waiting(conn, row.id, now)?;
    tell_in(conn, &mut lookups, &extended, step::MOVED, now)?;
    refold(conn, app, row.id, now)
}

fn refold(conn: &mut Conn, app: &App, id: i64, now: DateTime<Utc>) -> Result<Vec<Change>, Error> {
    let rows = store::find(conn, id)?.into_iter().collect();
    refold_in(conn, &mut Lookups::new(app), rows, now)
}

fn readable(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    action: Action,
) -> Result<ObligationRow, Error> {
    let row =
        views::obligations::find(conn, &scope(actor), id)?.ok_or(Error::not_found("obligation"))?;
    access::require_of(conn, actor, action, row.unit_id, "obligation")?;
    Ok(row)
}

/// The obligation's state before, as in `row`, and after.
fn with_states(conn: &mut Conn, entry: Entry, row: &ObligationRow) -> Result<Entry, Error> {
    let state =
        |row: &ObligationRow| json!({ "state": row.state, "exempt": row.exempt_at.is_some() });
    let after = store::find(conn, row.id)?.ok_or(Error::not_found("obligation"))?;
    entry.old(&state(row))?.new_value(&state(&after))
}

/// `asked` is what the unit had asked for, if it was decided now.
fn audit_extension(
    conn: &mut Conn,
    actor: &Actor,
    now: DateTime<Utc>,
    action: &str,
    row: &ObligationRow,
    (asked, extension): (Option<&ExtensionRow>, &ExtensionRow),
    reason: &str,
) -> Result<(), Error> {
    let (due, until) = (row.due_at.0, extension.until.0);
    let asked_until = asked.map(|asked| asked.until);
    let was =
        json!({ "due_at": due, "state": asked.map(|asked| &asked.state), "until": asked_until });
    let due = if extension.state.0 == ExtensionState::Granted {
        until
    } else {
        due
    };
    let is = json!({ "due_at": due, "state": extension.state, "until": until });
    let entry = Entry::new(actor, now, action, "obligation", row.id)
        .unit(row.unit_id)
        .old(&was)?
        .new_value(&is)?;
    if reason.is_empty() {
        entry.record(conn)
    } else {
        entry.reason(reason).record(conn)
    }
}
