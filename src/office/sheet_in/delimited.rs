//! Text with separators, as programs write it: UTF-8, UTF-16 or Windows-1258; commas, semicolons, tabs
//! (cells that were copied) or what a first line `sep=;` says; quoted fields, last fields left out,
//! Ctrl-Z at the end.

use csv::{ByteRecord, ReaderBuilder};

use super::cell::{Value, column_name};
use super::encoding::{self, Decoded};
use super::gather::Gatherer;
use super::{Book, fault};
use crate::domain::error::Invalid;
use crate::domain::text::without_mark;

/// Reads the one sheet of a text.
pub(super) fn read(bytes: &[u8]) -> Result<Book, Invalid> {
    let Decoded { text, damaged } = encoding::decoded(bytes)?;
    let file = Written::of(&text);
    let mut reader = ReaderBuilder::new()
        .delimiter(file.separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(file.table.as_bytes());
    let mut counted = LineCounter {
        text: &file.table,
        byte: 0,
        line: file.first_line,
    };
    let mut gatherer = Gatherer::default();
    gatherer.begin("");
    let mut record = ByteRecord::new();
    while reader
        .read_byte_record(&mut record)
        .map_err(|_| fault("sheet_broken"))?
    {
        let line = counted.line_of(record.position().map_or(0, csv::Position::byte));
        for (column, field) in record.iter().enumerate() {
            let column = u16::try_from(column).map_err(|_| super::gather::too_large())?;
            let field = String::from_utf8_lossy(field);
            if damaged && field.contains(encoding::REPLACEMENT) {
                return Err(damaged_cell(line, column, &field));
            }
            gatherer.add(line, column, Value::Text(field.into()))?;
        }
    }
    if damaged {
        return Err(fault("sheet_unknown"));
    }
    Ok(Book {
        sheets: vec![gatherer.end()?],
        ..Book::default()
    })
}

/// Letters of a cell that a message shows.
const SHOWN: usize = 40;

/// The fault of a cell with a character that can't be read.
fn damaged_cell(line: u32, column: u16, text: &str) -> Invalid {
    let shown: String = text.chars().take(SHOWN).collect();
    fault("sheet_encoding")
        .with("cell", format!("{}{line}", column_name(column)))
        .with("value", shown.escape_debug())
}

/// The text of a file, without what programs write around the table.
struct Written {
    /// The rows, each ended by `\n`, so that the reader counts lines as editors do.
    table: String,
    separator: u8,
    /// The number of the line at which the table begins.
    first_line: u32,
}

impl Written {
    fn of(text: &str) -> Self {
        let text = without_mark(text.replace("\r\n", "\n").replace('\r', "\n"));
        // DOS programs end a text with Ctrl-Z.
        let text = text.trim_end_matches(['\u{1a}', '\n']);
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        if let Some(separator) = stated_separator(first) {
            return Self {
                table: rest.to_owned(),
                separator,
                first_line: 2,
            };
        }
        // a title may stand above the header
        let separated = |line: &&str| line.contains(['\t', ';', ',']);
        let line = text.lines().take(10).find(separated).unwrap_or_default();
        Self {
            separator: match line {
                _ if line.contains('\t') => b'\t',
                _ if line.contains(';') => b';',
                _ => b',',
            },
            table: text.to_owned(),
            first_line: 1,
        }
    }
}

/// The separator that Excel's own first line names, `sep=;`.
fn stated_separator(line: &str) -> Option<u8> {
    let line = line.trim_matches(|c| matches!(c, ' ' | '"'));
    let (name, separator) = line.split_at_checked(4)?;
    match separator.as_bytes() {
        [separator @ (b';' | b',' | b'\t' | b'|')] if name.eq_ignore_ascii_case("sep=") => {
            Some(*separator)
        }
        _ => None,
    }
}

/// Line numbers as editors show them; the reader's own leave out empty lines before a record.
struct LineCounter<'a> {
    text: &'a str,
    byte: usize,
    line: u32,
}

impl LineCounter<'_> {
    /// The line of the record that begins at `byte` or after empty lines there. Records come in
    /// order.
    fn line_of(&mut self, byte: u64) -> u32 {
        let rest = self.text.as_bytes().get(self.byte..).unwrap_or_default();
        let begin = usize::try_from(byte)
            .unwrap_or(usize::MAX)
            .saturating_sub(self.byte);
        for (at, byte) in rest.iter().enumerate() {
            if at >= begin && *byte != b'\n' {
                break;
            }
            self.line += u32::from(*byte == b'\n');
            self.byte += 1;
        }
        self.line
    }
}
