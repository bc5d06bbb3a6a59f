//! Dates and times as people type them. Fields of dates are texts: those of browsers show the order
//! of the browser's language, often with the month first.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _, Utc};

use crate::domain::error::Invalid;
use crate::domain::text::{ZONE, clean};
use crate::domain::years;

/// A date: `27/3/2026`, `27-03-2026`, `27.3.2026` or `2026-03-27`.
///
/// # Errors
/// `required`, `typed_date`, or what is said of a year that nobody can mean, on `field`.
pub fn date(field: &'static str, text: &str) -> Result<NaiveDate, Invalid> {
    let text = clean(text);
    if text.is_empty() {
        return Err(Invalid::new(field, "required"));
    }
    let parts: Vec<&str> = text.split(['/', '-', '.']).map(str::trim).collect();
    let found = match parts[..] {
        [year, month, day] if year.len() == 4 => of_parts(year, month, day),
        [day, month, year] if year.len() == 4 => of_parts(year, month, day),
        _ => None,
    };
    let found = found.ok_or_else(|| {
        Invalid::new(field, "typed_date").with("value", text.chars().take(40).collect::<String>())
    })?;
    years::check(field, found)
}

/// [`date()`], or nothing where nothing was typed.
///
/// # Errors
/// Those of [`date()`].
pub fn optional_date(field: &'static str, text: &str) -> Result<Option<NaiveDate>, Invalid> {
    match clean(text).is_empty() {
        true => Ok(None),
        false => date(field, text).map(Some),
    }
}

fn of_parts(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let digits = |text: &str| text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if ![year, month, day].into_iter().all(digits) {
        return None;
    }
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    NaiveDate::from_ymd_opt(year.parse().ok()?, month, day)
}

/// A time of day: `15:30`, `15h30`, `15g30`, `15.30`, `15h`, `15`.
///
/// # Errors
/// `required` or `typed_time` on `field`.
pub fn time(field: &'static str, text: &str) -> Result<NaiveTime, Invalid> {
    let text = clean(text).to_lowercase();
    if text.is_empty() {
        return Err(Invalid::new(field, "required"));
    }
    let (hours, minutes) = text
        .split_once([':', 'h', 'g', '.'])
        .unwrap_or((text.as_str(), ""));
    let number = |text: &str| match text.trim() {
        "" => Some(0),
        digits if digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok()
        }
        _ => None,
    };
    let found = number(minutes).zip(number(hours).filter(|_| !hours.trim().is_empty()));
    let found = found.and_then(|(minutes, hours)| NaiveTime::from_hms_opt(hours, minutes, 0));
    found.ok_or_else(|| {
        Invalid::new(field, "typed_time").with("value", text.chars().take(40).collect::<String>())
    })
}

/// The instant of a local date and time that were typed into two fields.
///
/// # Errors
/// Every fault of both.
pub fn instant(
    on: (&'static str, &str),
    at: (&'static str, &str),
) -> Result<DateTime<Utc>, Vec<Invalid>> {
    match (date(on.0, on.1), time(at.0, at.1)) {
        (Ok(date), Ok(time)) => {
            // the zone has no daylight saving time: every local time exists once
            let local = ZONE.from_local_datetime(&date.and_time(time)).earliest();
            local
                .map(|at| at.to_utc())
                .ok_or_else(|| vec![Invalid::new(on.0, "typed_date").with("value", on.1)])
        }
        (date, time) => Err(date.err().into_iter().chain(time.err()).collect()),
    }
}
