//! People through HTTP.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::UnitId;
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::support::app::{TestApp, texts};
use crate::support::tree::{found, trail};

both_databases!(
    somebody_is_entered_changed_moved_and_seen_off,
    faults_of_a_person_are_named,
    people_are_seen_within_ones_unit_and_changed_by_the_department,
);

fn somebody(unit: UnitId, name: &str) -> Value {
    json!({ "unit_id": unit, "name": name, "role": "contributor", "fields": ["van_phong", "tuyen_giao"] })
}

fn somebody_is_entered_changed_moved_and_seen_off(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let (a, b) = (
        found(app, "huyen-a", Category::Superior, Some(&root)),
        found(app, "huyen-b", Category::Superior, Some(&root)),
    );
    let department = app.client_of(Role::Department, Some(&root));
    let entered = department.post("/api/v1/people", &somebody(a.id, " Người Một "));
    let person = entered.expect(201);
    let path = entered.header("location").to_owned();
    assert_eq!(
        (&person["name"], &person["unit_code"]),
        (&json!("Người Một"), &json!("huyen-a"))
    );
    assert_eq!(
        (&person["position"], &person["fields"]),
        (&json!("staff"), &json!(["tuyen_giao", "van_phong"]))
    );
    let change = json!({ "title": "Chủ tịch", "position": "head", "role": "leader" });
    department.patch(&path, &change).faults(428);
    let changed = department.knowing(1).patch(&path, &change).expect(200);
    assert_eq!(
        (&changed["title"], &changed["position"]),
        (&json!("Chủ tịch"), &json!("head"))
    );
    department
        .knowing(1)
        .patch(&path, &json!({ "title": null }))
        .faults(412);
    let moved = department.knowing(2).with("Idempotency-Key", "move-1");
    let to = json!({ "unit_id": b.id, "from": "2026-12-01" });
    let moved_to = moved.post(&format!("{path}/move"), &to);
    let both = moved_to.expect(201);
    assert_eq!(
        (&both["left"]["active_to"], &both["left"]["unit_code"]),
        (&json!("2026-11-30"), &json!("huyen-a"))
    );
    assert_eq!(both["entered"]["active_from"], "2026-12-01");
    // asked for again: the same reply, though the version is another by now
    let again = moved.post(&format!("{path}/move"), &to);
    assert_eq!((again.status, &again.text), (201, &moved_to.text));
    let there = moved_to.header("location").to_owned();
    let gone = department
        .knowing(1)
        .post(
            &format!("{there}/leave"),
            &json!({ "last_day": "2026-12-31" }),
        )
        .expect(200);
    assert_eq!(
        (&gone["left"]["active_to"], &gone["left"]["version"]),
        (&json!("2026-12-31"), &json!(2))
    );
    let in_service = department.get("/api/v1/people?active_on=2027-01-01");
    assert_eq!(in_service.items().len(), 0);
    assert_eq!(trail(app, "person", person["id"].clone()).len(), 3);
}

fn faults_of_a_person_are_named(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let mut person = somebody(root.id, "a\tb");
    person["mail"] = json!("nowhere");
    person["active_from"] = json!("2026-12-01");
    person["active_to"] = json!("2026-11-01");
    let faults = admin.post("/api/v1/people", &person).faults(400);
    assert_eq!(
        faults,
        [
            "name control_characters",
            "mail mail",
            "active_to person_left_before_came"
        ]
    );
    person["fields"] = json!(["thể thao"]);
    assert_eq!(
        admin.post("/api/v1/people", &person).faults(400),
        ["fields[0] json_variant"]
    );
    admin
        .post("/api/v1/people", &somebody(UnitId(999), "Ai"))
        .faults(404);
    assert_eq!(admin.get("/api/v1/people").items().len(), 0);
}

fn people_are_seen_within_ones_unit_and_changed_by_the_department(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let a = found(app, "huyen-a", Category::Superior, Some(&root));
    let admin = app.admin();
    let office = admin
        .post("/api/v1/people", &somebody(root.id, "Đặng Văn Phòng"))
        .expect(201)["id"]
        .clone();
    for name in ["Dương Một", "Ân Hai", "Đỗ Ba"] {
        admin
            .post("/api/v1/people", &somebody(a.id, name))
            .expect(201);
    }
    let leader = app.client_of(Role::Leader, Some(&a));
    assert_eq!(
        texts(&leader.get("/api/v1/people").items(), "name"),
        ["Ân Hai", "Dương Một", "Đỗ Ba"]
    );
    let own = format!("/api/v1/people?unit_id={}", root.id);
    assert_eq!(texts(&admin.get(&own).items(), "name"), ["Đặng Văn Phòng"]);
    assert_eq!(
        texts(&admin.get("/api/v1/people?q=duong").items(), "name"),
        ["Dương Một"]
    );
    let first = admin.get("/api/v1/people?limit=3").expect(200);
    let next = admin.get(&format!(
        "/api/v1/people?limit=3&cursor={}",
        first["next_cursor"].as_str().unwrap()
    ));
    assert_eq!(texts(&next.items(), "name"), ["Đỗ Ba"]);
    leader.get(&format!("/api/v1/people/{office}")).faults(404);
    leader
        .post("/api/v1/people", &somebody(a.id, "Mới"))
        .faults(403);
    leader
        .post("/api/v1/people", &somebody(root.id, "Mới"))
        .faults(404);
}
