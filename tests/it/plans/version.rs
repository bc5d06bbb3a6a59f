//! Changed rules of a plan in force.

use tinbai::domain::access::Actor;
use tinbai::domain::period::PeriodKind;
use tinbai::service::Error;
use tinbai::service::obligations::open;
use tinbai::service::rules::plans;
use tinbai::service::rules::plans::{ChangeRule, NewRule, RuleRef};

use super::{content, date, in_force, new_plan, owed, rule, tree, versions};
use crate::both_databases;
use crate::support::TestDb;
use crate::support::tree::{faults, house, trail};

both_databases!(
    a_changed_rule_waits_for_the_next_period_and_the_running_one_keeps_its_own,
    a_removed_rule_holds_until_the_running_period_ends,
    a_rule_added_in_force_begins_with_the_next_period,
    a_change_before_the_plan_begins_takes_effect_with_its_first_period,
);

fn a_changed_rule_waits_for_the_next_period_and_the_running_one_keeps_its_own(db: &TestDb) {
    db.set_clock("2026-09-10T08:00:00+07:00");
    let (federation, superior, _) = tree(db);
    let plan = in_force(db, &federation);
    open::run(&house(db), db.now()).unwrap();
    let rule_id = plan.rules[0].id;
    let change = |minimum: u32, from: Option<&str>, version: i32| {
        let change = ChangeRule {
            content: content(minimum),
            effective_from: from.map(date),
        };
        house(db).write(&Actor::cli(), db.now(), |tx| {
            plans::change_rule(
                tx,
                RuleRef {
                    plan_id: plan.head.id,
                    rule_id,
                },
                &change,
                version,
            )
        })
    };
    let v = plan.head.version;
    assert_eq!(
        faults(&change(3, Some("2026-09-30"), v).unwrap_err()),
        ["effective_from rule_too_early"]
    );
    let beyond = change(3, Some("2026-12-02"), v).unwrap_err();
    assert_eq!(faults(&beyond), ["effective_from rule_no_period_left"]);
    let mut other = content(3);
    other.period = Some(PeriodKind::Quarter);
    let change_period = ChangeRule {
        content: other,
        effective_from: None,
    };
    let refused = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::change_rule(
                tx,
                RuleRef {
                    plan_id: plan.head.id,
                    rule_id,
                },
                &change_period,
                v,
            )
        })
        .unwrap_err();
    assert_eq!(faults(&refused), ["content.period rule_period_fixed"]);

    let plan = change(3, None, v).unwrap();
    assert_eq!(
        versions(&plan.rules[0]),
        ["1 2026-09-01 2", "2 2026-10-01 3"]
    );
    // a date within a period means the one after it
    let plan = change(5, Some("2026-11-15"), plan.head.version).unwrap();
    assert_eq!(versions(&plan.rules[0])[2], "3 2026-12-01 5");
    // nothing slips in before what is planned already
    let early = change(4, Some("2026-11-01"), plan.head.version).unwrap_err();
    assert_eq!(faults(&early), ["effective_from rule_too_early"]);

    open::run(&house(db), db.now()).unwrap();
    assert_eq!(owed(db, rule_id, &superior), ["2026-M09 2"]);
    db.set_clock("2026-12-05T08:00:00+07:00");
    open::run(&house(db), db.now()).unwrap();
    assert_eq!(
        owed(db, rule_id, &superior),
        ["2026-M09 2", "2026-M10 3", "2026-M11 3", "2026-M12 5"]
    );
    let told = [
        "add_rule by cli",
        "change_rule by cli",
        "change_rule by cli",
    ];
    assert_eq!(trail(db, "rule", rule_id), told);
}

fn a_removed_rule_holds_until_the_running_period_ends(db: &TestDb) {
    db.set_clock("2026-10-10T08:00:00+07:00");
    let (federation, superior, _) = tree(db);
    let plan = in_force(db, &federation);
    let rule_id = plan.rules[0].id;
    let remove = |version| {
        house(db)
            .write(&Actor::cli(), db.now(), |tx| {
                plans::remove_rule(
                    tx,
                    RuleRef {
                        plan_id: plan.head.id,
                        rule_id,
                    },
                    version,
                )
            })
            .unwrap()
    };
    let removed = remove(plan.head.version);
    assert!(removed.rules[0].removed);
    assert_eq!(
        removed.rules[0].newest().unwrap().content.valid_to,
        Some(date("2026-10-31"))
    );
    assert_eq!(
        remove(removed.head.version),
        removed,
        "removing it again changes nothing"
    );
    db.set_clock("2026-12-05T08:00:00+07:00");
    open::run(&house(db), db.now()).unwrap();
    assert_eq!(owed(db, rule_id, &superior), ["2026-M10 2"]);
}

fn a_rule_added_in_force_begins_with_the_next_period(db: &TestDb) {
    db.set_clock("2026-10-10T08:00:00+07:00");
    let (federation, superior, _) = tree(db);
    let plan = in_force(db, &federation);
    let add = |new: &NewRule, version| {
        house(db).write(&Actor::cli(), db.now(), |tx| {
            plans::add_rule(tx, plan.head.id, new, version)
        })
    };
    let added = add(&rule("them", 4), plan.head.version).unwrap();
    let later = &added.rules[1];
    assert_eq!(versions(later), ["1 2026-11-01 4"]);

    let mut yearly = rule("nam", 4);
    yearly.content.period = Some(PeriodKind::Year);
    assert_eq!(
        faults(&add(&yearly, added.head.version).unwrap_err()),
        ["effective_from rule_no_period_left"]
    );

    let fixed = |due: &str| -> NewRule {
        let content = serde_json::json!({
            "title": "Bài dự thi", "kind": "fixed_date", "subject": {"type": "unit", "code": "huyen"},
            "kinds": ["bai"], "minimum": 1, "due_at": due,
        });
        let content = serde_json::from_value(content).unwrap();
        NewRule {
            code: "du-thi".to_owned(),
            content,
            effective_from: None,
        }
    };
    let past = add(&fixed("2026-10-10T08:00:00+07:00"), added.head.version).unwrap_err();
    assert_eq!(faults(&past), ["content.due_at rule_due_at_past"]);
    let added = add(&fixed("2026-10-30T17:00:00+07:00"), added.head.version).unwrap();
    open::run(&house(db), db.now()).unwrap();
    assert_eq!(owed(db, added.rules[1].id, &superior), [""; 0]);
    assert_eq!(owed(db, added.rules[2].id, &superior), ["fixed 1"]);
    let removed = house(db).write(&Actor::cli(), db.now(), |tx| {
        plans::remove_rule(
            tx,
            RuleRef {
                plan_id: plan.head.id,
                rule_id: added.rules[2].id,
            },
            added.head.version,
        )
    });
    assert!(
        matches!(removed, Err(Error::Conflict(fault)) if fault.code == "rule_fixed_date_in_force")
    );
    db.set_clock("2026-11-05T08:00:00+07:00");
    open::run(&house(db), db.now()).unwrap();
    assert_eq!(owed(db, added.rules[1].id, &superior), ["2026-M11 4"]);
}

fn a_change_before_the_plan_begins_takes_effect_with_its_first_period(db: &TestDb) {
    let (federation, superior, _) = tree(db);
    let draft = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::draft(tx, &new_plan(&federation, 2027))
        })
        .unwrap()
        .head;
    let draft = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::add_rule(tx, draft.id, &rule("tin", 2), draft.version)
        })
        .unwrap();
    let approved = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::approve(tx, draft.head.id, draft.head.version)
        })
        .unwrap()
        .head;
    let plan = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::put_in_force(tx, approved.id, None, approved.version)
        })
        .unwrap();
    assert_eq!(versions(&plan.rules[0]), ["1 2027-01-01 2"]);
    let change = ChangeRule {
        content: content(6),
        effective_from: None,
    };
    let rule_id = plan.rules[0].id;
    house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::change_rule(
                tx,
                RuleRef {
                    plan_id: plan.head.id,
                    rule_id,
                },
                &change,
                plan.head.version,
            )
        })
        .unwrap();
    open::run(&house(db), db.now()).unwrap();
    assert_eq!(owed(db, rule_id, &superior), [""; 0]);
    db.set_clock("2027-02-01T08:00:00+07:00");
    open::run(&house(db), db.now()).unwrap();
    assert_eq!(owed(db, rule_id, &superior), ["2027-M01 6", "2027-M02 6"]);
}
