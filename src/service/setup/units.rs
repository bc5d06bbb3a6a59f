//! Units from a list: copied from a sheet, the text of a CSV file, or a shipped example.

use std::collections::HashSet;

use super::own_federation;
use crate::domain::unit::Category;
use crate::service::imports::{self, ListFile, ListedUnits};
use crate::service::units::import::{self, UnitLine, UnitSheet};
use crate::service::{Error, Tx};

/// A list of units: a file, or cells that were copied from a sheet with their header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitList {
    /// The file, or the text of the cells.
    pub file: Vec<u8>,
    /// The name of the file; empty for cells that were pasted.
    pub name: String,
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
        let lines = import::read(self.text.as_bytes()).unwrap_or_default().lines;
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

/// Says what [`enter_units`] would do, by doing it and undoing it again.
///
/// # Errors
/// Those of [`enter_units`].
pub fn preview_units(tx: &mut Tx<'_>, list: &UnitList) -> Result<ListedUnits, Error> {
    let sheet = sheet(tx, list)?;
    imports::preview_units(tx, &sheet)
}

/// Enters the units of a list below the federation of the actor, and remembers the import. A federation
/// that stands above others in the list is the actor's own, and a unit without one above it belongs
/// directly to it.
///
/// # Errors
/// Every fault of every line, named `line 12.name`; [`Error::Forbidden`].
pub fn enter_units(tx: &mut Tx<'_>, list: &UnitList) -> Result<ListedUnits, Error> {
    let sheet = sheet(tx, list)?;
    let file = ListFile {
        name: &list.name,
        bytes: &list.file,
    };
    imports::enter_units(tx, &sheet, file)
}

fn sheet(tx: &mut Tx<'_>, list: &UnitList) -> Result<UnitSheet, Error> {
    let own = own_federation(tx)?.code;
    let mut sheet = import::read(&list.file)?;
    let lines = &mut sheet.lines;
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
    for line in lines {
        if line.parent_code.is_empty() || roots.contains(&line.parent_code) {
            line.parent_code.clone_from(&own);
        }
    }
    Ok(sheet)
}
