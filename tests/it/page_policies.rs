//! The pages of policies and of ladders of reminders, and what they say would be sent.

use chrono::Days;
use serde_json::{Value, json};
use tinbai::domain::access::Role;

use crate::both_databases;
use crate::page_items::{send, signed_in};
use crate::page_snapshots::{assert_page, choose};
use crate::support::app::{Reply, TestApp};
use crate::support::browser::Browser;
use crate::support::desk::{Desk, date, quota, superiors};
use crate::support::page::{codes, without_ids};

both_databases!(
    a_field_is_changed_and_inherited_again,
    a_ladder_is_changed_and_goes_back_to_the_defaults,
    what_the_preview_promises_is_sent,
    what_is_wrong_with_a_policy_is_said_at_its_field,
    who_sees_and_changes_which_policy,
);

/// A federation with a weekly quota, on Tuesday 24/11/2026 at 08:00, and its department.
fn federation(app: &TestApp) -> (Desk<'_>, Browser) {
    app.set_clock("2026-11-24T08:00:00+07:00");
    let desk = Desk::on_own_calendar(app);
    desk.person(&desk.superior, Role::Leader, "Trưởng huyện");
    desk.plan(&[quota(superiors(), &["tin"], "week", 1)]);
    let department = signed_in(app, &desk, Role::Department);
    (desk, department)
}

#[track_caller]
fn assert_shown(name: &str, lang: &str, page: &Reply, status: u16) {
    assert_eq!(page.status, status, "{}", page.text);
    let html = without_ids(&page.text);
    let ids = ["chinh-sach/", "buoc-nhac/", "don_vi=", "option value=\""];
    let html = ids.iter().fold(html, |html, before| {
        let mut parts = html.split(before);
        let mut shown = parts.next().unwrap().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let id = if rest.len() < part.len() { "ID" } else { "" };
            shown.push_str(&format!("{before}{id}{rest}"));
        }
        shown
    });
    assert_page(name, lang, &html, &[]);
}

#[track_caller]
fn next(browser: &Browser, reply: &Reply) -> Reply {
    assert_eq!(reply.status, 303, "{}", reply.text);
    browser.get(reply.header("location"))
}

fn field(app: &TestApp, desk: &Desk<'_>, on: &str, name: &str) -> Value {
    let path = format!("/api/v1/units/{}/policy?on={on}", desk.superior.id);
    let fields = app.admin().get(&path).expect(200)["fields"].clone();
    let fields = fields.as_array().unwrap().iter();
    fields
        .clone()
        .find(|field| field["name"] == name)
        .unwrap()
        .clone()
}

fn a_field_is_changed_and_inherited_again(app: &TestApp) {
    let (desk, department) = federation(app);
    for lang in ["vi", "en"] {
        choose(&department, lang);
        assert_shown("policies", lang, &department.get("/chinh-sach"), 200);
    }
    choose(&department, "vi");
    // kinds of item and calendars have names, and a default is said where it differs
    let sheet = department.get("/chinh-sach").text;
    assert!(sheet.contains("Tin, Bài, Bài chuyên sâu"), "{sheet}");
    assert_eq!(codes(&sheet), Vec::<String>::new());
    let of_unit = format!("/don-vi/{}?the=chinh-sach", desk.superior.id);
    assert_eq!(codes(&department.get(&of_unit).text), Vec::<String>::new());
    let own = format!("/chinh-sach/{}/event_hours", desk.superior.id);
    assert_shown("policy_form", "vi", &department.get(&own), 200);
    let query = "nguon=rieng&gia_tri=8&tu=01%2F12%2F2026&van_ban=05%2FQ%C4%90";
    let preview = department.get(&format!("{own}/xac-nhan?{query}"));
    assert_shown("policy_preview", "vi", &preview, 200);
    assert_eq!(
        field(app, &desk, "2026-12-01", "event_hours")["value"],
        12,
        "looking saves nothing"
    );
    let fields = [
        ("nguon", "rieng"),
        ("gia_tri", "8"),
        ("tu", "01/12/2026"),
        ("van_ban", "05/QĐ"),
    ];
    let saved = send(&department, &preview, &own, &fields);
    let again = send(&department, &preview, &own, &fields);
    assert_eq!(
        again.header("location"),
        saved.header("location"),
        "the same form"
    );
    let page = next(&department, &saved);
    assert!(page.text.contains("Đã lưu chính sách"), "{}", page.text);
    let set = field(app, &desk, "2026-12-01", "event_hours");
    assert_eq!(
        (&set["value"], &set["source"]["legal_basis"]),
        (&json!(8), &json!("05/QĐ"))
    );
    assert_eq!(field(app, &desk, "2026-11-30", "event_hours")["value"], 12);

    // another field of the same day joins it; then the first one is inherited again
    let carry = format!("/chinh-sach/{}/carry", desk.superior.id);
    let query = "nguon=rieng&gia_tri=within_year&tu=01%2F12%2F2026";
    let preview = department.get(&format!("{carry}/xac-nhan?{query}"));
    let fields = [
        ("nguon", "rieng"),
        ("gia_tri", "within_year"),
        ("tu", "01/12/2026"),
    ];
    next(&department, &send(&department, &preview, &carry, &fields));
    let query = "nguon=thua-huong&tu=05%2F12%2F2026";
    let preview = department.get(&format!("{own}/xac-nhan?{query}"));
    let fields = [("nguon", "thua-huong"), ("tu", "05/12/2026")];
    let page = next(&department, &send(&department, &preview, &own, &fields));
    assert_shown("policies_own", "vi", &page, 200);
    let inherited = field(app, &desk, "2026-12-05", "event_hours");
    assert_eq!(
        (&inherited["value"], &inherited["source"]),
        (&json!(12), &Value::Null)
    );
    assert_eq!(field(app, &desk, "2026-12-04", "event_hours")["value"], 8);
    assert_eq!(
        field(app, &desk, "2026-12-05", "carry")["value"],
        "within_year"
    );
}

fn a_ladder_is_changed_and_goes_back_to_the_defaults(app: &TestApp) {
    let (desk, department) = federation(app);
    let page = format!("/buoc-nhac?don_vi={}", desk.root.id);
    assert_shown("ladders", "vi", &department.get(&page), 200);
    let own = format!("/buoc-nhac/{}/week", desk.root.id);
    assert_shown("ladder_form", "vi", &department.get(&own), 200);
    let fields = [
        ("kieu0", "ngay-truoc"),
        ("so0", "2"),
        ("cho0.truong", "1"),
        ("kieu1", "lam-viec"),
        ("so1", "1h30"),
        ("cho1.truong", "1"),
        ("cho1.pho", "1"),
        ("kieu2", "khong"),
        ("tu", "25/11/2026"),
    ];
    let query = serde_urlencoded::to_string(fields).unwrap();
    let preview = department.get(&format!("{own}/xac-nhan?{query}"));
    assert_shown("ladder_preview", "vi", &preview, 200);
    let page = next(&department, &send(&department, &preview, &own, &fields));
    assert!(page.text.contains("Đã lưu các bước nhắc"), "{}", page.text);
    let ladders = field(app, &desk, "2026-11-25", "ladders")["value"].clone();
    assert_eq!(
        ladders["week"][0]["offset"],
        json!({ "working_days_before": 2 })
    );
    assert_eq!(ladders["week"][1]["audience"], json!(["leader", "deputy"]));
    assert_eq!(ladders["week"].as_array().unwrap().len(), 2);

    let fields = [("buoc", "mac-dinh"), ("tu", "26/11/2026")];
    let query = serde_urlencoded::to_string(fields).unwrap();
    let preview = department.get(&format!("{own}/xac-nhan?{query}"));
    next(&department, &send(&department, &preview, &own, &fields));
    assert_eq!(
        field(app, &desk, "2026-11-26", "ladders")["value"],
        json!({})
    );
    let refused = [
        ("kieu0", "lam-viec"),
        ("so0", "x"),
        ("kieu1", "den-han"),
        ("tu", "31/02/2026"),
    ];
    let query = serde_urlencoded::to_string(refused).unwrap();
    let refused = department.get(&format!("{own}/xac-nhan?{query}"));
    assert_eq!(refused.status, 400);
    assert!(
        refused
            .text
            .contains("Bước 2: hãy chọn ít nhất một người nhận"),
        "{}",
        refused.text
    );
    assert!(refused.text.contains("href=\"#buoc\"") && refused.text.contains("href=\"#tu\""));
    assert_eq!(
        department
            .get(&format!("/buoc-nhac/{}/decade", desk.root.id))
            .status,
        404
    );
}

/// The days and numbers of a preview are those of the mails that the checks of these days send.
fn what_the_preview_promises_is_sent(app: &TestApp) {
    let (desk, _) = federation(app);
    app.run_due();
    let admin = app.admin();
    let change = json!({ "valid_from": "2026-11-25", "kind": "week", "steps": [
        { "name": "before-2d", "offset": { "working_days_before": 2 }, "audience": ["leader"] },
        { "name": "after-1d", "offset": { "working_days_after": 1 }, "audience": ["leader", "department"] },
    ] });
    let path = format!("/api/v1/units/{}/ladders", desk.root.id);
    let preview = admin.post(&format!("{path}/preview"), &change).expect(200);
    let days = preview["forecast"]["days"].as_array().unwrap().clone();
    let promised = |which: &str| -> Vec<String> {
        let sent = days.iter().filter(|day| day[which]["mails"] != 0);
        sent.map(|day| format!("{} {}", day["date"].as_str().unwrap(), day[which]["mails"]))
            .collect()
    };
    assert_ne!(promised("before"), promised("after"), "{days:?}");
    admin
        .knowing(0)
        .post(&format!("{path}/changes"), &change)
        .expect(200);
    let digests = || {
        let mails = admin.get("/api/v1/mails?limit=500").items();
        mails.iter().filter(|mail| mail["kind"] == "digest").count()
    };
    let mut got = Vec::new();
    for day in 0..14 {
        let day = date("2026-11-25").checked_add_days(Days::new(day)).unwrap();
        let before = digests();
        for time in ["00:01", "07:02"] {
            app.set_clock(&format!("{day}T{time}:00+07:00"));
            app.run_due();
        }
        if digests() > before {
            got.push(format!("{day} {}", digests() - before));
        }
    }
    assert_eq!(got, promised("after"));
    app.mark_mails_read();
}

fn what_is_wrong_with_a_policy_is_said_at_its_field(app: &TestApp) {
    let (desk, department) = federation(app);
    let preview = |field: &str, query: &str| {
        department.get(&format!(
            "/chinh-sach/{}/{field}/xac-nhan?{query}",
            desk.root.id
        ))
    };
    let refused = preview("event_hours", "nguon=rieng&gia_tri=0&tu=01%2F12%2F2026");
    assert_shown("policy_refused", "vi", &refused, 400);
    assert!(
        refused.text.contains("href=\"#gia_tri\""),
        "{}",
        refused.text
    );
    for (field, query, place) in [
        (
            "event_hours",
            "nguon=rieng&gia_tri=nhieu&tu=01%2F12%2F2026",
            "#gia_tri",
        ),
        (
            "event_hours",
            "nguon=rieng&gia_tri=8&tu=31%2F02%2F2026",
            "#tu",
        ),
        (
            "event_hours",
            "nguon=rieng&gia_tri=8&tu=01%2F11%2F2026",
            "#tu",
        ),
        ("event_hours", "nguon=rieng&tu=01%2F12%2F2026", "#gia_tri"),
        (
            "cutoff_time",
            "nguon=rieng&gia_tri=25h&tu=01%2F12%2F2026",
            "#gia_tri",
        ),
        (
            "calendar",
            "nguon=rieng&gia_tri=khong-co&tu=01%2F12%2F2026",
            "#gia_tri",
        ),
        (
            "carry",
            "nguon=rieng&gia_tri=x&tu=01%2F12%2F2026",
            "#gia_tri",
        ),
        ("settled_by", "nguon=rieng&tu=01%2F12%2F2026", "#gia_tri"),
    ] {
        let refused = preview(field, query);
        assert_eq!(refused.status, 400, "{field} {query}: {}", refused.text);
        assert!(
            refused.text.contains(&format!("href=\"{place}\"")),
            "{field} {query}: {}",
            refused.text
        );
    }
    assert_eq!(
        preview("colour", "nguon=rieng&gia_tri=8&tu=01%2F12%2F2026").status,
        404
    );
    // the same day, set by somebody else meanwhile
    let own = format!("/chinh-sach/{}/event_hours", desk.root.id);
    let seen = preview("event_hours", "nguon=rieng&gia_tri=8&tu=01%2F12%2F2026");
    let path = format!("/api/v1/units/{}/policies/2026-12-01", desk.root.id);
    app.admin()
        .knowing(0)
        .put(&path, &json!({ "patch": { "carry": "within_year" } }))
        .expect(200);
    let fields = [("nguon", "rieng"), ("gia_tri", "8"), ("tu", "01/12/2026")];
    let stale = send(&department, &seen, &own, &fields);
    assert_eq!(stale.status, 409, "{}", stale.text);
    next(&department, &send(&department, &stale, &own, &fields));
    assert_eq!(
        field(app, &desk, "2026-12-01", "carry")["value"],
        "within_year"
    );
    assert_eq!(field(app, &desk, "2026-12-01", "event_hours")["value"], 8);
}

fn who_sees_and_changes_which_policy(app: &TestApp) {
    let (desk, _) = federation(app);
    let unit = desk.superior.id;
    for role in [Role::Leader, Role::Viewer, Role::Editor] {
        let reader = signed_in(app, &desk, role);
        for page in [
            format!("/chinh-sach?don_vi={unit}"),
            format!("/buoc-nhac?don_vi={unit}"),
        ] {
            let page = reader.get(&page);
            assert_eq!(page.status, 200, "{role}: {}", page.text);
            assert!(
                !page.text.contains("/event_hours\"") && !page.text.contains("/week\""),
                "{role}"
            );
        }
        for form in ["chinh-sach/{}/event_hours", "buoc-nhac/{}/week"] {
            let form = format!("/{}", form.replace("{}", &unit.to_string()));
            assert_eq!(reader.get(&form).status, 403, "{role} {form}");
            let fields = [
                ("tu", "01/12/2026"),
                ("gia_tri", "8"),
                ("nguon", "rieng"),
                ("kieu0", "khong"),
                ("phien_ban", "0"),
            ];
            assert_eq!(reader.form(&form, &fields).status, 403, "{role} {form}");
        }
    }
    let leader = Browser::of(app);
    leader.sign_in("leader@tinh.example");
    assert_eq!(
        leader
            .get(&format!("/chinh-sach?don_vi={}", desk.root.id))
            .status,
        404
    );
    assert!(
        leader.get("/chinh-sach").text.contains("huyen"),
        "their own unit"
    );
    assert_eq!(Browser::of(app).get("/chinh-sach").status, 303);
}
