//! A frozen year: whatever records a fact of it is refused, through every door.

use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::ids::{EventId, ItemId, ObligationId, PersonId};
use tinbai::domain::unit::Category;
use tinbai::service::obligations::open;
use tinbai::service::submissions::items;
use tinbai::service::units::import;
use tinbai::service::{Error, Tx};
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::app::{Client, Reply, TestApp};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::tree::found;

both_databases!(
    every_route_that_records_a_fact_refuses_those_of_a_frozen_year,
    a_frozen_year_begun_anew_takes_facts_again,
    a_year_is_frozen_only_when_everything_owed_is_decided,
    what_was_decided_after_computing_is_computed_again,
    a_deadline_that_moves_across_new_year_belongs_to_the_year_in_which_it_is_due,
    a_file_does_not_reach_into_a_frozen_year,
    jobs_open_nothing_in_a_frozen_year_and_say_so,
);

/// What changes nothing that a frozen sheet rests on: accounts, settings, rules, the sheets
/// themselves, and what begins today.
const NO_FACTS: &[&str] = &[
    "post /api/v1/drafts",
    "put /api/v1/drafts/{id}",
    "delete /api/v1/drafts/{id}",
    // it arrives now, not in the year that is closed
    "post /api/v1/drafts/{id}/submit",
    // leaves out what belongs to a frozen year, and says so
    "post /api/v1/items/publish",
    "post /api/v1/items/{id}/give-back",
    "post /api/v1/items/{id}/take",
    "post /api/v1/calendar-feeds",
    "delete /api/v1/calendar-feeds/{id}",
    "put /api/v1/units/{id}/letterhead",
    "put /api/v1/units/{id}/document-templates/{kind}",
    "post /api/v1/saved-views",
    "delete /api/v1/saved-views/{id}",
    "post /api/v1/accounts",
    "post /api/v1/accounts/invite",
    "post /api/v1/accounts/{id}/mail",
    "post /api/v1/accounts/{id}/disable",
    "post /api/v1/accounts/{id}/enable",
    "post /api/v1/accounts/{id}/resend-invite",
    "post /api/v1/accounts/{id}/reset",
    "post /api/v1/accounts/{id}/reset-second-factor",
    "delete /api/v1/accounts/{id}/sessions/{session_id}",
    "post /api/v1/calendars",
    "post /api/v1/calendars/preview",
    "post /api/v1/calendars/{code}/adopt",
    "post /api/v1/calendars/{code}/copy",
    "post /api/v1/calendars/{code}/edits",
    "post /api/v1/calendars/{code}/impact",
    "post /api/v1/events/preview",
    "put /api/v1/calendars/{code}",
    "patch /api/v1/jobs/{name}",
    "post /api/v1/jobs/{name}/run",
    // each row goes through the use case that refuses facts of a frozen year
    "post /api/v1/imports/{kind}",
    "post /api/v1/imports/{id}/undo",
    "post /api/v1/kinds",
    "post /api/v1/mails/{id}/requeue",
    "post /api/v1/obligations/{id}/remind",
    "post /api/v1/reminders",
    "post /api/v1/me/sessions/end-all",
    "post /api/v1/me/sessions/{id}/end",
    "post /api/v1/people",
    "post /api/v1/people/{id}/leave/preview",
    "post /api/v1/people/{id}/move",
    "post /api/v1/people/{id}/roles",
    "post /api/v1/people/{id}/roles/{role_id}/revoke",
    "post /api/v1/plans",
    "patch /api/v1/plans/{id}",
    "post /api/v1/plans/{id}/approve",
    "post /api/v1/plans/{id}/copy",
    "post /api/v1/plans/{id}/end",
    "post /api/v1/plans/{id}/preview",
    "post /api/v1/plans/{id}/put-in-force",
    "post /api/v1/plans/{id}/reopen",
    "post /api/v1/plans/{id}/rules",
    "delete /api/v1/plans/{id}/rules/{rule_id}",
    "put /api/v1/plans/{id}/rules/{rule_id}",
    "post /api/v1/presets/{code}/apply",
    "post /api/v1/presets/{code}/draft",
    "post /api/v1/score-rounds",
    "post /api/v1/score-rounds/{id}/compute",
    "post /api/v1/score-rounds/{id}/freeze",
    "post /api/v1/score-rounds/{id}/publish",
    "post /api/v1/score-rounds/{id}/reopen",
    "post /api/v1/score-rounds/{id}/review-unchanged",
    "put /api/v1/score-schemes/{unit_id}/{year}/{category}",
    "post /api/v1/score-schemes/{unit_id}/{year}/{category}/release",
    "post /api/v1/score-schemes/{unit_id}/{year}/{category}/trial",
    "post /api/v1/score-sheets/{id}/review",
    "post /api/v1/score-sheets/{id}/self-assess",
    "post /api/v1/scores/{year}/{unit_id}/mail",
    "post /api/v1/tokens",
    "post /api/v1/tokens/{id}/revoke",
    "post /api/v1/units",
    "post /api/v1/units/{id}/ladders/changes",
    "post /api/v1/units/{id}/ladders/preview",
    "post /api/v1/units/{id}/policy/changes",
    "post /api/v1/units/{id}/policy/preview",
    "put /api/v1/units/{id}/policies/{valid_from}",
];

/// Everything of 2026 that somebody may want to change after its scores are frozen.
struct Year<'a> {
    app: &'a TestApp,
    desk: Desk<'a>,
    other: UnitRow,
    department: Client,
    editor: Client,
    leader: Client,
    person: PersonId,
    /// By what they wait for.
    pending: ItemId,
    published: ItemId,
    returned: ItemId,
    resubmitted: ItemId,
    held: EventId,
    asked: EventId,
    missed: ObligationId,
    excused: ObligationId,
    extension: i64,
    /// The obligation that the extension is asked for.
    late: ObligationId,
}

impl<'a> Year<'a> {
    fn frozen(app: &'a TestApp) -> Self {
        app.expect_unread_mails();
        app.set_clock("2026-10-31T09:00:00+07:00");
        let desk = Desk::new(app);
        let other = found(app, "huyen-b", Category::Superior, Some(&desk.root));
        let person = desk.person(&desk.superior, Role::Contributor, "Cộng tác viên");
        let mut wide = quota(superiors(), &["tin"], "month", 2);
        wide["scope"] = json!("subtree");
        desk.plan(&[
            quota(superiors(), &["tin"], "month", 2),
            quota(
                json!({"type": "persons", "categories": ["superior"]}),
                &["tin"],
                "month",
                1,
            ),
            wide,
        ]);
        let at = |instant: &str| {
            app.set_clock(instant);
            open::run(&desk.house, app.now()).unwrap();
            desk.sweep();
        };
        at("2026-12-09T09:00:00+07:00");
        let held = desk.event(json!({
            "types": ["ordinary"], "starts_at": "2026-12-09T08:00:00+07:00",
        }));
        let asked = desk.event(json!({
            "types": ["question"], "starts_at": "2026-12-09T08:00:00+07:00",
        }));
        let published = desk.published(json!({})).item.id;
        // December is met: what waits below is beyond its quota
        desk.published(json!({ "title": "Tin số hai" }));
        at("2026-12-31T15:00:00+07:00");
        let hand_in = |title: &str| desk.hand_in(json!({ "title": title })).item.id;
        let (pending, returned) = (hand_in("Chờ"), hand_in("Trả"));
        let again = desk.try_hand_in(&desk.contributor, json!({ "title": "Gửi lại" }));
        let again = again.unwrap().item;
        let resubmitted = again.id;
        let approve = |tx: &mut Tx<'_>| items::approve(tx, again.id, again.version);
        desk.house.write(&desk.leader, app.now(), approve).unwrap();
        let mut year = Self {
            department: app.client_of(Role::Department, Some(&desk.root)),
            editor: app.client_of(Role::Editor, Some(&desk.root)),
            leader: app.client_of(Role::Leader, Some(&desk.superior)),
            held: held.id,
            asked: asked.id,
            app,
            desk,
            other,
            person,
            pending,
            published,
            returned,
            resubmitted,
            missed: ObligationId::NONE,
            excused: ObligationId::NONE,
            extension: 0,
            late: ObligationId::NONE,
        };
        let why = json!({ "reason": "Thiếu ảnh" });
        for item in [returned, resubmitted] {
            year.on(
                &year.editor,
                &format!("/api/v1/items/{item}"),
                "/return",
                &why,
            );
        }
        year.sweep_at("2027-01-04T08:00:00+07:00");
        let version = i32::try_from(year.version(&format!("/api/v1/items/{resubmitted}"))).unwrap();
        let resubmit = |tx: &mut Tx<'_>| items::resubmit(tx, resubmitted, version);
        let desk = &year.desk;
        desk.house
            .write(&desk.contributor, app.now(), resubmit)
            .unwrap();
        let owed = |key: &str| {
            let rows = year.desk.rows();
            let subject = format!("u{}", year.desk.superior.id);
            let row = rows
                .iter()
                .find(|row| row.period_key == key && row.subject.to_string() == subject);
            row.unwrap().id
        };
        let (october, november) = (owed("2026-M10"), owed("2026-M11"));
        year.on(
            &year.department,
            &format!("/api/v1/obligations/{october}"),
            "/exempt",
            &json!({ "reason": "Bão" }),
        );
        (year.excused, year.missed) = (october, november);
        let event = year.desk.rows();
        let event = event
            .iter()
            .find(|row| row.event_id == Some(year.held))
            .unwrap();
        let late = event.id;
        let path = format!("/api/v1/obligations/{late}");
        let more = json!({ "until": "2027-01-20T17:00:00+07:00", "reason": "Bão" });
        let asked = year
            .leader
            .knowing(year.version(&path))
            .post(&(path + "/extensions"), &more)
            .expect(201);
        (year.extension, year.late) = (asked["id"].as_i64().unwrap(), late);
        freeze(&year.department, &year.desk.root);
        year
    }

    fn sweep_at(&self, instant: &str) {
        self.app.set_clock(instant);
        open::run(&self.desk.house, self.app.now()).unwrap();
        self.desk.sweep();
    }

    fn version(&self, path: &str) -> i64 {
        version(&self.department, path)
    }

    fn on(&self, who: &Client, path: &str, step: &str, body: &Value) -> Value {
        let reply = who
            .knowing(self.version(path))
            .post(&format!("{path}{step}"), body);
        reply.expect(200)
    }

    /// A tin of December, recorded now.
    fn late(&self) -> Value {
        json!({
            "unit_id": self.desk.superior.id, "kind": "tin", "title": "Tin muộn", "channel": "zalo",
            "arrival": { "at": "2026-12-20T09:00:00+07:00", "reason": "Gửi qua Zalo" },
        })
    }

    /// `method path` of the route, the path to call, who calls, and the body.
    fn facts(&self) -> Vec<(&'static str, String, &Client, Value)> {
        let (department, editor, leader) = (&self.department, &self.editor, &self.leader);
        let why = || json!({ "reason": "Xác minh lại" });
        let none = || json!({});
        let item = |id: ItemId, step: &str| format!("/api/v1/items/{id}{step}");
        let event = |id: EventId, step: &str| format!("/api/v1/events/{id}{step}");
        let owed = |id: ObligationId, step: &str| format!("/api/v1/obligations/{id}{step}");
        let unit = |step: &str| format!("/api/v1/units/{}{step}", self.other.id);
        let arrival = json!({ "at": "2026-12-08T09:00:00+07:00", "reason": "Gửi sớm hơn" });
        let answered = json!({
            "answer": "Có.", "arrival": { "at": "2026-12-09T15:00:00+07:00", "reason": "Qua điện thoại" },
        });
        let more = || json!({ "until": "2027-02-01T17:00:00+07:00", "reason": "Bão" });
        let ended = || json!({ "ended_on": "2026-12-05", "reason": "Sắp xếp lại" });
        let mut merged = ended();
        merged["into_id"] = json!(self.desk.superior.id);
        vec![
            (
                "post /api/v1/items",
                "/api/v1/items".to_owned(),
                editor,
                self.late(),
            ),
            (
                "patch /api/v1/items/{id}",
                item(self.published, ""),
                editor,
                json!({ "kind": "bai" }),
            ),
            (
                "post /api/v1/items/{id}/approve",
                item(self.resubmitted, "/approve"),
                leader,
                none(),
            ),
            (
                "post /api/v1/items/{id}/arrival",
                item(self.published, "/arrival"),
                editor,
                arrival,
            ),
            (
                "post /api/v1/items/{id}/grade",
                item(self.published, "/grade"),
                editor,
                json!({ "grade": 5 }),
            ),
            (
                "post /api/v1/items/{id}/incomplete",
                item(self.pending, "/incomplete"),
                editor,
                why(),
            ),
            (
                "post /api/v1/items/{id}/publish",
                item(self.pending, "/publish"),
                editor,
                none(),
            ),
            (
                "post /api/v1/items/{id}/reject",
                item(self.pending, "/reject"),
                editor,
                why(),
            ),
            (
                "post /api/v1/items/{id}/resubmit",
                item(self.returned, "/resubmit"),
                leader,
                none(),
            ),
            (
                "post /api/v1/items/{id}/return",
                item(self.pending, "/return"),
                editor,
                why(),
            ),
            (
                "post /api/v1/items/{id}/withdraw",
                item(self.pending, "/withdraw"),
                leader,
                why(),
            ),
            (
                "post /api/v1/events",
                "/api/v1/events".to_owned(),
                department,
                json!({
                    "unit_id": self.desk.superior.id, "title": "Hội thi", "types": ["ordinary"],
                    "starts_at": "2026-12-15T08:00:00+07:00",
                }),
            ),
            (
                "patch /api/v1/events/{id}",
                event(self.held, ""),
                department,
                json!({
                    "starts_at": "2026-12-16T08:00:00+07:00", "ends_at": "2026-12-16T09:00:00+07:00",
                }),
            ),
            (
                "post /api/v1/events/{id}/answer",
                event(self.asked, "/answer"),
                editor,
                answered,
            ),
            (
                "post /api/v1/events/{id}/cancel",
                event(self.held, "/cancel"),
                department,
                why(),
            ),
            (
                "post /api/v1/exemptions",
                "/api/v1/exemptions".to_owned(),
                department,
                json!({
                    "rule_id": self.desk.row(self.missed).rule_id, "unit_id": self.desk.superior.id,
                    "periods": ["2026-M11"], "reason": "Bão",
                }),
            ),
            (
                "post /api/v1/obligations/{id}/exempt",
                owed(self.missed, "/exempt"),
                department,
                why(),
            ),
            (
                "post /api/v1/obligations/{id}/revoke-exemption",
                owed(self.excused, "/revoke-exemption"),
                department,
                why(),
            ),
            (
                "post /api/v1/obligations/{id}/extend",
                owed(self.missed, "/extend"),
                department,
                more(),
            ),
            (
                "post /api/v1/obligations/{id}/extensions",
                owed(self.missed, "/extensions"),
                leader,
                more(),
            ),
            (
                "post /api/v1/extensions/{id}/decide",
                format!("/api/v1/extensions/{}/decide", self.extension),
                department,
                json!({ "decision": "grant" }),
            ),
            (
                "post /api/v1/units/{id}/end",
                unit("/end"),
                department,
                ended(),
            ),
            ("patch /api/v1/units/{id}", unit(""), department, ended()),
            (
                "post /api/v1/units/{id}/merge",
                unit("/merge"),
                department,
                merged,
            ),
            (
                "post /api/v1/units/{id}/move",
                format!("/api/v1/units/{}/move", self.desk.grassroots.id),
                department,
                json!({ "parent_id": self.other.id, "from": "2026-12-02", "reason": "Chuyển" }),
            ),
            (
                "patch /api/v1/people/{id}",
                format!("/api/v1/people/{}", self.person),
                department,
                json!({ "active_to": "2026-12-05" }),
            ),
            (
                "post /api/v1/people/{id}/leave",
                format!("/api/v1/people/{}/leave", self.person),
                department,
                json!({ "last_day": "2026-12-05" }),
            ),
        ]
    }

    fn call(&self, (route, path, who, body): &(&str, String, &Client, Value)) -> Reply {
        let read = path
            .rsplit_once('/')
            .filter(|(_, last)| last.parse::<i64>().is_err());
        let mut read = read.map_or_else(|| path.clone(), |(base, _)| base.to_owned());
        if read.starts_with("/api/v1/extensions/") {
            // it is decided by the version of what it is asked for
            read = format!("/api/v1/obligations/{}", self.late);
        }
        let known = self.department.get(&read);
        let who = match known.status {
            200 if route.contains("{id}") => {
                who.knowing(known.expect(200)["version"].as_i64().unwrap())
            }
            _ => who.knowing(1),
        };
        if route.starts_with("patch") {
            who.patch(path, body)
        } else {
            who.post(path, body)
        }
    }
}

fn version(client: &Client, path: &str) -> i64 {
    client.get(path).expect(200)["version"].as_i64().unwrap()
}

fn on(department: &Client, path: &str, step: &str, body: &Value) {
    let known = department.knowing(version(department, path));
    known.post(&format!("{path}{step}"), body).expect(200);
}

/// Begins to score the superior unions of 2026 by the simple scheme; the path of the round.
fn begun(department: &Client, root: &UnitRow) -> String {
    let scheme = format!("/api/v1/score-schemes/{}/2026/superior", root.id);
    let simple = json!({ "preset": "simple", "document_number": "12/HD-LĐLĐ" });
    department.knowing(0).put(&scheme, &simple).expect(200);
    let group = json!({ "unit_id": root.id, "year": 2026, "category": "superior" });
    let round = department.post("/api/v1/score-rounds", &group).expect(201);
    format!("/api/v1/score-rounds/{}", round["id"])
}

/// Computes a round and reviews its sheets.
fn reviewed(department: &Client, round: &str) {
    on(department, round, "/compute", &json!({}));
    for sheet in department.get(&format!("{round}/sheets")).items() {
        let sheet = format!("/api/v1/score-sheets/{}", sheet["id"]);
        let review = json!({ "marks": [], "reason": "Đơn vị không tự chấm" });
        on(department, &sheet, "/review", &review);
    }
}

/// Computes, reviews and publishes a round.
fn publish(department: &Client, round: &str) {
    reviewed(department, round);
    let decision = json!({ "decision_number": "45/QĐ-LĐLĐ", "decision_date": "2027-01-04" });
    on(department, round, "/publish", &decision);
}

/// Scores the superior unions of 2026 by the simple scheme and publishes the round; its path.
fn published(department: &Client, root: &UnitRow) -> String {
    let round = begun(department, root);
    publish(department, &round);
    round
}

/// Closes a published round for good.
fn close(department: &Client, round: &str) -> Reply {
    let known = department.knowing(version(department, round));
    known.post(&format!("{round}/freeze"), &json!({}))
}

/// Scores the superior unions of 2026 and closes the round for good.
pub fn freeze(department: &Client, root: &UnitRow) {
    close(department, &published(department, root)).expect(200);
}

fn every_route_that_records_a_fact_refuses_those_of_a_frozen_year(app: &TestApp) {
    let year = Year::frozen(app);
    let before = year.desk.rows();
    let facts = year.facts();
    let document: Value = serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations
            .as_object()
            .unwrap()
            .keys()
            .filter(|method| *method != "get")
        {
            let route = format!("{method} {path}");
            let tried = facts.iter().any(|(known, ..)| *known == route);
            assert!(tried != NO_FACTS.contains(&route.as_str()), "{route}");
        }
    }
    for fact in &facts {
        let reply = year.call(fact);
        assert_eq!(reply.status, 409, "{}: {}", fact.0, reply.text);
        assert!(
            reply.text.contains("score_year_frozen"),
            "{}: {}",
            fact.0,
            reply.text
        );
    }
    assert_eq!(year.desk.rows(), before);
    let said = |language: &str| {
        let client = year.editor.with("Accept-Language", language);
        client.post("/api/v1/items", &year.late()).expect(409)["detail"].clone()
    };
    assert_eq!(
        said("vi"),
        "Điểm năm 2026 của khối công đoàn cấp trên trực tiếp cơ sở đã khóa (bản 1, bảng số 1); không ghi nhận thêm việc của năm \
         đó. Muốn ghi nhận, hãy mở bản điểm mới thay bản đã khóa."
    );
    assert_eq!(
        said("en"),
        "The scores of 2026 of the unions directly above grassroots unions are frozen (edition 1, round 1); nothing more of \
         that year is recorded. To record it, begin a new edition that corrects the frozen one."
    );
    // files come in by another door, jobs by none
    let file = "code,name,category,parent_code,cluster,founded_on,ended_on,mail\nhuyen,huyen,superior,tinh,,2026-12-28,,\n";
    let imported = year.desk.house.write(&Actor::cli(), app.now(), |tx| {
        import::units(tx, file.as_bytes(), None)
    });
    assert!(imported.is_err(), "{imported:?}");
    year.sweep_at("2027-02-01T09:00:00+07:00");
    let closed = |rows: &[tinbai::store::obligations::ObligationRow]| {
        let of_year = rows.iter().filter(|row| row.year == 2026);
        of_year
            .map(|row| (row.id, *row.state, row.done))
            .collect::<Vec<_>>()
    };
    let now = year.desk.rows();
    assert_eq!(closed(&now), closed(&before));
    // what belongs to the new year is recorded as ever, and so is what changes no score
    year.desk.published(json!({ "title": "Tin năm mới" }));
    let title = json!({ "title": "Tin số một, sửa tựa" });
    let path = format!("/api/v1/items/{}", year.published);
    let version = year.version(&path);
    year.editor
        .knowing(version)
        .patch(&path, &title)
        .expect(200);
}

fn a_frozen_year_begun_anew_takes_facts_again(app: &TestApp) {
    let year = Year::frozen(app);
    year.editor.post("/api/v1/items", &year.late()).expect(409);
    let rounds = year.department.get(&format!(
        "/api/v1/score-rounds?unit_id={}&year=2026",
        year.desk.root.id
    ));
    for round in rounds.items() {
        let path = format!("/api/v1/score-rounds/{}", round["id"]);
        year.on(
            &year.department,
            &path,
            "/reopen",
            &json!({ "reason": "Bổ sung tin muộn" }),
        );
    }
    year.editor.post("/api/v1/items", &year.late()).expect(201);
}

fn a_year_is_frozen_only_when_everything_owed_is_decided(app: &TestApp) {
    app.expect_unread_mails();
    app.set_clock("2026-12-01T08:00:00+07:00");
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    app.set_clock("2026-12-29T09:00:00+07:00");
    let event = desk.event(json!({
        "types": ["ordinary"], "starts_at": "2026-12-29T08:00:00+07:00",
    }));
    let item = desk.hand_in(json!({}));
    let department = app.client_of(Role::Department, Some(&desk.root));
    let editor = app.client_of(Role::Editor, Some(&desk.root));
    let deadline = format!("/api/v1/obligations/{}", event.deadlines[0].obligation_id);
    let more = json!({ "until": "2027-01-08T17:00:00+07:00", "reason": "Bão" });
    let known = department.knowing(version(&department, &deadline));
    known.post(&format!("{deadline}/extend"), &more).expect(200);
    app.set_clock("2027-01-04T08:00:00+07:00");
    open::run(&desk.house, app.now()).unwrap();
    desk.sweep();
    let round = published(&department, &desk.root);
    let said = |language: &str| {
        let refused = close(&department.with("Accept-Language", language), &round);
        assert!(
            refused.text.contains("score_undecided_obligations"),
            "{}",
            refused.text
        );
        refused.expect(409)["detail"].clone()
    };
    assert_eq!(
        said("vi"),
        "Năm 2026 còn 2 việc chưa có kết quả (Đơn vị huyen): bài đang chờ duyệt, hoặc chưa hết hạn. Hãy \
         quyết định các bài đó, chờ hết hạn, hoặc miễn, rồi khóa điểm."
    );
    assert_eq!(
        said("en"),
        "2 obligations of 2026 are not decided yet (Đơn vị huyen): items await review, or they are not due \
         yet. Decide the items, wait until they are due, or excuse them; then freeze the scores."
    );
    let path = format!("/api/v1/items/{}", item.item.id);
    let known = editor.knowing(version(&editor, &path));
    known
        .post(&format!("{path}/publish"), &json!({}))
        .expect(200);
    assert!(said("en").as_str().unwrap().starts_with("1 obligation"));
    app.set_clock("2027-01-11T08:00:00+07:00");
    desk.sweep();
    // what was published rests on less than what is known now
    let outdated = close(&department, &round);
    assert_eq!(outdated.faults(409), ["state score_published_outdated"]);
    assert!(outdated.text.contains("Đơn vị huyen"), "{}", outdated.text);
    let known = department.knowing(version(&department, &round));
    let why = json!({ "reason": "Có kết quả sau khi công bố" });
    let next = known.post(&format!("{round}/reopen"), &why).expect(200);
    let next = format!("/api/v1/score-rounds/{}", next["id"]);
    publish(&department, &next);
    close(&department, &next).expect(200);
}

/// Computed, then something is decided, then published: what is announced is what is known.
fn what_was_decided_after_computing_is_computed_again(app: &TestApp) {
    app.expect_unread_mails();
    app.set_clock("2026-12-01T08:00:00+07:00");
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    let item = desk.hand_in(json!({}));
    app.set_clock("2027-01-04T08:00:00+07:00");
    open::run(&desk.house, app.now()).unwrap();
    desk.sweep();
    let department = app.client_of(Role::Department, Some(&desk.root));
    let round = begun(&department, &desk.root);
    reviewed(&department, &round);
    desk.publish(&item);
    let decision = json!({ "decision_number": "45/QĐ-LĐLĐ", "decision_date": "2027-01-04" });
    let known = department.knowing(version(&department, &round));
    let refused = known.post(&format!("{round}/publish"), &decision);
    assert_eq!(refused.faults(409), ["state score_computed_outdated"]);
    publish(&department, &round);
    close(&department, &round).expect(200);
    let sheets = department.get(&format!("{round}/sheets")).items();
    let sheet = department.get(&format!("/api/v1/score-sheets/{}", sheets[0]["id"]));
    let december = "met_on_time";
    assert!(sheet.text.contains(december), "{}", sheet.text);
}

fn a_deadline_that_moves_across_new_year_belongs_to_the_year_in_which_it_is_due(app: &TestApp) {
    app.expect_unread_mails();
    app.set_clock("2026-12-28T08:00:00+07:00");
    let desk = Desk::new(app);
    let department = app.client_of(Role::Department, Some(&desk.root));
    let owed = |event: &Value| {
        let path = format!("/api/v1/obligations?event_id={}", event["id"]);
        department.get(&path).items().remove(0)
    };
    let shift = |event: &Value, starts: &str| {
        let path = format!("/api/v1/events/{}", event["id"]);
        let known = department.knowing(version(&department, &path));
        known.patch(&path, &json!({ "starts_at": starts, "ends_at": null }))
    };
    let register = |starts: &str| {
        let event = json!({
            "unit_id": desk.superior.id, "title": "Hội thi", "types": ["ordinary"], "starts_at": starts,
        });
        department.post("/api/v1/events", &event).expect(201)
    };
    // 2 h of 31/12, nothing on 1/1 and at the week-end, 8 h of 4/1, 2 h of 5/1
    let event = register("2026-12-31T15:00:00+07:00");
    let late = owed(&event);
    assert_eq!(late["due_at"], "2027-01-05T09:00:00+07:00");
    assert_eq!(late["year"], 2027);
    shift(&event, "2026-12-29T08:00:00+07:00").expect(200);
    assert_eq!(owed(&event)["year"], 2026);
    shift(&event, "2026-12-31T15:00:00+07:00").expect(200);
    assert_eq!(owed(&event)["year"], 2027);
    let old = register("2026-12-28T07:00:00+07:00");
    app.set_clock("2027-01-04T08:00:00+07:00");
    desk.sweep();
    freeze(&department, &desk.root);
    for (event, into) in [
        (&event, "2026-12-28T08:00:00+07:00"),
        (&old, "2027-01-04T08:00:00+07:00"),
    ] {
        let refused = shift(event, into);
        assert!(
            refused.text.contains("score_year_frozen"),
            "{into}: {}",
            refused.text
        );
    }
}

fn a_file_does_not_reach_into_a_frozen_year(app: &TestApp) {
    let year = Year::frozen(app);
    let file = "code,name,category,parent_code,cluster,founded_on,ended_on,mail\n\
        moi,Đơn vị mới,superior,tinh,,,,\n";
    let import = |from: Option<&str>| {
        let from = from.map(|day| day.parse().unwrap());
        let house = &year.desk.house;
        house.write(&Actor::cli(), app.now(), |tx| {
            import::units(tx, file.as_bytes(), from)
        })
    };
    let refused = import(Some("2026-12-01")).unwrap_err();
    assert!(
        matches!(&refused, Error::Conflict(fault) if fault.code == "score_year_frozen"),
        "{refused:?}"
    );
    import(None).unwrap();
}

fn jobs_open_nothing_in_a_frozen_year_and_say_so(app: &TestApp) {
    app.expect_unread_mails();
    app.set_clock("2026-10-31T09:00:00+07:00");
    let desk = Desk::new(app);
    desk.plan(&[quota(superiors(), &["tin"], "month", 1)]);
    // the scheduler is down from here on
    app.set_clock("2027-01-04T08:00:00+07:00");
    desk.sweep();
    let department = app.client_of(Role::Department, Some(&desk.root));
    freeze(&department, &desk.root);
    app.run_due();
    assert_eq!(
        desk.unit_owes(&desk.superior),
        ["quota 2026-M10 missed 0/1"]
    );
    let runs = app.admin().get("/api/v1/jobs/open-periods/runs").items();
    assert_eq!(runs[0]["result"]["counts"]["frozen"], 2, "{}", runs[0]);
    assert!(
        runs[0].to_string().contains("2 việc của năm đã khóa điểm"),
        "{}",
        runs[0]
    );
}
