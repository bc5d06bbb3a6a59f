//! Query parameters mean the same in every list, and what a list can't know is refused.

use serde_json::json;
use tinbai::domain::access::Role;

use crate::both_databases;
use crate::support::app::{TestApp, texts};
use crate::support::desk::{Desk, quota};

both_databases!(
    what_a_list_does_not_know_is_refused,
    a_unit_is_meant_alone_or_with_all_below_it,
    times_are_instants_or_dates,
    items_are_listed_by_field,
);

const LISTS: [&str; 7] = [
    "obligations",
    "items",
    "events",
    "people",
    "standings",
    "overdue",
    "trail",
];

fn what_a_list_does_not_know_is_refused(app: &TestApp) {
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let admin = app.admin();
    for list in LISTS {
        let path = format!("/api/v1/{list}");
        let faults = |query: &str| admin.get(&format!("{path}?{query}")).faults(400);
        assert_eq!(faults("unit_id=9999"), ["unit_id not_found"], "{list}");
        assert_eq!(faults("below=true"), ["unit_id required"], "{list}");
        assert_eq!(
            faults("unit_id=1&below=1"),
            ["below json_boolean"],
            "{list}"
        );
    }
    let faults = |query: &str| department.get(&format!("/api/v1/{query}")).faults(400);
    for period in [
        "2026-M13",
        "2026-Q5",
        "2026-11-31",
        "2026-W54",
        "20",
        "November",
    ] {
        assert_eq!(
            faults(&format!("obligations?period={period}")),
            ["period period_key"],
            "{period}"
        );
    }
    assert_eq!(faults("obligations?kind=tin"), ["kind json_variant"]);
    assert_eq!(faults("items?kind=podcast"), ["kind rule_kind_unknown"]);
    assert_eq!(faults("items?field=sport"), ["field json_variant"]);
    assert_eq!(faults("trail?entity=thing"), ["entity json_variant"]);
    // a unit of others is as unknown as one that nobody has
    let leader = app.client_of(Role::Leader, Some(&desk.office));
    let others = format!("/api/v1/obligations?unit_id={}", desk.superior.id);
    assert_eq!(leader.get(&others).faults(400), ["unit_id not_found"]);
}

fn a_unit_is_meant_alone_or_with_all_below_it(app: &TestApp) {
    let desk = Desk::new(app);
    let everybody = json!({"type": "units", "categories": ["superior", "grassroots"]});
    desk.plan(&[quota(everybody, &["tin"], "month", 1)]);
    desk.event(json!({ "starts_at": "2026-11-20T08:00:00+07:00" }));
    desk.hand_in(json!({}));
    desk.person(&desk.superior, Role::Leader, "Trưởng");
    let department = app.client_of(Role::Department, Some(&desk.root));
    let found = |list: &str, more: &str| {
        let root = desk.root.id;
        let page = department
            .get(&format!("/api/v1/{list}?unit_id={root}{more}"))
            .expect(200);
        let rows = page.get("items").or(page.get("units")).unwrap();
        !rows.as_array().unwrap().is_empty()
    };
    for list in ["obligations", "items", "events", "people", "standings"] {
        assert!(!found(list, ""), "{list}");
        assert!(found(list, "&below=true"), "{list}");
    }
}

fn times_are_instants_or_dates(app: &TestApp) {
    let desk = Desk::new(app);
    app.set_clock("2026-11-20T16:00:00+07:00");
    let department = app.client_of(Role::Department, Some(&desk.root));
    for list in [
        "obligations",
        "items",
        "events",
        "overdue",
        "trail",
        "mails/stats",
    ] {
        let path = format!("/api/v1/{list}?from=");
        for from in ["2026-11-02", "2026-11-02T16:00:00%2B07:00"] {
            department.get(&format!("{path}{from}")).expect(200);
        }
        assert_eq!(
            department.get(&format!("{path}02/11/2026")).faults(400),
            ["from json_date"],
            "{list}"
        );
        assert_eq!(
            department.get(&format!("{path}1999-11-02")).faults(400),
            ["from date_year"],
            "{list}"
        );
    }
    desk.hand_in(json!({}));
    let count = |query: &str| {
        department
            .get(&format!("/api/v1/items?{query}"))
            .items()
            .len()
    };
    assert_eq!(count("from=2026-11-20&to=2026-11-20"), 1);
    assert_eq!(count("to=2026-11-19"), 0);
    assert_eq!(count("from=2026-11-20T16:00:00%2B07:00"), 1);
    assert_eq!(count("to=2026-11-20T16:00:00%2B07:00"), 0);
}

fn items_are_listed_by_field(app: &TestApp) {
    let desk = Desk::new(app);
    desk.hand_in(json!({ "title": "Tài chính", "field": "tai_chinh" }));
    desk.hand_in(json!({ "title": "Tuyên truyền", "field": "tuyen_giao" }));
    let department = app.client_of(Role::Department, Some(&desk.root));
    let titles = texts(
        &department.get("/api/v1/items?field=tai_chinh").items(),
        "title",
    );
    assert_eq!(titles, ["Tài chính"]);
}
