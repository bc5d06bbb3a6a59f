//! Paragraphs of official documents.

use docx_rs::{
    AlignmentType, BorderType, LineSpacing, LineSpacingType, Paragraph, ParagraphBorder,
    ParagraphBorderPosition, ParagraphBorders, Run, RunFonts, SpecialIndentType,
};

const FONT: &str = "Times New Roman";

/// The indent of the first line of a paragraph, in twentieths of a point.
const FIRST_LINE: i32 = 567;

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) size: usize,
    pub(super) is_bold: bool,
    pub(super) is_italic: bool,
}

impl Look {
    pub(super) const fn plain(size: usize) -> Self {
        Self {
            size,
            is_bold: false,
            is_italic: false,
        }
    }

    pub(super) const fn bold(size: usize) -> Self {
        Self {
            is_bold: true,
            ..Self::plain(size)
        }
    }

    pub(super) const fn italic(size: usize) -> Self {
        Self {
            is_italic: true,
            ..Self::plain(size)
        }
    }
}

/// One name for every script: Vietnamese letters with two marks count as another script in some
/// programs.
pub(super) fn fonts() -> RunFonts {
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

pub(super) fn line(text: &str, look: Look) -> Paragraph {
    Paragraph::new().add_run(run(text, look))
}

pub(super) fn centred(text: &str, look: Look) -> Paragraph {
    line(text, look).align(AlignmentType::Center)
}

/// A paragraph of the text: justified, its first line indented.
pub(super) fn body(text: &str, look: Look) -> Paragraph {
    line(text, look)
        .align(AlignmentType::Both)
        .indent(
            None,
            Some(SpecialIndentType::FirstLine(FIRST_LINE)),
            None,
            None,
        )
        .line_spacing(
            LineSpacing::new()
                .before(60)
                .after(60)
                .line_rule(LineSpacingType::Auto)
                .line(276),
        )
}

/// A line of this length in the middle of a column.
pub(super) fn rule(column: usize, length: usize) -> Paragraph {
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
                // away from the marks below the letters above it
                .before(40)
                .line_rule(LineSpacingType::Exact)
                .line(120),
        );
    rule.property = rule
        .property
        .set_borders(ParagraphBorders::with_empty().set(border));
    rule
}

/// Words that begin the name of a place: a line does not break behind them.
const BEFORE_PLACES: [&str; 8] = [
    "TỈNH",
    "THÀNH PHỐ",
    "HUYỆN",
    "QUẬN",
    "THỊ XÃ",
    "XÃ",
    "PHƯỜNG",
    "VIỆT NAM",
];

/// The name of a body, whose place stands in one line: "LIÊN ĐOÀN LAO ĐỘNG", "TỈNH BẾN TRE".
pub(super) fn kept_together(name: &str) -> String {
    let begins = |word: &&str| name.find(&format!(" {word}"));
    match BEFORE_PLACES.iter().filter_map(begins).min() {
        Some(at) => {
            let (body, place) = name.split_at(at);
            format!("{body} {}", place.trim_start().replace(' ', "\u{a0}"))
        }
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_not_broken() {
        for (name, kept) in [
            (
                "LIÊN ĐOÀN LAO ĐỘNG TỈNH BẾN TRE",
                "LIÊN ĐOÀN LAO ĐỘNG TỈNH_BẾN_TRE",
            ),
            (
                "TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM",
                "TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT_NAM",
            ),
            ("CÔNG ĐOÀN NGÀNH Y TẾ", "CÔNG ĐOÀN NGÀNH Y TẾ"),
        ] {
            assert_eq!(kept_together(name).replace('\u{a0}', "_"), kept);
        }
    }
}
