//! Calendars in the database: read, entered, replaced, compiled.

use chrono::TimeDelta;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::calendar::{CalendarSpec, shipped};
use tinbai::domain::unit::Category;
use tinbai::service::rules::calendars;
use tinbai::service::{App, Error};
use tinbai::store::Conn;
use tinbai::store::types::At;

use crate::both_databases;
use crate::support::tree::{actor, faults, found, house, trail};
use crate::support::{TestDb, at};

both_databases!(
    a_code_that_is_not_stored_falls_back_to_the_shipped_calendar,
    a_shipped_calendar_is_replaced_and_its_version_counts_from_zero,
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

fn replace(house: &App, db: &TestDb, spec: &CalendarSpec, version: i32) -> Result<i32, Error> {
    house
        .write(&Actor::cli(), db.now(), |tx| {
            calendars::replace(tx, &spec.code, spec, version)
        })
        .map(|facts| facts.version)
}

fn a_code_that_is_not_stored_falls_back_to_the_shipped_calendar(db: &TestDb) {
    let house = house(db);
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
            calendars::create(tx, &spec("an-xa"))
        })
        .unwrap();
    assert_eq!(
        codes(&house),
        ["an-xa 1", "ben-tre 0", "hanh-chinh 0", "thanh-hoa 0"]
    );
}

fn a_shipped_calendar_is_replaced_and_its_version_counts_from_zero(db: &TestDb) {
    let house = house(db);
    let changed = CalendarSpec {
        note: Some("Theo quy chế".to_owned()),
        ..spec("ben-tre")
    };
    assert!(matches!(
        replace(&house, db, &changed, 1).unwrap_err(),
        Error::Stale
    ));
    assert_eq!(replace(&house, db, &changed, 0).unwrap(), 1);
    assert!(matches!(
        replace(&house, db, &changed, 0).unwrap_err(),
        Error::Stale
    ));
    assert_eq!(replace(&house, db, &changed, 1).unwrap(), 2);
    let now = house
        .read(&Actor::cli(), db.now(), |tx| calendars::get(tx, "ben-tre"))
        .unwrap();
    assert_eq!(
        (now.spec, now.version, now.updated_at),
        (changed, 2, Some(At(db.now())))
    );
    assert_eq!(
        trail(db, "calendar", "ben-tre"),
        ["replace by cli", "replace by cli"]
    );
    let lost = replace(&house, db, &spec("atlantis"), 0).unwrap_err();
    assert!(matches!(lost, Error::NotFound { .. }));
}

fn a_new_calendar_is_judged_whole_before_it_is_kept(db: &TestDb) {
    let house = house(db);
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
            .write(&Actor::cli(), db.now(), |tx| calendars::create(tx, &bad))
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
            calendars::replace(tx, "thanh-hoa", &spec("ben-tre"), 0)
        })
        .unwrap_err();
    assert_eq!(faults(&other), ["code calendar_in_code"]);
    house
        .write(&Actor::cli(), db.now(), |tx| {
            calendars::create(tx, &spec("an-xa"))
        })
        .unwrap();
    let twice = house
        .write(&Actor::cli(), db.now(), |tx| {
            calendars::create(tx, &spec("an-xa"))
        })
        .unwrap_err();
    assert_eq!(faults(&twice), ["code duplicate"]);
}

fn only_who_manages_rules_changes_calendars(db: &TestDb) {
    let root = found(db, "tinh", Category::Federation, None);
    for role in [Role::Leader, Role::Editor, Role::Viewer, Role::Contributor] {
        let refused = house(db)
            .write(&actor(role, &root), db.now(), |tx| {
                calendars::create(tx, &spec("an-xa"))
            })
            .unwrap_err();
        assert!(matches!(refused, Error::Forbidden));
    }
    house(db)
        .write(&actor(Role::Department, &root), db.now(), |tx| {
            calendars::create(tx, &spec("an-xa"))
        })
        .unwrap();
}

fn a_holiday_added_later_moves_due_instants_with_the_next_version(db: &TestDb) {
    let house = house(db);
    let due = || {
        let (calendar, version) = db
            .store
            .read(|conn| house.calendars.get(conn, "ben-tre"))
            .unwrap();
        (
            calendar
                .add(at("2026-11-20T15:00:00+07:00"), TimeDelta::hours(12))
                .unwrap(),
            version,
        )
    };
    assert_eq!(due(), (at("2026-11-25T09:00:00+07:00"), 0));
    let mut spec = spec("ben-tre");
    let holiday =
        serde_json::json!({"date": "2026-11-23", "name": "Nghỉ đột xuất", "kind": "day_off"});
    spec.exceptions
        .push(serde_json::from_value(holiday).unwrap());
    replace(&house, db, &spec, 0).unwrap();
    assert_eq!(due(), (at("2026-11-26T09:00:00+07:00"), 1));
}

fn a_version_that_was_rolled_back_is_not_counted_on(db: &TestDb) {
    let house = house(db);
    let named = |name: &str| CalendarSpec {
        name: name.to_owned(),
        ..spec("ben-tre")
    };
    let compiled = |conn: &mut Conn| house.calendars.get(conn, "ben-tre");
    let lost = house.write::<()>(&Actor::cli(), db.now(), |tx| {
        calendars::replace(tx, "ben-tre", &named("Lịch bỏ"), 0)?;
        assert_eq!(compiled(tx.conn)?.0.name().vi, "Lịch bỏ");
        Err(Error::Forbidden)
    });
    assert!(matches!(lost, Err(Error::Forbidden)));
    replace(&house, db, &named("Lịch giữ"), 0).unwrap();
    let (calendar, version) = db.store.read(compiled).unwrap();
    assert_eq!((calendar.name().vi.as_str(), version), ("Lịch giữ", 1));
}
