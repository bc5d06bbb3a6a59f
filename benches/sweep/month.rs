//! The database that the bench of the sweep starts from, made once by the use cases of the house and kept below the target folder:
//! a federation with 100,000 grassroots unions, each with its own mail address and nobody else; a million items over the year
//! 2026; a plan that asks each union for three items a month, of which in no month anybody hands in more than two; and November
//! open, everything handed in so far credited. The month ends at midnight, and nobody has been looked at since.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::json;
use tinbai::config::Settings;
use tinbai::domain::access::Actor;
use tinbai::domain::plan::NewPlan;
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::obligations::open;
use tinbai::service::plans::{self, NewRule};
use tinbai::service::policies::{self, SetPolicy};
use tinbai::service::{House, sweep, units};
use tinbai::store::{Store, StoreOptions};

use super::cli;
use super::support::folder;

/// Unions, and obligations of the month.
pub const UNITS: usize = 100_000;
/// First and last instant of the month, the second not included, in microseconds.
pub const MONTH: (i64, i64) = (1_793_466_000_000_000, 1_796_058_000_000_000);

/// An instant written with its offset.
pub fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("an instant").to_utc()
}

/// The house on a database.
pub fn house(file: &Path) -> House {
    let mut options = StoreOptions::new(file.to_string_lossy());
    options.pool_size = 1;
    House::new(Store::open(&options).expect("a database"), Settings::default())
}

/// The database, made if it is not there.
pub fn base() -> PathBuf {
    let file = folder().join("sweep-base.db");
    if file.exists() {
        println!("database: {} (delete it to have it made anew)", file.display());
        return file;
    }
    println!("database: {} is being made", file.display());
    let draft = folder().join("sweep-draft.db");
    for end in ["", "-wal", "-shm"] {
        let _missing = fs::remove_file(format!("{}{end}", draft.display()));
    }
    make(&draft);
    fs::rename(&draft, &file).expect("the database at its place");
    file
}

fn make(file: &Path) {
    let before = at("2026-10-15T08:00:00+07:00");
    let federation = {
        let house = house(file);
        house.store.migrate().expect("its tables");
        let federation = NewUnit {
            code: "tinh".into(),
            name: "Liên đoàn Lao động tỉnh".into(),
            category: Category::Federation,
            parent_id: None,
            cluster: None,
            founded_on: None,
            mail: Some("tinh@ldld.example".into()),
        };
        units::found(&house, &Actor::cli(), &federation, before).expect("a federation").unit.id
    };
    cli::run(file, &format!("{}\n{}", unions(federation), items(federation)));
    let house = house(file);
    plan(&house, federation, before);
    // Late on the month's last day, so that everything that arrived is credited and counted when the sweep has looked at it.
    let last_minutes = at("2026-11-30T23:57:00+07:00");
    open::run(&house, last_minutes).expect("the month");
    let check = at("2026-11-30T23:58:00+07:00");
    let folded = sweep::run(&house, check, check).expect("a sweep");
    assert_eq!((folded.looked_at, folded.missed, folded.mails), (UNITS, 0, 0), "{folded:?}");
    drop(house);
    cli::run(file, "PRAGMA wal_checkpoint(TRUNCATE);");
}

fn unions(federation: i64) -> String {
    format!(
        "BEGIN;
         INSERT INTO unit (code, name, name_folded, name_sort, category, parent_id, federation_id, mail, created_at, updated_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {UNITS})
         SELECT 'cs-' || i, 'Công đoàn cơ sở số ' || i, 'cong doan co so so ' || i, printf('%06d', i), 'grassroots',
             {federation}, {federation}, 'cs-' || i || '@donvi-' || (i % 100) || '.example', 0, 0
         FROM n;
         INSERT INTO unit_ancestor (unit_id, ancestor_id, depth)
         SELECT id, id, 0 FROM unit WHERE category = 'grassroots';
         INSERT INTO unit_ancestor (unit_id, ancestor_id, depth)
         SELECT id, {federation}, 1 FROM unit WHERE category = 'grassroots';
         COMMIT;"
    )
}

/// Ten items a union, one in each tenth of the year. The numbers in it are primes that scatter unions and instants.
fn items(federation: i64) -> String {
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

/// Three items a month of every union; the step at the due instant goes to the union itself.
fn plan(house: &House, federation: i64, now: DateTime<Utc>) {
    let cli = Actor::cli();
    let patch = json!({"ladders": {"month": [{"name": "due", "offset": "at_due", "audience": ["leader"]}]}});
    let policy = SetPolicy {
        valid_from: "2026-11-01".parse().expect("a date"),
        patch: serde_json::from_value(patch).expect("a policy"),
        legal_basis: None,
    };
    policies::set(house, &cli, federation, &policy, 0, now).expect("a policy");
    let new = NewPlan {
        unit_id: federation,
        code: "chi-tieu".into(),
        year: 2026,
        title: "Chỉ tiêu năm 2026".into(),
        document_number: Some("01/KH-LĐLĐ".into()),
        document_date: Some("2026-01-10".parse().expect("a date")),
        issuer: Some("LĐLĐ tỉnh".into()),
    };
    let head = plans::draft(house, &cli, &new, now).expect("a draft").head;
    let content = json!({
        "title": "3 tin, bài mỗi tháng",
        "subject": {"type": "units", "categories": ["grassroots"]},
        "kinds": ["tin", "bai"],
        "period": "month",
        "minimum": 3,
    });
    let content = serde_json::from_value(content).expect("a rule");
    let rule = NewRule { code: "tin".into(), content, effective_from: None };
    let head = plans::add_rule(house, &cli, head.id, &rule, head.version, now).expect("a rule of it").head;
    let head = plans::approve(house, &cli, head.id, head.version, now).expect("it approved").head;
    let from = "2026-11-01".parse().expect("a date");
    plans::put_in_force(house, &cli, head.id, Some(from), head.version, now).expect("it in force");
}
