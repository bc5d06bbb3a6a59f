//! The pages of calendars: which one binds whom, a month, and changes with what they would do.

use chrono::TimeDelta;
use serde_json::json;
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::page_items::{send, signed_in};
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::{Reply, TestApp};
use crate::support::browser::Browser;
use crate::support::desk::Desk;
use crate::support::page::without_ids;
use crate::support::tree::found;

both_databases!(
    a_month_shows_holidays_worked_days_and_hours,
    a_swapped_working_day_tells_whom_the_preview_named,
    what_is_wrong_is_said_at_its_field,
    a_shipped_calendar_is_copied_in_one_press,
    a_year_without_holidays_is_warned_of,
    office_hours_change_from_a_day_on,
    a_change_after_somebody_else_s_is_looked_at_again,
    who_sees_and_changes_which_calendar,
);

const MONTH: &str = "/lich/lich-tinh/2026-11";
const SWAP: &str = "/lich/lich-tinh/sua/doi-ngay";
const SWAPPED: &str = "nghi=25%2F11%2F2026&lam=28%2F11%2F2026";

/// A federation with its own calendar, on Monday 23/11/2026 at 08:00, and its department.
fn federation(app: &TestApp) -> (Desk<'_>, Browser) {
    app.set_clock("2026-11-23T08:00:00+07:00");
    let desk = Desk::on_own_calendar(app);
    let department = signed_in(app, &desk, Role::Department);
    (desk, department)
}

/// A superior union with a leader who gets mails.
fn union_with_leader(app: &TestApp, desk: &Desk<'_>, code: &str) -> UnitRow {
    let unit = found(app, code, Category::Superior, Some(&desk.root));
    desk.person(&unit, Role::Leader, &format!("Trưởng {code}"));
    unit
}

#[track_caller]
fn assert_shown(name: &str, lang: &str, page: &Reply, status: u16) {
    assert_eq!(page.status, status, "{}", page.text);
    assert_page(name, lang, &without_ids(&page.text), &[]);
}

/// The fields that a preview sends on.
fn swapped() -> [(&'static str, &'static str); 2] {
    [("nghi", "25/11/2026"), ("lam", "28/11/2026")]
}

/// Follows where a form leads; the page there.
#[track_caller]
fn next(browser: &Browser, reply: &Reply) -> Reply {
    assert_eq!(reply.status, 303, "{}", reply.text);
    browser.get(reply.header("location"))
}

fn a_month_shows_holidays_worked_days_and_hours(app: &TestApp) {
    let (_desk, department) = federation(app);
    for lang in ["vi", "en"] {
        choose(&department, lang);
        assert_shown("calendars", lang, &department.get("/lich"), 200);
        assert_shown("calendar_month", lang, &department.get(MONTH), 200);
    }
    choose(&department, "vi");
    let now = department.get("/lich/lich-tinh");
    assert_eq!(now.header("location"), MONTH);
    // worked days and the names of the lunar new year
    let year = department.get("/lich/lich-tinh/2026-02");
    assert!(year.text.contains("Mùng 1 tháng Giêng"), "{}", year.text);
    for wrong in ["2026-13", "1999-01", "x"] {
        assert_eq!(
            department.get(&format!("/lich/lich-tinh/{wrong}")).status,
            404
        );
    }
    assert_eq!(department.get("/lich/khong-co/2026-11").status, 404);
}

/// Changed through the page; the job runs; everybody gets exactly the mail that the preview named.
fn a_swapped_working_day_tells_whom_the_preview_named(app: &TestApp) {
    let (desk, department) = federation(app);
    let first = union_with_leader(app, &desk, "huyen-b");
    let second = union_with_leader(app, &desk, "huyen-c");
    let settled = union_with_leader(app, &desk, "huyen-d");
    let held = |unit: &UnitRow, title: &str| {
        desk.event(json!({ "unit_id": unit.id, "title": title, "starts_at": "2026-11-20T14:00:00+07:00", "ends_at": "2026-11-20T15:00:00+07:00" }))
    };
    held(&first, "Hội nghị một");
    held(&first, "Hội nghị hai");
    held(&second, "Hội thi");
    let done = held(&settled, "Hội thao");
    let item = json!({ "unit_id": settled.id, "event_id": done.id, "channel": "mail", "arrival": { "at": "2026-11-20T16:00:00+07:00", "reason": "Thư" } });
    desk.try_hand_in(&desk.editor, item).unwrap();
    app.run_due();
    app.mark_mails_read();
    app.mails();

    let form = department.get(&format!("{SWAP}?nghi=25/11/2026"));
    assert_shown("calendar_swap", "vi", &form, 200);
    let preview = department.get(&format!("{SWAP}/xac-nhan?{SWAPPED}"));
    assert_shown("calendar_swap_preview", "vi", &preview, 200);
    assert!(
        preview.text.contains("Đổi ngày, dời 3 hạn"),
        "{}",
        preview.text
    );
    let named = |page: &str| {
        let all =
            ["huyen-b", "huyen-c", "huyen-d"].map(|code| format!("{code}-leader@thu.example"));
        all.into_iter()
            .filter(|mail| page.contains(mail))
            .collect::<Vec<_>>()
    };
    let promised = named(&preview.text);
    assert_eq!(promised.len(), 2, "{promised:?}");
    app.run_due();
    assert!(app.mails().is_empty(), "looking changes nothing");

    let saved = send(&department, &preview, SWAP, &swapped());
    let again = send(&department, &preview, SWAP, &swapped());
    assert_eq!(
        again.header("location"),
        saved.header("location"),
        "the same form"
    );
    let month = next(&department, &saved);
    assert!(month.text.contains("Đã lưu lịch"), "{}", month.text);
    assert!(month.text.contains("Còn 3 trong 3 hạn"), "{}", month.text);
    assert_shown("calendar_settling", "vi", &department.get(MONTH), 200);

    app.advance(TimeDelta::minutes(1));
    app.run_due();
    let mails = app.mails();
    let read = |raw: &[u8]| {
        let mail = mail_parser::MessageParser::default().parse(raw).unwrap();
        let to = mail.to().unwrap().first().unwrap();
        (
            to.address().unwrap().to_owned(),
            mail.body_text(0).unwrap().into_owned(),
        )
    };
    let mut got: Vec<(String, String)> = mails.iter().map(|mail| read(&mail.raw)).collect();
    got.sort();
    let to: Vec<&String> = got.iter().map(|(to, _)| to).collect();
    assert_eq!(to, promised.iter().collect::<Vec<_>>());
    for (works, (_, text)) in [2, 1].into_iter().zip(&got) {
        assert!(text.matches("09:00 26/11/2026").count() >= works, "{text}");
        assert!(!text.contains("Hội thao"), "{text}");
    }
    app.mark_mails_read();
    let month = department.get(MONTH);
    assert!(
        !month.text.contains("đang được tính lại"),
        "all have followed"
    );
    assert!(
        month.text.contains("Làm bù ngày nghỉ 25/11/2026"),
        "{}",
        month.text
    );
    app.advance(TimeDelta::minutes(5));
    app.run_due();
    assert!(app.mails().is_empty(), "nobody is told twice");
}

fn what_is_wrong_is_said_at_its_field(app: &TestApp) {
    let (_desk, department) = federation(app);
    let preview = |query: &str| department.get(&format!("{SWAP}/xac-nhan?{query}"));
    let refused = preview("nghi=31%2F02%2F2026&lam=28%2F11%2F2026");
    assert_shown("calendar_swap_refused", "vi", &refused, 400);
    assert!(refused.text.contains("href=\"#nghi\""), "{}", refused.text);
    assert!(
        refused.text.contains("value=\"31/02/2026\""),
        "what was typed stays"
    );
    let off = preview("nghi=24%2F11%2F2026&lam=23%2F11%2F2026");
    assert_eq!(off.status, 400);
    assert!(
        off.text.contains("Ngày 24/11/2026 đã là ngày nghỉ"),
        "{}",
        off.text
    );
    assert!(
        off.text.contains("Ngày 23/11/2026 đã là ngày làm việc"),
        "{}",
        off.text
    );
    let hours = "/lich/lich-tinh/sua/gio-lam-viec/xac-nhan?tu=01%2F12%2F2026&t2=07:00-11:00,10:00-12:00&t3=sang";
    let refused = department.get(hours);
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("href=\"#t3\""), "{}", refused.text);
    let overlap = department.get(&hours.replace("&t3=sang", ""));
    assert!(
        overlap.text.contains("chồng lên khoảng trước"),
        "{}",
        overlap.text
    );
    assert!(overlap.text.contains("href=\"#t2\""), "{}", overlap.text);
    let name = format!("<b>{}\u{202e}🎉", "x".repeat(5_000));
    let query = serde_urlencoded::to_string([("ngay", "25/11/2026"), ("ten", &name)]).unwrap();
    let long = department.get(&format!("/lich/lich-tinh/sua/ngay-nghi/xac-nhan?{query}"));
    assert_eq!(long.status, 400, "{}", long.text);
    assert!(!long.text.contains("<b>"), "{}", long.text);
    let nothing = department.get("/lich/lich-tinh/sua/bo-ngay/xac-nhan?ngay=25/11/2026");
    assert_eq!(nothing.status, 400);
    assert_eq!(department.get("/lich/lich-tinh/sua/xoa").status, 404);
    let version = app.admin().get("/api/v1/calendars/lich-tinh").expect(200)["version"].clone();
    assert_eq!(version, 1, "nothing is written");
}

fn a_shipped_calendar_is_copied_in_one_press(app: &TestApp) {
    app.set_clock("2026-11-23T08:00:00+07:00");
    let desk = Desk::new(app);
    let department = signed_in(app, &desk, Role::Department);
    let page = department.get("/lich/ben-tre/2026-11");
    assert_shown("calendar_shipped", "vi", &page, 200);
    let refused =
        department.get("/lich/ben-tre/sua/doi-ngay/xac-nhan?nghi=25/11/2026&lam=28/11/2026");
    assert_eq!(refused.status, 409, "{}", refused.text);
    let copied = send(&department, &page, "/lich/ben-tre/sao-chep", &[]);
    assert!(
        copied.header("location").starts_with("/lich/ben-tre-tinh"),
        "{:?}",
        copied.headers
    );
    // there is one copy; a second tab is told where it is
    let again = department.get("/lich/ben-tre/2026-11");
    assert!(!again.text.contains("/sao-chep\""), "{}", again.text);
    let twice = send(
        &department,
        &department.get("/tai-khoan"),
        "/lich/ben-tre/sao-chep",
        &[],
    );
    let twice = twice.expect_page(409);
    assert!(twice.contains("ben-tre-tinh"), "{twice}");
    let month = department.get("/lich/ben-tre-tinh/2026-11");
    assert!(month.text.contains("Đổi ngày"), "{}", month.text);
    let policy = app
        .admin()
        .get(&format!("/api/v1/units/{}/policy", desk.superior.id));
    let fields = policy.expect(200)["fields"].clone();
    assert_eq!(fields[0]["value"], "ben-tre-tinh");
}

fn a_year_without_holidays_is_warned_of(app: &TestApp) {
    app.set_clock("2027-01-11T08:00:00+07:00");
    let desk = Desk::on_own_calendar(app);
    let department = signed_in(app, &desk, Role::Department);
    let page = department.get("/lich/lich-tinh/2027-01");
    assert_shown("calendar_not_covered", "vi", &page, 200);
    assert!(
        department
            .get("/lich")
            .text
            .contains("chưa có ngày nghỉ năm 2028")
    );
    let cover = "/lich/lich-tinh/sua/du-nam";
    let preview = department.get(&format!("{cover}/xac-nhan?nam=2028"));
    let month = next(
        &department,
        &send(&department, &preview, cover, &[("nam", "2028")]),
    );
    assert!(!month.text.contains("Chưa có ngày nghỉ"), "{}", month.text);
}

fn office_hours_change_from_a_day_on(app: &TestApp) {
    let (_desk, department) = federation(app);
    let form = department.get("/lich/lich-tinh/sua/gio-lam-viec");
    assert_shown("calendar_hours", "vi", &form, 200);
    let at = "/lich/lich-tinh/sua/gio-lam-viec";
    let query = "tu=01%2F12%2F2026&t2=8h-12h&t3=8h-12h,13h-17h&t4=8h-12h&t5=8h-12h&t6=8h-12h";
    let preview = department.get(&format!("{at}/xac-nhan?{query}"));
    assert_eq!(preview.status, 200, "{}", preview.text);
    let fields = [
        ("tu", "01/12/2026"),
        ("t2", "8h-12h"),
        ("t3", "8h-12h,13h-17h"),
        ("t4", "8h-12h"),
    ];
    let month = next(&department, &send(&department, &preview, at, &fields));
    assert!(month.text.contains("08:00–12:00"), "{}", month.text);
    let before = department.get(MONTH).text;
    assert!(before.contains("07:00–11:00"), "{before}");
}

fn a_change_after_somebody_else_s_is_looked_at_again(app: &TestApp) {
    let (_desk, department) = federation(app);
    let preview = department.get(&format!("{SWAP}/xac-nhan?{SWAPPED}"));
    let other = json!({ "add_day_off": { "date": "2026-12-30", "name": "Nghỉ" } });
    let edits = "/api/v1/calendars/lich-tinh/edits";
    app.admin().knowing(1).post(edits, &other).expect(200);
    let stale = send(&department, &preview, SWAP, &swapped());
    assert_eq!(stale.status, 409, "{}", stale.text);
    assert!(
        stale.text.contains("Người khác vừa lưu trước"),
        "{}",
        stale.text
    );
    let month = next(&department, &send(&department, &stale, SWAP, &swapped()));
    assert!(
        month.text.contains("Làm bù ngày nghỉ 25/11/2026"),
        "{}",
        month.text
    );
    let calendar = app.admin().get("/api/v1/calendars/lich-tinh").expect(200);
    assert_eq!(
        calendar["holidays"][0]["date"], "2026-12-30",
        "theirs stays"
    );
}

fn who_sees_and_changes_which_calendar(app: &TestApp) {
    let (desk, department) = federation(app);
    let preview = department.get(&format!("{SWAP}/xac-nhan?{SWAPPED}"));
    for role in [Role::Leader, Role::Contributor, Role::Viewer, Role::Editor] {
        let reader = signed_in(app, &desk, role);
        let month = reader.get(MONTH);
        assert_eq!(month.status, 200, "{role}: {}", month.text);
        assert!(!month.text.contains("/sua/"), "{role}: {}", month.text);
        assert!(reader.get("/lich").text.contains("lich-tinh"), "{role}");
        assert_eq!(reader.get(SWAP).status, 403, "{role}");
        assert_eq!(
            reader.get(&format!("{SWAP}/xac-nhan?{SWAPPED}")).status,
            403,
            "{role}"
        );
        let mut fields = swapped().to_vec();
        fields.push(("phien_ban", "1"));
        assert_eq!(reader.form(SWAP, &fields).status, 403, "{role}");
    }
    let leader = Browser::of(app);
    leader.sign_in("leader@tinh.example");
    assert_shown("calendar_month_of_leader", "vi", &leader.get(MONTH), 200);
    let other = Desk::coded(app, "khac");
    let stranger = app.client_of(Role::Department, Some(&other.root));
    stranger
        .get("/api/v1/calendars/lich-tinh/months/2026-11")
        .faults(404);
    let nobody = Browser::of(app);
    assert_eq!(nobody.get(MONTH).status, 303);
    assert_eq!(preview.status, 200);
}
