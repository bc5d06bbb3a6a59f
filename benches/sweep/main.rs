//! P1 and P3: a check over a million items. P1 is who is late among 100,000 unions at the end of a
//! month, beside the month's aggregate (count by unit and kind) in the `sqlite3` command-line tool
//! on the same file. P3 is the whole check, which writes states and ledger and queues 100,000
//! mails, beside that aggregate and the same rows of mails, queue and ledger inserted by the tool
//! in one transaction. `cargo bench --bench sweep`; figures: docs/PERFORMANCE.md.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench reports on standard output and may fail loudly"
)]

#[path = "../support/app.rs"]
mod app;
#[path = "../support/cli.rs"]
mod cli;
#[path = "../support/federation.rs"]
mod federation;
mod month;
#[path = "../support/plan.rs"]
mod plan;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/timer.rs"]
mod timer;
#[path = "../support/unions.rs"]
mod unions;

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tinbai::domain::access::Actor;
use tinbai::service::App;
use tinbai::service::notices::sweep;
use tinbai::service::obligations::standings;

use app::{app, clear};
use month::{MONTH, UNITS, base};
use support::{Load, Rounds, folder};
use unions::at;

const ROUNDS: usize = 7;
/// The first office hour after the month's end: the check judges as of midnight, and its mails may
/// leave.
const CHECK: &str = "2026-12-01T08:00:00+07:00";

fn main() {
    let base = base();
    let aggregate = best_aggregate(&base);
    let swept = Copied::of(&base, "sweep-swept.db");
    let report = sweep::run(&app(&swept.0), at(CHECK), at(CHECK)).expect("a sweep");
    println!("the check: {report:?}");
    assert_eq!(
        (report.missed, report.mails),
        (UNITS, UNITS),
        "everybody is late and hears of it"
    );

    // `cargo bench --bench sweep -- P3` measures only that
    let wanted = |name: &str| {
        std::env::args()
            .skip(1)
            .all(|arg| arg.starts_with('-') || arg == name)
    };
    let load = Load::read();
    if wanted("P1") {
        let before = app(&base);
        late(&before);
        let rounds = Rounds::run(
            ROUNDS,
            || late(&before),
            || month_aggregate(&base, &aggregate),
        );
        rounds.print(
            "P1, before the check was held, ms",
            "tinbai, who is late",
            "sqlite3, aggregate of the month",
        );
        let after = app(&swept.0);
        late(&after);
        let rounds = Rounds::run(
            ROUNDS,
            || late(&after),
            || month_aggregate(&base, &aggregate),
        );
        rounds.print(
            "P1, after the check, ms",
            "tinbai, who is late",
            "sqlite3, aggregate of the month",
        );
    }
    if wanted("P3") {
        let bar = || month_aggregate(&base, &aggregate) + inserted(&base, &swept.0);
        let rounds = Rounds::run(ROUNDS, || whole_check(&base), bar);
        rounds.print(
            "P3, ms",
            "tinbai, the whole check",
            "sqlite3, aggregate and insert",
        );
    }
    load.print_foreign();
}

/// A copy of the database that goes away with this value.
struct Copied(PathBuf);

impl Copied {
    fn of(base: &Path, name: &str) -> Self {
        let file = folder().join(name);
        fs::copy(base, &file).expect("a copy");
        // What is still to be written of it is no part of what is measured.
        fs::File::open(&file)
            .and_then(|copy| copy.sync_all())
            .expect("a copy on disk");
        Self(file)
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        clear(&self.0);
    }
}

/// The month's aggregate over the index that the tool is fastest with.
fn best_aggregate(base: &Path) -> String {
    println!("sqlite3 {}", timer::version());
    let mut all: Vec<(f64, String)> = ["item_arrival", "item_credit"]
        .into_iter()
        .map(|index| {
            let (from, to) = MONTH;
            let sql = format!(
                "SELECT count(*), sum(n) FROM (SELECT credited_unit_id, kind, count(*) AS n FROM item INDEXED BY {index}
                 WHERE arrived_at >= {from} AND arrived_at < {to} AND state NOT IN ('rejected', 'withdrawn')
                 GROUP BY credited_unit_id, kind);"
            );
            let took = month_aggregate(base, &sql);
            println!("{index}, {took:.0} ms: {}", cli::run(base, &format!("EXPLAIN QUERY PLAN {sql}")).trim());
            (took, sql)
        })
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.swap_remove(0).1
}

fn month_aggregate(base: &Path, sql: &str) -> f64 {
    // Once before, for warm caches on this side too.
    timer::time(base, sql, sql) * 1e3
}

fn late(app: &App) -> f64 {
    let due = at("2026-11-30T16:00:00+07:00")..at(CHECK);
    let start = Instant::now();
    let found = app.read(&Actor::system(), at(CHECK), |tx| {
        standings::overdue(tx, None, &due)
    });
    let found = black_box(found.expect("who is late"));
    let took = start.elapsed();
    assert_eq!((found.fell_due, found.units.len()), (UNITS, UNITS));
    took.as_secs_f64() * 1e3
}

fn whole_check(base: &Path) -> f64 {
    let copy = Copied::of(base, "sweep-round.db");
    let app = app(&copy.0);
    let start = Instant::now();
    let report = sweep::run(&app, at(CHECK), at(CHECK)).expect("a sweep");
    let took = start.elapsed();
    assert_eq!(report.mails, UNITS);
    took.as_secs_f64() * 1e3
}

fn inserted(base: &Path, swept: &Path) -> f64 {
    let copy = Copied::of(base, "sweep-round.db");
    let attach = format!(
        "ATTACH '{}' AS swept; SELECT count(*) FROM swept.message;",
        swept.display()
    );
    let insert = "BEGIN IMMEDIATE;
        INSERT INTO message SELECT * FROM swept.message;
        INSERT INTO queue SELECT * FROM swept.queue;
        INSERT INTO reminder SELECT * FROM swept.reminder;
        COMMIT;";
    timer::time(&copy.0, &attach, insert) * 1e3
}
