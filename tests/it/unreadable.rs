//! One row that nobody can read, put there past all checks: it is set aside and named, the others go
//! on, and what was left out is made up for once it is corrected.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use serde_json::json;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::ids::PersonId;
use tinbai::domain::person::Position;
use tinbai::domain::unit::Category;
use tinbai::service::rules::policies::{self, SetPolicy};
use tinbai::service::schedule::set_aside;
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::app::TestApp;
use crate::support::desk::{Desk, quota, superiors};
use crate::support::engine::{World, day};
use crate::support::tree::{found, new_unit};
use crate::support::{Kind, TestDb};

both_databases!(
    an_unreadable_policy_is_the_matter_of_its_unit,
    an_unknown_calendar_is_the_matter_of_its_unit,
    an_unreadable_unit_stops_the_opening_for_nobody_else,
    an_unreadable_person_stops_the_opening_for_nobody_else,
    an_unreadable_rule_stops_no_other_plan,
    an_instant_out_of_range_stops_no_check,
    a_unit_with_an_unreadable_row_is_left_out_of_the_scores,
);

/// A statement of another program.
fn execute(db: &TestDb, sql: &str) {
    match db.kind() {
        Kind::Sqlite => {
            let path = db.url().trim_start_matches("sqlite:");
            let mut conn = SqliteConnection::establish(path).unwrap();
            conn.batch_execute(&format!("PRAGMA busy_timeout = 20000; {sql}"))
                .unwrap();
        }
        Kind::Postgres => PgConnection::establish(db.url())
            .unwrap()
            .batch_execute(sql)
            .unwrap(),
    }
}

/// In November under the plans of the demonstration, with an administrator and a second superior
/// union.
fn world(db: &TestDb) -> (World<'_>, UnitRow) {
    let world = World::founded(db, "2026-11-19T09:00:00+07:00", "demo", "2026-11-01");
    let (role, staff) = (Role::Admin, Position::Staff);
    world.enter(
        &world.federation,
        "Quản trị",
        "it@tinh.example",
        role,
        staff,
    );
    let new = new_unit("khac", Category::Superior, Some(world.federation.id));
    let created = world.house.write(&Actor::cli(), db.now(), |tx| {
        tinbai::service::units::create(tx, &new)
    });
    let other = created.unwrap().unit;
    (world, other)
}

/// What is set aside: `sort: reason`.
fn aside(world: &World<'_>) -> Vec<String> {
    let all = world
        .house
        .read(&Actor::cli(), world.db.now(), set_aside::list)
        .unwrap();
    all.iter()
        .map(|row| format!("{} {}: {}", row.entity.as_str(), row.entity_id, row.reason))
        .collect()
}

fn owes_december(world: &World<'_>, unit: &UnitRow) -> bool {
    let owed = world.owed(unit);
    owed.iter().any(|row| row.period_key == "2026-M12")
}

/// December begins, with one row set aside; the row is corrected, and a day later nothing is
/// missing.
fn december_with(world: &World<'_>, unit: &UnitRow, named: &str, correct: impl Fn()) {
    world.run_at("2026-12-01 00:10");
    assert!(!owes_december(world, unit), "nobody can tell what it owes");
    let of_others = [&world.superior, &world.grassroots];
    assert!(
        owes_december(world, of_others[0]),
        "the others go on: {:?}",
        aside(world)
    );
    let left = aside(world);
    assert!(left.len() == 1 && left[0].starts_with(named), "{left:?}");
    assert_eq!(told_to_admin(world), 1, "{:?}", world.post());
    world.run_at("2026-12-01 07:31");
    assert_eq!(told_to_admin(world), 1, "once");
    correct();
    world.run_at("2026-12-02 00:10");
    assert_eq!(aside(world), [""; 0]);
    assert!(owes_december(world, unit), "made up for");
    world.db.mark_mails_read();
}

/// How many mails of one row the administrator got.
fn told_to_admin(world: &World<'_>) -> usize {
    let line = "it@tinh.example: 1 dòng dữ liệu không xử lý được";
    let post = world.post();
    post.iter().filter(|told| told.ends_with(line)).count()
}

fn set_policy(world: &World<'_>, unit: &UnitRow) {
    let set = SetPolicy {
        valid_from: day("2026-11-20"),
        patch: serde_json::from_value(json!({ "carry": "none" })).unwrap(),
        legal_basis: None,
    };
    let done = world.house.write(&Actor::cli(), world.db.now(), |tx| {
        policies::set(tx, unit.id, &set, 0)
    });
    done.unwrap();
}

fn an_unreadable_policy_is_the_matter_of_its_unit(db: &TestDb) {
    let (world, other) = world(db);
    set_policy(&world, &other);
    let write = |patch: &str| {
        let id = other.id;
        execute(
            db,
            &format!("UPDATE policy SET patch = '{patch}' WHERE unit_id = {id}"),
        );
    };
    write("{");
    let named = format!("unit {}: unreadable stored value: policy ", other.id);
    december_with(&world, &other, &named, || write(r#"{"carry":"none"}"#));
}

fn an_unknown_calendar_is_the_matter_of_its_unit(db: &TestDb) {
    let (world, other) = world(db);
    set_policy(&world, &other);
    let write = |patch: &str| {
        let id = other.id;
        execute(
            db,
            &format!("UPDATE policy SET patch = '{patch}' WHERE unit_id = {id}"),
        );
    };
    write(r#"{"calendar":"khong-co"}"#);
    let named = format!("unit {}: calendar not found", other.id);
    december_with(&world, &other, &named, || write("{}"));
}

fn an_unreadable_unit_stops_the_opening_for_nobody_else(db: &TestDb) {
    let (world, other) = world(db);
    let id = other.id;
    let write = |instant: i64| {
        execute(
            db,
            &format!("UPDATE unit SET created_at = {instant} WHERE id = {id}"),
        );
    };
    // what it owes already is left out of the way
    let of_unit = format!("DELETE FROM obligation WHERE unit_id = {id}");
    execute(db, &of_unit);
    write(i64::MAX);
    let entered = world.db.now().timestamp_micros();
    december_with(&world, &other, &format!("unit {id}: "), || write(entered));
}

fn an_unreadable_person_stops_the_opening_for_nobody_else(db: &TestDb) {
    let (world, _) = world(db);
    let (role, staff) = (Role::Editor, Position::Staff);
    let second = world.enter(
        &world.federation,
        "Người sau",
        "sau@tinh.example",
        role,
        staff,
    );
    world.run_at("2026-11-20 09:00");
    let own = |id: PersonId| {
        let owed = world.owed(&world.federation).into_iter();
        let own = owed.filter(|row| row.person_id == Some(id));
        own.map(|row| row.period_key).collect::<Vec<_>>()
    };
    let november = own(second.id);
    assert!(november.contains(&"2026-M11".to_owned()), "{november:?}");
    let id = second.id;
    execute(
        db,
        &format!("UPDATE person SET fields = '[' WHERE id = {id}"),
    );
    world.run_at("2026-12-01 00:10");
    assert_eq!(own(id), november);
    assert!(owes_december(&world, &world.federation), "the first editor");
    assert!(owes_december(&world, &world.superior));
    let sorts: Vec<String> = aside(&world)
        .iter()
        .map(|row| row.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(sorts, ["obligation", "person"], "what is owed already, too");
    execute(
        db,
        &format!("UPDATE person SET fields = '[]' WHERE id = {id}"),
    );
    world.run_at("2026-12-02 00:10");
    assert_eq!(aside(&world), [""; 0]);
    assert!(own(id).contains(&"2026-M12".to_owned()), "{:?}", own(id));
    db.mark_mails_read();
}

fn an_unreadable_rule_stops_no_other_plan(db: &TestDb) {
    let (world, other) = world(db);
    let owed = world.owed(&world.superior);
    let monthly = owed.iter().find(|row| row.period_key == "2026-M11");
    let version = monthly.unwrap().rule_version_id;
    let write = |content: &str| {
        let of = format!("WHERE id = {version}");
        execute(
            db,
            &format!("UPDATE rule_version SET content = {content} {of}"),
        );
    };
    execute(
        db,
        "CREATE TABLE kept AS SELECT id, content FROM rule_version",
    );
    write("'{'");
    world.run_at("2026-12-01 00:10");
    assert!(!owes_december(&world, &other));
    let editors = world.owed(&world.federation);
    assert!(
        editors.iter().any(|row| row.period_key == "2026-M12"),
        "the quotas of the other plan: {:?}",
        aside(&world)
    );
    let left = aside(&world);
    assert!(left.iter().any(|row| row.starts_with("plan ")), "{left:?}");
    write("(SELECT content FROM kept WHERE kept.id = rule_version.id)");
    execute(db, "DROP TABLE kept");
    world.run_at("2026-12-02 00:10");
    let left = aside(&world);
    assert!(!left.iter().any(|row| row.starts_with("plan ")), "{left:?}");
    assert!(owes_december(&world, &other));
    db.mark_mails_read();
}

fn an_instant_out_of_range_stops_no_check(db: &TestDb) {
    let (world, other) = world(db);
    world.event(&world.superior, "Hội nghị", "2026-11-20 07:30", false);
    let event = world.event(&other, "Hội nghị", "2026-11-20 07:30", false);
    let id = world.obligation(&other, &format!("event:{}", event.id)).id;
    execute(
        db,
        &format!(
            "UPDATE obligation SET opened_at = {} WHERE id = {id}",
            i64::MAX
        ),
    );
    world.run_at("2026-11-23 07:29");
    let mut known = 0;
    world.new_post(&mut known);
    world.run_at("2026-11-23 07:30");
    assert_eq!(
        world.new_post(&mut known),
        [
            "07:30 23/11/2026 it@tinh.example: 1 dòng dữ liệu không xử lý được",
            "07:30 23/11/2026 truong@a.example: 1 việc sắp đến hạn",
        ]
    );
    let left = aside(&world);
    assert!(
        left.len() == 1
            && left[0].starts_with(&format!(
                "obligation {id}: Error deserializing field 'opened_at'"
            )),
        "{left:?}"
    );
}

fn a_unit_with_an_unreadable_row_is_left_out_of_the_scores(app: &TestApp) {
    let desk = Desk::new(app);
    let idle = found(app, "huyen-b", Category::Superior, Some(&desk.root));
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let scheme = format!("/api/v1/score-schemes/{}/2026/superior", desk.root.id);
    let preset = json!({ "preset": "simple", "document_number": "12/HD-LĐLĐ" });
    department.knowing(0).put(&scheme, &preset).expect(200);
    desk.published(json!({}));
    desk.published(json!({ "title": "Tin số hai" }));
    app.set_clock("2026-12-02T09:00:00+07:00");
    desk.sweep();
    let (own, other) = (desk.superior.id, idle.id);
    let closed = desk.rows().into_iter().find(|row| row.unit_id == other);
    let bad = closed.unwrap().id;
    execute(
        app,
        &format!("UPDATE obligation SET policy = '{{' WHERE id = {bad}"),
    );
    let of = format!("unit_id={}&category=superior", desk.root.id);
    let board = format!("/api/v1/scores/2026?{of}&at=2026-12-02T08:00:00%2B07:00");
    let table = department.get(&board).expect(200);
    assert_eq!(table["rows"].as_array().unwrap().len(), 1, "{table}");
    let row = &table["rows"][0];
    assert_eq!(
        (&row["unit"]["id"], &row["total"], &row["rank"]),
        (&json!(own), &json!(90), &json!(1))
    );
    let out = &table["left_out"][0];
    assert_eq!(
        (&out["unit_id"], &out["entity"], &out["entity_id"]),
        (&json!(other), &json!("obligation"), &json!(bad))
    );
    let reason = out["reason"].as_str().unwrap();
    assert!(reason.starts_with("unreadable stored value"), "{reason}");

    // a round computes the others, and the row is set aside
    execute(
        app,
        &format!("UPDATE obligation SET next_step_at = 0 WHERE id = {bad}"),
    );
    let group = json!({ "unit_id": desk.root.id, "year": 2026, "category": "superior" });
    let round = department.post("/api/v1/score-rounds", &group).expect(201);
    let path = format!("/api/v1/score-rounds/{}", round["id"]);
    let compute = format!("{path}/compute");
    department.knowing(1).post(&compute, &json!({})).expect(200);
    let sheets = department.get(&format!("{path}/sheets")).items();
    let units: Vec<_> = sheets.iter().map(|sheet| &sheet["unit"]["id"]).collect();
    assert_eq!(units, [&json!(own)]);
    let named = app
        .house
        .read(&Actor::cli(), app.now(), set_aside::list)
        .unwrap();
    let named: Vec<_> = named
        .iter()
        .map(|row| (row.entity.as_str(), row.entity_id))
        .collect();
    assert_eq!(named, [("obligation", bad.0)]);
    app.expect_unread_mails();
}
