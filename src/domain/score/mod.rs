//! Emulation scores: what a scheme says, and the score that it gives a unit for its year. Pure and
//! exact: the same scheme and the same inputs give the same score, whatever their order.
//! docs/SCORES.md explains the rules with an example.

mod assessment;
mod check;
mod closing;
mod engine;
mod filled;
mod forecast;
mod frozen;
mod group;
mod inputs;
mod points;
pub mod presets;
mod rank;
mod raw_line;
mod result;
mod scheme;
mod seal;
mod states;
mod words;

pub use assessment::{Assessment, Mark, check_marks};
pub use closing::{Decision, SheetToPublish, check_decided, check_settled, check_unchanged};
pub use engine::{ENGINE_VERSION, score, score_by};
pub use forecast::{BandNeed, Forecast, OpenQuota, QuotaForecast, QuotaNeed, forecast};
pub use frozen::{Basis, FrozenRound, years_of};
pub use group::{ScoreGroup, ScoreYear, UnitYear};
pub use inputs::{Inputs, ScoredItem, ScoredObligation, item_counts};
pub use points::Points;
pub use rank::{Contender, ranks};
pub use result::{Figures, Line, Score};
pub use scheme::{Band, Condition, Criterion, Measure, Scheme, Select};
pub use seal::{SealFault, Sealed, SealedScheme, hash_of, unseal};
pub use states::{RoundState, SheetState};
pub use words::{KindNames, conditions, formula, selection};

#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod scheme_tests;
