//! The rows of the map as the template writes them.

use super::Standing;
use crate::domain::ids::UnitId;
use crate::domain::period::{Period, PeriodKind};
use crate::service::overview::{MapCell, MapLine, UnitMap};
use crate::web::pages::layout::Layout;
use chrono::Datelike as _;

/// A row.
pub(super) struct Row {
    pub(super) id: UnitId,
    /// The unit's short name.
    pub(super) name: String,
    pub(super) cells: Vec<Cell>,
    /// What is owed for the whole year.
    pub(super) of_year: Cell,
    /// The sum of the year: `17/22`.
    pub(super) year: String,
}

/// A cell.
pub(super) struct Cell {
    /// The class of its standing, one letter.
    pub(super) class: &'static str,
    /// Letter and numbers: `K0/2`; empty where nothing is owed.
    pub(super) text: String,
    /// The words of a standing that the letter does not say at once.
    pub(super) words: String,
    /// Where it leads, from `/ban-do`.
    pub(super) address: String,
}

impl Row {
    /// `period` is what the address of the map says of year and columns: that of a unit says the same.
    pub(super) fn of(page: &Layout, line: &MapLine, period: &str) -> Self {
        let cell = |(column, cell): (usize, &Option<MapCell>)| {
            let found = cell.as_ref().map(|cell| Cell::of(page, cell));
            let mut found = found.unwrap_or_else(Cell::empty);
            if found.address.is_empty() && cell.is_some() {
                // several: the unit's list of that column
                found.address = format!("don-vi/{}?cot={column}{period}", line.unit.id);
            }
            found
        };
        Self {
            id: line.unit.id,
            name: page.short(&line.unit.name),
            of_year: cell((line.cells.len(), &line.of_year)),
            cells: line.cells.iter().enumerate().map(cell).collect(),
            year: sum(line.done, line.required),
        }
    }
}

fn sum(done: i32, required: i32) -> String {
    format!("{done}/{required}")
}

impl Cell {
    fn empty() -> Self {
        Self {
            class: "",
            text: String::new(),
            words: String::new(),
            address: String::new(),
        }
    }

    fn of(page: &Layout, cell: &MapCell) -> Self {
        let letter = page.letter(&cell.standing);
        let words = match cell.standing {
            // the legend says it: these are most cells
            Standing::MetOnTime | Standing::NotYetDue => String::new(),
            other => page.standing(&other),
        };
        Self {
            class: class(&cell.standing),
            text: match cell.required {
                0 => letter,
                _ => format!("{letter}{}", sum(cell.done, cell.required)),
            },
            words,
            address: match cell.obligations.as_slice() {
                [one] => format!("viec/{one}"),
                _ => String::new(),
            },
        }
    }
}

/// The class of a cell: one letter, as there are 1,200 on a page.
pub(in crate::web::pages) fn class(standing: &Standing) -> &'static str {
    match standing {
        Standing::NotYetDue => "o",
        Standing::OnTrack => "t",
        Standing::AtRisk => "n",
        Standing::AwaitingReview => "c",
        Standing::MetOnTime => "d",
        Standing::MetLate => "m",
        Standing::Missed => "k",
        Standing::Exempt => "x",
    }
}

/// The heading of a column: `T11`, `Quý 3`.
pub(super) fn head(page: &Layout, key: &str) -> String {
    let Some(period) = Period::of_key(key) else {
        return key.to_owned();
    };
    let month = period.first.month0();
    let number = match period.kind {
        PeriodKind::Quarter => month / 3,
        PeriodKind::HalfYear => month / 6,
        _ => month,
    };
    let label = format!("pages.map.column.{}", period.kind);
    match period.kind {
        PeriodKind::Year => page.say_with(label, "n", period.year()),
        _ => page.say_with(label, "n", number + 1),
    }
}

/// The sums of the rows that are shown: one a column, that of the whole year where something is owed for
/// it, and that of all.
pub(super) fn sums(page: &Layout, map: &UnitMap) -> Vec<Cell> {
    let of = |cell: fn(&MapLine, usize) -> Option<&MapCell>, column: usize| {
        let cells = map.rows.iter().filter_map(|line| cell(line, column));
        let (done, required) = cells.fold((0, 0), |(done, required), cell| {
            (
                done + cell.required - cell.missing,
                required + cell.required,
            )
        });
        total(page, done, required)
    };
    let column = |column: usize| of(|line, column| line.cells.get(column)?.as_ref(), column);
    let of_year = has_year(map).then(|| of(|line, _| line.of_year.as_ref(), 0));
    let year = map.rows.iter().fold((0, 0), |(done, required), line| {
        (done + line.done, required + line.required)
    });
    let columns = (0..map.columns.len()).map(column);
    columns
        .chain(of_year)
        .chain([total(page, year.0, year.1)])
        .collect()
}

/// Whether one of the rows owes something for the whole year.
pub(super) fn has_year(map: &UnitMap) -> bool {
    map.rows.iter().any(|line| line.of_year.is_some())
}

fn total(page: &Layout, done: i32, required: i32) -> Cell {
    let text = match required {
        0 => String::new(),
        _ => format!("{}/{}", page.number(done), page.number(required)),
    };
    Cell {
        text,
        ..Cell::empty()
    }
}
