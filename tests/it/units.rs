//! Units: founding, changing, moving, ending and merging them.

use chrono::{NaiveDate, TimeDelta};
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::ids::UnitId;
use tinbai::domain::unit::{Category, NewUnit, UnitPatch};
use tinbai::service::units;
use tinbai::service::units::{ChangeKind, EndUnit, MergeUnit, MoveUnit};
use tinbai::service::{App, Error};
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::tree::{above, actor, faults, found, house, new_unit, stored, trail};
use crate::support::{TestDb, at};

both_databases!(
    a_unit_is_founded_below_another_and_the_trail_says_by_whom,
    all_faults_of_a_new_unit_are_told_at_once,
    a_taken_code_is_refused,
    a_unit_is_renamed_only_by_who_knows_its_newest_version,
    a_move_takes_everything_below_along_and_changes_the_federation,
    a_unit_never_hangs_below_itself,
    a_federation_becomes_a_root_only_for_the_house,
    a_unit_ends_when_nobody_living_is_left_below,
    a_merged_unit_names_its_successor_and_hands_its_units_over,
    a_merger_that_makes_no_sense_is_refused,
    a_province_merges_into_its_neighbour_with_all_units,
    a_department_manages_its_own_tree_only,
);

struct Tree {
    house: App,
    root: UnitRow,
    office: UnitRow,
    district: UnitRow,
    other: UnitRow,
    grassroots: UnitRow,
}

fn tree(db: &TestDb) -> Tree {
    let root = found(db, "tinh", Category::Federation, None);
    let office = found(db, "ban-tuyen-giao", Category::Office, Some(&root));
    let district = found(db, "huyen-a", Category::Superior, Some(&root));
    let other = found(db, "huyen-b", Category::Superior, Some(&root));
    let grassroots = found(db, "co-so", Category::Grassroots, Some(&district));
    Tree {
        house: house(db),
        root,
        office,
        district,
        other,
        grassroots,
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn to(parent: &UnitRow) -> MoveUnit {
    MoveUnit {
        parent_id: Some(parent.id),
        from: None,
        reason: None,
    }
}

fn ends(on: &str) -> EndUnit {
    EndUnit {
        ended_on: day(on),
        reason: "Quyết định 12".to_owned(),
    }
}

fn merges(into: &UnitRow, on: &str) -> MergeUnit {
    MergeUnit {
        into_id: into.id,
        ended_on: day(on),
        reason: "Sắp xếp đơn vị".to_owned(),
    }
}

fn conflict<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    match result.unwrap_err() {
        Error::Conflict(fault) => fault.code,
        other => panic!("{other:?}"),
    }
}

fn a_unit_is_founded_below_another_and_the_trail_says_by_whom(db: &TestDb) {
    let tree = tree(db);
    let new = NewUnit {
        name: "  Công đoàn   phường 1 ".to_owned(),
        cluster: Some("Cụm 1".to_owned()),
        founded_on: Some(day("2026-07-01")),
        mail: Some("phuong-1@tinh.example".to_owned()),
        ..new_unit("phuong-1", Category::Superior, Some(tree.root.id))
    };
    let department = actor(Role::Department, &tree.root);
    let change = tree
        .house
        .write(&department, db.now(), |tx| units::create(tx, &new))
        .unwrap();
    assert_eq!((change.kind, change.before), (ChangeKind::Created, None));
    let unit = stored(db, change.unit.id);
    assert_eq!(unit, change.unit);
    assert_eq!(
        (unit.name.as_str(), unit.name_folded.as_str()),
        ("Công đoàn phường 1", "cong doan phuong 1")
    );
    assert_eq!((unit.version, unit.federation_id), (1, tree.root.id));
    assert_eq!(above(db, unit.id), ["phuong-1", "tinh"]);
    assert_eq!(trail(db, "unit", unit.id), ["found by department tinh"]);
}

fn all_faults_of_a_new_unit_are_told_at_once(db: &TestDb) {
    let tree = tree(db);
    let new = NewUnit {
        name: "a\nb".to_owned(),
        mail: Some("nobody".to_owned()),
        ..new_unit("Hoa", Category::Federation, Some(tree.district.id))
    };
    let told = faults(
        &tree
            .house
            .write(&Actor::cli(), db.now(), |tx| units::create(tx, &new))
            .unwrap_err(),
    );
    assert_eq!(
        told,
        [
            "code code",
            "name control_characters",
            "mail mail",
            "parent_id unit_parent_category"
        ]
    );
    let lost = new_unit("lost", Category::Grassroots, Some(UnitId(999_999)));
    let told = faults(
        &tree
            .house
            .write(&Actor::cli(), db.now(), |tx| units::create(tx, &lost))
            .unwrap_err(),
    );
    assert_eq!(told, ["parent_id unit_unknown_parent"]);
    let rootless = new_unit("rootless", Category::Grassroots, None);
    let told = faults(
        &tree
            .house
            .write(&Actor::cli(), db.now(), |tx| units::create(tx, &rootless))
            .unwrap_err(),
    );
    assert_eq!(told, ["parent_id unit_needs_parent"]);
}

fn a_taken_code_is_refused(db: &TestDb) {
    let tree = tree(db);
    let twice = new_unit("co-so", Category::Grassroots, Some(tree.other.id));
    let told = faults(
        &tree
            .house
            .write(&Actor::cli(), db.now(), |tx| units::create(tx, &twice))
            .unwrap_err(),
    );
    assert_eq!(told, ["code duplicate"]);
}

fn a_unit_is_renamed_only_by_who_knows_its_newest_version(db: &TestDb) {
    let Tree {
        house, district, ..
    } = tree(db);
    let patch = |json: &str| serde_json::from_str::<UnitPatch>(json).unwrap();
    let rename = patch(r#"{"name": "Huyện Đông", "mail": "dong@tinh.example"}"#);
    let change = house
        .write(&Actor::cli(), db.now(), |tx| {
            units::change(tx, district.id, &rename, 1)
        })
        .unwrap();
    assert_eq!((change.kind, change.unit.version), (ChangeKind::Changed, 2));
    assert_eq!(change.before.unwrap().name, district.name);
    assert_eq!(stored(db, district.id).name_folded, "huyen dong");

    let late = house
        .write(&Actor::cli(), db.now(), |tx| {
            units::change(tx, district.id, &rename, 1)
        })
        .unwrap_err();
    assert!(matches!(late, Error::Stale), "{late:?}");
    let away = patch(r#"{"mail": null, "cluster": "  "}"#);
    let change = house
        .write(&Actor::cli(), db.now(), |tx| {
            units::change(tx, district.id, &away, 2)
        })
        .unwrap();
    assert_eq!(
        (change.unit.mail, change.unit.cluster, change.unit.version),
        (None, None, 3)
    );

    let bad = patch(r#"{"name": " ", "mail": "x"}"#);
    let told = faults(
        &house
            .write(&Actor::cli(), db.now(), |tx| {
                units::change(tx, district.id, &bad, 3)
            })
            .unwrap_err(),
    );
    assert_eq!(told, ["name required", "mail mail"]);
    assert_eq!(
        trail(db, "unit", district.id),
        ["found by cli", "change by cli", "change by cli"]
    );
    let nobody = house
        .write(&Actor::cli(), db.now(), |tx| {
            units::change(tx, UnitId(999_999), &away, 1)
        })
        .unwrap_err();
    assert!(matches!(nobody, Error::NotFound { .. }), "{nobody:?}");
}

fn a_move_takes_everything_below_along_and_changes_the_federation(db: &TestDb) {
    let tree = tree(db);
    let nation = found(db, "tong", Category::Federation, None);
    let province = found(db, "tinh-2", Category::Federation, Some(&nation));
    let change = tree
        .house
        .write(&Actor::cli(), db.now(), |tx| {
            units::move_to(tx, tree.district.id, &to(&province), 1)
        })
        .unwrap();
    let kind = ChangeKind::Moved { from: db.now() };
    assert_eq!((change.kind, change.unit.version), (kind, 2));
    assert_eq!(change.unit, stored(db, tree.district.id));
    assert_eq!(change.before.unwrap().federation_id, tree.root.id);
    assert_eq!(
        above(db, tree.grassroots.id),
        ["co-so", "huyen-a", "tinh-2", "tong"]
    );
    assert_eq!(stored(db, tree.grassroots.id).federation_id, province.id);
    // A federation that moves stays the federation of its units.
    tree.house
        .write(&Actor::cli(), db.now(), |tx| {
            units::move_to(tx, tree.root.id, &to(&nation), 1)
        })
        .unwrap();
    assert_eq!(
        above(db, tree.office.id),
        ["ban-tuyen-giao", "tinh", "tong"]
    );
    assert_eq!(stored(db, tree.office.id).federation_id, tree.root.id);
    assert_eq!(stored(db, tree.root.id).federation_id, tree.root.id);
}

fn a_unit_never_hangs_below_itself(db: &TestDb) {
    let tree = tree(db);
    let inner = found(db, "huyen-a-1", Category::Superior, Some(&tree.district));
    for (unit, parent) in [(&tree.district, &tree.district), (&tree.district, &inner)] {
        let error = tree
            .house
            .write(&Actor::cli(), db.now(), |tx| {
                units::move_to(tx, unit.id, &to(parent), 1)
            })
            .unwrap_err();
        assert_eq!(faults(&error), ["parent_id unit_cycle"]);
    }
    assert_eq!(above(db, inner.id), ["huyen-a-1", "huyen-a", "tinh"]);
    let under_office = tree.house.write(&Actor::cli(), db.now(), |tx| {
        units::move_to(tx, tree.district.id, &to(&tree.office), 1)
    });
    assert_eq!(
        faults(&under_office.unwrap_err()),
        ["parent_id unit_parent_category"]
    );
}

fn a_federation_becomes_a_root_only_for_the_house(db: &TestDb) {
    let nation = found(db, "tong", Category::Federation, None);
    let province = found(db, "tinh", Category::Federation, Some(&nation));
    let root = MoveUnit {
        from: None,
        parent_id: None,
        reason: Some("Tách".to_owned()),
    };
    let department = actor(Role::Department, &nation);
    let refused = house(db)
        .write(&department, db.now(), |tx| {
            units::move_to(tx, province.id, &root, 1)
        })
        .unwrap_err();
    assert!(matches!(refused, Error::Forbidden), "{refused:?}");
    house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            units::move_to(tx, province.id, &root, 1)
        })
        .unwrap();
    assert_eq!(above(db, province.id), ["tinh"]);
}

fn a_unit_ends_when_nobody_living_is_left_below(db: &TestDb) {
    let tree = tree(db);
    let end = |unit: &UnitRow, on: &str| {
        tree.house.write(&Actor::cli(), db.now(), |tx| {
            units::end(tx, unit.id, &ends(on), unit.version)
        })
    };
    assert_eq!(
        conflict(end(&tree.district, "2026-06-30")),
        "unit_has_children"
    );
    let change = end(&tree.grassroots, "2026-06-30").unwrap();
    assert_eq!(
        (change.kind, change.unit.ended_on),
        (ChangeKind::Ended, Some(day("2026-06-30")))
    );
    // The unit above may end on the same day, not before.
    assert_eq!(
        conflict(end(&tree.district, "2026-06-29")),
        "unit_has_children"
    );
    end(&tree.district, "2026-06-30").unwrap();
    let gone = stored(db, tree.district.id);
    assert_eq!(conflict(end(&gone, "2026-07-30")), "unit_ended");
    let below_ended = new_unit("late", Category::Grassroots, Some(gone.id));
    let told = faults(
        &tree
            .house
            .write(&Actor::cli(), db.now(), |tx| {
                units::create(tx, &below_ended)
            })
            .unwrap_err(),
    );
    assert_eq!(told, ["parent_id unit_parent_ended"]);
    let moved = tree.house.write(&Actor::cli(), db.now(), |tx| {
        units::move_to(tx, gone.id, &to(&tree.other), gone.version)
    });
    assert_eq!(conflict(moved), "unit_ended");

    let young = NewUnit {
        founded_on: Some(day("2026-07-01")),
        ..new_unit("tre", Category::Superior, Some(tree.root.id))
    };
    let young = tree
        .house
        .write(&Actor::cli(), db.now(), |tx| units::create(tx, &young))
        .unwrap()
        .unit;
    assert_eq!(
        faults(&end(&young, "2026-06-30").unwrap_err()),
        ["ended_on unit_ended_before_founded"]
    );
    let silent = EndUnit {
        reason: " ".to_owned(),
        ..ends("2026-08-01")
    };
    let told = faults(
        &tree
            .house
            .write(&Actor::cli(), db.now(), |tx| {
                units::end(tx, young.id, &silent, 1)
            })
            .unwrap_err(),
    );
    assert_eq!(told, ["reason required"]);
}

fn a_merged_unit_names_its_successor_and_hands_its_units_over(db: &TestDb) {
    let tree = tree(db);
    let merger = merges(&tree.other, "2026-06-30");
    let changes = tree
        .house
        .write(&Actor::cli(), db.now(), |tx| {
            units::merge(tx, tree.district.id, &merger, 1)
        })
        .unwrap();
    let kinds: Vec<_> = changes
        .iter()
        .map(|change| (change.kind, change.unit.code.as_str()))
        .collect();
    assert_eq!(
        kinds,
        [
            (ChangeKind::Merged, "huyen-a"),
            (
                ChangeKind::Moved {
                    from: at("2026-07-01T00:00:00+07:00")
                },
                "co-so"
            )
        ]
    );
    let gone = stored(db, tree.district.id);
    assert_eq!(
        (gone.ended_on, gone.successor_id),
        (Some(day("2026-06-30")), Some(tree.other.id))
    );
    assert!(gone.exists_on(day("2026-06-30")) && !gone.exists_on(day("2026-07-01")));
    assert_eq!(above(db, tree.grassroots.id), ["co-so", "huyen-b", "tinh"]);
    assert_eq!(trail(db, "unit", gone.id), ["found by cli", "merge by cli"]);
    assert_eq!(
        trail(db, "unit", tree.grassroots.id),
        ["found by cli", "move by cli"]
    );
}

fn a_merger_that_makes_no_sense_is_refused(db: &TestDb) {
    let tree = tree(db);
    let inner = found(db, "huyen-a-1", Category::Superior, Some(&tree.district));
    let merge = |into: &UnitRow, on: &str| {
        tree.house.write(&Actor::cli(), db.now(), |tx| {
            units::merge(tx, tree.district.id, &merges(into, on), 1)
        })
    };
    assert_eq!(
        faults(&merge(&tree.district, "2026-06-30").unwrap_err()),
        ["into_id unit_successor_self"]
    );
    assert_eq!(
        faults(&merge(&inner, "2026-06-30").unwrap_err()),
        ["into_id unit_successor_below"]
    );
    // An office takes no district's units.
    let office = faults(&merge(&tree.office, "2026-06-30").unwrap_err());
    assert_eq!(
        office,
        [
            "into_id unit_parent_category",
            "into_id unit_parent_category"
        ]
    );
    let unknown = UnitRow {
        id: UnitId(999_999),
        ..tree.other.clone()
    };
    assert_eq!(
        faults(&merge(&unknown, "2026-06-30").unwrap_err()),
        ["into_id not_found"]
    );
    // Units below would move at once, before the last day has come.
    assert_eq!(
        conflict(merge(&tree.other, "2026-11-21")),
        "unit_merge_early"
    );
    // It is the 21st there when it is still the 20th in Greenwich.
    db.set_clock("2026-11-20T23:59:59+07:00");
    assert_eq!(
        conflict(merge(&tree.other, "2026-11-21")),
        "unit_merge_early"
    );
    db.advance(TimeDelta::seconds(1));
    assert_eq!(
        faults(&merge(&inner, "2026-11-21").unwrap_err()),
        ["into_id unit_successor_below"]
    );
    tree.house
        .write(&Actor::cli(), db.now(), |tx| {
            units::end(tx, tree.other.id, &ends("2026-05-31"), 1)
        })
        .unwrap();
    assert_eq!(
        faults(&merge(&tree.other, "2026-06-30").unwrap_err()),
        ["into_id unit_successor_ended"]
    );
    assert_eq!(stored(db, tree.district.id).version, 1);
    let into_district = tree.house.write(&Actor::cli(), db.now(), |tx| {
        units::merge(tx, tree.root.id, &merges(&tree.district, "2026-06-30"), 1)
    });
    assert_eq!(
        faults(&into_district.unwrap_err()),
        ["into_id unit_successor_below"]
    );
}

fn a_province_merges_into_its_neighbour_with_all_units(db: &TestDb) {
    let tree = tree(db);
    let neighbour = found(db, "tinh-2", Category::Federation, None);
    let merger = merges(&neighbour, "2026-06-30");
    let changes = tree
        .house
        .write(&Actor::cli(), db.now(), |tx| {
            units::merge(tx, tree.root.id, &merger, 1)
        })
        .unwrap();
    assert_eq!(changes.len(), 4);
    assert_eq!(
        above(db, tree.grassroots.id),
        ["co-so", "huyen-a", "tinh-2"]
    );
    for unit in [&tree.office, &tree.district, &tree.other, &tree.grassroots] {
        assert_eq!(
            stored(db, unit.id).federation_id,
            neighbour.id,
            "{}",
            unit.code
        );
    }
    assert_eq!(stored(db, tree.root.id).federation_id, tree.root.id);
}

fn a_department_manages_its_own_tree_only(db: &TestDb) {
    let tree = tree(db);
    let foreign = found(db, "tinh-2", Category::Federation, None);
    let department = actor(Role::Department, &tree.root);
    let patch = UnitPatch {
        name: Some("Khác".to_owned()),
        ..UnitPatch::default()
    };
    let hidden = tree
        .house
        .write(&department, db.now(), |tx| {
            units::change(tx, foreign.id, &patch, 1)
        })
        .unwrap_err();
    assert!(matches!(hidden, Error::NotFound { .. }), "{hidden:?}");
    let away = tree
        .house
        .write(&department, db.now(), |tx| {
            units::move_to(tx, tree.district.id, &to(&foreign), 1)
        })
        .unwrap_err();
    assert_eq!(faults(&away), ["parent_id unit_unknown_parent"]);
    let root = tree
        .house
        .write(&department, db.now(), |tx| {
            units::create(tx, &new_unit("x", Category::Federation, None))
        })
        .unwrap_err();
    assert!(matches!(root, Error::Forbidden), "{root:?}");
    for role in [Role::Leader, Role::Editor, Role::Viewer, Role::Contributor] {
        let refused = tree
            .house
            .write(&actor(role, &tree.root), db.now(), |tx| {
                units::change(tx, tree.root.id, &patch, 1)
            })
            .unwrap_err();
        assert!(matches!(refused, Error::Forbidden), "{role:?} {refused:?}");
    }
    tree.house
        .write(&department, db.now(), |tx| {
            units::change(tx, tree.root.id, &patch, 1)
        })
        .unwrap();
}
