//! People as lists show them.

use chrono::NaiveDate;
use diesel::dsl;
use diesel::prelude::*;
use serde::Serialize;

use super::part;
use super::visible::{in_full, seen};
use crate::domain::access::{Role, Scope, Units};
use crate::domain::account::HasAccount;
use crate::domain::field::Field;
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::person::{InService, Position};
use crate::domain::text;
use crate::store::schema::{account, person, unit};
use crate::store::types::{Json, Word};
use crate::store::{Conn, StoreError};

/// A person with the unit they belong to. Contributors see the names of their colleagues, and
/// nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Serialize, utoipa::ToSchema)]
#[schema(as = PersonBody)]
pub struct PersonView {
    /// Their id.
    pub id: PersonId,
    /// The unit they belong to.
    pub unit_id: UnitId,
    /// The unit's code.
    pub unit_code: String,
    /// The unit's name.
    pub unit_name: String,
    /// Full name.
    pub name: String,
    /// Title.
    pub title: Option<String>,
    /// Mail address.
    pub mail: Option<String>,
    /// What they may do by their post.
    #[schema(value_type = Option<Role>)]
    pub role: Option<Word<Role>>,
    /// What they are in the unit.
    #[schema(value_type = Option<Position>)]
    pub position: Option<Word<Position>>,
    /// Their fields of work.
    #[schema(value_type = Option<Vec<Field>>)]
    pub fields: Option<Json<Vec<Field>>>,
    /// First day in service; `null`: always.
    pub active_from: Option<NaiveDate>,
    /// Last day in service; `null`: open.
    pub active_to: Option<NaiveDate>,
    /// Goes up with every change.
    pub version: i32,
    /// By which lists are sorted.
    #[serde(skip)]
    pub name_sort: String,
}

/// Which people to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleQuery {
    /// Of these units; of all, if absent.
    pub units: Option<Units>,
    /// Only with this role.
    pub role: Option<Role>,
    /// Only those in service on this local date.
    pub active_on: Option<NaiveDate>,
    /// Only those who are so on this local date.
    pub service: Option<(InService, NaiveDate)>,
    /// Only with such an account. The caller checks that the reader may know it.
    pub account: Option<HasAccount>,
    /// Part of the name, with or without diacritics.
    pub search: Option<String>,
    /// With exactly this mail address.
    pub mail: Option<String>,
    /// Part of the unit's name, with or without diacritics, or of its code.
    pub unit_search: Option<String>,
    /// Cursor: only who comes after this `name_sort` and id.
    pub after: Option<(String, PersonId)>,
    /// So many are left out at the beginning.
    pub skip: i64,
    /// At most so many.
    pub limit: i64,
}

impl Default for PeopleQuery {
    fn default() -> Self {
        Self {
            units: None,
            role: None,
            active_on: None,
            service: None,
            account: None,
            search: None,
            mail: None,
            unit_search: None,
            after: None,
            skip: 0,
            limit: 100,
        }
    }
}

/// Adds the conditions of a query to a boxed query over people and their units.
macro_rules! filtered {
    ($people:expr, $scope:expr, $query:expr) => {{
        let (scope, query): (&Scope, &PeopleQuery) = ($scope, $query);
        let mut people = $people.filter(seen(scope, person::unit_id));
        if let Some(of) = query.units {
            people = people.filter(person::unit_id.eq_any(part(of.unit_id, of.depth())));
        }
        if let Some(role) = query.role {
            people = people.filter(person::role.eq(Word(role)));
        }
        let serving = query.active_on.map(|date| (InService::Serving, date));
        for (service, date) in query.service.into_iter().chain(serving) {
            let came = person::active_from
                .is_null()
                .or(person::active_from.le(date));
            let stays = person::active_to.is_null().or(person::active_to.ge(date));
            people = match service {
                InService::Serving => people.filter(came).filter(stays),
                InService::Left => people.filter(person::active_to.lt(date)),
                InService::Coming => people.filter(person::active_from.gt(date)),
            };
        }
        if let Some(account) = query.account {
            let states: Vec<_> = account.states().iter().copied().map(Word).collect();
            let owners = account::table
                .filter(account::state.eq_any(states))
                .select(account::person_id);
            let same = diesel::alias!(person as same);
            let humans = same
                .filter(same.field(person::id).eq_any(owners))
                .select(same.field(person::first_id));
            people = match account {
                HasAccount::None => people.filter(person::first_id.ne_all(humans)),
                _ => people.filter(person::first_id.eq_any(humans)),
            };
        }
        if let Scope::Own(own) = scope
            && own.as_contributor()
            && (query.role.is_some()
                || query.active_on.is_some()
                || query.service.is_some()
                || query.mail.is_some())
        {
            // what is not shown of a colleague must not be found out by a filter
            let known = in_full(scope, person::unit_id);
            let own = own.person_id.unwrap_or(PersonId::NONE);
            people = people.filter(known.or(person::id.eq(own)));
        }
        if let Some(part) = &query.search {
            people = people.filter(person::name_folded.like(pattern(part)).escape('\\'));
        }
        if let Some(mail) = &query.mail {
            people = people.filter(person::mail.eq(mail.clone()));
        }
        if let Some(part) = &query.unit_search {
            let named = unit::name_folded.like(pattern(part)).escape('\\');
            people = people.filter(named.or(unit::code.like(pattern(part)).escape('\\')));
        }
        if let Some((name, id)) = &query.after {
            let later = person::name_sort.eq(name.clone()).and(person::id.gt(*id));
            people = people.filter(person::name_sort.gt(name.clone()).or(later));
        }
        people
    }};
}

/// People that the reader may see, by name.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    query: &PeopleQuery,
) -> Result<Vec<PersonView>, StoreError> {
    let people = person::table
        .inner_join(unit::table.on(unit::id.eq(person::unit_id)))
        .into_boxed();
    let found = filtered!(people, scope, query)
        .order((person::name_sort, person::id))
        .offset(query.skip)
        .limit(query.limit)
        .select(columns())
        .load(conn)?;
    without_hidden(conn, scope, found)
}

/// How many people a list shows.
pub fn count(conn: &mut Conn, scope: &Scope, query: &PeopleQuery) -> Result<i64, StoreError> {
    let all = person::table
        .inner_join(unit::table.on(unit::id.eq(person::unit_id)))
        .select(dsl::count_star())
        .into_boxed();
    Ok(filtered!(all, scope, query).get_result(conn)?)
}

/// Every post of the human behind a person, as far as the reader sees its unit; the first one first.
pub fn posts_of(
    conn: &mut Conn,
    scope: &Scope,
    id: PersonId,
) -> Result<Vec<PersonView>, StoreError> {
    let same = diesel::alias!(person as same);
    let first = same
        .filter(same.field(person::id).eq(id))
        .select(same.field(person::first_id));
    let found = person::table
        .inner_join(unit::table.on(unit::id.eq(person::unit_id)))
        .filter(person::first_id.eq_any(first))
        .filter(seen(scope, person::unit_id))
        .order(person::id)
        .select(columns())
        .load(conn)?;
    without_hidden(conn, scope, found)
}

/// A person that the reader may see.
pub fn find(
    conn: &mut Conn,
    scope: &Scope,
    id: PersonId,
) -> Result<Option<PersonView>, StoreError> {
    let mut people = person::table
        .inner_join(unit::table.on(unit::id.eq(person::unit_id)))
        .filter(person::id.eq(id))
        .into_boxed();
    people = people.filter(seen(scope, person::unit_id));
    let found = people.select(columns()).load(conn)?;
    Ok(without_hidden(conn, scope, found)?.pop())
}

/// Removes what contributors do not see of their colleagues: all but the names.
fn without_hidden(
    conn: &mut Conn,
    scope: &Scope,
    mut found: Vec<PersonView>,
) -> Result<Vec<PersonView>, StoreError> {
    let own = match scope {
        Scope::Own(own) if own.as_contributor() => own,
        _ => return Ok(found),
    };
    let units: Vec<UnitId> = found.iter().map(|person| person.unit_id).collect();
    let known = super::seen_in_full(conn, scope, &units)?;
    for person in &mut found {
        if own.person_id != Some(person.id) && !known.contains(&person.unit_id) {
            person.title = None;
            person.mail = None;
            person.role = None;
            person.position = None;
            person.fields = None;
            person.active_from = None;
            person.active_to = None;
        }
    }
    Ok(found)
}

type Columns = (
    person::id,
    person::unit_id,
    unit::code,
    unit::name,
    person::name,
    person::title,
    person::mail,
    dsl::Nullable<person::role>,
    dsl::Nullable<person::position>,
    dsl::Nullable<person::fields>,
    person::active_from,
    person::active_to,
    person::version,
    person::name_sort,
);

fn columns() -> Columns {
    (
        person::id,
        person::unit_id,
        unit::code,
        unit::name,
        person::name,
        person::title,
        person::mail,
        person::role.nullable(),
        person::position.nullable(),
        person::fields.nullable(),
        person::active_from,
        person::active_to,
        person::version,
        person::name_sort,
    )
}

/// A pattern for `LIKE`: the folded text anywhere, its wildcards escaped.
pub(super) fn pattern(part: &str) -> String {
    pattern_of(&text::fold(part))
}

/// A pattern for `LIKE`: the text anywhere as it is written, its wildcards escaped.
pub(crate) fn pattern_of(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
