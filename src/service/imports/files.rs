//! Files that an import gives out: templates, and a file as it came with remarks.

use std::collections::HashMap;

use super::{ImportKind, ImportReport, Parsed};
use crate::domain::words::say;
use crate::office::sheet_out::{self, Remarked, Template};
use crate::service::Error;
use crate::store::StoreError;

/// The template of a kind: a sheet for each thing that a file of it holds.
///
/// # Errors
/// If the file can't be written.
pub fn template(kind: ImportKind) -> Result<Vec<u8>, Error> {
    let names: Vec<String> = kind.parts().iter().map(|kind| sheet_name(*kind)).collect();
    let sheets: Vec<Template<'_>> = (kind.parts().iter().zip(&names))
        .map(|(kind, name)| Template {
            name,
            columns: kind.columns(),
            choices: kind
                .columns()
                .iter()
                .map(|column| kind.choices(column.key))
                .collect(),
        })
        .collect();
    sheet_out::templates(&sheets).map_err(unwritten)
}

/// The sheets of a file with what is wrong behind each row.
///
/// # Errors
/// If the file can't be written.
pub fn remarks(file: &Parsed, report: &ImportReport) -> Result<Vec<u8>, Error> {
    let mut sheets = Vec::new();
    for part in &file.parts {
        let mut remarks: HashMap<u32, String> = HashMap::new();
        let own = |error: &&super::RowError| error.sheet == part.table.sheet_name();
        for error in report.errors.iter().filter(own) {
            let remark = remarks.entry(error.row).or_default();
            if !remark.is_empty() {
                remark.push('\n');
            }
            let place = error.header.as_deref().or(error.column.as_deref());
            if let Some(place) = place {
                remark.push_str(&format!("{place}: "));
            }
            remark.push_str(&error.message);
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
