//! Tables out as CSV for spreadsheets: UTF-8 with a byte order mark, semicolons, every cell quoted,
//! and no cell that a spreadsheet would run as a formula.

use csv::{QuoteStyle, WriterBuilder};

/// Writes a table, or the next rows of one that has its header already.
///
/// # Errors
/// If the rows differ in their number of cells.
pub fn write<'a>(
    header: Option<&[&str]>,
    rows: impl IntoIterator<Item = &'a [String]>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new()
        .delimiter(b';')
        .quote_style(QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(header.map_or(Vec::new(), |_| b"\xef\xbb\xbf".to_vec()));
    if let Some(header) = header {
        writer.write_record(header)?;
    }
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell)))?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
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

    #[test]
    fn cells_are_quoted_and_no_formula_runs() {
        let cells =
            ["=1+1", "+84", "-2", "@x", "\tx", "a;\"b\"", "tin, bài\nhai"].map(str::to_owned);
        let written = write(
            Some(&["Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy"]),
            [cells.as_slice()],
        );
        let text = String::from_utf8(written.unwrap_or_default()).unwrap_or_default();
        let head = "\u{feff}\"Một\";\"Hai\";\"Ba\";\"Bốn\";\"Năm\";\"Sáu\";\"Bảy\"\r\n";
        let body =
            "\"'=1+1\";\"'+84\";\"'-2\";\"'@x\";\"'\tx\";\"a;\"\"b\"\"\";\"tin, bài\nhai\"\r\n";
        assert_eq!(text, format!("{head}{body}"));
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
