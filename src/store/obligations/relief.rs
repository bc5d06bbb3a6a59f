//! Extensions and exemptions.

use diesel::prelude::*;

use crate::domain::obligation::{ExemptionCause, ExtensionState};
use crate::domain::party::Party;
use crate::store::schema::{exemption, extension};
use crate::store::types::{AsText, At, Word};
use crate::store::{Conn, StoreError};

/// An extension, asked for or decided.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = extension, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ExtensionRow {
    #[diesel(skip_insertion)]
    pub id: i64,
    pub obligation_id: i64,
    pub until: At,
    pub reason: String,
    pub state: Word<ExtensionState>,
    pub asked_by: String,
    pub asked_at: At,
    pub decided_by: Option<String>,
    pub decided_at: Option<At>,
    pub decision_reason: Option<String>,
}

/// An exemption as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = exemption)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ExemptionRow {
    #[diesel(skip_insertion)]
    pub id: i64,
    pub rule_id: i64,
    pub subject: AsText<Party>,
    pub period_key: String,
    pub cause: Word<ExemptionCause>,
    pub reason: String,
    pub decided_by: String,
    pub created_at: At,
}

/// The extensions of an obligation, oldest first.
pub fn extensions(conn: &mut Conn, obligation_id: i64) -> Result<Vec<ExtensionRow>, StoreError> {
    Ok(ExtensionRow::query()
        .filter(extension::obligation_id.eq(obligation_id))
        .order(extension::id)
        .load(conn)?)
}

/// An extension by id.
pub fn find_extension(conn: &mut Conn, id: i64) -> Result<Option<ExtensionRow>, StoreError> {
    Ok(ExtensionRow::query()
        .filter(extension::id.eq(id))
        .first(conn)
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

/// Exemptions from the given rules.
pub fn exemptions(conn: &mut Conn, rules: &[i64]) -> Result<Vec<ExemptionRow>, StoreError> {
    Ok(ExemptionRow::query()
        .filter(exemption::rule_id.eq_any(rules))
        .order(exemption::id)
        .load(conn)?)
}

/// Writes an exemption; its `id` is filled in here.
///
/// # Errors
/// [`StoreError::Unique`] if the subject is excused from the rule for that period already.
pub fn insert_exemption(
    conn: &mut Conn,
    mut row: ExemptionRow,
) -> Result<ExemptionRow, StoreError> {
    row.id = diesel::insert_into(exemption::table)
        .values(&row)
        .returning(exemption::id)
        .get_result(conn)?;
    Ok(row)
}

/// Takes an exemption back; whether there was one.
pub fn delete_exemption(
    conn: &mut Conn,
    rule_id: i64,
    subject: Party,
    period_key: &str,
) -> Result<bool, StoreError> {
    let gone = exemption::table
        .filter(exemption::rule_id.eq(rule_id))
        .filter(exemption::subject.eq(AsText(subject)))
        .filter(exemption::period_key.eq(period_key));
    Ok(diesel::delete(gone).execute(conn)? == 1)
}
