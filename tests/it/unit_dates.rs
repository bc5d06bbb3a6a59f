//! The first and the last day of a unit are corrected, and an end is taken back: what is owed follows
//! from the dates as they are recorded in the end.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;
use tinbai::service::obligations::open;
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::app::{Client, Reply, TestApp};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::tree::{found, stored};

both_databases!(
    a_last_day_is_corrected_and_taken_back,
    a_merger_whose_last_day_is_corrected_takes_its_items_and_units_along,
    dates_that_do_not_fit_are_refused,
    what_a_unit_owes_does_not_depend_on_the_order_in_which_its_dates_were_recorded,
);

/// A superior union under a monthly quota, and the department that corrects its dates.
struct House<'a> {
    app: &'a TestApp,
    desk: Desk<'a>,
    department: Client,
    editor: Client,
}

impl<'a> House<'a> {
    fn new(app: &'a TestApp) -> Self {
        app.expect_unread_mails();
        app.set_clock("2026-11-20T16:00:00+07:00");
        let desk = Desk::new(app);
        let persons = json!({ "type": "persons", "categories": ["superior"] });
        desk.plan(&[
            quota(superiors(), &["tin"], "month", 2),
            quota(persons, &["tin"], "month", 2),
        ]);
        Self {
            department: app.client_of(Role::Department, Some(&desk.root)),
            editor: app.client_of(Role::Editor, Some(&desk.root)),
            desk,
            app,
        }
    }

    fn at(&self, instant: &str) -> &Self {
        self.app.set_clock(instant);
        open::run(&self.desk.house, self.app.now()).unwrap();
        self.desk.sweep();
        self
    }

    fn known(&self, unit: &UnitRow) -> Client {
        self.department.knowing(stored(self.app, unit.id).version)
    }

    fn correct(&self, unit: &UnitRow, dates: &Value) -> Reply {
        let mut body = dates.clone();
        body["reason"] = json!("Ghi nhầm ngày");
        self.known(unit)
            .patch(&format!("/api/v1/units/{}", unit.id), &body)
    }

    fn end(&self, unit: &UnitRow, last: &str) {
        let body = json!({ "ended_on": last, "reason": "Quyết định 12" });
        let path = format!("/api/v1/units/{}/end", unit.id);
        self.known(unit).post(&path, &body).expect(200);
    }

    /// A published item of a unit that arrived at an instant.
    fn item(&self, unit: &UnitRow, arrived: &str, authors: &[i64]) -> Value {
        let item = json!({
            "unit_id": unit.id, "kind": "tin", "title": "Tin", "channel": "zalo", "authors": authors,
            "arrival": { "at": arrived, "reason": "Gửi qua Zalo" },
        });
        let item = self.editor.post("/api/v1/items", &item).expect(201);
        let path = format!("/api/v1/items/{}", item["id"]);
        let known = self.editor.knowing(item["version"].as_i64().unwrap());
        known
            .post(&format!("{path}/publish"), &json!({}))
            .expect(200)
    }

    fn unit(&self, code: &str) -> UnitRow {
        found(self.app, code, Category::Superior, Some(&self.desk.root))
    }
}

fn a_last_day_is_corrected_and_taken_back(app: &TestApp) {
    let house = House::new(app);
    let unit = house.unit("huyen-b");
    let owes = || house.desk.unit_owes(&unit);
    house.item(&unit, "2026-11-18T09:00:00+07:00", &[]);
    // 2 x 12/30 = 0.8, and the item arrived later
    house.end(&unit, "2026-11-12");
    assert_eq!(owes(), ["quota 2026-M11 missed 0/1"]);
    // 2 x 25/30 = 1.67
    house
        .correct(&unit, &json!({ "ended_on": "2026-11-25" }))
        .expect(200);
    assert_eq!(owes(), ["quota 2026-M11 open 1/2"]);
    let shown = house
        .correct(&unit, &json!({ "ended_on": null }))
        .expect(200);
    assert_eq!(shown["ended_on"], Value::Null);
    house.at("2026-12-01T08:00:00+07:00");
    assert_eq!(
        owes(),
        ["quota 2026-M11 missed 1/2", "quota 2026-M12 open 0/2"]
    );
    house
        .correct(&unit, &json!({ "ended_on": "2026-11-15" }))
        .expect(200);
    assert_eq!(owes()[0], "quota 2026-M11 missed 0/1");
    // 2 x 11/30 = 0.73
    let dates = json!({ "founded_on": "2026-11-10", "ended_on": "2026-11-20" });
    house.correct(&unit, &dates).expect(200);
    assert_eq!(owes()[0], "quota 2026-M11 met_on_time 1/1");
    let trail = house
        .department
        .get(&format!("/api/v1/trail?entity=unit&entity_id={}", unit.id))
        .items();
    assert_eq!(trail[0]["reason"], "Ghi nhầm ngày");
}

fn a_merger_whose_last_day_is_corrected_takes_its_items_and_units_along(app: &TestApp) {
    let house = House::new(app);
    let unit = house.unit("huyen-b");
    let (heir, desk) = (&house.desk.superior, &house.desk);
    let below = found(app, "co-so-b", Category::Grassroots, Some(&unit));
    house.item(&unit, "2026-11-14T09:00:00+07:00", &[]);
    let merge = json!({ "into_id": heir.id, "ended_on": "2026-11-10", "reason": "Sắp xếp" });
    let path = format!("/api/v1/units/{}/merge", unit.id);
    house.known(&unit).post(&path, &merge).expect(200);
    let both = || [&unit, heir].map(|unit| desk.unit_owes(unit)[0].clone());
    // 2 x 10/30 = 0.67
    assert_eq!(
        both(),
        ["quota 2026-M11 missed 0/1", "quota 2026-M11 open 1/2"]
    );
    let stands_on = |day: &str| {
        let at = crate::support::at(&format!("2026-11-{day}T12:00:00+07:00"));
        let above = app
            .store
            .read(|conn| tinbai::store::units::ancestors_at(conn, below.id, at));
        above.unwrap().contains(&unit.id)
    };
    assert_eq!(["10", "11"].map(stands_on), [true, false]);
    // 2 x 16/30 = 1.07
    house
        .correct(&unit, &json!({ "ended_on": "2026-11-16" }))
        .expect(200);
    assert_eq!(
        both(),
        ["quota 2026-M11 met_on_time 1/1", "quota 2026-M11 open 0/2"]
    );
    assert_eq!(
        ["10", "11", "16", "17"].map(stands_on),
        [true, true, true, false]
    );
    house
        .correct(&unit, &json!({ "ended_on": "2026-11-13" }))
        .expect(200);
    assert_eq!(
        both(),
        ["quota 2026-M11 missed 0/1", "quota 2026-M11 open 1/2"]
    );
    assert_eq!(["13", "14", "19"].map(stands_on), [true, false, false]);
    let shown = house
        .correct(&unit, &json!({ "ended_on": null }))
        .expect(200);
    assert_eq!(shown["successor_id"], Value::Null);
    assert_eq!(
        both(),
        ["quota 2026-M11 open 1/2", "quota 2026-M11 open 0/2"]
    );
    assert_eq!(["10", "14", "19"].map(stands_on), [true, true, true]);
    assert_eq!(stored(app, below.id).parent_id, Some(unit.id));
}

fn dates_that_do_not_fit_are_refused(app: &TestApp) {
    let house = House::new(app);
    let (unit, below) = (&house.desk.superior, &house.desk.grassroots);
    let path = format!("/api/v1/units/{}", unit.id);
    let body = json!({ "ended_on": "2026-11-10" });
    let bare = house.known(unit).patch(&path, &body);
    assert_eq!(bare.faults(400), ["reason required"]);
    let dates = json!({ "founded_on": "2026-11-11", "ended_on": "2026-11-10" });
    assert_eq!(
        house.correct(unit, &dates).faults(400),
        ["ended_on unit_ended_before_founded"]
    );
    let refused = house.correct(unit, &body);
    assert!(
        refused.status == 409 && refused.text.contains("unit_has_children"),
        "{}",
        refused.text
    );
    house.correct(below, &body).expect(200);
    house.correct(unit, &body).expect(200);
    let later = json!({ "ended_on": "2026-11-11" });
    assert_eq!(
        house.correct(below, &later).faults(400),
        ["ended_on unit_outlives_parent"]
    );
    let back = json!({ "ended_on": null });
    assert_eq!(
        house.correct(below, &back).faults(400),
        ["ended_on unit_outlives_parent"]
    );
    house.correct(unit, &later).expect(200);
    house.correct(below, &later).expect(200);
}

/// A fact of a unit, and whether it can be recorded only while the unit is recorded as living on 20/11.
type Fact = (fn(&House<'_>, &UnitRow, i64), bool);

const FACTS: [Fact; 3] = [
    (
        |house, unit, person| {
            house.item(unit, "2026-11-18T09:00:00+07:00", &[person]);
        },
        true,
    ),
    (
        |house, unit, _| {
            let times = json!({"unit_id": unit.id, "starts_at": "2026-11-20T15:00:00+07:00"});
            house.desk.event(times);
        },
        true,
    ),
    (
        |house, unit, _| {
            let owed = format!("/api/v1/obligations?unit_id={}&period=2026-M11", unit.id);
            let owed = house.department.get(&owed).items();
            let owed = owed.iter().find(|row| row["person"].is_null()).unwrap();
            let path = format!("/api/v1/obligations/{}", owed["id"]);
            for step in ["exempt", "revoke-exemption"] {
                let version = house.department.get(&path).expect(200)["version"]
                    .as_i64()
                    .unwrap();
                let known = house.department.knowing(version);
                known
                    .post(&format!("{path}/{step}"), &json!({ "reason": "Nhầm" }))
                    .expect(200);
            }
        },
        false,
    ),
];

/// Ways to record that a unit ended on 22/11, day by day; the first one by `end`, `-` takes it back.
const WAYS: [&[&str]; 5] = [
    &["22"],
    &["12", "22"],
    &["28", "22"],
    &["12", "-", "22"],
    &["28", "12", "-", "30", "22"],
];

fn what_a_unit_owes_does_not_depend_on_the_order_in_which_its_dates_were_recorded(app: &TestApp) {
    let house = House::new(app);
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    let mut units = Vec::new();
    for (day, late) in [(20, false), (27, true)] {
        for (number, way) in WAYS.iter().enumerate() {
            for places in 0..(way.len() + 1).pow(3) {
                let place =
                    |fact: usize| places / (way.len() + 1).pow(fact as u32) % (way.len() + 1);
                let lives = |step: usize| match step.checked_sub(1).map(|last| way[last]) {
                    None | Some("-") => true,
                    Some(last) => last >= "20",
                };
                if (0..3).any(|fact| FACTS[fact].1 && !lives(place(fact))) {
                    continue;
                }
                // one in some places of each way is enough
                if places % 5 != number {
                    continue;
                }
                app.set_clock("2026-11-20T16:00:00+07:00");
                let unit = house.unit(&format!("u-{day}-{number}-{places}"));
                let person = house.desk.person(&unit, Role::Contributor, "Người viết").0;
                app.set_clock(&format!("2026-11-{day}T16:30:00+07:00"));
                for step in 0..=way.len() {
                    for fact in (0..3).filter(|fact| place(*fact) == step) {
                        FACTS[fact].0(&house, &unit, person);
                    }
                    match way.get(step) {
                        None => {}
                        Some(last) if step == 0 => house.end(&unit, &format!("2026-11-{last}")),
                        Some(&"-") => {
                            house
                                .correct(&unit, &json!({ "ended_on": null }))
                                .expect(200);
                        }
                        Some(last) => {
                            let dates = json!({ "ended_on": format!("2026-11-{last}") });
                            house.correct(&unit, &dates).expect(200);
                        }
                    }
                    if late {
                        house.desk.sweep();
                    }
                }
                units.push((format!("{way:?} {places} {day}"), unit, person));
            }
        }
    }
    app.set_clock("2026-12-01T08:00:00+07:00");
    house.desk.sweep();
    let rows = house.desk.db.store.read(|conn| {
        use diesel::prelude::*;
        use tinbai::store::obligations::ObligationRow;
        ObligationRow::query()
            .load(conn)
            .map_err(tinbai::store::StoreError::from)
    });
    let rows = rows.unwrap();
    for (how, unit, _) in units {
        let of_unit = rows.iter().filter(|row| row.unit_id == unit.id);
        let mut owed: Vec<String> = of_unit
            .map(|row| {
                let what = row.event_id.map_or(row.period_key.as_str(), |_| "event");
                let of = if row.person_id.is_some() {
                    "person"
                } else {
                    "unit"
                };
                let (done, required, due) = (row.done, row.required, row.due_at.0);
                format!("{of} {what} {} {done}/{required} {due}", row.state)
            })
            .collect();
        owed.sort();
        told.push((how, owed));
    }
    // 2 x 22/30 = 1.47; the deadline of the event lies after the last day
    let expected = [
        "person 2026-M11 met_on_time 1/1 2026-11-22 17:00:00 UTC",
        "unit 2026-M11 met_on_time 1/1 2026-11-22 17:00:00 UTC",
        "unit event exempt 0/1 2026-11-25 02:00:00 UTC",
    ];
    let wrong: Vec<_> = told.iter().filter(|(_, owed)| owed != &expected).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}: {wrong:#?}",
        wrong.len(),
        told.len()
    );
}
