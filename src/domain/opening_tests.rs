//! Tests of `domain::opening`.

use chrono::Days;
use proptest::prelude::*;

use super::*;
use crate::domain::calendar::PeriodEnd;
use crate::domain::calendar::shipped;
use crate::domain::ids::{RuleId, RuleVersionId};
use crate::domain::period::PeriodKind;
use crate::domain::rule::CountScope;

const KINDS: [PeriodKind; 6] = [
    PeriodKind::Day,
    PeriodKind::Week,
    PeriodKind::Month,
    PeriodKind::Quarter,
    PeriodKind::HalfYear,
    PeriodKind::Year,
];

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn quota(period: PeriodKind) -> RuleContent {
    RuleContent {
        title: "Tin".to_owned(),
        kind: RuleKind::Quota,
        subject: crate::domain::rule::Subject::Units {
            categories: Vec::new(),
        },
        kinds: vec!["tin".to_owned()],
        own_field: false,
        scope: CountScope::Own,
        period: Some(period),
        due_at: None,
        minimum: 2,
        maximum: None,
        valid_from: None,
        valid_to: None,
    }
}

fn fixed(due_at: &str) -> RuleContent {
    RuleContent {
        kind: RuleKind::FixedDate,
        period: None,
        due_at: Some(due_at.parse().unwrap()),
        ..quota(PeriodKind::Month)
    }
}

const fn version(
    id: RuleVersionId,
    effective_from: NaiveDate,
    content: &RuleContent,
) -> Version<'_> {
    Version {
        rule_id: RuleId(1),
        id,
        effective_from,
        content,
        entered_at: DateTime::UNIX_EPOCH,
    }
}

fn keys(openings: &[Opening<'_>]) -> Vec<String> {
    openings.iter().map(Opening::key).collect()
}

#[test]
fn a_month_is_governed_by_the_newest_version_in_effect_on_its_first_day() {
    let content = quota(PeriodKind::Month);
    let versions = [
        version(RuleVersionId(1), date("2026-02-10"), &content),
        version(RuleVersionId(2), date("2026-04-02"), &content),
    ];
    let openings = due(&versions, 2026, None, date("2026-05-01"));
    let governing: Vec<_> = openings.iter().map(|o| (o.key(), o.version.id)).collect();
    let expected = [("2026-M03", 1), ("2026-M04", 1), ("2026-M05", 2)];
    assert_eq!(
        governing,
        expected.map(|(key, id)| (key.to_owned(), RuleVersionId(id)))
    );
}

#[test]
fn periods_that_begin_outside_the_validity_of_a_rule_are_not_opened() {
    let content = RuleContent {
        valid_from: Some(date("2026-02-02")),
        valid_to: Some(date("2026-04-01")),
        ..quota(PeriodKind::Month)
    };
    let versions = [version(RuleVersionId(1), date("2026-01-01"), &content)];
    let openings = due(&versions, 2026, None, date("2026-12-31"));
    assert_eq!(keys(&openings), ["2026-M03", "2026-M04"]);
}

#[test]
fn a_rule_with_a_fixed_date_is_opened_once() {
    let content = fixed("2026-06-30T10:00:00Z");
    let versions = [version(RuleVersionId(1), date("2026-03-01"), &content)];
    let due_on = |opened_to, today| due(&versions, 2026, opened_to, date(today)).len();
    assert_eq!(due_on(None, "2026-02-28"), 0);
    assert_eq!(due_on(None, "2026-03-01"), 1);
    assert_eq!(due_on(Some(date("2026-03-01")), "2026-03-02"), 0);
    let entered_on = |entered| {
        let today = date("2026-07-05");
        since(&versions, 2026, date(entered), today).len()
    };
    assert_eq!(["2026-06-30", "2026-07-01"].map(entered_on), [1, 0]);
}

#[test]
fn a_unit_owes_what_had_not_ended_when_it_was_entered() {
    let content = quota(PeriodKind::Week);
    let versions = [version(RuleVersionId(1), date("2025-12-29"), &content)];
    let owed = |entered, today| keys(&since(&versions, 2026, date(entered), date(today)));
    assert_eq!(
        owed("2026-01-12", "2026-01-27"),
        ["2026-W03", "2026-W04", "2026-W05"]
    );
    assert_eq!(owed("2027-01-02", "2027-01-02"), ["2026-W53"]);
    assert_eq!(owed("2027-01-04", "2027-01-04"), [""; 0]);
}

#[test]
fn a_subject_that_ends_within_a_period_ends_its_window() {
    let calendar = Calendar::compile(&shipped::calendar("ben-tre").unwrap()).unwrap();
    let content = quota(PeriodKind::Month);
    let versions = [version(RuleVersionId(1), date("2026-01-01"), &content)];
    let opening = *due(&versions, 2026, None, date("2026-11-10"))
        .last()
        .unwrap();
    let begins = calendar.start_of(date("2026-11-01"));
    let window = |last: &str| {
        let window = opening.window(begins, &calendar, &Policy::default(), Some(date(last)));
        window.unwrap()
    };
    let early = window("2026-11-12");
    assert_eq!(early.to, calendar.start_of(date("2026-11-13")));
    assert_eq!(early.ended_on, Some(date("2026-11-12")));
    assert_eq!(window("2026-11-30").ended_on, None);
}

proptest! {
    /// The job runs on random days; each run continues after the one before.
    #[test]
    fn no_period_is_opened_twice_nor_skipped(
        kind in 0_usize..6,
        begins in 0_u64..420,
        gaps in prop::collection::vec(0_u64..90, 1..12),
    ) {
        let kind = KINDS[kind];
        let content = quota(kind);
        let from = date("2025-12-01") + Days::new(begins);
        let versions = [version(RuleVersionId(1), from, &content)];
        let (mut today, mut opened_to, mut opened) = (date("2025-12-15"), None, Vec::new());
        for gap in gaps {
            today = today + Days::new(gap);
            for opening in due(&versions, 2026, opened_to, today) {
                opened_to = Some(opening.opened_to());
                opened.push(opening.key());
            }
        }
        let first = Period::first_of_year(kind, 2026);
        let expected: Vec<String> = std::iter::successors(Some(first), |p| Some(p.next()))
            .take_while(|period| period.year() == 2026 && period.first <= today)
            .filter(|period| from <= period.first)
            .map(Period::key)
            .collect();
        prop_assert_eq!(opened, expected);
    }

    #[test]
    fn the_windows_of_a_rule_partition_time(
        kind in 0_usize..6,
        day in 0_u64..700,
        policies in prop::collection::vec((any::<bool>(), any::<bool>()), 2..12),
        second in 0_i64..200_000_000,
    ) {
        let calendars = ["ben-tre", "lai-chau"].map(|code| {
            Calendar::compile(&shipped::calendar(code).or_else(|| shipped::calendar("ben-tre")).unwrap()).unwrap()
        });
        let mut period = Period::containing(KINDS[kind], date("2026-01-01") + Days::new(day));
        let begins = calendars[0].start_of(period.first);
        let mut windows: Vec<Window> = Vec::new();
        for (closing, other) in policies {
            let period_end = if closing { PeriodEnd::LastWorkingClosing } else { PeriodEnd::Midnight };
            let policy = Policy { period_end, ..Policy::default() };
            let begins = windows.last().map_or(begins, |before| before.to);
            windows.push(Window::of(period, begins, &calendars[usize::from(other)], &policy));
            period = period.next();
        }
        let last = windows.last().unwrap().to;
        let at = begins + chrono::TimeDelta::seconds(second);
        let holding = windows.iter().filter(|window| window.from <= at && at < window.to).count();
        prop_assert_eq!(holding, usize::from(at < last));
    }

    #[test]
    fn an_extension_never_moves_the_due_instant_earlier_nor_beyond_the_end_of_a_subject(
        to in 0_i64..100, extended in prop::option::of(0_i64..100), ends in prop::option::of(0_i64..100),
    ) {
        let at = |hour: i64| DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(hour);
        let due = due_at(at(to), extended.map(at), ends.map(at));
        prop_assert!(due >= at(to));
        prop_assert!(due <= at(to).max(extended.map_or(at(to), at)));
        prop_assert!(ends.is_none_or(|end| due <= at(to).max(at(end))));
    }

    #[test]
    fn the_window_of_a_day_is_the_whole_day(day in 0_u64..700) {
        let calendar = Calendar::compile(&shipped::calendar("ben-tre").unwrap()).unwrap();
        let policy = Policy { period_end: PeriodEnd::LastWorkingClosing, ..Policy::default() };
        let period = Period::containing(PeriodKind::Day, date("2026-01-01") + Days::new(day));
        let window = Window::of(period, calendar.start_of(period.first), &calendar, &policy);
        prop_assert_eq!(window.to, calendar.end_of(period.last));
        prop_assert_eq!(window.explain(&calendar, &policy).due, window.to);
    }
}
