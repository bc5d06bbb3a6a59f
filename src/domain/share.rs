//! Whom a rule concerns, and how much of a quota is owed for a part of a period.
//!
//! Somebody who moves, or takes another role in the same unit, has several posts but is one person.
//! The share of a post is rounded on all days so far, less what the posts before owed. Together the
//! posts owe what one person owes.

use super::access::Role;
use super::obligation::Note;
use super::opening::Life;
use super::period::Period;
use super::rule::{RuleContent, Subject};
use super::unit::Category;

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

    /// What falls to a life after `before` days of the period in earlier posts.
    pub fn of(content: &RuleContent, period: Period, life: Life, before: u32) -> Self {
        let (present, days) = (life.days_of(period), period.days());
        let part = |whole: u32| {
            prorate(whole, before + present, days).saturating_sub(prorate(whole, before, days))
        };
        let required = part(content.minimum);
        let note = Note::Prorated {
            whole: content.minimum,
            required,
            present,
            days,
            before,
        };
        Self {
            required,
            maximum: content.maximum.map(|maximum| part(maximum).max(required)),
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

    /// Whether a rule concerns the people of this role, in the units that it concerns.
    pub fn concerns_role(&self, person_role: Role) -> bool {
        match self {
            Self::Persons { role, .. } => role.is_none_or(|role| role == person_role),
            Self::Unit { .. } | Self::Units { .. } => false,
        }
    }
}

#[cfg(test)]
#[path = "share_tests.rs"]
mod tests;
