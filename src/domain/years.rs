//! The years in which dates and instants from outside may lie. Every date and instant of a request,
//! a file or the command line is read here, before anything is computed with it: a mistyped year is
//! named, and no calculation meets a year far away.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, TimeZone};
use serde::de::{Deserialize, Deserializer, Error as _};

use super::error::Invalid;
use super::text;

/// The years that dates, instants and years from outside may name.
pub const YEARS: RangeInclusive<i32> = 2000..=2100;

/// A value from outside that lies in a year.
pub trait Dated {
    /// What is wrong with its year; the fault does not name a field yet.
    fn outside(&self) -> Option<Invalid>;
}

/// A year.
impl Dated for i32 {
    fn outside(&self) -> Option<Invalid> {
        (!YEARS.contains(self)).then(|| of_year(self))
    }
}

fn of_year(value: impl std::fmt::Display) -> Invalid {
    Invalid::new("", "number_range")
        .with("value", value)
        .with("from", YEARS.start())
        .with("to", YEARS.end())
}

/// A local date.
impl Dated for NaiveDate {
    fn outside(&self) -> Option<Invalid> {
        let fault = || Invalid::new("", "date_year").with("value", self.format("%d/%m/%Y"));
        (!YEARS.contains(&self.year())).then(fault)
    }
}

/// An instant lies in the year of its date in the users' zone.
impl<Z: TimeZone> Dated for DateTime<Z> {
    fn outside(&self) -> Option<Invalid> {
        text::local_date(self.to_utc()).outside()
    }
}

/// A value that may be absent.
impl<T: Dated> Dated for Option<T> {
    fn outside(&self) -> Option<Invalid> {
        self.as_ref().and_then(Dated::outside)
    }
}

/// Checks a value that was not read by serde: a cell of a file, an argument of a command.
///
/// # Errors
/// `date_year`, or `number_range` of a year, on `field`.
pub fn check<T: Dated>(field: &'static str, value: T) -> Result<T, Invalid> {
    match value.outside() {
        Some(fault) => Err(fault.within(field)),
        None => Ok(value),
    }
}

/// Reads a value of a request: `#[serde(deserialize_with = "years::read")]`.
///
/// # Errors
/// Those of the deserializer; a year outside [`YEARS`], which [`from_serde`] recognises.
pub fn read<'de, T: Deserialize<'de> + Dated, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    let value = T::deserialize(from)?;
    match value.outside() {
        Some(fault) => Err(D::Error::custom(sentence(&fault))),
        None => Ok(value),
    }
}

/// Reads a value that `null` takes away, told apart from one that is absent.
///
/// # Errors
/// As [`read`].
pub fn present<'de, T: Deserialize<'de> + Dated, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    read(from).map(Some)
}

/// An instant with its offset on the command line.
///
/// # Errors
/// The sentence for people.
pub fn instant(text: &str) -> Result<DateTime<FixedOffset>, String> {
    let at: DateTime<FixedOffset> = text
        .parse()
        .map_err(|e: chrono::ParseError| e.to_string())?;
    check("", at).map_err(|fault| fault.to_string())
}

/// A date or a year on the command line.
///
/// # Errors
/// The sentence for people.
pub fn argument<T>(text: &str) -> Result<T, String>
where
    T: Dated + std::str::FromStr<Err: std::fmt::Display>,
{
    let value = text.parse::<T>().map_err(|error| error.to_string())?;
    check("", value).map_err(|fault| fault.to_string())
}

/// The fault of a part of an address: a year or a date outside the years.
#[must_use]
pub fn of_segment(name: &str, text: &str) -> Option<Invalid> {
    let year = text.parse::<i32>().ok().and_then(|year| year.outside());
    let date = text.parse::<NaiveDate>().ok();
    let fault = year.or_else(|| date.outside());
    fault.map(|fault| fault.within(name))
}

/// What serde passes on of a fault: its code and its value.
fn sentence(fault: &Invalid) -> String {
    let value = fault.args.first().map_or("", |(_, value)| value.as_str());
    format!("{}: {value}", fault.code)
}

/// The fault of [`read`] in a sentence of serde.
#[must_use]
pub fn from_serde(field: &str, said: &str) -> Option<Invalid> {
    let (code, value) = said.split_once(": ")?;
    match code {
        "date_year" => Some(Invalid::new(field.to_owned(), "date_year").with("value", value)),
        "number_range" => Some(of_year(value).within(field)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;

    #[test]
    fn years_end_at_the_users_midnight() {
        let outside = |text: &str| {
            let at: DateTime<Utc> = text.parse().unwrap();
            at.outside().is_some()
        };
        assert!(outside("1999-12-31T23:59:59+07:00"));
        assert!(!outside("2000-01-01T00:00:00+07:00"));
        assert!(!outside("2100-12-31T23:59:59+07:00"));
        assert!(outside("2101-01-01T00:00:00+07:00"));
        assert!(outside("+262142-12-31T23:00:00Z"));
        assert!(outside("-262143-01-01T00:00:00Z"));
        assert!(DateTime::<Utc>::MAX_UTC.outside().is_some());
        assert!(DateTime::<Utc>::MIN_UTC.outside().is_some());
    }

    #[test]
    fn a_part_of_an_address_is_a_year_or_a_date() {
        let code = |text: &str| of_segment("year", text).map(|fault| fault.code);
        assert_eq!(code("2026"), None);
        assert_eq!(code("262142"), Some("number_range"));
        assert_eq!(code("+262142-12-31"), Some("date_year"));
        assert_eq!(code("abc"), None);
    }
}
