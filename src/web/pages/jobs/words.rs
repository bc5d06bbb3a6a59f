//! When a job runs, in words.

use chrono::NaiveTime;

use crate::web::pages::layout::Layout;

/// When a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    /// Once a minute.
    EveryMinute,
    /// Each day at a time.
    Daily(NaiveTime),
    /// By a line that has no words here.
    Other,
}

impl Times {
    /// Of a cron line, seconds first.
    pub(super) fn of(line: &str) -> Self {
        let parts: Vec<&str> = line.split_whitespace().collect();
        match parts.as_slice() {
            ["0", "*", "*", "*", "*", "*", ..] => Self::EveryMinute,
            ["0", minute, hour, "*", "*", "*", ..] => {
                let time = minute.parse().ok().zip(hour.parse().ok());
                let time = time.and_then(|(m, h)| NaiveTime::from_hms_opt(h, m, 0));
                time.map_or(Self::Other, Self::Daily)
            }
            _ => Self::Other,
        }
    }
}

/// When the job with this line runs.
pub(super) fn times(page: &Layout, line: &str) -> String {
    match Times::of(line) {
        Times::EveryMinute => page.say("pages.jobs.every_minute"),
        Times::Daily(at) => page.say_with("pages.jobs.daily", "at", at.format("%H:%M")),
        Times::Other => page.say_with("pages.jobs.by_line", "line", line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_jobs_have_words() {
        let daily = |h, m| Times::Daily(NaiveTime::from_hms_opt(h, m, 0).unwrap());
        for (line, times) in [
            ("0 * * * * *", Times::EveryMinute),
            ("0 1 16 * * *", daily(16, 1)),
            ("0 5 0 * * *", daily(0, 5)),
            ("0 0 8 * * Mon", Times::Other),
            ("0 61 8 * * *", Times::Other),
            ("", Times::Other),
        ] {
            assert_eq!(Times::of(line), times, "{line}");
        }
    }
}
