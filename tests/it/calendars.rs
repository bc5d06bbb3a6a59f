//! Calendars in the database: read, entered, replaced, compiled.

use chrono::TimeDelta;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::calendar::{CalendarSpec, shipped};
use tinbai::domain::unit::Category;
use tinbai::service::rules::calendars::{self, CopyCalendar};
use tinbai::service::{App, Error};
use tinbai::store::Conn;
use tinbai::store::types::At;

use crate::both_databases;
use crate::support::tree::{actor, faults, found, house, trail};
use crate::support::{TestDb, at};

both_databases!(
    a_code_that_is_not_stored_falls_back_to_the_shipped_calendar,
    a_copy_is_replaced_and_its_version_counts_up,
    a_new_calendar_is_judged_whole_before_it_is_kept,
    only_who_manages_rules_changes_calendars,
    a_holiday_added_later_moves_due_instants_with_the_next_version,
    a_version_that_was_rolled_back_is_not_counted_on,
);

fn spec(code: &str) -> CalendarSpec {
    CalendarSpec {
        code: code.to_owned(),
        ..shipped::calendar("ben-tre").unwrap()
    }
}

/// The app with one federation.
fn one(db: &TestDb) -> App {
    found(db, "tinh", Category::Federation, None);
    house(db)
}

/// [`one`], with a copy of Bến Tre's calendar of its own.
fn copied(db: &TestDb) -> App {
    let app = one(db);
    let copy = CopyCalendar {
        code: "lich-tinh".to_owned(),
        name: None,
        unit_id: None,
    };
    app.write(&Actor::cli(), db.now(), |tx| {
        calendars::copy(tx, "ben-tre", &copy)
    })
    .unwrap();
    app
}

fn replace(house: &App, db: &TestDb, spec: &CalendarSpec, version: i32) -> Result<i32, Error> {
    house
        .write(&Actor::cli(), db.now(), |tx| {
            calendars::replace(tx, &spec.code, spec, version)
        })
        .map(|facts| facts.version)
}

fn a_code_that_is_not_stored_falls_back_to_the_shipped_calendar(db: &TestDb) {
    let house = one(db);
    let codes = |house: &App| -> Vec<String> {
        house
            .read(&Actor::cli(), db.now(), calendars::list)
            .unwrap()
            .into_iter()
            .map(|facts| format!("{} {}", facts.spec.code, facts.version))
            .collect()
    };
    assert_eq!(codes(&house), ["ben-tre 0", "hanh-chinh 0", "thanh-hoa 0"]);
    assert_eq!(
        house
            .read(&Actor::cli(), db.now(), |tx| calendars::get(
                tx,
                shipped::DEFAULT
            ))
            .unwrap()
            .updated_at,
        None
    );
    let missing = house
        .read(&Actor::cli(), db.now(), |tx| calendars::get(tx, "atlantis"))
        .unwrap_err();
    assert!(matches!(missing, Error::NotFound { .. }));
    let (calendar, version) = db
        .store
        .read(|conn| house.calendars.get(conn, "thanh-hoa"))
        .unwrap();
    assert_eq!((calendar.code(), version), ("thanh-hoa", 0));
    assert!(
        db.store
            .read(|conn| house.calendars.get(conn, "atlantis"))
            .is_err()
    );
    house
        .write(&Actor::cli(), db.now(), |tx| {
            calendars::create(tx, &spec("an-xa"), None)
        })
        .unwrap();
    assert_eq!(
        codes(&house),
        ["an-xa 1", "ben-tre 0", "hanh-chinh 0", "thanh-hoa 0"]
    );
}

fn a_copy_is_replaced_and_its_version_counts_up(db: &TestDb) {
    let house = copied(db);
    let changed = CalendarSpec {
        note: Some("Theo quy chế".to_owned()),
        ..spec("lich-tinh")
    };
    assert!(matches!(
        replace(&house, db, &changed, 0).unwrap_err(),
        Error::Stale
    ));
    assert_eq!(replace(&house, db, &changed, 1).unwrap(), 2);
    assert!(matches!(
        replace(&house, db, &changed, 1).unwrap_err(),
        Error::Stale
    ));
    assert_eq!(replace(&house, db, &changed, 2).unwrap(), 3);
    let now = house
        .read(&Actor::cli(), db.now(), |tx| {
            calendars::get(tx, "lich-tinh")
        })
        .unwrap();
    assert_eq!(
        (now.spec, now.version, now.updated_at),
        (changed, 3, Some(At(db.now())))
    );
    assert_eq!(
        trail(db, "calendar", "lich-tinh"),
        ["copy by cli", "replace by cli", "replace by cli"]
    );
    let lost = replace(&house, db, &spec("atlantis"), 0).unwrap_err();
    assert!(matches!(lost, Error::NotFound { .. }));
}

fn a_new_calendar_is_judged_whole_before_it_is_kept(db: &TestDb) {
    let house = copied(db);
    let mut bad = spec("ben-tre");
    bad.zone = "Mars/Base".to_owned();
    bad.hours.mon = vec![
        ["07:00".to_owned(), "11:00".to_owned()],
        ["10:00".to_owned(), "25:00".to_owned()],
    ];
    bad.hours.tue = vec![
        ["07:00".to_owned(), "11:00".to_owned()],
        ["10:59".to_owned(), "12:00".to_owned()],
    ];
    let told = faults(
        &house
            .write(&Actor::cli(), db.now(), |tx| {
                calendars::create(tx, &bad, None)
            })
            .unwrap_err(),
    );
    let expected = [
        "zone calendar_unknown_zone",
        "hours.mon[1] calendar_impossible_time",
        "hours.tue[1] calendar_overlapping_hours",
        "code duplicate",
    ];
    assert_eq!(told, expected);
    let other = house
        .write(&Actor::cli(), db.now(), |tx| {
            calendars::replace(tx, "lich-tinh", &spec("ben-tre"), 1)
        })
        .unwrap_err();
    assert_eq!(faults(&other), ["code calendar_in_code"]);
    house
        .write(&Actor::cli(), db.now(), |tx| {
            calendars::create(tx, &spec("an-xa"), None)
        })
        .unwrap();
    let twice = house
        .write(&Actor::cli(), db.now(), |tx| {
            calendars::create(tx, &spec("an-xa"), None)
        })
        .unwrap_err();
    assert_eq!(faults(&twice), ["code duplicate"]);
}

fn only_who_manages_rules_changes_calendars(db: &TestDb) {
    let root = found(db, "tinh", Category::Federation, None);
    for role in [Role::Leader, Role::Editor, Role::Viewer, Role::Contributor] {
        let refused = house(db)
            .write(&actor(role, &root), db.now(), |tx| {
                calendars::create(tx, &spec("an-xa"), None)
            })
            .unwrap_err();
        assert!(matches!(refused, Error::Forbidden));
    }
    house(db)
        .write(&actor(Role::Department, &root), db.now(), |tx| {
            calendars::create(tx, &spec("an-xa"), None)
        })
        .unwrap();
}

fn a_holiday_added_later_moves_due_instants_with_the_next_version(db: &TestDb) {
    let house = copied(db);
    let due = || {
        let (calendar, version) = db
            .store
            .read(|conn| house.calendars.get(conn, "lich-tinh"))
            .unwrap();
        (
            calendar
                .add(at("2026-11-20T15:00:00+07:00"), TimeDelta::hours(12))
                .unwrap(),
            version,
        )
    };
    assert_eq!(due(), (at("2026-11-25T09:00:00+07:00"), 1));
    let mut spec = spec("lich-tinh");
    let holiday =
        serde_json::json!({"date": "2026-11-23", "name": "Nghỉ đột xuất", "kind": "day_off"});
    spec.exceptions
        .push(serde_json::from_value(holiday).unwrap());
    replace(&house, db, &spec, 1).unwrap();
    assert_eq!(due(), (at("2026-11-26T09:00:00+07:00"), 2));
}

fn a_version_that_was_rolled_back_is_not_counted_on(db: &TestDb) {
    let house = copied(db);
    let named = |name: &str| CalendarSpec {
        name: name.to_owned(),
        ..spec("lich-tinh")
    };
    let compiled = |conn: &mut Conn| house.calendars.get(conn, "lich-tinh");
    let lost = house.write::<()>(&Actor::cli(), db.now(), |tx| {
        calendars::replace(tx, "lich-tinh", &named("Lịch bỏ"), 1)?;
        assert_eq!(compiled(tx.conn)?.0.name().vi, "Lịch bỏ");
        Err(Error::Forbidden)
    });
    assert!(matches!(lost, Err(Error::Forbidden)));
    replace(&house, db, &named("Lịch giữ"), 1).unwrap();
    let (calendar, version) = db.store.read(compiled).unwrap();
    assert_eq!((calendar.name().vi.as_str(), version), ("Lịch giữ", 2));
}
