//! Sheets of Excel. Cells are read one by one: a range would allocate what lies between the first and
//! the last of them.

use std::io::Cursor;

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx};
use chrono::NaiveDateTime;

use super::cell::Value;
use super::gather::{Gatherer, LONGEST_TEXT, too_large};
use super::{Book, Wanted, chosen, fault};
use crate::domain::error::Invalid;

pub(super) fn read(bytes: &[u8], wanted: Wanted<'_>) -> Result<Book, Invalid> {
    let broken = |_| fault("sheet_broken");
    let mut file: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let mut book = Book::default();
    let mut visible = Vec::new();
    for sheet in file.sheets_metadata() {
        match (sheet.typ, sheet.visible) {
            (SheetType::WorkSheet, SheetVisible::Visible) => visible.push(sheet.name.clone()),
            (SheetType::WorkSheet, _) => book.hidden.push(sheet.name.clone()),
            _ => {}
        }
    }
    let mut gatherer = Gatherer::default();
    let chosen = chosen(wanted, &visible)?;
    book.leave(visible, &chosen);
    for name in &chosen {
        gatherer.begin(name);
        let mut cells = file.worksheet_cells_reader(name).map_err(broken)?;
        while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(broken)? {
            let (row, column) = cell.pos;
            let value = value(cell.value)?;
            let value = value.or_else(|| cell.formula.map(|_| Value::Uncomputed));
            if let Some(value) = value {
                let column = u16::try_from(column).map_err(|_| too_large())?;
                gatherer.add(row.saturating_add(1), column, value)?;
            }
        }
        book.sheets.push(gatherer.end()?);
    }
    Ok(book)
}

/// What a cell holds; nothing for an empty one.
fn value(cell: DataRef<'_>) -> Result<Option<Value>, Invalid> {
    let text = |text: &str| {
        // refused before it is copied: many cells may share one text
        if text.len() > LONGEST_TEXT {
            let fault = fault("sheet_long_text").with("row", "?");
            return Err(fault.with("max", LONGEST_TEXT >> 10));
        }
        Ok(Some(Value::Text(text.into())))
    };
    match cell {
        DataRef::Empty => Ok(None),
        DataRef::SharedString(shared) => text(shared),
        DataRef::String(own) => text(&own),
        DataRef::DurationIso(own) => text(&own),
        DataRef::DateTimeIso(own) => match super::cell::iso(&own) {
            Some(at) => Ok(Some(Value::Date(at))),
            None => text(&own),
        },
        #[expect(clippy::cast_precision_loss, reason = "numbers of sheets are floats")]
        DataRef::Int(number) => Ok(Some(Value::Number(number as f64))),
        DataRef::Float(number) => Ok(Some(Value::Number(number))),
        DataRef::Bool(value) => Ok(Some(Value::Bool(value))),
        DataRef::Error(error) => Ok(Some(Value::Error(error.to_string().into()))),
        DataRef::DateTime(at) => Ok(Some(match at.as_datetime() {
            Some(local) if at.is_datetime() => Value::Date(whole_seconds(local)),
            _ => Value::Number(at.as_f64()),
        })),
    }
}

/// Dates of Excel are fractions of days: an hour is a little more or less than one.
fn whole_seconds(at: NaiveDateTime) -> NaiveDateTime {
    use chrono::DurationRound as _;
    at.duration_round(chrono::TimeDelta::seconds(1))
        .unwrap_or(at)
}
