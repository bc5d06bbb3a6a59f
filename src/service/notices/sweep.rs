//! The check: everything that is due is looked at, settled as of its due instant, and said once to
//! those whom it concerns.
//!
//! First every obligation with a step due is folded and its reminders are written into the ledger,
//! batch by batch; then each recipient gets one digest of what the ledger holds for them
//! (`digest`). A crash between the two loses nothing: the ledger waits. Running it twice finds
//! nothing the second time. What is said to whom is decided in `domain::reminding`.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::domain::access::Actor;
use crate::domain::ids::{ObligationId, UnitId};
use crate::domain::obligation::State;
use crate::domain::party::Party;
use crate::domain::reminding::{self, Owed, Reminder};
use crate::domain::set_aside::SetAsideEntity;
use crate::domain::text::local_date;
use crate::service::core::tx::Tx;
use crate::service::notices::readers::reached;
use crate::service::notices::recipients::Directory;
use crate::service::notices::{approvals, digest};
use crate::service::obligations::changes::follow_calendar;
use crate::service::obligations::{
    Change, Folded, Record, Schedule, fold_on_calendars, ladder, next_step, steps_done_until,
};
use crate::service::schedule::{set_aside, set_aside_mail};
use crate::service::{App, Error};
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::reminders::{AcknowledgementRow, ReminderRow};
use crate::store::types::At;
use crate::store::{Conn, StoreError, reminders};

/// What a check found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Obligations that were looked at.
    pub examined: usize,
    /// Those whose state changed.
    pub changed: usize,
    /// Those found missed by this check.
    pub missed: usize,
    /// New lines of the reminder ledger.
    pub reminders: usize,
    /// Steps that reached nobody, not even the department.
    pub unreachable: usize,
    /// Obligations that cannot be judged.
    pub set_aside: usize,
    /// Mails queued.
    pub mails: usize,
}

impl Report {
    /// Whether there was nothing to do.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        *self == Self::default()
    }

    fn count(&mut self, change: &Change) {
        let changed = change.before != change.after;
        self.changed += usize::from(changed);
        self.missed += usize::from(changed && change.after == State::Missed);
    }

    fn add(&mut self, part: &Self) {
        self.examined += part.examined;
        self.changed += part.changed;
        self.missed += part.missed;
        self.reminders += part.reminders;
        self.unreachable += part.unreachable;
    }
}

/// Looks at everything that is due at `now` and queues the mails that follow; nobody gets two
/// digests of the same `check`, the instant for which the check is held. After an error what was
/// committed before stays, and running again goes on from there.
pub fn run(app: &App, check: DateTime<Utc>, now: DateTime<Utc>) -> Result<Report, Error> {
    let mut report = sweep_batches(app, store::due_steps, now)?;
    report.mails = digest::run(app, check, now)?
        + approvals::run(app, now)?
        + set_aside_mail::notify(app, now)?;
    Ok(report)
}

/// Settles what is owed for periods that are over at `now`, and nothing else; what is to be said
/// about it waits in the ledger.
pub fn close_periods(app: &App, now: DateTime<Utc>) -> Result<Report, Error> {
    sweep_batches(app, store::ended_periods, now)
}

/// Reads the ids of at most so many obligations that are due at an instant.
type Reader = fn(&mut Conn, DateTime<Utc>, i64) -> Result<Vec<ObligationId>, StoreError>;

fn sweep_batches(app: &App, due: Reader, now: DateTime<Utc>) -> Result<Report, Error> {
    let (system, mut report) = (Actor::system(), Report::default());
    let limit = app.settings.worker.chunk.into();
    loop {
        let ids = app.read(&system, now, |tx| Ok(due(tx.conn, tx.now, limit)?))?;
        if ids.is_empty() {
            return Ok(report);
        }
        let mut aside = 0;
        set_aside::each(
            &ids,
            &mut |ids| {
                report.add(&app.write(&system, now, |tx| batch(tx, ids))?);
                Ok(())
            },
            &mut |id, why| {
                aside += 1;
                app.write(&system, now, |tx| {
                    set_aside::put(tx, SetAsideEntity::Obligation, id, why)
                })
            },
        )?;
        report.set_aside += aside;
    }
}

/// One batch of obligations, unless they were looked at meanwhile.
fn batch(tx: &mut Tx<'_>, ids: &[ObligationId]) -> Result<Report, Error> {
    let mut found = store::find_many(tx.conn, ids)?;
    let found = ids.iter().filter_map(|id| found.remove(id));
    let now = tx.now;
    let due = |row: &ObligationRow| row.next_step_at.is_some_and(|next| *next <= now);
    let found: Vec<ObligationRow> = found.filter(due).collect();
    let mut report = Report {
        examined: found.len(),
        ..Report::default()
    };
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        rows.push(if row.state.0 == State::Open {
            follow_calendar(tx, row)?
        } else {
            row
        });
    }
    let due_ids: HashSet<ObligationId> = rows.iter().map(|row| row.id).collect();
    let folded = fold_on_calendars(tx, rows)?;
    let mut check = Check::prepare(tx, due_ids, &folded)?;
    let mut record = Record::of(tx, &folded)?;
    for folded in folded {
        report.count(&check.process(tx, folded, &mut record)?);
    }
    record.write(tx)?;
    report.reminders = reminders::insert_new(tx.conn, &check.lines)?;
    set_aside::judged(tx, SetAsideEntity::Obligation, ids)?;
    report.unreachable = check.unreachable;
    Ok(report)
}

/// One batch of a check, with what it read at once for all obligations.
struct Check {
    /// The obligations that are due; others were folded with them because they share a chain.
    due: HashSet<ObligationId>,
    answers: HashMap<(ObligationId, Party), AcknowledgementRow>,
    directory: Directory,
    /// The lines that go into the ledger.
    lines: Vec<ReminderRow>,
    unreachable: usize,
}

impl Check {
    fn prepare(
        tx: &mut Tx<'_>,
        due: HashSet<ObligationId>,
        folded: &[Folded],
    ) -> Result<Self, Error> {
        let due_ids: Vec<ObligationId> = due.iter().copied().collect();
        let units: Vec<UnitId> = folded.iter().map(|folded| folded.row.unit_id).collect();
        tx.lookups.read_units(tx.conn, units.iter().copied())?;
        let mut directory = Directory::on(local_date(tx.now));
        directory.read_leaders(tx.conn, &units)?;
        Ok(Self {
            answers: reminders::acknowledgements(tx.conn, &due_ids)?,
            due,
            directory,
            lines: Vec::new(),
            unreachable: 0,
        })
    }

    /// Reminds of an obligation if it is due, and records when to look at it next.
    fn process(
        &mut self,
        tx: &mut Tx<'_>,
        folded: Folded,
        record: &mut Record,
    ) -> Result<Change, Error> {
        let Folded { row, outcome } = &folded;
        let is_due = self.due.contains(&row.id);
        let mut swept_until = steps_done_until(row, outcome.state);
        if is_due {
            self.remind(tx, &folded, swept_until)?;
            swept_until = tx.now;
        }
        let mut next_step_at = next_step(tx, &folded, swept_until)?;
        if is_due {
            // what was looked at now is not looked at again in the same check
            let soonest = tx.now + TimeDelta::seconds(1);
            next_step_at = next_step_at.map(|next| if next <= tx.now { soonest } else { next });
        }
        let schedule = Schedule {
            swept_until,
            next_step_at,
        };
        record.add(tx, folded, schedule)
    }

    /// Puts the reminders into the ledger for which steps came due after `swept_until`.
    fn remind(
        &mut self,
        tx: &mut Tx<'_>,
        folded: &Folded,
        swept_until: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Folded { row, outcome } = folded;
        let ladder = ladder(tx, row)?;
        let come_due = ladder
            .iter()
            .filter(|step| swept_until < step.acts_at && step.acts_at <= tx.now)
            .map(|step| &step.planned);
        let owed = Owed {
            state: outcome.state,
            is_lacking: i64::from(outcome.arrived) < i64::from(row.required),
            due_at: row.due_at.0,
        };
        for reminder in reminding::of_steps(&owed, come_due, tx.now) {
            self.add_lines(tx, row, &reminder)?;
        }
        Ok(())
    }

    /// A line for everybody whom a reminder reaches.
    fn add_lines(
        &mut self,
        tx: &mut Tx<'_>,
        row: &ObligationRow,
        reminder: &Reminder<'_>,
    ) -> Result<(), Error> {
        let readers = reminder.readers();
        let reached = reached(&mut self.directory, tx, row, readers)?;
        self.unreachable += usize::from(reached.nobody(readers));
        for recipient in reached.recipients {
            let answer = self.answers.get(&(row.id, recipient.party));
            let snoozed_until = answer.map(|answer| answer.snoozed_until.map(|until| until.0));
            if snoozed_until.is_some_and(|until| reminder.is_answered(until, tx.now)) {
                continue;
            }
            self.lines.push(ReminderRow {
                leave_at: At(reminder.step.leave_at),
                redirected: reached.redirected,
                ..ReminderRow::new(row, reminder.name(), recipient.party, tx.now)
            });
        }
        Ok(())
    }
}
