//! The audit trail: one line for every write, in its transaction. Append-only: lines are written,
//! and taken out once they are older than a horizon; triggers of the database refuse everything
//! else.

use diesel::prelude::*;

use super::schema::{audit, audit_horizon};
use super::{Conn, StoreError};

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = audit)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct NewAudit {
    pub at: i64,
    pub actor: String,
    pub person_id: Option<i64>,
    pub action: String,
    pub entity: String,
    pub entity_id: String,
    pub unit_id: Option<i64>,
    pub old: Option<String>,
    pub new: Option<String>,
    pub reason: Option<String>,
    pub request_id: Option<String>,
}

/// Writes a line.
///
/// # Errors
/// Only the database's own.
pub fn insert(conn: &mut Conn, line: &NewAudit) -> Result<(), StoreError> {
    diesel::insert_into(audit::table)
        .values(line)
        .execute(conn)?;
    Ok(())
}

/// Whether the actor has a line of this action about this thing since an instant (microseconds).
///
/// # Errors
/// Only the database's own.
pub fn noted_since(
    conn: &mut Conn,
    actor: &str,
    action: &str,
    (entity, entity_id): (&str, &str),
    since: i64,
) -> Result<bool, StoreError> {
    let same = audit::table
        .filter(
            audit::entity
                .eq(entity.to_owned())
                .and(audit::entity_id.eq(entity_id.to_owned())),
        )
        .filter(
            audit::actor
                .eq(actor.to_owned())
                .and(audit::action.eq(action.to_owned())),
        )
        .filter(audit::at.ge(since));
    Ok(diesel::select(diesel::dsl::exists(same)).get_result(conn)?)
}

/// Takes out at most about `chunk` lines from before an instant (microseconds), in a transaction of
/// the caller; how many. The horizon that the database asks for is there for this statement only;
/// one that was left behind goes.
///
/// # Errors
/// Only the database's own.
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
