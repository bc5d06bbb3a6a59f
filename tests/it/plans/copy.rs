//! A plan copied into the next year, and who reads plans.

use tinbai::domain::access::{Actor, Role};
use tinbai::domain::plan::PlanState;
use tinbai::domain::unit::Category;
use tinbai::service::Error;
use tinbai::service::obligations::open;
use tinbai::service::rules::plans;
use tinbai::service::rules::plans::{ChangeRule, PlanQuery, RuleRef};

use super::{content, drafted, in_force, rule, tree, versions};
use crate::both_databases;
use crate::support::TestDb;
use crate::support::tree::{actor, faults, found, house};

both_databases!(
    a_plan_is_copied_into_the_next_year_as_a_draft,
    who_is_bound_by_a_plan_reads_it_once_it_is_in_force,
);

fn a_plan_is_copied_into_the_next_year_as_a_draft(db: &TestDb) {
    let (federation, ..) = tree(db);
    db.set_clock("2026-10-10T08:00:00+07:00");
    let plan = in_force(db, &federation);
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
