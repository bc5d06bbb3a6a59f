//! The department's daily summary, which follows the 16:00 check: one mail for each federation that
//! covers everything since the summary before it: what arrived, what is late, what is still owed.
//! It is sent on working days; what comes on a day off stands in the next one. The words of the
//! mail are in `summary_letter`.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::domain::access::{Actor, Scope};
use crate::domain::calendar::Calendar;
use crate::domain::ids::{ItemId, ObligationId, UnitId};
use crate::domain::obligation::State;
use crate::domain::policy::SummaryWhenEmpty;
use crate::domain::text::local_date;
use crate::service::core::tx::Tx;
use crate::service::notices::links::Signer;
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::Directory;
use crate::service::notices::summary_coverage::Covered;
use crate::service::notices::sweep;
use crate::service::obligations::naming::Names;
use crate::service::obligations::standings::Sources;
use crate::service::schedule::set_aside;
use crate::service::{App, Error};
use crate::store::obligations::ObligationRow;
use crate::store::summaries::{self, Arrived};
use crate::store::types::micros;
use crate::store::units::UnitRow;
use crate::store::views::obligations::asked_extensions;

/// Requests for more time that are named.
const REQUESTS: i64 = 100;

/// What a run of the job did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Items that arrived since the summary before.
    pub arrived: usize,
    /// Deadlines and quotas found missed since then.
    pub missed: usize,
    /// Deadlines and quotas that fall due by the end of the next working day, and older ones that were missed and for which what comes late
    /// is still taken.
    pub owed: usize,
    /// Mails queued.
    pub mails: usize,
    /// The day was a day off: nothing was sent, the next summary covers it.
    pub day_off: bool,
}

/// Sends the summary whose run is due at `due_at`. Like every check it acts
/// `worker.check_delay_seconds` after the instant as of which it tells, however late it runs. A
/// second run of the same instant queues nothing.
///
/// # Errors
/// [`Error::NotFound`] if the federation does not exist.
pub fn run(
    app: &App,
    federation_id: UnitId,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Report, Error> {
    // what fell due by then is settled before it is told
    sweep::run(app, due_at, now)?;
    let until = due_at - app.settings.worker.check_delay_seconds.delta();
    app.write(&Actor::system(), now, |tx| {
        summarise(tx, federation_id, until)
    })
}

/// The key under which the coverage of a federation's summaries is kept.
#[must_use]
pub fn watermark_key(federation_id: UnitId) -> String {
    format!("summary:{federation_id}")
}

fn summarise(
    tx: &mut Tx<'_>,
    federation_id: UnitId,
    until: DateTime<Utc>,
) -> Result<Report, Error> {
    let federation = tx.lookups.unit(tx.conn, federation_id)?;
    let last_day = federation.ended_on;
    if last_day.is_some_and(|last| last < local_date(until)) {
        return Ok(Report::default());
    }
    let policy = tx
        .lookups
        .policy(tx.conn, federation_id, local_date(until))?;
    let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
    if !calendar.is_working_date(calendar.date_of(until)) {
        return Ok(Report {
            day_off: true,
            ..Report::default()
        });
    }
    let key = watermark_key(federation_id);
    let covered = Covered::read(tx, &key, until)?;
    if covered.until >= until {
        return Ok(Report::default());
    }
    let ahead = end_of_next_working_day(&calendar, until);
    let facts = Facts::read(tx, federation_id, covered, until..ahead)?;
    let summary = Summary {
        signer: Signer::create_or_read(tx.conn)?,
        federation: &federation,
        since: covered.until,
        until,
        leaves_at: leaves_at(tx, &calendar, until),
        facts,
    };
    let skip = policy.summary_when_empty == SummaryWhenEmpty::Skip;
    let report = if skip && summary.facts.are_empty() {
        Report::default()
    } else {
        summary.send(tx)?
    };
    let covered = Covered {
        until,
        seen_at: tx.now,
    };
    covered.keep(tx, &key)?;
    Ok(report)
}

/// Up to when the summary says what falls due: on a Friday, until Monday at midnight.
fn end_of_next_working_day(calendar: &Calendar, at: DateTime<Utc>) -> DateTime<Utc> {
    match calendar.working_days_after(at, 1) {
        Ok(opening) => calendar.end_of(calendar.date_of(opening)),
        // a calendar that never opens again
        Err(_) => at + TimeDelta::days(1),
    }
}

/// Now; a summary that is late and outside office hours leaves at the next opening.
fn leaves_at(tx: &Tx<'_>, calendar: &Calendar, until: DateTime<Utc>) -> DateTime<Utc> {
    if tx.now - until > tx.app.settings.worker.late_after_seconds.delta() {
        calendar.next_opening(tx.now).unwrap_or(tx.now)
    } else {
        tx.now
    }
}

/// What a summary tells.
pub(super) struct Facts {
    pub(super) arrived: Vec<Arrived>,
    /// Items that came too late for a deadline.
    pub(super) late: Vec<ItemId>,
    pub(super) missed: Vec<ObligationRow>,
    pub(super) owed: Vec<ObligationRow>,
    /// How many deadlines and quotas were met.
    pub(super) met: usize,
    pub(super) names: Names,
    pub(super) sources: Sources,
    /// Units whose request for more time waits for a decision.
    pub(super) asking: Vec<String>,
}

impl Facts {
    /// What has happened since the summary before, and what falls due in `coming`.
    fn read(
        tx: &mut Tx<'_>,
        federation: UnitId,
        covered: Covered,
        coming: Range<DateTime<Utc>>,
    ) -> Result<Self, Error> {
        let (from, seen, until) = (covered.until, covered.seen_at, coming.start);
        let mut arrived = summaries::arrived(tx.conn, federation, from, until)?;
        arrived.extend(summaries::recorded_late(tx.conn, federation, from, seen)?);
        let items: Vec<ItemId> = arrived.iter().map(|item| item.item_id).collect();
        let late = summaries::late(tx.conn, &items)?;
        let mut fell_due = summaries::fell_due(tx.conn, federation, from, until)?;
        fell_due.extend(summaries::registered_late(tx.conn, federation, from, seen)?);
        let (mut met, mut missed) = (0, Vec::new());
        for row in rows(tx, &fell_due)? {
            match row.state.0 {
                State::MetOnTime | State::MetLate => met += 1,
                State::Missed => missed.push(row),
                State::Open | State::AwaitingReview | State::Exempt => {}
            }
        }
        let window = from..until;
        let owed = summaries::owed(tx.conn, federation, &window, coming.end)?;
        let owed = rows(tx, &owed)?;
        let names = Names::of(tx, missed.iter().chain(&owed))?;
        let sources = Sources::of(tx, missed.iter().chain(&owed))?;
        Ok(Self {
            arrived,
            late,
            missed,
            owed,
            met,
            names,
            sources,
            asking: asking(tx, federation)?,
        })
    }

    /// Whether there is nothing to tell.
    fn are_empty(&self) -> bool {
        self.arrived.is_empty()
            && self.missed.is_empty()
            && self.owed.is_empty()
            && self.met == 0
            && self.asking.is_empty()
    }
}

/// These obligations in order, without those that cannot be read.
fn rows(tx: &mut Tx<'_>, ids: &[ObligationId]) -> Result<Vec<ObligationRow>, Error> {
    let mut readable = set_aside::readable(tx, ids)?;
    Ok(ids.iter().filter_map(|id| readable.remove(id)).collect())
}

fn asking(tx: &mut Tx<'_>, federation: UnitId) -> Result<Vec<String>, Error> {
    let below = Scope::Below(vec![federation]);
    let mut units = Vec::new();
    for (_, row) in asked_extensions(tx.conn, &below, None, REQUESTS)? {
        units.push(tx.lookups.unit(tx.conn, row.unit_id)?.name.clone());
    }
    Ok(units)
}

/// A summary about to be written to all its readers.
pub(super) struct Summary<'f> {
    pub(super) signer: Signer,
    pub(super) federation: &'f UnitRow,
    pub(super) since: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
    leaves_at: DateTime<Utc>,
    pub(super) facts: Facts,
}

impl Summary<'_> {
    /// Queues the mails to the department.
    fn send(&self, tx: &mut Tx<'_>) -> Result<Report, Error> {
        let mut directory = Directory::on(local_date(tx.now));
        let readers = directory.department(tx.conn, self.federation)?;
        let worth = tx.app.settings.worker.summary_catch_up_seconds.delta();
        let mut mails = Vec::with_capacity(readers.len());
        for reader in &readers {
            let letter = self.letter(tx, reader)?;
            let (id, until) = (self.federation.id, micros(self.until));
            let envelope = Envelope {
                key: format!("summary:{id}:{until}:{}", reader.party),
                kind: "summary",
                reader,
                unit_id: id,
                leaves_at: self.leaves_at,
                expires_at: Some(self.leaves_at + worth),
                check_at: Some(self.until),
            };
            mails.push(outgoing(tx.app, &letter, envelope)?);
        }
        Ok(Report {
            arrived: self.facts.arrived.len(),
            missed: self.facts.missed.len(),
            owed: self.facts.owed.len(),
            mails: tx.enqueue(mails)?,
            day_off: false,
        })
    }
}
