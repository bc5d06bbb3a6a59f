//! The audit trail: one line for every write, in its transaction. Append-only.

use diesel::prelude::*;

use super::schema::audit;
use super::{Conn, StoreError};

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = audit)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct NewAudit {
    pub at: i64,
    pub actor: String,
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
    diesel::insert_into(audit::table).values(line).execute(conn)?;
    Ok(())
}
