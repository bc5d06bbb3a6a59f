//! Tests of the checks of events.

use chrono::{DateTime, NaiveDate, Utc};

use super::*;

fn text(json: &str) -> EventText {
    serde_json::from_str(json).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-20T08:00:00+07:00".parse().unwrap()
}

fn faults(json: &str) -> Vec<String> {
    let faults = text(json).checked(now()).unwrap_err();
    faults
        .iter()
        .map(|fault| format!("{} {}", fault.field, fault.code))
        .collect()
}

#[test]
fn the_time_of_an_event_is_read_in_one_form_only() {
    let both = r#"{"title":"x","starts_at":"2026-11-20T15:00:00+07:00","ends_on":"2026-11-21"}"#;
    assert_eq!(faults(both), ["ends_on event_time_mixed"]);
    assert_eq!(faults(r#"{"title":"x"}"#), ["starts_at event_time_missing"]);
    assert_eq!(
        faults(r#"{"title":"","starts_on":"2026-11-20","ends_on":"2026-11-19"}"#),
        ["title required", "ends_on event_ends_first"]
    );
    assert_eq!(
        faults(r#"{"title":"x","starts_on":"2029-01-01"}"#),
        ["starts_on event_too_far"]
    );
    let far = r#"{"title":"x","starts_on":"1926-11-20"}"#;
    assert!(serde_json::from_str::<EventText>(far).is_err());
    assert_eq!(
        faults(r#"{"title":"x","starts_on":"2026-11-20","ends_on":"2027-11-21"}"#),
        ["ends_on event_too_long"]
    );
}

#[test]
fn an_event_is_ordinary_unless_it_says_otherwise() {
    let plain = text(r#"{"title":" Hội nghị ","starts_on":"2026-11-20"}"#)
        .checked(now())
        .unwrap();
    assert_eq!(
        (plain.title.as_str(), plain.types),
        ("Hội nghị", vec![EventType::Ordinary])
    );
    let many =
        text(r#"{"title":"x","starts_on":"2026-11-20","types":["topical","ordinary","topical"]}"#);
    assert_eq!(
        many.checked(now()).unwrap().types,
        [EventType::Ordinary, EventType::Topical]
    );
}

#[test]
fn a_new_start_replaces_the_whole_time_and_a_new_end_only_the_end() {
    let event = text(r#"{"title":"x","starts_on":"2026-11-20","ends_on":"2026-11-22"}"#);
    let patch = |json: &str| {
        serde_json::from_str::<EventPatch>(json)
            .unwrap()
            .applied_to(event.clone())
    };
    assert_eq!(patch(r#"{"starts_on":"2026-11-25"}"#).ends_on, None);
    let longer = patch(r#"{"ends_on":"2026-11-23"}"#);
    assert_eq!(
        (longer.starts_on, longer.ends_on),
        (event.starts_on, NaiveDate::from_ymd_opt(2026, 11, 23))
    );
    let exact = patch(r#"{"starts_at":"2026-11-20T15:00:00+07:00"}"#);
    assert_eq!((exact.starts_on, exact.ends_on), (None, None));
}

#[test]
fn an_event_lies_within_the_life_of_its_unit() {
    let day = |day| NaiveDate::from_ymd_opt(2026, 6, day);
    let when = When::Days {
        first: day(10).unwrap(),
        last: day(12).unwrap(),
    };
    let fault = |founded, ended| {
        let fault = when.check_life(founded, ended).unwrap_err();
        format!("{} {}", fault.field, fault.code)
    };
    assert_eq!(when.check_life(None, None), Ok(()));
    assert_eq!(when.check_life(day(10), day(12)), Ok(()));
    assert_eq!(fault(day(11), None), "starts_on event_before_unit");
    assert_eq!(fault(None, day(11)), "unit_id event_after_unit");
}

#[test]
fn an_event_that_ends_at_midnight_ends_on_the_day_before() {
    let when = When::Clock {
        from: "2026-06-30T19:00:00+07:00".parse().unwrap(),
        to: "2026-07-01T00:00:00+07:00".parse().unwrap(),
    };
    let day = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
    assert_eq!(when.days(), (day, day));
}
