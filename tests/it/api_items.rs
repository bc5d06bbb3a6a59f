//! Items through HTTP.

use serde_json::{Value, json};
use tinbai::domain::access::Role;

use crate::both_databases;
use crate::support::app::{Client, TestApp, texts};
use crate::support::desk::{Desk, quota, superiors};

both_databases!(
    an_item_goes_its_way_through_http,
    an_item_is_returned_and_comes_again_through_http,
    an_editor_records_what_came_by_mail,
    every_fault_of_an_item_names_its_field,
    items_come_in_pages_and_by_what_is_asked,
);

fn new_item(desk: &Desk<'_>) -> Value {
    json!({
        "unit_id": desk.superior.id, "kind": "tin", "title": "Tin số một", "field": "tuyen_giao",
        "body": "Sáng nay...", "happened_on": "2026-11-19"
    })
}

fn take(client: &Client, item: &Value, step: &str, body: Value) -> crate::support::app::Reply {
    client
        .knowing(item["version"].as_i64().unwrap())
        .post(&format!("/api/v1/items/{}/{step}", item["id"]), &body)
}

fn an_item_goes_its_way_through_http(app: &TestApp) {
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    let contributor = app.client_of(Role::Contributor, Some(&desk.superior));
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let editor = app.client_of(Role::Editor, Some(&desk.root));
    let made = contributor
        .with("Idempotency-Key", "tin-1")
        .post("/api/v1/items", &new_item(&desk));
    let item = made.expect(201);
    assert_eq!(
        (made.header("etag"), &item["state"], &item["arrived_at"]),
        ("\"1\"", &json!("submitted"), &Value::Null)
    );
    assert_eq!(
        contributor
            .with("Idempotency-Key", "tin-1")
            .post("/api/v1/items", &new_item(&desk))
            .expect(201),
        item
    );

    take(&contributor, &item, "approve", json!({})).faults(403);
    take(&editor, &item, "publish", json!({})).faults(409);
    let approved = take(&leader, &item, "approve", json!({})).expect(200);
    assert_eq!(
        (&approved["state"], &approved["arrived_at"]),
        (&json!("approved"), &json!("2026-11-20T08:00:00+07:00"))
    );
    take(&leader, &item, "approve", json!({})).faults(412);
    assert_eq!(
        take(&editor, &approved, "publish", json!({"grade": 9})).faults(400),
        ["grade number_range"]
    );
    let url = "https://congdoan.example/tin-1";
    let published = take(&editor, &approved, "publish", json!({"url": url})).expect(200);
    assert_eq!(
        (&published["state"], &published["url"]),
        (&json!("published"), &json!(url))
    );
    assert_eq!(published["credits"][0]["status"], "counted");
    let graded = take(&editor, &published, "grade", json!({"grade": 4})).expect(200);
    assert_eq!(
        texts(graded["steps"].as_array().unwrap(), "action"),
        ["submit", "approve", "publish", "grade"]
    );
    take(&leader, &graded, "withdraw", json!({"reason": "Sai"})).faults(403);
    let gone = take(
        &editor,
        &graded,
        "withdraw",
        json!({"reason": "Sai số liệu"}),
    )
    .expect(200);
    assert_eq!(
        (&gone["state"], &gone["credits"][0]["status"]),
        (&json!("withdrawn"), &json!("void"))
    );
    assert_eq!(
        leader
            .get(&format!("/api/v1/items/{}", item["id"]))
            .expect(200),
        gone
    );
    app.client_of(Role::Leader, Some(&desk.office))
        .get(&format!("/api/v1/items/{}", item["id"]))
        .faults(404);
}

fn an_item_is_returned_and_comes_again_through_http(app: &TestApp) {
    let desk = Desk::new(app);
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let editor = app.client_of(Role::Editor, Some(&desk.root));
    let item = leader.post("/api/v1/items", &new_item(&desk)).expect(201);
    assert_eq!(
        take(&editor, &item, "return", json!({})).faults(400),
        ["reason required"]
    );
    let returned = take(&editor, &item, "return", json!({"reason": "Thiếu ảnh"})).expect(200);
    assert_eq!(returned["return_lapses_at"], "2026-11-26T07:00:00+07:00");
    let path = format!("/api/v1/items/{}", item["id"]);
    let changed = leader
        .knowing(2)
        .patch(&path, &json!({"body": "Có ảnh", "field": null}))
        .expect(200);
    assert_eq!(
        (&changed["body"], &changed["field"]),
        (&json!("Có ảnh"), &Value::Null)
    );
    let again = take(&leader, &changed, "resubmit", json!({})).expect(200);
    assert_eq!(
        (&again["state"], &again["arrived_at"]),
        (&json!("approved"), &item["arrived_at"])
    );
    leader
        .knowing(4)
        .patch(&path, &json!({"title": "x"}))
        .faults(403);
    let incomplete = take(
        &editor,
        &again,
        "incomplete",
        json!({"reason": "Thiếu tên"}),
    )
    .expect(200);
    assert_eq!(
        (&incomplete["state"], &incomplete["arrived_at"]),
        (&json!("returned"), &Value::Null)
    );
    let rejected = take(&editor, &incomplete, "reject", json!({"reason": "Trùng"})).expect(200);
    take(&leader, &rejected, "resubmit", json!({})).faults(409);
}

fn an_editor_records_what_came_by_mail(app: &TestApp) {
    let desk = Desk::new(app);
    let editor = app.client_of(Role::Editor, Some(&desk.root));
    let mut item = new_item(&desk);
    item["channel"] = json!("mail");
    item["arrival"] = json!({"at": "2026-11-19T16:00:00+07:00", "reason": "Thư đến chiều qua"});
    app.client_of(Role::Leader, Some(&desk.superior))
        .post("/api/v1/items", &item)
        .faults(403);
    let recorded = editor.post("/api/v1/items", &item).expect(201);
    assert_eq!(
        (&recorded["arrived_at"], &recorded["steps"][0]["reason"]),
        (
            &json!("2026-11-19T16:00:00+07:00"),
            &json!("Thư đến chiều qua")
        )
    );
    let earlier = json!({"at": "2026-11-19T15:59:00+07:00", "reason": "Theo máy chủ thư"});
    let corrected = take(&editor, &recorded, "arrival", earlier).expect(200);
    assert_eq!(corrected["arrived_at"], "2026-11-19T15:59:00+07:00");
}

fn every_fault_of_an_item_names_its_field(app: &TestApp) {
    let desk = Desk::new(app);
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let with = |name: &str, value: Value| {
        let mut item = new_item(&desk);
        item[name] = value;
        leader.post("/api/v1/items", &item).faults(400)
    };
    assert_eq!(with("colour", json!("red")), ["colour json_unknown_field"]);
    assert_eq!(with("authors", json!("7")), ["authors json_list"]);
    assert_eq!(
        with("happened_on", json!("2026-02-30")),
        ["happened_on json_date"]
    );
    assert_eq!(with("kind", json!("tho")), ["kind rule_kind_unknown"]);
    assert_eq!(with("authors", json!([999])), ["authors not_found"]);
    assert_eq!(
        with("event", json!({"title": "x", "starts_on": "2029-01-01"})),
        ["event.starts_on event_too_far"]
    );
    assert_eq!(with("url", json!("javascript:alert(1)")), ["url url"]);
    assert!(leader.get("/api/v1/items").items().is_empty());
}

fn items_come_in_pages_and_by_what_is_asked(app: &TestApp) {
    let desk = Desk::new(app);
    for title in ["Đại hội", "Hội thao", "Họp báo"] {
        desk.hand_in(json!({"title": title}));
    }
    let viewer = app.client_of(Role::Viewer, Some(&desk.root));
    let first = viewer.get("/api/v1/items?limit=2").expect(200);
    assert_eq!(
        texts(first["items"].as_array().unwrap(), "title"),
        ["Họp báo", "Hội thao"]
    );
    let next = viewer.get(&format!(
        "/api/v1/items?limit=2&cursor={}",
        first["next_cursor"].as_str().unwrap()
    ));
    assert_eq!(texts(&next.items(), "title"), ["Đại hội"]);
    let asked = |query: &str| {
        texts(
            &viewer.get(&format!("/api/v1/items?{query}")).items(),
            "title",
        )
    };
    assert_eq!(asked("q=dai&state=approved&kind=tin"), ["Đại hội"]);
    assert_eq!(asked("to=2026-11-19"), Vec::<String>::new());
    assert_eq!(
        asked(&format!(
            "from=2026-11-20&below=true&unit_id={}",
            desk.superior.id
        ))
        .len(),
        3
    );
    assert_eq!(
        viewer.get("/api/v1/items?state=lost").faults(400),
        ["state json_variant"]
    );
}
