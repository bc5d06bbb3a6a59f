//! Roles beside the post: who gives them, from when they hold, and the last administrator.

use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Grant, Role};
use tinbai::domain::ids::{PersonId, UnitId};
use tinbai::domain::unit::Category;
use tinbai::service::core::access;
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::app::{Client, TestApp, texts};
use crate::support::browser::{Browser, account, person};
use crate::support::desk::Desk;
use crate::support::tree::found;

both_databases!(
    a_role_is_given_only_over_what_the_giver_holds,
    a_role_holds_from_its_day_to_its_day,
    the_last_administrator_stays,
    whoever_moves_goes_on_with_the_same_account,
    a_leaver_is_out_and_a_successor_takes_over,
    editors_decide_on_items_of_their_fields,
    contributors_see_their_unit_their_items_and_names,
);

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

fn entered(client: &Client, unit: &UnitRow, name: &str, role: &str) -> Value {
    client
        .post(
            "/api/v1/people",
            &json!({ "unit_id": unit.id, "name": name, "role": role }),
        )
        .expect(201)
}

fn a_role_is_given_only_over_what_the_giver_holds(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let own = found(app, "huyen", Category::Superior, Some(&root));
    let other = found(app, "khac", Category::Federation, None);
    let department = app.client_of(Role::Department, Some(&root));
    let someone = entered(&department, &own, "Người Một", "leader");
    let roles = format!("/api/v1/people/{}/roles", someone["id"]);
    let give = |role: &str, unit: Option<UnitId>| {
        department.post(
            &roles,
            &json!({ "role": role, "unit_id": unit, "reason": "Phân công" }),
        )
    };
    assert_eq!(
        give("editor", Some(root.id)).expect(201)["given_by"],
        "department"
    );
    assert_eq!(
        give("editor", Some(root.id)).faults(409),
        ["role role_held"]
    );
    assert_eq!(
        give("editor", Some(other.id)).faults(400),
        ["unit_id not_found"]
    );
    assert_eq!(give("editor", None).faults(400), ["unit_id token_unit"]);
    give("admin", Some(own.id)).faults(403);
    give("admin", None).faults(403);
    let past = json!({ "role": "viewer", "unit_id": own.id, "valid_from": "2026-11-19", "valid_to": "2026-11-18", "reason": " " });
    let faults = [
        "valid_to role_ends_before_it_begins",
        "valid_from role_in_the_past",
        "reason required",
    ];
    assert_eq!(department.post(&roles, &past).faults(400), faults);
    // the post is a role too
    department
        .post(
            "/api/v1/people",
            &json!({ "unit_id": own.id, "name": "Hai", "role": "admin" }),
        )
        .faults(403);
    let path = format!("/api/v1/people/{}", someone["id"]);
    department
        .knowing(1)
        .patch(&path, &json!({ "role": "admin" }))
        .faults(403);
    let admin = app.admin();
    let chief = entered(&admin, &own, "Quản Trị", "admin");
    let path = format!("/api/v1/people/{}", chief["id"]);
    department
        .knowing(1)
        .patch(&path, &json!({ "role": "viewer" }))
        .faults(403);
    department
        .knowing(1)
        .post(
            &format!("{path}/leave"),
            &json!({ "last_day": "2026-12-31" }),
        )
        .faults(403);
    let listed = department.get(&roles).items();
    assert_eq!((listed.len(), &listed[0]["unit_id"]), (1, &json!(root.id)));
}

fn a_role_holds_from_its_day_to_its_day(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let own = found(app, "huyen", Category::Superior, Some(&root));
    let admin = app.admin();
    let someone = entered(&admin, &own, "Người Một", "contributor")["id"]
        .as_i64()
        .unwrap();
    let roles = format!("/api/v1/people/{someone}/roles");
    let ends = json!({ "role": "editor", "unit_id": root.id, "valid_from": "2026-12-01", "valid_to": "2026-12-31", "reason": "Thay" });
    let given = admin.post(&roles, &ends).expect(201);
    let on = |date: &str| {
        app.store
            .read(|conn| access::grants_of_person(conn, PersonId(someone), day(date)))
            .unwrap()
    };
    let post = || Grant::on(Role::Contributor, own.id);
    assert_eq!(on("2026-11-30"), [post()]);
    assert_eq!(on("2026-12-01"), [post(), Grant::on(Role::Editor, root.id)]);
    assert_eq!(on("2026-12-31").len(), 2);
    assert_eq!(on("2027-01-01"), [post()]);
    let revoke = format!("{roles}/{}/revoke", given["id"]);
    assert_eq!(
        admin.post(&revoke, &json!({ "reason": "" })).faults(400),
        ["reason required"]
    );
    let revoked = admin
        .post(&revoke, &json!({ "reason": "Thôi" }))
        .expect(200);
    assert_eq!(revoked["revoked_by"], "admin");
    assert_eq!(on("2026-12-01"), [post()]);
    // who has left holds nothing
    admin
        .knowing(1)
        .post(
            &format!("/api/v1/people/{someone}/leave"),
            &json!({ "last_day": "2026-11-25" }),
        )
        .expect(200);
    assert_eq!((on("2026-11-25").len(), on("2026-11-26").len()), (1, 0));
    let said = admin
        .get(&format!(
            "/api/v1/trail?entity=role&entity_id={}",
            given["id"]
        ))
        .items();
    assert_eq!(texts(&said, "action"), ["revoke", "give"]);
    assert_eq!(
        (&said[0]["reason"], &said[0]["old"]["revoked_at"]),
        (&json!("Thôi"), &Value::Null)
    );
}

fn the_last_administrator_stays(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let first = person(app, &root, Role::Admin, "mot@tinh.example");
    let id = account(app, &first);
    let path = format!("/api/v1/people/{}", first.id);
    let last = [" account_last_admin"];
    assert_eq!(
        admin
            .knowing(1)
            .patch(&path, &json!({ "role": "viewer" }))
            .faults(409),
        last
    );
    let leave = json!({ "last_day": "2027-06-30" });
    assert_eq!(
        admin
            .knowing(1)
            .post(&format!("{path}/leave"), &leave)
            .faults(409),
        last
    );
    assert_eq!(
        admin
            .post(&format!("/api/v1/accounts/{id}/disable"), &json!({}))
            .faults(409),
        last
    );
    // one without an account administers nothing, and one whose role ends does not stay
    let second = person(app, &root, Role::Viewer, "hai@tinh.example");
    let roles = format!("/api/v1/people/{}/roles", second.id);
    let until = json!({ "role": "admin", "valid_to": "2027-12-31", "reason": "Thay" });
    let given = admin.post(&roles, &until).expect(201);
    account(app, &second);
    assert_eq!(
        admin
            .knowing(1)
            .post(&format!("{path}/leave"), &leave)
            .faults(409),
        last
    );
    admin
        .post(
            &format!("{roles}/{}/revoke", given["id"]),
            &json!({ "reason": "Đổi" }),
        )
        .expect(200);
    let given = admin
        .post(&roles, &json!({ "role": "admin", "reason": "Thay" }))
        .expect(201);
    admin
        .knowing(1)
        .post(&format!("{path}/leave"), &leave)
        .expect(200);
    let revoke = format!("{roles}/{}/revoke", given["id"]);
    assert_eq!(
        admin
            .post(&revoke, &json!({ "reason": "Thôi" }))
            .faults(409),
        last
    );
    let browser = Browser::of(app);
    assert_eq!(browser.sign_in("hai@tinh.example").status, 303);
    let me = browser.get("/api/v1/me").expect(200);
    assert_eq!(
        texts(me["roles"].as_array().unwrap(), "role"),
        ["viewer", "admin"]
    );
    browser.get("/api/v1/tokens").expect(200);
}

fn editors_decide_on_items_of_their_fields(app: &TestApp) {
    let desk = Desk::new(app);
    let new = json!({ "unit_id": desk.root.id, "name": "Biên Tập", "role": "editor", "fields": ["tai_chinh"] });
    let id = app.admin().post("/api/v1/people", &new).expect(201)["id"].as_i64();
    let editor = Actor {
        person_id: id.map(PersonId),
        ..desk.editor.clone()
    };
    let publish = |actor: &Actor, field: Option<&str>| {
        let item = desk.hand_in(json!({ "field": field }));
        let how = tinbai::service::submissions::items::PublishItem::default();
        desk.house.write(actor, app.now(), |tx| {
            tinbai::service::submissions::items::publish(tx, item.item.id, &how, item.item.version)
        })
    };
    assert!(matches!(
        publish(&editor, Some("van_phong")),
        Err(tinbai::service::Error::Forbidden)
    ));
    publish(&editor, Some("tai_chinh")).unwrap();
    publish(&editor, None).unwrap();
    publish(&desk.editor, Some("van_phong")).unwrap();
    // whoever may by another role is kept to no field
    let both = Actor {
        grants: [editor.grants.clone(), desk.department.grants.clone()].concat(),
        ..editor
    };
    publish(&both, Some("van_phong")).unwrap();
}

fn contributors_see_their_unit_their_items_and_names(app: &TestApp) {
    let desk = Desk::new(app);
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let writer = app.client_of(Role::Contributor, Some(&desk.superior));
    let tin = |title: &str| json!({ "unit_id": desk.superior.id, "kind": "tin", "title": title });
    leader
        .post("/api/v1/items", &tin("Của lãnh đạo"))
        .expect(201);
    let own = writer.post("/api/v1/items", &tin("Của mình")).expect(201);
    assert_eq!(
        texts(&writer.get("/api/v1/items").items(), "title"),
        ["Của mình"]
    );
    writer
        .knowing(1)
        .patch(
            &format!("/api/v1/items/{}", own["id"]),
            &json!({ "title": "Của mình, sửa" }),
        )
        .expect(200);
    assert_eq!(leader.get("/api/v1/items").items().len(), 2);
    assert_eq!(
        texts(&writer.get("/api/v1/units").items(), "code"),
        ["huyen"]
    );
    let head = json!({
        "unit_id": desk.superior.id, "name": "Đỗ Lãnh Đạo", "role": "leader", "mail": "do@huyen.example",
        "active_from": "2026-11-01",
    });
    app.admin().post("/api/v1/people", &head).expect(201);
    let told = writer.get("/api/v1/people").items();
    assert_eq!(
        (&told[0]["name"], &told[0]["mail"], &told[0]["role"]),
        (&json!("Đỗ Lãnh Đạo"), &Value::Null, &Value::Null)
    );
    // nor is it found out by asking
    assert_eq!(writer.get("/api/v1/people?role=leader").items().len(), 0);
    let in_service = |day: &str| {
        texts(
            &writer
                .get(&format!("/api/v1/people?active_on={day}"))
                .items(),
            "name",
        )
    };
    assert_eq!(
        in_service("2026-11-20"),
        in_service("2000-01-01"),
        "nor on which days a colleague serves"
    );
    assert_eq!(leader.get("/api/v1/people?role=leader").items().len(), 1);
    // two roles: a contributor here, a viewer there
    let viewer = Actor {
        grants: vec![
            Grant::on(Role::Contributor, desk.superior.id),
            Grant::on(Role::Viewer, desk.office.id),
        ],
        ..desk.contributor.clone()
    };
    let scope = access::scope(&viewer);
    let units = app
        .store
        .read(|conn| tinbai::store::views::units::list(conn, &scope, &unit_query()))
        .unwrap();
    let mut codes: Vec<String> = units.into_iter().map(|unit| unit.code).collect();
    codes.sort();
    assert_eq!(codes, ["ban", "huyen"]);
}

fn unit_query() -> tinbai::store::views::units::UnitQuery {
    tinbai::store::views::units::UnitQuery {
        limit: 9,
        ..Default::default()
    }
}

fn whoever_moves_goes_on_with_the_same_account(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let (a, b) = (
        found(app, "huyen-a", Category::Superior, Some(&root)),
        found(app, "huyen-b", Category::Superior, Some(&root)),
    );
    let admin = app.admin();
    let mover = person(app, &a, Role::Leader, "mot@tinh.example");
    let id = account(app, &mover);
    let roles = format!("/api/v1/people/{}/roles", mover.id);
    admin
        .post(
            &roles,
            &json!({ "role": "viewer", "unit_id": root.id, "reason": "Giúp việc" }),
        )
        .expect(201);
    let to =
        json!({ "unit_id": b.id, "from": "2026-11-21", "role": "editor", "position": "deputy" });
    let moved = admin
        .knowing(1)
        .post(&format!("/api/v1/people/{}/move", mover.id), &to)
        .expect(201);
    let held = |browser: &Browser| {
        let me = browser.get("/api/v1/me").expect(200);
        let roles = me["roles"].as_array().unwrap().iter();
        let roles: Vec<String> = roles
            .map(|held| format!("{} {}", held["role"], held["unit"]["code"]))
            .collect();
        (me["person_id"].clone(), roles.join(", ").replace('"', ""))
    };
    let browser = Browser::of(app);
    assert_eq!(browser.sign_in("mot@tinh.example").status, 303);
    assert_eq!(
        held(&browser),
        (json!(mover.id), "leader huyen-a, viewer tinh".to_owned())
    );
    // the day comes, and nobody does anything; the session goes on with the rights of that day
    app.set_clock("2026-11-21T00:00:00+07:00");
    browser.sign_in("mot@tinh.example");
    assert_eq!(
        held(&browser),
        (
            moved["entered"]["id"].clone(),
            "editor huyen-b, viewer tinh".to_owned()
        )
    );
    assert_eq!(browser.get("/api/v1/me/sessions").items().len(), 1);
    let there = admin.get(&format!("/api/v1/accounts/{id}")).expect(200);
    assert_eq!(there["person_id"], moved["entered"]["id"]);
    // another role in the same unit is a move too; the same one is none
    let path = format!("/api/v1/people/{}/move", moved["entered"]["id"]);
    let stay = json!({ "unit_id": b.id, "from": "2026-12-01" });
    assert_eq!(
        admin.knowing(1).post(&path, &stay).faults(400),
        ["unit_id person_same_unit"]
    );
    let rise = json!({ "unit_id": b.id, "from": "2026-12-01", "role": "leader" });
    admin.knowing(1).post(&path, &rise).expect(201);
    let on = |date: &str| {
        app.store
            .read(|conn| access::grants_of_person(conn, mover.id, day(date)))
            .unwrap()
    };
    assert_eq!(
        (on("2026-11-30")[0].clone(), on("2026-12-01")[0].clone()),
        (Grant::on(Role::Editor, b.id), Grant::on(Role::Leader, b.id))
    );
}

fn a_leaver_is_out_and_a_successor_takes_over(app: &TestApp) {
    let desk = Desk::new(app);
    let admin = app.admin();
    let head = entered(&admin, &desk.superior, "Người Đi", "leader");
    let next = entered(&admin, &desk.superior, "Người Ở Lại", "contributor");
    let token = json!({ "name": "Máy", "role": "leader", "unit_id": desk.superior.id, "person_id": head["id"] });
    let machine = app.client(
        admin.post("/api/v1/tokens", &token).expect(201)["secret"]
            .as_str()
            .map(str::to_owned),
    );
    let contributor = Actor {
        person_id: next["id"].as_i64().map(PersonId),
        ..desk.contributor.clone()
    };
    let waiting = desk.try_hand_in(&contributor, json!({})).unwrap();
    let path = format!("/api/v1/people/{}/leave", head["id"]);
    let leave = |successor: &Value| {
        admin.knowing(1).post(
            &path,
            &json!({ "last_day": "2026-11-22", "successor_id": successor }),
        )
    };
    assert_eq!(leave(&json!(999)).faults(400), ["successor_id not_found"]);
    assert_eq!(
        leave(&head["id"]).faults(400),
        ["successor_id person_not_in_service"]
    );
    leave(&next["id"]).expect(200);
    machine.get("/api/v1/me").expect(200);
    app.set_clock("2026-11-23T08:00:00+07:00");
    machine.get("/api/v1/me").expect(401);
    // what waited for the leader waits for the successor
    let id = next["id"].as_i64().unwrap();
    let grants = app
        .store
        .read(|conn| access::grants_of_person(conn, PersonId(id), day("2026-11-23")))
        .unwrap();
    assert_eq!(grants[1], Grant::on(Role::Leader, desk.superior.id));
    let successor = Actor {
        grants,
        ..contributor
    };
    let version = waiting.item.version;
    desk.house
        .write(&successor, app.now(), |tx| {
            tinbai::service::submissions::items::approve(tx, waiting.item.id, version)
        })
        .unwrap();
    let kept = admin
        .get(&format!("/api/v1/people/{}", head["id"]))
        .expect(200);
    assert_eq!(
        (&kept["name"], &kept["active_to"]),
        (&json!("Người Đi"), &json!("2026-11-22"))
    );
}
