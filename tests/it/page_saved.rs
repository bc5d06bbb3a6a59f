//! Saved filters of lists, and the page of administrators.

use serde_json::json;
use tinbai::domain::access::Role;

use crate::both_databases;
use crate::page_items::{hidden, send, signed_in, union_of};
use crate::page_snapshots::assert_page;
use crate::support::app::TestApp;
use crate::support::page::without_ids;

both_databases!(
    a_filter_is_kept_under_a_name,
    a_bad_name_is_refused_and_kept_as_typed,
    administrators_see_how_the_service_is,
);

fn a_filter_is_kept_under_a_name(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let editor = signed_in(app, &desk, Role::Editor);
    let list = leader.get("/tin-bai?tt=submitted&q=%C4%91%E1%BB%93ng");
    let query = hidden(&list, "loc")
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    let fields = [
        ("danh_sach", "items"),
        ("loc", query.as_str()),
        ("ten", "Chờ duyệt"),
    ];
    let saved = send(&leader, &list, "/bo-loc", &fields);
    let shown = format!("/tin-bai?{query}");
    assert_eq!(saved.header("location"), format!("{shown}&xong=luu-bo-loc"));
    assert_eq!(
        send(&leader, &list, "/bo-loc", &fields).status,
        303,
        "sent twice"
    );
    let page = leader.get("/tin-bai");
    assert!(page.text.contains("Chờ duyệt</a>"), "{}", page.text);
    assert!(
        !editor.get("/tin-bai").text.contains("Chờ duyệt</a>"),
        "it is the leader's own"
    );
    let saved = leader.get("/api/v1/saved-views").text;
    let saved: serde_json::Value = serde_json::from_str(&saved).unwrap();
    assert_eq!(saved["items"].as_array().unwrap().len(), 1);
    let id = saved["items"][0]["id"].as_i64().unwrap();
    let to = format!("/bo-loc/{id}/xoa");
    assert_eq!(
        send(&editor, &editor.get("/tai-khoan"), &to, &[]).status,
        404
    );
    assert_eq!(
        send(&leader, &page, &to, &[]).header("location"),
        "/tin-bai?xong=xoa-bo-loc"
    );
    assert!(!leader.get("/tin-bai").text.contains("Chờ duyệt</a>"));
}

fn a_bad_name_is_refused_and_kept_as_typed(app: &TestApp) {
    let desk = union_of(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let list = leader.get("/tin-bai?tt=submitted");
    let long = "a".repeat(5_000);
    for name in ["", "\u{202e}x", long.as_str()] {
        let fields = [
            ("danh_sach", "items"),
            ("loc", "tt=submitted"),
            ("ten", name),
        ];
        let refused = send(&leader, &list, "/bo-loc", &fields);
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(
            refused.text.contains("<a href=\"#ten\">"),
            "{}",
            refused.text
        );
    }
    for n in 0..21 {
        let new = json!({ "list": "items", "name": format!("Lọc {n}"), "query": "tt=submitted" });
        let status = if n < 20 { 201 } else { 400 };
        assert_eq!(leader.json("/api/v1/saved-views", &new).status, status);
    }
    let bad = json!({ "list": "items", "name": "x", "query": "q=<b>" });
    assert_eq!(leader.json("/api/v1/saved-views", &bad).status, 400);
}

fn administrators_see_how_the_service_is(app: &TestApp) {
    let desk = union_of(app);
    let admin = signed_in(app, &desk, Role::Admin);
    let leader = signed_in(app, &desk, Role::Leader);
    let page = admin.get("/he-thong");
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(!page.text.contains("pages."), "{}", page.text);
    assert!(page.text.contains("Kiểm tra hạn và nhắc"), "{}", page.text);
    assert!(
        !page.text.contains("method=\"post\" action=\"/he-thong"),
        "it is read only"
    );
    // the disks of a test are those of the machine
    let (mails, rest) = page.text.split_once("<h2>Sao lưu và đĩa</h2>").unwrap();
    let (_disks, jobs) = rest.split_once("<h2>Việc theo lịch</h2>").unwrap();
    assert_page("system", "vi", &without_ids(&format!("{mails}{jobs}")), &[]);
    let late = "class=\"note soon\"><strong>Chưa có thư mục sao lưu";
    assert!(rest.contains(late), "{rest}");
    assert_eq!(leader.get("/he-thong").status, 403);
}
