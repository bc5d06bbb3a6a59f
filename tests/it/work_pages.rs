//! The pages of work: what a reader has to do, one obligation, and what is done about it.

use serde_json::json;
use tinbai::domain::access::Role;
use tinbai::domain::ids::ObligationId;
use tinbai::domain::person::Position;
use tinbai::store::units::UnitRow;

use crate::both_databases;
use crate::support::app::{Reply, TestApp};
use crate::support::browser::{Browser, account, person};
use crate::support::desk::{Desk, quota, superiors};
use crate::support::page::{shown, without_ids};

both_databases!(
    the_home_shows_three_cards_and_the_rest,
    one_obligation_is_explained,
    a_unit_asks_for_more_time_and_the_department_decides,
    more_time_is_given_without_being_asked_for,
    an_exemption_can_be_undone,
    the_department_reminds_by_hand_once_an_hour,
    a_reminder_outside_office_hours_waits_for_the_opening,
    many_are_reminded_at_once_and_each_is_answered,
    who_may_not_act_sees_no_button_and_is_refused,
);

/// A federation in the middle of November with a quota of the month and an event.
struct Scene<'a> {
    app: &'a TestApp,
    desk: Desk<'a>,
}

impl<'a> Scene<'a> {
    fn new(app: &'a TestApp) -> Self {
        app.expect_unread_mails();
        app.set_clock("2026-11-18T08:00:00+07:00");
        let desk = Desk::new(app);
        desk.plan(&[quota(superiors(), &["tin"], "month", 2)]);
        desk.event(json!({
            "types": ["ordinary"],
            "starts_at": "2026-11-20T14:00:00+07:00",
            "ends_at": "2026-11-20T15:00:00+07:00",
        }));
        app.set_clock("2026-11-20T15:20:00+07:00");
        Self { app, desk }
    }

    /// Somebody of a unit in a browser.
    fn browser(&self, unit: &UnitRow, role: Role) -> Browser {
        let mail = format!("{}-{}@tinh.example", unit.code, role.as_str());
        let mut row = person(self.app, unit, role, &mail);
        row.position = tinbai::store::types::Word(Position::Head);
        account(self.app, &row);
        let browser = Browser::of(self.app);
        browser.sign_in(&mail);
        assert!(browser.is_in());
        browser
    }

    fn leader(&self) -> Browser {
        self.browser(&self.desk.superior, Role::Leader)
    }

    fn department(&self) -> Browser {
        self.browser(&self.desk.root, Role::Department)
    }

    /// The obligation about the event, and the quota of the month.
    fn owed(&self) -> [ObligationId; 2] {
        let rows = self.desk.rows();
        let of = |about: bool| rows.iter().find(|row| row.event_id.is_some() == about);
        [of(true).unwrap().id, of(false).unwrap().id]
    }
}

/// Posts a form as the browser has it: with the hidden fields of the page that it stands on.
fn send(browser: &Browser, page: &str, at: &str, fields: &[(&str, &str)]) -> Reply {
    let html = browser.get(page).html();
    let hidden = |name: &str| {
        let before = format!("name=\"{name}\" value=\"");
        let rest = html.split(&before).nth(1)?;
        rest.split('"').next().map(str::to_owned)
    };
    let (key, version) = (hidden("khoa"), hidden("phien_ban"));
    let mut all = fields.to_vec();
    all.extend(key.as_deref().map(|key| ("khoa", key)));
    all.extend(version.as_deref().map(|version| ("phien_ban", version)));
    browser.form(at, &all)
}

trait Shown {
    fn html(&self) -> String;
    fn goes_to(&self) -> &str;
}

impl Shown for Reply {
    fn html(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.text);
        self.text.clone()
    }

    fn goes_to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        self.header("location")
    }
}

fn english(browser: &Browser) -> Browser {
    let english = browser.stolen();
    let cookie = ("__Host-tinbai-lang".to_owned(), "en".to_owned());
    english.cookies.borrow_mut().extend([cookie]);
    english
}

fn page(name: &str, html: &str) {
    assert!(!html.contains("pages."), "a key without words: {html}");
    assert!(html.len() < 200_000);
    insta::assert_snapshot!(format!("work_{name}"), shown(&without_ids(html)));
}

fn the_home_shows_three_cards_and_the_rest(app: &TestApp) {
    let scene = Scene::new(app);
    let leader = scene.leader();
    assert_eq!(leader.get("/").goes_to(), "/viec");
    let item = json!({"title": "Hội thi <b>tay nghề</b>"});
    let desk = &scene.desk;
    desk.try_hand_in(&desk.contributor, item).unwrap();
    page("home", &leader.get("/viec").text);
    page("home_english", &english(&leader).get("/viec").text);
    let editor = scene.browser(&desk.root, Role::Editor);
    page("home_empty", &editor.get("/viec").text);
    page("done_empty", &leader.get("/viec?xem=xong").text);
    desk.published(json!({}));
    desk.published(json!({"title": "Tin số hai"}));
    app.set_clock("2026-11-20T15:21:00+07:00");
    let done = leader.get("/viec?xem=xong").html();
    assert!(done.contains("Đã xong tháng này: 1"), "{done}");
}

fn one_obligation_is_explained(app: &TestApp) {
    let scene = Scene::new(app);
    let [event, quota] = scene.owed();
    scene.desk.hand_in(json!({}));
    let leader = scene.leader();
    let html = leader.get(&format!("/viec/{event}")).html();
    page("one_event", &html);
    let trail = app.admin().get("/api/v1/trail").items().len();
    let html = leader.get(&format!("/viec/{quota}")).html();
    assert_eq!(html.matches("href=\"/tin-bai/").count(), 1);
    page("one_quota", &html);
    let path = format!("/viec/{quota}");
    page("one_english", &english(&leader).get(&path).text);
    let department = scene.department();
    let html = department.get(&path).html();
    for address in ["gia-han", "nhac", "mien"] {
        assert!(
            html.contains(&format!("/viec/{quota}/{address}\"")),
            "{html}"
        );
    }
    assert_eq!(leader.get("/viec/99999").status, 404);
    assert_eq!(leader.get("/viec/abc").status, 404);
    let now = app.admin().get("/api/v1/trail").items().len();
    assert!(now >= trail, "signing in is on the trail, reading is not");
}

const REASON: (&str, &str) = ("ly_do", "Mất điện cả ngày <b>đậm</b> 🙂");

fn a_unit_asks_for_more_time_and_the_department_decides(app: &TestApp) {
    let scene = Scene::new(app);
    let [event, quota] = scene.owed();
    let (leader, department) = (scene.leader(), scene.department());
    page("requests_none", &department.get("/gia-han").text);
    let at = format!("/viec/{event}/gia-han");
    page("ask", &leader.get(&at).text);
    let own = ("den", "khac");
    let bad = send(
        &leader,
        &at,
        &at,
        &[own, ("ngay", "31/02/2026"), ("gio", "25h"), REASON],
    );
    assert_eq!(bad.status, 400);
    page("ask_refused", &bad.text);
    let early = send(
        &leader,
        &at,
        &at,
        &[own, ("ngay", "20/11/2026"), ("gio", "16h"), REASON],
    );
    assert_eq!(early.status, 400, "{}", early.text);
    assert!(early.text.contains("Hạn mới phải sau hạn đang có"));
    let long = "x".repeat(20_001);
    let long = send(
        &leader,
        &at,
        &at,
        &[
            own,
            ("ngay", "27/11/2026"),
            ("gio", "16h"),
            ("ly_do", &long),
        ],
    );
    assert_eq!(long.status, 400);
    assert!(
        long.text.contains(&"x".repeat(20_001)),
        "what was typed is kept"
    );
    let good = [own, ("ngay", "27/11/2026"), ("gio", "16h"), REASON];
    let asked = send(&leader, &at, &at, &good);
    assert_eq!(asked.goes_to(), format!("/viec/{event}?xong=xin-gia-han"));
    let html = leader.get(asked.goes_to()).html();
    assert!(html.contains("đang chờ Ban quyết định"), "{html}");
    assert!(
        !html.contains(&format!("{at}\"")),
        "it is asked for already"
    );
    page("requests", &department.get("/gia-han").text);
    let id = app.admin().get("/api/v1/extensions").items()[0]["id"].clone();
    let refuse = format!("/gia-han/{id}/khong-cho");
    page("refuse", &department.get(&refuse).text);
    let silent = send(&department, &refuse, &refuse, &[("ly_do", " ")]);
    assert_eq!(silent.status, 400, "a refusal takes a reason");
    let grant = format!("/gia-han/{id}");
    let given = send(&department, "/gia-han", &grant, &[]);
    assert_eq!(given.goes_to(), "/gia-han?xong=gia-han");
    assert_eq!(scene.desk.row(event).due_revision, 2);
    let again = send(&department, "/gia-han", &grant, &[]);
    assert_eq!(again.status, 409, "it is decided already");
    page("requests_decided", &department.get("/gia-han").text);
    page("refuse_decided", &department.get(&refuse).text);
    // a second one, refused
    let at = format!("/viec/{quota}/gia-han");
    let offered = "2026-12-01T16:00:00+07:00";
    send(&leader, &at, &at, &[("den", offered), REASON]).goes_to();
    let id = app.admin().get("/api/v1/extensions").items()[0]["id"].clone();
    let refuse = format!("/gia-han/{id}/khong-cho");
    let refused = send(&department, &refuse, &refuse, &[("ly_do", "Chưa đủ lý do")]);
    assert_eq!(refused.goes_to(), "/gia-han?xong=khong-gia-han");
    assert_eq!(scene.desk.row(quota).due_revision, 1);
}

fn more_time_is_given_without_being_asked_for(app: &TestApp) {
    let scene = Scene::new(app);
    let [event, _] = scene.owed();
    let department = scene.department();
    let at = format!("/viec/{event}/gia-han");
    page("give", &department.get(&at).text);
    let html = department.get(&at).html();
    let key = html.split("name=\"khoa\" value=\"").nth(1).unwrap();
    let key = key.split('"').next().unwrap();
    let fields = [
        ("den", "2026-11-26T16:00:00+07:00"),
        ("ly_do", "Bão"),
        ("khoa", key),
        ("phien_ban", "1"),
    ];
    let given = department.form(&at, &fields);
    assert_eq!(given.goes_to(), format!("/viec/{event}?xong=gia-han"));
    let twice = department.form(&at, &fields);
    assert_eq!(
        twice.goes_to(),
        given.goes_to(),
        "the same form does it once"
    );
    assert_eq!(scene.desk.row(event).due_revision, 2);
    // somebody else's form, filled in before
    let stale = send(
        &department,
        "/gia-han",
        &at,
        &[
            ("den", "2026-11-27T16:00:00+07:00"),
            ("ly_do", "Bão"),
            ("phien_ban", "1"),
        ],
    );
    assert_eq!(stale.status, 409, "{}", stale.text);
    assert!(
        stale.text.contains("Có người vừa lưu trước"),
        "{}",
        stale.text
    );
    assert_eq!(scene.desk.row(event).due_revision, 2);
}

fn an_exemption_can_be_undone(app: &TestApp) {
    let scene = Scene::new(app);
    let [event, _] = scene.owed();
    let department = scene.department();
    let at = format!("/viec/{event}/mien");
    page("exempt", &department.get(&at).text);
    assert_eq!(send(&department, &at, &at, &[("ly_do", "")]).status, 400);
    let done = send(&department, &at, &at, &[("ly_do", "Sự kiện hoãn")]);
    let back = format!("/viec/{event}?xong=mien&so=1&bo=0&muc={event}");
    assert_eq!(done.goes_to(), back);
    page("exempted", &department.get(&back).text);
    page("exempt_already", &department.get(&at).text);
    let id = event.to_string();
    let undone = send(&department, &back, "/viec/mien/hoan-tac", &[("muc", &id)]);
    assert_eq!(undone.goes_to(), format!("/viec/{event}?xong=thoi-mien"));
    assert_eq!(scene.desk.row(event).exempt_at, None);
}

fn the_department_reminds_by_hand_once_an_hour(app: &TestApp) {
    let scene = Scene::new(app);
    let [event, _] = scene.owed();
    let department = scene.department();
    let at = format!("/viec/{event}/nhac");
    let nobody = department.get(&at).html();
    assert!(nobody.contains("Không tìm được người nhận"), "{nobody}");
    scene
        .desk
        .person(&scene.desk.superior, Role::Leader, "Chủ tịch");
    page("remind", &department.get(&at).text);
    assert!(
        scene.desk.ledger(event).is_empty(),
        "looking reminds nobody"
    );
    app.mails();
    let done = send(&department, &at, &at, &[]);
    assert_eq!(done.goes_to(), format!("/viec/{event}?xong=nhac"));
    app.run_due();
    let mails = app.mails();
    assert_eq!(mails.len(), 1);
    page("remind_hourly", &department.get(&at).text);
    let api = app
        .admin()
        .post(&format!("/api/v1/obligations/{event}/remind"), &json!({}));
    assert_eq!(api.status, 409, "{}", api.text);
    let again = department.form(&at, &[]);
    assert_eq!(again.status, 409, "a forged request as well");
    app.set_clock("2026-11-20T16:20:00+07:00");
    let api = app
        .admin()
        .post(&format!("/api/v1/obligations/{event}/remind"), &json!({}));
    assert_eq!(api.expect(200)["recipients"], json!(["Chủ tịch"]));
    app.run_due();
    assert_eq!(app.mails().len(), 1);
    let html = department.get(&format!("/viec/{event}")).html();
    assert_eq!(html.matches("Ban nhắc").count(), 2, "{html}");
}

fn a_reminder_outside_office_hours_waits_for_the_opening(app: &TestApp) {
    let scene = Scene::new(app);
    let [event, _] = scene.owed();
    scene
        .desk
        .person(&scene.desk.superior, Role::Leader, "Chủ tịch");
    let department = scene.department();
    app.set_clock("2026-11-20T18:00:00+07:00");
    department.sign_in("tinh-department@tinh.example");
    app.run_due();
    app.mails();
    let at = format!("/viec/{event}/nhac");
    page("remind_later", &department.get(&at).text);
    let done = send(&department, &at, &at, &[]);
    assert_eq!(done.goes_to(), format!("/viec/{event}?xong=nhac-sau"));
    app.set_clock("2026-11-20T19:30:00+07:00");
    app.run_due();
    assert_eq!(app.mails().len(), 0);
    let waiting = department.get(&at).html();
    assert!(
        waiting.contains("Đã có thư nhắc chờ gửi lúc 07:00 23/11/2026"),
        "{waiting}"
    );
    app.set_clock("2026-11-23T07:00:00+07:00");
    app.run_due();
    assert!(!app.mails().is_empty());
}

fn many_are_reminded_at_once_and_each_is_answered(app: &TestApp) {
    let scene = Scene::new(app);
    let [event, quota] = scene.owed();
    scene
        .desk
        .person(&scene.desk.superior, Role::Leader, "Chủ tịch");
    scene.desk.hand_in(json!({}));
    scene.desk.hand_in(json!({"title": "Tin số hai"}));
    let department = scene.department();
    let (event, quota) = (event.to_string(), quota.to_string());
    let chosen = [
        ("muc", event.as_str()),
        ("muc", &quota),
        ("muc", "99999"),
        ("toi", "/gia-han"),
    ];
    let confirm = department.form("/viec/nhac/xac-nhan", &chosen);
    page("remind_many", &confirm.html());
    let done = department.form("/viec/nhac", &chosen);
    assert_eq!(done.goes_to(), "/gia-han?xong=nhac-nhieu&so=1&bo=2");
    let html = department.get(done.goes_to()).html();
    assert!(
        html.contains("Đã nhắc 1 việc, không nhắc 2 việc."),
        "{html}"
    );
    let none = department.form("/viec/nhac/xac-nhan", &[("toi", "//evil.example")]);
    page("remind_none", &none.html());
    let ids = json!({ "ids": [event.parse::<i64>().unwrap(), 99_999] });
    let answers = app.admin().post("/api/v1/reminders", &ids).expect(200);
    let refused: Vec<bool> = answers["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| answer["refused"].is_string() && answer["reminded"].is_null())
        .collect();
    assert_eq!(refused, [true, true], "{answers}");
    let many: Vec<i64> = (1..=501).collect();
    let many = app
        .admin()
        .post("/api/v1/reminders", &json!({ "ids": many }));
    assert_eq!(many.status, 400, "{}", many.text);
}

fn who_may_not_act_sees_no_button_and_is_refused(app: &TestApp) {
    let scene = Scene::new(app);
    let [event, _] = scene.owed();
    let path = format!("/viec/{event}");
    let nobody = Browser::of(app).get(&path);
    assert!(nobody.goes_to().starts_with("/dang-nhap?toi="));
    let viewer = scene.browser(&scene.desk.root, Role::Viewer);
    let html = viewer.get(&path).html();
    assert!(!html.contains("class=\"answers\""), "{html}");
    let contributor = scene.browser(&scene.desk.superior, Role::Contributor);
    let html = contributor.get(&path).html();
    assert!(
        html.contains("/nop?viec=") && html.contains(&format!("{path}/gia-han\"")),
        "{html}"
    );
    for address in ["nhac", "mien"] {
        let at = format!("{path}/{address}");
        assert!(!html.contains(&at), "{html}");
        for browser in [&viewer, &contributor] {
            assert_eq!(browser.get(&at).status, 403, "{at}");
            assert_eq!(browser.form(&at, &[("ly_do", "x")]).status, 403, "{at}");
        }
    }
    assert_eq!(viewer.get(&format!("{path}/gia-han")).status, 403);
    let chosen = [("muc", event.0.to_string())];
    let chosen = chosen.each_ref().map(|(name, id)| (*name, id.as_str()));
    assert_eq!(contributor.form("/viec/nhac/xac-nhan", &chosen).status, 403);
    assert_eq!(contributor.form("/viec/nhac", &chosen).status, 403);
    assert_eq!(contributor.form("/viec/mien/hoan-tac", &chosen).status, 403);
    let beside = scene.browser(&scene.desk.office, Role::Leader);
    assert_eq!(beside.get(&path).status, 404);
    assert!(scene.desk.ledger(event).is_empty());
}
