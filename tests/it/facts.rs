//! Facts are folded, not edited in: whatever the order in which they are recorded, and whatever
//! changed meanwhile, the same is owed.

use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::calendar::CalendarSpec;
use tinbai::domain::ids::ItemId;
use tinbai::domain::person::PersonPatch;
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::obligations::{exemptions, open};
use tinbai::service::rules::{calendars, policies};
use tinbai::service::submissions::events::{self, CancelEvent, Event};
use tinbai::service::submissions::items;
use tinbai::service::units::people;
use tinbai::service::units::{self, EndUnit};
use tinbai::service::{Error, Tx};
use tinbai::store::obligations::ObligationRow;
use tinbai::store::types::At;
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::desk::{Desk, because, date, quota, superiors};
use crate::support::tree::{faults, found, new_unit};
use crate::support::{TestDb, at};

both_databases!(
    what_is_excused_takes_no_report_from_the_next_period,
    an_exemption_that_nobody_decided_is_not_revoked,
    windows_touch_whatever_changed_between_them,
    the_window_of_a_daily_quota_is_the_day,
    what_an_ended_unit_owes_does_not_depend_on_the_order_of_recording,
    corrected_days_of_a_person_are_followed,
    a_deadline_is_settled_by_the_kinds_that_the_policy_names,
    a_plan_begins_with_the_first_period_from_its_date,
    a_unit_entered_while_the_scheduler_is_down_owes_the_same,
    a_returned_item_is_held_for_working_days_of_the_calendar_as_it_is,
    a_deadline_opened_again_is_due_by_the_calendar_as_it_is,
    nothing_is_missed_within_the_delay_of_a_check,
);

fn run<T>(
    desk: &Desk<'_>,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    desk.house
        .write(&desk.department, desk.now(), |tx| work(tx))
}

/// What a unit owes for a period.
fn of_period(desk: &Desk<'_>, unit: &UnitRow, key: &str) -> ObligationRow {
    let rows = desk.rows().into_iter();
    rows.into_iter()
        .find(|row| row.unit_id == unit.id && row.period_key == key)
        .unwrap()
}

fn state(desk: &Desk<'_>, unit: &UnitRow, key: &str) -> String {
    let row = of_period(desk, unit, key);
    format!("{} {}/{}", row.state, row.done, row.required)
}

/// The calendar of the federation with these exceptions.
fn with_exceptions(desk: &Desk<'_>, exceptions: Value) {
    let known = run(desk, |tx| calendars::get(tx, "lich-tinh")).unwrap();
    let spec = CalendarSpec {
        exceptions: serde_json::from_value(exceptions).unwrap(),
        ..known.spec
    };
    run(desk, |tx| {
        calendars::replace(tx, "lich-tinh", &spec, known.version)
    })
    .unwrap();
}

fn opened(db: &TestDb, desk: &Desk<'_>, local: &str) {
    db.set_clock(local);
    open::run(&desk.house, desk.now()).unwrap();
    desk.sweep();
}

fn what_is_excused_takes_no_report_from_the_next_period(db: &TestDb) {
    db.set_clock("2026-01-05T08:00:00+07:00");
    let desk = Desk::new(db);
    let mut report = quota(superiors(), &["tin"], "month", 1);
    report["kind"] = json!("report");
    desk.plan(&[report]);
    let january = of_period(&desk, &desk.superior, "2026-M01").id;
    run(&desk, |tx| exemptions::exempt(tx, january, "Sáp nhập")).unwrap();
    opened(db, &desk, "2026-02-02T09:00:00+07:00");
    desk.published(json!({}));
    assert_eq!(
        ["2026-M01", "2026-M02"].map(|key| state(&desk, &desk.superior, key)),
        ["exempt 0/1", "met_on_time 1/1"]
    );
    run(&desk, |tx| {
        exemptions::revoke_exemption(tx, january, "Nhầm")
    })
    .unwrap();
    assert_eq!(
        ["2026-M01", "2026-M02"].map(|key| state(&desk, &desk.superior, key)),
        ["met_late 1/1", "open 0/1"],
        "owed again, it takes the report"
    );
    desk.db.unread_mails();
}

fn cancelled(desk: &Desk<'_>, event: &Event) -> Event {
    let why = CancelEvent {
        reason: "Hoãn vô thời hạn".to_owned(),
    };
    run(desk, |tx| events::cancel(tx, event.id, &why, event.version)).unwrap()
}

fn an_exemption_that_nobody_decided_is_not_revoked(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let event = desk.event(json!({"starts_at": "2026-11-20T15:00:00+07:00"}));
    let id = event.deadlines[0].obligation_id;
    cancelled(&desk, &event);
    let refused = run(&desk, |tx| {
        exemptions::revoke_exemption(tx, id, "Vẫn phải làm")
    })
    .unwrap_err();
    assert!(matches!(refused, Error::Conflict(fault) if fault.code == "exempt_event_gone"));
    assert_eq!(desk.row(id).state.as_str(), "exempt");

    let other = desk.event(json!({"starts_at": "2026-11-20T14:00:00+07:00"}));
    let id = other.deadlines[0].obligation_id;
    run(&desk, |tx| exemptions::exempt(tx, id, "Mất điện")).unwrap();
    cancelled(&desk, &other);
    run(&desk, |tx| {
        exemptions::revoke_exemption(tx, id, "Có điện lại")
    })
    .unwrap();
    assert_eq!(
        desk.row(id).state.as_str(),
        "exempt",
        "the event is cancelled"
    );
}

fn set_policy(desk: &Desk<'_>, from: &str, patch: Value) {
    replace_policy(desk, from, patch, 0);
}

fn replace_policy(desk: &Desk<'_>, from: &str, patch: Value, version: i32) {
    let input = policies::SetPolicy {
        valid_from: date(from),
        patch: serde_json::from_value(patch).unwrap(),
        legal_basis: None,
    };
    run(desk, |tx| policies::set(tx, desk.root.id, &input, version)).unwrap();
}

fn windows_touch_whatever_changed_between_them(db: &TestDb) {
    for (before, after, counts_in) in [
        ("midnight", "last_working_closing", "2026-M01"),
        ("last_working_closing", "midnight", "2026-M02"),
    ] {
        // each in a federation of its own
        db.set_clock("2026-01-01T08:00:00+07:00");
        let code = if before == "midnight" { "mot" } else { "hai" };
        let desk = Desk::coded(db, code);
        let first = json!({"calendar": "ben-tre", "period_end": before});
        replace_policy(&desk, "2026-01-01", first, 1);
        desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
        set_policy(&desk, "2026-02-01", json!({"period_end": after}));
        // a Saturday
        db.set_clock("2026-01-31T10:00:00+07:00");
        let item = desk.hand_in(json!({}));
        opened(db, &desk, "2026-02-02T08:00:00+07:00");
        desk.publish(&item);
        let counting: Vec<&str> = ["2026-M01", "2026-M02"]
            .into_iter()
            .filter(|key| of_period(&desk, &desk.superior, key).done == 1)
            .collect();
        assert_eq!(counting, [counts_in], "{before}, then {after}");
        let [january, february] =
            ["2026-M01", "2026-M02"].map(|key| of_period(&desk, &desk.superior, key));
        assert_eq!(january.window_to, february.window_from);
    }
    db.unread_mails();
}

fn the_window_of_a_daily_quota_is_the_day(db: &TestDb) {
    db.set_clock("2026-01-05T08:00:00+07:00");
    let desk = Desk::on_own_calendar(db);
    set_policy(
        &desk,
        "2026-01-05",
        json!({"period_end": "last_working_closing"}),
    );
    desk.plan(&[quota(superiors(), &["tin"], "day", 1)]);
    let row = of_period(&desk, &desk.superior, "2026-01-05");
    let midnight = At(at("2026-01-06T00:00:00+07:00"));
    assert_eq!(row.due_at, midnight);
    let why = row.explanation.read().unwrap();
    assert_eq!(why.due.due, midnight.0);
    assert!(
        !why.to_text("vi").contains("17:00"),
        "{}",
        why.to_text("vi")
    );
    let off = json!([{"date": "2026-01-30", "kind": "day_off", "name": "Nghỉ"}]);
    with_exceptions(&desk, off);
    desk.sweep();
    assert_eq!(
        desk.row(row.id).due_at,
        midnight,
        "the calendar does not move it"
    );
}

/// A fact that is recorded about a unit.
type Fact = fn(&Desk<'_>, &UnitRow);

fn ended(desk: &Desk<'_>, unit: &UnitRow) {
    let ends = EndUnit {
        ended_on: date("2026-11-22"),
        reason: "Quyết định 12".to_owned(),
    };
    run(desk, |tx| units::end(tx, unit.id, &ends, unit.version)).unwrap();
}

fn held_event(desk: &Desk<'_>, unit: &UnitRow) {
    let times = json!({"unit_id": unit.id, "starts_at": "2026-11-20T15:00:00+07:00"});
    desk.event(times);
}

fn excused_and_not(desk: &Desk<'_>, unit: &UnitRow) {
    let id = of_period(desk, unit, "2026-M11").id;
    run(desk, |tx| exemptions::exempt(tx, id, "Nhầm")).unwrap();
    run(desk, |tx| {
        exemptions::revoke_exemption(tx, id, "Không nhầm")
    })
    .unwrap();
}

fn what_an_ended_unit_owes_does_not_depend_on_the_order_of_recording(db: &TestDb) {
    db.set_clock("2026-11-20T16:00:00+07:00");
    let desk = Desk::new(db);
    desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
    let facts: [Fact; 3] = [ended, held_event, excused_and_not];
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    // recorded at once, and days after the due instant with a sweep between them
    for (day, late) in [(20, false), (27, true)] {
        db.set_clock("2026-11-20T16:00:00+07:00");
        let units: Vec<UnitRow> = (0..orders.len())
            .map(|n| {
                let code = format!("huyen-{day}-{n}");
                found(db, &code, Category::Superior, Some(&desk.root))
            })
            .collect();
        db.set_clock(&format!("2026-11-{day}T16:30:00+07:00"));
        for (unit, order) in units.iter().zip(orders) {
            for fact in order {
                facts[fact](&desk, unit);
                if late {
                    desk.sweep();
                }
            }
        }
        db.set_clock("2026-12-01T08:00:00+07:00");
        desk.sweep();
        for (unit, order) in units.iter().zip(orders) {
            let mut owed = desk.unit_owes(unit);
            owed.sort();
            assert_eq!(
                owed,
                ["event - exempt 0/1", "quota 2026-M11 missed 0/1"],
                "{order:?} on day {day}"
            );
        }
    }
    db.unread_mails();
}

fn corrected_days_of_a_person_are_followed(db: &TestDb) {
    db.set_clock("2026-02-02T08:00:00+07:00");
    let desk = Desk::new(db);
    let persons = json!({"type": "persons", "role": "contributor"});
    desk.plan(&[quota(persons, &["tin"], "month", 2)]);
    let person = desk.person(&desk.superior, Role::Contributor, "Người viết");
    let days = |from: Option<&str>, to: Option<&str>| {
        let patch = PersonPatch {
            active_from: Some(from.map(date)),
            active_to: Some(to.map(date)),
            ..PersonPatch::default()
        };
        run(&desk, |tx| {
            let version = tinbai::store::people::find(tx.conn, person)?
                .unwrap()
                .version;
            people::change(tx, person, &patch, version)
        })
        .unwrap();
        desk.owes(&format!("p{person}"))
    };
    let whole = ["quota 2026-M02 open 0/2"];
    assert_eq!(days(None, None), whole);
    assert_eq!(days(None, Some("2026-02-12")), ["quota 2026-M02 open 0/1"]);
    assert_eq!(days(None, Some("2026-02-28")), whole, "a later last day");
    db.set_clock("2026-02-13T08:00:00+07:00");
    desk.sweep();
    assert_eq!(days(None, Some("2026-02-28")), whole, "not missed on 13/2");
    assert_eq!(days(Some("2026-02-20"), None), ["quota 2026-M02 open 0/1"]);
    assert_eq!(
        days(Some("2026-02-28"), None),
        ["quota 2026-M02 exempt 0/2"]
    );
    assert_eq!(days(None, None), whole, "first and last day open again");
}

fn a_deadline_is_settled_by_the_kinds_that_the_policy_names(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let event = desk.event(json!({"starts_at": "2026-11-20T15:00:00+07:00"}));
    let id = event.deadlines[0].obligation_id;
    let state = || desk.row(id).state.to_string();
    for kind in ["bao_cao_dinh_ky", "bai_fanpage"] {
        desk.hand_in(json!({"kind": kind, "event_id": event.id}));
        assert_eq!(state(), "open", "{kind}");
    }
    desk.hand_in(json!({"kind": "anh", "event_id": event.id}));
    assert_eq!(state(), "met_on_time");

    let patch = |kinds: Value| {
        let input = policies::SetPolicy {
            valid_from: date("2026-11-20"),
            patch: serde_json::from_value(json!({"settled_by": kinds})).unwrap(),
            legal_basis: None,
        };
        run(&desk, |tx| policies::set(tx, desk.root.id, &input, 0)).map(|_| ())
    };
    assert_eq!(
        faults(&patch(json!(["tin", "bao_cao_dinh_ky", "khong-co"])).unwrap_err()),
        [
            "patch.settled_by.1 policy_kind_unreviewed",
            "patch.settled_by.2 not_found"
        ]
    );
    assert_eq!(
        faults(&patch(json!([])).unwrap_err()),
        ["patch.settled_by required"]
    );
    patch(json!(["bai"])).unwrap();
    let event = desk.event(json!({"starts_at": "2026-11-20T14:00:00+07:00"}));
    let id = event.deadlines[0].obligation_id;
    desk.hand_in(json!({"event_id": event.id}));
    assert_eq!(
        desk.row(id).state.as_str(),
        "open",
        "a tin does not settle it"
    );
    desk.hand_in(json!({"kind": "bai", "event_id": event.id}));
    assert_eq!(desk.row(id).state.as_str(), "met_on_time");
}

fn a_plan_begins_with_the_first_period_from_its_date(db: &TestDb) {
    let opened = |code: &str, from: Option<&str>| {
        db.set_clock("2026-04-10T08:00:00+07:00");
        let desk = Desk::coded(db, code);
        let periods = ["month", "quarter", "year"];
        desk.plan_from(
            from,
            &periods.map(|period| quota(superiors(), &["tin"], period, 1)),
        );
        let keys = |rows: Vec<ObligationRow>| {
            let mut keys: Vec<String> = rows
                .into_iter()
                .filter(|row| row.unit_id == desk.superior.id)
                .map(|row| row.period_key)
                .collect();
            keys.sort();
            keys
        };
        let at_once = keys(desk.rows());
        db.set_clock("2026-05-01T08:00:00+07:00");
        open::run(&desk.house, desk.now()).unwrap();
        (at_once, keys(desk.rows()))
    };
    let (at_once, later) = opened("mot", Some("2026-01-01"));
    assert_eq!(
        at_once,
        ["2026", "2026-M04", "2026-Q2"],
        "January to March had ended"
    );
    assert_eq!(later, ["2026", "2026-M04", "2026-M05", "2026-Q2"]);
    let (at_once, later) = opened("hai", Some("2026-04-10"));
    assert_eq!(at_once, [""; 0], "what runs began before");
    assert_eq!(later, ["2026-M05"]);
}

fn a_unit_entered_while_the_scheduler_is_down_owes_the_same(db: &TestDb) {
    db.set_clock("2026-01-05T08:00:00+07:00");
    let desk = Desk::new(db);
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    // no job runs in February
    db.set_clock("2026-03-02T08:00:00+07:00");
    let enter = |code: &str| {
        let new = NewUnit {
            founded_on: Some(date("2020-01-01")),
            ..new_unit(code, Category::Superior, Some(desk.root.id))
        };
        run(&desk, |tx| units::create(tx, &new)).unwrap().unit
    };
    let while_down = enter("khi-tat");
    open::run(&desk.house, desk.now()).unwrap();
    let after = enter("khi-bat");
    let keys = |unit: &UnitRow| desk.unit_owes(unit);
    assert_eq!(keys(&while_down), ["quota 2026-M03 open 0/1"]);
    assert_eq!(keys(&after), keys(&while_down));
    assert_eq!(
        desk.unit_owes(&desk.superior).len(),
        3,
        "who was there owes February"
    );
}

fn a_returned_item_is_held_for_working_days_of_the_calendar_as_it_is(db: &TestDb) {
    db.set_clock("2026-02-27T09:00:00+07:00");
    let desk = Desk::on_own_calendar(db);
    let item = desk.hand_in(json!({}));
    let why = because("Thiếu ảnh");
    let returned = desk
        .house
        .write(&desk.editor, desk.now(), |tx| {
            items::return_for_changes(tx, item.item.id, &why, item.item.version)
        })
        .unwrap();
    let lapses = |id: ItemId| {
        let item = run(&desk, |tx| Ok(tinbai::store::items::find(tx.conn, id)?)).unwrap();
        item.unwrap().return_lapses_at
    };
    assert_eq!(
        lapses(returned.item.id),
        Some(At(at("2026-03-04T07:00:00+07:00")))
    );
    let days = ["2026-03-02", "2026-03-03"]
        .map(|day| json!({"date": day, "kind": "day_off", "name": "Nghỉ"}));
    with_exceptions(&desk, json!(days));
    assert_eq!(
        lapses(returned.item.id),
        Some(At(at("2026-03-06T07:00:00+07:00"))),
        "two of the three days are days off now"
    );
}

fn a_deadline_opened_again_is_due_by_the_calendar_as_it_is(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::on_own_calendar(db);
    let event = desk.event(json!({"starts_at": "2026-11-20T15:00:00+07:00"}));
    let id = event.deadlines[0].obligation_id;
    let item = desk.hand_in(json!({"event_id": event.id}));
    let met = desk.row(id);
    assert_eq!(
        (met.state.as_str(), met.due_at),
        ("met_on_time", At(at("2026-11-25T09:00:00+07:00")))
    );
    let off = json!([{"date": "2026-11-25", "kind": "day_off", "name": "Nghỉ bão"}]);
    with_exceptions(&desk, off);
    desk.sweep();
    db.set_clock("2026-11-25T10:00:00+07:00");
    let why = because("Sai nội dung");
    desk.house
        .write(&desk.editor, desk.now(), |tx| {
            items::reject(tx, item.item.id, &why, item.item.version)
        })
        .unwrap();
    let again = desk.row(id);
    assert_eq!(
        (again.state.as_str(), again.due_at, again.decided_at),
        ("open", At(at("2026-11-26T09:00:00+07:00")), None)
    );
}

fn nothing_is_missed_within_the_delay_of_a_check(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let topical = json!({"starts_at": "2026-11-20T14:00:00+07:00", "types": ["topical"]});
    let event = desk.event(topical);
    let id = event.deadlines[0].obligation_id;
    let at_second = |time: &str| {
        db.set_clock(&format!("2026-11-20T{time}+07:00"));
        desk.sweep();
        desk.row(id).state.to_string()
    };
    assert_eq!(at_second("16:00:01"), "open", "requests are in flight");
    assert_eq!(at_second("16:00:59"), "open");
    assert_eq!(at_second("16:01:00"), "missed");
    let row = desk.row(id);
    assert_eq!(row.decided_at, Some(row.due_at));
}
