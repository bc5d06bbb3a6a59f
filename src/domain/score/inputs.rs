//! What a unit's score is computed from, and which of a unit's obligations and items count at an
//! instant.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Points;
use crate::domain::ids::{ItemId, ObligationId};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::period::PeriodKind;
use crate::domain::policy::CountedWhen;
use crate::domain::settle::Fate;

/// Everything that a unit's score is computed from; a frozen sheet stores it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// The unit's own closed obligations, exempt ones included; not those of its persons.
    pub obligations: Vec<ScoredObligation>,
    /// The unit's items that count in the year.
    pub items: Vec<ScoredItem>,
    /// Marks given by people, by code of the criterion: those of `manual` criteria, and those that
    /// replace a computed value.
    pub marks: BTreeMap<String, Points>,
}

impl Inputs {
    /// Whether both hold the same obligations and items; marks do not matter.
    pub fn same_facts(&self, other: &Self) -> bool {
        self.obligations == other.obligations && self.items == other.items
    }
}

/// A closed obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoredObligation {
    /// Its id.
    pub id: ObligationId,
    /// Code of its rule.
    pub rule: String,
    /// What sort of thing is owed.
    pub kind: ObligationKind,
    /// The kinds of item that its rule counts; none for deadlines of events.
    pub item_kinds: Vec<String>,
    /// The length of its period, if it has one.
    pub period: Option<PeriodKind>,
    /// What became of it.
    pub state: State,
    /// How many items were owed.
    pub required: u32,
    /// How many items counted.
    pub done: u32,
    /// Whether surplus moves on to later periods of the year: then it is no bonus.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub carries: bool,
}

/// An item that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoredItem {
    /// Its id.
    pub id: ItemId,
    /// Code of its kind.
    pub kind: String,
    /// Whether its kind is in-depth.
    pub in_depth: bool,
    /// The editors' grade, 1 to 5.
    pub grade: Option<u32>,
}

/// Whether an item that has arrived counts at the instant `at`: from its arrival, or, where the
/// unit's policy says so, from its publication.
pub fn item_counts(fate: Fate, counted_when: CountedWhen, at: DateTime<Utc>) -> bool {
    match (fate, counted_when) {
        (Fate::Published(published_at), CountedWhen::Published) => published_at <= at,
        (Fate::Returned(lapses_at), CountedWhen::Arrived) => at < lapses_at,
        (Fate::Published(_) | Fate::Pending, CountedWhen::Arrived) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn items_count_by_arrival_or_by_publication_as_the_policy_says() {
        use CountedWhen::{Arrived, Published};
        let published = Fate::Published(second(10));
        assert!(item_counts(published, Arrived, second(5)));
        assert!(!item_counts(published, Published, second(9)));
        assert!(item_counts(published, Published, second(10)));
        assert!(item_counts(Fate::Pending, Arrived, second(5)));
        assert!(!item_counts(Fate::Pending, Published, second(5)));
        // a returned item counts until the days for handing it in again have run out
        let returned = Fate::Returned(second(10));
        assert!(item_counts(returned, Arrived, second(9)));
        assert!(!item_counts(returned, Arrived, second(10)));
        assert!(!item_counts(Fate::Void, Arrived, second(5)));
    }
}
