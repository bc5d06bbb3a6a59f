//! Lost devices: an administrator takes a second factor away and ends sessions; the trail says what
//! was and what is.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::AccountId;
use tinbai::domain::text::rfc3339;
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::support::app::{TestApp, texts};
use crate::support::browser::{Browser, PASSWORD, account, enrol, person, whole_mail};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::tree::found;
use crate::support::{at, tinbai};

both_databases!(
    a_lost_second_factor_is_taken_away_and_its_person_is_told,
    the_only_administrator_is_helped_at_the_command_line,
    sessions_of_others_are_listed_and_ended,
    the_trail_says_what_became_of_an_account,
    the_trail_says_what_became_of_a_deadline,
);

/// The newest line of the trail about an account.
fn newest(app: &TestApp, account: AccountId) -> Value {
    app.admin()
        .get(&format!("/api/v1/trail?entity=account&entity_id={account}"))
        .items()[0]
        .clone()
}

fn a_lost_second_factor_is_taken_away_and_its_person_is_told(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let editor = account(app, &person(app, &root, Role::Editor, "bt@tinh.example"));
    let chief = account(app, &person(app, &root, Role::Admin, "qt@tinh.example"));
    let (browser, boss) = (Browser::of(app), Browser::of(app));
    browser.sign_in("bt@tinh.example");
    let path = |id: AccountId| format!("/api/v1/accounts/{id}/reset-second-factor");
    let because = json!({ "reason": "Mất điện thoại <Nokia>" });
    let admin = app.admin();
    assert_eq!(
        admin.post(&path(editor), &because).faults(409),
        [" account_without_second_factor"]
    );
    enrol(app, &browser);
    assert_eq!(
        admin
            .post(&path(editor), &json!({ "reason": " " }))
            .faults(400),
        ["reason required"]
    );
    let done = admin.post(&path(editor), &because).expect(200);
    assert_eq!(done["second_factor"], false);
    assert!(!browser.is_in(), "every session ended");
    let mail = whole_mail(app, &[]);
    insta::assert_snapshot!("second_factor_reset_mail", mail);
    assert_eq!(
        browser.sign_in("bt@tinh.example").header("location"),
        "/",
        "the password alone is asked for"
    );
    let line = &admin
        .get(&format!(
            "/api/v1/trail?action=reset_second_factor&entity_id={editor}"
        ))
        .items()[0];
    assert_eq!(
        (&line["reason"], &line["unit_id"]),
        (&because["reason"], &json!(root.id))
    );
    let told = |facts: &Value| {
        (
            facts["second_factor"].clone(),
            facts["recovery_codes"].clone(),
        )
    };
    assert_eq!(
        (told(&line["old"]), told(&line["new"])),
        ((json!(true), json!(10)), (json!(false), json!(0)))
    );
    assert_eq!(line["new"]["sessions_ended"].as_array().unwrap().len(), 1);

    boss.sign_in("qt@tinh.example");
    enrol(app, &boss);
    assert_eq!(
        boss.json(&path(chief), &because).faults(409),
        [" account_own_second_factor"]
    );
    app.client_of(Role::Department, Some(&root))
        .post(&path(chief), &because)
        .faults(403);
    assert!(boss.is_in());
}

fn the_only_administrator_is_helped_at_the_command_line(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let id = account(app, &person(app, &root, Role::Admin, "qt@tinh.example"));
    let browser = Browser::of(app);
    browser.sign_in("qt@tinh.example");
    enrol(app, &browser);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tinbai.toml");
    std::fs::write(&file, format!("[database]\nurl = {:?}\n", app.url())).unwrap();
    let config = file.to_str().unwrap();
    let run = |mail: &str| tinbai(&["--config", config, "admin", "reset-second-factor", mail]);
    let unknown = run("ai-do@tinh.example");
    assert_ne!(unknown.code, std::process::ExitCode::SUCCESS);
    assert!(
        unknown.err.contains("ai-do@tinh.example"),
        "{}",
        unknown.err
    );
    let done = run(" QT@tinh.example");
    assert!(
        done.out.contains("qt@tinh.example"),
        "{}{}",
        done.out,
        done.err
    );
    assert!(!browser.is_in());
    assert_eq!(browser.sign_in("qt@tinh.example").header("location"), "/");
    let lines = app
        .admin()
        .get(&format!(
            "/api/v1/trail?action=reset_second_factor&entity_id={id}"
        ))
        .items();
    assert_eq!(
        (
            texts(&lines, "actor"),
            lines[0]["new"]["second_factor"].clone()
        ),
        (vec!["cli".into()], json!(false))
    );
    assert_eq!(
        app.unread_mails(),
        ["qt@tinh.example: Đã gỡ bước xác minh thứ hai"]
    );
}

fn sessions_of_others_are_listed_and_ended(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let (own, other) = (
        found(app, "a", Category::Superior, Some(&root)),
        found(app, "b", Category::Superior, Some(&root)),
    );
    let id = account(app, &person(app, &own, Role::Leader, "truong@a.example"));
    let elsewhere = account(app, &person(app, &other, Role::Leader, "truong@b.example"));
    let (phone, desk) = (
        Browser::of(app).with("User-Agent", "Điện thoại"),
        Browser::of(app),
    );
    phone.sign_in("truong@a.example");
    desk.sign_in("truong@a.example");
    let path = format!("/api/v1/accounts/{id}/sessions");
    let department = app.client_of(Role::Department, Some(&root));
    let listed = department.get(&path).items();
    assert_eq!(texts(&listed, "agent")[1], "Điện thoại");
    let end = |account: AccountId, session: &Value| {
        department.send(
            "DELETE",
            &format!("/api/v1/accounts/{account}/sessions/{session}"),
            None,
        )
    };
    end(elsewhere, &listed[1]["id"]).expect(404);
    assert!(phone.is_in());
    assert_eq!(end(id, &listed[1]["id"]).expect(200)["ended"], 1);
    assert!(!phone.is_in() && desk.is_in());
    end(id, &listed[1]["id"]).expect(404);
    assert_eq!(department.get(&path).items().len(), 1);
    app.client_of(Role::Department, Some(&other))
        .get(&path)
        .faults(404);
    let line = newest(app, id);
    assert_eq!(
        (&line["action"], &line["old"]["agent"]),
        (&json!("end_session"), &json!("Điện thoại"))
    );
    assert_eq!(
        (&line["old"]["ended_at"], &line["new"]["ended_at"]),
        (&Value::Null, &json!(rfc3339(app.now())))
    );
}

fn the_trail_says_what_became_of_an_account(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let id = account(app, &person(app, &root, Role::Editor, "bt@tinh.example"));
    let facts = |line: &Value, key: &str| (line["old"][key].clone(), line["new"][key].clone());
    let accepted = newest(app, id);
    assert_eq!(
        facts(&accepted, "state"),
        (json!("invited"), json!("active"))
    );
    let browser = Browser::of(app);
    browser.sign_in("bt@tinh.example");
    let begun = newest(app, id);
    assert_eq!(
        (&begun["old"], &begun["new"]["stage"]),
        (&Value::Null, &json!("done"))
    );
    app.advance(chrono::TimeDelta::minutes(1));
    let new = "bài thơ cũ bên hiên nhà";
    browser.form(
        "/tai-khoan/mat-khau",
        &[("old", PASSWORD), ("password", new), ("again", new)],
    );
    let changed = newest(app, id);
    let set = (json!("2026-11-20T01:00:00Z"), json!("2026-11-20T01:01:00Z"));
    assert_eq!(
        (&changed["action"], facts(&changed, "password_changed_at")),
        (&json!("change_password"), set)
    );
    let before = browser.stolen();
    browser.form(
        "/dang-nhap",
        &[("mail", "bt@tinh.example"), ("password", new)],
    );
    assert!(!before.is_in());
    let lines = app
        .admin()
        .get(&format!("/api/v1/trail?entity=account&entity_id={id}"))
        .items();
    assert_eq!(
        texts(&lines, "action")[..2],
        ["sign_in", "end_session"],
        "the session before ended"
    );
    browser.form("/tai-khoan/thoat-het", &[]);
    let everywhere = newest(app, id);
    assert_eq!(everywhere["old"]["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(everywhere["new"]["sessions"], json!([]));
    app.admin()
        .post(&format!("/api/v1/accounts/{id}/disable"), &json!({}))
        .expect(200);
    assert_eq!(
        facts(&newest(app, id), "state"),
        (json!("active"), json!("disabled"))
    );
    let whole = app
        .admin()
        .get(&format!("/api/v1/trail?entity=account&entity_id={id}"))
        .text;
    assert!(
        !whole.contains("argon2") && !whole.contains(new) && !whole.contains("hash"),
        "{whole}"
    );
}

fn the_trail_says_what_became_of_a_deadline(app: &TestApp) {
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    let id = desk.rows()[0].id;
    let (leader, department) = (
        app.client_of(Role::Leader, Some(&desk.superior)),
        app.client_of(Role::Department, Some(&desk.root)),
    );
    let ask = json!({ "until": "2026-12-05T10:00:00+07:00", "reason": "Bão lụt" });
    let asked = leader
        .post(&format!("/api/v1/obligations/{id}/extensions"), &ask)
        .expect(201);
    let grant = json!({ "decision": "grant", "until": "2026-12-03T10:00:00+07:00" });
    assert_eq!(
        department
            .knowing(desk.row(id).version)
            .post(
                &format!("/api/v1/extensions/{}/decide", asked["id"]),
                &grant
            )
            .status,
        204
    );
    let lines = department
        .get(&format!("/api/v1/trail?entity=obligation&entity_id={id}"))
        .items();
    assert_eq!(texts(&lines, "action"), ["granted", "ask_extension"]);
    let value =
        |line: usize, side: &str, field: &str| at(lines[line][side][field].as_str().unwrap());
    let (due, until) = (
        at("2026-12-01T00:00:00+07:00"),
        at("2026-12-03T10:00:00+07:00"),
    );
    assert_eq!(value(1, "old", "due_at"), due);
    assert_eq!(value(1, "new", "due_at"), due);
    assert_eq!(lines[1]["new"]["state"], "asked");
    assert_eq!(value(0, "old", "due_at"), due);
    assert_eq!(value(0, "old", "until"), at("2026-12-05T10:00:00+07:00"));
    assert_eq!(value(0, "new", "due_at"), until);
    assert_eq!(lines[0]["new"]["state"], "granted");
}
