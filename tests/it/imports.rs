//! Spreadsheets in, through HTTP and the command line.

use std::sync::{Arc, Mutex};

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use serde_json::{Value, json};
use tinbai::config::Settings;
use tinbai::domain::access::{Actor, Role};
use tinbai::service::App;
use tinbai::service::imports::{self, ImportKind, Options};
use tinbai::store::units as rows;

use crate::both_databases;
use crate::support::app::TestApp;
use crate::support::desk::{Desk, quota, superiors};

both_databases!(
    a_sheet_of_units_is_tried_then_entered_and_again_changes_nothing,
    every_fault_is_named_by_its_cell_and_nothing_is_written,
    headers_that_are_not_recognised_are_listed_and_may_be_mapped,
    items_arrive_at_their_own_instant,
    units_are_meant_by_code_or_name_and_near_misses_are_suggested,
    people_events_holidays_and_targets_come_in_by_the_same_door,
    the_text_of_a_file_may_have_any_encoding,
    events_come_in_from_a_calendar_file,
    what_lists_export_comes_in_again_and_changes_nothing,
    what_lists_say_of_odd_seconds_and_of_what_never_happened_changes_nothing,
    a_file_without_data_says_where_it_was_looked_for,
    people_whom_one_may_not_change_may_stand_in_a_list_unchanged,
    an_end_that_is_a_date_is_the_end_of_that_day,
    rows_that_were_looked_at_are_counted,
);

/// A workbook of one sheet with these cells as texts.
pub fn book(sheet: &str, cells: &[&[&str]]) -> Vec<u8> {
    books(&[(sheet, cells)])
}

/// A workbook of these sheets.
pub fn books(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, cells) in sheets {
        let page = book.add_worksheet().set_name(*name).unwrap();
        for (row, cells) in (0..).zip(*cells) {
            for (column, cell) in (0..).zip(*cells) {
                page.write_string(row, column, *cell).unwrap();
            }
        }
    }
    book.save_to_buffer().unwrap()
}

pub fn places(report: &Value) -> Vec<String> {
    let errors = report["errors"].as_array().unwrap();
    let place = |error: &Value| {
        let column = error["column"].as_str().unwrap_or("");
        format!(
            "{}!{column}{} {}",
            error["sheet"].as_str().unwrap(),
            error["row"],
            error["code"].as_str().unwrap()
        )
    };
    errors.iter().map(place).collect()
}

pub fn counts(report: &Value) -> (u64, u64, u64) {
    let number = |value: &Value| value.as_u64().unwrap();
    (
        number(&report["created"]["total"]),
        number(&report["changed"]["total"]),
        number(&report["unchanged"]),
    )
}

const UNITS: &str = "/api/v1/imports/units";

/// Titles above the header, a blank row in the middle, a code that became a number, a real date, a
/// hidden sheet.
fn units_as_a_department_keeps_them() -> Vec<u8> {
    let mut book = Workbook::new();
    let hidden = book.add_worksheet().set_name("Nháp").unwrap();
    hidden.write_string(0, 0, "không đọc").unwrap();
    let page = book.add_worksheet().set_name("Đơn vị").unwrap();
    page.set_active(true);
    page.merge_range(0, 0, 0, 5, "DANH SÁCH ĐƠN VỊ", &Format::new())
        .unwrap();
    let header = [
        "STT",
        "Tên đơn vị (đầy đủ)",
        "MÃ *",
        "Loại đơn vị",
        "Đơn vị cấp trên",
        "Ngày thành lập",
    ];
    for (column, text) in (0..).zip(header) {
        page.write_string(2, column, text).unwrap();
    }
    for (row, name, category) in [
        (3, "Công đoàn số một\u{a0}", "Cơ sở"),
        (5, "Công đoàn số hai", "cơ sở"),
    ] {
        page.write_number(row, 0, f64::from(row)).unwrap();
        page.write_string(row, 1, name).unwrap();
        page.write_number(row, 2, 1_000.0 + f64::from(row)).unwrap();
        page.write_string(row, 3, category).unwrap();
        page.write_string(row, 4, "Liên đoàn lao động tỉnh")
            .unwrap();
    }
    let day = ExcelDateTime::from_ymd(2026, 7, 1).unwrap();
    let shown = Format::new().set_num_format("dd/mm/yyyy");
    page.write_datetime_with_format(3, 5, &day, &shown).unwrap();
    page.write_formula(5, 5, Formula::new("=F4").set_result("01/08/2026"))
        .unwrap();
    book.worksheets_mut()[0].set_hidden(true);
    book.save_to_buffer().unwrap()
}

fn a_sheet_of_units_is_tried_then_entered_and_again_changes_nothing(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let rename = json!({ "name": "Liên đoàn Lao động tỉnh" });
    department
        .knowing(1)
        .patch(&format!("/api/v1/units/{}", desk.root.id), &rename)
        .expect(200);
    let file = units_as_a_department_keeps_them();
    let tried = department
        .upload(&format!("{UNITS}?dry_run=true"), &file)
        .expect(200);
    assert_eq!(
        (counts(&tried), places(&tried)),
        ((2, 0, 0), Vec::new()),
        "{tried:#}"
    );
    assert_eq!(
        (&tried["dry_run"], &tried["hidden_sheets"]),
        (&json!(true), &json!(["Nháp"]))
    );
    let columns = tried["sheets"][0]["columns"].as_array().unwrap();
    let read: Vec<&Value> = columns.iter().map(|column| &column["column"]).collect();
    assert_eq!(
        json!(read),
        json!([
            null,
            "name",
            "code",
            "category",
            "parent_code",
            "founded_on"
        ])
    );
    let unit = |code: &str| {
        app.store
            .read(|conn| rows::find_by_code(conn, code))
            .unwrap()
    };
    assert_eq!(unit("1003"), None, "a dry run writes nothing");

    let entered = department.upload(UNITS, &file).expect(200);
    assert_eq!(counts(&entered), (2, 0, 0));
    let one = unit("1003").unwrap();
    assert_eq!(
        (one.name.as_str(), one.parent_id),
        ("Công đoàn số một", Some(desk.root.id))
    );
    assert_eq!(one.founded_on, "2026-07-01".parse().ok());
    assert_eq!(unit("1005").unwrap().founded_on, "2026-08-01".parse().ok());
    let again = department.upload(UNITS, &file).expect(200);
    assert_eq!(counts(&again), (0, 0, 2));
    assert_eq!(unit("1003").unwrap().version, 1);
}

fn every_fault_is_named_by_its_cell_and_nothing_is_written(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let mut book = Workbook::new();
    let page = book.add_worksheet().set_name("Đơn vị").unwrap();
    let long = "x".repeat(401);
    for (row, cells) in (0..).zip([
        ["code", "name", "category", "parent_code", "founded_on", ""],
        ["a", "A", "cơ sở", "tinh", "30/02/2026", ""],
        ["a", "B", "cơ sở", "tinh", "", ""],
        ["c", long.as_str(), "huyện", "nobody", "", "thừa"],
    ]) {
        for (column, cell) in (0..).zip(cells) {
            if !cell.is_empty() {
                page.write_string(row, column, cell).unwrap();
            }
        }
    }
    page.write_formula(4, 0, Formula::new("=VLOOKUP(1,A1:A2,1)").set_result("#N/A"))
        .unwrap();
    page.write_string(4, 1, "D").unwrap();
    let file = book.save_to_buffer().unwrap();
    let tried = department
        .upload(&format!("{UNITS}?dry_run=true"), &file)
        .expect(200);
    assert!(
        places(&tried).contains(&"Đơn vị!F4 sheet_no_header".to_owned()),
        "{tried:#}"
    );
    let refused = department.upload(UNITS, &file).faults(400);
    let dry: Vec<String> = places(&tried);
    assert_eq!(refused, dry, "{tried:#}");
    // all of it at once: what can't be read does not hide the rest
    let found = [
        "Đơn vị!E2 date",
        "Đơn vị!A3 sheet_code_twice",
        "Đơn vị!F4 sheet_no_header",
        "Đơn vị!C4 unit_category",
        "Đơn vị!B4 too_long",
        "Đơn vị!A5 sheet_cell_error",
        "Đơn vị!C5 required",
    ];
    assert_eq!(refused, found, "{tried:#}");
    let rest = [
        &["code", "name", "category", "parent_code", "founded_on"][..],
        &["a", "A", "cơ sở", "tinh", "30/02/2026"],
        &["a", "B", "cơ sở", "tinh", ""],
        &["c", &long, "huyện", "nobody", ""],
    ];
    let faults = department.upload(UNITS, &book_of(&rest)).faults(400);
    assert_eq!(
        faults,
        [
            "Đơn vị!E2 date",
            "Đơn vị!A3 sheet_code_twice",
            "Đơn vị!C4 unit_category",
            "Đơn vị!B4 too_long",
        ]
    );
    let english = department.with("Accept-Language", "en");
    let said = english
        .upload(&format!("{UNITS}?dry_run=true"), &book_of(&rest))
        .expect(200);
    assert!(
        said["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("is not a date"),
        "{said:#}"
    );
}

fn book_of(cells: &[&[&str]]) -> Vec<u8> {
    book("Đơn vị", cells)
}

fn headers_that_are_not_recognised_are_listed_and_may_be_mapped(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let file = book(
        "Sheet1",
        &[
            &["Ký hiệu", "Tên", "Nhóm", "Cấp trên"],
            &["x", "X", "cơ sở", "tinh"],
        ],
    );
    assert_eq!(
        department.upload(UNITS, &file).faults(400),
        ["file sheet_headers"]
    );
    let tried = department
        .upload(&format!("{UNITS}?dry_run=true"), &file)
        .expect(200);
    assert_eq!(tried["sheets"][0]["lacking"], json!(["code", "category"]));
    let map = "map=K%C3%BD%20hi%E1%BB%87u%3Dcode%3BNh%C3%B3m%3DLo%E1%BA%A1i";
    let entered = department
        .upload(&format!("{UNITS}?{map}"), &file)
        .expect(200);
    assert_eq!(counts(&entered), (1, 0, 0));
    for (query, fault) in [
        ("map=A%3Dnothing", "map sheet_map"),
        ("map=A", "map sheet_map_form"),
        ("sheet=Sheet9", "file sheet_missing"),
    ] {
        assert_eq!(
            department
                .upload(&format!("{UNITS}?{query}"), &file)
                .faults(400),
            [fault]
        );
    }
    let twice = book(
        "Sheet1",
        &[
            &["Mã", "Mã đơn vị", "Tên", "Loại"],
            &["x", "x", "X", "cơ sở"],
        ],
    );
    assert_eq!(
        department.upload(UNITS, &twice).faults(400),
        ["file sheet_header_twice"]
    );
}

fn items_arrive_at_their_own_instant(app: &TestApp) {
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    let editor = app.client_of(Role::Editor, Some(&desk.root));
    let path = "/api/v1/imports/items";
    let name = desk.superior.name.clone();
    let cells: &[&[&str]] = &[
        &[
            "Đơn vị",
            "Loại tin bài",
            "Tiêu đề",
            "Ngày gửi",
            "Gửi qua",
            "Đã đăng",
        ],
        &[&name, "tin", "Tin một", "03/11/2026 09:15", "Zalo", "x"],
        &["huyen", "Tin", "=cmd|' /C calc'!A0", "2026-11-04", "", ""],
    ];
    let file = book("Tin bài", cells);
    assert_eq!(
        counts(
            &editor
                .upload(&format!("{path}?dry_run=true"), &file)
                .expect(200)
        ),
        (2, 0, 0)
    );
    assert_eq!(counts(&editor.upload(path, &file).expect(200)), (2, 0, 0));
    assert_eq!(counts(&editor.upload(path, &file).expect(200)), (0, 0, 2));
    let items = editor.get("/api/v1/items").items();
    let mut told: Vec<String> = items
        .iter()
        .map(|item| {
            format!(
                "{} {} {}",
                item["arrived_at"].as_str().unwrap(),
                item["channel"].as_str().unwrap(),
                item["state"].as_str().unwrap()
            )
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "2026-11-03T09:15:00+07:00 zalo published",
            "2026-11-04T00:00:00+07:00 mail submitted",
        ]
    );
    let owed = desk.unit_owes(&desk.superior);
    // both have arrived, one is published
    assert_eq!(owed, ["quota 2026-M11 open 1/2"]);
    assert_eq!(desk.rows()[0].arrived, 2);
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    leader
        .upload(
            path,
            &book(
                "Tin bài",
                &[cells[0], &["huyen", "tin", "Tin ba", "05/11/2026", "", ""]],
            ),
        )
        .faults(403);
    let faults = editor.upload(
        path,
        &book(
            "Tin bài",
            &[
                cells[0],
                &["huyen", "thơ", "Tin", "31/11/2026", "bồ câu", ""],
                &["huyen", "tin", "", "21/11/2026 08:00", "", ""],
                &["huyen", "tin", "Mai sau", "21/12/2026 08:00", "", ""],
            ],
        ),
    );
    assert_eq!(
        faults.faults(400),
        [
            "Tin bài!B2 rule_kind_unknown",
            "Tin bài!D2 sheet_date",
            "Tin bài!E2 sheet_word",
            "Tin bài!C3 required",
            "Tin bài!D4 arrival_in_future",
        ]
    );
}

fn units_are_meant_by_code_or_name_and_near_misses_are_suggested(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    for code in ["song-1", "song-2"] {
        let new = json!({ "code": code, "name": "Công đoàn Song Sinh", "category": "grassroots", "parent_id": desk.root.id });
        department.post("/api/v1/units", &new).expect(201);
    }
    let lone = json!({ "code": "dong-khoi", "name": "LĐLĐ huyện Đồng Khởi", "category": "superior", "parent_id": desk.root.id });
    department.post("/api/v1/units", &lone).expect(201);
    let row = |unit: &str| {
        let file = format!("Đơn vị,Họ tên,Vai trò\n{unit},Người Mẫu,người xem\n");
        department
            .upload("/api/v1/imports/people?dry_run=true", file.as_bytes())
            .expect(200)
    };
    for unit in [
        "dong-khoi",
        "DONG-KHOI",
        "ldld huyen dong khoi",
        "Liên đoàn Lao động huyện Ðồng Khởi",
    ] {
        assert_eq!(counts(&row(unit)), (1, 0, 0), "{unit}: {:#}", row(unit));
    }
    let near = row("LĐLĐ huyện Đòng Khơi B");
    assert_eq!(places(&near), ["!A2 import_unit_near"]);
    assert!(
        near["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("dong-khoi"),
        "{near:#}"
    );
    let many = row("công đoàn song sinh");
    assert_eq!(places(&many), ["!A2 import_unit_many"]);
    assert!(
        many["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("song-1, song-2"),
        "{many:#}"
    );
    assert_eq!(places(&row("Chợ Lách")), ["!A2 import_unit_unknown"]);
}

fn people_events_holidays_and_targets_come_in_by_the_same_door(app: &TestApp) {
    let desk = Desk::on_own_calendar(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let twice = |kind: &str, file: &str, first: (u64, u64, u64), then: (u64, u64, u64)| {
        let path = format!("/api/v1/imports/{kind}");
        let tried = department
            .upload(&format!("{path}?dry_run=true"), file.as_bytes())
            .expect(200);
        assert_eq!(counts(&tried), first, "{kind}: {tried:#}");
        assert_eq!(
            counts(&department.upload(&path, file.as_bytes()).expect(200)),
            first,
            "{kind}"
        );
        let again = department.upload(&path, file.as_bytes()).expect(200);
        assert_eq!(counts(&again), then, "{kind}: {again:#}");
    };
    let people = "Đơn vị;Họ và tên;Thư;Vai trò;Vị trí;Lĩnh vực\n\
        huyen;Nguyễn Văn Mẫu;mau@tinh.example;Lãnh đạo;Cấp trưởng;\n\
        huyen;Trần Thị Mẫu;;người viết;;Tuyên giáo, văn phòng\n";
    twice("people", people, (2, 0, 0), (0, 0, 2));
    let moved = people.replace("Cấp trưởng", "cấp phó");
    twice("people", &moved, (0, 1, 1), (0, 0, 2));
    let events = "Đơn vị,Tên sự kiện,Bắt đầu,Kết thúc,Loại\n\
        huyen,Hội nghị A,25/11/2026 14:00,25/11/2026 15:00,thời sự\n\
        huyen,Hội nghị B,26/11/2026,,\n";
    twice("events", events, (2, 0, 0), (0, 0, 2));
    twice(
        "events",
        &events.replace("15:00", "16:00"),
        (0, 1, 1),
        (0, 0, 2),
    );
    let holidays = "Ngày,Tên\n30/12/2026,Nghỉ hội\n";
    twice("holidays", holidays, (1, 0, 0), (0, 0, 1));
    let targets = "Đơn vị,Loại,Kỳ,Số lượng,Năm\nhuyen,tin,tháng,2,2027\nhuyen,bai,quý,1,2027\n";
    twice("targets", targets, (3, 0, 0), (0, 0, 2));
    twice(
        "targets",
        &targets.replace("tháng,2", "tháng,3"),
        (0, 1, 1),
        (0, 0, 2),
    );
    let plans = department.get("/api/v1/plans?year=2027").items();
    assert_eq!((plans.len(), &plans[0]["state"]), (1, &json!("draft")));
}

fn the_text_of_a_file_may_have_any_encoding(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let text = |code: &str| {
        format!("sep=;\r\nMã;Tên;Loại;Cấp trên\r\n{code};LĐLĐ huyện Chợ Lách;cơ sở;tinh\r\n")
    };
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    let little = [vec![0xff, 0xfe], utf16(&text("a"), u16::to_le_bytes)].concat();
    let big = [vec![0xfe, 0xff], utf16(&text("b"), u16::to_be_bytes)].concat();
    let bare = utf16(&text("c"), u16::to_le_bytes);
    let marked = [b"\xef\xbb\xbf".to_vec(), text("d").into_bytes()].concat();
    // Windows-1258 writes tones as characters of their own
    let old = b"M\xe3,T\xean,Lo\xe2\xf2i,C\xe2\xecp tr\xean\ne,L\xd0L\xd0 huy\xea\xf2n Ch\xf5\xf2 L\xe1ch,c\xf5 s\xf5\xd2,tinh\n";
    for (code, file) in [
        ("a", little),
        ("b", big),
        ("c", bare),
        ("d", marked),
        ("e", old.to_vec()),
    ] {
        let read = department.upload(UNITS, &file);
        assert_eq!(read.status, 200, "{code}: {}", read.text);
        let unit = app
            .store
            .read(|conn| rows::find_by_code(conn, code))
            .unwrap()
            .unwrap();
        assert_eq!(unit.name, "LĐLĐ huyện Chợ Lách", "{code}");
    }
}

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Mau//Lich//VI\r\n\
BEGIN:VEVENT\r\nUID:a@lich.example\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261125T070000Z\r\n\
DTEND:20261125T090000Z\r\nSUMMARY:Hội nghị\\, sơ kết\r\nLOCATION:Hội trường\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:b@lich.example\r\nDTSTAMP:20261101T000000Z\r\n\
DTSTART;VALUE=DATE:20261126\r\nDTEND;VALUE=DATE:20261128\r\nSUMMARY:Hội thao\r\nEND:VEVENT\r\n\
END:VCALENDAR\r\n";

fn events_come_in_from_a_calendar_file(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let path = "/api/v1/imports/events";
    let unnamed = department.upload(path, CALENDAR.as_bytes());
    assert_eq!(unnamed.faults(400), ["unit import_calendar_unit"]);
    let path = format!("{path}?unit=huyen");
    let tried = department.upload(&format!("{path}&dry_run=true"), CALENDAR.as_bytes());
    assert_eq!(counts(&tried.expect(200)), (2, 0, 0));
    let done = department.upload(&path, CALENDAR.as_bytes()).expect(200);
    assert_eq!(counts(&done), (2, 0, 0), "{done:#}");
    let again = department.upload(&path, CALENDAR.as_bytes()).expect(200);
    assert_eq!(counts(&again), (0, 0, 2), "{again:#}");
    let events = department.get("/api/v1/events").items();
    let mut read: Vec<_> = events
        .iter()
        .map(|event| {
            let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            (
                text("title"),
                text("starts_at"),
                text("ends_at"),
                text("place"),
            )
        })
        .collect();
    read.sort();
    let row = |cells: [&str; 4]| {
        let [title, starts, ends, place] = cells.map(str::to_owned);
        (title, starts, ends, place)
    };
    assert_eq!(
        read,
        [
            row([
                "Hội nghị, sơ kết",
                "2026-11-25T14:00:00+07:00",
                "2026-11-25T16:00:00+07:00",
                "Hội trường"
            ]),
            row([
                "Hội thao",
                "2026-11-26T00:00:00+07:00",
                "2026-11-27T17:00:00+07:00",
                ""
            ]),
        ]
    );
    let broken = CALENDAR.replace("SUMMARY:Hội thao", "X:1");
    let refused = department.upload(&path, broken.as_bytes());
    assert_eq!(refused.faults(400), ["event 2.title ics_title"]);
    let deep = format!("BEGIN:VCALENDAR\n{}", "BEGIN:VEV\n ENT\n".repeat(200_000));
    let refused = department.upload(&path, deep.as_bytes());
    assert_eq!(
        refused.faults(400),
        ["file ics_file"],
        "the process goes on"
    );
    let large = format!("{CALENDAR}{}", "X:1\n".repeat(2 << 20));
    assert_eq!(
        department.upload(&path, large.as_bytes()).faults(400),
        ["file ics_large"]
    );
    let cut = &CALENDAR.as_bytes()[..40];
    assert_eq!(department.upload(&path, cut).faults(400), ["file ics_file"]);
}

fn what_lists_export_comes_in_again_and_changes_nothing(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let units = "Mã,Tên,Loại,Cấp trên,Cụm,Ngày thành lập,Thư\n\
        ba-tri,LĐLĐ huyện Ba Tri,cấp trên cơ sở,tinh,Cụm biển,01/07/2025,ba-tri@tinh.example\n\
        co-so,Công đoàn cơ sở A,cơ sở,ba-tri,,,\n";
    let people = "Đơn vị,Họ tên,Chức danh,Thư,Vai trò,Vị trí,Lĩnh vực,Từ ngày\n\
        ba-tri,Người Một,Chủ tịch,mot@tinh.example,lãnh đạo,cấp trưởng,,01/08/2025\n\
        ba-tri,Người Hai,,,người viết,nhân viên,tài chính; văn phòng,\n";
    let events = "Đơn vị,Tên sự kiện,Bắt đầu,Kết thúc,Địa điểm,Loại\n\
        ba-tri,Đại hội,25/11/2026 08:00,25/11/2026 11:30,Hội trường,\"thường, thời sự\"\n\
        ba-tri,Hội thao,26/11/2026,27/11/2026,,\n";
    let targets = "Đơn vị,Loại,Kỳ,Số lượng,Tối đa\n\
        ba-tri,tin,tháng,2,4\nba-tri,bai,6 tháng,1,\nco-so,tin,quý,1,\n";
    for (kind, file) in [
        ("units", units),
        ("people", people),
        ("events", events),
        ("targets", targets),
    ] {
        let path = format!("/api/v1/imports/{kind}");
        department.upload(&path, file.as_bytes()).expect(200);
    }
    // handed in at an odd second
    app.advance(chrono::TimeDelta::milliseconds(12_345));
    desk.hand_in(json!({ "title": "Đồng Khởi" }));
    let browser = crate::page_items::signed_in(app, &desk, Role::Department);
    let plan = department.get("/api/v1/plans?year=2026").items()[0]["id"].clone();
    let targets = format!("/ke-hoach/chi-tieu?ke_hoach={plan}");
    for (kind, list, unchanged) in [
        ("units", "/don-vi", 5),
        ("people", "/nguoi?vai-tro=leader&q=mot", 1),
        ("people", "/nguoi?q=hai", 1),
        ("events", "/su-kien?tat-ca=1", 2),
        ("items", "/tin-bai?q=dong", 1),
        ("targets", &targets, 3),
        ("holidays", "/lich/ngay-nghi?lich=ben-tre&nam=2026", 15),
    ] {
        for ending in ["xlsx", "csv"] {
            let (page, query) = list.split_once('?').unwrap_or((list, ""));
            let file = browser.get(&format!("{page}.{ending}?{query}"));
            let path = format!("/api/v1/imports/{kind}?dry_run=true");
            let again = department.upload(&path, &file.bytes).expect(200);
            assert_eq!(
                counts(&again),
                (0, 0, unchanged),
                "{list}.{ending}: {again:#}"
            );
            assert_eq!(again["errors"], json!([]), "{list}.{ending}");
        }
    }
}

fn what_lists_say_of_odd_seconds_and_of_what_never_happened_changes_nothing(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    // a start and an arrival at odd seconds; files tell minutes
    let start = |title: &str, at: &str| json!({ "title": title, "starts_at": at });
    let event = desk.event(start("Giao ban", "2026-11-20T06:00:42.9+07:00"));
    let cancelled = desk.event(start("Hội thao", "2026-11-25T08:00:00+07:00"));
    let path = format!("/api/v1/events/{}/cancel", cancelled.id);
    let known = department.knowing(i64::from(cancelled.version));
    known.post(&path, &json!({ "reason": "Hoãn" })).expect(200);
    desk.event(start("Hội thao", "2026-11-25T08:00:00+07:00"));
    app.advance(chrono::TimeDelta::milliseconds(42_900));
    desk.hand_in(json!({ "title": "Tin giao ban", "event_id": event.id }));
    let contributor = app.client_of(Role::Contributor, Some(&desk.superior));
    let waits = json!({ "unit_id": desk.superior.id, "kind": "tin", "title": "Tin chờ duyệt" });
    contributor.post("/api/v1/items", &waits).expect(201);
    let browser = crate::page_items::signed_in(app, &desk, Role::Department);
    for lang in ["vi", "en"] {
        let to = [("lang", lang), ("toi", "/su-kien")];
        assert_eq!(browser.form("/ngon-ngu", &to).status, 303);
        for (kind, list, unchanged, left_out) in [
            ("units", "/don-vi", 4, json!([])),
            ("events", "/su-kien", 3, json!(["import_event_cancelled"])),
            ("items", "/tin-bai", 2, json!(["import_item_under_way"])),
        ] {
            for ending in ["xlsx", "csv"] {
                let file = browser.get(&format!("{list}.{ending}?tat-ca=1"));
                let path = format!("/api/v1/imports/{kind}?dry_run=true");
                let again = department.upload(&path, &file.bytes).expect(200);
                assert_eq!(again["errors"], json!([]), "{lang} {list}.{ending}");
                assert_eq!(
                    counts(&again),
                    (0, 0, unchanged),
                    "{lang} {list}.{ending}: {again:#}"
                );
                let warned = again["warnings"]["rows"].as_array().unwrap().iter();
                let warned: Vec<_> = warned.map(|row| row["code"].clone()).collect();
                assert_eq!(json!(warned), left_out, "{lang} {list}.{ending}");
            }
        }
    }
}

fn a_file_without_data_says_where_it_was_looked_for(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let refused = |file: &[u8]| {
        let reply = department.upload(UNITS, file);
        let faults = reply.faults(400);
        let said = reply.expect(400)["errors"][0]["message"].clone();
        (faults, said.as_str().unwrap().to_owned())
    };
    let header = ["Mã", "Tên", "Loại"];

    // the sheet in sight is blank, and another one is hidden or stands behind it
    let mut file = Workbook::new();
    file.add_worksheet().set_name("Bìa").unwrap();
    for name in ["Ẩn", "Số liệu"] {
        let page = file.add_worksheet().set_name(name).unwrap();
        page.set_hidden(name == "Ẩn");
        page.write_row(0, 0, header).unwrap();
        page.write_row(1, 0, ["a", "A", "cơ sở"]).unwrap();
    }
    let (faults, said) = refused(&file.save_to_buffer().unwrap());
    assert_eq!(faults, ["file sheet_empty_others"]);
    assert!(
        said.contains("\"Bìa\"") && said.contains("Ẩn, Số liệu"),
        "{said}"
    );

    // a template that nobody filled in
    let template = department.fetch("/api/v1/imports/units/template.xlsx");
    let (faults, said) = refused(&template);
    assert_eq!(faults, ["file sheet_only_examples"]);
    assert!(said.contains("dòng 2"), "{said}");

    // header cells merged over the column that lacks
    let mut file = Workbook::new();
    let page = file.add_worksheet();
    let format = Format::new();
    page.merge_range(0, 0, 0, 1, "Tên", &format).unwrap();
    page.write_string(0, 2, "Loại").unwrap();
    page.write_row(1, 0, ["a", "A", "cơ sở"]).unwrap();
    let file = file.save_to_buffer().unwrap();
    let (faults, said) = refused(&file);
    assert_eq!(faults, ["file sheet_headers", "Sheet1!B2 sheet_no_header"]);
    assert!(said.contains("Mã"), "{said}");
}

/// The list of people that the department exports holds its administrator, whose role it may not grant.
fn people_whom_one_may_not_change_may_stand_in_a_list_unchanged(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let admin = app.client_of(Role::Admin, Some(&desk.root));
    let header = ["Đơn vị", "Họ và tên", "Vai trò", "Chức danh"];
    let row = |title| [desk.root.code.as_str(), "Người quản trị", "quản trị", title];
    let file = |title| book("Người", &[&header, &row(title)]);
    let people = "/api/v1/imports/people";
    admin.upload(people, &file("Chuyên viên")).expect(200);

    let again = department.upload(people, &file("Chuyên viên")).expect(200);
    assert_eq!(counts(&again), (0, 0, 1), "{again:#}");
    let changed = department.upload(people, &file("Trưởng ban"));
    assert_eq!(changed.faults(400), ["Người!C2 import_role_forbidden"]);
}

/// docs/DOMAIN.md: an event of several days ends with its last one.
fn an_end_that_is_a_date_is_the_end_of_that_day(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let events = "/api/v1/imports/events";
    let code = desk.superior.code.as_str();
    let header = ["Đơn vị", "Tên sự kiện", "Bắt đầu", "Kết thúc"];
    let file = book(
        "Sự kiện",
        &[
            &header,
            &[code, "Hội thao", "08:00 24/11/2026", "26/11/2026"],
            &[code, "Giao ban", "08:00 24/11/2026", "24/11/2026"],
        ],
    );
    let made = department.upload(events, &file).expect(200);
    assert_eq!(counts(&made), (2, 0, 0), "{made:#}");
    let list = department.get("/api/v1/events").expect(200);
    let mut ends: Vec<(&str, &str)> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["title"].as_str().unwrap(),
                one["ends_at"].as_str().unwrap(),
            )
        })
        .collect();
    ends.sort_unstable();
    let wanted = [
        ("Giao ban", "2026-11-24T23:59:00+07:00"),
        ("Hội thao", "2026-11-26T23:59:00+07:00"),
    ];
    assert_eq!(ends, wanted);
    let again = department.upload(events, &file).expect(200);
    assert_eq!(counts(&again), (0, 0, 2), "{again:#}");
}

fn rows_that_were_looked_at_are_counted(app: &TestApp) {
    let desk = Desk::new(app);
    let house = App::new(app.second_store(), Settings::default());
    let units = "code,name,category,parent_code\na,A,grassroots,tinh\nb,B,grassroots,tinh\n";
    let people =
        "unit,name,role\nhuyen,Người A,leader\nhuyen,Người B,nobody\nhuyen,Người C,contributor\n";
    for (kind, file, counted) in [
        (ImportKind::Units, units, vec![1, 2]),
        // also one with a fault
        (ImportKind::People, people, vec![1, 2, 3]),
    ] {
        let seen: Arc<Mutex<Vec<usize>>> = Arc::default();
        let kept = Arc::clone(&seen);
        let file = imports::read(kind, file.as_bytes(), &Options::default()).unwrap();
        let file = file.with_progress(move |rows| kept.lock().unwrap().push(rows));
        let check = |tx: &mut tinbai::service::Tx<'_>| imports::check(tx, &file);
        house.write(&Actor::cli(), desk.now(), check).unwrap();
        assert_eq!(*seen.lock().unwrap(), counted, "{kind}");
    }
}
