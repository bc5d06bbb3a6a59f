//! Addresses of lists as files for spreadsheets: those of their pages with an ending.

/// The list of units as an Excel file.
pub const UNITS_XLSX: &str = "/don-vi.xlsx";

/// The list of units as CSV.
pub const UNITS_CSV: &str = "/don-vi.csv";

/// The list of events as an Excel file.
pub const EVENTS_XLSX: &str = "/su-kien.xlsx";

/// The list of events as CSV.
pub const EVENTS_CSV: &str = "/su-kien.csv";

/// A list of obligations as an Excel file.
pub const WORKS_XLSX: &str = "/viec/danh-sach.xlsx";

/// A list of obligations as CSV.
pub const WORKS_CSV: &str = "/viec/danh-sach.csv";

/// The requests for more time as an Excel file.
pub const EXTENSIONS_XLSX: &str = "/gia-han.xlsx";

/// The requests for more time as CSV.
pub const EXTENSIONS_CSV: &str = "/gia-han.csv";

/// The outbox as an Excel file.
pub const OUTBOX_XLSX: &str = "/thu-di.xlsx";

/// The outbox as CSV.
pub const OUTBOX_CSV: &str = "/thu-di.csv";

/// The list of people as an Excel file.
pub const PEOPLE_XLSX: &str = "/nguoi.xlsx";

/// The list of people as CSV.
pub const PEOPLE_CSV: &str = "/nguoi.csv";

/// A category's year of scores: `?nam=`, `?loai=`, `?don_vi=` as an Excel file.
pub const SCORES_XLSX: &str = "/diem.xlsx";

/// A category's year of scores: `?nam=`, `?loai=`, `?don_vi=` as CSV.
pub const SCORES_CSV: &str = "/diem.csv";

/// The rules of a plan: `?ke_hoach=` as an Excel file.
pub const RULES_XLSX: &str = "/ke-hoach/quy-tac.xlsx";

/// The rules of a plan: `?ke_hoach=` as CSV.
pub const RULES_CSV: &str = "/ke-hoach/quy-tac.csv";

/// The targets of a plan: `?ke_hoach=` as an Excel file.
pub const TARGETS_XLSX: &str = "/ke-hoach/chi-tieu.xlsx";

/// The targets of a plan: `?ke_hoach=` as CSV.
pub const TARGETS_CSV: &str = "/ke-hoach/chi-tieu.csv";

/// The days off of a calendar in a year: `?lich=`, `?nam=` as an Excel file.
pub const DAYS_OFF_XLSX: &str = "/lich/ngay-nghi.xlsx";

/// The days off of a calendar in a year: `?lich=`, `?nam=` as CSV.
pub const DAYS_OFF_CSV: &str = "/lich/ngay-nghi.csv";
