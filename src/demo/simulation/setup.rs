//! The beginning: the tree, the people of the federation, and the plans of each year.

use std::collections::HashMap;

use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};

use super::Simulation;
use super::staff::{self, NewStaff};
use crate::demo::scenario::{Scenario, Tree};
use crate::demo::script::{DemoUnit, Habit, Participants};
use crate::domain::access::{Actor, Role};
use crate::domain::field::Field;
use crate::domain::score::ScoreGroup;
use crate::domain::text::local_date;
use crate::domain::unit::Category;
use crate::service::rules::presets::{self, ApplyPreset};
use crate::service::scores::{self, PutScheme};
use crate::service::units::import;
use crate::service::{App, Error, Tx};
use crate::store::units::{self as store, UnitRow};

/// How many editors a federation has.
const EDITORS: usize = 3;

/// Creates only the federation of a tree: a demonstration without units and without past.
///
/// # Errors
/// Those of the import.
pub fn create_federation(app: &App, tree: Tree, now: DateTime<Utc>) -> Result<UnitRow, Error> {
    let lines = tree.file().lines().take(2);
    let file: String = lines.flat_map(|line| [line, "\n"]).collect();
    app.write(&Actor::cli(), now, |tx| {
        import::units(tx, file.as_bytes(), None)?;
        federation_of(tx, tree)
    })
}

fn federation_of(tx: &mut Tx<'_>, tree: Tree) -> Result<UnitRow, Error> {
    store::find_by_code(tx.conn, tree.federation())?.ok_or(Error::not_found("unit"))
}

impl<'a> Simulation<'a> {
    pub(super) fn set_up(
        app: &'a App,
        scenario: &Scenario,
        begin: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let rows = app.write(&Actor::cli(), begin, |tx| {
            import::units(tx, scenario.tree.file().as_bytes(), None)?;
            tree_of(tx, scenario.tree)
        })?;
        let federation = rows.first().cloned().ok_or(Error::not_found("unit"))?;
        let participants = participants(&rows, scenario);
        let (department, editors) =
            app.write(&Actor::cli(), begin, |tx| federation_staff(tx, &federation))?;
        let mut staff = vec![None];
        for (row, unit) in rows.iter().zip(&participants.units).skip(1) {
            let created = app.write(&Actor::cli(), begin, |tx| staff::create(tx, row, unit))?;
            staff.push(Some(created));
        }
        let mut simulation = Self {
            app,
            tree: scenario.tree,
            federation,
            participants,
            staff,
            editors,
            department,
            events: HashMap::new(),
            items: HashMap::new(),
            year: 0,
        };
        simulation.begin_year(begin)?;
        Ok(simulation)
    }

    /// Brings the plans of a year into force, and the schemes by which units are scored.
    pub(super) fn begin_year(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
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
        let scheme = PutScheme {
            preset: Some("national".to_owned()),
            scheme: None,
            document_number: format!("05/HD-LĐLĐ/{year}"),
            document_date: NaiveDate::from_ymd_opt(year - 1, 12, 20),
        };
        let unit_id = self.federation.id;
        self.app.write(&Actor::cli(), now, |tx| {
            presets::apply(tx, &apply)?;
            for category in [Category::Superior, Category::Grassroots] {
                let group = ScoreGroup {
                    unit_id,
                    year,
                    category,
                };
                scores::save_scheme(tx, group, &scheme, 0)?;
            }
            Ok(())
        })
    }
}

/// The units of a tree, the federation first.
fn tree_of(tx: &mut Tx<'_>, tree: Tree) -> Result<Vec<UnitRow>, Error> {
    let federation = federation_of(tx, tree)?;
    let ids = store::below(tx.conn, federation.id)?;
    let mut found = store::find_many(tx.conn, &ids)?;
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

fn participants(rows: &[UnitRow], scenario: &Scenario) -> Participants {
    let units = rows.iter().enumerate();
    let mut units: Vec<DemoUnit> = units.map(|(index, row)| demo_unit(row, index)).collect();
    units.push(founded_later(scenario));
    Participants {
        units,
        editors: EDITORS,
        fanpage: scenario.tree == Tree::ThanhHoa,
    }
}

fn demo_unit(row: &UnitRow, index: usize) -> DemoUnit {
    let category = *row.category;
    let field = match category {
        Category::Office => Field::ALL.get(index % Field::ALL.len()).copied(),
        _ => None,
    };
    DemoUnit {
        code: row.code.clone(),
        short_name: row.name.replace("Liên đoàn Lao động", "LĐLĐ"),
        category,
        field,
        founded_on: None,
        habit: Habit::of_unit(index),
    }
}

/// The unit that is founded within the year: on 1 August, or a month after the beginning of a short
/// past.
fn founded_later(scenario: &Scenario) -> DemoUnit {
    let august = scenario
        .from
        .checked_add_months(Months::new(7))
        .filter(|on| *on < local_date(scenario.until));
    let founded_on = august.or_else(|| scenario.from.checked_add_months(Months::new(1)));
    DemoUnit {
        code: "kcn-moi".to_owned(),
        short_name: "Công đoàn cơ sở Khu công nghiệp mới".to_owned(),
        category: Category::Grassroots,
        field: None,
        founded_on,
        habit: Habit::Diligent,
    }
}

/// The head of the department, and the editors.
fn federation_staff(tx: &mut Tx<'_>, federation: &UnitRow) -> Result<(Actor, Vec<Actor>), Error> {
    let head = NewStaff::head("Phòng Tuyên giáo", Role::Department);
    let department = staff::enter(tx, federation, head)?;
    let officer = NewStaff::member("Cán bộ tổng hợp", Role::Department);
    staff::enter(tx, federation, officer)?;
    let mut editors = Vec::new();
    for (number, field) in (1..).zip(Field::ALL.iter().copied().take(EDITORS)) {
        let editor = NewStaff::member(format!("Biên tập viên {number}"), Role::Editor);
        editors.push(staff::enter(tx, federation, editor.of_field(Some(field)))?);
    }
    Ok((department, editors))
}
