//! The import of units, through the command line and through the use case.

use std::process::ExitCode;

use tinbai::domain::access::{Actor, Role};
use tinbai::domain::unit::Category;
use tinbai::service::Error;
use tinbai::service::units;
use tinbai::service::units::import;
use tinbai::service::units::import::Imported;
use tinbai::service::units::{ChangeKind, MergeUnit};
use tinbai::store::units as rows;

use crate::both_databases;
use crate::support::tree::{above, actor, faults, found, house, stored};
use crate::support::{Answer, Kind, TestDb, tinbai};

both_databases!(
    both_shipped_trees_are_imported_by_the_command_and_again_change_nothing,
    a_dry_run_judges_the_same_and_writes_nothing,
    every_fault_of_every_line_is_told_and_nothing_is_written,
    known_codes_are_brought_up_to_the_file,
    a_tree_may_be_turned_upside_down_by_one_file,
    an_old_file_does_not_take_a_merger_back,
    a_department_imports_into_its_own_tree_only,
);

const HEADER: &str = "code,name,category,parent_code,cluster,founded_on,ended_on,mail\n";

/// The command on the test's own database.
fn run(db: &TestDb, arguments: &[&str]) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tinbai.toml");
    std::fs::write(&config, format!("[database]\nurl = {:?}\n", db.url())).unwrap();
    tinbai(
        &[
            &["--config", config.to_str().unwrap(), "import", "units"],
            arguments,
        ]
        .concat(),
    )
}

fn import(db: &TestDb, lines: &str) -> Result<Imported, Error> {
    let file = format!("{HEADER}{lines}");
    house(db).write(&Actor::cli(), db.now(), |tx| {
        import::units(tx, file.as_bytes(), None)
    })
}

fn count(db: &TestDb) -> usize {
    let all: Vec<rows::UnitRow> = db.store.read(rows::federations).unwrap();
    all.iter()
        .map(|root| {
            db.store
                .read(|conn| rows::below(conn, root.id))
                .unwrap()
                .len()
        })
        .sum()
}

fn both_shipped_trees_are_imported_by_the_command_and_again_change_nothing(db: &TestDb) {
    for tree in ["ben-tre", "thanh-hoa"] {
        let path = format!("config/presets/units-{tree}.csv");
        let lines = std::fs::read_to_string(&path).unwrap().lines().count() - 1;
        let first = run(db, &[&path]);
        assert_eq!((first.code, first.err.as_str()), (ExitCode::SUCCESS, ""));
        let last = first.out.lines().last().unwrap_or_default();
        assert!(
            last.starts_with(&format!("{lines} mới, 0 thay đổi, 0 giữ nguyên")),
            "{last}"
        );
        let again = run(db, &[&path]);
        assert!(
            again
                .out
                .starts_with(&format!("0 mới, 0 thay đổi, {lines} giữ nguyên")),
            "{}",
            again.out
        );
    }
    assert_eq!(
        db.store.is_sqlite(),
        db.kind() == Kind::Sqlite,
        "the command wrote to the database of this test"
    );
    let ba_tri = db
        .store
        .read(|conn| rows::find_by_code(conn, "ba-tri"))
        .unwrap()
        .unwrap();
    assert_eq!(above(db, ba_tri.id), ["ba-tri", "ben-tre"]);
    assert_eq!(
        (ba_tri.cluster.as_deref(), ba_tri.version),
        (Some("Cụm thi đua huyện, thành phố"), 1)
    );
}

fn a_dry_run_judges_the_same_and_writes_nothing(db: &TestDb) {
    let answer = run(db, &["config/presets/units-ben-tre.csv", "--dry-run"]);
    assert_eq!(answer.code, ExitCode::SUCCESS);
    assert!(
        answer.out.contains("+ ba-tri") && answer.out.contains("Chạy thử"),
        "{}",
        answer.out
    );
    assert_eq!(count(db), 0);
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.csv");
    std::fs::write(&bad, format!("{HEADER}a,A,superior,,,,,\n")).unwrap();
    let bad = bad.to_str().unwrap();
    let (dry, wet) = (run(db, &[bad, "--dry-run"]), run(db, &[bad]));
    assert_eq!(
        (dry.code, dry.err.as_str()),
        (ExitCode::from(2), wet.err.as_str())
    );
    assert!(wet.err.contains("D2: "), "{}", wet.err);
    assert_eq!(run(db, &["/nowhere/units.csv"]).code, ExitCode::from(2));
}

fn every_fault_of_every_line_is_told_and_nothing_is_written(db: &TestDb) {
    let lines = "tinh,Tỉnh,federation,,,,,\n\
        Huyen,,district,tinh,,30/02/2026,,x\n\
        a,A,superior,b,,,,\n\
        b,B,superior,a,,,,\n\
        c,C,superior,a,,,,\n\
        tinh,Lại,federation,,,,,\n\
        d,D,grassroots,nobody,,,,\n\
        e,E,federation,c,,,,\n\
        f,F,superior,tinh,,2026-02-01,2026-01-01,\n\
        g,G,superior,tinh,,,2026-06-30,\n\
        h,H,grassroots,g,,,2026-07-01,\n\
        i,I,grassroots,g,,,2026-06-30,\n\
        j,J,grassroots,Huyen,,,,\n";
    let told = faults(&import(db, lines).unwrap_err());
    let expected = [
        "line 3.category unit_category",
        "line 3.founded_on date",
        "line 3.code code",
        "line 3.name required",
        "line 3.mail mail",
        "line 4.parent_code unit_cycle",
        "line 5.parent_code unit_cycle",
        "line 7.code sheet_code_twice",
        "line 8.parent_code unit_unknown_parent",
        "line 9.parent_code unit_parent_category",
        "line 10.ended_on unit_ended_before_founded",
        "line 11.ended_on unit_has_children",
    ];
    assert_eq!(told, expected);
    assert_eq!(count(db), 0);
}

fn known_codes_are_brought_up_to_the_file(db: &TestDb) {
    // Parents may come later.
    import(db, "x,Xã,grassroots,a,,,,\na,A,superior,tinh,Cụm,,,a@tinh.example\nb,B,superior,tinh,,,,\ntinh,Tỉnh,federation,,,,,\n")
        .unwrap();
    let done = import(
        db,
        "tinh,Tỉnh,federation,,,,,\na,A mới,superior,tinh,,,,\nx,Xã,grassroots,b,,,,\nb,B,superior,tinh,,,2026-12-31,\n",
    );
    assert_eq!(
        faults(&done.unwrap_err()),
        ["line 5.ended_on unit_has_children"]
    );
    let done = import(
        db,
        "tinh,Tỉnh,federation,,,,,\na,A mới,superior,tinh,,,,\nx,Xã,grassroots,b,,,,\nc,C,grassroots,a,,,,\n",
    )
    .unwrap();
    assert_eq!(
        (done.new, done.changed, done.unchanged),
        (
            vec!["c".to_owned()],
            vec!["a".to_owned(), "x".to_owned()],
            1
        )
    );
    let kinds: Vec<_> = done
        .changes
        .iter()
        .map(|change| (change.unit.code.as_str(), change.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("a", ChangeKind::Changed),
            ("x", ChangeKind::Moved { from: db.now() }),
            ("c", ChangeKind::Created)
        ]
    );
    let a = db
        .store
        .read(|conn| rows::find_by_code(conn, "a"))
        .unwrap()
        .unwrap();
    assert_eq!(
        (a.name.as_str(), a.cluster, a.mail, a.version),
        ("A mới", None, None, 2)
    );
    let x = db
        .store
        .read(|conn| rows::find_by_code(conn, "x"))
        .unwrap()
        .unwrap();
    assert_eq!(above(db, x.id), ["x", "b", "tinh"]);
    let told = faults(&import(db, "tinh,Tỉnh,superior,a,,,,\n").unwrap_err());
    assert_eq!(
        told,
        [
            "line 2.category unit_category_fixed",
            "line 2.parent_code unit_cycle"
        ]
    );
}

fn a_tree_may_be_turned_upside_down_by_one_file(db: &TestDb) {
    import(db, "tong,Tổng,federation,,,,,\ntinh,Tỉnh,federation,tong,,,,\na,A,superior,tinh,,,,\nb,B,superior,a,,,,\nc,C,superior,b,,,,\n")
        .unwrap();
    import(
        db,
        "a,A,superior,b,,,,\nb,B,superior,c,,,,\nc,C,superior,tong,,,,\n",
    )
    .unwrap();
    let a = db
        .store
        .read(|conn| rows::find_by_code(conn, "a"))
        .unwrap()
        .unwrap();
    let tong = db
        .store
        .read(|conn| rows::find_by_code(conn, "tong"))
        .unwrap()
        .unwrap();
    assert_eq!(above(db, a.id), ["a", "b", "c", "tong"]);
    assert_eq!(a.federation_id, tong.id);
    let ring = faults(&import(db, "c,C,superior,a,,,,\n").unwrap_err());
    assert_eq!(ring, ["line 2.parent_code unit_cycle"]);
}

fn an_old_file_does_not_take_a_merger_back(db: &TestDb) {
    let file = "tinh,Tỉnh,federation,,,,,\na,A,superior,tinh,,,,\nb,B,superior,tinh,,,,\nx,Xã,grassroots,a,,,,\n";
    import(db, file).unwrap();
    let of = |code: &str| {
        db.store
            .read(|conn| rows::find_by_code(conn, code))
            .unwrap()
            .unwrap()
    };
    let merger = MergeUnit {
        into_id: of("b").id,
        ended_on: "2026-06-30".parse().unwrap(),
        reason: "Sáp nhập".to_owned(),
    };
    house(db)
        .write(&Actor::cli(), db.now(), |tx| {
            units::merge(tx, of("a").id, &merger, 1)
        })
        .unwrap();
    assert_eq!(
        faults(&import(db, file).unwrap_err()),
        ["line 5.parent_code unit_parent_ended"]
    );
    let without_x = import(db, "tinh,Tỉnh,federation,,,,,\na,A,superior,tinh,,,,\n").unwrap();
    assert_eq!(without_x.unchanged, 2);
    assert_eq!(of("a").successor_id, Some(of("b").id));
}

fn a_department_imports_into_its_own_tree_only(db: &TestDb) {
    let own = found(db, "tinh", Category::Federation, None);
    let foreign = found(db, "tinh-2", Category::Federation, None);
    let import = |lines: &str, who: &Actor| {
        house(db).write(who, db.now(), |tx| {
            import::units(tx, format!("{HEADER}{lines}").as_bytes(), None)
        })
    };
    let department = actor(Role::Department, &own);
    import("a,A,superior,tinh,,,,\nx,X,grassroots,a,,,,\n", &department).unwrap();
    for (lines, fault) in [
        (
            "b,B,superior,tinh-2,,,,\n",
            &["line 2.parent_code import_unit_forbidden"][..],
        ),
        (
            "y,Y,grassroots,b,,,,\nb,B,superior,tinh-2,,,,\n",
            &[
                "line 2.parent_code import_unit_forbidden",
                "line 3.parent_code import_unit_forbidden",
            ],
        ),
        (
            "z,Z,federation,,,,,\n",
            &["line 2.parent_code import_root_forbidden"],
        ),
        (
            "tinh-2,Z,federation,,,,,\n",
            &["line 2.code import_unit_forbidden"],
        ),
    ] {
        let refused = import(lines, &department).unwrap_err();
        assert_eq!(faults(&refused), fault, "{lines}");
    }
    let leader = import("c,C,superior,tinh,,,,\n", &actor(Role::Leader, &own)).unwrap_err();
    assert!(matches!(leader, Error::Forbidden), "{leader:?}");
    assert_eq!(stored(db, foreign.id).version, 1);
}
