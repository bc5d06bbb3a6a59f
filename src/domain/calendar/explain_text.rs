//! An explanation as text for people who are no computer people: one line a day, what counted, what
//! did not and why. All words are in `config/locales/calendar.yml`.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};

use super::explain::{Amount, Explanation, Step, StepKind, Warning};
use super::{CutoffDays, CutoffEdge, PeriodEnd};
use crate::domain::words;

/// The sentence `calendar.<key>` with its placeholders filled in.
fn say(locale: &str, key: &str, values: &[(&str, &str)]) -> String {
    words::say(locale, &format!("calendar.{key}"), values)
}

impl Explanation {
    /// The explanation in the given locale (`vi` or `en`), several lines, the last without a line
    /// break.
    #[must_use]
    pub fn to_text(&self, locale: &str) -> String {
        Writer {
            explanation: self,
            locale,
        }
        .text()
    }
}

impl Warning {
    /// The warning in the given locale (`vi` or `en`).
    #[must_use]
    pub fn to_text(&self, locale: &str) -> String {
        let (key, year) = match self {
            Self::NotCovered { year } => ("warning.not_covered", year),
            Self::Computed { year } => ("warning.computed", year),
        };
        say(locale, key, &[("year", &year.to_string())])
    }
}

struct Writer<'a> {
    explanation: &'a Explanation,
    locale: &'a str,
}

impl Writer<'_> {
    fn text(&self) -> String {
        let mut text = self.say("due", &[("due", &self.due())]);
        text.push('\n');
        text.push_str(&self.rule());
        for line in self.lines() {
            text.push_str("\n  ");
            text.push_str(&line);
        }
        for warning in &self.explanation.warnings {
            text.push('\n');
            text.push_str(&warning.to_text(self.locale));
        }
        text
    }

    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        say(self.locale, key, values)
    }

    /// What was asked for, in a sentence.
    fn rule(&self) -> String {
        let explanation = self.explanation;
        let from = self.moment(explanation.from);
        let calendar = explanation.calendar.get(self.locale);
        let length = self.length(explanation.amount.length().unwrap_or_default());
        match explanation.amount {
            Amount::WorkingTime {
                seconds: 0,
                nanos: 0,
            }
            | Amount::WorkingTimeBefore {
                seconds: 0,
                nanos: 0,
            } => self.say("rule.nothing", &[("from", &from), ("calendar", calendar)]),
            Amount::WorkingTime { .. } => self.say(
                "rule.working",
                &[("length", &length), ("from", &from), ("calendar", calendar)],
            ),
            Amount::WorkingTimeBefore { .. } => self.say(
                "rule.working_before",
                &[("length", &length), ("from", &from), ("calendar", calendar)],
            ),
            Amount::ClockTime { .. } => {
                self.say("rule.clock", &[("length", &length), ("from", &from)])
            }
            Amount::Cutoff { time, days, edge } => {
                let days = match days {
                    CutoffDays::Working => "cutoff_days.working",
                    CutoffDays::Every => "cutoff_days.every",
                };
                let edge = match edge {
                    CutoffEdge::Exclusive => "cutoff_edge.exclusive",
                    CutoffEdge::Inclusive => "cutoff_edge.inclusive",
                };
                let time = time.format("%H:%M").to_string();
                let edge = self.say(edge, &[("time", &time)]);
                let days = self.say(days, &[]);
                let values = [
                    ("time", &*time),
                    ("days", &days),
                    ("edge", &edge),
                    ("from", &from),
                    ("calendar", calendar),
                ];
                self.say("rule.cutoff", &values)
            }
            Amount::PeriodEnd { first, last, end } => {
                let key = match end {
                    PeriodEnd::Midnight => "rule.period_midnight",
                    PeriodEnd::LastWorkingClosing => "rule.period_closing",
                };
                let (first, last) = (self.date(first), self.date(last));
                self.say(
                    key,
                    &[("first", &first), ("last", &last), ("calendar", calendar)],
                )
            }
            Amount::Fixed => self.say("rule.fixed", &[]),
        }
    }

    /// One line a day; days off in a row for the same reason share a line.
    fn lines(&self) -> Vec<String> {
        let steps = &self.explanation.steps;
        if matches!(self.explanation.amount, Amount::ClockTime { .. }) {
            return Vec::new();
        }
        let mut left = match self.explanation.amount {
            Amount::WorkingTime { .. } | Amount::WorkingTimeBefore { .. } => {
                self.explanation.amount.length()
            }
            _ => None,
        };
        // Counting back, the last day is counted first.
        let backwards = matches!(self.explanation.amount, Amount::WorkingTimeBefore { .. });
        let mut days: Vec<&[Step]> = steps.chunk_by(|a, b| self.same_line(a, b)).collect();
        if backwards {
            days.reverse();
        }
        days.into_iter()
            .map(|day| self.line(day, &mut left))
            .collect()
    }

    fn same_line(&self, a: &Step, b: &Step) -> bool {
        let whole_day_off = |step: &Step| {
            matches!(
                step.kind,
                StepKind::Weekend | StepKind::WeeklyRest | StepKind::Holiday | StepKind::DayOff
            )
        };
        self.local_date(a.from) == self.local_date(b.from)
            || (whole_day_off(a) && a.kind == b.kind && a.name == b.name)
    }

    fn line(&self, day: &[Step], left: &mut Option<TimeDelta>) -> String {
        let (Some(first), Some(last)) = (day.first(), day.last()) else {
            return String::new();
        };
        let (from, to) = (self.local_date(first.from), self.local_date(last.from));
        let date = if from == to {
            self.day(from)
        } else {
            self.say(
                "days",
                &[("first", &self.day(from)), ("last", &self.day(to))],
            )
        };
        let counted: Vec<&Step> = day
            .iter()
            .filter(|step| step.kind == StepKind::Counted)
            .collect();
        let whole = !matches!(
            first.kind,
            StepKind::Counted | StepKind::Night | StepKind::Lunch | StepKind::Break
        );
        let mut line = match &first.name {
            Some(name) if !whole || first.kind == StepKind::CutoffDay => self.say(
                "named_day",
                &[("date", &date), ("name", name.get(self.locale))],
            ),
            _ => date,
        };
        let mut skipped: Vec<String> = day
            .iter()
            .filter(|step| step.kind != StepKind::Counted)
            .map(|step| self.skipped(step))
            .collect();
        // Days off that share a line share its reason too.
        skipped.dedup();
        line.push_str(": ");
        if counted.is_empty() {
            let key = if first.kind == StepKind::CutoffDay {
                "cutoff_line"
            } else {
                "skipped_line"
            };
            line.push_str(&self.say(key, &[("reasons", &skipped.join(", "))]));
            return line;
        }
        let spans: Vec<String> = counted.iter().map(|step| self.span(step)).collect();
        let sum: TimeDelta = counted.iter().map(|step| step.to - step.from).sum();
        let spans = spans.join(&self.say("and", &[]));
        line.push_str(&self.say(
            "counted_line",
            &[("spans", &spans), ("sum", &self.length(sum))],
        ));
        if let Some(left) = left {
            *left -= sum;
            let rest = if left.is_zero() {
                self.say("enough", &[])
            } else {
                self.say("left", &[("left", &self.length(*left))])
            };
            line.push_str(&rest);
        }
        if !skipped.is_empty() {
            let _ = write!(
                line,
                "{}",
                self.say("not_counted", &[("reasons", &skipped.join(", "))])
            );
        }
        line.push('.');
        line
    }

    /// Why a span does not count.
    fn skipped(&self, step: &Step) -> String {
        let name = step.name.as_ref().map_or("", |name| name.get(self.locale));
        let (from, to, span) = (
            self.clock(step.from),
            self.clock_end(step.to),
            self.span(step),
        );
        let date = self.local_date(step.from);
        let until_midnight = self.local_date(step.to) != date;
        let from_midnight = step
            .from
            .with_timezone(&self.explanation.zone)
            .time()
            .num_seconds_from_midnight()
            == 0;
        match step.kind {
            StepKind::Counted => span,
            StepKind::Night if until_midnight && !from_midnight => {
                self.say("reason.after_hours", &[("from", &from)])
            }
            StepKind::Night if from_midnight => self.say("reason.before_hours", &[("to", &to)]),
            StepKind::Night => self.say("reason.night", &[("span", &span)]),
            StepKind::Lunch => self.say("reason.lunch", &[("span", &span)]),
            StepKind::Break => self.say("reason.break", &[("span", &span)]),
            StepKind::Weekend => self.say("reason.weekend", &[]),
            StepKind::WeeklyRest => self.say("reason.weekly_rest", &[]),
            StepKind::Holiday => self.say("reason.holiday", &[("name", name)]),
            StepKind::DayOff => self.say("reason.day_off", &[("name", name)]),
            StepKind::AfterCutoff => self.say("reason.after_cutoff", &[]),
            StepKind::CutoffDay => self.say("reason.cutoff_day", &[]),
        }
    }

    /// `07:00–11:00`; midnight at the end reads 24:00.
    fn span(&self, step: &Step) -> String {
        format!("{}–{}", self.clock(step.from), self.clock_end(step.to))
    }

    fn clock(&self, at: DateTime<Utc>) -> String {
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

    fn clock_end(&self, at: DateTime<Utc>) -> String {
        let clock = self.clock(at);
        if clock == "00:00" {
            "24:00".to_owned()
        } else {
            clock
        }
    }

    /// The due instant; midnight is shown as 24:00 of the day that ends where a period ends there.
    fn due(&self) -> String {
        let due = self.explanation.due;
        let ends_period = matches!(self.explanation.amount, Amount::PeriodEnd { .. });
        match self.local_date(due).pred_opt() {
            Some(eve) if ends_period && self.clock(due) == "00:00" => self.say(
                "moment",
                &[
                    ("date", &self.date(eve)),
                    ("time", "24:00"),
                    ("weekday", &self.weekday(eve)),
                ],
            ),
            _ => self.moment(due),
        }
    }

    /// `20/11/2026 15:00 (thứ Sáu)`.
    fn moment(&self, at: DateTime<Utc>) -> String {
        let date = self.local_date(at);
        self.say(
            "moment",
            &[
                ("date", &self.date(date)),
                ("time", &self.clock(at)),
                ("weekday", &self.weekday(date)),
            ],
        )
    }

    /// `Thứ Sáu 20/11/2026`.
    fn day(&self, date: NaiveDate) -> String {
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
    fn date(&self, date: NaiveDate) -> String {
        date.format("%d/%m/%Y").to_string()
    }

    fn weekday(&self, date: NaiveDate) -> String {
        self.say(
            &format!("weekday.{}", date.weekday().num_days_from_monday() + 1),
            &[],
        )
    }

    fn local_date(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.explanation.zone).date_naive()
    }

    /// `1 giờ 30 phút`; parts that are zero are left out.
    fn length(&self, length: TimeDelta) -> String {
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
