//! The ladder of an obligation: which of its steps are due, and the next instant at which anything
//! happens to it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ladder::{Audience, LadderKind, Phase, Planned, StepSpec, plan};
use crate::domain::obligation::State;
use crate::domain::party::Party;
use crate::domain::policy::Policy;
use crate::domain::settle::Outcome;
use crate::service::Error;
use crate::service::core::lookups::Lookups;
use crate::service::notices::recipients::Directory;
use crate::service::obligations::terms::policy_of;
use crate::store::obligations::ObligationRow;
use crate::store::reminders::ReminderRow;
use crate::store::types::{AsText, At};
use crate::store::{Conn, reminders};

/// A step of the ladder with the instant at which a check acts on it.
#[derive(Debug, Clone)]
pub(crate) struct Due {
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
    steps: Arc<[Due]>,
}

/// The whole ladder of an obligation, in order of time.
pub(crate) fn ladder_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
) -> Result<Arc<[Due]>, Error> {
    let policy = policy_of(lookups, row)?;
    let kind = LadderKind::of(row.kind.0, row.period.map(|kind| kind.0));
    if let Some(last) = &lookups.last_ladder
        && Arc::ptr_eq(&last.policy, &policy)
        && (last.kind, last.due_at) == (kind, row.due_at)
        && last.calendar == row.calendar
    {
        return Ok(last.steps.clone());
    }
    let steps = planned_in(conn, lookups, row, &policy.ladder(kind))?;
    let (calendar, due_at) = (row.calendar.clone(), row.due_at);
    lookups.last_ladder = Some(LastLadder {
        policy,
        kind,
        calendar,
        due_at,
        steps: steps.clone(),
    });
    Ok(steps)
}

fn planned_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
    steps: &[StepSpec],
) -> Result<Arc<[Due]>, Error> {
    let due = row.due_at.0;
    let (calendar, _) = lookups.calendar(conn, &row.calendar)?;
    // a calendar without any opening sends no reminders; the due instant itself stands
    let planned = plan(steps, due, &calendar).unwrap_or_default();
    let delay = lookups.app().settings.worker.check_delay_seconds.delta();
    Ok(planned
        .into_iter()
        .map(|planned| Due {
            acts_at: if planned.phase == Phase::Before {
                planned.leave_at
            } else {
                planned.leave_at.max(due + delay)
            },
            planned,
        })
        .collect())
}

/// When the obligation has to be looked at next, given that its ladder was steps_done_until up to
/// `swept_until`. `now` if a step is due.
pub(crate) fn next_step(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
    outcome: &Outcome,
    swept_until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let delay = lookups.app().settings.worker.check_delay_seconds.delta();
    let due = row.due_at.0;
    let by_time = outcome
        .next_at
        .map(|at| if at == due { at + delay } else { at });
    let wanted = |phase: Phase| match outcome.state {
        State::Open => phase == Phase::Before,
        State::Missed | State::AwaitingReview => phase != Phase::Before,
        State::MetOnTime | State::MetLate | State::Exempt => false,
    };
    let by_ladder = ladder_in(conn, lookups, row)?
        .iter()
        .filter(|due| due.acts_at > swept_until && wanted(due.planned.phase))
        .map(|due| due.acts_at)
        .min();
    Ok(by_time
        .into_iter()
        .chain(by_ladder)
        .min()
        .map(|at| at.max(now)))
}

/// How far the ladder counts as steps_done_until, now that the fold found `after`. What looked settled, or
/// waited for an editor, and is missed after all has passed the steps that tell of a miss without a
/// word: they are steps_done_until again, and the ledger says nothing twice.
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

/// Who was told that an obligation was missed.
pub(crate) fn told_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
) -> Result<Vec<Party>, Error> {
    let ladder = ladder_in(conn, lookups, row)?;
    let speaks_of_miss = |name: &str| {
        ladder
            .iter()
            .any(|due| due.planned.step == name && due.planned.phase != Phase::Before)
    };
    let mut told: Vec<Party> = reminders::of_obligation(conn, row.id)?
        .into_iter()
        .filter(|line| line.mail_key.is_some() && speaks_of_miss(&line.step))
        .map(|line| line.recipient.0)
        .collect();
    told.sort_unstable();
    told.dedup();
    Ok(told)
}

/// Puts a word to the leader about a change into the ledger; it leaves at the next opening.
pub(crate) fn tell_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
    step: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (calendar, _) = lookups.calendar(conn, &row.calendar)?;
    let leave_at = calendar.next_opening(now).unwrap_or(now);
    let mut directory = Directory::on(crate::domain::text::local_date(now));
    let recipients = directory.audience(conn, lookups, row, Audience::Leader)?;
    let lines: Vec<ReminderRow> = recipients
        .into_iter()
        .map(|recipient| ReminderRow {
            obligation_id: row.id,
            due_revision: row.due_revision,
            step: step.to_owned(),
            recipient: AsText(recipient.party),
            check_at: At(now),
            leave_at: At(leave_at),
            settled_at: None,
            mail_key: None,
        })
        .collect();
    reminders::insert_new(conn, &lines)?;
    Ok(())
}
