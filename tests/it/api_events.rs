//! Events through HTTP.

use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Role};
use tinbai::service::units;
use tinbai::service::units::EndUnit;

use crate::both_databases;
use crate::support::app::{TestApp, texts};
use crate::support::desk::{Desk, date};

both_databases!(
    an_event_lives_through_http,
    a_question_is_answered_through_http,
    every_fault_of_an_event_names_its_field,
    an_event_is_for_who_acts_for_its_unit,
    events_come_in_pages_and_by_what_is_asked,
);

fn new_event(desk: &Desk<'_>) -> Value {
    json!({
        "unit_id": desk.superior.id, "title": "Hội nghị tổng kết", "place": "Hội trường A",
        "starts_at": "2026-11-20T14:00:00+07:00", "ends_at": "2026-11-20T15:00:00+07:00"
    })
}

fn an_event_lives_through_http(app: &TestApp) {
    let desk = Desk::new(app);
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let made = leader
        .with("Idempotency-Key", "su-kien-1")
        .post("/api/v1/events", &new_event(&desk));
    let event = made.expect(201);
    let path = format!("/api/v1/events/{}", event["id"]);
    assert_eq!(
        (made.header("location"), made.header("etag")),
        (path.as_str(), "\"1\"")
    );
    assert_eq!(event["deadlines"][0]["due_at"], "2026-11-25T09:00:00+07:00");
    assert_eq!(event["deadlines"][0]["due_text"], "09:00 25/11/2026");
    let again = leader
        .with("Idempotency-Key", "su-kien-1")
        .post("/api/v1/events", &new_event(&desk));
    assert_eq!(again.expect(201), event);
    assert_eq!(leader.get("/api/v1/events").items().len(), 1);

    leader.patch(&path, &json!({"title": "x"})).faults(428);
    let moved = leader.knowing(1).patch(
        &path,
        &json!({"starts_on": "2026-11-20", "types": ["topical"]}),
    );
    let event = moved.expect(200);
    assert_eq!(
        (moved.header("etag"), &event["date_only"]),
        ("\"2\"", &json!(true))
    );
    assert_eq!(event["deadlines"][1]["due_text"], "16:00 23/11/2026");
    leader
        .knowing(1)
        .patch(&path, &json!({"title": "x"}))
        .faults(412);
    assert_eq!(
        leader
            .knowing(2)
            .post(&format!("{path}/cancel"), &json!({"reason": ""}))
            .faults(400),
        ["reason required"]
    );
    let cancelled = leader
        .knowing(2)
        .post(&format!("{path}/cancel"), &json!({"reason": "Hoãn"}))
        .expect(200);
    assert_eq!(
        (&cancelled["state"], &cancelled["deadlines"][1]["state"]),
        (&json!("cancelled"), &json!("exempt"))
    );
    leader
        .knowing(3)
        .patch(&path, &json!({"title": "x"}))
        .faults(409);
    assert_eq!(leader.get(&path).expect(200), cancelled);
}

fn a_question_is_answered_through_http(app: &TestApp) {
    let desk = Desk::new(app);
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let mut question = new_event(&desk);
    question["types"] = json!(["question"]);
    question["starts_at"] = json!("2026-11-19T09:00:00+07:00");
    let id = leader.post("/api/v1/events", &question).expect(201)["id"].clone();
    let path = format!("/api/v1/events/{id}/answer");
    let done = leader
        .knowing(1)
        .post(&path, &json!({"answer": "Theo luật hiện hành."}))
        .expect(200);
    assert_eq!(
        (&done["answered_at"], &done["deadlines"][0]["state"]),
        (&json!("2026-11-20T08:00:00+07:00"), &json!("met_on_time"))
    );
    let earlier = json!({"answer": "Có.", "arrival": {"at": "2026-11-19T10:00:00+07:00", "reason": "Điện thoại"}});
    leader.knowing(2).post(&path, &earlier).faults(403);
    let editor = app.client_of(Role::Editor, Some(&desk.root));
    assert_eq!(
        editor.knowing(2).post(&path, &earlier).expect(200)["answer"],
        "Có."
    );
}

fn every_fault_of_an_event_names_its_field(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let with = |changes: Value| {
        let mut event = new_event(&desk);
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        department.post("/api/v1/events", &event).faults(400)
    };
    assert_eq!(
        with(json!({"colour": "red"})),
        ["colour json_unknown_field"]
    );
    assert_eq!(with(json!({"types": ["party"]})), ["types[0] json_variant"]);
    assert_eq!(
        with(json!({"starts_on": "2026-02-30"})),
        ["starts_on json_date"]
    );
    assert_eq!(
        with(json!({"title": "a\u{7}", "ends_at": "2026-11-20T13:00:00+07:00"})),
        ["title control_characters", "ends_at event_ends_first"]
    );
    let end = EndUnit {
        ended_on: date("2026-11-19"),
        reason: "Giải thể".to_owned(),
    };
    desk.house
        .write(&Actor::cli(), desk.now(), |tx| {
            units::end(tx, desk.grassroots.id, &end, 1)
        })
        .unwrap();
    assert_eq!(
        with(json!({"unit_id": desk.grassroots.id})),
        ["unit_id event_after_unit"]
    );
    assert!(department.get("/api/v1/events").items().is_empty());
}

fn an_event_is_for_who_acts_for_its_unit(app: &TestApp) {
    let desk = Desk::new(app);
    let event = new_event(&desk);
    app.client_of(Role::Viewer, Some(&desk.root))
        .post("/api/v1/events", &event)
        .faults(403);
    let other = app.client_of(Role::Leader, Some(&desk.office));
    assert_eq!(
        other.post("/api/v1/events", &event).faults(400),
        ["unit_id not_found"]
    );
    let id = app
        .client_of(Role::Contributor, Some(&desk.superior))
        .post("/api/v1/events", &event)
        .expect(201)["id"]
        .clone();
    other.get(&format!("/api/v1/events/{id}")).faults(404);
    other
        .knowing(1)
        .patch(&format!("/api/v1/events/{id}"), &json!({"title": "x"}))
        .faults(404);
    assert!(other.get("/api/v1/events").items().is_empty());
}

fn events_come_in_pages_and_by_what_is_asked(app: &TestApp) {
    let desk = Desk::new(app);
    for (title, day) in [
        ("Đại hội", "2026-11-18"),
        ("Hội thao", "2026-11-20"),
        ("Họp báo", "2026-11-19"),
    ] {
        desk.event(json!({"title": title, "starts_on": day}));
    }
    let viewer = app.client_of(Role::Viewer, Some(&desk.root));
    let first = viewer.get("/api/v1/events?limit=2").expect(200);
    assert_eq!(
        texts(first["items"].as_array().unwrap(), "title"),
        ["Hội thao", "Họp báo"]
    );
    let next = viewer.get(&format!(
        "/api/v1/events?limit=2&cursor={}",
        first["next_cursor"].as_str().unwrap()
    ));
    assert_eq!(
        (
            texts(&next.items(), "title"),
            &next.expect(200)["next_cursor"]
        ),
        (vec!["Đại hội".into()], &Value::Null)
    );
    let asked = |query: &str| {
        texts(
            &viewer.get(&format!("/api/v1/events?{query}")).items(),
            "title",
        )
    };
    assert_eq!(asked("from=2026-11-19&to=2026-11-19"), ["Họp báo"]);
    assert_eq!(asked("q=hoi%20thao"), ["Hội thao"]);
    assert_eq!(asked("type=topical"), Vec::<String>::new());
    assert_eq!(
        viewer.get("/api/v1/events?sort=title").faults(400),
        ["sort json_unknown_field"]
    );
}
