//! Pages of items: handing in, the list, one item, and the queue of editors.

use serde_json::json;
use tinbai::domain::access::Role;
use tinbai::domain::ids::ItemId;

use crate::both_databases;
use crate::frozen::freeze;
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, account, person};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::page::shown;

both_databases!(
    a_leader_hands_in_for_an_event,
    what_is_wrong_comes_again_as_it_was_typed,
    what_a_contributor_hands_in_waits_for_the_leader,
    the_list_shows_what_is_filtered,
    an_editor_goes_from_one_item_to_the_next,
    several_items_are_published_at_once,
    an_item_of_a_frozen_year_is_left_out_by_name_and_the_others_are_published,
    nobody_does_what_is_not_theirs,
    a_step_after_somebody_else_s_shows_theirs,
    what_came_back_is_corrected_and_sent_again,
);

/// The superior union with a plan of two `tin` a month, on Friday 20/11/2026 at 15:00.
pub fn union_of(app: &TestApp) -> Desk<'_> {
    app.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    desk
}

/// Somebody with this role at the superior union, or at the federation, who is signed in.
pub fn signed_in(app: &TestApp, desk: &Desk<'_>, role: Role) -> Browser {
    let unit = match role {
        Role::Leader | Role::Contributor => &desk.superior,
        _ => &desk.root,
    };
    let mail = format!("{role}@tinh.example");
    account(app, &person(app, unit, role, &mail));
    let browser = Browser::of(app);
    let reply = browser.sign_in(&mail);
    assert_eq!(reply.status, 303, "{}", reply.text);
    browser
}

pub fn hidden(page: &Reply, name: &str) -> String {
    let before = format!("name=\"{name}\" value=\"");
    let rest = page.text.split_once(&before).expect(name).1;
    rest.split_once('"').unwrap().0.to_owned()
}

/// Sends the form of a page with its key and its version.
pub fn send(browser: &Browser, page: &Reply, to: &str, fields: &[(&str, &str)]) -> Reply {
    let key = hidden(page, "khoa");
    let version = match page.text.contains("name=\"phien_ban\"") {
        true => hidden(page, "phien_ban"),
        false => String::new(),
    };
    let mut all = vec![("khoa", key.as_str()), ("phien_ban", version.as_str())];
    all.extend(fields);
    browser.form(to, &all)
}

/// Hands an item in by the form of `/nop`; its number.
pub fn hand_in(browser: &Browser, title: &str) -> ItemId {
    let form = browser.get("/nop");
    assert_eq!(form.status, 200, "{}", form.text);
    let unit = hidden(&form, "don_vi");
    let fields = [
        ("don_vi", unit.as_str()),
        ("ten", title),
        ("loai", "tin"),
        ("noi_dung", "Nội dung."),
    ];
    let sent = send(browser, &form, "/nop", &fields);
    assert_eq!(sent.status, 303, "{}", sent.text);
    let id = sent.header("location").split('/').nth(2).unwrap();
    id.parse().unwrap()
}

pub fn state(app: &TestApp, id: ItemId) -> String {
    let item = app.admin().get(&format!("/api/v1/items/{id}")).expect(200);
    item["state"].as_str().unwrap().to_owned()
}

#[track_caller]
fn assert_page(name: &str, page: &Reply, status: u16) {
    assert_eq!(page.status, status, "{}", page.text);
    assert!(
        !page.text.contains("pages."),
        "a key without words: {}",
        page.text
    );
    insta::assert_snapshot!(format!("items_{name}"), shown(&page.text));
}

fn a_leader_hands_in_for_an_event(app: &TestApp) {
    let desk = union_of(app);
    let event = desk.event(json!({
        "title": "Đại hội Công đoàn xã", "starts_at": "2026-11-20T13:00:00+07:00",
        "ends_at": "2026-11-20T15:00:00+07:00",
    }));
    let leader = signed_in(app, &desk, Role::Leader);
    let address = format!("/nop?su-kien={}", event.id);
    let form = leader.get(&address);
    assert_page("hand_in_for_event", &form, 200);
    assert_eq!(leader.get(&address).text.len(), form.text.len());
    let none = app.admin().get("/api/v1/items").items();
    assert!(none.is_empty(), "reading changes nothing");
    let fields = [
        ("don_vi", hidden(&form, "don_vi")),
        ("viec", hidden(&form, "viec")),
        ("su_kien", event.id.to_string()),
        ("ten", "Đại hội <b>Công đoàn</b> xã 🙂".to_owned()),
        ("loai", "tin".to_owned()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let sent = send(&leader, &form, "/nop", &fields);
    assert_eq!(sent.status, 303, "{}", sent.text);
    let twice = send(&leader, &form, "/nop", &fields);
    assert_eq!(
        twice.header("location"),
        sent.header("location"),
        "sent twice, done once"
    );
    let items = app.admin().get("/api/v1/items").items();
    assert_eq!(items.len(), 1);
    assert_eq!(
        (&items[0]["state"], &items[0]["channel"]),
        (&json!("approved"), &json!("web"))
    );
    assert_page("handed_in", &leader.get(sent.header("location")), 200);
    let id = &items[0]["id"];
    assert_page("one", &leader.get(&format!("/tin-bai/{id}")), 200);
    leader
        .cookies
        .borrow_mut()
        .insert("__Host-tinbai-lang".to_owned(), "en".to_owned());
    assert_page("one_en", &leader.get(&format!("/tin-bai/{id}")), 200);
    assert_page("hand_in_en", &leader.get("/nop"), 200);
}

fn what_is_wrong_comes_again_as_it_was_typed(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let form = leader.get("/nop");
    let long = "chữ ".repeat(1_250);
    let unit = desk.superior.id.to_string();
    let typed = [
        ("don_vi", unit.as_str()),
        ("ten", ""),
        ("loai", "bai"),
        ("noi_dung", &long),
        ("lien_ket", "javascript:alert(1)"),
    ];
    let refused = send(&leader, &form, "/nop", &typed);
    assert!(refused.text.contains(long.trim()), "nothing is lost");
    let shortened = Reply {
        text: refused.text.replace(long.trim(), "LONG"),
        ..refused
    };
    assert_page("hand_in_refused", &shortened, 400);
    assert!(app.admin().get("/api/v1/items").items().is_empty());
    // the key of the refused form is free for the corrected one
    for (title, status) in [("\u{202e}Tin", 400), ("Tin", 303)] {
        let typed = [("don_vi", unit.as_str()), ("ten", title), ("loai", "bai")];
        assert_eq!(send(&leader, &form, "/nop", &typed).status, status);
    }
    for (unit, kind) in [("999", "tin"), (unit.as_str(), "khong-co"), ("", "tin")] {
        let typed = [("don_vi", unit), ("ten", "Tin"), ("loai", kind)];
        let refused = send(&leader, &leader.get("/nop"), "/nop", &typed);
        assert!(
            matches!(refused.status, 400 | 403 | 404),
            "{unit} {kind}: {}",
            refused.status
        );
    }
    assert_eq!(app.admin().get("/api/v1/items").items().len(), 1);
}

fn what_a_contributor_hands_in_waits_for_the_leader(app: &TestApp) {
    let desk = union_of(app);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let leader = signed_in(app, &desk, Role::Leader);
    assert_page("hand_in_contributor", &contributor.get("/nop"), 200);
    let id = hand_in(&contributor, "Hội thi tay nghề giỏi");
    assert_eq!(state(app, id), "submitted");
    assert_page(
        "handed_in_waits",
        &contributor.get(&format!("/nop/{id}/xong")),
        200,
    );
    let own = contributor.get(&format!("/tin-bai/{id}"));
    assert!(!own.text.contains("buoc/duyet"), "only the leader approves");
    assert_eq!(
        send(
            &contributor,
            &own,
            &format!("/tin-bai/{id}/buoc/duyet"),
            &[]
        )
        .status,
        403
    );
    let page = leader.get(&format!("/tin-bai/{id}"));
    assert_page("one_to_approve", &page, 200);
    let approved = send(&leader, &page, &format!("/tin-bai/{id}/buoc/duyet"), &[]);
    assert_eq!(
        approved.header("location"),
        format!("/tin-bai/{id}?xong=duyet")
    );
    assert_eq!(state(app, id), "approved");
    let page = leader.get(approved.header("location"));
    assert!(
        page.text
            .contains("Đã duyệt; tin, bài đã đến ban biên tập."),
        "{}",
        page.text
    );
    // what is taken back needs a reason
    let refused = send(
        &leader,
        &page,
        &format!("/tin-bai/{id}/buoc/rut"),
        &[("ly_do", " ")],
    );
    assert_eq!((refused.status, state(app, id).as_str()), (400, "approved"));
    assert!(
        refused.text.contains("<a href=\"#ly_do\">Lý do: "),
        "{}",
        refused.text
    );
    let taken = send(
        &leader,
        &page,
        &format!("/tin-bai/{id}/buoc/rut"),
        &[("ly_do", "Trùng")],
    );
    assert_eq!((taken.status, state(app, id).as_str()), (303, "withdrawn"));
}

fn the_list_shows_what_is_filtered(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    assert_page("list_empty", &leader.get("/tin-bai"), 200);
    for title in ["Đồng Khởi", "Lao động giỏi", "=1+1"] {
        hand_in(&leader, title);
    }
    assert_page("list", &leader.get("/tin-bai"), 200);
    let found = leader.get("/tin-bai?q=dong+khoi&tt=approved&loai=tin&sap=ten&tu=20/11/2026");
    assert_page("list_filtered", &found, 200);
    let file = leader.get("/tin-bai.csv?sap=ten");
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let titles: Vec<&str> = file
        .text
        .lines()
        .filter_map(|line| line.split(';').next())
        .collect();
    assert_eq!(
        titles,
        [
            "\u{feff}\"Tên tin, bài\"",
            "\"'=1+1\"",
            "\"Đồng Khởi\"",
            "\"Lao động giỏi\""
        ]
    );
    let none = leader.get("/tin-bai?q=khong+co");
    assert!(
        none.text.contains("Chưa có tin, bài nào hợp bộ lọc."),
        "{}",
        none.text
    );
    for wrong in ["tt=x", "tu=31/02/2026", "loai=khong-co", "don-vi=x"] {
        assert_eq!(
            leader.get(&format!("/tin-bai?{wrong}")).status,
            400,
            "{wrong}"
        );
    }
}

fn an_editor_goes_from_one_item_to_the_next(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let editor = signed_in(app, &desk, Role::Editor);
    assert_page("queue_empty", &editor.get("/bien-tap"), 200);
    let first = hand_in(&leader, "Tin một");
    app.advance(chrono::TimeDelta::hours(2));
    let second = hand_in(&leader, "Tin hai");
    assert_page("queue", &editor.get("/bien-tap"), 200);
    let page = editor.get(&format!("/bien-tap/{first}"));
    assert_page("queued", &page, 200);
    let refused = send(
        &editor,
        &page,
        &format!("/bien-tap/{first}"),
        &[("buoc", "tra-lai"), ("ly_do", "")],
    );
    assert_eq!(
        (refused.status, state(app, first).as_str()),
        (400, "approved")
    );
    assert!(
        refused.text.contains("<details open>"),
        "the reason is asked for"
    );
    let wrong = send(
        &editor,
        &page,
        &format!("/bien-tap/{first}"),
        &[("buoc", "dang"), ("diem", "9")],
    );
    assert_eq!(
        (wrong.status, state(app, first).as_str()),
        (400, "approved")
    );
    let fields = [("buoc", "dang"), ("diem", "4")];
    let done = send(&editor, &page, &format!("/bien-tap/{first}"), &fields);
    assert_eq!(
        done.header("location"),
        format!("/bien-tap/{second}?xong=dang")
    );
    let again = send(&editor, &page, &format!("/bien-tap/{first}"), &fields);
    assert_eq!(
        again.header("location"),
        done.header("location"),
        "pressed twice"
    );
    let item = app
        .admin()
        .get(&format!("/api/v1/items/{first}"))
        .expect(200);
    assert_eq!(
        (&item["state"], &item["grade"]),
        (&json!("published"), &json!(4))
    );
    let page = editor.get(done.header("location"));
    assert!(
        page.text
            .contains("<h1 lang=\"vi\" tabindex=\"-1\" autofocus>Tin hai"),
        "{}",
        page.text
    );
    assert!(
        page.text
            .contains("role=\"status\" tabindex=\"-1\" data-done"),
        "{}",
        page.text
    );
    let fields = [("buoc", "khong-nhan"), ("ly_do", "Không đúng chủ đề")];
    let last = send(&editor, &page, &format!("/bien-tap/{second}"), &fields);
    assert_eq!(last.header("location"), "/bien-tap?xong=khong-nhan");
    assert_eq!(state(app, second), "rejected");
}

fn several_items_are_published_at_once(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let editor = signed_in(app, &desk, Role::Editor);
    let ids = ["Tin một", "Tin hai", "Tin ba"].map(|title| hand_in(&leader, title));
    let page = editor.get("/bien-tap");
    let [one, two, three] = ids.map(|id| id.to_string());
    let admin = app.admin();
    let gone = editor.get(&format!("/bien-tap/{three}"));
    send(
        &editor,
        &gone,
        &format!("/bien-tap/{three}"),
        &[("buoc", "khong-nhan"), ("ly_do", "x")],
    );
    let chosen = [
        ("muc", one.as_str()),
        ("muc", two.as_str()),
        ("muc", three.as_str()),
    ];
    let confirm = send(&editor, &page, "/bien-tap/xac-nhan", &chosen);
    assert_page("publish_many", &confirm, 200);
    assert_eq!(admin.get("/api/v1/items?state=published").items().len(), 0);
    let done = send(&editor, &confirm, "/bien-tap/dang", &chosen[..2]);
    assert_eq!(
        done.header("location"),
        "/bien-tap?xong=dang-nhieu&so=2&bo=0"
    );
    assert_eq!(admin.get("/api/v1/items?state=published").items().len(), 2);
    let none = send(&editor, &page, "/bien-tap/xac-nhan", &[]);
    assert!(
        none.text.contains("Không có bài nào để đăng"),
        "{}",
        none.text
    );
}

/// Of 2026, whose scores are frozen, and of 2027: chosen together before and after the freezing.
fn an_item_of_a_frozen_year_is_left_out_by_name_and_the_others_are_published(app: &TestApp) {
    app.expect_unread_mails();
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    signed_in(app, &desk, Role::Editor);
    app.set_clock("2026-12-31T16:00:00+07:00");
    leader.sign_in("leader@tinh.example");
    desk.published(json!({ "title": "Tin một" }));
    desk.published(json!({ "title": "Tin hai" }));
    let old = hand_in(&leader, "Tin của năm cũ");
    app.set_clock("2027-01-15T09:00:00+07:00");
    desk.sweep();
    leader.sign_in("leader@tinh.example");
    let editor = Browser::of(app);
    editor.sign_in("editor@tinh.example");
    let new = hand_in(&leader, "Tin của năm mới");
    let page = editor.get("/bien-tap");
    let (old_id, new_id) = (old.to_string(), new.to_string());
    let chosen = [("muc", old_id.as_str()), ("muc", new_id.as_str())];
    let earlier = send(&editor, &page, "/bien-tap/xac-nhan", &chosen);
    let department = app.client_of(Role::Department, Some(&desk.root));
    freeze(&department, &desk.root);
    let confirm = send(&editor, &page, "/bien-tap/xac-nhan", &chosen);
    assert_page("publish_many_frozen", &confirm, 200);
    // confirmed before the year was frozen
    let done = send(&editor, &earlier, "/bien-tap/dang", &chosen);
    assert_eq!(
        done.header("location"),
        "/bien-tap?xong=dang-nhieu&so=1&bo=1"
    );
    assert_eq!(
        [state(app, old), state(app, new)],
        ["approved", "published"]
    );
    let item = app.admin().get(&format!("/api/v1/items/{old}")).expect(200);
    assert_eq!(item["published_at"], json!(null), "nothing of it is kept");
    let trail = app
        .admin()
        .get(&format!("/api/v1/trail?entity=item&entity_id={old}"));
    let done: Vec<_> = trail
        .items()
        .iter()
        .map(|line| line["action"].clone())
        .collect();
    assert!(!done.contains(&json!("publish")), "{done:?}");
}

fn nobody_does_what_is_not_theirs(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let viewer = signed_in(app, &desk, Role::Viewer);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let id = hand_in(&leader, "Tin một");
    for (browser, path, status) in [
        (&viewer, "/nop".to_owned(), 403),
        (&viewer, "/bien-tap".to_owned(), 403),
        (&leader, "/bien-tap".to_owned(), 403),
        (&leader, format!("/bien-tap/{id}"), 403),
        (&contributor, format!("/tin-bai/{id}"), 404),
        (&viewer, format!("/tin-bai/{id}"), 200),
        (&viewer, "/tin-bai/999".to_owned(), 404),
        (&viewer, "/nop/999/xong".to_owned(), 404),
    ] {
        assert_eq!(browser.get(&path).status, status, "{path}");
    }
    let seen = viewer.get(&format!("/tin-bai/{id}"));
    assert!(
        !seen.text.contains("/buoc/"),
        "a viewer has no button that acts"
    );
    let page = leader.get(&format!("/tin-bai/{id}"));
    let version = hidden(&page, "phien_ban");
    for (to, status) in [
        (format!("/tin-bai/{id}/buoc/rut"), 403),
        (format!("/bien-tap/{id}"), 403),
        (format!("/tin-bai/{id}/buoc/khong-co"), 404),
    ] {
        let fields = [
            ("phien_ban", version.as_str()),
            ("ly_do", "x"),
            ("buoc", "dang"),
        ];
        assert_eq!(viewer.form(&to, &fields).status, status, "{to}");
    }
    assert_eq!(
        Browser::of(app).get("/tin-bai").status,
        303,
        "visitors sign in first"
    );
    assert_eq!(state(app, id), "approved");
}

fn a_step_after_somebody_else_s_shows_theirs(app: &TestApp) {
    let desk = union_of(app);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let leader = signed_in(app, &desk, Role::Leader);
    let editor = signed_in(app, &desk, Role::Editor);
    let id = hand_in(&contributor, "Tin một");
    let old = leader.get(&format!("/tin-bai/{id}"));
    send(&leader, &old, &format!("/tin-bai/{id}/buoc/duyet"), &[]);
    let page = editor.get(&format!("/bien-tap/{id}"));
    let taken = leader.get(&format!("/tin-bai/{id}"));
    send(
        &leader,
        &taken,
        &format!("/tin-bai/{id}/buoc/rut"),
        &[("ly_do", "Sai số liệu")],
    );
    let stale = send(
        &editor,
        &page,
        &format!("/bien-tap/{id}"),
        &[("buoc", "dang")],
    );
    assert_page("queued_stale", &stale, 409);
    assert_eq!(state(app, id), "withdrawn");
}

fn what_came_back_is_corrected_and_sent_again(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let editor = signed_in(app, &desk, Role::Editor);
    let id = hand_in(&leader, "Tin một");
    let page = editor.get(&format!("/bien-tap/{id}"));
    let fields = [("buoc", "tra-lai"), ("ly_do", "Thiếu ảnh")];
    send(&editor, &page, &format!("/bien-tap/{id}"), &fields);
    assert_page("one_returned", &leader.get(&format!("/tin-bai/{id}")), 200);
    let edit = format!("/tin-bai/{id}/sua");
    let [form, other] = [leader.get(&edit), leader.get(&edit)];
    assert_page("edit", &form, 200);
    let typed = [
        ("ten", "Tin một, có ảnh"),
        ("loai", "bai"),
        ("noi_dung", "Mới."),
    ];
    let saved = send(&leader, &form, &edit, &typed);
    assert_eq!(saved.header("location"), format!("/tin-bai/{id}?xong=sua"));
    let mine = [
        ("ten", "Tin của tôi"),
        ("loai", "tin"),
        ("noi_dung", "Của tôi."),
    ];
    let stale = send(&leader, &other, &edit, &mine);
    assert_page("edit_stale", &stale, 409);
    let refused = send(
        &leader,
        &leader.get(&edit),
        &edit,
        &[("ten", ""), ("loai", "bai")],
    );
    assert_eq!(refused.status, 400);
    let page = leader.get(&format!("/tin-bai/{id}"));
    let again = send(&leader, &page, &format!("/tin-bai/{id}/buoc/gui-lai"), &[]);
    assert_eq!((again.status, state(app, id).as_str()), (303, "approved"));
    assert_eq!(leader.get(&edit).status, 403, "the editors have it");
}
