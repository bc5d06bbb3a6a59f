//! The roles that people hold, and who may grant them.

use chrono::{DateTime, NaiveDate, Utc};

use super::{grants_at, refusal};
use crate::domain::access::{Actor, Grant, Role};
use crate::domain::grant::may_grant;
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::text;
use crate::service::Error;
use crate::store::people::PersonRow;
use crate::store::{Conn, StoreError, people, roles};

/// Every role that a person holds on a local date: that of the post while in service, and those
/// granted beside it.
pub fn grants_of_person(
    conn: &mut Conn,
    person_id: PersonId,
    on: NaiveDate,
) -> Result<Vec<Grant>, StoreError> {
    let posts = people::posts_of(conn, person_id)?;
    grants_of_posts(conn, &posts, on)
}

/// [`grants_of_person`] for a person whose posts are known.
pub fn grants_of_posts(
    conn: &mut Conn,
    posts: &[PersonRow],
    on: NaiveDate,
) -> Result<Vec<Grant>, StoreError> {
    let Some(post) = posts.iter().rev().find(|row| row.active_on(on)) else {
        return Ok(Vec::new());
    };
    let mut grants = vec![Grant::on(*post.role, post.unit_id)];
    // roles granted beside a post stay when the person moves to another one
    let granted = roles::of_posts(conn, &ids(posts))?;
    let valid = granted.into_iter().filter(|row| row.holds_on(on));
    grants.extend(valid.map(|row| Grant {
        role: *row.role,
        unit_id: row.unit_id,
        fields: row.fields.map(|fields| fields.0),
    }));
    Ok(grants)
}

/// Checks that the actor may grant `role` on a unit (`None` = the whole installation): they manage
/// the unit by a role that is at least as high. Departments grant every role but `admin`.
///
/// # Errors
/// [`Error::NotFound`] if the actor may not even see the unit, [`Error::Forbidden`].
pub fn require_may_grant(
    conn: &mut Conn,
    actor: &Actor,
    role: Role,
    target: Option<UnitId>,
) -> Result<(), Error> {
    let Some(target) = target else {
        let mut everywhere = actor.grants.iter().filter(|grant| grant.unit_id.is_none());
        let allowed = everywhere.any(|grant| may_grant(grant.role, role));
        return allowed.then_some(()).ok_or(Error::Forbidden);
    };
    let grants = grants_at(conn, actor, target)?;
    if grants.iter().any(|(grant, _)| may_grant(grant.role, role)) {
        Ok(())
    } else {
        Err(refusal(&grants))
    }
}

/// Checks that the actor has authority over the human behind a person: they may grant every role
/// that the human holds or will hold, by the posts and beside them, and that of the last post.
/// Otherwise an actor could take over, by way of an account, a role that they may not grant.
pub fn require_authority_over(
    conn: &mut Conn,
    actor: &Actor,
    person_id: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let today = text::local_date(now);
    let goes_on = |to: Option<NaiveDate>| to.is_none_or(|to| today <= to);
    let posts = people::posts_of(conn, person_id)?;
    let last = posts.last().map(|row| row.id);
    let by_post = posts
        .iter()
        .filter(|row| Some(row.id) == last || goes_on(row.active_to))
        .map(|row| (*row.role, Some(row.unit_id)));
    let granted = roles::of_posts(conn, &ids(&posts))?;
    let beside = granted
        .iter()
        .filter(|row| goes_on(row.valid_to))
        .map(|row| (*row.role, row.unit_id));
    for (role, unit) in by_post.chain(beside) {
        match require_may_grant(conn, actor, role, unit) {
            Err(Error::NotFound { .. }) => return Err(Error::Forbidden),
            checked => checked?,
        }
    }
    Ok(())
}

fn ids(posts: &[PersonRow]) -> Vec<PersonId> {
    posts.iter().map(|row| row.id).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Action, ROLES, Reach, table::reach};
    use super::*;

    #[test]
    fn roles_are_granted_by_those_who_manage_units_and_admin_by_those_who_operate() {
        for granter in ROLES {
            for role in ROLES {
                let action = if role == Role::Admin {
                    Action::Operate
                } else {
                    Action::ManageUnits
                };
                let in_table = reach(granter, action);
                let expected = if may_grant(granter, role) {
                    Reach::Below
                } else {
                    Reach::No
                };
                assert_eq!(in_table, expected, "{granter} grants {role}");
            }
        }
    }
}
