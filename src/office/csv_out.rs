//! Tables out as CSV for spreadsheets: UTF-8 with a byte order mark, semicolons, every cell quoted,
//! and no cell that a spreadsheet would run as a formula.

use csv::{QuoteStyle, WriterBuilder};

use super::OfficeError;
use super::table::{Cell, share_text};
use crate::domain::text::local_time;

/// Writes a table, or the next rows of one that has its header already. Numbers have the decimal sign
/// of the locale.
///
/// # Errors
/// If the rows differ in their number of cells.
pub fn write(
    header: Option<&[String]>,
    rows: &[Vec<Cell>],
    locale: &str,
) -> Result<Vec<u8>, OfficeError> {
    let mut writer = WriterBuilder::new()
        .delimiter(b';')
        .quote_style(QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(header.map_or(Vec::new(), |_| b"\xef\xbb\xbf".to_vec()));
    if let Some(header) = header {
        writer.write_record(header)?;
    }
    for row in rows {
        writer.write_record(row.iter().map(|cell| written(cell, locale)))?;
    }
    Ok(writer.into_inner().map_err(|error| error.into_error())?)
}

fn written(cell: &Cell, locale: &str) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => harmless(text),
        Cell::Whole(number) => number.to_string(),
        Cell::Decimal(number) => number.to_text(locale),
        Cell::Share(share) => share_text(*share, locale),
        Cell::Date(date) => date.format("%d/%m/%Y").to_string(),
        Cell::Time(at) => local_time(*at),
    }
}

/// A cell that begins like a formula is kept as text by an apostrophe; so is a part of it behind a
/// separator, which a program that separates at commas, tabs or line breaks takes for a cell.
fn harmless(cell: &str) -> String {
    let mut harmless = String::with_capacity(cell.len());
    let mut begins = true;
    for letter in cell.chars() {
        if begins && matches!(letter, '=' | '+' | '-' | '@' | '\t' | '\r') {
            harmless.push('\'');
        }
        // blanks and quotes may stand before what a cell begins with
        begins = matches!(letter, ',' | ';' | '|' | '\t' | '\r' | '\n')
            || begins && matches!(letter, ' ' | '"' | '\u{a0}');
        harmless.push(letter);
    }
    harmless
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::score::Points;

    #[test]
    fn cells_are_quoted_and_no_formula_runs() {
        let cells = ["=1+1", "+84", "-2", "@x", "\tx", "a;\"b\"", "tin, bài\nhai"];
        let names = ["Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy"].map(str::to_owned);
        let row = cells.map(Cell::from).to_vec();
        let text = String::from_utf8(write(Some(&names), &[row], "vi").unwrap()).unwrap();
        let head = "\u{feff}\"Một\";\"Hai\";\"Ba\";\"Bốn\";\"Năm\";\"Sáu\";\"Bảy\"\r\n";
        let body =
            "\"'=1+1\";\"'+84\";\"'-2\";\"'@x\";\"'\tx\";\"a;\"\"b\"\"\";\"tin, bài\nhai\"\r\n";
        assert_eq!(text, format!("{head}{body}"));
    }

    #[test]
    fn numbers_and_dates_are_written_as_people_read_them() {
        let row = vec![
            Cell::Whole(-2),
            Cell::Decimal(Points::hundredths(9_150)),
            Cell::Date("2026-11-20".parse().unwrap()),
            Cell::Time("2026-11-20T09:00:00Z".parse().unwrap()),
            Cell::Empty,
        ];
        let row = std::slice::from_ref(&row);
        let text = |locale| String::from_utf8(write(None, row, locale).unwrap()).unwrap();
        let rest = "\"20/11/2026\";\"16:00 20/11/2026\";\"\"\r\n";
        assert_eq!(text("vi"), format!("\"-2\";\"91,5\";{rest}"));
        assert_eq!(text("en"), format!("\"-2\";\"91.5\";{rest}"));
    }

    #[test]
    fn no_formula_begins_behind_a_separator() {
        for (cell, kept) in [
            ("a,=1+1", "a,'=1+1"),
            ("a, \"=cmd()", "a, \"'=cmd()"),
            ("a;-1", "a;'-1"),
            ("một\n+2", "một\n'+2"),
            (" =1", " '=1"),
            ("3-2=1, 4 - 2", "3-2=1, 4 - 2"),
            ("xã A - huyện B", "xã A - huyện B"),
        ] {
            assert_eq!(harmless(cell), kept);
        }
    }
}
