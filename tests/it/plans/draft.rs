//! A plan from its draft to being in force.

use tinbai::domain::access::Actor;
use tinbai::domain::plan::{NewPlan, PlanPatch};
use tinbai::domain::rule::{RuleContent, Subject};
use tinbai::domain::unit::Category;
use tinbai::service::obligations::open;
use tinbai::service::rules::plans;
use tinbai::service::rules::plans::{ChangeRule, NewRule, PlanWithRules, RuleRef};
use tinbai::service::{Error, units};

use super::{content, date, drafted, new_plan, owed, rule, tree, versions, watermark};
use crate::both_databases;
use crate::support::TestDb;
use crate::support::tree::{faults, house, new_unit, trail};

both_databases!(
    drafts_open_nothing_and_a_plan_in_force_opens_its_running_periods,
    an_annual_plan_signed_late_counts_from_the_date_given,
    only_a_complete_plan_is_approved_and_only_drafts_are_edited,
    all_faults_of_a_rule_are_told_at_once,
);

fn drafts_open_nothing_and_a_plan_in_force_opens_its_running_periods(db: &TestDb) {
    let (federation, superior, _) = tree(db);
    let draft = drafted(db, &federation);
    let rule_id = draft.rules[0].id;
    assert_eq!(open::run(&house(db), db.now()).unwrap().opened, 0);
    let head = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::approve(tx, draft.head.id, draft.head.version)
        })
        .unwrap()
        .head;
    assert_eq!(open::run(&house(db), db.now()).unwrap().opened, 0);
    assert_eq!(watermark(db, rule_id), None);
    let head = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::put_in_force(tx, head.id, Some(date("2026-01-01")), head.version)
        })
        .unwrap()
        .head;
    assert_eq!(watermark(db, rule_id).as_deref(), Some("2026-10-31"));
    assert_eq!(open::run(&house(db), db.now()).unwrap().opened, 1);
    assert_eq!(owed(db, rule_id, &superior), ["2026-M11 2"]);

    house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::end(tx, head.id, head.version)
        })
        .unwrap();
    db.set_clock("2026-12-02T08:00:00+07:00");
    assert_eq!(open::run(&house(db), db.now()).unwrap().opened, 0);
    let told = [
        "draft by cli",
        "approve by cli",
        "put_in_force by cli",
        "end by cli",
    ];
    assert_eq!(trail(db, "plan", head.id), told);
}

fn an_annual_plan_signed_late_counts_from_the_date_given(db: &TestDb) {
    let (federation, superior, _) = tree(db);
    let draft = drafted(db, &federation).head;
    let approved = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::approve(tx, draft.id, draft.version)
        })
        .unwrap()
        .head;
    let force = |from: &str| {
        house(db).write(&Actor::cli(), db.now(), |tx| {
            plans::put_in_force(tx, approved.id, Some(date(from)), approved.version)
        })
    };
    assert_eq!(
        faults(&force("2025-12-31").unwrap_err()),
        ["effective_from plan_from_outside_year"]
    );
    let plan = force("2026-09-15").unwrap();
    assert_eq!(
        watermark(db, plan.rules[0].id).as_deref(),
        Some("2026-10-31"),
        "September and October had ended"
    );
    open::run(&house(db), db.now()).unwrap();
    assert_eq!(owed(db, plan.rules[0].id, &superior), ["2026-M11 2"]);
}

fn only_a_complete_plan_is_approved_and_only_drafts_are_edited(db: &TestDb) {
    let (federation, ..) = tree(db);
    let house = house(db);
    let cli = Actor::cli();
    let bare = NewPlan {
        document_number: None,
        document_date: None,
        issuer: Some(" ".into()),
        ..new_plan(&federation, 2026)
    };
    let plan = house
        .write(&cli, db.now(), |tx| plans::draft(tx, &bare))
        .unwrap()
        .head;
    let told = house
        .write(&cli, db.now(), |tx| {
            plans::approve(tx, plan.id, plan.version)
        })
        .unwrap_err();
    let missing = [
        "document_number required",
        "document_date required",
        "issuer required",
        "rules plan_without_rules",
    ];
    assert_eq!(faults(&told), missing);
    assert_eq!(
        faults(
            &house
                .write(&cli, db.now(), |tx| plans::draft(tx, &bare))
                .unwrap_err()
        ),
        ["code duplicate"]
    );

    let legal: PlanPatch = serde_json::from_str(
        r#"{"document_number":"02/KH-LĐLĐ","document_date":"2026-01-05","issuer":"LĐLĐ tỉnh","title":"Chỉ tiêu"}"#,
    )
    .unwrap();
    let plan = house
        .write(&cli, db.now(), |tx| {
            plans::change(tx, plan.id, &legal, plan.version)
        })
        .unwrap()
        .head;
    let plan = house
        .write(&cli, db.now(), |tx| {
            plans::add_rule(tx, plan.id, &rule("tin", 2), plan.version)
        })
        .unwrap();
    let rule_id = plan.rules[0].id;
    let plan = house
        .write(&cli, db.now(), |tx| {
            plans::approve(tx, plan.head.id, plan.head.version)
        })
        .unwrap()
        .head;

    let conflict = |done: Result<PlanWithRules, Error>| match done {
        Err(Error::Conflict(fault)) => fault.code,
        other => panic!("{other:?}"),
    };
    let again = house.write(&cli, db.now(), |tx| {
        plans::approve(tx, plan.id, plan.version)
    });
    assert_eq!(conflict(again), "plan_needs_draft");
    let title: PlanPatch = serde_json::from_str(r#"{"title":"Khác"}"#).unwrap();
    assert_eq!(
        conflict(house.write(&cli, db.now(), |tx| plans::change(
            tx,
            plan.id,
            &title,
            plan.version
        ))),
        "plan_needs_draft"
    );
    let change = ChangeRule {
        content: content(3),
        effective_from: None,
    };
    let changed = house.write(&cli, db.now(), |tx| {
        plans::change_rule(
            tx,
            RuleRef {
                plan_id: plan.id,
                rule_id,
            },
            &change,
            plan.version,
        )
    });
    assert_eq!(conflict(changed), "plan_needs_draft_or_in_force");
    assert_eq!(
        conflict(house.write(&cli, db.now(), |tx| plans::end(tx, plan.id, plan.version))),
        "plan_needs_in_force"
    );

    let plan = house
        .write(&cli, db.now(), |tx| {
            plans::reopen(tx, plan.id, plan.version)
        })
        .unwrap()
        .head;
    let plan = house
        .write(&cli, db.now(), |tx| {
            plans::change_rule(
                tx,
                RuleRef {
                    plan_id: plan.id,
                    rule_id,
                },
                &change,
                plan.version,
            )
        })
        .unwrap();
    assert_eq!(
        versions(&plan.rules[0]),
        ["1 2026-01-01 3"],
        "a draft has one version only"
    );
    let plan = house
        .write(&cli, db.now(), |tx| {
            plans::remove_rule(
                tx,
                RuleRef {
                    plan_id: plan.head.id,
                    rule_id,
                },
                plan.head.version,
            )
        })
        .unwrap();
    assert!(plan.rules.is_empty());
}

fn all_faults_of_a_rule_are_told_at_once(db: &TestDb) {
    let (federation, ..) = tree(db);
    let outside = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            units::create(tx, &new_unit("tinh-khac", Category::Federation, None))
        })
        .unwrap();
    let plan = drafted(db, &federation).head;
    let wrong = NewRule {
        code: "tin".to_owned(),
        content: RuleContent {
            title: String::new(),
            kinds: vec!["tin".to_owned(), "tho".to_owned()],
            subject: Subject::Unit {
                code: outside.unit.code,
            },
            minimum: 3,
            maximum: Some(2),
            ..content(2)
        },
        effective_from: Some(date("2026-12-01")),
    };
    let told = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::add_rule(tx, plan.id, &wrong, plan.version)
        })
        .unwrap_err();
    assert_eq!(
        faults(&told),
        [
            "code duplicate",
            "content.title required",
            "content.maximum rule_maximum",
            "content.kinds rule_kind_unknown",
            "content.subject.code rule_subject_outside",
            "effective_from rule_from_in_draft",
        ]
    );
}
