//! A Friday at Bến Tre, through the API, the scheduler and the mails. Two unions hold events that
//! end at 15:00 on 20/11/2026; the example in docs/DOMAIN.md, deadlines, says when their news is
//! due.

use mail_parser::MessageParser;
use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Role};
use tinbai::mail::Captured;
use tinbai::service::rules::presets;
use tinbai::service::rules::presets::ApplyPreset;
use tinbai::service::units::import;
use tinbai::store::units::{self, UnitRow};

use crate::both_databases;
use crate::support::app::{Client, TestApp};
use crate::support::engine::headline;

both_databases!(a_friday_at_ben_tre);

/// The federation, and the clients of its people.
struct BenTre<'a> {
    app: &'a TestApp,
    department: Client,
    editor: Client,
}

impl<'a> BenTre<'a> {
    fn founded(app: &'a TestApp) -> Self {
        app.set_clock("2026-11-02T07:30:00+07:00");
        let tree = include_bytes!("../../config/presets/units-ben-tre.csv");
        app.house
            .write(&Actor::cli(), app.now(), |tx| import::units(tx, tree, None))
            .unwrap();
        let preset = ApplyPreset {
            preset: "ben-tre".into(),
            unit: "ben-tre".into(),
            year: 2026,
            from: None,
        };
        app.house
            .write(&Actor::cli(), app.now(), |tx| presets::apply(tx, &preset))
            .unwrap();
        let root = unit(app, "ben-tre");
        let department = app.client_of(Role::Department, Some(&root));
        let editor = app.client_of(Role::Editor, Some(&root));
        let friday = Self {
            app,
            department,
            editor,
        };
        friday.person("ben-tre", "Cán bộ Ban Tuyên giáo", "department", "staff");
        for code in ["ba-tri", "binh-dai", "giong-trom"] {
            friday.person(code, "Chủ tịch", "leader", "head");
            friday.person(code, "Phó Chủ tịch", "leader", "deputy");
        }
        friday.run("2026-11-02T07:31:00+07:00");
        friday
    }

    fn person(&self, code: &str, title: &str, role: &str, position: &str) {
        let new = json!({
            "unit_id": unit(self.app, code).id, "name": title, "title": title, "role": role, "position": position,
            "mail": format!("{position}@{code}.example"),
        });
        let house = &self.app.house;
        let new = serde_json::from_value(new).unwrap();
        house
            .write(&Actor::cli(), self.app.now(), |tx| {
                tinbai::service::units::people::create(tx, &new)
            })
            .unwrap();
    }

    fn leader(&self, code: &str) -> Client {
        self.app
            .client_of(Role::Leader, Some(&unit(self.app, code)))
    }

    /// An event that ends on Friday at 15:00: its id and the due instant that the reply names.
    fn event(&self, code: &str, title: &str, kind: &str) -> (i64, String) {
        let new = json!({
            "unit_id": unit(self.app, code).id, "title": title, "types": [kind],
            "starts_at": "2026-11-20T13:30:00+07:00", "ends_at": "2026-11-20T15:00:00+07:00",
        });
        let made = self.leader(code).post("/api/v1/events", &new).expect(201);
        let due = made["deadlines"][0]["due_at"].as_str().unwrap().to_owned();
        (made["id"].as_i64().unwrap(), due)
    }

    /// The leader hands in news of an event: the item.
    fn news(&self, code: &str, title: &str, event: i64) -> Value {
        let new = json!({ "unit_id": unit(self.app, code).id, "kind": "tin", "title": title, "event_id": event });
        self.leader(code).post("/api/v1/items", &new).expect(201)
    }

    /// The state of the deadline of an event, as the department reads it.
    fn state(&self, event: i64) -> String {
        let owed = self
            .department
            .get(&format!("/api/v1/obligations?event_id={event}"))
            .items();
        assert_eq!(owed.len(), 1);
        owed[0]["state"].as_str().unwrap().to_owned()
    }

    /// The scheduler runs at an instant, as a rehearsal told; the mails that go out then.
    fn run(&self, at: &str) -> Vec<Captured> {
        self.app.set_clock(at);
        let shown = tinbai::app::scheduler::rehearse_due(&self.app.house, self.app.now()).unwrap();
        let done = self.app.run_due();
        assert!(!done.has_failures());
        assert_eq!(shown.mails, done.mails);
        self.app.mails()
    }
}

fn unit(app: &TestApp, code: &str) -> UnitRow {
    app.house
        .store
        .read(|conn| units::find_by_code(conn, code))
        .unwrap()
        .unwrap()
}

/// `recipient: subject`, sorted.
fn told(mails: &[Captured]) -> Vec<String> {
    let line = |mail: &Captured| {
        let message = MessageParser::default().parse(&mail.raw).unwrap();
        format!("{}: {}", mail.to, headline(message.subject().unwrap()))
    };
    let mut all: Vec<String> = mails.iter().map(line).collect();
    all.sort();
    all
}

fn text_to(mails: &[Captured], to: &str) -> String {
    let mail = mails
        .iter()
        .find(|mail| mail.to == to)
        .unwrap_or_else(|| panic!("no mail to {to}"));
    MessageParser::default()
        .parse(&mail.raw)
        .unwrap()
        .body_text(0)
        .unwrap()
        .into_owned()
}

fn a_friday_at_ben_tre(app: &TestApp) {
    let friday = BenTre::founded(app);
    // the offices hear of their month; all summaries up to Thursday's are out
    friday.run("2026-11-20T09:00:00+07:00");
    app.set_clock("2026-11-20T14:10:00+07:00");
    let (meeting, due) = friday.event("ba-tri", "Hội nghị sơ kết", "ordinary");
    assert_eq!(
        due, "2026-11-25T09:00:00+07:00",
        "2 h on Friday, 8 h on Monday, a holiday, 2 h on Wednesday"
    );
    let topical: Vec<i64> = [
        ("ba-tri", "Lễ trao nhà"),
        ("binh-dai", "Ngày hội"),
        ("giong-trom", "Hội thao"),
    ]
    .map(|(code, title)| {
        let (event, due) = friday.event(code, title, "topical");
        assert_eq!(due, "2026-11-20T16:00:00+07:00");
        event
    })
    .to_vec();

    // the step of 14:00 was over before anybody knew of the events
    assert_eq!(
        told(&friday.run("2026-11-20T14:11:00+07:00")),
        Vec::<String>::new()
    );
    let before = ["ba-tri", "binh-dai", "giong-trom"]
        .map(|code| format!("head@{code}.example: 1 việc sắp đến hạn"));
    assert_eq!(told(&friday.run("2026-11-20T15:30:00+07:00")), before);

    app.set_clock("2026-11-20T16:00:00.900+07:00");
    let in_time = friday.news("ba-tri", "Trao nhà cho đoàn viên", topical[0]);
    assert_eq!(
        in_time["arrived_at"], "2026-11-20T16:00:00+07:00",
        "whole seconds count"
    );
    app.set_clock("2026-11-20T16:00:01+07:00");
    friday.news("binh-dai", "Ngày hội ở Bình Đại", topical[1]);
    let mails = friday.run("2026-11-20T16:01:00+07:00");
    let states: Vec<String> = topical.iter().map(|event| friday.state(*event)).collect();
    assert_eq!(
        states,
        ["met_on_time", "met_late", "missed"].map(str::to_owned),
        "{:?}",
        told(&mails)
    );
    let summary = text_to(&mails, "staff@ben-tre.example");
    let parts: Vec<&str> = summary.split("== ").collect();
    let part = |heading: &str| *parts.iter().find(|part| part.starts_with(heading)).unwrap();
    assert!(
        part("Quá hạn").contains("Giồng Trôm: Tin thời sự: Hội thao"),
        "{summary}"
    );
    assert!(!part("Quá hạn").contains("Ba Tri"), "{summary}");
    assert!(
        part("Tin, bài đã đến").contains("Trao nhà cho đoàn viên"),
        "{summary}"
    );
    assert!(
        told(&mails).contains(&"head@giong-trom.example: 1 việc quá hạn".to_owned()),
        "{:?}",
        told(&mails)
    );
    assert!(
        !told(&mails).iter().any(|line| line.contains("ba-tri")),
        "{:?}",
        told(&mails)
    );

    let publish = format!("/api/v1/items/{}/publish", in_time["id"]);
    friday
        .editor
        .knowing(in_time["version"].as_i64().unwrap())
        .post(&publish, &json!({}))
        .expect(200);
    assert_eq!(
        friday.state(topical[0]),
        "met_on_time",
        "a deadline is settled by arrival"
    );

    // four working hours before Wednesday 09:00, Tuesday being a holiday: Monday 15:00
    assert_eq!(
        told(&friday.run("2026-11-23T14:59:00+07:00")),
        missed_again(),
        "a working day after the cut-off"
    );
    assert_eq!(
        told(&friday.run("2026-11-23T15:00:00+07:00")),
        ["head@ba-tri.example: 1 việc sắp đến hạn"]
    );

    // the scheduler is away from then on, over the step of 08:00 and the due instant of 09:00,
    // until 10:15
    let late = friday.run("2026-11-25T10:15:00+07:00");
    let to_ba_tri: Vec<String> = told(&late)
        .into_iter()
        .filter(|line| line.contains("ba-tri"))
        .collect();
    assert_eq!(
        to_ba_tri,
        ["head@ba-tri.example: 1 việc quá hạn"],
        "the stale step is dropped, the miss is told"
    );
    assert!(text_to(&late, "head@ba-tri.example").contains("Hạn: 09:00 25/11/2026"));
    assert_eq!(
        told(&friday.run("2026-11-25T10:16:00+07:00")),
        Vec::<String>::new(),
        "once"
    );
    assert_eq!(friday.state(meeting), "missed");
    let next = told(&friday.run("2026-11-26T07:00:00+07:00"));
    for (to, missed) in [
        ("head@ba-tri.example", 1),
        ("deputy@ba-tri.example", 1),
        // and Giồng Trôm's cut-off of Friday, as the federation's head has no address
        ("staff@ben-tre.example", 2),
    ] {
        let line = format!("{to}: {missed} việc quá hạn");
        assert!(next.contains(&line), "{next:?}");
    }

    // what really arrived in time by another way reaches back, and everybody who was told otherwise
    // hears of it
    let recorded = json!({
        "unit_id": unit(app, "ba-tri").id, "kind": "tin", "title": "Sơ kết", "event_id": meeting, "channel": "zalo",
        "arrival": { "at": "2026-11-25T08:59:00+07:00", "reason": "Tin nhắn Zalo lúc 08:59" },
    });
    app.set_clock("2026-11-26T08:00:00+07:00");
    let item = friday.editor.post("/api/v1/items", &recorded).expect(201);
    friday
        .editor
        .knowing(1)
        .post(&format!("/api/v1/items/{}/publish", item["id"]), &json!({}))
        .expect(200);
    assert_eq!(friday.state(meeting), "met_on_time");
    let corrected = told(&friday.run("2026-11-26T08:01:00+07:00"));
    for to in [
        "head@ba-tri.example",
        "deputy@ba-tri.example",
        "staff@ben-tre.example",
    ] {
        assert!(
            corrected
                .iter()
                .any(|line| line.starts_with(to) && line.contains("đính chính")),
            "{corrected:?}"
        );
    }

    let jobs = friday.app.admin().get("/api/v1/jobs").items();
    let sweep = jobs.iter().find(|job| job["name"] == "sweep").unwrap();
    assert_eq!(
        (&sweep["last"]["state"], &sweep["next_at"]),
        (&json!("done"), &json!("2026-11-26T08:02:00+07:00"))
    );
}

/// Who hears on Monday of the cut-off that Giồng Trôm missed on Friday.
fn missed_again() -> Vec<String> {
    [
        "deputy@giong-trom.example",
        "head@giong-trom.example",
        "staff@ben-tre.example",
    ]
    .map(|to| format!("{to}: 1 việc quá hạn"))
    .to_vec()
}
