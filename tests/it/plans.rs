//! Kinds, policies, plans with their rules, and presets.

use std::process::ExitCode;

use chrono::NaiveDate;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::period::PeriodKind;
use tinbai::domain::plan::{NewPlan, PlanPatch, PlanState};
use tinbai::domain::policy::PolicyPatch;
use tinbai::domain::rule::{RuleContent, Subject};
use tinbai::domain::unit::Category;
use tinbai::service::obligations::open;
use tinbai::service::rules::kinds;
use tinbai::service::rules::plans;
use tinbai::service::rules::plans::{
    ChangeRule, NewRule, PlanQuery, PlanWithRules, RuleRef, RuleWithVersions,
};
use tinbai::service::rules::policies;
use tinbai::service::rules::policies::{EffectivePolicy, SetPolicy};
use tinbai::service::rules::presets;
use tinbai::service::rules::presets::{ApplyPreset, Outcome};
use tinbai::service::{Error, units};
use tinbai::store::kinds::KindRow;
use tinbai::store::units::UnitRow;
use tinbai::store::{StoreError, meta, obligations};

use crate::both_databases;
use crate::support::tree::{actor, faults, found, house, new_unit, trail};
use crate::support::{Answer, TestDb, tinbai};

both_databases!(
    a_field_comes_from_the_nearest_unit_that_set_it,
    a_policy_never_reaches_back_once_something_is_set_or_opened,
    all_faults_of_a_policy_are_told_at_once,
    whoever_saved_second_is_told_to_read_again,
    a_kind_is_added_once_and_by_who_manages_rules,
    drafts_open_nothing_and_a_plan_in_force_opens_its_running_periods,
    an_annual_plan_signed_late_counts_from_the_date_given,
    only_a_complete_plan_is_approved_and_only_drafts_are_edited,
    all_faults_of_a_rule_are_told_at_once,
    a_changed_rule_waits_for_the_next_period_and_the_running_one_keeps_its_own,
    a_removed_rule_holds_until_the_running_period_ends,
    a_rule_added_in_force_begins_with_the_next_period,
    a_change_before_the_plan_begins_takes_effect_with_its_first_period,
    a_plan_is_copied_into_the_next_year_as_a_draft,
    who_is_bound_by_a_plan_reads_it_once_it_is_in_force,
    each_preset_asks_for_what_its_province_decided,
    a_preset_applied_again_changes_nothing_and_says_so,
    a_preset_that_was_changed_is_told_and_left_alone,
    the_command_applies_a_preset_and_a_dry_run_writes_nothing,
    a_preset_is_for_federations_and_for_years_that_are_not_over,
);

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

fn a_field_comes_from_the_nearest_unit_that_set_it(db: &TestDb) {
    let (federation, superior, grassroots) = tree(db);
    set(
        db,
        &federation,
        "2026-11-20",
        r#"{"event_hours":10,"cutoff_time":"15:00"}"#,
        0,
    )
    .unwrap();
    set(db, &superior, "2026-11-20", r#"{"event_hours":8}"#, 0).unwrap();
    set(db, &federation, "2026-12-01", r#"{"event_hours":6}"#, 0).unwrap();

    let own = effective(db, &superior, "2026-12-15");
    assert_eq!(field(&own, "event_hours"), "8 from huyen since 2026-11-20");
    assert_eq!(
        field(&own, "cutoff_time"),
        "\"15:00\" from tinh since 2026-11-20"
    );
    assert_eq!(field(&own, "answer_hours"), "24 by default");
    assert!(
        own.fields
            .iter()
            .any(|f| f.name == "event_hours" && f.source.as_ref().unwrap().own)
    );

    let inherited = effective(db, &grassroots, "2026-12-15");
    assert_eq!(
        field(&inherited, "event_hours"),
        "6 from tinh since 2026-12-01"
    );
    assert_eq!(
        field(&effective(db, &grassroots, "2026-11-30"), "event_hours"),
        "10 from tinh since 2026-11-20"
    );
    assert_eq!(
        field(&effective(db, &grassroots, "2026-11-19"), "event_hours"),
        "12 by default"
    );
    let listed = house(db)
        .read(&Actor::cli(), db.now(), |tx| {
            policies::list(tx, federation.id)
        })
        .unwrap();
    assert_eq!(
        listed.iter().map(|e| e.valid_from).collect::<Vec<_>>(),
        [date("2026-12-01"), date("2026-11-20")]
    );
}

fn a_policy_never_reaches_back_once_something_is_set_or_opened(db: &TestDb) {
    let (federation, superior, grassroots) = tree(db);
    set(db, &federation, "2026-01-01", r#"{"event_hours":10}"#, 0)
        .expect("the first one, before anything was opened");
    let late = set(db, &federation, "2026-11-19", r#"{"event_hours":9}"#, 0).unwrap_err();
    assert_eq!(faults(&late), ["valid_from policy_reaches_back"]);
    set(db, &federation, "2026-11-20", r#"{"event_hours":9}"#, 0).expect("from today on");

    let plan = in_force(db, &federation, None);
    open::run(&house(db), db.now()).unwrap();
    assert_eq!(
        faults(&set(db, &superior, "2026-11-01", r#"{"event_hours":9}"#, 0).unwrap_err()).len(),
        1
    );
    assert_eq!(*plan.head.state, PlanState::InForce);
    set(db, &grassroots, "2026-11-01", r#"{"event_hours":9}"#, 0)
        .expect("nothing was opened for this one");
}

fn all_faults_of_a_policy_are_told_at_once(db: &TestDb) {
    let (federation, ..) = tree(db);
    let input = SetPolicy {
        valid_from: date("0026-11-20"),
        patch: patch(r#"{"event_hours":0,"calendar":"atlantis"}"#),
        legal_basis: Some("1\u{7}".to_owned()),
    };
    let set_it = |input: &SetPolicy| {
        house(db).write(&Actor::cli(), db.now(), |tx| {
            policies::set(tx, federation.id, input, 0)
        })
    };
    assert_eq!(
        faults(&set_it(&input).unwrap_err()),
        [
            "patch.event_hours number_range",
            "patch.calendar not_found",
            "valid_from date_year",
            "legal_basis control_characters"
        ]
    );
    let nothing = SetPolicy {
        valid_from: date("2026-11-20"),
        patch: PolicyPatch::default(),
        legal_basis: None,
    };
    assert_eq!(
        faults(&set_it(&nothing).unwrap_err()),
        ["patch policy_empty"]
    );
    set(
        db,
        &federation,
        "2026-11-20",
        r#"{"calendar":"ben-tre"}"#,
        0,
    )
    .expect("a shipped calendar");
    let leader = actor(Role::Leader, &federation);
    let refused = house(db).write(&leader, db.now(), |tx| {
        policies::set(tx, federation.id, &nothing, 0)
    });
    assert!(matches!(refused, Err(Error::Forbidden)));
}

fn whoever_saved_second_is_told_to_read_again(db: &TestDb) {
    let (federation, ..) = tree(db);
    assert_eq!(
        set(db, &federation, "2026-11-20", r#"{"event_hours":9}"#, 0).unwrap(),
        1
    );
    assert!(matches!(
        set(db, &federation, "2026-11-20", r#"{"event_hours":8}"#, 0),
        Err(Error::Stale)
    ));
    assert_eq!(
        set(db, &federation, "2026-11-20", r#"{"event_hours":8}"#, 1).unwrap(),
        2
    );
    let id = house(db)
        .read(&Actor::cli(), db.now(), |tx| {
            policies::list(tx, federation.id)
        })
        .unwrap()[0]
        .id;
    assert_eq!(trail(db, "policy", id), ["set by cli", "set by cli"]);

    let plan = drafted(db, &federation);
    let stale = house(db).write(&Actor::cli(), db.now(), |tx| {
        plans::change(tx, plan.head.id, &PlanPatch::default(), 0)
    });
    assert!(matches!(stale, Err(Error::Stale)));
    let stale = house(db).write(&Actor::cli(), db.now(), |tx| {
        plans::add_rule(tx, plan.head.id, &rule("x", 1), 1)
    });
    assert!(
        matches!(stale, Err(Error::Stale)),
        "adding the first rule saved the plan"
    );
}

fn a_kind_is_added_once_and_by_who_manages_rules(db: &TestDb) {
    let (federation, ..) = tree(db);
    let kind = KindRow {
        code: "podcast".to_owned(),
        name: "Podcast".to_owned(),
        reviewed: true,
        in_depth: false,
        sort: 65,
    };
    let department = actor(Role::Department, &federation);
    house(db)
        .write(&department, db.now(), |tx| kinds::add(tx, &kind))
        .unwrap();
    let codes: Vec<String> = house(db)
        .read(&Actor::cli(), db.now(), kinds::list)
        .unwrap()
        .into_iter()
        .map(|kind| kind.code)
        .collect();
    assert_eq!(codes[5..8], ["video", "podcast", "bai_fanpage"]);
    let again = house(db)
        .write(&department, db.now(), |tx| kinds::add(tx, &kind))
        .unwrap_err();
    assert_eq!(faults(&again), ["code duplicate"]);
    let wrong = KindRow {
        code: "Á".to_owned(),
        name: String::new(),
        sort: -1,
        ..kind.clone()
    };
    let told = house(db)
        .write(&department, db.now(), |tx| kinds::add(tx, &wrong))
        .unwrap_err();
    assert_eq!(
        faults(&told),
        ["code code", "name required", "sort number_range"]
    );
    let leader = actor(Role::Leader, &federation);
    assert!(matches!(
        house(db).write(&leader, db.now(), |tx| kinds::add(tx, &kind)),
        Err(Error::Forbidden)
    ));
    assert_eq!(
        trail(db, "item_kind", "podcast"),
        ["add by department tinh"]
    );
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

fn in_force(db: &TestDb, unit: &UnitRow, from: Option<NaiveDate>) -> PlanWithRules {
    let draft = drafted(db, unit).head;
    let approved = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::approve(tx, draft.id, draft.version)
        })
        .unwrap()
        .head;
    house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            plans::put_in_force(tx, approved.id, from, approved.version)
        })
        .unwrap()
}

/// `period required` of everything that a unit owes.
fn owed(db: &TestDb, rule_id: i64, unit: &UnitRow) -> Vec<String> {
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

fn watermark(db: &TestDb, rule_id: i64) -> Option<String> {
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
            plans::put_in_force(tx, head.id, None, head.version)
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
        Some("2026-08-31")
    );
    open::run(&house(db), db.now()).unwrap();
    assert_eq!(
        owed(db, plan.rules[0].id, &superior),
        ["2026-M09 2", "2026-M10 2", "2026-M11 2"]
    );
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

fn a_changed_rule_waits_for_the_next_period_and_the_running_one_keeps_its_own(db: &TestDb) {
    let (federation, superior, _) = tree(db);
    db.set_clock("2026-09-10T08:00:00+07:00");
    let plan = in_force(db, &federation, None);
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
        ["1 2026-09-10 2", "2 2026-10-01 3"]
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
    let (federation, superior, _) = tree(db);
    db.set_clock("2026-10-10T08:00:00+07:00");
    let plan = in_force(db, &federation, None);
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
    let (federation, superior, _) = tree(db);
    db.set_clock("2026-10-10T08:00:00+07:00");
    let plan = in_force(db, &federation, None);
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

fn a_plan_is_copied_into_the_next_year_as_a_draft(db: &TestDb) {
    let (federation, ..) = tree(db);
    db.set_clock("2026-10-10T08:00:00+07:00");
    let plan = in_force(db, &federation, None);
    let house = house(db);
    let cli = Actor::cli();
    let plan = house
        .write(&cli, db.now(), |tx| {
            plans::add_rule(tx, plan.head.id, &rule("bo", 1), plan.head.version)
        })
        .unwrap();
    let (tin, gone) = (plan.rules[0].id, plan.rules[1].id);
    let plan = house
        .write(&cli, db.now(), |tx| {
            plans::remove_rule(
                tx,
                RuleRef {
                    plan_id: plan.head.id,
                    rule_id: gone,
                },
                plan.head.version,
            )
        })
        .unwrap();
    let change = ChangeRule {
        content: content(3),
        effective_from: None,
    };
    let plan = house
        .write(&cli, db.now(), |tx| {
            plans::change_rule(
                tx,
                RuleRef {
                    plan_id: plan.head.id,
                    rule_id: tin,
                },
                &change,
                plan.head.version,
            )
        })
        .unwrap();

    let copy = house
        .write(&cli, db.now(), |tx| plans::copy(tx, plan.head.id, 2027))
        .unwrap();
    assert_eq!(
        (copy.head.year, copy.head.title.as_str()),
        (2027, "Chỉ tiêu năm 2027")
    );
    assert_eq!(
        (*copy.head.state, copy.head.document_number.as_ref()),
        (PlanState::Draft, None)
    );
    assert_eq!(
        copy.rules.iter().flat_map(versions).collect::<Vec<_>>(),
        ["1 2027-01-01 3"]
    );
    let twice = house
        .write(&cli, db.now(), |tx| plans::copy(tx, plan.head.id, 2027))
        .unwrap_err();
    assert_eq!(faults(&twice), ["year duplicate"]);
    db.set_clock("2027-01-05T08:00:00+07:00");
    assert_eq!(
        open::run(&house, db.now()).unwrap().periods,
        3,
        "October to December 2026 only"
    );
    let over = house.write(&cli, db.now(), |tx| {
        plans::put_in_force(tx, copy.head.id, None, copy.head.version)
    });
    assert!(matches!(over, Err(Error::Conflict(_))), "not approved yet");
}

fn who_is_bound_by_a_plan_reads_it_once_it_is_in_force(db: &TestDb) {
    let (federation, superior, _) = tree(db);
    let house = house(db);
    let leader = actor(Role::Leader, &superior);
    let draft = drafted(db, &federation).head;
    assert!(matches!(
        house.read(&leader, db.now(), |tx| plans::get(tx, draft.id)),
        Err(Error::NotFound { .. })
    ));
    assert_eq!(
        house
            .read(&leader, db.now(), |tx| plans::list(
                tx,
                PlanQuery::default()
            ))
            .unwrap(),
        []
    );
    let approved = house
        .write(&Actor::cli(), db.now(), |tx| {
            plans::approve(tx, draft.id, draft.version)
        })
        .unwrap()
        .head;
    let plan = house
        .write(&Actor::cli(), db.now(), |tx| {
            plans::put_in_force(tx, draft.id, None, approved.version)
        })
        .unwrap();
    assert_eq!(
        house
            .read(&leader, db.now(), |tx| plans::get(tx, draft.id))
            .unwrap(),
        plan
    );
    let bound = PlanQuery {
        unit_id: Some(superior.id),
        year: Some(2026),
        state: Some(PlanState::InForce),
    };
    assert_eq!(
        house
            .read(&leader, db.now(), |tx| plans::list(tx, bound))
            .unwrap(),
        std::slice::from_ref(&plan.head)
    );
    let refused = house.write(&leader, db.now(), |tx| {
        plans::end(tx, draft.id, plan.head.version)
    });
    assert!(matches!(refused, Err(Error::Forbidden)));
    let elsewhere = found(db, "tinh-khac", Category::Federation, None);
    let stranger = actor(Role::Department, &elsewhere);
    assert!(matches!(
        house.read(&stranger, db.now(), |tx| plans::get(tx, draft.id)),
        Err(Error::NotFound { .. })
    ));
    assert!(matches!(
        house.write(&stranger, db.now(), |tx| plans::end(
            tx,
            draft.id,
            plan.head.version
        )),
        Err(Error::NotFound { .. })
    ));
}

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
            "Calendar ben-tre created",
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
            "Calendar ben-tre unchanged",
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
        owed(db, rules[0].id, &superior).len(),
        11,
        "January to November"
    );
    let quarters = ["2026-Q1 1", "2026-Q2 1", "2026-Q3 1", "2026-Q4 1"];
    assert_eq!(owed(db, rules[2].id, &grassroots), quarters);

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
            "Calendar ben-tre unchanged",
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
