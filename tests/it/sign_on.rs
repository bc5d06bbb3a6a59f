//! Single sign-on at a real provider (npm's `oidc-provider`, started by the tests; its clock stands
//! where that of the tests starts).

use chrono::TimeDelta;
use serde_json::{Value, json};
use tinbai::app::server::Running;
use tinbai::config::OpenIdSettings;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::text::local_date;
use tinbai::domain::unit::Category;
use tinbai::identity::second_factor;
use tinbai::service::units::people;
use tinbai::service::units::people::LeavePerson;

use crate::both_databases;
use crate::sign_in::server_with;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, PASSWORD, account, enrol, person, shown_key};
use crate::support::process::program;
use crate::support::provider::{self, SECRET, There, begin, issuer, parameter, sign_on, walk};
use crate::support::tree::found;

both_databases!(
    whoever_was_invited_comes_in_by_a_verified_mail,
    who_may_not_come_in_is_answered_alike,
    a_second_factor_is_asked_for_unless_the_provider_is_trusted_with_it,
    the_way_back_is_good_once_soon_and_in_the_same_browser,
    without_a_provider_there_is_no_way,
    logs_hold_nothing_of_a_sign_on,
);

const MAIL: &str = "bt@tinh.example";

fn server(app: &TestApp, change: impl FnOnce(&mut OpenIdSettings)) -> Running {
    server_with(app, |settings| {
        settings.openid = provider::settings(issuer());
        change(&mut settings.openid);
    })
}

/// What the trail says of sign-ins, newest first: action and what was told.
fn told(app: &TestApp) -> Vec<(String, Value)> {
    let lines = app.admin().get("/api/v1/trail?entity=account").items();
    let of = |line: &Value| {
        (
            line["action"].as_str().unwrap().to_owned(),
            line["new"].clone(),
        )
    };
    lines
        .iter()
        .map(of)
        .filter(|(action, _)| action.starts_with("sign_in") || action == "accept_invite")
        .collect()
}

fn whoever_was_invited_comes_in_by_a_verified_mail(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let editor = person(app, &root, Role::Editor, MAIL);
    let id = app
        .admin()
        .post("/api/v1/accounts", &json!({ "person_id": editor.id }))
        .expect(201)["id"]
        .clone();
    let link = crate::support::browser::mailed_link(app);
    let server = server(app, |_| {});
    let browser = Browser::of(app).moved_to(server.address());
    assert!(
        browser
            .get("/dang-nhap?toi=%2Ftai-khoan")
            .text
            .contains("Đăng nhập một lần của tỉnh")
    );
    let way = begin(&browser, "/tai-khoan");
    assert!(way.starts_with(issuer()));
    assert_eq!(parameter(&way, "code_challenge_method"), "S256");
    assert_eq!(
        parameter(&way, "redirect_uri"),
        "http://localhost:8080/dang-nhap/mot-lan"
    );
    assert_eq!(
        browser.set.borrow()[0].split_once("; ").unwrap().1,
        "Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"
    );
    assert!(!browser.is_in());
    // providers compare names of mails as they like; ours don't tell large letters from small ones
    let back = browser.get(&walk(&way, There::SignIn("BT@tinh.example")));
    assert_eq!(
        (back.status, back.header("location")),
        (303, "/tai-khoan"),
        "{}",
        back.text
    );
    assert!(
        browser
            .set
            .borrow()
            .iter()
            .any(|line| line.starts_with("__Host-tinbai-openid=; Path=/; Max-Age=0"))
    );
    assert!(browser.is_in());
    let how = json!("openid");
    let lines = told(app);
    assert_eq!(
        (
            lines[0].0.as_str(),
            &lines[0].1["how"],
            &lines[0].1["stage"]
        ),
        ("sign_in", &how, &json!("done"))
    );
    assert_eq!(lines[1].0, "accept_invite");
    assert_eq!(
        app.admin()
            .get(&format!("/api/v1/accounts/{id}"))
            .expect(200)["state"],
        "active"
    );
    assert_eq!(
        app.nobody().get(&link).status,
        404,
        "the invitation is taken"
    );

    // there is no password: none opens the account, and one can be set just after signing in
    assert_eq!(Browser::of(app).sign_in(MAIL).status, 401);
    assert_eq!(
        Browser::of(app)
            .form("/dang-nhap", &[("mail", MAIL), ("password", "")])
            .status,
        401
    );
    let page = browser.get("/tai-khoan").text;
    assert!(page.contains("Đặt mật khẩu") && !page.contains("Mật khẩu đang dùng"));
    let set = |again: &Browser| {
        again.form(
            "/tai-khoan/mat-khau",
            &[("password", PASSWORD), ("again", PASSWORD)],
        )
    };
    app.advance(TimeDelta::minutes(10));
    let late = set(&browser);
    assert!(
        late.status == 400 && late.text.contains("10 phút"),
        "{}",
        late.text
    );
    let again = Browser::of(app).moved_to(server.address());
    assert_eq!(sign_on(&again, MAIL).header("location"), "/");
    assert_eq!(set(&again).status, 303);
    assert_eq!(Browser::of(app).sign_in(MAIL).status, 303);
    assert_eq!(told(app)[0].1["how"], "password");
    server.stop().unwrap();

    let pss = server_with(app, |settings| {
        settings.openid = OpenIdSettings {
            client_id: Some("tinbai-pss".to_owned()),
            ..provider::settings(issuer())
        };
    });
    assert_eq!(
        sign_on(&Browser::of(app).moved_to(pss.address()), MAIL).status,
        303
    );
    pss.stop().unwrap();
}

fn who_may_not_come_in_is_answered_alike(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    account(
        app,
        &person(app, &root, Role::Editor, "chua-xac-minh@tinh.example"),
    );
    let disabled = account(app, &person(app, &root, Role::Editor, "khoa@tinh.example"));
    app.admin()
        .post(&format!("/api/v1/accounts/{disabled}/disable"), &json!({}))
        .expect(200);
    let left = person(app, &root, Role::Editor, "nghi@tinh.example");
    account(app, &left);
    let yesterday = local_date(app.now()) - TimeDelta::days(1);
    app.house
        .write(&Actor::cli(), app.now(), |tx| {
            people::leave(tx, left.id, LeavePerson::on(yesterday), 1)
        })
        .unwrap();
    let server = server(app, |_| {});
    let tell = |mail: &str| {
        let browser = Browser::of(app).moved_to(server.address());
        let reply = sign_on(&browser, mail);
        assert!(!browser.is_in());
        assert!(
            !browser
                .set
                .borrow()
                .iter()
                .any(|line| line.starts_with("__Host-tinbai=")),
            "no session for {mail}"
        );
        assert!(
            reply.text.contains(mail) && reply.text.contains("href=\"/dang-nhap\""),
            "{}",
            reply.text
        );
        (reply.status, reply.text.replace(mail, "MAIL"))
    };
    let unknown = tell("ai-do@tinh.example");
    assert_eq!(unknown.0, 403);
    for mail in [
        "chua-xac-minh@tinh.example",
        "khoa@tinh.example",
        "nghi@tinh.example",
    ] {
        assert_eq!(tell(mail), unknown, "{mail}");
    }
    let reasons: Vec<Value> = told(app)
        .iter()
        .take(4)
        .map(|(action, said)| json!([action, said["reason"]]))
        .collect();
    let failed = |reason: &str| json!(["sign_in_failed", reason]);
    assert_eq!(
        reasons,
        [
            "out_of_service",
            "disabled",
            "unverified_mail",
            "unknown_mail"
        ]
        .map(failed)
    );
    server.stop().unwrap();
}

fn a_second_factor_is_asked_for_unless_the_provider_is_trusted_with_it(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, Role::Department, MAIL));
    let first = Browser::of(app);
    first.sign_in(MAIL);
    let (secret, _) = enrol(app, &first);
    let asking = server(app, |_| {});
    let browser = Browser::of(app).moved_to(asking.address());
    let back = browser.get(&walk(
        &begin(&browser, "/tai-khoan?a=1"),
        There::SignIn(MAIL),
    ));
    assert_eq!(
        back.header("location"),
        "/dang-nhap/ma?toi=%2Ftai-khoan%3Fa%3D1"
    );
    assert!(!browser.is_in(), "half a sign-in opens nothing");
    app.advance(TimeDelta::seconds(30));
    let code = second_factor::code_at(&secret, app.now()).unwrap();
    let done = browser.form(
        "/dang-nhap/ma",
        &[("code", &code), ("toi", "/tai-khoan?a=1")],
    );
    assert_eq!(done.header("location"), "/tai-khoan?a=1");
    assert!(browser.is_in());
    asking.stop().unwrap();

    let trusting = server_with(app, |settings| {
        settings.accounts.require_second_factor = true;
        settings.openid = OpenIdSettings {
            second_factor_there: true,
            ..provider::settings(issuer())
        };
    });
    // who must have one and never set a password
    let new = person(app, &root, Role::Admin, "moi@tinh.example");
    app.admin()
        .post("/api/v1/accounts", &json!({ "person_id": new.id }))
        .expect(201);
    for mail in [MAIL, "moi@tinh.example"] {
        let browser = Browser::of(app).moved_to(trusting.address());
        assert_eq!(sign_on(&browser, mail).header("location"), "/");
        assert!(browser.is_in());
    }
    let by_password = Browser::of(app).moved_to(trusting.address());
    assert_eq!(
        by_password.sign_in(MAIL).header("location"),
        "/dang-nhap/ma?toi=",
        "the provider did not ask here"
    );
    trusting.stop().unwrap();

    // sets it up at once, without a password
    let strict = server_with(app, |settings| {
        settings.accounts.require_second_factor = true;
        settings.openid = provider::settings(issuer());
    });
    let browser = Browser::of(app).moved_to(strict.address());
    assert_eq!(
        sign_on(&browser, "moi@tinh.example").header("location"),
        "/tai-khoan/buoc-hai"
    );
    assert!(!browser.is_in());
    assert!(
        !browser
            .get("/tai-khoan/buoc-hai")
            .text
            .contains("type=\"password\"")
    );
    app.advance(TimeDelta::minutes(9));
    let page = browser.form("/tai-khoan/buoc-hai", &[]).text;
    let code = second_factor::code_at(&shown_key(&page), app.now()).unwrap();
    assert_eq!(
        browser
            .form("/tai-khoan/buoc-hai/xac-nhan", &[("code", &code)])
            .status,
        200
    );
    assert!(browser.is_in());
    strict.stop().unwrap();
    assert_eq!(
        app.unread_mails(),
        ["moi@tinh.example: Mời sử dụng phần mềm Tin bài"]
    );
}

fn the_way_back_is_good_once_soon_and_in_the_same_browser(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, Role::Editor, MAIL));
    let server = server(app, |_| {});
    let browser = || Browser::of(app).moved_to(server.address());
    let stale = |browser: &Browser, address: &str| {
        let reply = browser.get(address);
        assert!(
            reply.status == 400 && reply.text.contains("Hãy bắt đầu lại"),
            "{} {}",
            reply.status,
            reply.text
        );
        assert!(
            !browser
                .set
                .borrow()
                .iter()
                .any(|line| line.starts_with("__Host-tinbai="))
        );
        assert_eq!(told(app)[0].1["reason"], "stale");
    };
    let own = browser();
    let back = walk(&begin(&own, ""), There::SignIn(MAIL));
    let copy = own.stolen();
    stale(&browser(), &back);
    let other = browser();
    begin(&other, "");
    stale(&other, &back);
    for forged in [
        "/dang-nhap/mot-lan",
        "/dang-nhap/mot-lan?code=x&state=",
        "/dang-nhap/mot-lan?state=a&state=b&code=%ff",
    ] {
        stale(&own.stolen(), forged);
    }
    assert_eq!(own.get(&back).status, 303, "nobody else used it up");
    own.form("/dang-xuat", &[]);
    stale(&own, &back);
    stale(&copy, &back);

    let slow = browser();
    let back = walk(&begin(&slow, ""), There::SignIn(MAIL));
    app.advance(TimeDelta::minutes(10));
    stale(&slow, &back);

    let unwilling = browser();
    let back = unwilling.get(&walk(&begin(&unwilling, "/tai-khoan"), There::Cancel));
    assert!(
        back.status == 403 && back.text.contains("href=\"/dang-nhap?toi=%2Ftai-khoan\""),
        "{}",
        back.text
    );
    assert_eq!(told(app)[0].1["reason"], "denied");

    // nobody is led elsewhere afterwards, nor begins by somebody else's page
    let lured = browser();
    let back = walk(&begin(&lured, "https://xau.example"), There::SignIn(MAIL));
    assert_eq!(lured.get(&back).header("location"), "/");
    let foreign = browser()
        .claiming(Some("https://xau.example"))
        .form("/dang-nhap/mot-lan", &[]);
    assert_eq!(foreign.status, 403);
    server.stop().unwrap();
}

fn without_a_provider_there_is_no_way(app: &TestApp) {
    let browser = Browser::of(app);
    assert!(!browser.get("/dang-nhap").text.contains("mot-lan"));
    assert_eq!(browser.form("/dang-nhap/mot-lan", &[]).status, 404);
    assert_eq!(browser.get("/dang-nhap/mot-lan?code=x&state=y").status, 404);
}

fn logs_hold_nothing_of_a_sign_on(app: &TestApp) {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::{Command, Stdio};
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, Role::Editor, MAIL));
    let mut process = Command::new(program())
        .args(["serve", "--at", &app.now().to_rfc3339()])
        .env("TINBAI_DATABASE__URL", app.url())
        .env("TINBAI_SERVER__LISTEN", "127.0.0.1:0")
        .env("TINBAI_WORKER__IN_SERVER", "false")
        .env("TINBAI_MAIL__TRANSPORT", "memory")
        .env("TINBAI_TELEMETRY__FILTER", "trace")
        .env("TINBAI_OPENID__ISSUER", issuer())
        .env("TINBAI_OPENID__CLIENT_ID", "tinbai")
        .env("TINBAI_OPENID__CLIENT_SECRET", SECRET)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = process.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        text
    });
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line
        .split("nghe ở ")
        .nth(1)
        .unwrap()
        .split(')')
        .next()
        .unwrap()
        .to_owned();
    let browser = Browser::at(&address);
    let way = begin(&browser, "");
    let flow = browser.cookies.borrow()["__Host-tinbai-openid"].clone();
    let back = walk(&way, There::SignIn(MAIL));
    assert_eq!(browser.get(&back).status, 303);
    assert!(browser.is_in());
    assert_eq!(
        sign_on(&Browser::at(&address), "ai-do@tinh.example").status,
        403
    );
    assert!(
        Command::new("kill")
            .args(["-TERM", &process.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert!(process.wait().unwrap().success());
    let log = reader.join().unwrap();
    assert!(log.contains("/dang-nhap/mot-lan"), "{log}");
    let secrets = [
        (MAIL, "mail"),
        ("ai-do@", "mail"),
        (SECRET, "client secret"),
        (&flow, "flow"),
        (&parameter(&back, "code"), "code"),
        (&parameter(&way, "state"), "state"),
        (&parameter(&way, "nonce"), "nonce"),
        ("eyJ", "a token"),
        ("Basic ", "client secret"),
        ("Bearer ", "access token"),
    ];
    for (secret, what) in secrets {
        assert!(!log.contains(secret), "the log holds the {what}:\n{log}");
    }
}
