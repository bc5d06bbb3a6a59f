//! The steps of items, and the obligations that they settle.

use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Role, Scope};
use tinbai::domain::ids::ItemId;
use tinbai::domain::item::{Arrival, ItemPatch, ItemState};
use tinbai::domain::unit::Category;
use tinbai::service::submissions::events;
use tinbai::service::submissions::items;
use tinbai::service::submissions::items::{GradeItem, ItemDetail, PublishItem};
use tinbai::service::units;
use tinbai::service::units::{EndUnit, MergeUnit};
use tinbai::service::{Error, Tx};
use tinbai::store::types::At;
use tinbai::store::views::items::{ItemFilter, Slice};

use crate::both_databases;
use crate::support::desk::{Desk, because, date, quota, superiors};
use crate::support::tree::{actor, faults, found, new_unit, trail};
use crate::support::{TestDb, at};

both_databases!(
    with_approval_an_item_arrives_as_the_leader_approves_it,
    without_approval_an_item_arrives_as_it_is_submitted,
    what_passes_no_review_counts_as_it_arrives,
    an_item_about_an_event_that_nobody_registered_registers_it,
    a_returned_item_holds_its_place_for_three_working_days,
    an_item_handed_in_again_in_time_keeps_its_arrival,
    of_an_incomplete_item_the_next_arrival_counts,
    a_rejection_opens_the_deadline_again_with_the_same_due_instant,
    with_a_maximum_a_withdrawal_lets_the_next_one_in,
    what_is_published_after_the_period_counts_for_the_period_of_its_arrival,
    an_arrival_recorded_late_turns_a_miss_round_and_says_so,
    a_corrected_arrival_moves_an_item_into_its_period,
    an_item_credits_its_unit_and_each_author_once,
    a_corrected_kind_and_author_move_the_credit,
    what_comes_under_the_name_of_a_merged_unit_counts_for_its_successor,
    all_units_together_are_counted_with_the_next_check,
    what_an_item_says_has_to_fit_the_house,
    each_step_is_for_who_may_take_it_and_for_the_newest_version,
    items_are_listed_newest_first_within_what_the_reader_may_see,
);

/// `state arrival` as people read it.
fn stands(item: &ItemDetail) -> String {
    let arrival = item.item.arrived_at.map_or_else(
        || "-".to_owned(),
        |at| {
            at.with_timezone(&tinbai::domain::text::ZONE)
                .format("%H:%M:%S %d/%m")
                .to_string()
        },
    );
    format!("{} {arrival}", item.item.state.as_str())
}

/// A step that needs nothing but a reason.
type Step = fn(&mut Tx<'_>, ItemId, &items::WithReason, i32) -> Result<ItemDetail, Error>;

fn take(desk: &Desk<'_>, step: Step, by: &Actor, item: &ItemDetail) -> ItemDetail {
    desk.house
        .write(by, desk.now(), |tx| {
            step(tx, item.item.id, &because("Thiếu ảnh"), item.item.version)
        })
        .unwrap()
}

fn approve(desk: &Desk<'_>, item: &ItemDetail) -> ItemDetail {
    desk.house
        .write(&desk.leader, desk.now(), |tx| {
            items::approve(tx, item.item.id, item.item.version)
        })
        .unwrap()
}

fn resubmit(desk: &Desk<'_>, by: &Actor, item: &ItemDetail) -> ItemDetail {
    desk.house
        .write(by, desk.now(), |tx| {
            items::resubmit(tx, item.item.id, item.item.version)
        })
        .unwrap()
}

/// What an item is worth to each obligation.
fn worth(desk: &Desk<'_>, item: &ItemDetail) -> Vec<String> {
    let read = desk
        .house
        .read(&Actor::cli(), desk.now(), |tx| items::get(tx, item.item.id))
        .unwrap();
    read.credits
        .into_iter()
        .map(|credit| credit.status)
        .collect()
}

fn record(desk: &Desk<'_>, at: &str, with: Value) -> Result<ItemDetail, Error> {
    let mut all =
        json!({"channel": "mail", "arrival": {"at": at, "reason": "Thư đến lúc đó, ghi sau"}});
    for (name, value) in with.as_object().unwrap() {
        all[name] = value.clone();
    }
    desk.try_hand_in(&desk.editor, all)
}

fn with_approval_an_item_arrives_as_the_leader_approves_it(db: &TestDb) {
    let desk = Desk::new(db);
    let item = desk.try_hand_in(&desk.contributor, json!({})).unwrap();
    assert_eq!(stands(&item), "submitted -");
    db.set_clock("2026-11-20T09:30:05.7+07:00");
    let approved = approve(&desk, &item);
    assert_eq!(stands(&approved), "approved 09:30:05 20/11");
    assert_eq!(approved.item.approved_by.as_deref(), Some("leader huyen"));
    let own = desk.hand_in(json!({}));
    assert_eq!(stands(&own), "approved 09:30:05 20/11");
    let published = desk.publish(&approved);
    let way: Vec<String> = published
        .steps
        .iter()
        .map(|s| format!("{} {}", s.action.as_str(), s.state.as_str()))
        .collect();
    assert_eq!(
        way,
        ["submit submitted", "approve approved", "publish published"]
    );
    let told = [
        "submit by contributor huyen",
        "approve by leader huyen",
        "publish by editor tinh",
    ];
    assert_eq!(trail(db, "item", item.item.id), told);
}

fn without_approval_an_item_arrives_as_it_is_submitted(db: &TestDb) {
    let desk = Desk::new(db);
    desk.policy("2026-11-20", &json!({"leader_approval": false}));
    let item = desk.try_hand_in(&desk.contributor, json!({})).unwrap();
    assert_eq!(stands(&item), "submitted 08:00:00 20/11");
    let again = desk
        .house
        .write(&desk.leader, desk.now(), |tx| {
            items::approve(tx, item.item.id, 1)
        })
        .unwrap_err();
    assert!(
        matches!(&again, Error::Conflict(fault) if fault.code == "item_step"),
        "there is nothing to approve"
    );
    let Error::Conflict(fault) = again else {
        panic!("a conflict")
    };
    assert_eq!(
        [fault.message("vi"), fault.message("en")],
        [
            "Tin, bài đang ở trạng thái \"đã gửi\", không làm được việc này; hãy tải lại trang.",
            "The item is submitted, which does not allow this; read it again."
        ]
    );
    assert_eq!(stands(&desk.publish(&item)), "published 08:00:00 20/11");
}

fn what_passes_no_review_counts_as_it_arrives(db: &TestDb) {
    let desk = Desk::new(db);
    desk.plan(&[quota(superiors(), &["bai_fanpage"], "month", 1)]);
    let post = desk
        .try_hand_in(&desk.contributor, json!({"kind": "bai_fanpage"}))
        .unwrap();
    assert_eq!(
        (stands(&post), desk.unit_owes(&desk.superior)),
        (
            "submitted -".to_owned(),
            vec!["quota 2026-M11 open 0/1".to_owned()]
        )
    );
    assert_eq!(stands(&approve(&desk, &post)), "published 08:00:00 20/11");
    assert_eq!(
        desk.unit_owes(&desk.superior),
        ["quota 2026-M11 met_on_time 1/1"]
    );
}

fn an_item_about_an_event_that_nobody_registered_registers_it(db: &TestDb) {
    let desk = Desk::new(db);
    let event = json!({"title": "Lễ phát động", "starts_at": "2026-11-19T15:00:00+07:00", "types": ["topical"]});
    let item = desk.hand_in(json!({"event": event}));
    let event = desk
        .house
        .read(&desk.leader, desk.now(), |tx| {
            events::get(tx, item.item.event_id.unwrap())
        })
        .unwrap();
    assert!(event.from_item);
    assert_eq!(desk.unit_owes(&desk.superior), ["cutoff - met_late 1/1"]);
    let bad = json!({"event": {"title": "x", "starts_on": "2029-01-01"}});
    assert_eq!(
        faults(&desk.try_hand_in(&desk.leader, bad).unwrap_err()),
        ["event.starts_on event_too_far"]
    );
    assert_eq!(desk.rows().len(), 1, "nothing of a refused item is left");
}

/// A contributor of the superior union who writes its items.
fn writer(desk: &Desk<'_>) -> (i64, Actor) {
    let id = desk.person(&desk.superior, Role::Contributor, "Người Viết");
    (
        id.0,
        Actor {
            person_id: Some(id),
            ..desk.contributor.clone()
        },
    )
}

fn a_returned_item_holds_its_place_for_three_working_days(db: &TestDb) {
    let desk = Desk::new(db);
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    db.set_clock("2026-11-30T10:00:00+07:00");
    let (writer, contributor) = writer(&desk);
    let item = desk.hand_in(json!({"authors": [writer]}));
    let returned = take(&desk, items::return_for_changes, &desk.editor, &item);
    let lapses = returned.item.return_lapses_at.unwrap();
    assert_eq!(
        lapses
            .with_timezone(&tinbai::domain::text::ZONE)
            .format("%H:%M %d/%m")
            .to_string(),
        "07:00 03/12",
        "the opening of the third working day"
    );
    db.set_clock("2026-12-01T00:01:00+07:00");
    desk.sweep();
    assert_eq!(
        desk.unit_owes(&desk.superior)[0],
        "quota 2026-M11 awaiting_review 0/1"
    );
    // handed in again it still waits for the leader, and its days run on
    resubmit(&desk, &contributor, &returned);
    db.set_clock("2026-12-03T06:59:59+07:00");
    desk.sweep();
    assert_eq!(
        desk.unit_owes(&desk.superior)[0],
        "quota 2026-M11 awaiting_review 0/1"
    );
    db.set_clock("2026-12-03T07:00:00+07:00");
    desk.sweep();
    assert_eq!(
        desk.unit_owes(&desk.superior)[0],
        "quota 2026-M11 missed 0/1"
    );
    assert_eq!(worth(&desk, &item), ["void"]);
}

fn an_item_handed_in_again_in_time_keeps_its_arrival(db: &TestDb) {
    let desk = Desk::new(db);
    let (writer, contributor) = writer(&desk);
    let returned = |at: &str| {
        db.set_clock("2026-11-20T08:00:00+07:00");
        let returned = take(
            &desk,
            items::return_for_changes,
            &desk.editor,
            &desk.hand_in(json!({"authors": [writer]})),
        );
        db.set_clock(at);
        returned
    };
    // three working days after Friday 20/11 with a holiday on Tuesday: the opening of Thursday
    // 26/11
    let in_time = returned("2026-11-26T06:59:59+07:00");
    assert_eq!(
        stands(&resubmit(&desk, &desk.leader, &in_time)),
        "approved 08:00:00 20/11"
    );
    let late = returned("2026-11-26T07:00:00+07:00");
    assert_eq!(
        stands(&resubmit(&desk, &desk.leader, &late)),
        "approved 07:00:00 26/11"
    );
    // by a contributor it has to be back at the board in time, with the leader's word
    let waits = resubmit(&desk, &contributor, &returned("2026-11-25T09:00:00+07:00"));
    assert_eq!(stands(&waits), "submitted 08:00:00 20/11");
    let refused = desk.house.write(&desk.editor, desk.now(), |tx| {
        items::publish(tx, waits.item.id, &PublishItem::default(), 3)
    });
    assert!(
        matches!(refused, Err(Error::Conflict(fault)) if fault.code == "item_waits_for_leader")
    );
    db.set_clock("2026-11-26T07:00:01+07:00");
    assert_eq!(stands(&approve(&desk, &waits)), "approved 07:00:01 26/11");
}

fn of_an_incomplete_item_the_next_arrival_counts(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let event = desk.event(json!({"starts_at": "2026-11-20T15:00:00+07:00", "types": ["topical"]}));
    let item = desk.hand_in(json!({"event_id": event.id}));
    assert_eq!(desk.unit_owes(&desk.superior), ["cutoff - met_on_time 1/1"]);
    db.set_clock("2026-11-20T15:30:00+07:00");
    let incomplete = take(&desk, items::find_incomplete, &desk.editor, &item);
    assert_eq!(stands(&incomplete), "returned -");
    assert_eq!(desk.unit_owes(&desk.superior), ["cutoff - open 0/1"]);
    db.set_clock("2026-11-20T16:30:00+07:00");
    assert_eq!(
        stands(&resubmit(&desk, &desk.leader, &incomplete)),
        "approved 16:30:00 20/11"
    );
    assert_eq!(desk.unit_owes(&desk.superior), ["cutoff - met_late 1/1"]);
}

fn a_rejection_opens_the_deadline_again_with_the_same_due_instant(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let event = desk.event(json!({"starts_at": "2026-11-20T15:00:00+07:00", "types": ["topical"]}));
    let first = desk.hand_in(json!({"event_id": event.id}));
    let rejected = take(&desk, items::reject, &desk.editor, &first);
    let row = desk.row(event.deadlines[0].obligation_id);
    assert_eq!(
        (row.state.as_str(), row.due_at, row.due_revision),
        ("open", At(at("2026-11-20T16:00:00+07:00")), 1)
    );
    assert!(row.next_step_at.is_some());
    let second = desk.hand_in(json!({"event_id": event.id}));
    assert_eq!(desk.unit_owes(&desk.superior), ["cutoff - met_on_time 1/1"]);
    assert_eq!(
        (worth(&desk, &rejected), worth(&desk, &second)),
        (vec!["void".into()], vec!["pending".into()])
    );
    // taken back after the instant, it is missed, and that is said
    desk.person(&desk.superior, Role::Leader, "Chủ tịch");
    db.set_clock("2026-11-20T16:05:00+07:00");
    take(&desk, items::withdraw, &desk.leader, &second);
    assert_eq!(desk.unit_owes(&desk.superior), ["cutoff - missed 0/1"]);
    desk.sweep();
    assert!(!desk.ledger(row.id).is_empty());
    assert_eq!(
        db.unread_mails(),
        ["huyen-leader@thu.example: 1 việc quá hạn - 16:00 20/11/2026: Tin thời sự: Hội nghị"]
    );
}

fn with_a_maximum_a_withdrawal_lets_the_next_one_in(db: &TestDb) {
    let desk = Desk::new(db);
    let mut rule = quota(superiors(), &["tin"], "month", 1);
    rule["maximum"] = json!(2);
    desk.plan(&[rule]);
    let all: Vec<ItemDetail> = (0..3)
        .map(|minute| {
            db.set_clock(&format!("2026-11-20T08:0{minute}:00+07:00"));
            desk.published(json!({}))
        })
        .collect();
    let told = |desk: &Desk<'_>| {
        all.iter()
            .map(|item| worth(desk, item).join(" "))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&desk), ["counted", "counted", "surplus"]);
    assert_eq!(
        desk.unit_owes(&desk.superior),
        ["quota 2026-M11 met_on_time 2/1"]
    );
    take(&desk, items::withdraw, &desk.editor, &all[0]);
    assert_eq!(told(&desk), ["void", "counted", "counted"]);
    assert_eq!(
        desk.unit_owes(&desk.superior),
        ["quota 2026-M11 met_on_time 2/1"]
    );
}

fn what_is_published_after_the_period_counts_for_the_period_of_its_arrival(db: &TestDb) {
    let desk = Desk::new(db);
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    db.set_clock("2026-11-30T23:59:59.9+07:00");
    let item = desk.hand_in(json!({}));
    db.set_clock("2026-12-01T00:01:00+07:00");
    desk.sweep();
    tinbai::service::obligations::open::run(&desk.house, desk.now()).unwrap();
    let waiting = [
        "quota 2026-M11 awaiting_review 0/1",
        "quota 2026-M12 open 0/1",
    ];
    assert_eq!(desk.unit_owes(&desk.superior), waiting);
    db.set_clock("2026-12-08T10:00:00+07:00");
    desk.publish(&item);
    assert_eq!(
        desk.unit_owes(&desk.superior),
        ["quota 2026-M11 met_on_time 1/1", "quota 2026-M12 open 0/1"]
    );
    let row = &desk.rows()[0];
    assert_eq!((row.arrived, row.published), (1, 1));
}

fn an_arrival_recorded_late_turns_a_miss_round_and_says_so(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    desk.person(&desk.superior, Role::Leader, "Chủ tịch");
    let event = desk.event(json!({"starts_at": "2026-11-20T15:00:00+07:00", "types": ["topical"]}));
    let id = event.deadlines[0].obligation_id;
    db.set_clock("2026-11-20T16:01:00+07:00");
    desk.sweep();
    assert_eq!(desk.unit_owes(&desk.superior), ["cutoff - missed 0/1"]);
    assert!(
        desk.ledger(id).iter().any(|line| line.ends_with("mailed")),
        "{:?}",
        desk.ledger(id)
    );
    db.set_clock("2026-11-20T16:20:00+07:00");
    let item = record(
        &desk,
        "2026-11-20T15:58:00+07:00",
        json!({"event_id": event.id}),
    )
    .unwrap();
    assert_eq!(stands(&item), "submitted 15:58:00 20/11");
    assert_eq!(desk.unit_owes(&desk.superior), ["cutoff - met_on_time 1/1"]);
    assert!(
        desk.ledger(id).contains(&"corrected -".to_owned()),
        "{:?}",
        desk.ledger(id)
    );
    assert_eq!(desk.sweep().mails, 1);
    assert!(
        desk.ledger(id).contains(&"corrected mailed".to_owned()),
        "{:?}",
        desk.ledger(id)
    );
    assert_eq!(desk.sweep().mails, 0);
    assert_eq!(
        db.unread_mails(),
        [
            "huyen-leader@thu.example: 1 việc quá hạn - 16:00 20/11/2026: Tin thời sự: Hội nghị",
            "huyen-leader@thu.example: 1 việc đính chính - 16:00 20/11/2026: Tin thời sự: Hội nghị"
        ]
    );
}

fn a_corrected_arrival_moves_an_item_into_its_period(db: &TestDb) {
    let desk = Desk::new(db);
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    db.set_clock("2026-12-01T09:00:00+07:00");
    tinbai::service::obligations::open::run(&desk.house, desk.now()).unwrap();
    desk.sweep();
    let item = desk.published(json!({}));
    assert_eq!(
        desk.unit_owes(&desk.superior),
        [
            "quota 2026-M11 missed 0/1",
            "quota 2026-M12 met_on_time 1/1"
        ]
    );
    let correct = |by: &Actor, at_: &str| {
        let arrival = Arrival {
            at: at(at_),
            reason: "Thư đến trước, máy chủ thư chậm".to_owned(),
        };
        desk.house.write(by, desk.now(), |tx| {
            items::correct_arrival(tx, item.item.id, &arrival, item.item.version)
        })
    };
    assert!(matches!(
        correct(&desk.leader, "2026-11-30T23:00:00+07:00").unwrap_err(),
        Error::Forbidden
    ));
    assert_eq!(
        faults(&correct(&desk.editor, "2026-12-01T09:00:01+07:00").unwrap_err()),
        ["at arrival_in_future"]
    );
    correct(&desk.editor, "2026-11-30T23:00:00+07:00").unwrap();
    assert_eq!(
        desk.unit_owes(&desk.superior),
        ["quota 2026-M11 met_on_time 1/1", "quota 2026-M12 open 0/1"]
    );
}

fn an_item_credits_its_unit_and_each_author_once(db: &TestDb) {
    let desk = Desk::new(db);
    let [one, two] = ["Một", "Hai"].map(|name| desk.person(&desk.office, Role::Contributor, name));
    let offices = json!({"type": "units", "categories": ["office"]});
    let persons = json!({"type": "persons", "categories": ["office"]});
    desk.plan(&[
        quota(offices, &["tin"], "month", 1),
        quota(persons, &["tin"], "month", 1),
    ]);
    let by = json!({"unit_id": desk.office.id, "authors": [two, one, two]});
    let item = desk
        .try_hand_in(&actor(Role::Leader, &desk.office), by)
        .unwrap();
    desk.publish(&item);
    assert_eq!(item.item.authors.len(), 2);
    for subject in [
        format!("u{}", desk.office.id),
        format!("p{one}"),
        format!("p{two}"),
    ] {
        assert_eq!(
            desk.owes(&subject),
            ["quota 2026-M11 met_on_time 1/1"],
            "{subject}"
        );
    }
    assert_eq!(worth(&desk, &item).len(), 3);
}

fn a_corrected_kind_and_author_move_the_credit(db: &TestDb) {
    let desk = Desk::new(db);
    let [one, two] =
        ["Một", "Hai"].map(|name| desk.person(&desk.superior, Role::Contributor, name));
    let persons = json!({"type": "persons", "categories": ["superior"]});
    desk.plan(&[
        quota(persons, &["tin"], "month", 1),
        quota(superiors(), &["bai_chuyen_sau"], "month", 1),
    ]);
    let item = desk.published(json!({"authors": [one]}));
    assert_eq!(
        desk.owes(&format!("p{one}")),
        ["quota 2026-M11 met_on_time 1/1"]
    );
    let change = |item: &ItemDetail, with: Value| {
        let patch: ItemPatch = serde_json::from_value(with).unwrap();
        desk.house.write(&desk.editor, desk.now(), |tx| {
            items::change(tx, item.item.id, &patch, item.item.version)
        })
    };
    let item = change(&item, json!({"authors": [two], "title": "Tên mới"})).unwrap();
    assert_eq!(desk.owes(&format!("p{one}")), ["quota 2026-M11 open 0/1"]);
    assert_eq!(
        desk.owes(&format!("p{two}")),
        ["quota 2026-M11 met_on_time 1/1"]
    );
    let unfit = change(&item, json!({"kind": "bai_fanpage"})).unwrap_err();
    assert_eq!(faults(&unfit), ["kind item_kind_review_fixed"]);
    change(&item, json!({"kind": "bai_chuyen_sau"})).unwrap();
    assert_eq!(desk.owes(&format!("p{two}")), ["quota 2026-M11 open 0/1"]);
    assert_eq!(
        desk.unit_owes(&desk.superior),
        ["quota 2026-M11 met_on_time 1/1"]
    );
}

fn what_comes_under_the_name_of_a_merged_unit_counts_for_its_successor(db: &TestDb) {
    let desk = Desk::new(db);
    let other = found(db, "huyen-b", Category::Superior, Some(&desk.root));
    desk.plan(&[quota(superiors(), &["tin"], "month", 3)]);
    desk.published(json!({}));
    let merge = MergeUnit {
        into_id: other.id,
        ended_on: date("2026-11-22"),
        reason: "Sáp nhập".to_owned(),
    };
    db.set_clock("2026-11-23T08:00:00+07:00");
    desk.house
        .write(&Actor::cli(), desk.now(), |tx| {
            units::merge(tx, desk.superior.id, &merge, desk.superior.version)
        })
        .unwrap();
    let later = desk.published(json!({}));
    assert_eq!(
        (later.item.unit.id, later.item.credited_unit.id),
        (desk.superior.id, other.id)
    );
    let earlier = record(&desk, "2026-11-22T23:59:59+07:00", json!({})).unwrap();
    assert_eq!(earlier.item.credited_unit.id, desk.superior.id);
    desk.publish(&earlier);
    let done = |unit| {
        desk.unit_owes(unit)[0]
            .split(' ')
            .next_back()
            .unwrap()
            .split('/')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        (done(&desk.superior), done(&other)),
        ("2".to_owned(), "1".to_owned())
    );
    // the successor's leader works on it
    let mine = actor(Role::Leader, &other);
    assert_eq!(
        desk.house
            .read(&mine, desk.now(), |tx| items::get(tx, later.item.id))
            .unwrap()
            .item
            .id,
        later.item.id
    );
}

fn all_units_together_are_counted_with_the_next_check(db: &TestDb) {
    let desk = Desk::new(db);
    let mut rule = quota(json!({"type": "unit", "code": "tinh"}), &["tin"], "year", 2);
    rule["scope"] = json!("subtree");
    desk.plan(&[rule]);
    desk.sweep();
    desk.published(json!({}));
    desk.sweep();
    assert_eq!(desk.unit_owes(&desk.root), ["quota 2026 open 1/2"]);
    let below = json!({"unit_id": desk.grassroots.id});
    desk.publish(
        &desk
            .try_hand_in(&actor(Role::Leader, &desk.grassroots), below)
            .unwrap(),
    );
    desk.sweep();
    assert_eq!(desk.unit_owes(&desk.root), ["quota 2026 met_on_time 2/2"]);
}

fn what_an_item_says_has_to_fit_the_house(db: &TestDb) {
    let desk = Desk::new(db);
    let foreign = found(db, "tinh-2", Category::Federation, None);
    let stranger = desk.person(&foreign, Role::Editor, "Người lạ");
    let colleague = desk.person(&desk.office, Role::Contributor, "Đồng nghiệp");
    let elsewhere = desk.event(json!({"starts_on": "2026-11-20", "unit_id": desk.office.id}));
    let refused = |by: &Actor, with: Value| faults(&desk.try_hand_in(by, with).unwrap_err());
    let told = refused(
        &desk.leader,
        json!({"kind": "tho", "authors": [stranger, colleague, 999], "event_id": elsewhere.id}),
    );
    let hidden = ["authors not_found"; 3];
    assert_eq!(
        told,
        [
            &hidden[..],
            &["kind rule_kind_unknown", "event_id not_found"]
        ]
        .concat()
    );
    assert_eq!(
        refused(
            &Actor::cli(),
            json!({"authors": [stranger], "event_id": elsewhere.id})
        ),
        [
            "authors item_author_elsewhere",
            "event_id item_event_of_other_unit"
        ]
    );
    let mut new = new_unit("moi", Category::Grassroots, Some(desk.superior.id));
    new.founded_on = Some(date("2026-08-01"));
    let young = desk
        .house
        .write(&Actor::cli(), desk.now(), |tx| units::create(tx, &new))
        .unwrap()
        .unit;
    let told = refused(
        &desk.department,
        json!({"unit_id": young.id, "happened_on": "2026-07-31"}),
    );
    assert_eq!(told, ["happened_on item_before_unit"]);
    let told = record(
        &desk,
        "2026-07-31T08:00:00+07:00",
        json!({"unit_id": young.id}),
    )
    .unwrap_err();
    assert_eq!(faults(&told), ["arrival.at item_before_unit"]);
    let end = EndUnit {
        ended_on: date("2026-11-19"),
        reason: "Giải thể".to_owned(),
    };
    desk.house
        .write(&Actor::cli(), desk.now(), |tx| {
            units::end(tx, young.id, &end, 1)
        })
        .unwrap();
    assert_eq!(
        refused(&desk.department, json!({"unit_id": young.id})),
        ["unit_id item_unit_ended"]
    );
    record(
        &desk,
        "2026-11-19T23:00:00+07:00",
        json!({"unit_id": young.id}),
    )
    .expect("it came while the unit was there");
}

fn each_step_is_for_who_may_take_it_and_for_the_newest_version(db: &TestDb) {
    let desk = Desk::new(db);
    let item = desk.try_hand_in(&desk.contributor, json!({})).unwrap();
    let id = item.item.id;
    let own = desk
        .house
        .write(&desk.contributor, desk.now(), |tx| {
            items::approve(tx, id, 1)
        })
        .unwrap_err();
    assert!(matches!(own, Error::Forbidden));
    let hidden = desk
        .house
        .write(&actor(Role::Leader, &desk.office), desk.now(), |tx| {
            items::approve(tx, id, 1)
        })
        .unwrap_err();
    assert!(matches!(hidden, Error::NotFound { what: "item" }));
    let approved = approve(&desk, &item);
    let stale = desk
        .house
        .write(&desk.leader, desk.now(), |tx| items::approve(tx, id, 1))
        .unwrap_err();
    assert!(matches!(stale, Error::Stale));
    let unit = desk
        .house
        .write(&desk.leader, desk.now(), |tx| {
            items::publish(tx, id, &PublishItem::default(), 2)
        })
        .unwrap_err();
    assert!(matches!(unit, Error::Forbidden));
    let published = desk.publish(&approved);
    let unit = desk
        .house
        .write(&desk.leader, desk.now(), |tx| {
            items::withdraw(tx, id, &because("x"), 3)
        })
        .unwrap_err();
    assert!(
        matches!(unit, Error::Forbidden),
        "what is published only an editor takes back"
    );
    let mark = |grade, version| {
        desk.house.write(&desk.editor, desk.now(), |tx| {
            items::grade(tx, id, &GradeItem { grade }, version)
        })
    };
    assert_eq!(faults(&mark(6, 3).unwrap_err()), ["grade number_range"]);
    assert_eq!(mark(5, 3).unwrap().item.grade, Some(5));
    let viewer = desk
        .try_hand_in(&actor(Role::Viewer, &desk.root), json!({}))
        .unwrap_err();
    assert!(matches!(viewer, Error::Forbidden));
    let unsaid = desk
        .house
        .write(&desk.editor, desk.now(), |tx| {
            items::withdraw(tx, id, &because(" "), 4)
        })
        .unwrap_err();
    assert_eq!(faults(&unsaid), ["reason required"]);
    assert_eq!(published.item.state, ItemState::Published);
}

fn items_are_listed_newest_first_within_what_the_reader_may_see(db: &TestDb) {
    let desk = Desk::new(db);
    let author = desk.person(&desk.superior, Role::Contributor, "Tác giả");
    desk.hand_in(json!({"title": "Đại hội công đoàn", "authors": [author]}));
    db.set_clock("2026-11-21T08:00:00+07:00");
    desk.published(json!({"title": "Hội thao"}));
    desk.try_hand_in(
        &actor(Role::Leader, &desk.office),
        json!({"unit_id": desk.office.id, "title": "Họp báo"}),
    )
    .unwrap();
    let page = |scope: Scope, filter: ItemFilter, after: Option<ItemId>, limit: i64| {
        let slice = Slice::newest(after, limit);
        db.store
            .read(|conn| items::list(conn, &scope, &filter, &slice))
            .unwrap()
    };
    let titles = |scope: Scope, filter: ItemFilter| -> Vec<String> {
        page(scope, filter, None, 9)
            .into_iter()
            .map(|item| item.title)
            .collect()
    };
    let all = ItemFilter::default;
    assert_eq!(
        titles(Scope::All, all()),
        ["Họp báo", "Hội thao", "Đại hội công đoàn"]
    );
    assert_eq!(
        titles(Scope::Below(vec![desk.superior.id]), all()),
        ["Hội thao", "Đại hội công đoàn"]
    );
    assert_eq!(
        titles(
            Scope::All,
            ItemFilter {
                below: Some(desk.office.id),
                ..all()
            }
        ),
        ["Họp báo"]
    );
    assert_eq!(
        titles(
            Scope::All,
            ItemFilter {
                search: Some("DAI HOI".into()),
                ..all()
            }
        ),
        ["Đại hội công đoàn"]
    );
    assert_eq!(
        titles(
            Scope::All,
            ItemFilter {
                state: Some(ItemState::Published),
                ..all()
            }
        ),
        ["Hội thao"]
    );
    assert_eq!(
        titles(
            Scope::All,
            ItemFilter {
                author_id: Some(author),
                ..all()
            }
        ),
        ["Đại hội công đoàn"]
    );
    let noon = at("2026-11-20T12:00:00+07:00");
    assert_eq!(
        titles(
            Scope::All,
            ItemFilter {
                arrived_before: Some(noon),
                ..all()
            }
        ),
        ["Đại hội công đoàn"]
    );
    assert_eq!(
        titles(
            Scope::All,
            ItemFilter {
                arrived_from: Some(noon),
                ..all()
            }
        ),
        ["Họp báo", "Hội thao"]
    );
    let first = page(Scope::All, all(), None, 1);
    assert_eq!(
        page(Scope::All, all(), Some(first[0].id), 1)[0].title,
        "Hội thao"
    );
}
