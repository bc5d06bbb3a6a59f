//! Scores of 4,000 units in one go, ranks included, beside the `sqlite3` command-line tool reading
//! the same rows (units, obligations, items) from the same file and doing nothing with them; and the same
//! as of an earlier instant. `cargo bench --bench scores`; figures: docs/PERFORMANCE.md.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench reports on standard output and may fail loudly"
)]

#[path = "support/app.rs"]
mod app;
#[path = "support/cli.rs"]
mod cli;
#[path = "support/federation.rs"]
mod federation;
#[path = "support/plan.rs"]
mod plan;
#[path = "support/mod.rs"]
mod support;
#[path = "support/timer.rs"]
mod timer;
#[path = "support/unions.rs"]
mod unions;

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;
use tinbai::domain::access::Actor;
use tinbai::domain::ids::UnitId;
use tinbai::domain::score::ScoreGroup;
use tinbai::domain::unit::Category;
use tinbai::service::App;
use tinbai::service::notices::sweep;
use tinbai::service::obligations::open;
use tinbai::service::scores;
use tinbai::service::scores::{BoardQuery, PutScheme};

use app::{app, clear};
use federation::federation;
use plan::plan;
use support::{Load, Rounds, folder};
use unions::{at, unions};

const UNITS: usize = 4_000;
const ROUNDS: usize = 9;
/// A quota of each month and one of the year.
const OBLIGATIONS: usize = 13 * UNITS;
const ITEMS: usize = 12 * UNITS;
const NOW: &str = "2027-01-08T08:00:00+07:00";
/// An instant within the year.
const BEFORE: &str = "2026-10-08T08:00:00+07:00";

fn main() {
    let (file, federation) = made();
    let app = app(&file);
    let group = ScoreGroup {
        unit_id: federation,
        year: 2026,
        category: Category::Grassroots,
    };
    let read = rows(federation);
    println!("sqlite3 {}", timer::version());
    let load = Load::read();
    for (title, as_of) in [
        ("4,000 units scored and ranked, ms", None),
        (
            "the same as they stood in October, every fact replayed, ms",
            Some(at(BEFORE)),
        ),
    ] {
        let query = BoardQuery { group, at: as_of };
        scored(&app, query);
        let rounds = Rounds::run(
            ROUNDS,
            || scored(&app, query),
            || timer::time(&file, &read, &read) * 1e3,
        );
        rounds.print(title, "tinbai", "sqlite3, the same rows read");
    }
    load.print_foreign();
}

fn scored(app: &App, query: BoardQuery) -> f64 {
    let start = Instant::now();
    let table = app.read(&Actor::cli(), at(NOW), |tx| scores::table(tx, query));
    let table = table.expect("a table");
    let took = start.elapsed();
    assert_eq!(
        black_box(table)
            .rows
            .iter()
            .filter(|row| row.rank.is_some())
            .count(),
        UNITS
    );
    took.as_secs_f64() * 1e3
}

/// The rows and columns that scores are made of, read to nowhere.
fn rows(federation: UnitId) -> String {
    let field = format!(
        "SELECT id FROM unit WHERE federation_id = {federation} AND category = 'grassroots'"
    );
    let text = format!(
        ".output /dev/null
         SELECT id, code, name, cluster, founded_on, ended_on FROM unit WHERE id IN ({field});
         SELECT id, unit_id, rule_version_id, kind, period, state, required, done, decided_at, due_at FROM obligation
         WHERE unit_id IN ({field}) AND year = 2026 AND person_id IS NULL AND state NOT IN ('open', 'awaiting_review')
         ORDER BY id;
         SELECT id, credited_unit_id, kind, state, arrived_at, published_at, grade FROM item
         WHERE credited_unit_id IN ({field}) AND arrived_at >= {} AND arrived_at < {};
         .output stdout",
        at("2026-01-01T00:00:00+07:00").timestamp_micros(),
        at("2027-01-01T00:00:00+07:00").timestamp_micros(),
    );
    // the tool takes its own commands at the beginning of a line only
    text.lines()
        .map(str::trim_start)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A closed year of 4,000 unions that owe an item a month and an in-depth article a year; its file
/// and the federation's id.
fn made() -> (PathBuf, UnitId) {
    let file = folder().join("scores.db");
    clear(&file);
    let begin = at("2025-12-20T08:00:00+07:00");
    let federation = federation(&file, begin);
    cli::run(
        &file,
        &format!(
            "{}\n{}",
            unions(federation, UNITS, "NULL"),
            items(federation)
        ),
    );
    let app = app(&file);
    let rule = |kind: &str, period: &str| {
        json!({
            "title": kind,
            "subject": {"type": "units", "categories": ["grassroots"]},
            "kinds": [kind],
            "period": period,
            "minimum": 1,
        })
    };
    let rules = [
        ("tin", rule("tin", "month")),
        ("bai-chuyen-sau", rule("bai_chuyen_sau", "year")),
    ];
    plan(
        &app,
        federation,
        &rules,
        "2026-01-01".parse().expect("a date"),
        begin,
    );
    for month in 1..=12 {
        let first = at(&format!("2026-{month:02}-01T00:30:00+07:00"));
        open::run(&app, first).expect("a month opened");
        sweep::run(&app, first, first).expect("a sweep");
    }
    for day in [1, 4, 6, 8] {
        let check = at(&format!("2027-01-{day:02}T07:30:00+07:00"));
        sweep::run(&app, check, check).expect("a sweep");
    }
    let scheme = PutScheme {
        preset: Some("simple".into()),
        scheme: None,
        document_number: "12/HD-LĐLĐ".into(),
        document_date: None,
    };
    let group = ScoreGroup {
        unit_id: federation,
        year: 2026,
        category: Category::Grassroots,
    };
    let saved = app.write(&Actor::cli(), at(NOW), |tx| {
        scores::save_scheme(tx, group, &scheme, 0)
    });
    saved.expect("a scheme");
    drop(app);
    cli::run(&file, "PRAGMA wal_checkpoint(TRUNCATE);");
    let closed = cli::run(
        &file,
        "SELECT count(*) FROM obligation WHERE state IN ('met_on_time', 'met_late', 'missed');",
    );
    assert_eq!(
        closed.trim(),
        OBLIGATIONS.to_string(),
        "all of the year is closed"
    );
    (file, federation)
}

/// An item a month of each union, every twelfth in-depth, some of them never published.
fn items(federation: UnitId) -> String {
    let begin = at("2026-01-01T00:00:00+07:00").timestamp();
    let month = 365 * 86_400 / 12;
    format!(
        "BEGIN;
         INSERT INTO item (unit_id, credited_unit_id, kind, title, title_folded, channel, state, submitted_at, approved_at,
             arrived_at, published_at, grade, created_at, updated_at)
         WITH RECURSIVE
             n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {ITEMS} - 1),
             scattered (i, unit, at) AS (
                 SELECT i, {federation} + 1 + (i * 7919) % {UNITS},
                     ({begin} + i / {UNITS} * {month} + (i * 104729) % {month}) * 1000000
                 FROM n)
         SELECT unit, unit, CASE WHEN i % 12 = 0 THEN 'bai_chuyen_sau' ELSE 'tin' END, 'Tin số ' || i, 'tin so ' || i, 'web',
             CASE i % 20 WHEN 0 THEN 'rejected' ELSE 'published' END,
             at, at, at, CASE WHEN i % 20 > 0 THEN at + 86400000000 END, CASE WHEN i % 20 > 0 THEN 1 + i % 5 END, at, at
         FROM scattered;
         COMMIT;"
    )
}
