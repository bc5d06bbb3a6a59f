//! A year of Thanh Hóa's plan on its whole tree scored: computed, self-assessed, reviewed,
//! published, frozen, verified; then rules, items and units change and the frozen year stays byte
//! for byte.

use std::process::ExitCode;

use diesel::prelude::*;
use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::ids::RoundId;
use tinbai::domain::score::{Points, presets};
use tinbai::domain::unit::{Category, UnitPatch};
use tinbai::service::units;
use tinbai::service::units::import;
use tinbai::store::StoreError;
use tinbai::store::schema::{score_round, score_sheet};
use tinbai::store::scores::{RoundRow, SheetRow};
use tinbai::store::units::{self as stored_units, UnitRow};

use crate::both_databases;
use crate::support::app::{Client, TestApp};
use crate::support::engine::World;
use crate::support::tinbai;
use crate::support::tree::{new_unit, trail};

both_databases!(
    a_year_is_scored_closed_and_never_moves,
    nobody_publishes_what_nobody_decided,
    leaders_are_told_their_own_score_and_the_department_all,
);

/// Superior unions under Thanh Hóa's plan, of which one did everything, one half of it and the rest
/// nothing; on 5 January.
struct Lived<'a> {
    world: World<'a>,
    perfect: UnitRow,
    half: UnitRow,
    department: Client,
    round: RoundId,
}

const UNITS: &str = include_str!("../../config/presets/units-thanh-hoa.csv");

fn new_year(app: &TestApp) -> World<'_> {
    World::founded(app, "2026-01-01T00:10:00+07:00", "thanh-hoa", "2026-01-01")
}

/// Three superior unions.
fn lived(app: &TestApp) -> Lived<'_> {
    let world = new_year(app);
    let unit = |code: &str| {
        let new = new_unit(code, Category::Superior, Some(world.federation.id));
        world
            .house
            .write(&Actor::cli(), app.now(), |tx| units::create(tx, &new))
            .unwrap()
            .unit
    };
    let (perfect, half) = (unit("deu"), unit("nua"));
    scored(app, world, perfect, half)
}

/// The province's 43 units and one superior union with a grassroots one of its own.
fn lived_by_all(app: &TestApp) -> Lived<'_> {
    let world = new_year(app);
    let lines = UNITS.lines().filter(|line| !line.contains(",federation,"));
    let file: String = lines
        .map(|line| line.replace(",thanh-hoa,", ",tinh,") + "\n")
        .collect();
    let done = world
        .house
        .write(&Actor::cli(), app.now(), |tx| {
            import::units(tx, file.as_bytes(), None)
        })
        .unwrap();
    assert_eq!(done.new.len(), 43);
    let unit = |code| {
        app.store
            .read(|conn| stored_units::find_by_code(conn, code))
            .unwrap()
            .unwrap()
    };
    let (perfect, half) = (unit("dong-son"), unit("ha-trung"));
    scored(app, world, perfect, half)
}

fn scored<'a>(app: &'a TestApp, world: World<'a>, perfect: UnitRow, half: UnitRow) -> Lived<'a> {
    world.run_at("2026-01-01 00:20");
    for month in 1..=12 {
        world.run_at(&format!("2026-{month:02}-10 08:00"));
        for day in ["11", "12"] {
            let at = format!("2026-{month:02}-{day} 09:00");
            world.hand_in(&perfect, "tin", &at, Some(&at));
            if month <= 6 {
                world.hand_in(&half, "tin", &at, Some(&at));
            }
        }
    }
    for month in 1..=3 {
        let at = format!("2026-{month:02}-15 09:00");
        world.hand_in(&perfect, "bai_chuyen_sau", &at, Some(&at));
    }
    world.run_at("2027-01-01 00:05");
    world.run_at("2027-01-05 08:00");
    let department = app.client_of(Role::Department, Some(&world.federation));
    let round = begun(&department, &world, Category::Superior);
    Lived {
        world,
        perfect,
        half,
        department,
        round: RoundId(round),
    }
}

/// A round of 2026 under the simple scheme, computed.
fn begun(department: &Client, world: &World<'_>, category: Category) -> i64 {
    let path = format!(
        "/api/v1/score-schemes/{}/2026/{}",
        world.federation.id,
        category.as_str()
    );
    department.knowing(0).put(&path, &with_manual()).expect(200);
    let begun =
        json!({ "unit_id": world.federation.id, "year": 2026, "category": category.as_str() });
    let round = department.post("/api/v1/score-rounds", &begun).expect(201);
    department.post("/api/v1/score-rounds", &begun).faults(409);
    let id = round["id"].as_i64().unwrap();
    let computed = department
        .knowing(1)
        .post(&format!("/api/v1/score-rounds/{id}/compute"), &json!({}))
        .expect(200);
    let subjects = department
        .get(&format!("/api/v1/score-rounds/{id}/sheets"))
        .items()
        .len();
    assert_eq!(computed["sheets"]["computed"], subjects);
    id
}

/// The simple scheme, its last ten points given by hand.
fn with_manual() -> Value {
    let mut scheme = presets::get("simple").unwrap();
    scheme.criteria[2].measure = tinbai::domain::score::Measure::Manual;
    scheme.criteria[2].code = "conduct".to_owned();
    scheme.criteria[2].target_percent = None;
    json!({ "scheme": scheme, "document_number": "12/HD-LĐLĐ" })
}

impl Lived<'_> {
    fn sheet(&self, unit: &UnitRow) -> Value {
        let sheets = self.department.get(&self.path("/sheets")).items();
        sheets
            .into_iter()
            .find(|sheet| sheet["unit"]["id"] == unit.id.0)
            .unwrap()
    }

    fn path(&self, step: &str) -> String {
        format!("/api/v1/score-rounds/{}{step}", self.round)
    }

    fn act(&self, step: &str, body: &Value) -> crate::support::app::Reply {
        let version = self.department.get(&self.path("")).expect(200)["version"]
            .as_i64()
            .unwrap();
        self.department
            .knowing(version)
            .post(&self.path(step), body)
    }

    fn review(&self, unit: &UnitRow, body: &Value) -> Value {
        let sheet = self.sheet(unit);
        let path = format!("/api/v1/score-sheets/{}/review", sheet["id"]);
        self.department
            .knowing(sheet["version"].as_i64().unwrap())
            .post(&path, body)
            .expect(200)
    }

    /// Decides what is still undecided, with these points for conduct.
    fn review_rest(&self, points: i32) {
        for sheet in self.department.get(&self.path("/sheets")).items() {
            if sheet["state"] == "computed" {
                let path = format!("/api/v1/score-sheets/{}/review", sheet["id"]);
                let body = json!({ "marks": [conduct(points)], "reason": "Đơn vị không tự chấm" });
                self.department.knowing(1).post(&path, &body).expect(200);
            }
        }
    }

    /// Everything stored of frozen rounds and their sheets.
    fn stored(&self) -> (Vec<RoundRow>, Vec<SheetRow>) {
        let read = self.world.house.store.read(|conn| {
            let rounds = RoundRow::query()
                .filter(score_round::state.eq("frozen"))
                .order(score_round::id)
                .load(conn)?;
            let of: Vec<RoundId> = rounds.iter().map(|round: &RoundRow| round.id).collect();
            let sheets = SheetRow::query()
                .filter(score_sheet::round_id.eq_any(of))
                .order(score_sheet::id)
                .load(conn)?;
            Ok::<_, StoreError>((rounds, sheets))
        });
        read.unwrap()
    }
}

fn conduct(points: i32) -> Value {
    json!({ "criterion": "conduct", "points": points, "reason": "Nền nếp", "evidence": "Biên bản số 3" })
}

fn decision() -> Value {
    json!({ "decision_number": "45/QĐ-LĐLĐ", "decision_date": "2027-01-04" })
}

fn a_year_is_scored_closed_and_never_moves(app: &TestApp) {
    app.expect_unread_mails();
    let year = lived_by_all(app);
    let leader = app.client_of(Role::Leader, Some(&year.half));
    // a unit sees its own sheet only, and says what it thinks
    let own = leader.get(&year.path("/sheets")).items();
    assert_eq!((own.len(), &own[0]["state"]), (1, &json!("computed")));
    // 6 of 12 months and no in-depth article: 6/13 of 90
    assert_eq!(
        (&own[0]["total"], &own[0]["lines"][0]["filled"]),
        (&json!(46.15), &json!("(6 + 0) ÷ 13 × 60 = 27,69"))
    );
    let path = |step: &str| format!("/api/v1/score-sheets/{}/{step}", own[0]["id"]);
    let claim = |mark: Value| {
        leader
            .knowing(1)
            .post(&path("self-assess"), &json!({ "marks": [mark] }))
    };
    assert_eq!(
        claim(json!({ "criterion": "quota", "points": 30 })).faults(400),
        ["marks[0].reason score_mark_reason"]
    );
    assert_eq!(
        claim(json!({ "criterion": "quota", "points": 61, "reason": "x" })).faults(400),
        ["marks[0].points number_range"]
    );
    assert_eq!(
        claim(json!({ "criterion": "none", "points": 1 })).faults(400),
        ["marks[0].criterion not_found"]
    );
    let said =
        claim(json!({ "criterion": "quota", "points": 30, "reason": "Hai tin gửi qua Zalo" }))
            .expect(200);
    assert_eq!(
        (&said["state"], &said["total"]),
        (&json!("self_assessed"), &json!(46.15)),
        "a claim moves nothing"
    );
    leader
        .knowing(2)
        .post(&path("review"), &json!({}))
        .faults(403);

    // two reviewers at once: the second one has not seen what the first one did
    let mark = json!({ "marks": [{ "criterion": "quota", "points": 30, "reason": "Xác nhận Zalo" }, conduct(8)] });
    let first = year
        .department
        .knowing(2)
        .post(&path("review"), &mark)
        .expect(200);
    year.department
        .knowing(2)
        .post(&path("review"), &json!({}))
        .faults(412);
    assert_eq!(first["review"]["by"], "department", "by name");
    // 30 + 30 × 6/13 + 8
    assert_eq!(
        (&first["total"], &first["lines"][0]["computed"]),
        (&json!(51.85), &json!(27.69))
    );
    let refused = year.act("/publish", &decision()).expect(409);
    assert!(
        refused["detail"].as_str().unwrap().contains("35 đơn vị"),
        "{refused}"
    );
    let reviewed = json!({ "marks": [conduct(10)], "reason": "Đơn vị không tự chấm" });
    assert_eq!(year.review(&year.perfect, &reviewed)["total"], 100);
    year.review_rest(0);
    assert_eq!(
        year.act("/freeze", &json!({})).status,
        409,
        "not published yet"
    );
    let published = year.act("/publish", &decision()).expect(200);
    assert_eq!(
        (&published["state"], &published["sheets"]["reviewed"]),
        (&json!("published"), &json!(36))
    );
    // second within its cluster; the others of it did nothing
    let score = leader
        .get(&format!("/api/v1/scores/2026/{}", year.half.id))
        .expect(200);
    assert_eq!(
        (&score["provisional"], &score["rank"], &score["total"]),
        (&json!(false), &json!(2), &json!(51.85))
    );
    year.department
        .knowing(first["version"].as_i64().unwrap() + 1)
        .post(&path("review"), &json!({}))
        .faults(409);
    assert_eq!(
        year.act("/freeze", &json!({})).expect(200)["state"],
        "frozen"
    );
    assert_eq!(year.act("/compute", &json!({})).status, 409);
    let grassroots = Lived {
        round: RoundId(begun(&year.department, &year.world, Category::Grassroots)),
        ..year
    };
    grassroots.review_rest(7);
    grassroots.act("/publish", &decision()).expect(200);
    assert_eq!(
        grassroots.act("/freeze", &json!({})).expect(200)["sheets"]["reviewed"],
        4
    );
    let year = Lived {
        round: RoundId(own[0]["round_id"].as_i64().unwrap()),
        ..grassroots
    };

    // rules, items and units change; the frozen year stays
    let frozen = year.stored();
    assert_eq!((frozen.0.len(), frozen.1.len()), (2, 40));
    let scheme = format!(
        "/api/v1/score-schemes/{}/2026/superior",
        year.world.federation.id
    );
    let other = json!({ "preset": "national", "document_number": "13" });
    let closed = year.department.knowing(1).put(&scheme, &other);
    assert!(
        closed.expect(409)["detail"]
            .to_string()
            .contains("bản chấm mới"),
        "a new edition comes first: {}",
        closed.text
    );
    // facts of the year are refused
    let late = json!({
        "unit_id": year.half.id, "kind": "tin", "title": "Tin muộn", "channel": "mail",
        "arrival": { "at": "2026-09-11T09:00:00+07:00", "reason": "Gửi qua thư" },
    });
    let editor = app.client_of(Role::Editor, Some(&year.world.federation));
    editor.post("/api/v1/items", &late).expect(409);
    year.world.run();
    let renamed = UnitPatch {
        name: Some("Đơn vị mới".to_owned()),
        ..UnitPatch::default()
    };
    let version = crate::support::tree::stored(app, year.half.id).version;
    year.world
        .house
        .write(&Actor::cli(), app.now(), |tx| {
            units::change(tx, year.half.id, &renamed, version)
        })
        .unwrap();
    assert_eq!(year.stored(), frozen);
    assert_eq!(
        leader
            .get(&format!("/api/v1/scores/2026/{}", year.half.id))
            .expect(200)["total"],
        51.85
    );
    verified(app, &year);

    // a correction is a new sheet that names the old
    year.act("/reopen", &json!({ "reason": " " })).faults(400);
    let next = year
        .act("/reopen", &json!({ "reason": "Bổ sung tin gửi muộn" }))
        .expect(200);
    assert_eq!(
        (&next["edition"], &next["corrects_id"], &next["state"]),
        (&json!(2), &json!(year.round), &json!("draft"))
    );
    assert_eq!(year.stored(), frozen);
    assert_eq!(
        year.act("/reopen", &json!({ "reason": "Lần nữa" })).status,
        409
    );
    assert_eq!(
        trail(app, "score_round", &next["id"]),
        ["correct by token:1 (department)"]
    );
}

/// `tinbai score verify` finds nothing, and then what somebody changed behind the program's back.
fn verified(app: &TestApp, year: &Lived<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tinbai.toml");
    std::fs::write(&file, format!("[database]\nurl = \"{}\"\n", app.url())).unwrap();
    let run = || {
        tinbai(&[
            "--config",
            file.to_str().unwrap(),
            "score",
            "verify",
            "2026",
        ])
    };
    let sound = run();
    assert_eq!(
        (sound.code, sound.out.as_str()),
        (
            ExitCode::SUCCESS,
            "Năm 2026: đã kiểm tra 40 bảng điểm đã khóa, 0 bảng sai lệch.\n"
        ),
        "{}",
        sound.err
    );
    let total = |unit: &UnitRow, value: i64| {
        app.store.write(|conn| {
            let own = score_sheet::table.filter(score_sheet::unit_id.eq(unit.id));
            diesel::update(own)
                .set(score_sheet::total.eq(value))
                .execute(conn)
                .map_err(StoreError::from)
        })
    };
    // the database itself keeps a frozen sheet from being changed; whoever takes that away is found
    // out
    let refused = total(&year.half, 9_900).unwrap_err().to_string();
    assert!(refused.contains("a frozen sheet never moves"), "{refused}");
    let open_up = if app.url().starts_with("postgres") {
        "DROP TRIGGER score_sheet_frozen_update ON score_sheet"
    } else {
        "DROP TRIGGER score_sheet_frozen_update"
    };
    let opened = app.store.write(|conn| {
        diesel::sql_query(open_up)
            .execute(conn)
            .map_err(StoreError::from)
    });
    opened.unwrap();
    assert_eq!(total(&year.half, 9_900).unwrap(), 1);
    let forged = run();
    assert_eq!(forged.code, ExitCode::from(1));
    assert!(
        forged
            .out
            .contains("! Liên đoàn Lao động huyện Hà Trung (superior, bản 1"),
        "{}",
        forged.out
    );
    assert!(
        forged
            .out
            .contains("điểm đang hiển thị khác nội dung đã khóa"),
        "{}",
        forged.out
    );
    assert_eq!(
        total(&year.half, Points::hundredths(5_185).as_hundredths()).unwrap(),
        1
    );
}

fn nobody_publishes_what_nobody_decided(app: &TestApp) {
    app.expect_unread_mails();
    let year = lived(app);
    for unit in [&year.perfect, &year.half, &year.world.superior] {
        let sheet = year.sheet(unit);
        let path = format!("/api/v1/score-sheets/{}/review", sheet["id"]);
        assert_eq!(
            year.department
                .knowing(1)
                .post(&path, &json!({}))
                .faults(400),
            ["reason score_not_self_assessed"]
        );
        year.review(unit, &json!({ "reason": "Đơn vị không tự chấm" }));
    }
    let refused = year.act("/publish", &decision()).expect(409);
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("thiếu điểm chấm tay"),
        "{refused}"
    );
    let bad = json!({ "decision_number": " ", "decision_date": "2027-02-01" });
    assert_eq!(
        year.act("/publish", &bad).faults(400),
        [
            "decision_number required",
            "decision_date score_decision_date"
        ]
    );
    // facts reach back until the year is frozen: what was decided on other numbers has to be
    // decided again
    year.world.hand_in(
        &year.half,
        "tin",
        "2026-07-11 09:00",
        Some("2026-07-11 10:00"),
    );
    year.world.hand_in(
        &year.half,
        "tin",
        "2026-07-12 09:00",
        Some("2026-07-12 10:00"),
    );
    year.world.run();
    let again = year.act("/compute", &json!({})).expect(200);
    assert_eq!(
        (&again["sheets"]["computed"], &again["sheets"]["reviewed"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        year.sheet(&year.half)["lines"][0]["figures"]["met_on_time"],
        7
    );
    for unit in [&year.perfect, &year.half, &year.world.superior] {
        year.review(
            unit,
            &json!({ "marks": [conduct(5)], "reason": "Đơn vị không tự chấm" }),
        );
    }
    year.act("/publish", &decision()).expect(200);
    // opened again with a reason: the old edition is kept, standings are provisional again
    assert_eq!(
        year.act("/reopen", &json!({ "reason": "Có khiếu nại" }))
            .expect(200)["edition"],
        2
    );
    assert_eq!(
        year.department.get(&year.path("")).expect(200)["state"],
        "reopened"
    );
    assert!(
        trail(app, "score_round", year.round)
            .contains(&"reopen by token:1 (department)".to_owned())
    );
    let score = year
        .department
        .get(&format!("/api/v1/scores/2026/{}", year.half.id))
        .expect(200);
    assert_eq!(score["provisional"], true);
}

/// The text part, however its lines are broken.
fn text(raw: &[u8]) -> String {
    let parsed = mail_parser::MessageParser::default()
        .parse(raw)
        .expect("a mail");
    let text = parsed.body_text(0).expect("a text part").into_owned();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Recipient, subject and both bodies.
fn whole(mail: &tinbai::mail::Captured) -> String {
    let parsed = mail_parser::MessageParser::default()
        .parse(&mail.raw)
        .expect("a mail");
    let (subject, to) = (parsed.subject().unwrap(), &mail.to);
    let (text, html) = (parsed.body_text(0).unwrap(), parsed.body_html(0).unwrap());
    format!("To: {to}\nSubject: {subject}\n\n{text}\n{html}").replace('\r', "")
}

fn leaders_are_told_their_own_score_and_the_department_all(app: &TestApp) {
    let year = lived(app);
    app.mails();
    let release = format!(
        "/api/v1/score-schemes/{}/2026/superior/release",
        year.world.federation.id
    );
    assert_eq!(
        year.department
            .post(&release, &json!({ "half": 3 }))
            .faults(400),
        ["half number_range"]
    );
    assert_eq!(
        app.client_of(Role::Leader, Some(&year.half))
            .post(&release, &json!({ "half": 1 }))
            .status,
        403
    );
    assert_eq!(
        year.department
            .post(&release, &json!({ "half": 1 }))
            .expect(200)["mails"],
        2
    );
    assert_eq!(
        year.department.post(&release, &json!({ "half": 1 })).status,
        409
    );
    let told = |name: &str, mut mails: Vec<tinbai::mail::Captured>| {
        mails.sort_by(|a, b| a.to.cmp(&b.to));
        let whole: Vec<String> = mails.iter().map(whole).collect();
        insta::assert_snapshot!(name, whole.join("\n\n"));
        let mut told: Vec<(String, String)> = mails
            .into_iter()
            .map(|mail| (mail.to, text(&mail.raw)))
            .collect();
        told.sort();
        told
    };
    let standing = told("score_mails_standing", app.mails());
    let [(department, table), (leader, own)] = &standing[..] else {
        panic!("{standing:?}")
    };
    assert_eq!(
        (department.as_str(), leader.as_str()),
        ("ban@tinh.example", "truong@a.example")
    );
    // the other two have neither people nor an address
    assert!(
        own.contains("Tạm tính đến 00:00 01/07/2026, LĐLĐ huyện A có 0 điểm"),
        "{own}"
    );
    assert!(
        !own.contains("Đơn vị nua") && table.contains("Đơn vị nua"),
        "{own}{table}"
    );
    // by mid-year both had handed in all that was due
    assert_eq!(table.matches("100 (hạng 1)").count(), 2, "{table}");

    // on request, the own unit's alone, once a day
    let ask = |unit: &UnitRow| format!("/api/v1/scores/2026/{}/mail", unit.id);
    let leader = app.client_of(Role::Leader, Some(&year.world.superior));
    assert_eq!(
        leader
            .post(&ask(&year.world.superior), &json!({}))
            .expect(200)["mails"],
        1
    );
    assert_eq!(
        leader.post(&ask(&year.world.superior), &json!({})).status,
        409
    );
    leader.post(&ask(&year.half), &json!({})).faults(404);
    assert_eq!(
        year.department
            .post(&ask(&year.half), &json!({}))
            .faults(409),
        ["unit_id score_nobody_to_tell"]
    );
    let asked = told("score_mails_asked", app.mails());
    let [(_, own)] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert!(
        own.contains("Tạm tính đến") && own.contains("vì đơn vị đề nghị"),
        "{own}"
    );

    for unit in [&year.perfect, &year.half, &year.world.superior] {
        year.review(
            unit,
            &json!({ "marks": [conduct(10)], "reason": "Đơn vị không tự chấm" }),
        );
    }
    year.act("/publish", &decision()).expect(200);
    let published = told("score_mails_published", app.mails());
    let [(_, table), (_, own)] = &published[..] else {
        panic!("{published:?}")
    };
    assert!(
        own.contains("Theo Quyết định số 45/QĐ-LĐLĐ ngày 04/01/2027, LĐLĐ huyện A đạt 10 điểm"),
        "{own}"
    );
    assert!(
        own.contains("(0 + 0) ÷ 13 × 60 = 0") && !own.contains("Đơn vị nua"),
        "{own}"
    );
    assert!(
        table.contains("100 (hạng 1)") && table.contains("51,54 (hạng 2)"),
        "{table}"
    );
}
