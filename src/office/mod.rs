//! Files of office programs, in and out: the only room that knows their formats.

pub mod csv_out;
pub mod sheet_in;
pub mod sheet_out;
