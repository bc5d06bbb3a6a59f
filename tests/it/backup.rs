//! Backups and putting them back, by the program itself: under load, onto a full disk, from files
//! that are no backups.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tinbai::app::{scheduler, server};
use tinbai::clock::{Clock as _, SystemClock};
use tinbai::domain::access::Role;
use tinbai::service::App;
use tinbai::worker::runner::RunReport;

use crate::both_databases;
use crate::page_items::signed_in;
use crate::support::app::{Client, TestApp};
use crate::support::desk::Desk;
use crate::support::process::{Ended, ended, ended_as, program};
use crate::support::{Database, Kind, TestDb, run};

both_databases!(
    nothing_that_was_acknowledged_before_a_backup_is_missing_from_it,
    a_backup_is_opened_without_the_program,
    only_an_empty_place_is_restored_into,
    a_damaged_a_foreign_and_a_newer_file_restore_nothing,
    a_folder_keeps_the_newest_of_each_day_week_and_month,
    a_full_disk_leaves_the_old_backups_and_nothing_half,
    every_night_has_its_backup_and_its_age_is_seen,
    a_job_that_cannot_back_up_is_seen,
);

/// A backup into a new file in this folder.
fn backup(db: &TestDb, folder: &Path) -> PathBuf {
    let file = folder.join("b.tar.gz");
    let done = ended(db.url(), &["backup", file.to_str().unwrap()]);
    assert!(done.well().contains("b.tar.gz"), "{done:?}");
    file
}

fn restore(into: &Database, file: &Path) -> Ended {
    ended(into.url(), &["restore", file.to_str().unwrap()])
}

/// Unpacks a file with the program `tar`.
fn unpacked(file: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tar = Command::new("tar")
        .arg("-xzf")
        .arg(file)
        .arg("-C")
        .arg(folder.path())
        .status();
    assert!(tar.unwrap().success());
    folder
}

fn manifest(file: &Path) -> Value {
    let text = fs::read_to_string(unpacked(file).path().join("manifest.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn item(desk: &Desk<'_>, title: &str) -> Value {
    json!({ "unit_id": desk.superior.id, "kind": "tin", "title": title })
}

/// Titles of what was handed in, and when the answer was there.
type Acknowledged = Vec<(String, DateTime<Utc>)>;

/// Hands items in until it is told to stop.
fn hand_in(client: &Client, first: &Value, stop: &AtomicBool) -> Acknowledged {
    let mut done = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let title = format!("{} {}", first["title"].as_str().unwrap(), done.len());
        let mut item = first.clone();
        item["title"] = json!(title);
        client.post("/api/v1/items", &item).expect(201);
        done.push((title, SystemClock::new().now()));
    }
    done
}

/// Tells the writers to stop, also when the test fails.
struct Stops<'s>(&'s AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn nothing_that_was_acknowledged_before_a_backup_is_missing_from_it(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let folder = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    let (acknowledged, files) = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let client = app.client_of(Role::Contributor, Some(&desk.superior));
                let (first, stop) = (item(&desk, &format!("Tin {writer}")), &stop);
                scope.spawn(move || hand_in(&client, &first, stop))
            })
            .collect();
        let stops = Stops(&stop);
        // let the first items arrive; then every backup is taken while others are handed in
        let rows = || app.admin().get("/api/v1/items?limit=3").items().len();
        while rows() < 3 {
            std::thread::yield_now();
        }
        let files: Vec<PathBuf> = (0..3)
            .map(|number| {
                let inner = folder.path().join(number.to_string());
                fs::create_dir(&inner).unwrap();
                backup(app, &inner)
            })
            .collect();
        drop(stops);
        let all: Acknowledged = writers
            .into_iter()
            .flat_map(|w| w.join().unwrap())
            .collect();
        (all, files)
    });
    for file in files {
        let taken_at: DateTime<Utc> = manifest(&file)["taken_at"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let place = app.empty_place();
        assert!(restore(&place, &file).well().contains("Đã khôi phục"));
        let there = titles(&place);
        let before: Vec<&String> = acknowledged
            .iter()
            .filter(|(_, at)| *at < taken_at)
            .map(|(title, _)| title)
            .collect();
        assert!(!before.is_empty() && there.len() <= acknowledged.len());
        for title in before {
            assert!(
                there.contains(title),
                "{title} was acknowledged before {taken_at}"
            );
        }
        // a program that starts on it finds its own schema
        place.open().check_ready().unwrap();
    }
}

fn titles(place: &Database) -> Vec<String> {
    use diesel::prelude::*;
    use tinbai::store::StoreError;
    use tinbai::store::schema::item;
    place
        .open()
        .read(|conn| Ok::<_, StoreError>(item::table.select(item::title).load(conn)?))
        .unwrap()
}

fn a_backup_is_opened_without_the_program(app: &TestApp) {
    let desk = Desk::new(app);
    let client = app.client_of(Role::Contributor, Some(&desk.superior));
    client
        .post("/api/v1/items", &item(&desk, "Tin một"))
        .expect(201);
    app.expect_unread_mails();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.tar.gz");
    let mut command = Command::new(program());
    command
        .arg("backup")
        .arg(&file)
        .env("TINBAI_MAIL__SMTP__USER", "tinbai");
    command.env("TINBAI_MAIL__SMTP__PASSWORD", "bí mật");
    ended_as(app.url(), command).well();
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds what the database holds");
    assert_eq!(names(folder.path()), ["b.tar.gz"]);

    let inside = unpacked(&file);
    let settings = fs::read_to_string(inside.path().join("settings.toml")).unwrap();
    assert!(
        settings.contains("user = \"tinbai\"") && !settings.contains("bí mật"),
        "{settings}"
    );
    let manifest = manifest(&file);
    assert_eq!(manifest["format"], 1);
    assert_eq!(manifest["tables"]["item"], 1);
    let (name, count) = match app.kind() {
        Kind::Sqlite => {
            let database = inside.path().join("database.sqlite");
            let mut sqlite = Command::new("sqlite3");
            sqlite
                .arg(&database)
                .arg("PRAGMA integrity_check; SELECT count(*) FROM item");
            (
                "database.sqlite",
                String::from_utf8(sqlite.output().unwrap().stdout).unwrap(),
            )
        }
        Kind::Postgres => {
            let mut list = Command::new("pg_restore");
            list.arg("--data-only").arg("--table=item").arg("--file=-");
            let rows = list
                .arg(inside.path().join("database.dump"))
                .output()
                .unwrap()
                .stdout;
            let rows = String::from_utf8(rows).unwrap();
            (
                "database.dump",
                format!("ok\n{}\n", rows.matches("Tin một").count()),
            )
        }
    };
    assert_eq!(count, "ok\n1\n");
    assert_eq!(
        names(inside.path()),
        [name, "manifest.json", "settings.toml"]
    );
    let sum = Command::new("sha256sum")
        .arg(inside.path().join(name))
        .output()
        .unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    assert_eq!(sum.split(' ').next(), manifest["sha256"].as_str());

    let again = ended(app.url(), &["backup", file.to_str().unwrap()]);
    assert!(again.complaint(2).contains("không bị ghi đè"));
    let nowhere = ended(app.url(), &["backup"]);
    assert!(nowhere.complaint(2).contains("backup.directory"));
}

fn only_an_empty_place_is_restored_into(db: &TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let file = backup(db, folder.path());
    let place = db.empty_place();
    restore(&place, &file).well();
    let again = restore(&place, &file);
    assert!(again.complaint(1).contains("không bị ghi đè"), "{again:?}");
    let itself = ended(db.url(), &["restore", file.to_str().unwrap()]);
    assert!(
        itself.complaint(1).contains("không bị ghi đè"),
        "{itself:?}"
    );
    let other = match db.kind() {
        Kind::Sqlite => "postgres://tinbai:bi-mat@127.0.0.1:1/x".to_owned(),
        Kind::Postgres => format!("sqlite:{}", folder.path().join("t.sqlite").display()),
    };
    let other = ended(&other, &["restore", file.to_str().unwrap()]);
    let said = other.complaint(2);
    assert!(
        said.contains("tinbai copy") && !said.contains("bi-mat"),
        "{said}"
    );
    assert_eq!(names(folder.path()), ["b.tar.gz"]);
}

/// Packs the content of a folder again.
fn packed(folder: &Path, file: &Path, names: &[&str]) {
    let tar = Command::new("tar")
        .arg("-czf")
        .arg(file)
        .arg("-C")
        .arg(folder)
        .args(names)
        .status();
    assert!(tar.unwrap().success());
}

fn a_damaged_a_foreign_and_a_newer_file_restore_nothing(db: &TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let file = backup(db, folder.path());
    let whole = fs::read(&file).unwrap();
    let place = db.empty_place();
    let refused = |name: &str, bytes: &[u8], words: &str| {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        let done = restore(&place, &file);
        assert!(done.complaint(2).contains(words), "{name}: {done:?}");
    };
    for part in [0, 5, 300, whole.len() / 2, whole.len() - 1] {
        refused("cut", &whole[..part], "bị cắt cụt hoặc bị hỏng");
    }
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 0x55;
    refused("changed", &changed, "bị hỏng");
    refused(
        "foreign",
        "không phải bản sao lưu\n".repeat(100).as_bytes(),
        "không phải bản sao lưu",
    );

    let inside = unpacked(&file);
    let database = match db.kind() {
        Kind::Sqlite => "database.sqlite",
        Kind::Postgres => "database.dump",
    };
    let with = |change: &dyn Fn(&mut Value)| {
        let mut manifest = manifest(&file);
        change(&mut manifest);
        fs::write(inside.path().join("manifest.json"), manifest.to_string()).unwrap();
        let file = folder.path().join("made");
        packed(
            inside.path(),
            &file,
            &["manifest.json", "settings.toml", database],
        );
        fs::read(file).unwrap()
    };
    let newer = |manifest: &mut Value| {
        manifest["schema"] = json!("20991231000001");
        manifest["program"] = json!("9.0.0");
    };
    refused("newer", &with(&newer), "mới hơn ghi (9.0.0)");
    refused(
        "format",
        &with(&|manifest| manifest["format"] = json!(2)),
        "mới hơn",
    );
    let sum = |manifest: &mut Value| manifest["sha256"] = json!("00");
    refused("sum", &with(&sum), "SHA-256");
    packed(
        inside.path(),
        &folder.path().join("other"),
        &["settings.toml"],
    );
    let other = fs::read(folder.path().join("other")).unwrap();
    refused("other", &other, "không phải bản sao lưu");
    let absent = ended(place.url(), &["restore", "/nowhere/b.tar.gz"]);
    assert!(absent.complaint(2).contains("/nowhere/b.tar.gz"));
    // the place is still empty
    restore(&place, &file).well();
}

/// The settings of a folder of backups, as variables.
fn into_folder(folder: &Path) -> Command {
    let mut command = Command::new(program());
    command
        .arg("backup")
        .env("TINBAI_BACKUP__DIRECTORY", folder);
    command
}

fn a_folder_keeps_the_newest_of_each_day_week_and_month(db: &TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let backups = folder.path().join("backup");
    fs::create_dir(&backups).unwrap();
    // two a day in January and February 2026, and what is none of ours
    for day in 1..=28 {
        for month in 1..=2 {
            for hour in [1, 13] {
                let name = format!("tinbai-2026{month:02}{day:02}T{hour:02}0000Z.tar.gz");
                fs::write(backups.join(name), "").unwrap();
            }
        }
    }
    fs::write(backups.join("tinbai-moi-nhat.tar.gz"), "").unwrap();
    fs::create_dir(backups.join(".tinbai-backup")).unwrap();
    fs::write(backups.join(".tinbai-backup/database.sqlite"), "cut short").unwrap();
    let mut command = into_folder(&backups);
    command
        .env("TINBAI_BACKUP__KEEP__DAILY", "3")
        .env("TINBAI_BACKUP__KEEP__WEEKLY", "2");
    command.env("TINBAI_BACKUP__KEEP__MONTHLY", "3");
    let done = ended_as(db.url(), command);
    assert!(done.well().contains("xóa 109 bản cũ"), "{done:?}");
    let left = names(&backups);
    assert_eq!(
        left[..4],
        [
            "tinbai-20260131T130000Z.tar.gz".replace("0131", "0128"),
            "tinbai-20260227T130000Z.tar.gz".to_owned(),
            "tinbai-20260228T130000Z.tar.gz".to_owned(),
            left[3].clone(),
        ]
    );
    assert_eq!(left.len(), 5, "{left:?}");
    assert_eq!(left[4], "tinbai-moi-nhat.tar.gz");
    restore(&db.empty_place(), &backups.join(&left[3])).well();
}

/// The program may write no file longer than so many blocks of 512 bytes: as a full disk does, the
/// system refuses to write on.
fn a_full_disk_leaves_the_old_backups_and_nothing_half(db: &TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let old = "tinbai-20260101T000000Z.tar.gz";
    fs::write(folder.path().join(old), "").unwrap();
    for blocks in [2, 40, 90] {
        let mut command = Command::new("sh");
        let limited = format!("ulimit -f {blocks}; exec \"$0\" backup");
        command.args(["-c", &limited]).arg(program());
        command.env("TINBAI_BACKUP__DIRECTORY", folder.path());
        let done = ended_as(db.url(), command);
        let said = done.complaint(1);
        assert!(
            said.contains(folder.path().to_str().unwrap())
                && said.contains("Các bản cũ còn nguyên"),
            "{blocks}: {said}"
        );
        assert_eq!(names(folder.path()), [old], "{blocks}");
    }
}

/// The app with a folder of backups.
fn keeping(app: &TestApp, folder: &Path) -> App {
    let mut settings = (*app.house.settings).clone();
    settings.backup.directory = Some(folder.to_owned());
    App::new(app.store.clone(), settings)
}

fn ran(house: &App, app: &TestApp) -> Vec<RunReport> {
    let runs = scheduler::run_due(house, app.now()).unwrap().runs;
    runs.into_iter().filter(|run| run.job == "backup").collect()
}

fn every_night_has_its_backup_and_its_age_is_seen(app: &TestApp) {
    let desk = Desk::new(app);
    let admin = signed_in(app, &desk, Role::Admin);
    let page = |words: &str| {
        // the session of the day before is over
        admin.sign_in("admin@tinh.example");
        let html = admin.get("/he-thong").expect_page(200);
        assert!(html.contains(words), "{words}: {html}");
    };
    page("Chưa có thư mục sao lưu");
    let folder = tempfile::tempdir().unwrap();
    let house = keeping(app, folder.path());
    assert!(ran(&house, app).is_empty());
    let running = server::start(house.clone(), app.clock.clone(), None).unwrap();
    let health = || app.nobody().at(running.address()).get("/healthz");
    assert_eq!(health().expect(200)["backup_at"], Value::Null);

    app.set_clock("2026-11-21T01:00:00+07:00");
    let rehearsed = scheduler::rehearse_due(&house, app.now()).unwrap();
    assert!(rehearsed.runs.iter().any(|run| run.job == "backup"));
    assert!(
        names(folder.path()).is_empty(),
        "a rehearsal writes nothing"
    );
    let runs = ran(&house, app);
    assert!(
        runs[0]
            .result
            .as_ref()
            .unwrap()
            .sentence
            .starts_with("Đã sao lưu"),
        "{runs:?}"
    );
    assert_eq!(names(folder.path()), ["tinbai-20261120T180000Z.tar.gz"]);
    assert!(ran(&house, app).is_empty(), "once a night");
    assert_eq!(
        health().expect(200)["backup_at"],
        "2026-11-21T01:00:00+07:00"
    );
    app.advance(TimeDelta::hours(8));
    page("Bản sao lưu mới nhất: 01:00 21/11/2026, cách đây 8 giờ.");
    page("trống ");

    // after an outage of days one backup makes up for all
    app.set_clock("2026-11-24T09:30:00+07:00");
    assert_eq!(ran(&house, app).len(), 1);
    assert_eq!(names(folder.path()).len(), 2);
    let off = json!({ "enabled": false });
    app.admin().knowing(1).patch("/api/v1/jobs/backup", &off);
    app.set_clock("2026-11-26T09:30:00+07:00");
    ran(&house, app);
    assert_eq!(
        health().expect(200)["status"],
        "ok",
        "two rounds are not more than two"
    );
    app.set_clock("2026-11-26T09:31:00+07:00");
    ran(&house, app);
    assert_eq!(health().expect(503)["status"], "backup_old");
    // the server of this page keeps no backups, and so misses none
    page("Bản sao lưu mới nhất: 09:30 24/11/2026, cách đây 2 ngày.");
    running.stop().unwrap();
}

fn a_job_that_cannot_back_up_is_seen(app: &TestApp) {
    app.expect_failed_jobs();
    let desk = Desk::new(app);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let house = keeping(app, &file);
    scheduler::run_due(&house, app.now()).unwrap();
    app.set_clock("2026-11-21T01:00:00+07:00");
    let runs = ran(&house, app);
    let error = runs[0].error.as_ref().unwrap();
    assert!(
        error.contains(file.to_str().unwrap()) && error.contains("còn nguyên"),
        "{error}"
    );
    let admin = signed_in(app, &desk, Role::Admin);
    let html = admin.get("/he-thong").expect_page(200);
    let (_, row) = html.split_once("Sao lưu</a>").unwrap();
    let (row, _) = row.split_once("</tr>").unwrap();
    assert!(row.contains("<strong>lỗi.</strong>"), "{row}");
    app.advance(TimeDelta::minutes(6));
    assert_eq!(app.nobody().get("/healthz").expect(503)["status"], "late");
}

#[test]
fn two_backups_into_one_folder_do_not_meet() {
    run(Kind::Sqlite, |db: &TestDb| {
        let folder = tempfile::tempdir().unwrap();
        let held = fs::File::open(folder.path()).unwrap();
        held.try_lock().unwrap();
        let done = ended_as(db.url(), into_folder(folder.path()));
        assert!(done.complaint(1).contains("đang được ghi"), "{done:?}");
        drop(held);
        ended_as(db.url(), into_folder(folder.path())).well();
    });
}

#[test]
fn a_folder_that_may_not_be_written_to_is_named() {
    run(Kind::Sqlite, |db: &TestDb| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let done = ended_as(db.url(), into_folder(&file.join("backup")));
        assert!(
            done.complaint(1).contains(file.to_str().unwrap()),
            "{done:?}"
        );
        let absent = format!("sqlite:{}", folder.path().join("none.sqlite").display());
        let done = ended_as(&absent, into_folder(folder.path()));
        assert!(done.complaint(1).contains("none.sqlite"), "{done:?}");
        assert_eq!(names(folder.path()), ["file"], "nothing was made");
    });
}

#[test]
fn a_password_is_not_an_argument_of_pg_dump() {
    run(Kind::Postgres, |db: &TestDb| {
        // a program of that name that notes what it is told
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("pg_dump");
        let script = "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$NOTED\"\nprintf '%s\\n' \"$PGPASSWORD\" >>\"$NOTED\"\nexit 1\n";
        fs::write(&program, script).unwrap();
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let noted = folder.path().join("noted");
        let url = db
            .url()
            .replacen("tinbai@", "tinbai:b%C3%AD%20m%E1%BA%ADt@", 1);
        let mut command = into_folder(&folder.path().join("backup"));
        command.env("PATH", folder.path()).env("NOTED", &noted);
        ended_as(&url, command).complaint(1);
        let noted = fs::read_to_string(&noted).unwrap();
        let (arguments, password) = noted.trim_end().rsplit_once('\n').unwrap();
        assert!(
            arguments.contains("--dbname=postgres://tinbai@"),
            "{arguments}"
        );
        assert_eq!(password, "bí mật");
        assert!(!arguments.contains("b%C3%AD"), "{arguments}");
        let mut command = into_folder(&folder.path().join("backup"));
        command.env("PATH", "/nowhere");
        let done = ended_as(db.url(), command);
        assert!(done.complaint(1).contains("postgresql-client"), "{done:?}");
    });
}
