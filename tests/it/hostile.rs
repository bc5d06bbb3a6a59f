//! Clients that mean harm, and faults in the middle of a request: what they send is refused or kept
//! as text, and what breaks is told and mended (F26, F28, F35, F37).

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::PersonId;
use tinbai::domain::unit::Category;
use tinbai::store::{Conn, StoreError, meta};
use tinbai::web::middleware::request_context;
use tinbai::web::openapi;
use tinbai::web::state::State;

use crate::both_databases;
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, PASSWORD, account, person};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::process::Served;
use crate::support::tree::found;

both_databases!(
    head_is_answered_like_get_without_its_body,
    an_address_names_the_verbs_that_it_takes,
    nested_and_endless_input_is_refused_everywhere,
    a_request_repeated_after_a_crash_is_answered_and_done_once,
    a_handler_that_panics_is_a_fault_of_ours,
    a_panic_in_a_transaction_writes_nothing_and_stops_nobody,
    what_people_write_is_never_run,
    a_nul_is_refused_at_the_door_or_matches_nobody,
    what_a_browser_is_refused_it_is_told_in_words,
);

/// Every verb and address of the document, with 1 for whatever stands in braces.
fn routes() -> Vec<(String, String)> {
    let document = openapi::document().unwrap();
    let mut routes = Vec::new();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        let parts = path
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part });
        let address = parts.collect::<Vec<_>>().join("/");
        routes.extend(
            verbs
                .as_object()
                .unwrap()
                .keys()
                .map(|verb| (verb.to_uppercase(), address.clone())),
        );
    }
    routes
}

fn head_is_answered_like_get_without_its_body(app: &TestApp) {
    found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let pages = [
        "/",
        "/dang-nhap",
        "/quen-mat-khau",
        "/assets/tinbai.css",
        "/api/docs/",
        "/api/v1/openapi.json",
    ];
    let mut paths: Vec<String> = pages.map(str::to_owned).into();
    paths.extend(
        routes()
            .into_iter()
            .filter(|(verb, _)| verb == "GET")
            .map(|(_, path)| path),
    );
    for path in paths {
        let (get, head) = (admin.get(&path), admin.send("HEAD", &path, None));
        assert_eq!(
            (head.status, head.text.as_str()),
            (get.status, ""),
            "{path}"
        );
        for header in ["content-type", "etag", "content-security-policy"] {
            assert_eq!(head.header(header), get.header(header), "{path}");
        }
    }
    assert_eq!(app.nobody().send("HEAD", "/api/v1/units", None).status, 401);
    let unit = admin.send("HEAD", "/api/v1/units/1", None);
    assert_eq!((unit.status, unit.header("etag")), (200, "\"1\""));
    // what the caller has is not sent again
    for (known, status) in [("*", 304), ("\"0\", \"1\"", 304), ("\"2\"", 200)] {
        let again = admin.with("If-None-Match", known);
        for verb in ["GET", "HEAD"] {
            assert_eq!(
                again.send(verb, "/api/v1/units/1", None).status,
                status,
                "{verb} {known}"
            );
        }
    }
}

fn an_address_names_the_verbs_that_it_takes(app: &TestApp) {
    let admin = app.admin();
    let allow = |verb: &str, path: &str| {
        let reply = admin.send(verb, path, None);
        assert_eq!(reply.faults(405), Vec::<String>::new());
        reply.header("allow").to_owned()
    };
    assert_eq!(allow("DELETE", "/api/v1/units/1"), "GET, HEAD, PATCH");
    assert_eq!(allow("DELETE", "/api/v1/calendars/preview"), "POST");
    assert_eq!(allow("OPTIONS", "/api/v1/me"), "GET, HEAD");
}

fn nested_and_endless_input_is_refused_everywhere(app: &TestApp) {
    found(app, "tinh", Category::Federation, None);
    let client = app.admin().knowing(1);
    let bodies = [
        "[".repeat(100_000),
        format!("{}1", "{\"a\":".repeat(100_000)),
    ];
    for (verb, path) in routes().into_iter().filter(|(verb, _)| verb != "GET") {
        for body in &bodies {
            let reply = client.send(&verb, &path, Some(body.clone()));
            // what takes no body does not look at one
            assert!(
                (200..500).contains(&reply.status),
                "{verb} {path}: {} {}",
                reply.status,
                reply.text
            );
        }
    }
    let fields: Vec<String> = (0..10_000).map(|n| format!("mail{n}=x")).collect();
    let many: Vec<(&str, &str)> = fields
        .iter()
        .map(|field| field.split_once('=').unwrap())
        .collect();
    let browser = Browser::of(app);
    for page in ["/dang-nhap", "/quen-mat-khau", "/thu/abc"] {
        let refused = browser.form(page, &many);
        assert!(refused.status < 500, "{page}: {}", refused.status);
    }
    let doubled = vec![("mail", "a@b.example"); 10_000];
    assert!((400..500).contains(&browser.form("/quen-mat-khau", &doubled).status));
}

fn a_request_repeated_after_a_crash_is_answered_and_done_once(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let unit = |code: &str| json!({ "code": code, "name": code, "category": "superior", "parent_id": root.id });
    let codes = || {
        let items = app.admin().get("/api/v1/units?category=superior").items();
        items
            .iter()
            .map(|unit| unit["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    // killed as soon as the unit is there: before, while or after its reply is sent
    let client = app.admin().with("Idempotency-Key", "mot");
    let served = Served::start(app);
    std::thread::scope(|threads| {
        let asked = client.at(served.address);
        let first = unit("huyen-a");
        threads
            .spawn(move || catch_unwind(AssertUnwindSafe(|| asked.post("/api/v1/units", &first))));
        while codes().is_empty() {
            std::thread::yield_now();
        }
        served.kill();
    });
    let again = Served::start(app);
    let retried = client
        .at(again.address)
        .post("/api/v1/units", &unit("huyen-a"));
    assert_eq!(retried.expect(201)["code"], "huyen-a");
    assert_eq!(
        retried.header("idempotency-replayed"),
        "true",
        "the reply was kept with what was done"
    );
    assert_eq!(
        client
            .at(again.address)
            .post("/api/v1/units", &unit("huyen-b"))
            .status,
        422
    );
    assert_eq!(codes(), ["huyen-a"]);
    again.stop();
}

fn a_handler_that_panics_is_a_fault_of_ours(app: &TestApp) {
    async fn broken() -> HttpResponse {
        panic!("no such index")
    }
    let state = web::Data::new(State::new(app.house.clone(), app.clock.clone()));
    let run = actix_web::rt::System::new();
    run.block_on(async {
        let service = App::new()
            .app_data(state)
            .route("/hong", web::get().to(broken))
            .route("/lanh", web::get().to(HttpResponse::Ok));
        let service = actix_web::test::init_service(service.wrap(from_fn(request_context))).await;
        let ask = |path: &str| {
            actix_web::test::TestRequest::get()
                .uri(path)
                .insert_header(("X-Request-Id", "4f7b0a69d1c2e3f7"))
        };
        let error = actix_web::test::try_call_service(&service, ask("/hong").to_request())
            .await
            .unwrap_err();
        let reply = error.error_response();
        assert_eq!(reply.status(), 500);
        assert_eq!(
            reply.headers().get("content-type").unwrap(),
            "application/problem+json"
        );
        assert_eq!(
            reply.headers().get("x-content-type-options").unwrap(),
            "nosniff"
        );
        let body = actix_web::body::to_bytes(reply.into_body()).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (&body["type"], &body["request_id"]),
            (
                &json!("urn:tinbai:problem:internal"),
                &json!("4f7b0a69d1c2e3f7")
            )
        );
        assert!(!body.to_string().contains("index"), "the cause is not told");
        let browser = ask("/hong")
            .insert_header(("Accept", "text/html,*/*;q=0.8"))
            .to_request();
        let page = actix_web::test::try_call_service(&service, browser)
            .await
            .unwrap_err()
            .error_response();
        assert_eq!(
            (
                page.status().as_u16(),
                page.headers().get("content-type").unwrap().as_bytes()
            ),
            (500, &b"text/html; charset=utf-8"[..])
        );
        let page = actix_web::body::to_bytes(page.into_body()).await.unwrap();
        let page = std::str::from_utf8(&page).unwrap();
        assert!(
            page.contains("Có lỗi ở máy chủ") && page.contains("4f7b0a69d1c2e3f7"),
            "{page}"
        );
        let fine = actix_web::test::call_service(&service, ask("/lanh").to_request()).await;
        assert_eq!(fine.status(), 200);
    });
}

fn a_panic_in_a_transaction_writes_nothing_and_stops_nobody(app: &TestApp) {
    let put = |conn: &mut Conn| meta::put(conn, "hong", "1");
    for _ in 0..20 {
        let broken = catch_unwind(AssertUnwindSafe(|| {
            app.store.write(|conn| -> Result<(), StoreError> {
                put(conn)?;
                panic!("in the middle")
            })
        }));
        assert!(broken.is_err());
    }
    assert_eq!(
        app.store.read(|conn| meta::get(conn, "hong")).unwrap(),
        None
    );
    // the connection went with its transaction; the pool has others
    app.store.write(put).unwrap();
    let root = json!({ "code": "tinh", "name": "Tỉnh", "category": "federation" });
    app.admin().post("/api/v1/units", &root).expect(201);
}

const SCRIPT: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}${7*7}";
const FORMULA: &str = "=HYPERLINK(\"http://xau.example\")";

fn what_people_write_is_never_run(app: &TestApp) {
    app.set_clock("2026-11-19T08:00:00+07:00");
    let desk = Desk::new(app);
    let admin = app.admin();
    let rename = json!({ "name": SCRIPT, "cluster": SCRIPT });
    admin
        .knowing(1)
        .patch(&format!("/api/v1/units/{}", desk.superior.id), &rename)
        .expect(200);
    let leader = json!({
        "unit_id": desk.superior.id, "name": SCRIPT, "title": SCRIPT, "role": "leader", "position": "head",
        "mail": "truong@thu.example",
    });
    let leader = admin.post("/api/v1/people", &leader).expect(201)["id"]
        .as_i64()
        .unwrap();
    let mut quota = quota(superiors(), &["tin"], "month", 2);
    quota["title"] = json!(SCRIPT);
    desk.plan(&[quota]);
    let event = json!({
        "unit_id": desk.superior.id, "title": SCRIPT, "place": SCRIPT, "types": ["ordinary"],
        "starts_at": "2026-11-19T08:00:00+07:00", "ends_at": "2026-11-19T09:00:00+07:00",
    });
    let event = admin.post("/api/v1/events", &event).expect(201)["id"].clone();
    let item = json!({ "unit_id": desk.superior.id, "kind": "tin", "title": FORMULA, "body": SCRIPT, "event_id": event });
    let item = admin.post("/api/v1/items", &item).expect(201);
    let because = json!({ "reason": FORMULA });
    let withdraw = format!("/api/v1/items/{}/withdraw", item["id"]);
    admin
        .knowing(item["version"].as_i64().unwrap())
        .post(&withdraw, &because)
        .expect(200);
    let schoolday = json!({
        "code": "lich", "name": SCRIPT, "zone": "Asia/Ho_Chi_Minh",
        "hours": { "mon": [["07:00", "11:00"]], "tue": [], "wed": [], "thu": [], "fri": [], "sat": [], "sun": [] },
    });
    admin.post("/api/v1/calendars", &schoolday).expect(201);

    for instant in [
        "2026-11-20T07:00:00+07:00",
        "2026-11-20T16:01:00+07:00",
        "2026-12-01T07:01:00+07:00",
    ] {
        app.set_clock(instant);
        app.run_due();
    }
    let mut pages = Vec::new();
    for mail in app.mails() {
        let mail = mail_parser::MessageParser::default()
            .parse(&mail.raw)
            .unwrap();
        let text = mail.body_text(0).unwrap().into_owned();
        pages.push(("mail".to_owned(), mail.body_html(0).unwrap().into_owned()));
        for link in text
            .split_whitespace()
            .filter_map(|word| word.split_once("/thu/"))
        {
            let path = format!("/thu/{}", link.1);
            pages.push((path.clone(), app.nobody().get(&path).text));
        }
    }
    assert!(pages.len() > 3, "{}", pages.len());
    let row = app
        .store
        .read(|conn| tinbai::store::people::find(conn, PersonId(leader)))
        .unwrap()
        .unwrap();
    account(app, &row);
    let browser = Browser::of(app);
    browser.form(
        "/dang-nhap",
        &[("mail", "truong@thu.example"), ("password", PASSWORD)],
    );
    for path in [
        "/",
        "/tai-khoan",
        "/dang-nhap?toi=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        pages.push((path.to_owned(), browser.get(path).text));
    }
    let mailbox = format!("/thu-trinh-dien/{}", app.make_demonstration());
    for path in [
        mailbox.clone(),
        format!("{mailbox}/1"),
        format!("{mailbox}/1/html"),
    ] {
        let page = app.nobody().get(&path);
        assert_eq!(page.status, 200, "{}", page.text);
        pages.push((path, page.text));
    }
    let mut shown = 0;
    for (place, html) in &pages {
        assert!(
            !html.contains("<script>alert") && !html.contains("<img src=x"),
            "{place}: {html}"
        );
        shown += usize::from(
            html.contains("&#60;script&#62;alert") || html.contains("&lt;script&gt;alert"),
        );
    }
    assert!(
        shown > 3,
        "{shown} of {} pages show what was written",
        pages.len()
    );

    let file = admin.get("/api/v1/trail.csv");
    assert_eq!(
        (file.status, file.header("content-security-policy")),
        (200, "default-src 'none'; frame-ancestors 'none'")
    );
    assert!(
        file.text.contains("\"'=HYPERLINK"),
        "the reason stands there as text"
    );
    let formula = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    assert!(
        !file
            .text
            .lines()
            .flat_map(|line| line.split(";\""))
            .any(|cell| formula(cell.trim_matches('"')))
    );
}

/// PostgreSQL keeps no NUL in a text, SQLite does: both answer alike.
fn a_nul_is_refused_at_the_door_or_matches_nobody(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let (admin, browser) = (app.admin(), Browser::of(app));
    let paths = [
        "/api/v1/calendars/a%00b",
        "/api/v1/jobs/%00",
        "/dat-lai/%00",
        "/thu/a%00",
        "/khong-co/%00",
    ];
    for path in paths {
        assert_eq!(
            admin.get(path).faults(400),
            [" control_characters"],
            "{path}"
        );
        assert_eq!(app.nobody().get(path).status, 400, "{path}");
    }
    for name in [
        "actor",
        "entity",
        "request_id",
        "q",
        "cursor",
        "action",
        "toi",
    ] {
        for path in ["trail", "trail.csv", "people", "units", "items", "events"] {
            assert_eq!(
                admin.get(&format!("/api/v1/{path}?{name}=a%00")).status,
                400,
                "{path} {name}"
            );
        }
        assert_eq!(
            browser.get(&format!("/dang-nhap?{name}=%00")).status,
            400,
            "{name}"
        );
    }
    // not a NUL, but text that looks like one
    assert_eq!(admin.get("/api/v1/units?q=%2500").status, 200);
    assert_eq!(admin.get("/api/v1/calendars/a%2500").status, 404);
    let cursor = URL_SAFE_NO_PAD.encode(r#"["a\u0000b",1]"#);
    for list in ["people", "units", "items", "trail"] {
        let told = admin.get(&format!("/api/v1/{list}?cursor={cursor}"));
        assert!(
            (400..500).contains(&told.status),
            "{list}: {} {}",
            told.status,
            told.text
        );
    }
    assert_eq!(
        admin
            .get(&format!("/api/v1/units?cursor={cursor}"))
            .faults(400),
        ["cursor page_cursor"]
    );

    assert_eq!(
        browser
            .form("/dang-nhap", &[("mail", "a\0b"), ("password", "x\0")])
            .status,
        401
    );
    assert_eq!(
        browser.form("/quen-mat-khau", &[("mail", "a\0b")]).status,
        200
    );

    let unit = |code: &str| json!({ "code": code, "name": "a", "category": "superior", "parent_id": root.id });
    assert_eq!(
        admin.post("/api/v1/units", &unit("a\u{0}")).faults(400),
        ["code control_characters"]
    );
    let person = json!({ "unit_id": root.id, "name": "Người", "role": "leader", "mail": "a\u{0}@b.example" });
    assert_eq!(
        admin.post("/api/v1/people", &person).faults(400),
        ["mail control_characters"]
    );
}

/// What a browser shows of a refusal: a page with these words, and no JSON.
fn shown(reply: &Reply, status: u16, words: &str) {
    let kind = (reply.status, reply.header("content-type"));
    assert_eq!(
        kind,
        (status, "text/html; charset=utf-8"),
        "{words}: {}",
        reply.text
    );
    assert!(
        reply.text.contains(words) && !reply.text.contains("JSON"),
        "{words}: {}",
        reply.text
    );
    assert!(
        reply
            .header("content-security-policy")
            .contains("style-src 'self'"),
        "{words}"
    );
}

fn what_a_browser_is_refused_it_is_told_in_words(app: &TestApp) {
    let browser = Browser::of(app);
    let unreadable = "Chưa đọc được yêu cầu";
    for query in [
        "/dang-nhap?toi=a&toi=b",
        "/dang-nhap?xong=a&xong=b",
        "/dang-nhap/ma?toi=a&toi=b",
        "/dang-nhap?toi=%00",
        "/dat-lai/%00",
    ] {
        shown(&browser.get(query), 400, unreadable);
    }
    assert_eq!(
        browser.get("/dang-nhap?la=a&la=b").status,
        200,
        "what nobody reads does no harm"
    );
    // no demonstration
    for path in ["x?truoc=abc", "x?truoc=1&truoc=2", "x/abc", "x"] {
        shown(
            &browser.get(&format!("/thu-trinh-dien/{path}")),
            404,
            "Không tìm thấy",
        );
    }
    let program = app.nobody().get("/dang-nhap?toi=a&toi=b");
    assert_eq!(
        program.faults(400),
        ["toi json_duplicate"],
        "a program is told by name"
    );

    let form = "application/x-www-form-urlencoded";
    for page in [
        "/dang-nhap",
        "/dang-nhap/ma",
        "/quen-mat-khau",
        "/moi/abc",
        "/dat-lai/abc",
    ] {
        let post = |kind: &str, body: Vec<u8>| browser.send("POST", page, Some((kind, body)));
        shown(&post(form, vec![b'a'; 10_000_000]), 413, "Nội dung quá dài");
        shown(
            &post("multipart/form-data; boundary=x", Vec::new()),
            415,
            unreadable,
        );
        shown(
            &post(
                form,
                b"mail=a&mail=b&code=a&code=b&password=a&password=b".to_vec(),
            ),
            400,
            unreadable,
        );
        let told = post("text/plain", b"x".to_vec());
        assert!(
            told.faults(415).is_empty() && !told.text.contains("JSON"),
            "{}",
            told.text
        );
    }
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, Role::Viewer, "bt@tinh.example"));
    browser.sign_in("bt@tinh.example");
    shown(&browser.get("/khong-co"), 404, "Không tìm thấy");
    shown(&browser.get("/tai-khoan?xong=a&xong=b"), 400, unreadable);
    shown(
        &browser.form("/tai-khoan/mat-khau", &[("old", "a"), ("old", "b")]),
        400,
        unreadable,
    );
    shown(
        &browser.form("/tai-khoan/phien/999", &[]),
        404,
        "Không tìm thấy",
    );
    shown(
        &browser.claiming(None).form("/tai-khoan/thoat-het", &[]),
        403,
        "địa chỉ chính thức",
    );
}
