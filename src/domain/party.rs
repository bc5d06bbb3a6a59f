//! Who owes something, or is told of it: a unit or a person.

use crate::domain::ids::{PersonId, UnitId};
use std::fmt;
use std::str::FromStr;

/// A unit or a person, by id. Written as `u12` or `p12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A unit.
    Unit(UnitId),
    /// A person.
    Person(PersonId),
}

impl Party {
    /// The person, if there is one, else the unit.
    pub fn of(unit_id: UnitId, person_id: Option<PersonId>) -> Self {
        person_id.map_or(Self::Unit(unit_id), Self::Person)
    }

    /// The ids of the persons, and those of the units.
    pub fn split(parties: &[Self]) -> (Vec<PersonId>, Vec<UnitId>) {
        let (mut persons, mut units) = (Vec::new(), Vec::new());
        for party in parties {
            match party {
                Self::Person(id) => persons.push(*id),
                Self::Unit(id) => units.push(*id),
            }
        }
        (persons, units)
    }

    /// The person, if it is one.
    pub const fn person_id(self) -> Option<PersonId> {
        match self {
            Self::Person(id) => Some(id),
            Self::Unit(_) => None,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(id) => write!(f, "u{id}"),
            Self::Person(id) => write!(f, "p{id}"),
        }
    }
}

/// A text that is not `u` or `p` and a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no unit or person")]
pub struct NoParty(String);

impl FromStr for Party {
    type Err = NoParty;

    fn from_str(text: &str) -> Result<Self, NoParty> {
        let party = match text.split_at_checked(1) {
            Some(("u", unit)) => unit.parse().ok().map(Self::Unit),
            Some(("p", person)) => person.parse().ok().map(Self::Person),
            _ => None,
        };
        party.ok_or_else(|| NoParty(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_party_is_read_back_as_it_was_written(id in 1_i64.., person: bool) {
            let party = if person { Party::Person(PersonId(id)) } else { Party::Unit(UnitId(id)) };
            prop_assert_eq!(party.to_string().parse::<Party>(), Ok(party));
        }

        #[test]
        fn other_texts_are_refused(text in "[^up].*|[up][^0-9+-]*") {
            prop_assert!(text.parse::<Party>().is_err());
        }
    }
}
