//! Units from a list: the shipped examples, and the federation that the units of a list belong to.
//! The list itself is read, tried and entered by `service::imports`.

use super::own_federation;
use crate::domain::unit::Category;
use crate::service::units::import::{self, UnitLine};
use crate::service::{Error, Tx};

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

/// The code of the federation of the actor, to which the units of a list belong.
///
/// # Errors
/// [`Error::Forbidden`] for somebody who manages no federation.
pub fn federation_code(tx: &mut Tx<'_>) -> Result<String, Error> {
    Ok(own_federation(tx)?.code)
}
