//! When a job runs, in words.

use chrono::{NaiveTime, Timelike as _};

use crate::web::pages::layout::Layout;

/// When a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    /// Once a minute.
    EveryMinute,
    /// Each day at a time.
    Daily(NaiveTime),
    /// Each Monday at a time.
    Weekly(NaiveTime),
    /// On the first day of each month.
    Monthly(NaiveTime),
    /// On the first day of each half-year.
    HalfYearly(NaiveTime),
    /// By a line that has no words here.
    Other,
}

impl Times {
    /// Of a cron line, seconds first.
    pub(super) fn of(line: &str) -> Self {
        let parts: Vec<&str> = line.split_whitespace().collect();
        match parts.as_slice() {
            ["0", "*", "*", "*", "*", "*", ..] => Self::EveryMinute,
            ["0", minute, hour, "*", "*", "*", ..] => Self::at(minute, hour, Self::Daily),
            ["0", minute, hour, "*", "*", "Mon"] => Self::at(minute, hour, Self::Weekly),
            ["0", minute, hour, "1", "*", "*"] => Self::at(minute, hour, Self::Monthly),
            ["0", minute, hour, "1", "1,7", "*"] => Self::at(minute, hour, Self::HalfYearly),
            _ => Self::Other,
        }
    }

    fn at(minute: &str, hour: &str, of: fn(NaiveTime) -> Self) -> Self {
        let time = minute.parse().ok().zip(hour.parse().ok());
        let time = time.and_then(|(m, h)| NaiveTime::from_hms_opt(h, m, 0));
        time.map_or(Self::Other, of)
    }

    /// The time of the day, where it has one.
    pub(super) fn time(self) -> Option<NaiveTime> {
        match self {
            Self::Daily(at) | Self::Weekly(at) | Self::Monthly(at) | Self::HalfYearly(at) => {
                Some(at)
            }
            Self::EveryMinute | Self::Other => None,
        }
    }
}

/// A cron line with another time of the day, on the same days; each day where it has no words here.
pub(super) fn at_time(line: &str, at: NaiveTime) -> String {
    let days = match Times::of(line).time() {
        Some(_) => line.split_whitespace().skip(3).collect(),
        None => vec!["*", "*", "*"],
    };
    format!("0 {} {} {}", at.minute(), at.hour(), days.join(" "))
}

/// When the job with this line runs.
pub(super) fn times(page: &Layout, line: &str) -> String {
    match Times::of(line) {
        Times::EveryMinute => page.say("pages.jobs.every_minute"),
        Times::Daily(at) => page.say_with("pages.jobs.daily", "at", at.format("%H:%M")),
        Times::Weekly(at) => page.say_with("pages.jobs.weekly", "at", at.format("%H:%M")),
        Times::Monthly(at) => page.say_with("pages.jobs.monthly", "at", at.format("%H:%M")),
        Times::HalfYearly(at) => page.say_with("pages.jobs.half_yearly", "at", at.format("%H:%M")),
        Times::Other => page.say_with("pages.jobs.by_line", "line", line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_jobs_have_words() {
        let daily = |h, m| Times::Daily(NaiveTime::from_hms_opt(h, m, 0).unwrap());
        let eight = NaiveTime::from_hms_opt(8, 0, 0).unwrap();
        for (line, times) in [
            ("0 * * * * *", Times::EveryMinute),
            ("0 1 16 * * *", daily(16, 1)),
            ("0 5 0 * * *", daily(0, 5)),
            ("0 0 8 * * Mon", Times::Weekly(eight)),
            ("0 0 8 1 * *", Times::Monthly(eight)),
            ("0 0 8 1 1,7 *", Times::HalfYearly(eight)),
            ("0 0 8 * * Tue", Times::Other),
            ("0 61 8 * * *", Times::Other),
            ("", Times::Other),
        ] {
            assert_eq!(Times::of(line), times, "{line}");
        }
    }

    #[test]
    fn another_time_keeps_the_days() {
        let at = NaiveTime::from_hms_opt(7, 30, 0).unwrap();
        for (line, changed) in [
            ("0 5 0 * * *", "0 30 7 * * *"),
            ("0 0 8 * * Mon", "0 30 7 * * Mon"),
            ("0 0 8 1 1,7 *", "0 30 7 1 1,7 *"),
            ("0 0 8 * * Tue", "0 30 7 * * *"),
        ] {
            assert_eq!(at_time(line, at), changed, "{line}");
        }
    }

    #[test]
    fn every_job_has_words() {
        for kind in crate::service::schedule::ALL {
            let word = kind.name.replace('-', "_");
            for group in ["pages.system.job", "pages.jobs.does"] {
                let key = format!("{group}.{word}");
                let said = crate::domain::words::say("vi", &key, &[]);
                assert!(!said.contains(&key), "{said}");
            }
            assert_ne!(Times::of(kind.cron), Times::Other, "{}", kind.name);
        }
    }
}
