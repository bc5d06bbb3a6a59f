//! Spreadsheets in: one way for every kind of thing. A file is read, each of its rows goes through the
//! use case that people use, and either all of them are kept or none.
//!
//! | file | what lives there |
//! |---|---|
//! | `kinds/` | one kind each: its columns, and what is done with a row |
//! | `outcome` | what became of the rows, and what is wrong with them |
//! | `report` | the same as it is shown |
//! | `record`, `undo` | what is remembered of an import, and taking it back |
//! | `files` | templates, and a file with remarks |
//! | `reading` | the cells of a row: texts, dates, numbers, words |
//! | `unit_names` | units by their code or name |

mod files;
mod kinds;
mod outcome;
mod reading;
mod record;
mod report;
mod undo;
mod unit_names;

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};

pub use crate::domain::import::{Entity, ImportKind, Made};
pub use files::{remarks, template};
pub use record::{ImportEntry, list};
pub use report::{ImportReport, ReadColumn, ReadSheet, RowError};

pub use undo::undo;

use crate::domain::error::Invalid;
use crate::office::ics_in;
use crate::office::sheet_in::{self, Book, Sheet, Table, Wanted};
use crate::service::{Error, Tx};
use outcome::Outcome;

/// How a file is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The sheet; left out, the one that is called like the kind, else the first one.
    pub sheet: Option<String>,
    /// Headers, each with the column that it names.
    pub map: Vec<(String, String)>,
    /// The day from which units owe, where that is not when they are entered.
    pub counts_from: Option<NaiveDate>,
    /// The code or name of the unit of a calendar file (`.ics`), which names none itself.
    pub unit: Option<String>,
    /// The name of the file.
    pub name: String,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    kind: ImportKind,
    parts: Vec<Part>,
    hidden: Vec<String>,
    name: String,
    sha256: String,
}

/// A sheet of a file, and what it holds.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    kind: ImportKind,
    table: Table,
    counts_from: Option<NaiveDate>,
}

/// Reads a file; needs no database.
///
/// # Errors
/// What is wrong with the file as a whole, on `file`; a mapping that names no column, on `map`.
pub fn read(kind: ImportKind, file: &[u8], options: &Options) -> Result<Parsed, Error> {
    let kinds = kind.parts();
    let names: Vec<&str> = kinds
        .iter()
        .flat_map(|kind| kind.sheets())
        .copied()
        .collect();
    let wanted = match &options.sheet {
        Some(name) => Wanted::Named(name),
        None if kinds.len() > 1 => Wanted::AllOf(&names),
        None => Wanted::Preferred(&names),
    };
    let book = match kind == ImportKind::Events && ics_in::is_calendar(file) {
        true => calendar(file, options)?,
        false => sheet_in::read(file, wanted)?,
    };
    let mut parts = Vec::new();
    for part in kinds {
        let named = |sheet: &&Sheet| kinds.len() == 1 || part.is_called(&sheet.name);
        for sheet in book.sheets.iter().filter(named) {
            parts.push(Part {
                kind: *part,
                table: Table::of(sheet.clone(), part.columns(), &options.map)?,
                counts_from: options.counts_from,
            });
        }
    }
    if kind == ImportKind::Legacy && options.counts_from.is_none() {
        let since = kinds::first_year(&parts);
        parts.iter_mut().for_each(|part| part.counts_from = since);
    }
    let hash = Sha256::digest(file);
    Ok(Parsed {
        kind,
        parts,
        hidden: book.hidden,
        name: options.name.clone(),
        sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

/// A calendar file (`.ics`) as a book of one sheet.
fn calendar(file: &[u8], options: &Options) -> Result<Book, Error> {
    let unit = options.unit.as_deref().unwrap_or_default();
    if unit.trim().is_empty() {
        return Err(Invalid::new("unit", "import_calendar_unit").into());
    }
    let on_file = |fault: Invalid| match fault.field.is_empty() {
        true => fault.within("file"),
        false => fault,
    };
    let events =
        ics_in::read(file).map_err(|faults| faults.into_iter().map(on_file).collect::<Vec<_>>())?;
    Ok(Book {
        sheets: vec![kinds::sheet_of(&events, unit)],
        hidden: Vec::new(),
    })
}

/// Says what [`apply`] would do, by doing it and undoing it again.
///
/// # Errors
/// [`Error::Forbidden`]; what is wrong with rows is part of the report.
pub fn check(tx: &mut Tx<'_>, file: &Parsed) -> Result<ImportReport, Error> {
    let outcome = match file.lacks() {
        Some(_) => Outcome::default(),
        None => tx.rehearse(|tx| carry_out(tx, file))?,
    };
    Ok(ImportReport::of(file, outcome, true))
}

/// Enters what a file holds, or nothing.
///
/// # Errors
/// Every fault of every row, named by the cell; [`Error::Forbidden`].
pub fn apply(tx: &mut Tx<'_>, file: &Parsed) -> Result<ImportReport, Error> {
    let outcome = match file.lacks() {
        Some(_) => Outcome::default(),
        None => carry_out(tx, file)?,
    };
    let made = outcome.created.clone();
    let mut report = ImportReport::of(file, outcome, false);
    let faults = report.refusal();
    if !faults.is_empty() {
        return Err(faults.into());
    }
    report.import_id = record::remember(tx, file, &report, made)?;
    Ok(report)
}

/// Enters every row of every sheet; what is wrong with one does not keep the next from being looked at.
fn carry_out(tx: &mut Tx<'_>, file: &Parsed) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    for (at, part) in file.parts.iter().enumerate() {
        outcome.begin(at, &part.table);
        part.kind.carry_out(tx, part, &mut outcome)?;
    }
    Ok(outcome)
}

impl Parsed {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.parts.iter().map(|part| part.table.lines().len()).sum()
    }

    /// Required columns that a sheet lacks.
    fn lacks(&self) -> Option<Invalid> {
        self.parts.iter().find_map(|part| part.table.lacks())
    }
}

/// A mapping as it is written: `Header=column`, one or more.
///
/// # Errors
/// `sheet_map` on `map` for one without `=`.
pub fn mapping<'m>(
    written: impl Iterator<Item = &'m str>,
) -> Result<Vec<(String, String)>, Invalid> {
    let one = |pair: &str| match pair.split_once('=') {
        Some((header, column)) => Ok((header.to_owned(), column.to_owned())),
        None => Err(Invalid::new("map", "sheet_map_form").with("value", pair.escape_debug())),
    };
    let written = written.filter(|pair| !pair.trim().is_empty());
    written.map(one).collect()
}
