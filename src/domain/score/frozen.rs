//! Frozen years: what a fact changes, and in which year of which unit.

use std::collections::BTreeSet;

use chrono::Datelike as _;

use super::UnitYear;
use crate::domain::error::Invalid;
use crate::domain::ids::{RoundId, UnitId};
use crate::domain::obligation::State;
use crate::domain::settle::Candidate;
use crate::domain::text::local_date;
use crate::domain::unit::Category;

/// Something that a unit's score of a year rests on, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// An item that counts: it belongs to the year in which it arrived.
    Item {
        /// The unit that it counts for.
        unit_id: UnitId,
        /// Code of its kind.
        kind: String,
        /// Its arrival and what became of it.
        stands: Candidate,
        /// The editors' grade.
        grade: Option<i32>,
    },
    /// Something owed: it belongs to the year of its period, or of its due instant where it has no
    /// period.
    Owed {
        /// The unit, or the unit of the person.
        of: UnitYear,
        /// What became of it.
        state: State,
        /// How many are owed.
        required: i32,
        /// How many counted.
        done: i32,
    },
}

impl Basis {
    /// The year of a unit that it belongs to.
    pub fn year(&self) -> UnitYear {
        match self {
            Self::Item {
                unit_id, stands, ..
            } => UnitYear {
                unit_id: *unit_id,
                year: local_date(stands.arrived_at).year(),
            },
            Self::Owed { of, .. } => *of,
        }
    }
}

/// The years of units that a fact belongs to, because it makes `after` of `before`; none where it
/// changes nothing that a score rests on.
pub fn years_of(before: Option<&Basis>, after: Option<&Basis>) -> BTreeSet<UnitYear> {
    if before == after {
        return BTreeSet::new();
    }
    before.into_iter().chain(after).map(Basis::year).collect()
}

/// A round whose sheets are frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrozenRound {
    /// Its id.
    pub id: RoundId,
    /// The year.
    pub year: i32,
    /// The category of the units.
    pub category: Category,
    /// Its edition.
    pub edition: i32,
}

impl FrozenRound {
    /// Why a fact of its year is refused.
    pub fn refusal(&self) -> Invalid {
        Invalid::new("", "score_year_frozen")
            .with("year", self.year)
            .with_word("category", self.category.word())
            .with("edition", self.edition)
            .with("round", self.id)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::domain::ids::ItemId;
    use crate::domain::settle::Fate;

    fn item(arrived_at: &str, grade: i32) -> Basis {
        let arrived_at: DateTime<Utc> = arrived_at.parse().unwrap();
        Basis::Item {
            unit_id: UnitId(7),
            kind: "tin".to_owned(),
            stands: Candidate {
                item_id: ItemId(1),
                arrived_at,
                fate: Fate::Pending,
            },
            grade: Some(grade),
        }
    }

    fn years(before: Option<&Basis>, after: Option<&Basis>) -> Vec<i32> {
        let years = years_of(before, after).into_iter();
        years.map(|of| of.year).collect()
    }

    #[test]
    fn a_fact_is_of_the_years_between_which_it_moves_something() {
        let (old, new) = (
            item("2026-12-31T23:59:59+07:00", 3),
            item("2027-01-01T00:00:00+07:00", 3),
        );
        assert_eq!(years(None, Some(&new)), [2027]);
        assert_eq!(years(Some(&old), Some(&new)), [2026, 2027]);
        assert_eq!(years(Some(&old), None), [2026]);
        let graded = item("2026-12-31T23:59:59+07:00", 4);
        assert_eq!(years(Some(&old), Some(&graded)), [2026]);
        assert_eq!(years(Some(&old), Some(&old)), [0; 0]);
    }

    #[test]
    fn what_is_owed_belongs_to_the_year_of_its_period() {
        let owed = |state| Basis::Owed {
            of: UnitYear {
                unit_id: UnitId(7),
                year: 2026,
            },
            state,
            required: 2,
            done: 1,
        };
        let (missed, exempt) = (owed(State::Missed), owed(State::Exempt));
        assert_eq!(years(Some(&missed), Some(&exempt)), [2026]);
        assert_eq!(years(Some(&missed), Some(&missed)), [0; 0]);
    }
}
