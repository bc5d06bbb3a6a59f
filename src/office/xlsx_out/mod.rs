//! Tables out as Excel files: typed cells, a header that stays and has filters, columns as wide as
//! what is in them, and a print set-up for A4. Rows are written to a temporary file as they come.

mod fit;
mod look;

use chrono::Datelike as _;
use rust_xlsxwriter::{DocProperties, Workbook, Worksheet, XlsxError};

use super::OfficeError;
use super::table::{Cell, Head, Table};
use crate::domain::text::local;
use fit::{Widths, cut, sheet_name};
use look::{CellFormats, Formats, set_up_print};

/// An Excel file that is being written.
pub struct Book {
    workbook: Workbook,
    formats: Formats,
    /// The rows of the sheet that is being written, without its header.
    rows: u32,
    widths: Widths,
    /// Its names, so that no two are equal.
    names: Vec<String>,
}

impl Default for Book {
    /// An empty file.
    fn default() -> Self {
        Self {
            workbook: Workbook::new(),
            formats: Formats::new(),
            rows: 0,
            widths: Widths::default(),
            names: Vec::new(),
        }
    }
}

impl Book {
    /// A file of whole tables, a sheet each.
    ///
    /// # Errors
    /// A sheet that Excel could not open.
    pub fn of(tables: &[Table]) -> Result<Vec<u8>, OfficeError> {
        let mut book = Self::default();
        for table in tables {
            book.begin(&table.name, &table.head)?;
            book.add(&table.rows)?;
            if let Some(total) = &table.total {
                book.add_total(total)?;
            }
            book.end()?;
        }
        book.finish()
    }

    /// Begins a sheet with its header.
    ///
    /// # Errors
    /// If the temporary file can't be written.
    pub fn begin(&mut self, name: &str, head: &Head) -> Result<(), OfficeError> {
        let name = sheet_name(name, &self.names);
        if self.names.is_empty() {
            // programs show it beside the name of the file
            let title = DocProperties::new().set_title(&head.title);
            self.workbook.set_properties(&title);
        }
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?;
        set_up_print(sheet, &head.title)?;
        self.rows = 0;
        self.widths = Widths::of(&head.columns);
        set_height(sheet, 0, self.widths.head_height(&head.columns))?;
        for (column, name) in (0..).zip(&head.columns) {
            sheet.write_string_with_format(0, column, name, &self.formats.head)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_repeat_rows(0, 0)?;
        self.names.push(name);
        Ok(())
    }

    /// How many rows the sheet has.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Adds rows to the sheet.
    ///
    /// # Errors
    /// If the temporary file can't be written.
    pub fn add(&mut self, rows: &[Vec<Cell>]) -> Result<(), OfficeError> {
        let sheet = last(&mut self.workbook, self.names.len())?;
        for cells in rows {
            self.rows += 1;
            let height = self.widths.fit(cells);
            write_row(sheet, self.rows, cells, &self.formats.cells)?;
            set_height(sheet, self.rows, height)?;
        }
        Ok(())
    }

    /// Adds the sums below the rows; filters leave them where they are.
    fn add_total(&mut self, cells: &[Cell]) -> Result<(), OfficeError> {
        let sheet = last(&mut self.workbook, self.names.len())?;
        let height = self.widths.fit(cells);
        write_row(sheet, self.rows + 1, cells, &self.formats.total)?;
        Ok(set_height(sheet, self.rows + 1, height)?)
    }

    /// Ends the sheet: the filters reach its last row, its columns fit.
    ///
    /// # Errors
    /// If the temporary file can't be written.
    pub fn end(&mut self) -> Result<(), OfficeError> {
        let rows = self.rows;
        let sheet = last(&mut self.workbook, self.names.len())?;
        for (column, width) in (0..).zip(self.widths.all()) {
            sheet.set_column_width(column, u32::try_from(width + 1).unwrap_or(u32::MAX))?;
        }
        if let Some(column) = self.widths.all().count().checked_sub(1) {
            sheet.autofilter(0, 0, rows, u16::try_from(column).unwrap_or(u16::MAX))?;
        }
        Ok(())
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// If the temporary file can't be read.
    pub fn finish(mut self) -> Result<Vec<u8>, OfficeError> {
        Ok(self.workbook.save_to_buffer()?)
    }
}

fn last(workbook: &mut Workbook, sheets: usize) -> Result<&mut Worksheet, XlsxError> {
    workbook.worksheet_from_index(sheets.saturating_sub(1))
}

/// Sets the height of a row of several lines. Programs trust the height that a file states.
fn set_height(sheet: &mut Worksheet, row: u32, height: Option<f64>) -> Result<(), XlsxError> {
    if let Some(height) = height {
        sheet.set_row_height(row, height)?;
    }
    Ok(())
}

fn write_row(
    sheet: &mut Worksheet,
    row: u32,
    cells: &[Cell],
    formats: &CellFormats,
) -> Result<(), XlsxError> {
    for (column, cell) in (0..).zip(cells) {
        let at = (row, column);
        match cell {
            Cell::Empty => sheet.write_blank(row, column, &formats.text)?,
            Cell::Text(text) => write_text(sheet, at, text, formats)?,
            Cell::Whole(number) => {
                sheet.write_number_with_format(row, column, *number as f64, &formats.whole)?
            }
            Cell::Decimal(number) => {
                let value = number.as_hundredths() as f64 / 100.0;
                sheet.write_number_with_format(row, column, value, &formats.decimal)?
            }
            Cell::Share(share) => {
                let value = *share as f64 / 1_000.0;
                sheet.write_number_with_format(row, column, value, &formats.share)?
            }
            // Excel knows no day before 1900
            Cell::Date(date) if date.year() < 1900 => {
                write_text(sheet, at, &date.format("%d/%m/%Y").to_string(), formats)?
            }
            Cell::Date(date) => {
                sheet.write_datetime_with_format(row, column, date, &formats.date)?
            }
            Cell::Time(at) => {
                let local = local(*at).naive_local();
                sheet.write_datetime_with_format(row, column, local, &formats.time)?
            }
        };
    }
    Ok(())
}

fn write_text<'s>(
    sheet: &'s mut Worksheet,
    (row, column): (u32, u16),
    text: &str,
    formats: &CellFormats,
) -> Result<&'s mut Worksheet, XlsxError> {
    sheet.write_string_with_format(row, column, cut(text), &formats.text)
}
