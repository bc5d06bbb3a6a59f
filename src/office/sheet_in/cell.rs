//! Cells, rows and sheets.

use chrono::NaiveDateTime;

use crate::domain::text::clean;

/// A sheet: its rows that are not blank.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// Its name; empty for a file without sheets.
    pub name: String,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A row that is not blank.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number as programs show it, from 1.
    pub number: u32,
    /// Its cells that are not blank, from left to right.
    pub cells: Vec<Cell>,
}

/// A cell that is not blank.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Its column, from 0.
    pub column: u16,
    /// What it holds.
    pub value: Value,
}

/// What a cell holds. A formula counts as its value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, as it was written.
    Text(Box<str>),
    /// A number.
    Number(f64),
    /// A date or a local time.
    Date(NaiveDateTime),
    /// Yes or no.
    Bool(bool),
    /// An error, such as `#N/A`.
    Error(Box<str>),
    /// A formula whose value the program that wrote the file did not compute.
    Uncomputed,
}

impl Row {
    /// The cell of a column.
    pub fn cell(&self, column: u16) -> Option<&Cell> {
        let at = self.cells.binary_search_by_key(&column, |cell| cell.column);
        at.ok().and_then(|at| self.cells.get(at))
    }
}

impl Value {
    /// How it reads as a text, cleaned: whole numbers have no `.0`, dates are written `dd/MM/yyyy`.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Error(text) => clean(text),
            Self::Number(number) => number_text(*number),
            Self::Date(at) if at.time() == chrono::NaiveTime::MIN => {
                at.format("%d/%m/%Y").to_string()
            }
            Self::Date(at) => at.format("%d/%m/%Y %H:%M").to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Uncomputed => String::new(),
        }
    }

    /// Whether a person sees nothing in it.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if clean(text).is_empty())
    }
}

/// A number as a sheet shows it: a code such as 00123 that became a number has no `.0`.
fn number_text(number: f64) -> String {
    let shown = format!("{number}");
    match shown.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => shown,
    }
}

/// A date or local time as files write it: `2026-11-20`, `2026-11-20T15:30:00`.
pub(super) fn iso(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim_end_matches('Z');
    let date = || {
        text.parse()
            .ok()
            .map(|date: chrono::NaiveDate| date.and_time(chrono::NaiveTime::MIN))
    };
    text.parse().ok().or_else(date)
}

/// A column as programs name it, from 0: `A`, `Z`, `AA`.
pub fn column_name(column: u16) -> String {
    let (mut rest, mut letters) = (u32::from(column) + 1, Vec::new());
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_programs_do() {
        for (column, name) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (701, "ZZ"),
            (16_383, "XFD"),
        ] {
            assert_eq!(column_name(column), name);
        }
    }

    #[test]
    fn a_code_that_became_a_number_is_a_code_again() {
        for (number, text) in [
            (123.0, "123"),
            (0.5, "0.5"),
            (-2.0, "-2"),
            (1e21, "1000000000000000000000"),
        ] {
            assert_eq!(Value::Number(number).text(), text);
        }
    }

    #[test]
    fn dates_read_as_people_write_them() {
        let at = |text: &str| Value::Date(text.parse().unwrap()).text();
        assert_eq!(at("2026-11-20T00:00:00"), "20/11/2026");
        assert_eq!(at("2026-11-20T15:30:00"), "20/11/2026 15:30");
    }
}
