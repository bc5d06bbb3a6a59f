//! The pages in a real browser (Chromium, driven by `tests/browser`): accessibility, widths, the
//! keyboard, pages without scripts, and whole jobs. One server, one browser and one demonstration
//! serve all of them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::{Value, json};
use tinbai::app::{scheduler, server};
use tinbai::clock::ManualClock;
use tinbai::config::Settings;
use tinbai::demo;
use tinbai::demo::credentials::create_credentials;
use tinbai::demo::scenario::{Scenario, Tree};
use tinbai::demo::simulation::simulate;
use tinbai::domain::access::Actor;
use tinbai::service::App;
use tinbai::worker::runner::Runner;

use crate::support::{self, Kind, TestDb, at};

#[test]
fn the_pages_hold_in_a_real_browser() {
    support::run(Kind::Sqlite, in_a_real_browser);
}

fn in_a_real_browser(db: &TestDb) {
    db.expect_unread_mails();
    db.set_clock("2026-11-20T15:20:00+07:00");
    let mut settings = Settings::default();
    settings.server.listen = "127.0.0.1:0".parse().unwrap();
    settings.worker.in_server = false;
    let listener = server::listen(&settings.server).unwrap();
    let port = listener.local_addr().unwrap().port();
    settings.server.public_url = format!("http://localhost:{port}");
    let app = App::new(db.store.clone(), settings);
    let profile = tempfile::tempdir().unwrap();
    let mut facts = demonstration(&app, db);
    facts["profile"] = json!(profile.path());
    let running = server::start_on(listener, app.clone(), db.clock.clone(), None).unwrap();
    let (passed, told) = Browser::start(&facts).converse(&app, db);
    running.stop().expect("the server ends well");
    assert!(passed, "the browser's checks failed:\n{told}");
}

/// Plays seven weeks, so that the pages have what they show; what the browser has to know of it.
fn demonstration(app: &App, db: &TestDb) -> Value {
    let now = db.now();
    let runner = Runner::new(app.clone(), Arc::new(ManualClock::at(now)));
    let scenario = Scenario {
        tree: Tree::BenTre,
        seed: 2026,
        from: NaiveDate::from_ymd_opt(2026, 10, 1).unwrap(),
        until: now,
    };
    app.write(&Actor::cli(), now, demo::mark).unwrap();
    simulate(app, &scenario, |now| {
        runner.ensure(now)?;
        runner.run_due(now).map(|_| ())
    })
    .unwrap();
    let mailbox = app.read(&Actor::cli(), now, demo::mailbox_key).unwrap();
    let people: serde_json::Map<String, Value> = create_credentials(app, now)
        .unwrap()
        .into_iter()
        .filter_map(|one| {
            let (mail, password) = one.sign_in?;
            let person = json!({ "mail": mail, "password": password, "token": one.secret });
            Some((one.role.as_str().to_owned(), person))
        })
        .collect();
    json!({ "base": app.settings.server.public_url, "mailbox": mailbox, "people": people })
}

/// The program that drives the browser. It ends, and the browser with it, when the pipe to it
/// breaks, so that a test that fails leaves nothing behind.
struct Browser {
    process: Child,
    input: ChildStdin,
}

impl Browser {
    fn start(facts: &Value) -> Self {
        let folder = std::env::var("TINBAI_TEST_BROWSER").expect(
            "tests in a browser need Node.js and Chromium: run `bash tests/run.sh`, which installs them",
        );
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/main.mjs");
        let mut process = Command::new("node")
            .args([script.as_os_str(), folder.as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut input = process.stdin.take().unwrap();
        writeln!(input, "{facts}").unwrap();
        Self { process, input }
    }

    /// Does what it asks for (`@clock INSTANT` moves the clock and runs what is due); whether all
    /// checks passed, and what it said.
    fn converse(mut self, app: &App, db: &TestDb) -> (bool, String) {
        let mut told = String::new();
        let output = BufReader::new(self.process.stdout.take().unwrap());
        for line in output.lines() {
            let line = line.unwrap();
            let Some(instant) = line.strip_prefix("@clock ") else {
                told.push_str(&line);
                told.push('\n');
                continue;
            };
            db.set_clock(instant);
            let report = scheduler::run_due(app, at(instant)).unwrap();
            assert!(!report.has_failures(), "{report:?}");
            writeln!(self.input, "{{}}").unwrap();
        }
        (self.process.wait().unwrap().success(), told)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _gone = self.process.wait();
    }
}
