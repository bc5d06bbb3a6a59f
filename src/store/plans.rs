//! Plans of a year, without their rules (see `rules`).

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use super::schema::plan;
use super::types::{At, Word};
use super::{Conn, StoreError};
use crate::domain::ids::{PlanId, UnitId};
use crate::domain::plan::PlanState;

/// A plan without its rules.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, HasQuery, Insertable, AsChangeset,
)]
#[schema(as = PlanHead)]
#[diesel(table_name = plan, treat_none_as_null = true)]
pub struct PlanRow {
    /// Its id.
    #[diesel(skip_insertion)]
    pub id: PlanId,
    /// The unit that it binds, with all below it.
    pub unit_id: UnitId,
    /// Its code, unique for the unit and year.
    pub code: String,
    /// The year.
    pub year: i32,
    /// What it is called.
    pub title: String,
    /// Number of the document that contains it.
    pub document_number: Option<String>,
    /// Date of the document.
    pub document_date: Option<NaiveDate>,
    /// Who signed the document.
    pub issuer: Option<String>,
    /// How far it has come.
    #[schema(value_type = PlanState)]
    pub state: Word<PlanState>,
    /// Goes up with every change of the plan or of one of its rules.
    pub version: i32,
    #[expect(missing_docs, reason = "documented in migrations/")]
    #[serde(skip)]
    pub created_at: At,
    /// When it was changed last.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub updated_at: At,
}

/// A plan by id.
pub fn find(conn: &mut Conn, id: PlanId) -> Result<Option<PlanRow>, StoreError> {
    let query = PlanRow::query().filter(plan::id.eq(id));
    Ok(query.get_result(conn).optional()?)
}

/// A unit's plan of a year by its code.
pub fn find_by_code(
    conn: &mut Conn,
    unit: UnitId,
    year: i32,
    code: &str,
) -> Result<Option<PlanRow>, StoreError> {
    let query = PlanRow::query()
        .filter(plan::unit_id.eq(unit))
        .filter(plan::year.eq(year))
        .filter(plan::code.eq(code));
    Ok(query.get_result(conn).optional()?)
}

/// All plans, of one year if it is given: newest year first, then by unit and code.
pub fn list(conn: &mut Conn, year: Option<i32>) -> Result<Vec<PlanRow>, StoreError> {
    let query = PlanRow::query().order((plan::year.desc(), plan::unit_id, plan::code));
    Ok(match year {
        Some(year) => query.filter(plan::year.eq(year)).load(conn)?,
        None => query.load(conn)?,
    })
}

/// All plans in force: the rules of others open nothing.
pub fn in_force(conn: &mut Conn) -> Result<Vec<PlanRow>, StoreError> {
    let query = PlanRow::query().filter(plan::state.eq(Word(PlanState::InForce)));
    Ok(query.order(plan::id).load(conn)?)
}

/// Writes a new plan; its id.
///
/// # Errors
/// [`StoreError::Unique`] if the unit has a plan of that code and year.
pub fn insert(conn: &mut Conn, row: &PlanRow) -> Result<PlanId, StoreError> {
    let query = diesel::insert_into(plan::table).values(row);
    Ok(query.returning(plan::id).get_result(conn)?)
}

/// Saves a plan if its stored version is the one before `row.version`; whether it was.
pub fn update(conn: &mut Conn, row: &PlanRow) -> Result<bool, StoreError> {
    let before = plan::table
        .find(row.id)
        .filter(plan::version.eq(row.version - 1));
    Ok(diesel::update(before).set(row).execute(conn)? == 1)
}
