//! The cells of the map: what is owed by a unit in a column, and how it stands.

use std::collections::HashMap;

use chrono::{Datelike as _, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::ids::{ObligationId, UnitId};
use crate::domain::obligation::{Standing, State};
use crate::domain::period::{Period, PeriodKind};
use crate::domain::text::local_date;
use crate::service::obligations::standings::standing;
use crate::service::{Error, Tx};
use crate::store::views::map::{self as view, MapRow};

/// A cell of the map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MapCell {
    /// How what is owed stands; of several, what needs somebody most.
    pub standing: Standing,
    /// How many have arrived, or counted where it is settled.
    pub done: i32,
    /// How many are owed; what is excused is not.
    pub required: i32,
    /// How many of them are lacking: the surplus of one quota is none of another.
    pub missing: i32,
    /// What is owed, by due instant.
    pub obligations: Vec<ObligationId>,
}

/// The columns of a year: its months, quarters, half-years, or the year itself. A quota stands in the
/// column in which its period ends; one of the whole year beside them, in a cell of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    year: i32,
    kind: PeriodKind,
}

impl Columns {
    /// The columns of a year; periods shorter than a month make months.
    pub(super) fn of(year: i32, kind: PeriodKind) -> Self {
        let kind = match kind {
            PeriodKind::Day | PeriodKind::Week => PeriodKind::Month,
            longer => longer,
        };
        Self { year, kind }
    }

    /// How many months a column has.
    const fn months(self) -> usize {
        match self.kind {
            PeriodKind::Quarter => 3,
            PeriodKind::HalfYear => 6,
            PeriodKind::Year => 12,
            PeriodKind::Day | PeriodKind::Week | PeriodKind::Month => 1,
        }
    }

    /// How many columns there are; also the place of the quotas of the whole year, behind them.
    pub(super) const fn number(self) -> usize {
        12 / self.months()
    }

    /// The place of a period: its column, or behind the columns.
    fn place(self, period: Option<Period>, due_on: NaiveDate) -> usize {
        match period {
            Some(period) if period.kind == PeriodKind::Year && self.kind != PeriodKind::Year => {
                self.number()
            }
            Some(period) => self.current(period.last),
            None => self.current(due_on),
        }
    }

    /// The keys of their periods.
    pub(super) fn keys(self) -> Vec<String> {
        let first = Period::first_of_year(self.kind, self.year);
        let periods = std::iter::successors(Some(first), |period| Some(period.next()));
        periods.take(self.number()).map(Period::key).collect()
    }

    /// The column of a date; those of other years are held at the ends of this one.
    pub(super) fn current(self, date: NaiveDate) -> usize {
        let month = match date.year().cmp(&self.year) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => date.month0() as usize,
            std::cmp::Ordering::Greater => 11,
        };
        month / self.months()
    }
}

/// The cells of a unit.
pub(super) struct UnitCells {
    /// One a column.
    pub(super) columns: Vec<Option<MapCell>>,
    /// What is owed for the whole year, where columns are shorter.
    pub(super) of_year: Option<MapCell>,
}

impl UnitCells {
    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &MapCell> {
        self.columns.iter().flatten().chain(&self.of_year)
    }
}

/// The cells of many units.
pub(super) struct Cells {
    columns: Columns,
    /// The place of each period, by its key.
    places: HashMap<String, usize>,
    /// One a column, and one behind them.
    cells: HashMap<UnitId, Vec<Option<MapCell>>>,
}

impl Cells {
    /// Those of these units in a year.
    pub(super) fn read(
        tx: &mut Tx<'_>,
        year: i32,
        columns: Columns,
        units: &[UnitId],
    ) -> Result<Self, Error> {
        let scope = tx.scope();
        let mut all = Self {
            columns,
            places: HashMap::new(),
            cells: HashMap::new(),
        };
        let mut rows = Vec::new();
        for row in view::settled(tx.conn, &scope, year, Some(units))? {
            let standing = settled_standing(row.state.0);
            rows.push((row, standing));
        }
        for row in view::open(tx.conn, &scope, year, Some(units))? {
            let standing = standing(tx, &row)?;
            rows.push((MapRow::of(&row), standing));
        }
        rows.sort_by_key(|(row, _)| (row.due_at.0, row.id));
        for (row, standing) in rows {
            all.add(&row, standing);
        }
        Ok(all)
    }

    fn add(&mut self, row: &MapRow, standing: Standing) {
        let place = match self.places.get(&row.period_key) {
            Some(place) => *place,
            None => {
                let period = Period::of_key(&row.period_key);
                let place = self.columns.place(period, local_date(row.due_at.0));
                self.places.insert(row.period_key.clone(), place);
                place
            }
        };
        let number = self.columns.number();
        let cells = self.cells.entry(row.unit_id);
        let cells = cells.or_insert_with(|| vec![None; number + 1]);
        let Some(cell) = cells.get_mut(place) else {
            return;
        };
        let cell = cell.get_or_insert_with(|| MapCell {
            standing,
            done: 0,
            required: 0,
            missing: 0,
            obligations: Vec::new(),
        });
        cell.standing = cell.standing.louder(standing);
        if standing != Standing::Exempt {
            let is_closed = row.state.0.is_closed();
            let done = if is_closed { row.done } else { row.arrived };
            cell.done += done;
            cell.required += row.required;
            cell.missing += (row.required - done).max(0);
        }
        cell.obligations.push(row.id);
    }

    /// The cells of a unit.
    pub(super) fn take(&mut self, unit: UnitId) -> UnitCells {
        let number = self.columns.number();
        let found = self.cells.remove(&unit);
        let mut columns = found.unwrap_or_else(|| vec![None; number + 1]);
        let of_year = columns.pop().flatten();
        UnitCells { columns, of_year }
    }
}

/// How something stands that is not open.
fn settled_standing(state: State) -> Standing {
    match state {
        State::Open => Standing::OnTrack,
        State::AwaitingReview => Standing::AwaitingReview,
        State::MetOnTime => Standing::MetOnTime,
        State::MetLate => Standing::MetLate,
        State::Missed => Standing::Missed,
        State::Exempt => Standing::Exempt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_stands_in_the_column_in_which_its_period_ends() {
        let column = |kind, key: &str| {
            let due_on = "2026-06-30".parse().unwrap();
            Columns::of(2026, kind).place(Period::of_key(key), due_on)
        };
        assert_eq!(column(PeriodKind::Month, "2026-M11"), 10);
        assert_eq!(column(PeriodKind::Month, "2026-Q3"), 8);
        assert_eq!(column(PeriodKind::Week, "2026-W53"), 11);
        assert_eq!(column(PeriodKind::Quarter, "2026-M11"), 3);
        assert_eq!(column(PeriodKind::HalfYear, "2026-Q2"), 0);
        assert_eq!(column(PeriodKind::Month, "2026-H1"), 5);
        assert_eq!(column(PeriodKind::Quarter, "2026-H2"), 3);
        assert_eq!(column(PeriodKind::Month, "su-kien"), 5);
        // one of the year stands behind the columns, but where the year is the column
        assert_eq!(column(PeriodKind::Month, "2026"), 12);
        assert_eq!(column(PeriodKind::HalfYear, "2026"), 2);
        assert_eq!(column(PeriodKind::Year, "2026"), 0);
        let keys = Columns::of(2026, PeriodKind::Quarter).keys();
        assert_eq!(keys, ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]);
        assert_eq!(Columns::of(2026, PeriodKind::Day).keys().len(), 12);
    }
}
