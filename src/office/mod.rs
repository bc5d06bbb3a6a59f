//! Files, in and out: the only module that knows their formats.

pub mod archive;
pub mod csv_out;
pub mod sheet_in;
pub mod sheet_out;
