//! People: the list, and everything about one of them, as people look at them.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::account::HasAccount;
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::obligation::State;
use crate::domain::person::InService;
use crate::domain::text::local_date;
use crate::service::accounts::{self, AccountView};
use crate::service::core::access::Action;
use crate::service::obligations::standings::{self, Named, ObligationView};
use crate::service::units::roles;
use crate::service::{Error, Tx};
use crate::store::people::{self, PersonRow};
use crate::store::views::people::{self as view, PeopleQuery, PersonView};
use crate::store::views::roles::RoleView;
use crate::store::{units, views};

/// Most pieces of work that are shown of one person.
const WORKS: i64 = 50;

/// A person in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLine {
    /// The person.
    pub person: PersonView,
    /// Their account; `None` where the reader may not know it.
    pub account: Option<Option<AccountView>>,
}

/// A part of the list of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleList {
    /// People, by name.
    pub people: Vec<PersonLine>,
    /// How many there are in the whole list.
    pub total: i64,
    /// Whether the reader manages accounts of some of them.
    pub shows_accounts: bool,
    /// Whether the reader enters people.
    pub may_enter: bool,
}

/// A role beside the post, with the name of its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoleLine {
    /// The role.
    #[serde(flatten)]
    pub role: RoleView,
    /// The name of its unit; none for the whole installation.
    pub unit_name: Option<String>,
}

/// What the reader may do about a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonRights {
    /// Change them, move them, record their last day.
    pub change: bool,
    /// Invite them, and manage their account.
    pub account: bool,
}

/// Everything about one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonRecord {
    /// The person.
    pub person: PersonView,
    /// Every post of theirs, the first one first.
    pub posts: Vec<PersonView>,
    /// Roles granted to them beside the post, newest first.
    pub roles: Vec<RoleLine>,
    /// Their account; `null` without one, and where the reader may not know it.
    pub account: Option<AccountView>,
    /// What they owe themselves and is open.
    pub owes: Vec<ObligationView>,
    /// Who took over when they left.
    pub successor: Option<Named<PersonId>>,
    /// What the reader may do.
    pub may: PersonRights,
}

impl PersonRecord {
    /// The id of their last post: the one that is changed.
    pub fn last_post(&self) -> PersonId {
        self.posts.last().map_or(self.person.id, |post| post.id)
    }
}

/// People that the actor may see, by name. Who asks by accounts gets the people whose accounts they
/// manage.
pub fn people(tx: &mut Tx<'_>, query: &PeopleQuery) -> Result<PeopleList, Error> {
    tx.require_known(query.units)?;
    let scope = match query.account {
        Some(_) => tx.scope_for(Action::ManageAccounts),
        None => tx.scope(),
    };
    let found = view::list(tx.conn, &scope, query)?;
    let total = view::count(tx.conn, &scope, query)?;
    let ids: Vec<PersonId> = found.iter().map(|person| person.id).collect();
    let mut accounts = accounts::of_people(tx, &ids)?;
    let units: Vec<UnitId> = found.iter().map(|person| person.unit_id).collect();
    let managed = tx.scope_for(Action::ManageAccounts);
    let managed = views::seen_in_full(tx.conn, &managed, &units)?;
    let line = |person: PersonView| PersonLine {
        account: managed
            .contains(&person.unit_id)
            .then(|| accounts.remove(&person.id)),
        person,
    };
    Ok(PeopleList {
        people: found.into_iter().map(line).collect(),
        total,
        shows_accounts: tx.require_by_any_role(Action::ManageAccounts).is_ok(),
        may_enter: tx.require_by_any_role(Action::ManageUnits).is_ok(),
    })
}

/// How many people in service have no account, of those whose accounts the actor manages.
pub fn without_account(tx: &mut Tx<'_>) -> Result<i64, Error> {
    let query = PeopleQuery {
        service: Some((InService::Serving, local_date(tx.now))),
        account: Some(HasAccount::None),
        ..PeopleQuery::default()
    };
    Ok(view::count(
        tx.conn,
        &tx.scope_for(Action::ManageAccounts),
        &query,
    )?)
}

/// Everything about one person.
///
/// # Errors
/// [`Error::NotFound`] for somebody of whom the actor may at most know the name.
pub fn person(tx: &mut Tx<'_>, id: PersonId, locale: &str) -> Result<PersonRecord, Error> {
    let roles = roles::list(tx, id)?;
    let scope = tx.scope();
    let person = view::find(tx.conn, &scope, id)?.ok_or_else(|| Error::not_found("person"))?;
    let posts = view::posts_of(tx.conn, &scope, id)?;
    let open = views::obligations::ObligationFilter {
        person_id: Some(id),
        states: vec![State::Open],
        ..Default::default()
    };
    Ok(PersonRecord {
        roles: with_units(tx, roles)?,
        account: accounts::of_people(tx, &[id])?.remove(&id),
        owes: standings::list(tx, &open, WORKS, locale)?,
        successor: successor_of(tx, id)?,
        may: rights(tx, &person)?,
        person,
        posts,
    })
}

/// Roles with the names of their units.
pub(super) fn with_units(tx: &mut Tx<'_>, roles: Vec<RoleView>) -> Result<Vec<RoleLine>, Error> {
    let ids: Vec<UnitId> = roles.iter().filter_map(|role| role.unit_id).collect();
    let names: HashMap<UnitId, String> = units::find_many(tx.conn, &ids)?
        .into_iter()
        .map(|(id, unit)| (id, unit.name))
        .collect();
    let line = |role: RoleView| RoleLine {
        unit_name: role.unit_id.and_then(|id| names.get(&id).cloned()),
        role,
    };
    Ok(roles.into_iter().map(line).collect())
}

fn successor_of(tx: &mut Tx<'_>, id: PersonId) -> Result<Option<Named<PersonId>>, Error> {
    let row: Option<PersonRow> = people::find(tx.conn, id)?;
    let Some(id) = row.and_then(|row| row.successor_id) else {
        return Ok(None);
    };
    let name = |row: PersonRow| Named { id, name: row.name };
    Ok(people::find(tx.conn, id)?.map(name))
}

fn rights(tx: &mut Tx<'_>, person: &PersonView) -> Result<PersonRights, Error> {
    let is_over = match tx.require_authority_over(person.id) {
        Ok(()) => true,
        Err(Error::Forbidden) => false,
        Err(error) => return Err(error),
    };
    Ok(PersonRights {
        change: is_over && tx.may(Action::ManageUnits, person.unit_id)?,
        account: is_over && tx.may(Action::ManageAccounts, person.unit_id)?,
    })
}

/// The name of a unit that the actor sees.
pub fn unit_name(tx: &mut Tx<'_>, id: UnitId) -> Result<String, Error> {
    let unit = views::units::find(tx.conn, &tx.scope(), id)?;
    Ok(unit.ok_or_else(|| Error::not_found("unit"))?.name)
}
