//! Years that a person may have meant.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};

use super::error::Invalid;

/// The years that dates and plans may lie in.
pub const YEARS: RangeInclusive<i32> = 2000..=2100;

/// Checks a year.
///
/// # Errors
/// `number_range` on `field` outside [`YEARS`].
pub fn check_year(field: &'static str, year: i32) -> Result<(), Invalid> {
    if YEARS.contains(&year) {
        return Ok(());
    }
    Err(Invalid::new(field, "number_range")
        .with("value", year)
        .with("from", YEARS.start())
        .with("to", YEARS.end()))
}

/// Checks that a date lies in a year that a person may have meant.
///
/// # Errors
/// `date_year` on `field` outside [`YEARS`].
pub fn check_date(field: &'static str, date: NaiveDate) -> Result<(), Invalid> {
    if YEARS.contains(&date.year()) {
        return Ok(());
    }
    Err(Invalid::new(field, "date_year").with("value", date.format("%d/%m/%Y")))
}
