//! Plans and rules, kinds and presets through HTTP.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::UnitId;
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::support::app::{TestApp, texts};
use crate::support::tree::found;

both_databases!(
    a_plan_goes_from_draft_into_force_and_ends,
    a_rule_in_force_changes_by_a_new_version,
    faults_of_plans_and_rules_are_named,
    plans_are_made_by_the_department_and_read_by_those_they_bind,
    kinds_are_listed_and_added,
    a_preset_is_rehearsed_applied_and_applied_again,
);

fn plan(unit: UnitId) -> Value {
    json!({ "unit_id": unit, "code": "chi-tieu", "year": 2026, "title": "Chỉ tiêu tin bài năm 2026" })
}

fn rule(minimum: u32) -> Value {
    json!({
        "title": format!("{minimum} tin mỗi tháng"), "subject": { "type": "units", "categories": ["superior"] },
        "kinds": ["tin"], "period": "month", "minimum": minimum,
    })
}

fn signed() -> Value {
    json!({ "document_number": "12/KH-LĐLĐ", "document_date": "2026-01-05", "issuer": "Ban Thường vụ" })
}

/// A plan in force since today, and its path.
fn in_force(app: &TestApp, unit: UnitId) -> (String, Value) {
    let admin = app.admin();
    let drafted = admin.post("/api/v1/plans", &plan(unit));
    let path = drafted.header("location").to_owned();
    admin
        .knowing(1)
        .post(
            &format!("{path}/rules"),
            &json!({ "code": "tin-thang", "content": rule(2) }),
        )
        .expect(201);
    admin.knowing(2).patch(&path, &signed()).expect(200);
    admin
        .knowing(3)
        .post(&format!("{path}/approve"), &json!({}))
        .expect(200);
    let plan = admin
        .knowing(4)
        .post(
            &format!("{path}/put-in-force"),
            &json!({ "from": "2026-01-01" }),
        )
        .expect(200);
    (path, plan)
}

fn a_plan_goes_from_draft_into_force_and_ends(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let keyed = admin.with("Idempotency-Key", "plan-1");
    let drafted = keyed.post("/api/v1/plans", &plan(root.id));
    assert_eq!(
        (&drafted.expect(201)["state"], drafted.header("etag")),
        (&json!("draft"), "\"1\"")
    );
    assert_eq!(
        keyed.post("/api/v1/plans", &plan(root.id)).text,
        drafted.text
    );
    let path = drafted.header("location").to_owned();
    let act = |what: &str, version: i64, body: &Value| {
        admin.knowing(version).post(&format!("{path}/{what}"), body)
    };
    let ruled = act(
        "rules",
        1,
        &json!({ "code": "tin-thang", "content": rule(2) }),
    )
    .expect(201);
    assert_eq!(
        (&ruled["version"], &ruled["rules"][0]["code"]),
        (&json!(2), &json!("tin-thang"))
    );
    act("approve", 1, &json!({})).faults(412);
    admin.knowing(2).patch(&path, &signed()).expect(200);
    assert_eq!(
        act("approve", 3, &json!({})).expect(200)["state"],
        "approved"
    );
    assert_eq!(
        act("end", 4, &json!({})).faults(409),
        ["state plan_needs_in_force"]
    );
    assert_eq!(act("reopen", 4, &json!({})).expect(200)["state"], "draft");
    act("approve", 5, &json!({})).expect(200);
    let begun = act("put-in-force", 6, &json!({ "from": "2026-12-01" })).expect(200);
    assert_eq!(
        (&begun["state"], &begun["version"]),
        (&json!("in_force"), &json!(7))
    );
    assert_eq!(
        begun["rules"][0]["versions"][0]["effective_from"],
        "2026-12-01"
    );
    let copy = act("copy", 7, &json!({ "year": 2027 })).expect(201);
    assert_eq!(
        (&copy["state"], &copy["year"], &copy["version"]),
        (&json!("draft"), &json!(2027), &json!(1))
    );
    assert_eq!(act("end", 7, &json!({})).expect(200)["state"], "ended");
    let listed = admin.get("/api/v1/plans").items();
    assert_eq!(texts(&listed, "state"), ["draft", "ended"]);
    assert_eq!(listed[0]["updated_at"], "2026-11-20T08:00:00+07:00");
    assert_eq!(
        admin
            .get("/api/v1/plans?year=2026&state=draft")
            .items()
            .len(),
        0
    );
}

fn a_rule_in_force_changes_by_a_new_version(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let (path, plan) = in_force(app, root.id);
    let admin = app.admin();
    let of_rule = format!("{path}/rules/{}", plan["rules"][0]["id"]);
    let version = plan["version"].as_i64().unwrap();
    admin
        .put(&of_rule, &json!({ "content": rule(3) }))
        .faults(428);
    let changed = admin
        .knowing(version)
        .put(&of_rule, &json!({ "content": rule(3) }))
        .expect(200);
    let versions = changed["rules"][0]["versions"].as_array().unwrap();
    let effective: Vec<_> = versions
        .iter()
        .map(|v| (&v["effective_from"], &v["content"]["minimum"]))
        .collect();
    assert_eq!(
        effective,
        [
            (&json!("2026-11-01"), &json!(2)),
            (&json!("2026-12-01"), &json!(3))
        ]
    );
    let removed = admin
        .knowing(version + 1)
        .send("DELETE", &of_rule, None)
        .expect(200);
    assert_eq!(removed["rules"][0]["removed"], true);
}

fn faults_of_plans_and_rules_are_named(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let mut faulty = plan(root.id);
    faulty["code"] = json!("Chỉ tiêu");
    faulty["title"] = json!("");
    assert_eq!(
        admin.post("/api/v1/plans", &faulty).faults(400),
        ["code code", "title required"]
    );
    faulty["year"] = json!(1999);
    assert_eq!(
        admin.post("/api/v1/plans", &faulty).faults(400),
        ["year number_range"]
    );
    let path = admin
        .post("/api/v1/plans", &plan(root.id))
        .header("location")
        .to_owned();
    assert_eq!(
        admin.post("/api/v1/plans", &plan(root.id)).faults(400),
        ["code duplicate"]
    );
    let faults = |name: &str, value: Value| {
        let mut content = rule(2);
        content[name] = value;
        admin
            .knowing(1)
            .post(
                &format!("{path}/rules"),
                &json!({ "code": "r", "content": content }),
            )
            .faults(400)
    };
    assert_eq!(
        faults("maximum", json!(1)),
        ["content.maximum rule_maximum"]
    );
    assert_eq!(
        faults("minimum", json!(-1)),
        ["content.minimum json_integer"]
    );
    assert_eq!(
        faults("period", json!("fortnight")),
        ["content.period json_variant"]
    );
    assert_eq!(
        faults("kinds", json!(["thơ"])),
        ["content.kinds rule_kind_unknown"]
    );
    assert_eq!(admin.get(&path).expect(200)["version"], 1);
}

fn plans_are_made_by_the_department_and_read_by_those_they_bind(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let district = found(app, "huyen-a", Category::Superior, Some(&root));
    let leader = app.client_of(Role::Leader, Some(&district));
    let draft = app.admin().post(
        "/api/v1/plans",
        &json!({
            "unit_id": root.id, "code": "nhap", "year": 2026, "title": "Bản nháp",
        }),
    );
    leader.get(draft.header("location")).faults(404);
    let (path, plan) = in_force(app, root.id);
    assert_eq!(leader.get(&path).expect(200), plan);
    assert_eq!(
        texts(&leader.get("/api/v1/plans").items(), "code"),
        ["chi-tieu"]
    );
    leader
        .knowing(5)
        .post(&format!("{path}/end"), &json!({}))
        .faults(403);
    leader
        .post("/api/v1/plans", &self::plan(district.id))
        .faults(403);
    app.client_of(Role::Department, Some(&root))
        .knowing(5)
        .post(&format!("{path}/end"), &json!({}))
        .expect(200);
}

fn kinds_are_listed_and_added(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    assert_eq!(
        texts(&admin.get("/api/v1/kinds").items(), "code")[..2],
        ["tin", "bai"]
    );
    let podcast = json!({ "code": "podcast", "name": "Podcast", "reviewed": true });
    admin.post("/api/v1/kinds", &podcast).expect(201);
    assert_eq!(
        admin.post("/api/v1/kinds", &podcast).faults(400),
        ["code duplicate"]
    );
    assert!(texts(&admin.get("/api/v1/kinds").items(), "code").contains(&"podcast".to_owned()));
    app.client_of(Role::Editor, Some(&root))
        .post("/api/v1/kinds", &podcast)
        .faults(403);
}

fn a_preset_is_rehearsed_applied_and_applied_again(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let codes = texts(&admin.get("/api/v1/presets").items(), "code");
    assert!(
        ["thanh-hoa", "ben-tre", "lai-chau", "lao-cai"]
            .iter()
            .all(|code| codes.contains(&(*code).to_owned()))
    );
    let apply = |code: &str, dry_run: bool| {
        let input = json!({ "unit": "tinh", "year": 2026, "dry_run": dry_run });
        admin.post(&format!("/api/v1/presets/{code}/apply"), &input)
    };
    let outcomes = |applied: &Value| texts(applied["steps"].as_array().unwrap(), "outcome");
    let rehearsed = apply("ben-tre", true).expect(200);
    assert!(
        outcomes(&rehearsed)
            .iter()
            .all(|outcome| outcome == "created")
    );
    assert_eq!(admin.get("/api/v1/plans").items().len(), 0);
    let applied = apply("ben-tre", false).expect(200);
    assert_eq!(
        (&applied["dry_run"], &applied["steps"]),
        (&json!(false), &rehearsed["steps"])
    );
    assert!(
        outcomes(&apply("ben-tre", false).expect(200))
            .iter()
            .all(|outcome| outcome == "unchanged")
    );
    assert_eq!(
        texts(&admin.get("/api/v1/plans").items(), "state"),
        ["in_force"]
    );
    assert_eq!(
        apply("nowhere", false).faults(400),
        ["preset preset_unknown"]
    );
    let leader = app.client_of(Role::Leader, Some(&root));
    leader
        .post(
            "/api/v1/presets/ben-tre/apply",
            &json!({ "unit": "tinh", "year": 2026 }),
        )
        .faults(403);
}
