//! The lines of a calendar file that are read: everything else is dropped before the file is parsed, so
//! that a long file costs little.

use std::collections::HashMap;

use chrono::FixedOffset;

/// The properties that are read.
const KEPT: [&str; 11] = [
    "BEGIN",
    "END",
    "SUMMARY",
    "LOCATION",
    "UID",
    "STATUS",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RECURRENCE-ID",
];

/// A property that repeats an event; it is kept without its value as `RRULE`.
const DATES: &str = "RDATE";

/// The parameters that are read.
const PARAMETERS: [&str; 2] = ["VALUE", "TZID"];

/// The lines of a file that are read.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The lines, each ended by CR LF.
    pub(super) text: String,
    /// How many there are.
    pub(super) count: usize,
    /// Zones that the file describes and that have one offset all year, by their names.
    pub(super) zones: HashMap<String, FixedOffset>,
}

impl Lines {
    /// The lines of a text whose lines end by LF. `None` if a line has no colon, as every line of a calendar has.
    pub(super) fn of(text: &str) -> Option<Self> {
        let unfolded = text.replace("\n ", "").replace("\n\t", "");
        let mut lines = Self::default();
        let mut zone: Option<Zone> = None;
        for line in unfolded.lines().filter(|line| !line.trim().is_empty()) {
            let (head, value) = split(line)?;
            let mut parts = head.split(';');
            let name = parts.next().unwrap_or_default().trim().to_ascii_uppercase();
            match (name.as_str(), value.trim()) {
                ("BEGIN", "VTIMEZONE") => zone = Some(Zone::default()),
                ("END", "VTIMEZONE") => lines.zones.extend(zone.take().and_then(Zone::fixed)),
                ("TZID", id) => zone.iter_mut().for_each(|zone| zone.name = id.to_owned()),
                ("TZOFFSETTO", to) => zone.iter_mut().for_each(|zone| zone.add(to)),
                _ => {}
            }
            if name == DATES {
                lines.add("RRULE:DATES");
            } else if KEPT.contains(&name.as_str()) {
                let kept = parts.filter(|one| is_read(one)).collect::<Vec<_>>();
                let kept: String = kept.iter().map(|one| format!(";{one}")).collect();
                lines.add(&format!("{name}{kept}:{value}"));
            }
        }
        Some(lines)
    }

    fn add(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push_str("\r\n");
        self.count += 1;
    }
}

/// The name and parameters of a line, and its value: behind the first colon outside of quotes.
fn split(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = line.char_indices().find(|(_, letter)| {
        quoted ^= *letter == '"';
        *letter == ':' && !quoted
    });
    let (at, _) = at?;
    Some((line.get(..at)?, line.get(at + 1..)?))
}

fn is_read(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default().trim();
    PARAMETERS
        .iter()
        .any(|read| name.eq_ignore_ascii_case(read))
}

/// A zone that the file describes.
#[derive(Default)]
struct Zone {
    name: String,
    /// Its offsets; `None` for one that can't be read.
    offsets: Vec<Option<FixedOffset>>,
}

impl Zone {
    fn add(&mut self, offset: &str) {
        self.offsets.push(offset.parse().ok());
    }

    /// Its name and offset, if it has one all year.
    fn fixed(self) -> Option<(String, FixedOffset)> {
        let first = (*self.offsets.first()?)?;
        let same = self.offsets.iter().all(|offset| *offset == Some(first));
        same.then_some((self.name, first))
    }
}
