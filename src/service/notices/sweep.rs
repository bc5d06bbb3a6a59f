//! The check: everything that is due gets looked at, judged as of its due instant, and said to whom
//! it concerns, once.
//!
//! First every obligation with a step due is folded and its steps are written into the ledger,
//! batch by batch; then each recipient gets one digest of what the ledger holds for them
//! (`digest`). A crash between the two loses nothing: the ledger waits. Running it twice finds
//! nothing the second time.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::domain::ladder::{Audience, Phase};
use crate::domain::obligation::State;
use crate::domain::text::local_date;
use crate::service::core::lookups::Lookups;
use crate::service::notices::digest;
use crate::service::notices::recipients::{Directory, Recipient};
use crate::service::obligations::changes::follow_calendar_in;
use crate::service::obligations::{
    Due, Folded, Record, fold_in, ladder_in, next_step, step, steps_done_until,
};
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
    /// Steps that had nobody with an address to reach.
    pub unreachable: usize,
    /// Mails queued.
    pub mails: usize,
}

impl Report {
    /// Whether there was nothing to do.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        *self == Self::default()
    }
}

/// Looks at everything that is due at `now` and queues the mails that follow; nobody gets two
/// digests of the same `check`, the instant for which the check is held.
///
/// # Errors
/// Only the database's own; what was committed before stays, and running again goes on from there.
pub fn run(app: &App, check: DateTime<Utc>, now: DateTime<Utc>) -> Result<Report, Error> {
    let mut report = work_off(app, store::due_steps, now)?;
    report.mails = digest::run(app, check, now)?;
    Ok(report)
}

/// Settles what is owed for periods that are over at `now`, and nothing else; what is to be said
/// about it waits in the ledger.
///
/// # Errors
/// As [`run`].
pub fn close_periods(app: &App, now: DateTime<Utc>) -> Result<Report, Error> {
    work_off(app, store::ended_periods, now)
}

/// Reads what is due at an instant, so many rows.
type Reader = fn(&mut Conn, DateTime<Utc>, i64) -> Result<Vec<ObligationRow>, StoreError>;

fn work_off(app: &App, due: Reader, now: DateTime<Utc>) -> Result<Report, Error> {
    let mut report = Report::default();
    loop {
        let part = app.store.write(|conn| chunk_in(conn, app, due, now))?;
        if part.examined == 0 {
            break;
        }
        report.examined += part.examined;
        report.changed += part.changed;
        report.missed += part.missed;
        report.reminders += part.reminders;
        report.unreachable += part.unreachable;
    }
    Ok(report)
}

fn chunk_in(conn: &mut Conn, app: &App, due: Reader, now: DateTime<Utc>) -> Result<Report, Error> {
    let due = due(conn, now, app.settings.worker.chunk.into())?;
    let mut report = Report {
        examined: due.len(),
        ..Report::default()
    };
    let mut lookups = Lookups::new(app);
    let mut check = Check {
        now,
        directory: Directory::default(),
        lines: Vec::new(),
        unreachable: 0,
    };
    let mut rows = Vec::with_capacity(due.len());
    for row in due {
        rows.push(follow_calendar_in(conn, &mut lookups, row, now)?);
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let answers = reminders::acknowledgements(conn, &ids)?;
    let ids: HashSet<i64> = ids.into_iter().collect();
    let folded = fold_in(conn, &mut lookups, rows, now)?;
    lookups.read_units(conn, folded.iter().map(|f| f.row.unit_id))?;
    check.directory.learn(
        conn,
        &folded.iter().map(|f| f.row.unit_id).collect::<Vec<_>>(),
    )?;
    let credits = store::credits(conn, &folded.iter().map(|f| f.row.id).collect::<Vec<_>>())?;
    let mut record = Record::default();
    for folded in folded {
        let (id, swept_until) = (
            folded.row.id,
            steps_done_until(&folded.row, folded.outcome.state),
        );
        let swept = ids.contains(&id);
        if swept {
            let steps = ladder_in(conn, &mut lookups, &folded.row)?;
            let steps: Vec<&Due> = steps
                .iter()
                .filter(|d| swept_until < d.acts_at && d.acts_at <= now)
                .collect();
            let acks = |recipient: &str| answers.get(&(id, recipient.to_owned()));
            check.say(conn, &mut lookups, &folded, &steps, acks)?;
        }
        let up_to = if swept { now } else { swept_until };
        let next = next_step(conn, &mut lookups, &folded.row, &folded.outcome, up_to, now)?;
        // what was looked at now is not looked at again in the same check
        let next = next.map(|next| {
            if swept && next <= now {
                now + TimeDelta::seconds(1)
            } else {
                next
            }
        });
        let stored = credits.get(&id).map_or(&[][..], Vec::as_slice);
        let change = record.take_in(conn, &mut lookups, folded, stored, (up_to, next), now)?;
        report.changed += usize::from(change.before != change.after);
        report.missed +=
            usize::from(change.before != change.after && change.after == State::Missed);
    }
    record.write_in(conn)?;
    report.reminders = reminders::insert_new(conn, &check.lines)?;
    report.unreachable = check.unreachable;
    Ok(report)
}

/// The lines that one batch puts into the ledger.
struct Check {
    now: DateTime<Utc>,
    directory: Directory,
    lines: Vec<ReminderRow>,
    unreachable: usize,
}

impl Check {
    /// Decides what is said about an obligation whose `steps` have come due. Of steps before the
    /// due instant only the last one is said, and none once it has passed; what follows a miss is
    /// always said (DOMAIN: reminders).
    fn say<'a>(
        &mut self,
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        folded: &Folded,
        steps: &[&Due],
        answer: impl Fn(&str) -> Option<&'a AcknowledgementRow>,
    ) -> Result<(), Error> {
        let Folded { row, outcome } = folded;
        match outcome.state {
            State::Open
                if i64::from(outcome.arrived) < i64::from(row.required)
                    && self.now < row.due_at.0 =>
            {
                let last = steps
                    .iter()
                    .rev()
                    .find(|due| due.planned.phase == Phase::Before);
                if let Some(due) = last {
                    // "noted" holds until the due instant moves, "later" until then
                    let now = self.now;
                    let quiet = |who: &Recipient| {
                        answer(&who.key)
                            .is_some_and(|said| said.snoozed_until.is_none_or(|until| now < *until))
                    };
                    self.line_up(conn, lookups, row, due, None, quiet)?;
                }
            }
            State::Missed => {
                for due in steps
                    .iter()
                    .filter(|due| due.planned.phase != Phase::Before)
                {
                    self.line_up(conn, lookups, row, due, None, |_| false)?;
                }
            }
            State::AwaitingReview => {
                let last = steps
                    .iter()
                    .rev()
                    .find(|due| due.planned.phase != Phase::Before);
                if let Some(due) = last {
                    let federation = lookups.unit(conn, row.federation_id)?;
                    let editors =
                        self.directory
                            .editors(conn, &federation, local_date(self.now))?;
                    self.line_up(conn, lookups, row, due, Some(editors), |_| false)?;
                }
            }
            State::Open | State::MetOnTime | State::MetLate | State::Exempt => {}
        }
        Ok(())
    }

    /// Lines for everybody whom a step reaches, or for `editors` where it is they who keep a unit
    /// waiting.
    fn line_up(
        &mut self,
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        row: &ObligationRow,
        due: &Due,
        editors: Option<Vec<Recipient>>,
        quiet: impl Fn(&Recipient) -> bool,
    ) -> Result<(), Error> {
        let name = match editors {
            Some(_) => format!("{}{}", step::REVIEW, due.planned.step),
            None => due.planned.step.clone(),
        };
        let reached = match editors {
            Some(editors) => editors,
            None => self.reached(conn, lookups, row, &due.planned.audience)?,
        };
        self.unreachable +=
            usize::from(reached.is_empty() && due.planned.audience != [Audience::Above]);
        for recipient in reached.iter().filter(|recipient| !quiet(recipient)) {
            self.lines.push(ReminderRow {
                obligation_id: row.id,
                due_revision: row.due_revision,
                step: name.clone(),
                recipient: recipient.key.clone(),
                check_at: At(self.now),
                leave_at: At(due.planned.leave_at),
                settled_at: None,
                mail_key: None,
            });
        }
        Ok(())
    }

    /// Everybody of the audiences, nobody twice.
    fn reached(
        &mut self,
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        row: &ObligationRow,
        audiences: &[Audience],
    ) -> Result<Vec<Recipient>, Error> {
        let mut all: Vec<Recipient> = Vec::new();
        for audience in audiences {
            for recipient in
                self.directory
                    .audience(conn, lookups, row, *audience, local_date(self.now))?
            {
                if !all.iter().any(|known| known.key == recipient.key) {
                    all.push(recipient);
                }
            }
        }
        Ok(all)
    }
}
