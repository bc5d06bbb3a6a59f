//! Working time through the command line: worked cases, due instants with their reasons, and what
//! is said to wrong input.

use std::process::ExitCode;

use crate::support::{Answer, tinbai};

const VECTORS: &str = "tests/data/working-time-vectors.json";

fn deadline(arguments: &[&str]) -> Answer {
    tinbai(&[&["deadline"], arguments].concat())
}

/// The first line of a due instant, `2026-11-25T09:00:00+07:00`.
fn due(arguments: &[&str]) -> String {
    let answer = deadline(arguments);
    assert_eq!(answer.code, ExitCode::SUCCESS, "{}", answer.err);
    answer.out.lines().next().unwrap_or_default().to_owned()
}

fn refused(arguments: &[&str]) -> String {
    let answer = tinbai(arguments);
    assert_eq!(
        (answer.code, answer.out.as_str()),
        (ExitCode::from(2), ""),
        "{arguments:?}"
    );
    answer.err
}

/// A file that goes away with the folder.
fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn all_145_worked_cases_come_out_as_expected() {
    let answer = tinbai(&["calendar", "verify", VECTORS]);
    assert_eq!(
        (answer.out.as_str(), answer.err.as_str()),
        ("145 passed, 0 failed\n", "")
    );
    assert_eq!(answer.code, ExitCode::SUCCESS);
}

#[test]
fn a_case_that_differs_is_shown_with_its_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let case = |id: &str, due: &str| {
        format!(
            r#"{{"id": "{id}", "note": "over the weekend", "op": "add_working_minutes", "start": "2026-03-06T16:30:00+07:00",
                "add_working_minutes": 60, "expected_due": "{due}", "calendar": {{"id": "office", "tz": "Asia/Ho_Chi_Minh",
                "weekly_hours": {{"mon": [["07:30", "11:30"]], "fri": [["13:30", "17:00"]]}}}}}}"#
        )
    };
    let (right, wrong) = (
        case("right", "2026-03-09T01:00:00Z"),
        case("wrong", "2026-03-09T08:30:00+07:00"),
    );
    let path = file(
        &folder,
        "cases.json",
        &format!(r#"{{"cases": [{right}, {wrong}]}}"#),
    );
    let answer = tinbai(&["calendar", "verify", &path, "--lang", "en"]);
    assert_eq!(answer.code, ExitCode::from(1));
    insta::assert_snapshot!("verify_difference", answer.out);
}

#[test]
fn a_broken_file_of_cases_is_named_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let said = refused(&["calendar", "verify", "/nowhere/cases.json"]);
    assert!(said.contains("/nowhere/cases.json"), "{said}");

    let half = file(&folder, "half.json", r#"{"cases": [{"id": "#);
    let said = refused(&["calendar", "verify", &half]);
    assert!(
        said.contains("half.json") && said.contains("line 1"),
        "{said}"
    );

    let strange = file(
        &folder,
        "strange.json",
        r#"{"cases": [{"id": "a", "op": "guess", "calendar": {"id": "a", "tz": "UTC", "weekly_hours": {}}}]}"#,
    );
    let said = refused(&["calendar", "verify", &strange]);
    assert!(said.contains("guess"), "{said}");

    let zone = r#"{"cases": [{"id": "dev-9", "op": "elapsed_working_minutes", "start": "2026-03-06T16:30:00+07:00",
        "end": "2026-03-06T16:31:00+07:00", "expected_working_minutes": 1,
        "calendar": {"id": "a", "tz": "Asia/Hue", "weekly_hours": {"mon": [["08:00", "07:00"]]}}}]}"#;
    let zone = file(&folder, "zone.json", zone);
    let said = refused(&["calendar", "verify", &zone]);
    let whole = ["dev-9: calendar.zone", "Asia/Hue", "calendar.hours.mon[0]"]
        .iter()
        .all(|part| said.contains(part));
    assert!(whole, "{said}");
}

/// docs/DOMAIN.md, deadlines: an event of Ben Tre ends on Friday 20/11/2026 at 15:00; Tuesday 24/11 is a
/// new public holiday.
#[test]
fn event_news_in_ben_tre_are_due_after_12_working_hours() {
    let answer = deadline(&[
        "--calendar",
        "ben-tre",
        "--from",
        "2026-11-20T15:00:00+07:00",
        "--working-hours",
        "12",
    ]);
    assert_eq!(answer.code, ExitCode::SUCCESS);
    insta::assert_snapshot!("deadline_ben_tre", answer.out);
}

#[test]
fn the_explanation_is_there_in_english_too() {
    let english = [
        "--calendar",
        "ben-tre",
        "--from",
        "2026-11-20T15:00:00+07:00",
        "--working-hours",
        "12",
        "--lang",
        "en",
    ];
    insta::assert_snapshot!("deadline_ben_tre_english", deadline(&english).out);
}

#[test]
fn a_topical_event_is_due_at_the_cut_off_of_its_day_or_the_next() {
    let cutoff = |from: &str| due(&["--calendar", "ben-tre", "--from", from, "--cutoff", "16:00"]);
    assert_eq!(
        cutoff("2026-11-20T15:00:00+07:00"),
        "2026-11-20T16:00:00+07:00"
    );
    // At 16:00 sharp it belongs to the next working day, which is Monday.
    assert_eq!(
        cutoff("2026-11-20T16:00:00+07:00"),
        "2026-11-23T16:00:00+07:00"
    );
    assert_eq!(
        cutoff("2026-11-23T16:30:00+07:00"),
        "2026-11-25T16:00:00+07:00"
    );
    let every = [
        "--from",
        "2026-11-20T16:00:00+07:00",
        "--cutoff",
        "16:00",
        "--cutoff-days",
        "every",
    ];
    assert_eq!(due(&every), "2026-11-21T16:00:00+07:00");
    let sharp = [
        "--from",
        "2026-11-20T16:00:00+07:00",
        "--cutoff",
        "16:00",
        "--cutoff-inclusive",
    ];
    assert_eq!(due(&sharp), "2026-11-20T16:00:00+07:00");
}

#[test]
fn a_question_is_due_after_24_hours_by_the_clock() {
    let answer = due(&["--from", "2026-11-20T15:00:00+07:00", "--clock-hours", "24"]);
    assert_eq!(answer, "2026-11-21T15:00:00+07:00");
}

#[test]
fn hours_may_be_decimal_and_the_instant_local() {
    let office = |from: &str, hours: &str| due(&["--from", from, "--working-hours", hours]);
    assert_eq!(
        office("2026-11-20T10:30", "1.5"),
        "2026-11-20T13:30:00+07:00"
    );
    assert_eq!(
        office("20/11/2026 10:30", "1,25"),
        "2026-11-20T13:15:00+07:00"
    );
    assert_eq!(
        office("2026-11-20 16:00:00", "1"),
        "2026-11-20T17:00:00+07:00"
    );
    // Adding nothing moves to the next working instant.
    assert_eq!(office("2026-11-20T17:00", "0"), "2026-11-23T07:30:00+07:00");
    // An offset of another place is understood; the answer is on the calendar's clock.
    assert_eq!(
        office("2026-11-20T08:00:00Z", "0.5"),
        "2026-11-20T15:30:00+07:00"
    );
}

#[test]
fn a_worked_saturday_counts_and_an_eve_of_tet_does_not_reach_into_it() {
    let ben_tre = |from: &str, hours: &str| {
        due(&[
            "--calendar",
            "ben-tre",
            "--from",
            from,
            "--working-hours",
            hours,
        ])
    };
    // Saturday 22/08/2026 is worked in place of Monday 31/08.
    assert_eq!(
        ben_tre("2026-08-21T16:00", "3"),
        "2026-08-22T09:00:00+07:00"
    );
    assert_eq!(
        ben_tre("2026-08-28T16:00", "3"),
        "2026-09-03T09:00:00+07:00"
    );
    // Friday 13/02/2026 is the last day before Tet (16-20/02).
    assert_eq!(
        ben_tre("2026-02-13T16:59", "1"),
        "2026-02-23T07:59:00+07:00"
    );
}

#[test]
fn a_year_without_holidays_is_warned_of() {
    let answer = deadline(&["--from", "2031-03-03T08:00", "--working-hours", "1"]);
    assert!(
        answer.out.contains("2031") && answer.out.contains("Lưu ý"),
        "{}",
        answer.out
    );
}

#[test]
fn an_own_calendar_is_read_from_a_file_and_judged_whole() {
    let folder = tempfile::tempdir().unwrap();
    let good = r#"{"code": "xa", "name": "Xã", "zone": "Asia/Ho_Chi_Minh", "hours": {"sat": [["08:00", "09:00"]]}}"#;
    let good = file(&folder, "good.json", good);
    let answer = due(&[
        "--calendar",
        &good,
        "--from",
        "2026-11-20T15:00",
        "--working-hours",
        "1",
    ]);
    assert_eq!(answer, "2026-11-21T09:00:00+07:00");

    let bad = r#"{"code": "XÃ", "name": "", "zone": "Mars/Base", "hours": {"sat": [["09:00", "08:00"], ["25:00", "26:00"]]}}"#;
    let bad = file(&folder, "bad.json", bad);
    let said = refused(&[
        "deadline",
        "--calendar",
        &bad,
        "--from",
        "2026-11-20T15:00",
        "--working-hours",
        "1",
    ]);
    for part in [
        "code",
        "name",
        "Mars/Base",
        "hours.sat[0]",
        "25:00",
        "26:00",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn wrong_input_is_refused_by_name() {
    let ask = |from: &str, option: &str, value: &str| {
        refused(&["deadline", "--from", from, option, value])
    };
    let friday = "2026-11-20T15:00";
    for hours in ["", "x", "1.2.3", "1e3", "1.", ".5", "12h", "inf"] {
        let said = ask(friday, "--working-hours", hours);
        assert!(
            said.contains("--working-hours") && said.contains("1.5"),
            "{hours}: {said}"
        );
    }
    assert!(ask(friday, "--working-hours", "-1").contains("không được âm"));
    assert!(ask(friday, "--clock-hours", "-0.5").contains("không được âm"));
    assert!(ask(friday, "--working-hours", "999999999").contains("10000"));
    for time in ["24:00", "16h", "9:00", "16:60", ""] {
        let said = ask(friday, "--cutoff", time);
        assert!(said.contains("--cutoff"), "{time}: {said}");
    }
    for from in [
        "tomorrow",
        "2026-02-30T10:00",
        "2026-11-20",
        "2026-11-20T15:00+25:00",
    ] {
        let said = ask(from, "--working-hours", "1");
        assert!(said.contains("--from"), "{from}: {said}");
    }
    let said = refused(&[
        "deadline",
        "--calendar",
        "atlantis",
        "--from",
        friday,
        "--working-hours",
        "1",
    ]);
    assert!(
        said.contains("atlantis") && said.contains("ben-tre"),
        "{said}"
    );
    refused(&["deadline", "--from", friday]);
    refused(&[
        "deadline",
        "--from",
        friday,
        "--working-hours",
        "1",
        "--cutoff",
        "16:00",
    ]);
    refused(&[
        "deadline",
        "--from",
        friday,
        "--working-hours",
        "1",
        "--cutoff-inclusive",
    ]);
}
