//! Weekdays of a cron line, by name. Their numbers mean other days in other programs: 1 is Sunday
//! here, and Monday in the crontab of Unix.

use std::str::FromStr as _;

use cron::TimeUnitSpec as _;

/// The days in the order of the lines, with their full names in lower case, which may be cut off
/// after three letters.
const DAYS: [(&str, &str); 7] = [
    ("SUN", "sunday"),
    ("MON", "monday"),
    ("TUE", "tuesday"),
    ("WED", "wednesday"),
    ("THU", "thursday"),
    ("FRI", "friday"),
    ("SAT", "saturday"),
];

/// Where the weekdays are in a line of this program.
const FIELD: usize = 5;

/// The line with its weekdays by name; `None` if it can't be read.
pub(super) fn named(line: &str) -> Option<String> {
    let schedule = cron::Schedule::from_str(line).ok()?;
    let fields: Vec<&str> = line.split_whitespace().collect();
    let numbered = fields
        .get(FIELD)
        .is_some_and(|days| days.contains(|c: char| c.is_ascii_digit()));
    if !numbered {
        return Some(line.to_owned());
    }
    let days = schedule.days_of_week();
    let named = with_days(&fields, FIELD, |day| days.includes(day + 1));
    let same = cron::Schedule::from_str(&named).is_ok_and(|named| named.timeunitspec_eq(&schedule));
    same.then_some(named)
}

/// What a crontab line of five fields is here; `None` if there is no line that means the same. In a
/// crontab 0 and 7 are Sunday, and a day of the month beside a weekday means either of them; here
/// it means both.
pub(super) fn of_crontab(line: &str) -> Option<String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [minute, hour, day, month, weekdays] = fields.as_slice() else {
        return None;
    };
    let any = |field: &str| matches!(field, "*" | "?");
    if any(weekdays) {
        return Some(format!("0 {minute} {hour} {day} {month} *"));
    }
    if !any(day) {
        return None;
    }
    let mut wanted = Vec::new();
    for part in weekdays.split(',') {
        wanted.extend(crontab_days(part)?);
    }
    let fields = ["0", minute, hour, day, month, weekdays];
    Some(with_days(&fields, FIELD, |day| wanted.contains(&day)))
}

/// The days of a part of a crontab's list, 0 = Sunday: `1`, `mon-fri`, `1-5/2`, `*/2`.
fn crontab_days(part: &str) -> Option<Vec<u32>> {
    let (days, step) = match part.split_once('/') {
        Some((days, step)) => (days, step.parse().ok().filter(|step| *step > 0)?),
        None => (part, 1),
    };
    let (first, last) = match days.split_once('-') {
        _ if days == "*" => (0, 6),
        Some((first, last)) => (crontab_day(first)?, crontab_day(last)?),
        None if step == 1 => (crontab_day(days)?, crontab_day(days)?),
        None => return None,
    };
    // A range up to Sunday ends with 7.
    let last = if last == 0 && first > 0 { 7 } else { last };
    (first <= last).then(|| (first..=last).step_by(step).map(|day| day % 7).collect())
}

fn crontab_day(day: &str) -> Option<u32> {
    if let Ok(number) = day.parse() {
        return (number <= 7).then_some(number);
    }
    let day = day.to_ascii_lowercase();
    let is_it = |(_, (_, full)): &(u32, &(&str, &str))| day.len() >= 3 && full.starts_with(&day);
    (0..).zip(&DAYS).find(is_it).map(|(number, _)| number)
}

/// The line with the field `at` made of the days that are wanted, 0 = Sunday.
fn with_days(fields: &[&str], at: usize, wanted: impl Fn(u32) -> bool) -> String {
    let days: Vec<(&str, bool)> = (0..)
        .zip(&DAYS)
        .map(|(number, (name, _))| (*name, wanted(number)))
        .collect();
    let runs = days.chunk_by(|one, next| one.1 == next.1);
    let written: Vec<String> = runs
        .filter_map(|run| match run {
            [(_, true), .., (_, true)] if run.len() == DAYS.len() => Some("*".to_owned()),
            [(first, true), (second, _)] => Some(format!("{first},{second}")),
            [(first, true), .., (last, _)] => Some(format!("{first}-{last}")),
            [(only, true)] => Some((*only).to_owned()),
            _ => None,
        })
        .collect();
    let written = written.join(",");
    let line: Vec<&str> = (0..)
        .zip(fields)
        .map(|(number, field)| {
            if number == at {
                written.as_str()
            } else {
                *field
            }
        })
        .collect();
    line.join(" ")
}
