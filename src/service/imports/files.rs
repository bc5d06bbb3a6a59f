//! Files that an import gives out: templates, and a file as it came with remarks.

use std::collections::HashMap;

use super::{ImportKind, ImportReport, Parsed};
use crate::domain::words::say;
use crate::office::sheet_in::{Column, EXAMPLE};
use crate::office::sheet_out::{self, Guide, Remarked, Template};
use crate::service::{Error, Tx};
use crate::store::StoreError;
use crate::store::views::units::{UnitQuery, UnitView, list};

/// What the examples of a template name: things that are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examples {
    /// The name of a unit that the actor sees.
    unit: String,
    /// The code of the highest unit that they see.
    above: String,
}

/// What the examples of a template name for the actor.
///
/// # Errors
/// Those of the database.
pub fn examples(tx: &mut Tx<'_>) -> Result<Examples, Error> {
    let query = UnitQuery {
        limit: LOOKED_AT,
        ..UnitQuery::default()
    };
    let mut units = list(tx.conn, &tx.scope(), &query)?;
    units.retain(|unit| unit.ended_on.is_none());
    let is_root = |unit: &&UnitView| unit.parent_id.is_none();
    let above = units.iter().find(is_root).or(units.first());
    let unit = units.iter().find(|unit| !is_root(unit)).or(above);
    Ok(Examples {
        unit: unit.map(|unit| unit.name.clone()).unwrap_or_default(),
        above: above.map(|unit| unit.code.clone()).unwrap_or_default(),
    })
}

/// The template of a kind: a sheet for each thing that a file of it holds, with an example that is not
/// entered, and one that says how to fill them in.
///
/// # Errors
/// If the file can't be written.
pub fn template(kind: ImportKind, examples: &Examples) -> Result<Vec<u8>, Error> {
    let names: Vec<String> = kind.parts().iter().map(|kind| sheet_name(*kind)).collect();
    let sheets: Vec<Template<'_>> = (kind.parts().iter().zip(&names))
        .map(|(kind, name)| Template {
            name,
            columns: kind.columns(),
            example: examples.of(*kind),
            choices: kind
                .columns()
                .iter()
                .map(|column| kind.choices(column.key))
                .collect(),
        })
        .collect();
    let said = |locale| {
        let line = move |key: &str| say(locale, &format!("import.guide.{key}"), &[]);
        GUIDE.iter().map(move |key| line(key))
    };
    let guide = Guide {
        name: say("vi", "import.guide.sheet", &[]),
        lines: said("vi")
            .chain([String::new()])
            .chain(said("en"))
            .collect(),
    };
    sheet_out::templates(&sheets, &guide).map_err(unwritten)
}

/// The lines of a template that say how to fill it in.
const GUIDE: [&str; 4] = ["example", "columns", "dates", "other"];

/// The key of columns that name a unit.
const UNIT: &str = "unit";

/// The key of the column that names the unit above.
const ABOVE: &str = "parent_code";

/// So many units are looked at for examples.
const LOOKED_AT: i64 = 50;

impl Examples {
    /// The cells of the example of a kind.
    fn of(&self, kind: ImportKind) -> Vec<String> {
        let cell = |column: &Column| match column.key {
            UNIT => self.unit.clone(),
            ABOVE => self.above.clone(),
            _ => column.example.to_owned(),
        };
        let mut cells: Vec<String> = kind.columns().iter().map(cell).collect();
        if let Some(first) = cells.first_mut() {
            *first = format!("{EXAMPLE} {first}");
        }
        cells
    }
}

/// The sheets of a file with what is wrong behind each row, in a language (`vi` or `en`).
///
/// # Errors
/// If the file can't be written.
pub fn remarks(file: &Parsed, report: &ImportReport, locale: &str) -> Result<Vec<u8>, Error> {
    let mut sheets = Vec::new();
    for (at, part) in file.parts.iter().enumerate() {
        let mut remarks: HashMap<u32, String> = HashMap::new();
        let own = report.remarks.iter().filter(|fault| fault.part == at);
        for fault in own {
            let error = super::RowError::in_table(&part.table, fault);
            let remark = remarks.entry(error.row).or_default();
            if !remark.is_empty() {
                remark.push('\n');
            }
            let place = error.header.as_deref().or(error.column.as_deref());
            if let Some(place) = place {
                remark.push_str(&format!("{place}: "));
            }
            remark.push_str(&fault.fault.message(locale));
        }
        sheets.push(Remarked {
            name: part.table.sheet_name(),
            rows: part.table.rows(),
            header: part.table.header_row(),
            remarks,
        });
    }
    sheet_out::remarked(&sheets).map_err(unwritten)
}

/// What a sheet of a kind is called.
fn sheet_name(kind: ImportKind) -> String {
    say("vi", &format!("import.sheet.{kind}"), &[])
}

fn unwritten(cause: impl ToString) -> Error {
    Error::Store(StoreError::Corrupt(cause.to_string()))
}
