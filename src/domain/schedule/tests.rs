//! Cron lines against a clock: zones, month ends, leap days, folds; and what is missed.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::{CatchUp, Cron, Due};
use crate::domain::text::ZONE;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text)
        .unwrap_or_else(|e| panic!("{text}: {e}"))
        .to_utc()
}

fn cron(line: &str) -> Cron {
    Cron::new(line, ZONE, at("2026-01-01T00:00:00+07:00")).unwrap()
}

fn code(line: &str) -> &'static str {
    Cron::new(line, ZONE, at("2026-01-01T00:00:00+07:00"))
        .unwrap_err()
        .code
}

/// The next `n` instants in the zone of the line, as text.
fn following(cron: &Cron, after: &str, n: usize) -> Vec<String> {
    std::iter::successors(cron.next_after(at(after)), |at| cron.next_after(*at))
        .take(n)
        .map(|at| at.with_timezone(&cron.zone).to_rfc3339())
        .collect()
}

#[test]
fn four_in_the_afternoon_is_meant_in_the_zone_of_the_house() {
    let daily = cron("0 0 16 * * *");
    assert_eq!(
        daily.next_after(at("2026-11-20T15:59:59.999+07:00")),
        Some(at("2026-11-20T09:00:00Z"))
    );
    assert_eq!(
        daily.next_after(at("2026-11-20T16:00:00+07:00")),
        Some(at("2026-11-21T09:00:00Z"))
    );
}

#[test]
fn month_ends_and_leap_days_are_found() {
    let last = following(&cron("0 0 8 31 * *"), "2026-01-31T08:00:00+07:00", 3);
    assert_eq!(
        last,
        [
            "2026-03-31T08:00:00+07:00",
            "2026-05-31T08:00:00+07:00",
            "2026-07-31T08:00:00+07:00"
        ]
    );
    let leap = following(&cron("0 0 0 29 2 *"), "2026-01-01T00:00:00+07:00", 2);
    assert_eq!(
        leap,
        ["2028-02-29T00:00:00+07:00", "2032-02-29T00:00:00+07:00"]
    );
    let opening = following(&cron("0 5 0 1 * *"), "2026-12-31T23:00:00+07:00", 1);
    assert_eq!(opening, ["2027-01-01T00:05:00+07:00"]);
}

/// The lines that are suggested mean the days that a crontab means; those that are taken are shown
/// with the days that they mean here.
#[test]
fn weekdays_are_named() {
    let now = at("2026-01-01T00:00:00+07:00");
    for (crontab, here) in [
        ("0 16 * * 1-5", Some("0 0 16 * * MON-FRI")),
        ("0 16 * * 0", Some("0 0 16 * * SUN")),
        ("0 16 * * 7", Some("0 0 16 * * SUN")),
        ("0 16 * * 5-7", Some("0 0 16 * * SUN,FRI,SAT")),
        ("0 16 * * fri-sun", Some("0 0 16 * * SUN,FRI,SAT")),
        ("0 16 * * 1,3,Friday", Some("0 0 16 * * MON,WED,FRI")),
        ("0 16 * * 1-5/2", Some("0 0 16 * * MON,WED,FRI")),
        ("0 16 * * 0-6", Some("0 0 16 * * *")),
        ("*/5  * * * *", Some("0 */5 * * * *")),
        ("0 16 1 * *", Some("0 0 16 1 * *")),
        // either of them in a crontab, both of them here
        ("0 16 1 * 1", None),
        ("0 16 30 2 *", None),
        ("0 16 * * 8", None),
        ("0 16 * * 5-1", None),
        ("0 16 * * x", None),
        ("a b c d e", None),
    ] {
        let fault = Cron::new(crontab, ZONE, now).unwrap_err();
        let mend = fault.args.iter().find(|(name, _)| *name == "mend");
        assert_eq!(mend.map(|(_, line)| line.as_str()), here, "{crontab}");
        let code = here.map_or("cron_fields", |_| "cron_five_fields");
        assert_eq!(fault.code, code, "{crontab}");
        if let Some(here) = here {
            assert_eq!(cron(here).line(), here);
        }
    }
    for (line, named) in [
        ("0 0 16 * * 1-5", "0 0 16 * * SUN-THU"),
        ("0 0 16 * * 2-6 2026-2030", "0 0 16 * * MON-FRI 2026-2030"),
        ("0 0 16 * * 1,7", "0 0 16 * * SUN,SAT"),
        ("0 0 16 * * 2,3", "0 0 16 * * MON,TUE"),
        ("0 0 16 * * */3", "0 0 16 * * SUN,WED,SAT"),
        ("0 0 16 * * 1-7", "0 0 16 * * *"),
        ("0 0 16 * * Mon-Fri", "0 0 16 * * Mon-Fri"),
        ("@weekly", "@weekly"),
    ] {
        assert_eq!(cron(line).line(), named);
        assert_eq!(super::shown(line), named);
        let start = "2026-11-20T00:00:00+07:00";
        let stored = Cron::stored(line, ZONE).unwrap();
        assert_eq!(
            following(&cron(line), start, 9),
            following(&stored, start, 9)
        );
    }
    assert_eq!(code("0 0 16 * * 0"), "cron_unreadable");
}

#[test]
fn one_is_sunday() {
    assert_eq!(
        following(&cron("0 0 7 * * 1"), "2026-11-20T00:00:00+07:00", 1),
        ["2026-11-22T07:00:00+07:00"]
    );
    assert_eq!(
        following(&cron("0 0 7 * * MON-FRI"), "2026-11-20T08:00:00+07:00", 1),
        ["2026-11-23T07:00:00+07:00"]
    );
}

#[test]
fn lines_that_mean_something_else_than_was_thought_are_refused() {
    assert_eq!(code("0 16 * * *"), "cron_five_fields");
    assert_eq!(code("0 0 0 30 2 *"), "cron_never");
    assert_eq!(code("0 0 0 1 1 * 2020"), "cron_never");
    assert_eq!(code("* * * * * *"), "cron_too_often");
    assert_eq!(code("0 61 * * * *"), "cron_unreadable");
    assert_eq!(code("0 0 16 * * *\n"), "cron_unreadable");
    assert_eq!(code(""), "cron_fields");
    assert_eq!(code("@nightly"), "cron_unreadable");
    assert_eq!(code(&"1,".repeat(200)), "cron_unreadable");
    let said = Cron::new("0 16 * * *", ZONE, at("2026-01-01T00:00:00Z"))
        .unwrap_err()
        .message("vi");
    assert!(
        said.contains("0 0 16 * * *") && !said.contains("%{"),
        "{said}"
    );
}

#[test]
fn a_line_runs_out_but_stays_readable() {
    let once = cron("0 0 8 20 11 * 2026");
    assert_eq!(once.next_after(at("2026-11-20T08:00:00+07:00")), None);
    assert!(Cron::stored(once.line(), ZONE).is_ok());
}

#[test]
fn a_time_that_the_clock_leaps_over_counts_once_at_the_end_of_the_leap() {
    let zone: Tz = "Europe/Berlin".parse().unwrap();
    let night = Cron::new("0 30 2 * * *", zone, at("2026-01-01T00:00:00Z")).unwrap();
    let days = following(&night, "2026-03-27T12:00:00Z", 3);
    assert_eq!(
        days,
        [
            "2026-03-28T02:30:00+01:00",
            "2026-03-29T03:00:00+02:00",
            "2026-03-30T02:30:00+02:00"
        ]
    );
}

#[test]
fn a_time_that_comes_twice_counts_the_first_time() {
    let zone: Tz = "Europe/Berlin".parse().unwrap();
    let night = Cron::new("0 30 2 * * *", zone, at("2026-01-01T00:00:00Z")).unwrap();
    let days = following(&night, "2026-10-24T12:00:00Z", 2);
    assert_eq!(
        days,
        ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]
    );
}

#[test]
fn the_minute_goes_on_through_leap_and_fold() {
    for zone in [
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/New_York",
        "Asia/Ho_Chi_Minh",
    ] {
        let zone: Tz = zone.parse().unwrap();
        let minutes = Cron::new("0 * * * * *", zone, at("2026-01-01T00:00:00Z")).unwrap();
        for day in [
            "2026-03-08",
            "2026-03-29",
            "2026-04-04",
            "2026-10-03",
            "2026-10-25",
            "2026-11-01",
        ] {
            let start = at(&format!("{day}T00:00:00Z"));
            let all: Vec<_> = minutes
                .between(start, start + TimeDelta::hours(24))
                .collect();
            let expected: Vec<_> = (1..=1_440).map(|n| start + TimeDelta::minutes(n)).collect();
            assert_eq!(all, expected, "{zone} {day}");
        }
    }
}

#[test]
fn policies_are_read_as_they_are_written() {
    for policy in [
        CatchUp::Coalesce,
        CatchUp::Each,
        CatchUp::Within(TimeDelta::hours(24)),
    ] {
        assert_eq!(CatchUp::parse(&policy.to_text()), Some(policy));
    }
    assert_eq!(CatchUp::parse("sometimes"), None);
    assert_eq!(CatchUp::parse("within:9223372036854775807"), None);
}

#[test]
fn three_days_off_are_one_run_each_run_or_a_note() {
    let daily = cron("0 0 16 * * *");
    let (first, now) = (
        at("2026-11-20T16:00:00+07:00"),
        at("2026-11-23T10:00:00+07:00"),
    );
    let day = |n: i64| first + TimeDelta::days(n);
    let due = |skipped, run, next| Due {
        skipped,
        run: Some(run),
        next: Some(next),
    };
    assert_eq!(
        CatchUp::Coalesce.judge(&daily, first, now),
        due(vec![], day(2), day(3))
    );
    assert_eq!(
        CatchUp::Each.judge(&daily, first, now),
        due(vec![], day(0), day(1))
    );
    let within = CatchUp::Within(TimeDelta::days(1));
    assert_eq!(
        within.judge(&daily, first, now),
        due(vec![day(0), day(1)], day(2), day(3))
    );
    let nothing_young = within.judge(&cron("0 0 16 * * 6"), first, now);
    let next = Some(at("2026-11-27T16:00:00+07:00"));
    assert_eq!(
        nothing_young,
        Due {
            skipped: vec![first],
            run: None,
            next
        }
    );
}

#[test]
fn years_of_missed_minutes_cost_little() {
    let minutes = cron("0 * * * * *");
    let (first, now) = (at("2016-01-01T00:00:00Z"), at("2026-11-20T08:00:30Z"));
    assert_eq!(
        CatchUp::Coalesce.judge(&minutes, first, now).run,
        Some(at("2026-11-20T08:00:00Z"))
    );
}

#[test]
fn a_run_asked_for_by_hand_need_not_lie_on_the_line() {
    let daily = cron("0 0 16 * * *");
    let now = at("2026-11-20T09:12:13+07:00");
    let due = CatchUp::Coalesce.judge(&daily, now, now);
    assert_eq!(
        (due.run, due.next),
        (Some(now), Some(at("2026-11-20T16:00:00+07:00")))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_is_left_out_and_nothing_comes_twice(
        start in 1_767_225_600_i64..1_900_000_000, minute in 0_i64..60, every in prop::sample::select(vec![1_i64, 2, 3, 4, 6]),
    ) {
        let cron = cron(&format!("0 {minute} */{every} * * *"));
        let start = DateTime::from_timestamp(start, 0).unwrap();
        let end = start + TimeDelta::days(3);
        let found: Vec<_> = cron.between(start, end).collect();
        let local = |at: i64| at + 7 * 3_600;
        let expected: Vec<_> = (start.timestamp() + 1..=end.timestamp())
            .filter(|at| local(*at) % 3_600 == minute * 60 && local(*at) / 3_600 % 24 % every == 0)
            .map(|at| DateTime::from_timestamp(at, 0).unwrap())
            .collect();
        prop_assert_eq!(found, expected);
    }
}
