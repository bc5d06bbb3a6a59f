//! Moving from one database to the other and back, by the program itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::NaiveDate;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use tinbai::config::Settings;
use tinbai::demo::scenario::{Scenario, Tree};
use tinbai::demo::simulation::simulate;
use tinbai::domain::access::Actor;
use tinbai::domain::unit::Category;
use tinbai::service::{App, units};
use tinbai::store::{Conn, Store, StoreError};

use crate::both_databases;
use crate::support::process::{Ended, ended, ended_as, program};
use crate::support::tree::new_unit;
use crate::support::{Database, Kind, TestDb, at, run};

both_databases!(
    a_database_goes_to_the_other_kind_and_back,
    a_killed_copy_is_whole_or_not_used,
    what_holds_data_is_not_copied_over,
);

fn copy(from: &str, to: &Database) -> Ended {
    ended(from, &["copy", "--to", to.url()])
}

/// Some days of a federation.
fn live(db: &TestDb) {
    db.expect_unread_mails();
    let house = App::new(db.store.clone(), Settings::default());
    let scenario = Scenario {
        tree: Tree::BenTre,
        seed: 7,
        from: NaiveDate::from_ymd_opt(2026, 8, 1).unwrap(),
        until: at("2026-08-05T15:20:00+07:00"),
    };
    simulate(&house, &scenario, |_| Ok(())).unwrap();
    // a number that was given and is not to be given again
    let last = |conn: &mut Conn| {
        use tinbai::store::schema::unit;
        let id: i64 = unit::table
            .select(diesel::dsl::max(unit::id))
            .first::<Option<i64>>(conn)?
            .unwrap();
        Ok::<_, StoreError>(id)
    };
    assert!(db.store.read(last).unwrap() > 10);
}

fn other(kind: Kind) -> Kind {
    match kind {
        Kind::Sqlite => Kind::Postgres,
        Kind::Postgres => Kind::Sqlite,
    }
}

/// What a copy said of each table: name, rows, digest.
fn tables(done: &Ended) -> Vec<Vec<String>> {
    let lines = done.well().lines().skip(1);
    let words = lines.map(|line| line.split_whitespace().map(str::to_owned).collect());
    words
        .filter(|words: &Vec<String>| words.len() == 3)
        .collect()
}

/// The tables that the code knows.
fn known() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/schema");
    let mut names = BTreeSet::from(["write_turn".to_owned()]);
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for part in text.split("diesel::table! {").skip(1) {
            names.insert(part.trim_start().split(' ').next().unwrap().to_owned());
        }
    }
    names
}

fn a_database_goes_to_the_other_kind_and_back(db: &TestDb) {
    live(db);
    let there = Database::empty(other(db.kind()));
    let gone = copy(db.url(), &there);
    let names: BTreeSet<String> = tables(&gone).iter().map(|table| table[0].clone()).collect();
    assert_eq!(names, known(), "no table is forgotten");
    let rows = |name: &str| {
        let all = tables(&gone);
        let table = all.iter().find(|table| table[0] == name).unwrap();
        table[1].parse::<usize>().unwrap()
    };
    for full in [
        "unit",
        "unit_ancestor",
        "item",
        "obligation",
        "audit",
        "person",
        "rule",
    ] {
        assert!(rows(full) > 2, "{full}");
    }
    there.open().check_ready().unwrap();
    if there.kind() == Kind::Postgres {
        assert_eq!(
            waiting_keys(there.url()),
            1,
            "only the key that waits by itself does"
        );
    }
    let back = db.empty_place();
    let returned = copy(there.url(), &back);
    assert_eq!(tables(&gone), tables(&returned));
    for store in [there.open(), back.open()] {
        goes_on(&store, rows("unit"));
    }
}

/// How many foreign keys may wait for the end of a transaction.
fn waiting_keys(url: &str) -> i64 {
    use diesel::sql_types::BigInt;
    let mut conn = PgConnection::establish(url).unwrap();
    let sql = "count(*) FROM pg_constraint WHERE contype = 'f' AND condeferrable";
    diesel::select(diesel::dsl::sql::<BigInt>(&format!("(SELECT {sql})")))
        .get_result(&mut conn)
        .unwrap()
}

/// A new row gets a new number, and keys are checked.
fn goes_on(store: &Store, units_before: usize) {
    let house = App::new(store.clone(), Settings::default());
    let new = new_unit("moi", Category::Federation, None);
    let made = house.write(&Actor::cli(), at("2026-08-05T16:00:00+07:00"), |tx| {
        units::create(tx, &new)
    });
    assert!(usize::try_from(made.unwrap().unit.id.0).unwrap() > units_before);
    let astray = |conn: &mut Conn| {
        use tinbai::store::schema::unit_ancestor;
        let row = (
            unit_ancestor::unit_id.eq(1_000_000),
            unit_ancestor::ancestor_id.eq(1),
            unit_ancestor::depth.eq(1),
        );
        diesel::insert_into(unit_ancestor::table)
            .values(row)
            .execute(conn)?;
        Ok::<_, StoreError>(())
    };
    assert!(matches!(store.write(astray), Err(StoreError::Refused(_))));
}

/// Whatever the instant at which the program dies: the target is whole, or says that it is not.
fn a_killed_copy_is_whole_or_not_used(db: &TestDb) {
    live(db);
    let there = Database::empty(other(db.kind()));
    let mut seen_unfinished = false;
    for _ in 0..6 {
        let mut command = Command::new(program());
        command
            .args(["copy", "--to", there.url()])
            .env("TINBAI_DATABASE__URL", db.url());
        let mut process = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // the mark is there: the rows are on their way
        loop {
            let ended = process.try_wait().unwrap().is_some();
            if ended || marked(&there) {
                break;
            }
        }
        process.kill().unwrap();
        process.wait().unwrap();
        if !marked(&there) {
            break;
        }
        seen_unfinished = true;
        let mut serve = Command::new(program());
        serve
            .arg("serve")
            .env("TINBAI_SERVER__LISTEN", "127.0.0.1:0");
        let refused = {
            serve.env("TINBAI_TELEMETRY__FILTER", "off");
            ended_as(there.url(), serve)
        };
        assert!(refused.complaint(1).contains("tinbai copy"), "{refused:?}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("half.tar.gz");
        let refused = ended(there.url(), &["backup", file.to_str().unwrap()]);
        assert!(refused.complaint(1).contains("tinbai copy"), "{refused:?}");
        assert!(!file.exists());
    }
    if seen_unfinished && marked(&there) {
        copy(db.url(), &there).well();
    }
    there.open().check_ready().unwrap();
    let count = |store: &Store| {
        use tinbai::store::schema::obligation;
        let all =
            |conn: &mut Conn| Ok::<i64, StoreError>(obligation::table.count().get_result(conn)?);
        store.read(all).unwrap()
    };
    assert_eq!(count(&there.open()), count(&db.store));
}

/// Whether the target says that its copy is not done.
fn marked(there: &Database) -> bool {
    match there.kind() {
        Kind::Sqlite => {
            let file = there.url().trim_start_matches("sqlite:");
            Path::new(file).exists() && asked(there)
        }
        Kind::Postgres => asked(there),
    }
}

fn asked(there: &Database) -> bool {
    there.open().has_unfinished_copy().unwrap_or(false)
}

fn what_holds_data_is_not_copied_over(db: &TestDb) {
    let full = Database::create(other(db.kind()));
    let itself = ended(db.url(), &["copy", "--to", db.url()]);
    for refused in [copy(db.url(), &full), itself] {
        assert!(
            refused.complaint(1).contains("không bị ghi đè"),
            "{refused:?}"
        );
    }
    let nowhere = ended(db.url(), &["copy", "--to", "mysql://tinbai:bi-mat@db/x"]);
    assert!(!nowhere.complaint(1).contains("bi-mat"), "{nowhere:?}");
    full.open().check_ready().unwrap();
}

/// A value that the other database can't hold: the copy fails as a whole, and can be repeated.
#[test]
fn a_copy_that_fails_is_done_again() {
    run(Kind::Sqlite, |db: &TestDb| {
        let write = |sql: &'static str| {
            db.store
                .write(|conn| match conn {
                    Conn::Sqlite(conn) => Ok::<_, StoreError>(conn.batch_execute(sql)?),
                    Conn::Pg(_) => unreachable!(),
                })
                .unwrap();
        };
        write("INSERT INTO meta (key, value) VALUES ('odd', 'a' || char(0) || 'b')");
        let there = Database::empty(Kind::Postgres);
        let failed = copy(db.url(), &there);
        assert!(
            failed.complaint(1).contains("chạy lại lệnh này"),
            "{failed:?}"
        );
        let unfinished = there.open().check_ready().unwrap_err().to_string();
        assert!(unfinished.contains("tinbai copy"), "{unfinished}");
        write("DELETE FROM meta WHERE key = 'odd'");
        copy(db.url(), &there).well();
        there.open().check_ready().unwrap();
        assert!(
            copy(db.url(), &there)
                .complaint(1)
                .contains("không bị ghi đè")
        );
    });
}
