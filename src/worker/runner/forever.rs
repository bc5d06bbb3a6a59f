//! The endless loop around [`Runner::run_next`]: sleeps until something is due, but never longer
//! than a tick, and reads the clock anew (R4), so that a clock that is set, a machine that slept or
//! a changed line is noticed.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use super::Runner;
use crate::service::schedule::{clock_jump, stored_line};
use crate::service::{App, Error};
use crate::store::StoreError;
use crate::store::schedule::{self as rows, JobRow};

/// The shortest sleep, so that the loop does not spin while another process holds a due job.
const SHORTEST_SLEEP: Duration = Duration::from_millis(50);

/// Wakes the loop early, for code that has just made a job due.
#[derive(Debug, Clone, Default)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// Wakes it.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// The loop ended unexpectedly: the process must not go on without it.
#[derive(Debug, thiserror::Error)]
#[error("the scheduler stopped: {0}")]
pub struct Stopped(String);

impl Runner {
    /// Runs what is due until `shutdown` is ready: then the running job is finished and no other is
    /// claimed. If the database does not answer, the loop waits for it.
    ///
    /// # Errors
    /// [`Stopped`] after a panic outside a job; the process should end, so that its supervisor
    /// starts it anew (F37).
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()>) -> Result<(), Stopped> {
        let mut shutdown = pin!(shutdown);
        let stop = Arc::new(AtomicBool::new(false));
        loop {
            let (runner, stopping) = (self.clone(), stop.clone());
            let mut turn = tokio::task::spawn_blocking(move || runner.turn(&stopping));
            let sleep = tokio::select! {
                sleep = &mut turn => sleep.map_err(|cause| Stopped(cause.to_string()))?,
                () = &mut shutdown => {
                    stop.store(true, Ordering::Relaxed);
                    turn.await.map_err(|cause| Stopped(cause.to_string()))?;
                    return Ok(());
                }
            };
            tokio::select! {
                () = tokio::time::sleep(sleep) => {}
                () = self.waker.0.notified() => {}
                () = &mut shutdown => return Ok(()),
            }
        }
    }

    /// Runs everything due, reading the clock before each job; how long to sleep after it.
    fn turn(&self, stop: &AtomicBool) -> Duration {
        match self.turn_or_fail(stop) {
            Ok(sleep) => sleep,
            Err(error) => {
                tracing::error!(%error, "the schedule can't be read or written; trying again");
                // Sooner than a tick: a database that comes back is to be noticed within seconds
                // (F18).
                Duration::from_secs(2).min(self.tick())
            }
        }
    }

    fn turn_or_fail(&self, stop: &AtomicBool) -> Result<Duration, Error> {
        if !self.ensured.load(Ordering::Relaxed) {
            self.ensure(self.now())?;
        }
        let now = self.now();
        self.recover_from_a_clock_ahead(now)?;
        while !stop.load(Ordering::Relaxed) && self.run_next(self.now())?.is_some() {}
        self.sleep()
    }

    fn sleep(&self) -> Result<Duration, Error> {
        let all = self.app.store.read(rows::all)?;
        let jobs = all.iter().filter(|row| row.enabled && self.knows(row));
        let Some(wake) = jobs.filter_map(JobRow::wakes_at).min() else {
            return Ok(self.tick());
        };
        let left = (wake - self.now()).to_std().unwrap_or_default();
        Ok(left.clamp(SHORTEST_SLEEP, self.tick()))
    }

    fn tick(&self) -> Duration {
        self.app.settings.worker.tick_seconds.duration()
    }

    /// A clock that ran a year ahead for a minute would leave every job waiting for a year.
    pub(super) fn recover_from_a_clock_ahead(&self, now: DateTime<Utc>) -> Result<(), Error> {
        clock_jump::watch(&self.app, now)?;
        clock_jump::recover(&self.app, now)?;
        let App { store, .. } = &self.app;
        for row in store
            .read(rows::all)?
            .into_iter()
            .filter(|row| row.enabled && self.knows(row))
        {
            if let Some(next) = planned_too_far(&row, now).unwrap_or_default() {
                tracing::warn!(job = row.name, %next, "the clock ran ahead when this job was planned; planned anew");
                store.write_committed(|conn| rows::replan(conn, &row, next))?;
            }
        }
        Ok(())
    }
}

fn planned_too_far(row: &JobRow, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let Some(planned) = row.next_at else {
        return Ok(None);
    };
    let next = stored_line(row)?.next_after(now);
    Ok(next.filter(|next| *planned - *next > clock_jump::AHEAD))
}
