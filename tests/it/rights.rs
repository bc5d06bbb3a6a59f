//! Rights over people: nobody takes over, by whatever way, what they may not give; and no part is
//! left without an administrator.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::{PersonId, UnitId};
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::support::app::{Client, TestApp, texts};
use crate::support::browser::{Browser, account, mailed_link, person};
use crate::support::tree::found;

both_databases!(
    the_post_left_behind_opens_no_way_to_the_new_one,
    a_role_beside_the_post_counts_like_the_post,
    links_for_those_who_stand_higher_are_not_shown,
    no_way_leads_to_a_part_without_an_administrator,
    what_was_held_before_is_not_revived_by_who_may_not_give_it,
    a_post_is_left_once,
    roles_and_accounts_follow_who_moves,
);

const LAST: [&str; 1] = [" account_last_admin"];

fn entered(client: &Client, unit: UnitId, role: &str) -> PersonId {
    let new = json!({ "unit_id": unit, "name": "Người Một", "role": role });
    let entered = client.post("/api/v1/people", &new).expect(201);
    PersonId(entered["id"].as_i64().unwrap())
}

fn moved(client: &Client, id: PersonId, to: &Value) -> PersonId {
    let path = format!("/api/v1/people/{id}/move");
    let moved = client.knowing(1).post(&path, to).expect(201);
    PersonId(moved["entered"]["id"].as_i64().unwrap())
}

fn given(client: &Client, id: PersonId, role: &Value) -> Value {
    client
        .post(&format!("/api/v1/people/{id}/roles"), role)
        .expect(201)["id"]
        .clone()
}

fn the_post_left_behind_opens_no_way_to_the_new_one(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let own = found(app, "huyen", Category::Superior, Some(&root));
    let (admin, department) = (app.admin(), app.client_of(Role::Department, Some(&root)));
    let old = entered(&admin, own.id, "contributor");
    let new = moved(
        &admin,
        old,
        &json!({ "unit_id": root.id, "from": "2026-11-20", "role": "admin" }),
    );
    for id in [old, new] {
        let invite = json!({ "person_id": id, "mail": "ai-do@tinh.example" });
        department.post("/api/v1/accounts", &invite).faults(403);
    }
    // a post to come counts as well
    let next = entered(&admin, own.id, "contributor");
    let invite = json!({ "person_id": next, "mail": "sau@tinh.example" });
    let id = department.post("/api/v1/accounts", &invite).expect(201)["id"].clone();
    let told = admin
        .get(&format!("/api/v1/trail?entity=account&entity_id={id}"))
        .items();
    assert_eq!(
        told[0]["new"]["mailed_to"], "sau@tinh.example",
        "where the link went"
    );
    moved(
        &admin,
        next,
        &json!({ "unit_id": root.id, "from": "2026-12-10", "role": "admin" }),
    );
    department
        .post(&format!("/api/v1/accounts/{id}/disable"), &json!({}))
        .faults(403);
    admin
        .post(&format!("/api/v1/accounts/{id}/disable"), &json!({}))
        .expect(200);
    assert_eq!(
        app.unread_mails(),
        ["sau@tinh.example: Mời sử dụng phần mềm Tin bài"]
    );
}

fn a_role_beside_the_post_counts_like_the_post(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let own = found(app, "huyen", Category::Superior, Some(&root));
    let (department, below) = (
        app.client_of(Role::Department, Some(&root)),
        app.client_of(Role::Department, Some(&own)),
    );
    let id = entered(&department, own.id, "contributor");
    let role = json!({ "role": "department", "unit_id": root.id, "valid_to": "2026-12-31", "reason": "Giúp việc" });
    given(&department, id, &role);
    let invite = json!({ "person_id": id, "mail": "hai@tinh.example" });
    below.post("/api/v1/accounts", &invite).faults(403);
    let account = department.post("/api/v1/accounts", &invite).expect(201)["id"].clone();
    for what in ["disable", "resend-invite", "reset"] {
        below
            .post(&format!("/api/v1/accounts/{account}/{what}"), &json!({}))
            .faults(403);
    }
    below
        .get(&format!("/api/v1/accounts/{account}"))
        .expect(200);
    let path = format!("/api/v1/people/{id}");
    below
        .knowing(1)
        .patch(&path, &json!({ "mail": "khac@tinh.example" }))
        .faults(403);
    below
        .knowing(1)
        .post(
            &format!("{path}/leave"),
            &json!({ "last_day": "2026-12-31" }),
        )
        .faults(403);
    // over is over
    app.set_clock("2027-01-04T08:00:00+07:00");
    below
        .knowing(1)
        .patch(&path, &json!({ "mail": "khac@tinh.example" }))
        .expect(200);
    assert_eq!(
        app.unread_mails(),
        ["hai@tinh.example: Mời sử dụng phần mềm Tin bài"]
    );
}

fn links_for_those_who_stand_higher_are_not_shown(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let own = found(app, "huyen", Category::Superior, Some(&root));
    let (admin, part) = (app.admin(), app.client_of(Role::Admin, Some(&own)));
    let chief = person(app, &own, Role::Contributor, "ba@tinh.example");
    given(
        &admin,
        chief.id,
        &json!({ "role": "admin", "reason": "Quản trị" }),
    );
    account(app, &chief);
    account(
        app,
        &person(app, &own, Role::Contributor, "bon@tinh.example"),
    );
    let asked = Browser::of(app).form("/quen-mat-khau", &[("mail", "ba@tinh.example")]);
    assert_eq!(asked.status, 200);
    let listed = part.get("/api/v1/mails").items();
    let shown: Vec<u16> = listed
        .iter()
        .map(|mail| part.get(&format!("/api/v1/mails/{}", mail["id"])).status)
        .collect();
    assert_eq!(
        texts(&listed, "to_mail"),
        ["ba@tinh.example", "bon@tinh.example", "ba@tinh.example"]
    );
    assert_eq!(shown, [403, 200, 403]);
    admin
        .get(&format!("/api/v1/mails/{}", listed[0]["id"]))
        .expect(200);
    assert_eq!(app.unread_mails(), ["ba@tinh.example: Đặt lại mật khẩu"]);
}

fn no_way_leads_to_a_part_without_an_administrator(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let first = person(app, &root, Role::Admin, "mot@tinh.example");
    account(app, &first);
    let path = format!("/api/v1/people/{}", first.id);
    let demoted = || admin.knowing(1).patch(&path, &json!({ "role": "viewer" }));
    // a first day far away
    assert_eq!(
        admin
            .knowing(1)
            .patch(&path, &json!({ "active_from": "2100-01-01" }))
            .faults(409),
        LAST
    );
    // one who was invited and never came
    let never = person(app, &root, Role::Admin, "hai@tinh.example");
    admin
        .post("/api/v1/accounts", &json!({ "person_id": never.id }))
        .expect(201);
    assert_eq!(demoted().faults(409), LAST);
    assert_eq!(app.mails().len(), 1, "the link stays unused");
    // one who has moved into another role
    let other = person(app, &root, Role::Admin, "ba@tinh.example");
    account(app, &other);
    moved(
        &admin,
        other.id,
        &json!({ "unit_id": root.id, "from": "2026-12-01", "role": "viewer" }),
    );
    assert_eq!(demoted().faults(409), LAST);
    // the own role beside the post is nobody else's
    given(
        &admin,
        first.id,
        &json!({ "role": "admin", "reason": "Thêm" }),
    );
    let leave = json!({ "last_day": "2027-06-30" });
    assert_eq!(
        admin
            .knowing(1)
            .post(&format!("{path}/leave"), &leave)
            .faults(409),
        LAST
    );
    // by whom the next one comes before the last one goes, all is well
    let heir = entered(&admin, root.id, "viewer");
    admin
        .post(
            "/api/v1/accounts",
            &json!({ "person_id": heir, "mail": "tu@tinh.example" }),
        )
        .expect(201);
    let set = [
        ("password", "mèo vàng leo thang dây"),
        ("again", "mèo vàng leo thang dây"),
    ];
    assert_eq!(Browser::of(app).form(&mailed_link(app), &set).status, 200);
    let role = |from: &str| json!({ "role": "admin", "unit_id": root.id, "valid_from": from, "reason": "Kế nhiệm" });
    let late = given(&admin, heir, &role("2027-07-02"));
    assert_eq!(
        admin
            .knowing(1)
            .post(&format!("{path}/leave"), &leave)
            .faults(409),
        LAST,
        "nobody on 01/07"
    );
    let revoke = json!({ "reason": "Đổi ngày" });
    admin
        .post(
            &format!("/api/v1/people/{heir}/roles/{late}/revoke"),
            &revoke,
        )
        .expect(200);
    let in_time = given(&admin, heir, &role("2027-07-01"));
    admin
        .knowing(1)
        .post(&format!("{path}/leave"), &leave)
        .expect(200);
    let revoked = admin.post(
        &format!("/api/v1/people/{heir}/roles/{in_time}/revoke"),
        &revoke,
    );
    assert_eq!(revoked.faults(409), LAST);
    // the role beside the post keeps its holder in service
    let path = format!("/api/v1/people/{heir}");
    for change in [
        json!({ "active_to": "2028-01-01" }),
        json!({ "active_from": "2100-01-01" }),
    ] {
        assert_eq!(
            admin.knowing(1).patch(&path, &change).faults(409),
            LAST,
            "{change}"
        );
    }
    assert_eq!(
        admin.get(&path).expect(200)["version"],
        1,
        "nothing was written"
    );
}

fn what_was_held_before_is_not_revived_by_who_may_not_give_it(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let (admin, department) = (app.admin(), app.client_of(Role::Department, Some(&root)));
    let id = entered(&admin, root.id, "viewer");
    given(
        &admin,
        id,
        &json!({ "role": "admin", "reason": "Quản trị" }),
    );
    let path = format!("/api/v1/people/{id}");
    admin
        .knowing(1)
        .post(
            &format!("{path}/leave"),
            &json!({ "last_day": "2026-11-20" }),
        )
        .expect(200);
    app.set_clock("2026-12-01T08:00:00+07:00");
    department
        .knowing(2)
        .patch(&path, &json!({ "active_to": null }))
        .faults(403);
    let invite = json!({ "person_id": id, "mail": "nam@tinh.example" });
    department.post("/api/v1/accounts", &invite).faults(403);
    admin
        .knowing(2)
        .patch(&path, &json!({ "active_to": null }))
        .expect(200);
}

fn a_post_is_left_once(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let (one, two) = (
        found(app, "huyen-a", Category::Superior, Some(&root)),
        found(app, "huyen-b", Category::Superior, Some(&root)),
    );
    let admin = app.admin();
    let old = entered(&admin, one.id, "contributor");
    let new = moved(
        &admin,
        old,
        &json!({ "unit_id": two.id, "from": "2026-12-01" }),
    );
    let path = format!("/api/v1/people/{old}");
    let on = admin.knowing(2);
    let moved_on = [" person_moved_on"];
    assert_eq!(
        on.post(
            &format!("{path}/leave"),
            &json!({ "last_day": "2026-12-31" })
        )
        .faults(409),
        moved_on
    );
    let again = json!({ "unit_id": root.id, "from": "2026-12-15" });
    assert_eq!(
        on.post(&format!("{path}/move"), &again).faults(409),
        moved_on
    );
    for to in [Value::Null, json!("2026-12-01")] {
        let reply = on.patch(&path, &json!({ "active_to": to }));
        assert!(reply.text.contains(&new.to_string()), "{}", reply.text);
        assert_eq!(reply.faults(409), moved_on);
    }
    let early = json!({ "active_from": "2026-11-30" });
    assert_eq!(
        admin
            .knowing(1)
            .patch(&format!("/api/v1/people/{new}"), &early)
            .faults(409),
        moved_on
    );
    // what does not touch the days is corrected as before
    on.patch(
        &path,
        &json!({ "title": "Cán bộ", "active_to": "2026-11-29" }),
    )
    .expect(200);
}

fn roles_and_accounts_follow_who_moves(app: &TestApp) {
    let (here, there) = (
        found(app, "tinh", Category::Federation, None),
        found(app, "khac", Category::Federation, None),
    );
    let own = found(app, "huyen", Category::Superior, Some(&here));
    let admin = app.admin();
    let (old_house, new_house) = (
        app.client_of(Role::Department, Some(&here)),
        app.client_of(Role::Department, Some(&there)),
    );
    let old = person(app, &own, Role::Contributor, "sau@tinh.example");
    let id = account(app, &old);
    let role = given(
        &admin,
        old.id,
        &json!({ "role": "department", "unit_id": there.id, "reason": "Biệt phái" }),
    );
    let new = moved(
        &admin,
        old.id,
        &json!({ "unit_id": there.id, "from": "2026-12-01" }),
    );
    let accounts = |client: &Client| client.get("/api/v1/accounts?limit=1").items().len();
    assert_eq!(
        (accounts(&old_house), accounts(&new_house)),
        (1, 0),
        "not yet"
    );
    app.set_clock("2026-12-01T08:00:00+07:00");
    assert_eq!((accounts(&old_house), accounts(&new_house)), (0, 1));
    old_house.get(&format!("/api/v1/accounts/{id}")).expect(404);
    let roles = format!("/api/v1/people/{new}/roles");
    assert_eq!(
        texts(&new_house.get(&roles).items(), "role"),
        ["department"]
    );
    let same = json!({ "role": "department", "unit_id": there.id, "reason": "Lại" });
    assert_eq!(
        new_house.post(&roles, &same).faults(409),
        ["role role_held"]
    );
    let browser = Browser::of(app);
    assert_eq!(browser.sign_in("sau@tinh.example").status, 303);
    assert_eq!(
        texts(&browser.get(&roles).items(), "role"),
        ["department"],
        "one's own"
    );
    new_house
        .post(
            &format!("{roles}/{role}/revoke"),
            &json!({ "reason": "Xong việc" }),
        )
        .expect(200);
    assert_eq!(
        browser.get("/api/v1/me").expect(200)["roles"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
