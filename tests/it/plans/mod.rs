//! Kinds, policies, plans with their rules, and presets.

mod copy;
mod draft;
mod policy;
mod preset;
mod version;

use chrono::NaiveDate;
use tinbai::domain::access::Actor;
use tinbai::domain::ids::RuleId;
use tinbai::domain::plan::NewPlan;
use tinbai::domain::policy::PolicyPatch;
use tinbai::domain::rule::RuleContent;
use tinbai::domain::unit::Category;
use tinbai::service::Error;
use tinbai::service::rules::plans::{NewRule, PlanWithRules, RuleWithVersions};
use tinbai::service::rules::policies::{EffectivePolicy, SetPolicy};
use tinbai::service::rules::{plans, policies};
use tinbai::store::units::UnitRow;
use tinbai::store::{StoreError, meta, obligations};

use crate::support::TestDb;
use crate::support::tree::{found, house};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A federation with a district and a grassroots union below it.
fn tree(db: &TestDb) -> (UnitRow, UnitRow, UnitRow) {
    let federation = found(db, "tinh", Category::Federation, None);
    let superior = found(db, "huyen", Category::Superior, Some(&federation));
    let grassroots = found(db, "co-so", Category::Grassroots, Some(&federation));
    (federation, superior, grassroots)
}

fn patch(json: &str) -> PolicyPatch {
    serde_json::from_str(json).unwrap()
}

fn set(db: &TestDb, unit: &UnitRow, from: &str, json: &str, version: i32) -> Result<i32, Error> {
    let input = SetPolicy {
        valid_from: date(from),
        patch: patch(json),
        legal_basis: None,
    };
    house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            policies::set(tx, unit.id, &input, version)
        })
        .map(|entry| entry.version)
}

fn effective(db: &TestDb, unit: &UnitRow, on: &str) -> EffectivePolicy {
    house(db)
        .read(&Actor::cli(), db.now(), |tx| {
            policies::effective(tx, unit.id, date(on))
        })
        .unwrap()
}

/// `value from unit since date` of one field.
fn field(policy: &EffectivePolicy, name: &str) -> String {
    let field = policy
        .fields
        .iter()
        .find(|field| field.name == name)
        .unwrap();
    match &field.source {
        None => format!("{} by default", field.value),
        Some(source) => format!(
            "{} from {} since {}",
            field.value, source.unit_code, source.since
        ),
    }
}

/// So many tin each month from every superior unit.
fn content(minimum: u32) -> RuleContent {
    serde_json::from_value(serde_json::json!({
        "title": format!("{minimum} tin mỗi tháng"),
        "subject": {"type": "units", "categories": ["superior"]},
        "kinds": ["tin"],
        "period": "month",
        "minimum": minimum,
    }))
    .unwrap()
}

fn rule(code: &str, minimum: u32) -> NewRule {
    NewRule {
        code: code.to_owned(),
        content: content(minimum),
        effective_from: None,
    }
}

fn new_plan(unit: &UnitRow, year: i32) -> NewPlan {
    NewPlan {
        unit_id: unit.id,
        code: "chi-tieu".to_owned(),
        year,
        title: format!("Chỉ tiêu năm {year}"),
        document_number: Some("01/KH-LĐLĐ".to_owned()),
        document_date: Some(date("2026-01-10")),
        issuer: Some("LĐLĐ tỉnh".to_owned()),
    }
}

/// A draft with one rule, `tin`: 2 tin each month.
fn drafted(db: &TestDb, unit: &UnitRow) -> PlanWithRules {
    let plan = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::draft(tx, &new_plan(unit, 2026))
        })
        .unwrap();
    let version = plan.head.version;
    house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::add_rule(tx, plan.head.id, &rule("tin", 2), version)
        })
        .unwrap()
}

/// [`drafted`], in force from the first day of the year.
fn in_force(db: &TestDb, unit: &UnitRow) -> PlanWithRules {
    let draft = drafted(db, unit).head;
    let approved = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::approve(tx, draft.id, draft.version)
        })
        .unwrap()
        .head;
    house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::put_in_force(tx, approved.id, Some(date("2026-01-01")), approved.version)
        })
        .unwrap()
}

/// `period required` of everything that a unit owes.
fn owed(db: &TestDb, rule_id: RuleId, unit: &UnitRow) -> Vec<String> {
    let subject = tinbai::domain::party::Party::Unit(unit.id);
    let read = |conn: &mut tinbai::store::Conn| -> Result<Vec<String>, StoreError> {
        let rows = obligations::chain(conn, rule_id, subject)?;
        Ok(rows
            .into_iter()
            .map(|row| format!("{} {}", row.period_key, row.required))
            .collect())
    };
    let mut all = db.store.read(read).unwrap();
    all.sort();
    all
}

fn watermark(db: &TestDb, rule_id: RuleId) -> Option<String> {
    db.store
        .read(|conn| meta::get(conn, &format!("opened:{rule_id}")))
        .unwrap()
}

/// `version effective_from minimum` of every version of a rule.
fn versions(rule: &RuleWithVersions) -> Vec<String> {
    rule.versions
        .iter()
        .map(|v| format!("{} {} {}", v.version, v.effective_from, v.content.minimum))
        .collect()
}
