//! Files for download, read back by other programs than ours.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::service::App;
use tinbai::app::server;

use crate::both_databases;
use crate::edge::execute;
use crate::page_items::signed_in;
use crate::support::app::{Reply, TestApp};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::office;


both_databases!(
    a_list_of_items_is_an_excel_file_with_types,
    the_map_and_the_trail_are_excel_files_of_what_is_filtered,
    an_excel_file_is_refused_where_the_list_is_too_long_or_too_many_are_written,
);

/// The only sheet of an Excel file.
fn sheet(reply: &Reply) -> Value {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!((reply.status, reply.header("content-type")), (200, kind));
    let book = office::read("xlsx", &reply.bytes);
    let sheets = book["sheets"].as_array().unwrap();
    assert_eq!(sheets.len(), 1);
    sheets[0].clone()
}

fn a_list_of_items_is_an_excel_file_with_types(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    for title in ["Đồng Khởi & Ấp Bắc", "=HYPERLINK(\"http://a.example\")", "+84"] {
        desk.hand_in(json!({ "title": title }));
        app.advance(TimeDelta::minutes(1));
    }
    let department = signed_in(app, &desk, Role::Department);
    let reply = department.get("/tin-bai.xlsx?sap=ten");
    assert!(reply.header("content-disposition").contains("tin-bai.xlsx"));
    let sheet = sheet(&reply);
    let rows = sheet["rows"].as_array().unwrap();
    let heads = json!([
        "Tên tin, bài", "Đơn vị", "Loại", "Trạng thái", "Gửi lúc", "Đến lúc", "Đăng lúc", "Liên kết"
    ]);
    assert_eq!(rows[0], heads);
    let titles: Vec<&Value> = rows.iter().skip(1).map(|row| &row[0]).collect();
    assert_eq!(
        titles,
        ["+84", "=HYPERLINK(\"http://a.example\")", "Đồng Khởi & Ấp Bắc"]
    );
    // real instants, in local time
    assert_eq!(rows[3][4], json!({ "time": "2026-11-20 08:00" }));
    assert_eq!(
        (&sheet["frozen"], &sheet["filter"], &sheet["repeats"]),
        (&json!("A2"), &json!("A1:H4"), &json!("$1:$1"))
    );
    assert_eq!(sheet["paper"], json!(["landscape", 9]));
    assert_eq!(sheet["head"], "Danh sách tin, bài");
    // what is filtered, and in the language of the reader
    let found = department.get("/tin-bai.xlsx?q=dong+khoi");
    let found = self::sheet(&found);
    assert_eq!(found["rows"].as_array().unwrap().len(), 2);
}

fn the_map_and_the_trail_are_excel_files_of_what_is_filtered(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    desk.published(json!({}));
    let department = signed_in(app, &desk, Role::Department);
    let map = sheet(&department.get("/ban-do.xlsx?nam=2026&loai=superior"));
    let rows = map["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    let row = rows[1].as_array().unwrap();
    assert_eq!((&row[row.len() - 2], &row[row.len() - 1]), (&json!(1), &json!(4)));
    assert_eq!(map["head"], "Bản đồ chỉ tiêu năm 2026");

    let trail = sheet(&app.admin().get("/api/v1/trail.xlsx?entity=item"));
    let rows = trail["rows"].as_array().unwrap();
    assert_eq!(rows[0][0], "Số");
    assert!(rows.len() > 1 && rows[1][0].is_i64() && rows[1][1]["time"].is_string(), "{rows:?}");
    let admin = signed_in(app, &desk, Role::Department);
    let same = sheet(&admin.get("/nhat-ky.xlsx?loai=item"));
    assert_eq!(same["rows"].as_array().unwrap().len(), rows.len());
}

fn an_excel_file_is_refused_where_the_list_is_too_long_or_too_many_are_written(app: &TestApp) {
    execute(
        app,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001)
         INSERT INTO audit (at, actor_id, actor, action, entity, entity_id)
         SELECT 1790000000000000 + i, 'token:7', 'token:7 (Máy quét)', 'thử', 'item', CAST(i AS TEXT) FROM n",
    );
    let admin = app.admin();
    let refused = admin.get("/api/v1/trail.xlsx?entity=item");
    assert_eq!(refused.faults(400), [" sheet_rows"]);
    let told = refused.expect(400)["errors"][0]["message"].to_string();
    assert!(told.contains("100000") && told.contains("CSV"), "{told}");
    // doing what the message says helps
    let narrowed = admin.get("/api/v1/trail.xlsx?entity=item&entity_id=7");
    assert_eq!(sheet(&narrowed)["rows"].as_array().unwrap().len(), 2);

    let mut settings = (*app.house.settings).clone();
    settings.http.exports_at_once = 0;
    let full = App::new(app.store.clone(), settings);
    let full = server::start(full, app.clock.clone(), None).unwrap();
    let refused = admin.at(full.address()).get("/api/v1/trail.xlsx");
    assert_eq!(refused.expect(503)["type"], "urn:tinbai:problem:crowded");
    full.stop().unwrap();
}
