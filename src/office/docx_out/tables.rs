//! Tables in the text of official documents: as wide as the page, a word or a number never broken,
//! the heads on each page.

use docx_rs::{
    HeightRule, Paragraph, Table as WordTable, TableCell, TableCellMargins, TableLayoutType,
    TableRow, VAlignType, WidthType,
};

use super::parts::{Look, centred, line};
use super::{SMALL, TEXT_WIDTH};
use crate::domain::text::local_time;
use crate::office::table::{Cell, Table, share_text};

/// The width of a letter of 13 pt, of a bold one in a head, and of what is beside the text of a cell, in
/// twentieths of a point.
const LETTER: usize = 138;
const HEAD_LETTER: usize = 178;
const BESIDE: usize = 200;

/// Longer texts get no wider column.
const WIDEST: usize = 36;

/// What the library writes for a row of no height. It has no name for a row that is repeated.
const NO_HEIGHT: &str = r#"<w:trHeight w:val="0" w:hRule="auto" />"#;

/// A row that is repeated on each page.
const REPEATED: &str = "<w:tblHeader />";

/// A table of the text.
pub(super) fn word_table(table: &Table) -> WordTable {
    let widths = widths(table);
    let heads = table.head.columns.iter();
    let heads = heads.map(|name| centred(name, Look::bold(SMALL))).collect();
    let head = row(heads, &widths)
        .row_height(0.0)
        .height_rule(HeightRule::Auto);
    let mut rows = vec![head];
    rows.extend(table.rows.iter().map(|cells| {
        let cells = cells.iter().map(|cell| paragraph(cell, Look::plain(SMALL)));
        row(cells.collect(), &widths)
    }));
    rows.extend(table.total.as_ref().map(|cells| {
        let cells = cells.iter().map(|cell| paragraph(cell, Look::bold(SMALL)));
        row(cells.collect(), &widths)
    }));
    WordTable::new(rows)
        .layout(TableLayoutType::Fixed)
        .set_grid(widths)
        .width(TEXT_WIDTH, WidthType::Dxa)
        .margins(TableCellMargins::new().margin(20, 80, 20, 80))
}

/// The document with the heads of its tables on each page.
pub(super) fn with_repeated_heads(document: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(document);
    text.replace(NO_HEIGHT, REPEATED).into_bytes()
}

fn row(cells: Vec<Paragraph>, widths: &[usize]) -> TableRow {
    let cell = |(text, width): (Paragraph, &usize)| {
        TableCell::new()
            .add_paragraph(text)
            .vertical_align(VAlignType::Center)
            .width(*width, WidthType::Dxa)
    };
    TableRow::new(cells.into_iter().zip(widths).map(cell).collect()).cant_split()
}

/// What is no text stands in the middle.
fn paragraph(cell: &Cell, look: Look) -> Paragraph {
    match cell {
        Cell::Empty | Cell::Text(_) => line(&said(cell), look),
        _ => centred(&said(cell), look),
    }
}

/// The widths of columns: at least the longest word, and of the rest a share by the longest text.
fn widths(table: &Table) -> Vec<usize> {
    let wanted: Vec<(usize, usize)> = (0..table.head.columns.len())
        .map(|column| wanted(table, column))
        .collect();
    let least: usize = wanted.iter().map(|(least, _)| least).sum();
    let more: usize = wanted.iter().map(|(_, more)| more).sum();
    let Some(left) = TEXT_WIDTH.checked_sub(least) else {
        let share = |(own, _): &(usize, usize)| own * TEXT_WIDTH / least;
        return wanted.iter().map(share).collect();
    };
    let share = |(own, wish): &(usize, usize)| match more {
        0 => own + left / wanted.len().max(1),
        _ => own + wish * left / more,
    };
    wanted.iter().map(share).collect()
}

/// The least width of a column, and how much more its longest text takes.
fn wanted(table: &Table, column: usize) -> (usize, usize) {
    let letters = |text: &str| text.chars().count();
    let longest_word = |text: &str| {
        let words = text.split(' ').map(letters);
        words.max().unwrap_or_default()
    };
    let head = table.head.columns.get(column).map_or("", String::as_str);
    let mut least = longest_word(head) * HEAD_LETTER;
    let mut most = least;
    let rows = table.rows.iter().chain(&table.total);
    for cell in rows.filter_map(|row| row.get(column)) {
        let text = said(cell);
        least = least.max(longest_word(&text) * LETTER);
        most = most.max(letters(&text).min(WIDEST) * LETTER);
    }
    (least + BESIDE, most.saturating_sub(least))
}

/// A cell as a document writes it: always in Vietnamese.
fn said(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Whole(number) => number.to_string(),
        Cell::Decimal(number) => number.to_text("vi"),
        Cell::Share(share) => share_text(*share, "vi").replace(' ', "\u{a0}"),
        Cell::Date(date) => date.format("%d/%m/%Y").to_string(),
        Cell::Time(at) => local_time(*at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::score::Points;
    use crate::office::table::Head;

    fn table(columns: &[&str], row: Vec<Cell>) -> Table {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        let head = Head {
            title: String::new(),
            columns,
        };
        Table {
            name: String::new(),
            head,
            rows: vec![row],
            total: None,
        }
    }

    #[test]
    fn no_word_and_no_number_is_broken() {
        let row = vec![
            Cell::Whole(10),
            "Liên đoàn Lao động huyện Mỏ Cày Bắc".into(),
            "Cụm thi đua huyện, thành phố".into(),
            Cell::Whole(1),
            Cell::Decimal(Points::hundredths(10_000)),
            "Hoàn thành xuất sắc".into(),
        ];
        let columns = ["TT", "Đơn vị", "Cụm", "Hạng", "Tổng điểm", "Xếp loại"];
        let widths = widths(&table(&columns, row));
        let least = [2, 4, 5, 4, 4, 4].map(|letters| letters * HEAD_LETTER + BESIDE);
        assert!(
            widths
                .iter()
                .zip(least)
                .all(|(width, least)| *width >= least),
            "{widths:?}"
        );
        assert!(widths.iter().sum::<usize>() <= TEXT_WIDTH, "{widths:?}");
        assert!(widths.iter().sum::<usize>() > TEXT_WIDTH - 10, "{widths:?}");
    }

    #[test]
    fn the_head_of_a_table_is_on_each_page() {
        let docx = docx_rs::Docx::new().add_table(word_table(&table(&["A"], vec!["b".into()])));
        let text = String::from_utf8(with_repeated_heads(&docx.build().document)).unwrap();
        assert_eq!(text.matches(REPEATED).count(), 1, "{text}");
        assert!(!text.contains("trHeight"), "{text}");
    }
}
