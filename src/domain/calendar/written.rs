//! Amounts and times as people write them in questions to a calendar.

use chrono::{NaiveTime, TimeDelta};

use super::CalendarError;
use crate::domain::error::Invalid;

/// The most hours that a question may ask for: more than a year of them, by the clock. The answer
/// explains every day.
const MOST_HOURS: i128 = 10_000;

/// Hours as people write them, `12`, `1.5` or `1,5`: read exactly, never by way of a floating-point
/// number.
///
/// # Errors
/// `hours`, `hours_too_many`, or an amount below zero, on `field`.
pub fn hours_of(field: &'static str, text: &str) -> Result<TimeDelta, Invalid> {
    const NANOS_AN_HOUR: i128 = 3_600_000_000_000;
    let fault = || Invalid::new(field, "hours").with("value", text.escape_debug());
    let text = text.trim();
    if text.starts_with('-') {
        return Err(CalendarError::NegativeAmount.at_field(field));
    }
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let digits =
        |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(fault());
    }
    let scale = (0..fraction.len()).fold(1_i128, |scale, _| scale * 10);
    let number = |part: &str| part.parse::<i128>().map_err(|_| fault());
    let nanos = number(whole)? * NANOS_AN_HOUR + number(fraction)? * NANOS_AN_HOUR / scale;
    if nanos > MOST_HOURS * NANOS_AN_HOUR {
        return Err(Invalid::new(field, "hours_too_many").with("max", MOST_HOURS));
    }
    let out_of_range = |_| CalendarError::OutOfRange.at_field(field);
    Ok(TimeDelta::nanoseconds(
        i64::try_from(nanos).map_err(out_of_range)?,
    ))
}

/// A time of day, `16:00`.
///
/// # Errors
/// `cutoff_time` on `field`.
pub fn time_of(field: &'static str, text: &str) -> Result<NaiveTime, Invalid> {
    let time = (text.len() == 5)
        .then(|| NaiveTime::parse_from_str(text, "%H:%M").ok())
        .flatten();
    time.ok_or_else(|| Invalid::new(field, "cutoff_time").with("value", text.escape_debug()))
}
