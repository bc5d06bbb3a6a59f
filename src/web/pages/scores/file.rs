//! The table of a category's year as a file for spreadsheets.

use chrono::Datelike as _;

use super::Asked;
use super::table::of_cluster;
use crate::domain::text::local_date;
use crate::domain::years;
use crate::service::reports::Cell;
use crate::service::scores::YearRow;
use crate::service::{Error, Tx};
use crate::web::error::Problem;
use crate::web::pages::list::Query;
use crate::web::pages::list_file::{ListFile, Rows};

impl ListFile for Asked {
    const NAME: &'static str = "diem";
    const TITLE: &'static str = "pages.file.scores";
    const COLUMNS: &'static [&'static str] = &[
        "pages.map.cluster",
        "pages.scores.unit_name",
        "pages.scores.rank",
        "pages.scores.computed",
        "pages.scores.self_assessed",
        "pages.scores.reviewed",
        "pages.scores.band",
        "pages.scores.last_year",
        "pages.file.last_rank",
    ];
    /// The table is whole.
    type Behind = ();

    fn asked(query: &Query) -> Result<Self, Problem> {
        let asked: Self = query.read()?;
        if let Some(year) = asked.nam {
            years::check("nam", year)?;
        }
        Ok(asked)
    }

    fn part(
        &self,
        tx: &mut Tx<'_>,
        _behind: Option<()>,
        _locale: &'static str,
    ) -> Result<Rows<()>, Error> {
        let year = self.nam.unwrap_or(local_date(tx.now).year());
        let mut board = self.board(tx, year)?;
        of_cluster(&mut board.rows, &self.cum);
        Ok((board.rows.into_iter().map(cells).collect(), None))
    }
}

fn cells(row: YearRow) -> Vec<Cell> {
    vec![
        Cell::of(row.score.cluster),
        row.score.unit.name.into(),
        Cell::of(row.score.rank),
        Cell::of(row.computed),
        Cell::of(row.self_assessed),
        Cell::of(row.reviewed),
        Cell::of(row.score.band),
        Cell::of(row.last_year.and_then(|last| last.total)),
        Cell::of(row.last_year.and_then(|last| last.rank)),
    ]
}
