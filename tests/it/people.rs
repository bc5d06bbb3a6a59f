//! People: entering, changing, moving, leaving; and who sees whom.

use chrono::NaiveDate;
use tinbai::domain::access::{Actor, Role, Scope, Units};
use tinbai::domain::field::Field;
use tinbai::domain::person::{NewPerson, PersonPatch, Position};
use tinbai::domain::unit::Category;
use tinbai::service::Error;
use tinbai::service::core::access;
use tinbai::service::units;
use tinbai::service::units::EndUnit;
use tinbai::service::units::people;
use tinbai::service::units::people::MovePerson;
use tinbai::store::people::PersonRow;
use tinbai::store::units::UnitRow;
use tinbai::store::views::people::{PeopleQuery, list};

use crate::both_databases;
use crate::support::TestDb;
use crate::support::tree::{actor, faults, found, house, stored, trail};

both_databases!(
    a_person_is_entered_with_role_position_and_fields,
    all_faults_of_a_person_are_told_at_once,
    a_person_is_changed_only_by_who_knows_the_newest_version,
    whoever_moves_leaves_the_old_unit_on_the_day_before,
    a_move_that_makes_no_sense_is_refused,
    people_are_listed_of_a_unit_or_all_below_within_what_the_reader_may_see,
);

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn somebody(unit: &UnitRow, name: &str) -> NewPerson {
    NewPerson {
        unit_id: unit.id,
        name: name.to_owned(),
        title: None,
        mail: None,
        role: Role::Contributor,
        position: Position::Staff,
        fields: Vec::new(),
        active_from: None,
        active_to: None,
    }
}

fn enter(db: &TestDb, person: &NewPerson) -> PersonRow {
    house(db)
        .write(&Actor::cli(), db.now(), |tx| people::create(tx, person))
        .unwrap()
        .person
}

fn a_person_is_entered_with_role_position_and_fields(db: &TestDb) {
    let root = found(db, "tinh", Category::Federation, None);
    let person = NewPerson {
        title: Some("Phó Ban".to_owned()),
        mail: Some(" pho-ban@tinh.example ".to_owned()),
        role: Role::Editor,
        position: Position::Deputy,
        fields: vec![Field::VanPhong, Field::TuyenGiao, Field::VanPhong],
        active_from: Some(day("2026-03-01")),
        ..somebody(&root, "Biên tập viên Một")
    };
    let row = enter(db, &person);
    assert_eq!(
        (row.role.as_str(), row.position.as_str()),
        ("editor", "deputy")
    );
    assert_eq!(*row.fields, [Field::TuyenGiao, Field::VanPhong]);
    assert_eq!(row.mail.unwrap(), "pho-ban@tinh.example");
    assert_eq!(row.name_folded, "bien tap vien mot");
    assert_eq!(trail(db, "person", row.id), ["enter by cli"]);
}

fn all_faults_of_a_person_are_told_at_once(db: &TestDb) {
    let root = found(db, "tinh", Category::Federation, None);
    let gone = found(db, "huyen", Category::Superior, Some(&root));
    let end = EndUnit {
        ended_on: day("2026-06-30"),
        reason: "Kết thúc".to_owned(),
    };
    house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            units::end(tx, gone.id, &end, 1)
        })
        .unwrap();
    let person = NewPerson {
        name: "a\u{0}".to_owned(),
        mail: Some("@".to_owned()),
        active_from: Some(day("2026-08-01")),
        active_to: Some(day("2026-07-01")),
        ..somebody(&gone, "")
    };
    let told = faults(
        &house(db)
            .write(&Actor::cli(), db.now(), |tx| people::create(tx, &person))
            .unwrap_err(),
    );
    let expected = [
        "name control_characters",
        "mail mail",
        "active_to person_left_before_came",
        "unit_id person_unit_ended",
    ];
    assert_eq!(told, expected);
}

fn a_person_is_changed_only_by_who_knows_the_newest_version(db: &TestDb) {
    let root = found(db, "tinh", Category::Federation, None);
    let row = enter(
        db,
        &NewPerson {
            title: Some("Cũ".to_owned()),
            ..somebody(&root, "Người Một")
        },
    );
    let patch: PersonPatch = serde_json::from_str(
        r#"{"role": "leader", "position": "head", "title": null, "fields": ["tai_chinh"]}"#,
    )
    .unwrap();
    let change = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            people::change(tx, row.id, &patch, 1)
        })
        .unwrap();
    assert_eq!(
        (
            change.person.role.as_str(),
            change.person.title,
            change.person.version
        ),
        ("leader", None, 2)
    );
    let late = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            people::change(tx, row.id, &patch, 1)
        })
        .unwrap_err();
    assert!(matches!(late, Error::Stale));
    let left = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            people::leave(tx, row.id, people::LeavePerson::on(day("2026-10-31")), 2)
        })
        .unwrap()
        .person;
    assert!(left.active_on(day("2026-10-31")) && !left.active_on(day("2026-11-01")));
    assert_eq!(
        trail(db, "person", row.id),
        ["enter by cli", "change by cli", "leave by cli"]
    );
}

fn whoever_moves_leaves_the_old_unit_on_the_day_before(db: &TestDb) {
    let root = found(db, "tinh", Category::Federation, None);
    let (a, b) = (
        found(db, "a", Category::Superior, Some(&root)),
        found(db, "b", Category::Superior, Some(&root)),
    );
    let row = enter(
        db,
        &NewPerson {
            role: Role::Leader,
            active_from: Some(day("2026-01-01")),
            ..somebody(&a, "Người Hai")
        },
    );
    let to = MovePerson {
        unit_id: b.id,
        from: day("2026-07-01"),
        role: None,
        position: None,
        successor_id: None,
    };
    let [left, came] = house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            people::move_to(tx, row.id, to, 1)
        })
        .unwrap();
    assert_eq!(
        (left.person.id, left.person.unit_id, left.person.active_to),
        (row.id, a.id, Some(day("2026-06-30")))
    );
    assert_eq!(
        (came.before, came.person.unit_id, came.person.active_from),
        (None, b.id, Some(day("2026-07-01")))
    );
    assert_eq!(
        (
            came.person.name,
            came.person.role.as_str(),
            came.person.active_to
        ),
        (row.name, "leader", None)
    );
}

fn a_move_that_makes_no_sense_is_refused(db: &TestDb) {
    let root = found(db, "tinh", Category::Federation, None);
    let a = found(db, "a", Category::Superior, Some(&root));
    let row = enter(
        db,
        &NewPerson {
            active_from: Some(day("2026-03-01")),
            ..somebody(&a, "Người Ba")
        },
    );
    let go = |unit_id, from| {
        let to = MovePerson {
            unit_id,
            from: day(from),
            role: None,
            position: None,
            successor_id: None,
        };
        faults(
            &house(db)
                .write(&Actor::cli(), db.now(), |tx| {
                    people::move_to(tx, row.id, to, 1)
                })
                .unwrap_err(),
        )
    };
    assert_eq!(go(a.id, "2026-07-01"), ["unit_id person_same_unit"]);
    assert_eq!(go(root.id, "2026-03-01"), ["from person_not_in_service"]);
    let foreign = found(db, "tinh-2", Category::Federation, None);
    let department = actor(Role::Department, &root);
    let to = MovePerson {
        unit_id: foreign.id,
        from: day("2026-07-01"),
        role: None,
        position: None,
        successor_id: None,
    };
    let told = faults(
        &house(db)
            .write(&department, db.now(), |tx| {
                people::move_to(tx, row.id, to, 1)
            })
            .unwrap_err(),
    );
    assert_eq!(told, ["unit_id not_found"]);
    let hidden = house(db).write(&actor(Role::Department, &foreign), db.now(), |tx| {
        people::leave(tx, row.id, people::LeavePerson::on(day("2026-07-01")), 1)
    });
    assert!(matches!(
        hidden.unwrap_err(),
        Error::NotFound { what: "person" }
    ));
}

fn people_are_listed_of_a_unit_or_all_below_within_what_the_reader_may_see(db: &TestDb) {
    let root = found(db, "tinh", Category::Federation, None);
    let a = found(db, "a", Category::Superior, Some(&root));
    let below = found(db, "a-1", Category::Grassroots, Some(&a));
    let foreign = found(db, "tinh-2", Category::Federation, None);
    enter(db, &somebody(&root, "Một"));
    enter(
        db,
        &NewPerson {
            role: Role::Leader,
            ..somebody(&a, "Đỗ Hai")
        },
    );
    enter(
        db,
        &NewPerson {
            active_to: Some(day("2026-06-30")),
            ..somebody(&below, "Ba")
        },
    );
    enter(db, &somebody(&foreign, "Bốn"));
    let names = |scope: Scope, query: PeopleQuery| -> Vec<String> {
        let found = db.store.read(|conn| list(conn, &scope, &query)).unwrap();
        found.into_iter().map(|person| person.name).collect()
    };
    let all = PeopleQuery::default;
    assert_eq!(names(Scope::All, all()), ["Ba", "Bốn", "Đỗ Hai", "Một"]);
    assert_eq!(
        names(access::scope(&actor(Role::Leader, &a)), all()),
        ["Ba", "Đỗ Hai"]
    );
    assert_eq!(
        names(
            Scope::Below(vec![a.id]),
            PeopleQuery {
                units: Some(Units {
                    unit_id: root.id,
                    below: true
                }),
                ..all()
            }
        ),
        ["Ba", "Đỗ Hai"]
    );
    let own = PeopleQuery {
        units: Some(Units {
            unit_id: root.id,
            below: false,
        }),
        ..all()
    };
    assert_eq!(names(Scope::All, own), ["Một"]);
    let today = PeopleQuery {
        units: Some(Units {
            unit_id: a.id,
            below: true,
        }),
        active_on: Some(day("2026-11-20")),
        ..all()
    };
    assert_eq!(names(Scope::All, today), ["Đỗ Hai"]);
    assert_eq!(
        names(
            Scope::All,
            PeopleQuery {
                search: Some("DO h".to_owned()),
                ..all()
            }
        ),
        ["Đỗ Hai"]
    );
    assert_eq!(
        names(
            Scope::All,
            PeopleQuery {
                search: Some("%".to_owned()),
                ..all()
            }
        ),
        Vec::<String>::new()
    );
    assert_eq!(
        names(
            Scope::All,
            PeopleQuery {
                role: Some(Role::Leader),
                ..all()
            }
        ),
        ["Đỗ Hai"]
    );
    let first = db
        .store
        .read(|conn| list(conn, &Scope::All, &PeopleQuery { limit: 2, ..all() }))
        .unwrap();
    let next = PeopleQuery {
        after: first
            .last()
            .map(|person| (person.name_sort.clone(), person.id)),
        ..all()
    };
    assert_eq!(names(Scope::All, next), ["Đỗ Hai", "Một"]);
    assert_eq!(stored(db, a.id).version, 1);
}
