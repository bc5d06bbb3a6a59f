//! The pages of score schemes: the list, one scheme in words, the form with its trial.

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
    a_scheme_is_written_from_a_preset_and_read_in_words,
    a_changed_scheme_is_tried_on_every_unit_before_it_is_saved,
    what_is_wrong_with_a_scheme_stands_at_its_field,
    the_scheme_of_published_scores_is_closed,
    only_the_department_changes_schemes,
);

/// Two superior unions, of which one handed in both tin of November; somebody of the department.
fn world(app: &TestApp) -> (Desk<'_>, Browser) {
    app.expect_unread_mails();
    let desk = Desk::new(app);
    found(app, "huyen-b", Category::Superior, Some(&desk.root));
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    desk.published(json!({}));
    desk.published(json!({}));
    app.set_clock("2026-12-05T08:00:00+07:00");
    desk.sweep();
    let department = signed_in(app, &desk, Role::Department);
    (desk, department)
}

/// Saves a scheme by the API.
fn saved(app: &TestApp, desk: &Desk<'_>) {
    let scheme = json!({ "preset": "national", "document_number": "12/HD-LĐLĐ", "document_date": "2026-01-15" });
    let path = format!("/api/v1/score-schemes/{}/2026/superior", desk.root.id);
    app.admin().knowing(0).put(&path, &scheme).expect(200);
}

/// What the form of a page sends as it stands, with changes.
fn filled(page: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let form = page
        .split("<form method=\"post\" action=\"/thang-diem")
        .nth(1);
    let form = form.expect("a form").split("</form>").next().unwrap();
    let value = |tag: &str, name: &str| {
        let rest = tag.split(&format!("{name}=\"")).nth(1)?;
        Some(rest.split('"').next().unwrap().to_owned())
    };
    let mut fields = Vec::new();
    for tag in form.split('<').skip(1) {
        if let Some(tag) = tag.strip_prefix("input ") {
            let tag = tag.split('>').next().unwrap();
            if tag.contains("type=\"checkbox\"") && !tag.contains("checked") {
                continue;
            }
            let name = value(&format!(" {tag}"), " name").unwrap();
            fields.push((name, value(tag, "value").unwrap_or_default()));
        } else if let Some(tag) = tag.strip_prefix("select ") {
            fields.push((value(&format!(" {tag}"), " name").unwrap(), String::new()));
        } else if tag.starts_with("option ") && tag.contains("selected") {
            fields.last_mut().unwrap().1 = value(tag, "value").unwrap();
        }
    }
    for (_, value) in &mut fields {
        *value = value.replace("&#34;", "\"");
    }
    for (name, to) in changes {
        match fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, value)) => (*to).clone_into(value),
            None => fields.push(((*name).to_owned(), (*to).to_owned())),
        }
    }
    fields
}

/// Sends the form of the scheme of superior unions.
fn edit(browser: &Browser, from: &str, changes: &[(&str, &str)]) -> crate::support::app::Reply {
    let page = browser.get(&format!("{EDIT}{from}")).expect_page(200);
    let fields = filled(&page, changes);
    let fields: Vec<(&str, &str)> = (fields.iter())
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.form(EDIT, &fields)
}

const SCHEME: &str = "/thang-diem/2026/superior";
const EDIT: &str = "/thang-diem/2026/superior/sua";

fn a_scheme_is_written_from_a_preset_and_read_in_words(app: &TestApp) {
    let (_desk, department) = world(app);
    let page = department.get("/thang-diem").expect_page(200);
    assert_page("schemes_none", "vi", &without_ids(&page), &[]);
    let page = department.get(SCHEME).expect_page(200);
    assert!(page.contains("tu=national"), "{page}");
    let basis = [("so", "12/HD-LĐLĐ"), ("ngay", "15/1/2026")];
    let done = edit(&department, "?tu=national", &basis);
    assert_eq!(done.status, 303, "{}", done.text);
    let page = department.get("/thang-diem").expect_page(200);
    assert_page("schemes_list", "vi", &without_ids(&page), &[]);
    for lang in ["vi", "en"] {
        choose(&department, lang);
        let page = department.get(SCHEME).expect_page(200);
        assert_page("schemes_one", lang, &without_ids(&page), &[]);
    }
    choose(&department, "vi");
    // the form as it stands says the same scheme again
    let same = edit(&department, "", &[]);
    assert_eq!(same.status, 303, "{}", same.text);
    let newest = app.admin().get(&format!(
        "/api/v1/score-schemes/{}/2026/superior",
        _desk.root.id
    ));
    let scheme = newest.expect(200);
    assert_eq!(scheme["version"], 2);
    let presets = app.admin().get("/api/v1/score-presets").items();
    assert_eq!(
        scheme["scheme"], presets[0]["scheme"],
        "nothing is lost in the form"
    );
}

fn a_changed_scheme_is_tried_on_every_unit_before_it_is_saved(app: &TestApp) {
    let (desk, department) = world(app);
    saved(app, &desk);
    let form = department.get(EDIT).expect_page(200);
    assert_page("schemes_edit", "vi", &without_ids(&form), &[]);
    // the points of tin go to in-depth items, which nobody handed in
    let changes = [("tc-0-diem", "5"), ("tc-4-diem", "25"), ("xem", "1")];
    let tried = edit(&department, "", &changes).expect_page(200);
    let trial = tried.split("id=\"xem-thu\"").nth(1).expect("a trial");
    let trial = trial.split("</section>").next().unwrap();
    insta::assert_snapshot!(
        "page_schemes_trial",
        crate::support::page::shown(&without_numbers(trial))
    );
    let page = department.get(SCHEME).expect_page(200);
    assert!(
        !page.contains(">25</td><td role=\"cell\" data-l=\"Tính trên\">mọi tin"),
        "a trial saves nothing"
    );
    let done = edit(&department, "", &changes[..2]);
    assert_eq!(done.status, 303, "{}", done.text);
    let page = department.get(SCHEME).expect_page(200);
    assert!(
        page.contains("Đã lưu") || page.contains(">2</th>"),
        "{page}"
    );
}

/// The text without ids of units.
fn without_numbers(html: &str) -> String {
    let mut parts = html.split("/diem/2026/");
    let mut shown = parts.next().unwrap().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        shown.push_str(&format!("/diem/2026/ID{rest}"));
    }
    shown
}

fn what_is_wrong_with_a_scheme_stands_at_its_field(app: &TestApp) {
    let (desk, department) = world(app);
    saved(app, &desk);
    let refused = |changes: &[(&str, &str)], field: &str| {
        let page = edit(&department, "", changes).expect_page(400);
        assert!(
            page.contains(&format!("href=\"#{field}\"")),
            "{changes:?}: {page}"
        );
        page
    };
    let page = refused(&[("tc-0-diem", "27")], "tong");
    assert!(
        page.contains("cộng lại là 97; phải bằng 95 hoặc 100"),
        "{page}"
    );
    assert!(page.contains("cộng lại: 97 điểm"), "{page}");
    let page = refused(&[("tc-1-diem", "nhiều <b>")], "tc-1-diem");
    assert!(page.contains("nhiều &#60;b&#62;"), "what was typed stays");
    refused(&[("tc-0-ten", "")], "tc-0-ten");
    refused(&[("tc-4-muc_tieu", "200")], "tc-4-muc_tieu");
    refused(&[("tran_thuong", "50")], "tran_thuong");
    refused(&[("m-1-tu", "95")], "m-1-tu");
    refused(&[("m-3-bo", "1")], "cac-muc");
    refused(&[("ngay", "31/02/2026")], "ngay");
    refused(&[("so", "")], "so");
    refused(&[("tc-0-quy_tac", "khong-co")], "tc-0-quy_tac");
    refused(&[("tc-0-muc_tieu", "90")], "tc-0-muc_tieu");
    refused(&[("tc-0-muc_tieu", "chín mươi")], "tc-0-muc_tieu");
    let page = refused(&[("m-0-ten", "")], "m-0-ten");
    assert!(page.contains(">Tên mức: "), "{page}");
    // a criterion that is left out moves no fault to another one
    refused(&[("tc-0-bo", "1"), ("tc-2-diem", "x")], "tc-2-diem");
    let page = refused(&[("tc-0-bo", "1"), ("tc-4-muc_tieu", "0")], "tc-4-muc_tieu");
    assert!(page.contains("cộng lại: 70 điểm"), "{page}");
}

fn the_scheme_of_published_scores_is_closed(app: &TestApp) {
    let (desk, department) = world(app);
    saved(app, &desk);
    let group = json!({ "unit_id": desk.root.id, "year": 2026, "category": "superior" });
    let round = app.admin().post("/api/v1/score-rounds", &group).expect(201);
    let path = format!("/api/v1/score-rounds/{}", round["id"]);
    app.set_clock("2027-01-05T08:00:00+07:00");
    desk.sweep();
    let act = |step: &str, version: i64, body: &serde_json::Value| {
        app.admin()
            .knowing(version)
            .post(&format!("{path}/{step}"), body)
            .expect(200)
    };
    act("compute", 1, &json!({}));
    for sheet in app.admin().get(&format!("{path}/sheets")).items() {
        let review = json!({ "marks": [], "reason": "Đơn vị không tự chấm." });
        let at = format!("/api/v1/score-sheets/{}/review", sheet["id"]);
        let version = sheet["version"].as_i64().unwrap();
        app.admin().knowing(version).post(&at, &review).expect(200);
    }
    let version = app.admin().get(&path).expect(200)["version"]
        .as_i64()
        .unwrap();
    let decision = json!({ "decision_number": "15/QĐ-LĐLĐ", "decision_date": "2027-01-04" });
    act("publish", version, &decision);
    let department_again = Browser::of(app);
    assert_eq!(
        department_again.sign_in("department@tinh.example").status,
        303
    );
    drop(department);
    let page = department_again.get(SCHEME).expect_page(200);
    assert!(page.contains("lập bản chấm mới"), "{page}");
    assert!(!page.contains("/sua"), "{page}");
    let refused = edit(&department_again, "", &[("tran_thuong", "4")]).expect_page(409);
    assert!(
        refused.contains("hãy lập bản chấm mới thay bản đó"),
        "{refused}"
    );
}

fn only_the_department_changes_schemes(app: &TestApp) {
    let (desk, department) = world(app);
    saved(app, &desk);
    let leader = signed_in(app, &desk, Role::Leader);
    let page = leader.get(SCHEME).expect_page(200);
    assert!(!page.contains("/sua"), "{page}");
    assert_eq!(leader.get(EDIT).status, 403);
    assert_eq!(leader.get("/thang-diem").status, 200);
    let contributor = signed_in(app, &desk, Role::Contributor);
    assert_eq!(contributor.get(SCHEME).status, 404);
    for path in ["/thang-diem/1800/superior", "/thang-diem/2026/khac"] {
        assert_eq!(department.get(path).status, 404, "{path}");
    }
    // the form again with its key, then another one that knows an older version
    let page = department.get(EDIT).expect_page(200);
    let stale = department.get(EDIT).expect_page(200);
    let send = |page: &str, title: &str| {
        let fields = filled(page, &[("ten", title)]);
        let fields: Vec<(&str, &str)> = (fields.iter())
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        department.form(EDIT, &fields)
    };
    let first = send(&page, "Thang điểm sửa");
    assert_eq!(first.status, 303, "{}", first.text);
    assert_eq!(
        send(&page, "Thang điểm sửa").headers["location"],
        first.headers["location"]
    );
    let late = send(&stale, "Thang điểm khác");
    assert_eq!(late.status, 409, "{}", late.text);
    assert!(
        late.text.contains("Thang điểm khác"),
        "what was typed stays"
    );
}
