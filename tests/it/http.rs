//! The foundation of the API, tried on units: who may call, what a bad request is answered,
//! versions, repeated requests, pages.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::Duration;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use serde_json::{Value, json};
use tinbai::app::server;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::unit::Category;
use tinbai::service::{App, schedule};
use tinbai::store::units::UnitRow;
use tinbai::store::{Store, StoreOptions};

use crate::both_databases;
use crate::support::Kind;
use crate::support::app::{Client, TestApp, texts};
use crate::support::browser::{Browser, account, person};
use crate::support::post::mail;
use crate::support::tree::{found, trail};

both_databases!(
    a_call_needs_a_good_token,
    what_may_not_be_seen_is_not_found_and_what_may_not_be_done_is_forbidden,
    every_fault_of_a_body_names_its_field,
    a_body_too_long_or_too_slow_or_of_another_kind_is_refused,
    unknown_addresses_and_verbs_are_problems_too,
    an_edit_says_which_version_it_changes,
    a_repeated_request_creates_once,
    a_key_is_its_callers_under_another_name_and_not_without_their_role,
    the_same_key_fifty_times_at_once_creates_once,
    lists_come_in_pages_sorted_as_in_a_vietnamese_dictionary,
    parameters_are_checked_by_name,
    replies_carry_their_headers_and_speak_two_languages,
    health_tells_a_late_scheduler,
    a_unit_lives_through_http,
    tokens_are_made_listed_and_revoked,
    a_service_runs_all_its_parts_and_stops_them,
    a_locked_database_means_later_and_nothing_is_written,
);

fn new_unit(code: &str, parent: &UnitRow) -> Value {
    json!({ "code": code, "name": format!("Công đoàn {code}"), "category": "superior", "parent_id": parent.id })
}

fn federation(app: &TestApp) -> UnitRow {
    found(app, "tinh", Category::Federation, None)
}

fn a_call_needs_a_good_token(app: &TestApp) {
    let root = federation(app);
    let refused = app.nobody().get("/api/v1/me");
    assert_eq!(refused.faults(401), Vec::<String>::new());
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    app.client(Some("tb_wrong".into()))
        .get("/api/v1/units")
        .expect(401);
    let viewer = app.client_of(Role::Viewer, Some(&root));
    let me = viewer.get("/api/v1/me").expect(200);
    assert_eq!(
        (&me["roles"][0]["role"], &me["roles"][0]["unit"]["code"]),
        (&json!("viewer"), &json!("tinh"))
    );
    assert_eq!(me["now"], "2026-11-20T08:00:00+07:00");
    app.nobody()
        .with("Authorization", "Basic dGI6dGI=")
        .get("/api/v1/me")
        .expect(401);
    // nothing is told about addresses either
    app.nobody().get("/api/v1/nowhere").expect(401);
}

fn what_may_not_be_seen_is_not_found_and_what_may_not_be_done_is_forbidden(app: &TestApp) {
    let root = federation(app);
    let (own, other) = (
        found(app, "huyen-a", Category::Superior, Some(&root)),
        found(app, "huyen-b", Category::Superior, Some(&root)),
    );
    let leader = app.client_of(Role::Leader, Some(&own));
    assert_eq!(
        texts(&leader.get("/api/v1/units").items(), "code"),
        ["huyen-a"]
    );
    let rename = json!({ "name": "Tên mới" });
    leader
        .knowing(1)
        .patch(&format!("/api/v1/units/{}", own.id), &rename)
        .faults(403);
    leader
        .knowing(1)
        .patch(&format!("/api/v1/units/{}", other.id), &rename)
        .faults(404);
    let hidden = leader
        .get(&format!("/api/v1/units/{}", other.id))
        .expect(404);
    let absent = leader.get("/api/v1/units/999999").expect(404);
    assert_eq!(hidden["detail"], absent["detail"]);
    assert_eq!(hidden["type"], absent["type"]);
    let hidden_parent = leader.post("/api/v1/units", &new_unit("huyen-c", &root));
    assert_eq!(hidden_parent.faults(400), ["parent_id unit_unknown_parent"]);
    leader
        .post("/api/v1/units", &new_unit("huyen-c", &own))
        .faults(403);
    leader.get("/api/v1/tokens").faults(403);
}

fn every_fault_of_a_body_names_its_field(app: &TestApp) {
    let root = federation(app);
    let admin = app.admin();
    let with = |name: &str, value: Value| {
        let mut unit = new_unit("moi", &root);
        unit[name] = value;
        admin.post("/api/v1/units", &unit).faults(400)
    };
    assert_eq!(with("colour", json!("red")), ["colour json_unknown_field"]);
    assert_eq!(with("name", json!(7)), ["name json_text"]);
    assert_eq!(with("parent_id", json!("1")), ["parent_id json_integer"]);
    assert_eq!(
        with("category", json!("district")),
        ["category json_variant"]
    );
    assert_eq!(
        with("founded_on", json!("2026-02-30")),
        ["founded_on json_date"]
    );
    assert_eq!(
        with("founded_on", json!("20/11/2026")),
        ["founded_on json_date"]
    );
    assert_eq!(
        with("name", json!("a\r\nBcc: b@c.example")),
        ["name control_characters"]
    );
    assert_eq!(
        with("name", json!("a\\u0000\u{0}")),
        ["name control_characters"]
    );
    let both =
        json!({ "code": "Hoa Thường", "name": "", "category": "superior", "parent_id": root.id });
    assert_eq!(
        admin.post("/api/v1/units", &both).faults(400),
        ["code code", "name required"]
    );
    let raw = |body: &str| {
        admin
            .send("POST", "/api/v1/units", Some(body.to_owned()))
            .faults(400)
    };
    assert_eq!(raw(r#"{"code": "#), [" json_syntax"]);
    assert_eq!(raw("{} {}"), ["code required"]);
    assert_eq!(raw(&"[".repeat(100_000)), ["[0] json_text"]);
    let told = admin
        .with("X-Request-Id", "00000000-0000-4000-8000-000000000001")
        .post("/api/v1/units", &json!({}))
        .expect(400);
    insta::assert_snapshot!("problem", serde_json::to_string_pretty(&told).unwrap());
    assert_eq!(texts(&admin.get("/api/v1/units").items(), "code"), ["tinh"]);
}

fn a_body_too_long_or_too_slow_or_of_another_kind_is_refused(app: &TestApp) {
    let admin = app.admin();
    let long = format!(r#"{{"name": "{}"}}"#, "x".repeat(10_000_000));
    assert_eq!(
        admin.send("POST", "/api/v1/units", Some(long)).faults(413),
        [" body_limit"]
    );
    let form = admin.with("Content-Type", "application/x-www-form-urlencoded");
    form.send("POST", "/api/v1/units", Some("code=a".into()))
        .faults(415);
    let mut slow = TcpStream::connect(app.address()).unwrap();
    let head = "POST /api/v1/units HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n";
    write!(
        slow,
        "{head}Authorization: Bearer {}\r\n\r\n{{",
        admin.token.as_ref().unwrap()
    )
    .unwrap();
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).unwrap();
    assert_eq!(std::str::from_utf8(&answer).unwrap(), "HTTP/1.1 408");
    // chunked, so that nobody knows the length before
    let mut endless = TcpStream::connect(app.address()).unwrap();
    let head = "POST /api/v1/units HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    write!(
        endless,
        "{head}Authorization: Bearer {}\r\n\r\n",
        admin.token.as_ref().unwrap()
    )
    .unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 65_536, " ".repeat(65_536));
    for _ in 0..20 {
        // the server may have hung up by then
        if endless.write_all(chunk.as_bytes()).is_err() {
            break;
        }
    }
    endless.read_exact(&mut answer).unwrap();
    assert_eq!(std::str::from_utf8(&answer).unwrap(), "HTTP/1.1 413");
}

fn unknown_addresses_and_verbs_are_problems_too(app: &TestApp) {
    let admin = app.admin();
    admin.get("/api/v1/nowhere").faults(404);
    admin.get("/api/v1/units/abc").faults(404);
    admin.send("DELETE", "/api/v1/units/1", None).faults(405);
}

fn an_edit_says_which_version_it_changes(app: &TestApp) {
    let root = federation(app);
    let admin = app.admin();
    let path = format!("/api/v1/units/{}", root.id);
    assert_eq!(admin.get(&path).header("etag"), "\"1\"");
    let rename = json!({ "name": "Liên đoàn Lao động tỉnh" });
    admin.patch(&path, &rename).faults(428);
    assert_eq!(
        admin
            .with("If-Match", "1")
            .patch(&path, &rename)
            .faults(400),
        ["If-Match if_match"]
    );
    let done = admin.knowing(1).patch(&path, &rename);
    assert_eq!(
        (done.expect(200)["version"].clone(), done.header("etag")),
        (json!(2), "\"2\"")
    );
    admin
        .knowing(1)
        .patch(&path, &json!({ "name": "Khác" }))
        .faults(412);
    assert_eq!(
        admin.get(&path).expect(200)["name"],
        "Liên đoàn Lao động tỉnh"
    );
    assert_eq!(trail(app, "unit", root.id).len(), 2);
}

fn a_repeated_request_creates_once(app: &TestApp) {
    let root = federation(app);
    let admin = app.admin();
    let keyed = admin.with("Idempotency-Key", "k-1");
    let first = keyed.post("/api/v1/units", &new_unit("moi", &root));
    let unit = first.expect(201);
    assert_eq!(
        first.header("location"),
        format!("/api/v1/units/{}", unit["id"])
    );
    assert_eq!(
        (first.header("etag"), first.header("idempotency-replayed")),
        ("\"1\"", "")
    );
    app.advance(TimeDelta::hours(1));
    let again = keyed.post("/api/v1/units", &new_unit("moi", &root));
    assert_eq!((again.status, &again.text), (201, &first.text));
    assert_eq!(
        (again.header("location"), again.header("etag")),
        (first.header("location"), first.header("etag"))
    );
    assert_eq!(again.header("idempotency-replayed"), "true");
    keyed
        .post("/api/v1/units", &new_unit("khac", &root))
        .faults(422);
    // another caller's key is another key
    let department = app
        .client_of(Role::Department, Some(&root))
        .with("Idempotency-Key", "k-1");
    department
        .post("/api/v1/units", &new_unit("khac", &root))
        .expect(201);
    // a refusal is not kept
    let second = admin.with("Idempotency-Key", "k-2");
    assert_eq!(
        second
            .post("/api/v1/units", &new_unit("moi", &root))
            .faults(400),
        ["code duplicate"]
    );
    second
        .post("/api/v1/units", &new_unit("ba", &root))
        .expect(201);
    let bad = admin
        .with("Idempotency-Key", "has space")
        .post("/api/v1/units", &new_unit("bon", &root));
    assert_eq!(bad.faults(400), ["Idempotency-Key idempotency_key"]);
}

fn a_key_is_its_callers_under_another_name_and_not_without_their_role(app: &TestApp) {
    let root = federation(app);
    let someone = person(app, &root, Role::Viewer, "tg@tinh.example");
    account(app, &someone);
    let (admin, path) = (app.admin(), format!("/api/v1/people/{}", someone.id));
    let role = json!({ "role": "department", "unit_id": root.id, "reason": "Phụ trách" });
    let given = admin.post(&format!("{path}/roles"), &role).expect(201);
    let browser = Browser::of(app).with("Idempotency-Key", "k-1");
    browser.sign_in("tg@tinh.example");
    let create = || {
        browser.json(
            "/api/v1/people",
            &json!({ "unit_id": root.id, "name": "Mới", "role": "viewer" }),
        )
    };
    let first = create().expect(201);
    admin
        .knowing(1)
        .patch(&path, &json!({ "name": "Tên Khác" }))
        .expect(200);
    let again = create();
    assert_eq!(
        (again.expect(201), again.header("idempotency-replayed")),
        (first, "true")
    );
    assert_eq!(admin.get("/api/v1/people").items().len(), 2, "created once");
    let end = format!("{path}/roles/{}/revoke", given["id"]);
    admin
        .post(&end, &json!({ "reason": "Thôi phụ trách" }))
        .expect(200);
    create().faults(403);
}

fn the_same_key_fifty_times_at_once_creates_once(app: &TestApp) {
    let root = federation(app);
    let one = app.admin().with("Idempotency-Key", "fifty");
    // a replica, which knows of the other's requests by the database only
    let house = App::new(app.second_store(), (*app.house.settings).clone());
    let replica = server::start(house, app.clock.clone(), None).unwrap();
    let other = one.at(replica.address());
    let start = Barrier::new(50);
    let replies: Vec<(u16, String)> = std::thread::scope(|threads| {
        let send = |client: &Client| {
            start.wait();
            let reply = client.post("/api/v1/units", &new_unit("moi", &root));
            (reply.status, reply.text)
        };
        let clients = [&one, &other].into_iter().cycle().take(50);
        let sent: Vec<_> = clients
            .map(|client| threads.spawn(move || send(client)))
            .collect();
        sent.into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    replica.stop().unwrap();
    let created: Vec<_> = replies
        .iter()
        .filter(|(status, _)| *status == 201)
        .collect();
    assert!(!created.is_empty());
    assert!(created.iter().all(|(_, text)| *text == created[0].1));
    assert!(
        replies
            .iter()
            .all(|(status, _)| matches!(status, 201 | 409)),
        "{replies:?}"
    );
    assert_eq!(app.admin().get("/api/v1/units?q=moi").items().len(), 1);
}

fn lists_come_in_pages_sorted_as_in_a_vietnamese_dictionary(app: &TestApp) {
    let root = federation(app);
    let admin = app.admin();
    for (code, name) in [
        ("d1", "Đồng Khởi"),
        ("d2", "Dĩ An"),
        ("d3", "Ba Tri"),
        ("d4", "Ân Thi"),
        ("d5", "Bà Rịa"),
    ] {
        let unit =
            json!({ "code": code, "name": name, "category": "superior", "parent_id": root.id });
        admin.post("/api/v1/units", &unit).expect(201);
    }
    let of_root = format!("/api/v1/units?parent_id={}", root.id);
    let sorted = ["Ân Thi", "Bà Rịa", "Ba Tri", "Dĩ An", "Đồng Khởi"];
    assert_eq!(texts(&admin.get(&of_root).items(), "name"), sorted);
    let (mut names, mut path) = (Vec::new(), format!("{of_root}&limit=2"));
    loop {
        let page = admin.get(&path).expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(texts(items, "name"));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("{of_root}&limit=2&cursor={cursor}");
    }
    assert_eq!(names, sorted);
    assert_eq!(
        texts(&admin.get("/api/v1/units?q=dong%20kh").items(), "code"),
        ["d1"]
    );
    assert_eq!(
        texts(
            &admin.get("/api/v1/units?category=federation").items(),
            "code"
        ),
        ["tinh"]
    );
    assert_eq!(admin.get("/api/v1/units?active=false").items().len(), 0);
    assert_eq!(admin.get("/api/v1/units?active=true").items().len(), 6);
    assert_eq!(admin.get("/api/v1/units?q=%25").items().len(), 0);
}

fn parameters_are_checked_by_name(app: &TestApp) {
    let admin = app.admin();
    let faults = |query: &str| admin.get(&format!("/api/v1/units?{query}")).faults(400);
    assert_eq!(faults("colour=red"), ["colour json_unknown_field"]);
    assert_eq!(faults("q=a&parent_id=x"), ["parent_id json_integer"]);
    assert_eq!(faults("active=maybe"), ["active json_boolean"]);
    assert_eq!(faults("category=district"), ["category json_variant"]);
    assert_eq!(faults("limit=0"), ["limit page_limit"]);
    assert_eq!(faults("limit=501"), ["limit page_limit"]);
    assert_eq!(faults("cursor=xyz"), ["cursor page_cursor"]);
}

fn replies_carry_their_headers_and_speak_two_languages(app: &TestApp) {
    let admin = app.admin();
    let reply = admin
        .with("X-Request-Id", "4f7b0a69d1c2e3f4")
        .with("Accept-Language", "en")
        .get("/api/v1/nowhere");
    let body = reply.expect(404);
    assert_eq!(
        (&body["title"], &body["request_id"]),
        (&json!("Not found"), &json!("4f7b0a69d1c2e3f4"))
    );
    assert_eq!(reply.header("x-request-id"), "4f7b0a69d1c2e3f4");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(
        reply
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    assert_eq!(
        admin.get("/api/v1/nowhere").expect(404)["title"],
        "Không tìm thấy"
    );
    // words of a caller are no name for a request
    for words in [
        "a b;c",
        "mat-khau-cua-toi-la-meo-vang",
        "0912345678",
        &"f".repeat(65),
    ] {
        let made_up = admin.with("X-Request-Id", words).get("/api/v1/me");
        assert_eq!(made_up.header("x-request-id").len(), 16, "{words}");
    }
    // the request's name stands in the trail
    let root = federation(app);
    let named = admin.with("X-Request-Id", "4f7b0a69d1c2e3f5").knowing(1);
    named
        .patch(
            &format!("/api/v1/units/{}", root.id),
            &json!({ "name": "Mới" }),
        )
        .expect(200);
    assert_eq!(trail(app, "unit", root.id)[1], "change by token:1 (admin)");
    let page = app.nobody().get("/api/docs/");
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy")
            .contains("script-src 'self'")
    );
    assert!(page.text.contains("swagger-ui"));
    // without its slash it leads there
    assert_eq!(app.nobody().get("/api/docs").text, page.text);
}

fn health_tells_a_late_scheduler(app: &TestApp) {
    let nobody = app.nobody();
    assert_eq!(nobody.get("/readyz").expect(200)["status"], "ok");
    assert_eq!(nobody.get("/healthz").expect(200)["status"], "ok");
    app.run_due();
    app.advance(TimeDelta::days(2));
    let late = nobody.get("/healthz").expect(503);
    assert_eq!(late["status"], "late");
    assert!(late["late_seconds"].as_i64().unwrap() > 300);
    app.run_due();
    assert_eq!(nobody.get("/healthz").expect(200)["status"], "ok");
}

fn a_unit_lives_through_http(app: &TestApp) {
    let admin = app.admin();
    let root = json!({ "code": "tinh", "name": "Liên đoàn", "category": "federation" });
    let root = admin.post("/api/v1/units", &root).expect(201)["id"]
        .as_i64()
        .unwrap();
    let found = |code: &str| {
        let unit = json!({ "code": code, "name": code, "category": "superior", "parent_id": root });
        admin.post("/api/v1/units", &unit).expect(201)["id"]
            .as_i64()
            .unwrap()
    };
    let (a, b, c) = (found("a"), found("b"), found("c"));
    let act = |id: i64, what: &str, version: i64, body: &Value| {
        admin
            .knowing(version)
            .post(&format!("/api/v1/units/{id}/{what}"), body)
    };
    let moved = act(c, "move", 1, &json!({ "parent_id": a })).expect(200);
    assert_eq!(
        (&moved["parent_id"], &moved["version"]),
        (&json!(a), &json!(2))
    );
    assert_eq!(
        act(a, "move", 1, &json!({ "parent_id": c })).faults(400),
        ["parent_id unit_cycle"]
    );
    let end = json!({ "ended_on": "2026-11-19", "reason": "Quyết định 12" });
    let conflict = act(a, "end", 1, &end);
    assert_eq!(conflict.faults(409), [" unit_has_children"]);
    let merged = act(
        a,
        "merge",
        1,
        &json!({ "into_id": b, "ended_on": "2026-11-19", "reason": "Sắp xếp" }),
    )
    .expect(200);
    assert_eq!(merged["unit"]["successor_id"], b);
    assert_eq!(
        (&merged["moved"][0]["id"], &merged["moved"][0]["parent_id"]),
        (&json!(c), &json!(b))
    );
    assert_eq!(act(c, "end", 3, &end).expect(200)["ended_on"], "2026-11-19");
    assert_eq!(
        texts(&admin.get("/api/v1/units?active=false").items(), "code"),
        ["a", "c"]
    );
}

fn tokens_are_made_listed_and_revoked(app: &TestApp) {
    let root = federation(app);
    let admin = app.admin();
    let new = json!({ "name": "Máy của phòng", "role": "leader", "unit_id": root.id, "days": 30 });
    let issued = admin.post("/api/v1/tokens", &new).expect(201);
    let secret = issued["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("tb_"));
    assert_eq!(issued["expires_at"], "2026-12-20T08:00:00+07:00");
    let holder = app.client(Some(secret.clone()));
    assert_eq!(
        holder.get("/api/v1/me").expect(200)["roles"][0]["role"],
        "leader"
    );
    holder.post("/api/v1/tokens", &new).faults(403);
    let listed = admin.get("/api/v1/tokens");
    assert_eq!(texts(&listed.items(), "name"), ["Máy của phòng", "admin"]);
    assert!(!listed.text.contains(&secret));
    let path = format!("/api/v1/tokens/{}/revoke", issued["id"]);
    admin.post(&path, &json!({})).expect(200);
    holder.get("/api/v1/me").expect(401);
    // an administrator of a part makes tokens for that part only
    let part = app.client_of(Role::Admin, Some(&root));
    part.post("/api/v1/tokens", &json!({ "name": "x", "role": "viewer" }))
        .faults(403);
    let other = found(app, "tinh-khac", Category::Federation, None);
    let foreign = json!({ "name": "x", "role": "viewer", "unit_id": other.id });
    assert_eq!(
        part.post("/api/v1/tokens", &foreign).faults(400),
        ["unit_id not_found"]
    );
    let faulty =
        json!({ "name": "", "role": "viewer", "unit_id": root.id, "days": 0, "person_id": 9 });
    let faults = admin.post("/api/v1/tokens", &faulty).faults(400);
    assert_eq!(
        faults,
        ["person_id not_found", "days token_days", "name required"]
    );
    // time ends a token too
    let short = json!({ "name": "ngắn", "role": "viewer", "unit_id": root.id, "days": 1 });
    let short = admin.post("/api/v1/tokens", &short).expect(201)["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    app.advance(TimeDelta::days(1));
    app.client(Some(short)).get("/api/v1/me").expect(401);
    let trails = trail(app, "token", issued["id"].clone());
    assert_eq!(
        trails,
        ["create by token:1 (admin)", "revoke by token:1 (admin)"]
    );
}

fn a_service_runs_all_its_parts_and_stops_them(app: &TestApp) {
    let mut settings = (*app.house.settings).clone();
    settings.worker.in_server = true;
    let house = App::new(app.store.clone(), settings);
    app.enqueue(&[mail(1, app.now())]);
    let service = server::start(house, app.clock.clone(), Some(app.delivery.clone())).unwrap();
    assert_ne!(service.address().port(), 0);
    let scheduled = || {
        !app.house
            .read(&Actor::cli(), app.now(), schedule::list)
            .unwrap()
            .is_empty()
    };
    while app.sent() == 0 || !scheduled() {
        std::thread::yield_now();
    }
    let address = service.address();
    service.stop().unwrap();
    assert!(TcpStream::connect(address).is_err());
    assert_eq!(app.mails().len(), 1);
}

fn a_locked_database_means_later_and_nothing_is_written(app: &TestApp) {
    let root = federation(app);
    let admin = app.admin();
    // a second server, which does not wait as long as tests do
    let mut options = StoreOptions::new(app.url());
    options.busy_timeout = Duration::from_millis(300);
    let house = App::new(
        Store::open(&options).unwrap(),
        (*app.house.settings).clone(),
    );
    let service = server::start(house, app.clock.clone(), None).unwrap();
    let hasty = admin.at(service.address());
    hasty.get("/api/v1/me").expect(200);
    let busy = while_locked(app, || hasty.post("/api/v1/units", &new_unit("moi", &root)));
    assert_eq!(busy.faults(503), Vec::<String>::new());
    assert_eq!(busy.header("retry-after"), "2");
    hasty
        .post("/api/v1/units", &new_unit("moi", &root))
        .expect(201);
    service.stop().unwrap();
}

/// Does something while another process holds the table of units.
fn while_locked<T>(app: &TestApp, work: impl FnOnce() -> T) -> T {
    match app.kind() {
        Kind::Sqlite => {
            let mut conn =
                SqliteConnection::establish(app.url().trim_start_matches("sqlite:")).unwrap();
            conn.batch_execute("BEGIN IMMEDIATE").unwrap();
            work()
        }
        Kind::Postgres => {
            let mut conn = PgConnection::establish(app.url()).unwrap();
            conn.batch_execute("BEGIN; LOCK TABLE unit IN ACCESS EXCLUSIVE MODE")
                .unwrap();
            work()
        }
    }
}
