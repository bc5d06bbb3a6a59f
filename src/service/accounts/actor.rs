//! The actor of a person: named in the audit trail, with the roles of a day.

use crate::domain::access::{Actor, Grant, Role};
use crate::domain::text::local_date;
use crate::service::core::access::grants_of_person;
use crate::service::{App, Tx};
use crate::store::StoreError;
use crate::store::people::PersonRow;

/// A person as the actor of this request, with today's roles.
pub(crate) fn person_actor(tx: &mut Tx<'_>, person: &PersonRow) -> Result<Actor, StoreError> {
    let grants = grants_of_person(tx.conn, person.id, local_date(tx.now))?;
    Ok(Actor {
        request_id: tx.actor.request_id.clone(),
        ..with_grants(person, grants)
    })
}

/// A person as an actor with these roles.
pub(crate) fn with_grants(person: &PersonRow, grants: Vec<Grant>) -> Actor {
    Actor {
        name: format!("person:{} ({})", person.id, person.name),
        grants,
        person_id: Some(person.id),
        request_id: None,
    }
}

/// Whether the settings require a second factor of somebody with these roles.
pub(crate) fn must_have_second_factor(app: &App, actor: &Actor) -> bool {
    app.settings.accounts.require_second_factor
        && actor
            .grants
            .iter()
            .any(|grant| matches!(grant.role, Role::Admin | Role::Department))
}
