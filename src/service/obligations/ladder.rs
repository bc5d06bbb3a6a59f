//! The ladder of an obligation: which of its steps are due, and the next instant at which anything
//! happens to it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ladder::{Audience, LadderKind, Phase, Planned, plan};
use crate::domain::obligation::State;
use crate::domain::party::Party;
use crate::domain::policy::Policy;
use crate::domain::reminding::{self, Readers, ledger};
use crate::domain::text::local_date;
use crate::service::core::tx::Tx;
use crate::service::notices::readers::{Reached, reached};
use crate::service::notices::recipients::{Directory, Recipient};
use crate::service::obligations::fold::Folded;
use crate::service::obligations::terms::policy_of;
use crate::service::{App, Error};
use crate::store::obligations::ObligationRow;
use crate::store::reminders::{self, ReminderRow};
use crate::store::types::At;

/// A step of the ladder with the instant at which a check acts on it.
#[derive(Debug, Clone)]
pub(crate) struct LadderStep {
    /// The step.
    pub planned: Planned,
    /// At-due steps wait a moment, so that requests in flight are counted by their own stamp.
    pub acts_at: DateTime<Utc>,
}

/// A ladder as it was last planned: neighbours in a check mostly share policy, calendar and due
/// instant.
#[derive(Debug)]
pub(crate) struct LastLadder {
    policy: Arc<Policy>,
    kind: LadderKind,
    calendar: String,
    due_at: At,
    steps: Arc<[LadderStep]>,
}

/// The whole ladder of an obligation, in order of time.
pub(crate) fn ladder(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<Arc<[LadderStep]>, Error> {
    let policy = policy_of(&mut tx.lookups, row)?;
    let kind = LadderKind::of(row.kind.0, row.period.map(|kind| kind.0));
    if let Some(last) = &tx.lookups.last_ladder
        && Arc::ptr_eq(&last.policy, &policy)
        && (last.kind, last.due_at) == (kind, row.due_at)
        && last.calendar == row.calendar
    {
        return Ok(last.steps.clone());
    }
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    let due = row.due_at.0;
    // a calendar without any opening sends no reminders; the due instant itself stands
    let planned = plan(&policy.ladder(kind), due, &calendar).unwrap_or_default();
    let checked_at = due + check_delay(tx.app);
    let steps: Arc<[LadderStep]> = planned
        .into_iter()
        .map(|planned| LadderStep {
            acts_at: match planned.phase {
                Phase::Before => planned.leave_at,
                Phase::Due | Phase::After => planned.leave_at.max(checked_at),
            },
            planned,
        })
        .collect();
    tx.lookups.last_ladder = Some(LastLadder {
        policy,
        kind,
        calendar: row.calendar.clone(),
        due_at: row.due_at,
        steps: steps.clone(),
    });
    Ok(steps)
}

fn check_delay(app: &App) -> TimeDelta {
    app.settings.worker.check_delay_seconds.delta()
}

/// When the obligation has to be looked at next, given that the steps of its ladder up to
/// `swept_until` are done. `now` if a step is due.
pub(crate) fn next_step(
    tx: &mut Tx<'_>,
    folded: &Folded,
    swept_until: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let Folded { row, outcome } = folded;
    let by_ladder = ladder(tx, row)?
        .iter()
        .filter(|step| step.acts_at > swept_until)
        .filter(|step| reminding::may_remind(step.planned.phase, outcome.state))
        .map(|step| step.acts_at)
        .min();
    let next = outcome.next_at.into_iter().chain(by_ladder).min();
    Ok(next.map(|at| at.max(tx.now)))
}

/// Up to when the steps of the ladder are done, now that the fold found `after`. What looked
/// settled, or waited for an editor, and is missed after all has passed the steps that tell of a miss
/// without a word: they are open again, and the ledger says nothing twice.
pub(crate) fn steps_done_until(row: &ObligationRow, after: State) -> DateTime<Utc> {
    let swept_until = row.swept_until.0;
    let seemed_settled = matches!(
        row.state.0,
        State::AwaitingReview | State::MetOnTime | State::MetLate
    );
    if after == State::Missed && seemed_settled {
        return swept_until.min(row.due_at.0 - TimeDelta::seconds(1));
    }
    swept_until
}

/// Writes a correction into the ledger for everybody who got a mail that it was missed.
pub(crate) fn correct_miss(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<(), Error> {
    let ladder = ladder(tx, row)?;
    let speaks_of_miss = |name: &str| {
        ladder
            .iter()
            .any(|step| step.planned.step == name && step.planned.phase != Phase::Before)
    };
    let mut recipients: Vec<Party> = reminders::of_obligation(tx.conn, row.id)?
        .into_iter()
        .filter(|line| line.mail_key.is_some() && speaks_of_miss(&line.step))
        .map(|line| line.recipient.0)
        .collect();
    recipients.sort_unstable();
    recipients.dedup();
    let leave_at = At(next_opening(tx, row)?);
    let line = |recipient: Party| ReminderRow {
        leave_at,
        ..ReminderRow::new(row, ledger::CORRECTED.to_owned(), recipient, tx.now)
    };
    let lines: Vec<ReminderRow> = recipients.into_iter().map(line).collect();
    reminders::insert_new(tx.conn, &lines)?;
    Ok(())
}

/// Writes into the ledger that the due instant moved, for the leader.
pub(crate) fn notify_of_move(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<(), Error> {
    let mut directory = Directory::on(local_date(tx.now));
    let reached = told_of_move(&mut directory, tx, row)?;
    let leave_at = At(next_opening(tx, row)?);
    let line = |recipient: Recipient| ReminderRow {
        leave_at,
        redirected: reached.redirected,
        ..ReminderRow::new(row, ledger::MOVED.to_owned(), recipient.party, tx.now)
    };
    let lines: Vec<ReminderRow> = reached.recipients.into_iter().map(line).collect();
    reminders::insert_new(tx.conn, &lines)?;
    Ok(())
}

/// Who learns that the due instant of an obligation moved: the leader.
pub(crate) fn told_of_move(
    directory: &mut Directory,
    tx: &mut Tx<'_>,
    row: &ObligationRow,
) -> Result<Reached, Error> {
    reached(directory, tx, row, Readers::Audience(&[Audience::Leader]))
}

/// When mails about an obligation may leave that are decided now.
fn next_opening(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<DateTime<Utc>, Error> {
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    Ok(calendar.next_opening(tx.now).unwrap_or(tx.now))
}
