//! The pages of units: the list, and one unit with its tabs.

use serde_json::json;
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::page_items::signed_in;
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::desk::{Desk, quota, superiors};
use crate::support::page::without_ids;
use crate::support::tree::found;

both_databases!(
    a_unit_shows_how_its_year_goes,
    the_tabs_of_a_unit_show_what_is_its_own,
    a_unit_without_quotas_says_why,
    who_sees_which_unit,
    units_are_listed_and_found,
    a_tab_that_is_cut_says_how_many_people_there_are,
);

fn a_tab_that_is_cut_says_how_many_people_there_are(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let mut people = "Đơn vị,Họ tên,Vai trò\n".to_owned();
    for n in 0..105 {
        people.push_str(&format!("huyen,Người số {n},người viết\n"));
    }
    let department = app.client_of(Role::Department, Some(&desk.root));
    let path = "/api/v1/imports/people";
    department.upload(path, people.as_bytes()).expect(200);
    let browser = signed_in(app, &desk, Role::Department);
    let unit = desk.superior.id;
    let tab = browser.get(&format!("/don-vi/{unit}?the=nguoi"));
    let all = department.get(&format!("/api/v1/people?unit_id={unit}&limit=200"));
    let told = format!("100 đầu tiên trong {}", all.items().len());
    assert!(tab.text.contains(&told), "{told}: {}", tab.text);
}

fn with_work(app: &TestApp) -> Desk<'_> {
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    desk.published(json!({}));
    desk
}

fn a_unit_shows_how_its_year_goes(app: &TestApp) {
    let desk = with_work(app);
    let browser = signed_in(app, &desk, Role::Department);
    let address = format!("/don-vi/{}", desk.superior.id);
    for lang in ["vi", "en"] {
        choose(&browser, lang);
        let page = browser.get(&address).expect_page(200);
        assert_page("unit", lang, &without_ids(&page), &[]);
    }
    choose(&browser, "vi");
    let part = browser.get(&format!("{address}?cot=10")).expect_page(200);
    assert!(part.contains("Các việc của ô đã chọn"), "{part}");
}

fn the_tabs_of_a_unit_show_what_is_its_own(app: &TestApp) {
    let desk = with_work(app);
    let browser = signed_in(app, &desk, Role::Department);
    desk.person(&desk.superior, Role::Leader, "Trần Văn A");
    for tab in ["tin-bai", "diem", "nguoi", "chinh-sach", "nhac"] {
        let address = format!("/don-vi/{}?the={tab}", desk.superior.id);
        let page = browser.get(&address).expect_page(200);
        assert_page(
            &format!("unit_{}", tab.replace('-', "_")),
            "vi",
            &without_ids(&page),
            &[],
        );
    }
    let wrong = browser.get(&format!("/don-vi/{}?the=xyz", desk.superior.id));
    assert_eq!(wrong.status, 400);
}

fn a_unit_without_quotas_says_why(app: &TestApp) {
    let desk = with_work(app);
    let browser = signed_in(app, &desk, Role::Viewer);
    let page = browser
        .get(&format!("/don-vi/{}", desk.office.id))
        .expect_page(200);
    assert_page("unit_empty", "vi", &without_ids(&page), &[]);
    assert!(page.contains("Đơn vị chưa có chỉ tiêu"), "{page}");
}

fn who_sees_which_unit(app: &TestApp) {
    let desk = with_work(app);
    let leader = signed_in(app, &desk, Role::Leader);
    let status = |unit: tinbai::domain::ids::UnitId| leader.get(&format!("/don-vi/{unit}")).status;
    assert_eq!(status(desk.superior.id), 200);
    assert_eq!(status(desk.grassroots.id), 200, "below their own");
    assert_eq!(status(desk.office.id), 404, "beside their own");
    let contributor = signed_in(app, &desk, Role::Contributor);
    for tab in ["viec", "tin-bai", "diem", "nguoi", "chinh-sach", "nhac"] {
        let page = contributor.get(&format!("/don-vi/{}?the={tab}", desk.superior.id));
        assert_eq!(page.status, 200, "{tab}: {}", page.text);
        assert!(!page.text.contains("leader@tinh.example"), "{tab}");
    }
    assert_eq!(Browser::of(app).get("/don-vi").status, 303);
}

fn units_are_listed_and_found(app: &TestApp) {
    let desk = with_work(app);
    found(app, "dong-khoi", Category::Superior, Some(&desk.root));
    let browser = signed_in(app, &desk, Role::Department);
    let page = browser.get("/don-vi").expect_page(200);
    assert_page("units", "vi", &without_ids(&page), &[]);
    let found = browser.get("/don-vi?q=DONG&loai=superior").text;
    assert!(
        found.contains("dong-khoi") && !found.contains("Đơn vị huyen"),
        "{found}"
    );
    let none = browser.get("/don-vi?q=%3Cb%3E").text;
    assert!(none.contains("Không có đơn vị nào hợp bộ lọc"), "{none}");
}
