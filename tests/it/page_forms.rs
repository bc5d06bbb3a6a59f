//! Forms of pages: sent twice, refused, after the session has ended, opened by somebody else; and
//! the switches of language and colours.

use chrono::TimeDelta;
use serde_json::json;
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::sign_in::server_with;
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, PASSWORD, account, enrol, person};
use crate::support::page::shown;
use crate::support::tree::found;

both_databases!(
    a_form_that_is_sent_twice_is_done_once,
    a_form_with_a_wrong_value_comes_again_as_it_was_sent,
    what_was_typed_outlasts_the_session,
    what_was_typed_outlasts_the_session_with_a_second_factor,
    a_form_with_a_file_leads_to_signing_in_and_back,
    nobody_else_gets_what_was_typed,
    a_form_of_another_site_is_not_carried,
    a_form_that_somebody_else_opened_writes_nothing,
    language_and_colours_are_kept_on_the_account,
    assets_are_kept_for_good,
    a_personal_device_stays_signed_in,
    whose_role_requires_a_second_factor_is_not_kept,
);

const MAIL: &str = "bt@tinh.example";
const FORM: &str = "/tai-khoan/hien-thi";

fn viewers(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, Role::Viewer, MAIL));
    account(app, &person(app, &root, Role::Leader, "khac@tinh.example"));
}

fn signed_in(app: &TestApp, mail: &str) -> Browser {
    let browser = Browser::of(app);
    browser.sign_in(mail);
    browser
}

/// The key of the form on a page.
fn key(page: &Reply) -> String {
    let key = page.text.split_once("name=\"khoa\" value=\"").unwrap().1;
    key.split_once('"').unwrap().0.to_owned()
}

/// Every hidden field of a page that carries a form.
fn hidden(page: &str) -> Vec<(String, String)> {
    let fields = page.split("<input type=\"hidden\" name=\"").skip(1);
    let field = |part: &str| {
        let (name, rest) = part.split_once("\" value=\"").unwrap();
        let value = rest.split_once('"').unwrap().0;
        (
            name.to_owned(),
            value.replace("&#60;", "<").replace("&#62;", ">"),
        )
    };
    fields
        .map(field)
        .filter(|(name, _)| name.starts_with("giu"))
        .collect()
}

/// Sends the form of signing in that a page carries another form in.
fn sign_in_with(browser: &Browser, page: &Reply, mail: &str) -> Reply {
    let carried = hidden(&page.text);
    let mut fields = vec![("mail", mail), ("password", PASSWORD)];
    fields.extend(
        carried
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    browser.form("/dang-nhap", &fields)
}

/// Sends the same fields once more to where a reply leads, as a browser does after 307.
fn sent_on(browser: &Browser, reply: &Reply, page: &Reply) -> Reply {
    assert_eq!(reply.status, 307, "{}", reply.text);
    let carried = hidden(&page.text);
    let mut fields = vec![("mail", MAIL), ("password", PASSWORD)];
    fields.extend(
        carried
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    browser.form(reply.header("location"), &fields)
}

fn changes(app: &TestApp) -> usize {
    app.admin()
        .get("/api/v1/trail?action=set_preferences")
        .items()
        .len()
}

fn a_form_that_is_sent_twice_is_done_once(app: &TestApp) {
    viewers(app);
    let browser = signed_in(app, MAIL);
    let other = signed_in(app, MAIL).with("User-Agent", "B");
    let page = browser.get("/tai-khoan");
    let first = page.text.split_once("/tai-khoan/phien/").unwrap().1;
    let end = format!("/tai-khoan/phien/{}", first.split_once('"').unwrap().0);
    let key = key(&page);
    let sent = || {
        let reply = browser.form(&end, &[("khoa", &key)]);
        (reply.status, reply.header("location").to_owned())
    };
    let done = (303, "/tai-khoan?xong=phien".to_owned());
    assert_eq!(
        [sent(), sent()],
        [done.clone(), done],
        "the second press shows the first result"
    );
    assert_eq!(other.get("/tai-khoan").status, 303);
    let ended = app.admin().get("/api/v1/trail?action=end_session").items();
    assert_eq!(ended.len(), 1);
    let without = browser.form(&end, &[]);
    assert_eq!(without.status, 404, "without a key it is another request");
}

fn a_form_with_a_wrong_value_comes_again_as_it_was_sent(app: &TestApp) {
    viewers(app);
    let browser = signed_in(app, MAIL);
    let key = key(&browser.get("/tai-khoan"));
    let fields = [("khoa", key.as_str()), ("ngon_ngu", "<b>"), ("mau", "dark")];
    let refused = browser.form(FORM, &fields);
    assert_eq!((refused.status, changes(app)), (400, 0));
    assert!(refused.text.contains("<title>Lỗi:"), "{}", refused.text);
    assert!(refused.text.contains("<a href=\"#ngon_ngu\">Ngôn ngữ: "));
    assert!(
        refused.text.contains("value=\"dark\" checked"),
        "what was chosen is kept"
    );
    insta::assert_snapshot!("page_form_refused_vi", shown(&refused.text));
    // the refused form wrote nothing: its key is free for the corrected one
    let fields = [("khoa", key.as_str()), ("ngon_ngu", "vi"), ("mau", "dark")];
    assert_eq!(browser.form(FORM, &fields).status, 303);
    let reused = [("khoa", key.as_str()), ("ngon_ngu", "vi"), ("mau", "light")];
    let reused = browser.form(FORM, &reused);
    assert_eq!((reused.status, changes(app)), (400, 1));
    assert!(
        reused.text.contains("đã được gửi một lần"),
        "{}",
        reused.text
    );
}

fn what_was_typed_outlasts_the_session(app: &TestApp) {
    viewers(app);
    let browser = signed_in(app, MAIL);
    let key = key(&browser.get("/tai-khoan"));
    app.advance(TimeDelta::hours(9));
    let fields = [
        ("khoa", key.as_str()),
        ("ngon_ngu", "vi"),
        ("mau", "dark"),
        ("password", "bí mật"),
    ];
    let asked = browser.form(FORM, &fields);
    assert_eq!((asked.status, changes(app)), (401, 0));
    assert!(!asked.text.contains("bí mật"), "passwords are not carried");
    insta::assert_snapshot!("page_sign_in_again_vi", shown(&asked.text));
    let wrong = browser.form(
        "/dang-nhap",
        &{
            let mut fields = vec![("mail".to_owned(), MAIL.to_owned())];
            fields.extend(hidden(&asked.text));
            fields
        }
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect::<Vec<_>>(),
    );
    assert_eq!(
        hidden(&wrong.text).len(),
        4,
        "a wrong password loses nothing"
    );
    let back = sign_in_with(&browser, &asked, MAIL);
    assert_eq!(back.header("location"), "/tai-khoan/hien-thi?lai=1");
    let form = sent_on(&browser, &back, &asked);
    assert_eq!((form.status, changes(app)), (200, 0), "nothing is done yet");
    assert!(form.text.contains("Chưa gửi."), "{}", form.text);
    assert!(form.text.contains("value=\"dark\" checked"));
    let key = self::key(&form);
    let fields = [("khoa", key.as_str()), ("ngon_ngu", "vi"), ("mau", "dark")];
    assert_eq!(browser.form(FORM, &fields).status, 303);
    assert_eq!(changes(app), 1, "sent once, by one more press");
}

fn what_was_typed_outlasts_the_session_with_a_second_factor(app: &TestApp) {
    viewers(app);
    let browser = signed_in(app, MAIL);
    let (_, codes) = enrol(app, &browser);
    let key = key(&browser.get("/tai-khoan"));
    app.advance(TimeDelta::hours(9));
    let fields = [("khoa", key.as_str()), ("ngon_ngu", "en"), ("mau", "dark")];
    let asked = browser.form(FORM, &fields);
    let code = sign_in_with(&browser, &asked, MAIL);
    assert_eq!(
        (code.status, hidden(&code.text).len()),
        (200, 4),
        "{}",
        code.text
    );
    let mut fields = vec![("code", codes[0].as_str())];
    let carried = hidden(&code.text);
    fields.extend(
        carried
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let back = browser.form("/dang-nhap/ma", &fields);
    let form = sent_on(&browser, &back, &code);
    assert_eq!(form.status, 200);
    assert!(
        form.text.contains("value=\"dark\" checked"),
        "{}",
        form.text
    );
}

fn a_form_with_a_file_leads_to_signing_in_and_back(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, Role::Department, MAIL));
    let browser = signed_in(app, MAIL);
    let key = key(&browser.get("/nhap-tep"));
    app.advance(TimeDelta::hours(9));
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let mut body = part("khoa", &key) + &part("loai", "people") + &part("ghep", "Tên gọi=name");
    body.push_str(&part("tep_mang", &"QUJD".repeat(200_000)));
    body.push_str(
        "--x\r\nContent-Disposition: form-data; name=\"tep\"; filename=\"a.csv\"\r\n\r\nTên\r\n",
    );
    body.push_str("--x--\r\n");
    let form = ("multipart/form-data; boundary=x", body.into_bytes());
    let asked = browser.send("POST", "/nhap-tep", Some(form));
    assert_eq!(asked.status, 401, "{}", asked.text);
    let carried: Vec<String> = hidden(&asked.text)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        carried,
        ["giu_toi", "giu.khoa", "giu.loai", "giu.ghep"],
        "files are not carried"
    );
    let back = sign_in_with(&browser, &asked, MAIL);
    assert_eq!(back.header("location"), "/nhap-tep?lai=1");
    let form = sent_on(&browser, &back, &asked);
    assert_eq!(form.status, 200, "{}", form.text);
    for kept in ["Chưa gửi.", "Tên gọi=name", "value=\"people\" selected"] {
        assert!(form.text.contains(kept), "{kept}: {}", form.text);
    }
}

fn nobody_else_gets_what_was_typed(app: &TestApp) {
    viewers(app);
    let browser = signed_in(app, MAIL);
    let key = key(&browser.get("/tai-khoan"));
    app.advance(TimeDelta::hours(9));
    let fields = [("khoa", key.as_str()), ("ngon_ngu", "en"), ("mau", "dark")];
    let asked = browser.form(FORM, &fields);
    let other = sign_in_with(&browser, &asked, "khac@tinh.example");
    assert_eq!((other.status, other.header("location")), (303, "/"));
    let account = browser.get("/tai-khoan").text;
    assert!(!account.contains("value=\"dark\" checked"), "{account}");
    // nor is it shown where somebody sends it on by hand
    let carried = hidden(&asked.text);
    let fields: Vec<_> = carried
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let by_hand = browser.form("/tai-khoan/hien-thi?lai=1", &fields);
    assert!(
        !by_hand.text.contains("value=\"dark\" checked"),
        "{}",
        by_hand.text
    );
}

fn a_form_of_another_site_is_not_carried(app: &TestApp) {
    viewers(app);
    let key = key(&signed_in(app, MAIL).get("/tai-khoan"));
    let fields = [("khoa", key.as_str()), ("ngon_ngu", "vi"), ("mau", "dark")];
    for origin in [None, Some("https://xau.example")] {
        let foreign = Browser::of(app).claiming(origin).form(FORM, &fields);
        assert_eq!(foreign.status, 401);
        assert_eq!(hidden(&foreign.text), []);
    }
    let nameless = Browser::of(app).form(FORM, &[("ngon_ngu", "vi")]);
    assert_eq!((nameless.status, hidden(&nameless.text).len()), (401, 0));
}

fn a_form_that_somebody_else_opened_writes_nothing(app: &TestApp) {
    viewers(app);
    let key = key(&signed_in(app, MAIL).get("/tai-khoan"));
    let other = signed_in(app, "khac@tinh.example");
    let fields = [("khoa", key.as_str()), ("ngon_ngu", "vi"), ("mau", "dark")];
    let refused = other.form(FORM, &fields);
    assert_eq!((refused.status, changes(app)), (409, 0));
    assert!(
        refused.text.contains("do người khác mở"),
        "{}",
        refused.text
    );
}

fn language_and_colours_are_kept_on_the_account(app: &TestApp) {
    viewers(app);
    let browser = signed_in(app, MAIL);
    let switch = |address: &str, fields: &[(&str, &str)]| {
        let reply = browser.form(address, fields);
        assert_eq!(
            (reply.status, reply.header("location")),
            (303, "/tai-khoan")
        );
    };
    switch("/ngon-ngu", &[("lang", "en"), ("toi", "/tai-khoan")]);
    switch("/giao-dien", &[("theme", "dark"), ("toi", "/tai-khoan")]);
    switch("/giao-dien", &[("theme", "pink"), ("toi", "/tai-khoan")]);
    assert_eq!(changes(app), 2);
    let elsewhere = signed_in(app, MAIL);
    let page = elsewhere.get("/tai-khoan");
    assert!(
        page.text.contains("<html lang=\"en\" data-theme=\"dark\">"),
        "{}",
        page.text
    );
    assert_eq!(page.header("content-language"), "en");
    let refused = elsewhere.get("/khong-co");
    assert!(
        refused
            .text
            .contains("<html lang=\"en\" data-theme=\"dark\">"),
        "{}",
        refused.text
    );
    switch("/giao-dien", &[("theme", "system"), ("toi", "/tai-khoan")]);
    assert!(
        elsewhere
            .get("/tai-khoan")
            .text
            .contains("<html lang=\"en\">")
    );
    // who is not signed in keeps it in the browser alone
    let visitor = Browser::of(app);
    visitor.form("/giao-dien", &[("theme", "light"), ("toi", "/")]);
    assert!(
        visitor
            .get("/")
            .text
            .contains("<html lang=\"vi\" data-theme=\"light\">")
    );
    assert_eq!(changes(app), 3);
}

fn assets_are_kept_for_good(app: &TestApp) {
    let browser = Browser::of(app);
    let page = browser.get("/dang-nhap").text;
    let named = page.split("\"/assets/").skip(1);
    let named: Vec<&str> = named
        .map(|rest| rest.split(['"', '#']).next().unwrap())
        .collect();
    assert!(named.len() >= 5, "{named:?}");
    for name in named {
        let file = browser.get(&format!("/assets/{name}"));
        assert_eq!(file.status, 200, "{name}");
        let kept = file.header("cache-control");
        assert_eq!(kept, "public, max-age=31536000, immutable", "{name}");
    }
    let old = browser.get("/assets/tinbai-0123456789.css");
    assert_eq!((old.status, old.header("cache-control")), (200, "no-cache"));
    for html in [page] {
        for inline in ["style=", "<style", " onclick", "<script>"] {
            assert!(!html.contains(inline), "{inline}");
        }
    }
}

/// Signs in on a personal device.
fn keep(browser: &Browser) {
    let fields = [("mail", MAIL), ("password", PASSWORD), ("may_rieng", "1")];
    assert_eq!(browser.form("/dang-nhap", &fields).status, 303);
}

fn a_personal_device_stays_signed_in(app: &TestApp) {
    viewers(app);
    let browser = Browser::of(app);
    keep(&browser);
    let cookie = browser.set.borrow()[0].clone();
    assert!(cookie.contains("Max-Age=2592000;"), "{cookie}");
    app.advance(TimeDelta::days(20));
    let page = browser.get("/tai-khoan");
    assert!(
        page.text.contains("máy riêng, đến 08:00 20/12/2026"),
        "{}",
        page.text
    );
    // another secret after a change of the password lasts no longer
    let fields = [
        ("old", PASSWORD),
        ("password", "con mèo leo cây cau"),
        ("again", "con mèo leo cây cau"),
    ];
    assert_eq!(browser.form("/tai-khoan/mat-khau", &fields).status, 303);
    let cookie = browser.set.borrow()[0].clone();
    assert!(cookie.contains("Max-Age=864000;"), "{cookie}");
    app.advance(TimeDelta::days(9));
    assert!(browser.is_in());
    app.advance(TimeDelta::days(1));
    assert!(!browser.is_in(), "30 days are over");
}

fn whose_role_requires_a_second_factor_is_not_kept(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, Role::Department, MAIL));
    let server = server_with(app, |settings| {
        settings.accounts.require_second_factor = true;
    });
    let browser = Browser::of(app).moved_to(server.address());
    keep(&browser);
    enrol(app, &browser);
    app.advance(TimeDelta::hours(9));
    assert!(!browser.is_in());
    keep(&browser);
    let cookie = browser.set.borrow()[0].clone();
    assert!(!cookie.contains("Max-Age"), "{cookie}");
    // one that was kept before the role required it ends when it is idle
    let before = Browser::of(app);
    let code = [("mail", MAIL), ("password", PASSWORD), ("may_rieng", "1")];
    assert_eq!(
        before.form("/dang-nhap", &code).header("location"),
        "/dang-nhap/ma?toi="
    );
    // a leader is kept without being asked again, until a role asks for it
    let unit = found(app, "huyen", Category::Superior, Some(&root));
    let leader = person(app, &unit, Role::Leader, "truong@tinh.example");
    account(app, &leader);
    let phone = Browser::of(app).moved_to(server.address());
    let fields = [
        ("mail", "truong@tinh.example"),
        ("password", PASSWORD),
        ("may_rieng", "1"),
    ];
    assert_eq!(phone.form("/dang-nhap", &fields).header("location"), "/");
    app.advance(TimeDelta::hours(9));
    assert!(phone.is_in());
    let role = json!({ "role": "department", "unit_id": root.id, "reason": "Kiêm nhiệm" });
    let roles = format!("/api/v1/people/{}/roles", leader.id);
    app.admin().post(&roles, &role).expect(201);
    assert!(!phone.is_in(), "the second factor is missing");
    app.advance(TimeDelta::hours(9));
    let asked = phone.get("/tai-khoan");
    assert!(
        asked.header("location").starts_with("/dang-nhap?"),
        "{}",
        asked.text
    );
}
