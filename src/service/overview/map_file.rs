//! The map as a file for spreadsheets.

use super::cells::MapCell;
use super::map::{MapLine, MapQuery, map};
use crate::domain::period::Period;
use crate::domain::words::say;
use crate::office::csv_out;
use crate::service::{Error, Tx};
use crate::store::StoreError;

/// All rows of the map, in its order: CSV with semicolons.
pub fn map_file(tx: &mut Tx<'_>, query: &MapQuery, locale: &str) -> Result<Vec<u8>, Error> {
    let map = map(tx, query)?;
    let word = |key: &str| say(locale, &format!("map.{key}"), &[]);
    let mut head = vec![word("unit"), word("cluster")];
    for key in &map.columns {
        let period = Period::of_key(key);
        head.push(period.map_or_else(|| key.clone(), |period| period.label(locale)));
    }
    let has_year = map.rows.iter().any(|line| line.of_year.is_some());
    head.extend(has_year.then(|| word("of_year")));
    head.extend([word("done"), word("required")]);
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let rows: Vec<Vec<String>> = map
        .rows
        .iter()
        .map(|line| cells(line, has_year, locale))
        .collect();
    let written = csv_out::write(Some(&head), rows.iter().map(Vec::as_slice));
    Ok(written.map_err(|error| StoreError::Corrupt(format!("map: {error}")))?)
}

fn cells(line: &MapLine, has_year: bool, locale: &str) -> Vec<String> {
    let mut cells = vec![
        line.unit.name.clone(),
        line.cluster.clone().unwrap_or_default(),
    ];
    let cell = |cell: &Option<MapCell>| match cell {
        Some(cell) => {
            let key = format!("obligation.standing.{}", cell.standing);
            format!("{} {}/{}", say(locale, &key, &[]), cell.done, cell.required)
        }
        None => String::new(),
    };
    cells.extend(line.cells.iter().map(cell));
    cells.extend(has_year.then(|| cell(&line.of_year)));
    cells.extend([line.done.to_string(), line.required.to_string()]);
    cells
}
