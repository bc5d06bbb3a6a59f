//! Units and people come, move and go; calendars change: each reaches what is owed at once.

use tinbai::domain::access::{Actor, Role};
use tinbai::domain::field::Field;
use tinbai::domain::person::{NewPerson, Position};
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::rules::calendars;
use tinbai::service::units;
use tinbai::service::units::people::MovePerson;
use tinbai::service::units::{EndUnit, MergeUnit, MoveUnit};
use tinbai::service::units::{import, people};
use tinbai::store::types::At;
use tinbai::store::units::{self as rows, UnitRow};

use crate::both_databases;
use crate::support::TestDb;
use crate::support::engine::{World, day, local_at};
use crate::support::tree::{found, new_unit};

both_databases!(
    a_unit_founded_within_the_year_owes_its_days,
    a_unit_that_ends_is_settled_on_its_last_day,
    a_merged_unit_hands_later_items_to_its_successor,
    people_owe_personally_while_they_are_in_service,
    whoever_changes_the_post_owes_what_one_person_owes,
    a_changed_calendar_moves_what_is_open_and_says_so,
    units_from_a_file_owe_at_once,
    a_unit_that_moves_keeps_what_is_open_under_its_new_department,
    a_federation_has_its_summary_from_the_day_it_is_founded,
);

fn world(db: &TestDb) -> World<'_> {
    World::founded(db, "2026-11-20T08:00:00+07:00", "demo", "2026-01-01")
}

/// A unit with a first day.
fn founded_on(world: &World<'_>, code: &str, category: Category, first: &str) -> UnitRow {
    let new = NewUnit {
        founded_on: Some(day(first)),
        ..new_unit(code, category, Some(world.federation.id))
    };
    world
        .house
        .write(&Actor::cli(), world.db.now(), |tx| units::create(tx, &new))
        .unwrap()
        .unit
}

fn a_unit_founded_within_the_year_owes_its_days(db: &TestDb) {
    let world = World::founded(db, "2026-08-15T09:00:00+07:00", "thanh-hoa", "2026-01-01");
    let superior = founded_on(&world, "xa-c", Category::Superior, "2026-08-15");
    // 2 x 17/31 = 1.1; 3 x 139/365 = 1.14
    assert_eq!(
        world.counts(&superior),
        ["2026-M08: 0/1 open", "2026: 0/1 open"],
        "at once"
    );
    let grassroots = founded_on(&world, "co-so-d", Category::Grassroots, "2026-08-15");
    // 1 x 47/92 = 0.51; 1 x 139/365 = 0.38
    assert_eq!(world.counts(&grassroots), ["2026-Q3: 0/1 open"]);
    let last_day = founded_on(&world, "xa-e", Category::Superior, "2026-08-31");
    // 2 x 1/31 = 0.06; 3 x 123/365 = 1.01
    assert_eq!(world.counts(&last_day), ["2026: 0/1 open"]);
    let next_month = founded_on(&world, "xa-f", Category::Superior, "2026-09-21");
    assert_eq!(world.counts(&next_month), ["2026: 0/1 open"]);
    world.run_at("2026-09-01 00:05");
    // 2 x 10/30 = 0.67
    assert_eq!(
        world.counts(&next_month),
        ["2026-M09: 0/1 open", "2026: 0/1 open"]
    );
    assert_eq!(
        world.counts(&superior),
        [
            "2026-M08: 0/1 missed",
            "2026-M09: 0/2 open",
            "2026: 0/1 open"
        ]
    );
}

fn a_unit_that_ends_is_settled_on_its_last_day(db: &TestDb) {
    let world = world(db);
    let unit = founded_on(&world, "huyen-b", Category::Superior, "2020-01-01");
    world.event(&unit, "Hội nghị", "2026-11-20 15:00", false);
    world.hand_in(&unit, "tin", "2026-11-20 08:00", Some("2026-11-20 08:00"));
    assert_eq!(
        world.counts(&unit),
        ["event:1: 0/1 open", "2026-M11: 1/2 open", "2026: 0/3 open"]
    );
    let ends = EndUnit {
        ended_on: day("2026-11-22"),
        reason: "Quyết định 12".to_owned(),
    };
    world
        .house
        .write(&Actor::cli(), db.now(), |tx| {
            units::end(tx, unit.id, &ends, 1)
        })
        .unwrap();
    // 2 x 22/30 = 1.47; 3 x 326/365 = 2.68; the event's deadline is beyond the last day
    assert_eq!(
        world.counts(&unit),
        [
            "event:1: 0/1 exempt",
            "2026-M11: 1/1 met_on_time",
            "2026: 0/3 open"
        ]
    );
    world.run_at("2026-11-23 00:01");
    world.run_at("2026-12-01 00:06");
    assert_eq!(
        world.counts(&unit),
        [
            "event:1: 0/1 exempt",
            "2026-M11: 1/1 met_on_time",
            "2026: 0/3 missed"
        ]
    );
    assert_eq!(
        db.unread_mails(),
        [""; 0],
        "the summary has nothing to tell"
    );
}

fn a_merged_unit_hands_later_items_to_its_successor(db: &TestDb) {
    let world = world(db);
    let unit = founded_on(&world, "huyen-b", Category::Superior, "2020-01-01");
    for arrived in ["2026-11-10 08:00", "2026-11-16 00:00"] {
        world.hand_in(&unit, "tin", arrived, Some("2026-11-18 09:00"));
    }
    assert_eq!(
        world.counts(&unit),
        ["2026-M11: 2/2 met_on_time", "2026: 0/3 open"]
    );
    let merges = MergeUnit {
        into_id: world.superior.id,
        ended_on: day("2026-11-15"),
        reason: "Sắp xếp".to_owned(),
    };
    world
        .house
        .write(&Actor::cli(), db.now(), |tx| {
            units::merge(tx, unit.id, &merges, 1)
        })
        .unwrap();
    // 2 x 15/30 = 1; 3 x 319/365 = 2.62
    assert_eq!(
        world.counts(&unit),
        ["2026-M11: 1/1 met_on_time", "2026: 0/3 missed"]
    );
    assert_eq!(
        world.counts(&world.superior),
        ["2026-M11: 1/2 open", "2026: 0/3 open"]
    );
}

fn people_owe_personally_while_they_are_in_service(db: &TestDb) {
    let world = World::founded(db, "2026-07-02T09:00:00+07:00", "thanh-hoa", "2026-01-01");
    let office = founded_on(&world, "ban-to-chuc", Category::Office, "2020-01-01");
    let enter = |name: &str, first: &str| {
        let new = NewPerson {
            unit_id: office.id,
            name: name.to_owned(),
            title: None,
            mail: None,
            role: Role::Contributor,
            position: Position::Staff,
            fields: vec![Field::TaiChinh],
            active_from: Some(day(first)),
            active_to: None,
        };
        world
            .house
            .write(&Actor::cli(), db.now(), |tx| people::create(tx, &new))
            .unwrap()
            .person
    };
    let person = enter("Người Một", "2026-07-02");
    // 1 x 183/365 = 0.501: an article in the own field and a news item
    assert_eq!(world.counts(&office), ["2026: 0/1 open", "2026: 0/1 open"]);
    enter("Người Hai", "2026-07-03");
    assert_eq!(world.counts(&office).len(), 2, "1 x 182/365 = 0.499");
    world.item(
        &office,
        "tin",
        "2026-07-02 08:00",
        Some("2026-07-02 08:00"),
        None,
        &[person.id],
    );
    world.item(
        &office,
        "bai_chuyen_sau",
        "2026-07-02 08:00",
        Some("2026-07-02 08:00"),
        None,
        &[person.id],
    );
    assert_eq!(
        world.counts(&office),
        ["2026: 0/1 open", "2026: 1/1 met_on_time"],
        "it was about another field"
    );
    world
        .house
        .write(&Actor::cli(), db.now(), |tx| {
            people::leave(tx, person.id, people::LeavePerson::on(day("2026-12-01")), 1)
        })
        .unwrap();
    // 1 x 153/365 = 0.42: nothing was owed
    assert_eq!(
        world.counts(&office),
        ["2026: 0/1 exempt", "2026: 1/1 exempt"]
    );
}

fn whoever_changes_the_post_owes_what_one_person_owes(db: &TestDb) {
    let world = World::founded(db, "2026-07-02T09:00:00+07:00", "thanh-hoa", "2026-01-01");
    let office = founded_on(&world, "ban-to-chuc", Category::Office, "2020-01-01");
    let person = world.enter(
        &office,
        "Người Một",
        "mot@tinh.example",
        Role::Contributor,
        Position::Staff,
    );
    assert_eq!(world.counts(&office), ["2026: 0/1 open", "2026: 0/1 open"]);
    let mut id = person.id;
    for (from, role) in [("2026-05-03", Role::Editor), ("2026-09-02", Role::Leader)] {
        let to = MovePerson {
            unit_id: office.id,
            from: day(from),
            role: Some(role),
            position: None,
            successor_id: None,
        };
        let moved = world
            .house
            .write(&Actor::cli(), db.now(), |tx| people::move_to(tx, id, to, 1))
            .unwrap();
        id = moved[1].person.id;
        assert_eq!(world.counts(&office), ["2026: 0/1 open", "2026: 0/1 open"]);
    }
    let owed = world.owed(&office);
    assert!(
        owed.iter()
            .all(|row| !row.explanation.as_str().contains("prorated"))
    );
}

fn a_changed_calendar_moves_what_is_open_and_says_so(db: &TestDb) {
    let world = world(db);
    let event = world.event(&world.superior, "Hội nghị", "2026-11-20 15:00", false);
    let known_calendar = world
        .house
        .read(&Actor::cli(), db.now(), |tx| {
            calendars::get(tx, "ben-tre-tinh")
        })
        .unwrap();
    let mut spec = known_calendar.spec;
    let off = serde_json::json!({"date": "2026-11-25", "kind": "day_off", "name": "Nghỉ bão"});
    spec.exceptions.push(serde_json::from_value(off).unwrap());
    let version = known_calendar.version;
    world
        .house
        .write(&Actor::cli(), db.now(), |tx| {
            calendars::replace(tx, "ben-tre-tinh", &spec, version)
        })
        .unwrap();
    world.run_at("2026-11-20 08:01");
    let row = world.obligation(&world.superior, &format!("event:{}", event.id));
    assert_eq!(
        (row.due_at, row.due_revision),
        (At(local_at("2026-11-26 09:00")), 2)
    );
    let why = row.explanation.as_str();
    assert!(
        why.contains("Nghỉ bão") && why.contains("calendar_changed"),
        "{why}"
    );
    assert_eq!(
        world.post(),
        ["08:01 20/11/2026 truong@a.example: 1 việc đổi hạn"]
    );
    let unmoved = world.obligation(&world.superior, "2026-M11");
    assert_eq!(
        (unmoved.due_revision, unmoved.calendar_version),
        (1, version + 1)
    );
}

fn units_from_a_file_owe_at_once(db: &TestDb) {
    let world = world(db);
    let head = include_str!("../../config/presets/units-ben-tre.csv")
        .lines()
        .next()
        .unwrap();
    let columns = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let value = |column: &String| match column.as_str() {
        "code" => "tu-tep",
        "name" => "Công đoàn từ tệp",
        "category" => "superior",
        "parent" | "parent_code" => "tinh",
        _ => "",
    };
    let line: Vec<&str> = columns(head).iter().map(value).collect();
    let file = format!("{head}\n{}\n", line.join(","));
    world
        .house
        .write(&Actor::cli(), db.now(), |tx| {
            import::units(tx, file.as_bytes(), None)
        })
        .unwrap();
    let unit = db
        .store
        .read(|conn| rows::find_by_code(conn, "tu-tep"))
        .unwrap()
        .unwrap();
    assert_eq!(
        world.counts(&unit),
        ["2026-M11: 0/2 open", "2026: 0/3 open"]
    );
}

fn a_unit_that_moves_keeps_what_is_open_under_its_new_department(db: &TestDb) {
    let world = world(db);
    let other = found(db, "tinh-khac", Category::Federation, None);
    world.enter(
        &other,
        "Cán bộ Ban khác",
        "ban@khac.example",
        Role::Department,
        Position::Staff,
    );
    let before = world.counts(&world.superior);
    let to = MoveUnit {
        parent_id: Some(other.id),
        from: None,
        reason: Some("Sáp nhập tỉnh".to_owned()),
    };
    world
        .house
        .write(&Actor::cli(), db.now(), |tx| {
            units::move_to(tx, world.superior.id, &to, 1)
        })
        .unwrap();
    assert_eq!(world.counts(&world.superior), before);
    world.run_at("2026-12-01 07:00");
    let mut told: Vec<String> = world.post();
    told.retain(|line| line.starts_with("07:00 01/12") && line.contains("quá hạn"));
    let to_whom: Vec<&str> = told
        .iter()
        .filter_map(|line| line.split([' ', ':']).nth(3))
        .collect();
    assert!(
        to_whom.contains(&"ban@khac.example") && to_whom.contains(&"truong@a.example"),
        "{told:?}"
    );
}

fn a_federation_has_its_summary_from_the_day_it_is_founded(db: &TestDb) {
    let federation = found(db, "tinh", Category::Federation, None);
    let name = format!("summary:{}", federation.id);
    let row = db
        .store
        .read(|conn| tinbai::store::schedule::find(conn, &name))
        .unwrap()
        .unwrap();
    assert_eq!(row.next_at, Some(local_at("2026-11-20 16:01").into()));
}
