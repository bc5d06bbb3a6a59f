//! The first days of a federation, from an empty database to the first reminder, through pages.

use tinbai::domain::access::{Actor, Role};
use tinbai::domain::unit::Category;
use tinbai::service::accounts::{NewAdmin, create_admin};

use crate::both_databases;
use crate::page_items::signed_in;
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, ORIGIN, PASSWORD, account, person, whole_mail};
use crate::support::desk::Desk;
use crate::support::page::without_ids;
use crate::support::tree::found;

both_databases!(
    from_an_empty_database_to_the_first_reminder,
    a_list_with_faults_enters_nothing,
    a_test_mail_proves_that_mail_arrives,
    who_sets_a_federation_up,
);

const MAIL: &str = "qt@tinh.example";

/// The administrator of a federation founded at the command line.
fn administrator(app: &TestApp) -> Browser {
    app.set_clock("2026-11-20T08:00:00+07:00");
    let new = NewAdmin {
        name: "Lê Thị Quản Trị".into(),
        mail: MAIL.into(),
        unit: None,
        federation: Some("Liên đoàn Lao động tỉnh Bến Tre".into()),
        code: None,
        another: false,
    };
    let link = app
        .house
        .write(&Actor::cli(), app.now(), |tx| create_admin(tx, &new))
        .unwrap();
    let browser = Browser::of(app);
    let set = browser.form(
        link.strip_prefix(ORIGIN).unwrap(),
        &[("password", PASSWORD), ("again", PASSWORD)],
    );
    assert_eq!(set.status, 200, "{}", set.text);
    browser.sign_in(MAIL);
    browser
}

fn next(browser: &Browser, reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    let address = reply.headers["location"].to_str().unwrap();
    browser.get(address).expect_page(200)
}

fn units(app: &TestApp) -> usize {
    app.admin().get("/api/v1/units").items().len()
}

/// The code in the newest test mail.
fn code_in(whole: &str) -> String {
    let after = whole.split("Mã xác nhận: ").nth(1).unwrap();
    after.chars().take(6).collect()
}

/// Presses the button of a page of one form.
fn press(browser: &Browser, address: &str, page: &str, typed: &[(&str, &str)]) -> Reply {
    let key = key(page);
    let fields = [&[("khoa", key.as_str())], typed].concat();
    browser.form(address, &fields)
}

/// The key of the first form of a page.
fn key(page: &str) -> String {
    let key = page.split("name=\"khoa\" value=\"").nth(1).unwrap();
    key.split('"').next().unwrap().to_owned()
}

const LIST: &str = "Mã\tTên\tLoại\tMã cấp trên\tCụm\tNgày thành lập\tNgày kết thúc\tThư\n\
    ba-tri\tLiên đoàn Lao động huyện Ba Tri\tcấp trên cơ sở\t\tCụm huyện\t\t\tba-tri@bentre.example\n\
    thanh-phu\tLiên đoàn Lao động huyện Thạnh Phú\tcấp trên cơ sở\t\tCụm huyện\t\t\t\n";

fn from_an_empty_database_to_the_first_reminder(app: &TestApp) {
    app.expect_unread_mails();
    let admin = administrator(app);
    assert_eq!(admin.get("/").header("location"), "/thiet-lap");
    for lang in ["vi", "en"] {
        choose(&admin, lang);
        let page = admin.get("/thiet-lap").expect_page(200);
        assert_page("setup_empty", lang, &without_ids(&page), &[]);
    }
    choose(&admin, "vi");
    let form = admin.get("/thiet-lap/don-vi").expect_page(200);
    assert_page("setup_units", "vi", &without_ids(&form), &[]);
    let example = admin.get("/thiet-lap/don-vi?mau=ben-tre").expect_page(200);
    assert!(example.contains("ba-tri\tLiên đoàn Lao động huyện Ba Tri\tcấp trên cơ sở\t\t"));
    let example = example
        .split("<textarea")
        .nth(1)
        .unwrap()
        .split_once(">\n")
        .unwrap()
        .1;
    let example = example.split("</textarea>").next().unwrap();
    let all = admin.form(
        "/thiet-lap/don-vi",
        &[("khoa", &key(&form)), ("danh_sach", example)],
    );
    assert!(all.expect_page(200).contains("Nhập 20 dòng"));
    let preview = admin.form(
        "/thiet-lap/don-vi",
        &[("khoa", &key(&form)), ("danh_sach", LIST)],
    );
    let preview = preview.expect_page(200);
    assert_page("setup_units_preview", "vi", &without_ids(&preview), &[]);
    assert_eq!(units(app), 1, "nothing is written");
    let enter = [("khoa", key(&preview)), ("danh_sach", LIST.to_owned())];
    let enter: Vec<(&str, &str)> = enter.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let entered = admin.form("/thiet-lap/don-vi/xac-nhan", &enter);
    assert!(next(&admin, &entered).contains("Đã nhập: 2 mới, 0 thay đổi."));
    // pressed twice it is entered once
    assert_eq!(admin.form("/thiet-lap/don-vi/xac-nhan", &enter).status, 303);
    assert_eq!(units(app), 3);

    let form = admin.get("/thiet-lap/chi-tieu").expect_page(200);
    let mut typed = vec![
        ("khoa", key(&form)),
        ("mau", "thanh-hoa".to_owned()),
        ("nam", "2026".to_owned()),
        ("tu_ngay", "1/11/2026".to_owned()),
        ("so", "12/KH-LĐLĐ".to_owned()),
        ("ngay", "5/1/2026".to_owned()),
    ];
    let send = |typed: &[(&str, String)]| {
        let typed: Vec<(&str, &str)> = typed.iter().map(|(n, v)| (*n, v.as_str())).collect();
        admin.form("/thiet-lap/chi-tieu", &typed)
    };
    let preview = send(&typed).expect_page(200);
    assert_page("setup_quotas_preview", "vi", &without_ids(&preview), &[]);
    typed[0].1 = key(&preview);
    typed.push(("ap_dung", "1".to_owned()));
    let page = next(&admin, &send(&typed));
    assert_page("setup_applied", "vi", &without_ids(&page), &[]);
    // the document stands in the plan
    let plans = app.admin().get("/api/v1/plans?year=2026").items();
    assert!(
        plans
            .iter()
            .all(|plan| plan["document_number"] == "12/KH-LĐLĐ"),
        "{plans:?}"
    );
    assert!(!plans.is_empty());

    // the first reminder leaves by itself, to the address of the unit
    let mut told = Vec::new();
    for day in 20..=30 {
        for hour in [8, 10, 14, 15, 16] {
            app.set_clock(&format!("2026-11-{day}T{hour:02}:05:00+07:00"));
            app.run_due();
        }
        told.extend(app.mails().into_iter().map(|mail| mail.to));
        if !told.is_empty() {
            break;
        }
    }
    assert!(
        told.iter().any(|to| to == "ba-tri@bentre.example"),
        "{told:?}"
    );
    admin.sign_in(MAIL);
    assert_eq!(admin.get("/").header("location"), "/he-thong");
}

fn a_list_with_faults_enters_nothing(app: &TestApp) {
    let admin = administrator(app);
    let form = admin.get("/thiet-lap/don-vi").expect_page(200);
    let list = "Mã\tTên\tLoại\nba-tri\tBa Tri\tcấp trên cơ sở\nx y\t<b>Tên</b>\tkhông có\n\t\t\nz\t\tcơ sở\n";
    let typed = [("khoa", key(&form)), ("danh_sach", list.to_owned())];
    let typed: Vec<(&str, &str)> = typed.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let shown = admin.form("/thiet-lap/don-vi", &typed).expect_page(200);
    assert_page("setup_units_wrong", "vi", &without_ids(&shown), &[]);
    // mended where they stand, they are looked at again
    let key_of_mended = key(&shown);
    let mended = "Mã\tTên\tLoại\nba-tri\tBa Tri\tcấp trên cơ sở\n";
    let mended = [("khoa", key_of_mended.as_str()), ("van_ban", mended)];
    let mended = admin.form("/thiet-lap/don-vi", &mended).expect_page(200);
    assert!(mended.contains("Nhập 1 dòng"), "{mended}");
    let refused = admin.form("/thiet-lap/don-vi/xac-nhan", &typed);
    let refused = refused.expect_page(400);
    assert_page("setup_units_refused", "vi", &without_ids(&refused), &[]);
    assert!(
        refused.contains("#60;b&#62;Tên"),
        "what was typed stays: {refused}"
    );
    // a federation that nobody is below is a unit like the others
    let other = "Mã\tTên\tLoại\nlo-16\tLô 16\tliên đoàn\n";
    let typed = [("khoa", key(&form)), ("danh_sach", other.to_owned())];
    let typed: Vec<(&str, &str)> = typed.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let shown = admin.form("/thiet-lap/don-vi", &typed).expect_page(200);
    assert!(shown.contains("Nhập 1 dòng"), "{shown}");
    // one that others are below is the federation itself, whatever its code: its row is left out
    let own = "Mã\tTên\tLoại\tCấp trên\ntinh\tLĐLĐ tỉnh\tliên đoàn\t\nb\tB\tcơ sở\ttinh\n";
    let typed = [("khoa", key(&form)), ("danh_sach", own.to_owned())];
    let typed: Vec<(&str, &str)> = typed.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let shown = admin.form("/thiet-lap/don-vi", &typed).expect_page(200);
    assert_page("setup_units_own", "vi", &without_ids(&shown), &[]);
    // a unit above that does not exist is a fault of its line
    let unknown = "Mã\tTên\tLoại\tCấp trên\na\tA\tcơ sở\tkhong-co\n";
    let typed = [("khoa", key(&form)), ("danh_sach", unknown.to_owned())];
    let typed: Vec<(&str, &str)> = typed.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let refused = admin.form("/thiet-lap/don-vi", &typed).expect_page(200);
    assert!(refused.contains(">D2</th>"), "{refused}");
    assert!(refused.contains("lang=\"vi\">Cấp trên</td>"), "{refused}");
    assert!(refused.contains("a\tA\tcơ sở\tkhong-co"), "{refused}");
    let empty = admin.form(
        "/thiet-lap/don-vi",
        &[("khoa", &key(&form)), ("danh_sach", "")],
    );
    empty.expect_page(400);
    assert_eq!(units(app), 1);
    let wrong = [
        ("khoa", key(&form)),
        ("mau", "khong-co".to_owned()),
        ("nam", "hai nghìn".to_owned()),
        ("ngay", "31/02/2026".to_owned()),
    ];
    let wrong: Vec<(&str, &str)> = wrong.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let refused = admin.form("/thiet-lap/chi-tieu", &wrong).expect_page(400);
    assert_page("setup_quotas_refused", "vi", &without_ids(&refused), &[]);
}

fn a_test_mail_proves_that_mail_arrives(app: &TestApp) {
    const PAGE: &str = "/thiet-lap/thu-thu";
    const CODE: &str = "/thiet-lap/thu-thu/ma";
    let admin = administrator(app);
    let page = admin.get(PAGE).expect_page(200);
    assert_page("setup_mail_none", "vi", &without_ids(&page), &[]);
    let early = press(&admin, CODE, &page, &[("ma", "123456")]);
    assert!(early.expect_page(409).contains("Chưa có thư thử nào"));
    let sent = next(&admin, &press(&admin, PAGE, &page, &[]));
    assert!(sent.contains("đang chờ gửi"), "{sent}");
    let whole = whole_mail(app, &[]);
    let code = code_in(&whole);
    insta::assert_snapshot!("mail_test", whole.replace(&code, "CODE"));
    let taken = admin.get(PAGE).expect_page(200);
    assert_page("setup_mail_sent", "vi", &without_ids(&taken), &[]);
    let again = press(&admin, PAGE, &taken, &[]).expect_page(409);
    assert!(again.contains("chờ một phút"), "{again}");
    let other = if code == "000000" { "000001" } else { "000000" };
    let wrong = press(&admin, CODE, &taken, &[("ma", other)]).expect_page(400);
    assert_page("setup_mail_wrong", "vi", &without_ids(&wrong), &[]);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let arrived = press(&admin, CODE, &taken, &[("ma", &spaced)]);
    assert!(next(&admin, &arrived).contains("đã tới nơi lúc 08:00"));
    // another test asks for a code of its own
    app.set_clock("2026-11-20T08:05:00+07:00");
    let page = admin.get(PAGE).expect_page(200);
    let page = next(&admin, &press(&admin, PAGE, &page, &[]));
    let newer = code_in(&whole_mail(app, &[]));
    if newer != code {
        press(&admin, CODE, &page, &[("ma", &code)]).expect_page(400);
    }
    next(&admin, &press(&admin, CODE, &page, &[("ma", &newer)]));
}

fn who_sets_a_federation_up(app: &TestApp) {
    let desk = Desk::new(app);
    let pages = [
        "/thiet-lap",
        "/thiet-lap/don-vi",
        "/thiet-lap/chi-tieu",
        "/thiet-lap/thu-thu",
    ];
    for role in Role::ALL {
        let browser = signed_in(app, &desk, *role);
        for page in pages {
            let status = browser.get(page).status;
            let may = matches!(role, Role::Department | Role::Admin);
            assert_eq!(status, if may { 200 } else { 403 }, "{role} {page}");
        }
    }
    // who manages a part of the tree sets no federation up
    let district = found(app, "huyen-c", Category::Superior, Some(&desk.root));
    account(
        app,
        &person(app, &district, Role::Department, "ban@huyen.example"),
    );
    let browser = Browser::of(app);
    browser.sign_in("ban@huyen.example");
    assert_eq!(browser.get("/thiet-lap").status, 403);
}
