//! Official documents: the figures of a period, or the scores of a year, in the text that a department
//! wrote, below the head of the unit that issues it.

use super::emulation::EmulationBoard;
use super::figures::{Count, Figures};
use super::{letterheads, templates};
use crate::domain::document::DocumentKind;
use crate::domain::error::Invalid;
use crate::domain::file::{File, FileFormat};
use crate::domain::ids::UnitId;
use crate::domain::period::{Period, PeriodKind};
use crate::domain::score::ScoreGroup;
use crate::domain::text::local_date;
use crate::domain::unit::Category;
use crate::domain::words::{capitalised, say};
use crate::office::docx_out::Official;
use crate::office::table::{Cell, Head, Table, share_text};
use crate::service::scores::BoardQuery;
use crate::service::{Error, Tx};

/// Official documents are in Vietnamese, whoever reads them.
const LOCALE: &str = "vi";

/// Which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentQuery {
    /// Its kind.
    pub kind: DocumentKind,
    /// The unit that issues it.
    pub unit_id: UnitId,
    /// What it is about: a month, a half-year, or of the emulation a year.
    pub period: Period,
    /// The category of the units, of the emulation.
    pub category: Category,
}

impl DocumentQuery {
    /// Checks that the period is one of which documents of the kind are written.
    ///
    /// # Errors
    /// `document_period` on `period`.
    fn check(self) -> Result<Self, Error> {
        let wanted = match self.kind {
            DocumentKind::Monthly => PeriodKind::Month,
            DocumentKind::HalfYear | DocumentKind::RollUp => PeriodKind::HalfYear,
            DocumentKind::Emulation => PeriodKind::Year,
        };
        if self.period.kind == wanted {
            return Ok(self);
        }
        let example = Period::first_of_year(wanted, self.period.year()).key();
        let fault = Invalid::new("period", "document_period").with("value", self.period.key());
        Err(fault.with("example", example).into())
    }
}

/// A document as a Word file.
///
/// # Errors
/// `document_period` on `period`; `not_found` on `unit` for a unit that the actor can't see; as
/// `emulation` for a year's emulation.
pub fn document(tx: &mut Tx<'_>, query: DocumentQuery) -> Result<File, Error> {
    let query = query.check()?;
    let content = match query.kind {
        DocumentKind::Emulation => of_year(tx, query)?,
        _ => of_period(tx, query)?,
    };
    let letterhead = letterheads::of(tx, query.unit_id)?.letterhead;
    let mut values = content.values;
    values.push(("cap_tren", content.above));
    let text = templates::of(tx, query.unit_id, query.kind)?
        .text
        .fill(&values);
    let official = Official {
        letterhead: &letterhead,
        on: local_date(tx.now),
        text: &text,
        tables: &content.tables,
    };
    let name = format!(
        "{}-{}",
        query.kind.as_str().replace('_', "-"),
        query.period.key().to_lowercase()
    );
    Ok(File::new(&name, FileFormat::Docx, official.write()?))
}

/// What a text is filled with.
struct Content {
    values: Vec<(&'static str, String)>,
    tables: Vec<(&'static str, Table)>,
    /// The name of the unit above.
    above: String,
}

fn of_period(tx: &mut Tx<'_>, query: DocumentQuery) -> Result<Content, Error> {
    let mut figures = Figures::read(tx, query.unit_id, query.period, LOCALE)?;
    if query.kind == DocumentKind::HalfYear {
        figures = figures.of_unit_alone();
    }
    let total = figures.total();
    let met = figures
        .rows
        .iter()
        .filter(|row| row.total().done >= row.total().required)
        .count();
    let owing = figures.rows.len();
    let values = vec![
        ("don_vi", figures.unit.name.clone()),
        ("ky", figures.period.label(LOCALE)),
        ("nam", figures.period.year().to_string()),
        ("phai_co", total.required.to_string()),
        ("da_co", total.done.to_string()),
        ("ty_le", percent(total)),
        ("muon", total.late.to_string()),
        ("khong_dat", total.missed.to_string()),
        ("so_don_vi", owing.to_string()),
        ("so_don_vi_dat", met.to_string()),
    ];
    Ok(Content {
        values,
        tables: vec![
            ("bang_loai", by_group(&figures)),
            ("bang_don_vi", by_unit(&figures)),
        ],
        above: letterheads::above(tx, query.unit_id)?.unwrap_or_default(),
    })
}

fn of_year(tx: &mut Tx<'_>, query: DocumentQuery) -> Result<Content, Error> {
    let group = ScoreGroup {
        unit_id: query.unit_id,
        year: query.period.year(),
        category: query.category,
    };
    let board = EmulationBoard::read(tx, BoardQuery { group, at: None }, LOCALE);
    let board = board.map_err(|error| match error {
        Error::NotFound {
            what: "score_scheme",
        } => {
            let fault = Invalid::new("period", "document_no_scheme");
            fault.with("year", group.year).into()
        }
        other => other,
    })?;
    let category = say(
        LOCALE,
        &format!("report.categories.{}", query.category),
        &[],
    );
    let unit = tx.lookups.unit(tx.conn, query.unit_id)?.name.clone();
    let values = vec![
        ("don_vi", unit),
        ("nam", group.year.to_string()),
        ("loai", category),
        ("tinh_trang", board.status()),
        ("so_don_vi", board.sheets.len().to_string()),
    ];
    Ok(Content {
        values,
        tables: vec![("bang_xep_loai", board.decision())],
        above: letterheads::above(tx, query.unit_id)?.unwrap_or_default(),
    })
}

/// A table whose columns are called `report.column.…`.
pub(super) fn plain(columns: &[&str], rows: Vec<Vec<Cell>>, total: Option<Vec<Cell>>) -> Table {
    let word = |key: &&str| capitalised(&say(LOCALE, &format!("report.column.{key}"), &[]));
    Table {
        name: String::new(),
        head: Head {
            title: String::new(),
            columns: columns.iter().map(word).collect(),
        },
        rows,
        total,
    }
}

/// A row of figures behind its number and name.
fn row(number: usize, name: &str, count: Count) -> Vec<Cell> {
    let number = i64::try_from(number).unwrap_or_default();
    vec![
        Cell::Whole(number),
        name.into(),
        count.required.into(),
        count.done.into(),
        count.late.into(),
        count.missed.into(),
        share(count).map_or(Cell::Empty, Cell::Share),
    ]
}

fn total_row(count: Count) -> Vec<Cell> {
    let name = say(LOCALE, "report.column.sum", &[]);
    let mut cells = row(0, &name, count);
    if let Some(number) = cells.first_mut() {
        *number = Cell::Empty;
    }
    cells
}

const UNITS: [&str; 7] = [
    "number", "unit", "required", "done", "late", "missed", "share",
];
const GROUPS: [&str; 7] = [
    "number", "what", "required", "done", "late", "missed", "share",
];

fn by_unit(figures: &Figures) -> Table {
    let rows = figures.rows.iter().enumerate();
    let rows = rows
        .map(|(at, one)| row(at + 1, &one.unit.name, one.total()))
        .collect();
    plain(&UNITS, rows, Some(total_row(figures.total())))
}

fn by_group(figures: &Figures) -> Table {
    let groups = figures.groups.iter().enumerate();
    let rows = groups
        .map(|(at, name)| row(at + 1, name, figures.of_group(at)))
        .collect();
    plain(&GROUPS, rows, Some(total_row(figures.total())))
}

/// What is there of what was owed, in thousandths; `None` where nothing was owed. Rounded half up.
fn share(count: Count) -> Option<i64> {
    let all = count.required;
    (all > 0).then(|| (count.done * 2_000 + all) / (all * 2))
}

/// The same as a text has it: `87,5 %`, on one line.
fn percent(count: Count) -> String {
    let text = share(count).map(|share| share_text(share, LOCALE));
    text.map_or_else(|| "–".to_owned(), |text| text.replace(' ', "\u{a0}"))
}
