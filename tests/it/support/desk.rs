//! A province to hand items in: units, the roles that act on them, plans in force, and what is owed
//! told in few words.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use tinbai::domain::access::{Actor, Role, Scope};
use tinbai::domain::event::NewEvent;
use tinbai::domain::ids::{ObligationId, PersonId};
use tinbai::domain::item::NewItem;
use tinbai::domain::person::NewPerson;
use tinbai::domain::plan::NewPlan;
use tinbai::domain::unit::Category;
use tinbai::service::notices::sweep;
use tinbai::service::obligations::open;
use tinbai::service::rules::calendars::{self, CopyCalendar};
use tinbai::service::rules::plans;
use tinbai::service::rules::plans::NewRule;
use tinbai::service::rules::policies;
use tinbai::service::rules::policies::SetPolicy;
use tinbai::service::submissions::events;
use tinbai::service::submissions::events::Event;
use tinbai::service::submissions::items;
use tinbai::service::submissions::items::{ItemDetail, WithReason};
use tinbai::service::units::people;
use tinbai::service::{App, Error};
use tinbai::store::obligations::{self as owed, ObligationRow};
use tinbai::store::reminders;
use tinbai::store::units::UnitRow;
use tinbai::store::views::obligations::{self as view, ObligationFilter};

use super::TestDb;
use super::tree::{actor, found, house};

/// A federation on Bến Tre's calendar with an office, a superior union and a grassroots union below
/// that.
pub struct Desk<'d> {
    pub db: &'d TestDb,
    pub house: App,
    pub root: UnitRow,
    pub office: UnitRow,
    pub superior: UnitRow,
    pub grassroots: UnitRow,
    pub department: Actor,
    pub editor: Actor,
    /// Of the superior union.
    pub leader: Actor,
    /// Of the superior union.
    pub contributor: Actor,
}

impl<'d> Desk<'d> {
    pub fn new(db: &'d TestDb) -> Self {
        Self::with_codes(db, ["tinh", "ban", "huyen", "co-so"])
    }

    /// Another federation, whose codes end with `suffix`.
    pub fn coded(db: &'d TestDb, suffix: &str) -> Self {
        let codes = ["tinh", "ban", "huyen", "co-so"].map(|code| format!("{code}-{suffix}"));
        Self::with_codes(db, codes.each_ref().map(String::as_str))
    }

    /// The federation on a copy of Bến Tre's calendar, `lich-tinh`, that is its own to change.
    pub fn on_own_calendar(db: &'d TestDb) -> Self {
        let desk = Self::without_policy(db, ["tinh", "ban", "huyen", "co-so"]);
        let copy = CopyCalendar {
            code: "lich-tinh".to_owned(),
            name: None,
            unit_id: None,
        };
        desk.house
            .write(&Actor::cli(), db.now(), |tx| {
                calendars::copy(tx, "ben-tre", &copy)
            })
            .unwrap();
        desk.policy("2026-01-01", &json!({"calendar": "lich-tinh"}));
        desk
    }

    fn with_codes(db: &'d TestDb, codes: [&str; 4]) -> Self {
        let desk = Self::without_policy(db, codes);
        desk.policy("2026-01-01", &json!({"calendar": "ben-tre"}));
        desk
    }

    fn without_policy(db: &'d TestDb, [root, office, superior, grassroots]: [&str; 4]) -> Self {
        let root = found(db, root, Category::Federation, None);
        let office = found(db, office, Category::Office, Some(&root));
        let superior = found(db, superior, Category::Superior, Some(&root));
        let grassroots = found(db, grassroots, Category::Grassroots, Some(&superior));
        Self {
            db,
            house: house(db),
            department: actor(Role::Department, &root),
            editor: actor(Role::Editor, &root),
            leader: actor(Role::Leader, &superior),
            contributor: actor(Role::Contributor, &superior),
            root,
            office,
            superior,
            grassroots,
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.db.now()
    }

    /// Sets a policy of the federation.
    pub fn policy(&self, from: &str, patch: &Value) {
        let patch = serde_json::from_value(patch.clone()).unwrap();
        let input = SetPolicy {
            valid_from: date(from),
            patch,
            legal_basis: None,
        };
        self.house
            .write(&Actor::cli(), self.now(), |tx| {
                policies::set(tx, self.root.id, &input, 0)
            })
            .unwrap();
    }

    /// Brings a plan of 2026 with these rules into force, to count from the first day of the year, and
    /// opens what they ask for now.
    pub fn plan(&self, rules: &[Value]) {
        self.plan_from(Some("2026-01-01"), rules);
    }

    /// [`Self::plan`], to count from a date.
    pub fn plan_from(&self, from: Option<&str>, rules: &[Value]) {
        self.plan_of(2026, from, rules);
    }

    /// [`Self::plan_from`] of another year.
    pub fn plan_of(&self, year: i32, from: Option<&str>, rules: &[Value]) {
        let cli = Actor::cli();
        let new = NewPlan {
            unit_id: self.root.id,
            code: "chi-tieu".to_owned(),
            year,
            title: "Chỉ tiêu".to_owned(),
            document_number: Some("01/KH-LĐLĐ".to_owned()),
            document_date: Some(date("2026-01-10")),
            issuer: Some("LĐLĐ tỉnh".to_owned()),
        };
        let mut plan = self
            .house
            .write(&cli, self.now(), |tx| plans::draft(tx, &new))
            .unwrap();
        let id = plan.head.id;
        for (index, content) in rules.iter().enumerate() {
            let content = serde_json::from_value(content.clone()).unwrap();
            let rule = NewRule {
                code: format!("r-{index}"),
                content,
                effective_from: None,
            };
            plan = self
                .house
                .write(&cli, self.now(), |tx| {
                    plans::add_rule(tx, id, &rule, plan.head.version)
                })
                .unwrap();
        }
        let head = self
            .house
            .write(&cli, self.now(), |tx| {
                plans::approve(tx, id, plan.head.version)
            })
            .unwrap()
            .head;
        self.house
            .write(&cli, self.now(), |tx| {
                plans::put_in_force(tx, id, from.map(date), head.version)
            })
            .unwrap();
        open::run(&self.house, self.now()).unwrap();
    }

    /// Enters somebody with a mail address.
    pub fn person(&self, unit: &UnitRow, role: Role, name: &str) -> PersonId {
        let new: NewPerson = serde_json::from_value(json!({
            "unit_id": unit.id, "name": name, "role": role.as_str(), "position": "head",
            "mail": format!("{}-{}@thu.example", unit.code, role.as_str()),
        }))
        .unwrap();
        self.house
            .write(&Actor::cli(), self.now(), |tx| people::create(tx, &new))
            .unwrap()
            .person
            .id
    }

    /// Registers an event of the superior union as the department; `with` is what the test says of
    /// it.
    pub fn event(&self, with: Value) -> Event {
        self.try_event(&self.department, with).unwrap()
    }

    pub fn try_event(&self, actor: &Actor, with: Value) -> Result<Event, Error> {
        let new: NewEvent = from(
            json!({"unit_id": self.superior.id, "title": "Hội nghị"}),
            with,
        );
        self.house
            .write(actor, self.now(), |tx| events::register(tx, &new))
    }

    /// Hands in a `tin` of the superior union as its leader; `with` is what the test says of it.
    pub fn hand_in(&self, with: Value) -> ItemDetail {
        self.try_hand_in(&self.leader, with).unwrap()
    }

    pub fn try_hand_in(&self, actor: &Actor, with: Value) -> Result<ItemDetail, Error> {
        let new: NewItem = from(
            json!({"unit_id": self.superior.id, "kind": "tin", "title": "Tin số một"}),
            with,
        );
        self.house
            .write(actor, self.now(), |tx| items::submit(tx, &new))
    }

    pub fn publish(&self, item: &ItemDetail) -> ItemDetail {
        let publish = items::PublishItem::default();
        self.house
            .write(&self.editor, self.now(), |tx| {
                items::publish(tx, item.item.id, &publish, item.item.version)
            })
            .unwrap()
    }

    /// Hands in and publishes.
    pub fn published(&self, with: Value) -> ItemDetail {
        self.publish(&self.hand_in(with))
    }

    pub fn sweep(&self) -> sweep::Report {
        sweep::run(&self.house, self.now(), self.now()).unwrap()
    }

    /// `kind period state done/required` of everything that a subject (`u` or `p` and the id) owes,
    /// by due instant.
    pub fn owes(&self, subject: &str) -> Vec<String> {
        let rows = self
            .rows()
            .into_iter()
            .filter(|row| row.subject.to_string() == subject);
        rows.map(|row| {
            let what = row.event_id.map_or(row.period_key.as_str(), |_| "-");
            format!(
                "{} {what} {} {}/{}",
                row.kind, row.state, row.done, row.required
            )
        })
        .collect()
    }

    /// [`Self::owes`] of a unit.
    pub fn unit_owes(&self, unit: &UnitRow) -> Vec<String> {
        self.owes(&format!("u{}", unit.id))
    }

    /// All obligations, by due instant.
    pub fn rows(&self) -> Vec<ObligationRow> {
        let all = ObligationFilter::default();
        self.db
            .store
            .read(|conn| view::page(conn, &Scope::All, &all, 1_000))
            .unwrap()
    }

    pub fn row(&self, id: ObligationId) -> ObligationRow {
        self.db
            .store
            .read(|conn| owed::find(conn, id))
            .unwrap()
            .unwrap()
    }

    /// `step outcome` of every line of the reminder ledger about an obligation, in order of name.
    pub fn ledger(&self, obligation: ObligationId) -> Vec<String> {
        let lines = self
            .db
            .store
            .read(|conn| reminders::of_obligation(conn, obligation))
            .unwrap();
        let mut told: Vec<String> = lines
            .into_iter()
            .map(|line| {
                format!(
                    "{} {}",
                    line.step,
                    if line.mail_key.is_some() {
                        "mailed"
                    } else {
                        "-"
                    }
                )
            })
            .collect();
        told.sort();
        told
    }
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn because(reason: &str) -> WithReason {
    WithReason {
        reason: reason.to_owned(),
    }
}

/// `monthly tin`-like rules of a quota: who, what, how often, how many.
pub fn quota(subject: Value, kinds: &[&str], period: &str, minimum: u32) -> Value {
    json!({"title": "Chỉ tiêu", "subject": subject, "kinds": kinds, "period": period, "minimum": minimum})
}

pub fn superiors() -> Value {
    json!({"type": "units", "categories": ["superior"]})
}

fn from<T: serde::de::DeserializeOwned>(mut base: Value, with: Value) -> T {
    for (name, value) in with.as_object().unwrap() {
        base[name] = value.clone();
    }
    serde_json::from_value(base).unwrap()
}
