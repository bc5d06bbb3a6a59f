//! Calendars out as iCalendar (RFC 5545). Written here rather than by the crate that reads them: that
//! one folds lines an octet too late and has no time zones.

use std::fmt::Write as _;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use crate::domain::text::local;

/// The zone of all times.
const ZONE: &str = "Asia/Ho_Chi_Minh";

/// Most octets of a line, without the line break.
const OCTETS: usize = 75;

/// When something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IcsTime {
    /// From one instant to another.
    Span(DateTime<Utc>, DateTime<Utc>),
    /// On whole days, both included.
    Days(NaiveDate, NaiveDate),
}

/// An entry of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IcsEntry {
    /// Names it for good: the same thing has the same one in every edition.
    pub uid: String,
    /// What it is.
    pub summary: String,
    /// More about it.
    pub description: String,
    /// Where it is.
    pub place: Option<String>,
    /// Where its page is.
    pub url: String,
    /// When it is.
    pub time: IcsTime,
    /// When it was written or changed last.
    pub changed_at: DateTime<Utc>,
    /// Goes up when its time changes.
    pub sequence: i32,
    /// How long before its start to remind of it.
    pub alarms: Vec<TimeDelta>,
}

/// A calendar with these entries.
pub fn write(name: &str, entries: &[IcsEntry]) -> String {
    let mut file = Lines::default();
    for line in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//tinbai//tinbai//VI",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ] {
        file.line(line);
    }
    file.text("X-WR-CALNAME", name);
    file.line(&format!("X-WR-TIMEZONE:{ZONE}"));
    // how often programs are to ask again
    file.line("REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    file.line("X-PUBLISHED-TTL:PT1H");
    file.zone();
    for entry in entries {
        file.entry(entry);
    }
    file.line("END:VCALENDAR");
    file.0
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    /// Adds a line, folded after 75 octets, never inside a letter.
    fn line(&mut self, line: &str) {
        let mut used = 0;
        for letter in line.chars() {
            if used + letter.len_utf8() > OCTETS {
                self.0.push_str("\r\n ");
                used = 1;
            }
            self.0.push(letter);
            used += letter.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    fn text(&mut self, name: &str, text: &str) {
        self.line(&format!("{name}:{}", escaped(text)));
    }

    /// Seven hours ahead of UTC since 1975, without daylight saving time.
    fn zone(&mut self) {
        self.line("BEGIN:VTIMEZONE");
        self.line(&format!("TZID:{ZONE}"));
        for line in [
            "BEGIN:STANDARD",
            "DTSTART:19750613T000000",
            "TZOFFSETFROM:+0700",
            "TZOFFSETTO:+0700",
            "TZNAME:+07",
            "END:STANDARD",
            "END:VTIMEZONE",
        ] {
            self.line(line);
        }
    }

    fn entry(&mut self, entry: &IcsEntry) {
        self.line("BEGIN:VEVENT");
        self.text("UID", &entry.uid);
        self.line(&format!(
            "DTSTAMP:{}",
            entry.changed_at.format("%Y%m%dT%H%M%SZ")
        ));
        self.line(&format!("SEQUENCE:{}", entry.sequence));
        match entry.time {
            IcsTime::Span(from, to) => {
                for (name, at) in [("DTSTART", from), ("DTEND", to)] {
                    let at = local(at).format("%Y%m%dT%H%M%S");
                    self.line(&format!("{name};TZID={ZONE}:{at}"));
                }
            }
            IcsTime::Days(first, last) => {
                // the end of whole days is the day after them
                let after = last.checked_add_days(Days::new(1)).unwrap_or(last);
                for (name, on) in [("DTSTART", first), ("DTEND", after)] {
                    self.line(&format!("{name};VALUE=DATE:{}", on.format("%Y%m%d")));
                }
                self.line("TRANSP:TRANSPARENT");
            }
        }
        self.text("SUMMARY", &entry.summary);
        if !entry.description.is_empty() {
            self.text("DESCRIPTION", &entry.description);
        }
        if let Some(place) = &entry.place {
            self.text("LOCATION", place);
        }
        self.line(&format!("URL:{}", entry.url));
        for before in &entry.alarms {
            self.line("BEGIN:VALARM");
            self.line("ACTION:DISPLAY");
            self.text("DESCRIPTION", &entry.summary);
            self.line(&format!("TRIGGER:{}", trigger(*before)));
            self.line("END:VALARM");
        }
        self.line("END:VEVENT");
    }
}

fn trigger(before: TimeDelta) -> String {
    let mut text = "-P".to_owned();
    let (days, hours, minutes) = (
        before.num_days(),
        before.num_hours() % 24,
        before.num_minutes() % 60,
    );
    // writing into a text never fails
    if days > 0 {
        let _done = write!(text, "{days}D");
    }
    if hours > 0 || minutes > 0 || days == 0 {
        text.push('T');
        if hours > 0 {
            let _done = write!(text, "{hours}H");
        }
        if minutes > 0 || hours == 0 {
            let _done = write!(text, "{minutes}M");
        }
    }
    text
}

/// A text as a property holds it; control characters other than line breaks are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '\n' => escaped.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_letters() {
        let mut lines = Lines::default();
        lines.text(
            "SUMMARY",
            &"Đại hội Công đoàn cơ sở nhiệm kỳ 2026-2031; ".repeat(5),
        );
        assert!(
            lines.0.split("\r\n").all(|line| line.len() <= OCTETS),
            "{}",
            lines.0
        );
        let whole = lines.0.replace("\r\n ", "");
        assert!(whole.contains("2026-2031\\; Đại hội"), "{whole}");
    }

    #[test]
    fn alarms_come_before() {
        let told = [
            TimeDelta::days(5),
            TimeDelta::hours(28),
            TimeDelta::minutes(90),
            TimeDelta::minutes(30),
            TimeDelta::zero(),
        ];
        let told = told.map(trigger);
        assert_eq!(told, ["-P5D", "-P1DT4H", "-PT1H30M", "-PT30M", "-PT0M"]);
    }
}
