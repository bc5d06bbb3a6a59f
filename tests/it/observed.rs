//! The id of a request or of a run of a job: the same in the log, in the trail and in the mails that
//! it caused. What `docs/OPERATIONS.md` says about the log is compared with real lines.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tinbai::domain::access::Role;
use tinbai::domain::unit::Category;
use tinbai::mail::Builder;
use tinbai::store::outbox::{self, MailFilter};

use crate::both_databases;
use crate::support::TestDb;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, account, enrol, person};
use crate::support::engine::World;
use crate::support::process::Served;
use crate::support::tree::found;

both_databases!(
    a_request_has_one_id_everywhere,
    a_run_of_a_job_has_one_id_everywhere,
);

const MAIL: &str = "bt@tinh.example";

/// The lines of a log in JSON.
fn lines(log: &str) -> Vec<Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The header with the id, of the newest mail as it would be sent.
fn id_in_mail(db: &TestDb) -> Option<String> {
    let mails = db
        .store
        .read(|conn| {
            let newest = outbox::list(conn, &MailFilter::default(), None, 1)?;
            outbox::find(conn, newest[0].id)
        })
        .unwrap()
        .unwrap();
    let builder = Builder::new("Tin", "tin@tinbai.example", "tin@tinbai.example").unwrap();
    let raw = builder.build(&mails.mail.unwrap()).unwrap();
    let text = String::from_utf8(raw.bytes).unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix("X-Tinbai-Request-Id: "))
        .map(str::to_owned)
}

fn a_request_has_one_id_everywhere(app: &TestApp) {
    let root = found(app, "tinh", Category::Federation, None);
    account(app, &person(app, &root, Role::Viewer, MAIL));
    let served = Served::logging(app, "json");
    let id = "4f7b0a69d1c2e3f7";
    let browser = Browser::at(&served.address.to_string()).with("X-Request-Id", id);
    let reply = browser.form("/quen-mat-khau", &[("mail", MAIL)]);
    assert_eq!(reply.header("x-request-id"), id);
    let log = lines(&served.stop());
    let own = log.iter().find(|line| line["request_id"] == id).unwrap();
    assert_eq!(own["path"], "/quen-mat-khau");
    assert_eq!(id_in_mail(app).as_deref(), Some(id));
    let trail = app.admin().get(&format!("/api/v1/trail?request_id={id}"));
    assert_eq!(trail.items().len(), 1, "{}", trail.text);
    // people look it up on the page of the trail
    account(app, &person(app, &root, Role::Admin, "qt@tinh.example"));
    let admin = Browser::of(app);
    admin.sign_in("qt@tinh.example");
    enrol(app, &admin);
    let found = admin.get(&format!("/nhat-ky?ma={id}")).expect_page(200);
    assert_eq!(
        found
            .matches("<tr role=\"row\"><th role=\"rowheader\"")
            .count(),
        1,
        "{found}"
    );
    let none = admin.get("/nhat-ky?ma=0000000000000000").expect_page(200);
    assert!(none.contains("Chưa có dòng nào hợp bộ lọc."), "{none}");
    app.expect_unread_mails();
}

/// What is logged on this thread meanwhile.
fn logged(work: impl FnOnce()) -> Vec<Value> {
    let kept = Kept::default();
    let own = kept.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || own.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, work);
    let bytes = kept.0.lock().unwrap().clone();
    lines(&String::from_utf8(bytes).unwrap())
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The id in the line about the end of a job.
fn id_of_run(log: &[Value], job: &str) -> String {
    let ended = log
        .iter()
        .find(|line| line["job"] == job && line["message"] == "job done");
    let line = ended.unwrap_or_else(|| panic!("{job} did not run: {log:?}"));
    line["request_id"].as_str().unwrap().to_owned()
}

fn a_run_of_a_job_has_one_id_everywhere(app: &TestApp) {
    let world = World::founded(app, "2026-11-20T08:00:00+07:00", "demo", "2026-01-01");
    account(app, &person(app, &world.superior, Role::Viewer, MAIL));
    Browser::of(app).sign_in(MAIL);
    world.event(&world.superior, "Hội nghị", "2026-11-20 11:00", true);
    let log = logged(|| {
        world.run_at("2026-11-20 15:30");
    });
    let id = id_of_run(&log, "sweep");
    assert_eq!(id_in_mail(app), Some(id));
    // the session ends; what is deleted leaves a line in the trail
    let log = logged(|| {
        for day in 21..=30 {
            world.run_at(&format!("2026-11-{day} 02:30"));
        }
    });
    let trail = app.admin().get("/api/v1/trail?limit=200").items();
    let purged: Vec<&Value> = trail
        .iter()
        .filter(|line| line["action"] == "purge")
        .collect();
    assert!(!purged.is_empty(), "{trail:?}");
    for line in purged {
        let is_own =
            |said: &&Value| said["job"] == "purge" && said["request_id"] == line["request_id"];
        assert!(log.iter().any(|said| is_own(&said)), "{line} {log:?}");
    }
    app.expect_unread_mails();
}

/// The fields that the code logs, and the names of levels that it uses.
fn logged_by_the_code() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut fields, mut levels) = (BTreeSet::new(), BTreeSet::new());
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("telemetry/spans.rs") {
                // exported, and kept out of the log: `traces` has the test
            } else if path.extension().is_some_and(|own| own == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                for call in text.split("tracing::").skip(1) {
                    let Some((level, rest)) = call.split_once("!(") else {
                        continue;
                    };
                    if level.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
                        levels.insert(level.to_owned());
                        fields.extend(arguments(rest).into_iter().filter_map(field));
                    }
                }
            }
        }
    }
    (fields, levels)
}

/// The arguments of a call up to its end.
fn arguments(call: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut depth, mut is_text) = (0, false);
    for c in call.chars() {
        match c {
            '"' => is_text = !is_text,
            '(' | '{' if !is_text => depth += 1,
            ')' if !is_text && depth == 0 => break,
            ')' | '}' if !is_text => depth -= 1,
            ',' if !is_text && depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    parts
}

/// The field of an argument; `None` for the message.
fn field(argument: String) -> Option<String> {
    let argument = argument.trim();
    let name = argument.split(" = ").next().unwrap_or_default();
    let name = name.trim_start_matches(['%', '?']);
    (!name.is_empty() && !argument.starts_with('"')).then(|| name.to_owned())
}

/// The names in the first column of the table below a heading of OPERATIONS.md.
fn documented(heading: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/OPERATIONS.md");
    let text = fs::read_to_string(path).unwrap();
    let (_, below) = text.split_once(heading).unwrap();
    let rows = below
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    let mut names = BTreeSet::new();
    for row in rows {
        let first = row.split('|').nth(1).unwrap();
        let quoted = first.split('`').skip(1).step_by(2);
        names.extend(quoted.map(str::to_owned));
    }
    names
}

#[test]
fn every_field_of_the_log_is_documented() {
    let (fields, levels) = logged_by_the_code();
    assert!(fields.len() > 20, "{fields:?}");
    let around = [
        "timestamp",
        "level",
        "target",
        "message",
        "span",
        "spans",
        "name",
    ];
    let known = documented("### Fields");
    for field in fields.iter().map(String::as_str).chain(around) {
        assert!(known.contains(field), "`{field}` is not in OPERATIONS.md");
    }
    for field in &known {
        let is_used = fields.contains(field) || around.contains(&field.as_str());
        assert!(is_used, "nothing logs `{field}`");
    }
    let mut levels: BTreeSet<String> = levels;
    levels.remove("info_span");
    assert_eq!(levels, documented("### Levels"));
}
