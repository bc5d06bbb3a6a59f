//! What became of a file, as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::outcome::{Outcome, RowFault};
use super::{ImportKind, Made, Parsed};
use crate::domain::error::Invalid;
use crate::domain::ids::ImportId;
use crate::office::sheet_in::{Table, column_name};
use crate::service::Rows;

/// So many names of new and changed things are listed.
const NAMED: usize = 1_000;

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
    /// Everything that is wrong; nothing is written unless this is empty.
    pub errors: Vec<RowError>,
    #[serde(skip)]
    lacks: Option<Invalid>,
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
        let errors = outcome.faults.into_iter();
        let errors = errors.filter_map(|fault| {
            let part = file.parts.get(fault.part)?;
            Some(RowError::of(&part.table, fault))
        });
        Self {
            kind: file.kind,
            dry_run,
            import_id: None,
            sheets: file.parts.iter().map(ReadSheet::of).collect(),
            hidden_sheets: file.hidden.clone(),
            created: Rows::first(outcome.created, NAMED),
            changed: Rows::first(outcome.changed, NAMED),
            unchanged: outcome.unchanged,
            errors: errors.collect(),
            lacks: file.lacks(),
        }
    }

    /// The same in another language than Vietnamese.
    #[must_use]
    pub fn said_in(mut self, locale: &str) -> Self {
        for error in &mut self.errors {
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
        lacks.chain(self.errors.iter().map(named)).collect()
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
            name: part.table.sheet_name().to_owned(),
            kind: part.kind,
            rows: part.table.lines().len(),
            columns: part.table.headings.iter().map(column).collect(),
            lacking: lacking.map(|column| column.key.to_owned()).collect(),
        }
    }
}

impl RowError {
    fn of(table: &Table, found: RowFault) -> Self {
        let fault = found.fault;
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
