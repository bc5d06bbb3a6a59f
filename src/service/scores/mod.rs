//! Emulation scores: the schemes of a federation, and the scores that they give its units for a
//! year.
//!
//! | file | what lives there |
//! |---|---|
//! | `schemes`, `scheme_choice` | schemes by year and category, versioned; presets |
//! | `scheme_views` | schemes with their words |
//! | `scheme_overview` | a scheme with its versions and the year before, for changing it |
//! | `inputs` | what scores are computed from, read for a whole group in few queries |
//! | `scoring` | from inputs to ranked sheets |
//! | `scoreboard` | the scores of a group, published or provisional |
//! | `tables` | scores and ranks of a group, a trial of another scheme |
//! | `year_board` | the scores of a year with its round and the year before |
//! | `unit_year` | a unit's year: score, forecast, sheet with marks |
//! | `unchanged` | sheets that change nothing, reviewed together |
//! | `place` | a unit's total and its place in its cluster |
//! | `explain`, `evidence` | a unit's score down to obligations and items |
//! | `forecast` | the forecast at today's pace |
//! | `rounds` | a year's scores begun, computed and read |
//! | `closing` | rounds published, frozen, replaced by a new edition |
//! | `sheets`, `sheet_view` | self-assessment and review of a unit's score; a sheet as shown |
//! | `mails`, `letters` | mails on publication, on release of a half-year's standings, on request |
//! | `verify` | frozen sheets checked against their seal |

mod closing;
mod evidence;
mod explain;
mod forecast;
mod inputs;
mod letters;
mod mails;
mod place;
mod rounds;
mod scheme_choice;
mod scheme_overview;
mod scheme_views;
mod schemes;
mod scoreboard;
mod scoring;
mod sheet_view;
mod sheets;
mod tables;
mod unchanged;
mod unit_year;
mod verify;
mod year_board;

pub use closing::{PublishRound, freeze, publish, reopen};
pub use evidence::{ItemRef, ObligationRef};
pub use explain::{ExplainedLine, UnitScore, unit_score};
pub use forecast::{NextBand, QuotaOutlook, ScoreForecast, forecast};
pub use mails::{Release, ScoreMails, mail_unit_score, release_standings};
pub use place::{ScorePlace, place};
pub use rounds::{begin, compute, get_round, list_rounds, round_to_decide};
pub use scheme_choice::SchemeChoice;
pub use scheme_overview::{
    SchemeOverview, SchemeShelf, SchemeVersion, scheme_overview, scheme_shelf,
};
pub(crate) use scheme_views::kind_names;
pub use scheme_views::{
    CriterionWords, PresetScheme, SchemeView, describe_scheme, get_scheme, list_schemes,
    preset_schemes,
};
pub use schemes::{PutScheme, save_scheme};
pub(crate) use scoreboard::Scoreboard;
pub use scoreboard::{BoardQuery, SchemeRef, ScoreRow};
pub use sheet_view::{SchemedSheet, SheetLine, SheetView};
pub use sheets::{NewAssessment, SheetQuery, get_sheet, list_sheets, review, self_assess};
pub use tables::{ScoreTable, TrialMove, TrialRow, TrialTable, table, try_scheme};
pub use unchanged::{
    ReviewMany, ReviewedMany, UnchangedSheet, next_to_review, review_unchanged, unchanged_sheets,
};
pub use unit_year::{MarkedCriterion, UnitYearScore, unit_year};
pub use verify::{SealCheck, verify};
pub use year_board::{
    FirstScores, LastYear, YearBoard, YearRow, federation, first_scores, scored_categories,
    year_board,
};
