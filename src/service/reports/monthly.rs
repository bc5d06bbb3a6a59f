//! The monthly table: units × kinds of work, with how much was owed, how much is there and how much of
//! that came late.

use super::figures::{Count, Figures, UnitFigures};
use crate::domain::file::{File, FileFormat};
use crate::domain::ids::UnitId;
use crate::domain::period::Period;
use crate::domain::words::say;
use crate::office::table::{Cell, Head, Table};
use crate::service::reports::written;
use crate::service::{Error, Tx};

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthQuery {
    /// The unit; its own row and those of the units below it.
    pub unit_id: UnitId,
    /// The month.
    pub month: Period,
}

/// The table as a file.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor can't see.
pub fn monthly(
    tx: &mut Tx<'_>,
    query: MonthQuery,
    format: FileFormat,
    locale: &str,
) -> Result<File, Error> {
    let figures = Figures::read(tx, query.unit_id, query.month, locale)?;
    let table = table(&figures, locale);
    let name = format!("thang-{}", query.month.first.format("%Y-%m"));
    Ok(File::new(&name, format, written(&[table], format, locale)?))
}

/// The figures as a table.
pub(super) fn table(figures: &Figures, locale: &str) -> Table {
    let word = |key: &str| say(locale, &format!("report.column.{key}"), &[]);
    let mut columns = vec![word("unit"), word("category"), word("cluster")];
    let sum = word("sum");
    for group in figures.groups.iter().chain([&sum]) {
        columns.extend(["required", "done", "late"].map(|key| format!("{group}: {}", word(key))));
    }
    let row = |row: &UnitFigures| {
        let category = say(
            locale,
            &format!("report.category.{}", row.unit.category.0),
            &[],
        );
        let mut cells = vec![
            Cell::from(&row.unit.name),
            category.into(),
            Cell::of(row.unit.cluster.clone()),
        ];
        let all = row.counts.iter().copied().chain([Some(row.total())]);
        cells.extend(all.flat_map(three));
        cells
    };
    let mut total = vec![Cell::Text(sum.clone()), Cell::Empty, Cell::Empty];
    let groups = (0..figures.groups.len()).map(|group| figures.of_group(group));
    total.extend(groups.chain([figures.total()]).map(Some).flat_map(three));
    let period = figures.period.label(locale);
    let values = [
        ("period", period.as_str()),
        ("unit", figures.unit.name.as_str()),
    ];
    Table {
        name: period.clone(),
        head: Head {
            title: say(locale, "report.monthly.title", &values),
            columns,
        },
        rows: figures.rows.iter().map(row).collect(),
        total: Some(total),
    }
}

/// Owed, there and late; empty where nothing was owed.
fn three(count: Option<Count>) -> [Cell; 3] {
    match count {
        Some(count) => [count.required, count.done, count.late].map(Cell::Whole),
        None => [Cell::Empty, Cell::Empty, Cell::Empty],
    }
}
