//! Files for download, read back by other programs than ours.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tinbai::app::server;
use tinbai::config::HttpSettings;
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;
use tinbai::service::App;

use crate::both_databases;
use crate::page_items::signed_in;
use crate::support::app::{Reply, TestApp};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::office;
use crate::support::tree::found;

both_databases!(
    a_list_of_items_is_an_excel_file_with_types,
    the_map_and_the_trail_are_excel_files_of_what_is_filtered,
    the_monthly_table_has_a_column_for_each_kind_of_work,
    the_emulation_table_has_a_sheet_for_each_cluster_and_one_that_explains,
    every_list_of_the_pages_is_an_excel_file_and_csv,
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
    for title in [
        "Đồng Khởi & Ấp Bắc",
        "=HYPERLINK(\"http://a.example\")",
        "+84",
    ] {
        desk.hand_in(json!({ "title": title }));
        app.advance(TimeDelta::minutes(1));
    }
    let department = signed_in(app, &desk, Role::Department);
    let reply = department.get("/tin-bai.xlsx?sap=ten");
    assert!(reply.header("content-disposition").contains("tin-bai.xlsx"));
    let sheet = sheet(&reply);
    let rows = sheet["rows"].as_array().unwrap();
    let heads = json!([
        "Tên tin, bài",
        "Đơn vị",
        "Loại",
        "Trạng thái",
        "Gửi lúc",
        "Đến lúc",
        "Đăng lúc",
        "Liên kết",
        "Lĩnh vực",
        "Tác giả",
        "Sự kiện",
        "Chất lượng"
    ]);
    assert_eq!(rows[0], heads);
    let titles: Vec<&Value> = rows.iter().skip(1).map(|row| &row[0]).collect();
    assert_eq!(
        titles,
        [
            "+84",
            "=HYPERLINK(\"http://a.example\")",
            "Đồng Khởi & Ấp Bắc"
        ]
    );
    // real instants, in local time
    assert_eq!(rows[3][4], json!({ "time": "2026-11-20 08:00" }));
    assert_eq!(
        (&sheet["frozen"], &sheet["filter"], &sheet["repeats"]),
        (&json!("A2"), &json!("A1:L4"), &json!("$1:$1"))
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
    assert_eq!(
        (&row[row.len() - 2], &row[row.len() - 1]),
        (&json!(1), &json!(2))
    );
    assert_eq!(map["head"], "Bản đồ chỉ tiêu năm 2026");

    let trail = sheet(&app.admin().get("/api/v1/trail.xlsx?entity=item"));
    let rows = trail["rows"].as_array().unwrap();
    assert_eq!(rows[0][0], "Số");
    assert!(
        rows.len() > 1 && rows[1][0].is_i64() && rows[1][1]["time"].is_string(),
        "{rows:?}"
    );
    let same = sheet(&department.get("/nhat-ky.xlsx?loai=item"));
    assert_eq!(same["rows"].as_array().unwrap().len(), rows.len());
}

fn every_list_of_the_pages_is_an_excel_file_and_csv(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let of_unit = json!({ "type": "unit", "code": desk.superior.code });
    desk.plan(&[
        quota(superiors(), &["tin"], "month", 2),
        quota(of_unit, &["bai"], "quarter", 1),
    ]);
    let plan = app.admin().get("/api/v1/plans?year=2026").items()[0]["id"].clone();
    desk.person(&desk.superior, Role::Leader, "Trưởng đơn vị");
    desk.event(json!({ "title": "Đại hội", "starts_at": "2026-11-25T08:00:00+07:00" }));
    let department = signed_in(app, &desk, Role::Department);
    let unit = desk.superior.id;
    let mut told = Vec::new();
    for (page, link) in [
        (
            "/don-vi?loai=superior".to_owned(),
            "/don-vi.xlsx?loai=superior",
        ),
        ("/su-kien?q=dai+hoi".to_owned(), "/su-kien.xlsx?q=dai+hoi"),
        ("/su-kien?tat-ca=1".to_owned(), "/su-kien.xlsx?tat-ca=1"),
        (
            format!("/viec/danh-sach?don-vi={unit}"),
            "/viec/danh-sach.xlsx?don-vi=",
        ),
        (
            "/nguoi?vai-tro=leader".to_owned(),
            "/nguoi.xlsx?vai-tro=leader",
        ),
        ("/thu-di?tt=cho".to_owned(), "/thu-di.xlsx?tt=cho"),
        (
            format!("/ke-hoach/{plan}"),
            "/ke-hoach/quy-tac.xlsx?ke_hoach=",
        ),
        (
            format!("/ke-hoach/{plan}"),
            "/ke-hoach/chi-tieu.xlsx?ke_hoach=",
        ),
        (
            "/lich/ben-tre/2026-09".to_owned(),
            "/lich/ngay-nghi.xlsx?lich=ben-tre",
        ),
    ] {
        let shown = department.get(&page);
        assert_eq!(shown.status, 200, "{page}: {}", shown.text);
        let address = shown.text.split('"').find(|part| part.starts_with(link));
        let address = address.unwrap_or_else(|| panic!("{page} links to no {link}"));
        let address = address.replace("&#38;", "&");
        let table = sheet(&department.get(&address));
        told.push(format!("{link} {}", table["head"]));
        let rows = table["rows"].as_array().unwrap();
        told.extend(rows.iter().map(|row| format!("  {row}")));
        let csv = department.get(&address.replace(".xlsx", ".csv"));
        assert_eq!(csv.status, 200, "{address}");
        assert_eq!(csv.text.lines().count(), rows.len(), "{}", csv.text);
    }
    insta::assert_snapshot!("files_of_lists", told.join("\n"));
    let waiting = sheet(&department.get("/gia-han.xlsx"));
    assert_eq!(waiting["rows"].as_array().unwrap().len(), 1, "nobody asks");
    assert_eq!(department.get("/ke-hoach/quy-tac.csv").status, 400);
    assert_eq!(department.get("/viec/danh-sach.csv?nam=99999").status, 400);
    for address in [
        "/lich/ngay-nghi.csv",
        "/lich/ngay-nghi.csv?lich=ben-tre&nam=99999",
    ] {
        assert_eq!(department.get(address).status, 400, "{address}");
    }
    assert_eq!(
        department
            .get("/lich/ngay-nghi.csv?lich=khac&nam=2026")
            .status,
        404
    );
    let nobody = app.nobody().get("/nguoi.xlsx");
    assert!(matches!(nobody.status, 303 | 401), "{}", nobody.status);
}

fn an_excel_file_is_refused_where_the_list_is_too_long_or_too_many_are_written(app: &TestApp) {
    let desk = Desk::new(app);
    for n in 0..4 {
        desk.hand_in(json!({ "title": format!("Tin {n}") }));
    }
    app.expect_unread_mails();
    let admin = app.admin();
    let strict = |change: fn(&mut HttpSettings)| {
        let mut settings = (*app.house.settings).clone();
        change(&mut settings.http);
        server::start(
            App::new(app.store.clone(), settings),
            app.clock.clone(),
            None,
        )
        .unwrap()
    };
    let short = strict(|http| http.sheet_rows = 3);
    let there = admin.at(short.address());
    let refused = there.get("/api/v1/trail.xlsx?entity=item");
    assert_eq!(refused.faults(400), [" sheet_rows"]);
    let told = refused.expect(400)["errors"][0]["message"].to_string();
    assert!(told.contains('3') && told.contains("CSV"), "{told}");
    // doing what the message says helps
    let id = &admin.get("/api/v1/items").items()[0]["id"];
    let narrowed = there.get(&format!("/api/v1/trail.xlsx?entity=item&entity_id={id}"));
    let rows = sheet(&narrowed)["rows"].as_array().unwrap().len();
    assert!((2..=4).contains(&rows), "{rows}");
    assert_eq!(there.get("/api/v1/trail.csv?entity=item").status, 200);
    short.stop().unwrap();

    let full = strict(|http| http.exports_at_once = 0);
    let refused = admin.at(full.address()).get("/api/v1/trail.xlsx");
    assert_eq!(refused.expect(503)["type"], "urn:tinbai:problem:crowded");
    full.stop().unwrap();
}

fn the_monthly_table_has_a_column_for_each_kind_of_work(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    desk.plan(&[
        quota(superiors(), &["tin"], "month", 2),
        quota(superiors(), &["bai_chuyen_sau"], "quarter", 1),
    ]);
    let event = desk.event(json!({ "title": "Đại hội", "starts_at": "2026-11-20T08:00:00+07:00" }));
    desk.published(json!({}));
    // late, and an hour before nobody waits for it any more
    app.set_clock("2026-11-27T06:00:00+07:00");
    desk.published(json!({ "event_id": event.id }));
    app.set_clock("2026-12-05T08:00:00+07:00");
    desk.sweep();
    let path = format!(
        "/api/v1/reports/monthly.xlsx?unit={}&month=2026-11",
        desk.root.id
    );
    let table = sheet(&app.admin().get(&path));
    let rows = table["rows"].as_array().unwrap();
    assert_eq!(
        rows[0],
        json!([
            "Đơn vị",
            "Loại đơn vị",
            "Cụm",
            "Tin: phải có",
            "Tin: đã có",
            "Tin: muộn",
            "Tin về sự kiện: phải có",
            "Tin về sự kiện: đã có",
            "Tin về sự kiện: muộn",
            "Cộng: phải có",
            "Cộng: đã có",
            "Cộng: muộn"
        ])
    );
    let numbers = |row: &Value| row.as_array().unwrap()[3..].to_vec();
    // two tin were owed and are there; the news of the event came late
    assert_eq!(
        numbers(&rows[1]),
        [2, 2, 0, 1, 1, 1, 3, 3, 1].map(|n| json!(n))
    );
    assert_eq!(rows[2][0], "Cộng");
    assert_eq!(numbers(&rows[2]), numbers(&rows[1]));
    assert_eq!(rows.len(), 3);
    // filters leave the sums where they are
    assert_eq!(table["filter"], "A1:L2");
    // the quota of the quarter is one of December
    let path = format!(
        "/api/v1/reports/monthly.csv?unit={}&month=2026-12",
        desk.root.id
    );
    let december = app.admin().get(&path);
    assert!(
        december.text.contains("\"Bài chuyên sâu: phải có\""),
        "{}",
        december.text
    );
    let faults = |path: &str| app.admin().get(path).faults(400);
    let root = desk.root.id;
    assert_eq!(
        faults(&format!("/api/v1/reports/monthly.xlsx?unit={root}&month=x")),
        ["month month"]
    );
    let unknown = app
        .admin()
        .get("/api/v1/reports/monthly.xlsx?unit=999&month=2026-11");
    assert_eq!(unknown.status, 404);
}

fn the_emulation_table_has_a_sheet_for_each_cluster_and_one_that_explains(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let admin = app.admin();
    for (code, cluster) in [("huyen-b", Some("Cụm biển")), ("huyen-c", Some("Cụm biển"))] {
        let unit = found(app, code, Category::Superior, Some(&desk.root));
        let path = format!("/api/v1/units/{}", unit.id);
        admin
            .knowing(1)
            .patch(&path, &json!({ "cluster": cluster }))
            .expect(200);
    }
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    desk.published(json!({}));
    let scheme = json!({ "preset": "national", "document_number": "12/HD-LĐLĐ", "document_date": "2026-01-15" });
    let path = format!("/api/v1/score-schemes/{}/2026/superior", desk.root.id);
    admin.knowing(0).put(&path, &scheme).expect(200);
    app.set_clock("2026-12-05T08:00:00+07:00");
    desk.sweep();
    let path = format!(
        "/api/v1/reports/emulation/2026.xlsx?unit={}&category=superior",
        desk.root.id
    );
    let reply = admin.get(&path);
    assert_eq!(reply.status, 200, "{}", reply.text);
    let book = office::read("xlsx", &reply.bytes);
    let sheets = book["sheets"].as_array().unwrap();
    let names: Vec<&str> = sheets
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Cụm biển", "Không thuộc cụm nào", "Giải thích"]);
    let rows = sheets[0]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    let head = rows[0].as_array().unwrap();
    let totals = head.iter().position(|name| name == "Tổng điểm").unwrap();
    assert!(rows[1][totals].is_number(), "{rows:?}");
    assert!(
        book["title"].as_str().unwrap().contains("tạm tính đến"),
        "{book}"
    );
    let told = sheets[2]["rows"].to_string();
    for part in ["12/HD-LĐLĐ, 15/01/2026", "tạm tính đến 08:00 05/12/2026"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let department = signed_in(app, &desk, Role::Department);
    let page = department.get("/diem/2026?loai=superior");
    let link = page
        .text
        .split('"')
        .find(|part| part.starts_with("/diem.xlsx?nam=2026"));
    let table = sheet(&department.get(&link.unwrap().replace("&#38;", "&")));
    let rows = table["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    let of_cluster = rows.iter().find(|row| row[0] == "Cụm biển");
    assert!(of_cluster.unwrap()[3].is_number(), "{rows:?}");
    let csv = admin.get(&path.replace(".xlsx", ".csv"));
    assert_eq!(csv.text.lines().count(), 4, "{}", csv.text);
}
