//! The file of units: a sheet or a text with separators. Every cell is cleaned before anything is
//! compared.

use crate::domain::error::Invalid;
use crate::domain::unit::UnitText;
use crate::office::sheet_in::{self, Column, Line, Table, Value, Wanted};

/// One row of the file, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitLine {
    /// Its number in the file, from 1; the header has one as well.
    pub line: u64,
    /// What it says about the unit itself.
    pub text: UnitText,
    /// The code of the unit above; empty for a root.
    pub parent_code: String,
}

/// The rows of a file, and the cells that can't be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitSheet {
    /// The rows.
    pub lines: Vec<UnitLine>,
    /// What is wrong with cells: the number of the line, and the fault on the key of the column.
    pub faults: Vec<(u64, Invalid)>,
    /// The keys of columns that the sheet lacks: of a stored unit, what they hold stays as it is.
    pub lacks: Vec<&'static str>,
}

/// What a sheet of units is called, without diacritics.
pub const SHEETS: &[&str] = &["don vi", "units"];

/// Its columns.
pub const COLUMNS: &[Column] = &[
    Column {
        key: "code",
        name: "Mã",
        synonyms: &["ma don vi"],
        required: true,
        example: "ma-moi",
    },
    Column {
        key: "name",
        name: "Tên",
        synonyms: &["ten don vi", "don vi", "unit"],
        required: true,
        example: "LĐLĐ huyện Ba Tri",
    },
    Column {
        key: "category",
        name: "Loại",
        synonyms: &["loai don vi"],
        required: true,
        example: "cấp trên cơ sở",
    },
    Column {
        key: "parent_code",
        name: "Mã cấp trên",
        synonyms: &["cap tren", "don vi cap tren", "parent"],
        required: false,
        example: "ben-tre",
    },
    Column {
        key: "cluster",
        name: "Cụm",
        synonyms: &["khoi", "cum thi dua", "khoi thi dua", "cum khoi"],
        required: false,
        example: "Cụm thi đua huyện, thành phố",
    },
    Column {
        key: "founded_on",
        name: "Ngày thành lập",
        synonyms: &["thanh lap"],
        required: false,
        example: "01/07/2026",
    },
    Column {
        key: "ended_on",
        name: "Ngày kết thúc",
        synonyms: &["ket thuc"],
        required: false,
        example: "",
    },
    Column {
        key: "mail",
        name: "Thư",
        synonyms: &["dia chi thu", "thu dien tu", "email", "e mail"],
        required: false,
        example: "ba-tri@congdoan.example",
    },
];

/// Reads a file of units.
///
/// # Errors
/// A file that cannot be read, lacks a column or has no row.
pub fn read(file: &[u8]) -> Result<UnitSheet, Invalid> {
    let book = sheet_in::read(file, Wanted::Preferred(SHEETS))?;
    let sheet = book.sheets.into_iter().next().unwrap_or_default();
    of_table(&Table::of(sheet, COLUMNS, &[])?)
}

/// Reads the rows of a sheet of units.
///
/// # Errors
/// A sheet that lacks a column or has no row.
pub fn of_table(table: &Table) -> Result<UnitSheet, Invalid> {
    if let Some(lacks) = table.lacks() {
        return Err(lacks);
    }
    let no_header = |(row, column): (u32, u16)| {
        let fault = Invalid::new("", "sheet_no_header");
        let fault = fault.with("column", sheet_in::column_name(column));
        (u64::from(row), fault)
    };
    let faults = table.without_header().into_iter().map(no_header);
    let mut sheet = UnitSheet {
        lines: table.data().map(|line| unit_line(&line)).collect(),
        faults: faults.collect(),
        lacks: COLUMNS
            .iter()
            .map(|column| column.key)
            .filter(|key| !table.has(key))
            .collect(),
    };
    for line in table.data() {
        let number = u64::from(line.number());
        let faults = cell_faults(&line).map(|fault| (number, fault));
        sheet.faults.extend(faults);
    }
    if sheet.lines.is_empty() && sheet.faults.is_empty() {
        return Err(Invalid::new("file", "sheet_empty"));
    }
    Ok(sheet)
}

/// The cells of a row that can't be read.
fn cell_faults(line: &Line<'_>) -> impl Iterator<Item = Invalid> {
    COLUMNS.iter().filter_map(|column| {
        let key = column.key;
        match &line.cell(key)?.value {
            Value::Error(shown) => {
                Some(Invalid::new(key, "sheet_cell_error").with("value", shown.escape_debug()))
            }
            Value::Uncomputed => Some(Invalid::new(key, "sheet_uncomputed")),
            _ => None,
        }
    })
}

fn unit_line(line: &Line<'_>) -> UnitLine {
    let text = |key: &str| line.text(key);
    UnitLine {
        line: u64::from(line.number()),
        text: UnitText {
            code: text("code"),
            name: text("name"),
            category: text("category"),
            cluster: text("cluster"),
            founded_on: text("founded_on"),
            ended_on: text("ended_on"),
            mail: text("mail"),
        },
        parent_code: text("parent_code"),
    }
}
