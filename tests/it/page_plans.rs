//! The pages of plans: the list, one plan in words, its rules, its steps.

use serde_json::json;
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;
use tinbai::service::obligations::open;

use crate::both_databases;
use crate::page_items::{send, signed_in};
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::{Reply, TestApp};
use crate::support::browser::Browser;
use crate::support::desk::{Desk, quota, superiors};
use crate::support::page::without_ids;
use crate::support::tree::found;

both_databases!(
    plans_are_read_in_words_by_those_they_bind,
    a_plan_is_drafted_from_a_preset_approved_and_put_in_force,
    a_rule_is_added_changed_and_removed_after_a_look_at_who_owes_it,
    what_is_wrong_with_a_rule_stands_at_its_field,
    a_plan_is_copied_with_last_year_s_fulfilment_beside_each_rule,
    only_the_department_changes_plans,
);

/// The desk on Friday 20/11/2026 at 15:00, and its department.
fn department(app: &TestApp) -> (Desk<'_>, Browser) {
    app.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(app);
    let department = signed_in(app, &desk, Role::Department);
    (desk, department)
}

/// The address of the first plan that a page links to.
fn plan_of(page: &str) -> String {
    let mut links = page.split("href=\"/ke-hoach/").skip(1);
    let id = links.find_map(|rest| {
        let id: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!id.is_empty()).then_some(id)
    });
    format!("/ke-hoach/{}", id.expect("a plan"))
}

/// Where a reply leads, without what it says there.
fn address(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    let to = reply.header("location");
    to.split('?').next().unwrap().to_owned()
}

/// A plan that the department drafts without rules.
fn empty_plan(department: &Browser, desk: &Desk<'_>) -> String {
    let form = department.get("/ke-hoach/moi?nam=2026&cach=trong");
    let unit = desk.root.id.to_string();
    let fields = [
        ("don_vi", unit.as_str()),
        ("nam", "2026"),
        ("cach", "trong"),
        ("ten", "Chỉ tiêu tin, bài năm 2026"),
    ];
    address(&send(department, &form, "/ke-hoach/moi", &fields))
}

/// What a rule of two tin a month of superior unions is typed as.
const RULE: [(&str, &str); 6] = [
    ("kieu", "chi-tieu"),
    ("ai", "loai"),
    ("loai_don_vi", "superior"),
    ("so", "2"),
    ("ky", "month"),
    ("loai", "tin"),
];

/// The page that the form of a rule leads to, tried or saved.
fn rule(department: &Browser, at: &str, changes: &[(&'static str, &'static str)]) -> Reply {
    let form = department.get(at);
    assert_eq!(form.status, 200, "{}", form.text);
    let kept = |(name, _): &&(&str, &str)| changes.iter().all(|(other, _)| other != name);
    let mut fields: Vec<(&str, &str)> = RULE.iter().filter(kept).copied().collect();
    fields.extend(changes);
    send(department, &form, at, &fields)
}

fn plans_are_read_in_words_by_those_they_bind(app: &TestApp) {
    let (desk, department) = department(app);
    let page = department.get("/ke-hoach").expect_page(200);
    assert_page("plans_none", "vi", &without_ids(&page), &[]);
    let personal = json!({
        "title": "Biên tập viên: 1 đến 2 tin hoặc bài", "subject": { "type": "persons", "role": "editor", "categories": [] },
        "kinds": ["tin", "bai"], "period": "month", "minimum": 1, "maximum": 2,
    });
    desk.plan(&[quota(superiors(), &["tin"], "month", 2), personal]);
    let page = department.get("/ke-hoach").expect_page(200);
    assert_page("plans_list", "vi", &without_ids(&page), &[]);
    let address = plan_of(&page);
    for lang in ["vi", "en"] {
        choose(&department, lang);
        let page = department.get(&address).expect_page(200);
        assert_page("plans_one", lang, &without_ids(&page), &[]);
    }
    // those below read what binds them, and not who did what
    let leader = signed_in(app, &desk, Role::Leader);
    let page = leader.get(&address).expect_page(200);
    assert!(page.contains("nộp 2 tin mỗi tháng"), "{page}");
    assert!(
        !page.contains("Ai làm gì") && !page.contains("Sửa quy tắc"),
        "{page}"
    );
    assert_eq!(leader.get("/ke-hoach/999999").status, 404);
}

fn a_plan_is_drafted_from_a_preset_approved_and_put_in_force(app: &TestApp) {
    let (desk, department) = department(app);
    found(app, "huyen-b", Category::Superior, Some(&desk.root));
    let form = department.get("/ke-hoach/moi?nam=2026");
    assert_page("plans_new", "vi", &without_ids(&form.expect_page(200)), &[]);
    let form = department.get("/ke-hoach/moi?nam=2026");
    let unit = desk.root.id.to_string();
    let wanted = [
        ("don_vi", unit.as_str()),
        ("nam", "2026"),
        ("cach", "mau"),
        ("mau", "thanh-hoa"),
    ];
    let drafted = send(&department, &form, "/ke-hoach/moi", &wanted);
    let plan = address(&drafted);
    // the same form again leads to the same plan; another one says that it is there
    let twice = send(&department, &form, "/ke-hoach/moi", &wanted);
    assert_eq!(address(&twice), plan);
    let form = department.get("/ke-hoach/moi?nam=2026");
    let again = send(&department, &form, "/ke-hoach/moi", &wanted).expect_page(400);
    assert!(again.contains("href=\"#mau\""), "{again}");

    let step = format!("{plan}/buoc/duyet");
    let form = department.get(&step);
    assert_page(
        "plans_approve",
        "vi",
        &without_ids(&form.expect_page(200)),
        &[],
    );
    let form = department.get(&step);
    let refused = send(
        &department,
        &form,
        &step,
        &[("so", ""), ("ngay", "31/02/2026")],
    );
    let refused = refused.expect_page(400);
    assert!(refused.contains("href=\"#ngay\""), "{refused}");
    assert!(refused.contains("value=\"31/02/2026\""), "{refused}");
    let refused = send(
        &department,
        &form,
        &step,
        &[("so", ""), ("ngay", "5/1/2026")],
    );
    let refused = refused.expect_page(400);
    assert!(
        refused.contains("href=\"#so\"") && refused.contains("href=\"#co_quan\""),
        "{refused}"
    );
    let basis = [
        ("so", "12/KH-LĐLĐ"),
        ("ngay", "5/1/2026"),
        ("co_quan", "Ban Thường vụ"),
    ];
    assert_eq!(address(&send(&department, &form, &step, &basis)), plan);
    assert!(desk.rows().is_empty(), "nobody owes anything yet");

    let step = format!("{plan}/buoc/hieu-luc");
    let form = department.get(&step);
    let tried = send(
        &department,
        &form,
        &step,
        &[("tu", "1/1/2026"), ("xem", "1")],
    );
    let page = tried.expect_page(200);
    assert_page("plans_in_force", "vi", &without_ids(&page), &[]);
    let outside = send(&department, &form, &step, &[("tu", "1/1/2027")]).expect_page(400);
    assert!(outside.contains("href=\"#tu\""), "{outside}");
    assert!(desk.rows().is_empty(), "a preview writes nothing");
    let done = send(&department, &form, &step, &[("tu", "1/1/2026")]);
    assert_eq!(address(&done), plan);
    open::run(&desk.house, desk.now()).unwrap();
    // what was promised: two superior unions each month and year, a grassroots union each quarter and
    // year, the federation's fanpage each day
    assert!(page.contains("Đưa vào hiệu lực, giao 7 việc"), "{page}");
    assert_eq!(desk.rows().len(), 7);

    let end = format!("{plan}/buoc/ket-thuc");
    let form = department.get(&end);
    assert!(form.text.contains("7 việc đang mở"), "{}", form.text);
    assert_eq!(address(&send(&department, &form, &end, &[])), plan);
    let page = department.get(&end).expect_page(200);
    assert!(page.contains("Không làm được bước này"), "{page}");
}

fn a_rule_is_added_changed_and_removed_after_a_look_at_who_owes_it(app: &TestApp) {
    let (desk, department) = department(app);
    let plan = empty_plan(&department, &desk);
    let add = format!("{plan}/quy-tac/moi");
    let form = department.get(&add).expect_page(200);
    assert_page("plans_rule", "vi", &without_ids(&form), &[]);
    let tried = rule(&department, &add, &[("xem", "1")]).expect_page(200);
    assert_page("plans_rule_tried", "vi", &without_ids(&tried), &[]);
    choose(&department, "en");
    let tried = rule(&department, &add, &[("xem", "1")]).expect_page(200);
    assert_page("plans_rule_tried", "en", &without_ids(&tried), &[]);
    choose(&department, "vi");
    let page = department.get(&plan).expect_page(200);
    assert!(
        page.contains("chưa có quy tắc nào"),
        "a preview saves nothing"
    );

    assert_eq!(address(&rule(&department, &add, &[])), plan);
    let page = department.get(&plan).expect_page(200);
    assert!(page.contains("2 tin mỗi tháng"), "a title is made: {page}");
    let change = page
        .split("/quy-tac/")
        .find(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let id = change.unwrap().split('"').next().unwrap();
    let change = format!("{plan}/quy-tac/{id}");
    let form = department.get(&change).expect_page(200);
    assert!(
        form.contains("name=\"so\" value=\"2\"") || form.contains("value=\"2\""),
        "{form}"
    );
    assert_eq!(address(&rule(&department, &change, &[("so", "3")])), plan);
    let page = department.get(&plan).expect_page(200);
    assert!(page.contains("nộp 3 tin mỗi tháng"), "{page}");

    // one unit is named by its name or code
    let one = [("ai", "don-vi"), ("don_vi", "đơn vị BAN"), ("so", "1")];
    assert_eq!(address(&rule(&department, &add, &one)), plan);
    let page = department.get(&plan).expect_page(200);
    assert!(page.contains("Đơn vị ban nộp 1 tin mỗi tháng"), "{page}");

    let remove = format!("{plan}/quy-tac/{id}/bo");
    let form = department.get(&remove);
    let page = form.expect_page(200);
    assert!(
        page.contains(&desk.superior.name),
        "left without a rule: {page}"
    );
    let form = department.get(&remove);
    assert_eq!(address(&send(&department, &form, &remove, &[])), plan);
    let page = department.get(&plan).expect_page(200);
    assert!(!page.contains("nộp 3 tin"), "{page}");
}

fn what_is_wrong_with_a_rule_stands_at_its_field(app: &TestApp) {
    let (desk, department) = department(app);
    let plan = empty_plan(&department, &desk);
    let add = format!("{plan}/quy-tac/moi");
    let refused = |changes: &[(&'static str, &'static str)], field: &str| {
        let page = rule(&department, &add, changes).expect_page(400);
        assert!(
            page.contains(&format!("href=\"#{field}\"")),
            "{changes:?} {page}"
        );
        page
    };
    let page = refused(&[("so", "nhiều <b>")], "so");
    assert!(
        page.contains("nhiều &#60;b&#62;"),
        "what was typed stays: {page}"
    );
    refused(&[("so", "0")], "so");
    refused(&[("so", "5"), ("den", "2")], "den");
    refused(&[("loai", "khong_co")], "loai");
    refused(&[("ai", "don-vi"), ("don_vi", "")], "don_vi");
    refused(&[("ai", "don-vi"), ("don_vi", "Ba Tri 🙂")], "don_vi");
    refused(&[("tu_ngay", "31/02/2026")], "tu_ngay");
    refused(
        &[("tu_ngay", "5/6/2026"), ("den_ngay", "4/6/2026")],
        "den_ngay",
    );
    let fixed = [
        ("kieu", "mot-lan"),
        ("han_ngay", "31/02/2026"),
        ("han_gio", "25h"),
    ];
    let page = refused(&fixed, "han_ngay");
    assert!(page.contains("href=\"#han_gio\""), "{page}");
    let page = department.get(&plan).expect_page(200);
    assert!(page.contains("chưa có quy tắc nào"), "{page}");

    // two at once: the second one learns of it
    let form = department.get(&add);
    rule(&department, &add, &[]);
    let mut fields = RULE.to_vec();
    fields.push(("den", "4"));
    let stale = send(&department, &form, &add, &fields);
    assert_eq!(stale.status, 409, "{}", stale.text);
    assert!(
        stale.text.contains("Người khác vừa lưu trước"),
        "{}",
        stale.text
    );
    assert!(stale.text.contains("value=\"4\""), "what was typed stays");
}

fn a_plan_is_copied_with_last_year_s_fulfilment_beside_each_rule(app: &TestApp) {
    let (desk, _) = department(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    desk.published(json!({}));
    app.set_clock("2027-01-05T08:00:00+07:00");
    desk.sweep();
    app.expect_unread_mails();
    let department = Browser::of(app);
    assert_eq!(department.sign_in("department@tinh.example").status, 303);
    let page = department.get("/ke-hoach?nam=2027").expect_page(200);
    assert!(page.contains("Chép kế hoạch năm 2026"), "{page}");
    let source = plan_of(&department.get("/ke-hoach?nam=2026").expect_page(200));
    let source = source.trim_start_matches("/ke-hoach/");
    let form = department.get("/ke-hoach/moi?nam=2027&cach=chep");
    let unit = desk.root.id.to_string();
    let fields = [
        ("don_vi", unit.as_str()),
        ("nam", "2027"),
        ("cach", "chep"),
        ("nguon", source),
    ];
    let plan = address(&send(&department, &form, "/ke-hoach/moi", &fields));
    let page = department.get(&plan).expect_page(200);
    assert!(
        page.contains("Năm 2026: hoàn thành 100 % (1/1 việc)."),
        "{page}"
    );
    assert!(page.contains("chưa ghi văn bản"), "{page}");
}

fn only_the_department_changes_plans(app: &TestApp) {
    let (desk, department) = department(app);
    let plan = empty_plan(&department, &desk);
    let leader = signed_in(app, &desk, Role::Leader);
    let viewer = signed_in(app, &desk, Role::Viewer);
    assert_eq!(leader.get(&plan).status, 404, "a draft binds nobody");
    let page = viewer.get(&plan).expect_page(200);
    assert!(
        !page.contains("/buoc/") && !page.contains("/quy-tac/moi"),
        "{page}"
    );
    let page = viewer.get("/ke-hoach").expect_page(200);
    assert!(!page.contains("/ke-hoach/moi"), "{page}");
    for path in ["/sua", "/buoc/duyet", "/quy-tac/moi"] {
        let path = format!("{plan}{path}");
        assert_eq!(viewer.get(&path).status, 403, "{path}");
    }
    assert_eq!(viewer.get("/ke-hoach/moi").status, 403);
    assert_eq!(department.get(&format!("{plan}/buoc/khac")).status, 404);
    let form = department.get(&format!("{plan}/sua"));
    let other = department.get(&format!("{plan}/sua"));
    let fields = [
        ("ten", "Kế hoạch năm 2026, sửa"),
        ("so", ""),
        ("ngay", ""),
        ("co_quan", ""),
    ];
    let saved = send(&department, &form, &format!("{plan}/sua"), &fields);
    assert_eq!(address(&saved), plan);
    let stale = send(&department, &other, &format!("{plan}/sua"), &{
        let mut fields = fields;
        fields[0].1 = "Tên khác";
        fields
    });
    assert_eq!(stale.status, 409, "{}", stale.text);
    assert!(
        stale.text.contains("Kế hoạch năm 2026, sửa"),
        "{}",
        stale.text
    );
    assert!(stale.text.contains("Lưu đè"), "{}", stale.text);
}
