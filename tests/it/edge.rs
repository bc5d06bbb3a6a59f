//! What stands between the service and the world: readers beside a database that can't be written,
//! exports, entity tags, files that others may not read, a clean stop.

use std::io::Read as _;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::ExitCode;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection as _;
use serde_json::json;
use tinbai::app::server;
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;
use tinbai::service::App;
use tinbai::store::{Store, StoreError, StoreOptions};

use crate::both_databases;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, account, person};
use crate::support::process::Served;
use crate::support::tree::found;
use crate::support::{Kind, run, tinbai};

both_databases!(
    a_reader_needs_no_writer,
    an_export_is_sent_in_parts_and_only_so_many_at_once,
    a_list_of_tags_is_matched_as_the_standard_says,
    a_reply_with_a_strong_tag_is_the_same_bytes_for_everybody,
    administrators_mail_no_account_without_a_limit,
    texts_of_calendars_pass_the_check_that_all_texts_pass,
);

/// Runs statements on the database.
pub fn execute(app: &TestApp, sql: &str) {
    app.store
        .write::<_, StoreError>(|conn| Ok(conn.batch_execute(sql)?))
        .unwrap();
}

/// Makes every write of a table fail as on a full disk.
fn fill_disk(app: &TestApp, table: &str) {
    let sql = match app.kind() {
        Kind::Sqlite => format!(
            "CREATE TRIGGER full_{table} BEFORE UPDATE ON {table}
             BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        ),
        Kind::Postgres => format!(
            "CREATE FUNCTION full_{table}() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'No space left on device'; END $$;
             CREATE TRIGGER full_{table} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION full_{table}()"
        ),
    };
    execute(app, &sql);
}

fn a_reader_needs_no_writer(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    account(
        app,
        &person(app, &root, Role::Leader, "truong@tinh.example"),
    );
    let admin = app.admin();
    let browser = Browser::of(app);
    assert_eq!(browser.sign_in("truong@tinh.example").status, 303);
    let read = || {
        assert_eq!(admin.get("/api/v1/me").status, 200);
        assert_eq!(browser.get("/tai-khoan").status, 200);
    };
    read();
    let used = || admin.get("/api/v1/tokens").items()[0]["last_used_at"].clone();
    let first = used();
    // the use of a token is recorded every ten minutes, that of a session every minute
    app.advance(TimeDelta::minutes(11));
    read();
    let second = used();
    assert_ne!(first, second, "with room for it, the use is recorded");
    // somebody holds the database
    let other = app.second_store();
    let lock = match app.kind() {
        Kind::Sqlite => "SELECT 1",
        Kind::Postgres => {
            "SELECT id FROM access_token FOR UPDATE; SELECT id FROM session FOR UPDATE"
        }
    };
    other
        .write::<_, StoreError>(|conn| {
            conn.batch_execute(lock)?;
            app.advance(TimeDelta::minutes(11));
            let began = std::time::Instant::now();
            read();
            assert!(began.elapsed().as_secs() < 4, "nobody waited for the lock");
            assert_eq!(used(), second, "and nothing was recorded");
            Ok(())
        })
        .unwrap();
    for table in ["access_token", "session"] {
        fill_disk(app, table);
    }
    app.advance(TimeDelta::minutes(11));
    read();
}

fn an_export_is_sent_in_parts_and_only_so_many_at_once(app: &TestApp) {
    execute(
        app,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
         INSERT INTO audit (at, actor_id, actor, action, entity, entity_id)
         SELECT 1790000000000000 + i, 'token:7', 'token:7 (Máy quét)', 'thử', 'item', CAST(i AS TEXT) FROM n",
    );
    let admin = app.admin();
    let file = admin.get("/api/v1/trail.csv?entity=item");
    assert_eq!(file.status, 200);
    assert_eq!(
        file.header("transfer-encoding"),
        "chunked",
        "its length is not known before"
    );
    assert!(file.header("content-disposition").contains("nhat-ky.csv"));
    let mut lines = file.text.split("\r\n");
    assert!(lines.next().unwrap().starts_with("\u{feff}\"Số\";"));
    let ids: Vec<i64> = lines
        .filter(|line| !line.is_empty())
        .map(|line| {
            let cells: Vec<&str> = line.split(';').map(|cell| cell.trim_matches('"')).collect();
            assert_eq!(cells[2], "Máy quét", "people read names");
            cells[5].parse().unwrap()
        })
        .collect();
    assert_eq!(
        ids,
        (1..=2_500).rev().collect::<Vec<_>>(),
        "each line once, the newest first"
    );
    let mut settings = (*app.house.settings).clone();
    settings.http.exports_at_once = 0;
    let full = server::start(
        App::new(app.store.clone(), settings),
        app.clock.clone(),
        None,
    )
    .unwrap();
    let refused = admin.at(full.address()).get("/api/v1/trail.csv");
    assert_eq!(refused.expect(503)["type"], "urn:tinbai:problem:crowded");
    assert_eq!(refused.header("retry-after"), "2");
    full.stop().unwrap();
    let nobody = app.client_of(
        Role::Contributor,
        Some(&found(app, "tinh", Category::Federation, None)),
    );
    assert_eq!(nobody.get("/api/v1/trail.csv").status, 403);
}

fn a_list_of_tags_is_matched_as_the_standard_says(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let path = format!("/api/v1/units/{}", root.id);
    let admin = app.admin();
    for (tags, status) in [
        ("\"{}\"", 200),
        ("*", 200),
        ("\"999\", \"{}\"", 200),
        ("\"{}\", \"999\"", 200),
        ("W/\"{}\", \"{}\"", 200),
        ("W/\"{}\"", 412),
        ("\"{}-gzip\"", 412),
        ("\"abc\"", 412),
        ("\"999\"", 412),
        ("{}", 400),
        ("", 400),
    ] {
        let before = admin.get(&path);
        let version = before.header("etag").trim_matches('"').to_owned();
        let name = format!("Liên đoàn {tags} {version}").replace(['"', '{', '}', '*'], "");
        let edit = admin.with("If-Match", tags.replace("{}", &version));
        let reply = edit.patch(&path, &json!({ "name": name }));
        assert_eq!(reply.status, status, "{tags}: {}", reply.text);
        let changed = admin.get(&path).header("etag") != before.header("etag");
        assert_eq!(changed, status == 200, "{tags}");
    }
    // what is not there has no version
    let policy = format!("{path}/policies/2026-12-01");
    let body = json!({ "patch": { "leader_approval": true } });
    assert_eq!(admin.with("If-Match", "*").put(&policy, &body).status, 412);
    assert_eq!(
        admin.with("If-Match", "\"0\"").put(&policy, &body).status,
        200
    );
    assert_eq!(admin.with("If-Match", "*").put(&policy, &body).status, 200);
}

fn a_reply_with_a_strong_tag_is_the_same_bytes_for_everybody(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let path = format!("/api/v1/units/{}", root.id);
    let admin = app.admin();
    let zipped = admin.with("Accept-Encoding", "gzip");
    let (plain, tagged) = (admin.get(&path), zipped.get(&path));
    assert_eq!(plain.header("etag"), tagged.header("etag"));
    assert_eq!(
        (tagged.header("content-encoding"), &tagged.text),
        ("", &plain.text)
    );
}

fn administrators_mail_no_account_without_a_limit(app: &TestApp) {
    app.expect_unread_mails();
    let root = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let active = account(app, &person(app, &root, Role::Editor, "bt@tinh.example"));
    let invited = person(app, &root, Role::Leader, "truong@tinh.example");
    let id = admin
        .post("/api/v1/accounts", &json!({ "person_id": invited.id }))
        .expect(201)["id"]
        .clone();
    let again = || admin.post(&format!("/api/v1/accounts/{id}/resend-invite"), &json!({}));
    assert_eq!([again().status, again().status], [200, 200]);
    let refused = again();
    assert_eq!(refused.expect(429)["type"], "urn:tinbai:problem:too_many");
    assert_eq!(refused.header("retry-after"), "3600");
    app.advance(TimeDelta::minutes(61));
    assert_eq!(again().status, 200);
    let reset = || {
        admin
            .post(&format!("/api/v1/accounts/{active}/reset"), &json!({}))
            .status
    };
    let sent: Vec<u16> = (0..5).map(|_| reset()).collect();
    assert_eq!(sent, [200, 200, 200, 429, 429]);
}

fn texts_of_calendars_pass_the_check_that_all_texts_pass(app: &TestApp) {
    found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let faults = |change: &[(&str, serde_json::Value)]| {
        let mut calendar = json!({
            "code": "thu", "name": "Giờ hành chính", "zone": "Asia/Ho_Chi_Minh",
            "hours": { "mon": [["07:00", "11:00"]] },
            "holidays": [{ "date": "2026-11-24", "name": "Lễ" }],
        });
        for (place, value) in change {
            *calendar.pointer_mut(place).unwrap() = value.clone();
        }
        admin.post("/api/v1/calendars", &calendar).faults(400)
    };
    let turned = json!("Giờ \u{202e}hành chính");
    assert_eq!(
        faults(&[("/name", turned.clone())]),
        ["name control_characters"]
    );
    assert_eq!(
        faults(&[("/holidays/0/name", turned.clone())]),
        ["holidays[0].name control_characters"]
    );
    let noted = json!({ "date": "2026-11-24", "name": "Lễ", "source": turned });
    assert_eq!(
        faults(&[("/holidays/0", noted)]),
        ["holidays[0].source control_characters"]
    );
}

#[test]
fn a_clean_stop_leaves_everything_in_the_file() {
    run(Kind::Sqlite, |app: &TestApp| {
        let running = server::start(app.house.clone(), app.clock.clone(), None).unwrap();
        found(app, "tinh", Category::Federation, None);
        assert!(app.store.log_bytes().unwrap() > 0);
        running.stop().unwrap();
        assert_eq!(app.store.log_bytes(), Some(0), "the log is merged");
        let file = app.url().strip_prefix("sqlite:").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.sqlite");
        std::fs::copy(file, &copy).unwrap();
        let copied = Store::open(&StoreOptions::new(format!("sqlite:{}", copy.display()))).unwrap();
        let units = copied.read(|conn| tinbai::store::units::find_by_code(conn, "tinh"));
        assert!(units.unwrap().is_some());
    });
}

#[test]
fn a_long_log_is_told_by_the_health_check() {
    run(Kind::Sqlite, |app: &TestApp| {
        found(app, "tinh", Category::Federation, None);
        let mut settings = (*app.house.settings).clone();
        settings.database.log_limit_bytes = 1;
        let strict = server::start(
            App::new(app.store.clone(), settings),
            app.clock.clone(),
            None,
        )
        .unwrap();
        let told = app
            .nobody()
            .at(strict.address())
            .get("/healthz")
            .expect(503);
        assert_eq!(told["status"], "log_large");
        assert_eq!(told["log_bytes"], json!(app.store.log_bytes()));
        assert_eq!(app.nobody().get("/healthz").expect(200)["status"], "ok");
        strict.stop().unwrap();
    });
}

#[test]
fn a_database_is_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("moi.sqlite");
    let options = StoreOptions::new(format!("sqlite:{}", file.display()));
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let store = Store::open(&options).unwrap();
    store.migrate().unwrap();
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(&folder.path().join("moi.sqlite-wal")), 0o600);
    drop(store);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(Store::open(&options).unwrap());
    assert_eq!(mode(&file), 0o640, "others may not read it any more");
}

#[test]
fn an_error_about_a_full_disk_names_the_file() {
    run(Kind::Sqlite, |app: &TestApp| {
        let root = found(app, "tinh", Category::Federation, None);
        fill_disk(app, "unit");
        let renamed = app.store.write::<_, StoreError>(|conn| {
            Ok(conn.batch_execute(&format!(
                "UPDATE unit SET name = 'x' WHERE id = {}",
                root.id
            ))?)
        });
        let said = renamed.unwrap_err().to_string();
        let file = app.url().strip_prefix("sqlite:").unwrap();
        assert!(said.contains(file) && said.contains("full"), "{said}");
    });
}

#[test]
fn a_server_that_can_not_listen_changes_nothing() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("moi.sqlite");
    let settings = folder.path().join("tinbai.toml");
    let text = format!(
        "[telemetry]\nfilter = \"off\"\n[server]\nlisten = \"{}\"\n[database]\nurl = \"sqlite:{}\"\n",
        taken.local_addr().unwrap(),
        file.display()
    );
    std::fs::write(&settings, text).unwrap();
    let answer = tinbai(&["--config", settings.to_str().unwrap(), "serve"]);
    assert_ne!(answer.code, ExitCode::SUCCESS);
    assert!(answer.err.contains("server.listen"), "{}", answer.err);
    assert!(
        !file.exists(),
        "no database was made, and none was migrated"
    );
}

/// The limit of open files leaves room for 80 connections, and for 40 from one address: who is idle
/// makes room, and the server goes on.
#[test]
fn a_low_limit_of_open_files_leaves_room_for_the_next_caller() {
    run(Kind::Sqlite, |app: &TestApp| {
        let served = Served::with_files(app, 160);
        // half of the files are for connections, and half of those for one address
        let (room, more) = (40, 110);
        let (closed, closings) = std::sync::mpsc::channel();
        let mut idle = Vec::new();
        for opened in 0..room + more {
            let mut stream = TcpStream::connect(served.address).unwrap();
            idle.push(stream.try_clone().unwrap());
            let closed = closed.clone();
            std::thread::spawn(move || closed.send(stream.read(&mut [0]).is_ok()));
            if opened >= room {
                closings.recv().unwrap();
            }
        }
        let asked = app.nobody().at(served.address).get("/readyz");
        assert_eq!(asked.status, 200);
        drop(idle);
        let log = served.stop();
        assert!(log.contains("the limit of open files is too low"), "{log}");
        assert!(!log.contains("Too many open files"), "{log}");
    });
}
