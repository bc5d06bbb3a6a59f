//! Files that the service writes: lists and tables for spreadsheets.
//!
//! | file | what is in it |
//! |---|---|
//! | `list_file` | a list as CSV or Excel file, written part by part |
//! | `figures` | what units owed in a period and what came of it |
//! | `monthly` | the monthly table |
//! | `emulation` | the yearly emulation table |

mod emulation;
mod figures;
mod list_file;
mod monthly;

pub use crate::office::table::{Cell, Head, Table};
pub use emulation::emulation;
pub use figures::{Count, Figures, UnitFigures};
pub use list_file::{ListFile, Part};
pub use monthly::{MonthQuery, monthly};

use crate::domain::file::FileFormat;
use crate::office::xlsx_out::Book;
use crate::office::{OfficeError, csv_out};
use crate::service::Error;
use crate::store::StoreError;

/// A file that can't be written is as much our fault as a broken database.
impl From<OfficeError> for Error {
    fn from(fault: OfficeError) -> Self {
        Self::Store(StoreError::Corrupt(fault.to_string()))
    }
}

/// Whole tables as a file: in Excel a sheet each, as CSV the first one with its sums.
fn written(tables: &[Table], format: FileFormat, locale: &str) -> Result<Vec<u8>, OfficeError> {
    match (format, tables.first()) {
        (FileFormat::Csv, Some(table)) => {
            let rows: Vec<Vec<Cell>> = table.rows.iter().chain(&table.total).cloned().collect();
            csv_out::write(Some(&table.head.columns), &rows, locale)
        }
        _ => Book::of(tables),
    }
}
