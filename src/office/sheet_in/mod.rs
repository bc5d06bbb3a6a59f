//! Spreadsheets in: `.xlsx`, `.ods` and text with separators, as rows of typed cells.
//!
//! | file | what lives there |
//! |---|---|
//! | `archive`, `scanner` | the limits of a compressed file, checked before anything of it is kept |
//! | `xlsx`, `ods`, `delimited` | one format each |
//! | `encoding` | the encoding of a text |
//! | `cell` | cells, rows and sheets, and how a cell reads as a text |
//! | `gather` | how much of a file is kept |
//! | `table` | which column holds what |
//!
//! A file that somebody made on purpose must cost little: it is judged by what it contains, never by
//! what it claims to contain.

mod archive;
mod cell;
mod delimited;
mod encoding;
mod gather;
mod ods;
mod scanner;
mod table;
mod xlsx;

use std::collections::HashSet;

use crate::domain::error::Invalid;
use crate::domain::text::fold;

pub use cell::{Cell, Row, Sheet, Value, column_name};
pub use table::{Column, EXAMPLE, Heading, Line, Table, header_key};

/// A file as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Book {
    /// The sheets that were wanted, in the order of the file.
    pub sheets: Vec<Sheet>,
    /// The names of hidden sheets, which are not read.
    pub hidden: Vec<String>,
    /// The names of visible sheets that were not wanted.
    pub unread: Vec<String>,
}

impl Book {
    /// The fault of a file whose sheets hold no row: it names the sheets that were not read.
    pub fn without_rows(&self) -> Invalid {
        let unread: Vec<&str> = (self.hidden.iter().chain(&self.unread))
            .map(String::as_str)
            .collect();
        if unread.is_empty() {
            return fault("sheet_empty");
        }
        let read: Vec<&str> = self
            .sheets
            .iter()
            .map(|sheet| sheet.name.as_str())
            .collect();
        let fault = fault("sheet_empty_others").with("value", short(&read));
        fault.with("unread", short(&unread))
    }

    /// Notes which of the visible sheets were not wanted.
    fn leave(&mut self, visible: Vec<String>, chosen: &[String]) {
        let is_left = |name: &String| !chosen.contains(name);
        self.unread = visible.into_iter().filter(is_left).collect();
    }
}

/// Which sheets of a file to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// The first one with one of these names, without diacritics and case; else the first one.
    Preferred(&'a [&'a str]),
    /// The one with this name.
    Named(&'a str),
    /// All those with one of these names.
    AllOf(&'a [&'a str]),
}

impl Wanted<'_> {
    /// Which of the visible sheets of a file these are.
    fn of(self, visible: &[String]) -> Vec<String> {
        let is = |sheet: &str, name: &str| fold(sheet) == fold(name);
        let named = |names: &[&str]| {
            let of_one = |sheet: &&String| names.iter().any(|name| is(sheet, name));
            visible.iter().filter(of_one).cloned().collect::<Vec<_>>()
        };
        match self {
            Self::Named(name) => named(&[name]).into_iter().take(1).collect(),
            Self::AllOf(names) => named(names),
            Self::Preferred(names) => {
                let first = named(names).into_iter().next();
                first
                    .or_else(|| visible.first().cloned())
                    .into_iter()
                    .collect()
            }
        }
    }
}

/// Reads a file; blank rows are left out, and so are hidden sheets.
///
/// # Errors
/// `sheet_unknown`, `sheet_old_format`, `sheet_broken`, `sheet_too_large`, `sheet_long_text`,
/// `sheet_missing`, `sheet_empty` or `sheet_empty_others` on `file`.
pub fn read(bytes: &[u8], wanted: Wanted<'_>) -> Result<Book, Invalid> {
    let book = match bytes {
        [b'P', b'K', 3, 4, ..] => archived(bytes, wanted)?,
        // Excel before 2007, and files with a password
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Err(fault("sheet_old_format")),
        _ => delimited::read(bytes)?,
    };
    if book.sheets.iter().all(|sheet| sheet.rows.is_empty()) {
        return Err(book.without_rows());
    }
    Ok(book)
}

/// Reads a compressed file. The crates behind it may panic on a file that nobody foresaw.
fn archived(bytes: &[u8], wanted: Wanted<'_>) -> Result<Book, Invalid> {
    let read = || match archive::check(bytes)? {
        archive::Format::Xlsx => xlsx::read(bytes, wanted),
        archive::Format::Ods => ods::read(bytes, wanted),
    };
    std::panic::catch_unwind(read).unwrap_or_else(|_| Err(fault("sheet_broken")))
}

/// Most letters of the names of sheets that a message repeats.
const NAMES: usize = 400;

/// What is wrong with the file as a whole.
fn fault(code: &'static str) -> Invalid {
    Invalid::new("file", code)
}

/// Which of the visible sheets to read; a name that none has is a fault.
fn chosen(wanted: Wanted<'_>, visible: &[String]) -> Result<Vec<String>, Invalid> {
    let chosen = wanted.of(visible);
    let names: HashSet<&String> = chosen.iter().collect();
    if names.len() < chosen.len() {
        // spreadsheet programs do not write two sheets with one name
        return Err(fault("sheet_broken"));
    }
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let missing = match wanted {
        Wanted::Named(name) => name.escape_debug().to_string(),
        Wanted::AllOf(names) | Wanted::Preferred(names) => names.join(", "),
    };
    let fault = fault("sheet_missing").with("value", missing);
    let visible: Vec<&str> = visible.iter().map(String::as_str).collect();
    Err(fault.with("found", short(&visible)))
}

/// Names as a message repeats them.
fn short(names: &[&str]) -> String {
    let names: String = names.join(", ").chars().take(NAMES).collect();
    names.escape_debug().to_string()
}

#[cfg(test)]
mod tests;
