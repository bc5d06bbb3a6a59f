//! One attempt at one due instant: claimed in one transaction, run under a lease that is renewed
//! meanwhile, and recorded in a second transaction.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Candidate, RunReport, Runner};
use crate::domain::schedule::{CatchUp, Due, JobResult, RunId, RunState};
use crate::service::Error;
use crate::store::Conn;
use crate::store::schedule::{self as rows, Lease, RunRow};
use crate::store::types::Json;
use crate::telemetry::spans;
use crate::worker::jobs::JobRun;

/// The first wait after a failure; doubles with every further one.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(10);
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// The outcome of trying to claim a job.
enum Claim {
    /// Another process claimed it first.
    Lost,
    /// There was nothing to run: instants too old, or run already.
    Settled(Vec<RunReport>),
    /// To be run, after instants that were skipped.
    Run(RunRow, Vec<RunReport>),
}

impl Runner {
    pub(super) fn claim_and_run(
        &self,
        candidate: &Candidate,
        now: DateTime<Utc>,
    ) -> Result<Vec<RunReport>, Error> {
        let lease = Lease {
            job: candidate.row.name.clone(),
            token: self.boot.token(),
        };
        match self
            .app
            .store
            .write(|conn| self.claim(conn, candidate, &lease, now))?
        {
            Claim::Lost => {
                tracing::debug!(job = lease.job, "another process was faster");
                Ok(Vec::new())
            }
            Claim::Settled(reports) => Ok(reports),
            Claim::Run(row, mut reports) => {
                let due_at = *row.due_at;
                let unit_id = candidate.row.unit_id;
                let run = JobRun {
                    id: RunId::of(&lease.job, due_at, row.attempts),
                    due_at,
                    now,
                    unit_id,
                    lease,
                };
                let began = Instant::now();
                let outcome = self.run_under_lease(candidate, &run);
                let ended = End {
                    outcome,
                    took: began.elapsed(),
                };
                reports.push(self.end(candidate, &run, row, ended)?);
                Ok(reports)
            }
        }
    }

    /// Claims the job, skips the instants that are too old, and records the run that begins (R1).
    fn claim(
        &self,
        conn: &mut Conn,
        from: &Candidate,
        lease: &Lease,
        now: DateTime<Utc>,
    ) -> Result<Claim, Error> {
        if !rows::claim(
            conn,
            &from.row,
            now,
            now + self.lease_length(),
            &lease.token,
        )? {
            return Ok(Claim::Lost);
        }
        let due = judge(conn, from, now)?;
        let mut reports = Vec::new();
        for at in due.skipped {
            let row = RunRow::begun(&from.row.name, at, now, 0).ended(RunState::Skipped, now);
            rows::insert_skipped(conn, &row)?;
            reports.push(report(from, at, now, RunState::Skipped, 0));
        }
        let version = from.row.version;
        let Some(at) = due.run else {
            rows::release(conn, lease, version, due.next, None)?;
            return Ok(Claim::Settled(reports));
        };
        let row = match rows::run(conn, &from.row.name, at)? {
            Some(before) if before.state.is_settled() => {
                rows::release(conn, lease, version, from.cron.next_after(at), None)?;
                return Ok(Claim::Settled(reports));
            }
            Some(before) => {
                let row = RunRow::begun(&from.row.name, at, now, before.attempts + 1);
                rows::update_run(conn, &row)?;
                row
            }
            None => {
                let row = RunRow::begun(&from.row.name, at, now, 1);
                rows::insert_run(conn, &row)?;
                row
            }
        };
        rows::aim(conn, lease, at)?;
        Ok(Claim::Run(row, reports))
    }

    /// Runs the code; a panic is a failure like any other (F37). The lease is renewed from another
    /// thread.
    fn run_under_lease(&self, candidate: &Candidate, run: &JobRun) -> Result<JobResult, String> {
        let (done, is_done) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let beat = thread::Builder::new().name("lease".to_owned());
            if let Err(cause) = beat.spawn_scoped(scope, move || self.keep_lease(run, &is_done)) {
                tracing::warn!(%cause, "no thread to renew the lease with");
            }
            // lines that the job logs name its run as well
            let _named = tracing::info_span!("run", request_id = %run.id).entered();
            let traced = spans::run(&candidate.row.name, &run.id);
            let _traced = traced.enter();
            let app = self.app.for_run(run.id.clone());
            let code = AssertUnwindSafe(|| (candidate.job.code)(&app, run));
            let outcome = catch_unwind(code);
            drop(done);
            let ended = match outcome {
                Ok(Ok(result)) => Ok(result),
                Ok(Err(error)) => Err(with_causes(&error)),
                Err(panic) => Err(format!("panic: {}", message(panic.as_ref()))),
            };
            if ended.is_err() {
                spans::failed(&traced);
            }
            ended
        })
    }

    fn keep_lease(&self, run: &JobRun, is_done: &mpsc::Receiver<()>) {
        let began = Instant::now();
        let pause = self.app.settings.worker.lease_seconds.duration() / 3;
        while is_done.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            // A clock that was set back must not shorten the lease: time in the process is
            // monotonic.
            let now = self.now().max(run.now + passed(began.elapsed()));
            let until = now + self.lease_length();
            match self
                .app
                .store
                .write_committed(|conn| rows::renew(conn, &run.lease, until))
            {
                Ok(true) => {}
                Ok(false) => {
                    tracing::warn!(job = run.lease.job, "the lease was lost while the job runs")
                }
                Err(error) => {
                    tracing::warn!(%error, job = run.lease.job, "the lease can't be renewed")
                }
            }
        }
    }

    fn end(
        &self,
        from: &Candidate,
        run: &JobRun,
        row: RunRow,
        ended: End,
    ) -> Result<RunReport, Error> {
        let now = run.now + passed(ended.took);
        let late = (run.now - run.due_at).max(TimeDelta::zero());
        let state = if ended.outcome.is_ok() {
            RunState::Done
        } else {
            RunState::Failed
        };
        let (result, error) = match ended.outcome {
            Ok(result) => (Some(result), None),
            Err(error) => (None, Some(error)),
        };
        let in_time =
            row.attempts == 1 && late <= self.app.settings.worker.late_after_seconds.delta();
        let row = RunRow {
            duration_ms: Some(millis(ended.took)),
            quiet: in_time && result.as_ref().is_some_and(|result| result.quiet),
            error: error.clone(),
            result: result.clone().map(Json),
            ..row.ended(state, now)
        };
        let (next_at, retry_at) = if state == RunState::Failed {
            (Some(run.due_at), Some(now + wait_after(row.attempts)))
        } else {
            (from.cron.next_after(run.due_at), None)
        };
        let kept = self.app.store.write(|conn| {
            if !rows::release(conn, &run.lease, from.row.version, next_at, retry_at)? {
                return Ok(false);
            }
            if row.quiet {
                rows::fold_quiet(conn, &row.job, run.due_at)?;
            }
            rows::update_run(conn, &row)?;
            Ok::<_, Error>(true)
        })?;
        let report = RunReport {
            duration_ms: millis(ended.took),
            result,
            error,
            ..report(from, run.due_at, run.now, state, row.attempts)
        };
        log(&report, &run.id, kept);
        Ok(report)
    }
}

/// How an attempt went and how long it took.
struct End {
    outcome: Result<JobResult, String>,
    took: Duration,
}

/// An instant that failed, or whose run was broken off, is tried again before anything newer,
/// unless it has become too old.
fn judge(conn: &mut Conn, from: &Candidate, now: DateTime<Utc>) -> Result<Due, Error> {
    let pending =
        rows::run(conn, &from.row.name, from.first)?.filter(|run| !run.state.is_settled());
    let too_old = matches!(from.catch_up, CatchUp::Within(age) if now - from.first > age);
    match pending {
        Some(_) if !too_old => Ok(Due {
            skipped: Vec::new(),
            run: Some(from.first),
            next: from.cron.next_after(from.first),
        }),
        Some(run) if *run.state == RunState::Running => {
            let broken = Some("the process ended before the run did".to_owned());
            let failed = run.ended(RunState::Failed, now);
            rows::update_run(
                conn,
                &RunRow {
                    error: broken,
                    ..failed
                },
            )?;
            Ok(from.catch_up.judge(&from.cron, from.first, now))
        }
        _ => Ok(from.catch_up.judge(&from.cron, from.first, now)),
    }
}

fn report(
    from: &Candidate,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
    state: RunState,
    attempts: i32,
) -> RunReport {
    RunReport {
        job: from.row.name.clone(),
        unit_id: from.row.unit_id,
        due_at,
        state,
        attempts,
        late_seconds: (now - due_at).num_seconds().max(0),
        duration_ms: 0,
        result: None,
        error: None,
    }
}

fn log(report: &RunReport, request_id: &RunId, kept: bool) {
    let RunReport {
        job,
        due_at,
        late_seconds,
        duration_ms,
        attempts,
        ..
    } = report;
    if !kept {
        tracing::warn!(job, %due_at, %request_id, "the run ended after its lease was lost; its end is not recorded");
    } else if let Some(error) = &report.error {
        tracing::warn!(job, %due_at, late_seconds, duration_ms, attempts, error, %request_id, "job failed");
    } else if report.result.as_ref().is_some_and(|result| result.quiet) {
        tracing::debug!(job, %due_at, late_seconds, duration_ms, %request_id, "job found nothing");
    } else {
        tracing::info!(job, %due_at, late_seconds, duration_ms, %request_id, "job done");
    }
}

fn wait_after(attempts: i32) -> TimeDelta {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(10);
    (FIRST_WAIT * 2_i32.pow(doublings)).min(LONGEST_WAIT)
}

fn passed(time: Duration) -> TimeDelta {
    TimeDelta::milliseconds(millis(time))
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 1_000_000)
}

fn with_causes(error: &Error) -> String {
    let first: &dyn std::error::Error = error;
    let all = std::iter::successors(Some(first), |error| error.source()).map(ToString::to_string);
    // `transparent` errors say the same as their cause
    let mut texts: Vec<String> = all.collect();
    texts.dedup();
    texts.join(": ")
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("of unknown kind")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_after_a_failure_doubles_up_to_a_quarter_of_an_hour() {
        let waits: Vec<i64> = [1, 2, 3, 7, 8, 1_000]
            .into_iter()
            .map(|n| wait_after(n).num_seconds())
            .collect();
        assert_eq!(waits, [10, 20, 40, 640, 900, 900]);
    }
}
