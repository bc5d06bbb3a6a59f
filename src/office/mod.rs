//! Files of office programs, in and out: the only room that knows their formats.

pub mod units_csv;
