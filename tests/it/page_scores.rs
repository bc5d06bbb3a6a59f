//! The pages of emulation scores: a category's year with its round, and the year of a unit.

use serde_json::json;
use tinbai::domain::access::Role;
use tinbai::domain::ids::UnitId;
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::page_items::signed_in;
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::{Reply, TestApp};
use crate::support::browser::Browser;
use crate::support::desk::{Desk, quota, superiors};
use crate::support::page::without_ids;
use crate::support::tree::found;

both_databases!(
    a_year_is_scored_and_published_in_few_presses,
    a_unit_assesses_itself_and_the_department_reviews_it,
    a_year_without_a_scheme_says_so,
    who_sees_and_decides_which_scores,
    a_long_table_is_shown_in_parts_and_by_cluster,
);

/// Two superior unions, of which one handed in both tin of November; the scheme of 2026; the clock
/// after the year.
struct Year<'a> {
    desk: Desk<'a>,
    other: UnitId,
    department: Browser,
    leader: Browser,
}

fn year(app: &TestApp) -> Year<'_> {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let other = found(app, "huyen-b", Category::Superior, Some(&desk.root));
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    desk.published(json!({}));
    desk.published(json!({}));
    let scheme = json!({ "preset": "national", "document_number": "12/HD-LĐLĐ", "document_date": "2026-01-15" });
    let path = format!("/api/v1/score-schemes/{}/2026/superior", desk.root.id);
    app.admin().knowing(0).put(&path, &scheme).expect(200);
    app.set_clock("2027-01-05T08:00:00+07:00");
    desk.sweep();
    Year {
        department: signed_in(app, &desk, Role::Department),
        leader: signed_in(app, &desk, Role::Leader),
        other: other.id,
        desk,
    }
}

/// What stands in the hidden fields of the first form that leads to `action`, and the rest.
fn fields_of(page: &str, action: &str) -> Vec<(String, String)> {
    let form = page
        .split("<form ")
        .find(|form| form.contains(&format!("action=\"{action}\"")))
        .unwrap_or_else(|| panic!("no form leads to {action}: {page}"));
    fields_in(form.split("</form>").next().unwrap())
}

/// The inputs of a form with their values.
fn fields_in(form: &str) -> Vec<(String, String)> {
    let value = |input: &str, name: &str| {
        let value = input.split(&format!("{name}=\"")).nth(1)?;
        Some(value.split('"').next().unwrap().to_owned())
    };
    let inputs = form.split("<input ").skip(1).map(|input| {
        let input = input.split('>').next().unwrap();
        let name = value(input, " name").or_else(|| value(input, "name"));
        (name.unwrap(), value(input, "value").unwrap_or_default())
    });
    inputs.collect()
}

fn send(browser: &Browser, action: &str, fields: &[(String, String)]) -> Reply {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.form(action, &fields)
}

/// Follows where a form leads; the page there.
fn next(browser: &Browser, reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    let address = reply.headers["location"].to_str().unwrap();
    browser.get(address).expect_page(200)
}

/// The form of a page that posts to its own address, with changes.
fn own_form(page: &str, changes: &[(usize, &str, &str)]) -> Vec<(String, String)> {
    let form = page
        .split("<form method=\"post\"")
        .find(|form| form.contains("name=\"diem\""));
    let form = form.unwrap().split("</form>").next().unwrap();
    let mut fields = fields_in(form);
    fields.push(("nhan_xet".to_owned(), String::new()));
    for (at, name, value) in changes {
        let mut named = fields.iter_mut().filter(|(field, _)| field == name);
        named.nth(*at).unwrap().1 = (*value).to_owned();
    }
    fields
}

/// The address of the first link or form that ends so.
fn address_of(page: &str, end: &str) -> String {
    let found = page
        .split('"')
        .find(|part| part.starts_with("/diem/") && part.ends_with(end));
    found
        .unwrap_or_else(|| panic!("nothing leads to {end}: {page}"))
        .to_owned()
}

fn a_year_is_scored_and_published_in_few_presses(app: &TestApp) {
    let year = year(app);
    let (department, leader) = (&year.department, &year.leader);
    let page = department.get("/diem/2026").expect_page(200);
    assert_page("scores_before", "vi", &without_ids(&page), &[]);
    let begun = send(department, "/diem/dot", &fields_of(&page, "/diem/dot"));
    let page = next(department, &begun);
    let compute = address_of(&page, "/tinh");
    let page = next(
        department,
        &send(department, &compute, &fields_of(&page, &compute)),
    );
    for lang in ["vi", "en"] {
        choose(department, lang);
        let page = department.get("/diem/2026").expect_page(200);
        assert_page("scores_computed", lang, &without_ids(&page), &[]);
    }
    choose(department, "vi");
    assert!(page.contains("Tự chấm 0/2"), "{page}");

    // the leader agrees with every point
    let own = format!("/diem/2026/{}/tu-cham", year.desk.superior.id);
    let form = leader.get(&own).expect_page(200);
    next(leader, &send(leader, &own, &own_form(&form, &[])));
    let page = department.get("/diem/2026").expect_page(200);
    let confirm = address_of(&page, "/khong-doi/xac-nhan");
    let names = department.get(&confirm).expect_page(200);
    assert!(names.contains(&year.desk.superior.name), "{names}");
    let act = address_of(&names, "/khong-doi");
    let done = send(department, &act, &fields_of(&names, &act));
    let page = next(department, &done);
    assert!(page.contains("Đã thẩm định 1 đơn vị; bỏ qua 0."), "{page}");
    let twice = send(department, &act, &fields_of(&names, &act));
    assert_eq!(
        twice.headers["location"], done.headers["location"],
        "the same form"
    );

    // the other one did not assess itself: a remark is required
    let review = format!("/diem/2026/{}/tham-dinh", year.other);
    let form = department.get(&review).expect_page(200);
    let refused = send(department, &review, &own_form(&form, &[]));
    let refused = refused.expect_page(400);
    assert!(refused.contains("href=\"#nhan_xet\""), "{refused}");
    let mut fields = own_form(&form, &[]);
    fields.last_mut().unwrap().1 = "Đơn vị không tự chấm.".to_owned();
    let page = next(department, &send(department, &review, &fields));
    assert!(page.contains("Thẩm định 2/2"), "{page}");

    let publish = address_of(&page, "/cong-bo");
    let form = department.get(&publish).expect_page(200);
    assert_page("scores_publish", "vi", &without_ids(&form), &[]);
    let state = |form: &str| {
        fields_in(
            form.split("class=\"fields\"")
                .nth(1)
                .unwrap()
                .split("</form>")
                .next()
                .unwrap(),
        )
    };
    let typed = |date: &str| {
        let mut fields = state(&form);
        for (name, value) in &mut fields {
            match name.as_str() {
                "so" => "15/QĐ-LĐLĐ".clone_into(value),
                "ngay" => date.clone_into(value),
                _ => {}
            }
        }
        fields
    };
    let refused = send(department, &publish, &typed("31/02/2027")).expect_page(400);
    assert!(refused.contains("không phải ngày có thật"), "{refused}");
    assert!(refused.contains("15/QĐ-LĐLĐ"), "what was typed stays");
    let page = next(department, &send(department, &publish, &typed("4/1/2027")));
    assert!(
        page.contains("quyết định số 15/QĐ-LĐLĐ, ngày 04/01/2027"),
        "{page}"
    );
    let freeze = address_of(&page, "/khoa");
    let form = department.get(&freeze).expect_page(200);
    let fields = fields_in(
        form.split("<form method=\"post\">")
            .nth(1)
            .unwrap()
            .split("</form>")
            .next()
            .unwrap(),
    );
    let page = next(department, &send(department, &freeze, &fields));
    assert!(page.contains("Đã khóa sổ"), "{page}");
    let sealed = department
        .get(&format!("/diem/2026/{}", year.desk.superior.id))
        .expect_page(200);
    assert!(sealed.contains("Dấu niêm phong"), "{sealed}");
}

fn a_unit_assesses_itself_and_the_department_reviews_it(app: &TestApp) {
    let year = year(app);
    let (department, leader) = (&year.department, &year.leader);
    let page = department.get("/diem/2026").expect_page(200);
    let page = next(
        department,
        &send(department, "/diem/dot", &fields_of(&page, "/diem/dot")),
    );
    let compute = address_of(&page, "/tinh");
    next(
        department,
        &send(department, &compute, &fields_of(&page, &compute)),
    );

    let unit = format!("/diem/2026/{}", year.desk.superior.id);
    let own = format!("{unit}/tu-cham");
    let form = leader.get(&own).expect_page(200);
    assert_page("scores_assess", "vi", &without_ids(&form), &[]);
    // neither a number nor a reason
    let bad = own_form(&form, &[(0, "diem", "nhiều")]);
    let refused = send(leader, &own, &bad).expect_page(400);
    assert!(refused.contains("href=\"#diem-0\""), "{refused}");
    assert!(refused.contains("value=\"nhiều\""), "what was typed stays");
    let unexplained = own_form(&form, &[(0, "diem", "3,5")]);
    let refused = send(leader, &own, &unexplained).expect_page(400);
    assert!(refused.contains("href=\"#ly_do-0\""), "{refused}");
    let good = own_form(
        &form,
        &[(0, "diem", "3,5"), (0, "ly_do", "Có bài trên báo tỉnh")],
    );
    let page = next(leader, &send(leader, &own, &good));
    assert!(page.contains("Đã gửi bản tự chấm"), "{page}");

    let review = format!("{unit}/tham-dinh");
    let form = department.get(&review).expect_page(200);
    assert_page("scores_review", "vi", &without_ids(&form), &[]);
    let reply = send(department, &review, &own_form(&form, &[]));
    let next_unit = format!("/diem/2026/{}/tham-dinh", year.other);
    assert!(
        reply.headers["location"]
            .to_str()
            .unwrap()
            .starts_with(&next_unit),
        "a review leads on to the next unit"
    );
    // the same sheet, filled in before that review
    let stale = send(department, &review, &{
        let mut fields = own_form(&form, &[(0, "ly_do", "Khác")]);
        fields[0].1 = "another-key-of-a-form-0001".to_owned();
        fields
    });
    assert_eq!(stale.status, 409, "{}", stale.text);
    assert!(stale.text.contains("Khác"), "what was typed stays");
    for lang in ["vi", "en"] {
        choose(department, lang);
        let page = department.get(&unit).expect_page(200);
        assert_page("scores_unit", lang, &without_ids(&page), &[]);
    }

    // a reason belongs to its own criterion, also below one without points or reason
    choose(department, "vi");
    let form = department.get(&review).expect_page(200);
    let changes = [
        (0, "diem", ""),
        (0, "ly_do", ""),
        (1, "diem", "1"),
        (1, "ly_do", "Đếm lại"),
    ];
    let reply = send(department, &review, &own_form(&form, &changes));
    assert_eq!(reply.status, 303, "{}", reply.text);
    let page = department.get(&unit).expect_page(200);
    let head = "<th role=\"rowheader\" scope=\"row\" lang=\"vi\">";
    let second = form.split(head).nth(2).unwrap().split('<').next().unwrap();
    let row = page
        .split(head)
        .find(|row| row.contains("Đếm lại"))
        .unwrap();
    assert!(row.starts_with(second), "{second}: {row}");
}

fn a_year_without_a_scheme_says_so(app: &TestApp) {
    let desk = Desk::new(app);
    let department = signed_in(app, &desk, Role::Department);
    for lang in ["vi", "en"] {
        choose(&department, lang);
        let page = department.get("/diem/2026").expect_page(200);
        assert_page("scores_none", lang, &without_ids(&page), &[]);
    }
    assert_eq!(department.get("/diem/1800").status, 404);
    assert_eq!(department.get("/diem/abc").status, 404);
}

fn who_sees_and_decides_which_scores(app: &TestApp) {
    let year = year(app);
    let home = year.department.get("/diem?nam=2026");
    assert_eq!(home.headers["location"], "/diem/2026");
    let own = format!("/diem/2026/{}", year.desk.superior.id);
    let home = year.leader.get("/diem?nam=2026");
    assert_eq!(home.headers["location"], own.as_str());
    assert_eq!(
        year.leader.get("/diem/2026").status,
        404,
        "the table is not theirs"
    );
    let other = format!("/diem/2026/{}", year.other);
    assert_eq!(year.leader.get(&other).status, 404);
    assert_eq!(year.leader.get(&format!("{own}/tham-dinh")).status, 403);

    let viewer = signed_in(app, &year.desk, Role::Viewer);
    let page = viewer.get("/diem/2026").expect_page(200);
    assert!(!page.contains("/diem/dot"), "no button that acts: {page}");
    let mut begin = fields_of(&year.department.get("/diem/2026").text, "/diem/dot");
    begin.retain(|(name, _)| name != "khoa");
    assert_eq!(send(&viewer, "/diem/dot", &begin).status, 403);
    let contributor = signed_in(app, &year.desk, Role::Contributor);
    assert_eq!(contributor.get("/diem/2026").status, 404);
    assert_eq!(contributor.get(&own).status, 404);
}

fn a_long_table_is_shown_in_parts_and_by_cluster(app: &TestApp) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    let mut units = "Mã,Tên,Loại,Mã cấp trên,Cụm\n".to_owned();
    for n in 0..130 {
        let cluster = ["Cụm Một", "Cụm Hai"][n % 2];
        units.push_str(&format!("cs-{n:03},Cơ sở {n:03},cơ sở,huyen,{cluster}\n"));
    }
    let department = app.client_of(Role::Department, Some(&desk.root));
    let path = "/api/v1/imports/units";
    department.upload(path, units.as_bytes()).expect(200);
    let scheme = json!({ "preset": "national", "document_number": "12/HD-LĐLĐ", "document_date": "2026-01-15" });
    let path = format!("/api/v1/score-schemes/{}/2026/grassroots", desk.root.id);
    app.admin().knowing(0).put(&path, &scheme).expect(200);
    let browser = signed_in(app, &desk, Role::Department);
    let rows = |page: &str| page.matches("role=\"rowheader\"").count();

    let first = browser.get("/diem/2026?loai=grassroots").expect_page(200);
    assert_eq!(rows(&first), 100);
    let behind = first.split("rel=\"next\"").next().unwrap();
    let next = behind.rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let second = browser.get(&next).expect_page(200);
    let total = rows(&first) + rows(&second);
    assert!(
        second.contains(&format!("101–{total} trong {total}")),
        "{second}"
    );
    assert!(!second.contains("rel=\"next\""));
    for n in 0..130 {
        let name = format!("Cơ sở {n:03}<");
        assert_ne!(first.contains(&name), second.contains(&name), "{name}");
    }

    // the choice of a category leads to its table, with the cluster
    let chosen = "/diem?nam=2026&loai=grassroots&cum=C%E1%BB%A5m+Hai";
    let led = browser.get(chosen);
    assert_eq!(led.status, 303);
    let cluster = browser.get(led.headers["location"].to_str().unwrap());
    let cluster = cluster.expect_page(200);
    assert_eq!(rows(&cluster), 65);
    assert!(!cluster.contains("Cụm Một</span></h2>"), "{cluster}");
    let file = "/diem.csv?nam=2026&loai=grassroots&cum=C%E1%BB%A5m+Hai";
    let file = browser.get(file).text;
    assert_eq!(file.matches("Cơ sở ").count(), 65, "{file}");
    // a cluster of another category chooses nothing
    let other = browser.get("/diem/2026?loai=grassroots&cum=khong-co");
    assert_eq!(rows(&other.expect_page(200)), 100);
}
