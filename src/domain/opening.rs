//! Opening the periods of a rule: which ones are due, the window in which items count for one, and
//! the share of the quota of somebody who is there for a part of it.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use super::calendar::{Calendar, Explanation, PeriodEnd};
use super::period::{Period, PeriodKind};
use super::policy::Policy;
use super::rule::{RuleContent, RuleKind};
use super::text::local_date;

/// One version of a rule.
#[derive(Debug, Clone, Copy)]
pub struct Version<'a> {
    /// The rule.
    pub rule_id: i64,
    /// The version.
    pub id: i64,
    /// The first local date whose periods it governs.
    pub effective_from: NaiveDate,
    /// What it says.
    pub content: &'a RuleContent,
}

/// One period of a rule that has to be opened, with the version that governs it.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// The version that governs the period.
    pub version: Version<'a>,
    /// `None` for a rule with a fixed date.
    pub period: Option<Period>,
    /// When periods were opened the time before: one that ended since then began and ended while the
    /// service was down, and nobody was told of it.
    pub opened_before: Option<DateTime<Utc>>,
}

/// The periods of a plan year that have begun by `today` and lie after `opened_to`, the last date
/// up to which the rule was opened before. The versions are ordered by the date of their effect.
pub fn due<'a>(
    versions: &[Version<'a>],
    year: i32,
    opened_to: Option<NaiveDate>,
    today: NaiveDate,
) -> Vec<Opening<'a>> {
    let Some(first) = versions.first() else {
        return Vec::new();
    };
    if first.content.kind == RuleKind::FixedDate {
        let started = first.effective_from <= today
            && opened_to.is_none_or(|opened| opened < first.effective_from);
        return started.then(|| first.once()).into_iter().collect();
    }
    let Some(kind) = first.content.period else {
        return Vec::new();
    };
    let start = opened_to.and_then(|opened| opened.succ_opt());
    let start = start.unwrap_or_else(|| {
        let year_start = Period::first_of_year(kind, year).first;
        first.effective_from.max(year_start)
    });
    let start = Period::containing(kind, start);
    std::iter::successors(Some(start), |period| Some(period.next()))
        .take_while(|period| period.first <= today && period.year() <= year)
        .filter(|period| period.year() == year)
        .filter_map(|period| governing(versions, period))
        .collect()
}

/// The period of a plan year that runs today; a rule with a fixed date runs until it is due.
pub fn running<'a>(versions: &[Version<'a>], year: i32, today: NaiveDate) -> Option<Opening<'a>> {
    let first = versions.first()?;
    let Some(kind) = first.content.period else {
        let due_at = first.content.due_at?;
        return (local_date(due_at) >= today).then(|| first.once());
    };
    let period = Period::containing(kind, today);
    if period.year() == year {
        governing(versions, period)
    } else {
        None
    }
}

/// The newest version in effect on the first day of a period governs it. A rule that is new within
/// a period governs the whole of it.
fn governing<'a>(versions: &[Version<'a>], period: Period) -> Option<Opening<'a>> {
    let in_effect = versions
        .iter()
        .rev()
        .find(|version| version.effective_from <= period.first);
    let new = versions
        .first()
        .filter(|version| version.effective_from <= period.last);
    let version = *in_effect.or(new)?;
    let content = version.content;
    let valid = content.valid_from.is_none_or(|from| from <= period.first)
        && content.valid_to.is_none_or(|to| period.first <= to);
    valid.then_some(Opening {
        version,
        period: Some(period),
        opened_before: None,
    })
}

impl<'a> Version<'a> {
    /// The only opening of a rule with a fixed date.
    const fn once(self) -> Opening<'a> {
        Opening {
            version: self,
            period: None,
            opened_before: None,
        }
    }
}

impl Opening<'_> {
    /// The date up to which the rule is opened once this is.
    pub fn opened_to(&self) -> NaiveDate {
        self.period
            .map_or(self.version.effective_from, |period| period.last)
    }

    /// The key of the period.
    pub fn key(&self) -> String {
        self.period.map_or_else(|| "fixed".to_owned(), Period::key)
    }

    /// The date whose policy applies. A plan or a subject may begin within the period.
    pub fn policy_date(&self, life: Life, today: NaiveDate) -> NaiveDate {
        self.period.map_or(today, |period| {
            let begins = life.from.unwrap_or(period.first);
            begins
                .max(self.version.effective_from)
                .clamp(period.first, period.last)
        })
    }

    /// The window in which items count, for a subject whose last day is `ends_on`.
    pub fn window(
        &self,
        calendar: &Calendar,
        policy: &Policy,
        ends_on: Option<NaiveDate>,
    ) -> Option<Window> {
        if let Some(period) = self.period {
            return Some(Window::of(period, calendar, policy).ending_on(ends_on, calendar));
        }
        let content = self.version.content;
        let from = content.valid_from.unwrap_or(self.version.effective_from);
        Some(Window {
            period: None,
            from: calendar.start_of(from),
            to: content.due_at?,
            ended_on: None,
        })
    }
}

/// The instants between which items count for a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    period: Option<Period>,
    /// Its start.
    pub from: DateTime<Utc>,
    /// Its end, at which the obligation is due.
    pub to: DateTime<Utc>,
    /// The subject's last day, where that ends the window early.
    pub ended_on: Option<NaiveDate>,
}

impl Window {
    /// The window of a period. Where periods end at the last closing time, each window starts where
    /// the one before ended. The window of a day is always the whole day.
    pub fn of(period: Period, calendar: &Calendar, policy: &Policy) -> Self {
        let end = if period.kind == PeriodKind::Day {
            PeriodEnd::Midnight
        } else {
            policy.period_end
        };
        let before = match end {
            PeriodEnd::Midnight => None,
            PeriodEnd::LastWorkingClosing => period.first.pred_opt(),
        };
        let from = before.map_or_else(
            || calendar.start_of(period.first),
            |day_before| {
                let before = Period::containing(period.kind, day_before);
                calendar.period_end(before.first, before.last, end)
            },
        );
        Self {
            period: Some(period),
            from,
            to: calendar.period_end(period.first, period.last, end),
            ended_on: None,
        }
    }

    /// The window of a subject whose last day may lie within the period.
    #[must_use]
    pub fn ending_on(self, last: Option<NaiveDate>, calendar: &Calendar) -> Self {
        let within = |last: &NaiveDate| self.period.is_some_and(|period| *last < period.last);
        let Some(last) = last.filter(within) else {
            return self;
        };
        Self {
            to: calendar.end_of(last).min(self.to),
            ended_on: Some(last),
            ..self
        }
    }

    /// How the due instant came about.
    pub fn explain(&self, calendar: &Calendar, policy: &Policy) -> Explanation {
        match self.period {
            Some(period) if self.ended_on.is_none() => {
                calendar.explain_period_end(self.from, period.first, period.last, policy.period_end)
            }
            _ => calendar.explain_fixed(self.from, self.to),
        }
    }

    /// The year to which the obligation belongs.
    pub fn year(&self, calendar: &Calendar) -> i32 {
        self.period
            .map_or_else(|| calendar.date_of_due(self.to).year(), Period::year)
    }
}

/// The dates on which a subject is there, both included; `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// The first.
    pub from: Option<NaiveDate>,
    /// The last.
    pub to: Option<NaiveDate>,
}

impl Life {
    /// The dates that lie in both lives.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        Self {
            from: self.from.into_iter().chain(other.from).max(),
            to: self.to.into_iter().chain(other.to).min(),
        }
    }

    /// Whether a date lies in it.
    pub fn contains(self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }

    /// How many days of a period lie in it.
    pub fn days_of(self, period: Period) -> u32 {
        period.days_within(self.from, self.to)
    }
}

#[cfg(test)]
#[path = "opening_tests.rs"]
mod tests;
