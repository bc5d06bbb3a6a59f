//! Files that the service writes: lists and tables for spreadsheets.
//!
//! | file | what is in it |
//! |---|---|
//! | `list_file` | a list as CSV or Excel file, written part by part |

mod list_file;

pub use crate::office::table::{Cell, Head, Table};
pub use list_file::{ListFile, Part};

use crate::office::OfficeError;
use crate::service::Error;
use crate::store::StoreError;

/// A file that can't be written is as much our fault as a broken database.
impl From<OfficeError> for Error {
    fn from(fault: OfficeError) -> Self {
        Self::Store(StoreError::Corrupt(fault.to_string()))
    }
}
