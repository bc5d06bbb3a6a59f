//! For every route of the API a request about a fresh thing of a unit, good but for who sends it;
//! `access` sends them.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use diesel::prelude::*;
use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::account::{SessionStage, SignInMethod};
use tinbai::domain::ids::{AccountId, SessionId, UnitId};
use tinbai::domain::unit::Category;
use tinbai::service::rules::policies;
use tinbai::service::rules::policies::SetPolicy;
use tinbai::store::schema::audit;
use tinbai::store::types::{At, Word};
use tinbai::store::units::UnitRow;
use tinbai::store::{StoreError, accounts, sessions};

use crate::access::Place;
use crate::support::app::{Client, TestApp};
use crate::support::post::mail;
use crate::support::tree::found;

/// A request.
pub struct Ask {
    pub verb: &'static str,
    pub path: String,
    pub body: Option<Value>,
    pub version: Option<i64>,
    /// What a list shows of the thing that was made for it.
    pub shows: Option<String>,
}

/// A federation with one above it, one beside it, and a union below each of the two; and somebody
/// who makes what is asked about.
pub struct World<'a> {
    pub app: &'a TestApp,
    pub admin: Client,
    writers: BTreeMap<UnitId, Client>,
    pub sheets: BTreeMap<UnitId, Value>,
    made: i64,
    pub own: UnitRow,
    pub parent: UnitRow,
    sibling: UnitRow,
    pub child: UnitRow,
    pub cousin: UnitRow,
}

impl<'a> World<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        let parent = found(app, "tong", Category::Federation, None);
        let own = found(app, "tinh", Category::Federation, Some(&parent));
        let sibling = found(app, "tinh-ban", Category::Federation, Some(&parent));
        let child = found(app, "huyen", Category::Superior, Some(&own));
        let cousin = found(app, "huyen-ban", Category::Superior, Some(&sibling));
        let patch = serde_json::from_value(json!({ "calendar": "ben-tre" })).unwrap();
        let policy = SetPolicy {
            valid_from: "2026-01-01".parse().unwrap(),
            patch,
            legal_basis: None,
        };
        app.house
            .write(&Actor::cli(), app.now(), |tx| {
                policies::set(tx, parent.id, &policy, 0)
            })
            .unwrap();
        app.run_due();
        let mut world = Self {
            admin: app.admin(),
            app,
            writers: BTreeMap::new(),
            sheets: BTreeMap::new(),
            made: 0,
            own,
            parent,
            sibling,
            child,
            cousin,
        };
        for federation in [world.own.id, world.parent.id, world.sibling.id] {
            let path = format!("/api/v1/score-schemes/{federation}/2026/superior");
            let scheme = json!({ "preset": "simple", "document_number": "12/HD-LĐLĐ" });
            world.admin.knowing(0).put(&path, &scheme).expect(200);
            let round = json!({ "unit_id": federation, "year": 2026, "category": "superior" });
            let round = world.admin.post("/api/v1/score-rounds", &round).expect(201);
            world.sheets.insert(federation, round["id"].clone());
        }
        world
    }

    /// How many lines the trail has, but for refusals: every write leaves one.
    pub fn trail(&self) -> i64 {
        let done = audit::table.filter(audit::action.ne("refused"));
        self.app
            .store
            .read(|conn| done.count().get_result(conn).map_err(StoreError::from))
            .unwrap()
    }

    pub fn unit(&self, place: Place) -> UnitRow {
        match place {
            Place::Own => self.own.clone(),
            Place::Parent => self.parent.clone(),
            Place::Sibling => self.sibling.clone(),
            Place::Child => self.child.clone(),
        }
    }

    /// A unit that is scored with its like, at that place.
    pub fn scored(&self, place: Place) -> Option<UnitRow> {
        match place {
            Place::Own | Place::Parent => None,
            Place::Sibling => Some(self.cousin.clone()),
            Place::Child => Some(self.child.clone()),
        }
    }

    pub fn next(&mut self) -> i64 {
        self.made += 1;
        self.made
    }

    /// Makes something as the administrator.
    pub fn make(&self, path: &str, body: &Value) -> Value {
        self.admin.post(path, body).expect(201)
    }

    /// An item that a contributor of the unit handed in.
    pub fn item(&mut self, unit: &UnitRow) -> Value {
        let app = self.app;
        let writer = self
            .writers
            .entry(unit.id)
            .or_insert_with(|| app.client_of(Role::Contributor, Some(unit)));
        let new = json!({ "unit_id": unit.id, "kind": "tin", "title": "Tin" });
        writer.post("/api/v1/items", &new).expect(201)["id"].clone()
    }

    pub fn step(&self, item: &Value, step: &str, version: i64, body: &Value) {
        self.admin
            .knowing(version)
            .post(&format!("/api/v1/items/{item}/{step}"), body)
            .expect(200);
    }

    pub fn event(&mut self, unit: &UnitRow) -> Value {
        let title = format!("Hội nghị {}", self.next());
        let new =
            json!({ "unit_id": unit.id, "title": title, "starts_at": "2026-11-23T08:00:00+07:00" });
        self.make("/api/v1/events", &new)
    }

    pub fn person(&mut self, unit: &UnitRow) -> Value {
        let name = format!("Người {}", self.next());
        self.make(
            "/api/v1/people",
            &json!({ "unit_id": unit.id, "name": name, "role": "viewer" }),
        )
    }

    pub fn plan(&mut self, unit: &UnitRow) -> Value {
        let code = format!("ke-hoach-{}", self.next());
        self.make(
            "/api/v1/plans",
            &json!({ "unit_id": unit.id, "code": code, "year": 2026, "title": "Kế hoạch" }),
        )
    }

    pub fn calendar(&mut self) -> Value {
        let day = json!([["07:00", "11:00"]]);
        json!({
            "code": format!("lich-{}", self.next()), "name": "Giờ hành chính", "zone": "Asia/Ho_Chi_Minh",
            "hours": { "mon": day }, "holidays_from": "vietnam",
        })
    }

    /// The version of what an address shows.
    pub fn version(&self, path: &str) -> i64 {
        let shown = self.admin.get(path).expect(200);
        shown["version"].as_i64().unwrap()
    }

    pub fn extension(&self, event: &Value) -> Value {
        let owed = &event["deadlines"][0]["obligation_id"];
        let asked = json!({ "until": "2026-12-20T16:00:00+07:00", "reason": "Mất điện" });
        self.make(&format!("/api/v1/obligations/{owed}/extensions"), &asked)["id"].clone()
    }

    pub fn mail(&mut self, unit: &UnitRow) -> i64 {
        let mut new = mail(
            usize::try_from(10_000 + self.next()).unwrap(),
            self.app.now(),
        );
        new.unit_id = Some(unit.id);
        self.app.enqueue(&[new]);
        self.admin.get("/api/v1/mails").items()[0]["id"]
            .as_i64()
            .unwrap()
    }

    fn documents(&mut self, verb: &str, path: &str, place: Place) -> Ask {
        let unit = self.unit(place).id;
        let path = path
            .replace("{id}", &unit.to_string())
            .replace("{kind}", "monthly");
        let body = match path.ends_with("letterhead") {
            true => json!({ "issuing_body": "LĐLĐ", "place": "Bến Tre", "symbol": "BC-LĐLĐ" }),
            false => json!({ "title": "BÁO CÁO", "subject": "Kết quả", "body": "Nội dung." }),
        };
        match verb {
            "GET" => Ask::new("GET", path),
            _ => Ask::new("PUT", path).body(body).version(999),
        }
    }

    fn feeds(&mut self, verb: &str, place: Place) -> Ask {
        let unit = self.unit(place).id;
        match verb {
            "GET" => Ask::new("GET", format!("/api/v1/calendar-feeds?unit_id={unit}")),
            "POST" => Ask::new("POST", "/api/v1/calendar-feeds").body(json!({ "unit_id": unit })),
            _ => {
                let id = self.feed(unit);
                Ask::new("DELETE", format!("/api/v1/calendar-feeds/{id}"))
            }
        }
    }

    /// A calendar feed of a unit; those that were there are taken back, as a unit has few.
    pub fn feed(&mut self, unit: UnitId) -> Value {
        let path = "/api/v1/calendar-feeds";
        for feed in self.admin.get(&format!("{path}?unit_id={unit}")).items() {
            let one = format!("{path}/{}", feed["id"]);
            self.admin.send("DELETE", &one, None).expect(200);
        }
        let made = self
            .admin
            .post(path, &json!({ "unit_id": unit }))
            .expect(201);
        made["id"].clone()
    }

    fn reports(&mut self, parts: &[&str], place: Place) -> Option<Ask> {
        let unit = self.unit(place).id;
        let file = parts.last()?.replace("{year}", "2026");
        match parts {
            ["reports", "document.docx"] => {
                let asked =
                    format!("/api/v1/reports/{file}?kind=monthly&unit={unit}&period=2026-M11");
                Some(Ask::new("GET", asked))
            }
            ["reports", "emulation", _] if place == Place::Child => None,
            ["reports", "emulation", _] => {
                let asked =
                    format!("/api/v1/reports/emulation/{file}?unit={unit}&category=superior");
                Some(Ask::new("GET", asked))
            }
            _ => Some(Ask::new(
                "GET",
                format!("/api/v1/reports/{file}?unit={unit}&month=2026-11"),
            )),
        }
    }

    /// The request of a route at a place; `None` where the route can't be about a unit there.
    pub fn ask(&mut self, route: &str, place: Place) -> Option<Ask> {
        let (verb, path) = route.split_once(' ').unwrap();
        let parts: Vec<&str> = path.trim_start_matches("/api/v1/").split('/').collect();
        Some(match (verb, parts[0]) {
            (
                "GET",
                "/healthz" | "" | "healthz" | "readyz" | "me" | "kinds" | "presets"
                | "score-presets",
            ) => Ask::new("GET", path),
            ("GET", "imports") => Ask::new("GET", path.replace("{kind}", "units")),
            ("POST", "imports") if parts.len() == 3 => {
                let unit = self.unit(place);
                let file = format!(
                    "unit,name,role\n{},Người {},viewer\n",
                    unit.code,
                    self.next()
                );
                let staff = self.app.client_of(Role::Department, Some(&unit));
                let made = staff
                    .upload("/api/v1/imports/people", file.as_bytes())
                    .expect(200);
                Ask::new(
                    "POST",
                    format!("/api/v1/imports/{}/undo", made["import_id"]),
                )
            }
            ("POST", "imports") => {
                let (unit, n) = (self.unit(place).code, self.next());
                let file = format!("unit,name,role\n{unit},Người {n},viewer\n");
                Ask::new("POST", "/api/v1/imports/people").body(json!(file))
            }
            ("GET", "calendar-uses") => Ask::new("GET", path),
            (_, "calendars") => self.calendars(verb, &parts, place)?,
            (_, "kinds" | "jobs" | "presets") => self.house(verb, &parts, place),
            ("GET", "today" | "map") => Ask::new("GET", path),
            ("POST", "me") => Ask::new("POST", path.replace("{id}", "1")),
            (_, "trail" | "trail.csv" | "trail.xlsx") => Ask::new("GET", path),
            (_, "reports") => self.reports(&parts, place)?,
            (_, "calendar-feeds") => self.feeds(verb, place),
            (_, "units") if path.contains("letterhead") || path.contains("document-templates") => {
                self.documents(verb, path, place)
            }
            (_, "accounts") => self.accounts(verb, &parts, place),
            (_, "units") => self.units(verb, &parts, place),
            (_, "people") => self.people(verb, &parts, place),
            (_, "plans") => self.plans(verb, &parts, place),
            (_, "events") => self.events(verb, &parts, place),
            ("GET", "drafts" | "saved-views" | "queue") if parts.len() == 1 => {
                Ask::new("GET", path)
            }
            (_, "drafts" | "saved-views") => self.own(verb, path, place),
            ("POST", "items") if parts[1..] == ["publish"] => {
                let item = self.item(&self.unit(place));
                Ask::new("POST", path).body(json!({ "ids": [item] }))
            }
            (_, "items") => self.items(verb, &parts, place),
            (
                _,
                "obligations" | "exemptions" | "reminders" | "extensions" | "standings" | "overdue",
            ) => self.obligations(verb, &parts, place),
            (_, "mails" | "tokens") => self.operation(verb, &parts, place),
            _ if parts[0].starts_with("score") => self.scores(verb, &parts, place)?,
            _ => panic!("{route} has no request"),
        })
    }

    /// The owner of the calendar; `None` where the unit is no federation.
    fn calendars(&mut self, verb: &str, parts: &[&str], place: Place) -> Option<Ask> {
        let (path, owner) = ("/api/v1/calendars", self.unit(place).id);
        let new = format!("{path}?unit_id={owner}");
        match (verb, parts) {
            ("GET", [_]) => return Some(Ask::new("GET", path)),
            ("POST", [_]) => return Some(Ask::new("POST", new).body(self.calendar())),
            ("POST", [_, "preview"]) => {
                let one =
                    json!({ "calendar": self.calendar(), "from": "2026-11-20T15:00:00+07:00" });
                return Some(Ask::new("POST", format!("{path}/preview")).body(one));
            }
            ("POST", [_, _, "copy"]) => {
                let copy = json!({ "code": self.calendar()["code"], "unit_id": owner });
                return Some(Ask::new("POST", format!("{path}/ben-tre/copy")).body(copy));
            }
            ("POST", [_, _, "adopt"]) => {
                let body = json!({ "unit_id": owner });
                return Some(Ask::new("POST", format!("{path}/ben-tre/adopt")).body(body));
            }
            _ if place == Place::Child => return None,
            _ => {}
        }
        let edit = json!({ "add_day_off": { "date": "2026-12-30", "name": "Nghỉ" } });
        let calendar = self.calendar();
        self.make(&new, &calendar);
        let path = format!("{path}/{}", calendar["code"].as_str().unwrap());
        Some(match (verb, parts) {
            ("GET", [_, _]) => Ask::new("GET", path),
            ("PUT", [_, _]) => Ask::new("PUT", path).body(calendar).version(1),
            ("GET", [_, _, "months", _]) => Ask::new("GET", format!("{path}/months/2026-11")),
            ("POST", [_, _, "impact"]) => Ask::new("POST", format!("{path}/impact")).body(edit),
            ("POST", [_, _, "edits"]) => Ask::new("POST", format!("{path}/edits"))
                .body(edit)
                .version(1),
            ("GET", [_, _, "deadline"]) => {
                let from = "2026-11-20T15:00:00%2B07:00&working_hours=12";
                Ask::new("GET", format!("{path}/deadline?from={from}"))
            }
            _ => panic!("{verb} {parts:?} has no request"),
        })
    }

    fn house(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        match (verb, parts) {
            ("POST", ["kinds"]) => {
                let code = format!("kind-{}", self.next()).replace('-', "_");
                Ask::new("POST", "/api/v1/kinds")
                    .body(json!({ "code": code, "name": code, "reviewed": true }))
            }
            ("POST", ["presets", _, "draft"]) => {
                let year = 2001 + self.next() % 99;
                let draft = json!({ "unit_id": self.unit(place).id, "year": year });
                Ask::new("POST", "/api/v1/presets/lao-cai/draft").body(draft)
            }
            ("POST", ["presets", ..]) => {
                let body = json!({ "unit": self.unit(place).code, "year": 2026, "dry_run": true });
                Ask::new("POST", "/api/v1/presets/ben-tre/apply").body(body)
            }
            ("GET", ["jobs"]) => Ask::new("GET", "/api/v1/jobs"),
            ("GET", ["jobs", _]) => Ask::new("GET", "/api/v1/jobs/purge"),
            ("GET", ["jobs", _, "runs"]) => Ask::new("GET", "/api/v1/jobs/purge/runs"),
            ("PATCH", ["jobs", _]) => Ask::new("PATCH", "/api/v1/jobs/purge")
                .body(json!({ "enabled": true }))
                .version(1),
            ("POST", ["jobs", _, "run"]) => Ask::new("POST", "/api/v1/jobs/purge/run"),
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    fn units(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        let path = format!("/api/v1/units/{}", unit.id);
        match (verb, parts) {
            ("GET", ["units"]) => {
                Ask::new("GET", format!("/api/v1/units?q={}", unit.code)).shows(&json!(unit.id))
            }
            ("POST", ["units"]) => {
                let code = format!("co-so-{}", self.next());
                let new = json!({ "code": code, "name": code, "category": "grassroots", "parent_id": unit.id });
                Ask::new("POST", "/api/v1/units").body(new)
            }
            ("GET", [_, _]) => Ask::new("GET", path),
            ("GET", [_, _, part @ ("year" | "reminders")]) => {
                Ask::new("GET", format!("{path}/{part}"))
            }
            // somebody saved before: what nobody may comes first
            ("PATCH", [_, _]) => Ask::new("PATCH", path)
                .body(json!({ "cluster": "1" }))
                .version(999),
            ("POST", [_, _, "move"]) => {
                let to = json!({ "parent_id": self.parent.id });
                Ask::new("POST", format!("{path}/move"))
                    .body(to)
                    .version(999)
            }
            ("POST", [_, _, "end"]) => Ask::new("POST", format!("{path}/end"))
                .body(json!({ "ended_on": "2026-12-31", "reason": "Sáp nhập" }))
                .version(999),
            ("POST", [_, _, "merge"]) => {
                let into = json!({ "into_id": self.cousin.id, "ended_on": "2026-12-31", "reason": "Sáp nhập" });
                Ask::new("POST", format!("{path}/merge"))
                    .body(into)
                    .version(999)
            }
            ("GET", [_, _, "policy"]) => Ask::new("GET", format!("{path}/policy")),
            ("GET", [_, _, "policy", "sheet"]) => Ask::new("GET", format!("{path}/policy/sheet")),
            ("POST", [_, _, "policy", what]) => {
                let body =
                    json!({ "valid_from": "2026-12-02", "field": "event_hours", "value": 8 });
                Ask::new("POST", format!("{path}/policy/{what}"))
                    .body(body)
                    .version(0)
            }
            ("POST", [_, _, "ladders", what]) => {
                let body = json!({ "valid_from": "2026-12-03", "kind": "week", "steps": [] });
                Ask::new("POST", format!("{path}/ladders/{what}"))
                    .body(body)
                    .version(0)
            }
            ("GET", [_, _, "policies"]) => Ask::new("GET", format!("{path}/policies")),
            ("PUT", [_, _, "policies", _]) => {
                let body = json!({ "patch": { "leader_approval": true } });
                Ask::new("PUT", format!("{path}/policies/2026-12-01"))
                    .body(body)
                    .version(0)
            }
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    fn people(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        if (verb, parts.len()) == ("POST", 1) {
            let new = json!({ "unit_id": unit.id, "name": "Người mới", "role": "contributor" });
            return Ask::new("POST", "/api/v1/people").body(new);
        }
        let person = self.person(&unit);
        let path = format!("/api/v1/people/{}", person["id"]);
        match (verb, parts) {
            ("GET", ["people"]) => {
                let name = person["name"]
                    .as_str()
                    .unwrap()
                    .replace("Người ", "nguoi%20");
                Ask::new("GET", format!("/api/v1/people?q={name}")).shows(&person["id"])
            }
            ("GET", [_, _]) => Ask::new("GET", path),
            ("PATCH", [_, _]) => Ask::new("PATCH", path)
                .body(json!({ "title": "Cán bộ" }))
                .version(1),
            ("POST", [_, _, "leave", "preview"]) => {
                Ask::new("POST", format!("{path}/leave/preview"))
                    .body(json!({ "last_day": "2026-12-31" }))
                    .version(1)
            }
            ("POST", [_, _, "leave"]) => Ask::new("POST", format!("{path}/leave"))
                .body(json!({ "last_day": "2026-12-31" }))
                .version(1),
            ("POST", [_, _, "move"]) => {
                let to = if place == Place::Child {
                    self.own.id
                } else {
                    self.child.id
                };
                let to = json!({ "unit_id": to, "from": "2026-12-01" });
                Ask::new("POST", format!("{path}/move")).body(to).version(1)
            }
            ("GET", [_, _, "roles"]) => Ask::new("GET", format!("{path}/roles")),
            ("GET", [_, _, "record"]) => Ask::new("GET", format!("{path}/record")),
            ("POST", [_, _, "roles"]) => {
                let role = json!({ "role": "editor", "unit_id": unit.id, "reason": "Phân công" });
                Ask::new("POST", format!("{path}/roles")).body(role)
            }
            ("POST", [_, _, "roles", _, "revoke"]) => {
                let role = json!({ "role": "editor", "unit_id": unit.id, "reason": "Phân công" });
                let given = self.make(&format!("{path}/roles"), &role);
                Ask::new("POST", format!("{path}/roles/{}/revoke", given["id"])).reason()
            }
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    fn accounts(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        let person = self.person(&unit)["id"].clone();
        let new = json!({ "person_id": person, "mail": format!("nguoi-{person}@donvi.example") });
        if parts.len() == 1 {
            let ask = Ask::new("POST", "/api/v1/accounts").body(new);
            return if verb == "POST" {
                ask
            } else {
                Ask::new("GET", "/api/v1/accounts")
            };
        }
        match (verb, parts) {
            ("GET", [_, "uninvited"]) => return Ask::new("GET", "/api/v1/accounts/uninvited"),
            ("POST", [_, "invite"]) => {
                return Ask::new("POST", "/api/v1/accounts/invite")
                    .body(json!({ "ids": [person] }));
            }
            _ => {}
        }
        let id = self.make("/api/v1/accounts", &new)["id"].as_i64().unwrap();
        let path = format!("/api/v1/accounts/{id}");
        match (verb, parts) {
            ("GET", [_, _]) => Ask::new("GET", path),
            ("GET", [_, _, "sessions"]) => Ask::new("GET", format!("{path}/sessions")),
            ("DELETE", [_, _, "sessions", _]) => {
                Ask::new("DELETE", format!("{path}/sessions/{}", self.session(id)))
            }
            ("POST", [_, _, "reset-second-factor"]) => {
                let enrolled = |conn: &mut _| {
                    let row = accounts::find(conn, AccountId(id))?.unwrap();
                    accounts::update(
                        conn,
                        &accounts::AccountRow {
                            totp_secret: Some("JBSWY3DP".to_owned()),
                            ..row
                        },
                    )
                };
                self.app.store.write(enrolled).unwrap();
                Ask::new("POST", format!("{path}/reset-second-factor")).reason()
            }
            ("POST", [_, _, "mail"]) => Ask::new("POST", format!("{path}/mail"))
                .body(json!({ "mail": format!("khac-{id}@donvi.example") })),
            ("POST", [_, _, step]) => Ask::new("POST", format!("{path}/{step}")),
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    /// Somebody is signed in to an account.
    fn session(&mut self, account_id: i64) -> i64 {
        let now = At(self.app.now());
        let row = sessions::SessionRow {
            id: SessionId(0),
            account_id: AccountId(account_id),
            stage: Word(SessionStage::Done),
            how: Word(SignInMethod::Password),
            created_at: now,
            seen_at: now,
            expires_at: At(*now + TimeDelta::microseconds(1)),
            address: "192.0.2.1".to_owned(),
            agent: String::new(),
            ended_at: None,
            kept: false,
        };
        let hash = format!("hash-{}", self.next());
        self.app
            .store
            .write(|conn| sessions::insert(conn, row.clone(), &hash))
            .unwrap()
            .id
            .0
    }

    fn plans(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        if (verb, parts.len()) == ("POST", 1) {
            let code = format!("ke-hoach-{}", self.next());
            let new =
                json!({ "unit_id": unit.id, "code": code, "year": 2026, "title": "Kế hoạch" });
            return Ask::new("POST", "/api/v1/plans").body(new);
        }
        let plan = self.plan(&unit);
        let path = format!("/api/v1/plans/{}", plan["id"]);
        let rule = json!({
            "title": "Tin mỗi tháng", "subject": { "type": "units", "categories": ["superior"] },
            "kinds": ["tin"], "period": "month", "minimum": 1,
        });
        let rules = format!("{path}/rules");
        // bound are those below only by what is in force
        if place == Place::Parent && parts.len() > 1 {
            let signed = json!({ "document_number": "1/KH", "document_date": "2026-01-05", "issuer": "Ban Thường vụ" });
            self.admin
                .knowing(1)
                .post(&rules, &json!({ "code": "r", "content": rule }))
                .expect(201);
            self.admin.knowing(2).patch(&path, &signed).expect(200);
            self.admin
                .knowing(3)
                .post(&format!("{path}/approve"), &json!({}))
                .expect(200);
            self.admin
                .knowing(4)
                .post(&format!("{path}/put-in-force"), &json!({}))
                .expect(200);
        }
        match (verb, parts) {
            ("GET", ["plans"]) => Ask::new("GET", "/api/v1/plans").shows(&plan["id"]),
            ("GET", [_, _]) => Ask::new("GET", path),
            ("GET", [_, _, part]) => Ask::new("GET", format!("{path}/{part}")),
            ("PATCH", [_, _]) => Ask::new("PATCH", path)
                .body(json!({ "title": "Khác" }))
                .version(1),
            ("POST", [_, _, "copy"]) => {
                Ask::new("POST", format!("{path}/copy")).body(json!({ "year": 2027 }))
            }
            ("POST", [_, _, "put-in-force"]) => Ask::new("POST", format!("{path}/put-in-force"))
                .body(json!({}))
                .version(1),
            ("POST", [_, _, "rules"]) => Ask::new("POST", rules)
                .body(json!({ "code": "r", "content": rule }))
                .version(1),
            ("POST", [_, _, "preview"]) => Ask::new("POST", format!("{path}/preview"))
                .body(json!({ "type": "rule", "change": { "content": rule } })),
            ("POST", [_, _, step]) => Ask::new("POST", format!("{path}/{step}"))
                .body(json!({}))
                .version(1),
            ("PUT", [_, _, "rules", _]) => Ask::new("PUT", format!("{rules}/1"))
                .body(json!({ "content": rule }))
                .version(999),
            ("DELETE", [_, _, "rules", _]) => Ask::new("DELETE", format!("{rules}/1")).version(999),
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    fn events(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        if (verb, parts.len()) == ("POST", 1) {
            let new = json!({ "unit_id": unit.id, "title": "Họp báo", "starts_at": "2026-11-23T08:00:00+07:00" });
            return Ask::new("POST", "/api/v1/events").body(new);
        }
        if parts == ["events", "preview"] {
            let new = json!({ "unit_id": unit.id, "title": "Họp báo", "starts_at": "2026-11-23T08:00:00+07:00" });
            return Ask::new("POST", "/api/v1/events/preview").body(new);
        }
        let event = self.event(&unit);
        let path = format!("/api/v1/events/{}", event["id"]);
        match (verb, parts) {
            ("GET", ["events"]) => Ask::new(
                "GET",
                format!("/api/v1/events?unit_id={}&limit=500", unit.id),
            )
            .shows(&event["id"]),
            ("GET", [_, _]) => Ask::new("GET", path),
            ("PATCH", [_, _]) => Ask::new("PATCH", path)
                .body(json!({ "place": "Hội trường" }))
                .version(1),
            ("POST", [_, _, "answer"]) => Ask::new("POST", format!("{path}/answer"))
                .body(json!({ "answer": "Theo luật." }))
                .version(1),
            ("POST", [_, _, "cancel"]) => Ask::new("POST", format!("{path}/cancel"))
                .reason()
                .version(1),
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    /// What belongs to a person: no token of the test has one.
    fn own(&mut self, verb: &str, path: &str, place: Place) -> Ask {
        let verb = ["GET", "POST", "PUT", "DELETE"]
            .into_iter()
            .find(|known| *known == verb)
            .unwrap();
        let text = json!({ "title": "Tin một", "kind": "tin" });
        let ask = Ask::new(verb, path.replace("{id}", "1"));
        match (verb, path) {
            ("POST", "/api/v1/drafts") => {
                ask.body(json!({ "unit_id": self.unit(place).id, "text": text }))
            }
            ("POST", "/api/v1/saved-views") => {
                ask.body(json!({ "list": "items", "name": "Chờ duyệt", "query": "tt=submitted" }))
            }
            ("PUT", _) => ask.body(text).version(1),
            _ if path.contains("drafts") && verb != "GET" => ask.version(1),
            _ => ask,
        }
    }

    fn items(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        if (verb, parts.len()) == ("POST", 1) {
            let new = json!({ "unit_id": unit.id, "kind": "tin", "title": "Tin" });
            return Ask::new("POST", "/api/v1/items").body(new);
        }
        let item = self.item(&unit);
        let path = format!("/api/v1/items/{item}");
        let reason = json!({ "reason": "Thiếu ảnh" });
        match (verb, parts) {
            ("GET", ["items"]) => {
                Ask::new("GET", format!("/api/v1/items?unit_id={}&limit=5", unit.id)).shows(&item)
            }
            ("GET", [_, _]) => Ask::new("GET", path),
            ("GET", [_, _, part]) => Ask::new("GET", format!("{path}/{part}")),
            ("PATCH", [_, _]) => Ask::new("PATCH", path)
                .body(json!({ "title": "Khác" }))
                .version(1),
            ("POST", [_, _, step @ ("approve" | "withdraw")]) => {
                let ask = Ask::new("POST", format!("{path}/{step}")).version(1);
                if *step == "withdraw" {
                    ask.body(reason)
                } else {
                    ask
                }
            }
            ("POST", [_, _, "grade"]) => {
                self.step(&item, "approve", 1, &json!({}));
                self.step(&item, "publish", 2, &json!({}));
                Ask::new("POST", format!("{path}/grade"))
                    .body(json!({ "grade": 4 }))
                    .version(3)
            }
            ("POST", [_, _, "resubmit"]) => {
                self.step(&item, "return", 1, &reason);
                Ask::new("POST", format!("{path}/resubmit")).version(2)
            }
            ("POST", [_, _, "take"]) => {
                self.step(&item, "approve", 1, &json!({}));
                Ask::new("POST", format!("{path}/take")).version(2)
            }
            // what the caller has not taken is a conflict once it is allowed
            ("POST", [_, _, "give-back"]) => {
                self.step(&item, "approve", 1, &json!({}));
                Ask::new("POST", format!("{path}/give-back")).version(2)
            }
            ("POST", [_, _, step]) => {
                self.step(&item, "approve", 1, &json!({}));
                let body = match *step {
                    "arrival" => {
                        json!({ "at": "2026-11-20T07:30:00+07:00", "reason": "Theo máy chủ thư" })
                    }
                    "publish" => json!({}),
                    _ => reason,
                };
                Ask::new("POST", format!("{path}/{step}"))
                    .body(body)
                    .version(2)
            }
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    fn obligations(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        let event = self.event(&unit);
        let owed = event["deadlines"][0]["obligation_id"].clone();
        let path = format!("/api/v1/obligations/{owed}");
        let until = json!({ "until": "2026-12-20T16:00:00+07:00", "reason": "Mất điện" });
        match (verb, parts) {
            ("GET", ["obligations"]) => Ask::new(
                "GET",
                format!("/api/v1/obligations?event_id={}", event["id"]),
            )
            .shows(&owed),
            ("POST", ["obligations", _, "remind"]) => Ask::new("POST", format!("{path}/remind")),
            ("POST", ["reminders"]) => {
                Ask::new("POST", "/api/v1/reminders").body(json!({ "ids": [owed] }))
            }
            ("GET", ["standings"]) => {
                let ask = Ask::new("GET", format!("/api/v1/standings?unit_id={}", unit.id));
                Ask {
                    shows: Some(format!("\"unit_id\":{},", unit.id)),
                    ..ask
                }
            }
            ("GET", ["overdue"]) => {
                // late is who owes of what fell due: an event long over
                let title = format!("Hội thao {}", self.next());
                let past = json!({ "unit_id": unit.id, "title": title, "starts_at": "2026-11-16T08:00:00+07:00" });
                self.make("/api/v1/events", &past);
                Ask::new("GET", format!("/api/v1/overdue?unit_id={}", unit.id))
                    .shows(&json!(unit.id))
            }
            ("GET", ["extensions"]) => {
                let id = self.extension(&event);
                Ask::new("GET", "/api/v1/extensions?limit=500").shows(&id)
            }
            // faults come after the right
            ("POST", ["exemptions"]) => Ask::new("POST", "/api/v1/exemptions").body(json!({
                "rule_id": 1, "unit_id": unit.id, "periods": ["2026-M12"], "reason": " ",
            })),
            ("POST", ["extensions", _, "decide"]) => {
                let id = self.extension(&event);
                Ask::new("POST", format!("/api/v1/extensions/{id}/decide"))
                    .body(json!({ "decision": "grant" }))
                    .version(self.version(&path))
            }
            ("GET", [_, _]) => Ask::new("GET", path),
            ("POST", [_, _, "exempt"]) => Ask::new("POST", format!("{path}/exempt"))
                .reason()
                .version(self.version(&path)),
            ("POST", [_, _, "revoke-exemption"]) => {
                self.admin
                    .knowing(self.version(&path))
                    .post(&format!("{path}/exempt"), &json!({ "reason": "Bão" }))
                    .expect(200);
                Ask::new("POST", format!("{path}/revoke-exemption"))
                    .reason()
                    .version(self.version(&path))
            }
            ("POST", [_, _, step @ ("extend" | "extensions")]) => {
                Ask::new("POST", format!("{path}/{step}"))
                    .body(until)
                    .version(self.version(&path))
            }
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    fn operation(&mut self, verb: &str, parts: &[&str], place: Place) -> Ask {
        let unit = self.unit(place);
        match (verb, parts) {
            ("GET", ["mails"]) => Ask::new("GET", "/api/v1/mails"),
            ("GET", ["mails", "stats"]) => Ask::new("GET", "/api/v1/mails/stats"),
            ("GET", ["mails", _]) => Ask::new("GET", format!("/api/v1/mails/{}", self.mail(&unit))),
            ("POST", ["mails", ..]) => Ask::new(
                "POST",
                format!("/api/v1/mails/{}/requeue", self.mail(&unit)),
            ),
            ("GET", ["tokens"]) => Ask::new("GET", "/api/v1/tokens"),
            ("POST", ["tokens"]) => {
                let new = json!({ "name": "Máy", "role": "viewer", "unit_id": unit.id });
                Ask::new("POST", "/api/v1/tokens").body(new)
            }
            ("POST", ["tokens", ..]) => {
                let token = self.make(
                    "/api/v1/tokens",
                    &json!({ "name": "x", "role": "viewer", "unit_id": unit.id }),
                );
                Ask::new("POST", format!("/api/v1/tokens/{}/revoke", token["id"]))
            }
            _ => panic!("{verb} {parts:?} has no request"),
        }
    }

    fn scores(&mut self, verb: &str, parts: &[&str], place: Place) -> Option<Ask> {
        if let ["score-sheets", ..] | ["scores", _, _, ..] = parts {
            return self.scored_unit(verb, parts, place);
        }
        if place == Place::Child {
            // schemes and rounds are federations'
            return None;
        }
        let unit = self.unit(place).id;
        let slot = format!("/api/v1/score-schemes/{unit}/2026/superior");
        let round = format!("/api/v1/score-rounds/{}", self.sheets[&unit]);
        let decision = json!({ "decision_number": "5/QĐ-LĐLĐ", "decision_date": "2026-12-31" });
        Some(match (verb, parts) {
            ("GET", ["score-schemes"]) => {
                Ask::new("GET", format!("/api/v1/score-schemes?unit_id={unit}"))
            }
            ("GET", ["score-schemes", .., part @ ("board" | "overview")]) => {
                Ask::new("GET", format!("{slot}/{part}"))
            }
            ("GET", ["score-schemes", ..]) => Ask::new("GET", slot),
            ("PUT", ["score-schemes", ..]) => {
                let scheme = json!({ "preset": "simple", "document_number": "12/HD-LĐLĐ" });
                Ask::new("PUT", slot).body(scheme).version(999)
            }
            ("POST", ["score-schemes", .., "trial"]) => {
                Ask::new("POST", format!("{slot}/trial")).body(json!({ "preset": "national" }))
            }
            ("POST", ["score-schemes", .., "release"]) => {
                Ask::new("POST", format!("{slot}/release")).body(json!({ "half": 2 }))
            }
            ("GET", ["scores", _]) => Ask::new(
                "GET",
                format!("/api/v1/scores/2026?unit_id={unit}&category=superior"),
            ),
            ("GET", ["score-rounds"]) => Ask::new(
                "GET",
                format!("/api/v1/score-rounds?unit_id={unit}&year=2026"),
            ),
            ("POST", ["score-rounds"]) => {
                let new = json!({ "unit_id": unit, "year": 2026, "category": "superior" });
                Ask::new("POST", "/api/v1/score-rounds").body(new)
            }
            ("GET", [_, _]) => Ask::new("GET", round),
            ("GET", [_, _, "unchanged"]) => Ask::new("GET", format!("{round}/unchanged")),
            ("POST", [_, _, "review-unchanged"]) => {
                Ask::new("POST", format!("{round}/review-unchanged"))
                    .body(json!({ "ids": [] }))
                    .version(999)
            }
            ("GET", [_, _, "sheets"]) => Ask::new("GET", format!("{round}/sheets")),
            ("POST", [_, _, "publish"]) => Ask::new("POST", format!("{round}/publish"))
                .body(decision)
                .version(999),
            ("POST", [_, _, "reopen"]) => Ask::new("POST", format!("{round}/reopen"))
                .reason()
                .version(999),
            ("POST", [_, _, step]) => Ask::new("POST", format!("{round}/{step}"))
                .body(json!({}))
                .version(999),
            _ => panic!("{verb} {parts:?} has no request"),
        })
    }

    fn scored_unit(&mut self, verb: &str, parts: &[&str], place: Place) -> Option<Ask> {
        let unit = self.scored(place)?;
        if parts[0] == "scores" {
            let path = format!("/api/v1/scores/2026/{}", unit.id);
            return Some(match (verb, parts) {
                ("POST", _) => Ask::new("POST", format!("{path}/mail")),
                (_, [_, _, _, part @ ("forecast" | "year")]) => {
                    Ask::new("GET", format!("{path}/{part}"))
                }
                _ => Ask::new("GET", path),
            });
        }
        let path = format!("/api/v1/score-sheets/{}", self.sheet(&unit));
        Some(match (verb, parts) {
            ("GET", _) => Ask::new("GET", path),
            ("POST", [_, _, step]) => Ask::new("POST", format!("{path}/{step}"))
                .body(json!({ "marks": [], "reason": "Đúng" }))
                .version(999),
            _ => panic!("{verb} {parts:?} has no request"),
        })
    }

    /// The computed sheet of a unit.
    pub fn sheet(&self, unit: &UnitRow) -> Value {
        let round = format!("/api/v1/score-rounds/{}", self.sheets[&unit.federation_id]);
        let sheets = format!("{round}/sheets");
        if self.admin.get(&sheets).items().is_empty() {
            let version = self.admin.get(&round).expect(200)["version"]
                .as_i64()
                .unwrap();
            self.admin
                .knowing(version)
                .post(&format!("{round}/compute"), &json!({}))
                .expect(200);
        }
        self.admin.get(&sheets).items()[0]["id"].clone()
    }
}
