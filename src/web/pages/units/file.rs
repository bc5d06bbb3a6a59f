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
use crate::web::pages::list::{Query, last_of_full};
use crate::web::pages::list_file::{ListFile, ROWS, Rows};

impl ListFile for Listed {
    const NAME: &'static str = "don-vi";
    const TITLE: &'static str = "pages.units.title";
    const COLUMNS: &'static [&'static str] = &[
        "pages.map.unit",
        "pages.file.code",
        "pages.map.category",
        "pages.file.above",
        "pages.map.cluster",
        "pages.file.founded",
        "pages.file.address",
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
        // a search orders the rows of a part by how well they fit
        let names = found
            .iter()
            .map(|row| (row.unit.name_sort.clone(), row.unit.id));
        let next = last_of_full(&found, ROWS).and_then(|_| names.max());
        let above = overview::codes_above(tx, &found)?;
        let cells = |row: UnitCount| {
            let unit = row.unit;
            vec![
                unit.name.into(),
                unit.code.into(),
                say(locale, &unit.category.word(), &[]).into(),
                Cell::of(unit.parent_id.and_then(|id| above.get(&id)).cloned()),
                Cell::of(unit.cluster),
                Cell::of(unit.founded_on),
                Cell::of(unit.mail),
                row.owed.into(),
            ]
        };
        Ok((found.into_iter().map(cells).collect(), next))
    }
}
