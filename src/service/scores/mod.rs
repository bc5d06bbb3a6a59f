//! Emulation scores: the schemes of a federation, and what they make of its units' year.
//!
//! | file | what lives there |
//! |---|---|
//! | `schemes` | schemes by year and category, versioned; presets; what they say in words |
//! | `inputs` | what scores are made of, read for a whole category in few queries |
//! | `board` | scores and ranks of a category, a trial of a changed scheme |
//! | `explain` | a unit's score down to obligations and items |
//! | `outlook` | the forecast at today's pace |
//! | `rounds` | a year's scores begun, computed and read |
//! | `closing` | published, frozen, opened again as a new edition |
//! | `sheets` | self-assessment and review of a unit's score |
//! | `stored` | between rows and what they hold |
//! | `letters` | mails on publication and on release of a half-year's standings |
//! | `verify` | whether frozen sheets are what they were |

mod board;
mod closing;
mod explain;
mod inputs;
mod letters;
mod outlook;
mod rounds;
mod schemes;
mod sheets;
mod stored;
mod verify;

pub use board::{SchemeRef, ScoreRow, ScoreTable, TrialRow, TrialTable, Wanted, table, trial};
pub use closing::{PublishRound, freeze, publish, reopen};
pub use explain::{ItemRef, LineView, OwedRef, UnitScore, of_unit};
pub use letters::{Release, ScoreMails, release, request};
pub use outlook::{NextBand, QuotaNeed, QuotaOutlook, ScoreForecast, outlook};
pub use rounds::{NewRound, Progress, RoundFacts, begin_in, compute, round, rounds};
pub use schemes::{
    CriterionWords, PresetScheme, PutScheme, SchemeChoice, SchemeFacts, Slot, get, list,
    preset_schemes, put,
};
pub use sheets::{Say, SheetFacts, SheetLine, review, self_assess, sheet, sheets};
pub use verify::{Verdict, verify};
