//! Plays a demonstration's year: founds the tree, then carries the story out through the use cases
//! of the app, the scheduler running along on the clock of the story. So the past of a
//! demonstration has its reminders and job runs like any other past; its mails count as sent.

use std::collections::HashMap;

use chrono::{DateTime, Datelike as _, Months, NaiveDate, TimeDelta, Timelike as _, Utc};

use crate::demo::story;
use crate::demo::story::{Act, By, Cast, Deed, Nature, Player, tell};
use crate::domain::access::{Actor, Grant, Role};
use crate::domain::event::{EventType, NewEvent};
use crate::domain::field::Field;
use crate::domain::item::{Channel, NewItem};
use crate::domain::person::{NewPerson, Position};
use crate::domain::score::ScoreGroup;
use crate::domain::text::{local_date, local_midnight};
use crate::domain::unit::{Category, NewUnit};
use crate::service::rules::presets;
use crate::service::rules::presets::ApplyPreset;
use crate::service::scores;
use crate::service::scores::PutScheme;
use crate::service::submissions::events;
use crate::service::submissions::events::AnswerQuestion;
use crate::service::submissions::items;
use crate::service::submissions::items::{ItemDetail, PublishItem, WithReason};
use crate::service::units::import;
use crate::service::units::people;
use crate::service::{App, Error, Tx, units};
use crate::store::units::UnitRow;
use crate::store::{StoreError, obligations, outbox, reminders, schedule, units as unit_rows};

/// Which demonstration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// Bến Tre's tree and deadlines; its superior and grassroots units owe Thanh Hóa's quotas.
    BenTre,
    /// Thanh Hóa's tree and plan.
    ThanhHoa,
}

impl Tree {
    const fn file(self) -> &'static [u8] {
        match self {
            Self::BenTre => include_bytes!("../../config/presets/units-ben-tre.csv"),
            Self::ThanhHoa => include_bytes!("../../config/presets/units-thanh-hoa.csv"),
        }
    }

    const fn federation(self) -> &'static str {
        match self {
            Self::BenTre => "ben-tre",
            Self::ThanhHoa => "thanh-hoa",
        }
    }

    const fn preset(self) -> &'static str {
        match self {
            Self::BenTre => "demo",
            Self::ThanhHoa => "thanh-hoa",
        }
    }
}

/// What becomes of the tree before the demonstration begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scene {
    /// The tree.
    pub tree: Tree,
    /// The same seed plays the same year.
    pub seed: u64,
    /// First local date of the past.
    pub from: NaiveDate,
    /// The instant up to which it is played.
    pub until: DateTime<Utc>,
}

impl Scene {
    /// The year up to `until`: from 1 January, or from that of the year before if the year is still
    /// young.
    #[must_use]
    pub fn year_up_to(tree: Tree, seed: u64, until: DateTime<Utc>) -> Self {
        let today = local_date(until);
        let year = if today.month() < 4 {
            today.year() - 1
        } else {
            today.year()
        };
        Self {
            tree,
            seed,
            from: NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(today),
            until,
        }
    }
}

/// Founds only the federation of a tree: a demonstration without units and without past.
///
/// # Errors
/// Those of the database.
pub fn federation_only(app: &App, tree: Tree, now: DateTime<Utc>) -> Result<UnitRow, Error> {
    let file = std::str::from_utf8(tree.file()).unwrap_or_default();
    let head: String = file.lines().take(2).flat_map(|line| [line, "\n"]).collect();
    app.write(&Actor::cli(), now, |tx| import::units(tx, head.as_bytes()))?;
    federation(app, tree)
}

fn federation(app: &App, tree: Tree) -> Result<UnitRow, Error> {
    let found = app
        .store
        .read(|conn| unit_rows::find_by_code(conn, tree.federation()))?;
    found.ok_or(Error::not_found("unit"))
}

/// Founds the tree and plays the scene; `tick` runs what the scheduler has due at an instant.
/// Answers the federation.
///
/// # Errors
/// Those of the use cases: a story that a use case refuses is a fault of the story.
pub fn play(
    app: &App,
    scene: &Scene,
    mut tick: impl FnMut(DateTime<Utc>) -> Result<(), Error>,
) -> Result<UnitRow, Error> {
    let begin = local_midnight(scene.from);
    let mut stage = Stage::set(app, scene, begin)?;
    let calendar_code = app.store.read(|conn| {
        let mut lookups = crate::service::core::lookups::Lookups::new(app);
        Ok::<_, Error>(
            lookups
                .policy(conn, stage.federation.id, scene.from)?
                .calendar
                .clone(),
        )
    })?;
    let calendar = app
        .store
        .read(|conn| Ok::<_, Error>(app.calendars.get(conn, &calendar_code)?.0))?;
    let deeds = tell(
        &stage.cast,
        &calendar,
        scene.seed,
        scene.from,
        local_date(scene.until),
    );
    let mut clock = begin;
    for deed in deeds.into_iter().filter(|deed| deed.at < scene.until) {
        clock = run_up_to(app, clock, deed.at, &mut tick)?;
        stage.year_begins(app, deed.at)?;
        stage.carry_out(app, deed)?;
    }
    stage.year_begins(app, scene.until)?;
    run_up_to(app, clock, scene.until, &mut tick)?;
    tick(scene.until)?;
    send_all(app, scene.until)?;
    Ok(stage.federation)
}

/// Runs the scheduler at every instant up to `until` at which it has something to do; the last of
/// them.
fn run_up_to(
    app: &App,
    mut clock: DateTime<Utc>,
    until: DateTime<Utc>,
    tick: &mut impl FnMut(DateTime<Utc>) -> Result<(), Error>,
) -> Result<DateTime<Utc>, Error> {
    while let Some(next) = next_due(app)? {
        // the sweep looks once a minute; what it left for later must not hold the story up
        let next = full_minute(next.max(clock + TimeDelta::seconds(1)));
        if next > until {
            break;
        }
        tick(next)?;
        send_all(app, next)?;
        clock = next;
    }
    Ok(clock)
}

/// The next instant at which the scheduler finds something: a step of an obligation, a reminder
/// that may leave, a job that does not come each minute.
fn next_due(app: &App) -> Result<Option<DateTime<Utc>>, Error> {
    app.store.read(|conn| {
        let jobs = schedule::all(conn)?
            .into_iter()
            .filter(|row| row.name != crate::service::schedule::SWEEP.name);
        let mut next: Vec<DateTime<Utc>> = Vec::new();
        for row in jobs {
            next.extend(row.next_at.map(|at| at.0));
        }
        next.extend(obligations::next_step(conn)?);
        next.extend(reminders::next_leave(conn)?);
        Ok(next.into_iter().min())
    })
}

fn full_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    let whole = at
        .with_second(0)
        .and_then(|at| at.with_nanosecond(0))
        .unwrap_or(at);
    if whole < at {
        whole + TimeDelta::minutes(1)
    } else {
        whole
    }
}

/// The past is over: its mails are not sent now.
fn send_all(app: &App, now: DateTime<Utc>) -> Result<(), Error> {
    if app.store.read(outbox::next_due)?.is_some() {
        app.store.write(|conn| outbox::mark_all_sent(conn, now))?;
    }
    Ok(())
}

/// A unit's people.
struct Crew {
    unit_id: i64,
    head: Actor,
    staff: Actor,
}

/// The tree, its people, and what the story's numbers stand for.
struct Stage {
    tree: Tree,
    federation: UnitRow,
    cast: Cast,
    crews: Vec<Option<Crew>>,
    editors: Vec<Actor>,
    department: Actor,
    events: HashMap<usize, i64>,
    items: HashMap<usize, i64>,
    /// The year whose plans are in force.
    year: i32,
}

impl Stage {
    fn set(app: &App, scene: &Scene, begin: DateTime<Utc>) -> Result<Self, Error> {
        app.write(&Actor::cli(), begin, |tx| {
            import::units(tx, scene.tree.file())
        })?;
        let federation = federation(app, scene.tree)?;
        let rows = app.store.read(|conn| {
            let ids = unit_rows::below(conn, federation.id)?;
            let mut found = unit_rows::find_many(conn, &ids)?;
            Ok::<_, StoreError>(
                ids.iter()
                    .filter_map(|id| found.remove(id))
                    .collect::<Vec<_>>(),
            )
        })?;
        let mut players = Vec::with_capacity(rows.len() + 1);
        for (index, row) in rows.iter().enumerate() {
            players.push(player(row, index)?);
        }
        players.push(newcomer(scene));
        let cast = Cast {
            units: players,
            editors: 3,
            fanpage: scene.tree == Tree::ThanhHoa,
        };
        let department = enter(
            app,
            &federation,
            "Phòng Tuyên giáo",
            Role::Department,
            Position::Head,
            None,
            begin,
        )?;
        enter(
            app,
            &federation,
            "Cán bộ tổng hợp",
            Role::Department,
            Position::Staff,
            None,
            begin,
        )?;
        let mut editors = Vec::new();
        for (number, field) in (1..).zip(Field::ALL.iter().copied().take(cast.editors)) {
            let name = format!("Biên tập viên {number}");
            editors.push(enter(
                app,
                &federation,
                &name,
                Role::Editor,
                Position::Staff,
                Some(field),
                begin,
            )?);
        }
        let mut stage = Self {
            tree: scene.tree,
            federation,
            cast,
            crews: Vec::new(),
            editors,
            department,
            events: HashMap::new(),
            items: HashMap::new(),
            year: 0,
        };
        for (row, player) in rows.iter().zip(stage.cast.units.clone()) {
            let crew = if row.id == stage.federation.id {
                None
            } else {
                Some(crew(app, row, &player, begin)?)
            };
            stage.crews.push(crew);
        }
        stage.year_begins(app, begin)?;
        Ok(stage)
    }

    /// Brings the year's plans into force, and says by what units will be scored.
    fn year_begins(&mut self, app: &App, now: DateTime<Utc>) -> Result<(), Error> {
        let year = local_date(now).year();
        if self.year == year {
            return Ok(());
        }
        self.year = year;
        let apply = ApplyPreset {
            preset: self.tree.preset().to_owned(),
            unit: self.federation.code.clone(),
            year,
            from: NaiveDate::from_ymd_opt(year, 1, 1),
        };
        app.write(&Actor::cli(), now, |tx| presets::apply(tx, &apply))?;
        for category in [Category::Superior, Category::Grassroots] {
            let group = ScoreGroup {
                unit_id: self.federation.id,
                year,
                category,
            };
            let scheme = PutScheme {
                preset: Some("national".to_owned()),
                scheme: None,
                document_number: format!("05/HD-LĐLĐ/{year}"),
                document_date: NaiveDate::from_ymd_opt(year - 1, 12, 20),
            };
            app.write(&Actor::cli(), now, |tx| {
                scores::save_scheme(tx, group, &scheme, 0)
            })?;
        }
        Ok(())
    }

    fn crew(&mut self, app: &App, unit: usize, now: DateTime<Utc>) -> Result<&Crew, Error> {
        if self.crews.get(unit).is_none() {
            // the unit that was founded within the year: its people come with it
            let player = self
                .cast
                .units
                .get(unit)
                .cloned()
                .ok_or(Error::not_found("unit"))?;
            let new = NewUnit {
                code: player.code.clone(),
                name: player.short_name.clone(),
                category: player.category,
                parent_id: Some(self.federation.id),
                cluster: Some("Cụm thi đua cơ sở trực thuộc".to_owned()),
                founded_on: player.founded_on,
                mail: Some(format!("{}@{}.example", player.code, self.federation.code)),
            };
            let row = app
                .write(&self.department, now, |tx| units::create(tx, &new))?
                .unit;
            let crew = crew(app, &row, &player, now)?;
            self.crews.push(Some(crew));
        }
        self.crews
            .get(unit)
            .and_then(Option::as_ref)
            .ok_or(Error::not_found("unit"))
    }

    /// Who acts, and for which unit if not for the one that is named.
    fn actor(&mut self, app: &App, by: By, now: DateTime<Utc>) -> Result<Actor, Error> {
        Ok(match by {
            By::Head(unit) => self.crew(app, unit, now)?.head.clone(),
            By::Staff(unit) => self.crew(app, unit, now)?.staff.clone(),
            By::Editor(number) => self.editors.get(number).unwrap_or(&self.department).clone(),
            By::Department => self.department.clone(),
        })
    }

    fn unit_id(&mut self, app: &App, unit: usize, now: DateTime<Utc>) -> Result<i64, Error> {
        if unit == 0 {
            Ok(self.federation.id)
        } else {
            Ok(self.crew(app, unit, now)?.unit_id)
        }
    }

    fn carry_out(&mut self, app: &App, deed: Deed) -> Result<(), Error> {
        let Deed { at, by, act } = deed;
        let actor = self.actor(app, by, at)?;
        match act {
            Act::Register {
                event,
                unit,
                title,
                nature,
                starts_at,
                ends_at,
            } => {
                let unit_id = self.unit_id(app, unit, at)?;
                let types = vec![match nature {
                    Nature::Ordinary => EventType::Ordinary,
                    Nature::Topical => EventType::Topical,
                    Nature::Question => EventType::Question,
                }];
                let (starts_at, ends_at) = (Some(starts_at), Some(ends_at));
                let new = NewEvent {
                    unit_id,
                    title,
                    place: None,
                    types,
                    starts_at,
                    ends_at,
                    starts_on: None,
                    ends_on: None,
                };
                self.events.insert(
                    event,
                    app.write(&actor, at, |tx| events::register(tx, &new))?.id,
                );
            }
            Act::Answer { event, text } => {
                let id = known(&self.events, event)?;
                let version = app.read(&actor, at, |tx| events::get(tx, id))?.version;
                let answer = AnswerQuestion {
                    answer: text.to_owned(),
                    arrival: None,
                };
                app.write(&actor, at, |tx| events::answer(tx, id, &answer, version))?;
            }
            Act::Submit {
                item,
                unit,
                event,
                kind,
                title,
                field,
            } => {
                let new = NewItem {
                    unit_id: self.unit_id(app, unit, at)?,
                    kind: kind.to_owned(),
                    title,
                    field,
                    url: None,
                    body: None,
                    channel: Channel::Web,
                    authors: actor.person_id.into_iter().collect(),
                    event_id: event.map(|event| known(&self.events, event)).transpose()?,
                    event: None,
                    happened_on: None,
                    arrival: None,
                };
                self.items.insert(
                    item,
                    app.write(&actor, at, |tx| items::submit(tx, &new))?.item.id,
                );
            }
            Act::Approve { item } => {
                app.write(&actor, at, |tx| self.step(tx, item, items::approve))?;
            }
            Act::Publish { item, grade } => {
                let publish = PublishItem {
                    url: None,
                    grade: Some(grade),
                };
                app.write(&actor, at, |tx| {
                    self.step(tx, item, |tx, id, version| {
                        items::publish(tx, id, &publish, version)
                    })
                })?;
            }
            Act::Resubmit { item } => {
                app.write(&actor, at, |tx| self.step(tx, item, items::resubmit))?;
            }
            Act::Return { item, reason } => {
                let step = items::return_for_changes;
                app.write(&actor, at, |tx| self.step(tx, item, because(step, reason)))?;
            }
            Act::Reject { item, reason } => {
                let step = items::reject;
                app.write(&actor, at, |tx| self.step(tx, item, because(step, reason)))?;
            }
            Act::Withdraw { item, reason } => {
                let step = items::withdraw;
                app.write(&actor, at, |tx| self.step(tx, item, because(step, reason)))?;
            }
        }
        Ok(())
    }

    /// Takes a step with an item as it stands.
    fn step(
        &self,
        tx: &mut Tx<'_>,
        item: usize,
        step: impl Fn(&mut Tx<'_>, i64, i32) -> Result<ItemDetail, Error>,
    ) -> Result<(), Error> {
        let id = known(&self.items, item)?;
        let version = items::get(tx, id)?.item.version;
        step(tx, id, version).map(|_| ())
    }
}

/// A step that needs a reason, with that reason.
fn because(
    step: fn(&mut Tx<'_>, i64, &WithReason, i32) -> Result<ItemDetail, Error>,
    reason: &str,
) -> impl Fn(&mut Tx<'_>, i64, i32) -> Result<ItemDetail, Error> {
    let why = WithReason {
        reason: reason.to_owned(),
    };
    move |tx, id, version| step(tx, id, &why, version)
}

fn known(ids: &HashMap<usize, i64>, number: usize) -> Result<i64, Error> {
    ids.get(&number).copied().ok_or(Error::not_found("story"))
}

fn player(row: &UnitRow, index: usize) -> Result<Player, StoreError> {
    let category = *row.category;
    let field = match category {
        Category::Office => Field::ALL.get(index % Field::ALL.len()).copied(),
        _ => None,
    };
    Ok(Player {
        code: row.code.clone(),
        short_name: row.name.replace("Liên đoàn Lao động", "LĐLĐ"),
        category,
        field,
        founded_on: None,
        habit: story::habit(index),
    })
}

/// The unit that is founded within the year: on 1 August, or a month after the beginning of a short
/// scene.
fn newcomer(scene: &Scene) -> Player {
    let august = scene
        .from
        .checked_add_months(Months::new(7))
        .filter(|on| *on < local_date(scene.until));
    let founded_on = august.or_else(|| scene.from.checked_add_months(Months::new(1)));
    Player {
        code: "kcn-moi".to_owned(),
        short_name: "Công đoàn cơ sở Khu công nghiệp mới".to_owned(),
        category: Category::Grassroots,
        field: None,
        founded_on,
        habit: story::Habit::Diligent,
    }
}

/// A head and a member of staff for a unit.
fn crew(app: &App, unit: &UnitRow, player: &Player, now: DateTime<Utc>) -> Result<Crew, Error> {
    let name = |what: &str| format!("{what} {}", player.short_name);
    let head = enter(
        app,
        unit,
        &name("Lãnh đạo"),
        Role::Leader,
        Position::Head,
        player.field,
        now,
    )?;
    if player.category == Category::Superior {
        enter(
            app,
            unit,
            &name("Cấp phó"),
            Role::Leader,
            Position::Deputy,
            None,
            now,
        )?;
    }
    let staff = enter(
        app,
        unit,
        &name("Cán bộ tuyên giáo"),
        Role::Contributor,
        Position::Staff,
        player.field,
        now,
    )?;
    Ok(Crew {
        unit_id: unit.id,
        head,
        staff,
    })
}

fn enter(
    app: &App,
    unit: &UnitRow,
    name: &str,
    role: Role,
    position: Position,
    field: Option<Field>,
    now: DateTime<Utc>,
) -> Result<Actor, Error> {
    let number = app.store.read(|conn| {
        Ok::<_, StoreError>(crate::store::people::of_units(conn, &[unit.id])?.len())
    })?;
    let new = NewPerson {
        unit_id: unit.id,
        name: name.to_owned(),
        title: None,
        mail: Some(format!(
            "{}-{}@{}.example",
            role.as_str(),
            number + 1,
            unit.code
        )),
        role,
        position,
        fields: field.into_iter().collect(),
        active_from: None,
        active_to: None,
    };
    let created = app.write(&Actor::cli(), now, |tx| people::create(tx, &new))?;
    let person = created.person;
    let grants = vec![Grant::on(role, unit.id)];
    Ok(Actor::person(person.id, &person.name, grants))
}
