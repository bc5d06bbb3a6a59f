//! Tables out as CSV for spreadsheets: UTF-8 with a byte order mark, semicolons, every cell quoted,
//! and no cell that a spreadsheet would run as a formula.

use csv::{QuoteStyle, WriterBuilder};

/// Writes a table.
///
/// # Errors
/// If the rows differ in their number of cells.
pub fn write<'a>(
    header: &[&str],
    rows: impl IntoIterator<Item = &'a [String]>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new()
        .delimiter(b';')
        .quote_style(QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(b"\xef\xbb\xbf".to_vec());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell)))?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// A cell that begins like a formula is kept as text by an apostrophe.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_runs() {
        let cells =
            ["=1+1", "+84", "-2", "@x", "\tx", "a;\"b\"", "tin, bài\nhai"].map(str::to_owned);
        let written = write(
            &["Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy"],
            [cells.as_slice()],
        );
        let text = String::from_utf8(written.unwrap_or_default()).unwrap_or_default();
        let head = "\u{feff}\"Một\";\"Hai\";\"Ba\";\"Bốn\";\"Năm\";\"Sáu\";\"Bảy\"\r\n";
        let body =
            "\"'=1+1\";\"'+84\";\"'-2\";\"'@x\";\"'\tx\";\"a;\"\"b\"\"\";\"tin, bài\nhai\"\r\n";
        assert_eq!(text, format!("{head}{body}"));
    }
}
