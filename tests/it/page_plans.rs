//! The pages of plans: the list, one plan in words, its rules, its steps.

use serde_json::json;
use tinbai::domain::access::Role;

use crate::both_databases;
use crate::page_items::signed_in;
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::TestApp;
use crate::support::desk::{Desk, quota, superiors};
use crate::support::page::without_ids;

both_databases!(plans_are_read_in_words_by_those_they_bind,);

fn plans_are_read_in_words_by_those_they_bind(app: &TestApp) {
    app.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(app);
    let department = signed_in(app, &desk, Role::Department);
    let page = department.get("/ke-hoach").expect_page(200);
    assert_page("plans_none", "vi", &without_ids(&page), &[]);
    let personal = json!({
        "title": "Biên tập viên: 1 đến 2 tin hoặc bài", "subject": { "type": "persons", "role": "editor", "categories": [] },
        "kinds": ["tin", "bai"], "period": "month", "minimum": 1, "maximum": 2,
    });
    desk.plan(&[quota(superiors(), &["tin"], "month", 2), personal]);
    let page = department.get("/ke-hoach").expect_page(200);
    assert_page("plans_list", "vi", &without_ids(&page), &[]);
    let address = page.split("href=\"/ke-hoach/").nth(1).unwrap();
    let address = format!("/ke-hoach/{}", address.split('"').next().unwrap());
    for lang in ["vi", "en"] {
        choose(&department, lang);
        let page = department.get(&address).expect_page(200);
        assert_page("plans_one", lang, &without_ids(&page), &[]);
    }
    // those below read what binds them, and not who did what
    let leader = signed_in(app, &desk, Role::Leader);
    let page = leader.get(&address).expect_page(200);
    assert!(page.contains("nộp 2 tin mỗi tháng"), "{page}");
    assert!(!page.contains("Ai làm gì"), "{page}");
    assert_eq!(leader.get("/ke-hoach/999999").status, 404);
}
