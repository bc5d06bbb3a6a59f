//! Exemptions: who is excused from what.

use diesel::prelude::*;

use crate::domain::ids::RuleId;
use crate::domain::obligation::ExemptionCause;
use crate::domain::party::Party;
use crate::store::schema::exemption;
use crate::store::types::{AsText, At, Word};
use crate::store::{Conn, StoreError};

/// An exemption as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = exemption)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ExemptionRow {
    #[diesel(skip_insertion)]
    pub id: i64,
    pub rule_id: RuleId,
    pub subject: AsText<Party>,
    pub period_key: String,
    pub cause: Word<ExemptionCause>,
    pub reason: String,
    pub decided_by: String,
    pub created_at: At,
}

/// Exemptions from the given rules.
pub fn exemptions(conn: &mut Conn, rules: &[RuleId]) -> Result<Vec<ExemptionRow>, StoreError> {
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
    rule_id: RuleId,
    subject: Party,
    period_key: &str,
) -> Result<bool, StoreError> {
    let gone = exemption::table
        .filter(exemption::rule_id.eq(rule_id))
        .filter(exemption::subject.eq(AsText(subject)))
        .filter(exemption::period_key.eq(period_key));
    Ok(diesel::delete(gone).execute(conn)? == 1)
}
