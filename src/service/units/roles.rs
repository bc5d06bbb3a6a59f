//! Roles beside the post: granting them to people, for a time or for good, and revoking them.
//!
//! An actor grants a role over a unit only if they hold one as high there
//! ([`Tx::require_may_grant`]).

use crate::domain::access::Role;
use crate::domain::error::Invalid;
use crate::domain::grant::NewRoleGrant;
use crate::domain::ids::{GrantId, PersonId, UnitId};
use crate::domain::text;
use crate::service::core::access::Action;
use crate::service::core::audit::AuditLine;
use crate::service::obligations::personal::tenures_changed;
use crate::service::units::administrators::Administered;
use crate::service::{Error, Tx};
use crate::store::people::{self, PersonRow};
use crate::store::roles::{self as rows, RoleGrantRow};
use crate::store::types::Json;
use crate::store::views::roles::{self as views, RoleView};
use crate::store::{Conn, StoreError, units};

/// Every role that was ever granted to the human behind a person, newest first, without those of
/// the posts.
///
/// # Errors
/// [`Error::NotFound`] for a person of whom the actor may at most know the name.
pub fn list(tx: &mut Tx<'_>, person_id: PersonId) -> Result<Vec<RoleView>, Error> {
    let posts = ids_of_posts(tx.conn, person_id)?;
    let own = tx.actor.person_id.is_some_and(|own| posts.contains(&own));
    let action = if own {
        Action::Read
    } else {
        Action::ReadPeople
    };
    tx.load::<PersonRow>(person_id, action, None)?;
    let mut shown = Vec::new();
    for row in views::of_posts(tx.conn, &posts)? {
        // of the roles granted under an earlier or later post, those on units that the actor sees
        let seen = own
            || row.person_id == person_id
            || match row.unit_id {
                Some(unit) => tx.may(Action::Read, unit)?,
                None => false,
            };
        if seen {
            shown.push(row);
        }
    }
    Ok(shown)
}

/// Grants a person a role.
///
/// # Errors
/// All faults of the input at once; [`Error::Conflict`] for a role that the person holds already;
/// [`Error::NotFound`]; [`Error::Forbidden`] over a unit on which the actor holds no role as high.
pub fn grant(
    tx: &mut Tx<'_>,
    person_id: PersonId,
    new: &NewRoleGrant,
) -> Result<RoleGrantRow, Error> {
    let person: PersonRow = tx.load(person_id, Action::ManageUnits, None)?;
    let new = checked(tx, new)?;
    tx.require_may_grant(new.role, new.unit_id)?;
    let row = row_of(tx, person_id, new);
    let posts = ids_of_posts(tx.conn, person_id)?;
    let granted = rows::of_posts(tx.conn, &posts)?;
    let same = |other: &RoleGrantRow| {
        (other.role, other.unit_id) == (row.role, row.unit_id)
            && (other.position, &other.fields) == (row.position, &row.fields)
            && other.days().overlaps(row.days())
    };
    if granted.iter().any(same) {
        return Err(Error::Conflict(Invalid::new("role", "role_held")));
    }
    let row = rows::insert(tx.conn, row)?;
    audit(tx, "give", &row, &person)
        .reason(row.reason.as_str())
        .new_value(&row)
        .record()?;
    tenures_changed(tx, &[person.human()], text::local_midnight(row.valid_from))?;
    Ok(row)
}

/// The input, checked; its unit has to be one that the actor may see.
fn checked(tx: &mut Tx<'_>, new: &NewRoleGrant) -> Result<NewRoleGrant, Error> {
    let mut faults = Vec::new();
    if let Some(unit) = new.unit_id {
        let known = match tx.require(Action::Read, unit) {
            Ok(()) => units::find(tx.conn, unit)?.is_some(),
            Err(Error::NotFound { .. }) => false,
            Err(error) => return Err(error),
        };
        if !known {
            faults.push(Invalid::new("unit_id", "not_found").with("value", unit));
        }
    }
    match new.clone().checked(text::local_date(tx.now)) {
        Ok(new) if faults.is_empty() => Ok(new),
        Ok(_) => Err(Error::Invalid(faults)),
        Err(more) => {
            faults.extend(more);
            Err(Error::Invalid(faults))
        }
    }
}

fn row_of(tx: &Tx<'_>, person_id: PersonId, new: NewRoleGrant) -> RoleGrantRow {
    RoleGrantRow {
        id: GrantId::NONE,
        person_id,
        role: new.role.into(),
        unit_id: new.unit_id,
        position: new.position.into(),
        fields: new.fields.map(Json),
        valid_from: new.valid_from.unwrap_or_else(|| text::local_date(tx.now)),
        valid_to: new.valid_to,
        given_by: tx.actor.name.clone(),
        reason: new.reason,
        created_at: tx.now.into(),
        revoked_by: None,
        revoked_at: None,
    }
}

/// Revokes a role at once. A role that was revoked before stays as it is.
///
/// # Errors
/// Without a reason; [`Error::Conflict`] for the last administrator; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn revoke(
    tx: &mut Tx<'_>,
    person_id: PersonId,
    id: GrantId,
    reason: &str,
) -> Result<RoleGrantRow, Error> {
    let person: PersonRow = tx.load(person_id, Action::Read, None)?;
    let posts = ids_of_posts(tx.conn, person_id)?;
    let before = rows::find(tx.conn, id)?
        .filter(|row| posts.contains(&row.person_id))
        .ok_or_else(|| Error::not_found("role"))?;
    let reason = text::paragraph("reason", reason)?;
    require_may_grant_seen(tx, *before.role, before.unit_id)?;
    if before.revoked_at.is_some() {
        return Ok(before);
    }
    let administered = Administered::by(tx.conn, person_id, tx.now)?;
    rows::revoke(tx.conn, id, &tx.actor.name, tx.now)?;
    administered.require_still(tx.conn)?;
    let after = rows::find(tx.conn, id)?.ok_or_else(|| Error::not_found("role"))?;
    audit(tx, "revoke", &before, &person)
        .reason(reason.as_str())
        .old(&before)
        .new_value(&after)
        .record()?;
    let today = text::local_midnight(text::local_date(tx.now));
    tenures_changed(tx, &[person.human()], today)?;
    Ok(after)
}

/// [`Tx::require_may_grant`] for a role that the actor sees with its holder, even if they may not
/// see its unit.
pub(super) fn require_may_grant_seen(
    tx: &mut Tx<'_>,
    role: Role,
    unit_id: Option<UnitId>,
) -> Result<(), Error> {
    match tx.require_may_grant(role, unit_id) {
        Err(Error::NotFound { .. }) => Err(Error::Forbidden),
        checked => checked,
    }
}

fn ids_of_posts(conn: &mut Conn, person_id: PersonId) -> Result<Vec<PersonId>, StoreError> {
    let posts = people::posts_of(conn, person_id)?;
    Ok(posts.iter().map(|row| row.id).collect())
}

fn audit<'t>(
    tx: &'t mut Tx<'_>,
    action: &str,
    row: &RoleGrantRow,
    person: &PersonRow,
) -> AuditLine<'t> {
    tx.audit(action, "role", row.id)
        .unit(row.unit_id.unwrap_or(person.unit_id))
}
