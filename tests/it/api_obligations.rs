//! What is owed, through HTTP: lists, explanations, exemptions, extensions, the table of who owes
//! what.

use serde_json::{Value, json};
use tinbai::domain::access::Role;

use crate::both_databases;
use crate::support::app::{TestApp, texts};
use crate::support::desk::{Desk, quota, superiors};

both_databases!(
    what_is_owed_is_listed_with_its_standing_and_explained,
    lists_come_in_pages_and_by_what_is_asked,
    the_department_excuses_and_takes_it_back,
    somebody_is_excused_ahead_of_the_period,
    an_extension_is_asked_for_and_decided,
    the_table_says_who_owes_what,
    who_is_late_is_known_at_the_very_instant,
);

fn path(id: &Value, step: &str) -> String {
    format!("/api/v1/obligations/{id}{step}")
}

fn what_is_owed_is_listed_with_its_standing_and_explained(app: &TestApp) {
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    desk.event(
        json!({"starts_at": "2026-11-20T07:00:00+07:00", "ends_at": "2026-11-20T07:30:00+07:00"}),
    );
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let owed = leader.get("/api/v1/obligations").items();
    assert_eq!(texts(&owed, "kind"), ["event", "quota"]);
    assert_eq!(
        texts(&owed, "standing"),
        ["not_yet_due", "at_risk"],
        "nothing of two by the 20th"
    );
    let event = leader.get(&path(&owed[0]["id"], "")).expect(200);
    assert_eq!(event["due_text"], "13:30 23/11/2026");
    for said in ["12 giờ làm việc", "nghỉ trưa", "Thứ Bảy"] {
        assert!(
            event["explanation"].as_str().unwrap().contains(said),
            "{}",
            event["explanation"]
        );
    }
    let english = leader
        .with("Accept-Language", "en")
        .get(&path(&owed[0]["id"], ""))
        .expect(200);
    assert!(
        english["explanation"]
            .as_str()
            .unwrap()
            .contains("12 hours of office time"),
        "{}",
        english["explanation"]
    );
    app.client_of(Role::Leader, Some(&desk.office))
        .get(&path(&owed[0]["id"], ""))
        .faults(404);

    let item = desk.published(json!({"event_id": event["event_id"]}));
    let after = leader.get(&path(&owed[0]["id"], "")).expect(200);
    assert_eq!(
        (&after["state"], &after["remaining"]),
        (&json!("met_on_time"), &json!(0))
    );
    assert_eq!(after["credits"][0]["item_id"], item.item.id.0);
}

fn lists_come_in_pages_and_by_what_is_asked(app: &TestApp) {
    let desk = Desk::new(app);
    desk.plan(&[
        quota(superiors(), &["tin"], "month", 2),
        quota(superiors(), &["bai"], "year", 1),
    ]);
    let viewer = app.client_of(Role::Viewer, Some(&desk.root));
    let all = viewer.get("/api/v1/obligations").items();
    assert_eq!(texts(&all, "period"), ["2026-M11", "2026"]);
    let first = viewer.get("/api/v1/obligations?limit=1").expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = viewer
        .get(&format!("/api/v1/obligations?limit=1&cursor={cursor}"))
        .expect(200);
    assert_eq!(
        [&first["items"][0], &second["items"][0]],
        [&all[0], &all[1]]
    );
    assert_eq!(second["next_cursor"], Value::Null);
    let periods = |query: &str| {
        texts(
            &viewer.get(&format!("/api/v1/obligations?{query}")).items(),
            "period",
        )
    };
    assert_eq!(periods("period=2026-M11"), ["2026-M11"]);
    assert_eq!(periods("from=2026-12-15T00:00:00%2B07:00"), ["2026"]);
    assert_eq!(periods("state=missed"), Vec::<String>::new());
    assert_eq!(
        periods(&format!("unit_id={}", desk.office.id)),
        Vec::<String>::new()
    );
    assert_eq!(
        periods(&format!(
            "below=true&unit_id={}&kind=quota&year=2026",
            desk.root.id
        ))
        .len(),
        2
    );
    assert_eq!(viewer.get("/api/v1/obligations?colour=red").status, 400);
    assert_eq!(viewer.get("/api/v1/obligations?state=lost").status, 400);
}

fn the_department_excuses_and_takes_it_back(app: &TestApp) {
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let department = app.client_of(Role::Department, Some(&desk.root));
    let owed = leader.get("/api/v1/obligations").items();
    let exempt = path(&owed[0]["id"], "/exempt");
    let reason = json!({"reason": "Sáp nhập địa giới"});
    let version = owed[0]["version"].as_i64().unwrap();
    department.post(&exempt, &reason).faults(428);
    department
        .knowing(version + 1)
        .post(&exempt, &reason)
        .faults(412);
    assert_eq!(leader.knowing(version).post(&exempt, &reason).status, 403);
    let department = department.knowing(version);
    assert_eq!(
        department
            .post(&exempt, &json!({"reason": " "}))
            .faults(400),
        ["reason required"]
    );
    let excused = department.post(&exempt, &reason).expect(200);
    // what somebody else decided meanwhile was not known
    assert_eq!(department.post(&exempt, &reason).status, 412);
    let known = |reply: &Value| {
        let client = app.client_of(Role::Department, Some(&desk.root));
        client.knowing(reply["version"].as_i64().unwrap())
    };
    let department = known(&excused);
    assert_eq!(
        (&excused["state"], &excused["exemption"]["reason"]),
        (&json!("exempt"), &reason["reason"])
    );
    assert_eq!(department.post(&exempt, &reason).status, 409);
    let revoke = path(&owed[0]["id"], "/revoke-exemption");
    let again = department
        .post(&revoke, &json!({"reason": "Ghi nhầm"}))
        .expect(200);
    assert_eq!(
        (&again["state"], &again["exemption"]),
        (&json!("open"), &Value::Null)
    );
    assert_eq!(known(&again).post(&revoke, &reason).status, 404);
}

fn somebody_is_excused_ahead_of_the_period(app: &TestApp) {
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let november = desk
        .rows()
        .into_iter()
        .find(|row| row.period_key == "2026-M11")
        .unwrap();
    let ask = |periods: Value| {
        json!({ "rule_id": november.rule_id, "unit_id": desk.superior.id, "periods": periods,
            "reason": "Sáp nhập địa giới" })
    };
    let to = "/api/v1/exemptions";
    let faults = department
        .post(to, &ask(json!(["2026-M12", "2026-Q4", "2027-M01"])))
        .faults(400);
    assert_eq!(
        faults,
        ["periods[1] exemption_period", "periods[2] exemption_period"]
    );
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    leader.post(to, &ask(json!(["2026-M12"]))).faults(403);
    let excused = department
        .post(to, &ask(json!(["2026-M11", "2026-M12"])))
        .expect(201);
    assert_eq!(
        excused["periods"],
        json!([
            { "period": "2026-M11", "obligation_id": november.id },
            { "period": "2026-M12", "obligation_id": null },
        ])
    );
    department.post(to, &ask(json!(["2026-M12"]))).faults(409);
    app.set_clock("2026-12-02T09:00:00+07:00");
    app.run_due();
    let owed = desk.unit_owes(&desk.superior);
    let of = |period: &str| {
        owed.iter()
            .find(|line| line.contains(period))
            .unwrap()
            .clone()
    };
    assert_eq!(of("2026-M11"), "quota 2026-M11 exempt 0/2");
    assert_eq!(of("2026-M12"), "quota 2026-M12 exempt 0/2");
}

fn an_extension_is_asked_for_and_decided(app: &TestApp) {
    let desk = Desk::new(app);
    let event = desk.event(
        json!({"starts_at": "2026-11-20T07:00:00+07:00", "ends_at": "2026-11-20T07:30:00+07:00"}),
    );
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let department = app.client_of(Role::Department, Some(&desk.root));
    let id = json!(event.deadlines[0].obligation_id);
    let ask = path(&id, "/extensions");
    let more = |until: &str| json!({"until": until, "reason": "Mất điện"});
    assert_eq!(
        leader
            .post(&ask, &more("2026-11-23T13:30:00+07:00"))
            .faults(400),
        ["until extension_earlier"]
    );
    let request = leader.with("Idempotency-Key", "xin-1");
    let asked = request
        .post(&ask, &more("2026-11-25T10:00:00+07:00"))
        .expect(201);
    assert_eq!(
        request
            .post(&ask, &more("2026-11-25T10:00:00+07:00"))
            .expect(201),
        asked,
        "asked once"
    );
    assert_eq!(
        leader.post(&ask, &more("2026-11-27T10:00:00+07:00")).status,
        409,
        "one request at a time"
    );
    let waiting = department.get("/api/v1/extensions").items();
    assert_eq!(
        (
            waiting.len(),
            &waiting[0]["id"],
            &waiting[0]["obligation"]["id"]
        ),
        (1, &asked["id"], &id)
    );
    assert!(
        app.client_of(Role::Leader, Some(&desk.office))
            .get("/api/v1/extensions")
            .items()
            .is_empty()
    );
    desk.person(&desk.root, Role::Department, "Ban Tuyên giáo");
    app.run_due();
    app.set_clock("2026-11-20T16:01:00+07:00");
    app.run_due();
    let mails = app.mails();
    let summary = mail_parser::MessageParser::default()
        .parse(&mails[0].raw)
        .unwrap()
        .body_text(0)
        .unwrap()
        .into_owned();
    let said = format!(
        "1 đề nghị gia hạn đang chờ Ban quyết định: {}.",
        desk.superior.name
    );
    assert!(summary.contains(&said), "{summary}");
    let decide = format!("/api/v1/extensions/{}/decide", asked["id"]);
    let version = || {
        department.get(&path(&id, "")).expect(200)["version"]
            .as_i64()
            .unwrap()
    };
    department
        .post(&decide, &json!({"decision": "grant"}))
        .faults(428);
    department
        .knowing(version() - 1)
        .post(&decide, &json!({"decision": "grant"}))
        .faults(412);
    assert_eq!(
        leader
            .knowing(version())
            .post(&decide, &json!({"decision": "grant"}))
            .status,
        403
    );
    assert_eq!(
        department
            .knowing(version())
            .post(&decide, &json!({"decision": "maybe"}))
            .status,
        400
    );
    assert_eq!(
        department
            .knowing(version())
            .post(&decide, &json!({"decision": "grant"}))
            .status,
        204
    );
    let extended = leader.get(&path(&id, "")).expect(200);
    assert_eq!(
        (&extended["due_text"], &extended["due_revision"]),
        (&json!("10:00 25/11/2026"), &json!(2))
    );
    let explanation = extended["explanation"].as_str().unwrap();
    assert!(
        explanation.starts_with("Hạn đang áp dụng: 10:00 25/11/2026 (được gia hạn)."),
        "{explanation}"
    );
    let last = explanation.lines().last().unwrap();
    assert!(
        last.starts_with("Được gia hạn từ 13:30 23/11/2026 đến 10:00 25/11/2026: "),
        "{last}"
    );
    assert!(last.ends_with("Lý do: Mất điện"), "{last}");
    assert_eq!(
        department.get("/api/v1/extensions").items(),
        Vec::<Value>::new()
    );
    assert_eq!(extended["extensions"][0]["state"], "granted");
    assert_eq!(
        department
            .knowing(version())
            .post(&decide, &json!({"decision": "refuse", "reason": "Muộn"}))
            .status,
        409
    );
    assert_eq!(
        department
            .knowing(version())
            .post(&decide, &json!({"decision": "grant"}))
            .status,
        409
    );
    assert_eq!(
        leader
            .knowing(version())
            .post(&path(&id, "/extend"), &more("2026-11-26T10:00:00+07:00"))
            .status,
        403
    );
    let given = department
        .knowing(version())
        .post(&path(&id, "/extend"), &more("2026-11-26T10:00:00+07:00"))
        .expect(200);
    assert_eq!(given["due_text"], "10:00 26/11/2026");
}

fn the_table_says_who_owes_what(app: &TestApp) {
    let desk = Desk::new(app);
    desk.plan(&[
        quota(superiors(), &["tin"], "month", 1),
        quota(superiors(), &["bai"], "year", 1),
    ]);
    desk.published(json!({}));
    let department = app.client_of(Role::Department, Some(&desk.root));
    let table = department.get("/api/v1/standings").expect(200);
    assert_eq!(table["year"], 2026);
    assert_eq!(table["units"][0]["unit_id"], desk.superior.id.0);
    assert_eq!(table["units"][0]["standings"]["met_on_time"], 1);
    assert_eq!(table["units"].as_array().unwrap().len(), 1);
    assert_eq!(
        department.get("/api/v1/standings?year=2025").expect(200)["units"],
        json!([])
    );
    assert_eq!(
        app.admin().get("/api/v1/standings").faults(400),
        ["unit_id required"]
    );
    let below = format!("/api/v1/standings?below=true&unit_id={}", desk.root.id);
    assert_eq!(app.admin().get(&below).expect(200), table);
    let office = app.client_of(Role::Leader, Some(&desk.office));
    assert_eq!(office.get(&below).faults(400), ["unit_id not_found"]);
}

fn who_is_late_is_known_at_the_very_instant(app: &TestApp) {
    let desk = Desk::new(app);
    desk.plan(&[
        quota(superiors(), &["tin"], "month", 2),
        quota(superiors(), &["bai"], "month", 1),
    ]);
    desk.published(json!({}));
    let department = app.client_of(Role::Department, Some(&desk.root));
    // nobody has held the check yet: what has arrived by then decides
    app.set_clock("2026-12-01T00:00:00+07:00");
    assert_eq!(
        department.get("/api/v1/overdue").expect(200)["fell_due"],
        0,
        "at the due instant nobody is late yet"
    );
    app.set_clock("2026-12-01T00:00:01+07:00");
    let open = department.get("/api/v1/overdue").expect(200);
    assert_eq!(
        (&open["fell_due"], &open["late_units"]),
        (&json!(2), &json!(1))
    );
    let late =
        json!([{ "unit": { "id": desk.superior.id, "name": desk.superior.name }, "late": 2 }]);
    assert_eq!(open["items"], late);
    app.set_clock("2026-12-01T07:30:00+07:00");
    app.run_due();
    let mut checked = department.get("/api/v1/overdue?limit=1").expect(200);
    assert_eq!(checked["to"], "2026-12-01T07:30:00+07:00");
    for at in ["from", "to"] {
        checked[at] = open[at].clone();
    }
    assert_eq!(checked, open, "the check says the same");
    let before = department
        .get("/api/v1/overdue?to=2026-11-30T23:59:59%2B07:00")
        .expect(200);
    assert_eq!(
        (&before["fell_due"], &before["items"]),
        (&json!(0), &json!([]))
    );
    let office = app.client_of(Role::Leader, Some(&desk.office));
    assert_eq!(
        office.get("/api/v1/overdue").expect(200)["fell_due"],
        0,
        "nothing of others"
    );
    let turned = "/api/v1/overdue?from=2026-12-02T00:00:00%2B07:00";
    assert_eq!(department.get(turned).faults(400), ["from from_to"]);
}
