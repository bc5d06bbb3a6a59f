//! The rows of a sheet as people look at them before they are entered: what they hold, and what would
//! become of each.

use std::collections::HashMap;

use super::Part;
use super::outcome::Outcome;
use crate::office::sheet_in::{Heading, Line};

/// So many rows of a file are listed.
const LISTED: usize = 200;

crate::text_enum! {
    /// What becomes of a row.
    pub enum RowFate {
        /// It makes something.
        New,
        /// It changes what is stored.
        Changed,
        /// It says what is stored already.
        Stored,
        /// It is passed over.
        Skipped,
    }
}

/// Rows of a sheet, with the columns that hold something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedSheet {
    /// The name of the sheet; empty for a file without sheets.
    pub name: String,
    /// The headers of the columns.
    pub headers: Vec<String>,
    /// The first rows.
    pub rows: Vec<ListedRow>,
    /// How many more there are.
    pub more: usize,
    /// Headers of columns that are not read.
    pub unread: Vec<String>,
}

/// A row of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRow {
    /// Its number, from 1.
    pub number: u32,
    /// What becomes of it.
    pub fate: RowFate,
    /// Its cells below the headers.
    pub cells: Vec<String>,
}

/// What becomes of the rows of a file that has no faults, each by its sheet and number.
type Fates = HashMap<(usize, u32), RowFate>;

/// The first rows of each sheet of a file; nothing where a row is at fault, as then none is entered.
pub(super) fn sheets(parts: &[Part], outcome: &Outcome) -> Vec<ListedSheet> {
    if !outcome.faults.is_empty() {
        return Vec::new();
    }
    let fates = fates(outcome);
    let mut left = LISTED;
    let listed = parts.iter().enumerate().map(|(at, part)| {
        let sheet = sheet((at, part), &fates, left);
        left -= sheet.rows.len();
        sheet
    });
    listed.collect()
}

fn fates(outcome: &Outcome) -> Fates {
    let skipped = outcome.warnings.iter();
    let skipped = skipped.map(|warning| ((warning.part, warning.row), RowFate::Skipped));
    // a row with a warning may be entered all the same
    let mut fates: Fates = skipped.collect();
    fates.extend(outcome.fates.iter().copied());
    fates
}

fn sheet((at, part): (usize, &Part), fates: &Fates, most: usize) -> ListedSheet {
    let table = &part.table;
    let lines: Vec<Line<'_>> = table.lines().filter(|line| !line.is_blank()).collect();
    let first = lines.get(..most).unwrap_or(&lines);
    let holds = |heading: &&Heading| {
        let holds = |key| first.iter().any(|line| line.cell(key).is_some());
        heading.key.is_some_and(holds)
    };
    let headings: Vec<&Heading> = table.headings.iter().filter(holds).collect();
    let row = |line: &Line<'_>| {
        let cell = |heading: &&Heading| heading.key.map(|key| line.text(key)).unwrap_or_default();
        ListedRow {
            number: line.number(),
            fate: fates
                .get(&(at, line.number()))
                .copied()
                .unwrap_or(RowFate::Stored),
            cells: headings.iter().map(cell).collect(),
        }
    };
    let unread = table.headings.iter().filter(|one| one.key.is_none());
    ListedSheet {
        name: table.sheet_name().to_owned(),
        rows: first.iter().map(row).collect(),
        more: lines.len() - first.len(),
        headers: headings.iter().map(|one| one.text.clone()).collect(),
        unread: unread.map(|one| one.text.clone()).collect(),
    }
}
