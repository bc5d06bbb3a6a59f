//! Which column of a sheet holds what: its header row is found and its names are recognised, in
//! Vietnamese or English, without diacritics and case.

use super::cell::{Cell, Row, Sheet, Value, column_name};
use super::fault;
use crate::domain::error::Invalid;
use crate::domain::text::{clean, fold};

/// The header is one of the first rows: titles may stand above it.
const HEADER_WITHIN: usize = 20;

/// How the first cell of an example begins that a template shows. No code, date or name does.
pub const EXAMPLE: &str = "VD:";

/// A column that a kind of file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in programs, which is its English header: `parent_code`.
    pub key: &'static str,
    /// Its Vietnamese header.
    pub name: &'static str,
    /// What else it may be called, without diacritics, in small letters.
    pub synonyms: &'static [&'static str],
    /// Whether a file must have it.
    pub required: bool,
    /// An example of what stands in it.
    pub example: &'static str,
}

/// A header of a sheet, and the column that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// As it is written.
    pub text: String,
    /// Its place.
    pub column: u16,
    /// The key of the column that it names.
    pub key: Option<&'static str>,
}

/// A sheet whose columns are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    sheet: Sheet,
    /// The index of the first row below the header.
    first: usize,
    /// Its headers, from left to right.
    pub headings: Vec<Heading>,
    /// Columns that a file must have and that were not recognised.
    pub lacking: Vec<&'static Column>,
}

/// A row below the header.
#[derive(Debug, Clone, Copy)]
pub struct Line<'t> {
    table: &'t Table,
    row: &'t Row,
}

/// A header as it is compared: without diacritics, case, signs, and what stands in brackets.
pub fn header_key(text: &str) -> String {
    let folded = fold(text);
    let mut depth = 0_i32;
    let mut key = String::new();
    for letter in folded.chars() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ if depth > 0 => {}
            letter if letter.is_alphanumeric() => key.push(letter),
            _ => key.push(' '),
        }
    }
    clean(&key)
}

impl Table {
    /// Finds the header of a sheet. `map` says of headers which column they name, by its key or one
    /// of its names.
    ///
    /// # Errors
    /// `sheet_header_twice` for two headers of one column, `sheet_map` for a mapping that names no
    /// column.
    pub fn of(
        sheet: Sheet,
        columns: &'static [Column],
        map: &[(String, String)],
    ) -> Result<Self, Invalid> {
        let map = mapped(columns, map)?;
        let recognised = |row: &Row| -> Vec<Heading> {
            let heading = |cell: &Cell| {
                let text = cell.value.text();
                let key = header_key(&text);
                let given = map.iter().find(|(header, _)| *header == key);
                let column = given.map(|(_, column)| *column);
                let column = column.or_else(|| columns.iter().find(|column| column.is_named(&key)));
                Heading {
                    column: cell.column,
                    key: column.map(|column| column.key),
                    text,
                }
            };
            row.cells.iter().map(heading).collect()
        };
        let count = |headings: &[Heading]| headings.iter().filter(|one| one.key.is_some()).count();
        let mut best: Option<(usize, Vec<Heading>)> = None;
        for (at, row) in sheet.rows.iter().take(HEADER_WITHIN).enumerate() {
            let headings = recognised(row);
            let better = best
                .as_ref()
                .is_none_or(|(_, best)| count(&headings) > count(best));
            if better {
                best = Some((at, headings));
            }
        }
        let (at, headings) = best.unwrap_or_default();
        let named = |column: &Column| headings.iter().filter(|one| one.key == Some(column.key));
        if let Some(twice) = columns.iter().find(|column| named(column).count() > 1) {
            let places: Vec<String> = named(twice).map(|one| column_name(one.column)).collect();
            let fault = fault("sheet_header_twice").with("value", twice.name);
            return Err(fault.with("columns", places.join(", ")));
        }
        let missing = |column: &&Column| column.required && named(column).next().is_none();
        Ok(Self {
            lacking: columns.iter().filter(missing).collect(),
            first: at + 1,
            headings,
            sheet,
        })
    }

    /// The number of the row of the header.
    pub fn header_row(&self) -> u32 {
        let header = self.sheet.rows.get(self.first.saturating_sub(1));
        header.map_or(1, |row| row.number)
    }

    /// The name of the sheet.
    pub fn sheet_name(&self) -> &str {
        &self.sheet.name
    }

    /// The rows below the header.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = Line<'_>> {
        let rows = self.sheet.rows.get(self.first..).unwrap_or_default();
        rows.iter().map(|row| Line { table: self, row })
    }

    /// The rows that are to be entered: those that are neither blank nor an example of a template.
    pub fn data(&self) -> impl Iterator<Item = Line<'_>> {
        self.lines()
            .filter(|line| !line.is_blank() && !line.is_example())
    }

    /// The numbers of the rows that are examples of a template.
    pub fn examples(&self) -> impl Iterator<Item = u32> {
        let examples = self.lines().filter(Line::is_example);
        examples.map(|line| line.number())
    }

    /// Whether the sheet has a column with this key.
    pub fn has(&self, key: &str) -> bool {
        self.heading(key).is_some()
    }

    /// The header of the column with this key.
    pub fn heading(&self, key: &str) -> Option<&Heading> {
        self.headings.iter().find(|one| one.key == Some(key))
    }

    /// The fault of required columns that were not recognised; it lists the headers that were found.
    pub fn lacks(&self) -> Option<Invalid> {
        if self.lacking.is_empty() {
            return None;
        }
        let list = |names: Vec<&str>| names.join(", ");
        let lacking = list(self.lacking.iter().map(|column| column.name).collect());
        let found = list(self.headings.iter().map(|one| one.text.as_str()).collect());
        let found: String = found.chars().take(400).collect();
        let fault = fault("sheet_headers").with("lacking", lacking);
        Some(fault.with("found", found.escape_debug()))
    }

    /// The first cell of each column without a header: it would be passed over unseen.
    pub fn without_header(&self) -> Vec<(u32, u16)> {
        let mut found: Vec<(u32, u16)> = Vec::new();
        for line in self.lines() {
            for cell in &line.row.cells {
                let column = cell.column;
                let has_header = self
                    .headings
                    .binary_search_by_key(&column, |one| one.column)
                    .is_ok();
                if !has_header && !found.iter().any(|(_, known)| *known == column) {
                    found.push((line.row.number, column));
                }
            }
            if found.len() > HEADER_WITHIN {
                break;
            }
        }
        found
    }

    /// All rows of the sheet, as they were read.
    pub fn rows(&self) -> &[Row] {
        &self.sheet.rows
    }
}

/// A mapping by the keys of headers.
fn mapped(
    columns: &'static [Column],
    map: &[(String, String)],
) -> Result<Vec<(String, &'static Column)>, Invalid> {
    let column = |(header, name): &(String, String)| {
        let key = header_key(name);
        let column = columns.iter().find(|column| column.is_named(&key));
        let unknown = || {
            let names: Vec<&str> = columns.iter().map(|column| column.key).collect();
            let fault = Invalid::new("map", "sheet_map").with("value", name.escape_debug());
            fault.with("columns", names.join(", "))
        };
        Ok((header_key(header), column.ok_or_else(unknown)?))
    };
    map.iter().map(column).collect()
}

impl Column {
    /// Whether a header names it.
    fn is_named(&self, key: &str) -> bool {
        key == header_key(self.key) || key == header_key(self.name) || self.synonyms.contains(&key)
    }
}

impl<'t> Line<'t> {
    /// The number of the row, from 1.
    pub fn number(&self) -> u32 {
        self.row.number
    }

    /// The cell of the column with this key, if it is not blank.
    pub fn cell(&self, key: &str) -> Option<&'t Cell> {
        self.row.cell(self.table.heading(key)?.column)
    }

    /// Whether nothing stands below a header that is known.
    pub fn is_blank(&self) -> bool {
        let known = |one: &&Heading| one.key.is_some();
        let mut known = self.table.headings.iter().filter(known);
        !known.any(|one| self.row.cell(one.column).is_some())
    }

    /// Whether it is an example of a template: its first cell below a known header begins with
    /// [`EXAMPLE`].
    pub fn is_example(&self) -> bool {
        let first = self.table.headings.iter().find(|one| one.key.is_some());
        let cell = first.and_then(|first| self.row.cell(first.column));
        cell.is_some_and(|cell| match &cell.value {
            Value::Text(text) => fold(text).starts_with(&fold(EXAMPLE)),
            _ => false,
        })
    }

    /// Whether its sheet has a column with this key.
    pub fn has(&self, key: &str) -> bool {
        self.table.has(key)
    }

    /// The text of the cell of a column, cleaned; empty for a blank cell.
    pub fn text(&self, key: &str) -> String {
        self.cell(key)
            .map(|cell| cell.value.text())
            .unwrap_or_default()
    }
}
