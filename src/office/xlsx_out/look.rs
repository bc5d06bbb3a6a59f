//! How sheets look: fonts, borders, forms of numbers, the print set-up.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

/// The number of A4 in the table of paper sizes.
const A4: u8 = 9;

/// How cells look.
pub(super) struct Formats {
    pub(super) head: Format,
    pub(super) cells: CellFormats,
    pub(super) total: CellFormats,
}

/// How cells look, by what is in them.
pub(super) struct CellFormats {
    pub(super) text: Format,
    pub(super) whole: Format,
    pub(super) decimal: Format,
    pub(super) share: Format,
    pub(super) date: Format,
    pub(super) time: Format,
}

impl Formats {
    pub(super) fn new() -> Self {
        let plain = Format::new()
            .set_font_name("Times New Roman")
            .set_font_size(11)
            .set_align(FormatAlign::VerticalCenter)
            .set_border(FormatBorder::Thin);
        let bold = plain.clone().set_bold();
        Self {
            head: bold
                .clone()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_background_color("E9EDF1"),
            cells: CellFormats::of(plain),
            total: CellFormats::of(bold),
        }
    }
}

impl CellFormats {
    fn of(base: Format) -> Self {
        let number = |form: &str| base.clone().set_num_format(form);
        Self {
            whole: number("#,##0"),
            decimal: number("#,##0.00"),
            share: number("0.0%"),
            date: number("dd/mm/yyyy"),
            time: number("hh:mm dd/mm/yyyy"),
            text: base.set_text_wrap(),
        }
    }
}

/// A4 across, the header on each page, the title above and the number of the page below.
pub(super) fn set_up_print(sheet: &mut Worksheet, title: &str) -> Result<(), XlsxError> {
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_margins(0.79, 0.59, 0.79, 0.59, 0.39, 0.31)
        .set_print_fit_to_pages(1, 0);
    // at most 255 characters, in which `&` begins a command
    let title: String = title.chars().take(200).collect();
    let title = title.replace('&', "&&");
    sheet.set_header(format!("&C&\"Times New Roman,Bold\"&12{title}"));
    sheet.set_footer("&C&P/&N");
    Ok(())
}
