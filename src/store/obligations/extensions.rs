//! Extensions: more time, asked for or granted.

use diesel::prelude::*;

use crate::domain::ids::{ExtensionId, ObligationId};
use crate::domain::obligation::ExtensionState;
use crate::store::schema::extension;
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// An extension, asked for or decided.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = extension, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ExtensionRow {
    #[diesel(skip_insertion)]
    pub id: ExtensionId,
    pub obligation_id: ObligationId,
    pub until: At,
    pub reason: String,
    pub state: Word<ExtensionState>,
    pub asked_by: String,
    pub asked_at: At,
    pub decided_by: Option<String>,
    pub decided_at: Option<At>,
    pub decision_reason: Option<String>,
}

/// The extensions of an obligation, oldest first.
pub fn extensions(
    conn: &mut Conn,
    obligation_id: ObligationId,
) -> Result<Vec<ExtensionRow>, StoreError> {
    Ok(ExtensionRow::query()
        .filter(extension::obligation_id.eq(obligation_id))
        .order(extension::id)
        .load(conn)?)
}

/// An extension by id.
pub fn find_extension(
    conn: &mut Conn,
    id: ExtensionId,
) -> Result<Option<ExtensionRow>, StoreError> {
    Ok(ExtensionRow::query()
        .filter(extension::id.eq(id))
        .get_result(conn)
        .optional()?)
}

/// Writes an extension; its `id` is filled in here.
pub fn insert_extension(
    conn: &mut Conn,
    mut row: ExtensionRow,
) -> Result<ExtensionRow, StoreError> {
    row.id = diesel::insert_into(extension::table)
        .values(&row)
        .returning(extension::id)
        .get_result(conn)?;
    Ok(row)
}

/// Saves the decision on an extension that is still asked for; whether it was.
pub fn decide_extension(conn: &mut Conn, row: &ExtensionRow) -> Result<bool, StoreError> {
    let asked = extension::table
        .filter(extension::id.eq(row.id))
        .filter(extension::state.eq(Word(ExtensionState::Asked)));
    let set = (
        extension::until.eq(row.until),
        extension::state.eq(row.state),
        extension::decided_by.eq(row.decided_by.as_ref()),
        extension::decided_at.eq(row.decided_at),
        extension::decision_reason.eq(row.decision_reason.as_ref()),
    );
    Ok(diesel::update(asked).set(set).execute(conn)? == 1)
}
