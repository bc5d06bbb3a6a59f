//! What a unit and all below it hand in counts for the units above it at the instant of its arrival,
//! whatever moves later.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::app::{Client, TestApp};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::engine::local_at;
use crate::support::tree::found;

both_databases!(
    an_item_counts_for_the_subtree_in_which_its_unit_stood_when_it_arrived,
    a_closed_month_is_not_met_by_a_move,
    a_withdrawal_takes_one_item_from_the_old_parent_and_nothing_else,
    a_merger_takes_the_units_below_along_from_the_day_after,
    a_move_recorded_late_counts_from_its_day_on,
    moves_recorded_in_the_other_order_come_to_the_same,
    a_move_is_not_recorded_for_a_day_to_come,
);

/// Two superior unions that owe news with all below them, and a grassroots union below the first.
struct Province<'a> {
    app: &'a TestApp,
    desk: Desk<'a>,
    other: UnitRow,
    department: Client,
}

impl<'a> Province<'a> {
    fn new(app: &'a TestApp, minimum: u32) -> Self {
        app.set_clock("2026-11-02T08:00:00+07:00");
        let desk = Desk::new(app);
        let other = found(app, "huyen-b", Category::Superior, Some(&desk.root));
        let mut rule = quota(superiors(), &["tin"], "month", minimum);
        rule["scope"] = json!("subtree");
        desk.plan(&[rule]);
        Self {
            department: app.client_of(Role::Department, Some(&desk.root)),
            app,
            desk,
            other,
        }
    }

    /// Lets the jobs run at a local instant.
    fn at(&self, local: &str) -> &Self {
        self.app.clock.set(local_at(local));
        self.app.run_due();
        self.app.unread_mails();
        self
    }

    /// A unit hands in a `tin` now, and it is published.
    fn publish(&self, unit: &UnitRow) -> Value {
        let leader = self.app.client_of(Role::Leader, Some(unit));
        let item = json!({ "unit_id": unit.id, "kind": "tin", "title": "Tin" });
        let item = leader.post("/api/v1/items", &item).expect(201);
        let editor = self.app.client_of(Role::Editor, Some(&self.desk.root));
        step(&editor, &item, "publish", &json!({}))
    }

    fn relocate(&self, unit: &UnitRow, parent: &UnitRow, from: Option<&str>) {
        let path = format!("/api/v1/units/{}", unit.id);
        let version = self.department.get(&path).expect(200)["version"].as_i64();
        let body = json!({ "parent_id": parent.id, "from": from, "reason": "Sắp xếp" });
        self.department
            .knowing(version.unwrap())
            .post(&format!("{path}/move"), &body)
            .expect(200);
    }

    /// `period done/required state` of what a superior union owes.
    fn owes(&self, unit: &UnitRow) -> Vec<String> {
        let path = format!("/api/v1/obligations?unit_id={}", unit.id);
        let all = self.department.get(&path).items();
        let line = |row: &Value| {
            let state = row["state"].as_str().unwrap();
            let period = row["period"].as_str().unwrap();
            format!("{period} {}/{} {state}", row["done"], row["required"])
        };
        all.iter().map(line).collect()
    }

    fn both(&self) -> [Vec<String>; 2] {
        [self.owes(&self.desk.superior), self.owes(&self.other)]
    }
}

fn step(client: &Client, item: &Value, step: &str, body: &Value) -> Value {
    client
        .knowing(item["version"].as_i64().unwrap())
        .post(&format!("/api/v1/items/{}/{step}", item["id"]), body)
        .expect(200)
}

fn an_item_counts_for_the_subtree_in_which_its_unit_stood_when_it_arrived(app: &TestApp) {
    let province = Province::new(app, 2);
    let union = &province.desk.grassroots;
    province.at("2026-11-05 09:00").publish(union);
    province
        .at("2026-11-10 09:00")
        .relocate(union, &province.other, None);
    province.at("2026-11-10 10:00");
    assert_eq!(
        province.both(),
        [["2026-M11 1/2 open"], ["2026-M11 0/2 open"]]
    );
    province.publish(union);
    province.at("2026-11-10 11:00");
    assert_eq!(
        province.both(),
        [["2026-M11 1/2 open"], ["2026-M11 1/2 open"]]
    );
    // and back: each arrival stays where it was
    province.relocate(union, &province.desk.superior, None);
    province.at("2026-11-10 12:00").publish(union);
    province.at("2026-11-10 13:00");
    assert_eq!(
        province.both(),
        [["2026-M11 2/2 met_on_time"], ["2026-M11 1/2 open"]]
    );
}

fn a_closed_month_is_not_met_by_a_move(app: &TestApp) {
    let province = Province::new(app, 1);
    let union = &province.desk.grassroots;
    province.at("2026-11-05 09:00").publish(union);
    province.at("2026-12-02 09:00");
    let closed = [
        ["2026-M11 1/1 met_on_time", "2026-M12 0/1 open"],
        ["2026-M11 0/1 missed", "2026-M12 0/1 open"],
    ];
    assert_eq!(province.both(), closed);
    province.relocate(union, &province.other, None);
    // an item of the other union's own has the month counted again
    let item = json!({
        "unit_id": province.other.id, "kind": "tin", "title": "Tin", "channel": "zalo",
        "arrival": { "at": "2026-11-20T09:00:00+07:00", "reason": "Gửi qua Zalo" }
    });
    let editor = app.client_of(Role::Editor, Some(&province.desk.root));
    let item = editor.post("/api/v1/items", &item).expect(201);
    step(&editor, &item, "reject", &json!({ "reason": "Trùng" }));
    province.at("2026-12-02 10:00");
    assert_eq!(province.both(), closed);
}

fn a_withdrawal_takes_one_item_from_the_old_parent_and_nothing_else(app: &TestApp) {
    let province = Province::new(app, 3);
    let union = &province.desk.grassroots;
    province.at("2026-11-05 09:00");
    let [first, _] = [province.publish(union), province.publish(union)];
    province.publish(&province.other);
    province
        .at("2026-11-10 09:00")
        .relocate(union, &province.other, None);
    province.at("2026-11-10 10:00");
    assert_eq!(
        province.both(),
        [["2026-M11 2/3 open"], ["2026-M11 1/3 open"]]
    );
    let editor = app.client_of(Role::Editor, Some(&province.desk.root));
    step(&editor, &first, "withdraw", &json!({ "reason": "Sai" }));
    province.at("2026-11-10 11:00");
    assert_eq!(
        province.both(),
        [["2026-M11 1/3 open"], ["2026-M11 1/3 open"]]
    );
}

fn a_merger_takes_the_units_below_along_from_the_day_after(app: &TestApp) {
    let province = Province::new(app, 3);
    let (union, gone) = (&province.desk.grassroots, &province.desk.superior);
    // below the union that will be merged, then after its last day, recorded three days late
    province.at("2026-11-15 23:00").publish(union);
    province.at("2026-11-16 00:00").publish(union);
    province.at("2026-11-17 09:00").publish(gone);
    province.at("2026-11-18 09:00");
    let merger =
        json!({ "into_id": province.other.id, "ended_on": "2026-11-15", "reason": "Sắp xếp" });
    let path = format!("/api/v1/units/{}/merge", gone.id);
    province
        .department
        .knowing(1)
        .post(&path, &merger)
        .expect(200);
    province.at("2026-11-18 10:00");
    // half of the month: 3 x 15/30 = 1.5
    assert_eq!(
        province.both(),
        [["2026-M11 1/2 missed"], ["2026-M11 2/3 open"]]
    );
}

fn a_move_recorded_late_counts_from_its_day_on(app: &TestApp) {
    let province = Province::new(app, 2);
    let union = &province.desk.grassroots;
    for day in ["2026-11-05 09:00", "2026-11-12 09:00"] {
        province.at(day).publish(union);
    }
    province.at("2026-11-20 09:00");
    assert_eq!(
        province.both(),
        [["2026-M11 2/2 met_on_time"], ["2026-M11 0/2 open"]]
    );
    province.relocate(union, &province.other, Some("2026-11-12"));
    province.at("2026-11-20 10:00");
    assert_eq!(
        province.both(),
        [["2026-M11 1/2 open"], ["2026-M11 1/2 open"]]
    );
    // the day is corrected
    province.relocate(union, &province.other, Some("2026-11-05"));
    province.at("2026-11-20 11:00");
    assert_eq!(
        province.both(),
        [["2026-M11 0/2 open"], ["2026-M11 2/2 met_on_time"]]
    );
}

fn moves_recorded_in_the_other_order_come_to_the_same(app: &TestApp) {
    let province = Province::new(app, 2);
    let union = &province.desk.grassroots;
    for day in ["2026-11-05 09:00", "2026-11-12 09:00", "2026-11-19 09:00"] {
        province.at(day).publish(union);
    }
    province.at("2026-11-20 09:00");
    province.relocate(union, &province.desk.root, Some("2026-11-15"));
    province.relocate(union, &province.other, Some("2026-11-10"));
    province.at("2026-11-20 10:00");
    assert_eq!(
        province.both(),
        [["2026-M11 1/2 open"], ["2026-M11 1/2 open"]]
    );
    let now = province
        .department
        .get(&format!("/api/v1/units/{}", union.id))
        .expect(200);
    assert_eq!(now["parent_id"], province.desk.root.id.0);
}

fn a_move_is_not_recorded_for_a_day_to_come(app: &TestApp) {
    let province = Province::new(app, 2);
    let path = format!("/api/v1/units/{}/move", province.desk.grassroots.id);
    let body = json!({ "parent_id": province.other.id, "from": "2026-11-03" });
    let refused = province
        .department
        .knowing(1)
        .post(&path, &body)
        .faults(400);
    assert_eq!(refused, ["from unit_move_ahead"]);
}
