//! Roles that were granted beside a post, as lists show them.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use crate::domain::access::{Role, write_shown, write_shown_if_any};
use crate::domain::field::Field;
use crate::domain::ids::{GrantId, PersonId, UnitId};
use crate::domain::person::Position;
use crate::store::schema::role_grant;
use crate::store::types::{At, Json, Word};
use crate::store::{Conn, StoreError};

/// A role granted to a person beside the post.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Serialize, utoipa::ToSchema)]
#[diesel(table_name = role_grant)]
#[schema(as = RoleBody)]
pub struct RoleView {
    /// Its number.
    pub id: GrantId,
    /// The person.
    pub person_id: PersonId,
    /// What they may do.
    #[schema(value_type = Role)]
    pub role: Word<Role>,
    /// The unit on which the role is held; `null` = the whole installation.
    pub unit_id: Option<UnitId>,
    /// What they are there by it.
    #[schema(value_type = Position)]
    pub position: Word<Position>,
    /// Of editors: the fields that it is for, `[]` = every field; `null`: the person's own.
    #[schema(value_type = Option<Vec<Field>>)]
    pub fields: Option<Json<Vec<Field>>>,
    /// First local day.
    pub valid_from: NaiveDate,
    /// Last local day; `null`: open.
    pub valid_to: Option<NaiveDate>,
    /// Who granted it.
    #[serde(serialize_with = "write_shown")]
    pub given_by: String,
    /// Why.
    pub reason: String,
    /// When it was granted.
    #[diesel(column_name = created_at)]
    pub given_at: At,
    /// Who revoked it.
    #[serde(serialize_with = "write_shown_if_any")]
    pub revoked_by: Option<String>,
    /// When it was revoked; it is not valid any more since then.
    pub revoked_at: Option<At>,
}

/// Roles by id, in the order in which they were granted.
pub fn find_many(conn: &mut Conn, ids: &[GrantId]) -> Result<Vec<RoleView>, StoreError> {
    Ok(RoleView::query()
        .filter(role_grant::id.eq_any(ids.to_vec()))
        .order(role_grant::id)
        .load(conn)?)
}

/// Roles that were ever granted under any of these posts of a person, newest first.
pub fn of_posts(conn: &mut Conn, posts: &[PersonId]) -> Result<Vec<RoleView>, StoreError> {
    Ok(RoleView::query()
        .filter(role_grant::person_id.eq_any(posts.to_vec()))
        .order(role_grant::id.desc())
        .load(conn)?)
}
