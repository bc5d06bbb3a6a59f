//! Events in from an iCalendar file, as calendar programs export them.

mod duration;
mod lines;
mod zones;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Utc};
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

/// The most lines that are read.
const LINES: usize = 100_000;

/// Most letters of the name of an event in a message.
const NAME: usize = 80;

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

/// The events of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadEvents {
    /// Those that are read, in the order of the file.
    pub events: Vec<ReadEvent>,
    /// What the file says that is not read, with the index of the event among those that are; `None` for
    /// an event that is left out.
    pub warnings: Vec<(Option<usize>, Invalid)>,
}

/// Whether a file says that it is a calendar.
pub fn is_calendar(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let begins = bytes.trim_ascii_start().get(..BEGINS.len());
    begins.is_some_and(|begins| begins.eq_ignore_ascii_case(BEGINS))
}

/// Reads the events of a file in their order. Times without a zone are local times of the users' zone. Of
/// an event that is repeated the first one is read; a date of it that was changed is left out, unless the
/// file has nothing else of it; so is an event that was cancelled. Warnings say so.
///
/// # Errors
/// `ics_file` for what is no such file, `ics_large` for more than 4 MiB, `ics_many` for more than
/// 5,000 events; for each event that can't be read one on `event 3.starts_at`, counted from 1, that names
/// its title or its UID.
pub fn read(bytes: &[u8]) -> Result<ReadEvents, Vec<Invalid>> {
    let unreadable = || vec![Invalid::new("", "ics_file")];
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable())?;
    let text = without_mark(text.to_owned());
    if text.len() > LARGEST {
        return Err(vec![
            Invalid::new("", "ics_large").with("most", LARGEST >> 20),
        ]);
    }
    let text = text.replace("\r\n", "\n");
    if text.contains('\r') || is_too_deep(&text) {
        return Err(unreadable());
    }
    let lines = lines::Lines::of(&text).ok_or_else(unreadable)?;
    if lines.text.matches("BEGIN:VEVENT").count() > MOST {
        return Err(vec![Invalid::new("", "ics_many").with("most", MOST)]);
    }
    if lines.count > LINES {
        return Err(unreadable());
    }
    let calendar: Calendar = lines.text.parse().map_err(|_| unreadable())?;
    let events: Vec<&Event> = calendar
        .components
        .iter()
        .filter_map(CalendarComponent::as_event)
        .collect();
    match events.is_empty() {
        true => Err(unreadable()),
        false => all(&events, &lines.zones),
    }
}

/// The events of a file, or everything that is wrong with them.
fn all(
    events: &[&Event],
    zones: &HashMap<String, FixedOffset>,
) -> Result<ReadEvents, Vec<Invalid>> {
    let is_change = |event: &Event| event.property_value("RECURRENCE-ID").is_some();
    // events that are there as a whole; then those of which a changed date is there
    let whole = events.iter().filter(|event| !is_change(event));
    let mut known: HashSet<&str> = whole.filter_map(|event| event.get_uid()).collect();
    let (mut read, mut faults) = (ReadEvents::default(), Vec::new());
    for (number, event) in (1_usize..).zip(events) {
        let named = |code| Invalid::new("", code).with("event", name_of(event, number));
        if event.property_value("STATUS") == Some("CANCELLED") {
            read.warnings.push((None, named("ics_cancelled")));
            continue;
        }
        if is_change(event) && event.get_uid().is_some_and(|uid| !known.insert(uid)) {
            read.warnings.push((None, named("ics_repeated_change")));
            continue;
        }
        match one(event, zones) {
            Ok(one) => {
                if event.property_value("RRULE").is_some() || is_change(event) {
                    let at = Some(read.events.len());
                    read.warnings.push((at, named("ics_repeated")));
                }
                read.events.push(one);
            }
            Err(fault) => {
                let fault = fault.with("event", name_of(event, number));
                faults.push(fault.within(&format!("event {number}")));
            }
        }
    }
    match faults.is_empty() {
        true => Ok(read),
        false => Err(faults),
    }
}

/// What an event is called in a message: its title, else its UID, else its number.
fn name_of(event: &Event, number: usize) -> String {
    let title = clean(event.get_summary().unwrap_or_default());
    let uid = clean(event.get_uid().unwrap_or_default());
    let name = [title, uid].into_iter().find(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| number.to_string());
    let short: String = name.chars().take(NAME).collect();
    short.escape_debug().to_string()
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

fn one(event: &Event, zones: &HashMap<String, FixedOffset>) -> Result<ReadEvent, Invalid> {
    let title = clean(event.get_summary().unwrap_or_default());
    if title.is_empty() {
        return Err(Invalid::new("title", "ics_title"));
    }
    let start = event
        .get_start()
        .ok_or(Invalid::new("starts_at", "ics_start"))?;
    let (starts_at, date_only) = instant("starts_at", start, zones)?;
    let ends_at = match (event.get_end(), event.property_value("DURATION")) {
        // the end of whole days is the day after them; some programs write the day itself
        (Some(DatePerhapsTime::Date(after)), _) if date_only => {
            let after = midnight("ends_at", after)?;
            match after == starts_at {
                true => starts_at,
                false => after - TimeDelta::days(1),
            }
        }
        (Some(end), _) => instant("ends_at", end, zones)?.0,
        (None, Some(text)) => after(starts_at, date_only, text)?,
        (None, None) if event.property_value("DTEND").is_some() => {
            return Err(Invalid::new("ends_at", "ics_end"));
        }
        (None, None) => starts_at,
    };
    if ends_at < starts_at {
        return Err(Invalid::new("ends_at", "ics_ends_first"));
    }
    let place = event
        .get_location()
        .map(clean)
        .filter(|place| !place.is_empty());
    Ok(ReadEvent {
        uid: event.get_uid().unwrap_or_default().to_owned(),
        title,
        place,
        ends_at,
        starts_at,
        date_only,
    })
}

/// When an event ends that lasts as long as a text says.
fn after(starts_at: DateTime<Utc>, date_only: bool, text: &str) -> Result<DateTime<Utc>, Invalid> {
    let wrong = || Invalid::new("ends_at", "ics_duration").with("value", text.escape_debug());
    let mut length = duration::read(text).ok_or_else(wrong)?;
    if date_only {
        if length != TimeDelta::days(length.num_days()) {
            return Err(wrong());
        }
        length = (length - TimeDelta::days(1)).max(TimeDelta::zero());
    }
    let end = starts_at.checked_add_signed(length);
    end.filter(|end| end.outside().is_none()).ok_or_else(wrong)
}

/// An instant, and whether only its date is known.
fn instant(
    field: &'static str,
    at: DatePerhapsTime,
    zones: &HashMap<String, FixedOffset>,
) -> Result<(DateTime<Utc>, bool), Invalid> {
    let found = match at {
        DatePerhapsTime::Date(on) => return Ok((midnight(field, on)?, true)),
        DatePerhapsTime::DateTime(CalendarDateTime::Utc(at)) => at,
        DatePerhapsTime::DateTime(CalendarDateTime::Floating(at)) => in_zone(field, at)?,
        DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, tzid }) => {
            let found = zones::in_named(&tzid, date_time, zones);
            let unknown = || Invalid::new(field, "ics_zone").with("value", tzid.escape_debug());
            found.ok_or_else(unknown)?
        }
    };
    match found.outside() {
        Some(_) => Err(outside(field, found.date_naive())),
        None => Ok((found, false)),
    }
}

fn in_zone(field: &'static str, at: NaiveDateTime) -> Result<DateTime<Utc>, Invalid> {
    let local = at.and_local_timezone(ZONE).earliest();
    local
        .map(|at| at.to_utc())
        .ok_or_else(|| outside(field, at.date()))
}

fn midnight(field: &'static str, on: NaiveDate) -> Result<DateTime<Utc>, Invalid> {
    match on.outside() {
        Some(_) => Err(outside(field, on)),
        None => Ok(local_midnight(on)),
    }
}

/// The fault of a date that no event has.
fn outside(field: &'static str, on: NaiveDate) -> Invalid {
    Invalid::new(field, "ics_date").with("value", on.format("%d/%m/%Y"))
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
        let events = read(text.as_bytes()).unwrap().events;
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
        assert_eq!(read(unix.as_bytes()).unwrap().events.len(), 1);
    }

    fn event(lines: &str) -> Vec<u8> {
        let lines = lines.replace('|', "\r\n");
        file(&format!("BEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\n")).into_bytes()
    }

    #[test]
    fn an_end_may_be_written_as_a_duration() {
        for (time, starts, ends) in [
            (
                "DTSTART:20261120T010000Z|DURATION:PT1H30M",
                "20T01:00",
                "20T02:30",
            ),
            (
                "DTSTART;VALUE=DATE:20261120|DURATION:P2D",
                "19T17:00",
                "20T17:00",
            ),
            (
                "DTSTART;VALUE=DATE:20261120|DTEND;VALUE=DATE:20261120",
                "19T17:00",
                "19T17:00",
            ),
            // an end goes before a duration
            (
                "DTSTART:20261120T010000Z|DTEND:20261120T020000Z|DURATION:PT9H",
                "20T01:00",
                "20T02:00",
            ),
        ] {
            let read = read(&event(&format!("SUMMARY:A|{time}"))).unwrap();
            let at = |at: DateTime<Utc>| at.format("%dT%H:%M").to_string();
            let found = (at(read.events[0].starts_at), at(read.events[0].ends_at));
            assert_eq!(found, (starts.to_owned(), ends.to_owned()), "{time}");
        }
    }

    #[test]
    fn times_are_in_the_zone_that_is_named() {
        for (zone, hour) in [
            ("Asia/Ho_Chi_Minh", 1),
            ("\"Asia/Bangkok\"", 1),
            ("/freeassociation.example/Asia/Tokyo", 23),
            ("SE Asia Standard Time", 1),
            ("America/New_York", 13),
            ("Giờ của tôi", 6),
        ] {
            let described = "BEGIN:VTIMEZONE\r\nTZID:Giờ của tôi\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
            let one = format!(
                "BEGIN:VEVENT\r\nSUMMARY:A\r\nDTSTART;X=1;TZID={zone}:20261120T080000\r\nEND:VEVENT\r\n"
            );
            let read = read(file(&format!("{described}{one}")).as_bytes()).unwrap();
            let found = read.events[0].starts_at.format("%H").to_string();
            assert_eq!(found, format!("{hour:02}"), "{zone}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_event_names_it() {
        for (lines, fault, name) in [
            (
                "SUMMARY:Họp|DTSTART;TZID=Sao Hỏa:20261120T080000",
                "event 1.starts_at ics_zone",
                "Họp",
            ),
            (
                "SUMMARY:Họp|DTSTART:20261120T080000Z|DTEND:20261120T070000Z",
                "event 1.ends_at ics_ends_first",
                "Họp",
            ),
            (
                "SUMMARY:Họp|DTSTART:20261120T080000Z|DURATION:-PT1H",
                "event 1.ends_at ics_duration",
                "Họp",
            ),
            (
                "SUMMARY:Họp|DTSTART;VALUE=DATE:20261120|DURATION:PT1H",
                "event 1.ends_at ics_duration",
                "Họp",
            ),
            (
                "SUMMARY:Họp|DTSTART:20261120T080000Z|DTEND:mai",
                "event 1.ends_at ics_end",
                "Họp",
            ),
            (
                "SUMMARY:Họp|DTSTART:mai",
                "event 1.starts_at ics_start",
                "Họp",
            ),
            (
                "UID:a@b|DTSTART:20261120T080000Z",
                "event 1.title ics_title",
                "a@b",
            ),
            (
                "SUMMARY:Họp|DTSTART:99990101T000000Z",
                "event 1.starts_at ics_date",
                "Họp",
            ),
        ] {
            let faults = read(&event(lines)).unwrap_err();
            let found = format!("{} {}", faults[0].field, faults[0].code);
            assert_eq!(found, fault, "{lines}");
            assert!(
                faults[0].message("vi").contains(name),
                "{}",
                faults[0].message("vi")
            );
        }
    }

    #[test]
    fn of_what_is_repeated_the_first_is_read_and_a_warning_says_so() {
        let one = |lines: &str| {
            let lines = lines.replace('|', "\r\n");
            format!("BEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\n")
        };
        let text = [
            one("UID:a|SUMMARY:Giao ban|DTSTART:20261120T010000Z|RRULE:FREQ=WEEKLY"),
            one("UID:a|SUMMARY:Giao ban lùi|DTSTART:20261128T010000Z|RECURRENCE-ID:20261127T010000Z"),
            one("UID:b|SUMMARY:Chỉ một lần|DTSTART:20261129T010000Z|RECURRENCE-ID:20261129T010000Z"),
            one("UID:c|SUMMARY:Thôi|DTSTART:20261129T010000Z|STATUS:CANCELLED"),
            one("UID:d|SUMMARY:Nhiều ngày|DTSTART:20261129T010000Z|RDATE:20261130T010000Z,20261201T010000Z"),
            one("UID:e|SUMMARY:Thường|DTSTART:20261130T010000Z"),
        ]
        .concat();
        let read = read(file(&text).as_bytes()).unwrap();
        let titles: Vec<&str> = read
            .events
            .iter()
            .map(|event| event.title.as_str())
            .collect();
        assert_eq!(titles, ["Giao ban", "Chỉ một lần", "Nhiều ngày", "Thường"]);
        let warned: Vec<_> = (read.warnings.iter())
            .map(|(at, fault)| (*at, fault.code))
            .collect();
        assert_eq!(
            warned,
            [
                (Some(0), "ics_repeated"),
                (None, "ics_repeated_change"),
                (Some(1), "ics_repeated"),
                (None, "ics_cancelled"),
                (Some(2), "ics_repeated"),
            ]
        );
    }

    #[test]
    fn parameters_without_end_are_dropped_unread() {
        let many = ";A=1".repeat(400_000);
        let text = event(&format!(
            "SUMMARY{many}:A|DTSTART{many};VALUE=DATE:20261120"
        ));
        let text = String::from_utf8(text).unwrap();
        let read = read(text.as_bytes()).unwrap();
        assert_eq!(
            (read.events[0].title.as_str(), read.events[0].date_only),
            ("A", true)
        );
    }
}
