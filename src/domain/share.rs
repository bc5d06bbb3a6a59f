//! Whom a rule concerns, and how much of a quota is owed for a part of a period.
//!
//! A personal quota is owed by the human being. What counts is on which days a rule concerns them, by
//! whichever post or role; no day counts twice.

use chrono::NaiveDate;

use super::access::Role;
use super::obligation::Note;
use super::opening::Life;
use super::period::Period;
use super::rule::{RuleContent, Subject};
use super::unit::Category;
use crate::domain::ids::UnitId;

/// A part of a quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The least; 0: nothing is owed.
    pub required: u32,
    /// The most that counts.
    pub maximum: Option<u32>,
    /// Why it is not the whole.
    pub note: Option<Note>,
}

impl Share {
    /// All that a rule asks for.
    pub const fn whole(content: &RuleContent) -> Self {
        Self {
            required: content.minimum,
            maximum: content.maximum,
            note: None,
        }
    }

    /// What falls to a subject whom the rule concerns on `present` days of the period.
    #[must_use]
    pub fn of(content: &RuleContent, period: Period, present: u32) -> Self {
        let days = period.days();
        let required = prorate(content.minimum, present, days);
        let note = Note::Prorated {
            whole: content.minimum,
            required,
            present,
            days,
        };
        Self {
            required,
            maximum: content
                .maximum
                .map(|maximum| prorate(maximum, present, days).max(required)),
            note: (present < days).then_some(note),
        }
    }
}

/// A quota for `present` of `days` days, rounded to the nearest whole number, half up.
pub fn prorate(whole: u32, present: u32, days: u32) -> u32 {
    let (whole, present, days) = (u64::from(whole), u64::from(present), u64::from(days.max(1)));
    u32::try_from((2 * whole * present + days) / (2 * days)).unwrap_or(u32::MAX)
}

impl Subject {
    /// Whether a rule concerns a unit, or the people of it.
    pub fn concerns_unit(&self, unit_code: &str, category: Category) -> bool {
        match self {
            Self::Unit { code } => unit_code == code,
            // a collaborator owes only what names it
            Self::Units { categories } if categories.is_empty() => {
                category != Category::Collaborator
            }
            Self::Persons { categories, .. } if categories.is_empty() => true,
            Self::Units { categories } | Self::Persons { categories, .. } => {
                categories.contains(&category)
            }
        }
    }

    /// Whether a rule concerns the holder of this post or role. A rule without a role concerns the
    /// people whose post is in the unit, and not those who hold a role on it beside their post.
    #[must_use]
    pub fn concerns_holder(&self, tenure: &Tenure) -> bool {
        let Self::Persons { role, categories } = self else {
            return false;
        };
        role.map_or(!tenure.beside, |role| role == tenure.role)
            && (categories.is_empty()
                || tenure.categories.iter().any(|own| categories.contains(own)))
    }
}

/// A post, or a role beside it, that somebody holds on some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenure {
    /// The role.
    pub role: Role,
    /// The unit on which it is held.
    pub unit: UnitId,
    /// The category of that unit; for a role beside a post also that of the post's unit.
    pub categories: Vec<Category>,
    /// Whether it is held beside a post.
    pub beside: bool,
    /// The days.
    pub days: Life,
}

/// The days within a time on which a rule concerns somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// How many there are.
    pub days: u32,
    /// The first and the last of them.
    pub life: Life,
    /// The unit of the first post or role.
    pub first_unit: UnitId,
    /// The unit of the last one: it answers for what is owed.
    pub last_unit: UnitId,
}

impl Presence {
    /// The days on which somebody holds any of these, which all concern them. `None` if there are
    /// none.
    #[must_use]
    pub fn of(tenures: &[Tenure], time: Life) -> Option<Self> {
        let mut spans: Vec<(NaiveDate, NaiveDate, &Tenure)> = tenures
            .iter()
            .filter_map(|tenure| {
                let held = tenure.days.within(time);
                let (from, to) = (held.from?, held.to?);
                (from <= to).then_some((from, to, tenure))
            })
            .collect();
        // of two that begin or end on the same day the post comes before the role beside it
        spans.sort_by_key(|(from, to, tenure)| (*from, tenure.beside, *to, tenure.unit));
        let (first, _, first_of) = *spans.first()?;
        let (_, last, last_of) = *spans
            .iter()
            .max_by_key(|(from, to, tenure)| (*to, !tenure.beside, *from, tenure.unit))?;
        let mut days = 0;
        let mut next = first;
        for (from, to, _) in &spans {
            let from = next.max(*from);
            if from <= *to {
                days += (*to - from).num_days() + 1;
                next = to.succ_opt().unwrap_or(*to);
            }
        }
        Some(Self {
            days: u32::try_from(days).unwrap_or(u32::MAX),
            life: Life {
                from: Some(first),
                to: Some(last),
            },
            first_unit: first_of.unit,
            last_unit: last_of.unit,
        })
    }
}

#[cfg(test)]
#[path = "share_tests.rs"]
mod tests;
