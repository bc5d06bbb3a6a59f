//! Units from a list: copied from a sheet, the text of a CSV file, or a shipped example.

use std::collections::{HashMap, HashSet};

use super::own_federation;
use crate::domain::unit::Category;
use crate::service::units::import::{self, Imported, UnitLine};
use crate::service::{Error, Tx};

/// A list of units: a file, or cells that were copied from a sheet with their header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitList {
    /// The file, or the text of the cells.
    pub file: Vec<u8>,
}

/// What became of the units of a list, or would become of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedUnits {
    /// Names of new units, in the order of the list.
    pub new: Vec<String>,
    /// Names of units that are changed.
    pub changed: Vec<String>,
    /// How many units are stored already as the list has them.
    pub unchanged: usize,
}

/// A tree of units that ships with the program, to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// Its code.
    pub code: &'static str,
    /// Its federation.
    pub name: &'static str,
    /// The file.
    text: &'static str,
}

const EXAMPLES: [Example; 2] = [
    Example {
        code: "ben-tre",
        name: "Bến Tre",
        text: include_str!("../../../config/presets/units-ben-tre.csv"),
    },
    Example {
        code: "thanh-hoa",
        name: "Thanh Hóa",
        text: include_str!("../../../config/presets/units-thanh-hoa.csv"),
    },
];

/// All examples.
pub fn examples() -> &'static [Example] {
    &EXAMPLES
}

impl Example {
    /// The list as a sheet would have it: Vietnamese columns and categories, cells separated by tabs,
    /// the federation left out.
    pub fn as_cells(&self) -> String {
        let lines = import::read(self.text.as_bytes()).unwrap_or_default();
        let root = lines.iter().find(|line| line.parent_code.is_empty());
        let root = root.map(|line| line.text.code.clone()).unwrap_or_default();
        let names: Vec<&str> = import::COLUMNS.iter().map(|column| column.name).collect();
        let mut text = names.join("\t");
        for UnitLine {
            text: unit,
            parent_code,
            ..
        } in lines
        {
            if unit.code == root {
                continue;
            }
            let category = Category::meant(&unit.category).map_or("", Category::in_lists);
            let above = if parent_code == root {
                ""
            } else {
                &parent_code
            };
            let cells = [
                unit.code.as_str(),
                &unit.name,
                category,
                above,
                &unit.cluster,
                &unit.founded_on,
                &unit.ended_on,
                &unit.mail,
            ];
            text.push('\n');
            text.push_str(&cells.join("\t"));
        }
        text
    }
}

/// Says what [`enter_units`] would do, and writes nothing.
///
/// # Errors
/// Those of [`enter_units`].
pub fn preview_units(tx: &mut Tx<'_>, list: &UnitList) -> Result<ListedUnits, Error> {
    let lines = lines(tx, list)?;
    Ok(named(&lines, import::dry_run_lines(tx, &lines, None)?))
}

/// Enters the units of a list below the federation of the actor. A federation that stands above
/// others in the list is the actor's own, and a unit without one above it belongs directly to it.
///
/// # Errors
/// Every fault of every line, named `line 12.name`; [`Error::Forbidden`].
pub fn enter_units(tx: &mut Tx<'_>, list: &UnitList) -> Result<ListedUnits, Error> {
    let lines = lines(tx, list)?;
    Ok(named(&lines, import::lines(tx, &lines, None)?))
}

/// The units by their names.
fn named(lines: &[UnitLine], imported: Imported) -> ListedUnits {
    let text = |line: &UnitLine| (line.text.code.clone(), line.text.name.clone());
    let mut names: HashMap<String, String> = lines.iter().map(text).collect();
    let mut name = |code: String| names.remove(&code).unwrap_or(code);
    ListedUnits {
        new: imported.new.into_iter().map(&mut name).collect(),
        changed: imported.changed.into_iter().map(&mut name).collect(),
        unchanged: imported.unchanged,
    }
}

fn lines(tx: &mut Tx<'_>, list: &UnitList) -> Result<Vec<UnitLine>, Error> {
    let own = own_federation(tx)?.code;
    let mut lines = import::read(&list.file)?;
    let above: HashSet<&str> = lines.iter().map(|line| line.parent_code.as_str()).collect();
    let stands_for_own = |line: &&UnitLine| {
        let is_named = line.text.code == own || above.contains(line.text.code.as_str());
        is_named
            && line.parent_code.is_empty()
            && Category::meant(&line.text.category) == Some(Category::Federation)
    };
    let roots = lines.iter().filter(stands_for_own);
    let roots: HashSet<String> = roots.map(|line| line.text.code.clone()).collect();
    lines.retain(|line| !roots.contains(&line.text.code));
    for line in &mut lines {
        if line.parent_code.is_empty() || roots.contains(&line.parent_code) {
            line.parent_code.clone_from(&own);
        }
    }
    Ok(lines)
}
