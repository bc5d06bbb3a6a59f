//! Opening the periods of a rule: which ones are due, the window in which items count for one, and
//! the share of the quota of somebody who is there for a part of it.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use super::calendar::{Calendar, Explanation};
use super::period::Period;
use super::policy::Policy;
use super::rule::{RuleContent, RuleKind};
use super::text::{local_date, local_midnight};
use crate::domain::ids::{RuleId, RuleVersionId};

/// One version of a rule.
#[derive(Debug, Clone, Copy)]
pub struct Version<'a> {
    /// The rule.
    pub rule_id: RuleId,
    /// The version.
    pub id: RuleVersionId,
    /// The first local date whose periods it governs.
    pub effective_from: NaiveDate,
    /// What it says.
    pub content: &'a RuleContent,
    /// When it was put in force: it opens nothing that had ended by then.
    pub entered_at: DateTime<Utc>,
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

/// The periods of a plan year that have begun by `today` and had not ended on the day `entered` on
/// which a subject was entered; a rule with a fixed date counts until it is due.
pub fn since<'a>(
    versions: &[Version<'a>],
    year: i32,
    entered: NaiveDate,
    today: NaiveDate,
) -> Vec<Opening<'a>> {
    let mut all = due(versions, year, None, today);
    all.retain(|opening| match opening.period {
        Some(period) => period.last >= entered,
        None => opening
            .version
            .content
            .due_at
            .is_some_and(|due| local_date(due) >= entered),
    });
    all
}

/// The newest version in effect on the first day of a period governs it. A rule that is new within a
/// period begins with the next one.
fn governing<'a>(versions: &[Version<'a>], period: Period) -> Option<Opening<'a>> {
    let version = *versions
        .iter()
        .rev()
        .find(|version| version.effective_from <= period.first)?;
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

    /// The instant at which the period began for a subject with that first day; what has no period
    /// begins now.
    pub fn began(&self, first_day: Option<NaiveDate>, now: DateTime<Utc>) -> DateTime<Utc> {
        self.period.map_or(now, |period| {
            let first_day = first_day.filter(|day| *day <= period.last);
            local_midnight(period.first.max(first_day.unwrap_or(period.first)))
        })
    }

    /// The period before, at whose end the window begins.
    pub fn before(&self) -> Option<Period> {
        Some(self.period?.before())
    }

    /// The window in which items count, for a subject whose last day is `ends_on`. The window of a
    /// period starts at `begins`, where the one before it ended.
    pub fn window(
        &self,
        begins: DateTime<Utc>,
        calendar: &Calendar,
        policy: &Policy,
        ends_on: Option<NaiveDate>,
    ) -> Option<Window> {
        if let Some(period) = self.period {
            let window = Window::of(period, begins, calendar, policy);
            return Some(window.ending_on(ends_on, calendar));
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

/// The end of the window of a period, at which the obligation is due.
pub fn period_end(period: Period, calendar: &Calendar, policy: &Policy) -> DateTime<Utc> {
    calendar.period_end(period.first, period.last, policy.end_of(period.kind))
}

/// When an obligation is due whose window ends at `window_to`. The newest extension moves the due
/// instant later, never earlier; what the end of its subject leaves is due at that end.
pub fn due_at(
    window_to: DateTime<Utc>,
    extended_to: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
) -> DateTime<Utc> {
    let extended = extended_to.map_or(window_to, |until| until.max(window_to));
    ends_at.map_or(extended, |end| extended.min(end.max(window_to)))
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
    /// The window of a period. It starts where the window before it ended, whatever changed since:
    /// the windows of one rule leave no gap and do not overlap.
    pub fn of(period: Period, begins: DateTime<Utc>, calendar: &Calendar, policy: &Policy) -> Self {
        Self {
            period: Some(period),
            from: begins,
            to: period_end(period, calendar, policy).max(begins),
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
            to: calendar.end_of(last).clamp(self.from, self.to),
            ended_on: Some(last),
            ..self
        }
    }

    /// How the due instant came about.
    pub fn explain(&self, calendar: &Calendar, policy: &Policy) -> Explanation {
        match self.period {
            Some(period) if self.ended_on.is_none() => {
                let end = policy.end_of(period.kind);
                calendar.explain_period_end(self.from, period.first, period.last, end)
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
