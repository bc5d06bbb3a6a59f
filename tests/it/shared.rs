//! What everybody shares: two federations in one installation, and what binds all. A calendar belongs
//! to a federation, jobs of the whole installation to its administrator; everybody who is bound by a change
//! finds it in their trail.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::Kind;
use crate::support::app::{Client, Reply, TestApp, texts};
use crate::support::browser::{Browser, PASSWORD, account, mailed_link, person};
use crate::support::tree::found;

both_databases!(
    a_calendar_is_changed_by_its_federation_only,
    a_shipped_calendar_is_copied_and_never_replaced,
    a_copy_is_used_by_its_federation_only,
    a_changed_calendar_moves_only_those_whom_it_binds,
    with_one_federation_a_calendar_needs_no_more_words_than_before,
    jobs_of_the_installation_take_a_role_over_all,
    one_federation_is_everybody,
    kinds_of_item_take_a_role_over_all,
    rows_set_aside_are_shown_to_those_whose_they_are,
    a_change_of_what_is_shared_stands_in_every_trail_that_it_binds,
    a_plan_stands_in_every_trail_that_it_binds_once_it_is_in_force,
    rows_set_aside_are_mailed_to_those_whose_they_are,
    rows_set_aside_where_nobody_has_an_address_are_mailed_to_those_at_the_roots,
    a_calendar_of_a_confederation_is_used_below_and_changed_above,
    an_address_that_signs_in_elsewhere_is_answered_like_any_other,
    a_unit_takes_no_calendar_of_the_federation_that_it_leaves,
    a_calendar_that_was_stored_before_belongs_to_its_federation,
);

/// Two federations, each with a union below it, and the department of each.
struct Two {
    here: UnitRow,
    there: UnitRow,
    district: UnitRow,
    own: Client,
    other: Client,
}

impl Two {
    fn new(app: &TestApp) -> Self {
        let here = found(app, "tinh-a", Category::Federation, None);
        let there = found(app, "tinh-b", Category::Federation, None);
        let district = found(app, "huyen-a", Category::Superior, Some(&here));
        found(app, "huyen-b", Category::Superior, Some(&there));
        app.run_due();
        let own = app.client_of(Role::Department, Some(&here));
        let other = app.client_of(Role::Department, Some(&there));
        Self {
            here,
            there,
            district,
            own,
            other,
        }
    }
}

fn office(code: &str, opening: &str) -> Value {
    let day = json!([[opening, "11:00"], ["13:00", "17:00"]]);
    json!({
        "code": code, "name": "Giờ làm việc", "zone": "Asia/Ho_Chi_Minh",
        "hours": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day }, "holidays_from": "vietnam",
    })
}

/// What is written in a calendar, without what the server adds to it.
fn written(calendar: &Value) -> Value {
    const ADDED: [&str; 5] = [
        "version",
        "updated_at",
        "unit_id",
        "copied_from",
        "copied_version",
    ];
    let mut spec = calendar.clone();
    spec.as_object_mut()
        .unwrap()
        .retain(|key, _| !ADDED.contains(&key.as_str()));
    spec
}

fn uses(client: &Client, unit: &UnitRow, calendar: &str) -> Reply {
    let path = format!("/api/v1/units/{}/policies/2026-11-20", unit.id);
    let body = json!({ "patch": { "calendar": calendar } });
    client.knowing(0).put(&path, &body)
}

fn a_calendar_is_changed_by_its_federation_only(app: &TestApp) {
    let two = Two::new(app);
    let made = two
        .own
        .post("/api/v1/calendars", &office("lich-a", "07:00"))
        .expect(201);
    assert_eq!(made["unit_id"], two.here.id.0);
    let path = "/api/v1/calendars/lich-a";
    let changed = office("lich-a", "08:00");
    two.other.knowing(1).put(path, &changed).faults(404);
    let below = app.client_of(Role::Department, Some(&two.district));
    below.get(path).expect(200);
    below.knowing(1).put(path, &changed).faults(403);
    let new = office("lich-huyen", "07:00");
    below.post("/api/v1/calendars", &new).faults(403);
    let elsewhere = format!("/api/v1/calendars?unit_id={}", two.there.id);
    assert_eq!(
        two.own.post(&elsewhere, &new).faults(400),
        ["unit_id not_found"]
    );
    let part = format!("/api/v1/calendars?unit_id={}", two.district.id);
    assert_eq!(
        two.own.post(&part, &new).faults(400),
        ["unit_id calendar_needs_federation"]
    );
    two.own.knowing(1).put(path, &changed).expect(200);
    // somebody who is over both names one of them
    let admin = app.admin();
    assert_eq!(
        admin.post("/api/v1/calendars", &new).faults(400),
        ["unit_id required"]
    );
    admin.post(&elsewhere, &new).expect(201);
    admin
        .knowing(2)
        .put(path, &office("lich-a", "07:30"))
        .expect(200);
}

fn a_shipped_calendar_is_copied_and_never_replaced(app: &TestApp) {
    let two = Two::new(app);
    let shipped = two.own.get("/api/v1/calendars/ben-tre").expect(200);
    assert_eq!(
        (&shipped["version"], &shipped["unit_id"]),
        (&json!(0), &Value::Null)
    );
    let spec = written(&shipped);
    for caller in [&two.own, &app.admin()] {
        for tag in ["\"0\"", "*"] {
            let refused = caller
                .with("If-Match", tag)
                .put("/api/v1/calendars/ben-tre", &spec);
            assert_eq!(refused.faults(409), ["code calendar_shipped"]);
            assert!(
                refused.text.contains("/api/v1/calendars/ben-tre/copy"),
                "{}",
                refused.text
            );
        }
    }
    let copy = json!({ "code": "ben-tre-a" });
    let made = two.own.post("/api/v1/calendars/ben-tre/copy", &copy);
    let body = made.expect(201);
    assert_eq!(made.header("location"), "/api/v1/calendars/ben-tre-a");
    assert_eq!(
        (
            &body["unit_id"],
            &body["copied_from"],
            &body["copied_version"],
            &body["hours"]
        ),
        (
            &json!(two.here.id),
            &json!("ben-tre"),
            &json!(0),
            &shipped["hours"]
        )
    );
    let mut changed = written(&body);
    changed["exceptions"] =
        json!([{ "date": "2026-11-23", "kind": "day_off", "name": "Nghỉ bão" }]);
    let path = "/api/v1/calendars/ben-tre-a";
    let after = two.own.knowing(1).put(path, &changed).expect(200);
    assert_eq!(after["copied_from"], "ben-tre", "still readable");
    let again = two.own.get("/api/v1/calendars/ben-tre").expect(200);
    assert_eq!(again, shipped);
}

fn a_copy_is_used_by_its_federation_only(app: &TestApp) {
    let two = Two::new(app);
    let copy = json!({ "code": "ben-tre-a", "name": "Giờ riêng" });
    let made = two
        .own
        .post("/api/v1/calendars/ben-tre/copy", &copy)
        .expect(201);
    assert_eq!(made["name"], "Giờ riêng");
    let codes = |client: &Client| texts(&client.get("/api/v1/calendars").items(), "code");
    assert_eq!(
        (codes(&two.own), codes(&two.other)),
        (
            vec![
                "ben-tre".to_owned(),
                "ben-tre-a".to_owned(),
                "hanh-chinh".to_owned(),
                "thanh-hoa".to_owned()
            ],
            vec![
                "ben-tre".to_owned(),
                "hanh-chinh".to_owned(),
                "thanh-hoa".to_owned()
            ]
        )
    );
    let path = "/api/v1/calendars/ben-tre-a";
    let ask = format!("{path}/deadline?from=2026-11-20T15:00:00%2B07:00&working_hours=12");
    for path in [path, ask.as_str()] {
        two.other.get(path).faults(404);
        two.own.get(path).expect(200);
    }
    let question = json!({ "from": "2026-11-20T15:00:00+07:00", "working_hours": "12" });
    let preview = json!({ "calendar": written(&made), "question": question });
    let before = |client: &Client| {
        client
            .post("/api/v1/calendars/preview", &preview)
            .expect(200)["before"]
            .is_null()
    };
    assert_eq!((before(&two.own), before(&two.other)), (false, true));
    two.other
        .post(&format!("{path}/copy"), &json!({ "code": "lich-b" }))
        .faults(404);
    assert_eq!(
        uses(&two.other, &two.there, "ben-tre-a").faults(400),
        ["patch.calendar not_found"]
    );
    assert_eq!(
        uses(&app.admin(), &two.there, "ben-tre-a").faults(400),
        ["patch.calendar not_found"],
        "whoever asks"
    );
    uses(&two.own, &two.district, "ben-tre-a").expect(200);
    uses(&two.own, &two.here, "ben-tre-a").expect(200);
}

fn a_changed_calendar_moves_only_those_whom_it_binds(app: &TestApp) {
    let two = Two::new(app);
    let mut due = Vec::new();
    for (client, unit, code) in [
        (&two.own, &two.here, "lich-a"),
        (&two.other, &two.there, "lich-b"),
    ] {
        let copy = json!({ "code": code });
        client
            .post("/api/v1/calendars/ben-tre/copy", &copy)
            .expect(201);
        uses(client, unit, code).expect(200);
        let event = json!({ "unit_id": unit.id, "title": "Hội nghị", "starts_at": "2026-11-20T15:00:00+07:00" });
        let event = client.post("/api/v1/events", &event).expect(201);
        due.push((client, format!("/api/v1/events/{}", event["id"])));
    }
    let known = two.own.get("/api/v1/calendars/lich-a").expect(200);
    let mut spec = written(&known);
    spec["exceptions"] = json!([{ "date": "2026-11-23", "kind": "day_off", "name": "Nghỉ bão" }]);
    two.own
        .knowing(1)
        .put("/api/v1/calendars/lich-a", &spec)
        .expect(200);
    app.advance(chrono::TimeDelta::minutes(2));
    app.run_due();
    let due: Vec<Value> = due
        .iter()
        .map(|(client, path)| client.get(path).expect(200)["deadlines"][0]["due_at"].clone())
        .collect();
    assert_eq!(
        due,
        ["2026-11-26T09:00:00+07:00", "2026-11-25T09:00:00+07:00"]
    );
    app.expect_unread_mails();
}

fn with_one_federation_a_calendar_needs_no_more_words_than_before(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let department = app.client_of(Role::Department, Some(&root));
    for (client, code) in [(&department, "lich-a"), (&app.admin(), "lich-b")] {
        let made = client
            .post("/api/v1/calendars", &office(code, "07:00"))
            .expect(201);
        assert_eq!(made["unit_id"], root.id.0);
        client
            .knowing(1)
            .put(&format!("/api/v1/calendars/{code}"), &office(code, "08:00"))
            .expect(200);
    }
    // one call copies a shipped one, the second one uses it
    department
        .post(
            "/api/v1/calendars/hanh-chinh/copy",
            &json!({ "code": "lich-c" }),
        )
        .expect(201);
    uses(&department, &root, "lich-c").expect(200);
}

fn jobs_of_the_installation_take_a_role_over_all(app: &TestApp) {
    let two = Two::new(app);
    let admin = app.client_of(Role::Admin, Some(&two.here));
    let sweep = "/api/v1/jobs/sweep";
    let version = app.admin().get(sweep).expect(200)["version"]
        .as_i64()
        .unwrap();
    for body in [
        json!({ "enabled": false }),
        json!({ "cron": "0 0 3 * * *" }),
    ] {
        admin.knowing(version).patch(sweep, &body).faults(403);
    }
    admin.post(&format!("{sweep}/run"), &json!({})).faults(403);
    assert_eq!(app.admin().get(sweep).expect(200)["enabled"], true);
    // the own summary is the federation's own; the one of another is not there
    let summary = |unit: &UnitRow| format!("/api/v1/jobs/summary:{}", unit.id);
    let line = json!({ "cron": "0 31 16 * * MON-FRI" });
    two.own
        .knowing(1)
        .patch(&summary(&two.here), &line)
        .expect(200);
    two.own
        .knowing(1)
        .patch(&summary(&two.there), &line)
        .faults(404);
    admin
        .post(&format!("{}/run", summary(&two.there)), &json!({}))
        .faults(404);
    app.admin()
        .post(&format!("{sweep}/run"), &json!({}))
        .expect(202);
}

/// The usual installation: somebody who is over its only federation is over everybody.
fn one_federation_is_everybody(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let district = found(app, "huyen", Category::Superior, Some(&root));
    app.run_due();
    let admin = app.client_of(Role::Admin, Some(&root));
    admin.post("/api/v1/jobs/purge/run", &json!({})).expect(202);
    admin
        .knowing(2)
        .patch("/api/v1/jobs/purge", &json!({ "cron": "0 0 3 * * *" }))
        .expect(200);
    let kind = json!({ "code": "podcast", "name": "Podcast", "reviewed": true });
    let below = app.client_of(Role::Admin, Some(&district));
    below.post("/api/v1/jobs/purge/run", &json!({})).faults(403);
    below.post("/api/v1/kinds", &kind).faults(403);
    app.client_of(Role::Department, Some(&root))
        .post("/api/v1/kinds", &kind)
        .expect(201);
    // a federation that ended before today binds nobody
    let gone = found(app, "tinh-cu", Category::Federation, None);
    admin.post("/api/v1/jobs/purge/run", &json!({})).faults(403);
    let end = json!({ "ended_on": "2026-11-19", "reason": "Sáp nhập" });
    app.admin()
        .knowing(1)
        .post(&format!("/api/v1/units/{}/end", gone.id), &end)
        .expect(200);
    admin.post("/api/v1/jobs/purge/run", &json!({})).expect(202);
}

fn kinds_of_item_take_a_role_over_all(app: &TestApp) {
    let two = Two::new(app);
    let kind = json!({ "code": "podcast", "name": "Podcast", "reviewed": true });
    two.own.post("/api/v1/kinds", &kind).faults(403);
    app.client_of(Role::Admin, Some(&two.there))
        .post("/api/v1/kinds", &kind)
        .faults(403);
    app.admin().post("/api/v1/kinds", &kind).expect(201);
}

/// Has an obligation of each federation that no job can judge.
fn set_aside(app: &TestApp, two: &Two) {
    use diesel::prelude::*;
    use tinbai::store::StoreError;
    use tinbai::store::schema::obligation;
    for (client, unit) in [(&two.own, &two.here), (&two.other, &two.there)] {
        uses(client, unit, "ben-tre").expect(200);
        let event = json!({ "unit_id": unit.id, "title": "Hội nghị", "starts_at": "2026-11-20T15:00:00+07:00" });
        client.post("/api/v1/events", &event).expect(201);
    }
    app.store
        .write(|conn| {
            diesel::update(obligation::table)
                .set((
                    obligation::calendar.eq("atlantis"),
                    obligation::next_step_at.eq(tinbai::store::types::At(app.now())),
                ))
                .execute(conn)
                .map_err(StoreError::from)
        })
        .unwrap();
    app.advance(chrono::TimeDelta::minutes(2));
    app.run_due();
}

fn rows_set_aside_are_shown_to_those_whose_they_are(app: &TestApp) {
    let two = Two::new(app);
    set_aside(app, &two);
    let shown = |client: &Client| {
        let jobs = client.get("/api/v1/jobs").expect(200);
        jobs["set_aside"].as_array().map(Vec::len)
    };
    let of = |unit: &UnitRow| app.client_of(Role::Admin, Some(unit));
    assert_eq!(
        [
            shown(&app.admin()),
            shown(&of(&two.here)),
            shown(&of(&two.there)),
            shown(&of(&two.district)),
            shown(&two.own)
        ],
        [Some(2), Some(1), Some(1), Some(0), None]
    );
}

/// An administrator by post, and one by a role over everybody that was given beside a post.
fn rows_set_aside_are_mailed_to_those_whose_they_are(app: &TestApp) {
    let two = Two::new(app);
    person(app, &two.here, Role::Admin, "mot@tinh.example");
    let all = person(app, &two.district, Role::Viewer, "hai@tinh.example");
    let role = json!({ "role": "admin", "reason": "Quản trị" });
    app.admin()
        .post(&format!("/api/v1/people/{}/roles", all.id), &role)
        .expect(201);
    set_aside(app, &two);
    let mut told = app.unread_mails();
    told.retain(|mail| mail.contains("không xử lý được"));
    told.sort();
    assert_eq!(
        told,
        [
            "hai@tinh.example: 2 dòng dữ liệu không xử lý được",
            "mot@tinh.example: 1 dòng dữ liệu không xử lý được"
        ]
    );
}

fn rows_set_aside_where_nobody_has_an_address_are_mailed_to_those_at_the_roots(app: &TestApp) {
    let two = Two::new(app);
    set_aside(app, &two);
    let told = || {
        let mut told = app.unread_mails();
        told.retain(|mail| mail.contains("không xử lý được"));
        told
    };
    assert_eq!(told(), [""; 0], "there is no administrator yet");
    person(app, &two.district, Role::Admin, "huyen@tinh.example");
    person(app, &two.here, Role::Admin, "mot@tinh.example");
    app.advance(chrono::TimeDelta::minutes(2));
    app.run_due();
    assert_eq!(
        told(),
        ["mot@tinh.example: 2 dòng dữ liệu không xử lý được"]
    );
    app.set_clock("2026-12-10T09:00:00+07:00");
    app.run_due();
    assert_eq!(told(), [""; 0], "once");
}

fn a_calendar_of_a_confederation_is_used_below_and_changed_above(app: &TestApp) {
    let top = found(app, "tong", Category::Federation, None);
    let province = found(app, "tinh", Category::Federation, Some(&top));
    let (above, below) = (
        app.client_of(Role::Department, Some(&top)),
        app.client_of(Role::Department, Some(&province)),
    );
    let made = above
        .post(
            "/api/v1/calendars/ben-tre/copy",
            &json!({ "code": "lich-tong" }),
        )
        .expect(201);
    assert_eq!(
        made["unit_id"],
        json!(top.id),
        "the highest that they manage"
    );
    let path = "/api/v1/calendars/lich-tong";
    uses(&below, &province, "lich-tong").expect(200);
    below.knowing(1).put(path, &written(&made)).faults(403);
    // a copy of it is the province's own
    let copy = below
        .post(&format!("{path}/copy"), &json!({ "code": "lich-tinh" }))
        .expect(201);
    assert_eq!(
        (
            &copy["unit_id"],
            &copy["copied_from"],
            &copy["copied_version"]
        ),
        (&json!(province.id), &json!("lich-tong"), &json!(1))
    );
    assert_eq!(
        uses(&above, &top, "lich-tinh").faults(400),
        ["patch.calendar not_found"],
        "it is not for those above"
    );
    above.knowing(1).put(path, &written(&made)).expect(200);
    let lines = below.get("/api/v1/trail?entity=calendar").items();
    assert_eq!(texts(&lines, "action"), ["replace", "copy", "copy"]);
}

fn a_change_of_what_is_shared_stands_in_every_trail_that_it_binds(app: &TestApp) {
    let two = Two::new(app);
    let copy = json!({ "code": "lich-a" });
    two.own
        .post("/api/v1/calendars/ben-tre/copy", &copy)
        .expect(201);
    let kind = json!({ "code": "podcast", "name": "Podcast", "reviewed": true });
    app.admin().post("/api/v1/kinds", &kind).expect(201);
    app.admin()
        .post("/api/v1/jobs/sweep/run", &json!({}))
        .expect(202);
    let below = app.client_of(Role::Department, Some(&two.district));
    let told = |client: &Client| {
        let lines = client.get("/api/v1/trail").items();
        let lines = lines.iter().filter(|line| {
            ["calendar", "item_kind", "job"].contains(&line["entity"].as_str().unwrap())
        });
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        lines
            .map(|line| {
                format!(
                    "{} {} {} by {}",
                    text(&line["action"]),
                    text(&line["entity"]),
                    text(&line["entity_id"]),
                    text(&line["actor"])
                )
            })
            .collect::<Vec<_>>()
    };
    let shared = ["run job sweep by admin", "add item_kind podcast by admin"];
    let own = [shared[0], shared[1], "copy calendar lich-a by department"];
    assert_eq!(told(&two.own), own);
    assert_eq!(told(&below), own, "it binds the units below as well");
    assert_eq!(told(&two.other), shared);
    let file = two.other.get("/api/v1/trail.csv");
    assert!(file.text.contains("sweep") && !file.text.contains("lich-a"));
    // of another part only what binds is shown
    app.admin()
        .post("/api/v1/tokens", &json!({ "name": "Máy", "role": "admin" }))
        .expect(201);
    let lines = two.other.get("/api/v1/trail?entity=token").items();
    assert!(
        lines.iter().all(|line| line["unit_id"] == two.there.id.0),
        "{lines:?}"
    );
}

fn a_plan_stands_in_every_trail_that_it_binds_once_it_is_in_force(app: &TestApp) {
    let two = Two::new(app);
    let below = app.client_of(Role::Department, Some(&two.district));
    let told = |client: &Client| {
        let mut lines = client.get("/api/v1/trail?entity=plan").items();
        lines.extend(client.get("/api/v1/trail?entity=rule").items());
        texts(&lines, "action")
    };
    let plan = json!({
        "unit_id": two.here.id, "code": "chi-tieu", "year": 2026, "title": "Chỉ tiêu",
        "document_number": "12/KH-LĐLĐ", "document_date": "2026-01-05", "issuer": "Ban Thường vụ",
    });
    let drafted = two.own.post("/api/v1/plans", &plan);
    let path = drafted.expect(201)["id"].clone();
    let path = format!("/api/v1/plans/{path}");
    let content = |minimum: u32| {
        json!({
            "title": "Chỉ tiêu", "subject": { "type": "units", "categories": ["superior"] },
            "kinds": ["tin"], "period": "month", "minimum": minimum,
        })
    };
    let rule = json!({ "code": "tin-thang", "content": content(2) });
    let act = |version: i64, step: &str, body: &Value| {
        let known = two.own.knowing(version);
        known.post(&format!("{path}/{step}"), body)
    };
    let added = act(1, "rules", &rule).expect(201);
    act(2, "approve", &json!({})).expect(200);
    assert_eq!(told(&below), [""; 0], "it binds nobody yet");
    act(3, "put-in-force", &json!({})).expect(200);
    let id = &added["rules"][0]["id"];
    let change = json!({ "content": content(3) });
    let changed = two
        .own
        .knowing(4)
        .put(&format!("{path}/rules/{id}"), &change);
    changed.expect(200);
    assert_eq!(told(&below), ["put_in_force", "change_rule"]);
    assert_eq!(
        told(&two.own),
        [
            "put_in_force",
            "approve",
            "draft",
            "change_rule",
            "add_rule"
        ]
    );
    assert_eq!(told(&two.other), [""; 0]);
}

/// Nobody who invites learns who has an account in another federation. The reader of the mail does.
fn an_address_that_signs_in_elsewhere_is_answered_like_any_other(app: &TestApp) {
    let two = Two::new(app);
    let known = person(app, &two.there, Role::Leader, "mot@tinh.example");
    account(app, &known);
    let (mut answers, mut opened) = (Vec::new(), Vec::new());
    for mail in ["MOT@tinh.example", "hai@tinh.example"] {
        let new =
            json!({ "unit_id": two.here.id, "name": "Người mới", "role": "leader", "mail": mail });
        let id = two.own.post("/api/v1/people", &new).expect(201)["id"].clone();
        let invited = two
            .own
            .post("/api/v1/accounts", &json!({ "person_id": id }))
            .expect(201);
        let path = format!("/api/v1/accounts/{}", invited["id"]);
        let reset = two.own.post(&format!("{path}/reset"), &json!({}));
        let again = two.own.post(&format!("{path}/resend-invite"), &json!({}));
        let mut shown = two.own.get(&path).expect(200);
        for own in ["id", "person_id", "mail"] {
            shown.as_object_mut().unwrap().remove(own);
        }
        let subject = two.own.get("/api/v1/mails").items()[0]["subject"].clone();
        answers.push((shown, reset.status, again.status, subject));
        let link = mailed_link(app);
        let set = [("password", PASSWORD), ("again", PASSWORD)];
        let accepted = Browser::of(app).form(&link, &set);
        let page = accepted.text.replace(mail, "MAIL");
        let state = two.own.get(&path).expect(200)["state"].clone();
        opened.push((accepted.status, page, state));
        let told = app.unread_mails();
        let elsewhere = told.iter().filter(|mail| mail.contains("tài khoản khác"));
        assert_eq!(
            elsewhere.collect::<Vec<_>>(),
            if mail == "hai@tinh.example" {
                vec![]
            } else {
                vec!["MOT@tinh.example: Địa chỉ này đã đăng nhập bằng tài khoản khác"]
            }
        );
    }
    assert_eq!(answers[0], answers[1]);
    // nor who opens the link: the reader of the mails to that address is told
    assert_eq!(opened[0], opened[1]);
    // the account of the other federation goes on
    assert_eq!(Browser::of(app).sign_in("mot@tinh.example").status, 303);
    // what the caller may see is named
    let new = json!({ "unit_id": two.here.id, "name": "Người nữa", "role": "leader", "mail": "hai@tinh.example" });
    let id = two.own.post("/api/v1/people", &new).expect(201)["id"].clone();
    let taken = two
        .own
        .post("/api/v1/accounts", &json!({ "person_id": id }));
    assert_eq!(taken.faults(400), ["mail account_mail_taken"]);
    // of two who were invited, the one who accepts first signs in with the address
    let mut links = Vec::new();
    for (client, unit) in [(&two.own, &two.here), (&two.other, &two.there)] {
        let new = json!({ "unit_id": unit.id, "name": "Ba", "role": "leader", "mail": "ba@tinh.example" });
        let id = client.post("/api/v1/people", &new).expect(201)["id"].clone();
        client
            .post("/api/v1/accounts", &json!({ "person_id": id }))
            .expect(201);
        links.push(mailed_link(app));
    }
    let set = [("password", PASSWORD), ("again", PASSWORD)];
    let accepted = [&links[1], &links[0]].map(|link| Browser::of(app).form(link, &set).status);
    assert_eq!(accepted, [200, 200]);
    let told = app.unread_mails();
    let elsewhere = told.iter().filter(|mail| mail.contains("tài khoản khác"));
    assert_eq!(elsewhere.count(), 1, "{told:?}");
}

fn a_unit_takes_no_calendar_of_the_federation_that_it_leaves(app: &TestApp) {
    let two = Two::new(app);
    let copy = json!({ "code": "lich-a" });
    two.own
        .post("/api/v1/calendars/ben-tre/copy", &copy)
        .expect(201);
    uses(&two.own, &two.district, "lich-a").expect(200);
    let admin = app.admin();
    let moved = |to: &UnitRow| {
        admin.knowing(1).post(
            &format!("/api/v1/units/{}/move", two.district.id),
            &json!({ "parent_id": to.id }),
        )
    };
    assert_eq!(moved(&two.there).faults(409), [" unit_calendar_elsewhere"]);
    // a federation that merges takes its calendars along
    let merge = json!({ "into_id": two.there.id, "ended_on": "2026-11-19", "reason": "Sáp nhập" });
    admin
        .knowing(1)
        .post(&format!("/api/v1/units/{}/merge", two.here.id), &merge)
        .expect(200);
    let calendar = two.other.get("/api/v1/calendars/lich-a").expect(200);
    assert_eq!(calendar["unit_id"], two.there.id.0);
    let lines = two.other.get("/api/v1/trail?entity=calendar").items();
    assert_eq!(texts(&lines, "action"), ["pass_on"]);
}

/// A database of an earlier version: a shipped calendar changed in place, one entered, one federation.
fn a_calendar_that_was_stored_before_belongs_to_its_federation(app: &TestApp) {
    use diesel::connection::SimpleConnection as _;
    let (down, up) = match app.kind() {
        Kind::Sqlite => (
            include_str!("../../migrations/sqlite/2026-11-30-000100_calendar_owner/down.sql"),
            include_str!("../../migrations/sqlite/2026-11-30-000100_calendar_owner/up.sql"),
        ),
        Kind::Postgres => (
            include_str!("../../migrations/postgres/2026-11-30-000100_calendar_owner/down.sql"),
            include_str!("../../migrations/postgres/2026-11-30-000100_calendar_owner/up.sql"),
        ),
    };
    let root = found(app, "tinh_a", Category::Federation, None);
    let district = found(app, "huyen", Category::Superior, Some(&root));
    let department = app.client_of(Role::Department, Some(&root));
    uses(&department, &root, "ben-tre").expect(200);
    let event = json!({ "unit_id": district.id, "title": "Hội nghị", "starts_at": "2026-11-20T15:00:00+07:00" });
    let event = department.post("/api/v1/events", &event).expect(201);
    let stored = |code: &str| {
        let spec = serde_json::to_string(&tinbai::domain::calendar::CalendarSpec {
            code: code.to_owned(),
            ..tinbai::domain::calendar::shipped::calendar("ben-tre").unwrap()
        });
        format!(
            "INSERT INTO calendar (code, spec, version, created_at, updated_at) VALUES ('{code}', '{}', 3, 1, 1);",
            spec.unwrap()
        )
    };
    app.store
        .write(|conn| {
            let before = "UPDATE obligation SET calendar_version = 3;";
            for sql in [
                down,
                &stored("ben-tre"),
                &stored("hanh-chinh"),
                &stored("rieng"),
                before,
                up,
            ] {
                conn.batch_execute(sql)?;
            }
            Ok::<_, tinbai::store::StoreError>(())
        })
        .unwrap();
    for (code, from) in [
        ("rieng", Value::Null),
        ("ben-tre-tinh-a", json!("ben-tre")),
        ("hanh-chinh-tinh-a", json!("hanh-chinh")),
    ] {
        let shown = department
            .get(&format!("/api/v1/calendars/{code}"))
            .expect(200);
        assert_eq!(
            (
                &shown["code"],
                &shown["unit_id"],
                &shown["copied_from"],
                &shown["version"]
            ),
            (&json!(code), &json!(root.id), &from, &json!(3))
        );
    }
    let policies = department
        .get(&format!("/api/v1/units/{}/policies", root.id))
        .items();
    let named: Vec<&Value> = policies
        .iter()
        .map(|entry| &entry["patch"]["calendar"])
        .collect();
    assert_eq!(named, ["ben-tre-tinh-a", "hanh-chinh-tinh-a"]);
    // what was open goes on, and follows the copy
    let path = "/api/v1/calendars/ben-tre-tinh-a";
    let mut spec = written(&department.get(path).expect(200));
    spec["exceptions"] = json!([{ "date": "2026-11-23", "kind": "day_off", "name": "Nghỉ bão" }]);
    department.knowing(3).put(path, &spec).expect(200);
    app.advance(chrono::TimeDelta::minutes(2));
    app.run_due();
    let event = department
        .get(&format!("/api/v1/events/{}", event["id"]))
        .expect(200);
    assert_eq!(event["deadlines"][0]["due_at"], "2026-11-26T09:00:00+07:00");
    let shipped = department.get("/api/v1/calendars/ben-tre").expect(200);
    assert_eq!(
        (&shipped["version"], &shipped["unit_id"]),
        (&json!(0), &Value::Null)
    );
    app.expect_unread_mails();
}
