//! A list of obligations as a file for spreadsheets.

use chrono::Datelike as _;

use super::list::Asked;
use crate::domain::text::local_date;
use crate::domain::words::say;
use crate::service::obligations::standings::{self, AfterWork, ObligationView};
use crate::service::reports::Cell;
use crate::service::{Error, Tx};
use crate::store::views::obligations::ObligationFilter;
use crate::web::error::Problem;
use crate::web::pages::list::{Query, ROWS};
use crate::web::pages::list_file::{ListFile, Rows};

impl ListFile for Asked {
    const NAME: &'static str = "viec";
    const TITLE: &'static str = "pages.work.title";
    const COLUMNS: &'static [&'static str] = &[
        "pages.today.unit",
        "pages.work.work",
        "pages.file.person",
        "pages.work.due",
        "pages.file.arrived",
        "pages.file.required",
        "pages.work.standing",
    ];
    type Behind = AfterWork;

    fn asked(query: &Query) -> Result<Self, Problem> {
        query.read::<Self>()?.checked()
    }

    fn part(
        &self,
        tx: &mut Tx<'_>,
        behind: Option<Self::Behind>,
        locale: &'static str,
    ) -> Result<Rows<Self::Behind>, Error> {
        let this_year = local_date(tx.now).year();
        let filter = ObligationFilter {
            after: behind,
            ..self.filter(tx, this_year)?
        };
        let part = standings::part(tx, &filter, ROWS, locale)?;
        let rows = part.rows.into_iter().map(|work| cells(work, locale));
        Ok((rows.collect(), part.next))
    }
}

fn cells(work: ObligationView, locale: &str) -> Vec<Cell> {
    let standing = format!("obligation.standing.{}", work.standing);
    vec![
        work.unit.name.into(),
        work.title.into(),
        Cell::of(work.person.map(|person| person.name)),
        Cell::Time(work.due_at.to_utc()),
        work.arrived.into(),
        work.required.into(),
        say(locale, &standing, &[]).into(),
    ]
}
