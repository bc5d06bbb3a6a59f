//! Emulation scores through HTTP: schemes, standings, explanations, trials.

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection as _, InstrumentationEvent};
use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::score::UnitYear;
use tinbai::domain::unit::Category;
use tinbai::service::obligations::open;
use tinbai::service::overview;
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::app::{TestApp, texts};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::tree::{found, trail};

both_databases!(
    schemes_are_versioned_and_say_what_they_compute,
    bad_schemes_are_refused_and_nothing_is_written,
    a_score_is_explained_down_to_items_and_ranked_with_its_like,
    the_page_of_a_unit_scores_that_unit_alone_where_there_are_many,
    a_changed_scheme_is_tried_without_being_stored,
    a_forecast_says_what_the_pace_makes_and_what_is_still_needed,
);

fn scheme_path(desk: &Desk<'_>) -> String {
    format!("/api/v1/score-schemes/{}/2026/superior", desk.root.id)
}

fn preset(code: &str) -> Value {
    json!({ "preset": code, "document_number": "12/HD-LĐLĐ", "document_date": "2026-01-15" })
}

fn schemes_are_versioned_and_say_what_they_compute(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let path = scheme_path(&desk);
    leader.get(&path).faults(404);
    department.put(&path, &preset("national")).faults(428);
    let first = department
        .knowing(0)
        .put(&path, &preset("national"))
        .expect(200);
    assert_eq!((&first["version"], &first["base"]), (&json!(1), &json!(95)));
    assert_eq!(first["words"][0]["selection"], "chỉ tiêu tin");
    department
        .knowing(0)
        .put(&path, &preset("simple"))
        .faults(412);
    leader.knowing(1).put(&path, &preset("simple")).faults(403);
    let second = department
        .knowing(1)
        .put(&path, &preset("simple"))
        .expect(200);
    assert_eq!(
        (&second["version"], &second["base"]),
        (&json!(2), &json!(100))
    );
    // whom it binds knows it beforehand
    let english = leader.with("Accept-Language", "en").get(&path);
    assert_eq!(english.header("etag"), "\"2\"");
    let words = english.expect(200)["words"][1].clone();
    let said = json!({ "code": "on-time", "selection": "all obligations",
        "formula": "met on time ÷ (met + missed) × 30" });
    assert_eq!(words, said);
    let listed = leader
        .get(&format!("/api/v1/score-schemes?unit_id={}", desk.root.id))
        .items();
    assert_eq!((listed.len(), &listed[0]["version"]), (1, &json!(2)));
    assert_eq!(
        trail(app, "score_scheme", &second["id"]),
        ["set by token:1 (department)"]
    );
    assert_eq!(
        texts(&leader.get("/api/v1/score-presets").items(), "code"),
        ["national", "simple"]
    );
}

fn bad_schemes_are_refused_and_nothing_is_written(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let path = scheme_path(&desk);
    let national = department.get("/api/v1/score-presets").items()[0]["scheme"].clone();
    let faults = |change: &dyn Fn(&mut Value)| {
        let mut scheme = national.clone();
        change(&mut scheme);
        let body = json!({ "scheme": scheme, "document_number": "12/HD-LĐLĐ" });
        department.knowing(0).put(&path, &body).faults(400)
    };
    assert_eq!(
        faults(&|s| s["bonus_cap"] = json!(11)),
        ["scheme.bonus_cap score_total_max"]
    );
    assert_eq!(
        faults(&|s| s["bands"][1]["from"] = json!(91)),
        ["scheme.bands[1].from score_bands_overlap"]
    );
    assert_eq!(
        faults(&|s| s["bands"][3]["from"] = json!(1)),
        ["scheme.bands score_bands_gap"]
    );
    let nowhere = |s: &mut Value| {
        s["criteria"][0]["select"] = json!({ "item_kinds": ["podcast"], "rules": ["r-9"] })
    };
    assert_eq!(
        faults(&nowhere),
        [
            "scheme.criteria[0].select.item_kinds not_found",
            "scheme.criteria[0].select.rules not_found"
        ]
    );
    assert_eq!(
        faults(&|s| s["criteria"][0]["points"] = json!(0.001)).len(),
        1
    );
    let refused = |body: Value| department.knowing(0).put(&path, &body).faults(400);
    assert_eq!(
        refused(json!({ "preset": "national", "document_number": " " })),
        ["document_number required"]
    );
    assert_eq!(
        refused(json!({ "document_number": "1" })),
        ["scheme score_scheme_choice"]
    );
    assert_eq!(
        refused(json!({ "preset": "none", "document_number": "1" })),
        ["preset preset_unknown"]
    );
    let district = format!("/api/v1/score-schemes/{}/2026/superior", desk.superior.id);
    assert_eq!(
        department
            .knowing(0)
            .put(&district, &preset("simple"))
            .faults(400),
        ["unit_id score_needs_federation"]
    );
    department.get(&path).faults(404);
}

/// Two superior unions, of which one handed in both tin of November and the other none; two days
/// into December.
fn november<'d>(app: &'d TestApp) -> (Desk<'d>, UnitRow) {
    let desk = Desk::new(app);
    let idle = found(app, "huyen-b", Category::Superior, Some(&desk.root));
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    let department = app.client_of(Role::Department, Some(&desk.root));
    department
        .knowing(0)
        .put(&scheme_path(&desk), &preset("simple"))
        .expect(200);
    desk.published(json!({}));
    desk.published(json!({ "title": "Tin số hai" }));
    app.set_clock("2026-12-02T09:00:00+07:00");
    desk.sweep();
    (desk, idle)
}

fn a_score_is_explained_down_to_items_and_ranked_with_its_like(app: &TestApp) {
    let (desk, idle) = november(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let own = leader
        .get(&format!("/api/v1/scores/2026/{}", desk.superior.id))
        .expect(200);
    assert_eq!(
        (&own["total"], &own["rank"], &own["provisional"]),
        (&json!(90), &json!(1), &json!(true))
    );
    assert_eq!(own["band"], "Hoàn thành xuất sắc");
    let line = &own["lines"][0];
    assert_eq!(line["filled"], "(1 + 0) ÷ 1 × 60 = 60");
    assert_eq!(line["obligations"][0]["title"], "Chỉ tiêu - tháng 11/2026");
    assert_eq!(
        texts(line["obligations"][0]["items"].as_array().unwrap(), "title"),
        ["Tin số một", "Tin số hai"]
    );
    assert_eq!(
        own["lines"][2]["filled"],
        "0 ÷ 2 ÷ 10 % (nhiều nhất là 1) × 10 = 0"
    );
    // nobody else's, and no table
    leader
        .get(&format!("/api/v1/scores/2026/{}", idle.id))
        .faults(404);
    let board = format!(
        "/api/v1/scores/2026?unit_id={}&category=superior",
        desk.root.id
    );
    leader.get(&board).faults(404);
    let rows = |query: &str| {
        let table = department.get(&format!("{board}{query}")).expect(200);
        let rows = table["rows"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| format!("{} {} {}", row["unit"]["id"], row["total"], row["rank"]))
            .collect::<Vec<_>>()
    };
    let (first, second) = (desk.superior.id, idle.id);
    assert_eq!(rows(""), [format!("{first} 90 1"), format!("{second} 0 2")]);
    // one cluster, however it is spelled
    let clusters = [
        (first, "Cụm – miền núi"),
        (second, "cụm\u{a0} -  miền nu\u{301}i"),
    ];
    for (unit, cluster) in clusters {
        let path = format!("/api/v1/units/{unit}");
        let changed = app
            .admin()
            .knowing(1)
            .patch(&path, &json!({ "cluster": cluster }));
        changed.expect(200);
    }
    assert_eq!(rows(""), [format!("{first} 90 1"), format!("{second} 0 2")]);
    // replayed: by then the other one had not missed anything yet
    assert_eq!(
        rows("&at=2026-11-25T00:00:00%2B07:00"),
        [format!("{first} 90 1"), format!("{second} null null")]
    );
    assert_eq!(
        rows("&at=2026-11-19T00:00:00%2B07:00")[0],
        format!("{first} null null")
    );
    assert_eq!(
        department
            .get(&format!("{board}&at=2026-12-03T00:00:00%2B07:00"))
            .faults(400),
        ["at score_at"]
    );
}

fn a_changed_scheme_is_tried_without_being_stored(app: &TestApp) {
    let (desk, _) = november(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let trial = format!("{}/trial", scheme_path(&desk));
    let tried = department
        .post(&trial, &json!({ "preset": "national" }))
        .expect(200);
    let first = &tried["rows"][0];
    // 25 of 25 and 0 of 5, on a base of 95
    assert_eq!(
        (&first["old"]["total"], &first["new"]["total"]),
        (&json!(90), &json!(79.17))
    );
    assert_eq!(
        (&first["old"]["rank"], &first["new"]["band"]),
        (&json!(1), &json!("Hoàn thành tốt"))
    );
    assert_eq!(
        department.get(&scheme_path(&desk)).expect(200)["version"],
        1
    );
    app.client_of(Role::Viewer, Some(&desk.root))
        .post(&trial, &json!({ "preset": "national" }))
        .faults(403);
}

fn a_forecast_says_what_the_pace_makes_and_what_is_still_needed(app: &TestApp) {
    let (desk, idle) = november(app);
    app.set_clock("2026-12-10T09:00:00+07:00");
    open::run(&desk.house, app.now()).unwrap();
    desk.hand_in(json!({ "title": "Tin số ba" }));
    let leader = app.client_of(Role::Leader, Some(&desk.superior));
    let path = |unit: &UnitRow| format!("/api/v1/scores/2026/{}/forecast", unit.id);
    let own = leader.get(&path(&desk.superior)).expect(200);
    // one of two in nine days and a half of 31: three by the end
    let quota = &own["quotas"][0];
    assert_eq!(
        (&quota["arrived"], &quota["projected"], &quota["met"]),
        (&json!(1), &json!(3), &json!(true))
    );
    assert_eq!(
        (&own["total"], &own["projected_total"]),
        (&json!(90), &json!(90))
    );
    assert_eq!(
        (&own["next_band"]["band"], &own["next_band"]["items"]),
        (&json!("Hoàn thành xuất sắc"), &json!(1))
    );
    leader.get(&path(&idle)).faults(404);
    let other = app
        .client_of(Role::Leader, Some(&idle))
        .get(&path(&idle))
        .expect(200);
    assert_eq!(
        (&other["projected_total"], &other["quotas"][0]["met"]),
        (&json!(0), &json!(false))
    );
    // half of the quotas met gives 45 of 100, below the next band
    assert_eq!(other["next_band"], Value::Null);
}

/// What the page of a unit says of its score, and whether the obligations of all units of its
/// category were read for that.
fn place(app: &TestApp, unit: &UnitRow) -> (Value, bool) {
    let of = UnitYear {
        unit_id: unit.id,
        year: 2026,
    };
    let asked = Arc::new(Mutex::new(Vec::new()));
    let sheet = app.house.read(&Actor::cli(), app.now(), |tx| {
        let asked = asked.clone();
        tx.conn
            .set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    asked.lock().unwrap().push(query.to_string());
                }
            });
        let sheet = overview::unit(tx, of, "vi");
        tx.conn
            .set_instrumentation(|_: InstrumentationEvent<'_>| {});
        sheet
    });
    let asked = asked.lock().unwrap();
    assert!(!asked.is_empty());
    let of_all = asked.iter().any(|statement| {
        let text = statement.replace(['`', '"'], "");
        text.contains("FROM obligation") && text.contains("unit.category =")
    });
    (json!(sheet.unwrap().score), of_all)
}

fn the_page_of_a_unit_scores_that_unit_alone_where_there_are_many(app: &TestApp) {
    let (desk, _) = november(app);
    let (score, of_all) = place(app, &desk.superior);
    assert_eq!(
        (&score["total"], &score["rank"], &score["of"], of_all),
        (&json!(90), &json!(1), &json!(2), true)
    );
    for number in 0..99 {
        let code = format!("huyen-moi-{number}");
        found(app, &code, Category::Superior, Some(&desk.root));
    }
    let (among_many, of_all) = place(app, &desk.superior);
    assert_eq!(
        (&among_many["total"], &among_many["band"], of_all),
        (&score["total"], &score["band"], false)
    );
    assert_eq!(
        (&among_many["rank"], &among_many["of"]),
        (&Value::Null, &json!(0))
    );
    let department = app.client_of(Role::Department, Some(&desk.root));
    let id = desk.superior.id;
    let explained = department.get(&format!("/api/v1/scores/2026/{id}"));
    assert_eq!(
        explained.expect(200)["rank"],
        1,
        "told where it is asked for"
    );
}
