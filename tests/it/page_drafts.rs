//! Drafts of items, through the form of handing in.

use serde_json::json;
use tinbai::domain::access::Role;

use crate::both_databases;
use crate::page_items::{hidden, send, signed_in, union_of};
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, account, person};
use crate::support::page::shown;

both_databases!(
    a_draft_is_kept_changed_and_handed_in,
    a_draft_counts_for_nothing_and_nobody_else_sees_it,
    a_leader_hands_in_what_a_contributor_drafted,
    two_tabs_of_one_draft_lose_nothing,
    news_of_an_unknown_event_registers_it,
    drafts_that_are_cut_say_how_many_there_are,
);

fn items(app: &TestApp) -> usize {
    app.admin().get("/api/v1/items").items().len()
}

fn drafts_that_are_cut_say_how_many_there_are(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    for n in 0..102 {
        let draft = json!({ "unit_id": desk.superior.id, "text": { "title": format!("Nháp {n}"), "kind": "tin" } });
        assert_eq!(leader.json("/api/v1/drafts", &draft).status, 201);
    }
    let page = leader.get("/nop").text;
    assert!(page.contains("100 đầu tiên trong 102"), "{page}");
    let listed = leader.get("/api/v1/drafts").expect(200);
    assert_eq!(listed["total"], 102);
}

/// Keeps a draft with this title; its page's address.
fn keep(browser: &Browser, title: &str) -> String {
    let form = browser.get("/nop");
    let unit = hidden(&form, "don_vi");
    let fields = [
        ("don_vi", unit.as_str()),
        ("ten", title),
        ("loai", "tin"),
        ("noi_dung", "Nửa chừng."),
        ("su_kien", ""),
        ("luu", "nhap"),
    ];
    let kept = send(browser, &form, "/nop", &fields);
    assert_eq!(kept.status, 303, "{}", kept.text);
    let again = send(browser, &form, "/nop", &fields);
    assert_eq!(
        again.header("location"),
        kept.header("location"),
        "pressed twice"
    );
    let (address, notice) = kept.header("location").split_once('&').unwrap();
    assert_eq!(notice, "xong=nhap");
    address.to_owned()
}

/// What the form of a draft sends.
fn typed(form: &Reply) -> [(&'static str, String); 2] {
    [
        ("don_vi", hidden(form, "don_vi")),
        ("nhap", hidden(form, "nhap")),
    ]
}

fn press(browser: &Browser, form: &Reply, more: &[(&str, &str)]) -> Reply {
    let known = typed(form);
    let mut fields: Vec<(&str, &str)> = known
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    fields.extend(more);
    send(browser, form, "/nop", &fields)
}

fn a_draft_is_kept_changed_and_handed_in(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let draft = keep(&leader, "");
    assert_eq!(items(app), 0);
    let form = leader.get(&draft);
    insta::assert_snapshot!("draft", shown(&form.text));
    assert!(leader.get("/nop").text.contains("(chưa có tên)"));
    let refused = press(&leader, &form, &[("ten", ""), ("loai", "tin")]);
    assert_eq!(
        (refused.status, items(app)),
        (400, 0),
        "an item has a title"
    );
    assert!(refused.text.contains("Lỗi:"), "{}", refused.text);
    let saved = press(
        &leader,
        &form,
        &[("ten", "Tin một"), ("loai", "bai"), ("luu", "nhap")],
    );
    assert_eq!(saved.header("location"), format!("{draft}&xong=nhap"));
    let form = leader.get(saved.header("location"));
    assert!(
        form.text.contains("Đã lưu bản nháp, chưa gửi."),
        "{}",
        form.text
    );
    let sent = press(&leader, &form, &[("ten", "Tin một, xong"), ("loai", "bai")]);
    assert_eq!(sent.status, 303, "{}", sent.text);
    let all = app.admin().get("/api/v1/items").items();
    assert_eq!(all[0]["title"], "Tin một, xong");
    assert_eq!(leader.get(&draft).status, 404, "the draft became the item");
    let other = keep(&leader, "Bỏ đi");
    let form = leader.get(&other);
    let gone = press(&leader, &form, &[("ten", "Bỏ đi"), ("luu", "bo")]);
    assert_eq!(gone.header("location"), "/nop?xong=bo-nhap");
    assert_eq!((leader.get(&other).status, items(app)), (404, 1));
}

fn a_draft_counts_for_nothing_and_nobody_else_sees_it(app: &TestApp) {
    let desk = union_of(app);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let draft = keep(&contributor, "Bí mật");
    account(
        app,
        &person(app, &desk.superior, Role::Contributor, "khac@tinh.example"),
    );
    let other = Browser::of(app);
    other.sign_in("khac@tinh.example");
    for role in [Role::Department, Role::Editor, Role::Viewer] {
        let browser = signed_in(app, &desk, role);
        assert_eq!(browser.get(&draft).status, 404, "{role}");
    }
    assert_eq!(other.get(&draft).status, 404);
    assert!(!other.get("/nop").text.contains("Bí mật"));
    let trail = app.admin().get("/api/v1/trail?entity=item_draft");
    assert_eq!(trail.items().len(), 1);
    assert!(!trail.text.contains("Bí mật"), "others read the trail");
    for row in app.admin().get("/api/v1/obligations").items() {
        assert_eq!(row["arrived"], 0);
    }
}

fn a_leader_hands_in_what_a_contributor_drafted(app: &TestApp) {
    let desk = union_of(app);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let leader = signed_in(app, &desk, Role::Leader);
    let draft = keep(&contributor, "Tin một");
    let form = leader.get(&draft);
    assert_eq!(form.status, 200, "{}", form.text);
    let sent = press(&leader, &form, &[("ten", "Tin một"), ("loai", "tin")]);
    assert_eq!(sent.status, 303, "{}", sent.text);
    let all = app.admin().get("/api/v1/items").items();
    assert_eq!(all[0]["state"], "approved", "the leader answers for it");
    assert_eq!(all[0]["authors"][0]["name"], "Người contributor");
}

fn two_tabs_of_one_draft_lose_nothing(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let draft = keep(&leader, "Tin một");
    let [first, second] = [leader.get(&draft), leader.get(&draft)];
    press(&leader, &first, &[("ten", "Của tab một"), ("luu", "nhap")]);
    let mine = [("ten", "Của tab hai"), ("luu", "nhap")];
    let stale = press(&leader, &second, &mine);
    assert_eq!(stale.status, 409, "{}", stale.text);
    assert!(stale.text.contains("Của tab một") && stale.text.contains("Của tab hai"));
    assert_eq!(press(&leader, &stale, &mine).status, 303);
    assert!(leader.get(&draft).text.contains("value=\"Của tab hai\""));
}

fn news_of_an_unknown_event_registers_it(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let form = leader.get("/nop");
    let unit = hidden(&form, "don_vi");
    let wrong = [
        ("don_vi", unit.as_str()),
        ("ten", "Đại hội xã"),
        ("loai", "tin"),
        ("ngay", "31/02/2026"),
        ("gio", "13h"),
    ];
    let refused = send(&leader, &form, "/nop", &wrong);
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(refused.text.contains("href=\"#ngay\"") && refused.text.contains("<details open>"));
    let mut right = wrong;
    right[3] = ("ngay", "20/11/2026");
    let mut look = right.to_vec();
    look.push(("luu", "xem"));
    let looked = send(&leader, &form, "/nop", &look);
    assert!(
        looked.text.contains("<strong>17:00 23/11</strong>"),
        "{}",
        looked.text
    );
    assert_eq!((looked.status, items(app)), (200, 0));
    let sent = send(&leader, &form, "/nop", &right);
    assert_eq!(sent.status, 303, "{}", sent.text);
    let events = app.admin().get("/api/v1/events").items();
    assert_eq!(
        (&events[0]["title"], &events[0]["from_item"]),
        (&"Đại hội xã".into(), &true.into())
    );
}
