//! An explanation as text for people without a technical background: one line a day, what counted,
//! what did not and why. All words are in `config/locales/calendar.yml`.

use chrono::{NaiveTime, TimeDelta, Timelike};

use super::explanation::{Amount, Explanation, Step, StepKind, Warning};
use super::{CutoffDays, CutoffEdge, PeriodEnd};
use crate::domain::words;

/// The sentence `calendar.<key>` with its placeholders filled in.
fn say(locale: &str, key: &str, values: &[(&str, &str)]) -> String {
    words::say(locale, &format!("calendar.{key}"), values)
}

impl Explanation {
    /// The explanation in the given locale (`vi` or `en`), several lines, the last without a line
    /// break.
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
    pub fn to_text(&self, locale: &str) -> String {
        let (key, year) = match self {
            Self::NotCovered { year } => ("warning.not_covered", year),
            Self::Computed { year } => ("warning.computed", year),
        };
        say(locale, key, &[("year", &year.to_string())])
    }
}

/// Writes one explanation.
pub(super) struct Writer<'a> {
    pub(super) explanation: &'a Explanation,
    pub(super) locale: &'a str,
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

    pub(super) fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        say(self.locale, key, values)
    }

    /// What was asked for, in a sentence.
    fn rule(&self) -> String {
        let explanation = self.explanation;
        let from = self.moment(explanation.from);
        let calendar = explanation.calendar.get(self.locale);
        let length = explanation.amount.length().unwrap_or_default();
        let counted = |key: &str| {
            if length.is_zero() {
                return self.say("rule.nothing", &[("from", &from), ("calendar", calendar)]);
            }
            let length = self.length(length);
            self.say(
                key,
                &[("length", &length), ("from", &from), ("calendar", calendar)],
            )
        };
        match explanation.amount {
            Amount::WorkingTime { .. } => counted("rule.working"),
            Amount::WorkingTimeBefore { .. } => counted("rule.working_before"),
            Amount::ClockTime { .. } => {
                let length = self.length(length);
                self.say("rule.clock", &[("length", &length), ("from", &from)])
            }
            Amount::Cutoff { time, days, edge } => self.cutoff_rule(time, days, edge),
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

    fn cutoff_rule(&self, time: NaiveTime, days: CutoffDays, edge: CutoffEdge) -> String {
        let days = match days {
            CutoffDays::Working => "cutoff_days.working",
            CutoffDays::Every => "cutoff_days.every",
        };
        let edge = match edge {
            CutoffEdge::Exclusive => "cutoff_edge.exclusive",
            CutoffEdge::Inclusive => "cutoff_edge.inclusive",
        };
        let time = time.format("%H:%M").to_string();
        let values = [
            ("time", &*time),
            ("days", &self.say(days, &[])),
            ("edge", &self.say(edge, &[("time", &time)])),
            ("from", &self.moment(self.explanation.from)),
            ("calendar", self.explanation.calendar.get(self.locale)),
        ];
        self.say("rule.cutoff", &values)
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
        // counting back, the last day is counted first
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

    /// A line of one day or of several that are off for the same reason. `left` is the time that is
    /// still to be counted.
    fn line(&self, steps: &[Step], left: &mut Option<TimeDelta>) -> String {
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
            return String::new();
        };
        let heading = self.heading(first, last);
        let (counted, skipped): (Vec<&Step>, Vec<&Step>) = steps
            .iter()
            .partition(|step| step.kind == StepKind::Counted);
        let mut reasons: Vec<String> = skipped.iter().map(|step| self.skipped(step)).collect();
        // days off that share a line share its reason too
        reasons.dedup();
        let reasons = reasons.join(", ");
        if counted.is_empty() {
            let key = if first.kind == StepKind::CutoffDay {
                "cutoff_line"
            } else {
                "skipped_line"
            };
            return format!("{heading}: {}", self.say(key, &[("reasons", &reasons)]));
        }
        let rest = if skipped.is_empty() {
            String::new()
        } else {
            self.say("not_counted", &[("reasons", &reasons)])
        };
        format!("{heading}: {}{rest}.", self.counted(&counted, left))
    }

    /// The date of a line, or its first and last date, with the name of the day if it has one.
    fn heading(&self, first: &Step, last: &Step) -> String {
        let (from, to) = (self.local_date(first.from), self.local_date(last.from));
        let date = if from == to {
            self.day(from)
        } else {
            self.say(
                "days",
                &[("first", &self.day(from)), ("last", &self.day(to))],
            )
        };
        // the name of a day off stands in its reason
        let is_named = matches!(
            first.kind,
            StepKind::Counted
                | StepKind::Night
                | StepKind::Lunch
                | StepKind::Break
                | StepKind::CutoffDay
        );
        match &first.name {
            Some(name) if is_named => self.say(
                "named_day",
                &[("date", &date), ("name", name.get(self.locale))],
            ),
            _ => date,
        }
    }

    /// The spans that count, their sum, and what is left after them.
    fn counted(&self, steps: &[&Step], left: &mut Option<TimeDelta>) -> String {
        let spans: Vec<String> = steps.iter().map(|step| self.span(step)).collect();
        let sum: TimeDelta = steps.iter().map(|step| step.to - step.from).sum();
        let spans = spans.join(&self.say("and", &[]));
        let values = [("spans", &*spans), ("sum", &self.length(sum))];
        let counted = self.say("counted_line", &values);
        let Some(left) = left else { return counted };
        *left -= sum;
        let rest = if left.is_zero() {
            self.say("enough", &[])
        } else {
            self.say("left", &[("left", &self.length(*left))])
        };
        counted + &rest
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
}
