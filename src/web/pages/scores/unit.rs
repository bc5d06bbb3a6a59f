//! The year of a unit: every point explained down to obligations and items.

use actix_web::web::Path;
use askama::Template;
use chrono::Datelike as _;

use crate::domain::ids::UnitId;
use crate::domain::score::UnitYear;
use crate::domain::text::local_date;
use crate::domain::years;
use crate::service::scores::{self, ExplainedLine, MarkedCriterion, UnitYearScore};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use crate::web::pages::call::PageCall;
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;
use crate::web::pages::{routes, units};

/// How many years back can be chosen.
const YEARS: i32 = 4;

/// The parts of the address.
pub type Of = Path<(i32, UnitId)>;

#[derive(Template)]
#[template(path = "scores/unit.html")]
struct UnitPage {
    page: Layout,
    year: UnitYearScore,
    years: Vec<Choice>,
}

/// The unit and the year of an address.
///
/// # Errors
/// 404 for a year that nobody can mean.
pub(super) fn of(parts: &(i32, UnitId)) -> Result<UnitYear, Problem> {
    let (year, unit_id) = *parts;
    match years::check("nam", year) {
        Ok(year) => Ok(UnitYear { unit_id, year }),
        Err(_) => Err(Problem::new(Kind::NotFound)),
    }
}

pub async fn show(call: PageCall, parts: Of) -> Reply {
    let (of, locale) = (of(&parts)?, call.locale());
    let year = call
        .read(move |tx| scores::unit_year(tx, of, locale))
        .await?;
    let page = call.layout().wide();
    let name = page.say_with("pages.scores.title", "year", of.year);
    let this_year = local_date(page.now).year();
    let choice = |year: i32| Choice::new(year, year.to_string());
    page.below(name, group_address(&year))
        .show(|page| UnitPage {
            years: (0..YEARS).map(|back| choice(this_year - back)).collect(),
            page,
            year,
        })
}

/// Where the table is that the unit stands in.
fn group_address(year: &UnitYearScore) -> String {
    let address = routes::scores(year.score.year);
    routes::with(&address, "loai", year.score.category.as_str())
}

/// Whether the score can still change, in words, with the decision that published it.
fn status(page: &Layout, year: &UnitYearScore) -> String {
    let round = year.round.as_ref().filter(|_| !year.score.provisional);
    match round.and_then(|round| Some((round.decision_number.clone()?, round.decision_date?))) {
        Some((number, date)) => page.say_two(
            "pages.scores.published",
            ("number", number),
            ("date", page.date(&date)),
        ),
        None => page.say_with(
            "pages.scores.provisional",
            "at",
            page.time(&year.score.as_of.0),
        ),
    }
}

/// How many obligations and items are behind a line.
fn behind(page: &Layout, line: &ExplainedLine) -> String {
    let works = page.number(line.obligations.len());
    let items = page.number(line.items.len());
    match line.items.is_empty() {
        true => page.say_with("pages.scores.unit.works", "n", works),
        false => page.say_with("pages.scores.unit.items", "n", items),
    }
}

/// Points out of the most there are.
fn out_of(page: &Layout, line: &ExplainedLine) -> String {
    let (points, max) = (line.points, line.max);
    let locale = page.locale();
    format!("{} / {}", points.to_text(locale), max.to_text(locale))
}

/// The criteria that somebody gave a mark for.
fn marked(year: &UnitYearScore) -> Vec<&MarkedCriterion> {
    let all = year.criteria.iter();
    all.filter(|one| one.own.is_some() || one.review.is_some())
        .collect()
}
