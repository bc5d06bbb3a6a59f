//! Events in from an iCalendar file, as calendar programs export them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use icalendar::{
    Calendar, CalendarComponent, CalendarDateTime, Component as _, DatePerhapsTime, Event,
    EventLike as _,
};

use crate::domain::error::Invalid;
use crate::domain::text::{ZONE, clean, local_midnight, without_mark};
use crate::domain::years::Dated as _;

/// Most events of a file.
const MOST: usize = 5_000;

/// What a file begins with.
const BEGINS: &[u8] = b"BEGIN:VCALENDAR";

/// The largest file, in bytes.
const LARGEST: usize = 4 << 20;

/// The most lines and parameters.
const PARTS: usize = 200_000;

/// How deep components may be nested. The parser is recursive and would overflow its stack.
const DEEPEST: usize = 8;

/// An event of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadEvent {
    /// What names it in the file; empty without one.
    pub uid: String,
    /// Its title.
    pub title: String,
    /// Where it is.
    pub place: Option<String>,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends; without an end when it starts.
    pub ends_at: DateTime<Utc>,
    /// Whether it has no time of day.
    pub date_only: bool,
}

/// Whether a file says that it is a calendar.
pub fn is_calendar(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let begins = bytes.trim_ascii_start().get(..BEGINS.len());
    begins.is_some_and(|begins| begins.eq_ignore_ascii_case(BEGINS))
}

/// Reads the events of a file in their order. Times without a zone, and those of a zone that is named,
/// are taken as local times of the users' zone. Repetitions are not followed.
///
/// # Errors
/// `ics_file` for what is no such file, `ics_large` for more than 4 MiB, `ics_many` for more than
/// 5,000 events; for each event that can't be read one that names it by its number, from 1.
pub fn read(bytes: &[u8]) -> Result<Vec<ReadEvent>, Vec<Invalid>> {
    let unreadable = || vec![Invalid::new("", "ics_file")];
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable())?;
    let text = without_mark(text.to_owned());
    if text.len() > LARGEST {
        return Err(vec![
            Invalid::new("", "ics_large").with("most", LARGEST >> 20),
        ]);
    }
    // the parser ends lines at CR LF only, and is slow on other line ends
    let text = text.replace("\r\n", "\n");
    let parts = text.lines().count() + text.matches(';').count();
    if text.contains('\r') || parts > PARTS || is_too_deep(&text) {
        return Err(unreadable());
    }
    if text.matches("BEGIN:VEVENT").count() > MOST {
        return Err(vec![Invalid::new("", "ics_many").with("most", MOST)]);
    }
    let text = text.replace('\n', "\r\n");
    let calendar: Calendar = text.parse().map_err(|_| unreadable())?;
    let events: Vec<&Event> = calendar
        .components
        .iter()
        .filter_map(CalendarComponent::as_event)
        .collect();
    if events.is_empty() {
        return Err(unreadable());
    }
    if events.len() > MOST {
        return Err(vec![Invalid::new("", "ics_many").with("most", MOST)]);
    }
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (number, event) in (1..).zip(events) {
        match one(event) {
            Ok(event) => found.push(event),
            Err(fault) => faults.push(fault.within(&format!("event {number}"))),
        }
    }
    match faults.is_empty() {
        true => Ok(found),
        false => Err(faults),
    }
}

/// Whether components are nested too deep. An `END` counts only if it names the innermost open one.
fn is_too_deep(text: &str) -> bool {
    let unfolded = text.replace("\n ", "").replace("\n\t", "");
    let mut open: Vec<String> = Vec::new();
    unfolded.lines().any(|line| {
        let line = line.trim().to_ascii_uppercase();
        if let Some(name) = line.strip_prefix("BEGIN:") {
            open.push(name.to_owned());
        } else if open.last().map(String::as_str) == line.strip_prefix("END:") {
            open.pop();
        }
        open.len() > DEEPEST
    })
}

fn one(event: &Event) -> Result<ReadEvent, Invalid> {
    let title = clean(event.get_summary().unwrap_or_default());
    if title.is_empty() {
        return Err(Invalid::new("title", "required"));
    }
    let start = event
        .get_start()
        .ok_or(Invalid::new("starts_at", "required"))?;
    let (starts_at, date_only) = instant("starts_at", start)?;
    let ends_at = match event.get_end() {
        // the end of whole days is the day after them
        Some(DatePerhapsTime::Date(after)) if date_only => {
            midnight("ends_at", after)? - TimeDelta::days(1)
        }
        Some(end) => instant("ends_at", end)?.0,
        None => starts_at,
    };
    let place = event
        .get_location()
        .map(clean)
        .filter(|place| !place.is_empty());
    Ok(ReadEvent {
        uid: event.get_uid().unwrap_or_default().to_owned(),
        title,
        place,
        ends_at: ends_at.max(starts_at),
        starts_at,
        date_only,
    })
}

/// An instant, and whether only its date is known.
fn instant(field: &'static str, at: DatePerhapsTime) -> Result<(DateTime<Utc>, bool), Invalid> {
    let found = match at {
        DatePerhapsTime::Date(on) => return Ok((midnight(field, on)?, true)),
        DatePerhapsTime::DateTime(CalendarDateTime::Utc(at)) => at,
        DatePerhapsTime::DateTime(CalendarDateTime::Floating(at)) => in_zone(field, at)?,
        DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, .. }) => {
            in_zone(field, date_time)?
        }
    };
    match found.outside() {
        Some(fault) => Err(fault.within(field)),
        None => Ok((found, false)),
    }
}

fn in_zone(field: &'static str, at: NaiveDateTime) -> Result<DateTime<Utc>, Invalid> {
    let local = at.and_local_timezone(ZONE).earliest();
    let fault = || Invalid::new(field, "typed_date").with("value", at);
    local.map(|at| at.to_utc()).ok_or_else(fault)
}

fn midnight(field: &'static str, on: NaiveDate) -> Result<DateTime<Utc>, Invalid> {
    match on.outside() {
        Some(fault) => Err(fault.within(field)),
        None => Ok(local_midnight(on)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(events: &str) -> String {
        format!("\u{feff}BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
    }

    #[test]
    fn events_have_their_times_in_our_zone() {
        let text = file(
            "BEGIN:VEVENT\r\nUID:a@b\r\nSUMMARY:Đại hội\\, phiên 1\r\nLOCATION:Hội trường\r\nDTSTART;TZID=Asia/Ho_Chi_Minh:20261120T080000\r\nDTEND;TZID=Asia/Ho_Chi_Minh:20261120T110000\r\nEND:VEVENT\r\n\
             BEGIN:VEVENT\r\nSUMMARY:Hội thi\r\nDTSTART;VALUE=DATE:20261121\r\nDTEND;VALUE=DATE:20261123\r\nEND:VEVENT\r\n\
             BEGIN:VEVENT\r\nSUMMARY:Họp\r\nDTSTART:20261120T010000Z\r\nEND:VEVENT\r\n",
        );
        let events = read(text.as_bytes()).unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(
            (events[0].title.as_str(), events[0].place.as_deref()),
            ("Đại hội, phiên 1", Some("Hội trường"))
        );
        assert_eq!(
            (events[0].starts_at, events[0].ends_at),
            (at("2026-11-20T01:00:00Z"), at("2026-11-20T04:00:00Z"))
        );
        assert_eq!(
            (events[1].date_only, events[1].ends_at),
            (true, at("2026-11-21T17:00:00Z"))
        );
        assert_eq!(events[2].starts_at, events[2].ends_at);
    }

    #[test]
    fn what_can_not_be_read_is_named() {
        assert_eq!(read(b"x").unwrap_err()[0].code, "ics_file");
        let far = "BEGIN:VEVENT\r\nSUMMARY:A\r\nDTSTART:99990101T000000Z\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\n";
        let faults = read(file(far).as_bytes()).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_ref()).collect();
        assert_eq!(fields, ["event 1.starts_at", "event 2.title"]);
    }

    #[test]
    fn deep_nesting_and_too_many_events_are_refused() {
        let event = "BEGIN:VEVENT\r\nSUMMARY:A\r\nDTSTART:20261120T010000Z\r\nEND:VEVENT\r\n";
        let ends_within = "BEGIN:V\nA:b\rEND:x\n".repeat(20_000);
        let other_ends = "BEGIN:V\nEND:x\n".repeat(20_000);
        for within in [ends_within, other_ends] {
            let faults = read(file(&format!("{event}{within}")).as_bytes()).unwrap_err();
            assert_eq!(faults[0].code, "ics_file");
        }
        let many = read(file(&event.repeat(MOST + 1)).as_bytes()).unwrap_err();
        assert_eq!(many[0].code, "ics_many");
        // lines may end as on Unix
        let unix = file(event).replace("\r\n", "\n");
        assert_eq!(read(unix.as_bytes()).unwrap().len(), 1);
    }
}
