//! Tests of `domain::calendar::edit`.

use serde_json::{Value, json};

use super::*;

fn own() -> CalendarSpec {
    CalendarSpec {
        code: "lich-tinh".to_owned(),
        ..shipped::calendar("ben-tre").unwrap()
    }
}

fn today() -> NaiveDate {
    "2026-11-20".parse().unwrap()
}

fn edited(spec: &CalendarSpec, edit: Value) -> Result<Calendar, Vec<String>> {
    let edit: CalendarEdit = serde_json::from_value(edit).unwrap();
    let told = |faults: Vec<Invalid>| {
        let told = faults.iter();
        told.map(|fault| format!("{} {}", fault.field, fault.code))
            .collect::<Vec<_>>()
    };
    let changed = edit.apply(spec, today()).map_err(told)?;
    Ok(Calendar::compile(&changed).unwrap())
}

fn apply(spec: &CalendarSpec, edit: Value) -> CalendarSpec {
    let edit: CalendarEdit = serde_json::from_value(edit).unwrap();
    edit.apply(spec, today()).unwrap()
}

fn of(calendar: &Calendar, date: &str) -> (DayKind, usize) {
    let day = calendar.day(date.parse().unwrap());
    (day.kind, day.hours.len())
}

fn faults(edit: Value) -> Vec<String> {
    edited(&own(), edit).unwrap_err()
}

#[test]
fn two_days_are_swapped_and_swapped_back() {
    let swap = json!({ "swap": { "day_off": "2026-11-25", "worked": "2026-11-28" } });
    let swapped = apply(&own(), swap.clone());
    let calendar = Calendar::compile(&swapped).unwrap();
    assert_eq!(of(&calendar, "2026-11-25"), (DayKind::DayOff, 0));
    assert_eq!(of(&calendar, "2026-11-28"), (DayKind::Worked, 2));
    let name = calendar.day("2026-11-28".parse().unwrap()).name;
    assert_eq!(name.unwrap(), "Làm bù ngày nghỉ 25/11/2026");
    let twice = edited(&swapped, swap).unwrap_err();
    assert_eq!(
        twice,
        [
            "day_off calendar_already_off",
            "worked calendar_already_worked"
        ]
    );
    let back = |spec: &CalendarSpec, date: &str| apply(spec, json!({ "clear": { "date": date } }));
    let cleared = back(&back(&swapped, "2026-11-25"), "2026-11-28");
    assert_eq!(cleared, own());
}

#[test]
fn days_that_are_off_or_unknown_are_refused_by_field() {
    let sunday = json!({ "swap": { "day_off": "2026-11-22", "worked": "2026-11-23" } });
    assert_eq!(
        faults(sunday),
        [
            "day_off calendar_already_off",
            "worked calendar_already_worked"
        ]
    );
    let holiday = json!({ "add_day_off": { "date": "2026-11-24", "name": "Nghỉ" } });
    assert_eq!(faults(holiday), ["date calendar_already_off"]);
    let nothing = json!({ "clear": { "date": "2026-11-25" } });
    assert_eq!(faults(nothing), ["date calendar_nothing_to_clear"]);
    let long = json!({ "add_day_off": { "date": "2026-11-25", "name": "x".repeat(5_000) } });
    assert_eq!(faults(long), ["name too_long"]);
    assert_eq!(
        faults(json!({ "covered": { "year": 2026 } })),
        ["year calendar_already_covered"]
    );
}

#[test]
fn a_holiday_of_the_shipped_list_can_be_worked() {
    let worked = edited(&own(), json!({ "clear": { "date": "2026-11-24" } })).unwrap();
    assert_eq!(of(&worked, "2026-11-24"), (DayKind::OwnHours, 2));
}

#[test]
fn office_hours_change_from_a_day_on() {
    let hours = |from: &str| json!({ "hours": { "from": from, "hours": { "mon": [["08:00", "12:00"]], "sat": [["08:00", "11:00"]] } } });
    let calendar = edited(&own(), hours("2026-12-01")).unwrap();
    assert_eq!(of(&calendar, "2026-11-30"), (DayKind::Working, 2));
    assert_eq!(of(&calendar, "2026-12-01"), (DayKind::WeeklyRest, 0));
    assert_eq!(of(&calendar, "2026-12-05"), (DayKind::Working, 1));
    assert_eq!(of(&calendar, "2026-12-07"), (DayKind::Working, 1));
    assert_eq!(
        faults(hours("2026-11-19")),
        ["from calendar_hours_reach_back"]
    );
    let overlap = json!({ "hours": { "from": "2026-12-01", "hours": { "tue": [["07:00", "11:00"], ["10:00", "12:00"]] } } });
    assert_eq!(faults(overlap), ["hours.tue[1] calendar_overlapping_hours"]);
    let none = json!({ "hours": { "from": "2026-12-01", "hours": {} } });
    assert_eq!(faults(none), ["hours calendar_no_working_time"]);
    let once = apply(&own(), hours("2026-12-01"));
    assert_eq!(
        apply(&once, hours("2026-12-01")),
        once,
        "the same day again"
    );
}

#[test]
fn a_year_is_covered_by_saying_so() {
    let calendar = edited(&own(), json!({ "covered": { "year": 2028 } })).unwrap();
    assert!(calendar.covered_years().contains(&2028));
}
