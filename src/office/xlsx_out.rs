//! Tables out as Excel files: typed cells, a header that stays and has filters, columns as wide as
//! what is in them, and a print set-up for A4. Rows are written to a temporary file as they come.

use chrono::Datelike as _;
use rust_xlsxwriter::{
    DocProperties, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::OfficeError;
use super::table::{Cell, Head, Table};
use crate::domain::text::local;

/// Characters of the widest and the narrowest column.
const WIDEST: usize = 60;
const NARROWEST: usize = 6;

/// Longer texts are cut: Excel holds 32,767 characters in a cell.
const MOST_LETTERS: usize = 32_000;

/// The number of A4 in the table of paper sizes.
const A4: u8 = 9;

/// An Excel file that is being written.
pub struct Book {
    workbook: Workbook,
    formats: Formats,
    /// The rows of the sheet that is being written, without its header.
    rows: u32,
    /// The widths of its columns, in characters.
    widths: Vec<usize>,
    /// Its names, so that no two are equal.
    names: Vec<String>,
}

/// How cells look.
struct Formats {
    head: Format,
    cells: CellFormats,
    total: CellFormats,
}

/// How cells look, by what is in them.
struct CellFormats {
    text: Format,
    whole: Format,
    decimal: Format,
    date: Format,
    time: Format,
}

impl Formats {
    fn new() -> Self {
        let plain = Format::new()
            .set_font_name("Times New Roman")
            .set_font_size(11)
            .set_align(FormatAlign::Top);
        let bold = plain.clone().set_bold();
        Self {
            head: bold
                .clone()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color("E9EDF1")
                .set_border(FormatBorder::Thin),
            cells: CellFormats::of(plain),
            total: CellFormats::of(bold),
        }
    }
}

impl CellFormats {
    fn of(base: Format) -> Self {
        let number = |form: &str| base.clone().set_num_format(form);
        Self {
            whole: number("#,##0"),
            decimal: number("#,##0.00"),
            date: number("dd/mm/yyyy"),
            time: number("hh:mm dd/mm/yyyy"),
            text: base.set_text_wrap(),
        }
    }
}

impl Default for Book {
    /// An empty file.
    fn default() -> Self {
        Self {
            workbook: Workbook::new(),
            formats: Formats::new(),
            rows: 0,
            widths: Vec::new(),
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
        self.widths = vec![NARROWEST; head.columns.len()];
        for ((column, name), width) in (0..).zip(&head.columns).zip(&mut self.widths) {
            sheet.write_string_with_format(0, column, name, &self.formats.head)?;
            // room for the button of the filter
            *width = longest_word(name).clamp(NARROWEST, WIDEST) + 3;
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
        for row in rows {
            self.rows += 1;
            for ((column, cell), width) in (0..).zip(row).zip(&mut self.widths) {
                let letters = write(sheet, (self.rows, column), cell, &self.formats.cells)?;
                *width = letters.min(WIDEST).max(*width);
            }
        }
        Ok(())
    }

    /// Adds the sums below the rows; filters leave them where they are.
    fn add_total(&mut self, cells: &[Cell]) -> Result<(), OfficeError> {
        let sheet = last(&mut self.workbook, self.names.len())?;
        let row = self.rows + 1;
        for ((column, cell), width) in (0..).zip(cells).zip(&mut self.widths) {
            let letters = write(sheet, (row, column), cell, &self.formats.total)?;
            *width = letters.min(WIDEST).max(*width);
        }
        Ok(())
    }

    /// Ends the sheet: the filters reach its last row, its columns fit.
    ///
    /// # Errors
    /// If the temporary file can't be written.
    pub fn end(&mut self) -> Result<(), OfficeError> {
        let rows = self.rows;
        let sheet = last(&mut self.workbook, self.names.len())?;
        for (column, width) in (0..).zip(&self.widths) {
            sheet.set_column_width(column, u32::try_from(*width + 1).unwrap_or(u32::MAX))?;
        }
        if let Some(column) = self.widths.len().checked_sub(1) {
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

/// A4 across, the header on each page, the title above and the number of the page below.
fn set_up_print(sheet: &mut Worksheet, title: &str) -> Result<(), XlsxError> {
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_margins(0.79, 0.59, 0.79, 0.59, 0.39, 0.31)
        .set_print_fit_to_pages(1, 0);
    // at most 255 characters, in which `&` begins a command
    let title: String = title.chars().take(200).collect();
    let title = title.replace('&', "&&");
    sheet.set_header(format!("&C&\"Times New Roman,Bold\"&12{title}"));
    sheet.set_footer("&C&P/&N");
    Ok(())
}

/// Writes a cell and says how many characters wide it is.
fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    formats: &CellFormats,
) -> Result<usize, XlsxError> {
    match cell {
        Cell::Empty => Ok(0),
        Cell::Text(text) => {
            sheet.write_string_with_format(row, column, cut(text), &formats.text)?;
            Ok(text
                .lines()
                .map(|line| line.chars().count())
                .max()
                .unwrap_or_default())
        }
        Cell::Whole(number) => {
            sheet.write_number_with_format(row, column, *number as f64, &formats.whole)?;
            Ok(number.to_string().len() + 1)
        }
        Cell::Decimal(number) => {
            let value = number.as_hundredths() as f64 / 100.0;
            sheet.write_number_with_format(row, column, value, &formats.decimal)?;
            Ok(number.to_string().len() + 2)
        }
        // Excel knows no day before 1900
        Cell::Date(date) if date.year() < 1900 => {
            let text = date.format("%d/%m/%Y").to_string();
            sheet.write_string_with_format(row, column, text, &formats.text)?;
            Ok(10)
        }
        Cell::Date(date) => {
            sheet.write_datetime_with_format(row, column, date, &formats.date)?;
            Ok(10)
        }
        Cell::Time(at) => {
            let local = local(*at).naive_local();
            sheet.write_datetime_with_format(row, column, local, &formats.time)?;
            Ok(16)
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn longest_word(text: &str) -> usize {
    let words = text.split_whitespace().map(|word| word.chars().count());
    words.max().unwrap_or_default()
}

/// A name that Excel takes for a sheet: at most 31 characters, none of `[]:*?/\`, no apostrophe at an
/// end, and unlike the others.
fn sheet_name(name: &str, others: &[String]) -> String {
    let allowed =
        |c: char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') && !c.is_control();
    let plain: String = name
        .chars()
        .map(|c| if allowed(c) { c } else { ' ' })
        .collect();
    let plain = plain.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    let plain = if plain.is_empty() { "1" } else { plain };
    let is_taken = |name: &str| {
        let mut others = others.iter();
        others.any(|other| other.to_lowercase() == name.to_lowercase())
    };
    let numbered = (1..).map(|n| {
        let end = if n == 1 {
            String::new()
        } else {
            format!(" ({n})")
        };
        let kept: String = plain.chars().take(31 - end.len()).collect();
        format!("{}{end}", kept.trim_end_matches(['\'', ' ']))
    });
    let mut numbered = numbered;
    numbered
        .find(|name| !is_taken(name))
        .unwrap_or_else(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_names_that_excel_takes() {
        let long = "Cụm thi đua các huyện, thị xã và thành phố miền biển";
        assert_eq!(sheet_name("'Cụm [1]: a/b'", &[]), "Cụm  1   a b");
        assert_eq!(sheet_name(long, &[]).chars().count(), 31);
        let first = sheet_name(long, &[]);
        let second = sheet_name(long, &[first.to_uppercase()]);
        assert!(
            second.ends_with(" (2)") && second.chars().count() <= 31,
            "{second}"
        );
        assert_eq!(sheet_name("", &[]), "1");
    }

    #[test]
    fn a_text_longer_than_a_cell_holds_is_cut() {
        let text = cut(&"ạ".repeat(40_000));
        assert_eq!(text.chars().count(), MOST_LETTERS + 1);
    }
}
