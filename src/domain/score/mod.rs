//! Emulation scores (DOMAIN: emulation scores): what a scheme says, and what it makes of a unit's
//! year. Pure and exact: the same scheme and the same inputs give the same sheet, whatever their
//! order.

mod check;
mod engine;
mod filled;
mod flow;
mod forecast;
mod points;
pub mod presets;
mod rank;
mod scheme;
mod seal;
mod words;

pub use engine::{ENGINE_VERSION, Figures, Line, Score, score, score_by};
pub use flow::{Assessment, Mark, RoundState, SheetState, own_marks};
pub use forecast::{Forecast, Need, OpenQuota, Outlook, forecast};
pub use points::Points;
pub use rank::{Contender, ranks};
pub use scheme::{Band, Condition, Criterion, Measure, Scheme, Select};
pub use seal::{Decision, Sealed, SealedScheme, Unsound, hash_of, verify};
pub use words::{KindNames, formula, selection};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::obligation::{ObligationKind, State};
use super::period::PeriodKind;

/// Everything that a unit's score is made of; a frozen sheet stores it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// The unit's own closed obligations, exempt ones among them; not those of its persons.
    pub obligations: Vec<Owed>,
    /// The unit's items that count in the year.
    pub items: Vec<Handed>,
    /// Marks given by people, by code of the criterion: those of `manual` criteria, and those that
    /// replace a computed one.
    pub marks: BTreeMap<String, Points>,
}

/// A closed obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Owed {
    /// Its id.
    pub id: i64,
    /// Code of its rule.
    pub rule: String,
    /// What sort of thing is owed.
    pub kind: ObligationKind,
    /// The kinds of item that its rule counts; none for deadlines of events.
    pub item_kinds: Vec<String>,
    /// How long its period is, if it has one.
    pub period: Option<PeriodKind>,
    /// What became of it.
    pub state: State,
    /// How many were owed.
    pub required: u32,
    /// How many counted.
    pub done: u32,
}

/// An item that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Handed {
    /// Its id.
    pub id: i64,
    /// Code of its kind.
    pub kind: String,
    /// Whether its kind is in-depth.
    pub in_depth: bool,
    /// The editors' grade, 1 to 5.
    pub grade: Option<u32>,
}

#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod scheme_tests;
