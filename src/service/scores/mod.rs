//! Emulation scores: the schemes of a federation, and what they make of its units' year.
//!
//! | file | what lives there |
//! |---|---|
//! | `schemes` | schemes by year and category, versioned; presets; what they say in words |
//! | `inputs` | what scores are made of, read for a whole category in few queries |
//! | `board` | scores and ranks of a category, a trial of a changed scheme |
//! | `explain` | a unit's score down to obligations and items |

mod board;
mod explain;
mod inputs;
mod schemes;

pub use board::{SchemeRef, ScoreRow, ScoreTable, TrialRow, TrialTable, Wanted, table, trial};
pub use explain::{ItemRef, LineView, OwedRef, UnitScore, of_unit};
pub use schemes::{
    CriterionWords, PresetScheme, PutScheme, SchemeChoice, SchemeFacts, Slot, get, list, preset_schemes, put,
};
