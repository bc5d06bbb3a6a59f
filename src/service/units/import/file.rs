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

/// What a sheet of units is called, without diacritics.
pub const SHEETS: &[&str] = &["don vi", "units"];

/// Its columns.
pub const COLUMNS: &[Column] = &[
    Column {
        key: "code",
        name: "Mã",
        synonyms: &["ma don vi"],
        required: true,
        example: "ba-tri",
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
/// A file that cannot be read or lacks a column; every cell at fault, named `line 12.name`.
pub fn read(file: &[u8]) -> Result<Vec<UnitLine>, Vec<Invalid>> {
    let book = sheet_in::read(file, Wanted::Preferred(SHEETS)).map_err(|fault| vec![fault])?;
    let sheet = book.sheets.into_iter().next().unwrap_or_default();
    let table = Table::of(sheet, COLUMNS, &[]).map_err(|fault| vec![fault])?;
    of_table(&table)
}

/// Reads the rows of a sheet of units.
///
/// # Errors
/// As [`read`].
pub fn of_table(table: &Table) -> Result<Vec<UnitLine>, Vec<Invalid>> {
    if let Some(lacks) = table.lacks() {
        return Err(vec![lacks]);
    }
    let mut faults: Vec<Invalid> = (table.without_header().into_iter())
        .map(|(row, column)| {
            let fault = Invalid::new(format!("line {row}"), "sheet_no_header");
            fault.with("column", sheet_in::column_name(column))
        })
        .collect();
    let rows: Vec<Line<'_>> = table.lines().filter(|line| !line.is_blank()).collect();
    for line in &rows {
        let cells = COLUMNS
            .iter()
            .filter_map(|column| Some((column.key, line.cell(column.key)?)));
        for (key, cell) in cells {
            let fault = match &cell.value {
                Value::Error(shown) => {
                    Invalid::new(key, "sheet_cell_error").with("value", shown.escape_debug())
                }
                Value::Uncomputed => Invalid::new(key, "sheet_uncomputed"),
                _ => continue,
            };
            faults.push(fault.within(&format!("line {}", line.number())));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if rows.is_empty() {
        return Err(vec![Invalid::new("file", "sheet_empty")]);
    }
    Ok(rows.iter().map(unit_line).collect())
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
