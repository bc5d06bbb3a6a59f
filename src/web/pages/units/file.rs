//! The list of units as a file for spreadsheets.

use super::Listed;
use crate::domain::ids::UnitId;
use crate::domain::text::local_date;
use crate::domain::words::say;
use crate::service::overview::{self, UnitCount};
use crate::service::reports::Cell;
use crate::service::{Error, Tx};
use crate::store::views::units::UnitQuery;
use crate::web::error::Problem;
use crate::web::pages::list::Query;
use crate::web::pages::list_file::{ListFile, ROWS, Rows};

impl ListFile for Listed {
    const NAME: &'static str = "don-vi";
    const TITLE: &'static str = "pages.units.title";
    const COLUMNS: &'static [&'static str] = &[
        "pages.map.unit",
        "pages.file.code",
        "pages.map.category",
        "pages.map.cluster",
        "pages.units.owed",
    ];
    type Behind = (String, UnitId);

    fn asked(query: &Query) -> Result<Self, Problem> {
        query.read()
    }

    fn part(
        &self,
        tx: &mut Tx<'_>,
        behind: Option<Self::Behind>,
        locale: &'static str,
    ) -> Result<Rows<Self::Behind>, Error> {
        let query = UnitQuery {
            after: behind,
            limit: ROWS,
            ..self.query(local_date(tx.now))
        };
        let found = overview::units(tx, &query)?;
        let is_full = i64::try_from(found.len()).is_ok_and(|read| read == ROWS);
        // a search orders the rows of a part by how well they fit
        let names = found.iter().map(|row| (row.unit.name_sort.clone(), row.unit.id));
        let next = names.max().filter(|_| is_full);
        let cells = |row: UnitCount| {
            let category = format!("pages.category.{}", row.unit.category.0);
            vec![
                row.unit.name.into(),
                row.unit.code.into(),
                say(locale, &category, &[]).into(),
                Cell::of(row.unit.cluster),
                row.owed.into(),
            ]
        };
        Ok((found.into_iter().map(cells).collect(), next))
    }
}
