//! Whom a rule concerns, and how much of a quota falls to somebody who was there for a part of the
//! period only.
//!
//! Whoever moves, or takes another role in the same unit, is several rows but one person: their
//! shares are rounded on all their days so far, less what fell to the posts before, so that
//! together they owe what one person owes.

use chrono::NaiveDate;

use crate::domain::obligation::Note;
use crate::domain::period::{Period, prorate};
use crate::domain::rule::{RuleContent, Subject};
use crate::domain::unit::Category;
use crate::service::Error;
use crate::service::core::lookups::Lookups;
use crate::store::people::PersonRow;
use crate::store::units::UnitRow;
use crate::store::{Conn, people};

/// A part of a quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Share {
    /// The least; 0: nothing is owed.
    pub required: u32,
    /// The most that counts.
    pub maximum: Option<u32>,
    /// Why it is not the whole.
    pub note: Option<Note>,
}

/// Whether a rule concerns a unit, or the people of it.
pub(crate) fn concerns(subject: &Subject, unit: &UnitRow) -> bool {
    let within = |categories: &[Category]| categories.contains(&unit.category);
    match subject {
        Subject::Unit { code } => unit.code == *code,
        // an outside organisation owes only what names it
        Subject::Units { categories } if categories.is_empty() => {
            unit.category != Category::Collaborator
        }
        Subject::Persons { categories, .. } if categories.is_empty() => true,
        Subject::Units { categories } | Subject::Persons { categories, .. } => within(categories),
    }
}

/// Whether a rule for persons concerns somebody of a unit that it concerns.
pub(crate) fn concerns_role(subject: &Subject, person: &PersonRow) -> bool {
    match subject {
        Subject::Persons { role, .. } => role.is_none_or(|role| person.role == role),
        Subject::Unit { .. } | Subject::Units { .. } => false,
    }
}

/// The dates on which a unit, or somebody of it, is there; `None` = open.
pub(crate) fn life(
    unit: &UnitRow,
    person: Option<&PersonRow>,
) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let from = unit
        .founded_on
        .into_iter()
        .chain(person.and_then(|person| person.active_from))
        .max();
    let to = unit
        .ended_on
        .into_iter()
        .chain(person.and_then(|person| person.active_to))
        .min();
    (from, to)
}

/// What falls to a subject that is there on these dates.
pub(crate) fn share_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    (content, period): (&RuleContent, Period),
    (unit, person): (&UnitRow, Option<&PersonRow>),
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
) -> Result<Share, Error> {
    let (present, days) = (period.days_within(from, to), period.days());
    let before = match person {
        Some(person) => days_before(conn, lookups, (content, period), unit, person)?,
        None => 0,
    };
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
    Ok(Share {
        required,
        maximum: content.maximum.map(|maximum| part(maximum).max(required)),
        note: (present < days).then_some(note),
    })
}

/// Days of the period on which somebody was concerned by the same rule in a post before this one,
/// within the federation.
fn days_before(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    (content, period): (&RuleContent, Period),
    unit: &UnitRow,
    person: &PersonRow,
) -> Result<u32, Error> {
    if person.moved_from.is_none() {
        return Ok(0);
    }
    let mut days = 0;
    let posts = people::posts_of(conn, person.id)?
        .into_iter()
        .filter(|post| post.id < person.id);
    for post in posts.filter(|post| concerns_role(&content.subject, post)) {
        let there = lookups.unit(conn, post.unit_id)?;
        if there.federation_id == unit.federation_id && concerns(&content.subject, &there) {
            let (from, to) = life(&there, Some(&post));
            days += period.days_within(from, to);
        }
    }
    Ok(days)
}
