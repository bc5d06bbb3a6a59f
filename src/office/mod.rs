//! Files, in and out: the only module that knows their formats.

pub mod archive;
pub mod csv_out;
pub mod docx_out;
pub mod ics_in;
pub mod ics_out;
pub mod sheet_in;
pub mod sheet_out;
pub mod table;
pub mod xlsx_out;

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// By the writer of CSV.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// By the writer of Excel files.
    #[error(transparent)]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// While its parts were put together.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
