//! The list of people as a file for spreadsheets.

use super::Filter;
use crate::domain::text::local_date;
use crate::domain::words::say;
use crate::service::overview;
use crate::service::reports::Cell;
use crate::service::{Error, Tx};
use crate::store::views::people::{PeopleQuery, PersonView};
use crate::web::error::Problem;
use crate::web::pages::list::Query;
use crate::web::pages::list_file::{ListFile, ROWS, Rows};

impl ListFile for Filter {
    const NAME: &'static str = "nguoi";
    const TITLE: &'static str = "pages.people.title";
    const COLUMNS: &'static [&'static str] = &[
        "pages.people.name",
        "pages.people.job",
        "pages.people.unit",
        "pages.people.role",
        "pages.file.position",
        "pages.file.address",
        "pages.file.fields",
        "pages.file.from",
        "pages.file.to",
    ];
    /// How many rows come before.
    type Behind = i64;

    fn asked(query: &Query) -> Result<Self, Problem> {
        let filter: Self = query.read()?;
        filter.units()?;
        Ok(filter)
    }

    fn part(
        &self,
        tx: &mut Tx<'_>,
        behind: Option<Self::Behind>,
        locale: &'static str,
    ) -> Result<Rows<Self::Behind>, Error> {
        let skip = behind.unwrap_or_default();
        let query = PeopleQuery {
            skip,
            limit: ROWS,
            ..self.query(local_date(tx.now))?
        };
        let found = overview::people(tx, &query)?;
        let end = skip + i64::try_from(found.people.len()).unwrap_or_default();
        let people = found.people.into_iter();
        let rows = people.map(|line| cells(line.person, locale)).collect();
        Ok((rows, (end < found.total).then_some(end)))
    }
}

fn cells(person: PersonView, locale: &str) -> Vec<Cell> {
    let word = |key: String| say(locale, &key, &[]);
    let role = person
        .role
        .map(|role| word(format!("pages.units.role_name.{}", *role)));
    let position = person
        .position
        .map(|position| word(format!("pages.people.position.{}", *position)));
    let fields = person.fields.map(|fields| fields.0).unwrap_or_default();
    let fields = fields.iter().map(|field| word(format!("field.{field}")));
    let fields: Vec<String> = fields.collect();
    vec![
        person.name.into(),
        Cell::of(person.title),
        person.unit_name.into(),
        Cell::of(role),
        Cell::of(position),
        Cell::of(person.mail),
        Cell::of((!fields.is_empty()).then(|| fields.join("; "))),
        Cell::of(person.active_from),
        Cell::of(person.active_to),
    ]
}
