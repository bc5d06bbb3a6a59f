//! The map as a file for spreadsheets.

use super::cells::MapCell;
use super::map::{MapLine, MapQuery, UnitMap, map};
use crate::domain::period::Period;
use crate::domain::words::say;
use crate::service::reports::{Cell, Head, Part};
use crate::service::{Error, Tx};

/// All rows of the map, in its order, in one part.
pub fn map_file(tx: &mut Tx<'_>, query: &MapQuery, locale: &str) -> Result<Part<()>, Error> {
    let map = map(tx, query)?;
    let has_year = map.rows.iter().any(|line| line.of_year.is_some());
    let rows = map.rows.iter();
    Ok(Part {
        head: head(&map, has_year, locale),
        rows: rows.map(|line| cells(line, has_year, locale)).collect(),
        next: None,
    })
}

fn head(map: &UnitMap, has_year: bool, locale: &str) -> Head {
    let word = |key: &str| say(locale, &format!("map.{key}"), &[]);
    let mut columns = vec![word("unit"), word("cluster")];
    for key in &map.columns {
        let period = Period::of_key(key);
        columns.push(period.map_or_else(|| key.clone(), |period| period.label(locale)));
    }
    columns.extend(has_year.then(|| word("of_year")));
    columns.extend([word("done"), word("required")]);
    let year = map.year.to_string();
    Head {
        title: say(locale, "map.file_title", &[("year", &year)]),
        columns,
    }
}

fn cells(line: &MapLine, has_year: bool, locale: &str) -> Vec<Cell> {
    let cell = |cell: &Option<MapCell>| match cell {
        Some(cell) => {
            let key = format!("obligation.standing.{}", cell.standing);
            Cell::Text(format!(
                "{} {}/{}",
                say(locale, &key, &[]),
                cell.done,
                cell.required
            ))
        }
        None => Cell::Empty,
    };
    let mut cells = vec![
        line.unit.name.as_str().into(),
        Cell::of(line.cluster.clone()),
    ];
    cells.extend(line.cells.iter().map(cell));
    cells.extend(has_year.then(|| cell(&line.of_year)));
    cells.extend([line.done.into(), line.required.into()]);
    cells
}
