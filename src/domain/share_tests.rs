//! Tests of `domain::share`.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::*;
use crate::domain::period::PeriodKind;
use crate::domain::rule::{CountScope, RuleKind};

fn content(minimum: u32, maximum: Option<u32>) -> RuleContent {
    RuleContent {
        title: "Tin".to_owned(),
        kind: RuleKind::Quota,
        subject: Subject::Units {
            categories: Vec::new(),
        },
        kinds: vec!["tin".to_owned()],
        own_field: false,
        scope: CountScope::Own,
        period: Some(PeriodKind::Quarter),
        due_at: None,
        minimum,
        maximum,
        valid_from: None,
        valid_to: None,
    }
}

fn quarter() -> Period {
    let first = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
    Period::containing(PeriodKind::Quarter, first)
}

/// The life from one day of the quarter to another, or to its end.
fn life(from: u32, to: Option<u32>) -> Life {
    let day = |day: u32| quarter().first + Days::new(day.into());
    Life {
        from: Some(day(from)),
        to: to.map(day),
    }
}

#[test]
fn a_quota_of_half_a_period_is_rounded_half_up() {
    // founded on 15 August: 17 of 31 days
    assert_eq!(prorate(2, 17, 31), 1);
    assert_eq!(prorate(1, 15, 30), 1);
    assert_eq!(prorate(1, 14, 30), 0);
    assert_eq!(prorate(3, 153, 365), 1);
    assert_eq!(prorate(5, 0, 30), 0);
    assert_eq!(prorate(5, 30, 30), 5);
}

#[test]
fn the_whole_period_owes_the_whole_quota() {
    let content = content(3, Some(5));
    let share = Share::of(&content, quarter(), Life::default(), 0);
    assert_eq!(share, Share::whole(&content));
}

#[test]
fn a_collaborator_owes_only_what_names_it() {
    let of_units = |categories: &[Category]| Subject::Units {
        categories: categories.to_vec(),
    };
    assert!(!of_units(&[]).concerns_unit("ctv", Category::Collaborator));
    assert!(of_units(&[Category::Collaborator]).concerns_unit("ctv", Category::Collaborator));
    let named = Subject::Unit {
        code: "ctv".to_owned(),
    };
    assert!(named.concerns_unit("ctv", Category::Collaborator));
    assert!(!named.concerns_unit("other", Category::Collaborator));
}

proptest! {
    #[test]
    fn proration_grows_with_the_days_and_never_exceeds_the_whole(whole in 0_u32..1000, days in 1_u32..367, a in 0_u32..367) {
        let a = a.min(days);
        prop_assert!(prorate(whole, a, days) <= whole);
        prop_assert!(a == 0 || prorate(whole, a - 1, days) <= prorate(whole, a, days));
    }

    #[test]
    fn a_share_is_between_zero_and_the_quota(
        minimum in 0_u32..500, more in 0_u32..500, from in 0_u32..91, length in 0_u32..91, before in 0_u32..200,
    ) {
        let content = content(minimum, Some(minimum + more));
        let share = Share::of(&content, quarter(), life(from, Some(from + length)), before);
        prop_assert!(share.required <= minimum);
        prop_assert!(share.maximum.is_some_and(|most| share.required <= most && most <= minimum + more));
    }

    #[test]
    fn two_posts_of_one_person_owe_the_quota_together(minimum in 0_u32..500, moved in 1_u32..91) {
        let content = content(minimum, None);
        let first = Share::of(&content, quarter(), life(0, Some(moved - 1)), 0);
        let second = Share::of(&content, quarter(), life(moved, None), moved);
        prop_assert_eq!(first.required + second.required, minimum);
    }

    #[test]
    fn two_halves_of_a_life_owe_the_quota_within_rounding(minimum in 0_u32..500, split in 1_u32..91) {
        let content = content(minimum, None);
        let first = Share::of(&content, quarter(), life(0, Some(split - 1)), 0);
        let second = Share::of(&content, quarter(), life(split, None), 0);
        prop_assert!((first.required + second.required).abs_diff(minimum) <= 1);
    }
}
