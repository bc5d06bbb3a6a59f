//! Official documents: their kinds, what stands in their heads, the texts of which they are made.
//!
//! They are laid out as Vietnamese administrative documents are (Nghị định 30/2020/NĐ-CP) and are
//! always in Vietnamese.

mod letterhead;
mod template;

use chrono::{Datelike as _, NaiveDate};

pub use letterhead::{Letterhead, LetterheadInput};
pub use template::{Block, Filled, Template, TemplateInput};

crate::text_enum! {
    /// A kind of official document.
    #[derive(PartialOrd, Ord)]
    pub enum DocumentKind {
        /// The result of a month, of a unit and those below it.
        Monthly,
        /// The six-monthly report of one unit to its federation.
        HalfYear,
        /// The results of all units of a federation in a half-year.
        RollUp,
        /// The result of a year's emulation, with the table of the decision.
        Emulation,
    }
}

/// Placeholders of texts over a period.
const OF_PERIOD: &[&str] = &[
    "don_vi",
    "cap_tren",
    "ky",
    "nam",
    "phai_co",
    "da_co",
    "ty_le",
    "muon",
    "khong_dat",
    "so_don_vi",
    "so_don_vi_dat",
    "bang_loai",
    "bang_don_vi",
];

/// Placeholders of the report about a year's emulation.
const OF_YEAR: &[&str] = &[
    "don_vi",
    "cap_tren",
    "nam",
    "loai",
    "tinh_trang",
    "so_don_vi",
    "bang_xep_loai",
];

impl DocumentKind {
    /// The placeholders that its text may contain; those that begin with `bang_` are tables and stand
    /// on a line of their own.
    pub const fn placeholders(self) -> &'static [&'static str] {
        match self {
            Self::Monthly | Self::HalfYear | Self::RollUp => OF_PERIOD,
            Self::Emulation => OF_YEAR,
        }
    }

    /// The text that ships: its first line is the title, the second one the subject.
    pub fn shipped(self) -> Template {
        let text = match self {
            Self::Monthly => include_str!("../../../config/documents/monthly.txt"),
            Self::HalfYear => include_str!("../../../config/documents/half_year.txt"),
            Self::RollUp => include_str!("../../../config/documents/roll_up.txt"),
            Self::Emulation => include_str!("../../../config/documents/emulation.txt"),
        };
        let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
        let (subject, body) = rest.split_once('\n').unwrap_or((rest, ""));
        Template {
            title: title.to_owned(),
            subject: subject.to_owned(),
            body: body.trim_end().to_owned(),
        }
    }
}

/// Place and date as official documents write them: a day below 10, and January and February, with a
/// zero before them (Nghị định 30/2020/NĐ-CP, Phụ lục I).
pub fn place_and_date(place: &str, on: NaiveDate) -> String {
    let month = match on.month() {
        month @ 1..=2 => format!("0{month}"),
        month => month.to_string(),
    };
    let date = format!("ngày {:02} tháng {month} năm {}", on.day(), on.year());
    match place.is_empty() {
        true => date,
        false => format!("{place}, {date}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_zeros_before_small_days_and_the_first_two_months() {
        let date = |on: &str| place_and_date("Bến Tre", on.parse().unwrap());
        assert_eq!(date("2026-12-02"), "Bến Tre, ngày 02 tháng 12 năm 2026");
        assert_eq!(date("2026-02-15"), "Bến Tre, ngày 15 tháng 02 năm 2026");
        assert_eq!(date("2026-03-09"), "Bến Tre, ngày 09 tháng 3 năm 2026");
        assert_eq!(
            place_and_date("", "2026-10-20".parse().unwrap()),
            "ngày 20 tháng 10 năm 2026"
        );
    }

    #[test]
    fn the_texts_that_ship_hold_their_own_rules() {
        for kind in DocumentKind::ALL {
            let shipped = kind.shipped();
            let again = TemplateInput::from(shipped.clone()).check(*kind);
            assert_eq!(again, Ok(shipped), "{kind}");
        }
    }
}
