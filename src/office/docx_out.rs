//! Official documents out as Word files, laid out as Vietnamese administrative documents are (Nghị
//! định 30/2020/NĐ-CP, Phụ lục I): A4, Times New Roman, a head of two columns, the recipients on the
//! left and the signature on the right below the text, page numbers on top from the second page on.

use std::io::Cursor;

use chrono::NaiveDate;
use docx_rs::{
    AlignmentType, BorderType, Docx, Header, LineSpacing, LineSpacingType, PageMargin, PageNum,
    Paragraph, ParagraphBorder, ParagraphBorderPosition, ParagraphBorders, Run, RunFonts,
    SpecialIndentType, Table as WordTable, TableCell, TableCellMargins, TableLayoutType, TableRow,
    VAlignType, WidthType,
};

use super::OfficeError;
use super::table::{Cell, Table};
use crate::domain::document::{Block, Filled, Letterhead, place_and_date};
use crate::domain::text::local_time;

const FONT: &str = "Times New Roman";

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
const FIRST_LINE: i32 = 567;

/// The columns of the head; the right one holds the longest line in one line.
const HEAD: [usize; 2] = [3_800, TEXT_WIDTH - 3_800];

/// The columns below the text.
const FOOT: [usize; 2] = [4_400, TEXT_WIDTH - 4_400];

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
        for block in &self.text.blocks {
            docx = self.add(docx, block);
        }
        let docx = docx.add_paragraph(Paragraph::new()).add_table(self.foot());
        let mut bytes = Cursor::new(Vec::new());
        docx.build()
            .pack(&mut bytes)
            .map_err(std::io::Error::from)?;
        Ok(bytes.into_inner())
    }

    fn add(&self, docx: Docx, block: &Block) -> Docx {
        match block {
            Block::Heading(text) => {
                let heading = body(text, Look::bold(BODY)).keep_next(true);
                docx.add_paragraph(heading)
            }
            Block::Paragraph(text) => docx.add_paragraph(body(text, Look::plain(BODY))),
            Block::Table(name) => match self.tables.iter().find(|(own, _)| own == name) {
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
            left = left.add_paragraph(centred(&of.superior_body, Look::plain(SMALL)));
        }
        let left = left
            .add_paragraph(centred(&of.issuing_body, Look::bold(SMALL)))
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

/// How a text looks.
#[derive(Debug, Clone, Copy)]
struct Look {
    size: usize,
    is_bold: bool,
    is_italic: bool,
}

impl Look {
    const fn plain(size: usize) -> Self {
        Self {
            size,
            is_bold: false,
            is_italic: false,
        }
    }

    const fn bold(size: usize) -> Self {
        Self {
            is_bold: true,
            ..Self::plain(size)
        }
    }

    const fn italic(size: usize) -> Self {
        Self {
            is_italic: true,
            ..Self::plain(size)
        }
    }
}

/// One name for every script: Vietnamese letters with two marks count as another script in some
/// programs.
fn fonts() -> RunFonts {
    RunFonts::new()
        .ascii(FONT)
        .hi_ansi(FONT)
        .cs(FONT)
        .east_asia(FONT)
}

fn run(text: &str, look: Look) -> Run {
    let run = Run::new().add_text(text).size(look.size).fonts(fonts());
    let run = if look.is_bold { run.bold() } else { run };
    if look.is_italic { run.italic() } else { run }
}

fn line(text: &str, look: Look) -> Paragraph {
    Paragraph::new().add_run(run(text, look))
}

fn centred(text: &str, look: Look) -> Paragraph {
    line(text, look).align(AlignmentType::Center)
}

/// A paragraph of the text: justified, its first line indented.
fn body(text: &str, look: Look) -> Paragraph {
    line(text, look)
        .align(AlignmentType::Both)
        .indent(
            None,
            Some(SpecialIndentType::FirstLine(FIRST_LINE)),
            None,
            None,
        )
        .line_spacing(LineSpacing::new().before(60).after(60).line(276))
}

/// A line of this length in the middle of a column.
fn rule(column: usize, length: usize) -> Paragraph {
    let side = i32::try_from(column.saturating_sub(length) / 2).unwrap_or_default();
    let border = ParagraphBorder::new(ParagraphBorderPosition::Top)
        .val(BorderType::Single)
        .size(6)
        .space(1)
        .color("000000");
    let mut rule = Paragraph::new()
        .indent(Some(side), None, Some(side), None)
        .line_spacing(
            LineSpacing::new()
                .line_rule(LineSpacingType::Exact)
                .line(120),
        );
    rule.property = rule
        .property
        .set_borders(ParagraphBorders::with_empty().set(border));
    rule
}

/// A table without borders, of fixed columns.
fn bare(rows: Vec<TableRow>, columns: [usize; 2]) -> WordTable {
    WordTable::without_borders(rows)
        .layout(TableLayoutType::Fixed)
        .set_grid(columns.to_vec())
        .width(TEXT_WIDTH, WidthType::Dxa)
        .margins(TableCellMargins::new().margin(0, 0, 0, 0))
}

/// A table of the text: fixed columns as wide as what is in them, numbers on the right.
fn word_table(table: &Table) -> WordTable {
    let widths = widths(table);
    let cell = |(text, width): (Paragraph, &usize)| {
        TableCell::new()
            .add_paragraph(text)
            .vertical_align(VAlignType::Center)
            .width(*width, WidthType::Dxa)
    };
    let row = |cells: &[Cell], is_bold: bool| {
        let look = Look {
            is_bold,
            ..Look::plain(SMALL)
        };
        let texts = cells.iter().map(|cell| {
            let text = line(&said(cell), look);
            match cell {
                Cell::Empty | Cell::Text(_) => text,
                _ => text.align(AlignmentType::Right),
            }
        });
        TableRow::new(texts.zip(&widths).map(cell).collect()).cant_split()
    };
    let heads = table
        .head
        .columns
        .iter()
        .map(|name| centred(name, Look::bold(SMALL)));
    let mut rows = vec![TableRow::new(heads.zip(&widths).map(cell).collect()).cant_split()];
    rows.extend(table.rows.iter().map(|cells| row(cells, false)));
    rows.extend(table.total.as_ref().map(|cells| row(cells, true)));
    WordTable::new(rows)
        .layout(TableLayoutType::Fixed)
        .set_grid(widths.clone())
        .width(TEXT_WIDTH, WidthType::Dxa)
        .margins(TableCellMargins::new().margin(20, 80, 20, 80))
}

/// The widths of columns: each has its share of the page by its longest text.
fn widths(table: &Table) -> Vec<usize> {
    let longest = |column: usize| {
        let cells = table
            .rows
            .iter()
            .chain(&table.total)
            .filter_map(|row| row.get(column));
        let texts = cells
            .map(|cell| said(cell).chars().count())
            .max()
            .unwrap_or_default();
        let head = table.head.columns.get(column).map_or("", String::as_str);
        let word = head
            .split_whitespace()
            .map(|word| word.chars().count() + 1)
            .max();
        texts.max(word.unwrap_or_default()).clamp(4, 36)
    };
    let shares: Vec<usize> = (0..table.head.columns.len()).map(longest).collect();
    let all = shares.iter().sum::<usize>().max(1);
    shares
        .iter()
        .map(|share| share * TEXT_WIDTH / all)
        .collect()
}

/// A cell as a document writes it: always in Vietnamese.
fn said(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Whole(number) => number.to_string(),
        Cell::Decimal(number) => number.to_text("vi"),
        Cell::Date(date) => date.format("%d/%m/%Y").to_string(),
        Cell::Time(at) => local_time(*at),
    }
}
