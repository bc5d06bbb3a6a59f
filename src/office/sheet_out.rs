//! Sheets out that belong to an import: a template to fill in, and a sheet as it came with remarks.

use std::collections::HashMap;

use rust_xlsxwriter::{DataValidation, Format, FormatBorder, Workbook, Worksheet, XlsxError};

use super::sheet_in::{Column, Row, Value};

/// Excel takes no longer list of choices.
const LONGEST_CHOICES: usize = 255;

/// The number of A4 in the table of paper sizes.
const A4: u8 = 9;

/// Rows of a template that offer choices.
const OFFERED: u32 = 1_000;

/// A sheet to fill in.
#[derive(Debug)]
pub struct Template<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its columns.
    pub columns: &'static [Column],
    /// The cells of its example.
    pub example: Vec<String>,
    /// What may stand in which column, where that is a list.
    pub choices: Vec<Vec<&'static str>>,
}

/// A last sheet that says how to fill in the others.
#[derive(Debug)]
pub struct Guide {
    /// Its name.
    pub name: String,
    /// Its lines.
    pub lines: Vec<String>,
}

/// Writes templates: a header (required columns have a star), an example, lists of choices; and how to
/// fill them in.
///
/// # Errors
/// If the file can't be written.
pub fn templates(sheets: &[Template<'_>], guide: &Guide) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    for sheet in sheets {
        let page = book.add_worksheet().set_name(sheet.name)?;
        page.set_freeze_panes(1, 0)?
            .set_landscape()
            .set_paper_size(A4)
            .set_print_fit_to_pages(1, 0);
        let columns = sheet.columns.iter().zip(&sheet.example);
        for ((at, (column, example)), choices) in (0..).zip(columns).zip(&sheet.choices) {
            write_column(page, at, (column, example))?;
            offer(page, at, choices)?;
        }
    }
    let font = Format::new()
        .set_font_name("Times New Roman")
        .set_font_size(12);
    let page = book.add_worksheet().set_name(&guide.name)?;
    page.set_paper_size(A4).set_column_width(0, 100)?;
    for (row, line) in (0..).zip(&guide.lines) {
        page.write_string_with_format(row, 0, line, &font.clone().set_text_wrap())?;
    }
    book.save_to_buffer()
}

/// Writes the header and the example of a column. What is typed into it stays as it is typed: a
/// program set to another country would take 01/07/2026 for the seventh of January.
fn write_column(
    page: &mut Worksheet,
    at: u16,
    (column, shown): (&Column, &str),
) -> Result<(), XlsxError> {
    let base = Format::new()
        .set_font_name("Times New Roman")
        .set_font_size(12);
    let head = base
        .clone()
        .set_bold()
        .set_background_color("E9EDF1")
        .set_border(FormatBorder::Thin);
    let typed = base.set_num_format("@");
    let example = typed.clone().set_italic().set_font_color("6B7280");
    let star = if column.required { " *" } else { "" };
    let name = format!("{}{star}", column.name);
    let longest = name.chars().count().max(shown.chars().count());
    page.set_column_format(at, &typed)?
        .set_column_width(at, f64::from(u32::try_from(longest).unwrap_or(20) + 3))?
        .write_string_with_format(0, at, &name, &head)?
        .write_string_with_format(1, at, shown, &example)?;
    Ok(())
}

/// Offers what may stand in a column, where that is a list.
fn offer(page: &mut Worksheet, at: u16, choices: &[&str]) -> Result<(), XlsxError> {
    let letters = choices.iter().map(|choice| choice.chars().count() + 1);
    let length: usize = letters.sum();
    if length == 0 || length > LONGEST_CHOICES {
        return Ok(());
    }
    let list = DataValidation::new()
        .allow_list_strings(choices)?
        // other spellings and several words are read as well
        .show_error_message(false);
    page.add_data_validation(1, at, OFFERED, at, &list)?;
    Ok(())
}

/// A sheet as it came, with what is wrong behind each row.
#[derive(Debug)]
pub struct Remarked<'a> {
    /// Its name; a file without sheets has none.
    pub name: &'a str,
    /// Its rows.
    pub rows: &'a [Row],
    /// The number of its header.
    pub header: u32,
    /// Remarks by the number of the row.
    pub remarks: HashMap<u32, String>,
}

/// Writes sheets with a last column of remarks.
///
/// # Errors
/// If the file can't be written.
pub fn remarked(sheets: &[Remarked<'_>]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let marked = Format::new().set_bold();
    for sheet in sheets {
        let page = book.add_worksheet();
        if !sheet.name.is_empty() {
            page.set_name(sheet.name)?;
        }
        let widest = sheet.rows.iter().filter_map(|row| row.cells.last());
        let last = widest.map(|cell| cell.column).max().unwrap_or_default();
        let remarks = last.saturating_add(1).min(16_383);
        for row in sheet.rows {
            let at = row.number.saturating_sub(1);
            for cell in &row.cells {
                write(page, (at, cell.column), &cell.value)?;
            }
            if let Some(remark) = sheet.remarks.get(&row.number) {
                let remark: String = remark.chars().take(30_000).collect();
                page.write_string(at, remarks, remark)?;
            }
        }
        let header = sheet.header.saturating_sub(1);
        page.write_string_with_format(header, remarks, "Ghi chú", &marked)?;
        page.set_column_width(remarks, 60)?;
        page.set_freeze_panes(header + 1, 0)?;
    }
    book.save_to_buffer()
}

/// A cell as it was; a formula is its value, and a text that begins like one stays a text.
fn write(page: &mut Worksheet, (row, column): (u32, u16), value: &Value) -> Result<(), XlsxError> {
    match value {
        Value::Number(number) => page.write_number(row, column, *number)?,
        Value::Bool(value) => page.write_boolean(row, column, *value)?,
        Value::Date(at) => {
            let whole = at.time() == chrono::NaiveTime::MIN;
            let shown = if whole {
                "dd/mm/yyyy"
            } else {
                "dd/mm/yyyy hh:mm"
            };
            let shown = Format::new().set_num_format(shown);
            page.write_datetime_with_format(row, column, at, &shown)?
        }
        Value::Text(text) | Value::Error(text) => {
            let text: String = text.chars().take(32_000).collect();
            page.write_string(row, column, text)?
        }
        Value::Uncomputed => page.write_string(row, column, "")?,
    };
    Ok(())
}
