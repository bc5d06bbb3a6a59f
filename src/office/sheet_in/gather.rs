//! Gathering rows within the limits of what is kept in memory.

use super::cell::{Cell, Row, Sheet, Value};
use super::fault;
use crate::domain::error::Invalid;

/// The most rows of a file.
const ROWS: usize = 200_000;

/// The most cells of a file that are not blank.
const CELLS: usize = 1_500_000;

/// The most bytes of text of a file.
const TEXT: usize = 32 << 20;

/// The most bytes of one text: twenty thousand letters are the longest text that is stored.
pub(super) const LONGEST_TEXT: usize = 128 << 10;

/// What is kept of a file.
#[derive(Default)]
pub(super) struct Gatherer {
    rows: usize,
    cells: usize,
    text: usize,
    sheet: Sheet,
    row: Option<Row>,
}

impl Gatherer {
    /// Begins a sheet.
    pub(super) fn begin(&mut self, name: &str) {
        self.sheet = Sheet {
            name: name.to_owned(),
            rows: Vec::new(),
        };
        self.row = None;
    }

    /// Adds a cell; rows come in order, counted from 1. Blank ones are left out.
    ///
    /// # Errors
    /// `sheet_too_large`, `sheet_long_text`.
    pub(super) fn add(&mut self, number: u32, column: u16, value: Value) -> Result<(), Invalid> {
        if let Value::Text(text) | Value::Error(text) = &value {
            if text.len() > LONGEST_TEXT {
                return Err(long_text(number));
            }
            if value.is_blank() {
                return Ok(());
            }
            self.text += text.len();
        }
        self.cells += 1;
        if self.row.as_ref().is_none_or(|row| row.number != number) {
            self.end_row()?;
            self.row = Some(Row {
                number,
                cells: Vec::new(),
            });
        }
        if self.cells > CELLS || self.text > TEXT {
            return Err(too_large());
        }
        if let Some(row) = &mut self.row {
            row.cells.push(Cell { column, value });
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Invalid> {
        let Some(mut row) = self.row.take() else {
            return Ok(());
        };
        self.rows += 1;
        if self.rows > ROWS {
            return Err(too_large());
        }
        let in_order = row.cells.is_sorted_by(|a, b| a.column < b.column);
        if !in_order {
            // the last of two cells of one place is the one that programs show
            row.cells.reverse();
            row.cells.sort_by_key(|cell| cell.column);
            row.cells.dedup_by_key(|cell| cell.column);
        }
        row.cells.shrink_to_fit();
        self.sheet.rows.push(row);
        Ok(())
    }

    /// Repeats the row that was just gathered on the next `times` rows.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub(super) fn repeat(&mut self, times: u32) -> Result<(), Invalid> {
        let Some(row) = self.row.clone() else {
            return Ok(());
        };
        for further in 1..=times {
            for cell in &row.cells {
                self.add(
                    row.number.saturating_add(further),
                    cell.column,
                    cell.value.clone(),
                )?;
            }
        }
        Ok(())
    }

    /// The sheet.
    pub(super) fn end(&mut self) -> Result<Sheet, Invalid> {
        self.end_row()?;
        let mut sheet = std::mem::take(&mut self.sheet);
        // files may have their rows in any order
        if !sheet.rows.is_sorted_by_key(|row| row.number) {
            sheet.rows.sort_by_key(|row| row.number);
        }
        Ok(sheet)
    }
}

/// The fault of a file that is too large.
pub(super) fn too_large() -> Invalid {
    fault("sheet_too_large")
        .with("rows", ROWS)
        .with("cells", CELLS)
}

fn long_text(row: u32) -> Invalid {
    fault("sheet_long_text")
        .with("row", row)
        .with("max", LONGEST_TEXT >> 10)
}
