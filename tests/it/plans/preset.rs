//! Presets.

use std::process::ExitCode;

use tinbai::domain::access::Actor;
use tinbai::domain::period::PeriodKind;
use tinbai::domain::plan::PlanPatch;
use tinbai::domain::rule::Subject;
use tinbai::domain::unit::Category;
use tinbai::service::Error;
use tinbai::service::obligations::open;
use tinbai::service::rules::plans::{ChangeRule, PlanQuery, RuleRef, RuleWithVersions};
use tinbai::service::rules::presets::{ApplyPreset, Outcome};
use tinbai::service::rules::{plans, policies, presets};
use tinbai::store::units::UnitRow;

use super::{date, owed, set, tree};
use crate::both_databases;
use crate::support::tree::{faults, found, house};
use crate::support::{Answer, TestDb, tinbai};

both_databases!(
    each_preset_asks_for_what_its_province_decided,
    a_preset_applied_again_changes_nothing_and_says_so,
    a_preset_that_was_changed_is_told_and_left_alone,
    the_command_applies_a_preset_and_a_dry_run_writes_nothing,
    a_preset_is_for_federations_and_for_years_that_are_not_over,
);

fn input(preset: &str, from: Option<&str>) -> ApplyPreset {
    ApplyPreset {
        preset: preset.to_owned(),
        unit: "tinh".to_owned(),
        year: 2026,
        from: from.map(date),
    }
}

fn apply(db: &TestDb, preset: &str, from: Option<&str>) -> Vec<String> {
    told(
        &house(db)
            .write(&Actor::cli(), db.now(), |tx| {
                presets::apply(tx, &input(preset, from))
            })
            .unwrap(),
    )
}

fn told(steps: &[presets::Step]) -> Vec<String> {
    let line = |step: &presets::Step| {
        let outcome = match step.outcome {
            Outcome::Created => "created",
            Outcome::Unchanged => "unchanged",
            Outcome::Differs => "differs",
        };
        format!(
            "{:?} {} {outcome} {}",
            step.part,
            step.name,
            step.differences.join(",")
        )
        .trim()
        .to_owned()
    };
    steps.iter().map(line).collect()
}

/// What is in force for the federation, as a table.
fn table(db: &TestDb, federation: &UnitRow) -> String {
    let house = house(db);
    let mut lines = Vec::new();
    for entry in house
        .read(&Actor::cli(), db.now(), |tx| {
            policies::list(tx, federation.id)
        })
        .unwrap()
    {
        let patch = serde_json::to_string(&entry.patch).unwrap();
        lines.push(format!("policy from {}: {patch}", entry.valid_from));
        lines.push(format!("  {}", entry.legal_basis.unwrap_or_default()));
    }
    let heads = house
        .read(&Actor::cli(), db.now(), |tx| {
            plans::list(tx, PlanQuery::default())
        })
        .unwrap();
    for head in heads
        .into_iter()
        .filter(|head| head.unit_id == federation.id)
    {
        let plan = house
            .read(&Actor::cli(), db.now(), |tx| plans::get(tx, head.id))
            .unwrap();
        lines.push(format!(
            "plan {} {}: {}",
            head.code,
            head.state.as_str(),
            head.title
        ));
        for rule in &plan.rules {
            lines.push(format!("  {}", row(rule)));
        }
    }
    lines.join("\n")
}

fn row(rule: &RuleWithVersions) -> String {
    let version = rule.newest().unwrap();
    let content = &version.content;
    let names = |categories: &[Category]| {
        let names: Vec<_> = categories
            .iter()
            .map(|category| category.as_str())
            .collect();
        if names.is_empty() {
            "all".to_owned()
        } else {
            names.join("+")
        }
    };
    let subject = match &content.subject {
        Subject::Units { categories } => format!("units {}", names(categories)),
        Subject::Unit { code } => format!("unit {code}"),
        Subject::Persons { role, categories } => {
            format!(
                "persons {} {}",
                role.map_or("any", |role| role.as_str()),
                names(categories)
            )
        }
    };
    let own_field = if content.own_field { " own field" } else { "" };
    let period = content.period.map_or("", PeriodKind::as_str);
    let maximum = content
        .maximum
        .map_or("-".to_owned(), |maximum| maximum.to_string());
    format!(
        "{} | {} | {subject} | {}{own_field} | {:?} | {:?} {period} | {} to {maximum} | from {}",
        rule.code,
        content.title,
        content.kinds.join("+"),
        content.scope,
        content.kind,
        content.minimum,
        version.effective_from,
    )
}

fn each_preset_asks_for_what_its_province_decided(db: &TestDb) {
    let mut tables = Vec::new();
    for preset in presets::list() {
        let code = format!("tinh-{}", preset.code);
        let federation = found(db, &code, Category::Federation, None);
        let input = ApplyPreset {
            unit: code,
            ..input(preset.code, Some("2026-01-01"))
        };
        let steps = house(db)
            .write(&Actor::cli(), db.now(), |tx| presets::apply(tx, &input))
            .unwrap();
        assert!(steps.iter().any(|step| step.outcome == Outcome::Created));
        tables.push(format!(
            "# {}: {}\n{}",
            preset.code,
            preset.name,
            table(db, &federation)
        ));
    }
    insta::assert_snapshot!("presets", tables.join("\n\n"));
}

fn a_preset_applied_again_changes_nothing_and_says_so(db: &TestDb) {
    let (federation, superior, grassroots) = tree(db);
    assert_eq!(
        apply(db, "demo", Some("2026-01-01")),
        [
            "Calendar ben-tre-tinh created",
            "Policy 2026-01-01 created",
            "Plan ben-tre created",
            "Plan thanh-hoa created"
        ]
    );
    let before = table(db, &federation);
    open::run(&house(db), db.now()).unwrap();
    db.set_clock("2026-12-01T08:00:00+07:00");
    let again = apply(db, "demo", None);
    assert_eq!(
        again,
        [
            "Calendar ben-tre-tinh unchanged",
            "Policy  unchanged",
            "Plan ben-tre unchanged",
            "Plan thanh-hoa unchanged"
        ]
    );
    assert_eq!(table(db, &federation), before);

    let house = house(db);
    let heads = house
        .read(&Actor::cli(), db.now(), |tx| {
            plans::list(tx, PlanQuery::default())
        })
        .unwrap();
    let thanh_hoa = heads.iter().find(|head| head.code == "thanh-hoa").unwrap();
    let rules = house
        .read(&Actor::cli(), db.now(), |tx| plans::get(tx, thanh_hoa.id))
        .unwrap()
        .rules;
    assert_eq!(
        owed(db, rules[0].id, &superior),
        ["2026-M11 2"],
        "January to October had ended"
    );
    assert_eq!(owed(db, rules[2].id, &grassroots), ["2026-Q4 1"]);

    let legal: PlanPatch = serde_json::from_str(r#"{"document_number":"03/QĐ-LĐLĐ"}"#).unwrap();
    let filled = house
        .write(&Actor::cli(), db.now(), |tx| {
            plans::change(tx, thanh_hoa.id, &legal, thanh_hoa.version)
        })
        .unwrap()
        .head;
    assert_eq!(
        filled.document_number.as_deref(),
        Some("03/QĐ-LĐLĐ"),
        "the document is filled in afterwards"
    );
    assert_eq!(apply(db, "demo", None), again);
}

fn a_preset_that_was_changed_is_told_and_left_alone(db: &TestDb) {
    let (federation, ..) = tree(db);
    apply(db, "ben-tre", None);
    set(
        db,
        &federation,
        "2026-12-01",
        r#"{"cutoff_time":"15:30"}"#,
        0,
    )
    .unwrap();
    let house = house(db);
    let head = house
        .read(&Actor::cli(), db.now(), |tx| {
            plans::list(tx, PlanQuery::default())
        })
        .unwrap()
        .remove(0);
    let plan = house
        .read(&Actor::cli(), db.now(), |tx| plans::get(tx, head.id))
        .unwrap();
    let mut changed = plan.rules[0].newest().unwrap().content.0.clone();
    changed.maximum = Some(3);
    let change = ChangeRule {
        content: changed,
        effective_from: None,
    };
    house
        .write(&Actor::cli(), db.now(), |tx| {
            plans::change_rule(
                tx,
                RuleRef {
                    plan_id: head.id,
                    rule_id: plan.rules[0].id,
                },
                &change,
                head.version,
            )
        })
        .unwrap();

    let before = table(db, &federation);
    assert_eq!(
        apply(db, "ben-tre", None),
        [
            "Calendar ben-tre-tinh unchanged",
            "Policy  differs cutoff_time",
            "Plan ben-tre differs office-tin-bai"
        ]
    );
    assert_eq!(table(db, &federation), before);
}

/// The command on the test's own database.
fn run(db: &TestDb, arguments: &[&str]) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tinbai.toml");
    std::fs::write(&config, format!("[database]\nurl = {:?}\n", db.url())).unwrap();
    tinbai(&[&["--config", config.to_str().unwrap(), "preset"], arguments].concat())
}

fn the_command_applies_a_preset_and_a_dry_run_writes_nothing(db: &TestDb) {
    use chrono::Datelike as _;
    let (federation, ..) = tree(db);
    let listed = run(db, &["list"]);
    assert!(
        listed.out.contains("lai-chau") && listed.out.contains("3 chiến dịch truyền thông mỗi năm")
    );
    // the command reads the real clock
    let year = tinbai::clock::Clock::now(&tinbai::clock::SystemClock::new())
        .year()
        .to_string();
    let line = ["apply", "lao-cai", "--unit", "tinh", "--year", &year];
    let rehearsed = run(db, &[&line[..], &["--dry-run"]].concat());
    assert_eq!(
        (rehearsed.code, rehearsed.err.as_str()),
        (ExitCode::SUCCESS, "")
    );
    assert!(
        rehearsed.out.starts_with("Chạy thử") && rehearsed.out.contains("+ kế hoạch lao-cai: mới")
    );
    assert_eq!(table(db, &federation), "");
    let applied = run(db, &line);
    assert_eq!(
        (applied.code, applied.err.as_str()),
        (ExitCode::SUCCESS, "")
    );
    assert_eq!(applied.out.lines().count(), 3);
    let again = run(db, &line);
    assert!(
        again
            .out
            .ends_with("không có gì thay đổi (nothing changed).\n"),
        "{}",
        again.out
    );
    let unknown = run(
        db,
        &["apply", "atlantis", "--unit", "tinh", "--year", &year],
    );
    assert_eq!(unknown.code, ExitCode::from(2));
    assert!(
        unknown
            .err
            .contains("thanh-hoa, ben-tre, lai-chau, lao-cai, demo"),
        "{}",
        unknown.err
    );
}

fn a_preset_is_for_federations_and_for_years_that_are_not_over(db: &TestDb) {
    tree(db);
    let wrong = ApplyPreset {
        unit: "huyen".to_owned(),
        year: 2025,
        ..input("atlantis", None)
    };
    let refused = house(db)
        .read(&Actor::cli(), db.now(), |tx| presets::preview(tx, &wrong))
        .unwrap_err();
    assert_eq!(
        faults(&refused),
        [
            "preset preset_unknown",
            "unit preset_needs_federation",
            "effective_from plan_year_over"
        ]
    );
    let unknown = ApplyPreset {
        unit: "khong-co".to_owned(),
        ..input("demo", None)
    };
    let missing = house(db).write(&Actor::cli(), db.now(), |tx| presets::apply(tx, &unknown));
    assert!(matches!(missing, Err(Error::Invalid(faults)) if faults[0].code == "not_found"));
}
