//! People as lists show them.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::domain::access::{Role, Scope};
use crate::domain::text;
use crate::store::schema::{person, unit, unit_ancestor};
use crate::store::{Conn, StoreError};

/// A person with the unit they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct PersonView {
    pub id: i64,
    pub unit_id: i64,
    pub unit_code: String,
    pub unit_name: String,
    pub name: String,
    pub title: Option<String>,
    pub mail: Option<String>,
    pub role: String,
    pub position: String,
    /// JSON list of fields of work.
    pub fields: String,
    pub active_from: Option<NaiveDate>,
    pub active_to: Option<NaiveDate>,
    pub version: i32,
    pub name_sort: String,
}

/// How far down a list reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// The unit and all below it.
    #[default]
    Below,
    /// The unit itself.
    Own,
}

/// Which people to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleQuery {
    /// Of this unit; of all, if absent.
    pub unit_id: Option<i64>,
    /// Only of the unit itself, or of all below it too.
    pub reach: Reach,
    /// Only with this role.
    pub role: Option<Role>,
    /// Only those in service on this local date.
    pub active_on: Option<NaiveDate>,
    /// Part of the name, with or without diacritics.
    pub search: Option<String>,
    /// Cursor: only who comes after this `name_sort` and id.
    pub after: Option<(String, i64)>,
    /// At most so many.
    pub limit: i64,
}

impl Default for PeopleQuery {
    fn default() -> Self {
        let reach = Reach::default();
        Self { unit_id: None, reach, role: None, active_on: None, search: None, after: None, limit: 100 }
    }
}

/// People that the reader may see, by name.
///
/// # Errors
/// Only the database's own.
pub fn list(conn: &mut Conn, scope: Scope, query: &PeopleQuery) -> Result<Vec<PersonView>, StoreError> {
    let mut people = person::table.inner_join(unit::table.on(unit::id.eq(person::unit_id))).into_boxed();
    if let Scope::Below(home) = scope {
        people = people.filter(person::unit_id.eq_any(below(home)));
    }
    match (query.unit_id, query.reach) {
        (None, _) => {}
        (Some(of), Reach::Own) => people = people.filter(person::unit_id.eq(of)),
        (Some(of), Reach::Below) => people = people.filter(person::unit_id.eq_any(below(of))),
    }
    if let Some(role) = query.role {
        people = people.filter(person::role.eq(role.as_str()));
    }
    if let Some(date) = query.active_on {
        people = people
            .filter(person::active_from.is_null().or(person::active_from.le(date)))
            .filter(person::active_to.is_null().or(person::active_to.ge(date)));
    }
    if let Some(part) = &query.search {
        people = people.filter(person::name_folded.like(pattern(part)).escape('\\'));
    }
    if let Some((name, id)) = &query.after {
        let later = person::name_sort.eq(name.clone()).and(person::id.gt(*id));
        people = people.filter(person::name_sort.gt(name.clone()).or(later));
    }
    Ok(people.order((person::name_sort, person::id)).limit(query.limit).select(COLUMNS).load(conn)?)
}

/// A person that the reader may see.
///
/// # Errors
/// Only the database's own.
pub fn find(conn: &mut Conn, scope: Scope, id: i64) -> Result<Option<PersonView>, StoreError> {
    let mut people =
        person::table.inner_join(unit::table.on(unit::id.eq(person::unit_id))).filter(person::id.eq(id)).into_boxed();
    if let Scope::Below(home) = scope {
        people = people.filter(person::unit_id.eq_any(below(home)));
    }
    Ok(people.select(COLUMNS).first(conn).optional()?)
}

type Columns = (
    person::id,
    person::unit_id,
    unit::code,
    unit::name,
    person::name,
    person::title,
    person::mail,
    person::role,
    person::position,
    person::fields,
    person::active_from,
    person::active_to,
    person::version,
    person::name_sort,
);

const COLUMNS: Columns = (
    person::id,
    person::unit_id,
    unit::code,
    unit::name,
    person::name,
    person::title,
    person::mail,
    person::role,
    person::position,
    person::fields,
    person::active_from,
    person::active_to,
    person::version,
    person::name_sort,
);

#[diesel::dsl::auto_type(no_type_alias)]
fn below(home: i64) -> _ {
    unit_ancestor::table.filter(unit_ancestor::ancestor_id.eq(home)).select(unit_ancestor::unit_id)
}

/// What `LIKE` looks for: the folded text anywhere, its own wildcards taken literally.
pub(super) fn pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in text::fold(part.trim()).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
