//! A person as whoever acts: by name in the trail, with the rights of a day.

use chrono::{DateTime, Utc};

use crate::domain::access::{Actor, Grant, Role};
use crate::domain::text::local_date;
use crate::service::App;
use crate::service::core::access::grants_of_person;
use crate::store::people::PersonRow;
use crate::store::{Conn, StoreError};

/// A person as the trail knows them, with the rights of that day.
pub(crate) fn person_actor(
    conn: &mut Conn,
    person: &PersonRow,
    now: DateTime<Utc>,
) -> Result<Actor, StoreError> {
    Ok(acting(
        person,
        grants_of_person(conn, person.id, local_date(now))?,
    ))
}

/// [`person_actor`] with rights that are known.
pub(crate) fn acting(person: &PersonRow, grants: Vec<Grant>) -> Actor {
    Actor::person(person.id, &person.name, grants)
}

/// Whether the house asks somebody with these roles for a second factor.
pub(crate) fn must_have(app: &App, actor: &Actor) -> bool {
    let high = actor
        .grants
        .iter()
        .any(|grant| matches!(grant.role, Role::Admin | Role::Department));
    app.settings.accounts.require_second_factor && high
}
