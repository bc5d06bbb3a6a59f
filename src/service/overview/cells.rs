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

/// The columns of a year: its months, quarters, half-years, or the year itself. A quota stands where
/// its period ends.
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

    const fn number(self) -> usize {
        12 / self.months()
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

/// The cells of many units.
pub(super) struct Cells {
    columns: Columns,
    /// The last date of each period, by its key.
    ends: HashMap<String, NaiveDate>,
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
            ends: HashMap::new(),
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
        let end = match self.ends.get(&row.period_key) {
            Some(end) => *end,
            None => {
                let period = Period::of_key(&row.period_key);
                let end = period.map_or_else(|| local_date(row.due_at.0), |period| period.last);
                self.ends.insert(row.period_key.clone(), end);
                end
            }
        };
        let (column, number) = (self.columns.current(end), self.columns.number());
        let cells = self.cells.entry(row.unit_id);
        let cells = cells.or_insert_with(|| vec![None; number]);
        let Some(cell) = cells.get_mut(column) else {
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

    /// The cells of a unit, one a column.
    pub(super) fn take(&mut self, unit: UnitId) -> Vec<Option<MapCell>> {
        let found = self.cells.remove(&unit);
        found.unwrap_or_else(|| vec![None; self.columns.number()])
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
            let end = Period::of_key(key).unwrap().last;
            Columns::of(2026, kind).current(end)
        };
        assert_eq!(column(PeriodKind::Month, "2026-M11"), 10);
        assert_eq!(column(PeriodKind::Month, "2026-Q3"), 8);
        assert_eq!(column(PeriodKind::Week, "2026-W53"), 11);
        assert_eq!(column(PeriodKind::Quarter, "2026-M11"), 3);
        assert_eq!(column(PeriodKind::HalfYear, "2026-Q2"), 0);
        assert_eq!(column(PeriodKind::Year, "2026"), 0);
        let keys = Columns::of(2026, PeriodKind::Quarter).keys();
        assert_eq!(keys, ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]);
        assert_eq!(Columns::of(2026, PeriodKind::Day).keys().len(), 12);
    }
}
