//! Accounts: invitations, new passwords, shutting people out, the first administrator.

use chrono::TimeDelta;
use serde_json::json;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::ids::PersonId;
use tinbai::domain::mail::MailState;
use tinbai::domain::unit::Category;
use tinbai::service::accounts::tokens::NewToken;
use tinbai::service::accounts::{NewAdmin, create_admin};
use tinbai::service::{Error, Tx};
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::app::TestApp;
use crate::support::browser::{
    Browser, ORIGIN, PASSWORD, account, mailed_link, person, whole_mail,
};
use crate::support::tree::{found, trail};

both_databases!(
    an_invited_person_sets_a_password_and_signs_in,
    an_invitation_ends_and_is_sent_again,
    who_may_not_manage_accounts_does_not,
    a_link_that_set_a_password_says_so_for_an_hour,
    an_invitation_is_sent_again_to_who_asks,
    a_password_set_at_somebody_elses_browser_signs_them_out,
    a_forgotten_password_is_set_anew_by_mail,
    who_asks_for_a_new_password_learns_nothing,
    a_disabled_account_is_out_at_once,
    the_first_administrator_comes_from_the_command_line,
    an_administrator_whose_link_was_lost_gets_another,
);

fn federation(app: &TestApp) -> UnitRow {
    found(app, "tinh", Category::Federation, None)
}

fn an_invited_person_sets_a_password_and_signs_in(app: &TestApp) {
    let root = federation(app);
    let leader = person(app, &root, Role::Leader, "Truong@tinh.example");
    let invited = app
        .admin()
        .post("/api/v1/accounts", &json!({ "person_id": leader.id }))
        .expect(201);
    assert_eq!(
        (&invited["state"], &invited["mail"]),
        (&json!("invited"), &json!("Truong@tinh.example"))
    );
    let mails = app.mails();
    let raw = String::from_utf8(mails[0].raw.clone()).unwrap();
    let mail = mail_parser::MessageParser::default()
        .parse(raw.as_bytes())
        .unwrap();
    let text = mail.body_text(0).unwrap().into_owned();
    let link = text
        .split_whitespace()
        .find_map(|word| word.strip_prefix(ORIGIN))
        .unwrap()
        .to_owned();
    let told = format!("{}\n\n{text}", mail.subject().unwrap()).replace(&link, "/moi/LINK");
    insta::assert_snapshot!("invite_mail", told);
    let html = mail.body_html(0).unwrap().replace(&link, "/moi/LINK");
    insta::assert_snapshot!("invite_mail_html", html);

    let browser = Browser::of(app);
    for _ in 0..10 {
        assert_eq!(
            browser.get(&link).status,
            200,
            "scanners of mail follow links too"
        );
    }
    assert_eq!(
        browser.sign_in("truong@tinh.example").status,
        401,
        "there is no password yet"
    );
    let set =
        |first: &str, second: &str| browser.form(&link, &[("password", first), ("again", second)]);
    for (first, second, words) in [
        ("", "", "cần ít nhất 12"),
        ("ngắn quá", "ngắn quá", "cần ít nhất 12"),
        ("password1234", "password1234", "dễ đoán"),
        ("truongtinh2026", "truongtinh2026", "dễ đoán"),
        (PASSWORD, "mèo vàng leo thang", "không giống nhau"),
        (&"x".repeat(100_000), &"x".repeat(100_000), "dài quá 128"),
    ] {
        let refused = set(first, second);
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(refused.text.contains(words), "{words}: {}", refused.text);
        assert!(
            first.is_empty() || !refused.text.contains(first),
            "a password is never shown"
        );
    }
    let done = set(PASSWORD, PASSWORD);
    assert!(
        done.status == 200 && done.text.contains("Đã đặt mật khẩu. Hãy đăng nhập."),
        "{}",
        done.text
    );
    assert!(
        done.text.contains("value=\"Truong@tinh.example\""),
        "the form to sign in: {}",
        done.text
    );
    assert_eq!(
        set("bài thơ cũ bên hiên nhà", "bài thơ cũ bên hiên nhà").status,
        410,
        "a link is good once"
    );
    assert_eq!(browser.get(&link).status, 410);

    let signed = browser.sign_in("TRUONG@tinh.example");
    assert_eq!((signed.status, signed.header("location")), (303, "/"));
    let set = browser.set.borrow().clone();
    assert!(set[0].starts_with("__Host-tinbai="), "{set:?}");
    assert!(
        set[0].ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"),
        "{set:?}"
    );
    let me = browser.get("/api/v1/me").expect(200);
    let name = format!("person:{} (Người leader)", leader.id);
    assert_eq!(
        (&me["name"], &me["roles"][0]["role"], &me["person_id"]),
        (&json!("Người leader"), &json!("leader"), &json!(leader.id))
    );
    assert!(browser.get("/viec").text.contains("Người leader"));
    let shown = app.admin().get("/api/v1/accounts").items();
    assert_eq!((shown.len(), &shown[0]["state"]), (1, &json!("active")));
    let id = invited["id"].to_string();
    let lines = trail(app, "account", &id);
    assert_eq!(lines[0].split(' ').next(), Some("invite"));
    assert_eq!(
        lines[1..],
        [
            "sign_in_failed by khách".to_owned(),
            format!("accept_invite by {name}"),
            format!("sign_in by {name}"),
        ]
    );
}

fn an_invitation_ends_and_is_sent_again(app: &TestApp) {
    let root = federation(app);
    let (admin, leader) = (
        app.admin(),
        person(app, &root, Role::Leader, "truong@tinh.example"),
    );
    let silent = person(app, &root, Role::Leader, "x@tinh.example");
    app.store
        .write(|conn| {
            let row = tinbai::store::people::PersonRow {
                mail: None,
                ..silent.clone()
            };
            tinbai::store::people::update(conn, row)
        })
        .unwrap();
    let invite = |id: PersonId| admin.post("/api/v1/accounts", &json!({ "person_id": id }));
    assert_eq!(invite(silent.id).faults(400), ["mail account_no_mail"]);
    assert_eq!(invite(PersonId(999)).faults(400), ["person_id not_found"]);
    let id = invite(leader.id).expect(201)["id"].as_i64().unwrap();
    assert_eq!(invite(leader.id).faults(409), ["person_id account_has_one"]);
    let other = person(app, &root, Role::Viewer, "TRUONG@tinh.example");
    assert_eq!(invite(other.id).faults(400), ["mail account_mail_taken"]);
    let first = mailed_link(app);
    app.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    assert_eq!(app.nobody().get(&first).status, 200);
    app.advance(TimeDelta::seconds(1));
    assert_eq!(app.nobody().get(&first).status, 404, "a week is over");
    let again = |verb: &str| admin.post(&format!("/api/v1/accounts/{id}/{verb}"), &json!({}));
    again("reset").faults(409);
    again("resend-invite").expect(200);
    let second = mailed_link(app);
    again("resend-invite").expect(200);
    assert_eq!(
        app.nobody().get(&second).status,
        404,
        "a newer one voids it"
    );
    assert_eq!(app.nobody().get(&mailed_link(app)).status, 200);
}

fn a_link_that_set_a_password_says_so_for_an_hour(app: &TestApp) {
    let root = federation(app);
    account(app, &person(app, &root, Role::Editor, "bt@tinh.example"));
    app.advance(TimeDelta::minutes(1));
    let browser = Browser::of(app);
    let asked = || {
        browser.form("/quen-mat-khau", &[("mail", "bt@tinh.example")]);
        app.advance(TimeDelta::minutes(1));
        mailed_link(app)
    };
    let set = |link: &str, password: &str| {
        browser.form(link, &[("password", password), ("again", password)])
    };
    let (replaced, link) = (asked(), asked());
    assert_eq!(set(&link, PASSWORD).status, 200);
    // pressed twice, or the reply was lost
    for again in [
        set(&link, "bài thơ cũ bên hiên nhà"),
        set(&link, "ngắn"),
        browser.get(&link),
    ] {
        assert_eq!(again.status, 410, "{}", again.text);
        assert!(
            again.text.contains("Mật khẩu đã được đặt")
                && again.text.contains("href=\"/dang-nhap\"")
        );
        assert!(
            !again.text.contains("bt@tinh.example") && !again.text.contains("Người"),
            "whose it is: {}",
            again.text
        );
    }
    assert_eq!(
        browser.sign_in("bt@tinh.example").status,
        303,
        "the first password holds"
    );
    let unknown = browser.get(&replaced);
    assert_eq!(unknown.status, 404);
    assert!(
        unknown.text.contains("href=\"/quen-mat-khau\""),
        "{}",
        unknown.text
    );
    app.advance(TimeDelta::minutes(59));
    assert_eq!(browser.get(&link).status, 410);
    app.advance(TimeDelta::minutes(1));
    assert_eq!(
        (browser.get(&link).status, set(&link, PASSWORD).status),
        (404, 404),
        "an hour is over"
    );
}

fn an_invitation_is_sent_again_to_who_asks(app: &TestApp) {
    let root = federation(app);
    let leader = person(app, &root, Role::Leader, "truong@tinh.example");
    let id = app
        .admin()
        .post("/api/v1/accounts", &json!({ "person_id": leader.id }))
        .expect(201)["id"]
        .to_string();
    let first = mailed_link(app);
    app.advance(TimeDelta::days(7));
    let ended = app.nobody().get(&first);
    assert!(
        ended.status == 404 && ended.text.contains("href=\"/quen-mat-khau\""),
        "{}",
        ended.text
    );
    let ask = |mail: &str| Browser::of(app).form("/quen-mat-khau", &[("mail", mail)]);
    let (known, unknown) = (ask("truong@tinh.example"), ask("ai-do@tinh.example"));
    assert_eq!((known.status, &known.text), (200, &unknown.text));
    assert!(
        known.text.contains("thư rác") && known.text.contains("href=\"/dang-nhap\""),
        "{}",
        known.text
    );
    let again = mailed_link(app);
    assert!(again.starts_with("/moi/"), "{again}");
    for _ in 0..5 {
        ask("truong@tinh.example");
    }
    assert_eq!(app.mails().len(), 2, "three an hour at most");
    assert_eq!(trail(app, "account", &id)[1..], ["ask_invite by khách"; 3]);
    app.advance(TimeDelta::hours(1));
    ask("truong@tinh.example");
    let last = mailed_link(app);
    assert_eq!(app.nobody().get(&again).status, 404, "a newer one voids it");
    let browser = Browser::of(app);
    assert_eq!(
        browser
            .form(&last, &[("password", PASSWORD), ("again", PASSWORD)])
            .status,
        200
    );
    assert_eq!(browser.sign_in("truong@tinh.example").status, 303);
    app.admin()
        .post(&format!("/api/v1/accounts/{id}/disable"), &json!({}))
        .expect(200);
    ask("truong@tinh.example");
    assert!(app.mails().is_empty());
}

fn a_password_set_at_somebody_elses_browser_signs_them_out(app: &TestApp) {
    let root = federation(app);
    let first = account(app, &person(app, &root, Role::Editor, "a@tinh.example"));
    let second = person(app, &root, Role::Viewer, "b@tinh.example");
    let browser = Browser::of(app);
    browser.sign_in("a@tinh.example");
    let before = browser.stolen();
    app.admin()
        .post("/api/v1/accounts", &json!({ "person_id": second.id }))
        .expect(201);
    let link = mailed_link(app);
    assert!(
        browser.get(&link).status == 200 && browser.is_in(),
        "looking changes nothing"
    );
    assert_eq!(
        browser
            .form(&link, &[("password", "ngắn"), ("again", "ngắn")])
            .status,
        400
    );
    assert!(browser.is_in());
    let done = browser.form(&link, &[("password", PASSWORD), ("again", PASSWORD)]);
    assert!(
        done.text.contains("Đã đặt mật khẩu") && done.text.contains("value=\"b@tinh.example\""),
        "{}",
        done.text
    );
    assert!(!browser.cookies.borrow().contains_key("__Host-tinbai"));
    assert!(!before.is_in(), "the session ended, not only the cookie");
    assert_eq!(
        trail(app, "account", first)
            .last()
            .unwrap()
            .split(' ')
            .next(),
        Some("sign_out")
    );
}

fn who_may_not_manage_accounts_does_not(app: &TestApp) {
    let root = federation(app);
    let (own, other) = (
        found(app, "huyen-a", Category::Superior, Some(&root)),
        found(app, "huyen-b", Category::Superior, Some(&root)),
    );
    let admin = account(
        app,
        &person(app, &root, Role::Admin, "quantri@tinh.example"),
    );
    let staff = account(
        app,
        &person(app, &own, Role::Contributor, "nv@huyen.example"),
    );
    let elsewhere = app.client_of(Role::Department, Some(&other));
    elsewhere
        .get(&format!("/api/v1/accounts/{staff}"))
        .expect(404);
    elsewhere
        .post(&format!("/api/v1/accounts/{staff}/disable"), &json!({}))
        .expect(404);
    assert!(elsewhere.get("/api/v1/accounts").items().is_empty());
    for role in [Role::Editor, Role::Leader, Role::Contributor, Role::Viewer] {
        let client = app.client_of(role, Some(&own));
        client.get("/api/v1/accounts").expect(403);
        client.get(&format!("/api/v1/accounts/{staff}")).expect(403);
        client
            .post(&format!("/api/v1/accounts/{staff}/reset"), &json!({}))
            .expect(403);
    }
    let department = app.client_of(Role::Department, Some(&root));
    department
        .post(&format!("/api/v1/accounts/{staff}/disable"), &json!({}))
        .expect(200);
    department
        .post(&format!("/api/v1/accounts/{admin}/disable"), &json!({}))
        .expect(403);
    department
        .post(&format!("/api/v1/accounts/{admin}/reset"), &json!({}))
        .expect(403);
    let last = app
        .admin()
        .post(&format!("/api/v1/accounts/{admin}/disable"), &json!({}));
    assert_eq!(last.faults(409), [" account_last_admin"]);
}

fn a_forgotten_password_is_set_anew_by_mail(app: &TestApp) {
    let root = federation(app);
    account(app, &person(app, &root, Role::Editor, "bt@tinh.example"));
    let (browser, elsewhere) = (Browser::of(app), Browser::of(app));
    elsewhere.sign_in("bt@tinh.example");
    assert!(elsewhere.is_in());
    assert_eq!(
        browser
            .form("/quen-mat-khau", &[("mail", " BT@tinh.example ")])
            .status,
        200
    );
    let mail = whole_mail(app, &[]);
    let link = mail
        .split_whitespace()
        .find_map(|word| word.strip_prefix(ORIGIN))
        .unwrap()
        .to_owned();
    insta::assert_snapshot!("reset_mail", mail.replace(&link, "/dat-lai/LINK"));
    assert!(link.starts_with("/dat-lai/"));
    assert_eq!(
        browser.get(&link.replace("/dat-lai/", "/moi/")).status,
        404,
        "a link is for one purpose"
    );
    app.advance(TimeDelta::minutes(59));
    let new = "bài thơ cũ bên hiên nhà";
    assert_eq!(
        browser
            .form(&link, &[("password", new), ("again", new)])
            .status,
        200
    );
    assert!(!elsewhere.is_in(), "every session ended");
    assert_eq!(browser.sign_in("bt@tinh.example").status, 401);
    assert_eq!(
        browser
            .form(
                "/dang-nhap",
                &[("mail", "bt@tinh.example"), ("password", new)]
            )
            .status,
        303
    );
    browser.form("/quen-mat-khau", &[("mail", "bt@tinh.example")]);
    let late = mailed_link(app);
    app.advance(TimeDelta::hours(1));
    assert_eq!(browser.get(&late).status, 404, "an hour is over");
}

fn who_asks_for_a_new_password_learns_nothing(app: &TestApp) {
    let root = federation(app);
    account(app, &person(app, &root, Role::Editor, "bt@tinh.example"));
    let ask = |mail: &str| Browser::of(app).form("/quen-mat-khau", &[("mail", mail)]);
    let known = ask("bt@tinh.example");
    let unknown = ask("ai-do@tinh.example");
    assert_eq!((known.status, &known.text), (unknown.status, &unknown.text));
    assert_eq!(app.mails().len(), 1);
    for _ in 0..5 {
        assert_eq!(ask("bt@tinh.example").text, known.text);
    }
    assert_eq!(app.mails().len(), 2, "three an hour at most");
    for _ in 0..3 {
        ask("ai-do@tinh.example");
    }
    let refused = ask("bt@tinh.example");
    assert_eq!(refused.status, 429);
    assert!(
        refused.text.contains("bt@tinh.example"),
        "what was typed is kept"
    );
    assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 61);
}

fn a_disabled_account_is_out_at_once(app: &TestApp) {
    let root = federation(app);
    let editor = person(app, &root, Role::Editor, "bt@tinh.example");
    let id = account(app, &editor);
    let browser = Browser::of(app);
    browser.sign_in("bt@tinh.example");
    let new = NewToken {
        name: "máy của biên tập".into(),
        role: Role::Editor,
        unit_id: Some(root.id),
        person_id: Some(editor.id),
        days: None,
    };
    let program = app.client(Some(app.token(&new)));
    browser.form("/quen-mat-khau", &[("mail", "bt@tinh.example")]);
    assert!(browser.is_in());
    program.get("/api/v1/me").expect(200);
    app.admin()
        .post(&format!("/api/v1/accounts/{id}/disable"), &json!({}))
        .expect(200);
    assert!(!browser.is_in(), "its sessions ended");
    program.get("/api/v1/me").expect(401);
    assert_eq!(browser.sign_in("bt@tinh.example").status, 401);
    assert!(app.mails().is_empty(), "the mail that waited was given up");
    let dead = app.in_state(MailState::Dead);
    assert_eq!(dead.len(), 1);
    assert!(dead[0].last_error.as_ref().unwrap().contains("khóa"));
    app.admin()
        .post(&format!("/api/v1/accounts/{id}/enable"), &json!({}))
        .expect(200);
    assert!(!browser.is_in(), "what ended stays ended");
    assert_eq!(browser.sign_in("bt@tinh.example").status, 303);
}

fn made_admin(app: &TestApp, new: &NewAdmin) -> Result<String, Error> {
    let create = |tx: &mut Tx<'_>| create_admin(tx, new);
    app.house.write(&Actor::cli(), app.now(), create)
}

fn the_first_administrator_comes_from_the_command_line(app: &TestApp) {
    let new = |mail: &str, another| NewAdmin {
        name: "Quản trị".into(),
        mail: mail.into(),
        federation: None,
        code: None,
        unit: None,
        another,
    };
    let told = |new: &NewAdmin| made_admin(app, new).unwrap_err().to_string();
    assert!(told(&new("qt@tinh.example", false)).contains("--federation"));
    federation(app);
    assert!(told(&new("qt", false)).contains("địa chỉ thư"));
    let link = made_admin(app, &new("qt@tinh.example", false)).unwrap();
    let link = link.strip_prefix(ORIGIN).unwrap();
    assert!(told(&new("hai@tinh.example", false)).contains("--another"));
    made_admin(app, &new("hai@tinh.example", true)).unwrap();
    found(app, "khac", Category::Federation, None);
    let several = told(&new("ba@tinh.example", true));
    assert!(
        several.contains("khac (") && several.contains("--unit"),
        "{several}"
    );
    let browser = Browser::of(app);
    assert_eq!(
        browser
            .form(link, &[("password", PASSWORD), ("again", PASSWORD)])
            .status,
        200
    );
    browser.sign_in("qt@tinh.example");
    assert_eq!(
        browser.get("/api/v1/me").expect(200)["roles"][0]["role"],
        "admin"
    );
    browser.get("/api/v1/accounts").expect(200);
    assert!(app.mails().is_empty(), "the link was printed, not mailed");
}

fn an_administrator_whose_link_was_lost_gets_another(app: &TestApp) {
    let root = federation(app);
    let ask = |mail: &str, another| {
        let new = NewAdmin {
            name: "Quản trị".into(),
            mail: mail.into(),
            federation: None,
            code: None,
            unit: None,
            another,
        };
        made_admin(app, &new).map(|link| link.strip_prefix(ORIGIN).unwrap().to_owned())
    };
    let told = |mail: &str, another| ask(mail, another).unwrap_err().to_string();
    let lost = ask("qt@tinh.example", false).unwrap();
    assert!(told("hai@tinh.example", false).contains("liên kết mới"));
    let second = ask(" QT@tinh.example", false).unwrap();
    assert_eq!(
        (
            app.nobody().get(&lost).status,
            app.nobody().get(&second).status
        ),
        (404, 200)
    );
    app.advance(TimeDelta::days(7));
    assert_eq!(app.nobody().get(&second).status, 404, "a week is over");
    let third = ask("qt@tinh.example", true).unwrap();
    let browser = Browser::of(app);
    assert_eq!(
        browser
            .form(&third, &[("password", PASSWORD), ("again", PASSWORD)])
            .status,
        200
    );
    assert_eq!(browser.sign_in("qt@tinh.example").status, 303);
    let people = app.admin().get("/api/v1/people").items();
    assert_eq!(people.len(), 1, "it is one person still");
    let id = app.admin().get("/api/v1/accounts").items()[0]["id"].clone();
    let cli = [
        "create_admin by cli",
        "resend_invite by cli",
        "resend_invite by cli",
    ];
    assert_eq!(trail(app, "account", id)[..3], cli);
    for another in [false, true] {
        assert!(told("qt@tinh.example", another).contains("Quên mật khẩu"));
    }
    // an invitation of somebody else makes no administrator
    let viewer = person(app, &root, Role::Viewer, "tv@tinh.example");
    app.admin()
        .post("/api/v1/accounts", &json!({ "person_id": viewer.id }))
        .expect(201);
    assert!(told("tv@tinh.example", true).contains("một địa chỉ thư khác"));
    assert_eq!(
        app.unread_mails(),
        ["tv@tinh.example: Mời sử dụng phần mềm Tin bài"]
    );
}
