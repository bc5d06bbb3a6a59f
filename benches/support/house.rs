//! What the benches that make a database of their own share: instants, a house on a file, its federation, a plan put in force.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use tinbai::config::Settings;
use tinbai::domain::access::Actor;
use tinbai::domain::plan::NewPlan;
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::plans::{self, NewRule};
use tinbai::service::{House, units};
use tinbai::store::{Store, StoreOptions};

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

/// Takes a database away, if it is there.
pub fn clear(file: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _missing = fs::remove_file(PathBuf::from(format!("{}{end}", file.display())));
    }
}

/// Founds the federation of a new database; its id.
pub fn federation(file: &Path, now: DateTime<Utc>) -> i64 {
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
    units::found(&house, &Actor::cli(), &federation, now).expect("a federation").unit.id
}

/// Grassroots unions below the federation, as statements; `mail` is the expression of their address.
pub fn unions(federation: i64, number: usize, mail: &str) -> String {
    format!(
        "BEGIN;
         INSERT INTO unit (code, name, name_folded, name_sort, category, parent_id, federation_id, mail, created_at, updated_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number})
         SELECT 'cs-' || i, 'Công đoàn cơ sở số ' || i, 'cong doan co so so ' || i, printf('%06d', i), 'grassroots',
             {federation}, {federation}, {mail}, 0, 0
         FROM n;
         INSERT INTO unit_ancestor (unit_id, ancestor_id, depth)
         SELECT id, id, 0 FROM unit WHERE category = 'grassroots';
         INSERT INTO unit_ancestor (unit_id, ancestor_id, depth)
         SELECT id, {federation}, 1 FROM unit WHERE category = 'grassroots';
         COMMIT;"
    )
}

/// Puts a plan of 2026 with these rules (code, content) in force from a day on.
pub fn plan(house: &House, federation: i64, rules: &[(&str, Value)], from: NaiveDate, now: DateTime<Utc>) {
    let cli = Actor::cli();
    let new = NewPlan {
        unit_id: federation,
        code: "chi-tieu".into(),
        year: 2026,
        title: "Chỉ tiêu năm 2026".into(),
        document_number: Some("01/KH-LĐLĐ".into()),
        document_date: Some("2025-12-19".parse().expect("a date")),
        issuer: Some("LĐLĐ tỉnh".into()),
    };
    let mut head = plans::draft(house, &cli, &new, now).expect("a draft").head;
    for (code, content) in rules {
        let content = serde_json::from_value(content.clone()).expect("a rule");
        let rule = NewRule { code: (*code).into(), content, effective_from: None };
        head = plans::add_rule(house, &cli, head.id, &rule, head.version, now).expect("a rule of it").head;
    }
    let head = plans::approve(house, &cli, head.id, head.version, now).expect("it approved").head;
    plans::put_in_force(house, &cli, head.id, Some(from), head.version, now).expect("it in force");
}
