//! Files that the service writes: lists and tables for spreadsheets, official documents, calendars; and
//! those that leave by mail.
//!
//! | file | what is in it |
//! |---|---|
//! | `list_file` | a list as CSV or Excel file, written part by part |
//! | `figures` | what units owed in a period and what came of it |
//! | `monthly` | the monthly table |
//! | `emulation` | the yearly emulation table |
//! | `documents` | official documents |
//! | `letterheads`, `templates` | the heads of documents, and their texts |
//! | `feeds` | calendar feeds |
//! | `scheduled`, `weekly` | reports by mail |

mod documents;
mod emulation;
mod feeds;
mod figures;
mod letterheads;
mod list_file;
mod monthly;
mod scheduled;
mod templates;
mod weekly;

pub use crate::office::table::{Cell, Head, Table};
pub use documents::{DocumentQuery, document};
pub use emulation::emulation;
pub use feeds::{
    CalendarFeed, IssuedFeed, PATH as FEEDS, calendar_feeds, create_feed, feed, revoke_feed,
};
pub use figures::{Count, Figures, UnitFigures};
pub use letterheads::{LetterheadView, letterhead, set_letterhead};
pub use list_file::{ListFile, Part};
pub use monthly::{MonthQuery, monthly};
pub use scheduled::{Sent, send_half_year, send_monthly};
pub use templates::{TemplateView, set_template, template, templates};
pub use weekly::send_weekly;

use crate::domain::error::Invalid;
use crate::domain::file::FileFormat;
use crate::domain::period::Period;
use crate::domain::years;
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

/// The period of a key that comes from outside.
///
/// # Errors
/// `period_key` on `field`; what is said of a year that nobody can mean.
pub fn period(field: &'static str, key: &str) -> Result<Period, Invalid> {
    let unknown = || {
        Invalid::new(field, "period_key").with("value", key.chars().take(40).collect::<String>())
    };
    let period = Period::of_key(key.trim()).ok_or_else(unknown)?;
    years::check(field, period.first)?;
    Ok(period)
}
