//! Signing in: hostile credentials, floods, sessions and their ends, the second factor, requests of
//! foreign pages.

use chrono::TimeDelta;
use serde_json::json;
use tinbai::app::server::{self, Running};
use tinbai::config::Settings;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::ids::AccountId;
use tinbai::domain::unit::Category;
use tinbai::identity::second_factor;
use tinbai::service::accounts::sign_in;
use tinbai::service::accounts::sign_in::TypedPassword;
use tinbai::service::units::people;
use tinbai::service::{App, Error};
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, PASSWORD, account, enrol, mailed_link, person, shown_key};
use crate::support::tree::{faults, found};

both_databases!(
    bad_credentials_are_answered_alike_whatever_is_wrong,
    a_thousand_tries_at_an_account_do_not_lock_its_person_out,
    an_address_has_a_budget_too,
    an_office_signs_in_from_one_address,
    a_flood_of_sign_ins_leaves_room_for_readers,
    a_session_ends_by_time_and_by_hand,
    a_stolen_or_planted_cookie_is_worth_nothing_afterwards,
    whoever_leaves_is_out,
    another_password_ends_every_other_session,
    a_password_set_by_a_link_outlives_a_change_on_its_way,
    a_second_factor_is_set_up_and_asked_for,
    a_second_factor_that_somebody_else_began_is_never_shown,
    a_wrong_code_shows_the_second_factor_again_to_who_saw_it,
    who_loses_the_second_factor_half_way_signs_in_again,
    a_house_may_ask_for_a_second_factor,
    a_role_that_asks_for_a_second_factor_does_so_at_once,
    pages_of_others_change_nothing,
    who_is_not_signed_in_is_led_there_and_back,
);

const MAIL: &str = "bt@tinh.example";

fn federation(app: &TestApp) -> UnitRow {
    found(app, "tinh", Category::Federation, None)
}

/// An editor with an account.
fn editor(app: &TestApp) -> AccountId {
    let root = federation(app);
    account(app, &person(app, &root, Role::Editor, MAIL))
}

/// A second server on the same database, with other settings.
pub fn server_with(app: &TestApp, change: impl FnOnce(&mut Settings)) -> Running {
    let mut settings = (*app.house.settings).clone();
    change(&mut settings);
    server::start(
        App::new(app.store.clone(), settings),
        app.clock.clone(),
        None,
    )
    .unwrap()
}

fn bad_credentials_are_answered_alike_whatever_is_wrong(app: &TestApp) {
    let id = editor(app);
    let root = app
        .store
        .read(|conn| tinbai::store::units::find_by_code(conn, "tinh"))
        .unwrap()
        .unwrap();
    let disabled = account(app, &person(app, &root, Role::Viewer, "khoa@tinh.example"));
    app.admin()
        .post(&format!("/api/v1/accounts/{disabled}/disable"), &json!({}))
        .expect(200);
    let browser = Browser::of(app);
    let tell = |mail: &str, password: &str| {
        let reply = browser.form("/dang-nhap", &[("mail", mail), ("password", password)]);
        assert!(browser.set.borrow().is_empty(), "no cookie for {mail}");
        (
            reply.status,
            if mail.is_empty() {
                reply.text
            } else {
                reply.text.replace(mail, "MAIL")
            },
        )
    };
    let wrong = tell(MAIL, "mèo vàng leo thang cây");
    assert_eq!(wrong.0, 401);
    assert!(
        wrong.1.contains("MAIL")
            && wrong.1.contains("không đúng")
            && !wrong.1.contains("leo thang")
    );
    assert_eq!(tell("ai-do@tinh.example", PASSWORD), wrong);
    assert_eq!(tell("khoa@tinh.example", PASSWORD), wrong);
    assert_eq!(tell(MAIL, ""), wrong);
    assert_eq!(tell("", "").0, 401);
    assert_eq!(tell(MAIL, &"x".repeat(500_000)), wrong);
    assert_eq!(tell(&"x".repeat(500_000), "x").0, 401);
    let raw = |body: &[u8]| {
        browser.send(
            "POST",
            "/dang-nhap",
            Some(("application/x-www-form-urlencoded", body.to_vec())),
        )
    };
    assert_eq!(raw(b"mail=%ff%fe&password=%c3%28%00").status, 401);
    assert_eq!(raw(b"mail=\xff\xfe&password=\xc3\x28").status, 401);
    assert_eq!(raw(b"").status, 401);
    assert_eq!(raw(b"").status, 429, "ten tries are used up");
    app.advance(TimeDelta::minutes(2));
    assert_eq!(raw(&vec![b'a'; 10_000_000]).status, 413);
    let as_json = browser.send(
        "POST",
        "/dang-nhap",
        Some(("application/json", b"{}".to_vec())),
    );
    assert_eq!(as_json.status, 415);
    let failures = crate::support::tree::trail(app, "account", id);
    assert_eq!(
        failures
            .iter()
            .filter(|line| line.starts_with("sign_in_failed"))
            .count(),
        3,
        "{failures:?}"
    );
}

fn a_thousand_tries_at_an_account_do_not_lock_its_person_out(app: &TestApp) {
    editor(app);
    // a server that counts accounts only, as the tries come from many addresses
    let server = server_with(app, |settings| {
        settings.server.trusted_proxies = serde_json::from_str("\"127.0.0.0/8\"").unwrap()
    });
    let own = Browser::of(app).moved_to(server.address());
    assert_eq!(own.sign_in(MAIL).status, 303);
    own.cookies.borrow_mut().remove("__Host-tinbai");
    for mail in [MAIL, "ai-do@tinh.example"] {
        let mut answers = [0, 0];
        for n in 0..500 {
            let from = format!("203.0.{}.{}", n / 250, n % 250);
            let attacker = Browser::of(app)
                .moved_to(server.address())
                .with("X-Forwarded-For", &from);
            let reply = attacker.form(
                "/dang-nhap",
                &[("mail", mail), ("password", "mèo vàng leo thang cây")],
            );
            answers[usize::from(reply.status == 429)] += 1;
        }
        // the account's own try from above counts
        let free = if mail == MAIL { 9 } else { 10 };
        assert_eq!(answers, [free, 500 - free], "known and unknown alike");
    }
    let stranger = Browser::of(app)
        .moved_to(server.address())
        .with("X-Forwarded-For", "203.0.113.9");
    let refused = stranger.sign_in(MAIL);
    assert_eq!(refused.status, 429);
    assert!((1..=61).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!(
        own.sign_in(MAIL).status,
        303,
        "a device that signed in before has a budget of its own"
    );
    // another account's device is a stranger here
    stranger
        .cookies
        .borrow_mut()
        .insert("__Host-tinbai-device".into(), "x.y".into());
    assert_eq!(stranger.sign_in(MAIL).status, 429);
    app.advance(TimeDelta::minutes(1));
    assert_eq!(
        stranger.sign_in(MAIL).status,
        303,
        "a minute later there is one more"
    );
    server.stop().unwrap();
}

fn an_address_has_a_budget_too(app: &TestApp) {
    federation(app);
    let browser = Browser::of(app);
    let tries: Vec<u16> = (0..12)
        .map(|n| {
            browser
                .form(
                    "/dang-nhap",
                    &[("mail", &format!("a{n}@tinh.example")), ("password", "x")],
                )
                .status
        })
        .collect();
    assert_eq!(tries, [[401; 10].as_slice(), &[429; 2]].concat());
    let forged = Browser::of(app).with("X-Forwarded-For", "203.0.113.9");
    assert_eq!(forged.sign_in(MAIL).status, 429, "nobody trusts this proxy");
}

fn an_office_signs_in_from_one_address(app: &TestApp) {
    let root = federation(app);
    let clerks: Vec<String> = (0..12).map(|n| format!("nv{n}@tinh.example")).collect();
    for mail in &clerks {
        account(app, &person(app, &root, Role::Contributor, mail));
    }
    let statuses: Vec<u16> = clerks
        .iter()
        .map(|mail| Browser::of(app).sign_in(mail).status)
        .collect();
    assert_eq!(statuses, [303; 12]);
    let fail = |n: u8| {
        let mail = format!("a{n}@tinh.example");
        Browser::of(app)
            .form("/dang-nhap", &[("mail", &mail), ("password", "x")])
            .status
    };
    let tries: Vec<u16> = (0..5).map(fail).collect();
    assert_eq!(tries, [401; 5]);
    assert_eq!(Browser::of(app).sign_in(&clerks[0]).status, 303);
    let tries: Vec<u16> = (5..12).map(fail).collect();
    assert_eq!(
        tries,
        [[401; 5].as_slice(), &[429; 2]].concat(),
        "a success gives back its own try and no other"
    );
    assert_eq!(Browser::of(app).sign_in(&clerks[0]).status, 429);
}

fn a_flood_of_sign_ins_leaves_room_for_readers(app: &TestApp) {
    editor(app);
    let server = server_with(app, |settings| settings.accounts.sign_in_burst = 10_000);
    let address = server.address().to_string();
    let reader = app.admin().at(server.address());
    let mut reads = 0;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let flood: Vec<_> = (0..8)
            .map(|_| {
                let address = address.clone();
                scope.spawn(move || {
                    let browser = Browser::at(&address);
                    (0..10)
                        .map(|_| {
                            browser
                                .form("/dang-nhap", &[("mail", "a@b.example"), ("password", "x")])
                                .status
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        while !flood.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            reader.get("/api/v1/me").expect(200);
            reads += 1;
        }
        flood
            .into_iter()
            .flat_map(|one| one.join().unwrap())
            .collect()
    });
    assert_eq!(statuses, [401; 80]);
    // how long readers wait is measured by `cargo bench --bench sign_in`
    assert!(reads > 10, "{reads} reads beside 80 sign-ins");
    server.stop().unwrap();
}

fn a_session_ends_by_time_and_by_hand(app: &TestApp) {
    editor(app);
    let browser = Browser::of(app);
    browser.sign_in(MAIL);
    app.advance(TimeDelta::hours(7));
    assert!(browser.is_in());
    app.advance(TimeDelta::hours(8) - TimeDelta::seconds(1));
    assert!(browser.is_in(), "it was used seven hours after it began");
    app.advance(TimeDelta::hours(8));
    assert!(!browser.is_in(), "eight hours without use");
    browser.sign_in(MAIL);
    for _ in 0..27 {
        app.advance(TimeDelta::hours(6));
        assert!(browser.is_in());
    }
    app.advance(TimeDelta::hours(6));
    assert!(!browser.is_in(), "a week is over");

    let (first, second) = (
        Browser::of(app),
        Browser::of(app).with("User-Agent", "Điện thoại"),
    );
    first.sign_in(MAIL);
    second.sign_in(MAIL);
    let listed = first.get("/api/v1/me/sessions").items();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["address"], "127.0.0.1");
    let page = first.get("/tai-khoan");
    assert!(
        page.status == 200
            && page.text.contains("Điện thoại")
            && page.text.contains("trình duyệt này")
    );
    assert_eq!(
        first
            .form(&format!("/tai-khoan/phien/{}", listed[0]["id"]), &[])
            .status,
        303
    );
    assert!(first.is_in() && !second.is_in());
    second.sign_in(MAIL);
    assert_eq!(
        first.form("/tai-khoan/thoat-het", &[]).header("location"),
        "/dang-nhap?xong=dang-xuat"
    );
    assert!(!first.is_in() && !second.is_in());
    first.sign_in(MAIL);
    let thief = first.stolen();
    assert_eq!(first.form("/dang-xuat", &[]).status, 303);
    assert!(first.set.borrow()[0].contains("Max-Age=0"));
    assert!(
        !thief.is_in(),
        "signing out ends the session, not only the cookie"
    );
}

fn a_stolen_or_planted_cookie_is_worth_nothing_afterwards(app: &TestApp) {
    editor(app);
    let browser = Browser::of(app);
    let planted = "A".repeat(43);
    browser
        .cookies
        .borrow_mut()
        .insert("__Host-tinbai".into(), planted.clone());
    browser.sign_in(MAIL);
    let own = browser.cookies.borrow()["__Host-tinbai"].clone();
    assert_ne!(own, planted, "a new secret at every sign-in");
    let thief = browser.stolen();
    browser.sign_in(MAIL);
    assert!(
        browser.is_in() && !thief.is_in(),
        "the session before ended"
    );
    for bad in ["", "x", &"x".repeat(100_000 / 2), "' OR 1=1 --", &own[1..]] {
        let forger = Browser::of(app);
        forger
            .cookies
            .borrow_mut()
            .insert("__Host-tinbai".into(), bad.to_owned());
        let reply = forger.get("/api/v1/me");
        assert!((400..500).contains(&reply.status), "{}", reply.status);
    }
    let double = Browser::of(app).with(
        "Cookie",
        &format!("__Host-tinbai={planted}; __Host-tinbai={own}"),
    );
    assert_eq!(
        double.get("/api/v1/me").status,
        401,
        "two cookies of one name are a trick"
    );
    // a token wins over a cookie
    let both = browser.stolen().with("Authorization", "Bearer tb_wrong");
    assert_eq!(both.get("/api/v1/me").status, 401);
}

fn whoever_leaves_is_out(app: &TestApp) {
    let root = federation(app);
    let viewer = person(app, &root, Role::Viewer, MAIL);
    account(app, &viewer);
    let browser = Browser::of(app);
    browser.sign_in(MAIL);
    let today = tinbai::domain::text::local_date(app.now());
    app.house
        .write(&Actor::cli(), app.now(), |tx| {
            people::leave(tx, viewer.id, people::LeavePerson::on(today), 1)
        })
        .unwrap();
    assert!(browser.is_in(), "the last day is a day");
    app.set_clock("2026-11-21T00:00:00+07:00");
    assert!(!browser.is_in());
    assert_eq!(browser.sign_in(MAIL).status, 401);
}

fn another_password_ends_every_other_session(app: &TestApp) {
    editor(app);
    let (browser, other) = (Browser::of(app), Browser::of(app));
    browser.sign_in(MAIL);
    other.sign_in(MAIL);
    let thief = browser.stolen();
    let new = "bài thơ cũ bên hiên nhà";
    let change = |old: &str, new: &str| {
        browser.form(
            "/tai-khoan/mat-khau",
            &[("old", old), ("password", new), ("again", new)],
        )
    };
    let wrong = change("không phải mật khẩu", new);
    assert!(wrong.status == 400 && wrong.text.contains("không đúng"));
    assert!(change(PASSWORD, "123456789012").text.contains("dễ đoán"));
    assert!(other.is_in());
    assert_eq!(change(PASSWORD, new).status, 303);
    assert!(browser.is_in() && !other.is_in());
    assert!(!thief.is_in(), "this session got a new secret");
    // what a second click says, whose cookie is from before the first one
    let twice = thief.with("Accept", "text/html");
    let told = twice.form(
        "/tai-khoan/mat-khau",
        &[("old", PASSWORD), ("password", new), ("again", new)],
    );
    assert!(
        told.status == 401 && told.text.contains("bấm hai lần"),
        "{}",
        told.text
    );
    assert!(
        !told.text.contains("chưa có gì được ghi")
            && told.text.contains("href=\"/dang-nhap?toi=%2Ftai-khoan\"")
    );
    assert_eq!(Browser::of(app).sign_in(MAIL).status, 401);
}

const NEW: &str = "bài thơ cũ bên hiên nhà";

/// Sets the password [`NEW`] by a mailed link.
fn reset(app: &TestApp) {
    let reader = Browser::of(app);
    reader.form("/quen-mat-khau", &[("mail", MAIL)]);
    let set = reader.form(&mailed_link(app), &[("password", NEW), ("again", NEW)]);
    assert_eq!(set.status, 200, "{}", set.text);
}

fn sign_in_with(browser: &Browser, password: &str) -> u16 {
    browser
        .form("/dang-nhap", &[("mail", MAIL), ("password", password)])
        .status
}

fn a_password_set_by_a_link_outlives_a_change_on_its_way(app: &TestApp) {
    editor(app);
    let browser = Browser::of(app);
    browser.sign_in(MAIL);
    let signed = || {
        let cookie = browser.cookies.borrow()["__Host-tinbai"].clone();
        sign_in::authenticate(&app.house, &cookie, app.now())
            .unwrap()
            .unwrap()
    };
    let typed = |text| TypedPassword { field: "old", text };
    let told = |error: Error| match error {
        Error::Conflict(fault) => vec![format!("conflict {}", fault.code)],
        error => faults(&error),
    };
    // the old password is proven, and while its new one is hashed the same session changes it
    // otherwise
    let before = signed();
    let proof = sign_in::reauthenticate(&app.house, &before, typed(PASSWORD), app.now()).unwrap();
    let other = "thuyền giấy trôi qua cầu";
    let fields = [("old", PASSWORD), ("password", other), ("again", other)];
    assert_eq!(browser.form("/tai-khoan/mat-khau", &fields).status, 303);
    let late = |new: &str| sign_in::set_password(&app.house, &proof, new, app.now()).unwrap_err();
    assert_eq!(
        told(late("mưa rơi trên mái tôn cũ")),
        ["old account_wrong_password"]
    );
    // the same with a link, which ends the session
    let before = signed();
    let proof = sign_in::reauthenticate(&app.house, &before, typed(other), app.now()).unwrap();
    sign_in::begin_second_factor(&app.house, &before, other, app.now()).unwrap();
    reset(app);
    let late = sign_in::set_password(&app.house, &proof, other, app.now()).unwrap_err();
    assert_eq!(told(late), ["conflict account_signed_out"]);
    let late = app
        .house
        .write(&before.actor, app.now(), |tx| {
            sign_in::confirm_second_factor(tx, &before, "000000")
        })
        .unwrap_err();
    assert_eq!(told(late), ["conflict account_signed_out"]);
    assert_eq!(sign_in_with(&Browser::of(app), other), 401);
    assert_eq!(sign_in_with(&Browser::of(app), NEW), 303);
}

/// Begins a second factor: its secret.
fn begun(browser: &Browser, password: &str) -> String {
    let page = browser.form("/tai-khoan/buoc-hai", &[("password", password)]);
    assert_eq!(page.status, 200, "{}", page.text);
    shown_key(&page.text)
}

fn a_second_factor_that_somebody_else_began_is_never_shown(app: &TestApp) {
    editor(app);
    let (thief, own) = (Browser::of(app), Browser::of(app));
    thief.sign_in(MAIL);
    own.sign_in(MAIL);
    let planted = begun(&thief, PASSWORD);
    assert_eq!(
        begun(&thief, PASSWORD),
        planted,
        "asked again, the same one"
    );
    let code = |secret: &str| second_factor::code_at(secret, app.now()).unwrap();
    let confirm = |browser: &Browser, secret: &str| {
        browser.form("/tai-khoan/buoc-hai/xac-nhan", &[("code", &code(secret))])
    };
    assert_eq!(
        confirm(&own, &planted).status,
        409,
        "another session confirms nothing of it"
    );
    assert_ne!(begun(&own, PASSWORD), planted);
    // a password changed here is a new beginning as well
    let seen = begun(&own, PASSWORD);
    own.form(
        "/tai-khoan/mat-khau",
        &[("old", PASSWORD), ("password", NEW), ("again", NEW)],
    );
    assert_eq!(confirm(&own, &seen).status, 409);
    assert_ne!(begun(&own, NEW), seen);
    let planted = begun(&own, NEW);
    reset(app);
    let back = Browser::of(app);
    assert_eq!(sign_in_with(&back, NEW), 303);
    let secret = begun(&back, NEW);
    assert_ne!(secret, planted);
    assert_eq!(confirm(&back, &planted).status, 400);
    assert_eq!(confirm(&back, &secret).status, 200);
}

fn a_second_factor_is_set_up_and_asked_for(app: &TestApp) {
    editor(app);
    let browser = Browser::of(app);
    browser.sign_in(MAIL);
    let thief = browser.stolen();
    let (secret, codes) = enrol(app, &browser);
    assert!(browser.is_in() && !thief.is_in());
    let code = || second_factor::code_at(&secret, app.now()).unwrap();

    let second = Browser::of(app);
    assert_eq!(
        second.sign_in(MAIL).header("location"),
        "/dang-nhap/ma?toi="
    );
    assert!(!second.is_in(), "half a sign-in opens nothing");
    assert_eq!(second.get("/tai-khoan").status, 303);
    let half = second.stolen();
    let step = |code: &str| second.form("/dang-nhap/ma", &[("code", code)]).status;
    assert_eq!(step(&code()), 401, "the code was used to set it up");
    assert_eq!(step(""), 401);
    assert_eq!(step(&"1".repeat(100_000)), 401);
    app.advance(TimeDelta::seconds(30));
    assert_eq!(step(&code()), 303);
    assert!(
        second.is_in() && !half.is_in(),
        "the second step gives a new secret"
    );

    let replay = Browser::of(app);
    replay.sign_in(MAIL);
    assert_eq!(
        replay.form("/dang-nhap/ma", &[("code", &code())]).status,
        401,
        "a code is good once"
    );
    let typed = codes[0].to_lowercase().replace('-', " ");
    assert_eq!(
        replay.form("/dang-nhap/ma", &[("code", &typed)]).status,
        303
    );
    let again = Browser::of(app);
    again.sign_in(MAIL);
    assert_eq!(
        again.form("/dang-nhap/ma", &[("code", &codes[0])]).status,
        401,
        "and so is a recovery code"
    );
    app.advance(TimeDelta::minutes(11));
    assert_eq!(
        again
            .form("/dang-nhap/ma", &[("code", &codes[1])])
            .header("location"),
        "/dang-nhap",
        "too late"
    );

    assert!(browser.get("/tai-khoan").text.contains("Còn 9 mã dự phòng"));
    assert_eq!(
        browser
            .form("/tai-khoan/buoc-hai/tat", &[("password", "sai")])
            .status,
        400
    );
    assert_eq!(
        browser
            .form("/tai-khoan/buoc-hai/tat", &[("password", PASSWORD)])
            .status,
        303
    );
    let plain = Browser::of(app);
    assert_eq!(plain.sign_in(MAIL).header("location"), "/");
}

fn a_wrong_code_shows_the_second_factor_again_to_who_saw_it(app: &TestApp) {
    editor(app);
    let browser = Browser::of(app);
    browser.sign_in(MAIL);
    let begun = browser
        .form("/tai-khoan/buoc-hai", &[("password", PASSWORD)])
        .text;
    let after = |with: &str| begun.split_once(with).unwrap().1.split('"').next().unwrap();
    let (secret, picture) = (
        after("name=\"secret\" value=\""),
        after("<img class=\"picture\" src=\""),
    );
    assert_eq!(shown_key(&begun), secret);
    let confirm = |secret: &str, code: &str| {
        browser.form(
            "/tai-khoan/buoc-hai/xac-nhan",
            &[("secret", secret), ("code", code)],
        )
    };
    for _ in 0..2 {
        let wrong = confirm(secret, "000000");
        assert_eq!(wrong.status, 400);
        let shown = [secret, picture, "role=\"alert\"", "name=\"code\""];
        assert!(
            shown.iter().all(|part| wrong.text.contains(part)),
            "{}",
            wrong.text
        );
    }
    // an open session alone learns nothing
    for unseen in ["", "JBSWY3DPEHPK3PXP"] {
        let wrong = confirm(unseen, "000000");
        assert!(
            wrong.status == 400 && !wrong.text.contains(secret) && !wrong.text.contains("<img"),
            "{}",
            wrong.text
        );
    }
    assert_eq!(
        confirm(secret, &second_factor::code_at(secret, app.now()).unwrap()).status,
        200
    );
    assert!(
        !confirm(secret, "000000").text.contains(secret),
        "it is confirmed, and not shown any more"
    );
}

fn who_loses_the_second_factor_half_way_signs_in_again(app: &TestApp) {
    editor(app);
    let browser = Browser::of(app);
    browser.sign_in(MAIL);
    let (secret, codes) = enrol(app, &browser);
    let half = Browser::of(app);
    assert_eq!(half.sign_in(MAIL).header("location"), "/dang-nhap/ma?toi=");
    assert_eq!(half.get("/dang-nhap/ma").status, 200);
    assert_eq!(
        browser
            .form("/tai-khoan/buoc-hai/tat", &[("password", PASSWORD)])
            .status,
        303
    );
    app.advance(TimeDelta::seconds(30));
    for code in [
        second_factor::code_at(&secret, app.now()).unwrap().as_str(),
        &codes[0],
        "000000",
        "",
    ] {
        let led = half.form("/dang-nhap/ma", &[("code", code)]);
        assert_eq!(
            (led.status, led.header("location")),
            (303, "/dang-nhap"),
            "{code}: {}",
            led.text
        );
    }
    assert_eq!(half.get("/dang-nhap/ma").header("location"), "/dang-nhap");
    assert!(!half.is_in());
    assert_eq!(half.sign_in(MAIL).header("location"), "/");
    assert!(half.is_in());
}

fn a_house_may_ask_for_a_second_factor(app: &TestApp) {
    let root = federation(app);
    account(
        app,
        &person(app, &root, Role::Department, "tg@tinh.example"),
    );
    account(app, &person(app, &root, Role::Viewer, "tv@tinh.example"));
    let server = server_with(app, |settings| {
        settings.accounts.require_second_factor = true
    });
    let browser = Browser::of(app).moved_to(server.address());
    assert_eq!(
        browser.sign_in("tv@tinh.example").header("location"),
        "/",
        "viewers need none"
    );
    assert_eq!(
        browser.sign_in("tg@tinh.example").header("location"),
        "/tai-khoan/buoc-hai"
    );
    for closed in ["/api/v1/me", "/api/v1/units"] {
        let told = browser.get(closed).expect(403);
        assert_eq!(told["type"], "urn:tinbai:problem:second_factor", "{closed}");
        assert!(
            told["detail"]
                .as_str()
                .unwrap()
                .contains("/tai-khoan/buoc-hai")
        );
    }
    assert_eq!(
        browser.get("/tai-khoan").header("location"),
        "/tai-khoan/buoc-hai"
    );
    assert_eq!(browser.form("/tai-khoan/thoat-het", &[]).status, 403);
    enrol(app, &browser);
    assert!(browser.is_in());
    // for another telephone, or new recovery codes
    assert!(
        browser
            .get("/tai-khoan/buoc-hai")
            .text
            .contains("phải cài lại ngay")
    );
    assert_eq!(
        browser
            .form("/tai-khoan/buoc-hai/tat", &[("password", "sai")])
            .status,
        400
    );
    assert!(browser.is_in());
    assert_eq!(
        browser
            .form("/tai-khoan/buoc-hai/tat", &[("password", PASSWORD)])
            .status,
        303
    );
    assert_eq!(
        browser.get("/api/v1/me").expect(403)["type"],
        "urn:tinbai:problem:second_factor"
    );
    assert_eq!(
        browser.get("/tai-khoan").header("location"),
        "/tai-khoan/buoc-hai"
    );
    enrol(app, &browser);
    assert!(browser.is_in());
    server.stop().unwrap();
}

fn a_role_that_asks_for_a_second_factor_does_so_at_once(app: &TestApp) {
    let root = federation(app);
    let viewer = person(app, &root, Role::Viewer, "tv@tinh.example");
    account(app, &viewer);
    let server = server_with(app, |settings| {
        settings.accounts.require_second_factor = true
    });
    let browser = Browser::of(app).moved_to(server.address());
    browser.sign_in("tv@tinh.example");
    app.advance(TimeDelta::hours(1));
    let role = json!({ "role": "department", "unit_id": root.id, "reason": "Phụ trách" });
    let given = app
        .admin()
        .post(&format!("/api/v1/people/{}/roles", viewer.id), &role)
        .expect(201);
    assert_eq!(
        browser.get("/api/v1/me").expect(403)["type"],
        "urn:tinbai:problem:second_factor"
    );
    assert_eq!(
        browser.get("/tai-khoan").header("location"),
        "/tai-khoan/buoc-hai"
    );
    let back = format!("/api/v1/people/{}/roles/{}/revoke", viewer.id, given["id"]);
    app.admin()
        .post(&back, &json!({ "reason": "Nhầm" }))
        .expect(200);
    assert!(browser.is_in(), "without the role nothing more is asked");
    app.admin()
        .post(&format!("/api/v1/people/{}/roles", viewer.id), &role)
        .expect(201);
    enrol(app, &browser);
    assert_eq!(
        browser.get("/api/v1/me").expect(200)["roles"][1]["role"],
        "department"
    );
    // it is the session of that sign-in still, and ends with it
    for _ in 0..27 {
        app.advance(TimeDelta::hours(6));
        assert!(browser.is_in());
    }
    app.advance(TimeDelta::hours(6));
    assert!(!browser.is_in());
    server.stop().unwrap();
}

fn pages_of_others_change_nothing(app: &TestApp) {
    let root = federation(app);
    account(app, &person(app, &root, Role::Department, MAIL));
    let browser = Browser::of(app);
    browser.sign_in(MAIL);
    let unit =
        json!({ "code": "moi", "name": "Mới", "category": "superior", "parent_id": root.id });
    for foreign in [
        Some("https://xau.example"),
        Some("http://localhost:8081"),
        Some("null"),
        None,
    ] {
        let page = browser.claiming(foreign);
        assert_eq!(page.json("/api/v1/units", &unit).status, 403, "{foreign:?}");
        let told = page.form("/dang-xuat", &[]);
        assert!(
            told.status == 403 && told.text.contains("href=\"http://localhost:8080\""),
            "{}",
            told.text
        );
        assert_eq!(page.form("/tai-khoan/thoat-het", &[]).status, 403);
        assert_eq!(
            page.form("/dang-nhap", &[("mail", "x"), ("password", "x")])
                .status,
            403,
            "not even a sign-in"
        );
    }
    // whatever other header is there: open pages look at the cookie
    for authorization in ["x", "Basic eDp5", "Bearer tb_wrong"] {
        for foreign in [Some("https://xau.example"), None] {
            let page = browser
                .claiming(foreign)
                .with("Authorization", authorization);
            assert_eq!(
                page.form("/dang-xuat", &[]).status,
                403,
                "{foreign:?} {authorization}"
            );
            assert_eq!(
                page.sign_in(MAIL).status,
                403,
                "{foreign:?} {authorization}"
            );
            assert_eq!(page.form("/thu/abc", &[("answer", "noted")]).status, 403);
            assert_eq!(
                page.form("/tai-khoan/thoat-het", &[]).status,
                401,
                "the token decides, and is none"
            );
        }
    }
    let token = app.admin().token.unwrap();
    let program = browser
        .claiming(None)
        .with("Authorization", &format!("Bearer {token}"));
    assert_eq!(
        program.json("/api/v1/units", &json!({})).status,
        400,
        "a program has no page"
    );
    let cross = browser.claiming(None).with("Sec-Fetch-Site", "cross-site");
    assert_eq!(cross.json("/api/v1/units", &unit).status, 403);
    let body = unit.to_string().into_bytes();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        assert_eq!(
            browser
                .send("POST", "/api/v1/units", Some((kind, body.clone())))
                .status,
            415,
            "{kind}"
        );
    }
    for path in ["/dang-xuat", "/tai-khoan/thoat-het", "/tai-khoan/mat-khau"] {
        assert_ne!(browser.get(path).status, 200, "GET {path}");
    }
    assert!(browser.is_in());
    assert_eq!(
        app.admin().get("/api/v1/units").items().len(),
        1,
        "nothing was founded"
    );
    let same = browser.claiming(None).with("Sec-Fetch-Site", "same-origin");
    assert_eq!(same.json("/api/v1/units", &unit).status, 201);
}

fn who_is_not_signed_in_is_led_there_and_back(app: &TestApp) {
    editor(app);
    let browser = Browser::of(app);
    let led = browser.get("/tai-khoan");
    assert_eq!(
        (led.status, led.header("location")),
        (303, "/dang-nhap?toi=%2Ftai-khoan")
    );
    let form = browser.get(led.header("location"));
    assert!(form.text.contains("name=\"toi\" value=\"/tai-khoan\""));
    assert_eq!(form.header("cache-control"), "no-store");
    assert_eq!(form.header("referrer-policy"), "same-origin");
    let go = |toi: &str| {
        let fields = [("mail", MAIL), ("password", PASSWORD), ("toi", toi)];
        browser
            .form("/dang-nhap", &fields)
            .header("location")
            .to_owned()
    };
    assert_eq!(go("/tai-khoan"), "/tai-khoan");
    assert_eq!(go("https://xau.example/"), "/");
    assert_eq!(go("//xau.example"), "/");
    assert_eq!(
        browser.get("/dang-nhap").header("location"),
        "/",
        "signed in already"
    );
}

#[test]
fn a_server_open_to_all_without_https_does_not_start() {
    let mut settings = Settings::default();
    settings.server.listen = "0.0.0.0:0".parse().unwrap();
    let fault = settings.server.insecure().unwrap().to_string();
    assert!(
        fault.contains("server.listen") && fault.contains("server.public_url"),
        "{fault}"
    );
    settings.server.public_url = "https://tinbai.example".to_owned();
    assert_eq!(settings.server.insecure(), None);
}
