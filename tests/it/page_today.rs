//! The day of the department, and the map: what they show, to whom, and that they change nothing.

use serde_json::json;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::unit::Category;
use tinbai::service::units::import;

use crate::both_databases;
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, account, person};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::page::without_ids;
use crate::support::tree::found;

both_databases!(
    the_day_shows_who_owes_what,
    an_empty_day_says_so,
    a_part_is_sent_again_only_when_it_changed,
    who_may_not_remind_sees_no_button,
    a_year_without_a_plan_says_so,
    the_map_shows_units_and_periods,
    a_filter_of_the_map_is_in_the_address,
    looking_changes_nothing,
    many_units_are_shown_by_their_clusters,
    quotas_of_the_year_stand_beside_the_months,
);

const MAIL: &str = "ban@tinh.example";

/// A province in which something is owed: quotas, an event of yesterday, a request for more time.
fn province(app: &TestApp) -> Desk<'_> {
    let desk = Desk::new(app);
    desk.plan(&[
        quota(superiors(), &["tin"], "month", 2),
        quota(
            json!({"type": "units", "categories": ["office"]}),
            &["tin"],
            "quarter",
            1,
        ),
    ]);
    let ends = "2026-11-19T16:30:00+07:00";
    desk.event(json!({"title": "Hội nghị nữ công", "types": ["topical"],
        "starts_at": "2026-11-19T15:00:00+07:00", "ends_at": ends}));
    desk.event(json!({"title": "Lễ ra quân <b>", "types": ["ordinary"],
        "starts_at": "2026-11-20T07:30:00+07:00", "ends_at": "2026-11-20T09:00:00+07:00"}));
    desk
}

/// A browser of somebody with this role on the federation, signed in.
fn signed_in(app: &TestApp, desk: &Desk<'_>, role: Role) -> Browser {
    let unit = match role {
        Role::Leader | Role::Contributor => &desk.superior,
        _ => &desk.root,
    };
    let mail = format!("{role}-{MAIL}");
    account(app, &person(app, unit, role, &mail));
    let browser = Browser::of(app);
    browser.sign_in(&mail);
    browser
}

fn the_day_shows_who_owes_what(app: &TestApp) {
    let desk = province(app);
    desk.hand_in(json!({}));
    let browser = signed_in(app, &desk, Role::Department);
    assert_eq!(browser.get("/").header("location"), "/hom-nay");
    app.set_clock("2026-11-20T15:20:00+07:00");
    for lang in ["vi", "en"] {
        choose(&browser, lang);
        let page = browser.get("/hom-nay").expect_page(200);
        assert_page("today", lang, &without_ids(&page), &[]);
    }
    choose(&browser, "vi");
    let page = browser.get("/hom-nay").text;
    assert!(
        page.contains("Còn nợ trước 16:00") && page.contains("Nhắc cả 1 đơn vị"),
        "{page}"
    );
    assert!(page.contains("Lễ ra quân &#60;b&#62;"), "{page}");
    // after the cut-off it counts to the next one
    app.set_clock("2026-11-20T16:00:00+07:00");
    let page = browser.get("/hom-nay").text;
    assert!(page.contains("Còn nợ trước 16:00 23/11"), "{page}");
}

fn an_empty_day_says_so(app: &TestApp) {
    let desk = Desk::new(app);
    let browser = signed_in(app, &desk, Role::Viewer);
    let page = browser.get("/hom-nay").expect_page(200);
    assert_page("today_empty", "vi", &without_ids(&page), &[]);
    assert!(page.contains("Không ai còn nợ trước 16:00"), "{page}");
}

fn a_part_is_sent_again_only_when_it_changed(app: &TestApp) {
    let desk = province(app);
    let browser = signed_in(app, &desk, Role::Department);
    for part in ["so", "no", "khac"] {
        let address = format!("/hom-nay/phan/{part}");
        let sent = browser.get(&address);
        assert_eq!(sent.status, 200, "{}", sent.text);
        assert!(!sent.text.contains("<html"), "{}", sent.text);
        let tag = sent.header("etag").to_owned();
        let again = browser.stolen().with("If-None-Match", &tag).get(&address);
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{part}");
    }
    let tag = browser.get("/hom-nay/phan/khac").header("etag").to_owned();
    desk.hand_in(json!({}));
    let again = browser.stolen().with("If-None-Match", &tag);
    let again = again.get("/hom-nay/phan/khac");
    assert!(
        again.status == 200 && again.text.contains("Tin số một"),
        "{}",
        again.text
    );
    assert_eq!(browser.get("/hom-nay/phan/xyz").status, 404);
}

fn who_may_not_remind_sees_no_button(app: &TestApp) {
    let desk = province(app);
    for role in [Role::Viewer, Role::Leader, Role::Editor] {
        let page = signed_in(app, &desk, role).get("/hom-nay").text;
        assert!(page.contains("Hội nghị nữ công"), "{role}: {page}");
        assert!(!page.contains("/viec/nhac"), "{role}");
    }
    let signed_out = Browser::of(app).get("/hom-nay");
    assert_eq!(signed_out.status, 303, "it is asked who they are");
}

fn a_year_without_a_plan_says_so(app: &TestApp) {
    let desk = Desk::new(app);
    let browser = signed_in(app, &desk, Role::Viewer);
    let page = browser.get("/ban-do?nam=2025").expect_page(200);
    assert_page("map_empty", "vi", &without_ids(&page), &[]);
    assert!(page.contains("Chưa có kế hoạch năm 2025"), "{page}");
    for wrong in ["nam=20250", "nam=abc", "ky=thang", "tt=xyz", "loai=%3Cb%3E"] {
        let refused = browser.get(&format!("/ban-do?{wrong}"));
        assert_eq!(refused.status, 400, "{wrong}");
    }
    let odd = [
        "🏭".to_owned(),
        "<b>".to_owned(),
        "\u{202e}abc".to_owned(),
        "x".repeat(5_000),
    ];
    for search in odd {
        let query = serde_urlencoded::to_string([("q", &search)]).unwrap();
        let page = browser.get(&format!("/ban-do?nam=2025&{query}"));
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(
            page.text.contains("Không có đơn vị nào hợp bộ lọc"),
            "{}",
            page.text
        );
    }
}

fn the_map_shows_units_and_periods(app: &TestApp) {
    let desk = province(app);
    desk.published(json!({}));
    app.set_clock("2026-11-21T08:00:00+07:00");
    desk.sweep();
    let browser = signed_in(app, &desk, Role::Department);
    for lang in ["vi", "en"] {
        choose(&browser, lang);
        let page = browser.get("/ban-do").expect_page(200);
        assert_page("map", lang, &without_ids(&page), &[]);
    }
    choose(&browser, "vi");
    let file = browser.get("/ban-do.csv");
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    insta::assert_snapshot!("map_file", file.text);
    app.expect_unread_mails();
}

fn a_filter_of_the_map_is_in_the_address(app: &TestApp) {
    let desk = province(app);
    for (code, name) in [
        ("an", "Ăn Thới"),
        ("anh", "An Hóa"),
        ("dk", "Đồng Khởi"),
        ("dong", "Dong Khoi"),
    ] {
        let unit = found(app, code, Category::Superior, Some(&desk.root));
        app.admin()
            .knowing(unit.version)
            .patch(
                &format!("/api/v1/units/{}", unit.id),
                &json!({"name": name}),
            )
            .expect(200);
    }
    tinbai::service::obligations::open::run(&desk.house, app.now()).unwrap();
    let browser = signed_in(app, &desk, Role::Department);
    let names = |address: &str| {
        let page = browser.get(address).text;
        let rows = page.split("<th scope=row>").skip(1);
        let name = |row: &str| row.split(['>', '<']).nth(2).unwrap().to_owned();
        rows.map(name).collect::<Vec<_>>()
    };
    let sorted = [
        "An Hóa",
        "Ăn Thới",
        "Dong Khoi",
        "Đồng Khởi",
        "Đơn vị huyen",
    ];
    assert_eq!(names("/ban-do?loai=superior"), sorted);
    assert_eq!(names("/ban-do?q=dong+khoi"), ["Dong Khoi", "Đồng Khởi"]);
    assert_eq!(
        names("/ban-do?q=%C4%91%E1%BB%93ng+kh%E1%BB%9Fi")[0],
        "Đồng Khởi"
    );
    assert_eq!(names("/ban-do?tt=exempt"), [""; 0]);
    assert_eq!(names("/ban-do?cum=-").len(), 6);
    let page = browser.get("/ban-do?loai=office&ky=quarter").text;
    assert!(
        page.contains(">Quý 4") && page.contains("Ban, văn phòng <span"),
        "{page}"
    );
}

fn looking_changes_nothing(app: &TestApp) {
    let desk = province(app);
    let browser = signed_in(app, &desk, Role::Department);
    let addresses = [
        "/hom-nay".to_owned(),
        "/hom-nay/phan/so".to_owned(),
        "/ban-do".to_owned(),
        "/ban-do.csv".to_owned(),
        "/don-vi".to_owned(),
        format!("/don-vi/{}", desk.superior.id),
    ];
    let admin = app.admin();
    let kept = |desk: &Desk<'_>| {
        let trail = admin.get("/api/v1/trail").items().len();
        (desk.rows(), trail)
    };
    let before = kept(&desk);
    for address in addresses.iter().chain(&addresses) {
        assert_eq!(browser.get(address).status, 200, "{address}");
    }
    assert_eq!(kept(&desk), before);
}

/// Of very many units there is a row a cluster; its units are a press away, a page at a time.
fn many_units_are_shown_by_their_clusters(app: &TestApp) {
    let desk = Desk::new(app);
    let mut file = "code,name,category,parent_code,cluster,founded_on,ended_on,mail\n".to_owned();
    for number in 1..=230 {
        let cluster = if number <= 130 { "Cụm Ă" } else { "Cụm A" };
        file.push_str(&format!(
            "cs-{number},Công đoàn cơ sở số {number},grassroots,tinh,{cluster},,,\n"
        ));
    }
    let imported = desk.house.write(&Actor::cli(), app.now(), |tx| {
        import::units(tx, file.as_bytes(), None)
    });
    imported.unwrap();
    desk.plan(&[quota(
        json!({"type": "units", "categories": ["grassroots"]}),
        &["tin"],
        "month",
        1,
    )]);
    let browser = signed_in(app, &desk, Role::Department);
    let whole = browser.get("/ban-do").expect_page(200);
    let names: Vec<&str> = whole
        .split("?cum=")
        .skip(1)
        .map(|part| part.split('"').next().unwrap())
        .collect();
    assert!(names[0].starts_with("C%E1%BB%A5m+A"), "{names:?}");
    assert_eq!(
        whole.matches("role=\"img\"").count(),
        3,
        "two clusters and the units of none"
    );
    assert!(
        whole.contains("M0 0h130") || whole.contains("h130"),
        "runs are joined: {whole}"
    );
    let page = browser
        .get("/ban-do?cum=C%E1%BB%A5m+%C4%82")
        .expect_page(200);
    assert_eq!(page.matches("<th scope=row>").count(), 100);
    assert!(
        page.contains("1–100 trong 130") && page.contains("trang=2"),
        "{page}"
    );
    let next = browser.get("/ban-do?cum=C%E1%BB%A5m+%C4%82&trang=2").text;
    assert_eq!(next.matches("<th scope=row>").count(), 30);
    let printed = browser.get("/ban-do?in=1").text;
    assert_eq!(
        printed.matches("<th scope=row>").count(),
        231,
        "all of them, with the desk's own"
    );
    let file = browser.get("/ban-do.csv").text;
    assert_eq!(file.lines().count(), 232);
}

fn quotas_of_the_year_stand_beside_the_months(app: &TestApp) {
    let desk = Desk::new(app);
    desk.plan(&[
        quota(superiors(), &["tin"], "month", 2),
        quota(superiors(), &["video"], "quarter", 1),
        quota(superiors(), &["anh"], "half_year", 4),
        quota(superiors(), &["bai"], "year", 3),
        quota(superiors(), &["phong_su"], "year", 2),
    ]);
    let browser = signed_in(app, &desk, Role::Department);
    let cells = |address: &str| -> Vec<String> {
        let page = browser.get(address).expect_page(200);
        let row = page.split("<tr><th scope=row>").nth(1).unwrap();
        let row = row
            .split("<tr>")
            .next()
            .unwrap()
            .split("<tfoot>")
            .next()
            .unwrap();
        let cell = |cell: &str| {
            let text = cell.split('>').nth(2).unwrap_or_default();
            let text = text.split('<').next().unwrap();
            text.trim_start_matches(|letter: char| !letter.is_ascii_digit())
                .to_owned()
        };
        row.split("<td").skip(1).map(cell).collect()
    };
    // the quarter and the half-year end in December, the years stand beside it
    let december = ["0/5", "0/5", "0/12"];
    assert_eq!(cells("/ban-do")[11..], december, "{:?}", cells("/ban-do"));
    assert_eq!(cells("/ban-do?ky=half_year")[1..], ["0/7", "0/5", "0/12"]);
    assert_eq!(cells("/ban-do?ky=year"), ["0/12", "0/12"]);
    let page = browser.get("/ban-do?nam=2026&ky=quarter").text;
    assert!(page.contains("class=y>Năm<th"), "{page}");
    let several = format!(
        "don-vi/{}?cot=4&#38;nam=2026&#38;ky=quarter",
        desk.superior.id
    );
    assert!(page.contains(&several), "{page}");
    let rows = browser
        .get(&format!("/{}", several.replace("&#38;", "&")))
        .expect_page(200);
    let works = rows.split("<h2 id=\"cac-viec\">").nth(1).unwrap();
    assert_eq!(
        works
            .matches("<tr role=\"row\"><th role=\"rowheader\"")
            .count(),
        2,
        "{works}"
    );
    let own = browser
        .get(&format!("/don-vi/{}", desk.superior.id))
        .expect_page(200);
    assert!(own.contains("<th scope=\"col\">Năm</th>"), "{own}");
    assert!(own.contains("cot=12"), "{own}");
    let file = browser.get("/ban-do.csv").text;
    assert!(
        file.lines().next().unwrap().contains("\"Chỉ tiêu năm\""),
        "{file}"
    );
    // a filter of the map can be kept
    assert!(page.contains("name=\"danh_sach\" value=\"map\""), "{page}");
}
