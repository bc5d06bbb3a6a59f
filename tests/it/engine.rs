//! The engine through its doors, services and the scheduler: what is said about what is owed, to
//! whom and when.

use std::sync::Barrier;

use chrono::{DateTime, Utc};
use tinbai::config::Settings;
use tinbai::domain::access::Actor;
use tinbai::domain::ids::{ItemId, UnitId};
use tinbai::domain::item::ItemState;
use tinbai::domain::obligation::State;
use tinbai::domain::schedule::{RunId, RunState};
use tinbai::service::notices::{summary, sweep};
use tinbai::service::obligations::{decide, exemptions, open};
use tinbai::service::rules::policies;
use tinbai::service::rules::policies::SetPolicy;
use tinbai::service::schedule::{Rows, starts_off};
use tinbai::service::{App, Tx};
use tinbai::store::items;
use tinbai::store::schedule::Lease;
use tinbai::store::types::{At, Word};
use tinbai::worker::jobs::{self, JobRun};

use crate::both_databases;
use crate::letters::shortened;
use crate::support::engine::{World, day, local_at};
use crate::support::{Fixture as _, TestDb};

both_databases!(
    an_event_climbs_its_ladder_to_the_level_above,
    a_topical_event_is_settled_at_16_00_and_not_a_second_later,
    one_person_gets_one_mail_of_all_that_falls_due_in_a_check,
    steps_outside_office_hours_move_back_before_and_forward_after_the_due_instant,
    a_stop_over_a_deadline_drops_the_stale_step_and_not_the_missed_one,
    what_a_stop_delayed_into_the_night_leaves_in_the_morning,
    every_job_run_twice_changes_nothing,
    two_workers_at_once_write_what_one_writes,
    an_extension_starts_a_new_ladder_and_an_exemption_ends_it,
    a_miss_that_was_none_is_corrected_to_those_who_were_told,
    a_summary_goes_on_from_the_one_before,
    a_miss_that_shows_only_when_an_editor_decides_is_told_then,
    an_item_in_the_extra_time_of_a_month_counts_once,
    a_quota_of_the_whole_tree_follows_with_the_next_sweep,
    three_days_without_the_service_skip_old_summaries_and_end_the_month_once,
);

fn world(db: &TestDb) -> World<'_> {
    World::founded(db, "2026-11-20T08:00:00+07:00", "demo", "2026-01-01")
}

fn an_event_climbs_its_ladder_to_the_level_above(db: &TestDb) {
    let world = world(db);
    let event = world.event(&world.grassroots, "Hội nghị", "2026-11-20 15:00", false);
    let key = format!("event:{}", event.id);
    let due = world.obligation(&world.grassroots, &key).due_at;
    assert_eq!(due, local_at("2026-11-25 09:00"), "24/11 is a holiday");
    let mut known = 0;
    let mut at = |local: &str| {
        world.run_at(local);
        world.new_post(&mut known)
    };
    assert_eq!(at("2026-11-23 14:59"), [""; 0]);
    assert_eq!(
        at("2026-11-23 15:00"),
        ["15:00 23/11/2026 co-so@a.example: 1 việc sắp đến hạn"]
    );
    assert_eq!(
        at("2026-11-25 08:00"),
        ["08:00 25/11/2026 co-so@a.example: 1 việc sắp đến hạn"]
    );
    assert_eq!(
        at("2026-11-25 09:00"),
        [""; 0],
        "a minute for requests in flight"
    );
    assert_eq!(
        at("2026-11-25 09:01"),
        ["09:01 25/11/2026 co-so@a.example: 1 việc quá hạn"]
    );
    let told = at("2026-11-26 07:00");
    let of_event: Vec<&String> = told
        .iter()
        .filter(|line| line.contains("việc quá hạn") && !line.contains("Tổng"))
        .collect();
    assert_eq!(
        of_event,
        [
            "07:00 26/11/2026 ban@tinh.example: 1 việc quá hạn",
            "07:00 26/11/2026 co-so@a.example: 1 việc quá hạn"
        ]
    );
    assert_eq!(
        at("2026-11-30 07:00"),
        ["07:00 30/11/2026 truong@a.example: 1 việc quá hạn"]
    );
    assert_eq!(
        world.obligation(&world.grassroots, &key).state,
        State::Missed
    );
}

fn a_topical_event_is_settled_at_16_00_and_not_a_second_later(db: &TestDb) {
    let world = world(db);
    let [on_time, late, missed] = ["Một", "Hai", "Ba"]
        .map(|title| world.event(&world.superior, title, "2026-11-20 15:00", true));
    let mut known = 0;
    world.run_at("2026-11-20 15:30");
    assert_eq!(
        world.new_post(&mut known),
        ["15:30 20/11/2026 truong@a.example: 3 việc sắp đến hạn"]
    );
    world.db.clock.set(local_at("2026-11-20 16:00:30"));
    world.item(
        &world.superior,
        "tin",
        "2026-11-20 16:00:00",
        None,
        Some(&on_time),
        &[],
    );
    world.item(
        &world.superior,
        "tin",
        "2026-11-20 16:00:01",
        None,
        Some(&late),
        &[],
    );
    world.run_at("2026-11-20 16:01");
    let states = [on_time, late, missed].map(|event| {
        let row = world.obligation(&world.superior, &format!("event:{}", event.id));
        (row.state.0, row.decided_at.map(|at| at.0))
    });
    let decided = |local: &str| Some(local_at(local));
    assert_eq!(
        states,
        [
            (State::MetOnTime, decided("2026-11-20 16:00:00")),
            (State::MetLate, decided("2026-11-20 16:00:01")),
            (State::Missed, decided("2026-11-20 16:00:00")),
        ]
    );
    assert_eq!(
        world.new_post(&mut known),
        [
            "16:01 20/11/2026 ban@tinh.example: Tổng hợp đến 16:00 20/11/2026: 1 tin, bài đến, 1 việc quá hạn, 0 việc còn nợ",
            "16:01 20/11/2026 truong@a.example: 1 việc quá hạn",
        ]
    );
}

fn one_person_gets_one_mail_of_all_that_falls_due_in_a_check(db: &TestDb) {
    let world = world(db);
    // both are due on 26/11 at 08:00; the month's second step is at the opening of that day
    world.event(&world.superior, "Hội nghị", "2026-11-23 14:00", false);
    world.event(&world.superior, "Hội thao", "2026-11-23 14:00", false);
    world.run_at("2026-11-26 07:00");
    let mails: Vec<_> = world
        .mails()
        .into_iter()
        .filter(|mail| mail.to_mail == "truong@a.example")
        .collect();
    assert_eq!(mails.len(), 1, "{:?}", world.post());
    for said in ["2 tin mỗi tháng - tháng 11/2026", "Hội nghị", "Hội thao"] {
        assert!(
            mails[0].text.contains(said) && mails[0].html.contains(said),
            "{said}\n{}",
            mails[0].text
        );
    }
}

fn steps_outside_office_hours_move_back_before_and_forward_after_the_due_instant(db: &TestDb) {
    let world = world(db);
    let every_day = SetPolicy {
        valid_from: day("2026-11-20"),
        patch: serde_json::from_str(r#"{"cutoff_days":"every"}"#).unwrap(),
        legal_basis: None,
    };
    world
        .house
        .write(&Actor::cli(), db.now(), |tx| {
            policies::set(tx, world.federation.id, &every_day, 0)
        })
        .unwrap();
    let saturday = world.event(&world.superior, "Ngày hội", "2026-11-21 10:00", true);
    let mut known = 0;
    for (before, at) in [("14:59", "15:00"), ("16:29", "16:30")] {
        world.run_at(&format!("2026-11-20 {before}"));
        world.new_post(&mut known);
        world.run_at(&format!("2026-11-20 {at}"));
        assert_eq!(
            world.new_post(&mut known),
            [format!(
                "{at} 20/11/2026 truong@a.example: 1 việc sắp đến hạn"
            )],
            "two working hours and half of one before Saturday at 16:00"
        );
    }
    for off in [
        "2026-11-21 14:00",
        "2026-11-21 15:30",
        "2026-11-21 16:01",
        "2026-11-22 16:01",
        "2026-11-23 06:59",
    ] {
        world.run_at(off);
        assert_eq!(world.new_post(&mut known), [""; 0], "{off}");
    }
    assert_eq!(
        world
            .obligation(&world.superior, &format!("event:{}", saturday.id))
            .state,
        State::Missed
    );
    world.run_at("2026-11-23 07:00");
    assert_eq!(
        world.new_post(&mut known),
        [
            "07:00 23/11/2026 ban@tinh.example: 1 việc quá hạn",
            "07:00 23/11/2026 pho@a.example: 1 việc quá hạn",
            "07:00 23/11/2026 truong@a.example: 1 việc quá hạn",
        ]
    );
}

fn a_stop_over_a_deadline_drops_the_stale_step_and_not_the_missed_one(db: &TestDb) {
    let world = world(db);
    world.event(&world.superior, "Hội nghị", "2026-11-20 15:00", false);
    let mut known = 0;
    world.run_at("2026-11-23 10:00");
    world.new_post(&mut known);
    world.run_at("2026-11-25 10:30");
    assert_eq!(
        world.new_post(&mut known),
        ["10:30 25/11/2026 truong@a.example: 1 việc quá hạn"]
    );
    world.run_at("2026-11-25 10:31");
    assert_eq!(world.new_post(&mut known), [""; 0]);
}

fn what_a_stop_delayed_into_the_night_leaves_in_the_morning(db: &TestDb) {
    let world = world(db);
    let event = world.event(&world.superior, "Hội nghị", "2026-11-20 15:00", false);
    let mut known = 0;
    world.run_at("2026-11-23 17:00");
    world.new_post(&mut known);
    world.run_at("2026-11-25 20:00");
    let row = world.obligation(&world.superior, &format!("event:{}", event.id));
    assert_eq!(
        (row.state.as_str(), row.decided_at),
        ("missed", Some(At(local_at("2026-11-25 09:00"))))
    );
    let summary = "07:00 26/11/2026 ban@tinh.example: Tổng hợp đến 16:00 25/11/2026: 0 tin, bài đến, 1 việc quá hạn, \
                   0 việc còn nợ";
    assert_eq!(
        world.new_post(&mut known),
        [summary],
        "queued at 20:00, leaves at the opening"
    );
    world.run_at("2026-11-26 07:00");
    let told: Vec<String> = world
        .post()
        .into_iter()
        .filter(|line| line.contains("truong@") && line.contains("26/11"))
        .collect();
    assert_eq!(
        told,
        ["07:00 26/11/2026 truong@a.example: 1 việc quá hạn, 1 việc sắp đến hạn"]
    );
}

/// What happens in two weeks to everybody: items in time, late and reviewed late, events met and
/// missed, a month's end.
fn two_weeks(world: &World<'_>, run: &dyn Fn(&str)) {
    let [met, missed] =
        ["Một", "Hai"].map(|title| world.event(&world.superior, title, "2026-11-20 15:00", true));
    world.event(&world.grassroots, "Ba", "2026-11-20 15:00", false);
    run("2026-11-20 14:00");
    run("2026-11-20 15:30");
    world.db.clock.set(local_at("2026-11-20 15:45"));
    world.item(
        &world.superior,
        "tin",
        "2026-11-20 15:45",
        Some("2026-11-20 15:45"),
        Some(&met),
        &[],
    );
    run("2026-11-20 16:01");
    run("2026-11-23 07:00");
    world.db.clock.set(local_at("2026-11-23 08:10"));
    let item = world.item(
        &world.superior,
        "tin",
        "2026-11-23 08:10",
        None,
        Some(&missed),
        &[],
    );
    for instant in [
        "2026-11-23 15:00",
        "2026-11-23 16:01",
        "2026-11-25 09:01",
        "2026-11-26 07:00",
        "2026-11-26 16:01",
    ] {
        run(instant);
    }
    run("2026-12-01 00:01");
    run("2026-12-01 00:05");
    run("2026-12-01 00:06");
    run("2026-12-01 07:00");
    world.db.clock.set(local_at("2026-12-01 09:00"));
    world.publish(&item);
    run("2026-12-01 16:01");
}

fn every_job_run_twice_changes_nothing(db: &TestDb) {
    let world = world(db);
    let again = |local: &str| {
        world.run_at(local);
        let mut once = world.everything();
        for job in jobs::all() {
            let unit_id = (job.kind.rows == Rows::EachFederation).then_some(world.federation.id);
            let lease = Lease {
                job: job.kind.name.to_owned(),
                token: String::new(),
            };
            let run = JobRun {
                id: RunId::of(&lease.job, db.now(), 1),
                due_at: db.now(),
                now: db.now(),
                unit_id,
                lease,
            };
            // reports are switched off, so that this is their first run
            if starts_off(&job.kind) {
                (job.code)(&world.house, &run).unwrap();
                once = world.everything();
            }
            (job.code)(&world.house, &run).unwrap();
            let twice = world.everything();
            assert_eq!(twice, once, "{} at {local}", job.kind.name);
        }
    };
    // a summary made by hand at another minute is another summary
    two_weeks(&world, &|local| {
        if local.ends_with("16:01") {
            again(local)
        } else {
            drop(world.run_at(local))
        }
    });
    let reviewing = "07:00 01/12/2026 bien-tap@tinh.example: 1 việc quá hạn, 1 việc chờ duyệt";
    assert!(
        world.post().iter().any(|line| line == reviewing),
        "{:#?}",
        world.post()
    );
    let mails = world.mails();
    let review = mails.iter().find(|mail| {
        mail.to_mail == "bien-tap@tinh.example" && mail.subject.contains("1 việc chờ duyệt")
    });
    insta::assert_snapshot!("letter_review", shortened(review.unwrap()));
}

/// What all jobs do at an instant, by hand.
fn all_jobs(house: &App, federation: UnitId, now: DateTime<Utc>, is_summary: bool) {
    sweep::close_periods(house, now).unwrap();
    open::run(house, now).unwrap();
    sweep::run(house, now, now).unwrap();
    if is_summary {
        summary::run(house, federation, now, now).unwrap();
    }
}

fn two_workers_at_once_write_what_one_writes(db: &TestDb) {
    let other = TestDb::start(db.kind());
    let alone = world(&other);
    two_weeks(&alone, &|local| {
        other.clock.set(local_at(local));
        all_jobs(
            &alone.house,
            alone.federation.id,
            other.now(),
            local.ends_with("16:01"),
        );
    });
    let together = world(db);
    let second = App::new(db.second_store(), Settings::default());
    two_weeks(&together, &|local| {
        db.clock.set(local_at(local));
        let (now, start) = (db.now(), Barrier::new(2));
        std::thread::scope(|scope| {
            for house in [&together.house, &second] {
                let (start, federation) = (&start, together.federation.id);
                scope.spawn(move || {
                    start.wait();
                    all_jobs(house, federation, now, local.ends_with("16:01"));
                });
            }
        });
    });
    let (together, alone) = (together.everything(), alone.everything());
    for (two, one) in together.iter().zip(&alone) {
        assert_eq!(two, one);
    }
    assert_eq!(together.len(), alone.len());
    other.finish();
}

fn an_extension_starts_a_new_ladder_and_an_exemption_ends_it(db: &TestDb) {
    let world = world(db);
    let event = world.event(&world.superior, "Hội nghị", "2026-11-20 15:00", false);
    let key = format!("event:{}", event.id);
    let mut known = 0;
    let mut run = |local: &str| {
        world.run_at(local);
        let mut post = world.new_post(&mut known);
        post.retain(|line| line.contains("truong@"));
        post
    };
    assert_eq!(
        run("2026-11-23 15:00"),
        ["15:00 23/11/2026 truong@a.example: 1 việc sắp đến hạn"]
    );
    let extend = |local: &str, until: &str| {
        db.clock.set(local_at(local));
        let id = world.obligation(&world.superior, &key).id;
        let granted = world.house.write(&Actor::cli(), db.now(), |tx| {
            decide::grant_extension(tx, id, local_at(until), "Bão")
        });
        granted.unwrap();
    };
    extend("2026-11-23 19:00", "2026-11-27 09:00");
    extend("2026-11-24 10:00", "2026-11-30 09:00");
    let row = world.obligation(&world.superior, &key);
    assert_eq!(
        (row.due_revision, row.due_at),
        (3, At(local_at("2026-11-30 09:00")))
    );
    assert_eq!(run("2026-11-24 10:01"), [""; 0], "a holiday");
    assert_eq!(
        run("2026-11-25 07:00"),
        ["07:00 25/11/2026 truong@a.example: 1 việc đổi hạn"]
    );
    assert_eq!(run("2026-11-25 09:01"), [""; 0]);
    run("2026-11-26 07:00");
    assert_eq!(
        run("2026-11-27 15:00"),
        ["15:00 27/11/2026 truong@a.example: 1 việc sắp đến hạn"]
    );
    let id = row.id;
    let exempt = |tx: &mut Tx<'_>| exemptions::exempt(tx, id, "Hội nghị hoãn");
    world.house.write(&Actor::cli(), db.now(), exempt).unwrap();
    for later in ["2026-11-30 08:00", "2026-11-30 09:01"] {
        assert_eq!(run(later), [""; 0], "{later}");
    }
    assert_eq!(world.obligation(&world.superior, &key).state, State::Exempt);
}

fn a_miss_that_was_none_is_corrected_to_those_who_were_told(db: &TestDb) {
    let world = world(db);
    let event = world.event(&world.superior, "Hội nghị", "2026-11-20 15:00", false);
    let mut known = 0;
    world.run_at("2026-11-25 09:01");
    world.run_at("2026-11-26 07:00");
    world.new_post(&mut known);
    db.clock.set(local_at("2026-11-26 10:00"));
    world.item(
        &world.superior,
        "tin",
        "2026-11-25 08:30",
        None,
        Some(&event),
        &[],
    );
    assert_eq!(
        world
            .obligation(&world.superior, &format!("event:{}", event.id))
            .state,
        State::MetOnTime
    );
    world.run_at("2026-11-26 10:01");
    let told = ["ban@tinh", "pho@a", "truong@a"]
        .map(|who| format!("10:01 26/11/2026 {who}.example: 1 việc đính chính"));
    assert_eq!(world.new_post(&mut known), told);
}

/// The counts of the summary that ran at an instant: arrived, missed, owed.
fn summary_at(world: &World<'_>, local: &str) -> [i64; 3] {
    let reports = world.run_at(local);
    let report = reports
        .iter()
        .rfind(|run| run.job.starts_with("summary:"))
        .unwrap();
    let counts = &report.result.as_ref().unwrap().counts;
    ["arrived", "missed", "owed"].map(|name| counts[name])
}

fn a_summary_goes_on_from_the_one_before(db: &TestDb) {
    let world = world(db);
    world.event(&world.superior, "Hội nghị", "2026-11-20 07:30", false);
    world.hand_in(&world.superior, "tin", "2026-11-20 07:00", None);
    assert_eq!(
        summary_at(&world, "2026-11-20 16:01"),
        [1, 0, 1],
        "due on Monday at 15:30, within the next working day"
    );
    db.clock.set(local_at("2026-11-20 17:00"));
    world.hand_in(&world.superior, "tin", "2026-11-19 10:00", None);
    world.hand_in(&world.grassroots, "tin", "2026-11-20 15:00", None);
    world.hand_in(&world.superior, "tin", "2026-11-20 16:00:30", None);
    let saturday = world.run_at("2026-11-21 16:01");
    let told = saturday
        .iter()
        .find(|run| run.job.starts_with("summary:"))
        .unwrap();
    assert!(
        told.result.as_ref().unwrap().sentence.contains("Ngày nghỉ"),
        "{told:?}"
    );
    world.hand_in(&world.grassroots, "tin", "2026-11-22 10:00", None);
    assert_eq!(
        summary_at(&world, "2026-11-23 16:01"),
        [4, 1, 0],
        "two of them recorded late"
    );
    assert_eq!(
        summary_at(&world, "2026-11-25 16:01"),
        [0, 0, 1],
        "late, and still taken until 27/11"
    );
    let told = db.unread_mails();
    assert_eq!(
        told.iter().filter(|mail| mail.contains("Tổng hợp")).count(),
        3,
        "{told:?}"
    );
}

fn three_days_without_the_service_skip_old_summaries_and_end_the_month_once(db: &TestDb) {
    let world = world(db);
    world.run_at("2026-11-26 16:01");
    world.run_at("2026-11-27 10:00");
    world.event(&world.superior, "Hội nghị", "2026-11-25 09:00", false);
    let reports = world.run_at("2026-12-01 08:00");
    let summaries: Vec<_> = reports
        .iter()
        .filter(|run| run.job.starts_with("summary:"))
        .collect();
    let states: Vec<_> = summaries
        .iter()
        .map(|run| (run.due_at, run.state))
        .collect();
    use RunState::{Done, Skipped};
    let due = |day: &str| local_at(&format!("{day} 16:01"));
    assert_eq!(
        states,
        [
            (due("2026-11-27"), Skipped),
            (due("2026-11-28"), Skipped),
            (due("2026-11-29"), Skipped),
            (due("2026-11-30"), Done)
        ]
    );
    let counts = &summaries[3].result.as_ref().unwrap().counts;
    assert_eq!(
        (counts["missed"], counts["mails"]),
        (1, 1),
        "it covers the skipped ones"
    );
    assert_eq!(
        world.counts(&world.superior)[1..],
        [
            "2026-M11: 0/2 missed",
            "2026-M12: 0/2 open",
            "2026: 0/3 open"
        ],
        "{:?}",
        world.counts(&world.superior)
    );
    let told: Vec<_> = world
        .mails()
        .into_iter()
        .filter(|mail| mail.text.contains("mỗi tháng - tháng 11"))
        .collect();
    let to: Vec<&str> = told.iter().map(|mail| mail.to_mail.as_str()).collect();
    let before = ["bien-tap@tinh.example", "truong@a.example"];
    let after = [
        "ban@tinh.example",
        "bien-tap@tinh.example",
        "pho@a.example",
        "truong@a.example",
    ];
    assert_eq!(
        to,
        [&before[..], &after].concat(),
        "once before the month's end, once after"
    );
    let once = world.everything();
    world.run_at("2026-12-01 08:00");
    assert_eq!(world.everything(), once);
}

fn an_item_in_the_extra_time_of_a_month_counts_once(db: &TestDb) {
    let world = world(db);
    db.clock.set(local_at("2026-11-30 10:00"));
    let id = world.obligation(&world.superior, "2026-M11").id;
    let until = local_at("2026-12-05 17:00");
    let extend = |tx: &mut Tx<'_>| decide::grant_extension(tx, id, until, "Bão");
    world.house.write(&Actor::cli(), db.now(), extend).unwrap();
    world.run_at("2026-12-01 00:06");
    let months = || world.counts(&world.superior)[..2].to_vec();
    assert_eq!(months(), ["2026-M11: 0/2 open", "2026-M12: 0/2 open"]);
    for instant in ["2026-12-02 09:00", "2026-12-03 09:00", "2026-12-04 09:00"] {
        db.clock.set(local_at(instant));
        world.hand_in(&world.superior, "tin", instant, Some(instant));
    }
    assert_eq!(
        months(),
        ["2026-M11: 2/2 met_on_time", "2026-M12: 1/2 open"],
        "until it is met, then its own"
    );
    assert_eq!(
        db.unread_mails(),
        [""; 0],
        "the summary has nothing to tell"
    );
}

fn a_quota_of_the_whole_tree_follows_with_the_next_sweep(db: &TestDb) {
    let world = World::founded(db, "2026-11-20T08:00:00+07:00", "lai-chau", "2026-01-01");
    for unit in [&world.superior, &world.grassroots, &world.federation] {
        world.hand_in(unit, "tin", "2026-03-01 08:00", Some("2026-03-01 09:00"));
    }
    world.run_at("2026-11-20 08:01");
    let counts = world.counts(&world.federation);
    assert!(
        counts.contains(&"2026: 3/300 open".to_owned()),
        "{counts:?}"
    );
}

fn a_miss_that_shows_only_when_an_editor_decides_is_told_then(db: &TestDb) {
    let world = world(db);
    for arrived in ["2026-11-20 07:00", "2026-11-20 07:30"] {
        world.hand_in(&world.superior, "tin", arrived, None);
    }
    let mut known = 0;
    world.run_at("2026-12-01 07:00");
    assert_eq!(
        world.obligation(&world.superior, "2026-M11").state,
        State::AwaitingReview
    );
    let told = world.new_post(&mut known);
    assert!(
        !told.iter().any(|line| line.contains("truong@")),
        "nobody is told of a miss: {told:?}"
    );
    db.clock.set(local_at("2026-12-02 18:00"));
    let item = db
        .store
        .read(|conn| items::find(conn, ItemId(1)))
        .unwrap()
        .unwrap();
    world.change_item(&item, |item| item.state = Word(ItemState::Rejected));
    assert_eq!(
        world.obligation(&world.superior, "2026-M11").state,
        State::Missed
    );
    world.run_at("2026-12-02 18:01");
    world.new_post(&mut known);
    world.run_at("2026-12-03 07:00");
    let told: Vec<String> = world.new_post(&mut known);
    for who in ["ban@tinh", "pho@a", "truong@a"] {
        assert!(
            told.iter()
                .any(|line| line.starts_with(&format!("07:00 03/12/2026 {who}"))),
            "{who}: {told:?}"
        );
    }
}
