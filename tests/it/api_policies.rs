//! Policies through HTTP.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::UnitId;
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::support::app::TestApp;
use crate::support::tree::found;

both_databases!(
    the_nearest_unit_that_set_a_field_wins,
    faults_of_a_policy_are_named_and_roles_are_kept
);

fn field(effective: &Value, name: &str) -> Value {
    let fields = effective["fields"].as_array().unwrap();
    fields
        .iter()
        .find(|field| field["name"] == name)
        .unwrap_or_else(|| panic!("{name}"))
        .clone()
}

fn the_nearest_unit_that_set_a_field_wins(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let district = found(app, "huyen-a", Category::Superior, Some(&root));
    let grassroots = found(app, "co-so", Category::Grassroots, Some(&district));
    let admin = app.admin();
    let policies = |unit: UnitId| format!("/api/v1/units/{unit}/policies");
    let of_root = format!("{}/2026-11-20", policies(root.id));
    let set = json!({ "patch": { "leader_approval": false, "counted_when": "arrived" }, "legal_basis": "Quyết định 5" });
    admin.put(&of_root, &set).faults(428);
    assert_eq!(
        admin.knowing(0).put(&of_root, &set).expect(200)["version"],
        1
    );
    admin.knowing(0).put(&of_root, &set).faults(412);
    let of_district = format!("{}/2026-12-01", policies(district.id));
    admin
        .knowing(0)
        .put(
            &of_district,
            &json!({ "patch": { "leader_approval": true } }),
        )
        .expect(200);
    let effective = |on: &str| {
        admin
            .get(&format!("/api/v1/units/{}/policy?on={on}", grassroots.id))
            .expect(200)
    };
    let before = field(&effective("2026-11-30"), "leader_approval");
    assert_eq!(
        (&before["value"], &before["source"]["unit_code"]),
        (&json!(false), &json!("tinh"))
    );
    assert_eq!(before["source"]["legal_basis"], "Quyết định 5");
    let after = effective("2026-12-01");
    let approval = field(&after, "leader_approval");
    assert_eq!(
        (&approval["value"], &approval["source"]["unit_code"]),
        (&json!(true), &json!("huyen-a"))
    );
    assert_eq!(field(&after, "counted_when")["value"], "arrived");
    assert_eq!(field(&after, "carry")["source"], Value::Null);
    let listed = admin.get(&policies(root.id)).items();
    assert_eq!(
        (listed.len(), &listed[0]["valid_from"]),
        (1, &json!("2026-11-20"))
    );
}

fn faults_of_a_policy_are_named_and_roles_are_kept(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let district = found(app, "huyen-a", Category::Superior, Some(&root));
    let admin = app.admin();
    let path = |unit: UnitId| format!("/api/v1/units/{unit}/policies/2026-12-01");
    let faults = |patch: Value| {
        admin
            .knowing(0)
            .put(&path(root.id), &json!({ "patch": patch }))
            .faults(400)
    };
    assert_eq!(faults(json!({})), ["patch policy_empty"]);
    assert_eq!(
        faults(json!({ "colour": 1 })),
        ["patch.colour json_unknown_field"]
    );
    assert_eq!(
        faults(json!({ "calendar": "nowhere" })),
        ["patch.calendar not_found"]
    );
    let leader = app.client_of(Role::Leader, Some(&district));
    let set = json!({ "patch": { "leader_approval": false } });
    leader.knowing(0).put(&path(district.id), &set).faults(403);
    leader.knowing(0).put(&path(root.id), &set).faults(404);
    leader
        .get(&format!("/api/v1/units/{}/policy", district.id))
        .expect(200);
    leader
        .get(&format!("/api/v1/units/{}/policy", root.id))
        .faults(404);
    admin.get("/api/v1/units/1/policies/20-11").faults(405);
    admin
        .knowing(0)
        .put(
            &format!("/api/v1/units/{}/policies/2026-02-30", root.id),
            &set,
        )
        .faults(404);
}
