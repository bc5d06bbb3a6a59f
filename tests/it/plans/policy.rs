//! What units set, and kinds of item.

use tinbai::domain::access::{Actor, Role};
use tinbai::domain::plan::{PlanPatch, PlanState};
use tinbai::domain::policy::PolicyPatch;
use tinbai::service::Error;
use tinbai::service::obligations::open;
use tinbai::service::rules::policies::SetPolicy;
use tinbai::service::rules::{kinds, plans, policies};
use tinbai::store::kinds::KindRow;

use super::{date, drafted, effective, field, in_force, patch, rule, set, tree};
use crate::both_databases;
use crate::support::TestDb;
use crate::support::tree::{actor, faults, house, trail};

both_databases!(
    a_field_comes_from_the_nearest_unit_that_set_it,
    a_policy_never_reaches_back_once_something_is_set_or_opened,
    all_faults_of_a_policy_are_told_at_once,
    whoever_saved_second_is_told_to_read_again,
    a_kind_is_added_once_and_by_who_manages_rules,
);

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

    let plan = in_force(db, &federation);
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
