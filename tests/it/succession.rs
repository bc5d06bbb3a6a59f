//! Whoever leaves a post hands it to a named successor: roles, fields of an editor, what was given
//! beside the post, and the mails.

use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Grant, Role};
use tinbai::domain::ids::PersonId;
use tinbai::domain::person::Position;
use tinbai::domain::unit::Category;
use tinbai::service::Error;
use tinbai::service::core::access;
use tinbai::service::submissions::items;
use tinbai::service::units::people;
use tinbai::service::units::people::{LeavePerson, MovePerson};

use crate::both_databases;
use crate::support::TestDb;
use crate::support::app::{Client, TestApp, texts};
use crate::support::desk::Desk;
use crate::support::engine::{World, day};
use crate::support::tree::{found, trail};

both_databases!(
    a_successor_gets_the_role_its_fields_and_what_was_given_beside_it,
    what_the_successor_holds_already_does_not_pass,
    nobody_passes_on_what_they_may_not_give,
    mails_of_a_head_reach_the_successor_from_that_day,
    who_moves_leaves_the_post_to_a_successor_and_keeps_the_rest,
);

fn entered(client: &Client, new: Value) -> PersonId {
    let entered = client.post("/api/v1/people", &new).expect(201);
    PersonId(entered["id"].as_i64().unwrap())
}

fn a_successor_gets_the_role_its_fields_and_what_was_given_beside_it(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let editor = json!({ "unit_id": desk.root.id, "name": "Biên Tập", "role": "editor", "fields": ["tai_chinh"] });
    let leaver = entered(&department, editor);
    let writer = json!({ "unit_id": desk.office.id, "name": "Kế Tục", "role": "contributor", "fields": ["van_phong"] });
    let next = entered(&department, writer);
    let beside = json!({ "role": "leader", "unit_id": desk.office.id, "position": "deputy", "valid_to": "2026-12-31", "reason": "Phụ trách" });
    department
        .post(&format!("/api/v1/people/{leaver}/roles"), &beside)
        .expect(201);
    let leave = json!({ "last_day": "2026-11-22", "successor_id": next });
    let left = department
        .knowing(1)
        .post(&format!("/api/v1/people/{leaver}/leave"), &leave)
        .expect(200);
    assert_eq!(
        (&left["left"]["active_to"], &left["left"]["version"]),
        (&json!("2026-11-22"), &json!(2))
    );
    let passed = left["passed"].as_array().unwrap();
    let told = |role: &Value| {
        format!(
            "{} {} {} {}",
            role["role"], role["position"], role["fields"], role["valid_to"]
        )
    };
    assert_eq!(
        passed.iter().map(told).collect::<Vec<_>>(),
        [
            r#""editor" "staff" ["tai_chinh"] null"#,
            r#""leader" "deputy" null "2026-12-31""#
        ]
    );
    assert!(
        passed
            .iter()
            .all(|role| role["valid_from"] == "2026-11-23" && role["person_id"] == next.0)
    );

    let on = |date: &str| {
        app.store
            .read(|conn| access::grants_of_person(conn, next, day(date)))
            .unwrap()
    };
    assert_eq!(
        on("2026-11-22"),
        [Grant::on(Role::Contributor, desk.office.id)]
    );
    let successor = Actor {
        grants: on("2026-11-23"),
        person_id: Some(next),
        ..desk.contributor.clone()
    };
    app.set_clock("2026-11-23T08:00:00+07:00");
    let publish = |field: &str| {
        let item = desk.hand_in(json!({ "field": field }));
        let how = items::PublishItem::default();
        desk.house.write(&successor, app.now(), |tx| {
            items::publish(tx, item.item.id, &how, item.item.version)
        })
    };
    publish("tai_chinh").unwrap();
    let own = publish("van_phong").unwrap_err();
    assert!(
        matches!(own, Error::Forbidden),
        "the own field of work is not one of the editor's: {own}"
    );

    let lines = department
        .get(&format!("/api/v1/trail?entity=person&entity_id={next}"))
        .items();
    assert_eq!(texts(&lines, "action"), ["succeed", "enter"]);
    assert_eq!(
        (&lines[0]["old"]["person_id"], &lines[0]["new"]["since"]),
        (&json!(leaver), &json!("2026-11-23"))
    );
    assert_eq!(lines[0]["new"]["roles"].as_array().unwrap().len(), 2);
    let lines = department
        .get(&format!(
            "/api/v1/trail?entity=person&entity_id={leaver}&action=leave"
        ))
        .items();
    let successors = (
        &lines[0]["old"]["successor_id"],
        &lines[0]["new"]["successor_id"],
    );
    assert_eq!(successors, (&Value::Null, &json!(next)));
}

fn what_the_successor_holds_already_does_not_pass(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let one = |name: &str, fields: Value| {
        entered(
            &admin,
            json!({ "unit_id": root.id, "name": name, "role": "editor", "fields": fields }),
        )
    };
    let (narrow, wide, all) = (
        json!(["tai_chinh"]),
        json!(["tai_chinh", "van_phong"]),
        json!([]),
    );
    let passed = |leaver: &Value, successor: &Value| {
        let (leaver, successor) = (one("Đi", leaver.clone()), one("Ở", successor.clone()));
        let leave = json!({ "last_day": "2026-11-30", "successor_id": successor });
        admin
            .knowing(1)
            .post(&format!("/api/v1/people/{leaver}/leave"), &leave)
            .expect(200)["passed"]
            .clone()
    };
    assert_eq!(passed(&narrow, &wide), json!([]));
    assert_eq!(
        passed(&wide, &all),
        json!([]),
        "no field named is every field"
    );
    assert_eq!(passed(&wide, &narrow)[0]["fields"], wide);
    assert_eq!(
        passed(&all, &wide)[0]["fields"],
        all,
        "and every field passes as such"
    );
}

fn nobody_passes_on_what_they_may_not_give(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let own = found(app, "huyen", Category::Superior, Some(&root));
    let (admin, department) = (app.admin(), app.client_of(Role::Department, Some(&root)));
    let leader = |name: &str| {
        entered(
            &admin,
            json!({ "unit_id": own.id, "name": name, "role": "leader" }),
        )
    };
    let (leaver, next) = (leader("Một"), leader("Hai"));
    let high = json!({ "role": "admin", "unit_id": own.id, "reason": "Quản trị" });
    admin
        .post(&format!("/api/v1/people/{leaver}/roles"), &high)
        .expect(201);
    let path = format!("/api/v1/people/{leaver}/leave");
    let leave = json!({ "last_day": "2026-11-30", "successor_id": next });
    department.knowing(1).post(&path, &leave).faults(403);
    assert_eq!(
        department
            .get(&format!("/api/v1/people/{leaver}"))
            .expect(200)["active_to"],
        Value::Null
    );
    assert!(
        department
            .get(&format!("/api/v1/people/{next}/roles"))
            .items()
            .is_empty()
    );
    let passed = admin.knowing(1).post(&path, &leave).expect(200)["passed"].clone();
    assert_eq!(texts(passed.as_array().unwrap(), "role"), ["admin"]);
}

fn mails_of_a_head_reach_the_successor_from_that_day(db: &TestDb) {
    let world = World::founded(db, "2026-11-20T14:10:00+07:00", "demo", "2026-01-01");
    let staff = world.enter(
        &world.superior,
        "Kế Tục",
        "ke-tuc@a.example",
        Role::Contributor,
        Position::Staff,
    );
    let people = world
        .house
        .store
        .read(|conn| tinbai::store::people::of_units(conn, &[world.superior.id]))
        .unwrap();
    let head = people
        .iter()
        .find(|person| person.position == Position::Head)
        .unwrap();
    world.event(&world.superior, "Hội nghị", "2026-11-20 15:00", false);
    world.event(&world.superior, "Lễ trao nhà", "2026-11-20 15:00", true);
    let leaves = LeavePerson {
        last_day: day("2026-11-20"),
        successor_id: Some(staff.id),
    };
    world
        .house
        .write(&Actor::cli(), db.now(), |tx| {
            people::leave(tx, head.id, leaves, 1)
        })
        .unwrap();
    let mut known = world.post().len();
    let mut to = |local: &str| {
        world.run_at(local);
        let mails = world.new_post(&mut known).into_iter();
        let readers = mails.map(|line| line.split([' ', ':']).nth(3).unwrap().to_owned());
        readers
            .filter(|mail| mail.ends_with("@a.example"))
            .collect::<Vec<_>>()
    };
    assert_eq!(to("2026-11-20 15:30"), ["truong@a.example"]);
    // found at once, told when the office opens: the head has left by then
    assert_eq!(to("2026-11-20 17:05"), [""; 0]);
    assert_eq!(
        to("2026-11-23 07:00"),
        ["ke-tuc@a.example", "pho@a.example"]
    );
    // four working hours before Wednesday, 9:00
    assert_eq!(to("2026-11-23 15:00"), ["ke-tuc@a.example"]);
    assert_eq!(
        trail(db, "person", staff.id),
        ["enter by cli", "succeed by cli"]
    );
}

fn who_moves_leaves_the_post_to_a_successor_and_keeps_the_rest(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let (a, b) = (
        found(app, "a", Category::Superior, Some(&root)),
        found(app, "b", Category::Superior, Some(&root)),
    );
    let admin = app.admin();
    let mover = entered(
        &admin,
        json!({ "unit_id": a.id, "name": "Một", "role": "leader", "position": "head" }),
    );
    let next = entered(
        &admin,
        json!({ "unit_id": a.id, "name": "Hai", "role": "leader", "position": "deputy" }),
    );
    let beside = json!({ "role": "viewer", "unit_id": root.id, "reason": "Giúp việc" });
    admin
        .post(&format!("/api/v1/people/{mover}/roles"), &beside)
        .expect(201);
    let to = json!({ "unit_id": b.id, "from": "2026-12-01", "successor_id": next });
    let moved = admin
        .knowing(1)
        .post(&format!("/api/v1/people/{mover}/move"), &to)
        .expect(201);
    let passed = moved["passed"].as_array().unwrap();
    assert_eq!(
        (texts(passed, "role"), texts(passed, "position")),
        (vec!["leader".to_owned()], vec!["head".to_owned()])
    );
    let on = |id: PersonId| {
        app.store
            .read(|conn| access::grants_of_person(conn, id, day("2026-12-01")))
            .unwrap()
    };
    assert_eq!(
        on(mover),
        [
            Grant::on(Role::Leader, b.id),
            Grant::on(Role::Viewer, root.id)
        ]
    );
    assert_eq!(
        on(next),
        [Grant::on(Role::Leader, a.id), Grant::on(Role::Leader, a.id)]
    );
    // a day on which the successor is gone is refused on both doors
    admin
        .knowing(1)
        .post(
            &format!("/api/v1/people/{next}/leave"),
            &json!({ "last_day": "2026-12-31" }),
        )
        .expect(200);
    let late = MovePerson {
        unit_id: a.id,
        from: day("2027-01-01"),
        role: None,
        position: None,
        successor_id: Some(next),
    };
    let id = moved["entered"]["id"].as_i64().unwrap();
    let refused = app
        .house
        .write(&Actor::cli(), app.now(), |tx| {
            people::move_to(tx, PersonId(id), late, 1)
        })
        .unwrap_err();
    assert_eq!(
        crate::support::tree::faults(&refused),
        ["successor_id person_not_in_service"]
    );
}
