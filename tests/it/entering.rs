//! Units enter what is owed: from which day they owe, by which plan, and by which policy.

use chrono::NaiveDate;
use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Role};
use tinbai::service::Error;
use tinbai::service::obligations::open;
use tinbai::service::units::import::{self, Imported};
use tinbai::store::units::{self as rows, UnitRow};

use crate::both_databases;
use crate::support::TestDb;
use crate::support::app::TestApp;
use crate::support::desk::{Desk, date, quota, superiors};
use crate::support::tree::faults;

both_databases!(
    an_import_of_past_years_names_the_day_from_which_its_units_owe,
    the_day_from_which_a_unit_owes_does_not_depend_on_what_was_entered_first,
    a_day_that_is_still_to_come_is_refused,
    a_unit_owes_by_the_plan_of_the_tree_in_which_it_stood_when_the_period_began,
);

const HEADER: &str = "code,name,category,parent_code,cluster,founded_on,ended_on,mail\n";

fn import(desk: &Desk<'_>, lines: &str, counts_from: Option<NaiveDate>) -> Result<Imported, Error> {
    let file = format!("{HEADER}{lines}");
    desk.house.write(&Actor::cli(), desk.now(), |tx| {
        import::units(tx, file.as_bytes(), counts_from)
    })
}

fn unit(db: &TestDb, code: &str) -> UnitRow {
    let found = db.store.read(|conn| rows::find_by_code(conn, code));
    found.unwrap().unwrap()
}

/// Lets the jobs run at an instant.
fn run_at(desk: &Desk<'_>, instant: &str) {
    desk.db.set_clock(instant);
    open::run(&desk.house, desk.now()).unwrap();
    desk.sweep();
}

fn an_import_of_past_years_names_the_day_from_which_its_units_owe(app: &TestApp) {
    app.expect_unread_mails();
    app.set_clock("2026-07-20T08:00:00+07:00");
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    run_at(&desk, "2026-11-20T08:00:00+07:00");
    let line = |code: &str, founded: &str| format!("{code},Đơn vị,superior,tinh,,{founded},,\n");
    import(&desk, &line("nay", ""), None).unwrap();
    let past = line("cu", "") + &line("moi-lap", "2026-09-21");
    import(&desk, &past, Some(date("2026-09-10"))).unwrap();
    desk.sweep();
    assert_eq!(
        desk.unit_owes(&unit(app, "nay")),
        ["quota 2026-M11 open 0/1"]
    );
    // 1 x 10/30 = 0.33: the first month owes nothing
    assert_eq!(
        desk.unit_owes(&unit(app, "moi-lap")),
        ["quota 2026-M10 missed 0/1", "quota 2026-M11 open 0/1"]
    );
    let old = unit(app, "cu");
    assert_eq!(
        desk.unit_owes(&old),
        [
            "quota 2026-M09 missed 0/1",
            "quota 2026-M10 missed 0/1",
            "quota 2026-M11 open 0/1"
        ],
    );
    let editor = app.client_of(Role::Editor, Some(&desk.root));
    let item = json!({
        "unit_id": old.id, "kind": "tin", "title": "Tin cũ", "channel": "zalo",
        "arrival": { "at": "2026-10-05T09:00:00+07:00", "reason": "Nhập dữ liệu cũ" },
    });
    let item = editor.post("/api/v1/items", &item).expect(201);
    editor
        .knowing(item["version"].as_i64().unwrap())
        .post(&format!("/api/v1/items/{}/publish", item["id"]), &json!({}))
        .expect(200);
    assert_eq!(desk.unit_owes(&old)[1], "quota 2026-M10 met_on_time 1/1");
    let department = app.client_of(Role::Department, Some(&desk.root));
    let shown = department
        .get(&format!("/api/v1/units/{}", old.id))
        .expect(200);
    assert_eq!(shown["counts_from"], "2026-09-10");
    let told: Vec<String> = desk.db.unread_mails();
    assert!(
        !told.iter().any(|mail| mail.contains("quá hạn")),
        "{told:?}"
    );
}

fn the_day_from_which_a_unit_owes_does_not_depend_on_what_was_entered_first(db: &TestDb) {
    db.expect_unread_mails();
    db.set_clock("2026-07-20T08:00:00+07:00");
    let desk = Desk::new(db);
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    run_at(&desk, "2026-11-20T08:00:00+07:00");
    let line = |code: &str| format!("{code},Đơn vị,superior,tinh,,,,\n");
    let named = |day: &str| Some(date(day));
    import(&desk, &line("mot"), named("2026-09-10")).unwrap();
    // entered before the day is named
    import(&desk, &line("hai"), None).unwrap();
    let again = import(&desk, &line("hai"), named("2026-09-10")).unwrap();
    assert_eq!(again.changed, ["hai"]);
    // a later day, or none, takes nothing back; an earlier one adds what it asks for
    import(&desk, &line("ba"), named("2026-10-10")).unwrap();
    for (day, known) in [
        (named("2026-09-10"), 0),
        (named("2026-11-01"), 1),
        (None, 1),
    ] {
        assert_eq!(
            import(&desk, &line("ba"), day).unwrap().unchanged,
            known,
            "{day:?}"
        );
    }
    desk.sweep();
    for code in ["mot", "hai", "ba"] {
        assert_eq!(
            desk.unit_owes(&unit(db, code)),
            [
                "quota 2026-M09 missed 0/1",
                "quota 2026-M10 missed 0/1",
                "quota 2026-M11 open 0/1"
            ],
            "{code}"
        );
    }
}

fn a_day_that_is_still_to_come_is_refused(db: &TestDb) {
    let desk = Desk::new(db);
    let line = "don-vi,Đơn vị,superior,tinh,,,,\n";
    let refused = import(&desk, line, Some(date("2026-11-21"))).unwrap_err();
    assert_eq!(faults(&refused), ["counts_from counts_from_ahead"]);
    import(&desk, line, Some(date("2026-11-20"))).unwrap();
}

fn a_unit_owes_by_the_plan_of_the_tree_in_which_it_stood_when_the_period_began(app: &TestApp) {
    app.expect_unread_mails();
    app.set_clock("2026-10-05T08:00:00+07:00");
    let [one, two] = ["mot", "hai"].map(|code| Desk::coded(app, code));
    one.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    two.plan(&[quota(superiors(), &["tin"], "month", 3)]);
    two.policy("2026-10-06", &json!({"counted_when": "arrived"}));
    // the scheduler is down from here on
    app.set_clock("2026-11-10T08:00:00+07:00");
    let admin = app.admin();
    let path = format!("/api/v1/units/{}", one.superior.id);
    let body = json!({ "parent_id": two.root.id, "reason": "Sắp xếp" });
    admin
        .knowing(1)
        .post(&format!("{path}/move"), &body)
        .expect(200);
    run_at(&one, "2026-11-12T08:00:00+07:00");
    let owed = |unit: &UnitRow| {
        let path = format!("/api/v1/obligations?unit_id={}", unit.id);
        let line = |row: &Value| format!("{} {}", row["period"].as_str().unwrap(), row["required"]);
        admin
            .get(&path)
            .items()
            .iter()
            .map(line)
            .collect::<Vec<_>>()
    };
    assert_eq!(owed(&one.superior), ["2026-M10 1", "2026-M11 1"]);
    assert_eq!(owed(&two.superior), ["2026-M10 3", "2026-M11 3"]);
    let november = one.rows();
    let november = november
        .iter()
        .find(|row| row.unit_id == one.superior.id && row.period_key == "2026-M11")
        .unwrap();
    assert!(
        november
            .policy
            .as_str()
            .contains(r#""counted_when":"published""#),
        "by the policy of that tree: {}",
        november.policy.as_str()
    );
    run_at(&one, "2026-12-01T08:00:00+07:00");
    assert_eq!(
        owed(&one.superior),
        ["2026-M10 1", "2026-M11 1", "2026-M12 3"]
    );
}
