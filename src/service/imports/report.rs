//! What became of a file, as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::listed::{self, ListedSheet};
use super::outcome::{Outcome, RowFault};
use super::{ImportKind, Made, Parsed};
use crate::domain::error::Invalid;
use crate::domain::ids::ImportId;
use crate::office::sheet_in::{Table, column_name};
use crate::service::Rows;

/// So many names of new and changed things are listed.
const NAMED: usize = 1_000;

/// So many faults are listed; the file with remarks has all.
pub(super) const LISTED: usize = 1_000;

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ImportReport {
    /// What the file holds.
    pub kind: ImportKind,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The number under which it is remembered; `null` if nothing was made or changed.
    pub import_id: Option<ImportId>,
    /// The sheets that were read, with their columns.
    pub sheets: Vec<ReadSheet>,
    /// Hidden sheets, which were not read.
    pub hidden_sheets: Vec<String>,
    /// What is new: the first thousand.
    pub created: Rows<Made>,
    /// What is changed: the first thousand.
    pub changed: Rows<Made>,
    /// How many rows say what is stored already.
    pub unchanged: usize,
    /// What is wrong: the first thousand; nothing is written unless this is empty.
    pub errors: Vec<RowError>,
    /// How many faults there are.
    pub errors_total: usize,
    /// What the file says that is not entered, row by row: the first thousand.
    pub warnings: Rows<RowError>,
    /// The first rows of its sheets, with what becomes of each; empty where something is wrong.
    #[serde(skip)]
    pub listed: Vec<ListedSheet>,
    #[serde(skip)]
    lacks: Option<Invalid>,
    /// All faults and warnings.
    #[serde(skip)]
    pub(super) remarks: Vec<RowFault>,
}

/// A sheet that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReadSheet {
    /// Its name; empty for a file without sheets.
    pub name: String,
    /// What it holds.
    pub kind: ImportKind,
    /// How many rows stand below its header.
    pub rows: usize,
    /// Its headers.
    pub columns: Vec<ReadColumn>,
    /// Required columns that were not recognised; a mapping says which headers they have.
    pub lacking: Vec<String>,
    /// The Vietnamese headers of those columns.
    #[serde(skip)]
    pub lacking_names: Vec<&'static str>,
}

/// A header of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReadColumn {
    /// As it is written.
    pub header: String,
    /// The column that it names; `null`: it is not read.
    pub column: Option<String>,
}

/// A fault of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowError {
    /// The sheet; empty for a file without sheets.
    pub sheet: String,
    /// The row, from 1.
    pub row: u32,
    /// The column as programs name it, `C`; `null` if the row as a whole is at fault.
    pub column: Option<String>,
    /// Its header.
    pub header: Option<String>,
    /// Which fault it is.
    pub code: &'static str,
    /// The fault, with what helps.
    pub message: String,
    #[serde(skip)]
    fault: Invalid,
}

impl ImportReport {
    pub(super) fn of(file: &Parsed, mut outcome: Outcome, dry_run: bool) -> Self {
        outcome.faults.sort_by_key(|fault| (fault.part, fault.row));
        outcome.warnings.splice(0..0, file.warnings.iter().cloned());
        let shown = |all: &[RowFault]| -> Vec<RowError> {
            let first = all.iter().take(LISTED);
            let shown = first.filter_map(|fault| RowError::of(file, fault));
            shown.collect()
        };
        // nothing was looked at where a column lacks
        let listed = match file.lacks() {
            Some(_) => Vec::new(),
            None => listed::sheets(&file.parts, &outcome),
        };
        let (errors, warnings) = (shown(&outcome.faults), shown(&outcome.warnings));
        let (errors_total, warnings_total) = (outcome.faults.len(), outcome.warnings.len());
        let mut remarks = outcome.faults;
        remarks.append(&mut outcome.warnings);
        Self {
            kind: file.kind,
            dry_run,
            import_id: None,
            sheets: file.parts.iter().map(ReadSheet::of).collect(),
            hidden_sheets: file.hidden.clone(),
            created: Rows::first(outcome.created, NAMED),
            changed: Rows::first(outcome.changed, NAMED),
            unchanged: outcome.unchanged,
            errors,
            errors_total,
            warnings: Rows {
                total: warnings_total,
                rows: warnings,
            },
            lacks: file.lacks(),
            listed,
            remarks,
        }
    }

    /// The same in another language than Vietnamese.
    #[must_use]
    pub fn said_in(mut self, locale: &str) -> Self {
        for error in self.errors.iter_mut().chain(&mut self.warnings.rows) {
            error.message = error.fault.message(locale);
        }
        self
    }

    /// Why nothing can be entered: columns that are lacking, else the faults of all rows, each named
    /// by its cell, `Đơn vị!C12`.
    pub fn refusal(&self) -> Vec<Invalid> {
        let lacks = self.lacks.iter().cloned();
        let named = |error: &RowError| Invalid {
            field: error.place().into(),
            ..error.fault.clone()
        };
        let more = self.errors_total - self.errors.len();
        let more = (more > 0).then(|| Invalid::new("file", "import_more_faults").with("n", more));
        lacks
            .chain(self.errors.iter().map(named))
            .chain(more)
            .collect()
    }
}

impl ReadSheet {
    fn of(part: &super::Part) -> Self {
        let column = |heading: &crate::office::sheet_in::Heading| ReadColumn {
            header: heading.text.clone(),
            column: heading.key.map(str::to_owned),
        };
        let lacking = part.table.lacking.iter();
        Self {
            lacking_names: lacking.clone().map(|column| column.name).collect(),
            name: part.table.sheet_name().to_owned(),
            kind: part.kind,
            rows: part.table.data().count(),
            columns: part.table.headings.iter().map(column).collect(),
            lacking: lacking.map(|column| column.key.to_owned()).collect(),
        }
    }
}

impl RowError {
    /// A fault of a row as it is shown.
    fn of(file: &Parsed, found: &RowFault) -> Option<Self> {
        let part = file.parts.get(found.part)?;
        Some(Self::in_table(&part.table, found))
    }

    pub(super) fn in_table(table: &Table, found: &RowFault) -> Self {
        let fault = found.fault.clone();
        let heading = table.heading(heading_of(&fault.field));
        let args = fault.args.iter();
        // a value below no header
        let stated = args.clone().find(|(name, _)| *name == "column");
        let stated = stated.map(|(_, column)| column.clone());
        Self {
            sheet: table.sheet_name().to_owned(),
            row: found.row,
            column: heading
                .map(|heading| column_name(heading.column))
                .or(stated),
            header: heading.map(|heading| heading.text.clone()),
            code: fault.code,
            message: fault.message("vi"),
            fault,
        }
    }

    /// Its cell as programs name it: `Đơn vị!C12`, `C12`, `12`.
    pub fn place(&self) -> String {
        let cell = format!("{}{}", self.column.as_deref().unwrap_or_default(), self.row);
        match self.sheet.as_str() {
            "" => cell,
            sheet => format!("{sheet}!{cell}"),
        }
    }
}

/// The column that a field of a use case comes from.
fn heading_of(field: &str) -> &str {
    match field {
        "unit_id" => "unit",
        "arrival.at" => "arrived_at",
        "event_id" => "event",
        "starts_on" => "starts_at",
        "ends_on" => "ends_at",
        "content.minimum" => "minimum",
        "content.maximum" => "maximum",
        "content.kinds" => "kind",
        "content.period" => "period",
        "content.subject.code" => "unit",
        field => field,
    }
}
