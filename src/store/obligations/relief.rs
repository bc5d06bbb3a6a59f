//! Extensions and exemptions.

use diesel::prelude::*;

use crate::store::schema::{exemption, extension};
use crate::store::{Conn, StoreError};

/// An extension, asked for or decided.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = extension)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ExtensionRow {
    pub id: i64,
    pub obligation_id: i64,
    pub until: i64,
    pub reason: String,
    pub state: String,
    pub asked_by: String,
    pub asked_at: i64,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
    pub decision_reason: Option<String>,
}

/// An exemption as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = exemption)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ExemptionRow {
    pub id: i64,
    pub rule_id: i64,
    pub subject: String,
    pub period_key: String,
    pub reason: String,
    pub decided_by: String,
    pub created_at: i64,
}

/// The extensions of an obligation, oldest first.
///
/// # Errors
/// Only the database's own.
pub fn extensions(conn: &mut Conn, obligation_id: i64) -> Result<Vec<ExtensionRow>, StoreError> {
    Ok(ExtensionRow::query()
        .filter(extension::obligation_id.eq(obligation_id))
        .order(extension::id)
        .load(conn)?)
}

/// An extension by id.
///
/// # Errors
/// Only the database's own.
pub fn find_extension(conn: &mut Conn, id: i64) -> Result<Option<ExtensionRow>, StoreError> {
    Ok(ExtensionRow::query()
        .filter(extension::id.eq(id))
        .first(conn)
        .optional()?)
}

/// Writes an extension; its `id` is filled in here.
///
/// # Errors
/// Only the database's own.
pub fn insert_extension(
    conn: &mut Conn,
    mut row: ExtensionRow,
) -> Result<ExtensionRow, StoreError> {
    row.id = diesel::insert_into(extension::table)
        .values((
            (
                extension::obligation_id.eq(row.obligation_id),
                extension::until.eq(row.until),
            ),
            (
                extension::reason.eq(&row.reason),
                extension::state.eq(&row.state),
            ),
            (
                extension::asked_by.eq(&row.asked_by),
                extension::asked_at.eq(row.asked_at),
            ),
            (
                extension::decided_by.eq(row.decided_by.as_ref()),
                extension::decided_at.eq(row.decided_at),
            ),
            extension::decision_reason.eq(row.decision_reason.as_ref()),
        ))
        .returning(extension::id)
        .get_result(conn)?;
    Ok(row)
}

/// Saves the decision on an extension that is still asked for; whether it was.
///
/// # Errors
/// Only the database's own.
pub fn decide_extension(conn: &mut Conn, row: &ExtensionRow) -> Result<bool, StoreError> {
    let asked = extension::table
        .filter(extension::id.eq(row.id))
        .filter(extension::state.eq("asked"));
    let set = (
        extension::until.eq(row.until),
        extension::state.eq(&row.state),
        extension::decided_by.eq(row.decided_by.as_ref()),
        extension::decided_at.eq(row.decided_at),
        extension::decision_reason.eq(row.decision_reason.as_ref()),
    );
    Ok(diesel::update(asked).set(set).execute(conn)? == 1)
}

/// Exemptions from the given rules.
///
/// # Errors
/// Only the database's own.
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
        .values((
            (
                exemption::rule_id.eq(row.rule_id),
                exemption::subject.eq(&row.subject),
            ),
            (
                exemption::period_key.eq(&row.period_key),
                exemption::reason.eq(&row.reason),
            ),
            (
                exemption::decided_by.eq(&row.decided_by),
                exemption::created_at.eq(row.created_at),
            ),
        ))
        .returning(exemption::id)
        .get_result(conn)?;
    Ok(row)
}

/// Takes an exemption back; whether there was one.
///
/// # Errors
/// Only the database's own.
pub fn delete_exemption(
    conn: &mut Conn,
    rule_id: i64,
    subject: &str,
    period_key: &str,
) -> Result<bool, StoreError> {
    let gone = exemption::table
        .filter(exemption::rule_id.eq(rule_id))
        .filter(exemption::subject.eq(subject))
        .filter(exemption::period_key.eq(period_key));
    Ok(diesel::delete(gone).execute(conn)? == 1)
}
