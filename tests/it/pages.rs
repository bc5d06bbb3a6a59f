//! Pages: where links in mails lead, and the mails of a demonstration.

use serde_json::{Value, json};
use tinbai::domain::access::Actor;
use tinbai::domain::access::Role;
use tinbai::domain::ids::{ObligationId, PersonId};
use tinbai::domain::text::local_date;
use tinbai::service::Error;
use tinbai::service::notices::links::{Signer, Target};
use tinbai::service::units::people;
use tinbai::service::units::people::LeavePerson;

use crate::both_databases;
use crate::support::app::{Client, Reply, TestApp};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::page::shown;

both_databases!(
    a_link_shows_what_is_owed_and_changes_nothing,
    who_has_noted_it_is_left_alone_until_it_is_due,
    who_asks_for_it_is_reminded_again,
    a_link_that_is_none_says_so,
    a_link_of_one_who_is_shut_out_or_gone_is_void,
    the_mails_of_a_demonstration_lie_behind_its_key,
);

/// A superior union that was reminded of its month: the address in the mail.
pub fn reminded(app: &TestApp) -> String {
    app.set_clock("2026-11-19T08:00:00+07:00");
    let desk = Desk::new(app);
    desk.person(&desk.superior, Role::Leader, "Trưởng ban");
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    app.run_due();
    app.set_clock("2026-11-20T07:00:00+07:00");
    app.run_due();
    let mails = app.mails();
    assert_eq!(mails.len(), 1);
    let text = mail_parser::MessageParser::default()
        .parse(&mails[0].raw)
        .unwrap()
        .body_text(0)
        .unwrap()
        .into_owned();
    let link = text
        .split_whitespace()
        .find(|word| word.contains("/thu/"))
        .unwrap();
    link.split_once("/thu/").unwrap().1.to_owned()
}

fn form(client: &Client, token: &str, answer: &str) -> Reply {
    let client = client.with("Content-Type", "application/x-www-form-urlencoded");
    client.send(
        "POST",
        &format!("/thu/{token}"),
        Some(format!("answer={answer}")),
    )
}

fn a_link_shows_what_is_owed_and_changes_nothing(app: &TestApp) {
    let token = reminded(app);
    let reader = app.nobody();
    let page = reader.get(&format!("/thu/{token}"));
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert_eq!(page.header("cache-control"), "no-store");
    insta::assert_snapshot!("link_page", shown(&page.text).replace(&token, "TOKEN"));
    for _ in 0..10 {
        assert_eq!(reader.get(&format!("/thu/{token}")).text, page.text);
    }
    assert_eq!(answers(app), 0, "scanners of mail follow links too");
}

/// How many answers there are.
fn answers(app: &TestApp) -> usize {
    let ids: Vec<ObligationId> = (1..100).map(ObligationId).collect();
    app.store
        .read(|conn| tinbai::store::reminders::acknowledgements(conn, &ids))
        .unwrap()
        .len()
}

fn who_has_noted_it_is_left_alone_until_it_is_due(app: &TestApp) {
    let token = reminded(app);
    let answered = form(&app.nobody(), &token, "noted");
    assert!(matches!(answered.status, 200 | 303), "{}", answered.text);
    let page = app.nobody().get(&format!("/thu/{token}"));
    assert!(
        page.text.contains("Đã ghi nhận lúc 07:00 20/11/2026"),
        "{}",
        page.text
    );
    app.set_clock("2026-11-26T07:00:00+07:00");
    app.run_due();
    assert_eq!(app.mails().len(), 0, "two working days before is not said");
    app.set_clock("2026-12-01T07:01:00+07:00");
    app.run_due();
    assert!(!app.mails().is_empty(), "a miss is told all the same");
}

fn who_asks_for_it_is_reminded_again(app: &TestApp) {
    let token = reminded(app);
    form(&app.nobody(), &token, "later");
    let lines = app.admin().get("/api/v1/trail?action=acknowledge").items();
    assert_eq!(
        (
            &lines[0]["old"],
            lines[0]["new"]["snoozed_until"].is_string()
        ),
        (&Value::Null, true)
    );
    let page = app.nobody().get(&format!("/thu/{token}"));
    assert!(
        page.text.contains("sẽ nhắc lại lúc 07:00 23/11/2026"),
        "after the weekend: {}",
        page.text
    );
    app.set_clock("2026-11-23T07:00:00+07:00");
    app.run_due();
    assert_eq!(app.mails().len(), 1);
    assert_eq!(form(&app.nobody(), &token, "never").status, 400);
}

fn a_link_that_is_none_says_so(app: &TestApp) {
    let token = reminded(app);
    for wrong in ["abc", "a.b", &token[1..], &format!("{token}x")] {
        let page = app.nobody().get(&format!("/thu/{wrong}"));
        assert_eq!(
            (page.status, page.header("content-type")),
            (404, "text/html; charset=utf-8"),
            "{wrong}"
        );
        assert!(page.text.contains("Liên kết không đúng hoặc đã hết hạn"));
        assert_eq!(form(&app.nobody(), wrong, "noted").status, 404);
    }
    app.advance(chrono::TimeDelta::days(121));
    assert_eq!(
        app.nobody().get(&format!("/thu/{token}")).status,
        404,
        "it has ended"
    );
}

fn a_link_of_one_who_is_shut_out_or_gone_is_void(app: &TestApp) {
    let token = reminded(app);
    let admin = app.admin();
    let leader = admin.get("/api/v1/people?role=leader").items()[0].clone();
    let (id, unit) = (
        leader["id"].as_i64().unwrap(),
        leader["unit_id"].as_i64().unwrap(),
    );
    let owed = admin.get("/api/v1/obligations").items()[0]["id"]
        .as_i64()
        .unwrap();
    let of = |recipient: &str| {
        let signed = app.store.write(|conn| {
            Ok::<_, Error>(Signer::create_or_read(conn)?.address(
                &app.house,
                Target::Obligation(ObligationId(owed)),
                recipient.parse().unwrap(),
                app.now(),
            ))
        });
        signed.unwrap().split_once("/thu/").unwrap().1.to_owned()
    };
    let works = |token: &str| {
        let page = app.nobody().get(&format!("/thu/{token}"));
        let answered = form(&app.nobody(), token, "noted").status;
        if page.status == 404 {
            assert!(
                page.text.contains("Liên kết không đúng hoặc đã hết hạn"),
                "{}",
                page.text
            );
            assert_eq!(answered, 404);
        }
        (page.status, answered)
    };
    let address = of(&format!("u{unit}"));
    assert_eq!((works(&token), works(&address)), ((200, 200), (200, 200)));
    let account = admin
        .post("/api/v1/accounts", &json!({ "person_id": id }))
        .expect(201)["id"]
        .clone();
    assert_eq!(
        works(&token),
        (200, 200),
        "whoever has not come yet reads mails all the same"
    );
    let turn = |verb: &str| {
        admin
            .post(&format!("/api/v1/accounts/{account}/{verb}"), &json!({}))
            .expect(200)
    };
    turn("disable");
    assert_eq!(
        (works(&token), works(&of(&format!("p{id}")))),
        ((404, 404), (404, 404))
    );
    turn("enable");
    assert_eq!(works(&token), (200, 200));
    let today = LeavePerson::on(local_date(app.now()));
    app.house
        .write(&Actor::cli(), app.now(), |tx| {
            people::leave(tx, PersonId(id), today, 1)
        })
        .unwrap();
    assert_eq!(works(&token), (200, 200), "the last day is a day");
    app.set_clock("2026-11-21T00:00:00+07:00");
    assert_eq!((works(&token), works(&address)), ((404, 404), (200, 200)));
    assert_eq!(
        app.unread_mails(),
        ["huyen-leader@thu.example: Mời sử dụng phần mềm Tin bài"]
    );
}

fn the_mails_of_a_demonstration_lie_behind_its_key(app: &TestApp) {
    let reader = app.nobody();
    app.enqueue(&crate::support::post::mails(3, app.now()));
    assert_eq!(
        reader.get("/thu-trinh-dien/1").status,
        404,
        "no demonstration"
    );
    let key = app.make_demonstration();
    assert_eq!(reader.get("/thu-trinh-dien/1").status, 404);
    let list = reader.get(&format!("/thu-trinh-dien/{key}"));
    assert_eq!((list.status, list.text.matches("<li>").count()), (200, 3));
    let id = app.admin().get("/api/v1/mails").items()[0]["id"].clone();
    let one = reader.get(&format!("/thu-trinh-dien/{key}/{id}"));
    assert_eq!((one.status, one.text.contains("<dt>Đến</dt>")), (200, true));
    let html = reader.get(&format!("/thu-trinh-dien/{key}/{id}/html"));
    assert!(
        html.header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert_eq!(reader.get(&format!("/thu-trinh-dien/1/{id}")).status, 404);
    assert_eq!(reader.get("/").status, 200);
    assert_eq!(
        reader.get("/assets/tinbai.css").header("content-type"),
        "text/css; charset=utf-8"
    );
    assert_eq!(reader.get("/assets/khong-co.css").status, 404);
    assert_eq!(app.admin().get("/api/v1/mails").items().len(), 3);
    assert_eq!(json!(key.len() >= 22), json!(true), "128 bits");
}
