//! The audit trail: nobody changes it, who may reads it, and the purge takes out what is old.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use serde_json::{Value, json};
use tinbai::config::{AuditSettings, Settings};
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;
use tinbai::service::App;
use tinbai::service::core::audit;
use tinbai::service::schedule::purge;
use tinbai::store::StoreError;

use crate::both_databases;
use crate::support::app::{TestApp, texts};
use crate::support::browser::{Browser, account, person};
use crate::support::tree::{actor, found};
use crate::support::{Kind, TestDb};

both_databases!(
    nobody_changes_the_trail,
    the_purge_takes_out_what_is_older_than_its_years,
    a_horizon_that_was_left_behind_stops_no_purge,
    the_trail_is_read_by_filters_within_ones_part,
    refusals_are_lines_but_not_without_end,
    refusals_outside_the_api_are_lines_too,
    one_refusal_at_two_servers_at_once_is_one_line,
    the_trail_is_exported_and_no_cell_is_a_formula,
);

/// What became of a statement in a transaction of its own.
fn tried(db: &TestDb, statements: &[&str]) -> Result<(), String> {
    let done = db.store.write(|conn| {
        for sql in statements {
            diesel::sql_query(*sql)
                .execute(conn)
                .map_err(StoreError::from)?;
        }
        Ok::<_, StoreError>(())
    });
    done.map_err(|error| error.to_string())
}

fn lines(db: &TestDb) -> i64 {
    use diesel::prelude::*;
    let count = |conn: &mut _| {
        tinbai::store::schema::audit::table
            .count()
            .get_result(conn)
            .map_err(StoreError::from)
    };
    db.store.read(count).unwrap()
}

fn nobody_changes_the_trail(db: &TestDb) {
    found(db, "tinh", Category::Federation, None);
    let before = lines(db);
    let horizon = "INSERT INTO audit_horizon (id, before) VALUES (1, 0)";
    let mut attempts = vec![
        vec!["UPDATE audit SET actor = 'ai'"],
        vec!["DELETE FROM audit"],
        // the horizon lies in the past of every line
        vec![horizon, "DELETE FROM audit", "DELETE FROM audit_horizon"],
    ];
    match db.kind() {
        Kind::Sqlite => attempts.push(vec!["INSERT OR REPLACE INTO audit SELECT * FROM audit"]),
        Kind::Postgres => attempts.push(vec!["TRUNCATE audit CASCADE"]),
    }
    for statements in attempts {
        let refused = tried(db, &statements).unwrap_err();
        assert!(refused.contains("append-only"), "{statements:?}: {refused}");
    }
    // a horizon that outlives its transaction would open the trail to others
    tried(
        db,
        &["INSERT INTO audit_horizon (id, before) VALUES (1, 9000000000000000)"],
    )
    .unwrap_err();
    tried(db, &["DELETE FROM audit"]).unwrap_err();
    assert_eq!(lines(db), before);
}

fn a_horizon_that_was_left_behind_stops_no_purge(app: &TestApp) {
    found(app, "cu", Category::Federation, None);
    let horizon = "INSERT INTO audit_horizon (id, before) VALUES (1, 0)";
    match app.kind() {
        Kind::Sqlite => {
            let mut conn =
                SqliteConnection::establish(app.url().trim_start_matches("sqlite:")).unwrap();
            conn.batch_execute(&format!("PRAGMA foreign_keys = OFF; {horizon}"))
                .unwrap();
        }
        Kind::Postgres => tried(
            app,
            &["SET LOCAL session_replication_role = replica", horizon],
        )
        .unwrap(),
    }
    app.set_clock("2028-01-01T08:00:00+07:00");
    found(app, "moi", Category::Federation, None);
    // the shortest time that the settings allow
    let settings = Settings {
        audit: AuditSettings { keep_years: 1 },
        ..(*app.house.settings).clone()
    };
    let house = App::new(app.store.clone(), settings);
    assert_eq!(
        purge::run(&house, app.now()).unwrap().counts.get("trail"),
        Some(&1)
    );
    let left = app.admin().get("/api/v1/trail?entity=unit").items();
    assert_eq!((left.len(), &left[0]["new"]["code"]), (1, &json!("moi")));
}

fn the_purge_takes_out_what_is_older_than_its_years(app: &TestApp) {
    found(app, "cu", Category::Federation, None);
    app.set_clock("2036-11-20T08:00:01+07:00");
    found(app, "moi", Category::Federation, None);
    let done = purge::run(&app.house, app.now()).unwrap();
    assert_eq!(done.counts.get("trail"), Some(&1), "{done:?}");
    let admin = app.admin();
    let left = admin.get("/api/v1/trail?entity=unit").items();
    assert_eq!((left.len(), &left[0]["new"]["code"]), (1, &json!("moi")));
    let said = admin.get("/api/v1/trail?action=purge&entity=audit").items();
    assert_eq!(
        (&said[0]["actor"], &said[0]["old"]["rows"]),
        (&json!("system"), &json!(1))
    );
    let again = purge::run(&app.house, app.now()).unwrap();
    assert_eq!(again.counts.get("trail"), None, "{again:?}");
}

fn the_trail_is_read_by_filters_within_ones_part(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let own = found(app, "huyen", Category::Superior, Some(&root));
    let other = found(app, "khac", Category::Federation, None);
    let department = app.client_of(Role::Department, Some(&root));
    let person = json!({ "unit_id": own.id, "name": "Người Một", "role": "leader" });
    let person = department
        .with("X-Request-Id", "4f7b0a69d1c2e3f6")
        .post("/api/v1/people", &person)
        .expect(201);
    department
        .knowing(1)
        .patch(
            &format!("/api/v1/people/{}", person["id"]),
            &json!({ "title": "Chủ tịch" }),
        )
        .expect(200);
    let seen = department.get("/api/v1/trail").items();
    assert_eq!(
        texts(&seen, "action"),
        ["change", "enter", "create", "found", "found"]
    );
    assert!(
        seen.iter().all(|line| line["unit_id"] != json!(other.id)),
        "nothing of others"
    );
    let change = &seen[0];
    assert_eq!(
        (&change["old"]["title"], &change["new"]["title"]),
        (&Value::Null, &json!("Chủ tịch"))
    );
    assert_eq!(
        (&change["actor_id"], &change["actor"]),
        (&json!("token:1"), &json!("department")),
        "the name for people, the id in a field of its own"
    );
    let count = |query: &str| {
        department
            .get(&format!("/api/v1/trail?{query}"))
            .items()
            .len()
    };
    assert_eq!(count(&format!("unit_id={}", own.id)), 3);
    assert_eq!(count("request_id=4f7b0a69d1c2e3f6"), 1);
    assert_eq!(
        count(&format!("entity=person&entity_id={}", person["id"])),
        2
    );
    assert_eq!(count("action=found&actor=cli"), 2);
    assert_eq!(count("from=2026-11-20T08:00:01%2B07:00"), 0);
    assert_eq!(count("to=2026-11-20T08:00:00%2B07:00"), 0);
    let page = department.get("/api/v1/trail?limit=2").expect(200);
    let next = format!(
        "/api/v1/trail?limit=2&cursor={}",
        page["next_cursor"].as_str().unwrap()
    );
    assert_eq!(
        texts(&department.get(&next).items(), "action"),
        ["create", "found"]
    );
    assert_eq!(
        department
            .get(&format!("/api/v1/trail?unit_id={}", other.id))
            .faults(400),
        ["unit_id not_found"]
    );
    app.client_of(Role::Viewer, Some(&root))
        .get("/api/v1/trail")
        .faults(403);
    // of no unit: for who administers everything
    let all = app.admin().get("/api/v1/trail?entity=token").items();
    assert_eq!(
        all.iter().filter(|line| line["unit_id"].is_null()).count(),
        1,
        "{all:?}"
    );
}

fn refusals_are_lines_but_not_without_end(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let viewer = app.client_of(Role::Viewer, Some(&root));
    let path = format!("/api/v1/units/{}", root.id);
    for _ in 0..3 {
        viewer
            .knowing(1)
            .patch(&path, &json!({ "cluster": "1" }))
            .faults(403);
    }
    viewer.get("/api/v1/tokens").faults(403);
    let refused = || {
        texts(
            &app.admin().get("/api/v1/trail?action=refused").items(),
            "entity_id",
        )
    };
    assert_eq!(
        refused(),
        ["GET /api/v1/tokens", "PATCH /api/v1/units/{id}"]
    );
    app.set_clock("2026-11-20T08:01:01+07:00");
    viewer
        .knowing(1)
        .patch(&path, &json!({ "cluster": "1" }))
        .faults(403);
    assert_eq!(refused().len(), 3);
    let mine = app
        .client_of(Role::Department, Some(&root))
        .get("/api/v1/trail?action=refused")
        .items();
    assert_eq!((mine.len(), &mine[0]["unit_id"]), (3, &json!(root.id)));
}

fn refusals_outside_the_api_are_lines_too(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let editor = person(app, &root, Role::Editor, "bt@tinh.example");
    account(app, &editor);
    let browser = Browser::of(app);
    browser.sign_in("bt@tinh.example");
    let foreign = browser.claiming(Some("https://xau.example"));
    for _ in 0..2 {
        assert_eq!(foreign.json("/api/v1/units", &json!({})).status, 403);
        assert_eq!(foreign.form("/tai-khoan/thoat-het", &[]).status, 403);
        assert_eq!(
            Browser::of(app)
                .claiming(None)
                .form("/dang-nhap", &[("mail", "x")])
                .status,
            403
        );
    }
    // a program has no account to look at
    let program = app.client_of(Role::Viewer, Some(&root));
    program.get("/tai-khoan").expect(403);
    let lines = app.admin().get("/api/v1/trail?action=refused").items();
    let told: Vec<String> = lines
        .iter()
        .map(|line| {
            format!(
                "{} {} {}",
                line["actor"], line["entity_id"], line["unit_id"]
            )
        })
        .collect();
    let (name, unit) = ("\"Người editor\"", root.id);
    assert_eq!(told[0], format!("\"viewer\" \"GET /tai-khoan\" {unit}"));
    let rest = [
        "\"khách\" \"POST /dang-nhap\" null".to_owned(),
        format!("{name} \"POST /tai-khoan/thoat-het\" {unit}"),
        format!("{name} \"POST /api/v1/units\" {unit}"),
    ];
    assert_eq!(told[1..], rest);
}

fn one_refusal_at_two_servers_at_once_is_one_line(db: &TestDb) {
    let root = found(db, "tinh", Category::Federation, None);
    let viewer = actor(Role::Viewer, &root);
    let houses =
        [db.store.clone(), db.second_store()].map(|store| App::new(store, Settings::default()));
    let (before, now) = (lines(db), db.now());
    std::thread::scope(|scope| {
        for nth in 0..12 {
            let (house, viewer) = (&houses[nth % 2], &viewer);
            scope.spawn(move || audit::refused(house, viewer, "GET /api/v1/tokens", now).unwrap());
        }
    });
    assert_eq!(lines(db), before + 1);
}

fn the_trail_is_exported_and_no_cell_is_a_formula(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let own = found(app, "huyen", Category::Superior, Some(&root));
    let admin = app.admin();
    let end =
        json!({ "ended_on": "2026-12-31", "reason": "=HYPERLINK(\"http://x.example\";\"a\")" });
    admin
        .knowing(1)
        .post(&format!("/api/v1/units/{}/end", own.id), &end)
        .expect(200);
    let file = admin.get("/api/v1/trail.csv?entity=unit&action=end");
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let rows: Vec<&str> = file.text.trim_end().split("\r\n").collect();
    assert!(
        rows[0]
            .trim_start_matches('\u{feff}')
            .starts_with("\"Số\";\"Lúc\";\"Người thực hiện\""),
        "{}",
        rows[0]
    );
    assert_eq!(rows.len(), 2);
    assert!(
        rows[1].contains(";\"'=HYPERLINK(\"\"http://x.example\"\";\"\"a\"\")\";"),
        "{}",
        rows[1]
    );
    app.client_of(Role::Leader, Some(&root))
        .get("/api/v1/trail.csv")
        .faults(403);
}
