//! What rows of a file say: rights, things that are named twice, faults without end, encodings, events of
//! calendars, and what a row leaves open.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::office::sheet_in::{Wanted, read};

use crate::both_databases;
use crate::imports::{book, counts, places};
use crate::page_items::signed_in;
use crate::support::app::{Client, TestApp};
use crate::support::desk::Desk;

both_databases!(
    rights_come_before_the_file,
    what_a_caller_may_not_do_is_a_fault_of_its_row,
    a_file_that_names_one_thing_twice_is_at_fault,
    faults_without_end_are_counted_and_the_first_are_listed,
    a_damaged_byte_is_named_by_its_cell,
    what_a_calendar_says_that_is_not_entered_is_told,
    an_item_names_its_event_by_title_or_start,
    what_a_row_leaves_open_stays_as_it_is,
);

fn tried(client: &Client, kind: &str, file: &str) -> Value {
    let path = format!("/api/v1/imports/{kind}?dry_run=true");
    client.upload(&path, file.as_bytes()).expect(200)
}

fn rights_come_before_the_file(app: &TestApp) {
    let desk = Desk::new(app);
    // it would be refused as no spreadsheet
    let noise = b"PK\x03\x04 no archive";
    for (role, kind, status) in [
        (Role::Department, "people", 400),
        (Role::Leader, "people", 403),
        (Role::Leader, "units", 403),
        (Role::Leader, "items", 403),
        (Role::Leader, "targets", 403),
        (Role::Leader, "legacy", 403),
        (Role::Leader, "events", 400),
        (Role::Editor, "items", 400),
        (Role::Editor, "legacy", 403),
        (Role::Editor, "holidays", 403),
        (Role::Viewer, "events", 403),
    ] {
        let client = app.client_of(role, Some(&desk.superior));
        let reply = client.upload(&format!("/api/v1/imports/{kind}"), noise);
        assert_eq!(reply.status, status, "{role} {kind}: {}", reply.text);
    }
    let leader = signed_in(app, &desk, Role::Leader);
    // what is no table lacks its columns, which the page asks for
    for (kind, looked_at, entered) in [("people", 403, 403), ("events", 200, 400)] {
        let fields = [("loai", kind), ("van_ban", "không phải bảng")];
        let shown = leader.form("/nhap-tep", &fields);
        assert_eq!(shown.status, looked_at, "{kind}: {}", shown.text);
        let entering = leader.form("/nhap-tep/nhap", &fields);
        assert_eq!(entering.status, entered, "{kind}: {}", entering.text);
    }
}

fn what_a_caller_may_not_do_is_a_fault_of_its_row(app: &TestApp) {
    let desk = Desk::new(app);
    let other = Desk::coded(app, "khac");
    let department = app.client_of(Role::Department, Some(&desk.root));
    let people = "Đơn vị,Họ tên,Vai trò\nhuyen,Một,người xem\nhuyen,Hai,quản trị\n";
    let report = tried(&department, "people", people);
    assert_eq!(places(&report), ["!C3 import_role_forbidden"]);
    let message = report["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("lãnh đạo, cộng tác viên, biên tập viên, ban tuyên giáo, người xem.")
            && message.contains("\"quản trị\""),
        "{message}"
    );
    let refused = department.upload("/api/v1/imports/people", people.as_bytes());
    assert_eq!(refused.faults(400), ["C3 import_role_forbidden"]);
    // somebody else may
    assert_eq!(counts(&tried(&app.admin(), "people", people)), (2, 0, 0));
    // a leader acts for the own unit, not for the one below
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let events = "Đơn vị,Tên sự kiện,Bắt đầu\nhuyen,A,25/11/2026\nco-so,B,25/11/2026\n";
    let report = tried(&leader, "events", events);
    assert_eq!(
        (counts(&report), places(&report)),
        ((1, 0, 0), vec!["!3 import_forbidden".to_owned()]),
        "{report:#}"
    );
    let units = format!(
        "Mã,Tên,Loại,Cấp trên\nx,X,cơ sở,huyen\ny,Y,cơ sở,{}\n",
        other.superior.code
    );
    let report = tried(&department, "units", &units);
    assert_eq!(places(&report), ["!D3 import_unit_forbidden"]);
}

fn a_file_that_names_one_thing_twice_is_at_fault(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::on_own_calendar(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    for (kind, file, fault) in [
        (
            "units",
            "Mã,Tên,Loại,Cấp trên\nx,X,cơ sở,tinh\nx,Khác,cơ sở,tinh\n",
            "!A3 sheet_code_twice",
        ),
        (
            "people",
            "Đơn vị,Họ tên,Thư,Vai trò\nhuyen,Một,a@tinh.example,người xem\n\nhuyen,Hai,A@tinh.example,người xem\n",
            "!C4 sheet_row_twice",
        ),
        (
            "people",
            "Đơn vị,Họ tên,Thư,Vai trò\nhuyen,Một,a@tinh.example,người xem\nĐơn vị huyen,MỘT,,lãnh đạo\n",
            "!B3 sheet_row_twice",
        ),
        (
            "items",
            "Đơn vị,Loại,Tiêu đề,Ngày gửi\nhuyen,tin,Một,03/11/2026 08:00\nhuyen,Tin,một,03/11/2026 08:00:20\n",
            "!C3 sheet_row_twice",
        ),
        (
            "events",
            "Đơn vị,Tên sự kiện,Bắt đầu,Địa điểm\nhuyen,Hội nghị,25/11/2026 14:00,A\nhuyen,HỘI NGHỊ,25/11/2026 14:00,B\n",
            "!B3 sheet_row_twice",
        ),
        (
            "holidays",
            "Ngày,Tên,Lịch\n30/12/2026,Một,\n2026-12-30,Hai,lich-tinh\n",
            "!A3 sheet_row_twice",
        ),
        (
            "targets",
            "Đơn vị,Loại,Kỳ,Số lượng,Năm\nhuyen,tin,tháng,2,2027\nhuyen,tin,mỗi tháng,3,2027\n",
            "!A3 sheet_row_twice",
        ),
    ] {
        let report = tried(&department, kind, file);
        assert_eq!(places(&report), [fault], "{kind}: {report:#}");
        let message = report["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("dòng 2"), "{message}");
        let path = format!("/api/v1/imports/{kind}");
        assert_eq!(department.upload(&path, file.as_bytes()).status, 400);
    }
    // two of one name with addresses of their own, and one who came back, are not twice the same
    let people = "Đơn vị,Họ tên,Thư,Vai trò,Từ ngày,Đến ngày\n\
        huyen,Một,a@tinh.example,người xem,,\nhuyen,Một,b@tinh.example,người xem,,\n\
        huyen,Hai,,người xem,01/01/2024,31/12/2024\nhuyen,Hai,,người xem,01/01/2026,\n";
    assert_eq!(places(&tried(&department, "people", people)), [""; 0]);
}

fn faults_without_end_are_counted_and_the_first_are_listed(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    for (kind, head, row) in [
        ("units", "Mã,Tên,Loại,Cấp trên", "A B,Tên,cơ sở,tinh"),
        (
            "items",
            "Đơn vị,Loại,Tiêu đề,Ngày gửi",
            "huyen,tin,Tin,ngày mai",
        ),
    ] {
        let file = format!("{head}\n{}", format!("{row}\n").repeat(1_500));
        let report = tried(&department, kind, &file);
        let errors = report["errors"].as_array().unwrap();
        let total = report["errors_total"].as_u64().unwrap();
        assert_eq!(errors.len(), 1_000, "{kind}");
        assert!(total >= 1_500, "{kind}: {total}");
        let refused = department.upload(&format!("/api/v1/imports/{kind}"), file.as_bytes());
        let faults = refused.faults(400);
        assert_eq!(faults.len(), 1_001, "{kind}");
        assert_eq!(faults[1_000], "file import_more_faults", "{kind}");
        let path = format!("/api/v1/imports/{kind}?dry_run=true&remarks=true");
        let marked = department.download(&path, file.as_bytes());
        let sheet = read(&marked, Wanted::Preferred(&[]))
            .unwrap()
            .sheets
            .remove(0);
        let marked = sheet.rows.iter().filter(|row| row.cell(4).is_some());
        assert_eq!(marked.count(), 1_501, "{kind}: the header and every row");
    }
    let browser = signed_in(app, &desk, Role::Department);
    let cells = format!(
        "Mã\tTên\tLoại\tCấp trên\n{}",
        "A B\tTên\tcơ sở\ttinh\n".repeat(1_500)
    );
    let page = browser.form("/nhap-tep", &[("loai", "units"), ("van_ban", &cells)]);
    let page = page.expect_page(200);
    assert!(
        page.contains("1.500") && page.contains("Và 1.300 lỗi nữa"),
        "{page}"
    );
}

fn a_damaged_byte_is_named_by_its_cell(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let path = "/api/v1/imports/units?dry_run=true";
    let text = "Mã;Tên;Loại;Cấp trên\na;LĐLĐ huyện Chợ Lách;cơ sở;tinh\n\nb;Công đoàn cơ sở B;cơ sở;tinh\n";
    let at = text.find("sở B").unwrap();
    let mut damaged = text.as_bytes().to_vec();
    damaged[at + 1] = 0xf4;
    for mark in ["", "\u{feff}"] {
        let file = [mark.as_bytes(), &damaged].concat();
        let refused = department.upload(path, &file);
        assert_eq!(refused.faults(400), ["file sheet_encoding"]);
        assert!(
            refused.text.contains("Ô B4 có ký tự hỏng") && refused.text.contains("CSV UTF-8"),
            "{}",
            refused.text
        );
    }
    assert_eq!(counts(&tried(&department, "units", text)), (2, 0, 0));
    // half a letter of UTF-16
    let mut wide: Vec<u8> = [0xff, 0xfe].to_vec();
    wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    wide.extend([0x00, 0xd8]);
    assert_eq!(
        department.upload(path, &wide).faults(400),
        ["file sheet_encoding"]
    );
}

fn what_a_calendar_says_that_is_not_entered_is_told(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let event = |lines: &str| format!("BEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\n");
    let calendar = |events: &[String]| {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n",
            events.concat()
        )
    };
    let path = "/api/v1/imports/events?unit=huyen";
    let file = calendar(&[
        event("UID:a\r\nSUMMARY:Một lần\r\nDTSTART:20261125T010000Z\r\nDURATION:PT1H30M"),
        event("UID:b\r\nSUMMARY:Giao ban\r\nDTSTART:20261126T010000Z\r\nRRULE:FREQ=WEEKLY"),
    ]);
    let done = department.upload(path, file.as_bytes()).expect(200);
    assert_eq!(counts(&done), (2, 0, 0), "{done:#}");
    let warning = &done["warnings"]["rows"][0];
    assert_eq!(
        (
            &done["warnings"]["total"],
            &warning["code"],
            &warning["row"]
        ),
        (&json!(1), &json!("ics_repeated"), &json!(3))
    );
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("\"Giao ban\" lặp lại"), "{message}");
    let events = department.get("/api/v1/events").items();
    let once = events
        .iter()
        .find(|event| event["title"] == "Một lần")
        .unwrap();
    assert_eq!(once["ends_at"], "2026-11-25T09:30:00+07:00");
    let wrong = calendar(&[
        event("UID:a\r\nSUMMARY:Họp\r\nDTSTART;TZID=Giờ riêng:20261125T080000"),
        event("UID:b\r\nSUMMARY:Ngược\r\nDTSTART:20261126T010000Z\r\nDTEND:20261125T010000Z"),
    ]);
    let refused = department.upload(path, wrong.as_bytes());
    assert_eq!(
        refused.faults(400),
        [
            "event 1.starts_at ics_zone",
            "event 2.ends_at ics_ends_first"
        ]
    );
    let browser = signed_in(app, &desk, Role::Department);
    let fields = [
        ("loai", "events"),
        ("don_vi", "huyen"),
        ("van_ban", wrong.as_str()),
    ];
    let page = browser.form("/nhap-tep", &fields).expect_page(400);
    assert!(
        page.contains("Họp") && page.contains("Giờ riêng") && page.contains("Ngược"),
        "{page}"
    );
    let fields = [
        ("loai", "events"),
        ("don_vi", "co-so"),
        ("van_ban", file.as_str()),
    ];
    let page = browser.form("/nhap-tep", &fields).expect_page(200);
    assert!(
        page.contains("<h2>Không nhập</h2>") && page.contains("lặp lại"),
        "{page}"
    );
    // parameters that nobody reads cost nothing
    let many = ";A=1".repeat(900_000);
    let long = calendar(&[event(&format!(
        "SUMMARY:Dài\r\nATTENDEE{many}:mailto:a@tinh.example\r\nDTSTART:20261127T010000Z"
    ))]);
    let done = department.upload(path, long.as_bytes()).expect(200);
    assert_eq!(counts(&done), (1, 0, 0));
}

fn an_item_names_its_event_by_title_or_start(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let editor = app.client_of(Role::Editor, Some(&desk.root));
    for (title, starts) in [
        ("Hội nghị", "2026-11-05T08:00:00+07:00"),
        ("Hội thao", "2026-11-06T08:00:00+07:00"),
        ("Hội thao", "2026-11-13T08:00:00+07:00"),
    ] {
        desk.event(json!({ "title": title, "starts_at": starts }));
    }
    let file = |event: &str| {
        format!(
            "Đơn vị,Loại,Tiêu đề,Ngày gửi,Sự kiện\nhuyen,tin,Tin {event},14/11/2026 08:00,{event}\n"
        )
    };
    for (event, title, starts) in [
        ("hoi nghi", "Hội nghị", "05"),
        ("13/11/2026", "Hội thao", "13"),
        ("06/11/2026 08:00", "Hội thao", "06"),
        ("08:00 05/11/2026", "Hội nghị", "05"),
    ] {
        let done = editor.upload("/api/v1/imports/items", file(event).as_bytes());
        let done = done.expect(200);
        let id = done["created"]["rows"][0]["id"].as_str().unwrap();
        let item = editor.get(&format!("/api/v1/items/{id}")).expect(200);
        let event = editor.get(&format!("/api/v1/events/{}", item["event_id"]));
        let event = event.expect(200);
        assert_eq!(event["title"], title);
        let at = event["starts_at"].as_str().unwrap();
        assert!(at.starts_with(&format!("2026-11-{starts}")), "{at}");
    }
    for (event, fault, told) in [
        (
            "Hội thao",
            "!E2 import_event_many",
            "08:00 06/11/2026; 08:00 13/11/2026",
        ),
        ("Đại hội", "!E2 import_event_unknown", "Đại hội"),
        ("07/11/2026", "!E2 import_event_unknown", "07/11/2026"),
    ] {
        let report = tried(&editor, "items", &file(event));
        assert_eq!(places(&report), [fault]);
        let message = report["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(told), "{message}");
    }
    // a grade of what is not published is not entered, and the answer says so
    let graded = "Đơn vị,Loại,Tiêu đề,Ngày gửi,Đã đăng,Chất lượng\n\
        huyen,tin,Một,14/11/2026,x,4\nhuyen,tin,Hai,14/11/2026,,4\n";
    let report = tried(&editor, "items", graded);
    assert_eq!((counts(&report), places(&report)), ((2, 0, 0), Vec::new()));
    let warning = &report["warnings"]["rows"][0];
    assert_eq!(
        (&warning["code"], &warning["row"], &warning["column"]),
        (&json!("import_grade_unpublished"), &json!(3), &json!("F"))
    );
}

fn what_a_row_leaves_open_stays_as_it_is(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let file = book(
        "Người",
        &[
            &[
                "Đơn vị",
                "Họ và tên",
                "Chức danh",
                "Thư",
                "Vai trò",
                "Vị trí",
                "Lĩnh vực",
            ],
            &[
                "huyen",
                "Một",
                "Chủ tịch",
                "mot@tinh.example",
                "lãnh đạo",
                "",
                "",
            ],
            &["huyen", "Hai", "Phó Chủ tịch", "", "lãnh đạo", "", ""],
            &[
                "huyen",
                "Ba",
                "Trưởng ban",
                "",
                "người viết",
                "",
                "tài chính",
            ],
            &["huyen", "Bốn", "", "", "lãnh đạo", "nhân viên", ""],
        ],
    );
    let path = "/api/v1/imports/people";
    department.upload(path, &file).expect(200);
    let people = || {
        let people = department.get(&format!("/api/v1/people?unit_id={}", desk.superior.id));
        let mut told: Vec<String> = people
            .items()
            .iter()
            .map(|one| {
                format!(
                    "{} {} {} {} {}",
                    one["name"].as_str().unwrap(),
                    one["position"].as_str().unwrap(),
                    one["title"],
                    one["mail"],
                    one["fields"]
                )
            })
            .collect();
        told.sort();
        told
    };
    let told = [
        "Ba staff \"Trưởng ban\" null [\"tai_chinh\"]",
        "Bốn staff null null []",
        "Hai deputy \"Phó Chủ tịch\" null []",
        "Một head \"Chủ tịch\" \"mot@tinh.example\" []",
    ];
    assert_eq!(people(), told);
    let units = "Mã,Tên,Loại,Cấp trên,Cụm,Ngày thành lập,Thư\n\
        x,X,cơ sở,huyen,Cụm A,01/07/2025,x@tinh.example\n";
    department
        .upload("/api/v1/imports/units", units.as_bytes())
        .expect(200);
    // a sheet without those columns does not empty them
    let renamed = "Mã,Tên,Loại\nx,X mới,cơ sở\n";
    let done = department
        .upload("/api/v1/imports/units", renamed.as_bytes())
        .expect(200);
    assert_eq!(counts(&done), (0, 1, 0), "{done:#}");
    let again = units.replace("x,X,", "x,X mới,");
    assert_eq!(counts(&tried(&department, "units", &again)), (0, 0, 1));
    let short = "Đơn vị,Họ và tên,Vai trò\nhuyen,Một,lãnh đạo\nhuyen,Hai,lãnh đạo\nhuyen,Ba,người viết\nhuyen,Bốn,lãnh đạo\n";
    let again = department.upload(path, short.as_bytes()).expect(200);
    assert_eq!(
        (counts(&again), people()),
        ((0, 0, 4), told.map(str::to_owned).to_vec())
    );
}
