//! Nobody is forgotten: whom reminders reach when the usual recipients have no address, what
//! summaries name, and what an outage, a wrong clock or an unreadable row must not swallow.

use diesel::prelude::*;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::obligation::State;
use tinbai::domain::person::Position;
use tinbai::domain::schedule::RunState;
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::obligations::decide;
use tinbai::service::rules::policies::{self, SetPolicy};
use tinbai::service::{Tx, schedule, units};
use tinbai::store::StoreError;
use tinbai::store::schema::{obligation, unit as unit_table};
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::letters::shortened;
use crate::support::TestDb;
use crate::support::engine::{World, day, local_at};
use crate::support::tree::new_unit;

both_databases!(
    a_unit_directly_below_the_federation_is_escalated_to_its_head,
    a_step_that_reaches_nobody_goes_to_the_department_and_says_so,
    what_waits_for_somebody_without_an_address_goes_to_the_department,
    units_that_share_a_mailbox_get_one_mail,
    a_summary_names_missed_quotas_like_deadlines,
    an_empty_summary_is_sent_only_where_the_policy_asks_for_it,
    days_that_passed_while_the_service_was_down_are_told,
    what_a_clock_a_year_ahead_recorded_is_not_believed,
    an_unreadable_obligation_is_set_aside_and_the_others_are_told,
);

fn world(db: &TestDb) -> World<'_> {
    World::founded(db, "2026-11-19T09:00:00+07:00", "demo", "2026-11-01")
}

fn unit(world: &World<'_>, code: &str, mail: Option<&str>) -> UnitRow {
    let new = NewUnit {
        mail: mail.map(str::to_owned),
        ..new_unit(code, Category::Superior, Some(world.federation.id))
    };
    let created = world
        .house
        .write(&Actor::cli(), world.db.now(), |tx| units::create(tx, &new));
    created.unwrap().unit
}

fn a_unit_directly_below_the_federation_is_escalated_to_its_head(db: &TestDb) {
    let world = world(db);
    let (role, head) = (Role::Leader, Position::Head);
    world.enter(
        &world.federation,
        "Chủ tịch",
        "chu-tich@tinh.example",
        role,
        head,
    );
    world.event(&world.superior, "Hội nghị", "2026-11-20 07:30", false);
    world.run_at("2026-11-25 07:00");
    world.run_at("2026-11-26 17:00");
    let mut known = 0;
    world.new_post(&mut known);
    world.run_at("2026-11-27 07:00");
    let told = world.new_post(&mut known);
    assert_eq!(
        told,
        [
            "07:00 27/11/2026 bien-tap@tinh.example: 1 việc sắp đến hạn",
            "07:00 27/11/2026 chu-tich@tinh.example: 1 việc quá hạn",
            "07:00 27/11/2026 truong@a.example: 1 việc sắp đến hạn",
        ],
        "the third working day after 23/11, and the second before the month ends"
    );
}

fn a_step_that_reaches_nobody_goes_to_the_department_and_says_so(db: &TestDb) {
    let world = world(db);
    let silent = unit(&world, "vang", None);
    world.event(&silent, "Hội nghị", "2026-11-20 07:30", false);
    world.run_at("2026-11-23 07:29");
    let mut known = 0;
    world.new_post(&mut known);
    world.run_at("2026-11-23 07:30");
    assert_eq!(
        world.new_post(&mut known),
        ["07:30 23/11/2026 ban@tinh.example: 1 việc sắp đến hạn"]
    );
    let mail = world.mails().pop().unwrap();
    insta::assert_snapshot!("letter_redirected", shortened(&mail));
}

fn what_waits_for_somebody_without_an_address_goes_to_the_department(db: &TestDb) {
    let world = world(db);
    let shared = unit(&world, "doi", Some("doi@a.example"));
    let event = world.event(&shared, "Hội nghị", "2026-11-20 07:30", false);
    let id = world.obligation(&shared, &format!("event:{}", event.id)).id;
    world.run_at("2026-11-20 17:00");
    // told at the next opening, and by then the unit has no address any more
    db.clock.set(local_at("2026-11-20 18:00"));
    let until = local_at("2026-11-27 17:00");
    let extend = |tx: &mut Tx<'_>| decide::grant_extension(tx, id, until, "Bão");
    world.house.write(&Actor::cli(), db.now(), extend).unwrap();
    let written = world.house.store.write(|conn| {
        diesel::update(unit_table::table.find(shared.id))
            .set(unit_table::mail.eq(None::<String>))
            .execute(conn)
            .map_err(StoreError::from)
    });
    written.unwrap();
    world.run_at("2026-11-23 07:00");
    assert_eq!(
        world.post(),
        [
            "07:00 23/11/2026 ban@tinh.example: 1 việc sắp đến hạn, 1 việc đổi hạn",
            "07:00 23/11/2026 ban@tinh.example: Tổng hợp đến 16:00 20/11/2026: \
             0 tin, bài đến, 0 việc quá hạn, 1 việc còn nợ",
            "07:00 23/11/2026 bien-tap@tinh.example: 1 việc sắp đến hạn",
            "07:00 23/11/2026 truong@a.example: 1 việc sắp đến hạn",
        ]
    );
}

fn units_that_share_a_mailbox_get_one_mail(db: &TestDb) {
    let world = world(db);
    let mails = [
        "chung@sen.example",
        "chung@sen.example",
        "Chung@Sen.example",
    ];
    for (code, mail) in ["sen-1", "sen-2", "sen-3"].into_iter().zip(mails) {
        let unit = unit(&world, code, Some(mail));
        world.event(
            &unit,
            &format!("Hội nghị {code}"),
            "2026-11-19 08:00",
            false,
        );
        let due = world.owed(&unit).into_iter().map(|row| row.due_at.0).min();
        assert_eq!(due, Some(local_at("2026-11-20 14:00")));
    }
    world.run_at("2026-11-20 07:59");
    let mut known = 0;
    world.new_post(&mut known);
    world.run_at("2026-11-20 09:31");
    assert_eq!(
        world.new_post(&mut known),
        ["09:31 20/11/2026 chung@sen.example: 3 việc sắp đến hạn"]
    );
    let mail = world.mails().pop().unwrap();
    for code in ["sen-1", "sen-2", "sen-3"] {
        let line = format!("Đơn vị {code}: Tin về sự kiện: Hội nghị {code}");
        assert!(mail.text.contains(&line), "{}", mail.text);
    }
    world.run_at("2026-11-20 09:32");
    assert!(world.new_post(&mut known).is_empty(), "once");
}

fn a_summary_names_missed_quotas_like_deadlines(db: &TestDb) {
    let world = world(db);
    world.run_at("2026-11-30 16:01");
    let summary = |world: &World<'_>| {
        let mails = world.mails();
        let mut summaries = mails.into_iter().filter(|mail| mail.kind == "summary");
        summaries.next_back().map(|mail| (mail.subject, mail.text))
    };
    let (_, owed) = summary(&world).unwrap();
    assert!(
        owed.contains("2 tin mỗi tháng - tháng 11/2026"),
        "due at midnight: {owed}"
    );
    world.run_at("2026-12-01 07:00");
    world.run_at("2026-12-01 16:01");
    let (subject, text) = summary(&world).unwrap();
    assert!(!subject.contains(" 0 việc quá hạn"), "{subject}");
    let missed = text.split("== ").find(|part| part.starts_with("Quá hạn"));
    assert!(
        missed.unwrap().contains("2 tin mỗi tháng - tháng 11/2026"),
        "{text}"
    );
}

fn an_empty_summary_is_sent_only_where_the_policy_asks_for_it(db: &TestDb) {
    let world = world(db);
    let summaries = |world: &World<'_>| {
        let post = world.post();
        post.into_iter()
            .filter(|line| line.contains("Tổng hợp"))
            .count()
    };
    let reports = world.run_at("2026-11-19 16:01");
    assert!(
        reports
            .iter()
            .any(|run| run.job.starts_with("summary:") && run.state == RunState::Done)
    );
    assert_eq!(summaries(&world), 0);
    let send = SetPolicy {
        valid_from: day("2026-11-20"),
        patch: serde_json::from_str(r#"{"summary_when_empty":"send"}"#).unwrap(),
        legal_basis: None,
    };
    let set = world.house.write(&Actor::cli(), db.now(), |tx| {
        policies::set(tx, world.federation.id, &send, 0)
    });
    set.unwrap();
    world.run_at("2026-11-20 16:01");
    assert_eq!(summaries(&world), 1);
}

/// Down from Friday evening to Monday morning: two days began and ended meanwhile.
fn days_that_passed_while_the_service_was_down_are_told(db: &TestDb) {
    let world = World::founded(db, "2026-11-20T08:00:00+07:00", "lai-chau", "2026-01-01");
    world.run_at("2026-11-20 18:00");
    let mut known = 0;
    world.new_post(&mut known);
    world.run_at("2026-11-23 08:00");
    let told = world.new_post(&mut known);
    let mails = world.mails();
    let texts: String = mails.iter().map(|mail| mail.text.as_str()).collect();
    for day in ["20/11/2026", "21/11/2026", "22/11/2026"] {
        assert!(texts.contains(&format!("ngày {day}")), "{day}: {told:?}");
    }
    assert!(
        !texts.contains("ngày 18/11/2026"),
        "rules never reach back: {told:?}"
    );
    let once = world.everything();
    world.run_at("2026-11-23 08:01");
    assert_eq!(world.everything().len(), once.len());
}

fn what_a_clock_a_year_ahead_recorded_is_not_believed(db: &TestDb) {
    let world = world(db);
    world.event(&world.superior, "Hội nghị", "2026-11-20 07:30", false);
    world.run_at("2026-11-19 16:01");
    world.run_at("2027-11-20 16:01:06");
    world.run_at("2026-11-20 09:00");
    let health = schedule::health(&world.house, db.now()).unwrap();
    assert_eq!(health.clock_jumped_at, Some(db.now()));
    world.run_at("2026-11-20 09:02");
    assert_eq!(
        world.obligation(&world.superior, "2026-M11").state,
        State::Open,
        "it is not over yet"
    );
    let mut known = 0;
    world.new_post(&mut known);
    world.hand_in(&world.grassroots, "tin", "2026-11-20 10:00", None);
    let reports = world.run_at("2026-11-20 16:01");
    let summary = reports
        .iter()
        .find(|run| run.job.starts_with("summary:"))
        .unwrap();
    let counts = &summary.result.as_ref().unwrap().counts;
    assert_eq!(
        (summary.state, counts["arrived"], counts["mails"]),
        (RunState::Done, 1, 1)
    );
    world.run_at("2026-11-23 07:29");
    world.new_post(&mut known);
    world.run_at("2026-11-23 07:30");
    assert_eq!(
        world.new_post(&mut known),
        ["07:30 23/11/2026 truong@a.example: 1 việc sắp đến hạn"],
        "its steps come at their time"
    );
    world.run_at("2026-12-20 09:00");
    assert_eq!(
        schedule::health(&world.house, db.now())
            .unwrap()
            .clock_jumped_at,
        None
    );
}

fn an_unreadable_obligation_is_set_aside_and_the_others_are_told(db: &TestDb) {
    let world = world(db);
    let (role, staff) = (Role::Admin, Position::Staff);
    world.enter(
        &world.federation,
        "Quản trị",
        "it@tinh.example",
        role,
        staff,
    );
    let units =
        ["mot", "hai", "ba"].map(|code| unit(&world, code, Some(&format!("{code}@a.example"))));
    for unit in &units {
        world.event(unit, "Hội nghị", "2026-11-20 07:30", false);
    }
    let of = |unit: &UnitRow| {
        let mut owed = world.owed(unit).into_iter();
        owed.find(|row| row.event_id.is_some()).unwrap()
    };
    let (policy, calendar) = (of(&units[0]), of(&units[1]));
    let execute = |policy_text: &str, calendar_code: &str| {
        let written = world.house.store.write(|conn| {
            diesel::update(obligation::table.find(policy.id))
                .set(obligation::policy.eq(policy_text))
                .execute(conn)?;
            diesel::update(obligation::table.find(calendar.id))
                .set(obligation::calendar.eq(calendar_code))
                .execute(conn)
                .map_err(StoreError::from)
        });
        written.unwrap();
    };
    execute("{", "khong-co");
    world.run_at("2026-11-23 07:29");
    let mut known = 0;
    world.new_post(&mut known);
    world.run_at("2026-11-23 07:30");
    assert_eq!(
        world.new_post(&mut known),
        [
            "07:30 23/11/2026 ba@a.example: 1 việc sắp đến hạn",
            "07:30 23/11/2026 it@tinh.example: 2 dòng dữ liệu không xử lý được",
        ]
    );
    let mail = world.mails().pop().unwrap();
    let mut letter = shortened(&mail);
    for (row, name) in [(policy.id, "MỘT"), (calendar.id, "HAI")] {
        letter = letter.replace(
            &format!("Nghĩa vụ số {row}"),
            &format!("Nghĩa vụ số {name}"),
        );
    }
    for technical in ["unreadable", "not found", "tinbai::"] {
        assert!(!letter.contains(technical), "{technical}: {letter}");
    }
    insta::assert_snapshot!("letter_set_aside", letter);
    let set_aside = || schedule::health(&world.house, db.now()).unwrap().set_aside;
    assert_eq!(set_aside(), 2);
    world.run_at("2026-11-23 08:31");
    assert!(
        world.new_post(&mut known).is_empty(),
        "the administrator is told once"
    );
    world.run_at("2026-11-23 10:30");
    assert_eq!(
        world.new_post(&mut known),
        ["10:30 23/11/2026 ba@a.example: 1 việc sắp đến hạn"],
        "the others go on"
    );
    execute(policy.policy.as_str(), &calendar.calendar);
    world.run_at("2026-11-23 11:32");
    assert_eq!(set_aside(), 0);
    world.run_at("2026-11-23 13:00");
    assert_eq!(
        world.new_post(&mut known),
        [
            "13:00 23/11/2026 hai@a.example: 1 việc sắp đến hạn",
            "13:00 23/11/2026 mot@a.example: 1 việc sắp đến hạn",
        ],
        "what was missed meanwhile is caught up once the office is open"
    );
}
