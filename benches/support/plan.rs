//! A plan put in force.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use tinbai::domain::access::Actor;
use tinbai::domain::ids::UnitId;
use tinbai::domain::plan::NewPlan;
use tinbai::service::App;
use tinbai::service::rules::plans;
use tinbai::service::rules::plans::NewRule;

/// Puts a plan of 2026 with these rules (code, content) in force from a day on.
pub fn plan(
    app: &App,
    federation: UnitId,
    rules: &[(&str, Value)],
    from: NaiveDate,
    now: DateTime<Utc>,
) {
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
    let mut head = app
        .write(&cli, now, |tx| plans::draft(tx, &new))
        .expect("a draft")
        .head;
    for (code, content) in rules {
        let content = serde_json::from_value(content.clone()).expect("a rule");
        let rule = NewRule {
            code: (*code).into(),
            content,
            effective_from: None,
        };
        head = app
            .write(&cli, now, |tx| {
                plans::add_rule(tx, head.id, &rule, head.version)
            })
            .expect("a rule of it")
            .head;
    }
    let head = app
        .write(&cli, now, |tx| plans::approve(tx, head.id, head.version))
        .expect("it approved")
        .head;
    app.write(&cli, now, |tx| {
        plans::put_in_force(tx, head.id, Some(from), head.version)
    })
    .expect("it in force");
}
