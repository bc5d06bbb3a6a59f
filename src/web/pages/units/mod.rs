//! Units: the list, and the page of one.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the handlers |
//! | `tab` | what the tabs of a unit show |
//! | `plot` | the plot of a year |
//! | `file` | the list as a file |

mod file;
mod plot;
mod tab;

use std::fmt::Display;

use actix_web::web::Path;
use askama::Template;
use chrono::{Datelike as _, NaiveDate};
use serde::Deserialize;

use super::call::PageCall;
use super::layout::Layout;
use super::list::{Choice, Files, Query, ROWS};
use super::policies::words;
use super::routes;
use crate::domain::ids::UnitId;
use crate::domain::period::PeriodKind;
use crate::domain::score::UnitYear;
use crate::domain::text::local_date;
use crate::domain::unit::Category;
use crate::domain::years;
use crate::service::obligations::standings::{ObligationView, ReminderOutcome};
use crate::service::overview::{self, MapCell, UnitCount, UnitSheet};
use crate::service::scores::NextBand;
use crate::store::views::units::UnitQuery;
use crate::web::call::Reply;
use crate::web::error::Problem;
use tab::{Shown, Tab};

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Listed {
    q: Option<String>,
    loai: Option<Category>,
}

impl Listed {
    /// The units that exist on a day.
    fn query(&self, on: NaiveDate) -> UnitQuery {
        UnitQuery {
            search: self.q.clone(),
            category: self.loai,
            alive: Some((on, true)),
            ..UnitQuery::default()
        }
    }
}

#[derive(Template)]
#[template(path = "units/list.html")]
struct List {
    page: Layout,
    list: Query,
    rows: Vec<UnitCount>,
    categories: Vec<Choice>,
    chosen: String,
    files: Files,
    next: Option<String>,
}

pub(super) async fn list(call: PageCall) -> Reply {
    let list = call.query()?;
    let asked: Listed = list.read()?;
    let after = list.get("trang").split_once('.');
    let after = after.and_then(|(id, name)| Some((name.to_owned(), id.parse().ok()?)));
    let query = UnitQuery {
        after,
        limit: ROWS as i64 + 1,
        ..asked.query(local_date(call.now()))
    };
    let mut rows = call.read(move |tx| overview::units(tx, &query)).await?;
    let has_more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let last = rows.last().filter(|_| has_more);
    let next = last.map(|row| list.page(&format!("{}.{}", row.unit.id, row.unit.name_sort)));
    call.layout().wide().show(|page| List {
        categories: categories(&page),
        chosen: list.get("loai").to_owned(),
        files: list.files(routes::UNITS_XLSX, routes::UNITS_CSV),
        next,
        rows,
        list,
        page,
    })
}

fn categories(page: &Layout) -> Vec<Choice> {
    let choice = |one: &Category| Choice::new(one, page.say(format!("pages.category.{one}")));
    let all = Choice::new("", page.say("pages.map.all"));
    std::iter::once(all)
        .chain(Category::ALL.iter().map(choice))
        .collect()
}

/// What the page of a unit is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    the: Tab,
    nam: Option<i32>,
    ky: Option<PeriodKind>,
    cot: Option<usize>,
}

#[derive(Template)]
#[template(path = "units/unit.html")]
struct One {
    page: Layout,
    sheet: UnitSheet,
    shown: Shown,
    tab: Tab,
    list: Query,
    years: Vec<Choice>,
    is_part: bool,
}

pub(super) async fn one(call: PageCall, id: Path<UnitId>) -> Reply {
    let list = call.query()?;
    let asked: Asked = list.read()?;
    let today = local_date(call.now());
    let year = years::check("nam", asked.nam.unwrap_or(today.year())).map_err(Problem::from)?;
    let of = UnitYear { unit_id: *id, year };
    let column = asked
        .cot
        .map(|cot| (asked.ky.unwrap_or(PeriodKind::Month), cot));
    let (locale, tab) = (call.locale(), asked.the);
    let read = call.read(move |tx| {
        let sheet = overview::unit(tx, of, locale)?;
        let shown = tab.read(tx, of, column, locale)?;
        Ok((sheet, shown))
    });
    let (sheet, shown) = read.await?;
    let page = call.layout().wide();
    let above = page.say("pages.units.title");
    page.below(above, routes::UNITS).show(|page| One {
        years: (0..4)
            .map(|back| Choice::new(today.year() - back, (today.year() - back).to_string()))
            .collect(),
        is_part: column.is_some(),
        page,
        sheet,
        shown,
        tab,
        list,
    })
}

/// The cells of the months, and that of the whole year where something is owed for it, each with its place.
fn year_cells(sheet: &UnitSheet) -> Vec<(usize, Option<&MapCell>)> {
    let of_year = sheet.of_year.as_ref().map(Some);
    let months = sheet.months.iter().map(Option::as_ref);
    months.chain(of_year).enumerate().collect()
}

/// Where a cell of the year leads.
fn cell_address(cell: &MapCell, list: &Query, month: &usize) -> String {
    match cell.obligations.as_slice() {
        [one] => routes::work(one),
        _ => list.with("cot", month),
    }
}

/// What is most urgent of the work of a unit: what is due first.
fn urgent(sheet: &UnitSheet) -> Option<&ObligationView> {
    sheet.owed.first()
}

/// Done of owed.
fn share(done: impl Display, required: impl Display) -> String {
    format!("{done}/{required}")
}

/// How many of a piece of work are there: what counts, or what has come as long as it is open.
fn share_of(work: &ObligationView) -> String {
    let there = if work.state.is_closed() {
        work.done
    } else {
        work.arrived
    };
    share(there, work.required)
}

/// When something is due, and what is left.
fn due_line(page: &Layout, work: &ObligationView) -> String {
    let due = work.due_at.to_utc();
    format!("{} · {}", page.due(&due), page.left(&due))
}

/// Where a tab is, from the beginning of its lists.
fn tab_address(list: &Query, tab: &Tab) -> String {
    list.only(&["nam"]).with("the", tab.word())
}

/// The short names of the months.
fn months(page: &Layout) -> Vec<String> {
    let month = |n: i32| page.say_with("pages.map.column.month", "n", n);
    (1..=12).map(month).collect()
}

/// What the plot says in one sentence.
fn pace_title(page: &Layout, sheet: &UnitSheet) -> String {
    let last = sheet.pace.last();
    let forecast = last.and_then(|point| point.forecast).unwrap_or_default();
    let wanted = last.map(|point| point.wanted).unwrap_or_default();
    let (forecast, wanted) = (page.number(forecast), page.number(wanted));
    page.say_two(
        "pages.units.pace.sentence",
        ("forecast", forecast),
        ("wanted", wanted),
    )
}

/// What leads to a better band.
pub(super) fn next_band(page: &Layout, next: &NextBand) -> String {
    let items = page.number(next.items);
    page.say_two(
        "pages.units.score.next_band",
        ("n", items),
        ("band", &next.band),
    )
}

/// What became of a reminder, as the key of its words.
fn outcome(outcome: &ReminderOutcome) -> &'static str {
    match outcome {
        ReminderOutcome::Waiting => "pages.units.outcome_name.waiting",
        ReminderOutcome::Queued => "pages.units.outcome_name.queued",
        ReminderOutcome::Dropped => "pages.units.outcome_name.dropped",
    }
}
