//! The scheduler on the clock of the simulation.

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

use crate::domain::access::Actor;
use crate::service::schedule::SWEEP;
use crate::service::{App, Error};
use crate::store::{approvals, obligations, outbox, reminders, schedule};

/// Runs the scheduler at every instant up to `until` at which it has something to do; the last of
/// them.
pub(super) fn run_up_to(
    app: &App,
    mut clock: DateTime<Utc>,
    until: DateTime<Utc>,
    tick: &mut impl FnMut(DateTime<Utc>) -> Result<(), Error>,
) -> Result<DateTime<Utc>, Error> {
    while let Some(next) = next_due(app, clock)? {
        // the sweep runs once a minute; what it leaves for later must not stop the clock
        let next = full_minute(next.max(clock + TimeDelta::seconds(1)));
        if next > until {
            break;
        }
        tick(next)?;
        mark_mails_sent(app, next)?;
        clock = next;
    }
    Ok(clock)
}

/// The next instant at which the scheduler finds something: a step of an obligation, a reminder
/// that may leave, a job that does not run each minute.
fn next_due(app: &App, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
    app.read(&Actor::cli(), now, |tx| {
        let jobs = schedule::all(tx.conn)?.into_iter();
        let mut next: Vec<DateTime<Utc>> = jobs
            // a job that is switched off keeps its instant, and never runs
            .filter(|row| row.enabled && row.name != SWEEP.name)
            .filter_map(|row| row.next_at.map(|at| at.0))
            .collect();
        next.extend(obligations::next_step(tx.conn)?);
        next.extend(reminders::next_leave(tx.conn)?);
        next.extend(approvals::next_leave(tx.conn)?);
        Ok(next.into_iter().min())
    })
}

fn full_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    let whole = at
        .with_second(0)
        .and_then(|at| at.with_nanosecond(0))
        .unwrap_or(at);
    if whole < at {
        whole + TimeDelta::minutes(1)
    } else {
        whole
    }
}

/// Mails of the past count as sent.
pub(super) fn mark_mails_sent(app: &App, now: DateTime<Utc>) -> Result<(), Error> {
    let cli = Actor::cli();
    let waiting = app.read(&cli, now, |tx| Ok(outbox::next_due(tx.conn)?.is_some()))?;
    if waiting {
        app.write(&cli, now, |tx| Ok(outbox::mark_all_sent(tx.conn, now)?))?;
    }
    Ok(())
}
