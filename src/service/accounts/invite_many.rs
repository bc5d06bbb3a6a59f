//! Inviting several people at once: those in service who have no account.

use std::collections::HashMap;

use serde::Deserialize;

use super::manage::invite;
use crate::domain::account::{HasAccount, NewAccount};
use crate::domain::error::Invalid;
use crate::domain::ids::PersonId;
use crate::domain::person::InService;
use crate::domain::text::local_date;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::views::people::{self as view, PeopleQuery, PersonView};

/// The most people at once.
const MANY: usize = 200;

/// People who are to be invited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteMany {
    /// Their numbers, at most 200.
    pub ids: Vec<PersonId>,
}

/// People in service without an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uninvited {
    /// Those who can be invited: they have a mail address. At most 200.
    pub people: Vec<PersonView>,
    /// Those who can't be yet.
    pub without_mail: Vec<PersonView>,
    /// How many there are in all.
    pub total: i64,
}

/// What came of inviting one of several people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The person.
    pub person_id: PersonId,
    /// Why they are not invited; nothing for somebody who is.
    pub fault: Option<Invalid>,
}

/// People in service without an account, whose accounts the actor manages, by name.
///
/// # Errors
/// [`Error::Forbidden`] for somebody who manages no accounts.
pub fn uninvited(tx: &mut Tx<'_>) -> Result<Uninvited, Error> {
    tx.require_by_any_role(Action::ManageAccounts)?;
    let scope = tx.scope_for(Action::ManageAccounts);
    let query = PeopleQuery {
        service: Some((InService::Serving, local_date(tx.now))),
        account: Some(HasAccount::None),
        limit: MANY as i64,
        ..PeopleQuery::default()
    };
    let found = view::list(tx.conn, &scope, &query)?;
    let total = view::count(tx.conn, &scope, &query)?;
    let has_mail = |person: &PersonView| person.mail.is_some();
    let (people, without_mail) = found.into_iter().partition(has_mail);
    Ok(Uninvited {
        people,
        without_mail,
        total,
    })
}

/// [`uninvited`], and why some of them would not be invited: it is tried and undone. Those are no longer
/// among the people who can be invited. `left_out` are people who were not invited before: why not is
/// told also of those who have an account by now.
///
/// # Errors
/// As [`uninvited`].
pub fn foresee_invitations(
    tx: &mut Tx<'_>,
    left_out: &[PersonId],
) -> Result<(Uninvited, Vec<(PersonView, Invalid)>), Error> {
    let mut found = uninvited(tx)?;
    let scope = tx.scope_for(Action::ManageAccounts);
    for id in left_out
        .iter()
        .take(MANY.saturating_sub(found.people.len()))
    {
        let known = found.people.iter().chain(&found.without_mail);
        if known.map(|person| person.id).any(|known| known == *id) {
            continue;
        }
        found.people.extend(view::find(tx.conn, &scope, *id)?);
    }
    let ids: Vec<PersonId> = found.people.iter().map(|person| person.id).collect();
    if ids.is_empty() {
        return Ok((found, Vec::new()));
    }
    let tried = tx.rehearse(|tx| invite_many(tx, &InviteMany { ids }))?;
    let mut faults: HashMap<PersonId, Invalid> = tried
        .into_iter()
        .filter_map(|one| Some((one.person_id, one.fault?)))
        .collect();
    let (mut people, mut refused) = (Vec::new(), Vec::new());
    for person in found.people {
        match faults.remove(&person.id) {
            Some(fault) => refused.push((person, fault)),
            None => people.push(person),
        }
    }
    found.people = people;
    Ok((found, refused))
}

/// Invites these people at their own addresses, and answers person by person. One who can't be
/// invited is left out with the reason; the others are.
///
/// # Errors
/// `required` or `invite_too_many` on `ids`; [`Error::Forbidden`] for somebody who manages no
/// accounts; then nobody is invited.
pub fn invite_many(tx: &mut Tx<'_>, many: &InviteMany) -> Result<Vec<Invited>, Error> {
    tx.require_by_any_role(Action::ManageAccounts)?;
    let mut ids = many.ids.clone();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Err(Invalid::new("ids", "required").into());
    }
    if ids.len() > MANY {
        let fault = Invalid::new("ids", "invite_too_many").with("max", MANY);
        return Err(fault.into());
    }
    let mut all = Vec::with_capacity(ids.len());
    for person_id in ids {
        let new = NewAccount {
            person_id,
            mail: None,
        };
        let fault = match tx.attempt(|tx| invite(tx, &new)) {
            Ok(_) => None,
            Err(Error::Conflict(fault)) => Some(fault),
            Err(Error::Invalid(faults)) => faults.into_iter().next(),
            Err(Error::Forbidden) => Some(Invalid::new("person_id", "invite_not_yours")),
            Err(error) => return Err(error),
        };
        all.push(Invited { person_id, fault });
    }
    Ok(all)
}
