//! Tokens of people: what they are good for, to whom they may be bound, and when they end.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::PersonId;
use tinbai::domain::unit::Category;
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::app::{Client, TestApp};
use crate::support::browser::{Browser, account, person};
use crate::support::tree::found;

both_databases!(
    a_token_has_no_hand_in_its_persons_account,
    a_token_is_bound_only_to_whom_its_giver_has_rights_over,
    a_token_is_good_while_its_person_serves_in_its_unit,
);

fn asked(role: Role, unit: &UnitRow, person: &Value) -> Value {
    json!({ "name": "Máy", "role": role.as_str(), "unit_id": unit.id, "person_id": person })
}

/// A client with a new token.
fn bound(app: &TestApp, giver: &Client, token: &Value) -> Client {
    app.client(
        giver.post("/api/v1/tokens", token).expect(201)["secret"]
            .as_str()
            .map(str::to_owned),
    )
}

fn a_token_has_no_hand_in_its_persons_account(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let writer = person(app, &root, Role::Contributor, "nv@tinh.example");
    account(app, &writer);
    let browser = Browser::of(app);
    browser.sign_in("nv@tinh.example");
    let own = browser.get("/api/v1/me/sessions").items();
    assert_eq!(own.len(), 1);
    let giver = app.client_of(Role::Admin, Some(&root));
    let machine = bound(
        app,
        &giver,
        &asked(Role::Contributor, &root, &json!(writer.id)),
    );
    assert_eq!(
        machine.get("/api/v1/me").expect(200)["person_id"],
        writer.id.0,
        "it acts in the person's name"
    );
    assert_eq!(
        machine.get("/api/v1/me/sessions").items(),
        Vec::<Value>::new()
    );
    machine
        .post(
            &format!("/api/v1/me/sessions/{}/end", own[0]["id"]),
            &json!({}),
        )
        .faults(404);
    machine
        .post("/api/v1/me/sessions/end-all", &json!({}))
        .faults(404);
    assert!(browser.is_in());
    assert_eq!(
        browser
            .json("/api/v1/me/sessions/end-all", &json!({}))
            .expect(200)["ended"],
        1
    );
}

fn a_token_is_bound_only_to_whom_its_giver_has_rights_over(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let own = found(app, "huyen", Category::Superior, Some(&root));
    let high = person(app, &own, Role::Contributor, "cao@tinh.example");
    let everything = json!({ "role": "admin", "reason": "Quản trị cả hệ thống" });
    app.admin()
        .post(&format!("/api/v1/people/{}/roles", high.id), &everything)
        .expect(201);
    let plain = person(app, &own, Role::Contributor, "nv@tinh.example");
    let giver = app.client_of(Role::Admin, Some(&own));
    let give = |client: &Client, id: PersonId| {
        client.post("/api/v1/tokens", &asked(Role::Viewer, &own, &json!(id)))
    };
    give(&giver, high.id).faults(403);
    give(&giver, plain.id).expect(201);
    give(&app.admin(), high.id).expect(201);
    assert_eq!(
        give(&giver, PersonId(999)).faults(400),
        ["person_id not_found"]
    );
}

fn a_token_is_good_while_its_person_serves_in_its_unit(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let [a, b] =
        ["huyen-a", "huyen-b"].map(|code| found(app, code, Category::Superior, Some(&root)));
    let admin = app.admin();
    let mover = person(app, &a, Role::Contributor, "nv@tinh.example");
    let there = bound(app, &admin, &asked(Role::Contributor, &a, &json!(mover.id)));
    let above = bound(app, &admin, &asked(Role::Viewer, &root, &json!(mover.id)));
    let to = json!({ "unit_id": b.id, "from": "2026-11-21" });
    let moved = admin
        .knowing(1)
        .post(&format!("/api/v1/people/{}/move", mover.id), &to)
        .expect(201);
    assert_eq!(there.get("/api/v1/me").status, 200, "until the day");
    app.set_clock("2026-11-21T00:00:00+07:00");
    assert_eq!(there.get("/api/v1/me").status, 401);
    assert_eq!(
        above.get("/api/v1/me").expect(200)["person_id"],
        moved["entered"]["id"]
    );
    // by the old row too it is the person of today that is meant
    let again = |unit: &UnitRow| {
        admin.post(
            "/api/v1/tokens",
            &asked(Role::Viewer, unit, &json!(mover.id)),
        )
    };
    assert_eq!(again(&a).faults(400), ["person_id not_found"]);
    again(&b).expect(201);
    let beside = json!({ "role": "viewer", "unit_id": a.id, "reason": "Giúp việc" });
    admin
        .post(&format!("/api/v1/people/{}/roles", mover.id), &beside)
        .expect(201);
    assert_eq!(
        there.get("/api/v1/me").status,
        200,
        "a role beside the post is service too"
    );
    again(&a).expect(201);
    let leaves = json!({ "last_day": "2026-11-21" });
    let path = format!("/api/v1/people/{}/leave", moved["entered"]["id"]);
    admin.knowing(1).post(&path, &leaves).expect(200);
    app.set_clock("2026-11-22T00:00:00+07:00");
    assert_eq!(
        (
            there.get("/api/v1/me").status,
            above.get("/api/v1/me").status
        ),
        (401, 401)
    );
    assert_eq!(again(&b).faults(400), ["person_id not_found"]);
}
