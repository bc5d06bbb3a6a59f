//! A small federation under a preset, its scheduler on the test's clock, and what the scheduler
//! leaves behind.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::prelude::*;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::event::EventState;
use tinbai::domain::ids::{EventId, ItemId, ObligationId, PersonId};
use tinbai::domain::item::{Channel, ItemState};
use tinbai::domain::mail::Outgoing;
use tinbai::domain::person::{NewPerson, Position};
use tinbai::domain::schedule::RunState;
use tinbai::domain::text::{fold, local_time};
use tinbai::domain::unit::{Category, NewUnit};
use tinbai::service::obligations::changes::item_changed;
use tinbai::service::obligations::events::event_changed;
use tinbai::service::rules::presets;
use tinbai::service::rules::presets::ApplyPreset;
use tinbai::service::units::people;
use tinbai::service::{App, Error, Tx, units};
use tinbai::store::StoreError;
use tinbai::store::events::{self, EventRow};
use tinbai::store::items::{self, ItemRow};
use tinbai::store::obligations::ObligationRow;
use tinbai::store::outbox::{self, MailFilter};
use tinbai::store::people::PersonRow;
use tinbai::store::reminders::ReminderRow;
use tinbai::store::schema::{credit, obligation};
use tinbai::store::types::{At, Word};
use tinbai::store::units::UnitRow;
use tinbai::worker::runner::{RunReport, Runner};

use super::tree::{house, new_unit};
use super::{TestDb, at};

/// A federation with its department and an editor, a superior unit with head and deputy, and below
/// it a grassroots union that has nothing but a mail address.
pub struct World<'t> {
    pub db: &'t TestDb,
    pub house: App,
    pub runner: Runner,
    pub federation: UnitRow,
    pub superior: UnitRow,
    pub grassroots: UnitRow,
}

impl<'t> World<'t> {
    /// Founded at an instant, under a preset whose plans count from a date.
    pub fn founded(db: &'t TestDb, now: &str, preset: &str, from: &str) -> Self {
        db.set_clock(now);
        let house = house(db);
        let unit =
            |code: &str, name: &str, category, parent: Option<&UnitRow>, mail: Option<&str>| {
                let new = NewUnit {
                    name: name.to_owned(),
                    mail: mail.map(str::to_owned),
                    ..new_unit(code, category, parent.map(|unit| unit.id))
                };
                house
                    .write(&Actor::cli(), db.now(), |tx| units::create(tx, &new))
                    .unwrap()
                    .unit
            };
        let federation = unit("tinh", "LĐLĐ tỉnh", Category::Federation, None, None);
        let superior = unit(
            "huyen",
            "LĐLĐ huyện A",
            Category::Superior,
            Some(&federation),
            Some("huyen@a.example"),
        );
        let mail = Some("co-so@a.example");
        let grassroots = unit(
            "co-so",
            "CĐCS Công ty B",
            Category::Grassroots,
            Some(&superior),
            mail,
        );
        let runner = Runner::new(house.clone(), db.clock.clone());
        runner.ensure(db.now()).unwrap();
        let world = Self {
            db,
            house,
            runner,
            federation,
            superior,
            grassroots,
        };
        world.enter(
            &world.federation,
            "Cán bộ Ban",
            "ban@tinh.example",
            Role::Department,
            Position::Staff,
        );
        world.enter(
            &world.federation,
            "Biên tập viên",
            "bien-tap@tinh.example",
            Role::Editor,
            Position::Staff,
        );
        world.enter(
            &world.superior,
            "Trưởng A",
            "truong@a.example",
            Role::Leader,
            Position::Head,
        );
        world.enter(
            &world.superior,
            "Phó A",
            "pho@a.example",
            Role::Leader,
            Position::Deputy,
        );
        let year = from[..4].parse().unwrap();
        let from = Some(day(from));
        let apply = ApplyPreset {
            preset: preset.to_owned(),
            unit: "tinh".to_owned(),
            year,
            from,
        };
        world
            .house
            .write(&Actor::cli(), db.now(), |tx| presets::apply(tx, &apply))
            .unwrap();
        world.run();
        world
    }

    pub fn enter(
        &self,
        unit: &UnitRow,
        name: &str,
        mail: &str,
        role: Role,
        position: Position,
    ) -> PersonRow {
        let new = NewPerson {
            unit_id: unit.id,
            name: name.to_owned(),
            title: None,
            mail: Some(mail.to_owned()),
            role,
            position,
            fields: Vec::new(),
            active_from: None,
            active_to: None,
        };
        self.house
            .write(&Actor::cli(), self.db.now(), |tx| people::create(tx, &new))
            .unwrap()
            .person
    }

    /// Runs what is due now; every job must succeed.
    pub fn run(&self) -> Vec<RunReport> {
        let reports = self.runner.run_due(self.db.now()).unwrap();
        let failed: Vec<_> = reports
            .iter()
            .filter(|run| run.state == RunState::Failed)
            .collect();
        assert!(failed.is_empty(), "{failed:?}");
        reports
    }

    /// Runs what is due at an instant given as local time.
    pub fn run_at(&self, local: &str) -> Vec<RunReport> {
        self.db.clock.set(local_at(local));
        self.run()
    }

    /// An item of a unit as it stands once it has arrived and, if `published_at` is given, was
    /// published.
    pub fn hand_in(
        &self,
        unit: &UnitRow,
        kind: &str,
        arrived: &str,
        published: Option<&str>,
    ) -> ItemRow {
        self.item(unit, kind, arrived, published, None, &[])
    }

    pub fn item(
        &self,
        unit: &UnitRow,
        kind: &str,
        arrived: &str,
        published: Option<&str>,
        event: Option<&EventRow>,
        authors: &[PersonId],
    ) -> ItemRow {
        let arrived = At(local_at(arrived));
        let published = published.map(|at| At(local_at(at)));
        let now = At(self.db.now());
        let row = ItemRow {
            id: ItemId(0),
            unit_id: unit.id,
            credited_unit_id: unit.id,
            kind: kind.to_owned(),
            title: format!("Bài của {}", unit.name),
            title_folded: fold(&unit.name),
            field: None,
            url: None,
            body: None,
            channel: Word(Channel::Web),
            event_id: event.map(|event| event.id),
            happened_on: None,
            state: Word(if published.is_some() {
                ItemState::Published
            } else {
                ItemState::Approved
            }),
            submitted_at: arrived,
            approved_at: Some(arrived),
            approved_by: None,
            arrived_at: Some(arrived),
            published_at: published,
            decided_at: published,
            return_lapses_at: None,
            grade: None,
            reviewer_id: None,
            reviewer: None,
            in_review_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        self.as_system(|tx| {
            let row = items::insert(tx.conn, row.clone(), authors)?;
            item_changed(tx, None, &row, authors)?;
            Ok(row)
        })
    }

    fn as_system<T>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, Error>) -> T {
        let written = self.house.write(&Actor::system(), self.db.now(), work);
        written.unwrap()
    }

    /// Changes an item as a use case does.
    pub fn change_item(&self, before: &ItemRow, change: impl Fn(&mut ItemRow)) -> ItemRow {
        let mut after = before.clone();
        after.updated_at = At(self.db.now());
        change(&mut after);
        self.as_system(|tx| {
            let saved = items::update(tx.conn, after.clone())?.unwrap();
            let authors = items::authors(tx.conn, saved.id)?;
            item_changed(tx, Some(before), &saved, &authors)?;
            Ok(saved)
        })
    }

    /// Publishes an item now.
    pub fn publish(&self, item: &ItemRow) {
        let at = Some(At(self.db.now()).max(item.arrived_at.unwrap()));
        self.change_item(item, |item| {
            item.state = Word(ItemState::Published);
            item.published_at = at;
        });
    }

    /// An event of a unit that ends at an instant, an hour after it began.
    pub fn event(&self, unit: &UnitRow, title: &str, ends: &str, topical: bool) -> EventRow {
        let (ends_at, now) = (local_at(ends), At(self.db.now()));
        let row = EventRow {
            id: EventId(0),
            unit_id: unit.id,
            title: title.to_owned(),
            title_folded: fold(title),
            place: None,
            ordinary: !topical,
            topical,
            question: false,
            date_only: false,
            starts_at: At(ends_at - TimeDelta::hours(1)),
            ends_at: At(ends_at),
            answered_at: None,
            answer: None,
            state: Word(EventState::Registered),
            from_item: false,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        self.as_system(|tx| {
            let row = events::insert(tx.conn, row.clone())?;
            event_changed(tx, &row)?;
            Ok(row)
        })
    }

    /// All obligations of a unit and its people, by kind of period and key.
    pub fn owed(&self, unit: &UnitRow) -> Vec<ObligationRow> {
        let rows = self.house.store.read(|conn| {
            ObligationRow::query()
                .filter(obligation::unit_id.eq(unit.id))
                .order((obligation::rule_id, obligation::window_from, obligation::id))
                .load(conn)
                .map_err(StoreError::from)
        });
        rows.unwrap()
    }

    /// The obligation of a unit for a period or event, of the first rule that has one.
    pub fn obligation(&self, unit: &UnitRow, period_key: &str) -> ObligationRow {
        let found = self
            .owed(unit)
            .into_iter()
            .find(|row| row.period_key == period_key);
        found.unwrap_or_else(|| panic!("{} owes nothing for {period_key}", unit.code))
    }

    /// `period: done/required state` of everything that a unit itself owes.
    pub fn counts(&self, unit: &UnitRow) -> Vec<String> {
        let rows = self.owed(unit).into_iter();
        rows.map(|row| {
            format!(
                "{}: {}/{} {}",
                row.period_key, row.done, row.required, row.state
            )
        })
        .collect()
    }

    /// Every mail, oldest first.
    pub fn mails(&self) -> Vec<Outgoing> {
        self.db.mark_mails_read();
        let read = self.house.store.read(|conn| {
            let mut all = Vec::new();
            for queued in outbox::list(conn, &MailFilter::default(), None, 10_000)? {
                all.push(outbox::find(conn, queued.id)?.unwrap().mail.unwrap());
            }
            Ok::<_, StoreError>(all)
        });
        let mut mails = read.unwrap();
        mails.sort_by(|a, b| (a.created_at, &a.to_mail).cmp(&(b.created_at, &b.to_mail)));
        mails
    }

    /// `when to subject` of every mail, oldest first.
    pub fn post(&self) -> Vec<String> {
        let line = |mail: &Outgoing| {
            let subject = headline(&mail.subject);
            format!(
                "{} {}: {subject}",
                local_time(mail.created_at),
                mail.to_mail
            )
        };
        self.mails().iter().map(line).collect()
    }

    /// The mails since the last call.
    pub fn new_post(&self, known: &mut usize) -> Vec<String> {
        let all = self.post();
        let new = all[*known..].to_vec();
        *known = all.len();
        new
    }

    /// Everything that checks write, by names and not by the numbers of rows.
    pub fn everything(&self) -> Vec<String> {
        let mut all = Vec::new();
        let mut names = HashMap::new();
        let read = self.house.store.read(|conn| {
            for row in ObligationRow::query().load(conn)? {
                let name = format!("{} {} {}", row.rule_id, row.subject, row.period_key);
                all.push(format!(
                    "{name} {:?}",
                    ObligationRow {
                        id: ObligationId(0),
                        ..row.clone()
                    }
                ));
                names.insert(row.id, name);
            }
            let credits: Vec<(ObligationId, ItemId, String, i64)> = credit::table.load(conn)?;
            all.extend(
                credits
                    .into_iter()
                    .map(|row| format!("{} {:?}", names[&row.0], (row.1, row.2, row.3))),
            );
            for line in ReminderRow::query().load(conn)? {
                all.push(format!(
                    "{} {:?}",
                    names[&line.obligation_id],
                    ReminderRow {
                        obligation_id: ObligationId(0),
                        ..line.clone()
                    }
                ));
            }
            Ok::<_, StoreError>(())
        });
        read.unwrap();
        all.extend(
            self.mails()
                .into_iter()
                .map(|mail| format!("{} {} {}", mail.key, mail.to_mail, mail.subject)),
        );
        all.sort();
        all
    }
}

/// What a subject says before it names what is most pressing.
pub fn headline(subject: &str) -> &str {
    let bare = subject.trim_start_matches("[Tin bài] ");
    bare.split_once(" - ")
        .map_or(bare, |(headline, _)| headline)
}

/// A local instant: `2026-11-20 15:00` or with seconds.
pub fn local_at(local: &str) -> DateTime<Utc> {
    let seconds = if local.len() == 16 { ":00" } else { "" };
    at(&format!("{}{seconds}+07:00", local.replace(' ', "T")))
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
