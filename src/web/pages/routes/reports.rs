//! Addresses of reports and of what they are made of.

use std::fmt::Display;

use super::of;

/// Reports of a unit: tables and documents of a month, a half-year, a year.
pub const REPORTS: &str = "/bao-cao";

/// The monthly table.
pub const MONTHLY_XLSX: &str = "/bao-cao/thang.xlsx";

/// The monthly table as CSV.
pub const MONTHLY_CSV: &str = "/bao-cao/thang.csv";

/// The yearly emulation table.
pub const EMULATION_XLSX: &str = "/bao-cao/thi-dua.xlsx";

/// The yearly emulation table as CSV.
pub const EMULATION_CSV: &str = "/bao-cao/thi-dua.csv";

/// An official document.
pub const DOCUMENT: &str = "/bao-cao/van-ban.docx";

/// The head of a unit's documents: the form by GET, saving by POST.
pub const LETTERHEAD: &str = "/van-ban/{id}";

/// The text of a kind of document: the form by GET, saving by POST.
pub const TEMPLATE: &str = "/van-ban/{id}/mau/{kind}";

/// Where the text of a kind of document is.
pub fn template(unit: impl Display, kind: impl Display) -> String {
    of(TEMPLATE, unit).replace("{kind}", &kind.to_string())
}

/// The calendar behind a secret.
pub const FEED: &str = "/ics/{secret}.ics";

/// Below which the calendars of secrets are: open, the address itself is the key.
pub const FEEDS: &str = "/ics/";

/// The calendar feeds of the reader: listed by GET, made by POST.
pub const OWN_FEEDS: &str = "/tai-khoan/lich";

/// Where a feed of the reader is taken back.
pub const REVOKE_FEED: &str = "/tai-khoan/lich/{id}/thu-hoi";

/// The calendar feeds of a unit: listed by GET, made by POST.
pub const UNIT_FEEDS: &str = "/don-vi/{id}/lich";

/// Where a feed of a unit is taken back.
pub const REVOKE_UNIT_FEED: &str = "/don-vi/{id}/lich/{feed}/thu-hoi";
