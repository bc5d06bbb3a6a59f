//! What an import leaves behind: its record, taking it back, files with remarks, templates; and a year
//! of the past in one file.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::office::sheet_in::{Wanted, read};
use tinbai::service::obligations::open;
use tinbai::store::units::find_by_code;

use crate::both_databases;
use crate::imports::{book, places};
use crate::page_items::signed_in;
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, PASSWORD, mailed_link};
use crate::support::desk::{Desk, quota, superiors};

both_databases!(
    an_import_is_remembered_and_taken_back_while_nothing_depends_on_it,
    what_depends_on_an_import_is_named_and_nothing_is_taken_back,
    a_unit_that_exists_below_an_unknown_one_is_a_fault_of_its_row,
    the_set_up_enters_the_file_that_it_showed,
    a_file_comes_back_with_remarks,
    a_template_can_be_filled_in_and_sent,
    a_year_of_the_past_gives_the_standings_of_day_by_day,
    a_file_is_imported_by_pages,
    a_file_of_five_megabytes_is_looked_at_and_entered,
);

const PEOPLE: &str =
    "Đơn vị,Họ tên,Vai trò\nhuyen,Người Một,người xem\nhuyen,Người Hai,người viết\n";
const UNITS: &str =
    "code,name,category,parent_code\nx,Xã X,cơ sở,y\ny,Huyện Y,cấp trên cơ sở,tinh\n";
const ITEMS: &str = "Đơn vị,Loại,Tiêu đề,Ngày gửi,Đã đăng\nhuyen,tin,Một,03/11/2026 08:00,x\nhuyen,tin,Hai,04/11/2026 08:00,\n";
const EVENTS: &str = "Đơn vị,Tên sự kiện,Bắt đầu\nhuyen,Hội nghị,25/11/2026 14:00\n";
const TARGETS: &str = "Đơn vị,Loại,Kỳ,Số lượng,Năm\nhuyen,tin,tháng,2,2027\n";
const HOLIDAYS: &str = "Ngày,Tên\n30/12/2026,Nghỉ hội\n";

fn an_import_is_remembered_and_taken_back_while_nothing_depends_on_it(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::on_own_calendar(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    for (kind, file) in [
        ("units", UNITS),
        ("people", PEOPLE),
        ("items", ITEMS),
        ("events", EVENTS),
        ("targets", TARGETS),
        ("holidays", HOLIDAYS),
    ] {
        let path = format!("/api/v1/imports/{kind}");
        let done = department
            .upload(&format!("{path}?name=tep.csv"), file.as_bytes())
            .expect(200);
        let entry = department.get("/api/v1/imports").items().remove(0);
        assert_eq!(
            (
                &entry["id"],
                &entry["kind"],
                &entry["file_name"],
                &entry["created"],
                &entry["undone_at"]
            ),
            (
                &done["import_id"],
                &json!(kind),
                &json!("tep.csv"),
                &done["created"]["total"],
                &Value::Null
            ),
        );
        let undo = format!("/api/v1/imports/{}/undo", entry["id"]);
        let reply = department.post(&undo, &json!({}));
        assert_eq!(reply.status, 200, "{kind}: {}", reply.text);
        assert_ne!(reply.expect(200)["undone_at"], Value::Null);
        department.post(&undo, &json!({})).faults(409);
        let again = department.upload(&path, file.as_bytes()).expect(200);
        // units are revived, all else is entered anew
        let new = again["created"]["total"].as_u64().unwrap();
        assert!(new > 0, "{kind}: {again:#}");
        assert_eq!(again["changed"]["total"], 0, "{kind}: {again:#}");
        let units = department.get("/api/v1/units?q=huyen").items();
        assert!(
            units.iter().all(|unit| unit["ended_on"].is_null()),
            "{units:?}"
        );
    }
    let below = app.client_of(Role::Department, Some(&desk.superior));
    let seen = below.get("/api/v1/imports").items();
    assert_eq!(seen, Vec::<Value>::new(), "imports of a unit above");
}

fn what_depends_on_an_import_is_named_and_nothing_is_taken_back(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let units = department
        .upload("/api/v1/imports/units", UNITS.as_bytes())
        .expect(200);
    let people = "Đơn vị,Họ tên,Vai trò,Thư\ny,Người Ba,người xem,ba@huyen.example\n";
    let people = department
        .upload("/api/v1/imports/people", people.as_bytes())
        .expect(200);
    let undo = |import: &Value| {
        department.post(
            &format!("/api/v1/imports/{}/undo", import["import_id"]),
            &json!({}),
        )
    };
    let refused = undo(&units).expect(409);
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("Huyện Y") && detail.contains("1 người"),
        "{detail}"
    );
    // nor a person who has set a password
    let id = people["created"]["rows"][0]["id"].as_str().unwrap();
    let invite = json!({ "person_id": id.parse::<i64>().unwrap() });
    app.admin().post("/api/v1/accounts", &invite).expect(201);
    let typed = [("password", PASSWORD), ("again", PASSWORD)];
    Browser::of(app).form(&mailed_link(app), &typed);
    let refused = undo(&people).expect(409);
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("Người Ba") && detail.contains("tài khoản"),
        "{detail}"
    );
    let x = department.get("/api/v1/units?q=x").items();
    assert!(x.iter().all(|unit| unit["ended_on"].is_null()), "{x:?}");
    let items = department
        .upload("/api/v1/imports/items", ITEMS.as_bytes())
        .expect(200);
    let id = &items["created"]["rows"][1]["id"];
    let item = department
        .get(&format!("/api/v1/items/{}", id.as_str().unwrap()))
        .expect(200);
    department
        .knowing(item["version"].as_i64().unwrap())
        .post(
            &format!("/api/v1/items/{}/publish", id.as_str().unwrap()),
            &json!({}),
        )
        .expect(200);
    let refused = undo(&items).expect(409);
    assert!(
        refused["detail"].as_str().unwrap().contains("Hai"),
        "{refused:#}"
    );
    let states: Vec<Value> = department
        .get("/api/v1/items")
        .items()
        .iter()
        .map(|item| item["state"].clone())
        .collect();
    assert_eq!(states, ["published", "published"]);
}

fn a_unit_that_exists_below_an_unknown_one_is_a_fault_of_its_row(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    for above in ["khong-co", ""] {
        let file = format!("Mã,Tên,Loại,Cấp trên\nhuyen,Đơn vị huyen,cấp trên cơ sở,{above}\n");
        let refused = department.upload("/api/v1/imports/units", file.as_bytes());
        let refused = refused.expect(400);
        assert!(refused["errors"][0]["field"].is_string(), "{refused:#}");
    }
}

fn the_set_up_enters_the_file_that_it_showed(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let browser = signed_in(app, &desk, Role::Admin);
    let form = browser.get("/thiet-lap/don-vi");
    let key = crate::page_items::hidden(&form, "khoa");
    let pasted = "Mã,Tên,Loại,Cấp trên\nxx,Dán,cơ sở,tinh\n";
    let file = "Mã,Tên,Loại,Cấp trên\nyy,Trong tệp,cơ sở,tinh\n";
    let fields = [("khoa", key.as_str()), ("danh_sach", pasted)];
    let shown = upload(&browser, "/thiet-lap/don-vi", &fields, file.as_bytes());
    let shown = shown.expect_page(200);
    assert!(shown.contains("Trong tệp"), "{shown}");
    assert!(!shown.contains("name=\"danh_sach\""), "{shown}");
    let enter = |shown: &str| {
        let [key, carried, name] = ["khoa", "tep_mang", "ten"].map(|name| hidden(shown, name));
        let fields = [
            ("khoa", key.as_str()),
            ("tep_mang", &carried),
            ("ten", &name),
        ];
        upload(&browser, "/thiet-lap/don-vi/xac-nhan", &fields, b"")
    };
    let entered = enter(&shown);
    assert_eq!(entered.status, 303, "{}", entered.text);
    // it stands in the record as every other import, and can be taken back and entered again
    let list = browser.get("/nhap-tep").expect_page(200);
    assert!(
        list.contains("đơn vị.xlsx") && list.contains("1 mới"),
        "{list}"
    );
    let admin = app.client_of(Role::Department, Some(&desk.root));
    let entry = admin.get("/api/v1/imports").items().remove(0);
    assert_eq!(
        (&entry["kind"], &entry["created"], &entry["undone_at"]),
        (&json!("units"), &json!(1), &Value::Null)
    );
    let ended = || {
        let unit = app.store.read(|conn| find_by_code(conn, "yy"));
        unit.unwrap().unwrap().ended_on
    };
    assert_eq!(ended(), None);
    let undo = format!("/api/v1/imports/{}/undo", entry["id"]);
    admin.post(&undo, &json!({})).expect(200);
    assert_ne!(ended(), None);
    let form = browser.get("/thiet-lap/don-vi");
    let key = crate::page_items::hidden(&form, "khoa");
    let again = upload(
        &browser,
        "/thiet-lap/don-vi",
        &[("khoa", &key)],
        file.as_bytes(),
    );
    let again = again.expect_page(200);
    assert_eq!(enter(&again).status, 303);
    assert_eq!(ended(), None);
}

fn a_file_comes_back_with_remarks(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let file = book(
        "Đơn vị",
        &[
            &["DANH SÁCH"],
            &["Mã", "Tên", "Loại"],
            &["A B", "=1+1", "huyện"],
            &["c", "C", "cơ sở"],
        ],
    );
    let path = "/api/v1/imports/units?dry_run=true&remarks=true";
    let marked = department.download(path, &file);
    let sheet = read(&marked, Wanted::Named("Đơn vị"))
        .unwrap()
        .sheets
        .remove(0);
    let text = |row: usize, column: u16| sheet.rows[row].cell(column).map(|cell| cell.value.text());
    assert_eq!(text(1, 3).as_deref(), Some("Ghi chú"));
    assert_eq!(text(2, 1).as_deref(), Some("=1+1"));
    let remark = text(2, 3).unwrap();
    assert!(
        remark.contains("Mã: ") && remark.contains("Loại: "),
        "{remark}"
    );
    // the column of remarks is no hindrance when the file is sent again
    let again = department
        .upload("/api/v1/imports/units?dry_run=true", &marked)
        .expect(200);
    let header = |column: &Value| column["header"] == "Ghi chú" && column["column"].is_null();
    assert!(
        again["sheets"][0]["columns"]
            .as_array()
            .unwrap()
            .iter()
            .any(header),
        "{again:#}"
    );
}

fn a_template_can_be_filled_in_and_sent(app: &TestApp) {
    let desk = Desk::on_own_calendar(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    for (kind, row) in [
        ("units", &["x", "Xã X", "cơ sở", "tinh"][..]),
        ("people", &["huyen", "Người Mẫu", "", "", "người xem"]),
        ("items", &["huyen", "tin", "Tin", "03/11/2026"]),
        ("events", &["huyen", "Hội nghị", "25/11/2026"]),
        ("holidays", &["30/12/2026", "Nghỉ hội"]),
        ("targets", &["huyen", "tin", "tháng", "2"]),
    ] {
        let path = format!("/api/v1/imports/{kind}");
        let template = department.fetch(&format!("{path}/template.xlsx"));
        let dry = format!("{path}?dry_run=true");
        // an example alone is nothing to enter
        let alone = department.upload(&dry, &template).faults(400);
        assert_eq!(alone, ["file sheet_only_examples"], "{kind}");
        let filled = filled_in(&template, row);
        let tried = department.upload(&dry, &filled).expect(200);
        assert_eq!(tried["sheets"][0]["lacking"], json!([]), "{kind}");
        let unknown = tried["sheets"][0]["columns"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|column| column["column"].is_null());
        assert_eq!(unknown.count(), 0, "{kind}: {tried:#}");
        assert_eq!(
            (places(&tried), &tried["warnings"]["rows"][0]["code"]),
            (Vec::new(), &json!("sheet_example")),
            "{kind}: {tried:#}"
        );
        assert_eq!(
            (
                &tried["warnings"]["total"],
                &tried["warnings"]["rows"][0]["row"]
            ),
            (&json!(1), &json!(2)),
            "{kind}"
        );
        let expected = if kind == "targets" { 2 } else { 1 };
        assert_eq!(tried["created"]["total"], expected, "{kind}: {tried:#}");
        // the example without its sign is one that could be entered
        let entered = as_data(&template);
        let tried = department.upload(&dry, &entered).expect(200);
        assert_eq!(places(&tried), Vec::<String>::new(), "{kind}: {tried:#}");
    }
    let whole = department.fetch("/api/v1/imports/legacy/template.xlsx");
    let sheets = read(&whole, Wanted::AllOf(&["don vi", "nguoi", "tin bai"]))
        .unwrap()
        .sheets;
    assert_eq!(sheets.len(), 3);
}

/// The cells of the first sheet of a workbook, rows and columns from 0.
fn cells(file: &[u8]) -> (String, Vec<(u32, u16, String)>) {
    let sheets = tinbai::service::imports::ImportKind::ALL;
    let names = [
        "don vi",
        "nguoi",
        "tin bai",
        "su kien",
        "ngay nghi",
        "chi tieu",
    ];
    assert_eq!(sheets.len(), names.len() + 1);
    let sheet = read(file, Wanted::Preferred(&names))
        .unwrap()
        .sheets
        .remove(0);
    let mut cells = Vec::new();
    for row in &sheet.rows {
        for cell in &row.cells {
            cells.push((row.number - 1, cell.column, cell.value.text()));
        }
    }
    (sheet.name, cells)
}

fn written(name: &str, cells: &[(u32, u16, String)]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let page = book.add_worksheet().set_name(name).unwrap();
    for (row, column, text) in cells {
        page.write_string(*row, *column, text).unwrap();
    }
    book.save_to_buffer().unwrap()
}

/// A template with a row below its example.
fn filled_in(template: &[u8], row: &[&str]) -> Vec<u8> {
    let (name, mut cells) = cells(template);
    cells.extend(
        (0..)
            .zip(row)
            .map(|(column, text)| (2, column, (*text).to_owned())),
    );
    written(&name, &cells)
}

/// A template whose example has lost its sign.
fn as_data(template: &[u8]) -> Vec<u8> {
    let (name, mut cells) = cells(template);
    for (_, _, text) in &mut cells {
        *text = text.trim_start_matches("VD: ").to_owned();
    }
    written(&name, &cells)
}

fn a_year_of_the_past_gives_the_standings_of_day_by_day(app: &TestApp) {
    app.expect_unread_mails();
    app.set_clock("2026-01-02T08:00:00+07:00");
    let desk = Desk::new(app);
    desk.policy("2026-01-02", &json!({ "counted_when": "arrived" }));
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    let department = app.client_of(Role::Department, Some(&desk.root));
    // one union hands in day by day, another one is moved in at the end of the year
    let months = [
        "15/01/2026 08:00",
        "10/03/2026 09:30",
        "31/03/2026 23:59",
        "01/06/2026 00:00",
    ];
    for at in months {
        let day = chrono::NaiveDateTime::parse_from_str(at, "%d/%m/%Y %H:%M").unwrap();
        app.set_clock(&format!("{}+07:00", day.format("%Y-%m-%dT%H:%M:%S")));
        run(&desk);
        let leader = app.client_of(Role::Leader, Some(&desk.superior));
        let new =
            json!({ "unit_id": desk.superior.id, "kind": "tin", "title": format!("Tin {at}") });
        leader.post("/api/v1/items", &new).expect(201);
    }
    app.set_clock("2026-11-20T08:00:00+07:00");
    run(&desk);
    let items: Vec<[String; 4]> = months
        .iter()
        .map(|at| {
            [
                "LĐLĐ huyện Chuyển".to_owned(),
                "tin".to_owned(),
                format!("Tin {at}"),
                (*at).to_owned(),
            ]
        })
        .collect();
    let mut rows: Vec<Vec<&str>> = vec![vec!["Đơn vị", "Loại", "Tiêu đề", "Đến lúc"]];
    rows.extend(
        items
            .iter()
            .map(|row| row.iter().map(String::as_str).collect()),
    );
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let file = crate::imports::books(&[
        (
            "Đơn vị",
            &[
                &["Mã", "Tên", "Loại", "Mã cấp trên"],
                &["chuyen", "LĐLĐ huyện Chuyển", "cấp trên cơ sở", "tinh"],
            ],
        ),
        (
            "Người",
            &[
                &["Đơn vị", "Họ tên", "Vai trò"],
                &["chuyen", "Người Mẫu", "lãnh đạo"],
            ],
        ),
        ("Tin bài", &rows),
    ]);
    let done = department
        .upload("/api/v1/imports/legacy", &file)
        .expect(200);
    assert_eq!(done["created"]["total"], 6, "{done:#}");
    run(&desk);
    let moved = app
        .store
        .read(|conn| find_by_code(conn, "chuyen"))
        .unwrap()
        .unwrap();
    assert_eq!(desk.unit_owes(&moved), desk.unit_owes(&desk.superior));
    let again = department
        .upload("/api/v1/imports/legacy", &file)
        .expect(200);
    assert_eq!(
        (&again["created"]["total"], &again["unchanged"]),
        (&json!(0), &json!(6))
    );
}

/// Lets the jobs run.
fn run(desk: &Desk<'_>) {
    open::run(&desk.house, desk.now()).unwrap();
    desk.sweep();
}

/// Sends a form with a file as browsers do.
fn upload(browser: &Browser, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Reply {
    let bound = "----ranh-gioi";
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!(
                "--{bound}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .into_bytes(),
        );
    }
    body.extend(format!("--{bound}\r\nContent-Disposition: form-data; name=\"tep\"; filename=\"đơn vị.xlsx\"\r\nContent-Type: application/octet-stream\r\n\r\n").into_bytes());
    body.extend(file);
    body.extend(format!("\r\n--{bound}--\r\n").into_bytes());
    let kind = format!("multipart/form-data; boundary={bound}");
    browser.send("POST", path, Some((&kind, body)))
}

fn a_file_of_five_megabytes_is_looked_at_and_entered(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let browser = signed_in(app, &desk, Role::Department);
    let note = "dài ".repeat(20_000);
    let mut file = "Mã,Tên,Loại,Cấp trên,Ghi chú\n".to_owned();
    for n in 0..50 {
        file.push_str(&format!("co-so-{n},Cơ sở {n},cơ sở,tinh,{note}\n"));
    }
    assert!(file.len() > 5_000_000);
    let fields = [("loai", "units")];
    let shown = upload(&browser, "/nhap-tep", &fields, file.as_bytes()).expect_page(200);
    let (key, carried) = (hidden(&shown, "khoa"), hidden(&shown, "tep_mang"));
    let fields = [("loai", "units"), ("khoa", &key), ("tep_mang", &carried)];
    let entered = upload(&browser, "/nhap-tep/nhap", &fields, b"");
    assert_eq!(entered.status, 303, "{}", entered.text);
    assert_eq!(browser.get("/don-vi.csv?q=co+so").text.lines().count(), 51);
}

fn a_file_is_imported_by_pages(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let browser = signed_in(app, &desk, Role::Department);
    for lang in ["en", "vi"] {
        choose(&browser, lang);
        let key = |page: &str| hidden(page, "khoa");
        let page = browser.get("/nhap-tep").expect_page(200);
        assert_page("imports", lang, &page, &[(&key(&page), "KHOA")]);
    }
    let file = book(
        "Đơn vị",
        &[
            &["Mã", "Tên", "Loại", "Cấp trên"],
            &["a", "Công đoàn A", "cơ sở", "tinh"],
            &["b", "B", "huyện", "tinh"],
        ],
    );
    let send =
        |path: &str, fields: &[(&str, &str)], file: &[u8]| upload(&browser, path, fields, file);
    let wrong = send("/nhap-tep", &[("loai", "units")], &file).expect_page(200);
    assert_page(
        "imports_wrong",
        "vi",
        &wrong,
        &[
            (&hidden(&wrong, "khoa"), "KHOA"),
            (&hidden(&wrong, "tep_mang"), "TEP"),
        ],
    );
    assert!(
        wrong.contains("Đơn vị!C3") && !wrong.contains("/nhap-tep/nhap"),
        "{wrong}"
    );
    let file = book(
        "Đơn vị",
        &[
            &["Mã", "Tên", "Loại", "Cấp trên"],
            &["a", "Công đoàn A", "cơ sở", "tinh"],
        ],
    );
    let good = send("/nhap-tep", &[("loai", "units")], &file).expect_page(200);
    assert_page(
        "imports_good",
        "vi",
        &good,
        &[
            (&hidden(&good, "khoa"), "KHOA"),
            (&hidden(&good, "tep_mang"), "TEP"),
        ],
    );
    let key = hidden(&good, "khoa");
    let carried = hidden(&good, "tep_mang");
    let fields = [
        ("loai", "units"),
        ("ten", "đơn vị.xlsx"),
        ("tep_mang", carried.as_str()),
        ("khoa", key.as_str()),
    ];
    let entered = send("/nhap-tep/nhap", &fields, b"");
    assert_eq!(entered.status, 303, "{}", entered.text);
    let address = entered.headers["location"].to_str().unwrap().to_owned();
    // the same form again enters nothing more
    assert_eq!(
        send("/nhap-tep/nhap", &fields, b"").headers["location"],
        address.as_str()
    );
    let done = browser.get(&address).expect_page(200);
    assert!(
        done.contains("Đã nhập: 1 mới, 0 thay đổi.") && done.contains("đơn vị.xlsx"),
        "{done}"
    );
    let id = hidden(&done, "muc");
    let undone = browser.form(
        "/nhap-tep/hoan-tac",
        &[("muc", &id), ("khoa", &hidden(&done, "khoa"))],
    );
    assert_eq!(undone.status, 303, "{}", undone.text);
    let twice = browser.form("/nhap-tep/hoan-tac", &[("muc", &id)]);
    assert_eq!(twice.status, 409, "{}", twice.text);
    let template = browser.get("/nhap-tep/mau/units");
    assert_eq!(template.status, 200);
    assert_eq!(
        template.header("content-disposition"),
        "attachment; filename=\"mau-nhap-don-vi.xlsx\""
    );
    // nothing was sent
    let empty = send("/nhap-tep", &[("loai", "units")], b"");
    let empty = empty.expect_page(400);
    assert!(
        empty.contains("hãy chọn một tệp, hoặc dán các ô"),
        "{empty}"
    );
    // headers are named as people write them
    let file = book("Đơn vị", &[&["Ký hiệu", "Tên"], &["a", "A"]]);
    let lacks = send("/nhap-tep", &[("loai", "units")], &file).expect_page(200);
    assert!(
        lacks.contains("Mã, Loại") && !lacks.contains("category"),
        "{lacks}"
    );
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let (_, rest) = page
        .split_once(&begin)
        .unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap().to_owned()
}
