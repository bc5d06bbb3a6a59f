//! The scheduler: what runs when, once, whatever restarts, replicas, clocks and faults do (R1-R4,
//! F1, F2, F4, F5, F18-F23, F25, F37).

use std::sync::mpsc;
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{Connection as _, RunQueryDsl as _};
use tinbai::clock::ManualClock;
use tinbai::config::Settings;
use tinbai::demo;
use tinbai::domain::access::{Actor, Grant, Role};
use tinbai::domain::ids::UnitId;
use tinbai::domain::schedule::RunState;
use tinbai::domain::schedule::{CatchUp, JobResult};
use tinbai::domain::unit::Category;
use tinbai::service::schedule;
use tinbai::service::schedule::purge;
use tinbai::service::schedule::{Change, JobKind, Rows};
use tinbai::service::{App, Error};
use tinbai::store::schedule::{self as rows, JobRow, Lease, RunRow};
use tinbai::store::types::At;
use tinbai::store::units::{self, UnitRow};
use tinbai::store::{Store, StoreError, outbox};
use tinbai::worker::jobs::{Job, JobRun};
use tinbai::worker::runner::{RunReport, Runner};

use crate::both_databases;
use crate::support::post::{mail, mails};
use crate::support::process::program;
use crate::support::{Kind, TestDb, at};

both_databases!(
    a_job_runs_once_for_its_instant,
    two_runners_leave_one_run_in_a_hundred_rounds,
    a_short_outage_means_one_late_run,
    three_days_of_outage_are_judged_by_each_jobs_policy,
    every_month_end_of_an_outage_is_run_in_order,
    a_storm_of_restarts_is_as_one_clean_run,
    a_broken_off_run_is_taken_up_at_the_next_start,
    a_lease_of_another_machine_is_waited_for,
    a_clock_set_back_runs_nothing_twice,
    a_clock_set_forward_runs_what_is_due_once,
    a_clock_that_ran_years_ahead_does_not_stop_the_schedule,
    a_trembling_clock_runs_nothing_twice,
    a_long_run_does_not_overlap_itself_and_its_lateness_shows,
    a_paused_runner_that_lost_its_lease_changes_nothing,
    a_failing_job_is_tried_again_for_the_same_instant_and_stops_nobody,
    a_panicking_job_is_a_failed_attempt,
    a_failed_summary_is_given_up_when_it_is_too_old,
    quiet_runs_are_folded_and_others_kept,
    broken_connections_are_replaced,
    jobs_due_together_run_in_the_order_of_their_instants,
    a_federation_founded_later_gets_its_row,
    a_job_of_a_newer_version_or_with_a_broken_line_is_left_alone,
    the_loop_wakes_runs_and_stops,
    a_line_is_checked_before_it_is_saved,
    only_those_who_may_change_a_job,
    a_run_asked_for_happens_off_the_line,
    a_disabled_job_does_not_catch_up_when_enabled,
    what_is_kept_no_longer_is_purged,
    a_clock_that_leaps_ahead_deletes_nothing,
    only_a_demonstration_may_run_ahead_of_the_clock,
    a_rehearsal_leaves_nothing_behind,
    a_rehearsal_survives_failures_and_panics_inside,
    a_rehearsal_of_what_is_due_shows_it_and_keeps_it_due,
    the_time_zone_of_the_process_does_not_matter,
    jobs_are_listed_and_changed_at_the_command_line,
);

const DAILY: JobKind = JobKind {
    name: "daily",
    cron: "0 0 16 * * *",
    rows: Rows::App,
    catch_up: |_| CatchUp::Coalesce,
};
const MINUTE: JobKind = JobKind {
    name: "minute",
    cron: "0 * * * * *",
    rows: Rows::App,
    catch_up: |_| CatchUp::Coalesce,
};
const SUMMARY: JobKind = JobKind {
    name: "summary",
    cron: "0 0 16 * * *",
    rows: Rows::App,
    catch_up: |settings| schedule::within(settings.summary_catch_up_seconds),
};
const MONTH: JobKind = JobKind {
    name: "month",
    cron: "0 5 0 1 * *",
    rows: Rows::App,
    catch_up: |_| CatchUp::Each,
};

/// What jobs were run, for which instants.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Runs>>);

/// Job and instant.
type Runs = Vec<(String, DateTime<Utc>)>;

impl Log {
    fn note(&self, occasion: &JobRun) {
        self.0
            .lock()
            .unwrap()
            .push((occasion.lease.job.clone(), occasion.due_at));
    }

    fn take(&self) -> Runs {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn job(&self, kind: JobKind) -> Job {
        let log = self.clone();
        Job::new(kind, move |_, occasion| {
            log.note(occasion);
            Ok(JobResult::new("Đã làm.").count("done", 1))
        })
    }
}

fn house(store: &Store) -> App {
    App::new(store.clone(), Settings::default())
}

fn runner_on(store: &Store, db: &TestDb, jobs: Vec<Job>) -> Runner {
    let clock: Arc<ManualClock> = db.clock.clone();
    let runner = Runner::with_jobs(house(store), clock, jobs);
    runner.ensure(db.now()).unwrap();
    runner
}

fn runner(db: &TestDb, jobs: Vec<Job>) -> Runner {
    runner_on(&db.store, db, jobs)
}

fn run_at(db: &TestDb, runner: &Runner, instant: &str) -> Vec<RunReport> {
    db.set_clock(instant);
    runner.run_due(db.now()).unwrap()
}

fn said(reports: &[RunReport]) -> Vec<(&str, DateTime<Utc>, RunState)> {
    reports
        .iter()
        .map(|run| (run.job.as_str(), run.due_at, run.state))
        .collect()
}

fn all_runs(db: &TestDb, job: &str) -> Vec<RunRow> {
    let mut runs = db.store.read(|conn| rows::runs(conn, job, 1_000)).unwrap();
    runs.reverse();
    runs
}

fn row(db: &TestDb, job: &str) -> JobRow {
    db.store
        .read(|conn| rows::find(conn, job))
        .unwrap()
        .unwrap()
}

fn a_job_runs_once_for_its_instant(db: &TestDb) {
    let log = Log::default();
    let runner = runner(db, vec![log.job(DAILY)]);
    assert_eq!(run_at(db, &runner, "2026-11-20T15:59:59+07:00"), []);
    let due = at("2026-11-20T16:00:00+07:00");
    let reports = run_at(db, &runner, "2026-11-20T16:00:00+07:00");
    assert_eq!(said(&reports), [("daily", due, RunState::Done)]);
    assert_eq!(run_at(db, &runner, "2026-11-20T16:00:01+07:00"), []);
    assert_eq!(log.take(), [("daily".to_owned(), due)]);
    let [run] = all_runs(db, "daily").try_into().unwrap();
    assert_eq!(
        (run.state.as_str(), run.attempts, run.due_at),
        ("done", 1, At(due))
    );
    assert!(
        run.finished_at.is_some() && run.duration_ms.is_some() && run.error.is_none(),
        "{run:?}"
    );
    assert!(run.result.unwrap().counts.get("done") == Some(&1));
    let row = row(db, "daily");
    assert_eq!(
        (row.next_at, row.lease_token),
        (Some(At(at("2026-11-21T16:00:00+07:00"))), None)
    );
}

fn two_runners_leave_one_run_in_a_hundred_rounds(db: &TestDb) {
    let log = Log::default();
    let stores = [db.store.clone(), db.second_store()];
    let runners = stores
        .each_ref()
        .map(|store| runner_on(store, db, vec![log.job(DAILY)]));
    for round in 0..100 {
        db.clock
            .set(at("2026-11-20T16:00:00+07:00") + TimeDelta::days(round));
        let start = Barrier::new(2);
        let reports: Vec<RunReport> = std::thread::scope(|scope| {
            let both = runners.each_ref().map(|runner| {
                scope.spawn(|| {
                    start.wait();
                    runner.run_due(db.now()).unwrap()
                })
            });
            both.into_iter()
                .flat_map(|one| one.join().unwrap())
                .collect()
        });
        assert_eq!(
            said(&reports),
            [("daily", db.now(), RunState::Done)],
            "round {round}"
        );
        assert_eq!(
            log.take(),
            [("daily".to_owned(), db.now())],
            "round {round}"
        );
    }
    let runs = all_runs(db, "daily");
    assert_eq!(runs.len(), 100);
    assert!(
        runs.iter()
            .all(|run| run.attempts == 1 && *run.state == RunState::Done)
    );
}

fn a_short_outage_means_one_late_run(db: &TestDb) {
    let log = Log::default();
    run_at(
        db,
        &runner(db, vec![log.job(SUMMARY), log.job(MINUTE)]),
        "2026-11-20T15:59:00+07:00",
    );
    log.take();
    let reports = run_at(
        db,
        &runner(db, vec![log.job(SUMMARY), log.job(MINUTE)]),
        "2026-11-20T16:10:00+07:00",
    );
    let due = at("2026-11-20T16:00:00+07:00");
    let now = at("2026-11-20T16:10:00+07:00");
    assert_eq!(
        said(&reports),
        [
            ("summary", due, RunState::Done),
            ("minute", now, RunState::Done)
        ]
    );
    assert_eq!((reports[0].late_seconds, reports[1].late_seconds), (600, 0));
    let line = house(&db.store)
        .read(&Actor::system(), db.now(), |tx| {
            schedule::find(tx, "summary")
        })
        .unwrap();
    assert_eq!(line.last.unwrap().late_seconds, 600);
}

fn three_days_of_outage_are_judged_by_each_jobs_policy(db: &TestDb) {
    let log = Log::default();
    let each = JobKind {
        name: "each",
        catch_up: |_| CatchUp::Each,
        ..DAILY
    };
    let jobs = || vec![log.job(DAILY), log.job(SUMMARY), log.job(each)];
    run_at(db, &runner(db, jobs()), "2026-11-20T16:00:00+07:00");
    log.take();
    let reports = run_at(db, &runner(db, jobs()), "2026-11-24T08:00:00+07:00");
    let day = |day: u32| at(&format!("2026-11-{day}T16:00:00+07:00"));
    use RunState::{Done, Skipped};
    let expected = [
        ("each", day(21), Done),
        ("each", day(22), Done),
        ("daily", day(23), Done),
        ("summary", day(21), Skipped),
        ("summary", day(22), Skipped),
        ("summary", day(23), Done),
        ("each", day(23), Done),
    ];
    assert_eq!(said(&reports), expected);
    let states: Vec<RunState> = all_runs(db, "summary")
        .into_iter()
        .map(|run| *run.state)
        .collect();
    assert_eq!(states, [Done, Skipped, Skipped, Done]);
    assert_eq!(
        run_at(db, &runner(db, jobs()), "2026-11-24T08:00:01+07:00"),
        []
    );
}

fn every_month_end_of_an_outage_is_run_in_order(db: &TestDb) {
    let log = Log::default();
    runner(db, vec![log.job(MONTH)]);
    let reports = run_at(
        db,
        &runner(db, vec![log.job(MONTH)]),
        "2027-02-15T09:00:00+07:00",
    );
    let starts =
        ["2026-12-01", "2027-01-01", "2027-02-01"].map(|day| at(&format!("{day}T00:05:00+07:00")));
    assert_eq!(
        said(&reports),
        starts.map(|due| ("month", due, RunState::Done))
    );
    assert_eq!(
        row(db, "month").next_at,
        Some(At(at("2027-03-01T00:05:00+07:00")))
    );
}

fn a_storm_of_restarts_is_as_one_clean_run(db: &TestDb) {
    let log = Log::default();
    let jobs = || vec![log.job(DAILY), log.job(SUMMARY)];
    runner(db, jobs());
    for start in 0..30 {
        db.clock
            .set(at("2026-11-20T15:59:30+07:00") + TimeDelta::seconds(2 * start));
        let fresh = runner_on(&db.second_store(), db, jobs());
        fresh.run_due(db.now()).unwrap();
    }
    let due = at("2026-11-20T16:00:00+07:00");
    assert_eq!(
        log.take(),
        [("daily".to_owned(), due), ("summary".to_owned(), due)]
    );
}

/// Leaves the daily job as a process that was killed in its run leaves it.
fn break_off(db: &TestDb, token: &str) {
    let daily = row(db, "daily");
    let now = db.now();
    let lease = Lease {
        job: "daily".to_owned(),
        token: token.to_owned(),
    };
    let taken = db.store.write(|conn| {
        let taken = rows::claim(conn, &daily, now, now + TimeDelta::minutes(3), token)?;
        rows::aim(conn, &lease, now)?;
        let run = RunRow::begun("daily", now, now, 1);
        rows::insert_run(conn, &run)?;
        Ok::<_, StoreError>(taken)
    });
    assert!(taken.unwrap());
}

/// A token as this machine's process makes it, but of a process that has ended.
fn token_of_the_dead() -> String {
    let mut gone = std::process::Command::new("true").spawn().unwrap();
    let pid = gone.id();
    gone.wait().unwrap();
    // machine/namespace/process/start: ours, but for the process
    let mine = tinbai::worker::boot::Boot::own().name();
    let here: Vec<&str> = mine.split('/').take(2).collect();
    format!("{}/{pid}/1#1/0", here.join("/"))
}

fn a_broken_off_run_is_taken_up_at_the_next_start(db: &TestDb) {
    let log = Log::default();
    runner(db, vec![log.job(DAILY)]);
    db.set_clock("2026-11-20T16:00:00+07:00");
    break_off(db, &token_of_the_dead());
    let due = db.now();
    let reports = run_at(
        db,
        &runner(db, vec![log.job(DAILY)]),
        "2026-11-20T16:00:03+07:00",
    );
    assert_eq!(said(&reports), [("daily", due, RunState::Done)]);
    assert_eq!(reports[0].attempts, 2);
    assert_eq!(all_runs(db, "daily").len(), 1);
}

fn a_lease_of_another_machine_is_waited_for(db: &TestDb) {
    let log = Log::default();
    let runner = runner(db, vec![log.job(DAILY)]);
    db.set_clock("2026-11-20T16:00:00+07:00");
    break_off(db, "elsewhere/pid:[1]/77/1#1/0");
    assert_eq!(run_at(db, &runner, "2026-11-20T16:02:59+07:00"), []);
    let reports = run_at(db, &runner, "2026-11-20T16:03:00+07:00");
    assert_eq!(
        said(&reports),
        [("daily", at("2026-11-20T16:00:00+07:00"), RunState::Done)]
    );
}

fn a_clock_set_back_runs_nothing_twice(db: &TestDb) {
    let log = Log::default();
    let runner = runner(db, vec![log.job(DAILY), log.job(SUMMARY), log.job(MINUTE)]);
    run_at(db, &runner, "2026-11-20T16:30:00+07:00");
    log.take();
    assert_eq!(run_at(db, &runner, "2026-11-20T14:30:00+07:00"), []);
    assert_eq!(run_at(db, &runner, "2026-11-20T16:00:00+07:00"), []);
    assert_eq!(run_at(db, &runner, "2026-11-20T16:30:00+07:00"), []);
    assert_eq!(run_at(db, &runner, "2026-11-20T16:31:00+07:00").len(), 1);
}

fn a_clock_set_forward_runs_what_is_due_once(db: &TestDb) {
    let log = Log::default();
    let runner = runner(db, vec![log.job(DAILY), log.job(MINUTE)]);
    let tomorrow = at("2026-11-21T16:05:00+07:00");
    let reports = run_at(db, &runner, "2026-11-21T16:05:00+07:00");
    let due = at("2026-11-21T16:00:00+07:00");
    assert_eq!(
        said(&reports),
        [
            ("daily", due, RunState::Done),
            ("minute", tomorrow, RunState::Done)
        ]
    );
    for back in [
        "2026-11-20T16:05:00+07:00",
        "2026-11-21T16:00:00+07:00",
        "2026-11-21T16:05:00+07:00",
    ] {
        assert_eq!(run_at(db, &runner, back), [], "{back}");
    }
}

fn a_clock_that_ran_years_ahead_does_not_stop_the_schedule(db: &TestDb) {
    let log = Log::default();
    let (told, hears) = mpsc::channel();
    let minute = Job::new(MINUTE, {
        let log = log.clone();
        move |_, occasion: &JobRun| {
            log.note(occasion);
            told.send(occasion.due_at).unwrap();
            Ok(JobResult::quiet("Không có gì."))
        }
    });
    let runner = Arc::new(runner(db, vec![minute]));
    run_at(db, &runner, "2036-01-01T00:00:00+07:00");
    assert_eq!(hears.try_recv(), Ok(at("2036-01-01T00:00:00+07:00")));
    db.set_clock("2026-11-20T16:00:00+07:00");
    in_loop(&runner, |waker| {
        waker();
        // the loop has planned anew; the clock moves on
        db.set_clock("2026-11-20T16:01:00+07:00");
        for _ in 0..2_000 {
            waker();
            if let Ok(due) = hears.recv_timeout(Duration::from_millis(10)) {
                assert_eq!(due, at("2026-11-20T16:01:00+07:00"));
                return;
            }
            if row(db, "minute").next_at > Some(At(db.now())) {
                db.advance(TimeDelta::minutes(1));
                db.set_clock("2026-11-20T16:02:00+07:00");
                waker();
                assert_eq!(hears.recv_timeout(Duration::from_secs(20)), Ok(db.now()));
                return;
            }
        }
        panic!("the minute never came");
    });
}

/// Runs the loop on a runtime of its own while `body` goes on; `body` gets a function that wakes
/// it.
fn in_loop(runner: &Arc<Runner>, body: impl FnOnce(&dyn Fn())) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let waker = runner.waker();
    let running = runtime.spawn(runner.clone().run(async move {
        let _closed = stopped.await;
    }));
    body(&|| waker.wake());
    drop(stop);
    runtime.block_on(running).unwrap().unwrap();
}

fn a_trembling_clock_runs_nothing_twice(db: &TestDb) {
    let log = Log::default();
    let runner = runner(db, vec![log.job(DAILY), log.job(SUMMARY)]);
    let due = at("2026-11-20T16:00:00+07:00");
    for step in 0..100 {
        let tremble = TimeDelta::seconds((step * 37) % 61 - 30);
        db.clock.set(due + tremble);
        runner.run_due(db.now()).unwrap();
    }
    assert_eq!(
        log.take(),
        [("daily".to_owned(), due), ("summary".to_owned(), due)]
    );
}

fn a_long_run_does_not_overlap_itself_and_its_lateness_shows(db: &TestDb) {
    let (began, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    let slow = Job::new(MINUTE, move |_, _| {
        began.send(()).unwrap();
        may_go_on.lock().unwrap().recv().unwrap();
        Ok(JobResult::new("Xong."))
    });
    let first = runner(db, vec![slow.clone()]);
    let second = runner_on(&db.second_store(), db, vec![slow]);
    db.set_clock("2026-11-20T09:00:00+07:00");
    std::thread::scope(|scope| {
        let run = scope.spawn(|| first.run_due(at("2026-11-20T09:00:00+07:00")).unwrap());
        has_begun.recv().unwrap();
        assert_eq!(run_at(db, &second, "2026-11-20T09:02:30+07:00"), []);
        let late = schedule::health(&house(&db.store), db.now()).unwrap().late;
        assert_eq!(late, TimeDelta::seconds(150));
        go_on.send(()).unwrap();
        assert_eq!(run.join().unwrap().len(), 1);
    });
    go_on.send(()).unwrap();
    let reports = second.run_due(db.now()).unwrap();
    assert_eq!(
        said(&reports),
        [("minute", at("2026-11-20T09:02:00+07:00"), RunState::Done)]
    );
    assert_eq!(
        schedule::health(&house(&db.store), db.now()).unwrap().late,
        TimeDelta::zero()
    );
}

fn a_paused_runner_that_lost_its_lease_changes_nothing(db: &TestDb) {
    let log = Log::default();
    let (began, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    let paused = Job::new(DAILY, move |house, occasion| {
        began.send(()).unwrap();
        may_go_on.lock().unwrap().recv().unwrap();
        house.store.write(|conn| {
            occasion.lease.check(conn)?;
            tinbai::store::meta::put(conn, "late", "written").map_err(Error::from)
        })?;
        Ok(JobResult::new("Kẻ đến muộn."))
    });
    let first = runner(db, vec![paused]);
    let second = runner_on(&db.second_store(), db, vec![log.job(DAILY)]);
    let due = at("2026-11-20T16:00:00+07:00");
    db.clock.set(due);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| first.run_due(due).unwrap());
        has_begun.recv().unwrap();
        assert_eq!(
            said(&run_at(db, &second, "2026-11-20T16:04:00+07:00")),
            [("daily", due, RunState::Done)]
        );
        go_on.send(()).unwrap();
        assert_eq!(
            said(&run.join().unwrap()),
            [("daily", due, RunState::Failed)]
        );
    });
    assert_eq!(
        db.store
            .read(|conn| tinbai::store::meta::get(conn, "late"))
            .unwrap(),
        None
    );
    let [run] = all_runs(db, "daily").try_into().unwrap();
    assert_eq!((run.state.as_str(), run.attempts), ("done", 2));
    assert!(run.result.unwrap().sentence.contains("Đã làm."));
}

fn a_failing_job_is_tried_again_for_the_same_instant_and_stops_nobody(db: &TestDb) {
    let log = Log::default();
    let tries = Arc::new(Mutex::new(0));
    let failing = Job::new(
        JobKind {
            name: "failing",
            ..DAILY
        },
        {
            let tries = tries.clone();
            move |_, _| {
                let mut tries = tries.lock().unwrap();
                *tries += 1;
                if *tries < 3 {
                    Err(Error::not_found("unit"))
                } else {
                    Ok(JobResult::new("Rồi cũng xong."))
                }
            }
        },
    );
    let runner = runner(db, vec![failing, log.job(DAILY)]);
    let due = at("2026-11-20T16:00:00+07:00");
    let first = run_at(db, &runner, "2026-11-20T16:00:00+07:00");
    assert_eq!(
        said(&first),
        [
            ("failing", due, RunState::Failed),
            ("daily", due, RunState::Done)
        ]
    );
    assert_eq!(first[0].error.as_deref(), Some("unit not found"));
    assert_eq!(run_at(db, &runner, "2026-11-20T16:00:09+07:00"), []);
    let second = run_at(db, &runner, "2026-11-20T16:00:12+07:00");
    assert_eq!(
        (said(&second), second[0].attempts),
        (vec![("failing", due, RunState::Failed)], 2)
    );
    assert_eq!(run_at(db, &runner, "2026-11-20T16:00:30+07:00"), []);
    assert!(schedule::health(&house(&db.store), db.now()).unwrap().late == TimeDelta::seconds(30));
    let third = run_at(db, &runner, "2026-11-20T16:00:35+07:00");
    assert_eq!(
        (said(&third), third[0].attempts),
        (vec![("failing", due, RunState::Done)], 3)
    );
    let [run] = all_runs(db, "failing").try_into().unwrap();
    assert_eq!(
        (run.state.as_str(), run.attempts, run.error),
        ("done", 3, None)
    );
}

fn a_panicking_job_is_a_failed_attempt(db: &TestDb) {
    db.expect_failed_jobs();
    let log = Log::default();
    let panicking = Job::new(
        JobKind {
            name: "panicking",
            ..DAILY
        },
        |house: &App, _: &JobRun| {
            house.store.write(|conn| {
                tinbai::store::meta::put(conn, "half", "done")?;
                panic!("no such index");
                #[expect(unreachable_code, reason = "gives the closure its type")]
                Ok::<_, Error>(JobResult::default())
            })
        },
    );
    let runner = runner(db, vec![panicking, log.job(DAILY)]);
    let reports = run_at(db, &runner, "2026-11-20T16:00:00+07:00");
    let due = at("2026-11-20T16:00:00+07:00");
    assert_eq!(
        said(&reports),
        [
            ("panicking", due, RunState::Failed),
            ("daily", due, RunState::Done)
        ]
    );
    assert_eq!(reports[0].error.as_deref(), Some("panic: no such index"));
    assert_eq!(
        db.store
            .read(|conn| tinbai::store::meta::get(conn, "half"))
            .unwrap(),
        None
    );
}

fn a_failed_summary_is_given_up_when_it_is_too_old(db: &TestDb) {
    db.expect_failed_jobs();
    let broken = Job::new(SUMMARY, |_, _| Err(Error::Forbidden));
    let log = Log::default();
    run_at(db, &runner(db, vec![broken]), "2026-11-20T16:00:00+07:00");
    let reports = run_at(
        db,
        &runner(db, vec![log.job(SUMMARY)]),
        "2026-11-22T10:00:00+07:00",
    );
    let day = |day: u32| at(&format!("2026-11-{day}T16:00:00+07:00"));
    assert_eq!(
        said(&reports),
        [
            ("summary", day(20), RunState::Skipped),
            ("summary", day(21), RunState::Done)
        ]
    );
    let runs = all_runs(db, "summary");
    assert_eq!(
        (runs[0].state.as_str(), runs[0].error.as_deref()),
        ("failed", Some("not allowed"))
    );
}

fn quiet_runs_are_folded_and_others_kept(db: &TestDb) {
    let minute = Job::new(MINUTE, |_, occasion| {
        let found = occasion.due_at.timestamp() / 60 % 10 == 0;
        Ok(if found {
            JobResult::new("Có việc.")
        } else {
            JobResult::quiet("Không có gì.")
        })
    });
    let runner = runner(db, vec![minute]);
    for _ in 0..30 {
        db.advance(TimeDelta::minutes(1));
        runner.run_due(db.now()).unwrap();
    }
    db.advance(TimeDelta::hours(2) + TimeDelta::seconds(301));
    db.advance(TimeDelta::seconds(-1));
    runner.run_due(db.now()).unwrap();
    let minutes = |run: &RunRow| {
        (
            (*run.due_at - at("2026-11-20T08:00:00+07:00")).num_minutes(),
            run.quiet,
        )
    };
    let kept: Vec<(i64, bool)> = all_runs(db, "minute").iter().map(minutes).collect();
    assert_eq!(kept, [(10, false), (20, false), (30, false), (155, true)]);
}

fn broken_connections_are_replaced(db: &TestDb) {
    if db.kind() != Kind::Postgres {
        return;
    }
    db.expect_failed_jobs();
    let log = Log::default();
    let url = db.url().to_owned();
    let breaking = Job::new(
        JobKind {
            name: "breaking",
            ..DAILY
        },
        move |house: &App, _: &JobRun| {
            house.store.write(|_| {
                terminate_everybody(&url);
                Ok::<_, Error>(())
            })?;
            Ok(JobResult::default())
        },
    );
    let runner = runner(db, vec![breaking, log.job(DAILY)]);
    let reports = run_at(db, &runner, "2026-11-20T16:00:00+07:00");
    let due = at("2026-11-20T16:00:00+07:00");
    assert_eq!(
        said(&reports),
        [
            ("breaking", due, RunState::Failed),
            ("daily", due, RunState::Done)
        ]
    );
    terminate_everybody(db.url());
    assert_eq!(
        said(&run_at(db, &runner, "2026-11-20T16:00:20+07:00"))[0].0,
        "breaking"
    );
}

fn terminate_everybody(url: &str) {
    let mut conn = diesel::PgConnection::establish(url).unwrap();
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    diesel::sql_query(sql).execute(&mut conn).unwrap();
}

fn jobs_due_together_run_in_the_order_of_their_instants(db: &TestDb) {
    let log = Log::default();
    let early = JobKind {
        name: "early",
        cron: "0 5 0 * * *",
        ..DAILY
    };
    let runner = runner(
        db,
        vec![
            log.job(DAILY),
            log.job(MINUTE),
            log.job(early),
            log.job(SUMMARY),
        ],
    );
    run_at(db, &runner, "2026-11-21T16:00:00+07:00");
    let names: Vec<String> = log.take().into_iter().map(|(job, _)| job).collect();
    // the summary of the day before, then the opening of the day, then what is due now in the order
    // of the list
    assert_eq!(names, ["summary", "early", "daily", "minute", "summary"]);
}

/// Founds a federation; its id.
fn federation(store: &Store, code: &str) -> UnitId {
    let row = UnitRow {
        id: UnitId(0),
        code: code.to_owned(),
        name: format!("LĐLĐ {code}"),
        name_folded: format!("ldld {code}"),
        category: Category::Federation.into(),
        parent_id: None,
        federation_id: UnitId(0),
        cluster: None,
        founded_on: None,
        ended_on: None,
        counts_from: None,
        successor_id: None,
        mail: None,
        version: 1,
        created_at: DateTime::UNIX_EPOCH.into(),
        updated_at: DateTime::UNIX_EPOCH.into(),
    };
    store
        .write(|conn| units::insert(conn, row.clone()))
        .unwrap()
        .id
}

fn a_federation_founded_later_gets_its_row(db: &TestDb) {
    let kind = JobKind {
        rows: Rows::EachFederation,
        ..SUMMARY
    };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let job = Job::new(kind, {
        let seen = seen.clone();
        move |_, occasion| {
            seen.lock().unwrap().push(occasion.unit_id);
            Ok(JobResult::new("Đã tổng hợp."))
        }
    });
    let first = federation(&db.store, "ben-tre");
    let runner = runner(db, vec![job]);
    let second = federation(&db.store, "thanh-hoa");
    let settings = Settings::default();
    let found = |_: ()| {
        db.store
            .write(|conn| schedule::ensure_kinds(conn, [&kind], &settings.worker, db.now()))
            .unwrap();
    };
    found(());
    found(());
    let reports = run_at(db, &runner, "2026-11-20T16:00:00+07:00");
    let names: Vec<&str> = reports.iter().map(|run| run.job.as_str()).collect();
    assert_eq!(
        names,
        [format!("summary:{first}"), format!("summary:{second}")]
    );
    assert_eq!(*seen.lock().unwrap(), [Some(first), Some(second)]);
}

fn a_job_of_a_newer_version_or_with_a_broken_line_is_left_alone(db: &TestDb) {
    let log = Log::default();
    let runner = runner(db, vec![log.job(DAILY), log.job(MINUTE)]);
    let newer = JobRow {
        name: "newer".to_owned(),
        version: 1,
        ..row(db, "daily")
    };
    let broken = JobRow {
        cron: "0 16 * * *".to_owned(),
        ..row(db, "minute")
    };
    db.store
        .write(|conn| {
            rows::insert_if_absent(conn, &newer)?;
            rows::change(conn, &broken)
        })
        .unwrap();
    let reports = run_at(db, &runner, "2026-11-20T16:00:00+07:00");
    assert_eq!(said(&reports), [("daily", db.now(), RunState::Done)]);
}

fn the_loop_wakes_runs_and_stops(db: &TestDb) {
    let (told, hears) = mpsc::channel();
    let daily = Job::new(DAILY, move |_, occasion| {
        told.send(occasion.due_at).unwrap();
        Ok(JobResult::new("Đã làm."))
    });
    let runner = Arc::new(Runner::with_jobs(
        house(&db.store),
        db.clock.clone(),
        vec![daily],
    ));
    in_loop(&runner, |waker| {
        for day in [20, 21] {
            // The rows are made at the first turn, as of the clock then.
            while db
                .store
                .read(|conn| rows::find(conn, "daily"))
                .unwrap()
                .is_none()
            {
                std::thread::yield_now();
            }
            db.set_clock(&format!("2026-11-{day}T16:00:00+07:00"));
            waker();
            assert_eq!(hears.recv_timeout(Duration::from_secs(20)), Ok(db.now()));
        }
    });
    assert_eq!(all_runs(db, "daily").len(), 2);
}

fn the_whole_house(db: &TestDb) -> App {
    let house = house(&db.store);
    db.store
        .write(|conn| schedule::ensure(conn, &house.settings.worker, db.now()))
        .unwrap();
    house
}

fn a_line_is_checked_before_it_is_saved(db: &TestDb) {
    let house = the_whole_house(db);
    let set = |cron: &str| {
        let change = Change {
            cron: Some(cron.to_owned()),
            ..Change::default()
        };
        house.write(&Actor::cli(), db.now(), |tx| {
            schedule::change(tx, "purge", &change)
        })
    };
    for (line, code) in [
        ("0 3 * * *", "cron_five_fields"),
        ("0 0 0 30 2 *", "cron_never"),
    ] {
        match set(line) {
            Err(Error::Invalid(faults)) => {
                assert_eq!((faults[0].code, faults[0].field.as_ref()), (code, "cron"))
            }
            other => panic!("{line}: {other:?}"),
        }
    }
    let line = set("0 15 3 * * *").unwrap();
    assert_eq!(
        (line.next_at, line.version),
        (Some(At(at("2026-11-21T03:15:00+07:00"))), 2)
    );
    let stale = Change {
        enabled: Some(false),
        version: Some(1),
        ..Change::default()
    };
    assert!(matches!(
        house.write(&Actor::cli(), db.now(), |tx| schedule::change(
            tx, "purge", &stale
        )),
        Err(Error::Stale)
    ));
    let nothing = house.write(&Actor::cli(), db.now(), |tx| {
        schedule::change(tx, "purge", &Change::default())
    });
    assert!(matches!(nothing, Err(Error::Invalid(_))));
}

/// Runs only what takes out old rows.
fn purger(db: &TestDb, house: &App) -> Runner {
    let purge = tinbai::worker::jobs::all()
        .into_iter()
        .filter(|job| job.kind.name == "purge")
        .collect();
    Runner::with_jobs(house.clone(), db.clock.clone(), purge)
}

fn only_those_who_may_change_a_job(db: &TestDb) {
    let house = the_whole_house(db);
    let (own, other) = (
        federation(&db.store, "ben-tre"),
        federation(&db.store, "thanh-hoa"),
    );
    let kind = JobKind {
        rows: Rows::EachFederation,
        ..SUMMARY
    };
    db.store
        .write(|conn| schedule::ensure_kinds(conn, [&kind], &house.settings.worker, db.now()))
        .unwrap();
    let actor = |role| Actor {
        grants: vec![Grant::on(role, own)],
        ..Actor::cli()
    };
    let off = Change {
        enabled: Some(false),
        ..Change::default()
    };
    let change =
        |role, job: &str| house.write(&actor(role), db.now(), |tx| schedule::change(tx, job, &off));
    let (mine, theirs) = (format!("summary:{own}"), format!("summary:{other}"));
    assert!(matches!(change(Role::Leader, &mine), Err(Error::Forbidden)));
    assert!(matches!(
        change(Role::Department, &theirs),
        Err(Error::NotFound { what: "job" })
    ));
    assert!(matches!(
        change(Role::Department, "purge"),
        Err(Error::Forbidden)
    ));
    assert!(!change(Role::Department, &mine).unwrap().enabled);
    let seen: Vec<String> = house
        .read(&actor(Role::Viewer), db.now(), schedule::list)
        .unwrap()
        .into_iter()
        .map(|line| line.name)
        // those that wait until a department switches them on
        .filter(|name| {
            !name.contains("-digest:") && !name.contains("-table:") && !name.contains("-report:")
        })
        .collect();
    assert_eq!(
        seen,
        [
            "backup",
            "close-periods",
            "open-periods",
            "purge",
            &mine,
            "sweep"
        ]
    );
}

fn a_run_asked_for_happens_off_the_line(db: &TestDb) {
    let house = the_whole_house(db);
    let runner = purger(db, &house);
    db.set_clock("2026-11-20T09:12:13+07:00");
    let line = house
        .write(&Actor::cli(), db.now(), |tx| schedule::run_now(tx, "purge"))
        .unwrap();
    assert_eq!(line.next_at, Some(At(db.now())));
    assert_eq!(
        said(&runner.run_due(db.now()).unwrap()),
        [("purge", db.now(), RunState::Done)]
    );
    assert_eq!(
        row(db, "purge").next_at,
        Some(At(at("2026-11-21T02:30:00+07:00")))
    );
    let missing = house.write(&Actor::cli(), db.now(), |tx| {
        schedule::run_now(tx, "nothing")
    });
    assert!(matches!(missing, Err(Error::NotFound { what: "job" })));
}

fn a_disabled_job_does_not_catch_up_when_enabled(db: &TestDb) {
    let house = house(&db.store);
    let runner = purger(db, &house);
    runner.ensure(db.now()).unwrap();
    let set = |enabled| {
        let change = Change {
            enabled: Some(enabled),
            ..Change::default()
        };
        house
            .write(&Actor::cli(), db.now(), |tx| {
                schedule::change(tx, "purge", &change)
            })
            .unwrap()
    };
    set(false);
    assert_eq!(run_at(db, &runner, "2026-11-25T09:00:00+07:00"), []);
    assert_eq!(
        schedule::health(&house, db.now()).unwrap().late,
        TimeDelta::zero()
    );
    assert!(matches!(
        house.write(&Actor::cli(), db.now(), |tx| schedule::run_now(tx, "purge")),
        Err(Error::Conflict(_))
    ));
    assert_eq!(set(true).next_at, Some(At(at("2026-11-26T02:30:00+07:00"))));
    assert_eq!(runner.run_due(db.now()).unwrap(), []);
}

fn what_is_kept_no_longer_is_purged(db: &TestDb) {
    let mut settings = Settings::default();
    settings.worker.chunk = 3;
    let house = App::new(db.store.clone(), settings);
    let log = Log::default();
    let runner = runner(db, vec![log.job(DAILY)]);
    for _ in 0..10 {
        db.advance(TimeDelta::days(1));
        runner.run_due(db.now()).unwrap();
    }
    db.advance(TimeDelta::days(400) - TimeDelta::days(9));
    let result = purge_a_week_later(db, &house);
    assert_eq!(result.counts.get("job_runs"), Some(&7), "{result:?}");
    assert_eq!(
        all_runs(db, "daily").len(),
        3,
        "one of them ended exactly that long ago"
    );
    assert!(purge::run(&house, db.now()).unwrap().quiet);

    db.store
        .write(|conn| outbox::enqueue(conn, &mails(5, db.now())))
        .unwrap();
    db.store
        .write(|conn| outbox::mark_all_sent(conn, db.now()))
        .unwrap();
    db.advance(TimeDelta::hours(1));
    db.store
        .write(|conn| outbox::enqueue(conn, &[mail(6, db.now())]))
        .unwrap();
    db.advance(TimeDelta::days(393));
    let result = purge_a_week_later(db, &house);
    assert_eq!(
        result.counts.get("mails"),
        Some(&5),
        "what waits is kept: {result:?}"
    );
    assert_eq!(
        db.unread_mails(),
        ["unit-6@donvi.example: Nhắc hạn 16:00 ngày 20/11/2026 (6)"]
    );
}

/// Purges each day for a week after a leap of the clock: the last run deletes.
fn purge_a_week_later(db: &TestDb, house: &App) -> JobResult {
    for _ in 0..7 {
        let held = purge::run(house, db.now()).unwrap();
        assert_eq!(held.counts.get("held_back"), Some(&1), "{held:?}");
        db.advance(TimeDelta::days(1));
    }
    purge::run(house, db.now()).unwrap()
}

fn a_clock_that_leaps_ahead_deletes_nothing(db: &TestDb) {
    let house = the_whole_house(db);
    let runner = purger(db, &house);
    let purged = |local: &str| {
        db.set_clock(&format!("{local}T02:30:00+07:00"));
        let run = runner.run_due(db.now()).unwrap().pop().unwrap();
        assert_eq!((run.job.as_str(), run.state), ("purge", RunState::Done));
        run.result.unwrap()
    };
    assert!(purged("2026-11-21").quiet);
    db.enqueue(&mails(5, db.now()));
    db.store
        .write(|conn| outbox::mark_all_sent(conn, db.now()))
        .unwrap();
    let held = purged("2028-11-21");
    assert_eq!(held.counts.get("held_back"), Some(&1));
    assert_eq!(
        held.sentence,
        "Chưa xóa gì: đồng hồ đã nhảy từ 02:30 21/11/2026 đến 02:30 21/11/2028, hoặc máy chủ đã dừng lâu. \
         Nếu giờ đúng, việc xóa bắt đầu lại từ 02:30 28/11/2028."
    );
    assert_eq!(db.stats().sent, 5);
    db.set_clock("2026-11-21T12:00:00+07:00");
    assert!(runner.run_due(db.now()).unwrap().is_empty());
    assert!(purged("2026-11-22").quiet, "the clock is right again");
    assert_eq!(db.stats().sent, 5);
    // this time two years have really passed
    for day in 1..=7 {
        let held = purged(&format!("2028-12-{day:02}"));
        assert_eq!(held.counts.get("held_back"), Some(&1), "{held:?}");
    }
    assert_eq!(purged("2028-12-08").counts.get("mails"), Some(&5));
    assert_eq!(db.stats().sent, 0);
}

fn only_a_demonstration_may_run_ahead_of_the_clock(db: &TestDb) {
    let house = house(&db.store);
    let ahead = db.now() + TimeDelta::seconds(1);
    demo::allow_clock(&house, db.now(), db.now()).unwrap();
    assert!(matches!(
        demo::allow_clock(&house, ahead, db.now()),
        Err(Error::Invalid(_))
    ));
    house.write(&Actor::cli(), db.now(), demo::mark).unwrap();
    demo::allow_clock(&house, ahead, db.now()).unwrap();
}

fn meta(store: &Store, key: &str) -> Option<String> {
    store
        .read(|conn| tinbai::store::meta::get(conn, key))
        .unwrap()
}

fn set_meta(store: &Store, key: &str) -> Result<(), StoreError> {
    store.write(|conn| tinbai::store::meta::put(conn, key, "1"))
}

fn a_rehearsal_leaves_nothing_behind(db: &TestDb) {
    let other = db.second_store();
    let kept = db
        .store
        .rehearse(|stage| {
            set_meta(stage, "a").unwrap();
            assert_eq!(
                meta(stage, "a"),
                Some("1".to_owned()),
                "what was written is seen inside"
            );
            assert_eq!(
                meta(&stage.clone(), "a"),
                Some("1".to_owned()),
                "by clones too"
            );
            assert_eq!(meta(&other, "a"), None, "by nobody else");
            stage
                .write_committed(|conn| tinbai::store::meta::put(conn, "b", "1"))
                .unwrap();
            // a transaction inside a transaction would wait for itself
            let nested = stage.write(|_| set_meta(stage, "c"));
            assert!(matches!(nested, Err(StoreError::Busy(_))), "{nested:?}");
            assert!(stage.rehearse(|_| ()).is_err());
            stage.clone()
        })
        .unwrap();
    assert_eq!(
        (
            meta(&db.store, "a"),
            meta(&db.store, "b"),
            meta(&other, "c")
        ),
        (None, None, None)
    );
    assert!(
        matches!(set_meta(&kept, "d"), Err(StoreError::Unavailable(_))),
        "the rehearsal is over"
    );
    set_meta(&db.store, "e").unwrap();
}

fn a_rehearsal_survives_failures_and_panics_inside(db: &TestDb) {
    db.store
        .rehearse(|stage| {
            set_meta(stage, "first").unwrap();
            let failed = stage.write(|conn| {
                tinbai::store::meta::put(conn, "half", "1")?;
                // a row that the database refuses
                rows::insert_if_absent(
                    conn,
                    &JobRow {
                        unit_id: Some(UnitId(-1)),
                        ..some_job()
                    },
                )
                .map(|_| ())
            });
            assert!(
                failed.is_err() || !stage.is_sqlite(),
                "SQLite checks at once, {failed:?}"
            );
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                stage.write(|conn| {
                    tinbai::store::meta::put(conn, "panicked", "1")?;
                    assert!(conn_is_there(conn), "never");
                    Ok::<_, StoreError>(())
                })
            }));
            assert!(panicked.is_err());
            assert_eq!(meta(stage, "first"), Some("1".to_owned()));
            assert_eq!((meta(stage, "half"), meta(stage, "panicked")), (None, None));
        })
        .unwrap();
    assert_eq!(meta(&db.store, "first"), None);
    let out = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        db.store.rehearse(|stage| {
            set_meta(stage, "last").unwrap();
            panic!("the whole rehearsal");
        })
    }));
    assert!(out.is_err());
    assert_eq!(meta(&db.store, "last"), None);
    set_meta(&db.store, "after").unwrap();
}

fn conn_is_there(_: &tinbai::store::Conn) -> bool {
    false
}

fn some_job() -> JobRow {
    JobRow {
        name: "refused".to_owned(),
        unit_id: None,
        cron: "0 0 16 * * *".to_owned(),
        catch_up: "coalesce".to_owned(),
        enabled: true,
        next_at: None,
        retry_at: None,
        lease_until: None,
        lease_token: None,
        version: 1,
    }
}

fn a_rehearsal_of_what_is_due_shows_it_and_keeps_it_due(db: &TestDb) {
    let house = the_whole_house(db);
    let instant = at("2026-11-21T02:30:00+07:00");
    let before = row(db, "purge");
    let shown = tinbai::app::scheduler::rehearse_due(&house, instant).unwrap();
    let day = at("2026-11-21T00:00:00+07:00");
    let expected = [
        ("close-periods", day + TimeDelta::minutes(1), RunState::Done),
        ("open-periods", day + TimeDelta::minutes(5), RunState::Done),
        ("backup", day + TimeDelta::hours(1), RunState::Done),
        ("sweep", instant, RunState::Done),
        ("purge", instant, RunState::Done),
    ];
    assert_eq!(said(&shown.runs), expected);
    assert!(shown.dry_run && !shown.has_failures());
    assert_eq!((row(db, "purge"), all_runs(db, "purge").len()), (before, 0));
    let done = tinbai::app::scheduler::run_due(&house, instant).unwrap();
    assert_eq!(said(&done.runs), said(&shown.runs));
    assert_eq!(
        tinbai::app::scheduler::run_due(&house, instant)
            .unwrap()
            .runs,
        []
    );
}

/// Runs the binary on the test's database in a process whose zone is `tz`.
fn tinbai(db: &TestDb, tz: &str, words: &[&str]) -> (i32, String, String) {
    let mut command = std::process::Command::new(program());
    command
        .args(words)
        .env("TZ", tz)
        .env("TINBAI_DATABASE__URL", db.url())
        .env("TINBAI_TELEMETRY__FILTER", "warn");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn the_time_zone_of_the_process_does_not_matter(db: &TestDb) {
    let due = [
        "run-due",
        "--dry-run",
        "--at",
        "2031-03-09T02:30:00+07:00",
        "--json",
    ];
    let told = |tz: &str| {
        let (_, jobs, _) = tinbai(db, tz, &["jobs", "--json"]);
        let (code, due, err) = tinbai(db, tz, &due);
        assert_eq!(code, 0, "{err}");
        let due: serde_json::Value = serde_json::from_str(&due).unwrap();
        (jobs, due["runs"][3]["due_at"].clone())
    };
    let here = told("Asia/Ho_Chi_Minh");
    assert_eq!(here.1, "2031-03-08T19:30:00Z");
    for tz in ["UTC", "America/New_York", "Asia/Ho_Chi_Minh"] {
        assert_eq!(told(tz), here, "{tz}");
    }
}

fn jobs_are_listed_and_changed_at_the_command_line(db: &TestDb) {
    let run = |words: &[&str]| tinbai(db, "UTC", words);
    let (code, list, _) = run(&["jobs"]);
    assert_eq!(code, 0);
    assert!(
        list.starts_with("Việc ") && list.contains("purge          0 30 2 * * *"),
        "{list}"
    );
    let (code, _, err) = run(&["jobs", "set", "purge", "--cron", "0 3 * * *"]);
    assert_eq!(code, 2);
    assert!(err.contains("0 0 3 * * *"), "{err}");
    let (code, list, err) = run(&[
        "jobs",
        "set",
        "purge",
        "--cron",
        "0 15 3 * * *",
        "--disable",
    ]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(
        list.contains("0 15 3 * * *") && list.contains("đang tắt"),
        "{list}"
    );
    assert_eq!(run(&["jobs", "set", "nothing", "--enable"]).0, 2);
    let (code, _, err) = run(&["run-due", "--at", "2099-01-01T00:00:00+07:00"]);
    assert_eq!(code, 2);
    assert!(err.contains("--dry-run"), "{err}");
    run(&["jobs", "set", "purge", "--enable"]);
    let (code, shown, _) = run(&["run-due", "--dry-run", "--at", "2099-01-01T00:00:00+07:00"]);
    assert_eq!(code, 0);
    assert!(
        shown.contains("chạy thử") && shown.contains("31/12/2098 03:15"),
        "{shown}"
    );
    for job in ["close-periods", "open-periods", "sweep", "purge"] {
        run(&["jobs", "set", job, "--disable"]);
    }
    let (_, nothing, _) = run(&["run-due"]);
    assert!(
        nothing.starts_with("Không có việc nào đến hạn"),
        "{nothing}"
    );
}
