//! The requests for more time that wait as a file for spreadsheets.

use crate::domain::ids::ExtensionId;
use crate::service::obligations::standings::{self, AskedExtension};
use crate::service::reports::Cell;
use crate::service::{Error, Tx};
use crate::web::error::Problem;
use crate::web::pages::list::{Query, last_of_full};
use crate::web::pages::list_file::{ListFile, ROWS, Rows};

/// The requests that wait: the page has no filters.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::pages) struct Waiting;

impl ListFile for Waiting {
    const NAME: &'static str = "gia-han";
    const TITLE: &'static str = "pages.extensions.title";
    const COLUMNS: &'static [&'static str] = &[
        "pages.today.unit",
        "pages.work.work",
        "pages.extensions.now",
        "pages.extensions.until",
        "pages.extensions.why",
        "pages.file.asked_by",
        "pages.file.asked_at",
    ];
    type Behind = ExtensionId;

    fn asked(_query: &Query) -> Result<Self, Problem> {
        Ok(Self)
    }

    fn part(
        &self,
        tx: &mut Tx<'_>,
        behind: Option<Self::Behind>,
        locale: &'static str,
    ) -> Result<Rows<Self::Behind>, Error> {
        let found = standings::asked_extensions(tx, behind, ROWS, locale)?;
        let next = last_of_full(&found, ROWS).map(|asked| asked.extension.id);
        Ok((found.into_iter().map(cells).collect(), next))
    }
}

fn cells(asked: AskedExtension) -> Vec<Cell> {
    let AskedExtension {
        extension,
        obligation,
    } = asked;
    vec![
        obligation.unit.name.into(),
        obligation.title.into(),
        Cell::Time(obligation.due_at.to_utc()),
        Cell::Time(extension.until.to_utc()),
        extension.reason.into(),
        extension.asked_by.into(),
        Cell::Time(extension.asked_at.to_utc()),
    ]
}
