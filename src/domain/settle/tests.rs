//! Settling, case by case as the directives describe it, and against an independent count.

use chrono::{FixedOffset, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::domain::ids::ItemId;
use crate::domain::obligation::ObligationKind;
use crate::domain::policy::CountedWhen;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::<FixedOffset>::parse_from_rfc3339(&format!("{text}+07:00"))
        .unwrap()
        .to_utc()
}

/// Two tin in November 2026.
fn month() -> Terms {
    Terms {
        kind: ObligationKind::Quota,
        required: 2,
        maximum: None,
        window_from: at("2026-11-01T00:00:00"),
        window_to: at("2026-12-01T00:00:00"),
        due_at: at("2026-12-01T00:00:00"),
        missed_at: None,
        counted_when: CountedWhen::Published,
        carry: Carry::None,
        excused: None,
        check_delay: TimeDelta::zero(),
    }
}

fn excused(at: DateTime<Utc>) -> Excused {
    Excused {
        at,
        only_unmet: false,
    }
}

/// A cut-off on Friday 20/11/2026 16:00, missed for good from Thursday 26/11 07:00.
fn cutoff() -> Terms {
    Terms {
        kind: ObligationKind::Cutoff,
        required: 1,
        window_from: at("2026-11-20T15:00:00"),
        window_to: at("2026-11-20T16:00:00"),
        due_at: at("2026-11-20T16:00:00"),
        missed_at: Some(at("2026-11-26T07:00:00")),
        ..month()
    }
}

fn item(item_id: ItemId, arrived: &str, fate: Fate) -> Candidate {
    Candidate {
        item_id,
        arrived_at: at(arrived),
        fate,
    }
}

fn published(item_id: ItemId, arrived: &str) -> Candidate {
    item(
        item_id,
        arrived,
        Fate::Published(at(arrived) + TimeDelta::hours(1)),
    )
}

fn statuses(outcome: &Outcome) -> Vec<(ItemId, CreditStatus)> {
    outcome
        .credits
        .iter()
        .map(|credit| (credit.item_id, credit.status))
        .collect()
}

#[test]
fn a_quota_is_met_when_enough_is_published() {
    let items = [
        published(ItemId(1), "2026-11-03T09:00:00"),
        published(ItemId(2), "2026-11-10T09:00:00"),
    ];
    let outcome = settle(&month(), &items, at("2026-11-15T00:00:00"));
    assert_eq!(outcome.state, State::MetOnTime);
    assert_eq!(outcome.decided_at, Some(at("2026-11-10T10:00:00")));
    assert_eq!(
        (outcome.arrived, outcome.published, outcome.done),
        (2, 2, 2)
    );
}

#[test]
fn slow_review_never_costs_a_unit_its_month() {
    let waiting = [
        published(ItemId(1), "2026-11-03T09:00:00"),
        item(ItemId(2), "2026-11-30T23:59:59", Fate::Pending),
    ];
    let after = at("2026-12-01T00:00:00");
    let outcome = settle(&month(), &waiting, after);
    assert_eq!(outcome.state, State::AwaitingReview);
    assert_eq!(
        (outcome.arrived, outcome.published, outcome.done),
        (2, 1, 1)
    );
    let decided = [
        waiting[0],
        item(
            ItemId(2),
            "2026-11-30T23:59:59",
            Fate::Published(at("2026-12-08T10:00:00")),
        ),
    ];
    assert_eq!(
        settle(&month(), &decided, at("2026-12-09T00:00:00")).state,
        State::MetOnTime
    );
    let refused = [
        waiting[0],
        item(ItemId(2), "2026-11-30T23:59:59", Fate::Void),
    ];
    let outcome = settle(&month(), &refused, at("2026-12-09T00:00:00"));
    assert_eq!(
        (outcome.state, outcome.decided_at),
        (State::Missed, Some(at("2026-12-01T00:00:00")))
    );
}

#[test]
fn what_arrives_at_midnight_belongs_to_the_new_period() {
    let december = Terms {
        window_from: at("2026-12-01T00:00:00"),
        window_to: at("2027-01-01T00:00:00"),
        due_at: at("2027-01-01T00:00:00"),
        ..month()
    };
    let items = [
        published(ItemId(1), "2026-11-30T23:59:59"),
        published(ItemId(2), "2026-12-01T00:00:00"),
    ];
    let outcomes = settle_chain(&[month(), december], &items, at("2026-12-02T00:00:00"));
    assert_eq!(statuses(&outcomes[0]), [(ItemId(1), CreditStatus::Counted)]);
    assert_eq!(statuses(&outcomes[1]), [(ItemId(2), CreditStatus::Counted)]);
}

#[test]
fn with_a_maximum_the_first_by_arrival_count_and_a_withdrawal_lets_the_next_one_in() {
    let terms = Terms {
        required: 1,
        maximum: Some(2),
        ..month()
    };
    let mut items = vec![
        published(ItemId(1), "2026-11-03T09:00:00"),
        item(ItemId(2), "2026-11-04T09:00:00", Fate::Pending),
        published(ItemId(3), "2026-11-05T09:00:00"),
    ];
    let outcome = settle(&terms, &items, at("2026-11-15T00:00:00"));
    assert_eq!(
        statuses(&outcome),
        [
            (ItemId(1), CreditStatus::Counted),
            (ItemId(2), CreditStatus::Pending),
            (ItemId(3), CreditStatus::Surplus)
        ]
    );
    assert_eq!((outcome.arrived, outcome.done), (2, 1));
    items[1].fate = Fate::Void;
    let outcome = settle(&terms, &items, at("2026-11-15T00:00:00"));
    assert_eq!(
        statuses(&outcome),
        [
            (ItemId(1), CreditStatus::Counted),
            (ItemId(2), CreditStatus::Void),
            (ItemId(3), CreditStatus::Counted)
        ]
    );
    assert_eq!(outcome.done, 2);
}

#[test]
fn an_item_returned_for_changes_holds_its_place_until_its_days_are_over() {
    let lapse = at("2026-12-04T07:00:00");
    let items = [
        published(ItemId(1), "2026-11-03T09:00:00"),
        item(ItemId(2), "2026-11-28T09:00:00", Fate::Returned(lapse)),
    ];
    let outcome = settle(&month(), &items, at("2026-12-02T00:00:00"));
    assert_eq!(
        (outcome.state, outcome.next_at),
        (State::AwaitingReview, Some(lapse))
    );
    assert_eq!(settle(&month(), &items, lapse).state, State::Missed);
}

#[test]
fn arrival_at_exactly_the_due_instant_is_on_time_and_one_second_later_is_late() {
    let after = at("2026-11-20T18:30:00");
    let outcome = settle(
        &cutoff(),
        &[item(ItemId(1), "2026-11-20T16:00:00", Fate::Pending)],
        after,
    );
    assert_eq!(
        (outcome.state, outcome.decided_at),
        (State::MetOnTime, Some(at("2026-11-20T16:00:00")))
    );
    let outcome = settle(
        &cutoff(),
        &[item(ItemId(1), "2026-11-20T16:00:01", Fate::Pending)],
        after,
    );
    assert_eq!(
        (outcome.state, outcome.decided_at),
        (State::MetLate, Some(at("2026-11-20T16:00:01")))
    );
    assert_eq!(
        settle(&cutoff(), &[], at("2026-11-20T16:00:00")).state,
        State::Open
    );
    assert_eq!(
        settle(&cutoff(), &[], at("2026-11-20T16:00:01")).state,
        State::Missed
    );
}

#[test]
fn a_rejection_opens_a_deadline_again_with_the_same_due_instant() {
    let before = at("2026-11-20T15:40:00");
    let pending = item(ItemId(1), "2026-11-20T15:30:00", Fate::Pending);
    assert_eq!(
        settle(&cutoff(), &[pending], before).state,
        State::MetOnTime
    );
    let rejected = Candidate {
        fate: Fate::Void,
        ..pending
    };
    assert_eq!(settle(&cutoff(), &[rejected], before).state, State::Open);
    let second = item(ItemId(2), "2026-11-20T15:59:00", Fate::Pending);
    assert_eq!(
        settle(&cutoff(), &[rejected, second], at("2026-11-21T00:00:00")).state,
        State::MetOnTime
    );
}

#[test]
fn three_working_days_after_a_deadline_it_is_missed_for_good() {
    let now = at("2026-11-30T00:00:00");
    assert_eq!(
        settle(
            &cutoff(),
            &[published(ItemId(1), "2026-11-26T06:59:59")],
            now
        )
        .state,
        State::MetLate
    );
    let outcome = settle(
        &cutoff(),
        &[published(ItemId(1), "2026-11-26T07:00:00")],
        now,
    );
    assert_eq!((outcome.state, outcome.credits.len()), (State::Missed, 0));
}

#[test]
fn in_the_extra_time_of_an_extended_quota_an_item_counts_there_until_it_is_met_then_for_its_own_period()
 {
    let extended = Terms {
        due_at: at("2026-12-05T17:00:00"),
        ..month()
    };
    let december = Terms {
        window_from: at("2026-12-01T00:00:00"),
        window_to: at("2027-01-01T00:00:00"),
        due_at: at("2027-01-01T00:00:00"),
        ..month()
    };
    let items = [
        published(ItemId(1), "2026-11-03T09:00:00"),
        published(ItemId(2), "2026-12-05T17:00:00"),
        published(ItemId(3), "2026-12-05T16:00:00"),
        published(ItemId(4), "2026-12-05T17:00:01"),
    ];
    let outcomes = settle_chain(&[extended, december], &items, at("2026-12-10T00:00:00"));
    assert_eq!(
        statuses(&outcomes[0]),
        [
            (ItemId(1), CreditStatus::Counted),
            (ItemId(3), CreditStatus::Counted)
        ]
    );
    assert_eq!(
        statuses(&outcomes[1]),
        [
            (ItemId(2), CreditStatus::Counted),
            (ItemId(4), CreditStatus::Counted)
        ]
    );
    assert_eq!(
        (outcomes[0].state, outcomes[1].state),
        (State::MetOnTime, State::MetOnTime)
    );
}

#[test]
fn a_late_report_settles_its_own_half_year_and_the_next_one_the_other() {
    let first = Terms {
        kind: ObligationKind::Report,
        required: 1,
        window_from: at("2026-01-01T00:00:00"),
        window_to: at("2026-07-01T00:00:00"),
        due_at: at("2026-07-01T00:00:00"),
        missed_at: Some(at("2026-07-03T07:00:00")),
        ..month()
    };
    let second = Terms {
        window_from: at("2026-07-01T00:00:00"),
        window_to: at("2027-01-01T00:00:00"),
        due_at: at("2027-01-01T00:00:00"),
        missed_at: Some(at("2027-01-06T07:00:00")),
        ..first.clone()
    };
    let items = [
        published(ItemId(1), "2026-07-02T09:00:00"),
        published(ItemId(2), "2026-07-02T10:00:00"),
    ];
    let outcomes = settle_chain(&[first, second], &items, at("2026-07-10T00:00:00"));
    assert_eq!(
        (outcomes[0].state, statuses(&outcomes[0])),
        (State::MetLate, vec![(ItemId(1), CreditStatus::Late)])
    );
    assert_eq!(
        (outcomes[1].state, statuses(&outcomes[1])),
        (State::MetOnTime, vec![(ItemId(2), CreditStatus::Counted)])
    );
}

#[test]
fn surplus_does_not_make_up_for_another_period_unless_the_policy_says_so() {
    let months = |carry| {
        let december = Terms {
            window_from: at("2026-12-01T00:00:00"),
            window_to: at("2027-01-01T00:00:00"),
            due_at: at("2027-01-01T00:00:00"),
            carry,
            ..month()
        };
        [Terms { carry, ..month() }, december]
    };
    let items: Vec<Candidate> = (1..=5)
        .map(|n| published(ItemId(n), &format!("2026-11-0{n}T09:00:00")))
        .collect();
    let now = at("2027-01-01T00:00:00");
    let strict = settle_chain(&months(Carry::None), &items, now);
    assert_eq!((strict[0].done, strict[1].state), (5, State::Missed));
    let carried = settle_chain(&months(Carry::WithinYear), &items, now);
    assert_eq!(
        (carried[0].done, carried[1].done),
        (3, 2),
        "an item counts once"
    );
    assert_eq!(
        statuses(&carried[1]),
        [
            (ItemId(3), CreditStatus::Carried),
            (ItemId(4), CreditStatus::Carried)
        ]
    );
    assert_eq!(
        (carried[0].state, carried[1].state),
        (State::MetOnTime, State::MetOnTime)
    );
}

#[test]
fn an_exempt_obligation_keeps_its_credits_and_owes_nothing() {
    let decided = at("2026-11-10T00:00:00");
    let terms = Terms {
        excused: Some(excused(decided)),
        ..month()
    };
    let outcome = settle(
        &terms,
        &[published(ItemId(1), "2026-11-03T09:00:00")],
        at("2026-12-10T00:00:00"),
    );
    assert_eq!(
        (outcome.state, outcome.decided_at, outcome.done),
        (State::Exempt, Some(decided), 1)
    );
    assert_eq!(outcome.next_at, None);
}

/// Two tin in December 2026.
fn december() -> Terms {
    Terms {
        window_from: at("2026-12-01T00:00:00"),
        window_to: at("2027-01-01T00:00:00"),
        due_at: at("2027-01-01T00:00:00"),
        ..month()
    }
}

#[test]
fn an_excused_report_does_not_take_the_next_one() {
    let november = Terms {
        kind: ObligationKind::Report,
        required: 1,
        missed_at: Some(at("2026-12-04T07:00:00")),
        excused: Some(excused(at("2026-11-20T09:00:00"))),
        ..month()
    };
    let next = Terms {
        required: 1,
        kind: ObligationKind::Report,
        missed_at: Some(at("2027-01-07T07:00:00")),
        ..december()
    };
    let report = [published(ItemId(1), "2026-12-02T09:00:00")];
    let outcomes = settle_chain(&[november, next], &report, at("2027-01-02T00:00:00"));
    let states: Vec<State> = outcomes.iter().map(|outcome| outcome.state).collect();
    assert_eq!(states, [State::Exempt, State::MetOnTime]);
    assert_eq!(outcomes[0].credits, []);
}

#[test]
fn an_extension_of_what_is_excused_takes_nothing() {
    let november = Terms {
        due_at: at("2026-12-10T00:00:00"),
        excused: Some(excused(at("2026-11-20T09:00:00"))),
        ..month()
    };
    let items = [
        published(ItemId(1), "2026-12-02T09:00:00"),
        published(ItemId(2), "2026-12-03T09:00:00"),
    ];
    let outcomes = settle_chain(&[november, december()], &items, at("2027-01-02T00:00:00"));
    assert_eq!(outcomes[1].state, State::MetOnTime);
}

#[test]
fn what_an_excused_period_received_is_all_surplus_and_it_draws_none() {
    let carried = |terms: Terms| Terms {
        carry: Carry::WithinYear,
        ..terms
    };
    let november = carried(Terms {
        excused: Some(excused(at("2026-11-20T09:00:00"))),
        ..month()
    });
    let items = [
        published(ItemId(1), "2026-11-02T09:00:00"),
        published(ItemId(2), "2026-11-03T09:00:00"),
    ];
    let chain = [november.clone(), carried(december())];
    let outcomes = settle_chain(&chain, &items, at("2027-01-02T00:00:00"));
    assert_eq!(
        (outcomes[1].state, outcomes[1].done),
        (State::MetOnTime, 2),
        "what arrived in the excused month makes up for December"
    );
    let october = carried(Terms {
        window_from: at("2026-10-01T00:00:00"),
        window_to: at("2026-11-01T00:00:00"),
        due_at: at("2026-11-01T00:00:00"),
        required: 1,
        ..month()
    });
    let items = [1, 2, 3].map(|id| published(ItemId(id), "2026-10-02T09:00:00"));
    let chain = [october, november, carried(december())];
    let outcomes = settle_chain(&chain, &items, at("2027-01-02T00:00:00"));
    assert_eq!(outcomes[2].done, 2, "November draws nothing");
}

#[test]
fn what_is_excused_because_its_subject_ended_stays_met_if_it_was() {
    let ended = Terms {
        excused: Some(Excused {
            at: at("2026-11-20T15:30:00"),
            only_unmet: true,
        }),
        ..cutoff()
    };
    let state = |items: &[Candidate]| settle(&ended, items, at("2026-11-27T00:00:00")).state;
    assert_eq!(state(&[]), State::Exempt);
    assert_eq!(
        state(&[published(ItemId(1), "2026-11-20T15:10:00")]),
        State::MetOnTime
    );
}

#[test]
fn a_carried_item_counts_by_the_policy_of_the_period_that_it_left() {
    let november = Terms {
        carry: Carry::WithinYear,
        required: 1,
        ..month()
    };
    let next = Terms {
        carry: Carry::WithinYear,
        counted_when: CountedWhen::Arrived,
        required: 1,
        ..december()
    };
    let late = item(
        ItemId(2),
        "2026-11-12T09:00:00",
        Fate::Published(at("2026-12-20T09:00:00")),
    );
    let items = [published(ItemId(1), "2026-11-02T09:00:00"), late];
    let outcomes = settle_chain(&[november, next], &items, at("2027-01-02T00:00:00"));
    assert_eq!(
        (outcomes[1].state, outcomes[1].decided_at),
        (State::MetOnTime, Some(at("2026-12-20T09:00:00"))),
        "it counted for November from its publication"
    );
}

#[test]
fn nothing_is_missed_before_the_check_after_its_due_instant() {
    let delayed = |terms: Terms| Terms {
        check_delay: TimeDelta::seconds(60),
        ..terms
    };
    let after = |terms: Terms, seconds: i64| {
        let terms = delayed(terms);
        let now = terms.due_at + TimeDelta::seconds(seconds);
        settle(&terms, &[], now).state
    };
    for terms in [month(), cutoff()] {
        assert_eq!(
            [0, 1, 59, 60].map(|seconds| after(terms.clone(), seconds)),
            [State::Open, State::Open, State::Open, State::Missed]
        );
    }
    let outcome = settle(&delayed(month()), &[], month().due_at);
    assert_eq!(outcome.next_at, Some(at("2026-12-01T00:01:00")));
}

fn fate() -> impl Strategy<Value = Fate> {
    let instant = (0_i64..80).prop_map(|days| at("2026-10-20T00:00:00") + TimeDelta::days(days));
    prop_oneof![
        instant.clone().prop_map(Fate::Published),
        Just(Fate::Pending),
        instant.prop_map(Fate::Returned),
        Just(Fate::Void),
    ]
}

fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    prop::collection::vec((0_i64..60 * 24, fate()), 0..12).prop_map(|all| {
        let start = at("2026-10-20T00:00:00");
        let numbered = all.into_iter().zip(1_i64..);
        numbered
            .map(|((hours, fate), item_id)| Candidate {
                item_id: ItemId(item_id),
                arrived_at: start + TimeDelta::hours(hours),
                fate,
            })
            .collect()
    })
}

/// The rule of the directive in plain words: look at each item alone, then count.
fn by_hand(terms: &Terms, items: &[Candidate], now: DateTime<Utc>) -> (u32, u32) {
    let mut in_window: Vec<&Candidate> = items
        .iter()
        .filter(|item| terms.window_from <= item.arrived_at && item.arrived_at < terms.window_to)
        .filter(|item| match item.fate {
            Fate::Void => false,
            Fate::Returned(until) => now < until,
            Fate::Published(_) | Fate::Pending => true,
        })
        .collect();
    in_window.sort_by_key(|item| (item.arrived_at, item.item_id));
    in_window.truncate(terms.maximum.map_or(usize::MAX, |maximum| maximum as usize));
    let published = in_window
        .iter()
        .filter(|item| matches!(item.fate, Fate::Published(_)))
        .count();
    (in_window.len() as u32, published as u32)
}

proptest! {
    #[test]
    fn a_fold_counts_as_a_person_would(items in candidates(), maximum in prop::option::of(2_u32..5), day in 0_i64..70) {
        let now = at("2026-10-25T00:00:00") + TimeDelta::days(day);
        let terms = Terms { maximum, ..month() };
        let outcome = settle(&terms, &items, now);
        prop_assert_eq!((outcome.arrived, outcome.published), by_hand(&terms, &items, now));
        prop_assert_eq!(outcome.done, outcome.published);
    }

    #[test]
    fn the_order_of_input_is_irrelevant_and_a_second_fold_changes_nothing(items in candidates(), day in 0_i64..70) {
        let now = at("2026-10-25T00:00:00") + TimeDelta::days(day);
        let outcome = settle(&month(), &items, now);
        let mut turned = items.clone();
        turned.reverse();
        prop_assert_eq!(&settle(&month(), &turned, now), &outcome);
        prop_assert_eq!(&settle(&month(), &items, now), &outcome);
    }

    #[test]
    fn time_alone_changes_nothing_before_the_announced_instant(items in candidates(), day in 0_i64..60, step in 1_i64..400) {
        let now = at("2026-10-25T00:00:00") + TimeDelta::days(day);
        let outcome = settle(&month(), &items, now);
        let next = outcome.next_at.unwrap_or(now + TimeDelta::days(9999));
        let later = (now + TimeDelta::hours(step)).min(next - TimeDelta::microseconds(1));
        prop_assert_eq!(settle(&month(), &items, later), outcome);
    }

    #[test]
    fn an_item_counts_once_along_a_chain(items in candidates(), carry in any::<bool>(), extension in 0_i64..10) {
        let carry = if carry { Carry::WithinYear } else { Carry::None };
        let first = Terms { carry, due_at: month().window_to + TimeDelta::days(extension), ..month() };
        let second = Terms {
            window_from: at("2026-12-01T00:00:00"), window_to: at("2027-01-01T00:00:00"),
            due_at: at("2027-01-01T00:00:00"), carry, ..month()
        };
        let outcomes = settle_chain(&[first, second], &items, at("2027-01-02T00:00:00"));
        let counting = |status| !matches!(status, CreditStatus::Surplus | CreditStatus::Void);
        let mut seen: Vec<ItemId> =
            outcomes.iter().flat_map(|o| &o.credits).filter(|c| counting(c.status)).map(|c| c.item_id).collect();
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), all);
    }

    #[test]
    fn an_excused_link_leaves_its_neighbours_alone(items in candidates(), extension in 0_i64..10, day in 0_i64..70) {
        let now = at("2026-11-01T00:00:00") + TimeDelta::days(day);
        let november = Terms { due_at: month().due_at + TimeDelta::days(extension), excused: Some(excused(now)), ..month() };
        let chained = settle_chain(&[november, december()], &items, now);
        prop_assert_eq!(&chained[1], &settle(&december(), &items, now));
    }
}
