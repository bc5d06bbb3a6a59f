//! Scores as of an instant of the past: the same fold as ever, over the facts whose own instants are
//! not later.

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tinbai::domain::access::Role;
use tinbai::domain::ids::{EventId, ItemId, ObligationId, UnitId};
use tinbai::domain::unit::Category;
use tinbai::service::obligations::open;

use crate::both_databases;
use crate::support::app::{Client, TestApp};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::tree::found;

both_databases!(
    a_replay_is_what_was_shown_then,
    a_late_record_does_not_make_a_closed_period_vanish,
    a_random_history_of_several_units_is_replayed_as_it_was_shown,
);

/// A superior union that owes two tin a month and is scored by the national scheme.
struct Scored<'a> {
    app: &'a TestApp,
    desk: Desk<'a>,
    department: Client,
    editor: Client,
    leader: Client,
}

impl<'a> Scored<'a> {
    fn on(app: &'a TestApp, now: &str, counted_when: &str) -> Self {
        app.set_clock(now);
        let desk = Desk::new(app);
        desk.policy("2026-11-01", &json!({ "counted_when": counted_when }));
        desk.plan(&[
            quota(superiors(), &["tin"], "month", 2),
            quota(superiors(), &["bai_chuyen_sau"], "year", 1),
        ]);
        let department = app.client_of(Role::Department, Some(&desk.root));
        let path = format!("/api/v1/score-schemes/{}/2026/superior", desk.root.id);
        let scheme = json!({ "preset": "national", "document_number": "12/HD-LĐLĐ" });
        department.knowing(0).put(&path, &scheme).expect(200);
        Self {
            editor: app.client_of(Role::Editor, Some(&desk.root)),
            leader: app.client_of(Role::Leader, Some(&desk.superior)),
            app,
            desk,
            department,
        }
    }

    fn at(&self, local: &str) {
        self.app
            .set_clock(&format!("{}:00+07:00", local.replace(' ', "T")));
        open::run(&self.desk.house, self.app.now()).unwrap();
        self.desk.sweep();
    }

    fn hand_in(&self, with: Value) -> ItemId {
        self.desk.hand_in(with).item.id
    }

    fn step(&self, who: &Client, item: ItemId, step: &str, body: Value) {
        let path = format!("/api/v1/items/{item}");
        let version = who.get(&path).expect(200)["version"].as_i64().unwrap();
        let reply = who.knowing(version).post(&format!("{path}/{step}"), &body);
        reply.expect(200);
    }

    /// The table and the union's explained score, now or as of an instant.
    fn scores(&self, query: &str) -> [Value; 2] {
        let (root, unit) = (self.desk.root.id, self.desk.superior.id);
        let table = format!("/api/v1/scores/2026?unit_id={root}&category=superior");
        let own = format!("/api/v1/scores/2026/{unit}");
        let (more, first) = match query {
            "" => (String::new(), String::new()),
            at => (format!("&at={at}"), format!("?at={at}")),
        };
        [
            self.department.get(&(table + &more)).expect(200),
            self.leader.get(&(own + &first)).expect(200),
        ]
    }

    fn query(&self) -> String {
        self.app.now().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
    }

    /// The obligation of this kind that was opened last.
    fn last(&self, kind: &str) -> ObligationId {
        let rows = self.desk.rows();
        let of_kind = rows.iter().filter(|row| row.kind.to_string() == kind);
        of_kind.map(|row| row.id).max().unwrap()
    }

    fn decide(&self, kind: &str, action: &str, body: Value) {
        let path = format!("/api/v1/obligations/{}", self.last(kind));
        let version = self.department.get(&path).expect(200)["version"].as_i64();
        let decided = self
            .department
            .knowing(version.unwrap())
            .post(&format!("{path}/{action}"), &body);
        decided.expect(200);
    }
}

fn a_replay_is_what_was_shown_then(app: &TestApp) {
    let s = Scored::on(app, "2026-10-31T09:00:00+07:00", "published");
    let why = || json!({ "reason": "Thiếu ảnh" });
    let ids = std::cell::RefCell::new(Vec::<ItemId>::new());
    let id = |index: usize| ids.borrow()[index];
    let hand_in = |with: Value| ids.borrow_mut().push(s.hand_in(with));
    let event = std::cell::Cell::new(EventId::NONE);
    let mut shown = Vec::new();
    let mut act = |instant: &str, act: &dyn Fn(&Scored<'_>)| {
        s.at(instant);
        act(&s);
        s.desk.sweep();
        s.at(&instant.replace(":00", ":30"));
        shown.push((s.query(), s.scores("")));
    };
    act("2026-11-03 09:00", &|s| {
        hand_in(json!({}));
        s.step(&s.editor, id(0), "publish", json!({ "grade": 3 }));
    });
    act("2026-11-05 09:00", &|s| {
        hand_in(json!({ "title": "Tin số hai" }));
        let asked = s.desk.event(json!({
            "types": ["question"], "starts_at": "2026-11-05T08:00:00+07:00",
        }));
        event.set(asked.id);
    });
    act("2026-11-05 15:00", &|s| {
        let path = format!("/api/v1/events/{}/answer", event.get());
        let answer = s.leader.knowing(1).post(&path, &json!({ "answer": "Có." }));
        answer.expect(200);
    });
    act("2026-11-09 09:00", &|s| {
        let held = s.desk.event(json!({
            "types": ["ordinary"], "starts_at": "2026-11-09T08:00:00+07:00",
        }));
        hand_in(json!({ "title": "Tin sự kiện", "event_id": held.id }));
    });
    // settled by arrival, so nothing has to be published for it
    act("2026-11-12 09:00", &|s| {
        s.step(&s.editor, id(2), "reject", why())
    });
    act("2026-11-16 09:00", &|s| {
        s.step(&s.editor, id(1), "publish", json!({}))
    });
    act("2026-11-17 09:00", &|_| {
        hand_in(json!({ "title": "Chuyên sâu", "kind": "bai_chuyen_sau" }))
    });
    act("2026-11-18 09:00", &|s| {
        s.step(&s.editor, id(3), "return", why())
    });
    // its days have run out
    act("2026-11-25 09:00", &|s| {
        s.step(&s.leader, id(3), "resubmit", json!({}))
    });
    act("2026-11-27 09:00", &|s| {
        s.step(&s.editor, id(3), "publish", json!({ "grade": 5 }))
    });
    act("2026-11-30 09:00", &|s| {
        s.step(&s.editor, id(3), "grade", json!({ "grade": 1 }))
    });
    act("2026-12-01 09:00", &|_| {});
    act("2026-12-03 09:00", &|s| {
        s.step(&s.editor, id(1), "withdraw", why())
    });
    act("2026-12-07 09:00", &|s| s.decide("event", "exempt", why()));
    act("2026-12-08 09:00", &|s| {
        let rows = s.desk.rows();
        let november = rows
            .iter()
            .find(|row| row.period_key == "2026-M11")
            .unwrap();
        let path = format!("/api/v1/obligations/{}/extend", november.id);
        let more = json!({ "until": "2026-12-20T17:00:00+07:00", "reason": "Bão" });
        s.department
            .knowing(november.version)
            .post(&path, &more)
            .expect(200);
    });
    act("2026-12-09 09:00", &|s| {
        hand_in(json!({ "title": "Tin số ba" }));
        s.step(&s.editor, id(4), "publish", json!({}));
    });
    act("2026-12-14 09:00", &|_| {
        hand_in(json!({ "title": "Tin số bốn" }))
    });
    act("2026-12-16 09:00", &|s| {
        s.step(&s.editor, id(5), "incomplete", why())
    });
    act("2026-12-18 09:00", &|s| {
        s.step(&s.leader, id(5), "resubmit", json!({}))
    });
    act("2027-01-04 09:00", &|_| {});
    app.set_clock("2027-01-05T09:00:00+07:00");
    s.desk.sweep();
    assert_eq!(s.scores(&s.query()), s.scores(""), "as of now");
    for (at, then) in shown {
        assert_eq!(s.scores(&at), then, "as of {at}");
    }
}

fn a_late_record_does_not_make_a_closed_period_vanish(app: &TestApp) {
    let s = Scored::on(app, "2026-10-31T09:00:00+07:00", "arrived");
    s.at("2026-12-02 09:00");
    let november = |query: &str| {
        let score = &s.scores(query)[1];
        let owed = score["lines"][0]["obligations"].as_array().unwrap();
        let title = "Chỉ tiêu - tháng 11/2026";
        let november = owed.iter().find(|owed| owed["title"] == title);
        november.map(|owed| format!("{} {}", owed["state"].as_str().unwrap(), owed["done"]))
    };
    let by_then = "2026-12-02T02:00:00Z";
    assert_eq!(november("").unwrap(), "missed 0");
    s.at("2026-12-03 09:00");
    for (title, then) in [("Tin một", "missed 1"), ("Tin hai", "met_on_time 2")] {
        let recorded = json!({
            "unit_id": s.desk.superior.id, "kind": "tin", "title": title, "channel": "mail",
            "arrival": { "at": "2026-11-20T09:00:00+07:00", "reason": "Gửi qua thư" },
        });
        let item = s.editor.post("/api/v1/items", &recorded).expect(201);
        assert_eq!(november(by_then).unwrap(), then);
        s.step(
            &s.editor,
            ItemId(item["id"].as_i64().unwrap()),
            "publish",
            json!({}),
        );
        assert_eq!(
            (november(by_then).unwrap(), november("").unwrap()),
            (then.to_owned(), then.to_owned())
        );
    }
    // by then they had not arrived
    assert_eq!(november("2026-11-20T01:00:00Z"), None);
}

/// What happens in a random history: what, to which unit, to which item or obligation, and how many
/// hours after what happened before.
type Happening = (u8, usize, usize, i64);

fn happenings() -> Vec<Happening> {
    let one = (0_u8..18, 0_usize..3, 0_usize..1_000, 1_i64..40);
    let mut runner = TestRunner::default();
    let history = proptest::collection::vec(one, 45).new_tree(&mut runner);
    history.unwrap().current()
}

/// Three superior unions and what they and their editors do at random. What is shown after each
/// happening is what is shown as of that instant at the end.
fn a_random_history_of_several_units_is_replayed_as_it_was_shown(app: &TestApp) {
    app.expect_unread_mails();
    // no step is at the instant of a deadline, which is decided a minute later and counts from that instant
    let s = Scored::on(app, "2026-10-31T09:07:00+07:00", "published");
    let mut units = vec![s.desk.superior.id];
    for code in ["huyen-b", "huyen-c"] {
        units.push(found(app, code, Category::Superior, Some(&s.desk.root)).id);
    }
    let history = happenings();
    let (mut items, mut events, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    let table = format!(
        "/api/v1/scores/2026?unit_id={}&category=superior",
        s.desk.root.id
    );
    let scores = |at: &str| {
        let own = units
            .iter()
            .map(|unit| format!("/api/v1/scores/2026/{unit}?"));
        let paths = own.chain([format!("{table}&")]);
        let read = |path: String| s.department.get(&format!("{path}at={at}")).expect(200);
        paths.map(read).collect::<Vec<_>>()
    };
    for (index, happening) in history.iter().enumerate() {
        app.advance(chrono::TimeDelta::hours(happening.3));
        open::run(&s.desk.house, app.now()).unwrap();
        s.desk.sweep();
        let unit = units[happening.1];
        s.happen(happening, unit, (&mut items, &mut events));
        app.advance(chrono::TimeDelta::minutes(30));
        s.desk.sweep();
        shown.push((index, s.query(), scores(&s.query())));
    }
    app.advance(chrono::TimeDelta::days(3));
    s.desk.sweep();
    for (index, at, then) in shown {
        let now = scores(&at);
        assert!(
            now == then,
            "after {index} as of {at}: {now:#?}\nwas {then:#?}\nin {history:?}"
        );
    }
}

impl Scored<'_> {
    /// Does what a random history says; what the rules refuse does not happen.
    fn happen(
        &self,
        (what, _, which, _): &Happening,
        unit: UnitId,
        (items, events): (&mut Vec<i64>, &mut Vec<i64>),
    ) {
        let department = &self.department;
        let new = |body: Value| {
            let made = department.post("/api/v1/items", &body);
            made.expect(201)["id"].as_i64().unwrap()
        };
        let why = json!({ "reason": "Xác minh lại" });
        let begun = self.app.now() - chrono::TimeDelta::hours(1);
        let event = |kind: &str| {
            let body = json!({ "unit_id": unit, "title": "Hội nghị", "types": [kind], "starts_at": begun });
            let made = department.post("/api/v1/events", &body);
            made.expect(201)["id"].as_i64().unwrap()
        };
        let step = |path: String, step: &str, body: &Value| {
            let version = department.get(&path).expect(200)["version"].as_i64();
            let known = department.knowing(version.unwrap());
            let done = known.post(&format!("{path}/{step}"), body);
            assert!(
                matches!(done.status, 200 | 201 | 400 | 409),
                "{}",
                done.text
            );
        };
        let item = items.get(which % items.len().max(1)).copied();
        let item = item.map(|id: i64| format!("/api/v1/items/{id}"));
        let rows = self.desk.rows();
        let owed = rows.get(which % rows.len().max(1));
        let owed = owed.map(|row| format!("/api/v1/obligations/{}", row.id));
        let none = json!({});
        match (what, item, owed) {
            (0..=2, ..) => items.push(new(
                json!({ "unit_id": unit, "kind": "tin", "title": "Tin" }),
            )),
            (3, ..) => items.push(new(
                json!({ "unit_id": unit, "kind": "bai_chuyen_sau", "title": "Bài" }),
            )),
            (4, ..) => {
                let event = event("ordinary");
                items.push(new(json!({
                    "unit_id": unit, "kind": "tin", "title": "Tin", "event_id": event,
                })));
            }
            (5, ..) => drop(event("topical")),
            (6, ..) => events.push(event("question")),
            (7, ..) if !events.is_empty() => {
                let path = format!("/api/v1/events/{}", events[which % events.len()]);
                step(path, "answer", &json!({ "answer": "Có." }));
            }
            (8..=10, Some(item), _) => step(item, "publish", &json!({ "grade": which % 5 + 1 })),
            (11, Some(item), _) => step(item, "return", &why),
            (12, Some(item), _) => step(item, "resubmit", &none),
            (13, Some(item), _) => step(item, "incomplete", &why),
            (14, Some(item), _) => step(item, "reject", &why),
            (15, Some(item), _) => step(item, "withdraw", &why),
            (16, _, Some(owed)) => step(owed, "exempt", &why),
            (17, _, Some(owed)) => {
                let until = self.app.now() + chrono::TimeDelta::days(6);
                step(owed, "extend", &json!({ "until": until, "reason": "Bão" }));
            }
            _ => {}
        }
    }
}
