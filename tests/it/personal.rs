//! Personal quotas belong to the human being, whatever posts and roles they hold.

use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::PersonId;
use tinbai::domain::obligation::{ExemptionCause, State};
use tinbai::domain::party::Party;
use tinbai::domain::unit::Category;
use tinbai::service::accounts::tokens::NewToken;
use tinbai::store::StoreError;
use tinbai::store::obligations::{self as owed, ExemptionRow, ObligationRow};
use tinbai::store::types::{AsText, At, Word};
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::Kind;
use crate::support::app::{Client, TestApp, texts};
use crate::support::desk::{Desk, quota};
use crate::support::engine::local_at;
use crate::support::tree::found;

both_databases!(
    a_quota_met_in_one_office_is_met_in_the_next,
    two_items_of_one_month_count_together_after_a_move,
    an_item_submitted_before_a_move_and_approved_after_it_counts,
    a_move_recorded_after_the_end_of_a_period_changes_nothing_of_it,
    a_maximum_stays_whole_after_a_move,
    a_role_beside_the_post_brings_its_quota,
    an_item_under_two_posts_of_one_author_counts_once,
    what_a_contributor_hands_in_names_them_as_author,
    the_new_unit_answers_for_a_quota_and_its_owner_still_sees_it,
    a_corrected_last_day_is_followed,
    who_moves_where_the_rule_does_not_hold_owes_the_days_before,
    reminders_reach_the_human_being_under_the_new_post,
    whoever_moves_on_from_a_merged_office_owes_once,
    the_migration_joins_what_two_posts_owed,
    the_order_of_recording_does_not_matter,
    the_fields_of_a_role_beside_the_post_are_the_persons_own,
    a_leader_sees_what_they_owed_at_a_former_unit,
);

/// A federation with two offices, whose people owe what the rules say, on New Year's Day.
struct Staff<'a> {
    app: &'a TestApp,
    desk: Desk<'a>,
    other: UnitRow,
    department: Client,
}

impl<'a> Staff<'a> {
    fn new(app: &'a TestApp, rules: &[Value]) -> Self {
        app.set_clock("2026-01-01T08:00:00+07:00");
        let desk = Desk::new(app);
        let other = found(app, "ban-khac", Category::Office, Some(&desk.root));
        desk.plan(rules);
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

    fn enter(&self, unit: &UnitRow, role: &str) -> Value {
        let mail = format!("{role}@{}.example", unit.code);
        let new = json!({ "unit_id": unit.id, "name": "Người Một", "role": role, "mail": mail });
        self.department.post("/api/v1/people", &new).expect(201)
    }

    /// The person in the new post.
    fn relocate(&self, person: &Value, unit: &UnitRow, from: &str) -> Value {
        let path = format!("/api/v1/people/{}/move", person["id"]);
        let to = json!({ "unit_id": unit.id, "from": from });
        let moved = self.department.knowing(1).post(&path, &to).expect(201);
        moved["entered"].clone()
    }

    fn give(&self, person: &Value, role: &str, unit: &UnitRow, from: Option<&str>) -> Value {
        let path = format!("/api/v1/people/{}/roles", person["id"]);
        let role =
            json!({ "role": role, "unit_id": unit.id, "valid_from": from, "reason": "Phân công" });
        self.department.post(&path, &role).expect(201)
    }

    /// A unit hands something in now that these people wrote, and it is published.
    fn publish(&self, unit: &UnitRow, kind: &str, authors: &[&Value]) -> Value {
        let leader = self.app.client_of(Role::Leader, Some(unit));
        let authors: Vec<&Value> = authors.iter().map(|author| &author["id"]).collect();
        let item = json!({ "unit_id": unit.id, "kind": kind, "title": "Tin", "authors": authors });
        let item = leader.post("/api/v1/items", &item).expect(201);
        self.decide(&item, "publish")
    }

    fn decide(&self, item: &Value, step: &str) -> Value {
        let editor = self.app.client_of(Role::Editor, Some(&self.desk.root));
        take(&editor, item, step)
    }

    /// A client that belongs to a person.
    fn client(&self, person: &Value, role: Role, unit: &UnitRow) -> Client {
        let new = NewToken {
            name: role.as_str().to_owned(),
            role,
            unit_id: Some(unit.id),
            person_id: person["id"].as_i64().map(PersonId),
            days: None,
        };
        self.app.client(Some(self.app.token(&new)))
    }

    /// `period done/required state` of what a person owes, by due instant.
    fn owes(&self, person: &Value) -> Vec<String> {
        let path = format!("/api/v1/obligations?person_id={}", person["id"]);
        lines(&self.department.get(&path).items())
    }
}

fn lines(rows: &[Value]) -> Vec<String> {
    let line = |row: &Value| {
        let state = row["state"].as_str().unwrap();
        let period = row["period"].as_str().unwrap();
        format!("{period} {}/{} {state}", row["done"], row["required"])
    };
    rows.iter().map(line).collect()
}

fn take(client: &Client, item: &Value, step: &str) -> Value {
    client
        .knowing(item["version"].as_i64().unwrap())
        .post(&format!("/api/v1/items/{}/{step}", item["id"]), &json!({}))
        .expect(200)
}

fn of_offices(kind: &str, period: &str, minimum: u32) -> Value {
    let subject = json!({ "type": "persons", "categories": ["office"] });
    quota(subject, &[kind], period, minimum)
}

fn a_quota_met_in_one_office_is_met_in_the_next(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("bai_chuyen_sau", "year", 1)]);
    let person = staff.enter(&staff.desk.office, "contributor");
    staff.at("2026-02-03 09:00");
    staff.publish(&staff.desk.office, "bai_chuyen_sau", &[&person]);
    staff.at("2026-03-25 09:00");
    let there = staff.relocate(&person, &staff.other, "2026-04-01");
    for later in ["2026-03-25 10:00", "2026-04-02 09:00", "2027-01-02 09:00"] {
        staff.at(later);
        for post in [&person, &there] {
            assert_eq!(staff.owes(post), ["2026 1/1 met_on_time"], "{later}");
        }
    }
}

fn two_items_of_one_month_count_together_after_a_move(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "month", 2)]);
    let person = staff.enter(&staff.desk.office, "contributor");
    for day in ["2026-01-03 09:00", "2026-01-04 09:00"] {
        staff.at(day).publish(&staff.desk.office, "tin", &[&person]);
    }
    staff
        .at("2026-01-15 09:00")
        .relocate(&person, &staff.other, "2026-01-16");
    staff.at("2026-02-02 09:00");
    let owed = ["2026-M01 2/2 met_on_time", "2026-M02 0/2 open"];
    assert_eq!(staff.owes(&person), owed);
}

fn an_item_submitted_before_a_move_and_approved_after_it_counts(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "month", 1)]);
    let office = &staff.desk.office;
    let person = staff.enter(office, "contributor");
    staff.at("2026-01-10 09:00");
    let own = staff.client(&person, Role::Contributor, office);
    let item = json!({ "unit_id": office.id, "kind": "tin", "title": "Tin" });
    let item = own.post("/api/v1/items", &item).expect(201);
    let there = staff.relocate(&person, &staff.other, "2026-01-16");
    staff.at("2026-01-20 09:00");
    let item = take(&app.client_of(Role::Leader, Some(office)), &item, "approve");
    staff.decide(&item, "publish");
    assert_eq!(staff.owes(&there), ["2026-M01 1/1 met_on_time"]);
}

fn a_move_recorded_after_the_end_of_a_period_changes_nothing_of_it(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "month", 1)]);
    let office = &staff.desk.office;
    let [met, missed] = [
        staff.enter(office, "contributor"),
        staff.enter(office, "viewer"),
    ];
    staff.at("2026-01-20 09:00").publish(office, "tin", &[&met]);
    staff.at("2026-02-10 09:00");
    for (person, state) in [(&met, "1/1 met_on_time"), (&missed, "0/1 missed")] {
        let owed = [format!("2026-M01 {state}"), "2026-M02 0/1 open".to_owned()];
        assert_eq!(staff.owes(person), owed);
        let there = staff.relocate(person, &staff.other, "2026-01-16");
        staff.at("2026-02-10 10:00");
        assert_eq!(staff.owes(&there), owed);
    }
}

fn a_maximum_stays_whole_after_a_move(app: &TestApp) {
    let mut rule = of_offices("tin", "quarter", 1);
    rule["maximum"] = json!(3);
    let staff = Staff::new(app, &[rule]);
    let person = staff.enter(&staff.desk.office, "contributor");
    staff
        .at("2026-02-10 09:00")
        .relocate(&person, &staff.other, "2026-02-15");
    let path = format!("/api/v1/obligations?person_id={}", person["id"]);
    let owed = staff.department.get(&path).items();
    assert_eq!(owed.len(), 1);
    assert_eq!(
        (&owed[0]["required"], &owed[0]["maximum"]),
        (&json!(1), &json!(3))
    );
}

fn a_role_beside_the_post_brings_its_quota(app: &TestApp) {
    let editors = json!({ "type": "persons", "role": "editor" });
    let staff = Staff::new(app, &[quota(editors, &["tin"], "month", 2)]);
    let head = staff.enter(&staff.desk.office, "leader");
    assert!(staff.owes(&head).is_empty());
    staff.at("2026-01-15 09:00");
    let role = staff.give(&head, "editor", &staff.desk.root, None);
    // 2 x 17/31 = 1.1
    assert_eq!(staff.owes(&head), ["2026-M01 0/1 open"]);
    staff.publish(&staff.desk.office, "tin", &[&head]);
    staff.at("2026-02-10 09:00");
    assert_eq!(
        staff.owes(&head),
        ["2026-M01 1/1 met_on_time", "2026-M02 0/2 open"]
    );
    let path = format!("/api/v1/people/{}/roles/{}/revoke", head["id"], role["id"]);
    staff
        .department
        .post(&path, &json!({ "reason": "Thôi" }))
        .expect(200);
    // 2 x 9/28 = 0.64, until the day before
    staff.at("2026-03-02 09:00");
    assert_eq!(
        staff.owes(&head),
        ["2026-M01 1/1 met_on_time", "2026-M02 0/1 missed"]
    );
}

fn an_item_under_two_posts_of_one_author_counts_once(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "month", 2)]);
    let person = staff.enter(&staff.desk.office, "contributor");
    let there = staff.relocate(&person, &staff.other, "2026-01-05");
    staff.at("2026-01-06 09:00");
    let item = staff.publish(&staff.other, "tin", &[&there]);
    let editor = app.client_of(Role::Editor, Some(&staff.desk.root));
    let authors = json!({ "authors": [person["id"], there["id"]] });
    editor
        .knowing(item["version"].as_i64().unwrap())
        .patch(&format!("/api/v1/items/{}", item["id"]), &authors)
        .expect(200);
    assert_eq!(staff.owes(&there), ["2026-M01 1/2 open"]);
}

fn what_a_contributor_hands_in_names_them_as_author(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "month", 1)]);
    let office = &staff.desk.office;
    let [person, head] = [
        staff.enter(office, "contributor"),
        staff.enter(office, "leader"),
    ];
    let submit = |client: &Client, with: Value| {
        let mut item = json!({ "unit_id": office.id, "kind": "tin", "title": "Tin" });
        item.as_object_mut()
            .unwrap()
            .extend(with.as_object().cloned().unwrap());
        client.post("/api/v1/items", &item).expect(201)["authors"].clone()
    };
    let own = staff.client(&person, Role::Contributor, office);
    assert_eq!(submit(&own, json!({}))[0]["id"], person["id"]);
    assert_eq!(submit(&own, json!({ "authors": [] })), json!([]));
    let of_head = submit(&own, json!({ "authors": [head["id"]] }));
    assert_eq!(texts(of_head.as_array().unwrap(), "name"), ["Người Một"]);
    assert_eq!(of_head[0]["id"], head["id"]);
    let leader = staff.client(&head, Role::Leader, office);
    assert_eq!(submit(&leader, json!({})), json!([]));
}

fn the_new_unit_answers_for_a_quota_and_its_owner_still_sees_it(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "month", 1)]);
    let person = staff.enter(&staff.desk.office, "contributor");
    staff.at("2026-02-05 09:00");
    let there = staff.relocate(&person, &staff.other, "2026-02-06");
    staff.at("2026-02-06 09:00");
    let seen = |client: &Client| lines(&client.get("/api/v1/obligations").items());
    let old = app.client_of(Role::Leader, Some(&staff.desk.office));
    assert_eq!(seen(&old), ["2026-M01 0/1 missed"]);
    let new = app.client_of(Role::Leader, Some(&staff.other));
    assert_eq!(seen(&new), ["2026-M02 0/1 open"]);
    let own = staff.client(&there, Role::Contributor, &staff.other);
    assert_eq!(seen(&own), ["2026-M01 0/1 missed", "2026-M02 0/1 open"]);
    let named = own.get("/api/v1/obligations").items();
    assert_eq!(
        (&named[1]["person"]["id"], &named[1]["unit"]["id"]),
        (&there["id"], &json!(staff.other.id))
    );
}

fn a_corrected_last_day_is_followed(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "month", 2)]);
    let person = staff.enter(&staff.desk.office, "contributor");
    staff.at("2026-02-02 09:00");
    let path = format!("/api/v1/people/{}", person["id"]);
    let leave = json!({ "last_day": "2026-02-12" });
    staff
        .department
        .knowing(1)
        .post(&format!("{path}/leave"), &leave)
        .expect(200);
    // 2 x 12/28 = 0.86
    assert_eq!(staff.owes(&person)[1..], ["2026-M02 0/1 open"]);
    staff.at("2026-02-04 09:00");
    staff
        .department
        .knowing(2)
        .patch(&path, &json!({ "active_to": "2026-02-28" }))
        .expect(200);
    staff.at("2026-02-13 09:00");
    assert_eq!(staff.owes(&person)[1..], ["2026-M02 0/2 open"]);
    // a last day that leaves nothing, and back
    for (version, last, owed) in [
        (3, json!("2026-02-03"), "2026-M02 0/2 exempt"),
        (4, Value::Null, "2026-M02 0/2 open"),
    ] {
        staff
            .department
            .knowing(version)
            .patch(&path, &json!({ "active_to": last }))
            .expect(200);
        assert_eq!(staff.owes(&person)[1..], [owed]);
    }
}

fn who_moves_where_the_rule_does_not_hold_owes_the_days_before(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "month", 2)]);
    let person = staff.enter(&staff.desk.office, "contributor");
    staff.at("2026-01-10 09:00");
    let away = staff.relocate(&person, &staff.desk.superior, "2026-01-17");
    // 2 x 16/31 = 1.03
    assert_eq!(staff.owes(&away), ["2026-M01 0/1 open"]);
    staff.at("2026-01-20 09:00");
    assert_eq!(staff.owes(&away), ["2026-M01 0/1 missed"]);
    // and back: the same quota, over all days in an office
    staff.relocate(&away, &staff.other, "2026-01-20");
    staff.at("2026-01-20 10:00");
    assert_eq!(staff.owes(&away), ["2026-M01 0/2 open"]);
}

fn reminders_reach_the_human_being_under_the_new_post(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "month", 1)]);
    let person = staff.enter(&staff.desk.office, "contributor");
    staff.at("2026-01-15 09:00");
    let there = staff.relocate(&person, &staff.other, "2026-01-16");
    let path = format!("/api/v1/people/{}", there["id"]);
    let mail = json!({ "mail": "moi@ban-khac.example" });
    staff.department.knowing(1).patch(&path, &mail).expect(200);
    // five working days before the end of the month
    app.clock.set(local_at("2026-01-26 07:00"));
    app.run_due();
    let mails = app.unread_mails();
    let to: Vec<&str> = mails
        .iter()
        .filter_map(|mail| mail.split(':').next())
        .collect();
    assert!(to.contains(&"moi@ban-khac.example"), "{mails:?}");
    assert!(!to.contains(&"contributor@ban.example"), "{mails:?}");
}

fn whoever_moves_on_from_a_merged_office_owes_once(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "month", 2)]);
    let person = staff.enter(&staff.desk.office, "contributor");
    staff
        .at("2026-01-10 09:00")
        .publish(&staff.desk.office, "tin", &[&person]);
    let path = format!("/api/v1/units/{}/merge", staff.desk.office.id);
    let merger =
        json!({ "into_id": staff.other.id, "ended_on": "2026-01-15", "reason": "Sắp xếp" });
    staff.department.knowing(1).post(&path, &merger).expect(200);
    // 2 x 15/31 = 0.97
    assert_eq!(staff.owes(&person), ["2026-M01 1/1 met_on_time"]);
    let there = staff.relocate(&person, &staff.other, "2026-01-16");
    assert_eq!(staff.owes(&there), ["2026-M01 1/2 open"]);
}

/// As earlier versions stored it: the met obligation of the first post excused, that of the second
/// open.
fn the_migration_joins_what_two_posts_owed(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "year", 1)]);
    let person = staff.enter(&staff.desk.office, "contributor");
    staff
        .at("2026-02-03 09:00")
        .publish(&staff.desk.office, "tin", &[&person]);
    let there = staff.relocate(&person, &staff.other, "2026-04-01");
    let row = staff.desk.rows().pop().unwrap();
    let second = there["id"].as_i64().unwrap();
    let now = At(app.now());
    let of_second = ObligationRow {
        subject: AsText(Party::Person(PersonId(second))),
        person_id: Some(PersonId(second)),
        arrived: 0,
        published: 0,
        done: 0,
        state: Word(State::Open),
        decided_at: None,
        ..row.clone()
    };
    let of_first = ObligationRow {
        unit_id: staff.desk.office.id,
        state: Word(State::Exempt),
        exempt_at: Some(now),
        ..row.clone()
    };
    let nothing_owed = ExemptionRow {
        id: 0,
        rule_id: row.rule_id,
        subject: row.subject,
        period_key: row.period_key.clone(),
        cause: Word(ExemptionCause::NothingOwed),
        reason: "Chuyển".to_owned(),
        decided_by: "cli".to_owned(),
        created_at: now,
    };
    let sql = match app.kind() {
        Kind::Sqlite => {
            include_str!("../../migrations/sqlite/2026-11-29-000251_quotas_of_humans/up.sql")
        }
        Kind::Postgres => {
            include_str!("../../migrations/postgres/2026-11-29-000251_quotas_of_humans/up.sql")
        }
    };
    let migrated = app.store.write(|conn| {
        owed::save(conn, &of_first)?;
        owed::insert_exemption(conn, nothing_owed.clone())?;
        owed::insert_new(conn, std::slice::from_ref(&of_second))?;
        conn.batch_execute(sql)?;
        Ok::<_, StoreError>(())
    });
    migrated.unwrap();
    staff.at("2026-04-02 09:00");
    assert_eq!(staff.owes(&there), ["2026 1/1 met_on_time"]);
    let kept = staff.desk.rows().pop().unwrap();
    assert_eq!(
        (kept.id, kept.subject, kept.unit_id),
        (row.id, row.subject, staff.other.id)
    );
    let excused = app
        .store
        .read(|conn| owed::exemptions(conn, &[row.rule_id]))
        .unwrap();
    assert!(excused.is_empty(), "{excused:?}");
}

/// All orders of four facts.
fn orders() -> Vec<[usize; 4]> {
    let mut all = Vec::new();
    for code in 0..4_usize.pow(4) {
        let order = [code % 4, code / 4 % 4, code / 16 % 4, code / 64];
        if (0..4).all(|fact| order.contains(&fact)) {
            all.push(order);
        }
    }
    all
}

/// Facts about human beings, recorded in every order: what is owed comes to the same.
fn the_order_of_recording_does_not_matter(app: &TestApp) {
    let orders = orders();
    assert_eq!(orders.len(), 24);
    let mut told = Vec::new();
    app.set_clock("2026-01-01T08:00:00+07:00");
    let desk = Desk::new(app);
    let editors = json!({ "type": "persons", "role": "editor" });
    desk.plan(&[
        of_offices("tin", "month", 3),
        quota(editors, &["tin"], "month", 4),
    ]);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let other = found(app, "ban-khac", Category::Office, Some(&desk.root));
    let staff = Staff {
        app,
        desk,
        other,
        department,
    };
    let mut people = Vec::new();
    for order in orders {
        staff.app.clock.set(local_at("2026-01-20 09:00"));
        let person = staff.enter(&staff.desk.office, "contributor");
        for fact in order {
            match fact {
                0 => {
                    let there = staff.relocate(&person, &staff.desk.superior, "2026-01-08");
                    staff.relocate(&there, &staff.other, "2026-01-11");
                }
                1 => {
                    staff.give(&person, "editor", &staff.desk.root, Some("2026-01-22"));
                }
                2 => {
                    let item = json!({
                        "unit_id": staff.desk.office.id, "kind": "tin", "title": "Tin", "channel": "zalo",
                        "authors": [person["id"]],
                        "arrival": { "at": "2026-01-05T09:00:00+07:00", "reason": "Gửi qua Zalo" }
                    });
                    let editor = app.client_of(Role::Editor, Some(&staff.desk.root));
                    let item = editor.post("/api/v1/items", &item).expect(201);
                    staff.decide(&item, "publish");
                }
                _ => {
                    let item = staff.publish(&staff.desk.office, "tin", &[]);
                    let path = format!("/api/v1/items/{}", item["id"]);
                    let editor = app.client_of(Role::Editor, Some(&staff.desk.root));
                    let authors = json!({ "authors": [person["id"]] });
                    editor
                        .knowing(item["version"].as_i64().unwrap())
                        .patch(&path, &authors)
                        .expect(200);
                }
            }
        }
        people.push(person);
    }
    staff.at("2026-02-02 09:00");
    for person in &people {
        told.push(staff.owes(person));
    }
    // 3 x 28/31 = 2.7; 4 x 10/31 = 1.3
    let mut expected = vec![
        "2026-M01 2/3 missed",
        "2026-M01 2/1 met_on_time",
        "2026-M02 0/3 open",
        "2026-M02 0/4 open",
    ];
    expected.sort_unstable();
    for mut owed in told {
        owed.sort();
        assert_eq!(owed, expected);
    }
}

fn the_fields_of_a_role_beside_the_post_are_the_persons_own(app: &TestApp) {
    let mut rule = quota(
        json!({ "type": "persons", "role": "editor" }),
        &["tin"],
        "month",
        1,
    );
    rule["own_field"] = json!(true);
    let staff = Staff::new(app, &[rule]);
    let head = staff.enter(&staff.desk.office, "leader");
    let path = format!("/api/v1/people/{}/roles", head["id"]);
    let role = json!({
        "role": "editor", "unit_id": staff.desk.root.id, "valid_from": "2026-01-01",
        "fields": ["tai_chinh"], "reason": "Phân công",
    });
    let role = staff.department.post(&path, &role).expect(201);
    let publish = |field: &str| {
        let leader = app.client_of(Role::Leader, Some(&staff.desk.office));
        let item = json!({
            "unit_id": staff.desk.office.id, "kind": "tin", "title": "Tin", "field": field,
            "authors": [head["id"]],
        });
        let item = leader.post("/api/v1/items", &item).expect(201);
        staff.decide(&item, "publish");
    };
    staff.at("2026-01-05 09:00");
    publish("van_phong");
    assert_eq!(staff.owes(&head), ["2026-M01 0/1 open"]);
    publish("tai_chinh");
    assert_eq!(staff.owes(&head), ["2026-M01 1/1 met_on_time"]);
    // what arrives after the role was taken back is of no field of theirs
    staff.at("2026-02-02 09:00");
    staff
        .department
        .post(
            &format!("{path}/{}/revoke", role["id"]),
            &json!({ "reason": "Thôi" }),
        )
        .expect(200);
    publish("tai_chinh");
    assert_eq!(staff.owes(&head)[0], "2026-M01 1/1 met_on_time");
}

fn a_leader_sees_what_they_owed_at_a_former_unit(app: &TestApp) {
    let staff = Staff::new(app, &[of_offices("tin", "month", 1)]);
    let person = staff.enter(&staff.desk.office, "leader");
    staff.at("2026-02-05 09:00");
    let there = staff.relocate(&person, &staff.other, "2026-02-06");
    staff.at("2026-02-06 09:00");
    let own = staff.client(&there, Role::Leader, &staff.other);
    let all = own.get("/api/v1/obligations").items();
    assert_eq!(lines(&all), ["2026-M01 0/1 missed", "2026-M02 0/1 open"]);
    own.get(&format!("/api/v1/obligations/{}", all[0]["id"]))
        .expect(200);
    // and the item that they wrote there, but nobody else's
    let [mine, others] = [vec![&person], Vec::new()].map(|authors| {
        let item = staff.publish(&staff.desk.office, "tin", &authors);
        item["id"].clone()
    });
    let seen = own.get("/api/v1/items").items();
    let seen: Vec<&Value> = seen.iter().map(|item| &item["id"]).collect();
    assert_eq!(seen, [&mine]);
    own.get(&format!("/api/v1/items/{others}")).expect(404);
}
