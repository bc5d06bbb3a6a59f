//! Every page whole, in both languages. A change of a page shows here as a diff.

use serde_json::json;
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;
use tinbai::identity::second_factor;

use crate::both_databases;
use crate::pages::reminded;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, PASSWORD, account, mailed_link, person, shown_key};
use crate::support::page::shown;
use crate::support::tree::found;

both_databases!(
    the_pages_of_signing_in,
    the_pages_of_a_password,
    the_pages_of_the_account,
    the_pages_of_a_second_factor,
    the_page_of_a_reminder,
    the_pages_of_the_mailbox,
    the_switch_of_the_language,
);

const MAIL: &str = "bt@tinh.example";

/// The languages of pages.
const LANGUAGES: [&str; 2] = ["vi", "en"];

/// A viewer with an account.
fn viewer(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, Role::Viewer, MAIL));
}

/// Has a browser read pages in this language.
pub fn choose(browser: &Browser, lang: &str) {
    let cookie = ("__Host-tinbai-lang".to_owned(), lang.to_owned());
    browser.cookies.borrow_mut().extend([cookie]);
}

/// Compares a page with its snapshot; each of `hidden` is written as the word beside it.
#[track_caller]
pub fn assert_page(name: &str, lang: &str, html: &str, hidden: &[(&str, &str)]) {
    assert!(html.contains(&format!("<html lang=\"{lang}\">")), "{html}");
    assert!(!html.contains("pages."), "a key without words: {html}");
    let shown = hidden.iter().fold(shown(html), |html, (secret, word)| {
        html.replace(secret, word)
    });
    let settings = insta::Settings::clone_current();
    settings.bind(|| insta::assert_snapshot!(format!("page_{name}_{lang}"), shown));
}

fn the_pages_of_signing_in(app: &TestApp) {
    viewer(app);
    for lang in LANGUAGES {
        let browser = Browser::of(app);
        choose(&browser, lang);
        let assert = |name: &str, html: &str| assert_page(name, lang, html, &[]);
        assert("home", &browser.get("/").text);
        assert("sign_in", &browser.get("/dang-nhap?toi=%2Ftai-khoan").text);
        let wrong = browser.form("/dang-nhap", &[("mail", MAIL), ("password", "sai")]);
        assert("sign_in_refused", &wrong.text);
        let led = browser.get("/dang-nhap?xong=dang-xuat");
        assert("sign_in_after_signing_out", &led.text);
        assert("forgotten", &browser.get("/quen-mat-khau").text);
        let sent = browser.form("/quen-mat-khau", &[("mail", "ai-do@tinh.example")]);
        assert("forgotten_sent", &sent.text);
        assert("not_found", &browser.get("/thu-trinh-dien/x").text);
        browser.sign_in(MAIL);
        assert("help", &browser.get("/tro-giup").text);
    }
}

fn the_pages_of_a_password(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    for lang in LANGUAGES {
        let person = person(app, &root, Role::Viewer, &format!("{lang}@tinh.example"));
        app.admin()
            .post("/api/v1/accounts", &json!({ "person_id": person.id }))
            .expect(201);
        let link = mailed_link(app);
        let hidden = [(link.strip_prefix("/moi/").unwrap(), "TOKEN")];
        let assert = |name: &str, html: &str| assert_page(name, lang, html, &hidden);
        let browser = Browser::of(app);
        choose(&browser, lang);
        assert("invited", &browser.get(&link).text);
        let differs = browser.form(&link, &[("password", "a"), ("again", "b")]);
        assert("invited_refused", &differs.text);
        let set = browser.form(&link, &[("password", PASSWORD), ("again", PASSWORD)]);
        assert("sign_in_after_password", &set.text);
        assert("link_used", &browser.get(&link).text);
        assert("link_useless", &browser.get("/dat-lai/abc").text);
    }
}

fn the_pages_of_the_account(app: &TestApp) {
    viewer(app);
    for lang in LANGUAGES {
        let (browser, other) = (Browser::of(app), Browser::of(app));
        choose(&browser, lang);
        let other = other.with("User-Agent", "Điện thoại");
        other.sign_in(MAIL);
        app.advance(chrono::TimeDelta::minutes(5));
        browser.sign_in(MAIL);
        let account = browser.get("/tai-khoan?xong=phien").text;
        let id = account.split_once("/tai-khoan/phien/").unwrap().1;
        let place = format!("phien/{}\"", id.split_once('"').unwrap().0);
        let hidden = [(place.as_str(), "phien/ID\"")];
        assert_page("account", lang, &account, &hidden);
        let fields = [("old", "sai"), ("password", PASSWORD), ("again", PASSWORD)];
        let refused = browser.form("/tai-khoan/mat-khau", &fields);
        assert_page("account_refused", lang, &refused.text, &hidden);
        browser.form("/tai-khoan/thoat-het", &[]);
    }
}

fn the_pages_of_a_second_factor(app: &TestApp) {
    viewer(app);
    for lang in LANGUAGES {
        let browser = Browser::of(app);
        choose(&browser, lang);
        browser.sign_in(MAIL);
        let page = "/tai-khoan/buoc-hai";
        assert_page("second_factor", lang, &browser.get(page).text, &[]);
        let begun = browser.form(page, &[("password", PASSWORD)]).text;
        let key = shown_key(&begun);
        let picture = begun.split_once("base64,").unwrap().1;
        let picture = picture.split_once('"').unwrap().0;
        let in_fours = begun.split_once("class=\"key\">").unwrap().1;
        let in_fours = in_fours.split_once('<').unwrap().0;
        let hidden = [
            (picture, "PICTURE"),
            (in_fours, "KEY"),
            (key.as_str(), "KEY"),
        ];
        assert_page("second_factor_begun", lang, &begun, &hidden);
        let confirm = |code: &str| {
            let fields = [("secret", key.as_str()), ("code", code)];
            browser.form("/tai-khoan/buoc-hai/xac-nhan", &fields).text
        };
        assert_page("second_factor_wrong", lang, &confirm("000000"), &hidden);
        let done = confirm(&second_factor::code_at(&key, app.now()).unwrap());
        let codes = done.split("<li>").skip(1);
        let codes: Vec<_> = codes.map(|code| code.split('<').next().unwrap()).collect();
        let hidden: Vec<_> = codes.iter().map(|code| (*code, "CODE")).collect();
        assert_page("recovery", lang, &done, &hidden);
        assert_page("second_factor_on", lang, &browser.get(page).text, &[]);
        let half = Browser::of(app);
        choose(&half, lang);
        half.sign_in(MAIL);
        assert_page("code", lang, &half.get("/dang-nhap/ma").text, &[]);
        let wrong = half.form("/dang-nhap/ma", &[("code", "000000")]);
        assert_page("code_refused", lang, &wrong.text, &[]);
        browser.form("/tai-khoan/buoc-hai/tat", &[("password", PASSWORD)]);
        app.advance(chrono::TimeDelta::minutes(1));
    }
}

fn the_page_of_a_reminder(app: &TestApp) {
    let token = reminded(app);
    let page = format!("/thu/{token}");
    let hidden = [(token.as_str(), "TOKEN")];
    for lang in LANGUAGES {
        let browser = Browser::of(app);
        choose(&browser, lang);
        let assert = |name: &str, html: &str| assert_page(name, lang, html, &hidden);
        assert("reminder_unknown", &browser.get("/thu/abc").text);
        assert("reminder_unclear", &browser.form(&page, &[]).text);
        browser.form(&page, &[("answer", "noted")]);
        assert("reminder_noted", &browser.get(&page).text);
        browser.form(&page, &[("answer", "later")]);
        assert("reminder_later", &browser.get(&page).text);
    }
    app.set_clock("2026-12-01T08:00:00+07:00");
    app.run_due();
    app.mails();
    for lang in LANGUAGES {
        let browser = Browser::of(app);
        choose(&browser, lang);
        assert_page("reminder_missed", lang, &browser.get(&page).text, &hidden);
        let late = browser.form(&page, &[("answer", "later")]);
        assert_page("reminder_too_late", lang, &late.text, &hidden);
    }
}

fn the_pages_of_the_mailbox(app: &TestApp) {
    app.expect_unread_mails();
    app.enqueue(&crate::support::post::mails(2, app.now()));
    let key = app.make_demonstration();
    let id = app.admin().get("/api/v1/mails").items()[0]["id"].clone();
    let ids = [
        (format!("/{}\"", id), "/ID\""),
        (format!("/{}/html", id), "/ID/html"),
        (format!("/{}\"", id.as_i64().unwrap() - 1), "/ID\""),
    ];
    let mut hidden = vec![(key.as_str(), "KEY")];
    hidden.extend(ids.iter().map(|(id, word)| (id.as_str(), *word)));
    for lang in LANGUAGES {
        let browser = Browser::of(app);
        choose(&browser, lang);
        let list = browser.get(&format!("/thu-trinh-dien/{key}"));
        assert_page("mailbox", lang, &list.text, &hidden);
        let one = browser.get(&format!("/thu-trinh-dien/{key}/{id}"));
        assert_page("mail", lang, &one.text, &hidden);
    }
}

fn the_switch_of_the_language(app: &TestApp) {
    viewer(app);
    let browser = Browser::of(app).with("Accept-Language", "en");
    let page = browser.get("/dang-nhap?toi=%2Ftai-khoan");
    assert!(page.text.contains("<html lang=\"en\">"), "{}", page.text);
    assert_eq!(page.header("content-language"), "en");
    assert!(
        page.text
            .contains("name=\"toi\" value=\"/dang-nhap?toi=%2Ftai-khoan\"")
    );
    let switch = |lang: &str, toi: &str| {
        let reply = browser.form("/ngon-ngu", &[("lang", lang), ("toi", toi)]);
        (reply.status, reply.header("location").to_owned())
    };
    let back = "/dang-nhap?toi=%2Ftai-khoan".to_owned();
    assert_eq!(switch("vi", &back), (303, back));
    let kept = browser.set.borrow()[0].clone();
    assert!(kept.starts_with("__Host-tinbai-lang=vi; Path=/; Max-Age="));
    assert!(browser.get("/").text.contains("<html lang=\"vi\">"));
    assert_eq!(switch("fr", "/"), (303, "/".to_owned()));
    assert!(browser.set.borrow().is_empty(), "there is no such language");
    for elsewhere in ["https://xau.example", "//xau.example", ""] {
        assert_eq!(switch("vi", elsewhere), (303, "/".to_owned()));
    }
    // a program is answered in the language of its header alone
    let refused = browser.get("/api/v1/me").expect(401);
    assert_eq!(refused["title"], "Sign in, or send a token");
    let foreign = browser.claiming(Some("https://xau.example"));
    assert_eq!(foreign.form("/ngon-ngu", &[("lang", "en")]).status, 403);
}
