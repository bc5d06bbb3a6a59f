//! The yearly emulation table: a sheet for each cluster, and one that explains the numbers.

use crate::domain::file::{File, FileFormat};
use crate::domain::score::{Criterion, KindNames, Line, Points, formula, selection};
use crate::domain::text::{local_time, same_key, sort_key};
use crate::domain::words::say;
use crate::office::table::{Cell, Head, Table};
use crate::service::core::access::Action;
use crate::service::reports::documents::plain;
use crate::service::reports::written;
use crate::service::scores::{BoardQuery, Scoreboard, kind_names};
use crate::service::{Error, Tx};
use crate::store::scores::Sheet;

/// The table as a file: in Excel a sheet for each cluster, as CSV one table.
///
/// # Errors
/// An instant in the future or before the year; [`Error::NotFound`] without a scheme, or for a
/// federation whose scores the actor may not see.
pub fn emulation(
    tx: &mut Tx<'_>,
    query: BoardQuery,
    format: FileFormat,
    locale: &str,
) -> Result<File, Error> {
    let board = EmulationBoard::read(tx, query, locale)?;
    let mut tables = match format {
        FileFormat::Csv => vec![board.table(None)],
        _ => board
            .clusters()
            .into_iter()
            .map(|one| board.table(Some(one)))
            .collect(),
    };
    if format != FileFormat::Csv {
        tables.push(board.explanations());
    }
    let name = format!(
        "thi-dua-{}-{}",
        query.group.year,
        query.group.category.as_str().replace('_', "-")
    );
    Ok(File::new(&name, format, written(&tables, format, locale)?))
}

/// Scores of a group in the order in which people read them.
pub(super) struct EmulationBoard {
    pub(super) board: Scoreboard,
    /// By cluster, rank and name.
    pub(super) sheets: Vec<Sheet>,
    /// Units without a score: their names, and why.
    left_out: Vec<(String, String)>,
    kinds: KindNames,
    locale: String,
}

impl EmulationBoard {
    pub(super) fn read(tx: &mut Tx<'_>, query: BoardQuery, locale: &str) -> Result<Self, Error> {
        tx.require(Action::ReadScores, query.group.unit_id)?;
        let mut board = Scoreboard::read(tx, query)?;
        let mut sheets = std::mem::take(&mut board.sheets);
        sheets.sort_by_cached_key(order);
        let mut left_out = Vec::new();
        for out in &board.left_out {
            let unit = tx.lookups.unit(tx.conn, out.unit_id)?;
            left_out.push((unit.name.clone(), out.reason.clone()));
        }
        Ok(Self {
            left_out,
            kinds: kind_names(tx.conn)?,
            locale: locale.to_owned(),
            sheets,
            board,
        })
    }

    fn word(&self, key: &str) -> String {
        say(&self.locale, &format!("report.{key}"), &[])
    }

    /// The clusters, those without one last.
    pub(super) fn clusters(&self) -> Vec<Option<String>> {
        let mut clusters: Vec<Option<String>> = Vec::new();
        for sheet in &self.sheets {
            if !clusters.contains(&sheet.cluster) {
                clusters.push(sheet.cluster.clone());
            }
        }
        clusters
    }

    /// The title, with whether the scores are final.
    fn title(&self) -> String {
        let year = self.board.group.year.to_string();
        let title = say(&self.locale, "report.emulation.title", &[("year", &year)]);
        format!("{title} ({})", self.status())
    }

    /// "Tạm tính …" or "Theo Quyết định số …".
    pub(super) fn status(&self) -> String {
        let round = self.board.round.as_ref();
        let decision =
            round.and_then(|round| Some((round.decision_number.as_ref()?, round.decision_date?)));
        match decision {
            Some((number, date)) => {
                let date = date.format("%d/%m/%Y").to_string();
                let values = [("number", number.as_str()), ("date", date.as_str())];
                say(&self.locale, "report.emulation.decided", &values)
            }
            None => {
                let at = local_time(self.board.at);
                say(&self.locale, "report.emulation.provisional", &[("at", &at)])
            }
        }
    }

    /// The rows of one cluster, or of all.
    fn table(&self, cluster: Option<Option<String>>) -> Table {
        let criteria = &self.board.scheme.content.criteria;
        let names = criteria.iter().map(|one| one.name.clone());
        let mut columns = vec![
            self.word("column.rank"),
            self.word("column.unit"),
            self.word("column.cluster"),
        ];
        columns.extend(names);
        columns
            .extend(["adjusted", "total", "band"].map(|key| self.word(&format!("column.{key}"))));
        let wanted = |sheet: &&Sheet| cluster.as_ref().is_none_or(|one| sheet.cluster == *one);
        let rows = self
            .sheets
            .iter()
            .filter(wanted)
            .map(|sheet| self.row(sheet))
            .collect();
        let name = cluster.clone().flatten();
        Table {
            name: name.unwrap_or_else(|| self.word("emulation.no_cluster")),
            head: Head {
                title: match cluster.flatten() {
                    Some(cluster) => format!("{} - {cluster}", self.title()),
                    None => self.title(),
                },
                columns,
            },
            rows,
            total: None,
        }
    }

    fn row(&self, sheet: &Sheet) -> Vec<Cell> {
        let score = &sheet.score;
        let mut cells = vec![
            Cell::of(sheet.rank),
            Cell::from(&sheet.unit_name),
            Cell::of(sheet.cluster.clone()),
        ];
        let line = |line: &Line| match line.applies {
            true => Cell::Decimal(line.counted),
            false => Cell::Empty,
        };
        cells.extend(score.lines.iter().map(line));
        let adjusted = score.floor.as_hundredths() + score.rounding.as_hundredths();
        cells.extend([
            Cell::Decimal(Points::hundredths(adjusted)),
            Cell::of(score.total),
            Cell::of(self.board.scheme.content.band_name(score)),
        ]);
        cells
    }

    /// The table of the decision: who came to what.
    pub(super) fn decision(&self) -> Table {
        let row = |(number, sheet): (i64, &Sheet)| {
            vec![
                Cell::Whole(number),
                Cell::from(&sheet.unit_name),
                Cell::of(sheet.cluster.clone()),
                Cell::of(sheet.rank),
                Cell::of(sheet.score.total),
                Cell::of(self.board.scheme.content.band_name(&sheet.score)),
            ]
        };
        let columns = ["number", "unit", "cluster", "rank", "total", "band"];
        plain(&columns, (1..).zip(&self.sheets).map(row).collect(), None)
    }

    /// What each criterion looks at and how it is computed, the scheme, and whether this is final.
    fn explanations(&self) -> Table {
        let scheme = &self.board.scheme;
        let columns = ["criterion", "group", "points", "looks_at", "formula"];
        let criterion = |one: &Criterion| {
            vec![
                Cell::from(&one.name),
                Cell::of(one.group.clone()),
                Cell::Decimal(one.points),
                selection(one, &self.kinds, &self.locale).into(),
                formula(one, &self.locale).into(),
            ]
        };
        let mut rows: Vec<Vec<Cell>> = scheme.content.criteria.iter().map(criterion).collect();
        let date = scheme
            .document_date
            .map(|date| date.format("%d/%m/%Y").to_string());
        let document = [Some(scheme.document_number.clone()), date];
        let document: Vec<String> = document
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect();
        let notes = [
            (self.word("emulation.scheme"), scheme.content.title.clone()),
            (self.word("emulation.document"), document.join(", ")),
            (self.word("emulation.status"), self.status()),
            (
                self.word("emulation.adjusted"),
                self.word("emulation.adjusted_text"),
            ),
        ];
        rows.extend(notes.map(|(name, text)| {
            vec![
                name.into(),
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                text.into(),
            ]
        }));
        let left_out = self.left_out.iter();
        rows.extend(left_out.map(|(unit, reason)| {
            vec![
                Cell::from(unit),
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::from(reason),
            ]
        }));
        Table {
            name: self.word("emulation.explanations"),
            head: Head {
                title: format!("{} - {}", self.title(), self.word("emulation.explanations")),
                columns: columns
                    .map(|key| self.word(&format!("column.{key}")))
                    .to_vec(),
            },
            rows,
            total: None,
        }
    }
}

/// By cluster, rank and name; sheets without a rank come last in their cluster.
fn order(sheet: &Sheet) -> (bool, Option<String>, i32, String) {
    let cluster = sheet.cluster.as_deref().map(same_key);
    let name = sort_key(&sheet.unit_name);
    (
        cluster.is_none(),
        cluster,
        sheet.rank.unwrap_or(i32::MAX),
        name,
    )
}
