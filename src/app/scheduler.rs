//! The scheduler as processes use it: endlessly, alone or beside a server; or once for an instant,
//! also as a rehearsal.

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::clock::{SharedClock, SystemClock};
use crate::domain::access::Actor;
use crate::domain::ids::MailId;
use crate::domain::schedule::RunState;
use crate::service::{App, Error};
use crate::store::outbox::{self, MailFilter};
use crate::store::{Conn, StoreError};
use crate::worker::runner::{RunReport, Runner, Stopped};

/// What was due at an instant, and the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DueReport {
    /// The instant.
    pub at: DateTime<Utc>,
    /// Whether it was a rehearsal, which was rolled back.
    pub dry_run: bool,
    /// Runs and skipped instants, in the order in which they were handled.
    pub runs: Vec<RunReport>,
    /// Mails that they put into the outbox, in order.
    pub mails: Vec<DueMail>,
}

/// A mail that a run put into the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DueMail {
    /// Which sort of mail.
    pub kind: String,
    /// The recipient's address.
    pub to_mail: String,
    /// The recipient's name.
    pub to_name: String,
    /// The subject.
    pub subject: String,
}

impl DueReport {
    /// Whether a job failed.
    pub fn has_failures(&self) -> bool {
        self.runs.iter().any(|run| run.state == RunState::Failed)
    }
}

/// Runs what is due at `at`, once. Blocks.
///
/// # Errors
/// Those of the database. A job that fails is part of the report.
pub fn run_due(app: &App, at: DateTime<Utc>) -> Result<DueReport, Error> {
    report(app, at, Rehearsal::No)
}

/// What [`run_due`] would do, found out by doing it in a transaction that is rolled back. Blocks;
/// on SQLite other writers wait meanwhile.
///
/// # Errors
/// As [`run_due`].
pub fn rehearse_due(app: &App, at: DateTime<Utc>) -> Result<DueReport, Error> {
    app.store
        .rehearse(|store| report(&app.on(store.clone()), at, Rehearsal::Yes))?
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rehearsal {
    No,
    Yes,
}

fn report(app: &App, at: DateTime<Utc>, rehearsal: Rehearsal) -> Result<DueReport, Error> {
    let system = Actor::system();
    let before = app.read(&system, at, |tx| {
        Ok(outbox::list(tx.conn, &MailFilter::default(), None, 1)?)
    })?;
    let before = before.first().map_or(MailId::NONE, |mail| mail.id);
    let runner = Runner::new(app.clone(), Arc::new(SystemClock::starting_at(at)));
    runner.ensure(at)?;
    let runs = runner.run_due(at)?;
    let mails = app.read(&system, at, |tx| Ok(newer_than(tx.conn, before)?))?;
    Ok(DueReport {
        at,
        dry_run: rehearsal == Rehearsal::Yes,
        runs,
        mails,
    })
}

/// Mails that came into the outbox after the one with the id `last`, in order.
fn newer_than(conn: &mut Conn, last: MailId) -> Result<Vec<DueMail>, StoreError> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = outbox::list(conn, &MailFilter::default(), before, PAGE)?;
        let new = page.iter().filter(|mail| mail.id > last).count();
        before = page.last().map(|mail| mail.id);
        let (page_is_new, ended) = (new == page.len(), page.is_empty());
        all.extend(page.into_iter().take(new).map(|mail| DueMail {
            kind: mail.kind,
            to_mail: mail.to_mail,
            to_name: mail.to_name,
            subject: mail.subject,
        }));
        if ended || !page_is_new {
            all.reverse();
            return Ok(all);
        }
    }
}

/// Mails read at once.
const PAGE: i64 = 500;

/// Runs the schedule until `until` is ready.
///
/// # Errors
/// If the scheduler broke: the process should end.
pub async fn work(
    app: App,
    clock: SharedClock,
    until: impl Future<Output = ()>,
) -> Result<(), Stopped> {
    tracing::info!("scheduler started");
    let store = app.store.clone();
    Arc::new(Runner::new(app, clock)).run(until).await?;
    store.merge_log();
    tracing::info!("scheduler stopped");
    Ok(())
}
