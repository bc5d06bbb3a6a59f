//! Small inputs that other programs of this kind got wrong, in `tests/data/cases/`. Each is read as
//! it looks.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tinbai::domain::access::Actor;
use tinbai::domain::text::same_key;
use tinbai::domain::unit::Category;
use tinbai::service::Error;
use tinbai::service::units::import::{self, Imported};

use crate::both_databases;
use crate::support::app::{TestApp, texts};
use crate::support::tinbai;
use crate::support::tree::{faults, found, house};

both_databases!(
    files_are_imported_as_they_look,
    a_cluster_has_one_spelling,
    letters_that_look_alike_are_one,
    the_advice_for_a_cron_line_keeps_its_days,
    a_list_of_tags_is_read_as_the_standard_says,
    a_calendar_with_a_byte_order_mark_is_read,
);

fn folder() -> String {
    format!("{}/tests/data/cases", env!("CARGO_MANIFEST_DIR"))
}

fn case(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/{name}", folder())).unwrap()
}

/// The codes of the new units of a file, or its faults; the same when it is tried and when it is
/// imported.
fn imported(app: &TestApp, name: &str) -> Result<Vec<String>, Vec<String>> {
    let (house, now, file) = (house(app), app.now(), case(name));
    let tried = house.write(&Actor::cli(), now, |tx| import::dry_run(tx, &file, None));
    let done = house.write(&Actor::cli(), now, |tx| import::units(tx, &file, None));
    let codes = |read: Result<Imported, Error>| match read {
        Ok(report) => Ok(report.new),
        Err(error) => Err(faults(&error)),
    };
    let (tried, done) = (codes(tried), codes(done));
    assert_eq!(tried, done, "{name}");
    done
}

fn files_are_imported_as_they_look(app: &TestApp) {
    let many: Vec<String> = (1..=20).map(|n| format!("cs-{n:02}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    type Expected<'a> = Result<&'a [&'a str], &'a [&'a str]>;
    let table: [(&str, Expected<'_>); 6] = [
        ("28-ctrl-z.csv", Ok(&["lang-sen"])),
        ("10-short-rows.csv", Ok(&many)),
        ("14b-nbsp-category-parent.csv", Ok(&["a1"])),
        ("11-sep-line.csv", Ok(&[])),
        (
            "14a-nbsp-code-twice.csv",
            Err(&["line 4.code sheet_code_twice"]),
        ),
        (
            "30-invisible-name.csv",
            Err(&["line 3.name required", "line 4.name required"]),
        ),
    ];
    for (name, right) in table {
        let read = imported(app, name);
        let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        assert_eq!(read, right.map(owned).map_err(owned), "{name}");
    }
}

fn a_cluster_has_one_spelling(app: &TestApp) {
    imported(app, "19-cluster-spelling.csv").unwrap();
    let units = app.admin().get("/api/v1/units?limit=100").items();
    let clusters: Vec<&str> = units
        .iter()
        .filter_map(|unit| unit["cluster"].as_str())
        .collect();
    assert_eq!(clusters.len(), 4);
    assert!(
        clusters
            .iter()
            .all(|cluster| same_key(cluster) == "cụm miền núi"),
        "{clusters:?}"
    );
}

fn letters_that_look_alike_are_one(app: &TestApp) {
    imported(app, "20-eth.csv").unwrap();
    let found = app.admin().get("/api/v1/units?q=da%20nang").items();
    let mut names = texts(&found, "name");
    names.sort();
    assert_eq!(names, ["Đà Nẵng ba", "Đà Nẵng hai", "Đà Nẵng một"]);
}

fn the_advice_for_a_cron_line_keeps_its_days(app: &TestApp) {
    let case: Value = serde_json::from_slice(&case("85-cron-five-fields.json")).unwrap();
    let five = case["lines"].as_object().unwrap();
    let admin = app.admin().with("If-Match", "*");
    app.run_due();
    for line in five.keys() {
        let refused = admin.patch("/api/v1/jobs/sweep", &json!({ "cron": line }));
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(
            refused.text.contains("0 0 16 * * MON-FRI"),
            "{}",
            refused.text
        );
    }
    // what has six fields means Sunday to Thursday: the days are named
    for line in case["also"].as_object().unwrap().keys() {
        let answer = admin.patch("/api/v1/jobs/sweep", &json!({ "cron": line }));
        assert!(answer.text.contains("SUN"), "{}", answer.text);
    }
}

fn a_list_of_tags_is_read_as_the_standard_says(app: &TestApp) {
    let case: Value = serde_json::from_slice(&case("90-if-match.json")).unwrap();
    let right: BTreeMap<String, u16> = serde_json::from_value(case["right"].clone()).unwrap();
    let root = found(app, "tinh", Category::Federation, None);
    for (index, (tags, status)) in right.iter().enumerate() {
        let unit = found(app, &format!("u{index}"), Category::Superior, Some(&root));
        let path = format!("/api/v1/units/{}", unit.id);
        assert_eq!(app.admin().get(&path).header("etag"), "\"1\"");
        let edit = app.admin().with("If-Match", tags.clone());
        let reply = edit.patch(&path, &json!({ "name": "Tên khác" }));
        assert_eq!(reply.status, *status, "{tags}: {}", reply.text);
    }
}

fn a_calendar_with_a_byte_order_mark_is_read(app: &TestApp) {
    found(app, "tinh", Category::Federation, None);
    let body = String::from_utf8(case("32-notepad-bom.calendar.json")).unwrap();
    assert!(body.starts_with('\u{feff}'));
    let admin = app.admin();
    let made = admin.send("POST", "/api/v1/calendars", Some(body));
    assert_eq!(made.expect(201)["code"], "touching");
}

#[test]
fn worked_cases_with_a_byte_order_mark_are_read() {
    let file = format!("{}/32-notepad-bom.vectors.json", folder());
    let answer = tinbai(&["calendar", "verify", &file]);
    assert_eq!(answer.err, "", "{}", answer.out);
}
