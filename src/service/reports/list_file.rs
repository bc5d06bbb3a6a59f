//! A list as a file for spreadsheets. CSV leaves as its rows are read; an Excel file leaves when it
//! is whole, and is refused where it would be too long.

use crate::domain::error::Invalid;
use crate::domain::file::FileFormat;
use crate::office::csv_out;
use crate::office::table::{Cell, Head};
use crate::office::xlsx_out::Book;
use crate::service::{App, Error};

/// A part of a list, and behind which row the next one begins; `None` behind the last.
#[derive(Debug)]
pub struct Part<K> {
    /// Title and columns; the same in every part.
    pub head: Head,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// Where the next part begins.
    pub next: Option<K>,
}

/// A file that is being written from a list.
pub struct ListFile {
    locale: &'static str,
    /// Most rows of an Excel file.
    most: u32,
    is_begun: bool,
    /// Where the rows of an Excel file are collected.
    book: Option<Book>,
}

impl ListFile {
    /// An empty file; everything that is no Excel file is CSV.
    pub fn new(app: &App, format: FileFormat, locale: &'static str) -> Self {
        Self {
            locale,
            most: app.settings.http.sheet_rows,
            is_begun: false,
            book: (format == FileFormat::Xlsx).then(Book::default),
        }
    }

    /// Adds a part. Answers the bytes that can be sent now, and where the next part begins.
    ///
    /// # Errors
    /// `sheet_rows` for an Excel file of more rows than the setting `http.sheet_rows` allows.
    pub fn add<K>(&mut self, part: Part<K>) -> Result<(Vec<u8>, Option<K>), Error> {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let Some(mut book) = self.book.take() else {
            let head = is_first.then_some(part.head.columns.as_slice());
            return Ok((csv_out::write(head, &part.rows, self.locale)?, part.next));
        };
        if is_first {
            book.begin(&part.head.title, &part.head)?;
        }
        book.add(&part.rows)?;
        if book.rows() > self.most {
            return Err(Invalid::new("", "sheet_rows")
                .with("most", self.most)
                .into());
        }
        if part.next.is_some() {
            self.book = Some(book);
            return Ok((Vec::new(), part.next));
        }
        book.end()?;
        Ok((book.finish()?, None))
    }
}
