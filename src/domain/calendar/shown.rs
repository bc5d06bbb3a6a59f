//! How the text of an explanation shows instants, dates and lengths, each in the words of the
//! locale.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};

use super::explain_text::Writer;
use super::explanation::{Amount, Step};

impl Writer<'_> {
    /// `07:00–11:00`; midnight at the end is shown as 24:00.
    pub(super) fn span(&self, step: &Step) -> String {
        format!("{}–{}", self.clock(step.from), self.clock_end(step.to))
    }

    pub(super) fn clock(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.explanation.zone);
        let format = if local.nanosecond() != 0 {
            "%H:%M:%S%.f"
        } else if local.second() != 0 {
            "%H:%M:%S"
        } else {
            "%H:%M"
        };
        local.format(format).to_string()
    }

    pub(super) fn clock_end(&self, at: DateTime<Utc>) -> String {
        let clock = self.clock(at);
        if clock == "00:00" {
            "24:00".to_owned()
        } else {
            clock
        }
    }

    /// The due instant; midnight is shown as 24:00 of the day that ends where a period ends there.
    pub(super) fn due(&self) -> String {
        let due = self.explanation.due;
        let ends_period = matches!(self.explanation.amount, Amount::PeriodEnd { .. });
        match self.local_date(due).pred_opt() {
            Some(last) if ends_period && self.clock(due) == "00:00" => self.dated(last, "24:00"),
            _ => self.moment(due),
        }
    }

    /// `20/11/2026 15:00 (thứ Sáu)`.
    pub(super) fn moment(&self, at: DateTime<Utc>) -> String {
        self.dated(self.local_date(at), &self.clock(at))
    }

    fn dated(&self, date: NaiveDate, time: &str) -> String {
        let values = [
            ("date", &*self.date(date)),
            ("time", time),
            ("weekday", &self.weekday(date)),
        ];
        self.say("moment", &values)
    }

    /// `Thứ Sáu 20/11/2026`.
    pub(super) fn day(&self, date: NaiveDate) -> String {
        let weekday = self.weekday(date);
        let mut letters = weekday.chars();
        let capital: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .chain(letters)
            .collect();
        format!("{capital} {}", self.date(date))
    }

    #[expect(
        clippy::unused_self,
        reason = "dates read the same in both languages; one place to change that"
    )]
    pub(super) fn date(&self, date: NaiveDate) -> String {
        date.format("%d/%m/%Y").to_string()
    }

    pub(super) fn weekday(&self, date: NaiveDate) -> String {
        self.say(
            &format!("weekday.{}", date.weekday().num_days_from_monday() + 1),
            &[],
        )
    }

    pub(super) fn local_date(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.explanation.zone).date_naive()
    }

    /// `1 giờ 30 phút`; parts that are zero are left out.
    pub(super) fn length(&self, length: TimeDelta) -> String {
        let seconds = length.num_seconds();
        let mut parts = Vec::new();
        for (key, value) in [("hours", seconds / 3600), ("minutes", seconds / 60 % 60)] {
            if value != 0 {
                parts.push(self.unit(key, &value.to_string()));
            }
        }
        let fraction = length.subsec_nanos();
        if seconds % 60 != 0 || fraction != 0 || parts.is_empty() {
            let second = if fraction == 0 {
                (seconds % 60).to_string()
            } else {
                format!("{}.{fraction:09}", seconds % 60)
                    .trim_end_matches('0')
                    .to_owned()
            };
            parts.push(self.unit("seconds", &second));
        }
        parts.join(" ")
    }

    fn unit(&self, key: &str, value: &str) -> String {
        let key = if value == "1" {
            format!("unit.one.{key}")
        } else {
            format!("unit.{key}")
        };
        self.say(&key, &[("n", value)])
    }
}
