//! Official documents, read back by python-docx: their layout, their texts, their heads.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::page_items::{hidden, send, signed_in};
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::{Reply, TestApp};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::office;
use crate::support::page::without_ids;
use crate::support::tree::found;

both_databases!(
    the_report_on_a_month_is_laid_out_as_an_official_document,
    a_unit_reports_its_half_year_and_its_federation_rolls_up,
    the_emulation_of_a_year_has_the_table_of_its_decision,
    a_head_and_a_text_are_set_and_checked_before_they_are_used,
    the_pages_of_reports,
);

/// November with two tin owed and one there.
fn november(app: &TestApp) -> Desk<'_> {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    found(app, "huyen-b", Category::Superior, Some(&desk.root));
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    desk.published(json!({}));
    app.set_clock("2026-12-02T08:00:00+07:00");
    desk.sweep();
    desk
}

fn document(app: &TestApp, query: &str) -> Value {
    let reply = app
        .admin()
        .get(&format!("/api/v1/reports/document.docx?{query}"));
    assert_eq!(reply.status, 200, "{}", reply.text);
    let kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    assert_eq!(reply.header("content-type"), kind);
    office::read("docx", &reply.bytes)
}

/// Compares the paragraphs and tables of a document with their snapshot.
#[track_caller]
fn assert_blocks(name: &str, file: &Value) {
    let lines: Vec<String> = file["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    insta::assert_snapshot!(name, lines.join("\n"));
}

fn the_report_on_a_month_is_laid_out_as_an_official_document(app: &TestApp) {
    let desk = november(app);
    let file = document(
        app,
        &format!("kind=monthly&unit={}&period=2026-M11", desk.root.id),
    );
    assert_eq!(file["paper"], json!([210, 297]));
    assert_eq!(
        file["margins"],
        json!([20, 20, 30, 15]),
        "top, bottom, left, right"
    );
    assert_eq!(file["fonts"], json!(["Times New Roman"]));
    assert_eq!(file["sizes"], json!([11.0, 12.0, 13.0, 14.0]));
    // numbers of pages, but on the first one
    assert_eq!(
        (
            &file["first_page_differs"],
            &file["head"],
            &file["head_of_first"]
        ),
        (&json!(true), &json!(true), &json!(false))
    );
    assert_blocks("document_monthly", &file);
}

fn a_unit_reports_its_half_year_and_its_federation_rolls_up(app: &TestApp) {
    let desk = november(app);
    let own = document(
        app,
        &format!("kind=half_year&unit={}&period=2026-H2", desk.superior.id),
    );
    assert_blocks("document_half_year", &own);
    let all = document(
        app,
        &format!("kind=roll_up&unit={}&period=2026-H2", desk.root.id),
    );
    assert_blocks("document_roll_up", &all);
    let wrong = format!(
        "/api/v1/reports/document.docx?kind=roll_up&unit={}&period=",
        desk.root.id
    );
    let faults = |period: &str| app.admin().get(&format!("{wrong}{period}")).faults(400);
    assert_eq!(faults("2026-M11"), ["period document_period"]);
    assert_eq!(faults("x"), ["period period_key"]);
}

fn the_emulation_of_a_year_has_the_table_of_its_decision(app: &TestApp) {
    let desk = november(app);
    let path = format!(
        "/api/v1/reports/document.docx?kind=emulation&unit={}&period=2026",
        desk.root.id
    );
    let refused = app.admin().get(&path);
    assert_eq!(refused.faults(400), ["period document_no_scheme"]);
    assert!(
        refused.text.contains("Thang điểm thi đua"),
        "{}",
        refused.text
    );
    let scheme = json!({ "preset": "simple", "document_number": "12/HD-LĐLĐ" });
    let path = format!("/api/v1/score-schemes/{}/2026/superior", desk.root.id);
    app.admin().knowing(0).put(&path, &scheme).expect(200);
    let file = document(
        app,
        &format!("kind=emulation&unit={}&period=2026", desk.root.id),
    );
    assert_blocks("document_emulation", &file);
}

fn a_head_and_a_text_are_set_and_checked_before_they_are_used(app: &TestApp) {
    let desk = november(app);
    let admin = app.admin();
    let head = format!("/api/v1/units/{}/letterhead", desk.root.id);
    assert_eq!(admin.get(&head).expect(200)["version"], 0);
    let new = json!({
        "superior_body": "TỔNG LIÊN ĐOÀN", "issuing_body": "LIÊN ĐOÀN LAO ĐỘNG TỈNH BẾN TRE", "place": "Bến Tre",
        "symbol": "BC-LĐLĐ", "recipients": ["Ban Thường vụ (để báo cáo);", "Lưu: VT, BTG."],
        "signatory_title": ["TM. BAN THƯỜNG VỤ", "PHÓ CHỦ TỊCH"], "signatory_name": "Người Ký"
    });
    assert_eq!(admin.knowing(1).put(&head, &new).status, 412);
    let set = admin.knowing(0).put(&head, &new).expect(200);
    assert_eq!(
        (&set["version"], &set["place"]),
        (&json!(1), &json!("Bến Tre"))
    );
    let asked = format!("kind=monthly&unit={}&period=2026-M11", desk.root.id);
    let told = document(app, &asked)["blocks"].to_string();
    for part in [
        "Bến Tre, ngày 02 tháng 12 năm 2026",
        "/BC-LĐLĐ",
        "PHÓ CHỦ TỊCH",
        "Người Ký",
        "- Lưu: VT, BTG.",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }

    let texts = format!("/api/v1/units/{}/document-templates", desk.root.id);
    let monthly = format!("{texts}/monthly");
    assert_eq!(admin.get(&texts).items().len(), 4);
    let text =
        |body: &str| json!({ "title": "BÁO CÁO NHANH", "subject": "Kết quả {ky}", "body": body });
    let refused = admin.knowing(0).put(&monthly, &text("{thang}"));
    assert_eq!(refused.faults(400), ["body template_placeholder"]);
    assert!(refused.text.contains("{so_don_vi_dat}"), "{}", refused.text);
    admin
        .knowing(0)
        .put(&monthly, &text("{don_vi} có {da_co}/{phai_co}."))
        .expect(200);
    let told = document(app, &asked)["blocks"].to_string();
    assert!(
        told.contains("BÁO CÁO NHANH") && told.contains("có 1/4."),
        "{told}"
    );
}

fn shown(page: &Reply) -> String {
    without_ids(&page.text)
}

fn the_pages_of_reports(app: &TestApp) {
    let desk = november(app);
    let department = signed_in(app, &desk, Role::Department);
    let root = desk.root.id;
    for lang in ["vi", "en"] {
        choose(&department, lang);
        let page = department.get("/bao-cao?thang=11/2026");
        assert_page("reports", lang, &shown(&page), &[]);
        let page = department.get(&format!("/van-ban/{root}"));
        assert_page("letterhead", lang, &shown(&page), &[]);
        let page = department.get(&format!("/van-ban/{root}/mau/monthly"));
        assert_page("document_template", lang, &shown(&page), &[]);
    }
    choose(&department, "vi");
    let wrong = department.get("/bao-cao?dv=khong-co");
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    assert!(wrong.text.contains("id=\"dv-fault\""), "{}", wrong.text);

    let address = format!("/van-ban/{root}/mau/monthly");
    let form = department.get(&address);
    let typed = [
        ("tieu_de", "BÁO CÁO"),
        ("trich_yeu", "Kết quả"),
        ("noi_dung", "{sai}"),
    ];
    let refused = send(&department, &form, &address, &typed);
    assert_eq!(refused.status, 400);
    assert!(
        refused.text.contains("id=\"noi_dung-fault\"") && refused.text.contains("{sai}"),
        "{}",
        refused.text
    );
    let good = [
        ("tieu_de", "BÁO CÁO"),
        ("trich_yeu", "Kết quả"),
        ("noi_dung", "Xong."),
    ];
    assert_eq!(
        send(&department, &department.get(&address), &address, &good).status,
        303
    );
    // somebody saved it meanwhile
    let late = send(&department, &form, &address, &good);
    assert_eq!(late.status, 409);
    assert_eq!(hidden(&late, "phien_ban"), "1");
    let back = [("goc", "1")];
    assert_eq!(
        send(&department, &department.get(&address), &address, &back).status,
        303
    );
    assert!(department.get(&address).text.contains("{bang_don_vi}"));

    let address = format!("/van-ban/{root}");
    let typed = [
        ("co_quan", "LĐLĐ TỈNH"),
        ("dia_danh", "Bến Tre"),
        ("ky_hieu", "BC-LĐLĐ"),
        ("noi_nhan", "Lưu\r\nVT"),
    ];
    let sent = send(&department, &department.get(&address), &address, &typed);
    assert_eq!(sent.status, 303, "{}", sent.text);
    let file = department.get(&format!(
        "/bao-cao/van-ban.docx?don_vi={root}&van_ban=monthly&ky=2026-M11"
    ));
    let told = office::read("docx", &file.bytes)["blocks"].to_string();
    assert!(
        told.contains("Bến Tre, ngày 02 tháng 12 năm 2026"),
        "{told}"
    );
    // a leader sets the head of their own unit, and no texts
    let leader = signed_in(app, &desk, Role::Leader);
    assert_eq!(
        leader.get(&format!("/van-ban/{}", desk.superior.id)).status,
        200
    );
    assert_eq!(
        leader
            .get(&format!("/van-ban/{}/mau/monthly", desk.superior.id))
            .status,
        403
    );
}
