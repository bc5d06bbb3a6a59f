//! Tests of `domain::policy`.

use super::*;

#[test]
fn a_patch_changes_only_what_it_sets() {
    let patch: PolicyPatch =
        serde_json::from_str(r#"{"cutoff_time":"15:30","carry":"within_year"}"#).unwrap();
    let policy = Policy::default().overlaid(&patch);
    assert_eq!(policy.cutoff_time.to_string(), "15:30:00");
    assert_eq!((policy.carry, policy.event_hours), (Carry::WithinYear, 12));
    assert_eq!(patch.fields(), ["carry", "cutoff_time"]);
    assert_eq!(
        serde_json::to_string(&patch).unwrap(),
        r#"{"carry":"within_year","cutoff_time":"15:30"}"#
    );
}

#[test]
fn a_field_is_inherited_again() {
    let base = Policy::default();
    let own = PolicyPatch::default()
        .with("event_hours", Some(&8.into()))
        .unwrap();
    let own = own.with("carry", Some(&"within_year".into())).unwrap();
    assert_eq!(base.clone().overlaid(&own).event_hours, 8);
    let again = PolicyPatch::default().with("event_hours", None).unwrap();
    assert_eq!(
        serde_json::to_string(&again).unwrap(),
        r#"{"inherited":["event_hours"]}"#
    );
    let policy = base.clone().overlaid(&own);
    let policy = policy.inheriting(&again.inherited, &base).overlaid(&again);
    assert_eq!((policy.event_hours, policy.carry), (12, Carry::WithinYear));
    let set = again.with("event_hours", Some(&9.into())).unwrap();
    assert!(set.inherited.is_empty() && set.event_hours == Some(9));
    assert_eq!(own.overlaid(&again).event_hours, None);
    let field = |name: &str, value: Value| {
        let fault = PolicyPatch::default().with(name, Some(&value)).unwrap_err();
        format!("{} {}", fault.field, fault.code)
    };
    assert_eq!(field("colour", 1.into()), "field not_found");
    assert_eq!(field("event_hours", "x".into()), "event_hours policy_value");
}

#[test]
fn a_policy_begins_no_earlier_than_it_may() {
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    let code = |begins: &str, earliest: Option<&str>| {
        let checked = check_valid_from(date(begins), earliest.map(date));
        checked.err().map(|fault| fault.code)
    };
    assert_eq!(code("2026-11-20", Some("2026-11-20")), None);
    assert_eq!(
        code("2026-11-19", Some("2026-11-20")),
        Some("policy_reaches_back")
    );
    assert_eq!(code("2026-01-01", None), None);
    assert_eq!(code("0026-01-01", None), Some("date_year"));
}

#[test]
fn a_policy_is_read_back_as_it_was_written() {
    let policy = Policy::default();
    let text = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
}

#[test]
fn a_policy_stored_before_a_field_existed_has_its_default() {
    let mut stored = serde_json::to_value(Policy::default()).unwrap();
    for field in ["settled_by", "summary_when_empty"] {
        assert!(stored.as_object_mut().unwrap().remove(field).is_some());
    }
    let read: Policy = serde_json::from_value(stored).unwrap();
    assert_eq!(read, Policy::default());
}

#[test]
fn unknown_fields_and_impossible_values_are_refused() {
    assert!(serde_json::from_str::<PolicyPatch>(r#"{"cutof_time":"15:30"}"#).is_err());
    assert!(serde_json::from_str::<PolicyPatch>(r#"{"cutoff_time":"25:30"}"#).is_err());
    let patch = PolicyPatch {
        event_hours: Some(0),
        return_days: Some(900),
        ..PolicyPatch::default()
    };
    let fields: Vec<_> = patch
        .check()
        .unwrap_err()
        .into_iter()
        .map(|fault| fault.field)
        .collect();
    assert_eq!(fields, ["event_hours", "return_days"]);
}
