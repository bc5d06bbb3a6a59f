//! The zones that times of a calendar file are in.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;

/// What Windows calls zones of our neighbours, with the same zone of the tz database.
const WINDOWS: [(&str, &str); 8] = [
    ("SE Asia Standard Time", "Asia/Ho_Chi_Minh"),
    ("North Asia Standard Time", "Asia/Krasnoyarsk"),
    ("Singapore Standard Time", "Asia/Singapore"),
    ("China Standard Time", "Asia/Shanghai"),
    ("Taipei Standard Time", "Asia/Taipei"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("Korea Standard Time", "Asia/Seoul"),
    ("Greenwich Standard Time", "UTC"),
];

/// The instant of a local time in the zone of a name: of the tz database (also behind a prefix, as some
/// programs write it), of Windows, or one that the file describes and that has one offset all year.
/// `None` for a name that nobody knows.
pub(super) fn in_named(
    name: &str,
    at: NaiveDateTime,
    described: &HashMap<String, FixedOffset>,
) -> Option<DateTime<Utc>> {
    let name = name.trim().trim_matches('"');
    if let Some(zone) = known(name) {
        return zone
            .from_local_datetime(&at)
            .earliest()
            .map(|at| at.to_utc());
    }
    let offset = described.get(name)?;
    offset
        .from_local_datetime(&at)
        .earliest()
        .map(|at| at.to_utc())
}

fn known(name: &str) -> Option<Tz> {
    let windows = WINDOWS.iter().find(|(windows, _)| *windows == name);
    if let Some((_, same)) = windows {
        return same.parse().ok();
    }
    let behind = name.match_indices('/').map(|(at, _)| at + 1);
    let mut names = std::iter::once(0).chain(behind);
    names.find_map(|at| name.get(at..)?.parse().ok())
}
