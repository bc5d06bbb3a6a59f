//! Pages of events: the list, registering and correcting with the due instant, one event.

use serde_json::json;
use tinbai::domain::access::Role;

use crate::both_databases;
use crate::page_items::{hidden, send, signed_in, union_of};
use crate::support::app::{Reply, TestApp};
use crate::support::browser::Browser;
use crate::support::page::shown;

both_databases!(
    an_event_is_registered_with_its_deadline_beside_it,
    a_wrong_time_comes_again_as_it_was_typed,
    an_event_is_corrected_and_cancelled,
    a_question_is_answered,
    events_of_others_are_not_touched,
);

#[track_caller]
fn assert_page(name: &str, page: &Reply, status: u16) {
    assert_eq!(page.status, status, "{}", page.text);
    assert!(
        !page.text.contains("pages."),
        "a key without words: {}",
        page.text
    );
    insta::assert_snapshot!(format!("events_{name}"), shown(&page.text));
}

fn events(app: &TestApp) -> usize {
    app.admin().get("/api/v1/events").items().len()
}

const TYPED: [(&str, &str); 6] = [
    ("ten", "Đại hội Công đoàn xã"),
    ("tinh_chat", "thuong"),
    ("ngay", "20/11/2026"),
    ("gio", "13h"),
    ("den_ngay", ""),
    ("den_gio", "15h00"),
];

/// Registers the event of [`TYPED`]; its page's address.
fn register(browser: &Browser) -> String {
    let form = browser.get("/su-kien/moi");
    let unit = hidden(&form, "don_vi");
    let mut fields = vec![("don_vi", unit.as_str())];
    fields.extend(TYPED);
    let sent = send(browser, &form, "/su-kien/moi", &fields);
    assert_eq!(sent.status, 303, "{}", sent.text);
    sent.header("location")
        .split('?')
        .next()
        .unwrap()
        .to_owned()
}

fn an_event_is_registered_with_its_deadline_beside_it(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    assert_page("list_empty", &leader.get("/su-kien"), 200);
    let form = leader.get("/su-kien/moi");
    assert_page("form", &form, 200);
    let unit = desk.superior.id.to_string();
    let asked = "tinh_chat=thuong&ngay=20/11/2026&gio=13h&den_gio=15h00";
    let due = leader.get(&format!("/su-kien/han?don_vi={unit}&{asked}"));
    assert_page("due", &due, 200);
    assert!(
        due.text.contains("<strong>09:00 25/11</strong>"),
        "{}",
        due.text
    );
    let topical = leader.get(&format!(
        "/su-kien/han?don_vi={unit}&tinh_chat=thoi-su&ngay=20/11/2026&gio=15h"
    ));
    assert!(
        topical.text.contains("<strong>16:00</strong>"),
        "{}",
        topical.text
    );
    for wrong in ["", "ngay=31/02/2026&gio=15h", "ngay=20/11/2026&gio=25h"] {
        let due = leader.get(&format!("/su-kien/han?don_vi={unit}&{wrong}"));
        assert!(
            due.text.contains("Điền ngày, giờ để xem hạn."),
            "{wrong}: {}",
            due.text
        );
    }
    // without script a button shows the deadline, and registers nothing
    let mut fields = vec![("don_vi", unit.as_str()), ("xem", "1")];
    fields.extend(TYPED);
    let looked = send(&leader, &form, "/su-kien/moi", &fields);
    assert_eq!((looked.status, events(app)), (200, 0));
    assert!(
        looked.text.contains("<strong>09:00 25/11</strong>"),
        "{}",
        looked.text
    );
    let page = register(&leader);
    assert_eq!(events(app), 1);
    assert_page("one", &leader.get(&page), 200);
    assert_page("list", &leader.get("/su-kien"), 200);
}

fn a_wrong_time_comes_again_as_it_was_typed(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let form = leader.get("/su-kien/moi");
    let unit = desk.superior.id.to_string();
    let typed = [
        ("don_vi", unit.as_str()),
        ("ten", "<b>Hội thi</b>"),
        ("tinh_chat", "thoi-su"),
        ("ngay", "31/02/2026"),
        ("gio", "25h"),
    ];
    let refused = send(&leader, &form, "/su-kien/moi", &typed);
    assert_page("form_refused", &refused, 400);
    for (date, time, end) in [
        ("", "", ""),
        ("20/11/2026", "15h", "14h"),
        ("20/11/2099", "", ""),
    ] {
        let typed = [
            ("don_vi", unit.as_str()),
            ("ten", "Hội thi"),
            ("ngay", date),
            ("gio", time),
            ("den_gio", end),
        ];
        let refused = send(&leader, &form, "/su-kien/moi", &typed);
        assert_eq!(refused.status, 400, "{date} {time} {end}");
        assert!(!refused.text.contains("starts_"), "{}", refused.text);
    }
    assert_eq!(events(app), 0);
}

fn an_event_is_corrected_and_cancelled(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let page = register(&leader);
    let edit = format!("{page}/sua");
    let [form, other] = [leader.get(&edit), leader.get(&edit)];
    assert_page("edit", &form, 200);
    let mut fields = TYPED.to_vec();
    fields[3] = ("gio", "14:00");
    fields[5] = ("den_gio", "16:00");
    let saved = send(&leader, &form, &edit, &fields);
    assert_eq!(saved.header("location"), format!("{page}?xong=sua-su-kien"));
    assert!(
        leader.get(&page).text.contains("10:00 25/11"),
        "the deadline moved"
    );
    // somebody else's form of before
    let mut mine = TYPED.to_vec();
    mine[0] = ("ten", "Đại hội xã");
    let stale = send(&leader, &other, &edit, &mine);
    assert_page("edit_stale", &stale, 409);
    assert_eq!(
        send(&leader, &stale, &edit, &mine).status,
        303,
        "overwritten after that only"
    );
    let form = leader.get(&page);
    let refused = send(&leader, &form, &page, &[("buoc", "huy"), ("ly_do", "")]);
    assert_eq!(refused.status, 400, "{}", refused.text);
    let gone = send(&leader, &form, &page, &[("buoc", "huy"), ("ly_do", "Hoãn")]);
    assert_eq!(gone.status, 303, "{}", gone.text);
    assert_page("cancelled", &leader.get(gone.header("location")), 200);
}

fn a_question_is_answered(app: &TestApp) {
    let desk = union_of(app);
    let event = desk.event(json!({
        "title": "Hỏi về thai sản", "types": ["question"], "starts_at": "2026-11-20T14:00:00+07:00",
    }));
    let leader = signed_in(app, &desk, Role::Leader);
    let page = format!("/su-kien/{}", event.id);
    let form = leader.get(&page);
    assert_page("question", &form, 200);
    let fields = [
        ("buoc", "tra-loi"),
        ("tra_loi", "Đã trả lời qua điện thoại."),
    ];
    let done = send(&leader, &form, &page, &fields);
    assert_eq!(done.header("location"), format!("{page}?xong=tra-loi"));
    let again = send(&leader, &form, &page, &fields);
    assert_eq!(
        again.header("location"),
        done.header("location"),
        "pressed twice"
    );
    assert!(leader.get(&page).text.contains("hoàn thành đúng hạn"));
}

fn events_of_others_are_not_touched(app: &TestApp) {
    let desk = union_of(app);
    let event = desk.event(json!({
        "title": "Hội nghị tỉnh", "unit_id": desk.root.id, "starts_at": "2026-11-20T14:00:00+07:00",
    }));
    let leader = signed_in(app, &desk, Role::Leader);
    let viewer = signed_in(app, &desk, Role::Viewer);
    let page = format!("/su-kien/{}", event.id);
    assert_eq!(leader.get(&page).status, 404);
    assert_eq!(viewer.get("/su-kien/moi").status, 403);
    let seen = viewer.get(&page);
    assert_eq!(seen.status, 200);
    assert!(
        !seen.text.contains("name=\"buoc\"") && !seen.text.contains("/sua\""),
        "{}",
        seen.text
    );
    assert_eq!(viewer.get(&format!("{page}/sua")).status, 403);
    let fields = [("phien_ban", "1"), ("buoc", "huy"), ("ly_do", "x")];
    assert_eq!(viewer.form(&page, &fields).status, 403);
    assert_eq!(leader.form(&page, &fields).status, 404);
}
