//! Roles granted to people beside their post.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::Serialize;

use super::schema::{role_grant, unit};
use super::types::{At, Json, Word};
use super::{Conn, StoreError};
use crate::domain::access::Role;
use crate::domain::field::Field;
use crate::domain::grant::{Days, HeldRole};
use crate::domain::ids::{GrantId, PersonId, UnitId};
use crate::domain::person::Position;
use crate::domain::text::local_date;

/// A role granted to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable)]
#[diesel(table_name = role_grant)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct RoleGrantRow {
    #[diesel(skip_insertion)]
    pub id: GrantId,
    pub person_id: PersonId,
    pub role: Word<Role>,
    pub unit_id: Option<UnitId>,
    pub position: Word<Position>,
    pub fields: Option<Json<Vec<Field>>>,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub given_by: String,
    pub reason: String,
    pub created_at: At,
    pub revoked_by: Option<String>,
    pub revoked_at: Option<At>,
}

impl RoleGrantRow {
    /// Whether it is valid on a local date; a revoked role is not valid any more.
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        self.revoked_at.is_none() && self.days().contains(date)
    }

    /// The days on which it is valid, unless it was revoked.
    pub fn days(&self) -> Days {
        Days::new(Some(self.valid_from), self.valid_to)
    }

    /// The days on which it was valid; one that was revoked, until the day before.
    #[must_use]
    pub fn days_held(&self) -> Days {
        let revoked_on = self.revoked_at.map(|At(at)| local_date(at));
        let last = revoked_on.and_then(|on| on.pred_opt());
        self.days().shared_with(Days::new(None, last))
    }

    /// What it is to its holder; `own` are the fields of an editor's post.
    pub fn held_role(&self, own: &[Field]) -> HeldRole {
        let fields = if self.role == Role::Editor {
            self.fields.as_deref().map_or(own, Vec::as_slice).to_vec()
        } else {
            Vec::new()
        };
        HeldRole {
            role: *self.role,
            unit_id: self.unit_id,
            position: *self.position,
            fields,
            days: self.days(),
        }
    }
}

/// Writes a granted role; its `id` is set here.
pub fn insert(conn: &mut Conn, mut row: RoleGrantRow) -> Result<RoleGrantRow, StoreError> {
    row.id = diesel::insert_into(role_grant::table)
        .values(&row)
        .returning(role_grant::id)
        .get_result(conn)?;
    Ok(row)
}

/// A granted role by id.
pub fn find(conn: &mut Conn, id: GrantId) -> Result<Option<RoleGrantRow>, StoreError> {
    Ok(RoleGrantRow::query()
        .filter(role_grant::id.eq(id))
        .get_result(conn)
        .optional()?)
}

/// Roles granted under any of these posts of a person, and not revoked.
pub fn of_posts(conn: &mut Conn, people: &[PersonId]) -> Result<Vec<RoleGrantRow>, StoreError> {
    let granted = role_grant::person_id
        .eq_any(people.to_vec())
        .and(role_grant::revoked_at.is_null());
    Ok(RoleGrantRow::query()
        .filter(granted)
        .order(role_grant::id)
        .load(conn)?)
}

/// Roles that were ever granted under any of these posts.
///
/// # Errors
/// Those of the database.
pub fn ever_of_posts(
    conn: &mut Conn,
    people: &[PersonId],
) -> Result<Vec<RoleGrantRow>, StoreError> {
    let mut all = Vec::new();
    for chunk in people.chunks(5_000) {
        let granted = RoleGrantRow::query().filter(role_grant::person_id.eq_any(chunk));
        all.extend(granted.order(role_grant::id).load(conn)?);
    }
    Ok(all)
}

/// Who was ever granted a role (`None`: whatever role) on any of these units.
///
/// # Errors
/// Those of the database.
pub fn ever_on_units(
    conn: &mut Conn,
    role: Option<Role>,
    units: &[UnitId],
) -> Result<Vec<PersonId>, StoreError> {
    let mut all = Vec::new();
    for chunk in units.chunks(5_000) {
        let mut granted = role_grant::table
            .filter(role_grant::unit_id.assume_not_null().eq_any(chunk))
            .select(role_grant::person_id)
            .into_boxed();
        if let Some(role) = role {
            granted = granted.filter(role_grant::role.eq(Word(role)));
        }
        all.extend(granted.load::<PersonId>(conn)?);
    }
    Ok(all)
}

/// Grants of this role on any of these units that are not revoked.
pub fn on_units(
    conn: &mut Conn,
    role: Role,
    units: &[UnitId],
) -> Result<Vec<RoleGrantRow>, StoreError> {
    let mut all = Vec::new();
    for chunk in units.chunks(5_000) {
        let granted = role_grant::role
            .eq(Word(role))
            .and(role_grant::revoked_at.is_null());
        let there = RoleGrantRow::query()
            .filter(granted)
            .filter(role_grant::unit_id.assume_not_null().eq_any(chunk));
        all.extend(there.order(role_grant::id).load(conn)?);
    }
    Ok(all)
}

/// Grants of this role on units of a federation that are not revoked.
pub fn in_federation(
    conn: &mut Conn,
    role: Role,
    federation: UnitId,
) -> Result<Vec<RoleGrantRow>, StoreError> {
    let units = unit::table
        .filter(unit::federation_id.eq(federation))
        .select(unit::id);
    let granted = role_grant::role
        .eq(Word(role))
        .and(role_grant::revoked_at.is_null());
    let there = RoleGrantRow::query()
        .filter(granted)
        .filter(role_grant::unit_id.assume_not_null().eq_any(units));
    Ok(there.order(role_grant::id).load(conn)?)
}

/// All grants of this role that are not revoked.
pub fn with_role(conn: &mut Conn, role: Role) -> Result<Vec<RoleGrantRow>, StoreError> {
    let granted = role_grant::role
        .eq(Word(role))
        .and(role_grant::revoked_at.is_null());
    Ok(RoleGrantRow::query()
        .filter(granted)
        .order(role_grant::id)
        .load(conn)?)
}

/// Revokes a role; `false` if it was revoked before.
pub fn revoke(
    conn: &mut Conn,
    id: GrantId,
    by: &str,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let held = role_grant::table
        .filter(role_grant::id.eq(id))
        .filter(role_grant::revoked_at.is_null());
    let revoked = (
        role_grant::revoked_by.eq(by),
        role_grant::revoked_at.eq(At(at)),
    );
    Ok(diesel::update(held).set(revoked).execute(conn)? == 1)
}
