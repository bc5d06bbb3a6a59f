//! Databases of earlier versions, as they were written then (`tests/data/versions/`), are upgraded
//! by the program and used on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use diesel_migrations::FileBasedMigrations;
use serde_json::{Value, json};
use tinbai::app::{scheduler, server};
use tinbai::domain::access::Role;
use tinbai::service::App;
use tinbai::store::Store;

use crate::both_databases;
use crate::support::app::TestApp;
use crate::support::desk::{Desk, quota, superiors};
use crate::support::process::ended;
use crate::support::{Database, Kind, run};

both_databases!(every_earlier_version_is_upgraded_and_used_on);

fn versions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/versions")
}

fn file_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "sqlite.sql",
        Kind::Postgres => "postgres.sql",
    }
}

/// How many rows the tables of a database have, by `tinbai backup`, which does not upgrade it.
fn counted(url: &str) -> BTreeMap<String, i64> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.tar.gz");
    ended(url, &["backup", file.to_str().unwrap()]).well();
    let tar = Command::new("tar")
        .arg("-xzOf")
        .arg(&file)
        .arg("manifest.json")
        .output()
        .unwrap();
    let manifest: Value = serde_json::from_slice(&tar.stdout).unwrap();
    serde_json::from_value(manifest["tables"].clone()).unwrap()
}

fn load(place: &Database, sql: &str) {
    match place.kind() {
        Kind::Sqlite => {
            let file = place.url().trim_start_matches("sqlite:");
            SqliteConnection::establish(file)
                .unwrap()
                .batch_execute(sql)
                .unwrap();
        }
        Kind::Postgres => PgConnection::establish(place.url())
            .unwrap()
            .batch_execute(sql)
            .unwrap(),
    }
}

fn every_earlier_version_is_upgraded_and_used_on(app: &TestApp) {
    app.expect_unread_mails();
    let mut folders: Vec<PathBuf> = fs::read_dir(versions())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    for folder in folders {
        let place = Database::empty(app.kind());
        load(
            &place,
            &fs::read_to_string(folder.join(file_of(app.kind()))).unwrap(),
        );
        let before = counted(place.url());
        assert!(before["item"] > 1 && before["obligation"] > 1 && before["audit"] > 1);
        let refused = place.open().check_ready().unwrap_err().to_string();
        assert!(refused.contains("older"), "{refused}");
        ended(place.url(), &["jobs"]).well();
        let after = counted(place.url());
        for (table, rows) in before {
            assert!(
                after[&table] >= rows,
                "{table}: {rows} rows, {} afterwards",
                after[&table]
            );
        }
        used_on(app, place.open());
    }
}

/// The upgraded database answers, and a day later its jobs run.
fn used_on(app: &TestApp, store: Store) {
    store.check_ready().unwrap();
    let house = App::new(store, (*app.house.settings).clone());
    let running = server::start(house.clone(), app.clock.clone(), None).unwrap();
    let new = tinbai::service::accounts::tokens::NewToken {
        name: "nâng cấp".to_owned(),
        role: Role::Admin,
        unit_id: None,
        person_id: None,
        days: None,
    };
    let token = house
        .write(&tinbai::domain::access::Actor::cli(), app.now(), |tx| {
            tinbai::service::accounts::tokens::create(tx, &new)
        })
        .unwrap();
    let admin = app.client(Some(token.secret)).at(running.address());
    let titles = crate::support::app::texts(&admin.get("/api/v1/items").items(), "title");
    assert!(titles.contains(&"Tin hai".to_owned()), "{titles:?}");
    for list in ["units", "people", "obligations", "events", "plans", "trail"] {
        assert!(
            !admin.get(&format!("/api/v1/{list}")).items().is_empty(),
            "{list}"
        );
    }
    let units = admin.get("/api/v1/units").items();
    let unit = units.iter().find(|unit| unit["code"] == "huyen").unwrap();
    let item = json!({ "unit_id": unit["id"], "kind": "tin", "title": "Tin sau khi nâng cấp" });
    admin.post("/api/v1/items", &item).expect(201);
    let due = scheduler::run_due(&house, app.now() + chrono::TimeDelta::days(1)).unwrap();
    assert!(!due.has_failures(), "{due:?}");
    running.stop().unwrap();
}

/// Writes the database of this version beside the earlier ones: run it before each release, with
/// the name of its folder in `TINBAI_VERSION`. `TINBAI_DOWN_TO` names the newest migration that
/// stays, to write one of a version that had fewer.
#[test]
#[ignore = "writes into tests/data/versions"]
fn write_the_database_of_this_version() {
    run(Kind::Sqlite, live_and_dump);
    run(Kind::Postgres, live_and_dump);
}

fn live_and_dump(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 3)]);
    desk.person(&desk.superior, Role::Leader, "Lãnh đạo huyện");
    desk.person(&desk.root, Role::Department, "Chuyên viên tỉnh");
    desk.event(json!({ "title": "Hội nghị", "ends_at": "2026-11-19T15:00:00+07:00", "starts_at": "2026-11-19T13:00:00+07:00" }));
    desk.published(json!({ "title": "Tin một" }));
    desk.hand_in(json!({ "title": "Tin hai" }));
    app.run_due();
    let folder = versions().join(std::env::var("TINBAI_VERSION").expect("TINBAI_VERSION"));
    fs::create_dir_all(&folder).unwrap();
    let down_to = std::env::var("TINBAI_DOWN_TO").ok();
    let sql = match app.kind() {
        Kind::Sqlite => {
            let file = app.url().trim_start_matches("sqlite:");
            let mut conn = SqliteConnection::establish(file).unwrap();
            revert(&mut conn, "migrations/sqlite", down_to.as_deref());
            Command::new("sqlite3")
                .args([file, ".dump"])
                .output()
                .unwrap()
                .stdout
        }
        Kind::Postgres => {
            let mut conn = PgConnection::establish(app.url()).unwrap();
            revert(&mut conn, "migrations/postgres", down_to.as_deref());
            let mut dump = Command::new("pg_dump");
            dump.args(["--inserts", "--no-owner", "--no-privileges", app.url()]);
            dump.output().unwrap().stdout
        }
    };
    // what only psql understands, and what later servers do not
    let sql = String::from_utf8(sql).unwrap();
    let lines = sql
        .lines()
        .filter(|line| !line.starts_with('\\') && !line.starts_with("--"));
    let lines = lines
        .filter(|line| !line.is_empty())
        .map(|line| format!("{line}\n"));
    fs::write(folder.join(file_of(app.kind())), lines.collect::<String>()).unwrap();
}

fn revert<C, DB>(conn: &mut C, folder: &str, down_to: Option<&str>)
where
    DB: diesel::backend::Backend,
    C: diesel_migrations::MigrationHarness<DB>,
{
    let Some(down_to) = down_to else { return };
    let files = FileBasedMigrations::from_path(folder).unwrap();
    let newest = |conn: &mut C| conn.applied_migrations().unwrap()[0].to_string();
    while newest(conn).as_str() > down_to {
        conn.revert_last_migration(files.clone()).unwrap();
    }
}
