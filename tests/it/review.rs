//! Which editor works on an item, and what a correction changed.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::ItemId;

use crate::both_databases;
use crate::page_items::{hand_in, send, signed_in, state, union_of};
use crate::support::app::{Client, Reply, TestApp};
use crate::support::browser::{Browser, account, person};
use crate::support::desk::Desk;
use crate::support::page::shown;

both_databases!(
    an_editor_takes_an_item_and_the_others_see_it,
    what_is_in_review_counts_as_before,
    the_queue_shows_its_parts,
    what_another_reviews_is_left_out_of_many,
    a_correction_shows_what_it_changed,
);

/// Another editor of the federation, who is signed in.
fn second_editor(app: &TestApp, desk: &Desk<'_>) -> Browser {
    account(
        app,
        &person(app, &desk.root, Role::Editor, "hai@tinh.example"),
    );
    let browser = Browser::of(app);
    assert_eq!(browser.sign_in("hai@tinh.example").status, 303);
    browser
}

#[track_caller]
fn assert_page(name: &str, page: &Reply, status: u16) {
    assert_eq!(page.status, status, "{}", page.text);
    assert!(!page.text.contains("pages."), "{}", page.text);
    insta::assert_snapshot!(format!("review_{name}"), shown(&page.text));
}

/// A button of an item on the desk.
fn press(browser: &Browser, id: ItemId, step: &str) -> Reply {
    let to = format!("/bien-tap/{id}");
    let page = browser.get(&to);
    send(
        browser,
        &page,
        &to,
        &[("buoc", step), ("ly_do", "Thiếu ảnh")],
    )
}

fn item(app: &TestApp, id: ItemId) -> Value {
    app.admin().get(&format!("/api/v1/items/{id}")).expect(200)
}

fn an_editor_takes_an_item_and_the_others_see_it(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let (first, second) = (
        signed_in(app, &desk, Role::Editor),
        second_editor(app, &desk),
    );
    let id = hand_in(&leader, "Tin một");
    let taken = press(&first, id, "nhan");
    assert_eq!(
        taken.header("location"),
        format!("/bien-tap/{id}?xong=nhan")
    );
    assert_eq!(state(app, id), "in_review");
    assert_eq!(item(app, id)["reviewer"], "Người editor");
    assert_page("own", &first.get(&format!("/bien-tap/{id}")), 200);
    assert_page("of_another", &second.get(&format!("/bien-tap/{id}")), 200);
    let refused = press(&second, id, "dang");
    assert_eq!(
        (refused.status, state(app, id).as_str()),
        (409, "in_review")
    );
    let seen = leader.get(&format!("/tin-bai/{id}"));
    assert!(seen.text.contains("đang biên tập"), "{}", seen.text);
    // the other one takes it over; the first has it no longer
    assert_eq!(press(&second, id, "nhan").status, 303);
    assert_eq!(press(&first, id, "dang").status, 409);
    assert_eq!(press(&first, id, "nha").status, 409);
    assert_eq!(press(&second, id, "nha").status, 303);
    assert_eq!(state(app, id), "approved");
    assert_eq!(item(app, id)["reviewer"], Value::Null);
    // who decides without taking it first does that as before; a decision ends the review
    assert_eq!(press(&first, id, "nhan").status, 303);
    assert_eq!(press(&first, id, "tra-lai").status, 303);
    assert_eq!(state(app, id), "returned");
    let page = leader.get(&format!("/tin-bai/{id}"));
    send(&leader, &page, &format!("/tin-bai/{id}/buoc/gui-lai"), &[]);
    assert_eq!(state(app, id), "approved", "it is nobody's");
    assert_eq!(press(&second, id, "dang").status, 303);
    assert_eq!(state(app, id), "published");
}

fn step(client: &Client, id: ItemId, step: &str) -> Reply {
    let path = format!("/api/v1/items/{id}");
    let version = client.get(&path).expect(200)["version"].as_i64().unwrap();
    client
        .knowing(version)
        .post(&format!("{path}/{step}"), &json!({}))
}

fn what_is_in_review_counts_as_before(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let id = hand_in(&leader, "Tin một");
    let owed = || {
        let all = app.admin().get("/api/v1/obligations?limit=50").items();
        let count = |of: &Value| {
            (
                of["state"].clone(),
                of["arrived"].clone(),
                of["done"].clone(),
            )
        };
        all.iter().map(count).collect::<Vec<_>>()
    };
    let before = owed();
    let editor = app.client_of(Role::Editor, Some(&desk.root));
    step(&editor, id, "take").expect(200);
    assert_eq!(owed(), before);
    let listed = |state: &str| {
        let path = format!("/api/v1/items?state={state}");
        app.admin().get(&path).items().len()
    };
    assert_eq!((listed("in_review"), listed("approved")), (1, 0));
    step(&editor, id, "take").expect(409);
    let other = app.client_of(Role::Editor, Some(&desk.root));
    step(&other, id, "give-back").expect(409);
    step(&other, id, "publish").expect(409);
    step(&editor, id, "give-back").expect(200);
    assert_eq!((listed("in_review"), listed("approved")), (0, 1));
    assert_eq!(owed(), before);
    step(&editor, id, "take").expect(200);
    // the unit may take it back all the same
    let page = leader.get(&format!("/tin-bai/{id}"));
    let to = format!("/tin-bai/{id}/buoc/rut");
    assert_eq!(send(&leader, &page, &to, &[("ly_do", "Trùng")]).status, 303);
    assert_eq!(state(app, id), "withdrawn");
}

fn the_queue_shows_its_parts(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let editor = signed_in(app, &desk, Role::Editor);
    let ids = ["Tin một", "Tin hai", "Đồng Khởi"].map(|title| hand_in(&leader, title));
    for id in &ids[..2] {
        press(&editor, *id, "nhan");
    }
    assert_page("queue", &editor.get("/bien-tap"), 200);
    let mine = editor.get("/bien-tap?ai=toi");
    assert!(!mine.text.contains("Đồng Khởi"), "{}", mine.text);
    let free = editor.get("/bien-tap?ai=chua&q=dong+khoi&loai=tin");
    assert!(
        free.text.contains("Đồng Khởi") && !free.text.contains("Tin hai"),
        "{}",
        free.text
    );
    let none = editor.get("/bien-tap?q=khong+co");
    assert!(
        none.text.contains("Không có bài chờ nào hợp bộ lọc."),
        "{}",
        none.text
    );
    assert_eq!(editor.get("/bien-tap?ai=x").status, 400);
    // place and next item are those of the part
    let to = format!("/bien-tap/{}", ids[0]);
    let page = editor.get(&format!("{to}?ai=toi"));
    assert!(page.text.contains("Của tôi 1/2"), "{}", page.text);
    assert!(
        page.text.contains(&format!("/bien-tap/{}?ai=toi", ids[1])),
        "{}",
        page.text
    );
    let done = send(&editor, &page, &to, &[("buoc", "dang"), ("ai", "toi")]);
    assert_eq!(
        done.header("location"),
        format!("/bien-tap/{}?ai=toi&xong=dang", ids[1])
    );
    let page = editor.get(done.header("location"));
    let to = format!("/bien-tap/{}", ids[1]);
    let done = send(&editor, &page, &to, &[("buoc", "dang"), ("ai", "toi")]);
    assert_eq!(done.header("location"), "/bien-tap?ai=toi&xong=dang");
}

fn what_another_reviews_is_left_out_of_many(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let (first, second) = (
        signed_in(app, &desk, Role::Editor),
        second_editor(app, &desk),
    );
    let [one, two] = ["Tin một", "Tin hai"].map(|title| hand_in(&leader, title));
    press(&second, two, "nhan");
    let chosen = [("muc", one.to_string()), ("muc", two.to_string())];
    let chosen = chosen
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let confirm = send(
        &first,
        &first.get("/bien-tap"),
        "/bien-tap/xac-nhan",
        &chosen,
    );
    assert!(
        confirm.text.contains("Người editor đang biên tập"),
        "{}",
        confirm.text
    );
    let done = send(&first, &confirm, "/bien-tap/dang", &chosen);
    assert_eq!(
        done.header("location"),
        "/bien-tap?xong=dang-nhieu&so=1&bo=1"
    );
    assert_eq!(state(app, two), "in_review");
}

fn a_correction_shows_what_it_changed(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let editor = signed_in(app, &desk, Role::Editor);
    let id = hand_in(&leader, "Tin một");
    press(&editor, id, "tra-lai");
    let edit = format!("/tin-bai/{id}/sua");
    let typed = [
        ("ten", "Tin <b>hai</b>"),
        ("loai", "bai"),
        ("noi_dung", "Nội dung mới."),
        ("lien_ket", "https://congdoan.example/tin-2"),
    ];
    assert_eq!(send(&leader, &leader.get(&edit), &edit, &typed).status, 303);
    assert_page("way", &leader.get(&format!("/tin-bai/{id}")), 200);
    let steps = item(app, id)["steps"].clone();
    let last = steps.as_array().unwrap().last().unwrap()["changes"].clone();
    assert_eq!(
        last,
        json!([
            {"field": "title", "old": "Tin một", "new": "Tin <b>hai</b>"},
            {"field": "kind", "old": "tin", "new": "bai"},
            {"field": "url", "old": null, "new": "https://congdoan.example/tin-2"},
            {"field": "body", "old": "Nội dung.", "new": "Nội dung mới."},
        ])
    );
    assert_eq!(steps[0]["changes"], Value::Null);
}
