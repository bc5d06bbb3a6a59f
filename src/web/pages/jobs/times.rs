//! When a job runs: its cron line in words, and as the fields of a form.

use chrono::{NaiveTime, Timelike as _, Weekday};

use crate::domain::error::Invalid;
use crate::domain::typed;
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;

/// The last day of a month that every month has.
const LAST_DAY: u32 = 28;

/// When a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    /// Once a minute.
    EveryMinute,
    /// On these days at a time.
    At(Days, NaiveTime),
    /// By a line that has no words here.
    Other,
}

/// On which days a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Days {
    Every,
    /// On this day of each week.
    Week(Weekday),
    /// On this day of each month.
    Month(u32),
    /// On this day of January and July.
    HalfYear(u32),
}

impl Times {
    /// Of a cron line, seconds first.
    pub(super) fn of(line: &str) -> Self {
        let parts: Vec<&str> = line.split_whitespace().collect();
        match parts.as_slice() {
            ["0", "*", "*", "*", "*", "*", ..] => Self::EveryMinute,
            ["0", minute, hour, days @ ..] => {
                let time = minute.parse().ok().zip(hour.parse().ok());
                let time = time.and_then(|(m, h)| NaiveTime::from_hms_opt(h, m, 0));
                let both = Days::of(days).zip(time);
                both.map_or(Self::Other, |(days, time)| Self::At(days, time))
            }
            _ => Self::Other,
        }
    }

    /// The time of day as a field shows it; empty where there is none.
    pub(super) fn time(self) -> String {
        match self {
            Self::At(_, at) => at.format("%H:%M").to_string(),
            Self::EveryMinute | Self::Other => String::new(),
        }
    }

    /// The day as a field shows it; empty where there is none to choose.
    pub(super) fn day(self) -> String {
        match self {
            Self::At(Days::Week(day), _) => day.number_from_monday().to_string(),
            Self::At(Days::Month(day) | Days::HalfYear(day), _) => day.to_string(),
            Self::At(Days::Every, _) | Self::EveryMinute | Self::Other => String::new(),
        }
    }

    /// The days that a form offers, by what [`Self::day`] calls them.
    pub(super) fn choices(self, page: &Layout) -> Vec<Choice> {
        let last = match self {
            Self::At(Days::Week(_), _) => 7,
            Self::At(Days::Month(_) | Days::HalfYear(_), _) => LAST_DAY,
            Self::At(Days::Every, _) | Self::EveryMinute | Self::Other => 0,
        };
        let words = |day: u32| match self {
            Self::At(Days::Week(_), _) => page.say(format!("calendar.weekday.{day}")),
            _ => page.say_with("pages.jobs.day_of_month", "day", day),
        };
        (1..=last).map(|day| Choice::new(day, words(day))).collect()
    }

    /// The cron line of a job that runs as often as this one, on this day at this time.
    ///
    /// # Errors
    /// Those of [`typed::time`] on `cron`; `required` on `day` for one that is not among [`Self::choices`].
    pub(super) fn line(self, day: &str, time: &str) -> Result<String, Invalid> {
        let at = typed::time("cron", time)?;
        let day = |last| {
            let day = day.parse().ok().filter(|day| (1..=last).contains(day));
            day.ok_or_else(|| Invalid::new("day", "required"))
        };
        let days = match self {
            Self::At(Days::Week(_), _) => {
                let day = day(7)?;
                let day = u8::try_from(day - 1).ok();
                let day = day.and_then(|day| Weekday::try_from(day).ok());
                format!("* * {}", day.unwrap_or(Weekday::Mon))
            }
            Self::At(Days::Month(_), _) => format!("{} * *", day(LAST_DAY)?),
            Self::At(Days::HalfYear(_), _) => format!("{} 1,7 *", day(LAST_DAY)?),
            Self::At(Days::Every, _) | Self::EveryMinute | Self::Other => "* * *".to_owned(),
        };
        Ok(format!("0 {} {} {days}", at.minute(), at.hour()))
    }
}

impl Days {
    /// Of day, month and weekday of a cron line.
    fn of(parts: &[&str]) -> Option<Self> {
        let day = |text: &str| text.parse().ok().filter(|day| (1..=LAST_DAY).contains(day));
        match parts {
            ["*", "*", "*", ..] => Some(Self::Every),
            ["*", "*", weekday, ..] => weekday.parse().ok().map(Self::Week),
            [text, "*", "*", ..] => day(text).map(Self::Month),
            [text, "1,7", "*", ..] => day(text).map(Self::HalfYear),
            _ => None,
        }
    }
}

/// When the job with this line runs.
pub(super) fn words(page: &Layout, line: &str) -> String {
    let times = Times::of(line);
    let at = times.time();
    match times {
        Times::EveryMinute => page.say("pages.jobs.every_minute"),
        Times::Other => page.say_with("pages.jobs.by_line", "line", line),
        Times::At(Days::Every, _) => page.say_with("pages.jobs.daily", "at", at),
        Times::At(Days::Week(day), _) => {
            let day = page.say(format!("calendar.weekday.{}", day.number_from_monday()));
            page.say_two("pages.jobs.weekly", ("day", &day), ("at", &at))
        }
        Times::At(Days::Month(day), _) => {
            page.say_two("pages.jobs.monthly", ("day", &day), ("at", &at))
        }
        Times::At(Days::HalfYear(day), _) => {
            page.say_two("pages.jobs.half_yearly", ("day", &day), ("at", &at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: Days, h: u32, m: u32) -> Times {
        Times::At(days, NaiveTime::from_hms_opt(h, m, 0).unwrap())
    }

    #[test]
    fn lines_of_jobs_have_words() {
        for (line, times) in [
            ("0 * * * * *", Times::EveryMinute),
            ("0 1 16 * * *", at(Days::Every, 16, 1)),
            ("0 5 0 * * *", at(Days::Every, 0, 5)),
            ("0 0 8 * * Mon", at(Days::Week(Weekday::Mon), 8, 0)),
            ("0 0 8 1 * *", at(Days::Month(1), 8, 0)),
            ("0 0 8 5 1,7 *", at(Days::HalfYear(5), 8, 0)),
            ("0 0 8 31 * *", Times::Other),
            ("0 0 8 1 * Mon", Times::Other),
            ("0 61 8 * * *", Times::Other),
            ("", Times::Other),
        ] {
            assert_eq!(Times::of(line), times, "{line}");
        }
    }

    #[test]
    fn another_day_and_time_leave_how_often_a_job_runs() {
        for (line, day, changed) in [
            ("0 1 16 * * *", "", "0 30 9 * * *"),
            ("0 0 8 * * Mon", "5", "0 30 9 * * Fri"),
            ("0 0 8 1 * *", "3", "0 30 9 3 * *"),
            ("0 0 8 1 1,7 *", "10", "0 30 9 10 1,7 *"),
        ] {
            let times = Times::of(line);
            assert_eq!(times.line(day, "9h30").unwrap(), changed, "{line}");
            assert_eq!(Times::of(changed).day(), day, "{line}");
            assert_eq!(times.line(&times.day(), &times.time()).unwrap(), line);
        }
        let weekly = Times::of("0 0 8 * * Mon");
        for day in ["", "0", "8", "x"] {
            assert!(weekly.line(day, "8:00").is_err(), "{day}");
        }
    }
}
