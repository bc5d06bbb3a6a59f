//! Calendars through HTTP.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;

use crate::both_databases;
use crate::support::app::{TestApp, texts};
use crate::support::tree::found;

both_databases!(
    a_calendar_is_entered_read_and_replaced,
    faults_of_a_calendar_name_their_place,
    a_deadline_is_explained,
    a_preview_shows_both_and_saves_nothing,
    calendars_are_read_by_all_and_changed_by_the_department,
);

fn office(code: &str, opening: &str) -> Value {
    let day = json!([[opening, "11:00"], ["13:00", "17:00"]]);
    json!({
        "code": code, "name": "Giờ hành chính", "zone": "Asia/Ho_Chi_Minh",
        "hours": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day }, "holidays_from": "vietnam",
    })
}

fn a_calendar_is_entered_read_and_replaced(app: &TestApp) {
    found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let shipped = admin.get("/api/v1/calendars").items();
    assert!(texts(&shipped, "code").contains(&"ben-tre".to_owned()));
    let entered = admin.post("/api/v1/calendars", &office("tinh-moi", "07:30"));
    entered.expect(201);
    assert_eq!(
        (entered.header("location"), entered.header("etag")),
        ("/api/v1/calendars/tinh-moi", "\"1\"")
    );
    let path = "/api/v1/calendars/tinh-moi";
    admin.put(path, &office("tinh-moi", "07:00")).faults(428);
    let replaced = admin.knowing(1).put(path, &office("tinh-moi", "07:00"));
    assert_eq!(
        (&replaced.expect(200)["version"], replaced.header("etag")),
        (&json!(2), "\"2\"")
    );
    admin
        .knowing(1)
        .put(path, &office("tinh-moi", "08:00"))
        .faults(412);
    assert_eq!(
        admin.get(path).expect(200)["hours"]["mon"][0],
        json!(["07:00", "11:00"])
    );
    let ben_tre = admin.get("/api/v1/calendars/ben-tre");
    assert_eq!(ben_tre.header("etag"), "\"0\"", "shipped");
    admin.get("/api/v1/calendars/nowhere").faults(404);
}

fn faults_of_a_calendar_name_their_place(app: &TestApp) {
    found(app, "tinh", Category::Federation, None);
    let admin = app.admin();
    let mut calendar = office("moi", "07:00");
    calendar["hours"]["fri"] = json!([["07:00", "11:00"], ["10:00", "17:00"]]);
    calendar["exceptions"] = json!([{ "date": "2026-02-30", "kind": "day_off", "name": "Nghỉ" }]);
    let faults = admin.post("/api/v1/calendars", &calendar).faults(400);
    assert!(
        faults.iter().any(|fault| fault.starts_with("hours.fri")),
        "{faults:?}"
    );
    assert!(
        faults.iter().any(|fault| fault.starts_with("exceptions")),
        "{faults:?}"
    );
    assert_eq!(
        admin
            .post("/api/v1/calendars", &office("ben-tre", "07:00"))
            .faults(400),
        ["code duplicate"]
    );
}

/// docs/DOMAIN.md, deadlines: an ordinary and a topical event end on Friday 20/11/2026 at 15:00.
fn a_deadline_is_explained(app: &TestApp) {
    let admin = app.admin();
    let ask = |query: &str| {
        admin.get(&format!(
            "/api/v1/calendars/ben-tre/deadline?from=2026-11-20T15:00:00%2B07:00&{query}"
        ))
    };
    let ordinary = ask("working_hours=12").expect(200);
    assert_eq!(ordinary["due"], "2026-11-25T09:00:00+07:00");
    let skipped: Vec<&Value> = ordinary["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["kind"] == "holiday")
        .collect();
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0]["from"], "2026-11-24T00:00:00+07:00");
    assert!(ordinary["text"].as_str().unwrap().contains("24/11/2026"));
    assert_eq!(
        ask("cutoff=16:00").expect(200)["due"],
        "2026-11-20T16:00:00+07:00"
    );
    assert_eq!(
        ask("clock_hours=24").expect(200)["due"],
        "2026-11-21T15:00:00+07:00"
    );
    assert_eq!(
        ask("working_hours=12&cutoff=16:00").faults(400),
        [" deadline_question"]
    );
    assert_eq!(
        ask("working_hours=-1").faults(400),
        ["working_hours calendar_negative_amount"]
    );
    assert_eq!(ask("cutoff=25:00").faults(400), ["cutoff cutoff_time"]);
    let undated =
        admin.get("/api/v1/calendars/ben-tre/deadline?from=2026-11-20T15:00:00&working_hours=1");
    assert_eq!(undated.faults(400), ["from json_date"]);
    let missing = admin.get("/api/v1/calendars/ben-tre/deadline?working_hours=1");
    assert_eq!(missing.faults(400), ["from required"]);
}

fn a_preview_shows_both_and_saves_nothing(app: &TestApp) {
    let admin = app.admin();
    let mut calendar = admin.get("/api/v1/calendars/ben-tre").expect(200);
    const ADDED: [&str; 5] = [
        "version",
        "updated_at",
        "unit_id",
        "copied_from",
        "copied_version",
    ];
    calendar
        .as_object_mut()
        .unwrap()
        .retain(|key, _| !ADDED.contains(&key.as_str()));
    let day_off = json!({ "date": "2026-11-23", "kind": "day_off", "name": "Mất điện" });
    calendar["exceptions"] = json!([day_off]);
    let question = json!({ "from": "2026-11-20T15:00:00+07:00", "working_hours": "12" });
    let shown = admin
        .post(
            "/api/v1/calendars/preview",
            &json!({ "calendar": calendar, "question": question }),
        )
        .expect(200);
    assert_eq!(shown["before"]["due"], "2026-11-25T09:00:00+07:00");
    assert_eq!(shown["after"]["due"], "2026-11-26T09:00:00+07:00");
    assert_eq!(
        admin.get("/api/v1/calendars/ben-tre").header("etag"),
        "\"0\""
    );
    calendar["zone"] = json!("Mars/Olympus");
    let faulty = admin.post(
        "/api/v1/calendars/preview",
        &json!({ "calendar": calendar, "question": question }),
    );
    assert!(faulty.faults(400)[0].starts_with("calendar.zone "));
}

fn calendars_are_read_by_all_and_changed_by_the_department(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    let viewer = app.client_of(Role::Viewer, Some(&root));
    viewer.get("/api/v1/calendars/ben-tre").expect(200);
    viewer
        .post("/api/v1/calendars", &office("moi", "07:00"))
        .faults(403);
    viewer
        .knowing(0)
        .put("/api/v1/calendars/ben-tre", &office("ben-tre", "07:00"))
        .faults(403);
    app.client_of(Role::Department, Some(&root))
        .post("/api/v1/calendars", &office("moi", "07:00"))
        .expect(201);
}
