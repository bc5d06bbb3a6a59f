//! The audit trail as a file for spreadsheets, in the words of the page. The file of the API has the
//! words of the program (docs/API.md).

use super::Filter;
use super::words;
use crate::service::accounts::trail::{self, TrailFilter, TrailView};
use crate::service::reports::Cell;
use crate::service::{Error, Tx};
use crate::web::error::Problem;
use crate::web::pages::day_range::DayRange;
use crate::web::pages::layout::actor_name;
use crate::web::pages::list::{Query, last_of_full};
use crate::web::pages::list_file::{ListFile, ROWS, Rows};

impl ListFile for TrailFilter {
    const NAME: &'static str = "nhat-ky";
    const TITLE: &'static str = "pages.trail.title";
    const COLUMNS: &'static [&'static str] = &[
        "pages.trail.at",
        "pages.trail.who",
        "pages.trail.what",
        "pages.trail.kind_label",
        "pages.file.name",
        "pages.people.unit",
        "pages.trail.changed",
        "pages.people.reason",
        "pages.trail.request",
    ];
    /// The id of a line.
    type Behind = i64;

    fn asked(query: &Query) -> Result<Self, Problem> {
        query.read::<Filter>()?.of_list(&DayRange::of(query))
    }

    fn part(
        &self,
        tx: &mut Tx<'_>,
        behind: Option<i64>,
        locale: &'static str,
    ) -> Result<Rows<i64>, Error> {
        let filter = Self {
            before: behind,
            ..self.clone()
        };
        let lines = trail::views(tx, &filter, ROWS)?;
        let next = last_of_full(&lines, ROWS).map(|line| line.row.id);
        let cells = |line| cells(line, locale);
        Ok((lines.into_iter().map(cells).collect(), next))
    }
}

fn cells(line: TrailView, locale: &str) -> Vec<Cell> {
    let change = |one: words::Changed| match one.old {
        Some(old) => format!("{}: {old} → {}", one.label, one.new),
        None => format!("{}: {}", one.label, one.new),
    };
    let changes = words::changes(locale, &line).into_iter().map(change);
    let changes: Vec<String> = changes.collect();
    let row = line.row;
    vec![
        (*row.at).into(),
        actor_name(locale, &row.actor).into(),
        words::action(locale, &row.action).into(),
        words::kind(locale, &row.entity).into(),
        line.name.unwrap_or(row.entity_id).into(),
        Cell::of(line.unit_name),
        changes.join("; ").into(),
        Cell::of(row.reason),
        Cell::of(row.request_id),
    ]
}
