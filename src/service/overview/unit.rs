//! One unit: what it owes, how its year goes, and where it stands; and the list of units.

use std::collections::{BTreeSet, HashMap};

use chrono::{Datelike as _, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::cells::{Cells, Columns, MapCell};
use crate::domain::ids::UnitId;
use crate::domain::obligation::State;
use crate::domain::pace::{MonthSum, PacePoint, Passed, pace};
use crate::domain::period::PeriodKind;
use crate::domain::score::UnitYear;
use crate::domain::text::{clean, local_date};
use crate::service::core::access::Action;
use crate::service::obligations::standings::{self, ObligationView, views};
use crate::service::scores::{ScorePlace, place};
use crate::service::{Error, Rows, Tx};
use crate::store::obligations::find_many;
use crate::store::views::map as view;
use crate::store::views::obligations::ObligationFilter;
use crate::store::views::units::{self as unit_views, UnitQuery, UnitView};

/// Work of a year that is listed.
const LISTED: i64 = 300;

/// A unit and how its year goes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UnitSheet {
    /// The unit.
    pub unit: UnitView,
    /// The name of the unit above.
    pub parent_name: Option<String>,
    /// Whether the reader sees the unit above.
    #[serde(skip)]
    pub sees_parent: bool,
    /// Whether the reader acts for it.
    #[serde(skip)]
    pub acts: bool,
    /// The plan year.
    pub year: i32,
    /// What it owes now, of any year, by due instant; the first of it.
    pub owed: Vec<ObligationView>,
    /// How much it owes now.
    pub owed_total: usize,
    /// How many of what the quotas of the year ask for are there.
    pub done: i32,
    /// How many the quotas of the year ask for so far.
    pub required: i32,
    /// Of what is settled in the year, how many hundredths in time; none before anything is.
    pub punctual: Option<i64>,
    /// Its score so far, where there is a scheme and the reader may see it.
    pub score: Option<ScorePlace>,
    /// A cell a month.
    pub months: Vec<Option<MapCell>>,
    /// What it owes for the whole year.
    pub of_year: Option<MapCell>,
    /// The month that goes on, from 0; the last one of a year that is over.
    pub current: usize,
    /// How the quotas of the year go, month by month.
    pub pace: Vec<PacePoint>,
}

/// A unit of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitCount {
    /// The unit.
    #[serde(flatten)]
    pub unit: UnitView,
    /// How much work it owes now.
    pub owed: i64,
}

/// A unit that the actor may see, and how a year of it goes.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn unit(tx: &mut Tx<'_>, of: UnitYear, locale: &str) -> Result<UnitSheet, Error> {
    let UnitYear { unit_id, year } = of;
    let scope = tx.scope();
    let unit = unit_views::find(tx.conn, &scope, unit_id)?.ok_or(Error::not_found("unit"))?;
    let parent_name = match unit.parent_id {
        Some(parent) => Some(tx.lookups.unit(tx.conn, parent)?.name.clone()),
        None => None,
    };
    let sees_parent = match unit.parent_id {
        Some(parent) => unit_views::find(tx.conn, &scope, parent)?.is_some(),
        None => false,
    };
    let columns = Columns::of(year, PeriodKind::Month);
    let cells = Cells::read(tx, year, columns, &[unit_id])?.take(unit_id);
    let mut sums: Vec<MonthSum> = cells.columns.iter().map(month_sum).collect();
    // what is owed for the year is owed by its end
    if let Some(last) = sums.last_mut() {
        let of_year = month_sum(&cells.of_year);
        last.done += of_year.done;
        last.required += of_year.required;
    }
    let today = local_date(tx.now);
    let current = columns.current(today);
    let passed = passed(year, today, current);
    let states = view::by_state(tx.conn, &scope, unit_id, year)?;
    let owed = owed(tx, unit_id, locale)?;
    Ok(UnitSheet {
        owed_total: owed.total,
        owed: owed.rows,
        done: sums.iter().map(|month| month.done).sum(),
        required: sums.iter().map(|month| month.required).sum(),
        punctual: punctual(&states),
        score: place(tx, of)?,
        pace: pace(&sums, passed),
        current,
        months: cells.columns,
        of_year: cells.of_year,
        parent_name,
        sees_parent,
        acts: tx.may(Action::ActForUnit, unit_id)?,
        year,
        unit,
    })
}

fn month_sum(cell: &Option<MapCell>) -> MonthSum {
    let sum = |cell: &MapCell| MonthSum {
        done: cell.required - cell.missing,
        required: cell.required,
    };
    cell.as_ref().map(sum).unwrap_or_default()
}

fn passed(year: i32, today: NaiveDate, month: usize) -> Passed {
    let last = NaiveDate::from_ymd_opt(year, 12, 31);
    let of = last.map_or(365, |last| last.ordinal());
    let days = match today.year().cmp(&year) {
        std::cmp::Ordering::Less => 1,
        std::cmp::Ordering::Equal => today.ordinal(),
        std::cmp::Ordering::Greater => of,
    };
    Passed {
        month,
        days: i32::try_from(days).unwrap_or(1),
        of: i32::try_from(of).unwrap_or(365),
    }
}

/// Of what was settled, how many hundredths in time.
fn punctual(states: &HashMap<State, i64>) -> Option<i64> {
    let number = |state| states.get(&state).copied().unwrap_or_default();
    let in_time = number(State::MetOnTime);
    let all = in_time + number(State::MetLate) + number(State::Missed);
    (all > 0).then(|| (in_time * 100 + all / 2) / all)
}

/// What a unit owes now.
fn owed(tx: &mut Tx<'_>, unit_id: UnitId, locale: &str) -> Result<Rows<ObligationView>, Error> {
    let filter = ObligationFilter {
        unit_id: Some(unit_id),
        states: vec![State::Open],
        lacking: true,
        ..ObligationFilter::default()
    };
    standings::first(tx, &filter, LISTED, locale)
}

/// What a unit owes and owed of the quotas in a column of the year, or all of the year; behind the last
/// column stand those of the whole year.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn work(
    tx: &mut Tx<'_>,
    of: UnitYear,
    column: Option<(PeriodKind, usize)>,
    locale: &str,
) -> Result<Rows<ObligationView>, Error> {
    let Some((kind, column)) = column else {
        let filter = ObligationFilter {
            unit_id: Some(of.unit_id),
            year: Some(of.year),
            ..ObligationFilter::default()
        };
        return standings::first(tx, &filter, LISTED, locale);
    };
    let columns = Columns::of(of.year, kind);
    let cells = Cells::read(tx, of.year, columns, &[of.unit_id])?.take(of.unit_id);
    let cell = match column == columns.number() {
        true => cells.of_year.as_ref(),
        false => cells.columns.get(column).and_then(Option::as_ref),
    };
    let ids = cell
        .map(|cell| cell.obligations.as_slice())
        .unwrap_or_default();
    let mut found = find_many(tx.conn, ids)?;
    let rows: Vec<_> = ids.iter().filter_map(|id| found.remove(id)).collect();
    Ok(Rows::first(views(tx, &rows, locale)?, usize::MAX))
}

/// The codes of the units above these, as far as the actor may see them.
pub fn codes_above(tx: &mut Tx<'_>, units: &[UnitCount]) -> Result<HashMap<UnitId, String>, Error> {
    let above = units.iter().filter_map(|row| row.unit.parent_id);
    let ids: BTreeSet<UnitId> = above.collect();
    let ids: Vec<UnitId> = ids.into_iter().collect();
    let scope = tx.scope();
    Ok(unit_views::codes(tx.conn, &scope, &ids)?)
}

/// Units that the actor may see, by name; of a search, those with the very letters first.
pub fn units(tx: &mut Tx<'_>, query: &UnitQuery) -> Result<Vec<UnitCount>, Error> {
    let scope = tx.scope();
    let mut found = unit_views::list(tx.conn, &scope, query)?;
    if let Some(search) = &query.search {
        let wanted = clean(search).to_lowercase();
        found.sort_by_cached_key(|unit| !unit.name.to_lowercase().contains(&wanted));
    }
    let ids: Vec<UnitId> = found.iter().map(|unit| unit.id).collect();
    let owed = view::lacking(tx.conn, &scope, &ids)?;
    let counted = found.into_iter().map(|unit| UnitCount {
        owed: owed.get(&unit.id).copied().unwrap_or_default(),
        unit,
    });
    Ok(counted.collect())
}
