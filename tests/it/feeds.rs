//! Calendar feeds, read back by icalendar; reports that leave by mail.

use chrono::TimeDelta;
use mail_parser::{MessageParser, MimeHeaders as _};
use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::mail::Captured;

use crate::both_databases;
use crate::page_items::{send, signed_in};
use crate::support::app::{Reply, TestApp};
use crate::support::browser::Browser;
use crate::support::desk::{Desk, quota, superiors};
use crate::support::office;

both_databases!(
    a_feed_holds_deadlines_periods_and_events,
    an_address_is_shown_once_and_taken_back,
    a_monthly_table_leaves_on_a_working_day_with_its_file,
    a_half_yearly_report_and_a_weekly_digest_leave_once,
);

/// The calendar at an address that a reply shows.
fn calendar(app: &TestApp, address: &str) -> Reply {
    let path = address.split_once("/ics/").unwrap().1;
    app.nobody().get(&format!("/ics/{path}"))
}

fn a_feed_holds_deadlines_periods_and_events(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    let title =
        "Đại hội Công đoàn cơ sở Công ty Trách nhiệm hữu hạn một thành viên, nhiệm kỳ 2026-2031";
    let event = desk.event(json!({ "title": title, "place": "Hội trường A; tầng 2",
        "starts_at": "2026-11-20T13:00:00+07:00", "ends_at": "2026-11-20T15:00:00+07:00" }));
    let unit = desk.superior.id;
    let made = app
        .admin()
        .post("/api/v1/calendar-feeds", &json!({ "unit_id": unit }))
        .expect(201);
    let reply = calendar(app, made["address"].as_str().unwrap());
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, "text/calendar; charset=utf-8")
    );
    let read = office::read("ics", &reply.bytes);
    assert_eq!(
        (&read["version"], &read["zones"]),
        (&json!("2.0"), &json!(["Asia/Ho_Chi_Minh"]))
    );
    assert!(
        read["longest_line"].as_i64().unwrap() <= 75 && read["errors"] == json!([]),
        "{read}"
    );
    let events = read["events"].as_array().unwrap();
    let of = |uid: &str| {
        let mut found = events
            .iter()
            .filter(|one| one["UID"].as_str().unwrap().starts_with(uid));
        found
            .next()
            .unwrap_or_else(|| panic!("{uid}: {read}"))
            .clone()
    };
    let own = of(&format!("event-{}@", event.id));
    assert_eq!(
        (own["SUMMARY"].as_str(), &own["DTSTART"]),
        (Some(title), &json!({ "time": "2026-11-20 13:00+07:00" }))
    );
    let deadline: Vec<&Value> = events
        .iter()
        .filter(|one| one["SUMMARY"].as_str().unwrap().starts_with("Hạn:"))
        .collect();
    assert_eq!(
        deadline[0]["DTEND"],
        json!({ "time": "2026-11-25 09:00+07:00" })
    );
    assert_eq!(deadline[0]["alarms"], json!(["-PT3H30M", "-PT30M"]));
    let period: Vec<&Value> = events
        .iter()
        .filter(|one| one["SUMMARY"].as_str().unwrap().starts_with("Hết kỳ:"))
        .collect();
    assert_eq!(
        (&period[0]["DTSTART"], &period[0]["DTEND"]),
        (
            &json!({ "date": "2026-11-30" }),
            &json!({ "date": "2026-12-01" })
        )
    );
    // the same until something changes
    let tag = reply.header("etag").to_owned();
    let again = app.nobody().with("If-None-Match", tag.clone());
    let path = format!(
        "/ics/{}",
        made["address"]
            .as_str()
            .unwrap()
            .split_once("/ics/")
            .unwrap()
            .1
    );
    for known in [tag.as_str(), "*"] {
        let again = app.nobody().with("If-None-Match", known).get(&path);
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{known}");
        assert_eq!(again.header("etag"), tag);
    }
    desk.hand_in(json!({ "event_id": event.id }));
    let changed = again.get(&path);
    assert!(changed.status == 200 && changed.header("etag") != tag);
}

fn an_address_is_shown_once_and_taken_back(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let own = "/tai-khoan/lich";
    let made = send(&leader, &leader.get(own), own, &[]);
    assert_eq!(made.status, 200, "{}", made.text);
    let address = made
        .text
        .split("<code>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(calendar(app, &address).status, 200);
    let list = leader.get(own);
    let secret = address
        .split("/ics/")
        .nth(1)
        .unwrap()
        .trim_end_matches(".ics");
    assert!(
        !list.text.contains(secret) && list.text.contains("/thu-hoi"),
        "{}",
        list.text
    );
    let action = list
        .text
        .split("action=\"")
        .find(|part| part.contains("/thu-hoi\""))
        .unwrap();
    let action = action.split('"').next().unwrap().to_owned();
    // nobody else takes it back
    let other = signed_in(app, &desk, Role::Department);
    assert_eq!(send(&other, &other.get(own), &action, &[]).status, 404);
    assert_eq!(send(&leader, &list, &action, &[]).status, 303);
    assert_eq!(calendar(app, &address).status, 404);
    // guessing is slowed down, and keeps nobody from a calendar or from signing in
    let kept = send(&leader, &leader.get(own), own, &[]);
    let kept = kept.text.split("<code>").nth(1).unwrap();
    let kept = kept.split('<').next().unwrap().to_owned();
    let guess = |browser: &Browser| browser.get(&format!("/ics/{}.ics", "x".repeat(43))).status;
    let nobody = Browser::of(app);
    let tries: Vec<u16> = (0..200).map(|_| guess(&nobody)).collect();
    assert!(tries.contains(&404) && tries.contains(&429), "{tries:?}");
    assert_eq!(calendar(app, &kept).status, 200);
    assert_eq!(Browser::of(app).sign_in("leader@tinh.example").status, 303);
}

/// Switches a report of a federation on.
fn switch_on(app: &TestApp, desk: &Desk<'_>, job: &str) {
    let path = format!("/api/v1/jobs/{job}:{}", desk.root.id);
    let version = app.admin().get(&path).expect(200)["version"]
        .as_i64()
        .unwrap();
    let on = app
        .admin()
        .knowing(version)
        .patch(&path, &json!({ "enabled": true }));
    assert_eq!(on.status, 200, "{}", on.text);
}

/// A mail that arrived: its subject, its bodies, and its file.
struct Arrived {
    to: String,
    subject: String,
    whole: String,
    file: Option<(String, Vec<u8>)>,
}

/// What arrived with this in its subject.
fn arrived(app: &TestApp, subject: &str) -> Vec<Arrived> {
    let parse = |mail: Captured| {
        let parsed = MessageParser::default().parse(&mail.raw).unwrap();
        let subject = parsed.subject().unwrap().to_owned();
        let (text, html) = (parsed.body_text(0).unwrap(), parsed.body_html(0).unwrap());
        let file = parsed.attachments().next();
        Arrived {
            to: mail.to,
            whole: format!("Subject: {subject}\n\n{text}\n{html}").replace('\r', ""),
            file: file.map(|file| {
                (
                    file.attachment_name().unwrap().to_owned(),
                    file.contents().to_vec(),
                )
            }),
            subject,
        }
    };
    let all = app.mails().into_iter().map(parse);
    all.filter(|mail| mail.subject.contains(subject)).collect()
}

fn a_monthly_table_leaves_on_a_working_day_with_its_file(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    desk.person(&desk.root, Role::Department, "Ban Tuyên giáo");
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    desk.published(json!({}));
    // nothing leaves before somebody chose it
    app.set_clock("2026-12-01T09:00:00+07:00");
    app.run_due();
    assert!(arrived(app, "Bảng kết quả").is_empty());
    switch_on(app, &desk, "monthly-table");
    // 1 January is a holiday, 2 and 3 are a weekend
    app.set_clock("2027-01-01T08:30:00+07:00");
    app.run_due();
    assert!(arrived(app, "Bảng kết quả").is_empty());
    app.set_clock("2027-01-04T08:00:00+07:00");
    let sent = arrived(app, "Bảng kết quả");
    assert_eq!(sent.len(), 1);
    let (name, bytes) = sent[0].file.as_ref().unwrap();
    assert_eq!(name, "thang-2026-12.xlsx");
    let book = office::read("xlsx", bytes);
    assert_eq!(book["sheets"][0]["name"], "tháng 12 2026");
    insta::assert_snapshot!("mail_monthly_table", sent[0].whole);
    // once, whatever runs again
    app.advance(TimeDelta::hours(1));
    app.run_due();
    assert!(arrived(app, "Bảng kết quả").is_empty());
}

fn a_half_yearly_report_and_a_weekly_digest_leave_once(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    desk.person(&desk.root, Role::Department, "Ban Tuyên giáo");
    desk.person(&desk.superior, Role::Leader, "Trưởng đơn vị");
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    desk.published(json!({}));
    app.run_due();
    switch_on(app, &desk, "half-year-report");
    switch_on(app, &desk, "weekly-digest");
    // a Monday; the quota of November falls due that night
    app.set_clock("2026-11-30T08:00:00+07:00");
    app.run_due();
    let sent = arrived(app, "Bản tin tuần");
    assert_eq!(sent.len(), 1, "units that owe nothing get none");
    assert!(sent[0].to.starts_with("huyen-leader"));
    insta::assert_snapshot!("mail_weekly_digest", sent[0].whole);
    app.set_clock("2027-01-04T08:00:00+07:00");
    app.run_due();
    let (sent, own): (Vec<Arrived>, Vec<Arrived>) = arrived(app, "Báo cáo")
        .into_iter()
        .partition(|mail| mail.subject.contains("Báo cáo tổng hợp"));
    assert_eq!(sent.len(), 1);
    let (name, bytes) = sent[0].file.as_ref().unwrap();
    assert_eq!(name, "roll-up-2026-h2.docx");
    let told = office::read("docx", bytes)["blocks"].to_string();
    assert!(told.contains("6 tháng cuối năm 2026"), "{told}");
    insta::assert_snapshot!("mail_half_year_report", sent[0].whole);
    // and each unit its own report, to sign and to send
    assert_eq!(own.len(), 1, "units that owe nothing get none");
    assert!(own[0].to.starts_with("huyen-leader"), "{}", own[0].to);
    let (name, bytes) = own[0].file.as_ref().unwrap();
    assert_eq!(name, "half-year-2026-h2.docx");
    let told = office::read("docx", bytes)["blocks"].to_string();
    assert!(told.contains("Đánh giá chung"), "{told}");
    insta::assert_snapshot!("mail_half_year_of_unit", own[0].whole);
    app.run_due();
    assert!(arrived(app, "Báo cáo").is_empty());
}
