//! The database that the bench of the sweep starts from, made once by the use cases of the house
//! and kept below the target folder: a federation with 100,000 grassroots unions, each with its own
//! mail address and nobody else; a million items over the year 2026; a plan that asks each union
//! for three items a month, of which in no month anybody hands in more than two; and November open,
//! everything handed in so far credited. The month ends at midnight, and nobody has been looked at
//! since.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::json;
use tinbai::domain::access::Actor;
use tinbai::domain::ids::UnitId;
use tinbai::service::App;
use tinbai::service::notices::sweep;
use tinbai::service::obligations::open;
use tinbai::service::rules::policies;
use tinbai::service::rules::policies::SetPolicy;

use super::app::{app, clear};
use super::cli;
use super::federation::federation;
use super::plan::plan;
use super::support::folder;
use super::unions::{at, unions};

/// Unions, and obligations of the month.
pub const UNITS: usize = 100_000;
/// First and last instant of the month, the second not included, in microseconds.
pub const MONTH: (i64, i64) = (1_793_466_000_000_000, 1_796_058_000_000_000);

/// The database, made if it is not there.
pub fn base() -> PathBuf {
    let file = folder().join("sweep-base.db");
    if file.exists() {
        println!(
            "database: {} (delete it to have it made anew)",
            file.display()
        );
        return file;
    }
    println!("database: {} is being made", file.display());
    let draft = folder().join("sweep-draft.db");
    clear(&draft);
    make(&draft);
    fs::rename(&draft, &file).expect("the database at its place");
    file
}

fn make(file: &Path) {
    let before = at("2026-10-15T08:00:00+07:00");
    let federation = federation(file, before);
    let mail = "'cs-' || i || '@donvi-' || (i % 100) || '.example'";
    cli::run(
        file,
        &format!("{}\n{}", unions(federation, UNITS, mail), items(federation)),
    );
    let app = app(file);
    own_address_only(&app, federation, before);
    let content = json!({
        "title": "3 tin, bài mỗi tháng",
        "subject": {"type": "units", "categories": ["grassroots"]},
        "kinds": ["tin", "bai"],
        "period": "month",
        "minimum": 3,
    });
    plan(
        &app,
        federation,
        &[("tin", content)],
        "2026-11-01".parse().expect("a date"),
        before,
    );
    // Late on the month's last day, so that everything that arrived is credited and counted when
    // the sweep has looked at it.
    let last_minutes = at("2026-11-30T23:57:00+07:00");
    open::run(&app, last_minutes).expect("the month");
    let check = at("2026-11-30T23:58:00+07:00");
    let folded = sweep::run(&app, check, check).expect("a sweep");
    assert_eq!(
        (folded.examined, folded.missed, folded.mails),
        (UNITS, 0, 0),
        "{folded:?}"
    );
    drop(app);
    cli::run(file, "PRAGMA wal_checkpoint(TRUNCATE);");
}

/// Ten items a union, one in each tenth of the year. The numbers in it are primes that scatter
/// unions and instants.
fn items(federation: UnitId) -> String {
    let (begin, tenth) = (1_767_200_400_i64, 365 * 86_400 / 10);
    format!(
        "BEGIN;
         INSERT INTO item (unit_id, credited_unit_id, kind, title, title_folded, channel, state, submitted_at, approved_at,
             arrived_at, published_at, created_at, updated_at)
         WITH RECURSIVE
             n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 10 * {UNITS} - 1),
             scattered (i, unit, at) AS (
                 SELECT i, {federation} + 1 + (i * 7919) % {UNITS},
                     ({begin} + i / {UNITS} * {tenth} + (i * 104729) % {tenth}) * 1000000
                 FROM n)
         SELECT unit, unit, CASE WHEN i % 10 < 7 THEN 'tin' ELSE 'bai' END,
             'Tin, bài số ' || i || ' về hoạt động công đoàn', 'tin, bai so ' || i || ' ve hoat dong cong doan', 'web',
             CASE i % 20 WHEN 0 THEN 'rejected' WHEN 1 THEN 'approved' ELSE 'published' END,
             at, at, at, CASE WHEN i % 20 > 1 THEN at + 86400000000 END, at, at
         FROM scattered;
         COMMIT;"
    )
}

/// The step at the due instant goes to the union itself.
fn own_address_only(app: &App, federation: UnitId, now: DateTime<Utc>) {
    let patch = json!({"ladders": {"month": [{"name": "due", "offset": "at_due", "audience": ["leader"]}]}});
    let policy = SetPolicy {
        valid_from: "2026-11-01".parse().expect("a date"),
        patch: serde_json::from_value(patch).expect("a policy"),
        legal_basis: None,
    };
    app.write(&Actor::cli(), now, |tx| {
        policies::set(tx, federation, &policy, 0)
    })
    .expect("a policy");
}
