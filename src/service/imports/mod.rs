//! Spreadsheets in: one way for every kind of thing. A file is read, each of its rows goes through the
//! use case that people use, and either all of them are kept or none.
//!
//! | file | what lives there |
//! |---|---|
//! | `kinds/` | one kind each: its columns, and what is done with a row |
//! | `rows` | entering a sheet row by row |
//! | `outcome` | what became of the rows, and what is wrong with them |
//! | `report` | the same as it is shown |
//! | `record`, `undo` | what is remembered of an import, and taking it back |
//! | `listed` | the rows of a file as people look at them before they are entered |
//! | `files` | templates, and a file with remarks |
//! | `reading` | the cells of a row: texts, dates, numbers, words |
//! | `unit_names` | units by their code or name |

mod files;
mod kinds;
mod listed;
mod outcome;
mod reading;
mod record;
mod report;
mod rows;
mod undo;
mod unit_names;

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};

pub use crate::domain::import::{Entity, ImportKind, Made};
pub use files::{Examples, examples, remarks, template};
pub use listed::{ListedRow, ListedSheet, RowFate};
pub use record::{ImportEntry, list};
pub use report::{ImportReport, ReadColumn, ReadSheet, RowError};

pub use undo::undo;

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::office::ics_in;
use crate::office::sheet_in::{self, Book, Sheet, Table, Wanted};
use crate::service::core::access::require_by_any_role;
use crate::service::{Error, Tx};
use outcome::{Outcome, Progress, RowFault};
use record::Carried;

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
    /// The code of a federation: units of the file that name none above them belong to it, and a
    /// federation that stands above others in the file is it.
    pub within: Option<String>,
    /// The name of the file.
    pub name: String,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct Parsed {
    kind: ImportKind,
    parts: Vec<Part>,
    hidden: Vec<String>,
    name: String,
    sha256: String,
    /// What was found while the file was read.
    warnings: Vec<RowFault>,
    /// Called with the number of rows that have been looked at.
    progress: Progress,
}

/// A sheet of a file, and what it holds.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    kind: ImportKind,
    table: Table,
    counts_from: Option<NaiveDate>,
    /// The code of the federation that units belong to which name none above them.
    within: Option<String>,
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
    let mut warnings = Vec::new();
    let book = match kind == ImportKind::Events && ics_in::is_calendar(file) {
        true => calendar(file, options, &mut warnings)?,
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
                within: options.within.clone(),
            });
        }
    }
    if kind == ImportKind::Legacy && options.counts_from.is_none() {
        let since = kinds::first_year(&parts);
        parts.iter_mut().for_each(|part| part.counts_from = since);
    }
    if let Some(fault) = nothing(&book, &parts) {
        return Err(fault.into());
    }
    Ok(Parsed {
        kind,
        parts,
        hidden: book.hidden,
        name: options.name.clone(),
        sha256: sha256(file),
        warnings,
        progress: Progress::default(),
    })
}

/// The fault of a file that holds nothing below its headers, or examples of a template alone.
fn nothing(book: &Book, parts: &[Part]) -> Option<Invalid> {
    let is_empty = |table: &Table| {
        table.lacks().is_none()
            && table.data().next().is_none()
            && table.without_header().is_empty()
    };
    if !parts.iter().all(|part| is_empty(&part.table)) {
        return None;
    }
    let mut examples = parts.iter().flat_map(|part| part.table.examples());
    Some(match examples.next() {
        Some(row) => Invalid::new("file", "sheet_only_examples").with("row", row),
        None => book.without_rows(),
    })
}

/// The SHA-256 of a file, in hexadecimal.
fn sha256(file: &[u8]) -> String {
    let hash = Sha256::digest(file);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks that an actor may import a kind of thing, on whatever unit: before a file is read.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn require_right(actor: &Actor, kind: ImportKind) -> Result<(), Error> {
    let mut parts = kind.parts().iter();
    parts.try_for_each(|part| require_by_any_role(actor, part.needs()))
}

/// Checks that an actor may import some kind of thing.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn require_any_right(actor: &Actor) -> Result<(), Error> {
    let may = |kind: &ImportKind| require_right(actor, *kind).is_ok();
    match ImportKind::ALL.iter().any(may) {
        true => Ok(()),
        false => Err(Error::Forbidden),
    }
}

/// What is wrong with a long file that is hopeless: its rows are read, which writes nothing, and the
/// report says what is wrong if there is more than what is listed. `None`: the file is to be looked at by
/// [`check`] or [`apply`], which keep other writers waiting.
///
/// # Errors
/// [`Error::Forbidden`]; the database.
pub fn judge(tx: &mut Tx<'_>, file: &Parsed) -> Result<Option<ImportReport>, Error> {
    if file.lacks().is_some() || file.rows() <= report::LISTED {
        return Ok(None);
    }
    require_right(tx.actor, file.kind)?;
    let mut outcome = Outcome::default();
    for (at, part) in file.parts.iter().enumerate() {
        outcome.begin(at, &part.table);
        part.kind.judge(tx, part, &mut outcome)?;
    }
    if file.parts.len() > 1 {
        // rows name units and people that are in the file itself
        let of_file = |field: &str| matches!(field, "unit" | "authors" | "event");
        outcome.faults.retain(|found| !of_file(&found.fault.field));
    }
    let hopeless = outcome.faults.len() > report::LISTED;
    Ok(hopeless.then(|| ImportReport::of(file, outcome, true)))
}

/// A calendar file (`.ics`) as a book of one sheet.
fn calendar(file: &[u8], options: &Options, warnings: &mut Vec<RowFault>) -> Result<Book, Error> {
    let unit = options.unit.as_deref().unwrap_or_default();
    if unit.trim().is_empty() {
        return Err(Invalid::new("unit", "import_calendar_unit").into());
    }
    let on_file = |fault: Invalid| match fault.field.is_empty() {
        true => fault.within("file"),
        false => fault,
    };
    let read = ics_in::read(file);
    let read = read.map_err(|faults| faults.into_iter().map(on_file).collect::<Vec<_>>())?;
    // the first event stands below the header; one that is left out has no row
    let row = |event: Option<usize>| event.map_or(1, |event| event + 2);
    let warned = read.warnings.into_iter().map(|(event, fault)| RowFault {
        part: 0,
        row: u32::try_from(row(event)).unwrap_or(u32::MAX),
        fault,
    });
    warnings.extend(warned);
    Ok(Book {
        sheets: vec![kinds::sheet_of(&read.events, unit)],
        ..Book::default()
    })
}

/// Says what [`apply`] would do, by doing it and undoing it again.
///
/// # Errors
/// [`Error::Forbidden`]; what is wrong with rows is part of the report.
pub fn check(tx: &mut Tx<'_>, file: &Parsed) -> Result<ImportReport, Error> {
    require_right(tx.actor, file.kind)?;
    let outcome = tx.rehearse(|tx| carry_out(tx, file))?;
    Ok(ImportReport::of(file, outcome, true))
}

/// Enters what a file holds, or nothing.
///
/// # Errors
/// Every fault of every row, named by the cell; [`Error::Forbidden`].
pub fn apply(tx: &mut Tx<'_>, file: &Parsed) -> Result<ImportReport, Error> {
    require_right(tx.actor, file.kind)?;
    let outcome = carry_out(tx, file)?;
    let made = outcome.created.clone();
    let mut report = ImportReport::of(file, outcome, false);
    let faults = report.refusal();
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let done = Carried {
        kind: file.kind,
        name: &file.name,
        sha256: &file.sha256,
        made,
        changed: report.changed.total,
        unchanged: report.unchanged,
    };
    report.import_id = record::remember(tx, done)?;
    Ok(report)
}

/// Enters every row of every sheet; what is wrong with one does not keep the next from being looked at.
/// Rows are entered only if no sheet lacks a column.
fn carry_out(tx: &mut Tx<'_>, file: &Parsed) -> Result<Outcome, Error> {
    let mut outcome = Outcome::with_progress(file.progress.clone());
    let is_whole = file.lacks().is_none();
    for (at, part) in file.parts.iter().enumerate() {
        outcome.begin(at, &part.table);
        if is_whole {
            part.kind.carry_out(tx, part, &mut outcome)?;
        }
    }
    Ok(outcome)
}

impl Parsed {
    /// Calls `progress` with the number of rows that have been looked at. Units are looked at together,
    /// so that it is called for them at the end.
    #[must_use]
    pub fn with_progress(self, progress: impl Fn(usize) + Send + Sync + 'static) -> Self {
        let progress = Progress::new(progress);
        Self { progress, ..self }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.parts
            .iter()
            .map(|part| part.table.data().count())
            .sum()
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
