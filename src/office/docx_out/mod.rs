//! Official documents out as Word files, laid out as Vietnamese administrative documents are (Nghị
//! định 30/2020/NĐ-CP, Phụ lục I): A4, Times New Roman, a head of two columns, the recipients on the
//! left and the signature on the right below the text, page numbers on top from the second page on.

mod parts;
mod tables;

use std::io::{Cursor, Read as _, Write as _};

use chrono::NaiveDate;
use docx_rs::{
    AlignmentType, Docx, Header, PageMargin, PageNum, Paragraph, Table as WordTable, TableCell,
    TableCellMargins, TableLayoutType, TableRow, WidthType, XMLDocx,
};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::OfficeError;
use super::table::Table;
use crate::domain::document::{Block, Filled, Letterhead, place_and_date};
use parts::{Look, body, centred, fonts, kept_together, line, rule};
use tables::{with_repeated_heads, word_table};

/// Sizes in half points.
const BODY: usize = 28;
const SMALL: usize = 26;
const RECIPIENTS_HEAD: usize = 24;
const RECIPIENTS: usize = 22;

/// Lengths in twentieths of a point: a millimetre has 56.7.
const PAGE: (u32, u32) = (11_906, 16_838);
const MARGIN_TOP: i32 = 1_134;
const MARGIN_LEFT: i32 = 1_701;
const MARGIN_RIGHT: i32 = 850;
const TEXT_WIDTH: usize = 9_355;

/// The columns of the head; the right one holds the longest line in one line.
const HEAD: [usize; 2] = [3_800, TEXT_WIDTH - 3_800];

/// The columns below the text.
const FOOT: [usize; 2] = [4_400, TEXT_WIDTH - 4_400];

/// What stands in place of a table without rows.
const NO_ROWS: &str = "Trong kỳ không có số liệu.";

/// An official document.
#[derive(Debug)]
pub struct Official<'d> {
    /// What stands in its head and below its text.
    pub letterhead: &'d Letterhead,
    /// Its date.
    pub on: NaiveDate,
    /// Its text.
    pub text: &'d Filled,
    /// The tables of its text, by the names of their placeholders.
    pub tables: &'d [(&'static str, Table)],
}

impl Official<'_> {
    /// The bytes of the file.
    ///
    /// # Errors
    /// If its parts can't be put together.
    pub fn write(&self) -> Result<Vec<u8>, OfficeError> {
        let margin = PageMargin::new()
            .top(MARGIN_TOP)
            .bottom(MARGIN_TOP)
            .left(MARGIN_LEFT)
            .right(MARGIN_RIGHT)
            .header(567)
            .footer(567);
        let number = Paragraph::new()
            .align(AlignmentType::Center)
            .add_page_num(PageNum::new());
        let mut docx = Docx::new()
            .default_fonts(fonts())
            .default_size(BODY)
            .page_size(PAGE.0, PAGE.1)
            .page_margin(margin)
            .header(Header::new().add_paragraph(number))
            .first_header(Header::new().add_paragraph(Paragraph::new()))
            .add_table(self.head())
            .add_paragraph(Paragraph::new());
        docx = docx
            .add_paragraph(centred(&self.text.title, Look::bold(BODY)))
            .add_paragraph(centred(&self.text.subject, Look::bold(BODY)))
            .add_paragraph(rule(TEXT_WIDTH, 2_400))
            .add_paragraph(Paragraph::new());
        let last = self.text.blocks.len().saturating_sub(1);
        for (at, block) in self.text.blocks.iter().enumerate() {
            docx = match block {
                // the signature never stands alone on a page
                Block::Paragraph(text) if at == last => {
                    docx.add_paragraph(body(text, Look::plain(BODY)).keep_next(true))
                }
                _ => self.add(docx, block),
            };
        }
        let mut parts = docx
            .add_paragraph(Paragraph::new().keep_next(true))
            .add_table(self.foot())
            .build();
        parts.document = with_repeated_heads(&parts.document);
        Ok(packed(parts)?)
    }

    fn add(&self, docx: Docx, block: &Block) -> Docx {
        match block {
            Block::Heading(text) => {
                let heading = body(text, Look::bold(BODY)).keep_next(true);
                docx.add_paragraph(heading)
            }
            Block::Paragraph(text) => docx.add_paragraph(body(text, Look::plain(BODY))),
            Block::Table(name) => match self.tables.iter().find(|(own, _)| own == name) {
                Some((_, table)) if table.rows.is_empty() => {
                    docx.add_paragraph(body(NO_ROWS, Look::italic(BODY)))
                }
                Some((_, table)) => docx
                    .add_table(word_table(table))
                    .add_paragraph(Paragraph::new()),
                None => docx,
            },
        }
    }

    /// The issuing body with number and symbol on the left; the name of the state with its motto, and
    /// place and date, on the right.
    fn head(&self) -> WordTable {
        let of = self.letterhead;
        let mut left = TableCell::new();
        if !of.superior_body.is_empty() {
            left = left.add_paragraph(centred(
                &kept_together(&of.superior_body),
                Look::plain(SMALL),
            ));
        }
        let left = left
            .add_paragraph(centred(&kept_together(&of.issuing_body), Look::bold(SMALL)))
            .add_paragraph(rule(HEAD[0], 1_300));
        let right = TableCell::new()
            .add_paragraph(centred(
                "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
                Look::bold(SMALL),
            ))
            .add_paragraph(centred("Độc lập - Tự do - Hạnh phúc", Look::bold(BODY)))
            .add_paragraph(rule(HEAD[1], 3_400));
        let number = format!("Số:        /{}", of.symbol);
        let number = TableCell::new().add_paragraph(centred(&number, Look::plain(SMALL)));
        let date = place_and_date(&of.place, self.on);
        let date = TableCell::new().add_paragraph(centred(&date, Look::italic(BODY)));
        let row = |left: TableCell, right: TableCell| {
            TableRow::new(vec![
                left.width(HEAD[0], WidthType::Dxa),
                right.width(HEAD[1], WidthType::Dxa),
            ])
        };
        bare(vec![row(left, right), row(number, date)], HEAD)
    }

    /// The recipients on the left, the signature on the right.
    fn foot(&self) -> WordTable {
        let of = self.letterhead;
        let head = Look {
            is_italic: true,
            ..Look::bold(RECIPIENTS_HEAD)
        };
        let mut left = TableCell::new().add_paragraph(line("Nơi nhận:", head));
        for recipient in &of.recipients {
            let text = format!("- {}", recipient.trim_start_matches("- "));
            left = left.add_paragraph(line(&text, Look::plain(RECIPIENTS)));
        }
        let mut right = TableCell::new();
        for title in &of.signatory_title {
            right = right.add_paragraph(centred(title, Look::bold(BODY)));
        }
        // room for signature and seal
        for _ in 0..4 {
            right = right.add_paragraph(Paragraph::new());
        }
        right = right.add_paragraph(centred(&of.signatory_name, Look::bold(BODY)));
        let row = TableRow::new(vec![
            left.width(FOOT[0], WidthType::Dxa),
            right.width(FOOT[1], WidthType::Dxa),
        ]);
        bare(vec![row.cant_split()], FOOT)
    }
}

/// A table without borders, of fixed columns.
fn bare(rows: Vec<TableRow>, columns: [usize; 2]) -> WordTable {
    WordTable::without_borders(rows)
        .layout(TableLayoutType::Fixed)
        .set_grid(columns.to_vec())
        .width(TEXT_WIDTH, WidthType::Dxa)
        .margins(TableCellMargins::new().margin(0, 0, 0, 0))
}

/// The file of some parts, compressed: the library stores them as they are.
fn packed(parts: XMLDocx) -> std::io::Result<Vec<u8>> {
    let mut stored = Cursor::new(Vec::new());
    parts.pack(&mut stored)?;
    let mut stored = ZipArchive::new(stored)?;
    let mut packed = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..stored.len() {
        let mut part = stored.by_index(at)?;
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes)?;
        packed.start_file(part.name()?, SimpleFileOptions::default())?;
        packed.write_all(&bytes)?;
    }
    Ok(packed.finish()?.into_inner())
}
