//! The way of an item, as a table that people can read; and what is refused of a new one.

use chrono::{DateTime, Utc};

use super::*;

fn name(by: By) -> &'static str {
    match by {
        By::Unit => "unit",
        By::Leader => "leader",
        By::Board => "board",
    }
}

/// `action by -> state` of all that can be done where an item stands.
fn ways(state: ItemState, at_board: bool) -> Vec<String> {
    let steps = ItemAction::ALL.iter().copied().filter_map(|action| {
        let (by, next) = Stand { state, at_board }.step(action)?;
        Some(format!(
            "{} {} -> {}",
            action.as_str(),
            name(by),
            next.as_str()
        ))
    });
    steps.collect()
}

#[test]
fn before_the_leader_only_the_unit_has_a_say() {
    assert_eq!(
        ways(ItemState::Submitted, false),
        [
            "approve leader -> approved",
            "return leader -> returned",
            "withdraw unit -> withdrawn",
            "change unit -> submitted",
        ]
    );
}

#[test]
fn at_the_board_editors_decide_whether_or_not_a_leader_had_to_approve() {
    for state in [ItemState::Submitted, ItemState::Approved] {
        let own = state.as_str();
        assert_eq!(
            ways(state, true),
            [
                format!("take board -> {own}"),
                format!("give_back board -> {own}"),
                "publish board -> published".to_owned(),
                "return board -> returned".to_owned(),
                "find_incomplete board -> returned".to_owned(),
                "reject board -> rejected".to_owned(),
                "withdraw unit -> withdrawn".to_owned(),
                format!("change board -> {own}"),
                format!("correct_arrival board -> {own}"),
            ]
        );
    }
}

#[test]
fn what_another_editor_reviews_can_be_taken_over_but_not_decided() {
    let refused = |review: Review| {
        let all = ItemAction::ALL.iter().copied();
        let refused: Vec<&str> = all
            .filter(|action| !review.admits(*action))
            .map(ItemAction::as_str)
            .collect();
        refused.join(" ")
    };
    assert_eq!(refused(Review::Nobody), "give_back");
    assert_eq!(refused(Review::Own), "take");
    assert_eq!(
        refused(Review::Other),
        "give_back publish return find_incomplete reject change"
    );
}

#[test]
fn what_was_returned_comes_again_or_ends() {
    assert_eq!(
        ways(ItemState::Returned, false),
        [
            "reject board -> rejected",
            "resubmit unit -> submitted",
            "withdraw unit -> withdrawn",
            "change unit -> returned",
            "correct_arrival board -> returned",
        ]
    );
}

#[test]
fn what_is_published_stays_so_unless_an_editor_takes_it_back() {
    assert_eq!(
        ways(ItemState::Published, false),
        [
            "withdraw board -> withdrawn",
            "change board -> published",
            "grade board -> published",
            "correct_arrival board -> published",
        ]
    );
}

#[test]
fn nothing_leads_out_of_a_refusal_or_a_withdrawal() {
    for state in [ItemState::Rejected, ItemState::Withdrawn] {
        assert_eq!(ways(state, false), Vec::<String>::new());
        assert_eq!(ways(state, true), Vec::<String>::new());
    }
}

fn faults(json: &str) -> Vec<String> {
    let new: NewItem = serde_json::from_str(json).unwrap();
    let faults = new
        .checked("2026-11-20T08:00:00+07:00".parse().unwrap())
        .unwrap_err();
    faults
        .iter()
        .map(|fault| format!("{} {}", fault.field, fault.code))
        .collect()
}

#[test]
fn all_faults_of_a_new_item_are_told_at_once() {
    let json = r#"{"unit_id":1,"kind":"Tin","title":"a\u0007","url":"javascript:x","body":"a\u0000b",
        "event_id":1,"event":{"title":"x","starts_on":"2026-11-20"},"channel":"mail"}"#;
    assert_eq!(
        faults(json),
        [
            "kind code",
            "title control_characters",
            "url url",
            "body control_characters",
            "event item_event_twice",
            "arrival item_arrival_missing",
        ]
    );
}

#[test]
fn an_arrival_is_recorded_for_what_came_another_way_and_never_ahead_of_time() {
    let json = |channel: &str, at: &str| {
        format!(
            r#"{{"unit_id":1,"kind":"tin","title":"x","channel":"{channel}","arrival":{{"at":"{at}","reason":""}}}}"#
        )
    };
    assert_eq!(
        faults(&json("api", "2026-11-20T08:00:01+07:00")),
        [
            "channel item_arrival_channel",
            "arrival.at arrival_in_future",
            "arrival.reason required",
        ]
    );
    let good = json("zalo", "2026-11-20T07:59:59.900+07:00")
        .replace(r#""reason":"""#, r#""reason":"Zalo nhóm""#);
    let new: NewItem = serde_json::from_str(&good).unwrap();
    let checked = new
        .checked("2026-11-20T08:00:00+07:00".parse().unwrap())
        .unwrap();
    assert_eq!(
        checked.arrival.unwrap().at,
        "2026-11-20T07:59:59+07:00"
            .parse::<DateTime<Utc>>()
            .unwrap()
    );
}

#[test]
fn an_item_is_held_since_it_was_returned_for_the_first_time_of_its_stay_at_the_unit() {
    use ItemAction::{Approve, FindIncomplete, Resubmit, Return};
    use ItemState::{Approved, Returned, Submitted};
    let at = |hour: i64| DateTime::from_timestamp(hour * 3_600, 0).unwrap();
    let once = [
        (Return, Returned, at(1)),
        (Resubmit, Submitted, at(2)),
        (Return, Returned, at(3)),
    ];
    assert_eq!(held_since(once), Some(at(1)));
    let again = [
        (Return, Returned, at(1)),
        (Approve, Approved, at(2)),
        (Return, Returned, at(3)),
    ];
    assert_eq!(held_since(again), Some(at(3)));
    let incomplete = [(Return, Returned, at(1)), (FindIncomplete, Returned, at(2))];
    assert_eq!(held_since(incomplete), None);
}
