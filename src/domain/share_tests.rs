//! Tests of `domain::share`.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::*;
use crate::domain::ids::UnitId;
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
    let share = Share::of(&content, quarter(), 91);
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
        minimum in 0_u32..500, more in 0_u32..500, present in 0_u32..92,
    ) {
        let content = content(minimum, Some(minimum + more));
        let share = Share::of(&content, quarter(), present);
        prop_assert!(share.required <= minimum);
        prop_assert!(share.maximum.is_some_and(|most| share.required <= most && most <= minimum + more));
    }

    #[test]
    fn a_day_counts_once_however_many_posts_and_roles_are_held_on_it(held in tenures()) {
        let time = life(0, Some(90));
        let on = |day: u32| held.iter().filter(move |t| t.days.contains(quarter().first + Days::new(day.into())));
        let days: Vec<u32> = (0..91).filter(|day| on(*day).next().is_some()).collect();
        let presence = Presence::of(&held, time);
        prop_assert_eq!(presence.map_or(0, |p| p.days), u32::try_from(days.len()).unwrap());
        if let Some(presence) = presence {
            let (first, last) = (days.first().copied().unwrap(), days.last().copied());
            prop_assert_eq!(presence.life, life(first, last));
            prop_assert!(on(first).any(|tenure| tenure.unit == presence.first_unit));
            prop_assert!(on(last.unwrap()).any(|tenure| tenure.unit == presence.last_unit));
        }
    }

    #[test]
    fn the_order_in_which_posts_and_roles_are_recorded_does_not_matter(
        (held, shuffled) in tenures().prop_flat_map(|held| (Just(held.clone()), Just(held).prop_shuffle())),
    ) {
        let time = life(0, Some(90));
        prop_assert_eq!(Presence::of(&held, time), Presence::of(&shuffled, time));
    }

    #[test]
    fn whoever_moves_owes_what_one_person_owes(minimum in 0_u32..500, moved in 1_u32..91) {
        let tenure = |unit, days| Tenure { unit, days, ..tenure(Role::Contributor, false) };
        let held = [tenure(UnitId(1), life(0, Some(moved - 1))), tenure(UnitId(2), life(moved, None))];
        let presence = Presence::of(&held, life(0, Some(90))).unwrap();
        prop_assert_eq!(Share::of(&content(minimum, None), quarter(), presence.days).required, minimum);
        prop_assert_eq!((presence.first_unit, presence.last_unit), (UnitId(1), UnitId(2)));
    }
}

fn tenure(role: Role, beside: bool) -> Tenure {
    Tenure {
        role,
        unit: UnitId(1),
        categories: vec![Category::Office],
        beside,
        days: Life::default(),
    }
}

/// Some posts and roles in and around the quarter, each on a unit of its own.
fn tenures() -> impl Strategy<Value = Vec<Tenure>> {
    let one = (0_u32..91, 0_u32..91, any::<bool>(), any::<bool>());
    prop::collection::vec(one, 0..6).prop_map(|all| {
        let units = all.into_iter().zip(1_i64..);
        let each = units.map(|((from, length, beside, open), unit)| Tenure {
            unit: UnitId(unit),
            days: life(from, (!open).then_some(from + length)),
            ..tenure(Role::Editor, beside)
        });
        each.collect()
    })
}

#[test]
fn a_rule_without_a_role_concerns_posts_and_one_with_a_role_whoever_holds_it() {
    let persons = |role, categories: &[Category]| Subject::Persons {
        role,
        categories: categories.to_vec(),
    };
    let of_offices = persons(None, &[Category::Office]);
    assert!(of_offices.concerns_holder(&tenure(Role::Leader, false)));
    assert!(!of_offices.concerns_holder(&tenure(Role::Editor, true)));
    let editors = persons(Some(Role::Editor), &[]);
    assert!(editors.concerns_holder(&tenure(Role::Editor, true)));
    assert!(!editors.concerns_holder(&tenure(Role::Leader, false)));
    let of_others = persons(Some(Role::Editor), &[Category::Superior]);
    assert!(!of_others.concerns_holder(&tenure(Role::Editor, true)));
}
