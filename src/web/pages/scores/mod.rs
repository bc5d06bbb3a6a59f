//! Emulation scores: a category's year with its round, and the year of a unit.
//!
//! | file | what is in it |
//! |---|---|
//! | here | a category's year |
//! | `file` | the same as a file |
//! | `table` | the part of a table that a page shows |
//! | `round` | the steps of a round |
//! | `unit` | a unit's year |
//! | `marks` | the marks of a unit's own assessment and of its review |

mod file;
pub(super) mod marks;
pub(super) mod round;
mod table;
pub(super) mod unit;

use actix_web::web::Path;
use askama::Template;
use chrono::Datelike as _;
use serde::Deserialize;

use super::call::{PageCall, to};
use super::layout::Layout;
use super::list::{Choice, Files, Query};
use super::routes;
use crate::domain::ids::UnitId;
use crate::domain::score::{Points, RoundState, ScoreGroup};
use crate::domain::text::local_date;
use crate::domain::unit::Category;
use crate::domain::years;
use crate::service::scores::{self, FirstScores, LastYear, YearBoard};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use round::Step;
use table::Table;

/// How many years back can be chosen.
const YEARS: i32 = 5;

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    nam: Option<i32>,
    loai: Option<Category>,
    don_vi: Option<UnitId>,
    /// The cluster, `-` for units without one; every cluster by default.
    cum: String,
}

impl Asked {
    /// The table of a year; of the first category that has one, where the address names none.
    fn board(&self, tx: &mut Tx<'_>, year: i32) -> Result<YearBoard, Error> {
        let unit_id = match self.don_vi {
            Some(unit_id) => unit_id,
            None => scores::federation(tx)?,
        };
        let category = match self.loai {
            Some(category) => category,
            None => first_category(tx, unit_id, year)?,
        };
        let group = ScoreGroup {
            unit_id,
            year,
            category,
        };
        scores::year_board(tx, group)
    }
}

#[derive(Template)]
#[template(path = "scores/year.html")]
struct YearPage {
    page: Layout,
    board: YearBoard,
    years: Vec<Choice>,
    categories: Vec<Choice>,
    steps: Vec<Step>,
    table: Table,
    files: Files,
}

/// Leads to the scores of this year, or to those of the reader's unit.
pub(super) async fn home(call: PageCall) -> Reply {
    let query = call.query()?;
    let asked: Asked = query.read()?;
    let year = asked.nam.unwrap_or(local_date(call.now()).year());
    years::check("nam", year).map_err(Problem::from)?;
    let address = match call.read(scores::first_scores).await? {
        FirstScores::Unit(unit) => routes::score(year, unit),
        FirstScores::Federation => {
            let filters = query.only(&["loai", table::CLUSTER]);
            filters.at(&routes::scores(year))
        }
    };
    Ok(to(&address))
}

pub(super) async fn year(call: PageCall, year: Path<i32>) -> Reply {
    let query = call.query()?;
    let asked: Asked = query.read()?;
    if years::check("nam", *year).is_err() {
        return Err(Problem::new(Kind::NotFound));
    }
    let board = call.read(move |tx| asked.board(tx, *year)).await?;
    shown(call.layout(), board, &query)
}

/// The first category that is scored; without any, the one that the emulation is about.
fn first_category(tx: &mut Tx<'_>, unit_id: UnitId, year: i32) -> Result<Category, Error> {
    let scored = scores::scored_categories(tx, unit_id, year)?;
    Ok(scored.first().copied().unwrap_or(Category::Superior))
}

fn shown(page: Layout, mut board: YearBoard, query: &Query) -> Reply {
    let this_year = local_date(page.now).year();
    let year = |year: i32| Choice::new(year, year.to_string());
    page.wide().show(|page| YearPage {
        years: (0..YEARS).map(|back| year(this_year - back)).collect(),
        categories: categories(&page, &board),
        steps: Step::all(&page, &board),
        table: Table::of(&page, &mut board, query),
        files: files(&board, query),
        board,
        page,
    })
}

/// The same table as files for spreadsheets.
fn files(board: &YearBoard, query: &Query) -> Files {
    let query = query.only(&[table::CLUSTER]);
    let query = query.and("nam", board.year).and("loai", board.category);
    let query = query.and("don_vi", board.federation.id);
    query.files(routes::SCORES_XLSX, routes::SCORES_CSV)
}

fn categories(page: &Layout, board: &YearBoard) -> Vec<Choice> {
    let mut all = board.categories.clone();
    if !all.contains(&board.category) {
        all.push(board.category);
    }
    let choice = |one: &Category| Choice::new(one, page.say(format!("pages.category.{one}")));
    all.iter().map(choice).collect()
}

/// Points as people read them; a dash for none.
fn points(page: &Layout, points: &Option<Points>) -> String {
    points.map_or_else(|| "–".to_owned(), |points| points.to_text(page.locale()))
}

/// Points that somebody gave; nothing before that, so that narrow screens leave the line out.
fn given(page: &Layout, points: &Option<Points>) -> String {
    points.map_or_else(String::new, |points| points.to_text(page.locale()))
}

/// Points and rank of the year before; nothing without them.
fn last_year(page: &Layout, last: &Option<LastYear>) -> String {
    let Some(last) = last else {
        return String::new();
    };
    let total = points(page, &last.total);
    match last.rank {
        Some(rank) => format!("{total} ({rank})"),
        None => total,
    }
}

/// Whether the scores can still change, in words, with the decision that published them.
fn status(page: &Layout, board: &YearBoard) -> String {
    let final_states = [RoundState::Published, RoundState::Frozen];
    let round = board.round.as_ref();
    let decided = round.filter(|round| final_states.contains(&round.state));
    match decided.and_then(|round| Some((round.decision_number.as_ref()?, round.decision_date?))) {
        Some((number, date)) => page.say_two(
            "pages.scores.published",
            ("number", number.clone()),
            ("date", page.date(&date)),
        ),
        None => page.say_with("pages.scores.provisional", "at", page.time(&board.as_of.0)),
    }
}

/// The scheme of the category's year, or where it is written.
fn scheme_address(board: &YearBoard) -> String {
    let scheme = routes::scheme(routes::SCHEME, board.year, board.category.as_str());
    routes::with(&scheme, "don_vi", &board.federation.id.to_string())
}

/// How far the round has come; `None` before it is begun.
fn state(board: &YearBoard) -> Option<RoundState> {
    board.round.as_ref().map(|round| *round.state)
}

/// Why the round replaces another.
fn reason(board: &YearBoard) -> Option<&str> {
    board.round.as_ref()?.reason.as_deref()
}

/// How many units have a sheet.
fn sheets(board: &YearBoard) -> i64 {
    let Some(round) = &board.round else { return 0 };
    let sheets = round.sheets;
    sheets.computed + sheets.self_assessed + sheets.reviewed
}
