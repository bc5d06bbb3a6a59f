//! The audit trail: one line for every write, in its transaction. Lines are added, and deleted once
//! they are older than a horizon; triggers of the database refuse everything else.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::schema::{audit, audit_horizon};
use super::types::{AsText, At};
use super::{Conn, StoreError};
use crate::domain::access::{ActorId, write_shown};
use crate::domain::ids::{PersonId, UnitId};
use crate::domain::trail::Entity;

/// A line of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable, utoipa::ToSchema)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
#[schema(as = TrailLine)]
pub struct AuditRow {
    /// Its number; later lines have higher ones.
    #[diesel(skip_insertion)]
    pub id: i64,
    /// When.
    #[schema(value_type = DateTime<Utc>)]
    pub at: At,
    /// Which actor it was: `person:12`, `token:7`, `cli`, `system`, `anonymous`.
    #[schema(value_type = String)]
    pub actor_id: AsText<ActorId>,
    /// Their name at that time.
    #[serde(serialize_with = "write_shown")]
    pub actor: String,
    /// The person, where it was one.
    pub person_id: Option<PersonId>,
    /// What was done, a verb.
    pub action: String,
    /// To what kind of thing.
    pub entity: String,
    /// To which one.
    pub entity_id: String,
    /// The unit that it concerns.
    pub unit_id: Option<UnitId>,
    /// The value before.
    #[serde(serialize_with = "as_json")]
    #[schema(value_type = Option<Object>)]
    pub old: Option<String>,
    /// The value after.
    #[serde(serialize_with = "as_json")]
    #[schema(value_type = Option<Object>)]
    pub new: Option<String>,
    /// Why, where a reason was asked for.
    pub reason: Option<String>,
    /// The request that it was part of.
    pub request_id: Option<String>,
}

/// The newest line about one thing.
pub fn newest_of(
    conn: &mut Conn,
    entity: Entity,
    id: &str,
) -> Result<Option<AuditRow>, StoreError> {
    let about = AuditRow::query()
        .filter(audit::entity.eq(entity.as_str()))
        .filter(audit::entity_id.eq(id))
        .order(audit::id.desc());
    Ok(about.first(conn).optional()?)
}

/// The lines about these things of one kind, oldest first.
pub fn about(conn: &mut Conn, entity: Entity, ids: &[String]) -> Result<Vec<AuditRow>, StoreError> {
    let about = AuditRow::query()
        .filter(audit::entity.eq(entity.as_str()))
        .filter(audit::entity_id.eq_any(ids))
        .order(audit::id);
    Ok(about.load(conn)?)
}

fn as_json<S: Serializer>(text: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    let value: Option<Value> = text
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(S::Error::custom)?;
    value.serialize(to)
}

/// The newest instant in the trail.
pub fn newest(conn: &mut Conn) -> Result<Option<At>, StoreError> {
    Ok(audit::table
        .order(audit::at.desc())
        .select(audit::at)
        .first(conn)
        .optional()?)
}

/// Writes a line.
pub fn insert(conn: &mut Conn, line: &AuditRow) -> Result<(), StoreError> {
    diesel::insert_into(audit::table)
        .values(line)
        .execute(conn)?;
    Ok(())
}

/// Whether the same actor did the same to the same thing at or after an instant.
pub fn noted_since(
    conn: &mut Conn,
    line: &AuditRow,
    since: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let same = audit::table
        .filter(audit::entity.eq(line.entity.clone()))
        .filter(audit::entity_id.eq(line.entity_id.clone()))
        .filter(audit::actor_id.eq(line.actor_id))
        .filter(audit::action.eq(line.action.clone()))
        .filter(audit::at.ge(At(since)));
    Ok(diesel::select(diesel::dsl::exists(same)).get_result(conn)?)
}

/// Takes out at most about `chunk` lines from before an instant; how many. The horizon that the
/// triggers ask for exists for this statement only; one that was left behind is deleted.
pub fn purge(conn: &mut Conn, before: i64, chunk: i64) -> Result<usize, StoreError> {
    let old = audit::table.filter(audit::at.lt(before));
    let last = old
        .order(audit::at)
        .select(audit::at)
        .offset(chunk - 1)
        .limit(1);
    let until = last.first::<i64>(conn).optional()?.unwrap_or(before - 1);
    diesel::delete(audit_horizon::table).execute(conn)?;
    let horizon = (audit_horizon::id.eq(1), audit_horizon::before.eq(before));
    diesel::insert_into(audit_horizon::table)
        .values(horizon)
        .execute(conn)?;
    let gone = diesel::delete(audit::table.filter(audit::at.le(until))).execute(conn)?;
    diesel::delete(audit_horizon::table).execute(conn)?;
    Ok(gone)
}
