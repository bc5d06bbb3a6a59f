//! Events and their deadlines: registering, correcting, cancelling, answering.

use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Role, Scope};
use tinbai::domain::calendar::CalendarSpec;
use tinbai::domain::event::{EventPatch, EventType};
use tinbai::domain::ids::EventId;
use tinbai::domain::obligation::State;
use tinbai::service::rules::calendars;
use tinbai::service::submissions::events;
use tinbai::service::submissions::events::{AnswerQuestion, CancelEvent, Event};
use tinbai::service::units;
use tinbai::service::units::EndUnit;
use tinbai::service::{Error, Tx, obligations};
use tinbai::store::units::UnitRow;
use tinbai::store::views::events::EventFilter;

use crate::both_databases;
use crate::support::desk::{Desk, date};
use crate::support::tree::{actor, faults, stored, trail};
use crate::support::{TestDb, at};

both_databases!(
    news_of_a_friday_afternoon_is_due_as_the_directive_says,
    a_topical_item_at_the_very_instant_is_on_time_and_one_second_later_late,
    an_event_of_two_types_follows_the_policy_and_each_event_its_own_date,
    an_event_known_by_its_date_ends_at_closing_time,
    an_event_known_by_its_date_follows_the_closing_time_of_a_changed_calendar,
    a_question_is_settled_by_a_dated_answer,
    only_an_editor_says_that_an_answer_was_given_earlier,
    a_corrected_event_moves_its_deadline_and_keeps_an_extension,
    a_type_taken_away_excuses_its_deadline_and_one_given_back_asks_again,
    a_cancelled_event_asks_for_nothing,
    nobody_takes_a_missed_deadline_away_from_himself,
    an_event_registered_late_is_missed_and_the_unit_is_told,
    an_event_needs_a_unit_that_exists_when_it_takes_place,
    events_are_listed_latest_first_within_what_the_reader_may_see,
);

fn friday(hour: &str) -> Value {
    json!(format!("2026-11-20T{hour}:00+07:00"))
}

/// `kind due state` of each deadline.
fn deadlines(event: &Event) -> Vec<String> {
    let told = event
        .deadlines
        .iter()
        .map(|d| format!("{} {} {}", d.kind.as_str(), d.due_text, d.state.as_str()));
    told.collect()
}

fn patch(json: Value) -> EventPatch {
    serde_json::from_value(json).unwrap()
}

fn change(desk: &Desk<'_>, event: &Event, with: Value) -> Event {
    let patch = patch(with);
    desk.house
        .write(&desk.department, desk.now(), |tx| {
            events::change(tx, event.id, &patch, event.version)
        })
        .unwrap()
}

fn read(desk: &Desk<'_>, event: &Event) -> Event {
    desk.house
        .read(&desk.department, desk.now(), |tx| events::get(tx, event.id))
        .unwrap()
}

fn news_of_a_friday_afternoon_is_due_as_the_directive_says(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let ordinary = desk.event(json!({"starts_at": friday("15:00")}));
    let topical = desk.event(json!({"starts_at": friday("15:00"), "types": ["topical"]}));
    assert_eq!(deadlines(&ordinary), ["event 09:00 25/11/2026 open"]);
    assert_eq!(deadlines(&topical), ["cutoff 16:00 20/11/2026 open"]);
    assert_eq!(
        (ordinary.ends_at, ordinary.from_item),
        (ordinary.starts_at, false)
    );
    assert_eq!(
        trail(db, "event", ordinary.id),
        ["register by department tinh"]
    );
}

fn a_topical_item_at_the_very_instant_is_on_time_and_one_second_later_late(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let [first, second] =
        [(); 2].map(|()| desk.event(json!({"starts_at": friday("15:00"), "types": ["topical"]})));
    db.set_clock("2026-11-20T16:00:00.999+07:00");
    desk.hand_in(json!({"event_id": first.id}));
    db.set_clock("2026-11-20T16:00:01+07:00");
    desk.hand_in(json!({"event_id": second.id}));
    assert_eq!(
        deadlines(&read(&desk, &first)),
        ["cutoff 16:00 20/11/2026 met_on_time"]
    );
    assert_eq!(
        deadlines(&read(&desk, &second)),
        ["cutoff 16:00 20/11/2026 met_late"]
    );
}

fn an_event_of_two_types_follows_the_policy_and_each_event_its_own_date(db: &TestDb) {
    db.set_clock("2026-11-20T08:00:00+07:00");
    let desk = Desk::new(db);
    desk.policy(
        "2026-11-23",
        &json!({"both": "earliest", "cutoff_time": "11:00"}),
    );
    let both = json!(["ordinary", "topical"]);
    let now = desk.event(json!({"starts_at": friday("09:00"), "types": both}));
    assert_eq!(deadlines(&now), ["event 15:00 23/11/2026 open"]);
    let monday = desk.event(json!({"starts_at": "2026-11-23T09:00:00+07:00", "types": both}));
    assert_eq!(deadlines(&monday), ["cutoff 11:00 23/11/2026 open"]);
    let later = desk.event(json!({"starts_at": "2026-11-23T11:00:00+07:00", "types": ["topical"]}));
    assert_eq!(
        deadlines(&later),
        ["cutoff 11:00 25/11/2026 open"],
        "24/11 is a holiday"
    );
}

fn an_event_known_by_its_date_ends_at_closing_time(db: &TestDb) {
    let desk = Desk::new(db);
    let friday = desk.event(json!({"starts_on": "2026-11-20", "types": ["ordinary", "topical"]}));
    let hours = |event: &Event| {
        [event.starts_at, event.ends_at].map(|at| {
            at.with_timezone(&tinbai::domain::text::ZONE)
                .format("%d/%m %H:%M")
                .to_string()
        })
    };
    assert_eq!(hours(&friday), ["20/11 00:00", "20/11 17:00"]);
    assert!(friday.date_only);
    assert_eq!(deadlines(&friday), ["event 11:00 25/11/2026 open"]);
    let topical = desk
        .event(json!({"starts_on": "2026-11-18", "ends_on": "2026-11-20", "types": ["topical"]}));
    assert_eq!(
        deadlines(&topical),
        ["cutoff 16:00 23/11/2026 open"],
        "it ends after the cut-off of its last day"
    );
    let sunday = desk.event(json!({"starts_on": "2026-11-22"}));
    assert_eq!(hours(&sunday), ["22/11 00:00", "23/11 00:00"]);
    // corrected, its dates are the same ones
    let renamed = change(&desk, &sunday, json!({"title": "Hội thao"}));
    assert_eq!(
        (hours(&renamed), deadlines(&renamed)),
        (hours(&sunday), deadlines(&sunday))
    );
}

fn an_event_known_by_its_date_follows_the_closing_time_of_a_changed_calendar(db: &TestDb) {
    let desk = Desk::on_own_calendar(db);
    let event = desk.event(json!({"starts_on": "2026-11-25", "types": ["topical"]}));
    assert_eq!(deadlines(&event), ["cutoff 16:00 26/11/2026 open"]);
    let half_day = json!([{"date": "2026-11-25", "kind": "half_day", "name": "Nghỉ chiều", "hours": [["07:00", "11:00"]]}]);
    let spec = CalendarSpec {
        exceptions: serde_json::from_value(half_day).unwrap(),
        ..desk
            .house
            .read(&Actor::cli(), desk.now(), |tx| {
                calendars::get(tx, "lich-tinh")
            })
            .unwrap()
            .spec
    };
    desk.house
        .write(&Actor::cli(), desk.now(), |tx| {
            calendars::replace(tx, "lich-tinh", &spec, 1)
        })
        .unwrap();
    desk.sweep();
    assert_eq!(
        deadlines(&read(&desk, &event)),
        ["cutoff 16:00 25/11/2026 open"],
        "it ends at 11:00 now"
    );
}

fn answer(text: &str) -> AnswerQuestion {
    AnswerQuestion {
        answer: text.to_owned(),
        arrival: None,
    }
}

fn a_question_is_settled_by_a_dated_answer(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let [in_time, late] =
        [(); 2].map(|()| desk.event(json!({"starts_at": friday("15:00"), "types": ["question"]})));
    assert_eq!(deadlines(&in_time), ["answer 15:00 21/11/2026 open"]);
    db.set_clock("2026-11-21T15:00:00.4+07:00");
    let done = desk
        .house
        .write(&desk.leader, desk.now(), |tx| {
            events::answer(tx, in_time.id, &answer("Theo luật..."), 1)
        })
        .unwrap();
    assert_eq!(deadlines(&done), ["answer 15:00 21/11/2026 met_on_time"]);
    db.set_clock("2026-11-21T15:00:01+07:00");
    let done = desk
        .house
        .write(&desk.leader, desk.now(), |tx| {
            events::answer(tx, late.id, &answer("Theo luật..."), 1)
        })
        .unwrap();
    assert_eq!(deadlines(&done), ["answer 15:00 21/11/2026 met_late"]);
    let plain = desk.event(json!({"starts_on": "2026-11-20"}));
    let refused = desk
        .house
        .write(&desk.leader, desk.now(), |tx| {
            events::answer(tx, plain.id, &answer("x"), 1)
        })
        .unwrap_err();
    assert!(matches!(refused, Error::Conflict(fault) if fault.code == "event_no_question"));
}

fn only_an_editor_says_that_an_answer_was_given_earlier(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let question = desk.event(json!({"starts_at": friday("15:00"), "types": ["question"]}));
    db.set_clock("2026-11-23T08:00:00+07:00");
    desk.sweep();
    assert_eq!(
        deadlines(&read(&desk, &question)),
        ["answer 15:00 21/11/2026 missed"]
    );
    let earlier = |at: &str| -> AnswerQuestion {
        serde_json::from_value(
            json!({"answer": "Có.", "arrival": {"at": at, "reason": "Trả lời qua điện thoại"}}),
        )
        .unwrap()
    };
    let good = earlier("2026-11-21T09:00:00+07:00");
    let own = desk
        .house
        .write(&desk.leader, desk.now(), |tx| {
            events::answer(tx, question.id, &good, 1)
        })
        .unwrap_err();
    assert!(matches!(own, Error::Forbidden));
    let early = earlier("2026-11-20T14:59:00+07:00");
    let told = desk
        .house
        .write(&desk.editor, desk.now(), |tx| {
            events::answer(tx, question.id, &early, 1)
        })
        .unwrap_err();
    assert_eq!(faults(&told), ["arrival.at event_answer_early"]);
    let done = desk
        .house
        .write(&desk.editor, desk.now(), |tx| {
            events::answer(tx, question.id, &good, 1)
        })
        .unwrap();
    assert_eq!(deadlines(&done), ["answer 15:00 21/11/2026 met_on_time"]);
    let again = desk
        .house
        .write(&desk.leader, desk.now(), |tx| {
            events::answer(tx, question.id, &answer("Không."), 2)
        })
        .unwrap_err();
    assert!(matches!(again, Error::Conflict(fault) if fault.code == "event_answered"));
}

fn a_corrected_event_moves_its_deadline_and_keeps_an_extension(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    desk.person(&desk.superior, Role::Leader, "Chủ tịch");
    let event = desk.event(json!({"starts_at": friday("15:00")}));
    let moved = change(&desk, &event, json!({"starts_at": friday("16:00")}));
    assert_eq!(deadlines(&moved), ["event 10:00 25/11/2026 open"]);
    let id = moved.deadlines[0].obligation_id;
    assert_eq!(
        (desk.row(id).due_revision, desk.ledger(id)),
        (2, vec!["moved -".to_owned()])
    );

    let until = at("2026-11-27T10:00:00+07:00");
    let extend = |tx: &mut Tx<'_>| obligations::decide::grant_extension(tx, id, until, "Lũ lụt");
    desk.house
        .write(&desk.department, desk.now(), extend)
        .unwrap();
    let extended = desk.row(id);
    let renamed = change(&desk, &moved, json!({"title": "Hội nghị tổng kết"}));
    assert_eq!(deadlines(&renamed), ["event 10:00 27/11/2026 open"]);
    assert_eq!(
        desk.row(id).explanation,
        extended.explanation,
        "a new title moves nothing"
    );
    let sooner = change(&desk, &renamed, json!({"starts_at": friday("14:00")}));
    assert_eq!(
        deadlines(&sooner),
        ["event 10:00 27/11/2026 open"],
        "the extension holds"
    );
    let stale = desk.house.write(&desk.leader, desk.now(), |tx| {
        events::change(tx, event.id, &patch(json!({"title": "x"})), 1)
    });
    assert!(matches!(stale.unwrap_err(), Error::Stale));
}

fn a_type_taken_away_excuses_its_deadline_and_one_given_back_asks_again(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let event = desk.event(json!({"starts_at": friday("15:00"), "types": ["topical"]}));
    let ordinary = change(&desk, &event, json!({"types": ["ordinary"]}));
    let told = deadlines(&ordinary);
    assert_eq!(
        told,
        [
            "cutoff 16:00 20/11/2026 exempt",
            "event 09:00 25/11/2026 open"
        ]
    );
    let topical = change(&desk, &ordinary, json!({"types": ["topical"]}));
    assert_eq!(
        deadlines(&topical),
        [
            "cutoff 16:00 20/11/2026 open",
            "event 09:00 25/11/2026 exempt"
        ]
    );
    assert_eq!(topical.types, [EventType::Topical]);
}

fn cancel(desk: &Desk<'_>, by: &Actor, event: &Event) -> Result<Event, Error> {
    let why = CancelEvent {
        reason: "Hoãn vô thời hạn".to_owned(),
    };
    desk.house.write(by, desk.now(), |tx| {
        events::cancel(tx, event.id, &why, event.version)
    })
}

fn a_cancelled_event_asks_for_nothing(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let event = desk.event(json!({"starts_at": friday("15:00")}));
    let nothing = CancelEvent {
        reason: " ".to_owned(),
    };
    let told = desk
        .house
        .write(&desk.leader, desk.now(), |tx| {
            events::cancel(tx, event.id, &nothing, 1)
        })
        .unwrap_err();
    assert_eq!(faults(&told), ["reason required"]);
    let cancelled = cancel(&desk, &desk.leader, &event).unwrap();
    assert_eq!(deadlines(&cancelled), ["event 09:00 25/11/2026 exempt"]);
    assert_eq!(
        desk.row(cancelled.deadlines[0].obligation_id).next_step_at,
        None
    );
    assert!(matches!(
        cancel(&desk, &desk.leader, &cancelled).unwrap_err(),
        Error::Conflict(_)
    ));
    assert_eq!(
        faults(
            &desk
                .try_hand_in(&desk.leader, json!({"event_id": event.id}))
                .unwrap_err()
        ),
        ["event_id event_cancelled"]
    );
}

fn nobody_takes_a_missed_deadline_away_from_himself(db: &TestDb) {
    db.set_clock("2026-11-20T15:00:00+07:00");
    let desk = Desk::new(db);
    let event = desk.event(json!({"starts_at": friday("15:00"), "types": ["topical"]}));
    db.set_clock("2026-11-20T16:00:01+07:00");
    let own = cancel(&desk, &desk.leader, &event).unwrap_err();
    assert!(matches!(own, Error::Conflict(fault) if fault.code == "event_due_passed"));
    let later = patch(json!({"starts_at": friday("17:00")}));
    let own = desk
        .house
        .write(&desk.leader, desk.now(), |tx| {
            events::change(tx, event.id, &later, 1)
        })
        .unwrap_err();
    assert!(matches!(own, Error::Conflict(_)));
    let renamed = patch(json!({"title": "Hội nghị sơ kết"}));
    let renamed = desk
        .house
        .write(&desk.leader, desk.now(), |tx| {
            events::change(tx, event.id, &renamed, 1)
        })
        .unwrap();
    assert_eq!(
        cancel(&desk, &desk.department, &renamed).unwrap().deadlines[0].state,
        State::Exempt
    );
}

fn an_event_registered_late_is_missed_and_the_unit_is_told(db: &TestDb) {
    let desk = Desk::new(db);
    desk.person(&desk.superior, Role::Leader, "Chủ tịch");
    let event = desk.event(json!({"starts_at": "2026-11-18T09:00:00+07:00", "types": ["topical"]}));
    assert_eq!(deadlines(&event), ["cutoff 16:00 18/11/2026 missed"]);
    desk.sweep();
    let told = desk.ledger(event.deadlines[0].obligation_id);
    assert!(
        !told.is_empty() && told.iter().all(|line| line.ends_with("mailed")),
        "{told:?}"
    );
    assert_eq!(desk.sweep().reminders, 0);
    assert_eq!(
        db.unread_mails(),
        ["huyen-leader@thu.example: 1 việc quá hạn - 16:00 18/11/2026: Tin thời sự: Hội nghị"]
    );
}

fn an_event_needs_a_unit_that_exists_when_it_takes_place(db: &TestDb) {
    let desk = Desk::new(db);
    let end = EndUnit {
        ended_on: date("2026-11-19"),
        reason: "Giải thể".to_owned(),
    };
    let cli = Actor::cli();
    desk.house
        .write(&cli, desk.now(), |tx| {
            units::end(tx, desk.grassroots.id, &end, 1)
        })
        .unwrap();
    let of = |unit: &UnitRow, on: &str| json!({"unit_id": unit.id, "starts_on": on});
    let told = desk
        .try_event(&desk.department, of(&desk.grassroots, "2026-11-20"))
        .unwrap_err();
    assert_eq!(faults(&told), ["unit_id event_after_unit"]);
    desk.event(of(&desk.grassroots, "2026-11-19"));
    let mut new = crate::support::tree::new_unit(
        "moi",
        tinbai::domain::unit::Category::Grassroots,
        Some(desk.superior.id),
    );
    new.founded_on = Some(date("2026-08-01"));
    let young = desk
        .house
        .write(&cli, desk.now(), |tx| units::create(tx, &new))
        .unwrap()
        .unit;
    let told = desk
        .try_event(&desk.department, of(&young, "2026-07-31"))
        .unwrap_err();
    assert_eq!(faults(&told), ["starts_on event_before_unit"]);
    // who sees a unit without acting for it, and who does not even see it
    let below = desk
        .try_event(&desk.leader, of(&young, "2026-11-20"))
        .unwrap_err();
    assert!(matches!(below, Error::Forbidden));
    let hidden = desk
        .try_event(&actor(Role::Leader, &desk.office), of(&young, "2026-11-20"))
        .unwrap_err();
    assert!(
        matches!(hidden, Error::Invalid(faults) if faults[0].code == "not_found"),
        "as one that is not there"
    );
    assert_eq!(stored(db, young.id).version, 1);
}

fn events_are_listed_latest_first_within_what_the_reader_may_see(db: &TestDb) {
    let desk = Desk::new(db);
    desk.event(json!({"title": "Đại hội", "starts_on": "2026-11-18"}));
    desk.event(json!({"title": "Hội thao", "starts_on": "2026-11-20", "types": ["topical"]}));
    desk.event(json!({"title": "Họp báo", "starts_on": "2026-11-19", "unit_id": desk.office.id}));
    let titles = |scope: Scope,
                  filter: EventFilter,
                  after: Option<(chrono::DateTime<chrono::Utc>, EventId)>,
                  limit: i64|
     -> Vec<String> {
        let filter = EventFilter { after, ..filter };
        let page = db
            .store
            .read(|conn| events::list(conn, &scope, &filter, limit))
            .unwrap();
        page.into_iter().map(|event| event.title).collect()
    };
    let all = EventFilter::default;
    assert_eq!(
        titles(Scope::All, all(), None, 9),
        ["Hội thao", "Họp báo", "Đại hội"]
    );
    assert_eq!(
        titles(Scope::Below(vec![desk.superior.id]), all(), None, 9),
        ["Hội thao", "Đại hội"]
    );
    assert_eq!(
        titles(
            Scope::All,
            EventFilter {
                unit_id: Some(desk.office.id),
                ..all()
            },
            None,
            9
        ),
        ["Họp báo"]
    );
    assert_eq!(
        titles(
            Scope::All,
            EventFilter {
                search: Some("dai".into()),
                ..all()
            },
            None,
            9
        ),
        ["Đại hội"]
    );
    assert_eq!(
        titles(
            Scope::All,
            EventFilter {
                kind: Some(EventType::Topical),
                ..all()
            },
            None,
            9
        ),
        ["Hội thao"]
    );
    let day = at("2026-11-19T00:00:00+07:00");
    let on_the_19th = EventFilter {
        from: Some(day),
        before: Some(day + chrono::TimeDelta::days(1)),
        ..all()
    };
    assert_eq!(titles(Scope::All, on_the_19th, None, 9), ["Họp báo"]);
    let first = db
        .store
        .read(|conn| events::list(conn, &Scope::All, &all(), 1))
        .unwrap();
    let cursor = (*first[0].starts_at, first[0].id);
    assert_eq!(titles(Scope::All, all(), Some(cursor), 1), ["Họp báo"]);
    let hidden = desk
        .house
        .read(&actor(Role::Viewer, &desk.office), desk.now(), |tx| {
            events::get(tx, first[0].id)
        })
        .unwrap_err();
    assert!(matches!(hidden, Error::NotFound { what: "event" }));
}
