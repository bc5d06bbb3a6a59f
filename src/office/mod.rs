//! Files of office programs, in and out: the only room that knows their formats.

pub mod csv_out;
pub mod units_csv;
