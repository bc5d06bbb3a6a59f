//! A leader approves what a contributor submitted, out of the mail about it.

use chrono::TimeDelta;
use serde_json::json;
use tinbai::domain::access::Role;
use tinbai::domain::ids::ItemId;
use tinbai::service::notices::sweep;

use crate::both_databases;
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, ORIGIN};
use crate::support::page::shown;

use crate::page_items::{hand_in, send, signed_in, state, union_of};

both_databases!(
    a_leader_approves_out_of_the_mail,
    the_mail_says_what_is_due_in_the_language_of_its_reader,
    several_submissions_are_one_mail,
    the_mail_leaves_in_office_hours,
    what_was_decided_meanwhile_is_not_asked_for,
    what_comes_back_after_changes_is_asked_for_again,
    nobody_approves_by_the_link_alone,
    where_no_leader_has_an_address_the_department_is_asked,
);

fn mails_of_a_sweep(app: &TestApp) -> usize {
    sweep::run(&app.house, app.now(), app.now()).unwrap().mails
}

/// Recipient, subject and both bodies of the only mail, with its link written as `LINK`; and the
/// link.
fn only_mail(app: &TestApp) -> (String, String) {
    let mails = app.mails();
    assert_eq!(mails.len(), 1);
    let parsed = mail_parser::MessageParser::default();
    let mail = parsed.parse(&mails[0].raw).unwrap();
    let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    let to = mail.to().unwrap().first().unwrap();
    let (to, subject) = (to.address.as_deref().unwrap(), mail.subject().unwrap());
    let mut whole = format!("To: {to}\nSubject: {subject}\n\n{text}\n{html}");
    let mut first = None;
    let links = text.split_whitespace();
    for link in links.filter_map(|word| word.strip_prefix(ORIGIN)) {
        whole = whole.replace(link, "/LINK");
        first.get_or_insert_with(|| link.to_owned());
    }
    (whole, first.expect("a link"))
}

#[track_caller]
fn assert_page(name: &str, page: &Reply) {
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(!page.text.contains("pages."), "{}", page.text);
    let text = page.text.replace(&link_in(&page.text), "KY-HIEU");
    insta::assert_snapshot!(format!("approval_{name}"), shown(&text));
}

/// The token in the switches of a page, which come back to its address.
fn link_in(text: &str) -> String {
    let rest = text.split_once("%2Fthu%2F").or(text.split_once("/thu/"));
    let rest = rest.map_or("", |(_, rest)| rest);
    let end = rest.find(['"', '&']).unwrap_or(0);
    match end {
        0 => "no link".to_owned(),
        end => rest[..end].to_owned(),
    }
}

fn approvals(app: &TestApp, id: ItemId) -> usize {
    let item = app.admin().get(&format!("/api/v1/items/{id}")).expect(200);
    let steps = item["steps"].as_array().unwrap();
    steps
        .iter()
        .filter(|step| step["action"] == "approve")
        .count()
}

fn a_leader_approves_out_of_the_mail(app: &TestApp) {
    let desk = union_of(app);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let leader = signed_in(app, &desk, Role::Leader);
    let id = hand_in(&contributor, "Hội thi <b>tay nghề</b> giỏi");
    assert_eq!(mails_of_a_sweep(app), 1);
    assert_eq!(mails_of_a_sweep(app), 0, "told once");
    let (mail, link) = only_mail(app);
    insta::assert_snapshot!("approval_mail", mail);
    let page = leader.get(&link);
    assert_page("page", &page);
    leader.get(&link);
    Browser::of(app).get(&link);
    assert_eq!(state(app, id), "submitted", "looking changes nothing");
    let to = format!("/tin-bai/{id}/buoc/duyet");
    let done = send(&leader, &page, &to, &[]);
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(state(app, id), "approved");
    let again = send(&leader, &page, &to, &[]);
    assert_eq!(again.header("location"), done.header("location"));
    assert_eq!(approvals(app, id), 1, "pressed twice, done once");
    let after = leader.get(&link);
    assert!(
        after
            .text
            .contains("Đã duyệt: <span lang=\"vi\">Người leader"),
        "{}",
        after.text
    );
    assert!(!after.text.contains("buoc/duyet"), "{}", after.text);
}

fn the_mail_says_what_is_due_in_the_language_of_its_reader(app: &TestApp) {
    let desk = union_of(app);
    let event = desk.event(json!({
        "title": "Đại hội Công đoàn xã", "starts_at": "2026-11-20T13:00:00+07:00",
        "ends_at": "2026-11-20T15:00:00+07:00",
    }));
    let leader = signed_in(app, &desk, Role::Leader);
    let set = leader.form(
        "/tai-khoan/hien-thi",
        &[("ngon_ngu", "en"), ("mau", "system")],
    );
    assert_eq!(set.status, 303, "{}", set.text);
    let contributor = app.client_of(Role::Contributor, Some(&desk.superior));
    let new = json!({
        "unit_id": desk.superior.id, "kind": "tin", "title": "Đại hội", "event_id": event.id,
        "url": "https://congdoan.example/dai-hoi",
    });
    contributor.post("/api/v1/items", &new).expect(201);
    assert_eq!(mails_of_a_sweep(app), 1);
    let (mail, link) = only_mail(app);
    insta::assert_snapshot!("approval_mail_en", mail);
    assert_page("page_en", &leader.get(&link));
}

fn several_submissions_are_one_mail(app: &TestApp) {
    let desk = union_of(app);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let _leader = signed_in(app, &desk, Role::Leader);
    for title in ["Tin một", "Tin hai", "Tin ba"] {
        hand_in(&contributor, title);
    }
    assert_eq!(mails_of_a_sweep(app), 1);
    let (mail, _) = only_mail(app);
    assert!(mail.contains("3 tin, bài chờ đồng chí duyệt"), "{mail}");
    hand_in(&contributor, "Tin bốn");
    assert_eq!(mails_of_a_sweep(app), 1, "in the same check as well");
    let (mail, _) = only_mail(app);
    assert!(
        mail.contains("Tin bốn") && !mail.contains("Tin ba"),
        "{mail}"
    );
}

fn the_mail_leaves_in_office_hours(app: &TestApp) {
    let desk = union_of(app);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let _leader = signed_in(app, &desk, Role::Leader);
    app.set_clock("2026-11-20T18:30:00+07:00");
    hand_in(&contributor, "Tin tối thứ Sáu");
    assert_eq!(mails_of_a_sweep(app), 0);
    app.set_clock("2026-11-23T06:59:00+07:00");
    assert_eq!(mails_of_a_sweep(app), 0);
    // the service was down at the opening: not at night, but at the next opening
    app.set_clock("2026-11-23T21:00:00+07:00");
    assert_eq!(mails_of_a_sweep(app), 0);
    app.set_clock("2026-11-25T07:00:00+07:00");
    assert!(mails_of_a_sweep(app) >= 1);
    let asked = |mail: &tinbai::mail::Captured| String::from_utf8_lossy(&mail.raw).contains("thu/");
    assert!(app.mails().iter().any(asked), "none is lost");
}

fn what_was_decided_meanwhile_is_not_asked_for(app: &TestApp) {
    let desk = union_of(app);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let leader = signed_in(app, &desk, Role::Leader);
    let [first, second] = ["Tin một", "Tin hai"].map(|title| hand_in(&contributor, title));
    for (id, step, by) in [(first, "duyet", &leader), (second, "rut", &contributor)] {
        let page = by.get(&format!("/tin-bai/{id}"));
        let to = format!("/tin-bai/{id}/buoc/{step}");
        assert_eq!(send(by, &page, &to, &[("ly_do", "Trùng")]).status, 303);
    }
    assert_eq!(mails_of_a_sweep(app), 0);
}

fn what_comes_back_after_changes_is_asked_for_again(app: &TestApp) {
    let desk = union_of(app);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let leader = signed_in(app, &desk, Role::Leader);
    let id = hand_in(&contributor, "Tin một");
    assert_eq!(mails_of_a_sweep(app), 1);
    let (_, link) = only_mail(app);
    let step = |by: &Browser, step: &str| {
        let page = by.get(&format!("/tin-bai/{id}"));
        let to = format!("/tin-bai/{id}/buoc/{step}");
        assert_eq!(send(by, &page, &to, &[("ly_do", "Thiếu ảnh")]).status, 303);
    };
    step(&leader, "tra-lai");
    assert_eq!(mails_of_a_sweep(app), 0);
    assert!(leader.get(&link).text.contains("không còn chờ duyệt"));
    step(&contributor, "gui-lai");
    app.advance(TimeDelta::minutes(1));
    assert_eq!(mails_of_a_sweep(app), 1);
    only_mail(app);
}

fn nobody_approves_by_the_link_alone(app: &TestApp) {
    let desk = union_of(app);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let _leader = signed_in(app, &desk, Role::Leader);
    let id = hand_in(&contributor, "Tin một");
    mails_of_a_sweep(app);
    let (_, link) = only_mail(app);
    let visitor = Browser::of(app);
    assert_page("page_signed_out", &visitor.get(&link));
    let to = format!("/tin-bai/{id}/buoc/duyet");
    let refused = visitor.form(&to, &[("phien_ban", "1")]);
    assert_eq!(refused.status, 401, "{}", refused.text);
    let other = contributor.get(&link);
    assert!(
        other.text.contains("do lãnh đạo của đơn vị duyệt"),
        "{}",
        other.text
    );
    assert!(!other.text.contains("buoc/duyet"), "{}", other.text);
    // the link of an item answers for no obligation, and a forged one opens nothing
    let answered = visitor.form(&link, &[("answer", "noted")]);
    assert_eq!(answered.status, 404, "{}", answered.text);
    let forged = link.replace("/thu/", "/thu/x");
    assert_eq!(visitor.get(&forged).status, 404);
    assert_eq!(state(app, id), "submitted");
}

fn where_no_leader_has_an_address_the_department_is_asked(app: &TestApp) {
    let desk = union_of(app);
    let contributor = signed_in(app, &desk, Role::Contributor);
    let department = signed_in(app, &desk, Role::Department);
    let id = hand_in(&contributor, "Tin một");
    assert_eq!(mails_of_a_sweep(app), 1);
    let (mail, link) = only_mail(app);
    assert!(mail.starts_with("To: department@tinh.example"), "{mail}");
    assert!(mail.contains("không tìm được lãnh đạo đơn vị"), "{mail}");
    let page = department.get(&link);
    let to = format!("/tin-bai/{id}/buoc/duyet");
    assert_eq!(send(&department, &page, &to, &[]).status, 303);
    assert_eq!(state(app, id), "approved");
}
