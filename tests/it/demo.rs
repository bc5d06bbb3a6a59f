//! Demonstrations: a past that was made by the use cases and the scheduler.

use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;
use serde_json::Value;
use tinbai::app::demo::{DemoOptions, Error, prepare};
use tinbai::clock::ManualClock;
use tinbai::config::Settings;
use tinbai::demo::scenario::{Scenario, Tree};
use tinbai::demo::simulation::simulate;
use tinbai::domain::mail::MailState;
use tinbai::service::App;
use tinbai::store::StoreError;
use tinbai::store::outbox::{self, MailFilter};
use tinbai::store::schema::audit;
use tinbai::store::units;
use tinbai::web::pages::trail::words::SILENT;
use tinbai::worker::runner::Runner;

use crate::both_databases;
use crate::support::{TestDb, at};
use crate::words::sentences;

both_databases!(a_past_is_lived_and_leaves_nothing_to_catch_up);

fn a_past_is_lived_and_leaves_nothing_to_catch_up(db: &TestDb) {
    db.expect_unread_mails();
    let house = App::new(db.store.clone(), Settings::default());
    let until = at("2026-08-05T15:20:00+07:00");
    let from = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
    let runner = Runner::new(house.clone(), Arc::new(ManualClock::at(until)));
    let scenario = Scenario {
        tree: Tree::BenTre,
        seed: 7,
        from,
        until,
    };
    let federation = simulate(&house, &scenario, |now| {
        runner.ensure(now)?;
        let failed: Vec<_> = runner
            .run_due(now)?
            .into_iter()
            .filter_map(|run| run.error)
            .collect();
        assert!(failed.is_empty(), "{failed:?}");
        Ok(())
    });
    let federation = federation.unwrap_or_else(|error| panic!("{error}: {error:?}"));
    let waiting = |state| {
        let filter = MailFilter {
            state: Some(state),
            below: Some(vec![federation.id]),
            ..MailFilter::default()
        };
        db.store
            .read(|conn| outbox::list(conn, &filter, None, 10_000))
            .unwrap()
            .len()
    };
    assert_eq!(
        [MailState::Queued, MailState::Retry, MailState::Dead].map(waiting),
        [0, 0, 0]
    );
    every_value_of_the_trail_has_a_name(db);
    assert!(
        waiting(MailState::Sent) > 20,
        "reminders and summaries of five weeks"
    );
    let newcomer = db
        .store
        .read(|conn| units::find_by_code(conn, "kcn-moi"))
        .unwrap()
        .unwrap();
    assert_eq!(newcomer.founded_on, NaiveDate::from_ymd_opt(2026, 8, 1));
    assert_eq!(
        runner.run_due(until + TimeDelta::seconds(30)).unwrap(),
        [],
        "a start mails nothing of the past"
    );
}

#[test]
fn an_empty_demonstration_is_made_once_and_continued() {
    let folder = tempfile::tempdir().unwrap();
    let options = DemoOptions {
        tree: Tree::ThanhHoa,
        empty: true,
        seed: 1,
        now: at("2026-11-20T15:20:00+07:00"),
    };
    let settings = Settings::default();
    let made = prepare(folder.path(), &settings, options).unwrap();
    assert_eq!((made.units, made.items, made.continued), (1, 0, false));
    assert_eq!(made.credentials.len(), 6, "a token for each role");
    assert_eq!(made.now, options.now);
    let later = at("2026-11-23T09:00:00+07:00");
    let runner = Runner::new(made.app.clone(), Arc::new(ManualClock::at(later)));
    runner.ensure(options.now).unwrap();
    runner.run_due(later).unwrap();
    let again = prepare(folder.path(), &settings, options).unwrap();
    assert_eq!(
        (again.units, again.continued, &again.mailbox),
        (1, true, &made.mailbox)
    );
    assert_eq!(again.now, later, "a clock is never set back");
}

#[test]
fn a_folder_with_real_data_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    let file = folder.path().join("tinbai.sqlite");
    settings.database.url =
        tinbai::config::secret::DatabaseUrl::new(format!("sqlite:{}", file.display()));
    drop(tinbai::app::open(settings.clone()).unwrap());
    let options = DemoOptions {
        tree: Tree::BenTre,
        empty: true,
        seed: 1,
        now: at("2026-11-20T15:20:00+07:00"),
    };
    assert!(matches!(
        prepare(folder.path(), &settings, options),
        Err(Error::NotOurs(_))
    ));
}

/// The page of the trail shows no name of a column: what five weeks wrote has words.
fn every_value_of_the_trail_has_a_name(db: &TestDb) {
    let known = sentences();
    let lines: Vec<(Option<String>, Option<String>)> = db
        .store
        .read(|conn| {
            let values = audit::table.select((audit::old, audit::new));
            values.load(conn).map_err(StoreError::from)
        })
        .unwrap();
    assert!(lines.len() > 100, "{}", lines.len());
    let written = lines.into_iter().flat_map(|(old, new)| [old, new]);
    for json in written.flatten() {
        let Value::Object(values) = serde_json::from_str(&json).unwrap() else {
            continue;
        };
        for name in values
            .keys()
            .filter(|name| !SILENT.contains(&name.as_str()))
        {
            let key = format!("pages.trail.field.{name}");
            assert!(known.contains_key(&key), "{key}: {json}");
        }
    }
}
